//! Why the oracle may be trusted: its parts against each other, and each part against mistakes put in on purpose.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::oracle::runner;
use crate::reference::canonical::check_canonical;
use crate::reference::compare::{compare, telling_days};
use crate::reference::day_by_day::compile_day_by_day;
use crate::reference::dice::Dice;
use crate::reference::evaluate::{granted, grants};
use crate::reference::example;
use crate::reference::expand::{Document, allows};
use crate::reference::property::{Capability, Property};
use crate::reference::random;
use crate::reference::rewrite::rewrites;

use Capability::{Share, Unlock};

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
        assert_eq!(allows(&document, "tracy", "pool", Unlock, at.parse().unwrap()), expected, "{at}");
        assert!(!allows(&document, "tracy", "pool", Share, at.parse().unwrap()));
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
    let all_well = || segment("2026-01-01T00:00", Value::Null, monday(), json!([]), json!([]));
    assert_eq!(broken(json!([all_well()])), "");
    let until = |text: &str| segment("2026-01-01T00:00", json!(text), monday(), json!([]), json!([]));
    let after = |text: &str| segment(text, Value::Null, monday(), json!([]), json!([]));
    let with = |weekly: Value, holidays: Value, closed: Value| {
        segment("2026-12-01T00:00", Value::Null, weekly, holidays, closed)
    };
    let christmas = || json!([{"day": "2026-12-25", "from": "10:00", "to": "18:00"}]);
    for (segments, law) in [
        (json!([]), "no segments"),
        (json!([until("2026-11-23T00:00")]), "ended before"),
        (json!([until("2027-01-01T00:00"), after("2027-01-01T00:00")]), "not merged"),
        (json!([until("2027-01-02T00:00"), after("2027-01-01T00:00")]), "overlap"),
        (json!([with(json!([]), json!([]), json!([]))]), "nothing is ever open"),
        (json!([with(monday(), json!([]), json!(["2026-12-25"]))]), "like its weekday"),
        (json!([with(monday(), json!([]), json!(["2026-12-28"]))]), "no holiday"),
        (json!([segment("2026-12-26T00:00", Value::Null, monday(), christmas(), json!([]))]), "outside"),
        (
            json!([with(json!([{"day": "mon", "from": "06:00", "to": "06:00"}]), json!([]), json!([]))]),
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
        assert!(found.contains(law), "{law} is not in: {found}\n{segments:#}");
    }
}

#[test]
fn the_oracle_agrees_with_a_compiler_that_tries_every_minute_and_notices_one_minute_less() {
    let (minutes, properties, noticed) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let cases = (random::property(), any::<u64>());
    let outcome = runner(16, "tests/it/proptest-regressions/itself.txt").run(&cases, |(property, seed)| {
        let days = telling_days(&property, &mut Dice::new(seed));
        let mut document = compile_day_by_day(&property, &days);
        let read = Document::read(&document.to_string());
        minutes.fetch_add(compare(&property, &read, &days).map_err(TestCaseError::fail)?, Ordering::Relaxed);
        properties.fetch_add(1, Ordering::Relaxed);
        if close_a_minute_earlier(&mut document) {
            prop_assert!(compare(&property, &Document::read(&document.to_string()), &days).is_err());
            noticed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    });
    println!("compared {} minutes over {} properties", minutes.into_inner(), properties.into_inner());
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(noticed.into_inner() > 0);
}

/// Takes the last minute from a window, if there is one; after 03:00, since clocks skip no minute there and nobody
/// could notice a minute that does not exist.
fn close_a_minute_earlier(document: &mut Value) -> bool {
    let locks = document["locks"].as_array_mut().unwrap().iter_mut();
    let mut windows = locks
        .flat_map(|lock| lock["credentials"].as_array_mut().unwrap())
        .flat_map(|credential| credential["segments"].as_array_mut().unwrap())
        .flat_map(|segment| segment["weekly"].as_array_mut().unwrap());
    let window = windows.find(|window| window["to"].as_str().unwrap() > "03:00");
    window.is_some_and(|window| {
        let (hour, minute) = window["to"].as_str().unwrap().split_once(':').unwrap();
        let last = hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap() - 1;
        window["to"] = json!(format!("{:02}:{:02}", last / 60, last % 60));
        true
    })
}

/// The definition itself must find no difference, or the rewrite is the mistake.
#[test]
fn rewrites_keep_what_the_definition_grants() {
    let counts = std::sync::Mutex::new(BTreeMap::<&str, u32>::new());
    let cases = (random::property(), any::<u64>());
    let outcome =
        runner(96, "tests/it/proptest-regressions/rewrites_itself.txt").run(&cases, |(property, seed)| {
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
        });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let counts = counts.into_inner().unwrap();
    println!("{counts:?}");
    assert_eq!(counts.len(), 7, "a rewrite never happened");
}

fn pairs(property: &Property) -> Vec<(String, String)> {
    let doors = |person: &str| -> Vec<(String, String)> {
        property.doors.iter().map(|door| (person.to_owned(), door.id.clone())).collect()
    };
    property.people.iter().flat_map(|person| doors(&person.id)).collect()
}
