//! What every provider must do: each step is applied and planned again, and the second plan is empty; what is not ours
//! stays; what was damaged comes back with the same doorcode. The systems of others are put through it on the locks that
//! their makers wrote to test on; what one of them cannot do stands in its [`System`], in words, and is held to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use keyplan::access::Access;
use keyplan::drift::{self, Drift};
use keyplan::load::Loaded;
use keyplan::plan::{CodeFate, Guards, Plan, Recorded, RecordedLock, Source, make};
use keyplan::provider::{
    CodeSeen, EMBEDDED, Files, LockName, Provider, ProviderError, Reader, Reading, Stored, Write,
};
use keyplan::state::State;
use keyplan::tables;
use keyplan::time::Minute;
use serde_json::{Value, json};

use crate::building::{Desk, Locks, providers};
use crate::doubles::{Cloud, Fabric, SEAM_KEY, Stick};
use crate::loaded;
use crate::systems::{self, SYSTEM, System};

/// The steps that a small house goes through.
const STEPS: [&str; 6] = [
    "  ana: { unit: unit-1, teams: [tenants] }\n",
    "  ana: { unit: unit-1, teams: [tenants] }\n  ben: { unit: unit-2, teams: [tenants], from: 2090-12-01, until: 2091-11-30 }\n",
    "  ana: { unit: unit-2, teams: [tenants] }\n  ben: { unit: unit-1, teams: [tenants], until: 2091-06-30 }\n",
    "  ana: { unit: unit-2, teams: [tenants, staff] }\n",
    "  cleo: { teams: [staff] }\n",
    "  nobody: {}\n",
];
const DOORS: [&str; 4] = ["front", "gym", "unit-1", "unit-2"];

/// The house with the locks of a system, which take no more than so many entries each if that is said. It is far ahead in
/// time: Seam keeps no code that is over.
fn house(system: &System<'_>, people: &str, holders: Option<u32>) -> Loaded {
    let models: String = system
        .models
        .iter()
        .map(|(id, model)| {
            let holders = holders.map(|most| format!("holders: {most}"));
            let fields: Vec<String> = model
                .split_inclusive(", ")
                .map(|field| field.trim_end_matches(", ").to_owned())
                .filter(|field| !field.is_empty() && (holders.is_none() || !field.starts_with("holders")))
                .chain(holders.clone())
                .collect();
            format!("  {id}: {{ {} }}\n", fields.join(", "))
        })
        .collect();
    let door = |id: &str, kind: &str| {
        let lock = system.locks.iter().find(|lock| lock.door == id);
        let lock = lock.map(|lock| {
            format!(", lock: {{ model: {}, provider: {SYSTEM}, id: \"{}\" }}", lock.model, lock.id)
        });
        format!("  {id}: {{ kind: {kind}{} }}\n", lock.unwrap_or_default())
    };
    let doors = ["entrance", "amenity", "residence", "residence"];
    let doors: String = DOORS.into_iter().zip(doors).map(|(id, kind)| door(id, kind)).collect();
    let text = format!(
        "keyplan: 1
property: {{ id: p, timezone: America/New_York }}
lock-models:
{models}doors:
{doors}groups:
  homes: {{ kind: residence }}
holidays: {{ 2090-12-25: Christmas Day }}
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
    loaded(&[("property.yaml".into(), text)], NaiveDate::from_ymd_opt(2090, 11, 20).unwrap()).unwrap()
}

/// The doorcodes that the state keeps.
fn codes(desk: &Desk) -> Vec<(String, String, String)> {
    kept(desk).into_iter().map(|(key, code)| (key.door, key.person, code.reveal().to_owned())).collect()
}

fn kept(desk: &Desk) -> drift::Codes {
    let mut state = State::open(&desk.state).unwrap();
    let vault = state.vault(&desk.identity).unwrap();
    DOORS.iter().flat_map(|door| state.codes_at(&vault, "p", door).unwrap()).collect()
}

fn recorded(desk: &Desk) -> Recorded {
    State::read(&desk.state).unwrap().unwrap().recorded("p").unwrap()
}

/// A system while it is put through everything.
struct Trial<'a, 's> {
    system: &'a System<'s>,
    desk: Desk,
    /// The step, for whoever reads a failure.
    step: String,
}

impl Trial<'_, '_> {
    fn lock(door: &'static str, id: &'static str) -> LockName<'static> {
        LockName { property: "p", door, address: id, timezone: chrono_tz::America::New_York }
    }

    /// How to ask for the lock of a door.
    fn at(&self, door: &'static str) -> (&dyn Provider, LockName<'static>) {
        match self.system.locks.iter().find(|lock| lock.door == door) {
            Some(lock) => (self.system.providers.get(SYSTEM).unwrap(), Self::lock(door, lock.id)),
            None => (self.system.providers.get(EMBEDDED).unwrap(), Self::lock(door, door)),
        }
    }

    fn read(&self, door: &'static str) -> Reading {
        let (provider, lock) = self.at(door);
        provider.read(lock).unwrap_or_else(|why| panic!("{}: {door}: {why}", self.step))
    }

    /// What all of the system's locks hold, each as it keeps it itself.
    fn memories(&self) -> Vec<Value> {
        self.system.locks.iter().map(|lock| self.system.hand.memory(lock.id)).collect()
    }

    fn apply(&self, plan: &Plan) {
        let report = self.desk.apply(plan, &self.system.providers, &Default::default(), None).unwrap();
        assert!(report.is_complete(), "{}: {report:?}", self.step);
    }

    /// What a plan leaves out is what the system cannot do, and nothing else.
    fn leaves_out(&self, plan: &Plan, met: &mut BTreeSet<&'static str>) {
        for short in &plan.short {
            let capability = short.capability.map(|one| one.name());
            let known = self.system.cannot.iter();
            let known = known.clone().find(|one| capability == Some(one.capability) && short.why == one.why);
            let is_there = self.system.locks.iter().any(|lock| lock.door == short.door);
            let known = known.filter(|_| is_there);
            met.insert(known.unwrap_or_else(|| panic!("{}: {short:?}", self.step)).capability);
        }
    }

    /// The whole of a lock, and single slots of it, tell the same.
    fn tells_the_same(&self, door: &'static str) {
        let (provider, lock) = self.at(door);
        let others = self.system.locks.iter().find(|lock| lock.door == door).map(|lock| lock.others);
        let mut entries = self.read(door).entries;
        if let Some(others) = others {
            let is_there = entries.iter().any(|entry| entry.slot == others);
            assert!(is_there, "{}: {door}: not ours, and gone", self.step);
        }
        entries.retain(|entry| self.system.numbers_others || Some(entry.slot) != others);
        // The last one is free in every lock of the house.
        let slots: Vec<u32> = entries.iter().map(|entry| entry.slot).chain([8]).collect();
        let confirmed = provider.confirm(lock, &slots).unwrap();
        assert_eq!(confirmed.len(), slots.len());
        assert!(confirmed.last().unwrap().is_none());
        for (entry, other) in entries.iter().zip(&confirmed) {
            let other = other.as_ref().unwrap_or_else(|| panic!("{}: {door}: {}", self.step, entry.slot));
            let told = |one: &Stored| (one.slot, one.name.clone(), one.ways, digits(one));
            assert_eq!(told(entry), told(other), "{}: {door}", self.step);
            assert!(entry.program == other.program, "{}: {door}", self.step);
        }
    }

    /// How the locks differ from their record, by door, and what a plan would start from.
    fn drift(&self, now: Minute) -> (BTreeMap<String, Vec<Drift>>, Recorded) {
        let (recorded, kept) = (recorded(&self.desk), kept(&self.desk));
        let zone = chrono_tz::America::New_York;
        let answers = drift::read_all("p", zone, &recorded.locks, &self.system.providers);
        let drifts = recorded.locks.iter().zip(&answers).map(|(lock, answer)| {
            let reading = answer.as_ref().unwrap();
            (lock.door.clone(), drift::compare(&recorded, lock, reading, &kept, now))
        });
        (drifts.collect(), drift::refreshed(&recorded, &answers, &kept, now))
    }

    /// Nothing differs but what somebody else entered, which is unmanaged, and recorded as such.
    fn differs_in_nothing(&self, now: Minute) {
        let (drifts, _) = self.drift(now);
        let recorded = recorded(&self.desk);
        for (door, drifts) in drifts {
            let others = self.system.locks.iter().find(|lock| lock.door == door).map(|lock| lock.others);
            let slots: Vec<u32> = others.into_iter().collect();
            let told = |drift: &Drift| match drift {
                Drift::Unmanaged { slot, .. } => *slot,
                other => panic!("{}: {door}: {other:?}", self.step),
            };
            assert_eq!(drifts.iter().map(told).collect::<Vec<_>>(), slots, "{}: {door}", self.step);
            let lock = recorded.locks.iter().find(|lock| lock.door == door).unwrap();
            assert_eq!(lock.unmanaged, slots, "{}: {door}", self.step);
        }
    }

    /// What the entries of a lock give, wherever they stand.
    fn gives(&self, door: &'static str) -> Vec<String> {
        let give = |entry: Stored| {
            let name = entry.name.as_ref().map(|name| name.name().to_owned());
            format!("{name:?} {:?} {:?} {}", entry.ways, entry.program, digits(&entry))
        };
        let mut gives: Vec<String> = self.read(door).entries.into_iter().map(give).collect();
        gives.sort();
        gives
    }

    /// Damage at the first lock is told apart from what was entered by hand, and mended with the same codes.
    fn mends(&self, written: &Loaded) {
        let first = &self.system.locks[0];
        let now = written.property.as_of.start();
        let (codes_before, gives) = (codes(&self.desk), self.gives(first.door));
        for gone in [true, false] {
            let (known, memory) = (recorded(&self.desk), self.memories());
            let lock = known.locks.iter().find(|lock| lock.door == first.door).unwrap();
            let slot = lock.entries.iter().map(|entry| entry.slot).min().unwrap();
            match gone {
                true => self.system.hand.lose(first.id, slot),
                false => self.system.hand.alter(first.id, slot),
            }
            assert_ne!(self.memories(), memory, "{}: no damage was done", self.step);
            let (drifts, fresh) = self.drift(now);
            let [ours, Drift::Unmanaged { slot: others, .. }] = &drifts[first.door][..] else {
                panic!("{}: {drifts:?}", self.step)
            };
            assert_eq!(*others, first.others, "{}", self.step);
            match ours {
                Drift::Missing { slot: at, .. } => assert!(gone && *at == slot, "{}: {ours:?}", self.step),
                Drift::Altered { slot: at, what, .. } => {
                    assert!(
                        !gone && *at == slot && *what == "its hours are others",
                        "{}: {ours:?}",
                        self.step
                    );
                }
                Drift::Unmanaged { .. } => panic!("{}: {ours:?}", self.step),
            }
            let plan = plan(written, &fresh);
            assert_eq!(plan.changes.len(), 1, "{}: {:?}", self.step, plan.changes);
            assert_ne!(plan.changes[0].code, CodeFate::Makes, "{}: {:?}", self.step, plan.changes);
            self.apply(&plan);
            assert_eq!(codes(&self.desk), codes_before, "{}: a doorcode changed", self.step);
            assert_eq!(self.gives(first.door), gives, "{}: it is not as it was", self.step);
            // What was lost comes back in the first place that is free.
            if plan.changes[0].slot == slot {
                assert_eq!(self.memories(), memory, "{}: it is not as it was", self.step);
            }
            assert!(self.desk.plan(written).plan.is_empty(), "{}", self.step);
        }
    }

    /// An entry of somebody else takes a place: where two fit, only one is left for us.
    fn counts_others(&self, people: &str) {
        let more = format!("{people}  zoe: {{ unit: unit-2, teams: [tenants] }}\n");
        for (holders, fits) in [(2, false), (3, true)] {
            let plan = plan(&house(self.system, &more, Some(holders)), &recorded(&self.desk));
            let full = plan.short.iter().find(|short| {
                short.door == self.system.locks[0].door && short.why.starts_with("the lock is full")
            });
            assert_eq!(full.map(|short| &*short.person), (!fits).then_some("zoe"), "{}", self.step);
        }
    }
}

fn digits(entry: &Stored) -> String {
    match &entry.code {
        CodeSeen::None => "none".into(),
        CodeSeen::Hidden => "hidden".into(),
        CodeSeen::Foreign => "of others".into(),
        CodeSeen::Digits(code) => code.reveal().to_owned(),
    }
}

fn plan(written: &Loaded, recorded: &Recorded) -> Plan {
    let access = Access::resolve(&written.property);
    let tables = tables::compile(&written.property, &access);
    let guards = Guards::written(&written.property, None, None);
    let source = Source {
        property: &written.property,
        access: &access,
        tables: &tables,
        recorded,
        guards: &guards,
        only: &[],
        except: &[],
        provider: EMBEDDED,
    };
    make(&source).unwrap().plan
}

/// Puts a system through everything.
fn conforms(system: &System<'_>) {
    let mut trial = Trial { system, desk: Desk::new(), step: String::new() };
    let at_first = trial.memories();
    system.locks.iter().for_each(|lock| system.hand.enter(lock.id));
    let (mut met, mut due) = (BTreeSet::new(), false);
    for (number, people) in STEPS.iter().enumerate() {
        trial.step = format!("{}, step {number}", system.name);
        let written = house(system, people, None);
        let now = written.property.as_of.start();
        let plan = trial.desk.plan(&written).plan;
        trial.leaves_out(&plan, &mut met);
        due |= plan.due.is_some();
        trial.apply(&plan);
        // Once more there is nothing to do, and nothing is done.
        let memories = trial.memories();
        let again = trial.desk.plan(&written).plan;
        assert!(again.is_empty(), "{}: {:?}", trial.step, again.changes);
        trial.apply(&again);
        assert_eq!(trial.memories(), memories, "{}", trial.step);
        DOORS.into_iter().for_each(|door| trial.tells_the_same(door));
        trial.differs_in_nothing(now);
        match number {
            0 => trial.counts_others(people),
            2 | 4 => trial.mends(&written),
            _ => {}
        }
    }
    // What a system is said not to do it does not.
    let cannot: BTreeSet<&str> = system.cannot.iter().map(|one| one.capability).collect();
    assert_eq!((met, due), (cannot, system.comes_back), "{}", system.name);
    system.locks.iter().for_each(|lock| system.hand.take_out(lock.id));
    for door in DOORS {
        assert!(trial.read(door).entries.is_empty(), "{}: {door} is not empty at the end", system.name);
    }
    assert_eq!(trial.memories(), at_first, "{}", system.name);
    assert!(codes(&trial.desk).is_empty(), "{}: doorcodes are left", system.name);
}

#[test]
fn files_conform_sealed_and_plain() {
    for plain in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        conforms(&systems::files(directory.path(), plain));
    }
}

#[test]
fn the_simulator_conforms_whether_it_tells_codes_or_not() {
    for tells in [false, true] {
        let locks = RefCell::new(Locks::start());
        locks.borrow_mut().call(&json!({"call": "configure", "lock": "*", "tells_codes": tells}));
        conforms(&systems::simulator(&locks));
    }
}

#[test]
fn zwave_conforms() {
    let stick = Stick::start();
    conforms(&systems::zwave(&stick));
}

/// The fabric has one lock; it is the one of the entrance first, and then the one of the gym, which people open without a
/// doorcode.
#[test]
fn matter_conforms() {
    let fabric = Fabric::start();
    for door in ["front", "gym"] {
        conforms(&systems::matter(&fabric, door));
    }
}

/// Seam's key comes from the environment, which only a process of its own can be given.
#[test]
fn seam_conforms() {
    if std::env::var("SEAM_API_KEY").as_deref() == Ok(SEAM_KEY) {
        let cloud = Cloud::start();
        conforms(&systems::seam(&cloud));
        return;
    }
    let own = Command::new(std::env::current_exe().unwrap())
        .args(["conformance::seam_conforms", "--exact"])
        .env("SEAM_API_KEY", SEAM_KEY)
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&own.stdout), String::from_utf8_lossy(&own.stderr));
    assert!(own.status.success() && said.contains("1 passed"), "{said}");
}

/// A lock need not refuse digits that it has already. What begins with 0 to 7 is somebody else's here, so that new codes
/// begin with 8 or 9: by chance all of them would once in ten thousand times.
#[test]
fn new_codes_are_none_that_others_have_in_the_lock() {
    let locks = RefCell::new(Locks::start());
    let tells = json!({"call": "configure", "lock": "*", "tells_codes": true});
    locks.borrow_mut().call(&tells);
    for (slot, digit) in (40..).zip('0'..='7') {
        let entry =
            json!({"name": "a guest", "ways": ["doorcode"], "segments": [], "code": digit.to_string()});
        locks.borrow_mut().call(&json!({"call": "hand", "lock": "p/front", "slot": slot, "entry": entry}));
    }
    let system = systems::simulator(&locks);
    let trial = Trial { system: &system, desk: Desk::new(), step: "codes of others".into() };
    let people: String = (1..=6).map(|number| format!("  staff-{number}: {{ teams: [staff] }}\n")).collect();
    trial.apply(&trial.desk.plan(&house(&system, &people, None)).plan);
    let at_front: Vec<String> = codes(&trial.desk)
        .into_iter()
        .filter(|(door, ..)| door == "front")
        .map(|(.., digits)| digits)
        .collect();
    assert_eq!(at_front.len(), 6);
    assert!(at_front.iter().all(|digits| digits.starts_with(['8', '9'])));
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
        let written = provider.write(Trial::lock("front", "front"), &[Write { slot: 1, entry: None }]);
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
