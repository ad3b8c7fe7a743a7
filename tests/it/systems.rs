//! Systems of locks as the conformance suite takes them: which doors of its house have their locks, what these are, what
//! none of them can do, and somebody who is at the locks themselves.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use keyplan::provider::{EMBEDDED, Files, Matter, Provider, Providers, Seam, Zwave};
use serde_json::{Value, json};

use crate::building::Locks;
use crate::doubles::{Cloud, Fabric, Stick};

/// The provider of the doors that have a lock of the system under test.
pub(crate) const SYSTEM: &str = "system";

/// Somebody at the locks, past keyplan.
pub(crate) trait Hand {
    /// What a lock holds, as it keeps it itself; in an order that says nothing.
    fn memory(&self, lock: &str) -> Value;
    /// Enters something that is not ours.
    fn enter(&self, lock: &str);
    /// Takes that out again.
    fn take_out(&self, lock: &str);
    /// Takes what is in a slot away, as a lock does that lost it.
    fn lose(&self, lock: &str, slot: u32);
    /// Gives what is in a slot other hours.
    fn alter(&self, lock: &str, slot: u32);
}

/// A lock at a door of the house.
pub(crate) struct Lock {
    pub(crate) door: &'static str,
    /// How the system calls it.
    pub(crate) id: &'static str,
    /// Which of the system's models it is.
    pub(crate) model: &'static str,
    /// Where what somebody else enters shows.
    pub(crate) others: u32,
}

/// Something that a system cannot do, in the words that a plan says it with.
pub(crate) struct Cannot {
    pub(crate) capability: &'static str,
    pub(crate) why: &'static str,
}

const NO_SHARING: Cannot =
    Cannot { capability: "share", why: "the lock knows no sharing: guests need a key of their own" };
const NO_APP: Cannot =
    Cannot { capability: "unlock", why: "the lock opens by doorcode only: a key with doorcodes would fit" };

/// A system, as far as the suite has to know one from the other.
pub(crate) struct System<'a> {
    pub(crate) name: &'static str,
    /// The first is the one that is damaged. Other doors of the house are tables in files.
    pub(crate) locks: Vec<Lock>,
    /// By name, as a property writes them.
    pub(crate) models: Vec<(&'static str, &'static str)>,
    pub(crate) cannot: Vec<Cannot>,
    /// Whether some hours of the house are right only as long as keyplan comes back.
    pub(crate) comes_back: bool,
    /// Whether it can be asked for the slot of an entry that is not ours.
    pub(crate) numbers_others: bool,
    pub(crate) providers: Providers,
    pub(crate) hand: Box<dyn Hand + 'a>,
    /// The tables of the other doors go with the system.
    pub(crate) _tables: tempfile::TempDir,
}

fn providers(system: impl Provider + 'static) -> (Providers, tempfile::TempDir) {
    let tables = tempfile::tempdir().unwrap();
    let mut all: BTreeMap<String, Box<dyn Provider>> = BTreeMap::new();
    all.insert(EMBEDDED.to_owned(), Box::new(Files::new(tables.path().to_owned(), false).unwrap()));
    all.insert(SYSTEM.to_owned(), Box::new(system));
    (Providers::of(all), tables)
}

/// All doors of the house, for systems that call a lock as its door and number anything.
fn everywhere() -> Vec<Lock> {
    ["front", "gym", "unit-1", "unit-2"].map(|door| Lock { door, id: door, model: SYSTEM, others: 50 }).into()
}

pub(crate) fn files(directory: &Path, plain: bool) -> System<'_> {
    let (providers, tables) = providers(Files::new(directory.to_owned(), plain).unwrap());
    System {
        name: "files",
        locks: everywhere(),
        models: vec![(SYSTEM, "")],
        cannot: Vec::new(),
        comes_back: false,
        numbers_others: true,
        providers,
        hand: Box::new(Editor { directory }),
        _tables: tables,
    }
}

pub(crate) fn simulator(locks: &RefCell<Locks>) -> System<'_> {
    let (providers, tables) = providers(locks.borrow().provider());
    System {
        name: "simulator",
        locks: everywhere(),
        models: vec![(SYSTEM, "")],
        cannot: Vec::new(),
        comes_back: false,
        numbers_others: true,
        providers,
        hand: Box::new(Keypad { locks }),
        _tables: tables,
    }
}

/// Two locks, and an old one with ten places, one window of the week and no dates at the first home.
pub(crate) fn zwave(stick: &Stick) -> System<'_> {
    let address = format!("ws://127.0.0.1:{}", stick.server);
    let (providers, tables) = providers(Zwave::new(&address, false).unwrap());
    System {
        name: "zwave",
        locks: vec![
            Lock { door: "front", id: "2", model: SYSTEM, others: 29 },
            Lock { door: "gym", id: "5", model: SYSTEM, others: 29 },
            Lock { door: "unit-1", id: "3", model: "old", others: 9 },
        ],
        models: vec![
            (SYSTEM, "family: zwave"),
            ("old", "family: zwave, holders: 10, schedules: { per-holder: 1 }, dates: false"),
        ],
        cannot: vec![NO_SHARING, NO_APP],
        comes_back: true,
        numbers_others: true,
        providers,
        hand: Box::new(AtStick { stick }),
        _tables: tables,
    }
}

/// One lock, which is the one of a door.
pub(crate) fn matter<'a>(fabric: &'a Fabric, door: &'static str) -> System<'a> {
    let address = format!("ws://127.0.0.1:{}/ws", fabric.port);
    let (providers, tables) = providers(Matter::new(&address, false).unwrap());
    System {
        name: "matter",
        locks: vec![Lock { door, id: "1", model: SYSTEM, others: 9 }],
        models: vec![(SYSTEM, "family: matter, schedules: { per-holder: 7, dated: 2 }")],
        // At the gym nobody is to share anything.
        cannot: if door == "gym" { Vec::new() } else { vec![NO_SHARING] },
        comes_back: false,
        numbers_others: true,
        providers,
        hand: Box::new(AtFabric { fabric }),
        _tables: tables,
    }
}

/// Three locks; weekly hours are kept as their next dates. Those of others count from the last place down.
pub(crate) fn seam(cloud: &Cloud) -> System<'_> {
    let address = format!("http://127.0.0.1:{}", cloud.port);
    let (providers, tables) = providers(Seam::new(Some(&address), None).unwrap());
    let lock = |door, id| Lock { door, id, model: SYSTEM, others: 250 };
    System {
        name: "seam",
        locks: vec![
            lock("front", "august_device_1"),
            lock("gym", "august_device_2"),
            lock("unit-1", "schlage_device_id"),
        ],
        models: vec![(SYSTEM, "family: seam, schedules: { as-dates: true }")],
        cannot: vec![NO_SHARING, NO_APP],
        comes_back: true,
        // Seam numbers nothing: the slot of an entry of ours stands in its name, one of others has none to be asked for.
        numbers_others: false,
        providers,
        hand: Box::new(AtCloud { cloud }),
        _tables: tables,
    }
}

/// Somebody with an editor, before the tables.
struct Editor<'a> {
    directory: &'a Path,
}

impl Editor<'_> {
    fn table(&self, lock: &str) -> Value {
        match fs::read_to_string(self.directory.join(format!("p/{lock}.json"))) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(_) => json!({"version": 1, "property": "p", "door": lock, "lock": lock, "entries": []}),
        }
    }

    fn edit(&self, lock: &str, change: impl Fn(&mut Vec<Value>)) {
        let mut table = self.table(lock);
        change(table["entries"].as_array_mut().unwrap());
        let path = self.directory.join(format!("p/{lock}.json"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, table.to_string()).unwrap();
    }
}

impl Hand for Editor<'_> {
    fn memory(&self, lock: &str) -> Value {
        let mut entries = self.table(lock)["entries"].take();
        for entry in entries.as_array_mut().unwrap() {
            // The same code is never sealed as the same bytes.
            if !entry["doorcode"]["sealed"].is_null() {
                entry["doorcode"] = json!("sealed");
            }
        }
        entries
    }

    fn enter(&self, lock: &str) {
        self.edit(lock, |entries| {
            entries.push(json!({"slot": 50, "person": null, "capabilities": ["unlock"], "segments": [], "doorcode": null}));
        });
    }

    fn take_out(&self, lock: &str) {
        self.lose(lock, 50);
    }

    fn lose(&self, lock: &str, slot: u32) {
        self.edit(lock, |entries| entries.retain(|entry| entry["slot"] != slot));
    }

    fn alter(&self, lock: &str, slot: u32) {
        self.edit(lock, |entries| {
            let entry = entries.iter_mut().find(|entry| entry["slot"] == slot).unwrap();
            entry["segments"] = other_segments();
        });
    }
}

/// Sundays from 3 to 4, which nobody has in the house.
fn other_segments() -> Value {
    json!([{"from": null, "until": null, "weekly": [{"day": "sun", "from": "03:00", "to": "04:00"}],
        "holidays": [], "holidays_closed": []}])
}

/// Somebody at the keypad of a simulated lock.
struct Keypad<'a> {
    locks: &'a RefCell<Locks>,
}

impl Keypad<'_> {
    fn put(&self, lock: &str, slot: u32, entry: &Value) {
        let call = json!({"call": "hand", "lock": format!("p/{lock}"), "slot": slot, "entry": entry});
        self.locks.borrow_mut().call(&call);
    }
}

impl Hand for Keypad<'_> {
    fn memory(&self, lock: &str) -> Value {
        let call = json!({"call": "memory", "lock": format!("p/{lock}")});
        self.locks.borrow_mut().call(&call)["slots"].take()
    }

    fn enter(&self, lock: &str) {
        self.put(lock, 50, &json!({"name": "a cleaner", "ways": ["unlock"], "segments": [], "code": null}));
    }

    fn take_out(&self, lock: &str) {
        self.put(lock, 50, &Value::Null);
    }

    fn lose(&self, lock: &str, slot: u32) {
        self.put(lock, slot, &Value::Null);
    }

    fn alter(&self, lock: &str, slot: u32) {
        let mut entry = self.memory(lock)[slot.to_string()].take();
        entry["segments"] = other_segments();
        self.put(lock, slot, &entry);
    }
}

/// Digits of somebody who is not in the house.
const OTHERS: &str = "90817263";

/// Somebody at the keypads of a Z-Wave network, with the installer's code.
pub(crate) struct AtStick<'a> {
    pub(crate) stick: &'a Stick,
}

fn node(lock: &str) -> u32 {
    lock.parse().unwrap()
}

impl Hand for AtStick<'_> {
    fn memory(&self, lock: &str) -> Value {
        // Schedules that a code left behind, which a lock has lost, are nobody's.
        let (codes, mut schedules) = self.stick.memory(node(lock));
        schedules.retain(|(place, _)| codes.iter().any(|(user, _)| place.starts_with(&format!("{user}_"))));
        json!((codes, schedules))
    }

    fn enter(&self, lock: &str) {
        let slot = if lock == "3" { 9 } else { 29 };
        let user =
            json!({format!("UserCode_userIdStatus_{slot}"): 1, format!("UserCode_userCode_{slot}"): OTHERS});
        self.stick.set(node(lock), &user);
    }

    fn take_out(&self, lock: &str) {
        self.lose(lock, if lock == "3" { 9 } else { 29 });
    }

    /// A lock that lost a code may keep its schedules.
    fn lose(&self, lock: &str, slot: u32) {
        let user =
            json!({format!("UserCode_userIdStatus_{slot}"): 0, format!("UserCode_userCode_{slot}"): ""});
        self.stick.set(node(lock), &user);
    }

    fn alter(&self, lock: &str, slot: u32) {
        let mut state = serde_json::Map::new();
        for (place, _) in self.stick.memory(node(lock)).1 {
            if place.starts_with(&format!("{slot}_")) {
                state.insert(format!("ScheduleEntryLock_schedule_{place}"), Value::Null);
            }
        }
        let sunday = json!({"weekday": 0, "startHour": 3, "startMinute": 0, "stopHour": 3, "stopMinute": 59});
        state.insert(format!("ScheduleEntryLock_schedule_{slot}_1_0"), sunday);
        self.stick.set(node(lock), &state.into());
    }
}

/// Somebody with another system of the same Matter lock.
pub(crate) struct AtFabric<'a> {
    pub(crate) fabric: &'a Fabric,
}

impl Hand for AtFabric<'_> {
    fn memory(&self, _: &str) -> Value {
        let mut memory = self.fabric.memory();
        for (_, list) in memory.as_object_mut().unwrap() {
            list.as_array_mut().unwrap().sort_by_key(Value::to_string);
        }
        memory
    }

    fn enter(&self, _: &str) {
        self.fabric.damage(&json!({"guest": {"index": 9, "digits": OTHERS}}));
    }

    fn take_out(&self, lock: &str) {
        self.lose(lock, 9);
    }

    fn lose(&self, _: &str, slot: u32) {
        self.fabric.damage(&json!({"forget": slot}));
    }

    fn alter(&self, _: &str, slot: u32) {
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let mask: BTreeMap<&str, bool> = days.into_iter().map(|day| (day, day == "sunday")).collect();
        let sunday = json!({"weekDayIndex": 1, "daysMask": mask, "startHour": 3, "startMinute": 0,
            "endHour": 3, "endMinute": 59});
        self.fabric.damage(&json!({"hours": {"user": slot, "userType": 2, "weekDays": [sunday]}}));
    }
}

/// Somebody in the console of Seam.
pub(crate) struct AtCloud<'a> {
    pub(crate) cloud: &'a Cloud,
}

impl AtCloud<'_> {
    fn id(&self, device: &str, is_it: impl Fn(&str) -> bool) -> Value {
        let codes = self.cloud.call("/access_codes/list", &json!({"device_id": device}));
        let codes = codes["access_codes"].as_array().unwrap().clone();
        let is_it = |code: &Value| code["device_id"] == device && is_it(code["name"].as_str().unwrap());
        codes.into_iter().find(is_it).unwrap()["access_code_id"].take()
    }

    fn delete(&self, id: &Value) {
        self.cloud.call("/access_codes/delete", &json!({"access_code_id": id, "sync": true}));
    }

    fn in_slot(&self, device: &str, slot: u32) -> Value {
        self.id(device, |name| name.ends_with(&format!("(keyplan {slot})")))
    }
}

impl Hand for AtCloud<'_> {
    fn memory(&self, lock: &str) -> Value {
        json!(self.cloud.memory(lock))
    }

    fn enter(&self, lock: &str) {
        let code = json!({"device_id": lock, "name": "Guest", "code": OTHERS});
        self.cloud.call("/access_codes/create", &code);
    }

    fn take_out(&self, lock: &str) {
        self.delete(&self.id(lock, |name| name == "Guest"));
    }

    fn lose(&self, lock: &str, slot: u32) {
        self.delete(&self.in_slot(lock, slot));
    }

    fn alter(&self, lock: &str, slot: u32) {
        let (starts, ends) = ("2091-01-07T03:00:00.000Z", "2091-01-07T04:00:00.000Z");
        let dates = json!({"access_code_id": self.in_slot(lock, slot), "type": "time_bound",
            "starts_at": starts, "ends_at": ends, "sync": true});
        self.cloud.call("/access_codes/update", &dates);
    }
}
