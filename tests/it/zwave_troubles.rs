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
    let stick = Stick::that_keeps_codes();
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

/// Whether a server is set to keep codes is seen as long as nobody has read one.
#[test]
fn a_server_that_is_not_set_to_keep_codes_is_warned_of_before_it_wipes_them() {
    let told = "the server was not set to keep doorcodes when it interviewed this lock";
    for (stick, warnings) in [(Stick::start(), 1), (Stick::that_keeps_codes(), 0)] {
        // What the locks hold when they are interviewed anew; without the setting it is wiped then, and entered again.
        let enter = || {
            for node in [2, 5] {
                let code = serde_json::json!({"UserCode_userIdStatus_1": 1, "UserCode_userCode_1": "48217"});
                stick.set(node, &code);
            }
        };
        enter();
        stick.side_door("GET", "/forget", "");
        enter();
        let house = house_on(&stick);
        house.write(&[("front", "2"), ("old", "3"), ("side", "6")], &[("ann", "always")]);
        for again in [false, true] {
            let run = house.run(&["doctor", "house"]);
            let said = run.stdout.matches(told).count();
            // The old lock says nothing in short, so that also of an empty one it is known.
            assert_eq!(said, if again { 0 } else { warnings * 2 }, "{}{}", run.stdout, run.stderr);
            assert!(!run.stdout.contains("48217"));
        }
        let address = format!("ws://127.0.0.1:{}", stick.server);
        let base =
            ["import", "zwave", "--address", &address, "--timezone", "Europe/Berlin", "back=5", "side=6"];
        for again in [false, true] {
            let said = house.run(&base).stderr.matches(told).count();
            assert_eq!(said, if again { 0 } else { warnings });
        }
    }
}

/// People with all hours leave no schedule behind: only the record knows that there was a code.
#[test]
fn doctor_tells_a_lock_that_was_wiped_what_a_model_asks_of_firmware_and_a_provider_without_doors() {
    let stick = Stick::that_keeps_codes();
    let house = house_on(&stick);
    house.write(&[("front", "2")], &[("ann", "always")]);
    house.apply();
    assert_eq!(doctor(&house, "front").0, 0);
    let codes: Vec<String> = stick.memory(2).0.into_iter().map(|(_, code)| code).collect();
    stick.set(2, &serde_json::json!({"UserCode_userIdStatus_1": 0, "UserCode_userCode_1": ""}));
    let (code, lock) = doctor(&house, "front");
    let advice = lock["advice"][0].as_str().unwrap_or_default();
    assert!(code == 1 && advice.starts_with("it holds nothing, and 1 entry of ours is recorded"), "{lock}");
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(doctor(&house, "front").0, 0);
    let path = house.path().join("house/property.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let since = text.replace("family: zwave", "family: zwave, schedules: { since-firmware: \"2.4\" }");
    for (firmware, told) in [
        ("", "its model keeps hours since firmware 2.4, and nothing says which it has"),
        (", firmware: \"2.3\"", "its model keeps hours since firmware 2.4, and it has 2.3"),
        (", firmware: \"2.10\"", ""),
    ] {
        std::fs::write(&path, since.replace("provider: stick", &format!("provider: stick{firmware}")))
            .unwrap();
        let (code, lock) = doctor(&house, "front");
        assert_eq!(code, u8::from(!told.is_empty()), "{lock}");
        assert!(lock["advice"][0].as_str().unwrap_or_default().starts_with(told), "{lock}");
    }
    let path = house.path().join("keyplan.yaml");
    let settings = std::fs::read_to_string(&path).unwrap();
    let nobody = crate::doubles::free_port();
    let other = format!("{settings}  other: {{ kind: matter, address: \"ws://127.0.0.1:{nobody}/ws\" }}\n");
    std::fs::write(&path, other).unwrap();
    let run = house.run(&["doctor", "house"]);
    let told = "no door is behind the provider `other`, and it cannot be reached";
    assert!(run.code == 16 && run.stderr.contains(told), "{}{}", run.stdout, run.stderr);
    // A name that is known nowhere is one server less, and not settings that are wrong.
    let unknown =
        format!("{settings}  other: {{ kind: zwave, address: \"ws://no-such-host.invalid:3000\" }}\n");
    std::fs::write(&path, unknown).unwrap();
    let run = house.run(&["doctor", "house"]);
    assert!(run.code == 16 && run.stdout.contains("1 lock reached"), "{}{}", run.stdout, run.stderr);
    let plan = house.run(&["plan", "--refresh", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    house.keeps_secrets(&codes);
}

#[test]
fn one_lock_under_two_numbers_is_one_lock() {
    let stick = Stick::start();
    let house = house_on(&stick);
    house.write(&[("front", "5"), ("back", "05")], &[("ann", "always")]);
    let check = house.run(&["check", "house"]);
    let said = format!("{}{}", check.stdout, check.stderr);
    assert!(check.code == 1 && said.contains("the doors `front` and `back` have one lock"), "{said}");
    house.write(&[("front", "05")], &[("ann", "always")]);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code == 16 && said.contains("`05` is no node of a Z-Wave network"), "{said}");
    let fabric = House::new(vec![Hub::matter(1)]);
    for (one, other, is_one) in
        [("1", "1/1", true), ("1/1", "1/2", false), ("1/1", "01/1", true), ("1", "2/1", false)]
    {
        fabric.write(&[("front", one), ("back", other)], &[("ann", "always")]);
        let check = fabric.run(&["check", "house"]);
        let said = format!("{}{}", check.stdout, check.stderr);
        assert_eq!(
            said.contains("the doors `front` and `back` have one lock"),
            is_one,
            "{one} {other}: {said}"
        );
    }
}
