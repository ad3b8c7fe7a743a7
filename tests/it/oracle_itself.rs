//! Why the oracle may be trusted: facts worked out by hand, and its parts against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::oracle::runner;
use crate::reference::canonical::check_canonical;
use crate::reference::compare::{Day, compare, telling_days};
use crate::reference::day_by_day::compile_day_by_day;
use crate::reference::dice::Dice;
use crate::reference::evaluate::{can, covers, granted, grants, wall_clock};
use crate::reference::example::{self, date};
use crate::reference::expand::{Document, allows};
use crate::reference::property::{Assignment, Capability, Edge, Key, Line, Property};
use crate::reference::random;
use crate::reference::rewrite::rewrites;
use crate::reference::spelling::spell;
use crate::reference::yaml;

use Capability::{Doorcode, Share, Unlock};

/// The example's building with one more key that is under test, given to Sam alone.
fn with_key(schedule: &str) -> Property {
    let mut property = example::property();
    let line = Line {
        doors: "boiler-room".into(),
        schedule: schedule.into(),
        doorcode: true,
    };
    property.keys = vec![Key {
        id: "k".into(),
        elevator: false,
        each: None,
        share: None,
        lines: vec![line],
    }];
    let (to, keys) = (vec!["sam".into()], vec!["k".into()]);
    property.assignments = vec![Assignment {
        to,
        keys,
        share: None,
        from: None,
        until: None,
    }];
    property
}

/// Whether the person can do it when the wall shows this; New York is 5 hours behind UTC in winter.
#[track_caller]
fn fact(
    property: &Property,
    person: &str,
    door: &str,
    capability: Capability,
    instant: &str,
    expected: bool,
) {
    let at: DateTime<Utc> = instant.parse().unwrap();
    let wall = wall_clock(property, at);
    let found = can(property, person, door, capability, at);
    assert_eq!(
        found,
        expected,
        "{person} {} {door} at {wall}",
        capability.name()
    );
}

#[test]
fn an_overnight_window_ends_the_next_morning() {
    let property = with_key("night-shift");
    // 2026-11-27 is a Friday.
    for (instant, expected) in [
        ("2026-11-28T02:59:00Z", false), // Friday 21:59
        ("2026-11-28T03:00:00Z", true),  // Friday 22:00
        ("2026-11-28T10:59:00Z", true),  // Saturday 05:59
        ("2026-11-28T11:00:00Z", false), // Saturday 06:00
        ("2026-11-29T04:00:00Z", false), // Saturday 23:00
        ("2026-11-30T10:00:00Z", false), // Monday 05:00: Sunday has no window
        ("2026-12-01T10:00:00Z", true),  // Tuesday 05:00
    ] {
        fact(&property, "sam", "boiler-room", Unlock, instant, expected);
    }
}

#[test]
fn a_night_before_a_holiday_runs_to_its_end_and_one_on_it_is_replaced() {
    let mut property = with_key("night-shift");
    property.schedules[2].holidays = Some(Vec::new());
    // Christmas 2026 is a Friday.
    fact(
        &property,
        "sam",
        "boiler-room",
        Unlock,
        "2026-12-25T10:59:00Z",
        true,
    ); // Friday 05:59
    fact(
        &property,
        "sam",
        "boiler-room",
        Unlock,
        "2026-12-25T11:00:00Z",
        false,
    ); // Friday 06:00
    fact(
        &property,
        "sam",
        "boiler-room",
        Unlock,
        "2026-12-26T03:30:00Z",
        false,
    ); // Friday 22:30
    fact(
        &property,
        "sam",
        "boiler-room",
        Unlock,
        "2026-12-26T10:00:00Z",
        false,
    ); // Saturday 05:00
    // Without the line the date is ordinary.
    property.schedules[2].holidays = None;
    fact(
        &property,
        "sam",
        "boiler-room",
        Unlock,
        "2026-12-26T10:00:00Z",
        true,
    );
}

#[test]
fn the_pool_of_the_example() {
    let property = example::property();
    for (instant, expected) in [
        ("2026-12-25T14:59:00Z", false), // Christmas 09:59
        ("2026-12-25T15:00:00Z", true),  // 10:00
        ("2026-12-25T22:59:00Z", true),  // 17:59
        ("2026-12-25T23:00:00Z", false), // 18:00
        ("2026-12-18T17:00:00Z", false), // Friday 12:00
        ("2026-12-18T18:00:00Z", true),  // Friday 13:00
        ("2026-12-19T04:59:00Z", true),  // Friday 23:59
        ("2026-12-19T05:00:00Z", false), // Saturday 00:00
        ("2026-12-20T17:00:00Z", false), // Sunday 12:00
    ] {
        fact(&property, "tracy", "pool", Unlock, instant, expected);
        fact(&property, "tracy", "pool", Doorcode, instant, false);
        fact(&property, "tracy", "pool", Share, instant, false);
    }
    // The gym's own line wins over the amenities'.
    fact(
        &property,
        "tracy",
        "gym",
        Unlock,
        "2026-12-20T08:00:00Z",
        true,
    );
    fact(
        &property,
        "tracy",
        "gym",
        Doorcode,
        "2026-12-20T08:00:00Z",
        false,
    );
}

#[test]
fn units_dates_and_sharing_of_the_example() {
    let property = example::property();
    // Tracy has her own unit's key and may share it, to the last minute of 2026.
    for capability in Capability::ALL {
        fact(
            &property,
            "tracy",
            "unit-205C",
            capability,
            "2026-01-01T05:00:00Z",
            true,
        );
        fact(
            &property,
            "tracy",
            "unit-205C",
            capability,
            "2026-01-01T04:59:00Z",
            false,
        );
        fact(
            &property,
            "tracy",
            "unit-205C",
            capability,
            "2027-01-01T04:59:00Z",
            true,
        );
        fact(
            &property,
            "tracy",
            "unit-205C",
            capability,
            "2027-01-01T05:00:00Z",
            false,
        );
        fact(
            &property,
            "tracy",
            "unit-205D",
            capability,
            "2026-12-01T12:00:00Z",
            false,
        );
    }
    // Sam opens and shows vacant homes, not Tracy's; he may not share other doors.
    fact(
        &property,
        "sam",
        "unit-205D",
        Share,
        "2026-12-01T12:00:00Z",
        true,
    );
    fact(
        &property,
        "sam",
        "unit-205C",
        Unlock,
        "2026-12-01T12:00:00Z",
        false,
    );
    fact(
        &property,
        "sam",
        "pool",
        Unlock,
        "2026-12-01T03:00:00Z",
        true,
    );
    fact(
        &property,
        "sam",
        "pool",
        Share,
        "2026-12-01T03:00:00Z",
        false,
    );
    // The vendors' assignment ends before Acme's own dates do: Friday 2027-01-29, Monday 2027-02-01, both at noon.
    fact(
        &property,
        "acme",
        "boiler-room",
        Unlock,
        "2027-01-29T17:00:00Z",
        true,
    );
    fact(
        &property,
        "acme",
        "boiler-room",
        Unlock,
        "2027-02-01T17:00:00Z",
        false,
    );
    fact(
        &property,
        "acme",
        "leasing-office",
        Unlock,
        "2027-01-29T17:00:00Z",
        false,
    );
    // Tracy has moved out by then, so her home is vacant on another as-of day.
    let later = Property {
        as_of: date("2027-01-01"),
        ..example::property()
    };
    assert!(
        covers(&property, "occupied", "unit-205C") && !covers(&property, "vacant", "unit-205C")
    );
    assert!(covers(&later, "vacant", "unit-205C") && !covers(&later, "occupied", "unit-205C"));
}

#[test]
fn a_repeated_hour_counts_twice_and_a_skipped_one_does_not_exist() {
    let mut property = with_key("always");
    let edge = |text: &str| Some(Edge::Moment(text.parse().unwrap()));
    property.assignments[0].from = edge("2026-11-01T01:30:00");
    property.assignments[0].until = edge("2026-11-01T02:00:00");
    for (instant, expected) in [
        ("2026-11-01T05:29:00Z", false), // 01:29, first pass
        ("2026-11-01T05:30:00Z", true),  // 01:30, first pass
        ("2026-11-01T06:00:00Z", false), // 01:00, second pass
        ("2026-11-01T06:30:00Z", true),  // 01:30, second pass
        ("2026-11-01T07:00:00Z", false), // 02:00
    ] {
        fact(&property, "sam", "boiler-room", Unlock, instant, expected);
    }
    let minutes = |day: &str| Day::of(&property, date(day)).minutes;
    assert_eq!(minutes("2026-11-01").len(), 1500);
    assert_eq!(minutes("2026-11-02").len(), 1440);
    assert_eq!(minutes("2026-03-08").len(), 1380);
    let skipped = minutes("2026-03-08")
        .iter()
        .any(|minute| minute.wall.to_string() == "2026-03-08 02:30:00");
    assert!(!skipped);
    // An assignment that lies wholly in the skipped hour opens nothing.
    property.assignments[0].from = edge("2026-03-08T02:00:00");
    property.assignments[0].until = edge("2026-03-08T03:00:00");
    fact(
        &property,
        "sam",
        "boiler-room",
        Unlock,
        "2026-03-08T06:59:00Z",
        false,
    ); // 01:59
    fact(
        &property,
        "sam",
        "boiler-room",
        Unlock,
        "2026-03-08T07:00:00Z",
        false,
    ); // 03:00
}

#[test]
fn an_instance_named_outright_needs_no_unit() {
    let mut property = example::property();
    property.assignments = vec![Assignment {
        to: vec!["sam".into()],
        keys: vec!["unit/unit-301A".into()],
        share: Some(false),
        from: None,
        until: None,
    }];
    fact(
        &property,
        "sam",
        "unit-301A",
        Unlock,
        "2026-12-01T12:00:00Z",
        true,
    );
    fact(
        &property,
        "sam",
        "unit-301A",
        Share,
        "2026-12-01T12:00:00Z",
        false,
    );
    fact(
        &property,
        "sam",
        "unit-301B",
        Unlock,
        "2026-12-01T12:00:00Z",
        false,
    );
}

/// The document that the contract shows.
#[test]
fn a_document_is_read_as_the_contract_says() {
    let document = json!({"version": 1, "as_of": "2026-11-23", "locks": [{"door": "pool", "credentials": [
        {"person": "tracy", "capability": "unlock", "keys": ["amenities"], "segments": [
            {"from": "2026-01-01T00:00", "until": "2027-01-01T00:00",
             "weekly": [{"day": "mon", "from": "06:00", "to": "22:00"}],
             "holidays": [{"day": "2026-12-25", "from": "10:00", "to": "18:00"}],
             "holidays_closed": ["2026-12-28"]}]}]}]});
    let document = Document::read(&document.to_string());
    for (at, expected) in [
        ("2026-12-21T05:59:00", false),
        ("2026-12-21T06:00:00", true), // a Monday
        ("2026-12-21T22:00:00", false),
        ("2026-12-25T10:00:00", true),  // a Friday
        ("2026-12-28T10:00:00", false), // a Monday that is closed
        ("2025-12-29T10:00:00", false), // Mondays before and after
        ("2027-01-04T10:00:00", false),
    ] {
        assert_eq!(
            allows(&document, "tracy", "pool", Unlock, at.parse().unwrap()),
            expected,
            "{at}"
        );
        assert!(!allows(
            &document,
            "tracy",
            "pool",
            Share,
            at.parse().unwrap()
        ));
    }
}

#[test]
fn the_laws_of_a_document_notice_what_breaks_them() {
    let mut property = example::property();
    property.doors.retain(|door| door.id == "pool");
    let segment = |from: &str, until: Value, weekly: Value, holidays: Value, closed: Value| json!({"from": from, "until": until, "weekly": weekly, "holidays": holidays, "holidays_closed": closed});
    let monday = || json!([{"day": "mon", "from": "06:00", "to": "22:00"}]);
    let broken = |segments: Value| {
        let credential =
            json!({"person": "tracy", "capability": "unlock", "keys": ["k"], "segments": segments});
        let locks = json!([{"door": "pool", "credentials": [credential]}]);
        let document = json!({"version": 1, "as_of": "2026-11-23", "locks": locks});
        check_canonical(&property, &Document::read(&document.to_string())).join("\n")
    };
    let all_well = || {
        segment(
            "2026-01-01T00:00",
            Value::Null,
            monday(),
            json!([]),
            json!([]),
        )
    };
    assert_eq!(broken(json!([all_well()])), "");
    let until = |text: &str| {
        segment(
            "2026-01-01T00:00",
            json!(text),
            monday(),
            json!([]),
            json!([]),
        )
    };
    let after = |text: &str| segment(text, Value::Null, monday(), json!([]), json!([]));
    let with = |weekly: Value, holidays: Value, closed: Value| {
        segment("2026-12-01T00:00", Value::Null, weekly, holidays, closed)
    };
    let christmas = || json!([{"day": "2026-12-25", "from": "10:00", "to": "18:00"}]);
    for (segments, law) in [
        (json!([]), "no segments"),
        (json!([until("2026-11-23T00:00")]), "ended before"),
        (
            json!([until("2027-01-01T00:00"), after("2027-01-01T00:00")]),
            "not merged",
        ),
        (
            json!([until("2027-01-02T00:00"), after("2027-01-01T00:00")]),
            "overlap",
        ),
        (
            json!([with(json!([]), json!([]), json!([]))]),
            "nothing is ever open",
        ),
        (
            json!([with(monday(), json!([]), json!(["2026-12-25"]))]),
            "like its weekday",
        ),
        (
            json!([with(monday(), json!([]), json!(["2026-12-28"]))]),
            "no holiday",
        ),
        (
            json!([segment(
                "2026-12-26T00:00",
                Value::Null,
                monday(),
                christmas(),
                json!([])
            )]),
            "outside",
        ),
        (
            json!([with(
                json!([{"day": "mon", "from": "06:00", "to": "06:00"}]),
                json!([]),
                json!([])
            )]),
            "empty window",
        ),
        (
            json!([with(
                json!([{"day": "mon", "from": "06:00", "to": "08:00"}, {"day": "mon", "from": "08:00", "to": "09:00"}]),
                json!([]),
                json!([])
            )]),
            "not merged",
        ),
        (
            json!([with(
                json!([{"day": "sun", "from": "06:00", "to": "08:00"}, {"day": "mon", "from": "08:00", "to": "09:00"}]),
                json!([]),
                json!([])
            )]),
            "not sorted",
        ),
    ] {
        let found = broken(segments.clone());
        assert!(
            found.contains(law),
            "{law} is not in: {found}\n{segments:#}"
        );
    }
}

#[test]
fn the_oracle_agrees_with_a_compiler_that_tries_every_minute_and_notices_one_minute_less() {
    let (minutes, properties, noticed) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let cases = (random::property(), any::<u64>());
    let outcome =
        runner(16, "tests/it/proptest-regressions/itself.txt").run(&cases, |(property, seed)| {
            let days = telling_days(&property, &mut Dice::new(seed));
            let mut document = compile_day_by_day(&property, &days);
            let read = Document::read(&document.to_string());
            minutes.fetch_add(
                compare(&property, &read, &days).map_err(TestCaseError::fail)?,
                Ordering::Relaxed,
            );
            properties.fetch_add(1, Ordering::Relaxed);
            if open_a_minute_later(&mut document) {
                prop_assert!(
                    compare(&property, &Document::read(&document.to_string()), &days).is_err()
                );
                noticed.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
    println!(
        "compared {} minutes over {} properties",
        minutes.into_inner(),
        properties.into_inner()
    );
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(noticed.into_inner() > 0);
}

/// Changes the first window of the first segment, if there is one that starts at midnight.
fn open_a_minute_later(document: &mut Value) -> bool {
    let locks = document["locks"].as_array_mut().unwrap().iter_mut();
    let windows = locks
        .flat_map(|lock| lock["credentials"].as_array_mut().unwrap())
        .flat_map(|credential| credential["segments"].as_array_mut().unwrap())
        .flat_map(|segment| segment["weekly"].as_array_mut().unwrap());
    // Midnight exists on all days of all zones but one; noon would do as well.
    let window = windows.into_iter().find(|window| window["from"] == "08:00");
    window.is_some_and(|window| {
        window["from"] = json!("08:01");
        true
    })
}

/// The definition itself must find no difference, or the rewrite is the mistake.
#[test]
fn rewrites_keep_what_the_definition_grants() {
    let counts = std::sync::Mutex::new(BTreeMap::<&str, u32>::new());
    let cases = (random::property(), any::<u64>());
    let outcome = runner(96, "tests/it/proptest-regressions/rewrites_itself.txt").run(
        &cases,
        |(property, seed)| {
            let days = telling_days(&property, &mut Dice::new(seed));
            for rewrite in rewrites(&property, &mut Dice::new(seed)) {
                *counts.lock().unwrap().entry(rewrite.what).or_default() += 1;
                for (person, door) in pairs(&property) {
                    let before = grants(&rewrite.before, &person, &door);
                    let after = grants(&rewrite.after, &person, &door);
                    // Every seventh minute, to keep this short.
                    for minute in days.iter().flat_map(|day| &day.minutes).step_by(7) {
                        for capability in Capability::ALL {
                            let before = granted(&rewrite.before, &before, capability, minute.wall);
                            let after = granted(&rewrite.after, &after, capability, minute.wall);
                            prop_assert_eq!(
                                before,
                                after,
                                "{} {} {} {}",
                                rewrite.what,
                                person,
                                door,
                                minute.wall
                            );
                        }
                    }
                }
            }
            Ok(())
        },
    );
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let counts = counts.into_inner().unwrap();
    println!("{counts:?}");
    assert_eq!(counts.len(), 7, "a rewrite never happened");
}

fn pairs(property: &Property) -> Vec<(String, String)> {
    let doors = |person: &str| -> Vec<(String, String)> {
        property
            .doors
            .iter()
            .map(|door| (person.to_owned(), door.id.clone()))
            .collect()
    };
    property
        .people
        .iter()
        .flat_map(|person| doors(&person.id))
        .collect()
}

#[test]
fn a_tree_reads_the_same_in_every_layout() {
    let text = |text: &str| yaml::Node::text(text);
    let tree = vec![
        (
            "unit-{1..3}{A..B}".to_owned(),
            yaml::Node::Map(vec![("kind".into(), text("residence"))]),
        ),
        (
            "fri, sat".into(),
            yaml::Node::texts(&["06:00-12:00", "13:00-24:00"]),
        ),
        ("empty".into(), yaml::Node::Map(Vec::new())),
        (
            "texts".into(),
            yaml::Node::Map(
                [
                    "no",
                    "true",
                    "12",
                    "a: b",
                    "a #b",
                    "It's \"A\"",
                    "x:",
                    "$door",
                    "S\u{fc}d, [1]",
                ]
                .iter()
                .enumerate()
                .map(|(number, value)| (format!("t{number}"), text(value)))
                .collect(),
            ),
        ),
        ("one".into(), yaml::Node::Plain("1".into())),
        (
            "list".into(),
            yaml::Node::List(vec![yaml::Node::Map(vec![
                ("to".into(), text("off")),
                ("keys".into(), yaml::Node::texts(&["a/b"])),
                ("share".into(), yaml::Node::Plain("true".into())),
            ])]),
        ),
    ];
    let read = |seed: u64| -> serde_yaml::Value {
        let written = yaml::write(tree.clone(), &mut Dice::new(seed));
        let mut value =
            serde_yaml::from_str(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
        sort_lists(&mut value);
        value
    };
    let first = read(0);
    assert_eq!(first["texts"]["t1"].as_str(), Some("true"));
    assert_eq!(first["one"].as_i64(), Some(1));
    assert!((1..500).all(|seed| read(seed) == first));
}

fn sort_lists(value: &mut serde_yaml::Value) {
    match value {
        serde_yaml::Value::Sequence(items) => items.sort_by_key(|item| format!("{item:?}")),
        serde_yaml::Value::Mapping(entries) => {
            entries.iter_mut().for_each(|(_, value)| sort_lists(value))
        }
        _ => {}
    }
}

#[test]
fn every_spelling_is_yaml_with_the_same_entries() {
    let cases = (random::property(), any::<u64>(), any::<u64>());
    let seen = std::sync::Mutex::new(BTreeSet::new());
    let outcome = runner(256, "tests/it/proptest-regressions/yaml.txt").run(
        &cases,
        |(property, one, other)| {
            prop_assert_eq!(
                entries(&spell(&property, one)),
                entries(&spell(&property, other))
            );
            let text: String = spell(&property, one)
                .into_iter()
                .map(|(name, text)| format!("{name}\n{text}"))
                .collect();
            let mut seen = seen.lock().unwrap();
            let corners = [
                "\r\n",
                "people.csv",
                "..",
                "weekdays",
                "daily",
                "weekends",
                ", sat",
                "sun-",
                "each",
                "elevator",
                "24:00",
                "T01:30",
                "closed",
                "holidays: [",
                "except",
                "occupied: false",
                "floor: ",
                "tag: ",
                "key-0/unit",
                "all",
            ];
            seen.extend(corners.into_iter().filter(|corner| text.contains(corner)));
            seen.extend(text.contains("from: people").then_some("from: people"));
            Ok(())
        },
    );
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.len(), 21, "only {seen:?}");
}

/// The ids of each section, from all files.
fn entries(files: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let mut entries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in files {
        if name == "people.csv" {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let ids = reader.records().map(|row| row.unwrap()[0].to_owned());
            entries.entry("people".into()).or_default().extend(ids);
            continue;
        }
        let file: serde_yaml::Mapping =
            serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        for (section, value) in file {
            let section = section.as_str().unwrap().to_owned();
            let ids = value
                .as_mapping()
                .into_iter()
                .flat_map(|map| map.keys())
                .map(|key| key.as_str().unwrap());
            let ids = ids.filter(|id| !(section == "people" && *id == "from"));
            let ids: Vec<String> = ids
                .flat_map(|id| {
                    if section == "doors" {
                        expand_braces(id)
                    } else {
                        vec![id.to_owned()]
                    }
                })
                .collect();
            if section != "teams" {
                entries.entry(section).or_default().extend(ids);
            }
        }
    }
    entries
}

/// `unit-{1..3}{A..B}`, with single characters as ends, is all that the spellings use.
fn expand_braces(id: &str) -> Vec<String> {
    let Some((before, rest)) = id.split_once('{') else {
        return vec![id.to_owned()];
    };
    let (range, after) = rest.split_once('}').unwrap();
    let (low, high) = range.split_once("..").unwrap();
    let ends = (low.chars().next().unwrap(), high.chars().next().unwrap());
    (ends.0..=ends.1)
        .flat_map(|letter| expand_braces(&format!("{before}{letter}{after}")))
        .collect()
}
