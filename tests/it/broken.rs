//! Properties with mistakes: what `expected.md` asks for is found, nothing else is, and the messages are those that a
//! person has read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::keyplan;

/// (file, line, kind)
type Place = (String, u64, String);

fn fixtures(directory: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let mut fixtures: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    fixtures.sort();
    fixtures
}

/// The findings that `expected.md` lists, and for each the places that it must also show.
fn expected(fixture: &Path) -> Vec<(Place, Vec<(String, u64)>)> {
    let text = fs::read_to_string(fixture.join("expected.md")).unwrap();
    let place = |text: &str| {
        let (file, line) = text.trim().rsplit_once(':').unwrap();
        (file.to_owned(), line.trim_end_matches([')', ',', ';', '.']).parse().unwrap())
    };
    text.lines()
        .filter_map(|line| line.strip_prefix("- `"))
        .map(|line| {
            let (at, rest) = line.split_once("` ").unwrap();
            let (file, line) = place(at);
            let kind = rest.split(':').next().unwrap().to_owned();
            let also =
                rest.split("also shows ").skip(1).map(|text| place(text.split([' ', ';']).next().unwrap()));
            ((file, line, kind), also.collect())
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn every_mistake_is_found_where_it_was_made_and_nothing_else_is() {
    let mut failures = Vec::new();
    let fixtures = fixtures("broken");
    for fixture in &fixtures {
        let name = fixture.file_name().unwrap().to_string_lossy();
        if name.starts_with("settings-") {
            // Settings with mistakes stop the run; the snapshots hold their messages.
            assert_eq!(keyplan(fixture, &["check"]).code, 2, "{name}");
            continue;
        }
        let run = keyplan(fixture, &["check", "--format", "json", "--as-of", "2026-11-23"]);
        let report: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found: Vec<&Value> = report["diagnostics"].as_array().unwrap().iter().collect();
        let of = |diagnostic: &Value| -> Place {
            (text(&diagnostic["file"]), diagnostic["line"].as_u64().unwrap(), text(&diagnostic["rule"]))
        };
        let expected = expected(fixture);
        let wanted: BTreeSet<Place> = expected.iter().map(|(place, _)| place.clone()).collect();
        let errors: BTreeSet<Place> =
            found.iter().filter(|one| one["severity"] == "error").map(|one| of(one)).collect();
        let all: BTreeSet<Place> = found.iter().map(|one| of(one)).collect();
        let missing: Vec<_> = wanted.difference(&all).collect();
        let more: Vec<_> = errors.difference(&wanted).collect();
        if !missing.is_empty() || !more.is_empty() {
            failures.push(format!("{name}: missing {missing:?}, more {more:?}"));
        }
        for (place, also) in &expected {
            let related: Vec<(String, u64)> = found
                .iter()
                .filter(|one| of(one) == *place)
                .flat_map(|one| one["related"].as_array().unwrap())
                .map(|label| (text(&label["file"]), label["line"].as_u64().unwrap()))
                .collect();
            for place in also.iter().filter(|place| !related.contains(place)) {
                failures.push(format!("{name}: {place:?} is not shown beside"));
            }
        }
        let code = if errors.is_empty() { 0 } else { 1 };
        if run.code != code {
            failures.push(format!("{name}: exit code {}", run.code));
        }
    }
    assert!(fixtures.len() > 80, "only {} fixtures", fixtures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn messages_are_those_that_somebody_has_read() {
    for fixture in fixtures("broken") {
        let name = fixture.file_name().unwrap().to_string_lossy().into_owned();
        let run = keyplan(&fixture, &["check", "--as-of", "2026-11-23"]);
        let shown = format!("{}{}exit code {}\n", run.stdout, run.stderr, run.code);
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots/broken", omit_expression => true }, {
            insta::assert_snapshot!(name, shown);
        });
    }
}

#[test]
fn what_looks_odd_and_is_right_has_no_finding() {
    let fixtures = fixtures("fine");
    for fixture in &fixtures {
        // What is odd need not be best practice.
        let run = keyplan(fixture, &["check", "--format", "json", "--as-of", "2026-11-23"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let found = report["diagnostics"].as_array().unwrap();
        let of_form = found.iter().filter(|one| one["code"].as_str().unwrap() < "KP100").count();
        assert_eq!((of_form, run.stderr.as_str()), (0, ""), "{}:\n{}", fixture.display(), run.stdout);
    }
    assert!(fixtures.len() >= 5);
}
