//! The examples compile, and are what they are said to be.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::command::{keyplan, root};

fn compiled(path: &str) -> Vec<Value> {
    let run = keyplan(root(), &["compile", path, "--format", "json", "--as-of", "2026-11-23"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{path}");
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_example_is_without_findings() {
    let run = keyplan(root(), &["check", "examples", "examples/walk-up.yaml", "--deny-warnings"]);
    assert_eq!((run.code, run.stdout.lines().next()), (0, Some("5 properties checked, nothing to mend")));
}

#[test]
fn main_st_has_200_apartments_20_amenities_and_440_residents() {
    let documents = compiled("examples/1800-main-st");
    let [document] = documents.as_slice() else { panic!("one property") };
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for lock in document["locks"].as_array().unwrap() {
        *kinds.entry(lock["kind"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!((kinds["residence"], kinds["amenity"]), (200, 20));
    let roster = std::fs::read_to_string(root().join("examples/1800-main-st/people.csv")).unwrap();
    assert_eq!(roster.lines().count(), 441);
    // Every resident opens the front entrance at every minute, by doorcode too.
    let front =
        document["locks"].as_array().unwrap().iter().find(|lock| lock["door"] == "front-entrance").unwrap();
    let residents = front["credentials"].as_array().unwrap().iter().filter(|one| {
        let keys = one["keys"].as_array().unwrap();
        one["capability"] == "doorcode" && keys.iter().any(|key| key == "residences")
    });
    assert_eq!(residents.count(), 440);
}

#[test]
fn the_portfolio_prints_one_document_a_line() {
    let documents = compiled("examples/portfolio");
    assert_eq!(documents.len(), 3);
    assert!(documents.iter().all(|document| document["version"] == 1));
}

#[test]
fn the_overview_of_main_st_is_the_one_that_somebody_has_read() {
    let run = keyplan(root(), &["compile", "examples/1800-main-st", "--as-of", "2026-11-23"]);
    insta::assert_snapshot!("main-st", run.stdout);
}

#[test]
fn the_guide_as_it_is_written_gives_just_its_own_slips() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed");
    let run = keyplan(&path, &["check", "--as-of", "2026-11-23", "--format", "concise"]);
    // The lines of the amenities in their key, and of the key for tours.
    let found: Vec<_> = run.stdout.lines().map(|line| line.split(": ").take(2).collect::<Vec<_>>()).collect();
    let expected = [
        ["property.yaml:30:41", "warning amenity-always"],
        ["property.yaml:34:3", "warning share-restricted"],
    ];
    assert_eq!(found, expected);
}
