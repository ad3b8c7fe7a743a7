//! Z-Wave locks that hear nothing and say nothing, keep less than they count, or tell nonsense.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::command::Run;
use crate::deployed::{House, Hub};
use crate::doubles::{Stick, false_zwave};

fn house_on(port: u16) -> House {
    House::new(vec![Hub::zwave(port)])
}

fn said(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}

fn settles(house: &House) {
    for arguments in [&["plan", "house"][..], &["apply", "--yes", "--refresh", "house"]] {
        let run = house.run(arguments);
        assert!(run.code == 0 && said(&run).contains("nothing to do"), "{}", said(&run));
    }
    let drift = house.run(&["drift", "house"]);
    assert!(drift.code == 0 && drift.stdout.contains("nothing differs"), "{}", said(&drift));
}

/// An old lock says nothing to an order. One to take a code away that it did not hear must not cost the code its hours: it
/// would open at any time from then on, also for somebody who has left.
#[test]
fn a_code_that_an_old_lock_keeps_keeps_its_hours() {
    let stick = Stick::start();
    let house = house_on(stick.server);
    house.write(&[("old", "3")], &[("bob", "saturdays"), ("cleo", "saturdays")]);
    house.apply();
    let before = stick.memory(3);
    assert_eq!((before.0.len(), before.1.len()), (2, 2));
    for people in [&[("cleo", "saturdays")][..], &[("bob", "always"), ("cleo", "saturdays")]] {
        house.write(&[("old", "3")], people);
        stick.side_door("GET", "/lose/3/UserCodeCCSet/99", "");
        let run = house.run(&["apply", "--yes", "house"]);
        assert!(run.code != 0, "{}", said(&run));
        assert!(said(&run).contains("it keeps the doorcode of slot 1"), "{}", said(&run));
        assert_eq!(stick.memory(3), before, "code and hours are as they were");
        stick.side_door("GET", "/lose/3/UserCodeCCSet/0", "");
    }
    house.write(&[("old", "3")], &[("cleo", "saturdays")]);
    // One order that was lost is given again.
    stick.side_door("GET", "/lose/3/UserCodeCCSet/1", "");
    house.apply();
    assert_eq!(stick.memory(3), (before.0[1..].to_vec(), before.1[1..].to_vec()));
    settles(&house);
    house.keeps_secrets(before.0.iter().map(|(_, code)| code));
}

/// A lock was seen to count twenty slots for a holder and to have one, whatever slot is asked for.
#[test]
fn a_lock_with_fewer_slots_than_it_counts_keeps_what_it_held() {
    let stick = Stick::start();
    let house = house_on(stick.server);
    for node in ["2", "6"] {
        let number = node.parse().unwrap();
        stick.side_door("GET", &format!("/single/{node}/on"), "");
        house.write(&[("front", node)], &[("bob", "saturdays")]);
        house.apply();
        settles(&house);
        let (codes, users) = (stick.memory(number).0, stick.users(number));
        // Bob is to have five windows, and so is cleo, who is new.
        house.write(&[("front", node)], &[("bob", "days"), ("cleo", "days")]);
        let run = house.run(&["apply", "--yes", "house"]);
        let told = said(&run);
        assert!(run.code != 0 && told.contains("it did not keep the schedules that were written"), "{told}");
        assert!(told.contains("`schedules: { per-holder: 1 }`"), "{told}");
        assert_eq!((stick.memory(number).0, stick.users(number)), (codes.clone(), users.clone()), "{node}");
        let schedules = stick.memory(number).1;
        assert!(!schedules.is_empty(), "bob has hours");
        for (place, schedule) in schedules {
            assert!(place.starts_with("1_") && schedule["weekday"] == 6, "{place} {schedule}");
        }
        // With what the lock has in truth, the plan tells whom it leaves out.
        let path = house.path().join("house/property.yaml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("family: zwave", "family: zwave, schedules: { per-holder: 1 }"))
            .unwrap();
        let plan = house.run(&["plan", "house"]);
        assert!(said(&plan).contains("and it keeps 1"), "{}", said(&plan));
        house.write(&[("front", node)], &[("bob", "saturdays")]);
        house.apply();
        settles(&house);
        assert_eq!((stick.memory(number).0, stick.users(number)), (codes, users), "{node}");
        // The other lock is another house's.
        fs::remove_dir_all(house.path().join(".keyplan")).unwrap();
    }
}

/// Hours that one holder of a lock cannot have are two holders, each with a doorcode: no lock may have one twice.
#[test]
fn a_person_with_two_entries_has_two_doorcodes() {
    let stick = Stick::start();
    for node in [2, 6] {
        let house = house_on(stick.server);
        house.write(&[("front", &node.to_string())], &[]);
        let path = house.path().join("house/property.yaml");
        let text = fs::read_to_string(&path).unwrap();
        let (before, _) = text.split_once("people:").unwrap();
        let two = "people:\n  ann: {}\nassignments:\n  - { to: ann, keys: [days], until: 2087-06-01 }\n  - { to: ann, keys: [always], from: 2087-06-02 }\n";
        fs::write(&path, format!("{before}{two}")).unwrap();
        let run = house.run(&["apply", "--yes", "house"]);
        assert_eq!(run.code, 0, "{}", said(&run));
        let held = |stick: &Stick| -> Vec<String> {
            match node {
                2 => stick.memory(2).0.into_iter().map(|(_, code)| code).collect(),
                _ => stick.users(6).into_iter().flat_map(|(.., codes)| codes).collect(),
            }
        };
        let codes = held(&stick);
        assert!(codes.len() == 2 && codes[0] != codes[1], "node {node}: {} codes", codes.len());
        let mut kept: Vec<String> = house.codes().into_iter().map(|(.., digits)| digits).collect();
        let mut sorted = codes.clone();
        kept.sort();
        sorted.sort();
        assert!(kept == sorted, "node {node}: the record has other codes than the lock");
        settles(&house);
        assert!(held(&stick) == codes, "node {node}: codes stay");
        house.keeps_secrets(&codes);
    }
}

/// Somebody who follows the document word for word has codes in the lock.
#[test]
fn what_the_document_shows_is_what_is_written() {
    let text = fs::read_to_string(crate::command::root().join("docs/zwave.md")).unwrap();
    let blocks: Vec<&str> =
        text.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    let [settings, property] = blocks[..] else { panic!("{} blocks", blocks.len()) };
    let stick = Stick::that_keeps_codes();
    let house = house_on(stick.server);
    let near = settings.replace("ws://127.0.0.1:3000", &format!("ws://127.0.0.1:{}", stick.server));
    assert_ne!(near, settings);
    fs::write(house.path().join("keyplan.yaml"), near).unwrap();
    fs::write(house.path().join("house/property.yaml"), property).unwrap();
    let doctor = house.run(&["doctor", "house"]);
    assert!(doctor.code == 0, "{}", said(&doctor));
    house.apply();
    let (codes, schedules) = stick.memory(2);
    assert_eq!((codes.len(), schedules.len()), (2, 2));
    settles(&house);
    house.keeps_secrets(codes.iter().map(|(_, code)| code));
}

/// Answers that say nothing are not taken for an empty lock, and counts that no lock has are not counted to.
#[test]
fn answers_that_cannot_be_meant_are_refused_in_words() {
    let state = |statistics: Value| {
        json!({"node.get_state": {"state": {"status": 4, "ready": true, "statistics": statistics,
            "endpoints": [{"commandClasses": [{"id": 99, "version": 1}, {"id": 78, "version": 3}]}]}}})
    };
    let slots =
        |week: Value| json!({"getNumSlots": {"response": {"numWeekDaySlots": week, "numYearDaySlots": 0}}});
    for (answers, why) in [
        (json!({"get": {"response": {}}}), "does not say whether a slot is free"),
        (json!({"get": {"response": {"userIdStatus": "1", "userCode": "83716"}}}), "whether a slot is free"),
        (state(Value::Null), "does not say how many answers were lost"),
        (
            json!({"getUsersCount": {"response": u32::MAX}}),
            "says that it has 4294967295 users, which no lock has",
        ),
        (json!({"getUsersCount": {"response": {}}}), "says that it holds no codes at all"),
        (
            slots(json!(u32::MAX)),
            "says that it has 4294967295 schedules of a kind for each user, which no lock has",
        ),
        (slots(json!("7")), "does not say how many schedules it has"),
        (json!({"getNumSlots": {"response": {}}}), "does not say how many schedules it has"),
    ] {
        let house = house_on(false_zwave(answers.clone()));
        house.write(&[("front", "2")], &[("ann", "always")]);
        let began = Instant::now();
        let run = house.run(&["doctor", "house"]);
        assert!(run.code == 16 && said(&run).contains(why), "{answers}: {}", said(&run));
        assert!(!said(&run).contains("83716"), "a doorcode was printed");
        assert!(began.elapsed() < Duration::from_secs(30), "{answers}");
    }
    // A clock that shows no time says nothing of itself.
    let clock = json!({"node.get_state": {"state": {
            "status": 4, "ready": true, "statistics": {"timeoutResponse": 0, "commandsDroppedRX": 0},
            "endpoints": [{"commandClasses": [{"id": 99, "version": 1}, {"id": 139, "version": 1}, {"id": 138, "version": 2},
                {"id": 78, "version": 3}]}]}},
        "getTimezone": {"response": {"standardOffset": i64::MAX, "dstOffset": i64::MIN}}});
    let house = house_on(false_zwave(clock));
    house.write(&[("front", "2")], &[("ann", "always")]);
    let run = house.run(&["doctor", "house"]);
    assert!(run.code <= 1, "{}", said(&run));
}
