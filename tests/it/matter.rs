//! A Matter lock, on the server of Home Assistant and a lock that the makers of matter.js wrote, in network namespaces of
//! their own. What the lock holds is read from its own memory, codes as they are.

use std::fs;

use serde_json::{Value, json};

use crate::deployed::{House, Hub};
use crate::doubles::{Fabric, Stick, answerer, free_port, greeter, scripted};

fn house_on(port: u16) -> House {
    House::new(vec![Hub::matter(port)])
}

fn settles(house: &House) {
    let plan = house.run(&["plan", "--refresh", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    let drift = house.run(&["drift", "house"]);
    assert!(drift.code == 0 && drift.stdout.contains("nothing differs"), "{}{}", drift.stdout, drift.stderr);
}

/// Users as they must be: name, whether enabled, type, how many codes.
fn users(fabric: &Fabric) -> Vec<(String, bool, u64, usize)> {
    let memory = fabric.memory();
    let user = |user: &Value| {
        let enabled = user["userStatus"] == 1;
        let codes = user["credentials"].as_array().unwrap().len();
        (user["userName"].as_str().unwrap().to_owned(), enabled, user["userType"].as_u64().unwrap(), codes)
    };
    let mut users: Vec<_> = memory["users"].as_array().unwrap().iter().map(user).collect();
    users.sort();
    users
}

fn user(name: &str, user_type: u64) -> (String, bool, u64, usize) {
    (name.to_owned(), true, user_type, 1)
}

#[test]
fn a_lock_of_others_holds_what_is_written() {
    let fabric = Fabric::start();
    let house = house_on(fabric.port);
    let people = [("ann", "always"), ("bob", "days"), ("cleopatra-the-great", "nights"), ("dan", "january")];
    house.write(&[("front", "1")], &people);
    house.apply();
    // UserTypeEnum: 0 at any time, 2 in the week, 1 by dates.
    let expected = [user("ann", 0), user("bob", 2), user("cleopatra-", 2), user("dan", 1)];
    assert_eq!(users(&fabric), expected);
    let memory = fabric.memory();
    // The lock tells days by their names.
    let week_day = |index: u64, user: u64, days: &[&str], from: (u64, u64), to: (u64, u64)| {
        let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let mask: serde_json::Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), days.contains(name).into())).collect();
        json!({"weekDayIndex": index, "userIndex": user, "daysMask": mask, "startHour": from.0,
            "startMinute": from.1, "endHour": to.0, "endMinute": to.1})
    };
    // A night is two windows, each until its last minute.
    let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let week_days = [
        week_day(1, 2, &weekdays, (8, 0), (17, 59)),
        week_day(1, 3, &["friday"], (22, 0), (23, 59)),
        week_day(2, 3, &["saturday"], (0, 0), (5, 59)),
    ];
    assert_eq!(memory["weekDays"], json!(week_days));
    // The lock tells seconds since 1970, of local time.
    let second = |month: u32| {
        let day = chrono::NaiveDate::from_ymd_opt(2090, month, 1).unwrap();
        day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp()
    };
    let january = json!([{"yearDayIndex": 1, "userIndex": 4, "localStartTime": second(1), "localEndTime": second(2) - 1}]);
    assert_eq!(memory["yearDays"], january);
    settles(&house);
    let before = fabric.codes();
    // Other hours keep the code; leavers are gone with their schedules.
    house.write(&[("front", "1")], &[("ann", "saturdays"), ("bob", "always")]);
    house.apply();
    assert_eq!(users(&fabric), [user("ann", 2), user("bob", 0)]);
    assert_eq!(fabric.codes(), before[..2], "codes stay, and those of the others are gone");
    let memory = fabric.memory();
    assert_eq!(memory["weekDays"], json!([week_day(1, 1, &["saturday"], (9, 0), (23, 59))]));
    assert_eq!(memory["yearDays"], json!([]));
    assert_eq!(memory["codes"].as_array().unwrap().len(), 2);
    settles(&house);
    house.keeps_secrets(before.iter().map(|(_, code)| code));
}

#[test]
fn damage_is_seen_and_repaired_with_the_same_codes() {
    let fabric = Fabric::start();
    let house = house_on(fabric.port);
    house.write(&[("front", "1")], &[("ann", "always"), ("bob", "days"), ("cleo", "january")]);
    house.apply();
    let (before, users_before) = (fabric.codes(), users(&fabric));
    for (damage, told) in [
        (json!({"forget": 2}), "1 entry of ours damaged"),
        // Which digits nobody can read; that another system set them can be seen.
        (json!({"pin": {"index": 1, "digits": "987654"}}), "its doorcode was set by another system"),
        (json!({"reset": true}), "3 entries of ours damaged"),
    ] {
        fabric.damage(&damage);
        assert_ne!(fabric.codes(), before, "{damage}");
        let drift = house.run(&["drift", "house"]);
        assert!(drift.stdout.contains(told), "{damage}: {}{}", drift.stdout, drift.stderr);
        let run = house.run(&["apply", "--yes", "--refresh", "house"]);
        assert_eq!(run.code, 0, "{damage}: {}{}", run.stdout, run.stderr);
        let mut codes = fabric.codes();
        codes.sort();
        assert_eq!(codes, before, "{damage}");
        assert_eq!(users(&fabric), users_before, "{damage}");
        settles(&house);
    }
    house.keeps_secrets(before.iter().map(|(_, code)| code));
}

/// Whoever has access is not left outside because the lock would not take what they were to have instead.
#[test]
fn what_a_lock_refuses_leaves_people_with_what_they_had() {
    let fabric = Fabric::start();
    let house = house_on(fabric.port);
    house.write(&[("front", "1")], &[("ann", "always"), ("bob", "always")]);
    house.apply();
    let before = fabric.codes();
    // Another system has given ann's digits to a guest, and others to ann; the lock takes none twice.
    fabric.damage(&json!({"pin": {"index": 1, "digits": "010203"}}));
    fabric.damage(&json!({"guest": {"index": 9, "digits": before[0].1}}));
    house.write(&[("front", "1")], &[("ann", "days"), ("bob", "always")]);
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("another entry has the same doorcode"), "{said}");
    assert_eq!(users(&fabric), [user("ann", 0), user("bob", 0), user("guest", 0)], "as it was");
    // Once the guest has gone it can be done.
    fabric.damage(&json!({"forget": 9}));
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(users(&fabric), [user("ann", 2), user("bob", 0)]);
    assert_eq!(fabric.codes(), before);
    settles(&house);
    house.keeps_secrets(before.iter().map(|(_, code)| code));
}

/// A lock has one answer for a code that it does not like and for one that it may not change: whichever it means, a refusal
/// leaves the code that there is.
#[test]
fn a_code_that_a_lock_dislikes_leaves_the_old_one() {
    let fabric = Fabric::start();
    let house = house_on(fabric.port);
    house.write(&[("front", "1")], &[("ann", "days"), ("bob", "always")]);
    house.apply();
    let codes = fabric.codes();
    // Another system has changed ann's digits.
    fabric.damage(&json!({"pin": {"index": 1, "digits": "010203"}}));
    let before = fabric.memory();
    fabric.damage(&json!({"dislike": true}));
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("it answered status 133 to the doorcode"), "{said}");
    assert_eq!(fabric.memory(), before, "ann has what she had");
    fabric.damage(&json!({"dislike": false}));
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(fabric.codes(), codes);
    // One that was taken back is gone, whatever the lock says to the next.
    let rotated = house.run(&["codes", "rotate", "ann", "--yes", "--property", "house"]);
    assert_eq!(rotated.code, 0, "{}", rotated.stderr);
    fabric.damage(&json!({"dislike": true}));
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("it answered status 133 to the doorcode"), "{said}");
    assert_eq!(fabric.codes(), codes[1..]);
    fabric.damage(&json!({"dislike": false}));
    let run = house.run(&["apply", "--yes", "--resume", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let now: std::collections::BTreeMap<String, String> = fabric.codes().into_iter().collect();
    assert!(now.len() == 2 && now["bob"] == codes[1].1 && now["ann"] != codes[0].1, "ann has another code");
    settles(&house);
    house.keeps_secrets(codes.iter().map(|(_, code)| code).chain(now.values()));
}

/// A server that answers, and says nothing.
#[test]
fn answers_that_cannot_be_meant_are_refused_in_words() {
    let attributes = |users: Value, week_days: Value| {
        json!({"1/257/65532": 257 + (1 << 4), "1/257/17": users, "1/257/18": users, "1/257/20": week_days, "1/257/21": 2,
            "1/257/23": 8, "1/257/24": 4, "0/62/5": 1})
    };
    let free = json!({"userIndex": 1, "userStatus": null, "nextUserIndex": null});
    for (attributes, user, why) in [
        (attributes(json!(10), json!(7)), Value::Null, "what the lock tells cannot be read"),
        (attributes(json!(10), json!(7)), json!({"userIndex": 1}), "what the lock tells cannot be read"),
        (
            attributes(json!(10), json!(7)),
            json!({"userIndex": 1, "userStatus": "1", "nextUserIndex": null}),
            "what the lock tells cannot be read",
        ),
        (
            attributes(json!(10), json!(7)),
            json!({"userIndex": 1, "userStatus": null, "nextUserIndex": "2"}),
            "what the lock tells cannot be read",
        ),
        (
            attributes(json!(u32::MAX), json!(7)),
            free.clone(),
            "says that it has 4294967295 users, which no lock has",
        ),
        (
            attributes(json!(10), json!(u32::MAX)),
            free.clone(),
            "says that it has 4294967295 week-day schedules",
        ),
        (
            attributes(Value::Null, json!(7)),
            free.clone(),
            "does not say how many users and doorcodes it holds",
        ),
        (attributes(json!(10), json!(7)), free, ""),
    ] {
        let greeting = json!({"schema_version": 11, "min_supported_schema_version": 9});
        let told = json!({"node_id": 1, "available": true, "attributes": attributes});
        let answer = user.clone();
        let port = scripted(greeting, move |asked| {
            let result = if asked["command"] == "get_node" { &told } else { &answer };
            json!({"message_id": asked["message_id"], "result": result})
        });
        let house = house_on(port);
        house.write(&[("front", "1")], &[("ann", "always")]);
        let run = house.run(&["doctor", "house"]);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains(why) && (run.code == 16) != why.is_empty(), "{user}: {said}");
    }
}

/// The line is cut at every message of a change in turn: what arrived was done, its answer was lost.
#[test]
fn a_line_that_is_cut_at_any_message_ends_in_the_right_lock() {
    let fabric = Fabric::start();
    let house = house_on(fabric.port);
    let one = [("ann", "days"), ("bob", "days")];
    let two = [("ann", "saturdays"), ("cleo", "january")];
    house.write(&[("front", "1")], &one);
    house.apply();
    let (mut interrupted, mut uncertain, mut cuts, mut codes) = (0, 0, 0, Vec::new());
    for messages in 1..=40 {
        let people = if messages % 2 == 1 { two } else { one };
        house.write(&[("front", "1")], &people);
        fabric.cut_after(messages);
        let run = house.run(&["apply", "--yes", "--format", "json", "house"]);
        if run.code != 0 {
            interrupted += 1;
            let report: Value = serde_json::from_str(&run.stdout).unwrap();
            let unknown = report["summary"]["unknown"].as_u64().unwrap();
            assert!(unknown < 2, "cut after {messages}: {report}");
            uncertain += unknown;
            let run = house.run(&["apply", "--yes", "--resume", "house"]);
            assert_eq!(run.code, 0, "cut after {messages}: {}{}", run.stdout, run.stderr);
        }
        // A cut that did not come to pass must not come later.
        cuts = fabric.cut_after(100_000);
        let expected = match messages % 2 {
            1 => [user("ann", 2), user("cleo", 1)],
            _ => [user("ann", 2), user("bob", 2)],
        };
        assert_eq!(users(&fabric), expected, "cut after {messages}");
        settles(&house);
        codes.extend(fabric.codes());
    }
    let anns: std::collections::BTreeSet<&String> =
        codes.iter().filter(|(name, _)| name == "ann").map(|(_, code)| code).collect();
    assert_eq!(anns.len(), 1, "ann's code has changed");
    println!(
        "{cuts} cuts, {interrupted} of them left something to do, {uncertain} left one change uncertain"
    );
    assert!(cuts > 20, "only {cuts} lines were cut");
    house.keeps_secrets(codes.iter().map(|(_, code)| code));
}

#[test]
fn locks_that_cannot_be_used_are_told_apart_and_others_go_on() {
    let fabric = Fabric::start();
    let house = house_on(fabric.port);
    for (door, node, why) in [
        ("ghost", "99", "the fabric has no node 99"),
        ("nameless", "front-door", "`front-door` is no node of a Matter fabric"),
    ] {
        house.write(&[("front", "1"), (door, node)], &[("ann", "always")]);
        let run = house.run(&["apply", "--yes", "house"]);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(run.code != 0 && said.contains(why), "{said}");
        assert_eq!(users(&fabric), [user("ann", 0)], "the other lock has got its user");
    }
    let elsewhere = house_on(fabric.port);
    elsewhere.write(&[("elsewhere", "1/7")], &[("ann", "always")]);
    let run = elsewhere.run(&["apply", "--yes", "house"]);
    assert!(run.code == 16 && run.stdout.contains("node 1 is no lock"), "{}{}", run.stdout, run.stderr);
    // More schedules than the lock has: nothing is written for bob, who could else come in at any time.
    house.write(&[("front", "1")], &[("ann", "always"), ("bob", "always")]);
    let text = fs::read_to_string(house.path().join("house/property.yaml")).unwrap();
    let many: Vec<String> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .enumerate()
        .map(|(hour, day)| format!("{day}: [0{hour}:00-0{hour}:30, 1{hour}:00-1{hour}:20]"))
        .collect();
    let text =
        text.replace("saturdays: { sat: 09:00-24:00 }", &format!("saturdays: {{ {} }}", many.join(", ")));
    let text = text.replace("to: bob, keys: [always]", "to: bob, keys: [saturdays]");
    let text = text.replace("family: matter", "family: matter, schedules: { per-holder: 20 }");
    fs::write(house.path().join("house/property.yaml"), text).unwrap();
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(
        run.code != 0 && said.contains("14 week-day schedules for one user, and the lock has 7"),
        "{said}"
    );
    assert_eq!(users(&fabric), [user("ann", 0)]);
    let nobody = house_on(free_port());
    nobody.write(&[("front", "1")], &[("ann", "always")]);
    let run = nobody.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("is the Matter server running there?"), "{said}");
}

#[test]
fn a_server_that_is_too_old_is_told() {
    let house = house_on(greeter(json!({"schema_version": 5, "min_supported_schema_version": 5})));
    house.write(&[("front", "1")], &[("ann", "always")]);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("the server speaks schema 5, and 9 is needed"), "{said}");
}

/// A lock that is known and not there: what it is told, and that others go on.
#[test]
fn a_lock_without_power_is_told_and_others_go_on() {
    let (fabric, stick) = (Fabric::start(), Stick::start());
    let house = House::new(vec![Hub::matter(fabric.port), Hub::zwave(stick.server)]);
    let doors = [("front", "1"), ("back", "stick:2")];
    house.write(&doors, &[("ann", "always")]);
    house.apply();
    fabric.damage(&json!({"exit": true}));
    house.write(&doors, &[("ann", "always"), ("bob", "always")]);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert_eq!(run.code, 15, "{said}");
    assert!(said.contains("the lock of node 1 does not answer: look at its power"), "{said}");
    assert_eq!(stick.memory(2).0.len(), 2, "the other lock has got its code");
    let doctor = house.run(&["doctor", "house"]);
    let said = format!("{}{}", doctor.stdout, doctor.stderr);
    assert!(doctor.code == 16 && said.contains("the lock of node 1 does not answer"), "{said}");
    let drift = house.run(&["drift", "house"]);
    let said = format!("{}{}", drift.stdout, drift.stderr);
    assert!(drift.code == 16 && said.contains("? front: it cannot be reached"), "{said}");
    // What the server itself says of a lock that has been silent for long.
    let asleep = answerer(json!({"node_id": 1, "available": false, "attributes": {}}));
    let house = House::new(vec![Hub::matter(asleep), Hub::zwave(stick.server)]);
    house.write(&[("front", "1"), ("back", "stick:5")], &[("ann", "always")]);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(
        run.code == 15 && said.contains("the server does not reach node 1: look at the lock's power"),
        "{said}"
    );
    assert_eq!(stick.memory(5).0.len(), 1, "the other lock has got its code");
}

#[test]
fn doctor_tells_the_clock_of_a_lock_that_tells_it() {
    let fabric = Fabric::start_with_clock();
    let house = house_on(fabric.port);
    house.write(&[("front", "1")], &[("ann", "days")]);
    let text = fs::read_to_string(house.path().join("house/property.yaml")).unwrap();
    let text = text.replace("family: matter", "family: matter, schedules: { per-holder: 7, dated: 2 }");
    fs::write(house.path().join("house/property.yaml"), text).unwrap();
    let doctor = |shows: Value| {
        fabric.damage(&json!({"clock": shows}));
        let run = house.run(&["doctor", "--format", "json", "house"]);
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        let lock = document["locks"][0].clone();
        (run.code, lock["clock"].as_i64(), lock["advice"][0].as_str().unwrap_or_default().to_owned())
    };
    let (code, clock, advice) = doctor(json!(0));
    assert!(code == 0 && clock.is_some_and(|off| off.abs() < 60), "{clock:?} {advice}");
    let (code, clock, advice) = doctor(json!(7_200));
    assert!(code == 1 && clock.is_some_and(|off| (7_100..7_230).contains(&off)), "{clock:?} {advice}");
    assert!(advice.contains("fast, so that hours and dates begin and end too early there"), "{advice}");
    let (code, clock, advice) = doctor(Value::Null);
    assert!(code == 1 && clock.is_none(), "{clock:?}");
    assert!(
        advice.contains("its clock has no time, so that it refuses everybody with hours or dates"),
        "{advice}"
    );
    // A lock that does not tell it is not suspected.
    let silent = Fabric::start();
    let house = house_on(silent.port);
    house.write(&[("front", "1")], &[("ann", "always")]);
    let run = house.run(&["doctor", "--format", "json", "house"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(document["locks"][0]["clock"].is_null() && !run.stdout.contains("its clock"), "{document}");
}
