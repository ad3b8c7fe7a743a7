//! A building with locks of three systems through a week of people who move in, move out and get other hours. After each
//! day's apply the memory of every lock is evaluated as the lock would, minute by minute, and held against what was
//! written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, TimeZone, Timelike, Utc};
use serde_json::Value;

use crate::deployed::{House, Hub};
use crate::doubles::{Cloud, Fabric, Stick};

const DOORS: [(&str, &str); 4] =
    [("front", "2"), ("back", "stick:5"), ("gate", "fabric:1"), ("garage", "cloud:august_device_1")];

/// What was written for somebody, at a minute of local time.
fn should(hours: &str, at: NaiveDateTime) -> bool {
    let weekday = at.weekday().num_days_from_monday();
    match hours {
        "always" => true,
        "days" => weekday < 5 && (8..18).contains(&at.hour()),
        "saturdays" => weekday == 5 && at.hour() >= 9,
        "january" => at.year() == 2090 && at.month() == 1,
        other => panic!("{other}"),
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// Whether a holder of a Z-Wave lock can come in.
fn zwave_opens(schedules: &[(String, Value)], user: u32, at: NaiveDateTime) -> bool {
    let own: Vec<(&str, &Value)> = schedules
        .iter()
        .filter_map(|(place, value)| Some((place.strip_prefix(&format!("{user}_"))?, value)))
        .collect();
    let minute = |hour: &str, minute: &str, of: &Value| number(&of[hour]) * 60 + number(&of[minute]);
    let now = i64::from(at.hour() * 60 + at.minute());
    own.is_empty()
        || own.iter().any(|(place, value)| match place.rsplit('_').next().unwrap() {
            "0" => {
                number(&value["weekday"]) == i64::from(at.weekday().num_days_from_sunday())
                    && minute("startHour", "startMinute", value) <= now
                    && now <= minute("stopHour", "stopMinute", value)
            }
            "1" => {
                let moment = |end: &str| {
                    let part = |name: &str| number(&value[format!("{end}{name}")]) as u32;
                    let day = NaiveDate::from_ymd_opt(2000 + part("Year") as i32, part("Month"), part("Day"));
                    day.unwrap().and_hms_opt(part("Hour"), part("Minute"), 0).unwrap()
                };
                moment("start") <= at && at <= moment("stop")
            }
            kind => panic!("a schedule of the kind {kind}"),
        })
}

/// Whether a user of a Matter lock can come in.
fn matter_opens(memory: &Value, user: &Value, at: NaiveDateTime) -> bool {
    let own = |name: &str| {
        let all = memory[name].as_array().unwrap().clone();
        all.into_iter().filter(|one| one["userIndex"] == user["userIndex"]).collect::<Vec<_>>()
    };
    let now = i64::from(at.hour() * 60 + at.minute());
    let day = at.format("%A").to_string().to_lowercase();
    let in_week = || {
        own("weekDays").iter().any(|one| {
            let minute = |hour: &str, minute: &str| number(&one[hour]) * 60 + number(&one[minute]);
            one["daysMask"][&day] == true
                && (minute("startHour", "startMinute")..=minute("endHour", "endMinute")).contains(&now)
        })
    };
    let second = at.and_utc().timestamp();
    let in_year = || {
        own("yearDays")
            .iter()
            .any(|one| (number(&one["localStartTime"])..=number(&one["localEndTime"])).contains(&second))
    };
    user["userStatus"] == 1
        && match number(&user["userType"]) {
            0 => true,
            1 => in_year(),
            2 => in_week(),
            8 => in_week() && in_year(),
            other => panic!("a user of the type {other}"),
        }
}

/// Who can come in with which digits at a lock, at each of some minutes.
type Opens = BTreeMap<String, Vec<bool>>;

fn zwave(stick: &Stick, node: u32, minutes: &[NaiveDateTime]) -> Opens {
    let (codes, schedules) = stick.memory(node);
    codes
        .into_iter()
        .map(|(user, code)| (code, minutes.iter().map(|at| zwave_opens(&schedules, user, *at)).collect()))
        .collect()
}

fn matter(fabric: &Fabric, minutes: &[NaiveDateTime]) -> Opens {
    let memory = fabric.memory();
    let user = |index: &Value| {
        let users = memory["users"].as_array().unwrap().iter();
        let has = |user: &&Value| user["credentials"].as_array().unwrap().contains(index);
        users.clone().find(has).expect("a code of nobody")
    };
    let codes = memory["codes"].as_array().unwrap().iter();
    codes
        .map(|code| {
            let user = user(&code["index"]);
            let opens = minutes.iter().map(|at| matter_opens(&memory, user, *at)).collect();
            (code["digits"].as_str().unwrap().to_owned(), opens)
        })
        .collect()
}

fn seam(cloud: &Cloud, minutes: &[NaiveDateTime]) -> Opens {
    let moment = |text: &Option<String>| {
        text.as_ref().map(|text| DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc))
    };
    let codes = cloud.memory("august_device_1").into_iter();
    codes
        .map(|(_, code, starts, ends)| {
            let opens = |at: &NaiveDateTime| {
                let at = chrono_tz::Europe::Berlin.from_local_datetime(at).unwrap().with_timezone(&Utc);
                moment(&starts).is_none_or(|starts| at >= starts)
                    && moment(&ends).is_none_or(|ends| at < ends)
            };
            (code, minutes.iter().map(opens).collect())
        })
        .collect()
}

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
        // Around every edge of the hours, and each hour of a fortnight. Where a lock needs the next day's run, of today.
        let midnight = today.and_hms_opt(0, 0, 0).unwrap();
        let minutes: Vec<NaiveDateTime> = (0..14 * 24)
            .flat_map(|hour| [-1, 0, 1].map(|minute| midnight + Duration::minutes(hour * 60 + minute)))
            .filter(|at| *at >= midnight)
            .collect();
        let of_today = minutes.iter().take_while(|at| at.date() == today).count();
        let codes = house.kept();
        for (door, holds, until) in [
            ("front", zwave(&stick, 2, &minutes), minutes.len()),
            ("back", zwave(&stick, 5, &minutes), minutes.len()),
            ("gate", matter(&fabric, &minutes), minutes.len()),
            ("garage", seam(&cloud, &minutes), of_today),
        ] {
            assert_eq!(holds.len(), people.len(), "{as_of} {door}: who has a code");
            for (person, hours) in *people {
                let key = (door.to_owned(), (*person).to_owned());
                let opens =
                    holds.get(&codes[&key]).unwrap_or_else(|| panic!("{as_of} {door}: no code of {person}"));
                for (at, opens) in minutes.iter().zip(opens).take(until) {
                    assert_eq!(*opens, should(hours, *at), "{as_of} {door} {person} {at}");
                    judged += 1;
                }
                // A lock that needs the next day's run never opens at another time either.
                let wider = minutes.iter().zip(opens).find(|(at, opens)| **opens && !should(hours, **at));
                assert!(wider.is_none(), "{as_of} {door} {person}: {wider:?}");
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
    let (stick, fabric, cloud) = (Stick::start(), Fabric::start(), Cloud::start());
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
    // A Matter lock of the family's own numbers has ten schedules; this one has seven.
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
    // It is written as it says, and then there is nothing to mend.
    let path = house.path().join("house/property.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let mended = text.replace("{ family: matter }", "{ family: matter, schedules: { per-holder: 7 } }");
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
