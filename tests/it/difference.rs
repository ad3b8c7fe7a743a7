//! The difference of two properties against the oracle: minute by minute, both ways round, and empty for what means the
//! same.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDateTime;
use keyplan::access::Difference;
use keyplan::output::diff;
use keyplan::time::Interval;
use proptest::prelude::*;
use serde_json::Value;

use crate::loaded;
use crate::oracle::runner;
use crate::reference::compare::{Day, telling_days};
use crate::reference::dice::Dice;
use crate::reference::edit::edited;
use crate::reference::evaluate::{granted, grants};
use crate::reference::expand::{Segment, list};
use crate::reference::property::{Capability, Property};
use crate::reference::random;
use crate::reference::rewrite::rewrites;
use crate::reference::spelling::spell;

/// The changes between two properties as the product tells them, or `None` where one is not valid.
fn changes(old: &Property, new: &Property, seed: u64) -> Option<Value> {
    let (old_meant, new_meant) = (old, new);
    let old = loaded(&spell(old, seed), old.as_of).ok()?;
    let new = loaded(&spell(new, seed.wrapping_add(1)), new.as_of).ok()?;
    let within = Interval::new(Some(new.property.as_of.start()), None);
    let difference = Difference::between(&old.property, &new.property, within);
    let (json, _) = diff::json(&difference, "p", &[]).unwrap();
    // Sentences are made of every difference; that they are made at all is part of the test.
    assert_eq!(difference.lines().is_empty(), difference.is_empty());
    proof_is_right(&difference, (old_meant, new_meant));
    let _ = diff::human(&difference, "p", &[], false);
    Some(serde_json::from_str(&json).unwrap())
}

/// A proof holds just where nothing differs, and a counterexample is one by definition.
fn proof_is_right(difference: &Difference<'_>, (old, new): (&Property, &Property)) {
    for (lost_too, gained_too) in [(true, true), (true, false), (false, true)] {
        let found = difference.counterexample(lost_too, gained_too);
        let wanted = lost_too && difference.narrows() || gained_too && difference.widens();
        assert_eq!(found.is_some(), wanted);
        let Some(found) = found else { continue };
        let at = NaiveDateTime::parse_from_str(&found.at.to_string(), "%Y-%m-%dT%H:%M").unwrap();
        let capability = *Capability::ALL.iter().find(|one| one.name() == found.capability.name()).unwrap();
        let is_granted = |property: &Property| {
            let is_there = property.people.iter().any(|one| one.id == found.person_id)
                && property.doors.iter().any(|one| one.id == found.door_id);
            is_there && granted(property, &grants(property, &found.person_id, &found.door_id), capability, at)
        };
        assert_eq!((is_granted(old), is_granted(new)), (found.lost, !found.lost), "{found:?}");
    }
}

/// The ids of both, each once.
fn ids<'p, T>(old: &'p [T], new: &'p [T], id: impl Fn(&'p T) -> &'p String) -> BTreeSet<&'p str> {
    old.iter().chain(new).map(|one| id(one).as_str()).collect()
}

/// How many (person, door, capability, minute) agree, or the first that does not.
fn compare(old: &Property, new: &Property, changes: &Value, days: &[Day]) -> Result<u64, String> {
    let mut compared = 0;
    let change_of = |person: &str, door: &str, capability: Capability| {
        list(&changes["changes"]).iter().find(|change| {
            change["person"] == person && change["door"] == door && change["capability"] == capability.name()
        })
    };
    for person in ids(&old.people, &new.people, |person| &person.id) {
        for door in ids(&old.doors, &new.doors, |door| &door.id) {
            let of = |property: &Property| {
                let is_there = property.people.iter().any(|one| one.id == person)
                    && property.doors.iter().any(|one| one.id == door);
                is_there.then_some(())
            };
            let in_old = of(old).map_or_else(Vec::new, |()| grants(old, person, door));
            let in_new = of(new).map_or_else(Vec::new, |()| grants(new, person, door));
            for capability in Capability::ALL {
                let change = change_of(person, door, capability);
                if in_old.is_empty() && in_new.is_empty() && change.is_none() {
                    // By definition never, on either side.
                    continue;
                }
                let segments = |name: &str| -> Vec<Segment> {
                    change.map_or_else(Vec::new, |change| {
                        list(&change[name]).iter().map(Segment::read).collect()
                    })
                };
                let (gained, lost) = (segments("gained"), segments("lost"));
                for minute in days.iter().flat_map(|day| &day.minutes) {
                    let before = granted(old, &in_old, capability, minute.wall);
                    let after = granted(new, &in_new, capability, minute.wall);
                    let told = |segments: &[Segment]| segments.iter().any(|one| one.grants(minute.wall));
                    if told(&gained) != (after && !before) || told(&lost) != (before && !after) {
                        return Err(format!(
                            "{person} {} at {door}, {}: before {before}, after {after}, told {change:?}",
                            capability.name(),
                            minute.wall
                        ));
                    }
                    compared += 1;
                }
            }
        }
    }
    Ok(compared)
}

/// The days that tell of either, once each.
fn days(old: &Property, new: &Property, seed: u64) -> Vec<Day> {
    let mut days = telling_days(old, &mut Dice::new(seed));
    days.extend(telling_days(new, &mut Dice::new(seed)));
    days.sort_by_key(|day| day.minutes.first().map(|minute| minute.instant));
    days.dedup_by_key(|day| day.minutes.first().map(|minute| minute.instant));
    days
}

fn swapped(mut changes: Value) -> Value {
    for change in changes["changes"].as_array_mut().unwrap() {
        let gained = change["gained"].take();
        change["gained"] = change["lost"].take();
        change["lost"] = gained;
    }
    changes["changes"].take()
}

#[test]
fn every_minute_that_changes_is_told_and_no_other() {
    let (minutes, pairs, telling) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let cases = (random::property(), random::property(), any::<bool>(), any::<u64>());
    let outcome = runner(160, "tests/it/proptest-regressions/difference.txt").run(
        &cases,
        |(old, other, apart, seed)| {
            // Two edits of one property, or now and then two that have nothing in common but names.
            let mut new = if apart && seed % 4 == 0 { other } else { edited(&old, &mut Dice::new(seed)) };
            new.timezone.clone_from(&old.timezone);
            new.as_of = old.as_of;
            let Some(forwards) = changes(&old, &new, seed) else { return Ok(()) };
            let compared =
                compare(&old, &new, &forwards, &days(&old, &new, seed)).map_err(TestCaseError::fail)?;
            let backwards = changes(&new, &old, seed).unwrap();
            prop_assert_eq!(swapped(forwards.clone()), backwards["changes"].clone());
            minutes.fetch_add(compared, Ordering::Relaxed);
            pairs.fetch_add(1, Ordering::Relaxed);
            telling.fetch_add(u64::from(!list(&forwards["changes"]).is_empty()), Ordering::Relaxed);
            Ok(())
        },
    );
    let (minutes, pairs, telling) = (minutes.into_inner(), pairs.into_inner(), telling.into_inner());
    println!("compared {minutes} minutes over {pairs} pairs, of which {telling} differ");
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(pairs >= 80 && telling >= 40, "only {pairs} pairs were valid, and {telling} differ");
}

#[test]
fn what_means_the_same_shows_no_difference() {
    let compared = AtomicU64::new(0);
    let cases = (random::property(), any::<u64>());
    let outcome =
        runner(96, "tests/it/proptest-regressions/no_difference.txt").run(&cases, |(property, seed)| {
            for rewrite in rewrites(&property, &mut Dice::new(seed)) {
                let told = changes(&rewrite.before, &rewrite.after, seed).unwrap();
                prop_assert!(list(&told["changes"]).is_empty(), "after: {}: {told}", rewrite.what);
                compared.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
    println!("compared {} rewrites", compared.into_inner());
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
