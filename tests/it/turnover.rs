//! Moving somebody to another key without changing their doorcodes, and turning over a lock that is full.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use keyplan::load::Loaded;
use keyplan::plan::{CodeFate, Guard, Plan, Reason};
use keyplan::state::State;
use serde_json::json;

use crate::building::{Desk, Locks, forget_codes, providers};
use crate::loaded;

fn property(text: &str) -> Loaded {
    let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    loaded(&[("property.yaml".into(), format!("keyplan: 1\n{text}"))], day).unwrap()
}

fn codes(locks: &mut Locks, door: &str) -> BTreeMap<String, String> {
    let answer = locks.call(&json!({"call": "memory", "lock": format!("p/{door}")}));
    let entries = answer["slots"].as_object().unwrap().values();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    entries
        .filter(|one| one["code"].is_string())
        .map(|one| (text(&one["name"]), text(&one["code"])))
        .collect()
}

/// The example of the reference document: Key A and Key B both open Door 1 and Door 2.
#[test]
fn tracy_moves_from_key_a_to_key_b_and_keeps_her_doorcodes() {
    let house = |key: &str, extra: &str| {
        property(&format!(
            "property: {{ id: p, timezone: America/New_York }}
doors:
  door-1: {{ kind: entrance }}
  door-2: {{ kind: entrance }}
  door-3: {{ kind: entrance }}
keys:
  a: {{ doors: [door-1, door-2] }}
  b: {{ doors: [door-1, door-2{extra}] }}
people:
  tracy: {{}}
assignments:
  - {{ to: tracy, keys: [{key}] }}
"
        ))
    };
    let mut locks = Locks::start();
    let (desk, providers) = (Desk::new(), providers(locks.provider()));
    let plan = desk.plan(&house("a", "")).plan;
    assert!(desk.apply(&plan, &providers, &Default::default(), None).unwrap().is_complete());
    let before = [codes(&mut locks, "door-1"), codes(&mut locks, "door-2")];
    assert!(before.iter().all(|codes| codes.len() == 1));
    // The same doors by another key: there is nothing to do at all.
    assert!(desk.plan(&house("b", "")).plan.is_empty());
    // By a key with other hours and another door: the codes stay, and the new door is granted first.
    let plan = desk.plan(&house("b", ", door-3")).plan;
    assert_eq!(plan.changes.len(), 1);
    assert_eq!((plan.changes[0].reason, plan.changes[0].code), (Reason::Gains, CodeFate::Makes));
    assert!(desk.apply(&plan, &providers, &Default::default(), None).unwrap().is_complete());
    assert_eq!(before, [codes(&mut locks, "door-1"), codes(&mut locks, "door-2")]);
}

/// A house of ten flats whose entrance holds just so many people.
fn full_house(residents: &[&str], capacity: usize, more: &str) -> Loaded {
    let people: String = residents
        .iter()
        .enumerate()
        .map(|(number, id)| format!("  {id}: {{ unit: unit-{}, teams: [tenants] }}\n", number % 10 + 1))
        .collect();
    property(&format!(
        "property: {{ id: p, timezone: America/New_York }}
lock-models:
  panel: {{ holders: {capacity} }}
doors:
  front: {{ kind: entrance, lock: {{ model: panel }} }}
  unit-{{1..10}}: {{ kind: residence }}
groups:
  homes: {{ kind: residence }}
keys:
  home: {{ each: homes, doors: [front, $door] }}
people:
{people}assignments:
  - {{ to: tenants, keys: [home] }}
{more}"
    ))
}

#[test]
fn an_entrance_full_to_the_last_slot_turns_over_ten_residents_without_a_gap() {
    let mut locks = Locks::start();
    locks.call(&json!({"call": "configure", "lock": "p/front", "capacity": 10}));
    let (desk, providers) = (Desk::new(), providers(locks.provider()));
    let old: Vec<String> = (0..10).map(|number| format!("old-{number}")).collect();
    let new: Vec<String> = (0..10).map(|number| format!("new-{number}")).collect();
    let ids = |all: &[String]| full_house(&all.iter().map(String::as_str).collect::<Vec<_>>(), 10, "");
    let plan = desk.plan(&ids(&old)).plan;
    assert!(desk.apply(&plan, &providers, &Default::default(), None).unwrap().is_complete());
    let plan = desk.plan(&ids(&new)).plan;
    assert!(plan.changes.iter().all(|change| !change.gap), "there is a gap");
    assert!(plan.short.is_empty(), "{:?}", plan.short);
    let front = |change: &&keyplan::plan::Change| plan.lock(change).door == "front";
    assert!(plan.changes.iter().filter(front).all(|change| change.fill <= 10));
    // Nobody who comes is granted before somebody has left, and whoever leaves waits for nothing.
    let leaving = plan.changes.iter().take_while(|change| change.reason == Reason::Leaves).count();
    assert_eq!(leaving, 20);
    assert!(plan.changes[..20].iter().all(|change| plan.needs(change).is_empty() && !change.after_grants));
    assert!(desk.apply(&plan, &providers, &Default::default(), None).unwrap().is_complete());
    assert_eq!(codes(&mut locks, "front").keys().cloned().collect::<Vec<_>>(), {
        let mut sorted = new.clone();
        sorted.sort();
        sorted
    });
    assert!(desk.plan(&ids(&new)).plan.is_empty());
}

#[test]
fn who_does_not_fit_is_named_and_a_guard_says_no() {
    let desk = Desk::new();
    let ids: Vec<String> = (0..12).map(|number| format!("p-{number:02}")).collect();
    let plan = desk.plan(&full_house(&ids.iter().map(String::as_str).collect::<Vec<_>>(), 10, "")).plan;
    let short: Vec<&str> = plan.short.iter().map(|one| one.person.as_str()).collect();
    assert_eq!(short, ["p-10", "p-11"]);
    assert!(plan.dangers.iter().any(|danger| danger.guard == Guard::NoRoom), "{:?}", plan.dangers);
    assert_eq!(plan.changes.iter().filter(|change| plan.lock(change).door == "front").count(), 10);
}

/// Two people swap between two full locks: each can only be let in when the other is out.
#[test]
fn a_swap_between_two_full_locks_needs_one_gap_and_says_so() {
    let house = |ana: u32, ben: u32| {
        property(&format!(
            "property: {{ id: p, timezone: America/New_York }}
lock-models:
  small: {{ holders: 1 }}
doors:
  front: {{ kind: entrance }}
  unit-{{1..2}}: {{ kind: residence, lock: {{ model: small }} }}
groups:
  homes: {{ kind: residence }}
keys:
  home: {{ each: homes, doors: [front, $door] }}
people:
  ana: {{ unit: unit-{ana}, teams: [tenants] }}
  ben: {{ unit: unit-{ben}, teams: [tenants] }}
assignments:
  - {{ to: tenants, keys: [home] }}
"
        ))
    };
    let mut locks = Locks::start();
    for door in ["unit-1", "unit-2"] {
        locks.call(&json!({"call": "configure", "lock": format!("p/{door}"), "capacity": 1}));
    }
    let (desk, providers) = (Desk::new(), providers(locks.provider()));
    let plan = desk.plan(&house(1, 2)).plan;
    assert!(desk.apply(&plan, &providers, &Default::default(), None).unwrap().is_complete());
    let plan = desk.plan(&house(2, 1)).plan;
    assert_eq!(plan.changes.iter().filter(|change| change.gap).count(), 1, "{:?}", plan.changes);
    assert!(plan.dangers.iter().any(|danger| danger.guard == Guard::Gap), "{:?}", plan.dangers);
    assert!(plan.admit(&Default::default()).is_err());
    assert!(desk.apply(&plan, &providers, &Default::default(), None).unwrap().is_complete());
    assert_eq!(codes(&mut locks, "unit-1").keys().collect::<Vec<_>>(), ["ben"]);
    assert_eq!(codes(&mut locks, "unit-2").keys().collect::<Vec<_>>(), ["ana"]);
}

/// The home of somebody who stays, every entrance, a protected door, an empty house: each is refused by its own guard.
#[test]
fn guards_refuse_what_they_are_for() {
    let house = |people: &str, keys: &str| {
        property(&format!(
            "property: {{ id: p, timezone: America/New_York }}
doors:
  front: {{ kind: entrance }}
  fire: {{ kind: service, protect: true }}
  unit-{{1..2}}: {{ kind: residence }}
keys:
  home: {{ doors: [{keys}] }}
  code: {{ doors: {{ front: {{ doorcode: false }} }} }}
  fire: {{ doors: [fire] }}
people:
{people}assignments:
  - {{ to: tenants, keys: [home] }}
  - {{ to: brigade, keys: [fire] }}
teams: {{ tenants: {{}}, brigade: {{}} }}
"
        ))
    };
    let everybody = "  ana: { unit: unit-1, teams: [tenants] }\n  fire-service: { teams: [brigade] }\n";
    let locks = Locks::start();
    let (desk, providers) = (Desk::new(), providers(locks.provider()));
    let first = house(everybody, "front, unit-1");
    assert!(
        desk.apply(&desk.plan(&first).plan, &providers, &Default::default(), None).unwrap().is_complete()
    );
    for (people, keys, guard) in [
        (everybody, "front", Guard::Home),
        (everybody, "unit-1", Guard::Entrances),
        ("  ana: { unit: unit-1, teams: [tenants] }\n", "front, unit-1", Guard::Protected),
        ("  nobody: {}\n", "front", Guard::Empty),
    ] {
        let plan = desk.plan(&house(people, keys)).plan;
        let guards: Vec<Guard> = plan.dangers.iter().map(|danger| danger.guard).collect();
        assert!(guards.contains(&guard), "{guard:?}: {:?}", plan.dangers);
        assert!(plan.admit(&Default::default()).is_err());
    }
    // A doorcode that is turned off where the door stays open to its holder.
    let text = "property: { id: p, timezone: America/New_York }
doors:
  front: { kind: entrance }
  fire: { kind: service, protect: true }
  unit-{1..2}: { kind: residence }
keys:
  home: { doors: { front: { doorcode: false }, unit-1: {} } }
  fire: { doors: [fire] }
people:
  ana: { unit: unit-1, teams: [tenants] }
  fire-service: { teams: [brigade] }
assignments:
  - { to: tenants, keys: [home] }
  - { to: brigade, keys: [fire] }
";
    let plan = desk.plan(&property(text)).plan;
    assert!(plan.dangers.iter().any(|danger| danger.guard == Guard::Doorcodes), "{:?}", plan.dangers);
}

/// A doorcode belongs to the person and the door: when the door gets another lock, people keep what they type.
#[test]
fn a_door_gets_another_lock_and_its_people_keep_their_doorcodes() {
    let house = |lock: &str, hours: &str| {
        property(&format!(
            "property: {{ id: p, timezone: America/New_York }}
doors:
  front: {{ kind: entrance, lock: {{ id: {lock} }} }}
schedules: {{ hours: {{ mon-fri: {hours} }} }}
keys:
  home: {{ doors: {{ front: {{ schedule: hours }} }} }}
people: {{ ana: {{}} }}
assignments:
  - {{ to: ana, keys: [home] }}
"
        ))
    };
    let mut locks = Locks::start();
    let (desk, providers) = (Desk::new(), providers(locks.provider()));
    let apply = |lock: &str, hours: &str| {
        let plan = desk.plan(&house(lock, hours)).plan;
        assert!(desk.apply(&plan, &providers, &Default::default(), None).unwrap().is_complete());
        plan
    };
    apply("old", "08:00-18:00");
    let before = codes(&mut locks, "old");
    let plan = apply("new", "08:00-18:00");
    assert!(plan.dangers.is_empty(), "{:?}", plan.dangers);
    assert_eq!((codes(&mut locks, "old").len(), codes(&mut locks, "new")), (0, before.clone()));
    // And it stays theirs from then on.
    apply("new", "09:00-18:00");
    assert_eq!(codes(&mut locks, "new"), before);
}

/// A lock says no to a new doorcode, and never tells which one it has: what was asked for is not done.
#[test]
fn a_doorcode_that_is_made_anew_and_refused_is_not_taken_for_done() {
    let house = property(
        "property: { id: p, timezone: America/New_York }
doors:
  front: { kind: entrance }
keys:
  home: { doors: [front] }
people: { ana: {} }
assignments:
  - { to: ana, keys: [home] }
",
    );
    let mut locks = Locks::start();
    let (desk, providers) = (Desk::new(), providers(locks.provider()));
    assert!(
        desk.apply(&desk.plan(&house).plan, &providers, &Default::default(), None).unwrap().is_complete()
    );
    let before = codes(&mut locks, "front");
    let mut state = State::open(&desk.state).unwrap();
    let lease = state.hold("p", "tests").unwrap();
    let keys = state.codes("p").unwrap();
    state.rotate_codes(&lease, &keys, "tests").unwrap();
    state.let_go(&lease).unwrap();
    drop(state);
    locks.call(&json!({"call": "fault", "lock": "p/front", "fault": "refuse", "count": 5}));
    let report = desk.apply(&desk.plan(&house).plan, &providers, &Default::default(), None).unwrap();
    assert!(!report.is_complete(), "{:?}", report.outcomes);
    assert_eq!(codes(&mut locks, "front"), before);
    locks.call(&json!({"call": "reset", "lock": "p/front"}));
    let report = desk.apply(&desk.plan(&house).plan, &providers, &Default::default(), None).unwrap();
    assert!(report.is_complete(), "{:?}", report.outcomes);
    assert_ne!(codes(&mut locks, "front"), before);
    assert!(desk.plan(&house).plan.is_empty());
}

/// What is left of a doorcode that nobody here knows: it stays in its slot, and a guard speaks where it cannot.
#[test]
fn a_doorcode_that_nobody_knows_stays_in_its_slot_or_a_guard_speaks() {
    let house = |lock: &str, hours: &str, people: &str| {
        property(&format!(
            "property: {{ id: p, timezone: America/New_York }}
doors:
  front: {{ kind: entrance, lock: {{ id: {lock} }} }}
schedules: {{ hours: {{ mon-fri: {hours} }} }}
keys:
  home: {{ doors: {{ front: {{ schedule: hours }} }} }}
people: {{ {people} }}
assignments:
  - {{ to: team, keys: [home] }}
teams: {{ team: {{}} }}
"
        ))
    };
    let (ana, both) = ("ana: { teams: [team] }", "ana: { teams: [team] }, ben: { teams: [team] }");
    let mut locks = Locks::start();
    let (desk, providers) = (Desk::new(), providers(locks.provider()));
    let apply = |plan: &Plan| desk.apply(plan, &providers, &Default::default(), None).unwrap();
    let guards = |plan: &Plan| plan.dangers.iter().map(|one| one.guard).collect::<Vec<_>>();
    assert!(apply(&desk.plan(&house("one", "08:00-18:00", both)).plan).is_complete());
    let before = codes(&mut locks, "one");
    forget_codes(&desk, |_| true);
    assert!(desk.plan(&house("one", "08:00-18:00", both)).plan.is_empty(), "what is there is as written");
    // Other hours: no code is at hand, and none is needed.
    let plan = desk.plan(&house("one", "09:00-18:00", both)).plan;
    assert!(plan.changes.iter().all(|one| one.code == CodeFate::Keeps && one.untold) && !plan.needs_codes());
    assert_eq!(guards(&plan), []);
    assert!(apply(&plan).is_complete());
    assert_eq!(codes(&mut locks, "one"), before);
    // An answer that is lost leaves it as unknown as it was.
    locks.call(&json!({"call": "fault", "lock": "p/one", "fault": "drop", "count": 9}));
    assert!(!apply(&desk.plan(&house("one", "08:00-18:00", both)).plan).is_complete());
    locks.call(&json!({"call": "configure", "lock": "p/one", "offline": true}));
    assert!(!apply(&desk.plan(&house("one", "08:00-18:00", both)).plan).is_complete());
    locks.call(&json!({"call": "configure", "lock": "p/one", "offline": false}));
    while !apply(&desk.plan(&house("one", "08:00-18:00", both)).plan).is_complete() {}
    assert_eq!(codes(&mut locks, "one"), before);
    assert!(desk.plan(&house("one", "08:00-18:00", both)).plan.is_empty());
    // Whoever leaves takes nothing with them that somebody would miss.
    let plan = desk.plan(&house("one", "08:00-18:00", ana)).plan;
    assert_eq!(guards(&plan), []);
    assert!(apply(&plan).is_complete());
    assert_eq!(codes(&mut locks, "one").keys().collect::<Vec<_>>(), ["ana"]);
    // Another lock: nobody can bring the code there.
    let plan = desk.plan(&house("two", "08:00-18:00", ana)).plan;
    assert_eq!(guards(&plan), [Guard::Doorcodes]);
    let fates: Vec<(CodeFate, bool)> = plan.changes.iter().map(|one| (one.code, one.untold)).collect();
    assert_eq!(fates, [(CodeFate::Makes, false), (CodeFate::Deletes, true)]);
    assert!(apply(&plan).is_complete());
    let moved = codes(&mut locks, "two");
    assert!(
        codes(&mut locks, "one").is_empty() && moved.contains_key("ana") && moved["ana"] != before["ana"]
    );
    // That one is known, and kept like any other.
    let plan = desk.plan(&house("two", "09:00-18:00", ana)).plan;
    assert!(plan.changes.iter().all(|one| one.code == CodeFate::Keeps && !one.untold) && plan.needs_codes());
    assert!(apply(&plan).is_complete());
    assert_eq!(codes(&mut locks, "two"), moved);
}

/// Somebody empties the slot of a doorcode that nobody knows: another one is made only when that is allowed.
#[test]
fn a_doorcode_that_nobody_knows_and_that_is_gone_is_not_made_anew_unasked() {
    let house = |hours: &str| {
        property(&format!(
            "property: {{ id: p, timezone: America/New_York }}
doors:
  front: {{ kind: entrance }}
schedules: {{ hours: {{ mon-fri: {hours} }} }}
keys:
  home: {{ doors: {{ front: {{}} }} }}
  work: {{ doors: {{ front: {{ schedule: hours }} }} }}
people: {{ ana: {{}}, ben: {{}} }}
assignments:
  - {{ to: ana, keys: [home] }}
  - {{ to: ben, keys: [work] }}
"
        ))
    };
    let mut locks = Locks::start();
    let (desk, providers) = (Desk::new(), providers(locks.provider()));
    let apply = |plan: &Plan| desk.apply(plan, &providers, &Default::default(), None).unwrap();
    assert!(apply(&desk.plan(&house("08:00-18:00")).plan).is_complete());
    let before = codes(&mut locks, "front");
    forget_codes(&desk, |_| true);
    locks.call(&json!({"call": "hand", "lock": "p/front", "slot": 1, "entry": null}));
    // A change of somebody else at the lock sees that it is gone.
    assert!(apply(&desk.plan(&house("09:00-18:00")).plan).is_complete());
    assert_eq!(codes(&mut locks, "front").keys().collect::<Vec<_>>(), ["ben"]);
    let plan = desk.plan(&house("09:00-18:00")).plan;
    assert_eq!(plan.changes.len(), 1);
    assert_eq!((plan.changes[0].code, plan.changes[0].untold), (CodeFate::Makes, true));
    let guards: Vec<Guard> = plan.dangers.iter().map(|one| one.guard).collect();
    assert!(guards == [Guard::Doorcodes] && plan.admit(&Default::default()).is_err(), "{guards:?}");
    // An answer that is lost does not make it one that nobody needs to be asked for.
    locks.call(&json!({"call": "fault", "lock": "p/front", "fault": "drop", "count": 9}));
    locks.call(&json!({"call": "configure", "lock": "p/front", "delay": 1}));
    assert!(!apply(&plan).is_complete());
    assert_eq!(desk.plan(&house("09:00-18:00")).plan.dangers.len(), 1);
    while !apply(&desk.plan(&house("09:00-18:00")).plan).is_complete() {}
    let after = codes(&mut locks, "front");
    assert!(after["ana"] != before["ana"] && after["ben"] == before["ben"]);
    // From then on it is known.
    assert!(desk.plan(&house("09:00-18:00")).plan.is_empty());
    let state = State::open(&desk.state).unwrap();
    let known: Vec<String> = state.codes("p").unwrap().into_iter().map(|key| key.person).collect();
    let untold: Vec<String> = state.untold("p").unwrap().into_iter().map(|key| key.person).collect();
    assert_eq!((known, untold), (vec!["ana".into()], vec!["ben".to_owned()]));
}
