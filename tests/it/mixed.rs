//! A building with locks of three systems through a week of people who move in, move out and get other hours. After each
//! day's apply the memory of every lock is evaluated as the lock would, minute by minute, and held against what the
//! definition grants.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Instant;

use chrono::{Duration, NaiveDate};
use serde_json::Value;

use crate::deployed::{House, Hub};
use crate::doubles::{Cloud, Fabric, Stick};
use crate::memory::{matter, seam, zwave};
use crate::reference::compare::{Day, Minute};
use crate::reference::evaluate::{granted, grants};
use crate::reference::property::Capability;
use crate::reference::read_back::read_back;

const DOORS: [(&str, &str); 4] =
    [("front", "2"), ("back", "stick:5"), ("gate", "fabric:1"), ("garage", "cloud:august_device_1")];

#[test]
fn a_week_in_a_building_with_locks_of_three_systems() {
    let (stick, fabric, cloud) = (Stick::start(), Fabric::start(), Cloud::start());
    let house = House::new(vec![Hub::zwave(stick.server), Hub::matter(fabric.port), Hub::seam(cloud.port)]);
    let days: [&[(&str, &str)]; 7] = [
        &[("ann", "always"), ("bob", "days")],
        &[("ann", "always"), ("bob", "days"), ("cleo", "january")],
        &[("ann", "always"), ("cleo", "january"), ("dan", "saturdays")],
        &[("ann", "days"), ("cleo", "january"), ("dan", "saturdays")],
        &[("ann", "days"), ("dan", "saturdays"), ("eve", "always")],
        &[("ann", "always"), ("bob", "days"), ("dan", "saturdays"), ("eve", "january")],
        &[("eve", "january")],
    ];
    let monday = NaiveDate::from_ymd_opt(2090, 1, 2).unwrap();
    let mut before: BTreeMap<(String, String), String> = BTreeMap::new();
    let (mut judged, mut every_code, mut seconds) = (0, BTreeSet::new(), 0.0);
    for (number, people) in days.iter().enumerate() {
        let today = monday + Duration::days(number as i64);
        let as_of = today.to_string();
        house.write(&DOORS, people);
        let started = Instant::now();
        let run = house.run(&["apply", "--yes", "--as-of", &as_of, "house"]);
        seconds += started.elapsed().as_secs_f64();
        assert_eq!(run.code, 0, "{as_of}: {}{}", run.stdout, run.stderr);
        let again = house.run(&["plan", "--refresh", "--as-of", &as_of, "house"]);
        assert!(again.stdout.contains("nothing to do"), "{as_of}: {}{}", again.stdout, again.stderr);
        // Every minute of a fortnight. Where a lock needs the next day's run, of today.
        let text = fs::read_to_string(house.path().join("house/property.yaml")).unwrap();
        let property = read_back(&[("property.yaml".to_owned(), text)], today);
        let minutes: Vec<Minute> =
            today.iter_days().take(14).flat_map(|day| Day::of(&property, day).minutes).collect();
        let of_today = minutes.iter().take_while(|at| at.wall.date() == today).count();
        let codes = house.kept();
        for (door, holds, until) in [
            ("front", zwave(&stick, 2, &minutes), minutes.len()),
            ("back", zwave(&stick, 5, &minutes), minutes.len()),
            ("gate", matter(&fabric, &minutes), minutes.len()),
            ("garage", seam(&cloud, "august_device_1", &minutes), of_today),
        ] {
            assert_eq!(holds.len(), people.len(), "{as_of} {door}: who has a code");
            for (person, _) in *people {
                let given = grants(&property, person, door);
                let should = |at: &Minute| granted(&property, &given, Capability::Doorcode, at.wall);
                let key = (door.to_owned(), (*person).to_owned());
                let opens =
                    holds.get(&codes[&key]).unwrap_or_else(|| panic!("{as_of} {door}: no code of {person}"));
                for (at, opens) in minutes.iter().zip(opens).take(until) {
                    assert_eq!(*opens, should(at), "{as_of} {door} {person} {}", at.wall);
                    judged += 1;
                }
                // A lock that needs the next day's run never opens at another time either.
                let wider = minutes.iter().zip(opens).find(|(at, opens)| **opens && !should(at));
                assert!(wider.is_none(), "{as_of} {door} {person}: {:?}", wider.map(|(at, _)| at.wall));
                if let Some(was) = before.get(&key) {
                    assert_eq!(*was, codes[&key], "{as_of} {door}: the code of {person} has changed");
                }
            }
        }
        every_code.extend(codes.values().cloned());
        before = codes;
    }
    println!("{judged} minutes judged at four locks; seven applies took {seconds:.1} s");
    house.keeps_secrets(&every_code);
}

#[test]
fn doctor_tells_what_each_lock_has_less_of_than_is_promised() {
    let (stick, fabric, cloud) = (Stick::that_keeps_codes(), Fabric::start(), Cloud::start());
    let house = House::new(vec![Hub::zwave(stick.server), Hub::matter(fabric.port), Hub::seam(cloud.port)]);
    let doors = [("front", "2"), ("gate", "fabric:1"), ("garage", "cloud:august_device_1")];
    house.write(&doors, &[("ann", "always"), ("bob", "days")]);
    let doctor = |property: &str| {
        let run = house.run(&["doctor", "--format", "json", property]);
        let document: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|why| panic!("{why}: {}", run.stderr));
        let schema = keyplan::output::schema::schema("doctor").unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        assert!(validator.is_valid(&document), "{document}");
        (run.code, document)
    };
    // A Matter lock of the family's own numbers has ten schedules of each kind; this one has seven, and two of dates.
    let (code, document) = doctor("house");
    let of = |document: &Value, door: &str| {
        let locks = document["locks"].as_array().unwrap();
        locks.iter().find(|one| one["door"] == door).unwrap_or_else(|| panic!("no {door}")).clone()
    };
    assert_eq!(code, 1, "{document}");
    assert_eq!(of(&document, "front")["advice"], serde_json::json!([]));
    assert_eq!(of(&document, "garage")["advice"], serde_json::json!([]));
    assert_eq!(of(&document, "gate")["capacity"], 10);
    let advice = of(&document, "gate")["advice"][0].as_str().unwrap().to_owned();
    assert!(advice.ends_with("write `schedules: { per-holder: 7 }`"), "{advice}");
    let advice = of(&document, "gate")["advice"][1].as_str().unwrap().to_owned();
    assert!(
        advice.ends_with("windows of dates for each, and it keeps 2: write `schedules: { dated: 2 }`"),
        "{advice}"
    );
    // It is written as it says, and then there is nothing to mend.
    let path = house.path().join("house/property.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let mended =
        text.replace("{ family: matter }", "{ family: matter, schedules: { per-holder: 7, dated: 2 } }");
    assert_ne!(text, mended);
    std::fs::write(&path, &mended).unwrap();
    let human = house.run(&["doctor", "house"]);
    assert!(human.code == 0 && human.stdout.contains("3 locks reached, nothing to mend"), "{}", human.stdout);
    // A lock of fewer places and hours than its model promises, and one that is not there.
    std::fs::write(&path, mended.replace("id: \"2\"", "id: \"3\"").replace("id: \"1\"", "id: \"8\""))
        .unwrap();
    let (code, document) = doctor("house");
    assert_eq!(code, 16, "{document}");
    let advice = of(&document, "front")["advice"].as_array().unwrap().clone();
    assert!(advice[0].as_str().unwrap().ends_with("write `holders: 10`"), "{advice:?}");
    assert!(
        advice[1].as_str().unwrap().contains("5 windows are written for it, and it keeps 1"),
        "{advice:?}"
    );
    assert!(of(&document, "gate")["unreached"].as_str().unwrap().contains("no node 8"), "{document}");
}
