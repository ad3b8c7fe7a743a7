//! What every provider must do: each step is applied and planned again, and the second plan is empty; what is not ours
//! stays; what was damaged comes back with the same doorcode.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use keyplan::drift::{self, Drift};
use keyplan::load::Loaded;
use keyplan::plan::{Guards, RecordedLock, Source, make};
use keyplan::provider::{
    EMBEDDED, Files, LockName, Provider, ProviderError, Providers, Reader, Reading, Write,
};
use keyplan::state::State;
use keyplan::tables;
use serde_json::json;

use crate::building::{Desk, Locks, providers};
use crate::loaded;

/// The steps that a small house goes through.
const STEPS: [&str; 6] = [
    "  ana: { unit: unit-1, teams: [tenants] }\n",
    "  ana: { unit: unit-1, teams: [tenants] }\n  ben: { unit: unit-2, teams: [tenants], from: 2026-12-01, until: 2027-11-30 }\n",
    "  ana: { unit: unit-2, teams: [tenants] }\n  ben: { unit: unit-1, teams: [tenants], until: 2027-06-30 }\n",
    "  ana: { unit: unit-2, teams: [tenants, staff] }\n",
    "  cleo: { teams: [staff] }\n",
    "  nobody: {}\n",
];

fn house(people: &str) -> Loaded {
    let text = format!(
        "keyplan: 1
property: {{ id: p, timezone: America/New_York }}
doors:
  front: {{ kind: entrance }}
  gym: {{ kind: amenity }}
  unit-{{1..2}}: {{ kind: residence }}
groups:
  homes: {{ kind: residence }}
holidays: {{ 2026-12-25: Christmas Day }}
schedules:
  day: {{ mon-fri: 06:00-22:00, sat: 22:00-02:00, holidays: closed }}
keys:
  home: {{ each: homes, share: true, doors: [front, $door] }}
  gym: {{ doors: {{ gym: {{ schedule: day, doorcode: false }} }} }}
  staff: {{ doors: {{ front: {{ schedule: day }}, gym: {{}} }} }}
teams: {{ tenants: {{}}, staff: {{}} }}
people:
{people}assignments:
  - {{ to: tenants, keys: [home, gym] }}
  - {{ to: staff, keys: [staff] }}
"
    );
    let text = match people.contains("unit:") {
        true => text,
        // Nobody has a home that a key could be for.
        false => text.replace("keys: [home, gym]", "keys: [gym]"),
    };
    loaded(&[("property.yaml".into(), text)], NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()).unwrap()
}

fn lock(door: &str) -> LockName<'_> {
    LockName { property: "p", door, address: door, timezone: chrono_tz::America::New_York }
}

/// The doorcodes that the state keeps.
fn codes(desk: &Desk) -> Vec<(String, String, String)> {
    let mut state = State::open(&desk.state).unwrap();
    let vault = state.vault(&desk.identity).unwrap();
    let mut codes = Vec::new();
    for door in ["front", "gym", "unit-1", "unit-2"] {
        for (key, code) in state.codes_at(&vault, "p", door).unwrap() {
            codes.push((key.door, key.person, code.reveal().to_owned()));
        }
    }
    codes
}

/// Puts a provider through everything. `by_hand` enters, or with `false` takes out, an entry of `front` in slot 50;
/// `damage` takes our entry in slot 1 of `front` away.
fn conforms(name: &str, provider: &Providers, by_hand: &mut dyn FnMut(bool), damage: &mut dyn FnMut()) {
    let desk = Desk::new();
    by_hand(true);
    let raw = provider.get(EMBEDDED).unwrap();
    for (number, people) in STEPS.iter().enumerate() {
        let written = house(people);
        let plan = desk.plan(&written).plan;
        let report = desk.apply(&plan, provider, &Default::default(), None).unwrap();
        assert!(report.is_complete(), "{name}, step {number}: {report:?}");
        let again = desk.plan(&written).plan;
        assert!(again.is_empty(), "{name}, step {number}: {:?}", again.changes);
        // The whole of a lock, and single slots of it, tell the same.
        let reading = raw.read(lock("front")).unwrap();
        assert!(
            reading.entries.iter().any(|entry| entry.slot == 50),
            "{name}, step {number}: not ours, and gone"
        );
        let slots: Vec<u32> = reading.entries.iter().map(|entry| entry.slot).chain([49]).collect();
        let confirmed = raw.confirm(lock("front"), &slots).unwrap();
        assert!(confirmed.last().unwrap().is_none());
        for (entry, other) in reading.entries.iter().zip(&confirmed) {
            let other = other.as_ref().unwrap();
            assert_eq!(
                (entry.slot, &entry.name, entry.ways),
                (other.slot, &other.name, other.ways),
                "{name}"
            );
            assert!(entry.program == other.program, "{name}");
        }
        if number == 2 {
            // Damage is told apart from what was entered by hand, and mended with the same codes.
            let before = codes(&desk);
            damage();
            let recorded = State::read(&desk.state).unwrap().unwrap().recorded("p").unwrap();
            let answers = drift::read_all("p", written.property.timezone, &recorded.locks, provider);
            let front = recorded.locks.iter().position(|one| one.door == "front").unwrap();
            let now = written.property.as_of.start();
            let reading = answers[front].as_ref().unwrap();
            let none = drift::Codes::new();
            let found = drift::compare(&recorded, &recorded.locks[front], reading, &none, now);
            assert!(
                matches!(&found[..], [Drift::Missing { slot: 1, .. }, Drift::Unmanaged { slot: 50, .. }]),
                "{found:?}"
            );
            let fresh = drift::refreshed(&recorded, &answers, &none, now);
            let access = keyplan::access::Access::resolve(&written.property);
            let tables = tables::compile(&written.property, &access);
            let guards = Guards::written(&written.property, None, None);
            let source = Source {
                property: &written.property,
                access: &access,
                tables: &tables,
                recorded: &fresh,
                guards: &guards,
                only: &[],
                except: &[],
                provider: EMBEDDED,
            };
            let plan = make(&source).unwrap().plan;
            assert_eq!(plan.changes.len(), 1, "{name}: {:?}", plan.changes);
            assert!(desk.apply(&plan, provider, &Default::default(), None).unwrap().is_complete());
            assert_eq!(codes(&desk), before, "{name}: a doorcode changed");
            assert!(desk.plan(&written).plan.is_empty());
        }
    }
    by_hand(false);
    for door in ["front", "gym", "unit-1", "unit-2"] {
        assert!(raw.read(lock(door)).unwrap().entries.is_empty(), "{name}: {door} is not empty at the end");
    }
    assert!(codes(&desk).is_empty(), "{name}: doorcodes are left");
}

/// Changes the table of a lock as somebody with an editor would.
fn edit(directory: &Path, change: impl Fn(&mut Vec<serde_json::Value>)) {
    let path = directory.join("p/front.json");
    let mut table = match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(_) => json!({"version": 1, "property": "p", "door": "front", "lock": "front", "entries": []}),
    };
    change(table["entries"].as_array_mut().unwrap());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, table.to_string()).unwrap();
}

#[test]
fn files_conform_sealed_and_plain() {
    for plain in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let provider = providers(Files::new(directory.path().to_owned(), plain).unwrap());
        let mut by_hand = |enter: bool| {
            edit(directory.path(), |entries| {
                match enter {
                true => entries.push(json!({"slot": 50, "person": null, "capabilities": ["unlock"], "segments": [], "doorcode": null})),
                false => entries.retain(|entry| entry["slot"] != 50),
            }
            });
        };
        let mut damage = || edit(directory.path(), |entries| entries.retain(|entry| entry["slot"] != 1));
        conforms("files", &provider, &mut by_hand, &mut damage);
    }
}

#[test]
fn the_simulator_conforms_whether_it_tells_codes_or_not() {
    for tells in [false, true] {
        let locks = std::cell::RefCell::new(Locks::start());
        locks.borrow_mut().call(&json!({"call": "configure", "lock": "*", "tells_codes": tells}));
        let provider = providers(locks.borrow().provider());
        let entry = json!({"name": "a cleaner", "ways": ["unlock"], "segments": [], "code": null});
        let mut by_hand = |enter: bool| {
            let entry = if enter { entry.clone() } else { serde_json::Value::Null };
            locks.borrow_mut().call(&json!({"call": "hand", "lock": "p/front", "slot": 50, "entry": entry}));
        };
        let mut damage = || {
            locks.borrow_mut().call(&json!({"call": "hand", "lock": "p/front", "slot": 1, "entry": null}));
        };
        conforms("simulator", &provider, &mut by_hand, &mut damage);
    }
}

#[test]
fn plain_codes_are_refused_in_a_work_tree_and_private_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".git")).unwrap();
    let refused = Files::new(directory.path().join("deep/locks"), true).unwrap_err();
    assert!(refused.contains("git work tree"), "{refused}");
    assert!(Files::new(directory.path().join("deep/locks"), false).is_ok());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let provider = Files::new(directory.path().to_owned(), true).unwrap();
        let written = provider.write(lock("front"), &[keyplan::provider::Write { slot: 1, entry: None }]);
        assert!(written[0].is_ok());
        let mode = fs::metadata(directory.path().join("p/front.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// A system that counts how often each lock is read.
#[derive(Clone, Default)]
struct Counting(Arc<Mutex<BTreeMap<String, usize>>>);

impl Reader for Counting {
    fn read(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        *self.0.lock().unwrap().entry(lock.address.to_owned()).or_default() += 1;
        Ok(Reading { entries: Vec::new(), capacity: Some(30) })
    }

    fn parallel(&self) -> usize {
        8
    }
}

impl Provider for Counting {
    fn batch(&self) -> usize {
        1
    }

    fn write(&self, _: LockName<'_>, writes: &[Write<'_>]) -> Vec<Result<(), ProviderError>> {
        writes.iter().map(|_| Ok(())).collect()
    }
}

#[test]
fn a_plan_over_two_hundred_locks_reads_each_of_them_once() {
    let counting = Counting::default();
    let locks: Vec<RecordedLock> = (0..200)
        .map(|number| RecordedLock {
            door: format!("door-{number:03}"),
            provider: EMBEDDED.to_owned(),
            address: format!("lock-{number:03}"),
            ..RecordedLock::default()
        })
        .collect();
    let providers = providers(counting.clone());
    let answers = drift::read_all("p", chrono_tz::UTC, &locks, &providers);
    assert!(answers.len() == 200 && answers.iter().all(Result::is_ok));
    let counts = counting.0.lock().unwrap();
    assert_eq!(counts.len(), 200);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
}
