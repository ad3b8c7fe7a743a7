//! The process is killed at every write of the state, one after the other; what was begun is finished right each time.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::building::{Desk, Locks, providers};
use crate::loaded;
use keyplan::load::Loaded;
use keyplan::provider::Simulator;
use keyplan::state::Moment;

const DOORS: [&str; 4] = ["front", "gym", "unit-1", "unit-2"];

/// A house: somebody leaves, somebody comes, somebody moves and gets other hours.
fn house(second: bool) -> Loaded {
    let people = match second {
        false => {
            "  ana: { unit: unit-1, teams: [tenants] }\n  ben: { unit: unit-2, teams: [tenants] }\n  sam: { teams: [staff] }\n"
        }
        true => {
            "  ana: { unit: unit-2, teams: [tenants] }\n  cleo: { unit: unit-1, teams: [tenants] }\n  sam: { teams: [staff] }\n"
        }
    };
    let hours = if second { "08:00-17:00" } else { "09:00-18:00" };
    let text = format!(
        "keyplan: 1\nproperty: {{ id: p, timezone: America/New_York }}\ndoors:\n  front: {{ kind: entrance }}\n  gym: {{ kind: amenity }}\n  unit-{{1..2}}: {{ kind: residence }}\ngroups:\n  homes: {{ kind: residence }}\nschedules:\n  hours: {{ mon-fri: {hours} }}\nkeys:\n  home: {{ each: homes, share: true, doors: [front, $door] }}\n  gym: {{ doors: {{ gym: {{ doorcode: false }} }} }}\n  staff: {{ doors: {{ front: {{ schedule: hours }}, gym: {{ schedule: hours }} }} }}\npeople:\n{people}assignments:\n  - {{ to: tenants, keys: [home, gym] }}\n  - {{ to: staff, keys: [staff] }}\n"
    );
    loaded(&[("property.yaml".into(), text)], chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()).unwrap()
}

/// What is in the locks, by door and person: ways, hours and code.
fn contents(locks: &mut Locks) -> BTreeMap<(String, String), Vec<Value>> {
    let mut contents: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for door in DOORS {
        let answer = locks.call(&json!({"call": "memory", "lock": format!("p/{door}")}));
        for entry in answer["slots"].as_object().unwrap().values() {
            let key = (door.to_owned(), entry["name"].as_str().unwrap().to_owned());
            contents.entry(key).or_default().push(entry.clone());
        }
    }
    contents
}

static WRITES: AtomicUsize = AtomicUsize::new(0);

/// Ends the process, as the system would, around the write whose number the environment has.
fn killer(_: Moment) {
    let number = WRITES.fetch_add(1, Ordering::SeqCst);
    if std::env::var("KEYPLAN_TEST_KILL").is_ok_and(|text| text == number.to_string()) {
        let own = rustix::process::getpid();
        rustix::process::kill_process(own, rustix::process::Signal::KILL).unwrap();
        std::thread::sleep(std::time::Duration::from_secs(60));
    }
}

/// The run that `no_kill_loses_or_doubles_anything` starts, and that is killed; without its environment it does nothing.
#[test]
fn victim() {
    let Ok(directory) = std::env::var("KEYPLAN_TEST_DESK") else { return };
    let parallel = std::env::var("KEYPLAN_TEST_PARALLEL").unwrap().parse().unwrap();
    let mut desk = Desk::at(Path::new(&directory));
    desk.parallel = parallel;
    let address = std::env::var("KEYPLAN_TEST_LOCKS").unwrap();
    let providers = providers(Simulator::new(&address).unwrap());
    let plan = desk.plan(&house(true)).plan;
    assert!(desk.apply(&plan, &providers, &Default::default(), Some(killer)).unwrap().is_complete());
}

#[test]
fn no_kill_loses_or_doubles_anything() {
    // One lock after the other, so that nothing goes to the disk together with anything else, however slow that is.
    let kills = killed_at_each_write(1);
    assert!(kills > 20, "only {kills} writes were seen");
}

#[test]
fn no_kill_among_many_locks_loses_or_doubles_anything() {
    assert!(killed_at_each_write(8) > 0);
}

/// Kills a run of so many locks at once at each of its writes in turn, and finishes it; how often.
fn killed_at_each_write(parallel: usize) -> u32 {
    let mut locks = Locks::start();
    let mut kills = 0;
    for number in 0.. {
        for door in DOORS {
            locks.call(&json!({"call": "reset", "lock": format!("p/{door}")}));
        }
        let directory = tempfile::tempdir().unwrap();
        let desk = Desk::at(directory.path());
        let providers = providers(locks.provider());
        let first = desk.plan(&house(false)).plan;
        assert!(desk.apply(&first, &providers, &Default::default(), None).unwrap().is_complete());
        let before = contents(&mut locks);
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["crashes::victim", "--exact", "--quiet"])
            .env("KEYPLAN_TEST_DESK", directory.path())
            .env("KEYPLAN_TEST_LOCKS", &locks.address)
            .env("KEYPLAN_TEST_KILL", number.to_string())
            .env("KEYPLAN_TEST_PARALLEL", parallel.to_string())
            .output()
            .unwrap();
        if status.status.success() {
            break;
        }
        assert_eq!(status.status.signal(), Some(9), "{}", String::from_utf8_lossy(&status.stdout));
        kills += 1;
        // What was begun is finished; killed before it was begun, it is planned again.
        if desk.resume("p", &providers).is_none_or(|report| !report.is_complete()) {
            let plan = desk.plan(&house(true)).plan;
            let report = desk.apply(&plan, &providers, &Default::default(), None).unwrap();
            assert!(report.is_complete(), "kill {number}: {report:?}");
        }
        let left = desk.plan(&house(true)).plan;
        assert!(left.is_empty(), "kill {number}: {:?}", left.changes);
        let after = contents(&mut locks);
        let expected: Vec<(&str, &str)> = vec![
            ("front", "ana"),
            ("front", "cleo"),
            ("front", "sam"),
            ("gym", "ana"),
            ("gym", "cleo"),
            ("gym", "sam"),
            ("unit-1", "cleo"),
            ("unit-2", "ana"),
        ];
        let there: Vec<(&str, &str)> = after.keys().map(|(door, person)| (&**door, &**person)).collect();
        assert_eq!(there, expected, "kill {number}");
        let state = keyplan::state::State::read(&desk.state).unwrap().unwrap();
        let codes = state.codes("p").unwrap();
        for (key, entries) in &after {
            assert_eq!(entries.len(), 1, "kill {number}: {key:?} is there twice");
            if let Some(old) = before.get(key).filter(|old| old[0]["code"].is_string()) {
                assert_eq!(
                    old[0]["code"], entries[0]["code"],
                    "kill {number}: the doorcode of {key:?} changed"
                );
            }
            let kept = codes.iter().filter(|code| (&code.door, &code.person) == (&key.0, &key.1)).count();
            assert_eq!(kept, usize::from(entries[0]["code"].is_string()), "kill {number}: {key:?}");
        }
        assert_eq!(
            codes.len(),
            after.values().filter(|one| one[0]["code"].is_string()).count(),
            "kill {number}"
        );
        assert!(state.verify_log().unwrap().is_ok(), "kill {number}");
    }
    println!("killed {kills} times");
    kills
}
