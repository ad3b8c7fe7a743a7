//! What is in the locks and is not as it was left: damage, entries of others, locks that are replaced.

use serde_json::json;

use crate::between::{Desk, PEOPLE, SIMULATED, house};

/// A lock that is gone for good is forgotten by itself, and its people keep their doorcodes in the next.
#[test]
fn a_lock_that_is_replaced_keeps_the_doorcodes() {
    let mut desk = Desk::on_simulator();
    let fitted = |id: &str| {
        let doors = SIMULATED.replace(
            "front: { kind: entrance, lock: { provider: hub } }",
            &format!("front: {{ kind: entrance, lock: {{ provider: hub, id: {id} }} }}"),
        );
        house(&PEOPLE.join("\n"), &doors)
    };
    desk.text(&fitted("old"));
    desk.done(&["apply", "--yes"]);
    let before = desk.digits("old", "ana");
    desk.configure("old", &json!({"offline": true}));
    desk.text(&fitted("new"));
    assert_eq!(desk.run(&["apply", "--yes"]).code, 15);
    desk.done(&["state", "rm", "front", "--lock", "old", "--yes"]);
    desk.done(&["apply", "--yes"]);
    assert_eq!(desk.digits("new", "ana"), before);
    desk.nothing_to_do();
}

/// What `state rm` gave away is somebody else's.
#[test]
fn what_was_forgotten_is_not_written_over() {
    let mut desk = Desk::on_simulator();
    desk.write(&PEOPLE);
    desk.done(&["apply", "--yes"]);
    let memory = |desk: &mut Desk| desk.call(&json!({"call": "memory", "lock": "p/pool"}))["slots"].clone();
    let before = memory(&mut desk);
    desk.done(&["state", "rm", "pool", "--yes"]);
    let drift = desk.done(&["drift"]);
    assert!(
        drift.stdout.contains("3 entries entered by hand") || drift.stdout.contains("entered by hand"),
        "{}",
        drift.stdout
    );
    desk.done(&["apply", "--yes"]);
    let after = memory(&mut desk);
    for (slot, entry) in before.as_object().unwrap() {
        assert_eq!(after[slot], *entry, "slot {slot}");
    }
    assert_eq!(after.as_object().unwrap().len(), 6);
}

/// An entry that was gone when something else was applied is told, comes back with its code, and leaves nothing behind.
#[test]
fn damage_that_was_seen_in_passing_is_not_forgotten() {
    let mut desk = Desk::on_simulator();
    desk.write(&PEOPLE[..2]);
    desk.done(&["apply", "--yes"]);
    let code = desk.digits("pool", "ana").unwrap();
    let memory = desk.call(&json!({"call": "memory", "lock": "p/pool"}));
    let slots = memory["slots"].as_object().unwrap();
    let slot: u32 = slots.iter().find(|(_, entry)| entry["name"] == "ana").unwrap().0.parse().unwrap();
    desk.call(&json!({"call": "hand", "lock": "p/pool", "slot": slot, "entry": null}));
    desk.write(&PEOPLE);
    let applied = desk.done(&["apply", "--yes"]);
    assert!(applied.stdout.contains("`pool` has lost 1 entry of ours"), "{}", applied.stdout);
    let plan = desk.done(&["plan"]);
    assert!(
        plan.stdout.contains("1 change at 1 lock") && plan.stdout.contains("0 doorcodes made"),
        "{}",
        plan.stdout
    );
    desk.done(&["apply", "--yes"]);
    assert_eq!(desk.digits("pool", "ana"), Some(code));
    desk.nothing_to_do();
}

/// The first look at locks that nothing was ever applied to is a look at them.
#[test]
fn a_first_plan_looks_at_what_is_in_the_locks() {
    let mut desk = Desk::on_simulator();
    desk.write(&PEOPLE[..1]);
    let guest = json!({"name": "guest", "ways": ["doorcode"], "segments": [], "code": "771604"});
    desk.call(&json!({"call": "hand", "lock": "p/front", "slot": 1, "entry": guest}));
    let drift = desk.run(&["drift"]);
    assert!(drift.stdout.contains("guest"), "{}", drift.stdout);
    desk.done(&["apply", "--refresh", "--yes"]);
    assert_eq!(desk.digits("front", "guest"), Some("771604".to_owned()));
    assert!(desk.digits("front", "ana").is_some());
    // What was not read is said, and the exit code says so too.
    desk.configure("front", &json!({"offline": true}));
    for command in [&["plan", "--refresh"][..], &["apply", "--refresh", "--yes"]] {
        let run = desk.run(command);
        assert!(
            run.code == 16 && run.stderr.contains("was not read"),
            "{command:?}: {}{}",
            run.stdout,
            run.stderr
        );
    }
}

/// A code that was changed at the keypad after the plan was made is a change like any other.
#[test]
fn a_code_that_was_changed_since_the_plan_stops_it_there() {
    let mut desk = Desk::on_simulator();
    desk.configure("front", &json!({"tells_codes": true}));
    desk.write(&PEOPLE[..1]);
    desk.done(&["apply", "--yes"]);
    let narrower = PEOPLE[0].replace(" }", ", until: 2036-01-01 }");
    desk.write(&[&narrower]);
    desk.done(&["plan", "--out", "x.plan"]);
    let memory = desk.call(&json!({"call": "memory", "lock": "p/front"}));
    let (slot, entry) = memory["slots"].as_object().unwrap().iter().next().unwrap();
    let mut entry = entry.clone();
    entry["code"] = "509316".into();
    desk.call(
        &json!({"call": "hand", "lock": "p/front", "slot": slot.parse::<u32>().unwrap(), "entry": entry}),
    );
    let applied = desk.run(&["apply", "x.plan"]);
    assert_eq!(applied.code, 14, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(desk.digits("front", "ana"), Some("509316".to_owned()));
}

/// Doorcodes that are gone from a lock come back as they were, and nothing else is done.
#[test]
fn wiped_doorcodes_are_put_back() {
    let mut desk = Desk::on_simulator();
    desk.write(&PEOPLE);
    desk.done(&["apply", "--yes"]);
    let codes = |desk: &mut Desk| ["ana", "ben", "cleo"].map(|person| desk.digits("front", person));
    let before = codes(&mut desk);
    desk.call(&json!({"call": "wipe", "lock": "p/front"}));
    assert_eq!(codes(&mut desk), [None, None, None]);
    let drift = desk.done(&["drift"]);
    assert!(drift.stdout.contains("its doorcode is gone"), "{}", drift.stdout);
    let plan = desk.done(&["plan", "--refresh"]);
    assert!(plan.stdout.contains("3 changes at 1 lock for 3 people; 0 doorcodes made"), "{}", plan.stdout);
    desk.done(&["apply", "--refresh", "--yes"]);
    assert_eq!(codes(&mut desk), before);
    desk.nothing_to_do();
}
