//! Z-Wave locks whose users have names (User Credential command class), on the same double as those that keep but codes.

use serde_json::{Value, json};

use crate::deployed::{House, Hub};
use crate::doubles::{HeldUser, Stick};

fn house_on(stick: &Stick) -> House {
    House::new(vec![Hub::zwave(stick.server)])
}

fn week_day(weekday: u8, from: (u8, u8), stop: (u8, u8)) -> Value {
    json!({"weekday": weekday, "startHour": from.0, "startMinute": from.1, "stopHour": stop.0, "stopMinute": stop.1})
}

/// A user, as somebody makes one at the lock itself.
fn by_hand(name: &str) -> Value {
    json!({"userType": 0, "active": true, "credentialRule": 1, "expiringTimeoutMinutes": 0, "nameEncoding": 0,
        "userName": name, "modifierType": 3, "modifierNodeId": 0})
}

fn code_by_hand(user: u32, code: &str) -> Value {
    json!({"userId": user, "credentialData": code, "modifierType": 3, "modifierNodeId": 0})
}

fn codes(users: &[HeldUser]) -> Vec<String> {
    users.iter().flat_map(|(.., codes)| codes.clone()).collect()
}

/// Numbers, names and states; one code each.
fn named(users: &[HeldUser]) -> Vec<(u32, &str, bool)> {
    for (number, name, _, codes) in users {
        assert_eq!(codes.len(), 1, "{number} {name}");
    }
    users.iter().map(|(number, name, active, _)| (*number, name.as_str(), *active)).collect()
}

fn settles(house: &House) {
    let plan = house.run(&["plan", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    let drift = house.run(&["drift", "house"]);
    assert!(drift.code == 0 && drift.stdout.contains("nothing differs"), "{}{}", drift.stdout, drift.stderr);
}

#[test]
fn a_lock_of_others_holds_what_is_written() {
    let stick = Stick::start();
    let house = house_on(&stick);
    // What somebody left behind who had the number before would narrow, or widen, what the next one gets.
    stick.set(6, &json!({"ScheduleEntryLock_schedule_1_3_0": week_day(1, (1, 0), (2, 0))}));
    let people = [("ann", "always"), ("bob", "days"), ("cleopatra-the-great", "nights"), ("dan", "january")];
    house.write(&[("front", "6")], &people);
    house.apply();
    let users = stick.users(6);
    let named_now = named(&users);
    assert_eq!(named_now[..2], [(1, "ann", true), (2, "bob", true)]);
    assert_eq!(named_now[3], (4, "dan", true));
    // A name of sixteen letters has but the beginning of an id, and a number that stands for the person.
    let (number, cleopatra, active) = named_now[2];
    assert!(
        number == 3 && active && cleopatra.starts_with("cleopat#") && cleopatra.len() == 16,
        "{cleopatra}"
    );
    let mut expected: Vec<(String, Value)> =
        (1..=5u8).map(|day| (format!("2_{day}_0"), week_day(day, (8, 0), (17, 59)))).collect();
    expected.push(("3_1_0".into(), week_day(5, (22, 0), (23, 59))));
    expected.push(("3_2_0".into(), week_day(6, (0, 0), (5, 59))));
    let january = json!({
        "startYear": 90, "startMonth": 1, "startDay": 1, "startHour": 0, "startMinute": 0,
        "stopYear": 90, "stopMonth": 1, "stopDay": 31, "stopHour": 23, "stopMinute": 59,
    });
    expected.push(("4_1_1".into(), january));
    assert_eq!(stick.memory(6).1, expected);
    settles(&house);
    // Another schedule for bob, and the others leave with all that was theirs: bob's code stays the same.
    house.write(&[("front", "6")], &[("ann", "always"), ("bob", "saturdays")]);
    house.apply();
    assert_eq!(stick.users(6), users[..2]);
    assert_eq!(stick.memory(6).1, [("2_1_0".to_owned(), week_day(6, (9, 0), (23, 59)))]);
    settles(&house);
    house.keeps_secrets(&codes(&users));
}

#[test]
fn damage_is_seen_and_repaired_with_the_same_codes() {
    let stick = Stick::start();
    let house = house_on(&stick);
    house.write(&[("front", "6")], &[("ann", "always"), ("bob", "days")]);
    house.apply();
    let before = (stick.users(6), stick.memory(6).1);
    let user = |name: &str, active: bool| {
        let mut user = by_hand(name);
        user["active"] = active.into();
        user
    };
    for (damage, told) in [
        (json!({"UserCredential_cred_1_2": code_by_hand(2, "24680135")}), "its doorcode is another"),
        (json!({"UserCredential_cred_1_2": null}), "its doorcode is gone"),
        // Somebody's finger, card or second code that opens too.
        (
            json!({"UserCredential_cred_1_9": code_by_hand(2, "24680135")}),
            "its doorcode was set by another system",
        ),
        (json!({"UserCredential_user_2": user("bob", false)}), "its ways in are others"),
        (json!({"UserCredential_user_2": user("Mallory", true)}), "it is somebody else's"),
        (json!({"ScheduleEntryLock_schedule_2_5_0": null}), "its hours are others"),
        // What is no time: the driver drops the answer that says so.
        (
            json!({"ScheduleEntryLock_schedule_2_3_0":
                {"weekday": 9, "startHour": 9, "startMinute": 0, "stopHour": 17, "stopMinute": 0}}),
            "its hours are others",
        ),
        (
            json!({"UserCredential_user_1": null, "UserCredential_cred_1_1": null, "UserCredential_user_2": null,
                "UserCredential_cred_1_2": null}),
            "2 entries of ours damaged",
        ),
    ] {
        stick.set(6, &damage);
        let drift = house.run(&["drift", "house"]);
        assert!(drift.stdout.contains(told), "{damage}: {}{}", drift.stdout, drift.stderr);
        let run = house.run(&["apply", "--yes", "--refresh", "house"]);
        assert_eq!(run.code, 0, "{damage}: {}{}", run.stdout, run.stderr);
        assert_eq!((stick.users(6), stick.memory(6).1), before, "{damage}");
        settles(&house);
    }
    house.keeps_secrets(&codes(&before.0));
}

#[test]
fn what_others_made_by_hand_stays_and_counts() {
    let stick = Stick::start();
    let house = house_on(&stick);
    stick.set(
        7,
        &json!({"UserCredential_user_3": by_hand("Owner"), "UserCredential_cred_1_1": code_by_hand(3, "864209")}),
    );
    let owner = stick.users(7);
    house.write(&[("shed", "7")], &[("ann", "always"), ("bob", "always")]);
    house.apply();
    let users = stick.users(7);
    assert_eq!(named(&users), [(1, "ann", true), (2, "bob", true), (3, "Owner", true)]);
    assert_eq!(users[2..], owner);
    let drift = house.run(&["drift", "house"]);
    assert!(drift.stdout.contains("Owner"), "{}{}", drift.stdout, drift.stderr);
    // The lock tells no digits; that a code was changed at the lock it does tell.
    stick.set(7, &json!({"UserCredential_cred_1_2": code_by_hand(1, "135790")}));
    let drift = house.run(&["drift", "house"]);
    let said = format!("{}{}", drift.stdout, drift.stderr);
    assert!(said.contains("`ann` was changed, its doorcode was set by another system"), "{said}");
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(stick.users(7), users);
    // A lock that is full takes nobody more, and nobody goes for it. The model promises thirty; the lock was seen to have three.
    house.write(&[("shed", "7")], &[("ann", "always"), ("bob", "always"), ("cleo", "always")]);
    let plan = house.run(&["plan", "house"]);
    assert!(
        plan.stdout.contains("access for `cleo` at `shed` is not given: the lock is full"),
        "{}",
        plan.stdout
    );
    assert!(plan.stdout.contains("the locks hold what they can of what is written"), "{}", plan.stdout);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code == 11 && said.contains("`cleo` would stay without access: a lock is full"), "{said}");
    let digest = said.split("--expect ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let allowed = house.run(&["apply", "--expect", &digest, "--allow", "no-room", "house"]);
    assert_eq!(allowed.code, 0, "{}{}", allowed.stdout, allowed.stderr);
    assert_eq!(stick.users(7), users);
    // It knows no hours, and gets no code that would open at any time.
    house.write(&[("shed", "7")], &[("ann", "always"), ("bob", "days")]);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("and the lock has 0"), "{said}");
    assert_eq!(stick.users(7), users, "whoever had access keeps it until the lock can do what is written");
    house.write(&[("shed", "7")], &[("bob", "always")]);
    let run = house.run(&["apply", "--yes", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(named(&stick.users(7)), [(2, "bob", true), (3, "Owner", true)]);
    house.keeps_secrets(&codes(&users));
}

/// A lock takes no code twice. Whoever has access is not left outside because of it, and whoever has none is not left in.
#[test]
fn a_code_that_somebody_has_already_is_another_one_next() {
    let stick = Stick::start();
    let house = house_on(&stick);
    house.write(&[("front", "6")], &[("ann", "always")]);
    house.apply();
    let before = stick.users(6);
    // A guest has got ann's digits, and ann others.
    stick.set(
        6,
        &json!({"UserCredential_cred_1_1": code_by_hand(1, "246801"), "UserCredential_user_9": by_hand("Guest"),
            "UserCredential_cred_1_9": code_by_hand(9, &before[0].3[0])}),
    );
    let damaged = stick.users(6);
    house.write(&[("front", "6")], &[("ann", "days")]);
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("another entry has the same doorcode"), "{said}");
    assert_eq!((stick.users(6), stick.memory(6).1), (damaged, Vec::new()), "as it was");
    stick.set(6, &json!({"UserCredential_user_9": null, "UserCredential_cred_1_9": null}));
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(stick.users(6), before);
    assert_eq!(stick.memory(6).1.len(), 5);
    settles(&house);
    house.keeps_secrets(&codes(&before));
}

/// The answer to each kind of question, and to each kind of order, is lost in turn.
#[test]
fn an_answer_that_is_lost_is_never_taken_for_an_empty_lock() {
    let stick = Stick::start();
    let house = house_on(&stick);
    let (one, two) = ([("ann", "days"), ("bob", "days")], [("ann", "saturdays"), ("cleo", "january")]);
    house.write(&[("front", "6")], &one);
    house.apply();
    let mut seen = codes(&stick.users(6));
    let ann = stick.users(6)[0].clone();
    for question in
        ["UserGet", "CredentialCCCredentialGet", "WeekDayScheduleGet", "DailyRepeatingScheduleGet"]
    {
        // Once it is asked again; when it is never answered nothing is told but that.
        for (times, code) in [(1, 0), (99, 16)] {
            stick.side_door("GET", &format!("/lose/6/{question}/{times}"), "");
            let drift = house.run(&["drift", "house"]);
            let said = format!("{}{}", drift.stdout, drift.stderr);
            assert_eq!(drift.code, code, "{question}: {said}");
            assert!(said.contains(if code == 0 { "nothing differs" } else { "without an answer" }), "{said}");
            assert!(!said.contains("damaged") || said.contains("0 entries of ours damaged"), "{said}");
        }
        stick.side_door("GET", &format!("/lose/6/{question}/0"), "");
    }
    let orders = [
        "UserGet",
        "CredentialCCCredentialGet",
        "WeekDayScheduleGet",
        "WeekDayScheduleSet",
        "YearDayScheduleGet",
        "YearDayScheduleSet",
        "CredentialCCUserSet",
        "CredentialCCCredentialSet",
    ];
    for (turn, order) in orders.into_iter().enumerate() {
        house.write(&[("front", "6")], if turn % 2 == 0 { &two } else { &one });
        stick.side_door("GET", &format!("/lose/6/{order}"), "");
        let run = house.run(&["apply", "--yes", "house"]);
        println!("{order}: {}", run.code);
        if run.code != 0 {
            let run = house.run(&["apply", "--yes", "--resume", "house"]);
            assert_eq!(run.code, 0, "{order}: {}{}", run.stdout, run.stderr);
        }
        let users = stick.users(6);
        let expected = if turn % 2 == 0 { ["ann", "cleo"] } else { ["ann", "bob"] };
        assert_eq!(named(&users).iter().map(|one| one.1).collect::<Vec<_>>(), expected, "{order}");
        assert_eq!(users[0], ann, "{order}");
        assert_eq!(stick.memory(6).1.len(), if turn % 2 == 0 { 2 } else { 10 }, "{order}");
        settles(&house);
        seen.extend(codes(&users));
    }
    house.keeps_secrets(&seen);
}
