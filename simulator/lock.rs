//! One lock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;

/// How a lock is.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    capacity: u64,
    /// Milliseconds that a call takes.
    delay: u64,
    tells_codes: bool,
    distinct_codes: bool,
    offline: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { capacity: 2000, delay: 0, tells_codes: false, distinct_codes: true, offline: false }
    }
}

impl Settings {
    pub(crate) fn configure(&mut self, request: &Value) {
        let number = |field: &str, known: u64| request[field].as_u64().unwrap_or(known);
        let truth = |field: &str, known: bool| request[field].as_bool().unwrap_or(known);
        self.capacity = number("capacity", self.capacity);
        self.delay = number("delay", self.delay);
        self.tells_codes = truth("tells_codes", self.tells_codes);
        self.distinct_codes = truth("distinct_codes", self.distinct_codes);
        self.offline = truth("offline", self.offline);
    }
}

#[derive(Default)]
struct Memory {
    settings: Settings,
    slots: BTreeMap<u64, Value>,
    faults: VecDeque<String>,
    /// Its own clock; somebody sets it.
    now: String,
    calls: u64,
    /// Everything that ever came to be in a slot, or went from it.
    history: Vec<(u64, Value)>,
}

/// A lock: one call at a time.
pub(crate) struct Lock(Mutex<Memory>);

impl Lock {
    pub(crate) fn new(settings: Settings) -> Self {
        Self(Mutex::new(Memory { settings, now: "2026-01-01T00:00".into(), ..Memory::default() }))
    }

    pub(crate) fn configure(&self, settings: Settings) {
        self.memory().settings = settings;
    }

    pub(crate) fn calls(&self) -> u64 {
        self.memory().calls
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a call; `None` for none.
    pub(crate) fn answer(&self, call: &str, request: &Value) -> Option<Value> {
        let mut memory = self.memory();
        match call {
            "read" | "put" | "clear" => memory.by_wire(call, request),
            _ => Some(memory.at_the_door(call, request)),
        }
    }
}

impl Memory {
    /// What comes over the wire: it takes its time, and faults happen to it.
    fn by_wire(&mut self, call: &str, request: &Value) -> Option<Value> {
        std::thread::sleep(Duration::from_millis(self.settings.delay));
        self.calls += 1;
        if self.settings.offline {
            return Some(json!({"error": "offline", "why": "the lock does not answer"}));
        }
        if call == "read" {
            return Some(self.read(request));
        }
        let Some(slot) = request["slot"].as_u64().filter(|slot| *slot > 0) else {
            return Some(json!({"error": "refused", "why": "a slot is a number from 1"}));
        };
        match self.faults.pop_front().as_deref() {
            Some("timeout") => {
                let _ = self.write(call, slot, request);
                return None;
            }
            Some("drop") => return None,
            Some("refuse") => return Some(json!({"error": "refused", "why": "not now"})),
            Some("nonsense") => return Some(json!({})),
            Some("full") => return Some(json!({"error": "full", "why": "no room"})),
            _ => {}
        }
        Some(self.write(call, slot, request))
    }

    fn write(&mut self, call: &str, slot: u64, request: &Value) -> Value {
        if call == "clear" {
            self.slots.remove(&slot);
            self.history.push((slot, Value::Null));
            return json!({});
        }
        let mut entry = request["entry"].clone();
        if entry.as_object_mut().and_then(|entry| entry.remove("keep_code")) == Some(Value::Bool(true)) {
            let there = self.slots.get(&slot).filter(|there| there["name"] == entry["name"]);
            match there.map(|there| there["code"].clone()).filter(Value::is_string) {
                Some(code) => entry["code"] = code,
                None => return json!({"error": "refused", "why": "there is no code of theirs to keep"}),
            }
        }
        if let Some(code) = entry["code"].as_str() {
            if code.is_empty() || code.len() > 10 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
                return json!({"error": "refused", "why": "a code is one to ten digits"});
            }
            let same = |(other, entry): (&u64, &Value)| *other != slot && entry["code"] == code;
            if self.settings.distinct_codes && self.slots.iter().any(same) {
                return json!({"error": "code-taken", "why": "another entry has this code"});
            }
        }
        let full = !self.slots.contains_key(&slot) && self.slots.len() as u64 >= self.settings.capacity;
        if full || slot > self.settings.capacity {
            return json!({"error": "full", "why": "no room"});
        }
        self.slots.insert(slot, entry.clone());
        self.history.push((slot, entry));
        json!({})
    }

    fn read(&self, request: &Value) -> Value {
        let wanted = request["slots"].as_array();
        let asked = |slot: u64| wanted.is_none_or(|slots| slots.iter().any(|one| one.as_u64() == Some(slot)));
        let entries: Vec<Value> = self
            .slots
            .iter()
            .filter(|(slot, _)| asked(**slot))
            .map(|(slot, entry)| {
                let mut told = json!({
                    "slot": slot, "name": entry["name"], "ways": entry["ways"], "segments": entry["segments"],
                    "has_code": entry["code"].is_string(),
                });
                if self.settings.tells_codes {
                    told["code"] = entry["code"].clone();
                }
                told
            })
            .collect();
        json!({"capacity": self.settings.capacity, "entries": entries})
    }

    /// What happens at the lock itself, and what a test wants of it.
    fn at_the_door(&mut self, call: &str, request: &Value) -> Value {
        let at = request["at"].as_str().map_or_else(|| self.now.clone(), str::to_owned);
        let opens = |entry: &Value, way: &str| {
            let ways = entry["ways"].as_array();
            ways.is_some_and(|ways| ways.iter().any(|one| one == way))
                && clock::is_open(&entry["segments"], &at)
        };
        match call {
            "type" => {
                let digits = &request["digits"];
                let opened = self.slots.values().find(|one| one["code"] == *digits && opens(one, "doorcode"));
                json!({"opens": opened.is_some() && digits.is_string()})
            }
            "present" => {
                let way = request["way"].as_str().unwrap_or("unlock");
                let opened =
                    self.slots.values().find(|one| one["name"] == request["name"] && opens(one, way));
                json!({"opens": opened.is_some()})
            }
            "clock" => {
                self.now = request["now"].as_str().unwrap_or_default().to_owned();
                json!({})
            }
            "configure" => {
                self.settings.configure(request);
                json!({})
            }
            "fault" => {
                let fault = request["fault"].as_str().unwrap_or_default();
                let count = request["count"].as_u64().unwrap_or(1);
                (0..count).for_each(|_| self.faults.push_back(fault.to_owned()));
                json!({})
            }
            "hand" => {
                let slot = request["slot"].as_u64().unwrap_or_default();
                match &request["entry"] {
                    Value::Null => self.slots.remove(&slot),
                    entry => self.slots.insert(slot, entry.clone()),
                };
                json!({})
            }
            "memory" => json!({"slots": self.slots, "history": std::mem::take(&mut self.history)}),
            "wipe" => {
                self.slots.values_mut().for_each(|entry| entry["code"] = Value::Null);
                json!({})
            }
            "reset" => {
                self.slots.clear();
                self.faults.clear();
                self.settings.offline = false;
                json!({})
            }
            _ => json!({"error": "unknown", "why": format!("there is no call `{call}`")}),
        }
    }
}
