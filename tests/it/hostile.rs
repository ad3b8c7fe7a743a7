//! Input too large to keep: a clear finding and an exit code, never a panic, a hang or silence.

use std::fmt::Write as _;
use std::fs;

use crate::command::keyplan;

const HEAD: &str = "keyplan: 1\nproperty: { id: house, timezone: UTC }\n";

#[track_caller]
fn check(text: &str, code: i32, wanted: &str) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("property.yaml"), text).unwrap();
    let run = keyplan(directory.path(), &["check", "--format", "concise"]);
    assert_eq!(run.code, code, "{}", run.stdout.chars().take(2000).collect::<String>());
    assert!(run.stdout.contains(wanted), "{}", run.stdout.chars().take(2000).collect::<String>());
    // For people too, and without drawing a line of a megabyte.
    let run = keyplan(directory.path(), &["check"]);
    assert_eq!(run.code, code);
    assert!(run.stdout.len() < 100_000, "{} bytes", run.stdout.len());
}

#[test]
fn ten_thousand_levels() {
    check(&format!("{HEAD}doors: {}{}\n", "{ a: ".repeat(10_000), "}".repeat(10_000)), 1, "too-big");
    check(&format!("{HEAD}doors: {}\n", "[".repeat(100_000)), 1, "too-big");
}

#[test]
fn a_text_of_a_hundred_megabytes() {
    let text = format!("{HEAD}doors: {{ front: {{ name: {}, kind: entrance }} }}\n", "x".repeat(100 << 20));
    check(&text, 0, "");
    let text = format!("{HEAD}doors: {{ front: {{ kind: {} }} }}\n", "x".repeat(100 << 20));
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("property.yaml"), text).unwrap();
    assert_eq!(keyplan(directory.path(), &["check", "--format", "concise"]).code, 1);
}

#[test]
fn a_roster_of_a_million_rows() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("property.yaml"),
        format!("{HEAD}doors: {{ flat: {{ kind: residence }} }}\npeople: {{ from: people.csv }}\n"),
    )
    .unwrap();
    let mut table = String::from("id,name,unit,teams,from,until,email,card\n");
    for row in 0..1_000_000 {
        let unit = if row == 999_999 { "falt" } else { "flat" };
        writeln!(table, "p{row},Name {row},{unit},tenants;guests,2026-01-01,2027-12-31,,").unwrap();
    }
    fs::write(directory.path().join("people.csv"), table).unwrap();
    let run = keyplan(directory.path(), &["check", "--format", "concise"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.stdout,
        "people.csv:1000001:21: error unknown-name: there is no door or group `falt` (did you mean `flat`?)\n"
    );
}

#[test]
fn ten_thousand_mistakes_end_in_time() {
    let mut text = format!("{HEAD}doors: {{ flat: {{ kind: residence }} }}\npeople:\n");
    for person in 0..10_000 {
        writeln!(text, "  p{person}: {{ unit: flat-{person}, teams: [tenants] }}").unwrap();
    }
    check_only_code(&text, 1);
}

fn check_only_code(text: &str, code: i32) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("property.yaml"), text).unwrap();
    let run = keyplan(directory.path(), &["check", "--format", "concise"]);
    assert_eq!(run.code, code);
    assert_eq!(run.stdout.lines().count(), 10_000);
}
