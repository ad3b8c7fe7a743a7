//! Commands as pipelines use them: exit codes, formats, files, variables.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::command::{Run, keyplan, keyplan_with, root};

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const HOUSE: &str =
    "keyplan: 1\nproperty: { id: house, timezone: UTC }\ndoors: { front: { kind: entrance } }\n";

#[test]
fn exit_codes_are_those_of_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| keyplan(directory.path(), arguments).code;
    assert_eq!(run(&["check"]), 3, "nothing there");
    assert_eq!(run(&["compile"]), 3, "nothing there");
    assert_eq!(run(&["check", "nowhere"]), 2, "no such path");
    assert_eq!(run(&["check", "--no-such-flag"]), 2);
    assert_eq!(run(&["nonsense"]), 2);
    assert_eq!(run(&["check", "--as-of", "2026-02-30"]), 2);
    write(directory.path(), "house/property.yaml", HOUSE);
    assert_eq!(run(&["check"]), 0);
    assert_eq!(run(&["check", "--format", "csv"]), 2, "check prints no table");
    assert_eq!(run(&["compile", "--format", "concise"]), 2);
    write(directory.path(), "house/more.yaml", "doors: { front: { kind: entrance } }\n");
    assert_eq!(run(&["check"]), 1);
    assert_eq!(run(&["compile", "--format", "json"]), 1);
    write(directory.path(), "keyplan.yaml", "keyplan: 1\nrulez: {}\n");
    assert_eq!(run(&["check"]), 2, "mistakes in the settings");
}

#[test]
fn warnings_fail_only_when_asked_to() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "property.yaml", &format!("{HOUSE}groups: {{ offices: {{ kind: office }} }}\n"));
    assert_eq!(keyplan(directory.path(), &["check"]).code, 0);
    assert_eq!(keyplan(directory.path(), &["check", "--deny-warnings"]).code, 1);
    // A variable says it as people write variables.
    for (value, code) in [("1", 1), ("true", 1), ("0", 0), ("false", 0), ("", 0)] {
        let run = keyplan_with(directory.path(), &["check"], &[("KEYPLAN_DENY_WARNINGS", value)]);
        assert_eq!(run.code, code, "{value:?}: {}", run.stderr);
    }
}

#[test]
fn init_writes_a_property_that_compiles_and_never_overwrites() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(keyplan(directory.path(), &["init", "b"]).code, 0);
    assert_eq!(keyplan(directory.path(), &["check", "b", "--deny-warnings"]).code, 0);
    assert_eq!(keyplan(directory.path(), &["compile", "b"]).code, 0);
    write(directory.path(), "b/property.yaml", HOUSE);
    assert_eq!(keyplan(directory.path(), &["init", "b"]).code, 2);
    assert_eq!(fs::read_to_string(directory.path().join("b/property.yaml")).unwrap(), HOUSE);
}

#[test]
fn several_formats_go_to_several_files() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "property.yaml", "keyplan: 1\nproperty: { id: house, timezone: UTC }\n");
    let run = keyplan(directory.path(), &["check", "--format", "json=found.json", "--format", "concise"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.starts_with("property.yaml:1:1: error empty-property: "), "{}", run.stdout);
    let report: Value =
        serde_json::from_str(&fs::read_to_string(directory.path().join("found.json")).unwrap()).unwrap();
    assert_eq!(
        report["summary"],
        serde_json::json!({ "properties": 1, "errors": 1, "warnings": 0, "infos": 0 })
    );
    let one = &report["diagnostics"][0];
    assert_eq!(
        (&one["rule"], &one["fix"], &one["property"]),
        (&"empty-property".into(), &Value::Null, &"house".into())
    );
    assert_eq!(keyplan(directory.path(), &["check", "--format", "json", "--format", "concise"]).code, 2);
}

#[test]
fn columns_count_characters() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "property.yaml", &format!("{HOUSE}teams: {{ küche: {{ knid: vendor }} }}\n"));
    let run = keyplan(directory.path(), &["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let one = &report["diagnostics"][0];
    assert_eq!((&one["line"], &one["column"], &one["end_column"]), (&4.into(), &19.into(), &23.into()));
}

#[test]
fn out_writes_one_file_a_lock() {
    let directory = tempfile::tempdir().unwrap();
    let example = root().join("examples/walk-up.yaml").display().to_string();
    for (format, ending) in [("json", "json"), ("csv", "csv"), ("markdown", "md"), ("jsonl", "jsonl")] {
        let arguments = ["compile", &example, "--out", "locks", "--format", format, "--as-of", "2026-11-23"];
        let run = keyplan(directory.path(), &arguments);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
        let house = fs::read_dir(directory.path().join("locks")).unwrap().next().unwrap().unwrap().path();
        let files = fs::read_dir(house).unwrap().filter(|entry| {
            entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == ending)
        });
        assert!(files.count() >= 5);
    }
}

#[test]
fn every_format_of_compile_is_the_one_that_somebody_has_read() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        "{HOUSE}holidays: {{ 2026-12-25: Christmas }}\nschedules: {{ night: {{ mon-fri: 22:00-06:00, holidays: closed }} }}\n\
         keys: {{ k: {{ doors: {{ front: {{ schedule: night }} }} }} }}\npeople: {{ ana: {{ until: 2026-12-31 }} }}\n\
         assignments: [{{ to: ana, keys: k, share: true }}]\n"
    );
    write(directory.path(), "property.yaml", &text);
    for format in ["json", "jsonl", "csv", "markdown", "human"] {
        let run = keyplan(directory.path(), &["compile", "--format", format, "--as-of", "2026-11-23"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        insta::assert_snapshot!(format!("compile-{format}"), run.stdout);
    }
}

#[test]
fn every_run_and_any_number_of_threads_give_the_same_bytes() {
    let bytes = |threads: &str| {
        let arguments =
            ["compile", "examples", "--format", "json", "--as-of", "2026-11-23", "--threads", threads];
        keyplan(root(), &arguments).stdout
    };
    let first = bytes("1");
    assert_eq!(first.lines().count(), 4);
    for threads in ["1", "2", "5"] {
        assert!(bytes(threads) == first, "{threads} threads");
    }
}

#[test]
fn flags_have_variables_and_stand_before_the_command_too() {
    let Run { stdout, .. } = keyplan_with(
        root(),
        &["compile", "examples/walk-up.yaml"],
        &[("KEYPLAN_FORMAT", "json"), ("KEYPLAN_AS_OF", "2026-11-23")],
    );
    let before =
        keyplan(root(), &["--format", "json", "--as-of", "2026-11-23", "compile", "examples/walk-up.yaml"]);
    assert_eq!(stdout, before.stdout);
    assert!(stdout.contains("\"as_of\":\"2026-11-23\""));
}

#[test]
fn colour_is_for_terminals_or_on_request() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "property.yaml", "keyplan: 1\n");
    assert!(!keyplan(directory.path(), &["check"]).stdout.contains('\u{1b}'));
    assert!(keyplan(directory.path(), &["check", "--color", "always"]).stdout.contains('\u{1b}'));
    let with = |variables: &[(&str, &str)]| keyplan_with(directory.path(), &["check"], variables).stdout;
    assert!(!with(&[("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn a_pipe_closed_early_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyplan"))
        .args(["compile", "examples/1800-main-st", "--format", "json"])
        .current_dir(root())
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut some = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn two_properties_with_one_id_are_told() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "a/property.yaml", HOUSE);
    write(directory.path(), "b/property.yaml", HOUSE);
    let run = keyplan(directory.path(), &["check", "--format", "concise"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.starts_with("b/property.yaml:2:17: error repeated-id: "), "{}", run.stdout);
    assert_eq!(keyplan(directory.path(), &["compile"]).code, 2);
}

#[test]
fn completions_and_the_manual_are_there() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(keyplan(root(), &["completions", shell]).stdout.contains("keyplan"), "{shell}");
    }
    assert!(keyplan(root(), &["man"]).stdout.starts_with(".ie"));
}
