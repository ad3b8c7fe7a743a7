//! What goes wrong with Z-Wave locks: they die, they sleep, their clocks run away, and their server forgets them.

use serde_json::Value;

use crate::deployed::{House, Hub};
use crate::doubles::Stick;

fn house_on(stick: &Stick) -> House {
    House::new(vec![Hub::zwave(stick.server)])
}

fn settles(house: &House) {
    let plan = house.run(&["plan", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    let drift = house.run(&["drift", "house"]);
    assert!(drift.code == 0 && drift.stdout.contains("nothing differs"), "{}{}", drift.stdout, drift.stderr);
}

/// What `doctor` tells of a lock; and how it ends.
fn doctor(house: &House, door: &str) -> (u8, Value) {
    let run = house.run(&["doctor", "--format", "json", "house"]);
    let document: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|why| panic!("{why}: {}", run.stderr));
    let schema = keyplan::output::schema::schema("doctor").unwrap();
    assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&document), "{document}");
    let locks = document["locks"].as_array().unwrap();
    let lock = locks.iter().find(|one| one["door"] == door).unwrap_or_else(|| panic!("no {door}")).clone();
    (u8::try_from(run.code).unwrap(), lock)
}

#[test]
fn a_lock_that_is_dead_holds_up_its_own_changes_only() {
    let stick = Stick::start();
    let house = house_on(&stick);
    house.write(&[("front", "2"), ("back", "5"), ("side", "6")], &[("ann", "always"), ("bob", "days")]);
    stick.side_door("GET", "/silent/2/on", "");
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(
        run.code == 15 && said.contains("node 2 is dead, and answers no ping: look at its batteries"),
        "{said}"
    );
    assert_eq!((stick.memory(2).0.len(), stick.memory(5).0.len(), stick.users(6).len()), (0, 2, 2));
    let (code, lock) = doctor(&house, "front");
    assert!(code == 16 && lock["unreached"].as_str().unwrap().contains("node 2 is dead"), "{lock}");
    let alone = house_on(&stick);
    alone.write(&[("front", "2")], &[("ann", "always")]);
    let run = alone.run(&["apply", "--yes", "house"]);
    assert_eq!(run.code, 16, "{}{}", run.stdout, run.stderr);
    // It is back, and nobody has told the server.
    stick.side_door("GET", "/silent/2/off", "");
    let run = house.run(&["apply", "--yes", "--resume", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let (codes, schedules) = stick.memory(2);
    assert_eq!((codes.len(), schedules.len()), (2, 5));
    settles(&house);
    house.keeps_secrets(codes.iter().map(|(_, code)| code));
}

/// A lock dies after so many of the commands of a change; what was begun is finished when it is back.
#[test]
fn a_lock_that_dies_at_any_moment_ends_as_is_written() {
    let stick = Stick::start();
    let house = house_on(&stick);
    let doors = [("front", "2"), ("side", "6")];
    let (one, two) = ([("ann", "days"), ("bob", "days")], [("ann", "saturdays"), ("cleo", "january")]);
    house.write(&doors, &one);
    house.apply();
    let ann = (stick.memory(2).0[0].clone(), stick.users(6)[0].clone());
    let mut codes: Vec<String> = Vec::new();
    let mut interrupted = 0;
    for (turn, commands) in [1, 40, 55, 62, 70, 78, 90, 110].into_iter().enumerate() {
        let node = if turn % 2 == 0 { 2 } else { 6 };
        house.write(&doors, if turn % 2 == 0 { &two } else { &one });
        stick.side_door("GET", &format!("/silent/{node}/{commands}"), "");
        let run = house.run(&["apply", "--yes", "house"]);
        stick.side_door("GET", &format!("/silent/{node}/off"), "");
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!([0, 15, 16].contains(&run.code), "{commands}: {said}");
        if run.code != 0 {
            interrupted += 1;
            assert!(said.contains(&format!("node {node} is dead")), "{commands}: {said}");
            let run = house.run(&["apply", "--yes", "--resume", "house"]);
            assert_eq!(run.code, 0, "{commands}: {}{}", run.stdout, run.stderr);
        }
        let users = stick.users(6);
        let names: Vec<&str> = users.iter().map(|(_, name, ..)| name.as_str()).collect();
        assert_eq!(names, if turn % 2 == 0 { ["ann", "cleo"] } else { ["ann", "bob"] }, "{commands}");
        assert_eq!((&stick.memory(2).0[0], &users[0]), (&ann.0, &ann.1), "{commands}: ann's codes stay");
        for node in [2, 6] {
            let schedules = stick.memory(node).1.len();
            assert_eq!(schedules, if turn % 2 == 0 { 2 } else { 10 }, "{commands}, {node}");
        }
        settles(&house);
        codes.extend(stick.memory(2).0.into_iter().map(|(_, code)| code));
        codes.extend(users.into_iter().flat_map(|(.., codes)| codes));
    }
    println!("{interrupted} of 8 were interrupted");
    assert!(interrupted >= 4, "only {interrupted} were interrupted");
    house.keeps_secrets(&codes);
}

#[test]
fn a_lock_that_sleeps_is_told_apart_and_nothing_waits_for_it() {
    let stick = Stick::with_sleeper();
    let house = house_on(&stick);
    house.write(&[("front", "2"), ("gate", "9")], &[("ann", "always")]);
    stick.side_door("GET", "/silent/9/on", "");
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code == 15 && said.contains("node 9 is asleep: wake it up at the lock"), "{said}");
    // What was sent to it would have waited in the server.
    stick.side_door("GET", "/silent/9/off", "");
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!((stick.memory(2).0.len(), stick.memory(9).0.len()), (1, 0));
    house.keeps_secrets(stick.memory(2).0.iter().map(|(_, code)| code));
}

#[test]
fn doctor_tells_a_clock_that_has_run_away() {
    let stick = Stick::start();
    let house = house_on(&stick);
    house.write(&[("front", "2"), ("back", "8")], &[("ann", "days")]);
    let clock = |lock: &Value| lock["clock"].as_i64();
    let (code, lock) = doctor(&house, "back");
    assert!(
        code == 0 && clock(&lock).unwrap().abs() <= 5 && lock["advice"] == serde_json::json!([]),
        "{lock}"
    );
    assert_eq!(clock(&doctor(&house, "front").1), None, "a lock that does not tell");
    for (off, told) in [(660_i64, "its clock is 11 minutes fast"), (-660, "its clock is 11 minutes slow")] {
        stick.set(8, &serde_json::json!({"Clock_offset": off + off.signum() * 10}));
        let (code, lock) = doctor(&house, "back");
        assert!(code == 1 && (clock(&lock).unwrap() - off).abs() <= 30, "{lock}");
        assert!(lock["advice"][0].as_str().unwrap().starts_with(told), "{lock}");
        let human = house.run(&["doctor", "house"]);
        assert!(
            human.stdout.contains("; clock 11 minutes ") && human.stdout.contains(told),
            "{}",
            human.stdout
        );
    }
}

/// A server that comes to know a lock anew deletes its codes and leaves its schedules. Nothing is simulated here: the driver
/// does it, with its settings as they are without any.
#[test]
fn codes_that_a_server_has_wiped_are_seen_and_put_back_as_they_were() {
    let stick = Stick::start();
    let house = house_on(&stick);
    let people = [("ann", "always"), ("bob", "days")];
    house.write(&[("front", "2"), ("side", "6")], &people);
    house.apply();
    let (before, users) = (stick.memory(2), stick.users(6));
    stick.side_door("GET", "/forget", "");
    assert_eq!(stick.memory(2), (Vec::new(), before.1.clone()), "codes are gone, and schedules are not");
    assert_eq!(stick.users(6), users, "users are not wiped");
    let (code, lock) = doctor(&house, "front");
    let advice = lock["advice"][0].as_str().unwrap_or_default();
    assert!(code == 1 && advice.contains("set `interview: { queryAllUserCodes: true }`"), "{lock}");
    let drift = house.run(&["drift", "house"]);
    assert!(drift.stdout.contains("2 entries of ours damaged"), "{}{}", drift.stdout, drift.stderr);
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!((stick.memory(2), stick.users(6)), (before.clone(), users));
    settles(&house);
    house.keeps_secrets(before.0.iter().map(|(_, code)| code));
}
