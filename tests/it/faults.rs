//! What goes wrong at the locks of others, and how it ends: with the right lock, and with a true report.

use std::collections::BTreeMap;
use std::fs;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::command::Run;
use crate::deployed::{House, Hub};
use crate::doubles::{Cloud, Fabric, Line, Stick, free_port};
use crate::memory::{self, Opens};
use crate::reference::compare::{Day, Minute};
use crate::reference::evaluate::{granted, grants};
use crate::reference::property::{Capability, Property};
use crate::reference::read_back::read_back;
use crate::systems::{AtCloud, AtFabric, AtStick, Hand};

const DEVICE: &str = "august_device_1";

fn said(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}

fn written(house: &House) -> Property {
    let text = fs::read_to_string(house.path().join("house/property.yaml")).unwrap();
    read_back(&[("property.yaml".to_owned(), text)], NaiveDate::from_ymd_opt(2090, 1, 2).unwrap())
}

/// A week, and the days around the end of January 2090.
fn minutes(house: &House) -> Vec<Minute> {
    let day = |month, day| NaiveDate::from_ymd_opt(2090, month, day).unwrap();
    let days = day(1, 2).iter_days().take(7).chain(day(1, 31).iter_days().take(2));
    let property = written(house);
    days.flat_map(|day| Day::of(&property, day).minutes).collect()
}

/// A lock holds what is written for its door, for everybody and to the minute, and nothing else.
fn holds(house: &House, door: &str, minutes: &[Minute], opens: impl Fn(&[Minute]) -> Opens) {
    let property = written(house);
    let mut opens = opens(minutes);
    for ((at, person), digits) in house.kept().into_iter().filter(|((at, _), _)| at == door) {
        let given = grants(&property, &person, &at);
        let does = opens.remove(&digits).unwrap_or_else(|| panic!("no code of {person} at {at}"));
        for (minute, does) in minutes.iter().zip(does) {
            let should = granted(&property, &given, Capability::Doorcode, minute.wall);
            assert_eq!(does, should, "{person} at {at}, {}", minute.wall);
        }
    }
    assert!(opens.is_empty(), "{} codes of nobody at {door}", opens.len());
    let people = property.people.len();
    assert_eq!(house.kept().keys().filter(|(at, _)| at == door).count(), people);
}

/// In the midst of a change a lock opens nothing that neither the old nor the new property grants.
fn is_not_wider(
    opens: &Opens,
    minutes: &[Minute],
    whose: &BTreeMap<String, String>,
    door: &str,
    both: [&Property; 2],
) {
    for (digits, does) in opens {
        let person = whose.get(digits).unwrap_or_else(|| panic!("a code of nobody"));
        let is_known = |property: &&&Property| property.people.iter().any(|one| one.id == *person);
        let given: Vec<_> =
            both.iter().filter(is_known).map(|property| (property, grants(property, person, door))).collect();
        for (minute, _) in minutes.iter().zip(does).filter(|(_, does)| **does) {
            let may = |(property, given): &(&&Property, Vec<_>)| {
                granted(property, given, Capability::Doorcode, minute.wall)
            };
            assert!(given.iter().any(may), "{person} at {}", minute.wall);
        }
    }
}

fn settles(house: &House) {
    let plan = house.run(&["plan", "--refresh", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}", said(&plan));
    let drift = house.run(&["drift", "house"]);
    let fine =
        drift.stdout.contains("nothing differs") || drift.stdout.contains(" 0 entries of ours damaged");
    assert!(drift.code == 0 && fine, "{}", said(&drift));
}

/// A report, whose exit code is what it says.
fn report(run: &Run) -> Value {
    let report: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|why| panic!("{why}: {}", said(run)));
    let of = |name: &str| report["summary"][name].as_u64().unwrap();
    let all = ["applied", "failed", "unknown", "skipped", "lock_changed", "to_do"].map(of);
    assert_eq!(all.iter().sum::<u64>(), report["changes"].as_array().unwrap().len() as u64);
    let code = match (report["complete"] == true, of("lock_changed"), of("applied")) {
        (true, ..) => 0,
        (_, 1.., _) => 14,
        (_, _, 0) => 16,
        _ => 15,
    };
    assert_eq!(run.code, code, "{report}");
    report
}

/// A code that is among some and not among others, with its door and whose it is.
fn only(
    one: &BTreeMap<(String, String), String>,
    other: &BTreeMap<(String, String), String>,
) -> BTreeMap<(String, String), String> {
    let codes = one.iter().filter(|(key, _)| !other.contains_key(*key));
    codes.map(|(key, digits)| (key.clone(), digits.clone())).collect()
}

/// A door, who has come there, and who has left.
type Moved<'a> = (&'a str, &'a BTreeMap<(String, String), String>, &'a BTreeMap<(String, String), String>);

/// What a report says of each person is so: whoever has come is there, whoever has left is not.
fn is_true(report: &Value, opens: &Opens, (door, came, left): Moved<'_>) {
    let changes = report["changes"].as_array().unwrap().iter();
    for change in changes.filter(|change| change["door"] == door) {
        let key = (door.to_owned(), change["person"].as_str().unwrap().to_owned());
        let is_there = |known: &BTreeMap<_, String>| known.get(&key).map(|digits| opens.contains_key(digits));
        let is_done = is_there(came).or_else(|| is_there(left).map(|is_there| !is_there));
        match (change["outcome"].as_str().unwrap(), is_done) {
            ("applied", Some(is_done)) => assert!(is_done, "{change}"),
            ("failed" | "skipped" | "to-do", Some(is_done)) => assert!(!is_done, "{change}"),
            _ => {}
        }
    }
}

/// People at a lock, one way and another; nobody stays as they are, and somebody comes and leaves each time.
type Steps = [&'static [(&'static str, &'static str)]; 2];

/// A house whose locks are changed to and fro, with a fault each time.
struct Trial<'a> {
    house: House,
    /// How often.
    times: u32,
    /// Doors, with what the system calls their locks.
    locks: &'a [(&'a str, &'a str)],
    steps: Steps,
    /// Who comes in at a lock with which digits.
    opens: &'a dyn Fn(&str, &[Minute]) -> Opens,
    /// Makes the fault, the later the higher the number.
    break_off: &'a dyn Fn(u32),
    /// Ends it, and tells whether it came to pass.
    mend: &'a dyn Fn() -> bool,
}

impl Trial<'_> {
    /// All is well in between and after it, and what is told is true.
    fn to_and_fro(&self) {
        let house = &self.house;
        house.write(self.locks, self.steps[0]);
        let minutes = minutes(house);
        house.apply();
        let (mut codes, mut ended, mut faults, mut uncertain) = (BTreeMap::new(), BTreeMap::new(), 0, 0);
        let mut one_is_done = false;
        for number in 0..self.times {
            let (before, old) = (written(house), house.kept());
            house.write(self.locks, self.steps[(number as usize + 1) % 2]);
            let after = written(house);
            (self.break_off)(number);
            // One lock after the other, so that the fault meets each of them.
            let apply = ["apply", "--yes", "--parallel", "1", "--format", "json", "house"];
            let run = house.run(&apply);
            let report = report(&run);
            // As long as nobody answers there is nothing to go on with, and that is said.
            if run.code == 16 {
                let again = house.run(&["apply", "--yes", "--resume", "house"]);
                assert_eq!(again.code, 16, "{}", said(&again));
            }
            let was_broken = (self.mend)();
            assert!(was_broken || run.code == 0, "{}", said(&run));
            faults += u32::from(was_broken);
            *ended.entry(run.code).or_insert(0) += 1;
            // Nothing is uncertain but the change that was being made.
            let unknown = report["summary"]["unknown"].as_u64().unwrap();
            assert!(unknown < 2, "{report}");
            uncertain += unknown;
            let is_done = |door: &str| {
                let changes = report["changes"].as_array().unwrap().iter();
                changes.filter(|change| change["door"] == door).all(|change| change["outcome"] == "applied")
            };
            one_is_done |= run.code != 0 && self.locks.iter().any(|(door, _)| is_done(door));
            let new = house.kept();
            let whose = old.iter().chain(&new);
            codes.extend(whose.map(|((_, person), digits)| (digits.clone(), person.clone())));
            for (door, id) in self.locks {
                let now = (self.opens)(id, &minutes);
                is_not_wider(&now, &minutes, &codes, door, [&before, &after]);
                is_true(&report, &now, (door, &only(&new, &old), &only(&old, &new)));
            }
            if run.code != 0 {
                let run = house.run(&["apply", "--yes", "--resume", "house"]);
                assert_eq!(run.code, 0, "fault {number}: {}", said(&run));
            }
            for (door, id) in self.locks {
                holds(house, door, &minutes, |minutes| (self.opens)(id, minutes));
            }
            settles(house);
        }
        let anns = codes.values().filter(|person| *person == "ann").count();
        assert_eq!(anns, self.locks.len(), "ann's code has changed");
        println!(
            "{faults} faults; runs ended with {ended:?}, {uncertain} changes were uncertain for a while"
        );
        assert!(faults > self.times / 2 && ended.contains_key(&16), "{ended:?}");
        // Where there are several locks, the fault met the second one too.
        assert_eq!(one_is_done, self.locks.len() > 1, "{ended:?}");
        house.keeps_secrets(codes.keys());
    }
}

/// The server goes away at one message or another: what arrived was done, its answer was lost.
#[test]
fn a_zwave_server_that_goes_away_in_the_midst_of_it() {
    let stick = Stick::start();
    let line = Line::to(stick.server);
    let trial = Trial {
        house: House::new(vec![Hub::zwave(line.port)]),
        times: 6,
        locks: &[("front", "2"), ("back", "5")],
        steps: [&[("ann", "days"), ("bob", "days")], &[("ann", "saturdays"), ("cleo", "january")]],
        opens: &|node, minutes| memory::zwave(&stick, node.parse().unwrap(), minutes),
        // A lock is some hundred messages, the first thirty-five of which read it.
        break_off: &|number| line.cut_after(4 + number * 38),
        mend: &|| line.mend(),
    };
    trial.to_and_fro();
}

#[test]
fn a_matter_server_that_goes_away_in_the_midst_of_it() {
    let fabric = Fabric::start();
    let line = Line::to(fabric.port);
    let trial = Trial {
        house: House::new(vec![Hub::matter(line.port)]),
        times: 6,
        locks: &[("front", "1")],
        steps: [&[("ann", "days"), ("bob", "days")], &[("ann", "saturdays"), ("cleo", "january")]],
        opens: &|_, minutes| memory::matter(&fabric, minutes),
        break_off: &|number| line.cut_after(4 + number * 10),
        mend: &|| line.mend(),
    };
    trial.to_and_fro();
}

/// Seam is out of order from one call on or another; what it had done until then is done.
#[test]
fn an_outage_of_seam_in_the_midst_of_it() {
    let cloud = Cloud::start();
    let out = |number: u32| {
        cloud.faults(&json!([{"route": "*", "fault": "out", "times": 1000, "after": 3 * number}]));
    };
    let mend = || {
        let called = cloud.calls("/access_codes/create");
        cloud.faults(&json!([]));
        called > 0
    };
    let trial = Trial {
        house: House::new(vec![Hub::seam(cloud.port)]),
        times: 8,
        locks: &[("front", DEVICE), ("garage", "august_device_2")],
        steps: [&[("ann", "always"), ("bob", "january")], &[("ann", "january"), ("cleo", "always")]],
        opens: &|device, minutes| memory::seam(&cloud, device, minutes),
        break_off: &out,
        mend: &mend,
    };
    trial.to_and_fro();
}

/// A plan does what it says to what it was made for: where a slot was changed since, it is left alone, which is said, and
/// the others are done.
#[test]
fn a_slot_that_was_changed_since_the_plan_is_left_alone() {
    let (stick, fabric, cloud) = (Stick::start(), Fabric::start(), Cloud::start());
    let house = House::new(vec![Hub::zwave(stick.server), Hub::matter(fabric.port), Hub::seam(cloud.port)]);
    let locks = [("front", "2"), ("gate", "fabric:1"), ("garage", "cloud:august_device_1")];
    let (at_stick, at_fabric, at_cloud) =
        (AtStick { stick: &stick }, AtFabric { fabric: &fabric }, AtCloud { cloud: &cloud });
    let hands: [(&dyn Hand, &str); 3] = [(&at_stick, "2"), (&at_fabric, "1"), (&at_cloud, DEVICE)];
    let codes = |hands: &[(&dyn Hand, &str)]| -> Vec<String> {
        hands.iter().map(|(hand, lock)| hand.memory(lock).to_string()).collect()
    };
    house.write(&locks, &[("ann", "always")]);
    house.apply();
    let kept = house.kept();
    house.write(&locks, &[("ann", "january"), ("bob", "always")]);
    let file = house.path().join("the.plan").display().to_string();
    assert_eq!(house.run(&["plan", "--out", &file, "house"]).code, 0);
    // Somebody gives ann other hours at each lock.
    hands.iter().for_each(|(hand, lock)| hand.alter(lock, 1));
    let altered = codes(&hands);
    let run = house.run(&["apply", &file, "--format", "json", "house"]);
    assert_eq!(run.code, 14, "{}", said(&run));
    let told = report(&run);
    for change in told["changes"].as_array().unwrap() {
        let expected = if change["person"] == "bob" { "applied" } else { "lock-changed" };
        assert_eq!(change["outcome"], expected, "{change}");
        let why = change["why"].as_str().unwrap_or_default();
        assert!(
            expected == "applied" || why.contains("the lock was changed since the plan was made"),
            "{change}"
        );
    }
    // What somebody else did for ann is as they did it, and bob is there.
    let with_bob = codes(&hands);
    for ((before, after), (_, lock)) in altered.iter().zip(&with_bob).zip(&hands) {
        assert_ne!(before, after, "{lock}");
    }
    house.write(&locks, &[("ann", "january")]);
    let bob_leaves = house.run(&["apply", "--yes", "--only", "person:bob", "house"]);
    assert_eq!(bob_leaves.code, 0, "{}", said(&bob_leaves));
    assert_eq!(codes(&hands), altered);
    // Once somebody has looked at what is in the locks it is put right, with the code that ann had.
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}", said(&run));
    assert_eq!(house.kept(), kept);
    let minutes = minutes(&house);
    holds(&house, "front", &minutes, |minutes| memory::zwave(&stick, 2, minutes));
    holds(&house, "gate", &minutes, |minutes| memory::matter(&fabric, minutes));
    holds(&house, "garage", &minutes, |minutes| memory::seam(&cloud, DEVICE, minutes));
    settles(&house);
    house.keeps_secrets(kept.values());
}

#[test]
fn systems_that_are_not_there_hold_up_only_their_own_locks() {
    let stick = Stick::start();
    let hubs = |zwave| vec![Hub::zwave(zwave), Hub::matter(free_port()), Hub::seam(free_port())];
    let locks = [("front", "2"), ("gate", "fabric:1"), ("garage", "cloud:august_device_1")];
    for (server, code, applied) in [(stick.server, 15, 1), (free_port(), 16, 0)] {
        let house = House::new(hubs(server));
        house.write(&locks, &[("ann", "always")]);
        let run = house.run(&["apply", "--yes", "--format", "json", "house"]);
        let report = report(&run);
        assert_eq!((run.code, report["summary"]["applied"].as_u64()), (code, Some(applied)), "{report}");
        assert_eq!(report["summary"]["unknown"], 0, "{report}");
    }
    assert_eq!(stick.memory(2).0.len(), 1);
}

/// Damage to hours, and not to codes: it is seen, and put right with the same codes.
#[test]
fn hours_that_a_lock_has_lost_or_changed_come_back() {
    let (stick, fabric) = (Stick::start(), Fabric::start());
    let house = House::new(vec![Hub::zwave(stick.server), Hub::matter(fabric.port)]);
    let locks = [("front", "2"), ("gate", "fabric:1")];
    house.write(&locks, &[("ann", "days"), ("bob", "january"), ("cleo", "always")]);
    house.apply();
    let hands: [(&dyn Hand, &str); 2] =
        [(&AtStick { stick: &stick }, "2"), (&AtFabric { fabric: &fabric }, "1")];
    let memories = || hands.map(|(hand, lock)| hand.memory(lock));
    let before = memories();
    let kept = house.kept();
    let monday = json!({"weekday": 1, "startHour": 0, "startMinute": 0, "stopHour": 23, "stopMinute": 59});
    let nonsense = json!({"weekday": 9, "startHour": 25, "startMinute": 0, "stopHour": 26, "stopMinute": 70});
    let slot = |user: u32, slot: u32, kind: u32| format!("ScheduleEntryLock_schedule_{user}_{slot}_{kind}");
    let days = |value: &Value| -> Value {
        (1..=5).map(|number| (slot(1, number, 0), value.clone())).collect::<serde_json::Map<_, _>>().into()
    };
    let week_day = |from: u32, to: u32| {
        let mask = json!({"sunday": true, "monday": true, "tuesday": false, "wednesday": false,
            "thursday": false, "friday": false, "saturday": false});
        json!([{"weekDayIndex": 1, "daysMask": mask, "startHour": from, "startMinute": 0, "endHour": to, "endMinute": 59}])
    };
    let hours = |user: u32, kind: u32, days: &Value| json!({"hours": {"user": user, "userType": kind, "weekDays": days}});
    let damages: [(&str, Value, Value); 5] = [
        // Whoever has no schedule comes in at any time.
        ("gone", days(&Value::Null), hours(1, 0, &json!([]))),
        ("wider", json!({slot(1, 1, 0): monday}), hours(1, 2, &week_day(0, 23))),
        ("of somebody who had none", json!({slot(3, 2, 0): monday}), hours(3, 2, &week_day(9, 10))),
        // Locks were seen to keep what is no time, and the driver drops the answer that says so. Matter locks refuse it: there
        // somebody changes the hours.
        ("no time", json!({slot(1, 3, 0): nonsense}), hours(1, 2, &week_day(9, 10))),
        // A kind of user that keyplan never makes.
        ("of another kind", json!({slot(1, 2, 0): monday}), hours(1, 4, &week_day(9, 10))),
    ];
    for (what, at_stick, at_fabric) in damages {
        stick.set(2, &at_stick);
        fabric.damage(&at_fabric);
        let damaged = memories();
        assert!(damaged.iter().zip(&before).all(|(now, before)| now != before), "{what}");
        let drift = house.run(&["drift", "house"]);
        assert!(drift.stdout.contains("2 entries of ours damaged"), "{what}: {}", said(&drift));
        if what == "no time" {
            let plan = house.run(&["plan", "--refresh", "house"]);
            assert!(
                plan.stdout.contains("2 changes at 2 locks for 1 person; 0 doorcodes made"),
                "{}",
                said(&plan)
            );
        }
        // Without a look at the locks nothing is done about it, and nothing is made worse.
        assert!(house.run(&["plan", "house"]).stdout.contains("nothing to do"));
        let run = house.run(&["apply", "--yes", "--refresh", "house"]);
        assert_eq!(run.code, 0, "{what}: {}", said(&run));
        assert_eq!(memories(), before, "{what}");
        settles(&house);
    }
    assert_eq!(house.kept(), kept);
    house.keeps_secrets(kept.values());
}

/// A lock of the oldest kind takes the same digits twice. Whoever has them opens by whichever entry it finds first: with the
/// hours of somebody else.
#[test]
fn digits_that_somebody_entered_by_hand_are_not_given_to_anybody_else() {
    let stick = Stick::start();
    let house = House::new(vec![Hub::zwave(stick.server)]);
    let people = [("ann", "always"), ("bob", "always")];
    house.write(&[("old", "3")], &people);
    house.apply();
    let kept = house.kept();
    let anns = kept[&("old".to_owned(), "ann".to_owned())].clone();
    // The lock loses ann's code, and somebody enters the same digits for a guest.
    stick.set(3, &json!({"UserCode_userIdStatus_1": 0, "UserCode_userCode_1": ""}));
    stick.set(3, &json!({"UserCode_userIdStatus_7": 1, "UserCode_userCode_7": anns}));
    house.write(&[("old", "3")], &[("ann", "always"), ("bob", "always"), ("cleo", "always")]);
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 15, "{}", said(&run));
    for words in ["another entry has the same doorcode", "keyplan codes rotate ann"] {
        assert!(run.stdout.contains(words), "{words}: {}", said(&run));
    }
    // Whoever else comes has come; the digits are in the lock once.
    let codes = stick.memory(3).0;
    assert_eq!(codes.iter().map(|(user, _)| *user).collect::<Vec<_>>(), [2, 3, 7], "{}", said(&run));
    assert_eq!(codes.iter().filter(|(_, digits)| *digits == anns).count(), 1);
    // As it says, ann gets other digits.
    let rotated = house.run(&["codes", "rotate", "ann", "--property", "house", "--yes"]);
    assert_eq!(rotated.code, 0, "{}", said(&rotated));
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}", said(&run));
    let codes = stick.memory(3).0;
    assert_eq!(codes.iter().map(|(user, _)| *user).collect::<Vec<_>>(), [1, 2, 3, 7]);
    assert_eq!(codes.iter().filter(|(_, digits)| *digits == anns).count(), 1);
    assert_ne!(house.kept()[&("old".to_owned(), "ann".to_owned())], anns);
    settles(&house);
    house.keeps_secrets(codes.iter().map(|(_, digits)| digits));
}
