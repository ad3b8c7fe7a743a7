//! Z-Wave locks, on the driver, the server and the mock network that the makers of Z-Wave JS wrote. What a lock holds is
//! read from its own memory, through a side door of the double.

use std::fs;

use serde_json::{Value, json};

use crate::command::keyplan_with;
use crate::deployed::{House, Hub};
use crate::doubles::{Stick, free_port, greeter};

/// A house on a network.
fn house_on(port: u16) -> House {
    House::new(vec![Hub::zwave(port)])
}

fn week_day(weekday: u8, from: (u8, u8), stop: (u8, u8)) -> Value {
    json!({"weekday": weekday, "startHour": from.0, "startMinute": from.1, "stopHour": stop.0, "stopMinute": stop.1})
}

#[test]
fn a_lock_of_others_holds_what_is_written() {
    let stick = Stick::start();
    let house = house_on(stick.server);
    let people = [("ann", "always"), ("bob", "days"), ("cleo", "nights"), ("dan", "january")];
    // What somebody left behind who had the slot before would narrow, or widen, what the next one gets.
    stick.set(2, &json!({"ScheduleEntryLock_schedule_1_3_0": week_day(1, (1, 0), (2, 0))}));
    house.write(&[("front", "2")], &people);
    house.apply();
    let (codes, schedules) = stick.memory(2);
    assert_eq!(codes.iter().map(|(user, _)| *user).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(codes.iter().all(|(_, code)| code.len() >= 4 && code.bytes().all(|byte| byte.is_ascii_digit())));
    // Read from the lock's own memory: ann at any time, bob on five days until the last minute, cleo's night in two parts.
    let mut expected: Vec<(String, Value)> =
        (1..=5u8).map(|day| (format!("2_{day}_0"), week_day(day, (8, 0), (17, 59)))).collect();
    expected.push(("3_1_0".into(), week_day(5, (22, 0), (23, 59))));
    expected.push(("3_2_0".into(), week_day(6, (0, 0), (5, 59))));
    // Years are counted from 2000, in one byte.
    let january = json!({
        "startYear": 90, "startMonth": 1, "startDay": 1, "startHour": 0, "startMinute": 0,
        "stopYear": 90, "stopMonth": 1, "stopDay": 31, "stopHour": 23, "stopMinute": 59,
    });
    expected.push(("4_1_1".into(), january));
    assert_eq!(schedules, expected);
    let plan = house.run(&["plan", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    let drift = house.run(&["drift", "house"]);
    assert!(drift.code == 0 && drift.stdout.contains("nothing differs"), "{}{}", drift.stdout, drift.stderr);
    // Another schedule for bob, and the others leave: bob's code stays the same.
    house.write(&[("front", "2")], &[("ann", "always"), ("bob", "saturdays")]);
    house.run(&["apply", "--yes", "house"]);
    let (after, schedules) = stick.memory(2);
    assert_eq!(after, codes[..2], "codes stay, and those of the others are gone");
    assert_eq!(schedules, [("2_1_0".to_owned(), week_day(6, (9, 0), (23, 59)))]);
    house.keeps_secrets(codes.iter().map(|(_, code)| code));
}

#[test]
fn damage_is_seen_and_repaired_with_the_same_codes() {
    let stick = Stick::start();
    let house = house_on(stick.server);
    house.write(&[("front", "2")], &[("ann", "always"), ("bob", "days")]);
    house.apply();
    let before = stick.memory(2);
    // What a gateway does that has lost its cache: every code is gone, the schedules stay.
    for user in 1..=2 {
        stick.set(
            2,
            &json!({format!("UserCode_userIdStatus_{user}"): 0, format!("UserCode_userCode_{user}"): ""}),
        );
    }
    let drift = house.run(&["drift", "house"]);
    assert!(drift.stdout.contains("2 entries of ours damaged"), "{}{}", drift.stdout, drift.stderr);
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(stick.memory(2), before);
    // A code that somebody changed at the keypad.
    stick.set(2, &json!({"UserCode_userCode_2": "24680135"}));
    let drift = house.run(&["drift", "house"]);
    assert!(
        drift.stdout.contains("`bob` was changed, its doorcode is another"),
        "{}{}",
        drift.stdout,
        drift.stderr
    );
    assert!(drift.stdout.contains("1 entry of ours damaged"), "{}{}", drift.stdout, drift.stderr);
    // Whoever cannot open the codes is told that they were not compared.
    let identity = house.path().join("other").display().to_string();
    let blind = keyplan_with(house.path(), &["drift", "house"], &[("KEYPLAN_IDENTITY_FILE", &identity)]);
    assert!(blind.code == 0 && blind.stdout.contains("nothing differs"), "{}{}", blind.stdout, blind.stderr);
    assert!(blind.stderr.contains("doorcodes were not compared"), "{}{}", blind.stdout, blind.stderr);
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(stick.memory(2), before);
    house.keeps_secrets(before.0.iter().map(|(_, code)| code));
}

#[test]
fn what_is_reported_as_done_is_there_though_no_call_was_confirmed() {
    let stick = Stick::start();
    let house = house_on(stick.server);
    house.write(&[("old", "3")], &[("ann", "always")]);
    house.apply();
    house.write(&[("old", "3")], &[("ann", "always"), ("bob", "always")]);
    stick.side_door("GET", "/ack/3/off", "");
    let run = house.run(&["apply", "--yes", "house"]);
    stick.side_door("GET", "/ack/3/on", "");
    // The lock may have done it though no call was confirmed; what is reported as done is there, and only that.
    let there = stick.memory(3).0.len();
    match run.code {
        0 => assert_eq!(there, 2, "{}", run.stdout),
        _ => {
            let run = house.run(&["apply", "--yes", "--resume", "house"]);
            assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        }
    }
    println!("without confirmations apply ended with {}, and {there} codes were there", run.code);
    let codes = stick.memory(3).0;
    assert_eq!(codes.len(), 2);
    let plan = house.run(&["plan", "house"]);
    assert!(plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    house.keeps_secrets(codes.iter().map(|(_, code)| code));
}

/// The driver gives nothing where no answer came, as for what is not there.
#[test]
fn an_answer_that_is_lost_is_never_taken_for_an_empty_lock() {
    let stick = Stick::start();
    let house = house_on(stick.server);
    house.write(&[("front", "2")], &[("ann", "days"), ("bob", "january")]);
    house.apply();
    let before = stick.memory(2);
    for question in [
        "UserCodeCCUsersNumberGet",
        "UserCodeCCGet",
        "LockCCSupportedGet",
        "WeekDayScheduleGet",
        "YearDayScheduleGet",
    ] {
        // Once it may be asked again; when it is never answered nothing is told but that.
        for times in [1, 99] {
            stick.side_door("GET", &format!("/lose/2/{question}/{times}"), "");
            let drift = house.run(&["drift", "house"]);
            let said = format!("{}{}", drift.stdout, drift.stderr);
            let is_told = drift.code == 16 && said.contains("answer");
            let is_right = drift.code == 0 && said.contains("nothing differs");
            assert!(is_told || times == 1 && is_right, "{question}: {said}");
            assert!(!said.contains("is gone") && !said.contains("others"), "{question}: {said}");
        }
        stick.side_door("GET", &format!("/lose/2/{question}/0"), "");
    }
    // Whoever leaves is gone with all that was theirs, whichever order was lost.
    for order in ["UserCodeCCSet", "WeekDayScheduleSet", "UserCodeCCGet", "YearDayScheduleSet"] {
        let who = if order.starts_with("Year") { [("ann", "days"); 1] } else { [("bob", "january"); 1] };
        house.write(&[("front", "2")], &who);
        stick.side_door("GET", &format!("/lose/2/{order}"), "");
        let run = house.run(&["apply", "--yes", "house"]);
        if run.code != 0 {
            let run = house.run(&["apply", "--yes", "--resume", "house"]);
            assert_eq!(run.code, 0, "{order}: {}{}", run.stdout, run.stderr);
        }
        let (codes, schedules) = stick.memory(2);
        assert_eq!((codes.len(), schedules.len()), (1, if who[0].0 == "ann" { 5 } else { 1 }), "{order}");
        house.write(&[("front", "2")], &[("ann", "days"), ("bob", "january")]);
        house.apply();
        assert_eq!(stick.memory(2).1, before.1, "{order}");
    }
    house.keeps_secrets(before.0.iter().map(|(_, code)| code));
}

/// The same lock at a door of another id: whether the id has changed or the lock was moved, only its owner knows. A plan for two
/// locks would undo at one of them what it did at the other.
#[test]
fn a_lock_that_is_written_at_another_door_is_planned_once_somebody_has_said_why() {
    let stick = Stick::start();
    let house = house_on(stick.server);
    let people = [("ann", "days"), ("bob", "always")];
    house.write(&[("front", "2")], &people);
    house.apply();
    let before = stick.memory(2);
    house.write(&[("main", "2")], &people);
    for command in [vec!["plan", "house"], vec!["apply", "--yes", "house"]] {
        let run = house.run(&command);
        let words = [
            "holds what was written for the door `front`, and is at `main` now",
            "`keyplan state mv door front main`",
        ];
        assert!(
            run.code == 2 && words.iter().all(|words| run.stderr.contains(words)),
            "{}{}",
            run.stdout,
            run.stderr
        );
    }
    assert_eq!(stick.memory(2), before);
    let moved = house.run(&["state", "mv", "door", "front", "main", "--property", "house"]);
    assert_eq!(moved.code, 0, "{}{}", moved.stdout, moved.stderr);
    let plan = house.run(&["plan", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    house.apply();
    assert_eq!(stick.memory(2), before);
    // The lock goes to another door, and this one gets another lock: first it is emptied.
    house.write(&[("main", "5"), ("side", "2")], &people);
    let run = house.run(&["apply", "--yes", "house"]);
    assert!(run.code == 2 && run.stderr.contains("and is at `side` now"), "{}{}", run.stdout, run.stderr);
    house.write(&[("main", "5")], &people);
    house.apply();
    assert_eq!((stick.memory(2).0.len(), stick.memory(5).0), (0, before.0.clone()));
    house.write(&[("main", "5"), ("side", "2")], &people);
    house.apply();
    let there = stick.memory(2);
    assert!(there.0.len() == 2 && there.0 != before.0, "codes belong to the door");
    assert_eq!(stick.memory(5).0, before.0);
    house.keeps_secrets(before.0.iter().chain(&there.0).map(|(_, code)| code));
}

#[test]
fn locks_that_cannot_be_used_are_told_apart_and_others_go_on() {
    let stick = Stick::start();
    let house = house_on(stick.server);
    let wrong = [("switch", "4"), ("ghost", "99"), ("nameless", "front-door")];
    for (door, node) in wrong {
        house.write(&[("front", "2"), (door, node)], &[("ann", "always")]);
        let run = house.run(&["apply", "--yes", "house"]);
        let said = format!("{}{}", run.stdout, run.stderr);
        let why = match node {
            "4" => "node 4 keeps no doorcodes",
            "99" => "the network has no node 99",
            _ => "`front-door` is no node of a Z-Wave network",
        };
        assert!(run.code != 0 && said.contains(why), "{said}");
        assert_eq!(stick.memory(2).0.len(), 1, "the other lock has got its code");
    }
    // A lock that is older than schedules of a whole week says so, and gets no code that would open at any time.
    house.write(&[("old", "3")], &[("bob", "days")]);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("5 week-day slots for one holder, and the lock has 1"), "{said}");
    assert_eq!(stick.memory(3), (Vec::new(), Vec::new()));
    let nobody = house_on(free_port());
    nobody.write(&[("front", "2")], &[("ann", "always")]);
    let run = nobody.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("is Z-Wave JS Server running there"), "{said}");
}

#[test]
fn addresses_that_cannot_be_meant_are_refused() {
    let house = house_on(1);
    house.write(&[("front", "2")], &[("ann", "always")]);
    for (address, why) in [
        ("http://127.0.0.1:3000", "is no address of Z-Wave JS Server"),
        ("ws://192.0.2.1:3000", "doorcodes would cross the network as they are"),
    ] {
        let settings =
            format!("keyplan: 1\nproviders:\n  stick: {{ kind: zwave, address: \"{address}\" }}\n");
        fs::write(house.path().join("keyplan.yaml"), settings).unwrap();
        let run = house.run(&["apply", "--yes", "house"]);
        assert!(run.code == 2 && run.stderr.contains(why), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_server_that_is_too_old_is_told() {
    let house = house_on(greeter(json!({"type": "version", "maxSchemaVersion": 35})));
    house.write(&[("front", "2")], &[("ann", "always")]);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(
        run.code != 0 && said.contains("the server speaks schema 35 at most, and 48 is needed"),
        "{said}"
    );
}
