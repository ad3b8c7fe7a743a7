//! Seam's locks, on the fake of its API that Seam wrote. What a lock holds is read from the memory of the fake.

use std::fs;

use chrono::{Datelike, Duration, NaiveDate, Weekday};
use serde_json::json;

use crate::command::keyplan_with;
use crate::deployed::{House, Hub};
use crate::doubles::{Cloud, free_port};

const LOCK: &str = "august_device_1";

fn house_on(cloud: &Cloud) -> House {
    House::new(vec![Hub::seam(cloud.port)])
}

/// A code as it must be: its name, and its dates.
type Told = (&'static str, Option<(&'static str, &'static str)>);

fn holds(cloud: &Cloud, device: &str, expected: &[Told]) {
    let memory = cloud.memory(device);
    let told: Vec<(&str, Option<(&str, &str)>)> = memory
        .iter()
        .map(|(name, _, starts, ends)| (name.as_str(), starts.as_deref().zip(ends.as_deref())))
        .collect();
    assert_eq!(told, expected);
}

fn digits(cloud: &Cloud, device: &str, name: &str) -> String {
    let memory = cloud.memory(device);
    let code = memory.into_iter().find(|(known, ..)| known.split(" (").next() == Some(name));
    code.unwrap_or_else(|| panic!("no code of {name}")).1
}

fn settles(house: &House) {
    let plan = house.run(&["plan", "--refresh", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    let drift = house.run(&["drift", "house"]);
    let fine =
        drift.stdout.contains("nothing differs") || drift.stdout.contains(" 0 entries of ours damaged");
    assert!(drift.code == 0 && fine, "{}{}", drift.stdout, drift.stderr);
}

const ALWAYS: Option<(&str, &str)> = None;
const JANUARY: Option<(&str, &str)> = Some(("2089-12-31T23:00:00.000Z", "2090-01-31T23:00:00.000Z"));

#[test]
fn codes_are_what_is_written_and_those_of_others_stay() {
    let cloud = Cloud::start();
    let house = house_on(&cloud);
    // Codes of others: by another program, on the lock itself, and of the same digits on another lock.
    cloud.call("/access_codes/create", &json!({"device_id": LOCK, "name": "Guest #1", "code": "918273"}));
    cloud.call(
        "/access_codes/create",
        &json!({"device_id": "august_device_2", "name": "ann (keyplan 1)", "code": "5647382"}),
    );
    cloud.call(
        "/access_codes/simulate/create_unmanaged_access_code",
        &json!({"device_id": LOCK, "name": "Landlord", "code": "564738"}),
    );
    house.write(&[("front", LOCK)], &[("ann", "always"), ("bob", "january"), ("cleo", "always")]);
    house.apply();
    let others = [("Guest #1", ALWAYS), ("Landlord", ALWAYS)];
    holds(
        &cloud,
        LOCK,
        &[
            others[0],
            others[1],
            ("ann (keyplan 1)", ALWAYS),
            ("bob (keyplan 2)", JANUARY),
            ("cleo (keyplan 3)", ALWAYS),
        ],
    );
    settles(&house);
    let drift = house.run(&["drift", "house"]);
    assert!(drift.stdout.contains("2 entered by hand"), "{}", drift.stdout);
    let codes: Vec<String> = cloud.memory(LOCK).into_iter().map(|(_, code, ..)| code).collect();
    // Hours change both ways, the codes do not; a leaver's is gone.
    house.write(&[("front", LOCK)], &[("ann", "january"), ("bob", "always")]);
    house.apply();
    holds(&cloud, LOCK, &[others[0], others[1], ("ann (keyplan 1)", JANUARY), ("bob (keyplan 2)", ALWAYS)]);
    let after: Vec<String> = cloud.memory(LOCK).into_iter().map(|(_, code, ..)| code).collect();
    assert_eq!(after, codes[..4]);
    assert_eq!(cloud.memory("august_device_2").len(), 1, "codes of another lock are not ours");
    settles(&house);
    house.keeps_secrets(&codes);
}

/// Weekly hours are kept as their next dates, and move on day by day with the same code; a night that would need two
/// windows on a day is refused.
#[test]
fn weekly_hours_move_from_day_to_day_with_the_same_code() {
    let cloud = Cloud::start();
    let house = house_on(&cloud);
    house.write(&[("front", LOCK)], &[("ann", "days"), ("bob", "nights"), ("cleo", "saturdays")]);
    let monday = NaiveDate::from_ymd_opt(2090, 1, 2).unwrap();
    assert_eq!(monday.weekday(), Weekday::Mon);
    let mut codes = Vec::new();
    for number in 0..9 {
        let today = monday + Duration::days(number);
        let on = |weekdays: &[Weekday]| {
            (0..7)
                .map(|ahead| today + Duration::days(ahead))
                .find(|day| weekdays.contains(&day.weekday()))
                .unwrap()
        };
        use Weekday::{Fri, Mon, Sat, Thu, Tue, Wed};
        // Winter in Berlin: an hour ahead of UTC. The night from Friday ends on Saturday, when it is still the one to keep.
        let day = on(&[Mon, Tue, Wed, Thu, Fri]);
        let night = if today.weekday() == Sat { today - Duration::days(1) } else { on(&[Fri]) };
        let saturday = on(&[Sat]);
        let as_of = today.to_string();
        let run = house.run(&["apply", "--yes", "--as-of", &as_of, "house"]);
        assert_eq!(run.code, 0, "{as_of}: {}{}", run.stdout, run.stderr);
        let memory = cloud.memory(LOCK);
        let told: Vec<(String, String, String)> = memory
            .iter()
            .map(|(name, _, starts, ends)| (name.clone(), starts.clone().unwrap(), ends.clone().unwrap()))
            .collect();
        let next = |day: NaiveDate| day + Duration::days(1);
        // A night that is on began some time before midnight; a plan knows no more than that.
        let begins =
            if today.weekday() == Sat { told[1].1.clone() } else { format!("{night}T21:00:00.000Z") };
        assert_eq!(
            told,
            [
                (
                    "ann (keyplan 1)".to_owned(),
                    format!("{day}T07:00:00.000Z"),
                    format!("{day}T17:00:00.000Z")
                ),
                ("bob (keyplan 2)".to_owned(), begins, format!("{}T05:00:00.000Z", next(night))),
                (
                    "cleo (keyplan 3)".to_owned(),
                    format!("{saturday}T08:00:00.000Z"),
                    format!("{saturday}T23:00:00.000Z")
                ),
            ],
            "{as_of}"
        );
        codes.push(memory.into_iter().map(|(_, code, ..)| code).collect::<Vec<_>>());
        let again = house.run(&["plan", "--as-of", &as_of, "house"]);
        assert!(again.stdout.contains("nothing to do"), "{as_of}: {}{}", again.stdout, again.stderr);
    }
    assert!(codes.windows(2).all(|two| two[0] == two[1]), "a code changed");
    let plan = house.run(&["plan", "--as-of", "2090-01-02", "house"]);
    assert!(plan.stdout.contains("2090-01-03"), "the next run is named: {}", plan.stdout);
    house.keeps_secrets(&codes[0]);
    // Without `as-dates` hours are refused, said aloud.
    let text = fs::read_to_string(house.path().join("house/property.yaml")).unwrap();
    let plain = text.replace(", schedules: { as-dates: true }", "");
    assert_ne!(text, plain);
    fs::write(house.path().join("house/property.yaml"), plain).unwrap();
    let plan = house.run(&["plan", "--as-of", "2090-01-02", "house"]);
    let said = format!("{}{}", plan.stdout, plan.stderr);
    assert!(said.contains("the lock keeps no hours"), "{said}");
}

/// Seam counts in UTC: another time zone moves every date, though no hour is written differently.
#[test]
fn another_time_zone_moves_the_dates_of_every_code() {
    let cloud = Cloud::start();
    let house = house_on(&cloud);
    house.write(&[("front", LOCK)], &[("ann", "always"), ("bob", "january")]);
    house.apply();
    let bobs = digits(&cloud, LOCK, "bob");
    let path = house.path().join("house/property.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("Europe/Berlin", "Europe/London")).unwrap();
    let drift = house.run(&["drift", "house"]);
    assert!(
        drift.stdout.contains("`bob` was changed, its hours are others"),
        "{}{}",
        drift.stdout,
        drift.stderr
    );
    // A plan sees it without asking the lock.
    let plan = house.run(&["plan", "house"]);
    assert!(plan.stdout.contains("1 change at 1 lock"), "{}{}", plan.stdout, plan.stderr);
    house.apply();
    let january = Some(("2090-01-01T00:00:00.000Z", "2090-02-01T00:00:00.000Z"));
    holds(&cloud, LOCK, &[("ann (keyplan 1)", ALWAYS), ("bob (keyplan 2)", january)]);
    assert_eq!(digits(&cloud, LOCK, "bob"), bobs);
    settles(&house);
}

#[test]
fn what_is_over_is_not_sent_and_not_missed() {
    let cloud = Cloud::start();
    let house = house_on(&cloud);
    let now = chrono::Utc::now().with_timezone(&chrono_tz::Europe::Berlin);
    let over = format!("{}T00:01", now.date_naive());
    house.write(&[("front", LOCK)], &[("ann", "always"), ("bob", &over)]);
    house.apply();
    let names: Vec<String> = cloud.memory(LOCK).into_iter().map(|(name, ..)| name).collect();
    // Only in the first minute of a day is bob's time not over.
    assert!(names == ["ann (keyplan 1)"] || now.format("%H:%M").to_string() == "00:00", "{names:?}");
    settles(&house);
    // Work at the same lock does not take it for lost, nor the doorcode: bob gets more time, and the same digits.
    let kept = house.kept();
    house.write(&[("front", LOCK)], &[("ann", "always"), ("bob", &over), ("cleo", "always")]);
    house.apply();
    settles(&house);
    house.write(&[("front", LOCK)], &[("ann", "always"), ("bob", "january"), ("cleo", "always")]);
    house.apply();
    assert_eq!(digits(&cloud, LOCK, "bob"), kept[&("front".to_owned(), "bob".to_owned())]);
    settles(&house);
}

#[test]
fn lost_answers_and_outages_end_in_the_right_lock() {
    let cloud = Cloud::start();
    let house = house_on(&cloud);
    let (one, two) = ([("ann", "always")], [("ann", "january"), ("bob", "always")]);
    let steps: [(&str, &[(&str, &str)]); 3] =
        [("/access_codes/create", &two), ("/access_codes/update", &two), ("/access_codes/delete", &one)];
    for fault in ["drop", "broken", "too-soon"] {
        for (route, people) in steps {
            let before: &[(&str, &str)] = if route.ends_with("delete") { &two } else { &one };
            house.write(&[("front", LOCK)], before);
            house.apply();
            cloud.fail(route, fault, 1);
            house.write(&[("front", LOCK)], people);
            let run = house.run(&["apply", "--yes", "house"]);
            let called = cloud.calls(route);
            assert!(called > 0);
            if run.code != 0 {
                let run = house.run(&["apply", "--yes", "--resume", "house"]);
                assert_eq!(run.code, 0, "{fault} {route}: {}{}", run.stdout, run.stderr);
            }
            let expected: &[Told] = match people.len() {
                1 => &[("ann (keyplan 1)", ALWAYS)],
                _ => &[("ann (keyplan 1)", JANUARY), ("bob (keyplan 2)", ALWAYS)],
            };
            holds(&cloud, LOCK, expected);
            settles(&house);
        }
    }
    // Out of order for longer than anybody waits: a true report, nothing done, and the next run goes on.
    house.write(&[("front", LOCK)], &one);
    house.apply();
    let outage = |routes: &[&str]| {
        cloud.call(
            "/_fake/simulate_workspace_outage",
            &json!({"workspace_id": "seed_workspace_1", "routes": routes}),
        );
    };
    outage(&["/access_codes/create"]);
    house.write(&[("front", LOCK)], &two);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("Seam is out of order, status 503"), "{said}");
    outage(&[]);
    let run = house.run(&["apply", "--yes", "--resume", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    holds(&cloud, LOCK, &[("ann (keyplan 1)", JANUARY), ("bob (keyplan 2)", ALWAYS)]);
    settles(&house);
    let codes: Vec<String> = cloud.memory(LOCK).into_iter().map(|(_, code, ..)| code).collect();
    house.keeps_secrets(&codes);
}

#[test]
fn damage_is_seen_and_repaired_with_the_same_codes() {
    let cloud = Cloud::start();
    let house = house_on(&cloud);
    house.write(&[("front", LOCK)], &[("ann", "always"), ("bob", "january"), ("cleo", "january")]);
    house.apply();
    let before = cloud.memory(LOCK);
    let id = |name: &str| {
        let codes = cloud.call("/access_codes/list", &json!({"device_id": LOCK}));
        let codes = codes["access_codes"].as_array().unwrap().clone();
        let code = codes.into_iter().find(|code| code["name"].as_str().unwrap().starts_with(name));
        code.unwrap()["access_code_id"].clone()
    };
    cloud.call("/access_codes/delete", &json!({"access_code_id": id("ann"), "sync": true}));
    // A change of the digits without dates takes the dates away: bob could come in at any time.
    cloud.call("/access_codes/update", &json!({"access_code_id": id("bob"), "code": "192837", "sync": true}));
    let drift = house.run(&["drift", "house"]);
    let said = format!("{}{}", drift.stdout, drift.stderr);
    assert!(said.contains("2 entries of ours damaged"), "{said}");
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(cloud.memory(LOCK), before);
    settles(&house);
    // Somebody else gave ann's digits to a guest, and another number to ann: the lock keeps a code once, and only a change
    // of it is not looked at by Seam.
    let anns = digits(&cloud, LOCK, "ann");
    cloud.call("/access_codes/update", &json!({"access_code_id": id("ann"), "code": "837465", "sync": true}));
    cloud.call("/access_codes/create", &json!({"device_id": LOCK, "name": "Guest", "code": anns.clone()}));
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("another entry has the same doorcode"), "{said}");
    assert_eq!(digits(&cloud, LOCK, "ann"), "837465");
    let codes: Vec<String> = cloud.memory(LOCK).into_iter().map(|(_, code, ..)| code).collect();
    house.keeps_secrets(&codes);
}

#[test]
fn what_cannot_be_used_is_told_apart_and_other_locks_go_on() {
    let cloud = Cloud::start();
    let house = house_on(&cloud);
    for (door, id, why) in [
        ("ghost", "no-such-device", "the workspace has no device `no-such-device`"),
        ("heating", "ecobee_device_1", "Seam can put no codes on the device `ecobee_device_1`"),
    ] {
        house.write(&[("front", LOCK), (door, id)], &[("ann", "always")]);
        let run = house.run(&["apply", "--yes", "house"]);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(run.code != 0 && said.contains(why), "{said}");
        assert_eq!(cloud.memory(LOCK).len(), 1, "the other lock has got its code");
    }
    house.write(&[("front", LOCK)], &[("ann", "always"), ("bob", "always")]);
    let identity = house.path().join("identity").display().to_string();
    let with = |key: &str| {
        let environment = [("KEYPLAN_IDENTITY_FILE", identity.as_str()), ("SEAM_API_KEY", key)];
        let run = keyplan_with(house.path(), &["apply", "--yes", "-v", "-v", "house"], &environment);
        assert_ne!(run.code, 0);
        format!("{}{}", run.stdout, run.stderr)
    };
    let wrong = with("seam_wrong_key");
    assert!(wrong.contains("Seam does not take the key in SEAM_API_KEY"), "{wrong}");
    assert!(!wrong.contains("seam_wrong_key"), "the key was printed");
    let none = with("");
    assert!(none.contains("put it into the environment as SEAM_API_KEY"), "{none}");
    let nobody = House::new(vec![Hub::seam(free_port())]);
    nobody.write(&[("front", LOCK)], &[("ann", "always")]);
    let run = nobody.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("it cannot be reached"), "{said}");
}

#[test]
fn settings_that_would_give_the_key_away_are_refused() {
    let house = House::new(vec![Hub::seam(1)]);
    house.write(&[("front", LOCK)], &[("ann", "always")]);
    for (settings, why) in [
        ("address: \"http://seam.example\"", "must begin with https://"),
        ("address: \"seam\"", "must begin with https://"),
        ("key-variable: seam_secret-1234", "has no place in this file"),
    ] {
        let text = format!("keyplan: 1\nproviders:\n  cloud: {{ kind: seam, {settings} }}\n");
        fs::write(house.path().join("keyplan.yaml"), text).unwrap();
        let run = house.run(&["apply", "--yes", "house"]);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(run.code != 0 && said.contains(why), "{said}");
        assert!(!run.stdout.contains("applied"), "{said}");
    }
}
