//! Plan and apply against simulated locks and the oracle: what is in the locks while a plan is applied, after faults, and
//! at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDateTime;
use keyplan::plan::Plan;
use keyplan::state::CodeKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::building::{Desk, Locks, forget_codes, providers};
use crate::loaded;
use crate::oracle::runner_of;
use crate::reference::compare::telling_days;
use crate::reference::dice::Dice;
use crate::reference::edit::edited;
use crate::reference::evaluate::{Grant, granted, grants};
use crate::reference::expand::{Segment, list};
use crate::reference::property::{Capability, Property, midnight};
use crate::reference::random;
use crate::reference::spelling::spell;

/// Who at which door: doors and people.
type People = BTreeSet<(String, String)>;
/// The entries of a lock by slot.
type Memory = BTreeMap<u64, Value>;

/// What is in a lock, and every write since it was last asked.
fn memory(locks: &mut Locks, property: &str, door: &str) -> (Memory, Vec<(u64, Value)>) {
    let answer = locks.call(&json!({"call": "memory", "lock": format!("{property}/{door}")}));
    let slots = answer["slots"].as_object().unwrap();
    let slots = slots.iter().map(|(slot, entry)| (slot.parse().unwrap(), entry.clone())).collect();
    let write = |one: &Value| (one[0].as_u64().unwrap(), one[1].clone());
    (slots, list(&answer["history"]).iter().map(write).collect())
}

/// Whether somebody has a capability by some entries, as the lock would judge it.
fn holds(memory: &Memory, person: &str, capability: Capability, at: NaiveDateTime) -> bool {
    memory.values().any(|entry| {
        entry["name"] == person
            && list(&entry["ways"]).iter().any(|way| way == capability.name())
            && list(&entry["segments"]).iter().any(|segment| Segment::read(segment).grants(at))
    })
}

/// What a property gives somebody at a door; nothing when it does not know one of them.
fn given<'p>(property: &'p Property, person: &str, door: &str) -> Vec<Grant<'p>> {
    let known =
        property.people.iter().any(|one| one.id == person) && property.doors.iter().any(|one| one.id == door);
    if known { grants(property, person, door) } else { Vec::new() }
}

/// A sample of the minutes that tell, from the as-of day on.
fn minutes(old: &Property, new: &Property, seed: u64, most: usize) -> Vec<NaiveDateTime> {
    let mut dice = Dice::new(seed);
    let mut all: Vec<NaiveDateTime> = [old, new]
        .into_iter()
        .flat_map(|property| telling_days(property, &mut Dice::new(seed)))
        .flat_map(|day| day.minutes.into_iter().map(|minute| minute.wall))
        .filter(|wall| *wall >= midnight(new.as_of))
        .collect();
    all.sort_unstable();
    all.dedup();
    dice.shuffle(&mut all);
    all.truncate(most);
    all
}

/// What somebody had at a lock, and every write of theirs, in few words.
fn told(before: &Memory, history: &[(u64, Value)], person: &str) -> String {
    let entry = |entry: &Value| match entry {
        Value::Null => "nothing".to_owned(),
        entry => {
            let segments: Vec<String> = list(&entry["segments"])
                .iter()
                .map(|one| {
                    let weekly: Vec<String> = list(&one["weekly"])
                        .iter()
                        .map(|window| format!("{}{}-{}", window["day"], window["from"], window["to"]))
                        .collect();
                    format!("{}..{} {}", one["from"], one["until"], weekly.join(" ").replace('"', ""))
                })
                .collect();
            format!("{} {} {}", entry["name"], entry["ways"], segments.join(" | "))
        }
    };
    let mine = |one: &Value| one.is_null() || one["name"] == person;
    let had =
        before.iter().filter(|(_, one)| mine(one)).map(|(slot, one)| format!("had {slot}: {}", entry(one)));
    let writes =
        history.iter().filter(|(_, one)| mine(one)).map(|(slot, one)| format!("{slot}: {}", entry(one)));
    had.chain(writes).collect::<Vec<_>>().join("\n")
}

/// Goes through every write at a lock: nobody has what neither property gives, nobody loses what both give.
fn lawful(
    (old, new): (&Property, &Property),
    door: &str,
    before: &Memory,
    history: &[(u64, Value)],
    minutes: &[NaiveDateTime],
    (damaged, taken_back): (&People, &People),
) -> u64 {
    let mut memory = before.clone();
    let mut judged = 0;
    for (slot, entry) in history {
        let mut people: BTreeSet<String> = BTreeSet::new();
        let name = |entry: &Value| entry["name"].as_str().map(str::to_owned);
        people.extend(memory.get(slot).and_then(name));
        people.extend(name(entry));
        match entry {
            Value::Null => memory.remove(slot),
            entry => memory.insert(*slot, entry.clone()),
        };
        // Who was without access before the plan is not judged on the way.
        people.retain(|person| !damaged.contains(&(door.to_owned(), person.clone())));
        for person in people {
            let (in_old, in_new) = (given(old, &person, door), given(new, &person, door));
            let is_taken_back = taken_back.contains(&(door.to_owned(), person.clone()));
            for capability in Capability::ALL {
                for at in minutes {
                    let was = granted(old, &in_old, capability, *at);
                    let will = granted(new, &in_new, capability, *at);
                    let is = holds(&memory, &person, capability, *at);
                    // A doorcode that was taken back is gone before another is there.
                    let may_miss = is_taken_back && capability == Capability::Doorcode;
                    assert!(
                        (!is || was || will) && (is || !was || !will || may_miss),
                        "{person} {} at {door} {at}: old {was}, new {will}, in the lock {is}\n{}",
                        capability.name(),
                        told(before, history, &person)
                    );
                    judged += 1;
                }
            }
        }
    }
    judged
}

/// The locks hold just what a property gives; every doorcode opens just when its holder may.
fn equal(locks: &mut Locks, property: &Property, doors: &BTreeSet<String>, minutes: &[NaiveDateTime]) -> u64 {
    let mut judged = 0;
    for door in doors {
        let (memory, _) = memory(locks, &property.id, door);
        let mut people: BTreeSet<&str> = property.people.iter().map(|one| one.id.as_str()).collect();
        people.extend(memory.values().filter_map(|entry| entry["name"].as_str()));
        for person in people {
            let given = given(property, person, door);
            for capability in Capability::ALL {
                for at in minutes {
                    let should = granted(property, &given, capability, *at);
                    let is = holds(&memory, person, capability, *at);
                    let name = capability.name();
                    assert_eq!(is, should, "{person} {name} at {door} {at}\n{}", told(&memory, &[], person));
                    judged += 1;
                }
            }
        }
        for entry in memory.values().filter(|entry| entry["code"].is_string()) {
            let given = given(property, entry["name"].as_str().unwrap(), door);
            for at in minutes.iter().take(6) {
                let should = granted(property, &given, Capability::Doorcode, *at);
                let text = at.format("%Y-%m-%dT%H:%M").to_string();
                let lock = format!("{}/{door}", property.id);
                assert_eq!(locks.opens(&lock, entry["code"].as_str().unwrap(), &text), should, "{door} {at}");
                judged += 1;
            }
        }
    }
    judged
}

/// The doorcodes in the locks, by door and person.
fn codes(locks: &mut Locks, property: &str, doors: &BTreeSet<String>) -> BTreeMap<(String, String), String> {
    let mut codes = BTreeMap::new();
    for door in doors {
        for entry in memory(locks, property, door).0.values() {
            if let Some(code) = entry["code"].as_str() {
                let key = (door.clone(), entry["name"].as_str().unwrap().to_owned());
                let known = codes.insert(key, code.to_owned());
                assert!(known.is_none_or(|known| known == code), "two codes for one person at {door}");
            }
        }
    }
    codes
}

/// Takes some entries of ours out of the locks, or all of a lock; whose they were, and where.
fn damage(locks: &mut Locks, property: &str, doors: &BTreeSet<String>, dice: &mut Dice) -> People {
    let mut damaged = BTreeSet::new();
    for door in doors {
        let lock = format!("{property}/{door}");
        let all = dice.one_in(20);
        if dice.one_in(20) {
            for entry in memory(locks, property, door).0.values().filter(|entry| entry["code"].is_string()) {
                damaged.insert((door.clone(), entry["name"].as_str().unwrap().to_owned()));
            }
            locks.call(&json!({"call": "wipe", "lock": lock}));
        }
        for (slot, entry) in memory(locks, property, door).0 {
            if all || dice.one_in(20) {
                locks.call(&json!({"call": "hand", "lock": lock, "slot": slot, "entry": null}));
                damaged.insert((door.clone(), entry["name"].as_str().unwrap().to_owned()));
            }
        }
    }
    damaged
}

/// Makes some locks fail in some way at some of the next calls.
fn trouble(locks: &mut Locks, property: &str, doors: &BTreeSet<String>, dice: &mut Dice) {
    for door in doors {
        let lock = format!("{property}/{door}");
        if dice.one_in(6) {
            locks.call(&json!({"call": "configure", "lock": lock, "offline": true}));
        }
        for _ in 0..dice.below(4) {
            let fault = *dice.pick(&["timeout", "drop", "refuse", "nonsense", "full", "none", "none"]);
            locks.call(&json!({"call": "fault", "lock": lock, "fault": fault}));
        }
    }
}

#[test]
fn whatever_fails_the_locks_keep_the_law_and_end_as_written() {
    random_pairs(0);
}

/// The same with other pairs: there are two cores.
#[test]
fn whatever_fails_with_other_pairs_the_law_is_kept_too() {
    random_pairs(1);
}

/// A thousand pairs of properties, with whatever can happen between the one and the other.
fn random_pairs(half: u64) {
    let (pairs, judged, resumed, states) =
        (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let untold = AtomicU64::new(0);
    let (rotated, lost_entries) = (AtomicU64::new(0), AtomicU64::new(0));
    let locks = std::sync::Mutex::new(Locks::start());
    let cases = (random::property(), random::property(), any::<bool>(), any::<u64>());
    let outcome = runner_of(1_000, "tests/it/proptest-regressions/deployments.txt", half << 32).run(
        &cases,
        |(mut old, other, apart, seed)| {
            let mut dice = Dice::new(seed);
            let mut new = if apart && seed % 4 == 0 { other } else { edited(&old, &mut dice) };
            old.id = "p".into();
            new.id = "p".into();
            new.timezone.clone_from(&old.timezone);
            new.as_of = old.as_of;
            let (Ok(first), Ok(second)) =
                (loaded(&spell(&old, seed), old.as_of), loaded(&spell(&new, seed ^ 1), new.as_of))
            else {
                return Ok(());
            };
            let mut locks = locks.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let doors: BTreeSet<String> =
                old.doors.iter().chain(&new.doors).map(|one| one.id.clone()).collect();
            for door in &doors {
                let lock = format!("p/{door}");
                locks.call(&json!({"call": "reset", "lock": lock}));
                locks.call(&json!({"call": "memory", "lock": lock}));
            }
            let desk = Desk::new();
            let providers = providers(locks.provider());
            let sample = minutes(&old, &new, seed, 36);
            let made = desk.plan(&first);
            states.fetch_add(made.judged, Ordering::Relaxed);
            let report = desk.apply(&made.plan, &providers, &Default::default(), None).unwrap();
            assert!(report.is_complete(), "{:?}", report.outcomes.iter().find(|one| one.why().is_some()));
            judged.fetch_add(equal(&mut locks, &old, &doors, &sample), Ordering::Relaxed);
            assert!(desk.plan(&first).plan.is_empty(), "the second plan is not empty");
            let had = codes(&mut locks, "p", &doors);
            // Of some of them nobody knows the codes, which were set elsewhere.
            let one_in = Dice::new(seed ^ 2).below(4);
            if one_in > 0 {
                forget_codes(&desk, |number| number % one_in == 0);
            }
            let lost = |plan: &Plan| -> Vec<(String, String)> {
                let gone = plan.changes.iter().filter(|one| one.untold && !one.leaves_code());
                gone.map(|one| (plan.lock(one).door.clone(), plan.person(one).id.clone())).collect()
            };
            // Some people's phones are lost, and some locks lose what is in them.
            let mut taken_back: Vec<CodeKey> =
                keyplan::state::State::read(&desk.state).unwrap().unwrap().codes("p").unwrap();
            taken_back
                .retain(|key| dice.one_in(8) && had.contains_key(&(key.door.clone(), key.person.clone())));
            desk.rotate("p", &taken_back);
            rotated.fetch_add(taken_back.len() as u64, Ordering::Relaxed);
            let taken_back: People = taken_back.into_iter().map(|key| (key.door, key.person)).collect();
            let gone = damage(&mut locks, "p", &doors, &mut dice);
            lost_entries.fetch_add(gone.len() as u64, Ordering::Relaxed);
            let before: Vec<Memory> = doors.iter().map(|door| memory(&mut locks, "p", door).0).collect();
            for door in &doors {
                memory(&mut locks, "p", door);
            }
            trouble(&mut locks, "p", &doors, &mut dice);
            let made = desk.plan(&second);
            states.fetch_add(made.judged, Ordering::Relaxed);
            let mut may_change = lost(&made.plan);
            untold.fetch_add(
                made.plan.changes.iter().filter(|one| one.leaves_code()).count() as u64,
                Ordering::Relaxed,
            );
            let mut report = desk.apply(&made.plan, &providers, &Default::default(), None).unwrap();
            let mut rounds = 0;
            while !report.is_complete() {
                rounds += 1;
                assert!(
                    rounds < 30,
                    "{:?}",
                    report.outcomes.iter().filter(|one| one.why().is_some()).take(3).collect::<Vec<_>>()
                );
                for door in &doors {
                    locks.call(&json!({"call": "configure", "lock": format!("p/{door}"), "offline": false}));
                }
                // Either the run is resumed, or somebody plans again, or looks at the locks first.
                report = match dice.below(3) {
                    0 => desk.resume("p", &providers).unwrap(),
                    way => {
                        let plan = match way {
                            1 => desk.plan(&second).plan,
                            _ => desk.plan_afresh(&second, &providers).plan,
                        };
                        may_change.extend(lost(&plan));
                        desk.apply(&plan, &providers, &Default::default(), None).unwrap()
                    }
                };
                resumed.fetch_add(1, Ordering::Relaxed);
            }
            // A code that is made in the place of another may be missing for a moment.
            let remade: People = may_change.iter().chain(&taken_back).cloned().collect();
            for (door, before) in doors.iter().zip(&before) {
                let (_, history) = memory(&mut locks, "p", door);
                judged.fetch_add(
                    lawful((&old, &new), door, before, &history, &sample, (&gone, &remade)),
                    Ordering::Relaxed,
                );
            }
            // Damage that no change came across is seen by whoever looks.
            for door in &doors {
                locks.call(&json!({"call": "configure", "lock": format!("p/{door}"), "offline": false}));
            }
            for round in 0.. {
                let plan = desk.plan_afresh(&second, &providers).plan;
                may_change.extend(lost(&plan));
                let report = desk.apply(&plan, &providers, &Default::default(), None).unwrap();
                if report.is_complete() {
                    break;
                }
                let why = || report.outcomes.iter().find(|one| one.why().is_some());
                assert!(round < 30, "{:?}", why());
            }
            judged.fetch_add(equal(&mut locks, &new, &doors, &sample), Ordering::Relaxed);
            assert!(desk.plan(&second).plan.is_empty(), "the last plan is not empty");
            assert!(desk.plan_afresh(&second, &providers).plan.is_empty(), "the locks are not as recorded");
            let has = codes(&mut locks, "p", &doors);
            for key in &taken_back {
                assert!(
                    has.get(key).is_none_or(|now| *now != had[key]),
                    "{key:?} has the code that was taken back"
                );
            }
            may_change.extend(taken_back);
            for (key, code) in had.iter().filter(|(key, _)| !may_change.contains(key)) {
                assert!(has.get(key).is_none_or(|now| now == code), "the doorcode of {key:?} changed");
            }
            pairs.fetch_add(1, Ordering::Relaxed);
            Ok(())
        },
    );
    println!(
        "{} pairs of properties, {} runs resumed or planned again, {} states proved, {} minutes judged, {} doorcodes left that nobody knows, {} taken back, {} people lost to damage",
        pairs.load(Ordering::Relaxed),
        resumed.load(Ordering::Relaxed),
        states.load(Ordering::Relaxed),
        judged.load(Ordering::Relaxed),
        untold.load(Ordering::Relaxed),
        rotated.load(Ordering::Relaxed),
        lost_entries.load(Ordering::Relaxed)
    );
    if let Err(error) = outcome {
        panic!("{}", error.to_string().chars().take(2000).collect::<String>());
    }
}
