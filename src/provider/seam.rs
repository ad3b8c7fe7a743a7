//! `seam`: locks of many makers behind Seam's cloud.
//!
//! Seam keeps access codes: each has a name, digits, and either no dates or a start and an end. It numbers no slots, so that
//! the number of an entry stands in the name of its code, after whose it is. A code of another name, or one that Seam does
//! not manage, is somebody else's and is left alone.
//!
//! What was seen, and is minded here: a list for one device may have the codes of others; a change without dates makes
//! a code ongoing; a code is never sure to become `set`, so that nothing waits for it; two codes with the same digits are
//! refused when one is made, and taken when one is changed.

mod calls;
mod code;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use calls::{Calls, Trouble};
use chrono::Utc;
use chrono_tz::Tz;
use code::{Code, Device, Page};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    CodeSeen, Health, Listed, LockName, NewEntry, Provider, ProviderError, Reader, Reading, Stored, Write,
    told,
};
use crate::locks::seam::{self as dates, Dates};
use crate::time::clocks::shown;

/// Codes of a device that does not say how many it takes.
const TYPICAL: u32 = 250;
/// So many pages of codes are read: more than any lock has.
const PAGES: usize = 1_000;
/// A battery that has less left is told.
const LOW: f64 = 0.15;
/// Codes have so many digits.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
/// How often, and after which pause, the end of an action is asked for.
const ACTION: (u32, Duration) = (60, Duration::from_millis(500));

/// Locks of one workspace.
pub struct Seam {
    calls: Calls,
    /// The codes of devices as they were last heard of, until one of them is written: asking for them anew for every code would
    /// double the calls, which Seam counts.
    heard: Mutex<HashMap<String, Vec<Code>>>,
    /// Which code of a device stood at which place when all of them were read.
    places: Mutex<HashMap<String, HashMap<u32, String>>>,
}

#[derive(Deserialize)]
struct Action {
    action_attempt_id: String,
    status: String,
    #[serde(default)]
    error: Option<ActionError>,
}

#[derive(Deserialize)]
struct ActionError {
    #[serde(rename = "type", default)]
    kind: String,
}

impl Seam {
    /// The locks of the workspace that a key belongs to, which stands in a variable of the environment, `SEAM_API_KEY`
    /// unless the settings say another. Without an address it is Seam's own.
    ///
    /// # Errors
    /// When the address is none, or one of another machine over which the key would go unencrypted.
    pub fn new(address: Option<&str>, key_variable: Option<&str>) -> Result<Self, String> {
        Ok(Self {
            calls: Calls::new(address, key_variable)?,
            heard: Mutex::default(),
            places: Mutex::default(),
        })
    }

    /// Whether a device is a lock that takes codes and is there; and how many it takes.
    fn device(&self, id: &str) -> Result<Option<u32>, ProviderError> {
        let found: Result<Device, Trouble> =
            self.calls.call("/devices/get", &json!({"device_id": id}), "device");
        let device = found.map_err(|why| asking(why, id))?;
        if !device.can_program_online_access_codes {
            return Err(ProviderError::Refused(format!(
                "Seam can put no codes on the device `{id}`: it is no lock, or its account does not let Seam"
            )));
        }
        if device.properties.online == Some(false) {
            return Err(ProviderError::Unreachable(format!(
                "Seam says that the lock `{id}` is offline; look at its power and its bridge"
            )));
        }
        Ok(device.properties.max_active_codes_supported)
    }

    /// The codes of a device, those that Seam manages or the others.
    fn codes(&self, route: &str, device: &str) -> Result<Vec<Code>, ProviderError> {
        let mut codes: Vec<Code> = Vec::new();
        let mut fields = json!({"device_id": device});
        for _ in 0..PAGES {
            let mut answer = self.calls.answer(route, &fields).map_err(|why| asking(why, device))?;
            let unreadable = || ProviderError::Refused(format!("the answer of {route} cannot be read"));
            let listed: Vec<Code> =
                serde_json::from_value(answer["access_codes"].take()).map_err(|_| unreadable())?;
            codes.extend(listed.into_iter().filter(|code| code.device_id == device));
            let page: Page = serde_json::from_value(answer["pagination"].take()).unwrap_or_default();
            match page.next_page_cursor.filter(|_| page.has_next_page) {
                Some(cursor) => fields["page_cursor"] = cursor.into(),
                None => return Ok(in_order(codes)),
            }
        }
        Err(ProviderError::Refused("Seam's list of codes has no end".into()))
    }

    fn managed(&self, device: &str) -> Result<Vec<Code>, ProviderError> {
        let mut codes = self.codes("/access_codes/list", device)?;
        // Some lists have the others too.
        codes.retain(|code| code.is_managed);
        Ok(codes)
    }

    fn all(&self, device: &str) -> Result<Vec<Code>, ProviderError> {
        let mut codes = self.managed(device)?;
        codes.extend(self.codes("/access_codes/unmanaged/list", device)?);
        Ok(codes)
    }

    /// What was last heard of a device; it is forgotten here.
    fn heard_of(&self, device: &str) -> Option<Vec<Code>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).remove(device)
    }

    fn hear(&self, device: &str, codes: Vec<Code>) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).insert(device.to_owned(), codes);
    }

    /// The code that stood at a place of a device when all of them were read.
    fn at(&self, device: &str, slot: u32) -> Option<String> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(device).and_then(|places| places.get(&slot)).cloned()
    }

    fn write_one(&self, lock: LockName<'_>, write: &Write<'_>) -> Result<(), ProviderError> {
        let mut codes = self.heard_of(lock.address).map_or_else(|| self.all(lock.address), Ok)?;
        self.put(lock, &mut codes, write)?;
        self.hear(lock.address, codes);
        Ok(())
    }

    /// Makes a slot hold an entry, or nothing; `codes` are all of the device, and are kept as they become.
    fn put(&self, lock: LockName<'_>, codes: &mut Vec<Code>, write: &Write<'_>) -> Result<(), ProviderError> {
        let zone = lock.timezone;
        let now = shown(zone, Utc::now());
        let entry = match &write.entry {
            // Seam forgets what is over, and takes no code that is.
            Some(entry) if !entry.program.is_over(now) => entry,
            _ => return self.delete(codes, write.slot, 0),
        };
        let wanted = fields(entry, write.slot, zone, now.day())?;
        let digits = wanted["code"].as_str().unwrap_or_default();
        if codes.iter().any(|code| code.slot() != Some(write.slot) && code.has(digits)) {
            return Err(ProviderError::CodeTaken);
        }
        self.delete(codes, write.slot, 1)?;
        let Some(there) = codes.iter_mut().find(|code| code.slot() == Some(write.slot)) else {
            codes.push(self.create(lock.address, wanted)?);
            return Ok(());
        };
        let program = there.program(zone).map(|program| program.from_day(now.day()));
        let is_done = there.name.as_deref() == wanted["name"].as_str()
            && there.has(digits)
            && program == Ok(entry.program.from_day(now.day()));
        if is_done { Ok(()) } else { self.update(there, wanted) }
    }

    fn create(&self, device: &str, mut wanted: Value) -> Result<Code, ProviderError> {
        wanted["device_id"] = device.into();
        self.calls.call("/access_codes/create", &wanted, "access_code").map_err(|why| match why {
            Trouble::Refused(kind) if kind == "duplicate_access_code" => ProviderError::CodeTaken,
            why => changing(why, device),
        })
    }

    /// Changes a code at once, its dates with it: without them Seam would take the old ones away.
    fn update(&self, there: &mut Code, mut wanted: Value) -> Result<(), ProviderError> {
        wanted["access_code_id"] = there.access_code_id.clone().into();
        wanted["type"] = if wanted["starts_at"].is_null() { "ongoing" } else { "time_bound" }.into();
        self.act("/access_codes/update", &mut wanted)?;
        let text = |name: &str| wanted[name].as_str().map(str::to_owned);
        there.name = text("name");
        there.code = text("code").map(Zeroizing::new);
        there.kind = text("type").unwrap_or_default();
        (there.starts_at, there.ends_at) = (text("starts_at"), text("ends_at"));
        Ok(())
    }

    /// Takes the codes of a slot away, but for so many.
    fn delete(&self, codes: &mut Vec<Code>, slot: u32, keep: usize) -> Result<(), ProviderError> {
        while let Some((index, code)) =
            codes.iter().enumerate().filter(|(_, code)| code.slot() == Some(slot)).nth(keep)
        {
            match self.act("/access_codes/delete", &mut json!({"access_code_id": code.access_code_id})) {
                // Somebody was faster, or an answer was lost.
                Err(ProviderError::Refused(kind)) if kind == "access_code_not_found" => {}
                other => other?,
            }
            codes.remove(index);
        }
        Ok(())
    }

    /// Calls for an action, and waits for its end.
    fn act(&self, route: &str, fields: &mut Value) -> Result<(), ProviderError> {
        fields["sync"] = true.into();
        let mut action: Action =
            self.calls.call(route, fields, "action_attempt").map_err(|why| changing(why, ""))?;
        for _ in 0..ACTION.0 {
            match action.status.as_str() {
                "success" => return Ok(()),
                "error" => {
                    let kind = action.error.map(|error| error.kind).unwrap_or_default();
                    let kind = told::word(&kind);
                    return Err(ProviderError::Unknown(format!("the lock did not do it: {kind}")));
                }
                _ => {}
            }
            std::thread::sleep(ACTION.1);
            let id = json!({"action_attempt_id": action.action_attempt_id});
            let next = self.calls.call("/action_attempts/get", &id, "action_attempt");
            action = next.map_err(|why| unknown(changing(why, "")))?;
        }
        Err(ProviderError::Unknown("the lock has not done it yet".into()))
    }
}

/// Codes from the oldest on.
fn in_order(mut codes: Vec<Code>) -> Vec<Code> {
    codes.sort_by(|one, other| {
        (&one.created_at, &one.access_code_id).cmp(&(&other.created_at, &other.access_code_id))
    });
    codes
}

/// What a code is to be, as Seam takes it.
fn fields(
    entry: &NewEntry<'_>,
    slot: u32,
    zone: Tz,
    today: crate::time::Day,
) -> Result<Value, ProviderError> {
    let code = entry.code.needed()?;
    let digits = code.code.reveal();
    if !DIGITS.contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ProviderError::Refused("its doorcodes have 4 to 8 digits, and nothing else".into()));
    }
    let mut wanted = json!({"name": dates::name(entry.person, slot), "code": digits});
    if let Some(dates) = dates::written(entry.program, zone, today).map_err(ProviderError::Refused)? {
        wanted["starts_at"] = dates.starts.into();
        wanted["ends_at"] = dates.ends.into();
    }
    Ok(wanted)
}

/// Asking changes nothing, so that what got no answer was not reached.
fn asking(trouble: Trouble, device: &str) -> ProviderError {
    match changing(trouble, device) {
        ProviderError::Unknown(why) => ProviderError::Unreachable(why),
        other => other,
    }
}

/// What was begun is not over because its end cannot be asked for.
fn unknown(error: ProviderError) -> ProviderError {
    ProviderError::Unknown(error.to_string())
}

fn changing(trouble: Trouble, device: &str) -> ProviderError {
    match trouble {
        Trouble::Unreachable(why) => ProviderError::Unreachable(why),
        Trouble::Lost(why) => ProviderError::Unknown(why),
        Trouble::Refused(kind) if kind == "device_not_found" => ProviderError::Refused(format!(
            "the workspace has no device `{device}`: look its id up in the console of Seam, and write it under the door, as `lock: {{ id: \"…\" }}`"
        )),
        Trouble::Refused(kind) => ProviderError::Refused(kind),
    }
}

impl Reader for Seam {
    fn read(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        let capacity = self.device(lock.address)?;
        let mut entries: Vec<Stored> = Vec::new();
        // Seam gives no place to the codes of others: they count from the last one down.
        let mut place = capacity.unwrap_or(TYPICAL);
        self.heard_of(lock.address);
        let codes = self.all(lock.address)?;
        let numbered: Vec<u32> = codes.iter().filter_map(Code::slot).collect();
        let mut places = HashMap::new();
        for code in &codes {
            let free = code.slot().filter(|slot| entries.iter().all(|entry| entry.slot != *slot));
            let slot = free.unwrap_or_else(|| {
                while numbered.contains(&place) {
                    place = place.saturating_sub(1);
                }
                let slot = place;
                place = place.saturating_sub(1);
                slot
            });
            places.insert(slot, code.access_code_id.clone());
            entries.push(code.stored(slot, lock.timezone));
        }
        self.places.lock().unwrap_or_else(PoisonError::into_inner).insert(lock.address.to_owned(), places);
        entries.sort_unstable_by_key(|entry| entry.slot);
        self.hear(lock.address, codes);
        Ok(Reading { entries, capacity })
    }

    fn confirm(&self, lock: LockName<'_>, slots: &[u32]) -> Result<Vec<Option<Stored>>, ProviderError> {
        let known = self.heard_of(lock.address);
        let mut codes = self.managed(lock.address)?;
        let stored = |slot: &u32| {
            let code = codes.iter().find(|code| code.slot() == Some(*slot));
            code.map(|code| code.stored(*slot, lock.timezone))
        };
        let told = slots.iter().map(stored).collect();
        if let Some(known) = known {
            codes.extend(known.into_iter().filter(|code| !code.is_managed));
            self.hear(lock.address, codes);
        }
        Ok(told)
    }

    /// A code whose dates cannot be sent again as they are keeps its name, and so is not ours to take.
    fn found(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        let mut reading = self.read(lock)?;
        let codes = self.heard_of(lock.address).unwrap_or_default();
        for entry in &mut reading.entries {
            let id = self.at(lock.address, entry.slot);
            let code = codes.iter().find(|code| Some(&code.access_code_id) == id.as_ref());
            if code.is_none_or(|code| code.dates().is_none()) {
                entry.code = CodeSeen::Foreign;
            }
        }
        self.hear(lock.address, codes);
        Ok(reading)
    }

    fn reach(&self) -> Result<(), ProviderError> {
        self.locks().map(|_| ())
    }

    fn health(&self, lock: LockName<'_>) -> Result<Health, ProviderError> {
        let health = Health::from(&self.read(lock)?);
        let device: Device = self
            .calls
            .call("/devices/get", &json!({"device_id": lock.address}), "device")
            .map_err(|why| asking(why, lock.address))?;
        let low = device.properties.battery.and_then(|battery| battery.level).filter(|level| *level < LOW);
        let troubles = low.map(|level| format!("its battery is at {:.0} %: change it", level * 100.0));
        Ok(Health {
            week_slots: Some(0),
            date_slots: Some(1),
            troubles: troubles.into_iter().collect(),
            ..health
        })
    }

    fn locks(&self) -> Result<Vec<Listed>, ProviderError> {
        let devices: Vec<Device> =
            self.calls.call("/devices/list", &json!({}), "devices").map_err(|why| asking(why, ""))?;
        let locks = devices.into_iter().filter(|device| device.can_program_online_access_codes);
        Ok(locks
            .map(|device| Listed {
                address: device.device_id,
                name: device.properties.name.as_deref().map(told::name),
            })
            .collect())
    }

    fn parallel(&self) -> usize {
        8
    }
}

impl Provider for Seam {
    fn batch(&self) -> usize {
        1
    }

    fn write(&self, lock: LockName<'_>, writes: &[Write<'_>]) -> Vec<Result<(), ProviderError>> {
        writes.iter().map(|write| self.write_one(lock, write)).collect()
    }

    /// Gives a code the name by which it is known as ours; digits and dates stay.
    fn claim(
        &self,
        lock: LockName<'_>,
        entry: &Stored,
        taken: &BTreeSet<u32>,
        person: &str,
    ) -> Result<u32, ProviderError> {
        let CodeSeen::Digits(digits) = &entry.code else {
            return Err(ProviderError::Refused("its digits are not told".into()));
        };
        // By its own id: two codes of a device may have the same digits.
        let id = self.at(lock.address, entry.slot);
        let mut codes = self.managed(lock.address)?;
        let code = codes.iter_mut().find(|code| Some(&code.access_code_id) == id.as_ref());
        let code = code.filter(|code| code.has(digits.reveal())).ok_or_else(|| {
            ProviderError::Refused(
                "Seam does not manage it, or not as it was any more: let it, in its console, or make a new code".into(),
            )
        })?;
        if code.slot() == Some(entry.slot) && code.name == Some(dates::name(person, entry.slot)) {
            return Ok(entry.slot);
        }
        let dates = code.dates().ok_or_else(|| {
            ProviderError::Refused(
                "its dates cannot be sent again as they are, and without them it would open at any time"
                    .into(),
            )
        })?;
        let slot = (1..).find(|slot| !taken.contains(slot)).unwrap_or(entry.slot);
        let name = dates::name(person, slot);
        let mut wanted = json!({"name": name, "code": digits.reveal()});
        if let Some(Dates { starts, ends }) = dates {
            (wanted["starts_at"], wanted["ends_at"]) = (starts.into(), ends.into());
        }
        let Err(why) = self.update(code, wanted) else { return Ok(slot) };
        // It may have been done, and the answer lost.
        let Ok(now) = self.managed(lock.address) else { return Err(why) };
        let is_done =
            |code: &Code| Some(&code.access_code_id) == id.as_ref() && code.name.as_ref() == Some(&name);
        if now.iter().any(is_done) { Ok(slot) } else { Err(why) }
    }
}
