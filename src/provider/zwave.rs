//! `zwave`: locks behind Z-Wave JS Server, the server inside Home Assistant and Z-Wave JS UI.
//!
//! A lock keeps a code for each holder (User Code command class, 99) and schedules (Schedule Entry Lock, 78). It knows
//! no names: whose a slot is, the record tells. Everything is read from the lock, never from the server's cache, which
//! was seen to be empty after writes; and everything is checked before the call, since locks were seen to store a
//! weekday 9, to take a code with letters, and to ignore a schedule of a holder beyond their count and call it success.

mod connection;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use connection::{Connection, Trouble};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::websocket::{Address, Server, Silence};
use super::{
    CodeSeen, Health, Listed, LockName, NewEntry, Provider, ProviderError, Reader, Reading, Stored, Write,
};
use crate::locks::Ways;
use crate::locks::doorcode::Doorcode;
use crate::locks::zwave::{self as schedule, Kind, Slots};
use crate::model::Capability;

/// Command classes of the Z-Wave Application Specification.
const USER_CODE: u8 = 99;
const SCHEDULE_ENTRY_LOCK: u8 = 78;
/// Errors of the driver (`ZWaveErrorCodes` of zwave-js) after which nothing was done.
const CC_NOT_SUPPORTED: u64 = 302;
const REFUSED: [u64; 3] = [301, CC_NOT_SUPPORTED, 322];
/// `SupervisionStatus.Success`.
const SUCCESS: u64 = 255;
/// User Code command class, version 1: codes have so many digits.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=10;

/// Locks behind one server.
pub struct Zwave {
    server: Server<Connection>,
    /// What each lock said it can hold.
    known: Mutex<HashMap<u32, Holds>>,
}

/// What a lock can hold.
#[derive(Clone, Copy, Debug)]
struct Holds {
    users: u32,
    slots: Slots,
}

impl Zwave {
    /// The locks of a server, as `ws://127.0.0.1:3000`.
    ///
    /// # Errors
    /// When it is no address of a WebSocket; or when it is one of another machine and `plain` does not say that codes may
    /// cross the network as they are: the server knows no encryption.
    pub fn new(address: &str, plain: bool) -> Result<Self, String> {
        let address = Address::new(address, plain, "Z-Wave JS Server", "ws://127.0.0.1:3000")?;
        Ok(Self { server: Server::new(address), known: Mutex::default() })
    }

    /// Does something in a conversation.
    fn converse(
        &self,
        what: impl FnOnce(&mut Connection) -> Result<Value, Trouble>,
    ) -> Result<Value, Trouble> {
        self.server.converse(Connection::open, what)
    }

    fn call(&self, node: u32, class: u8, method: &str, args: Value) -> Result<Value, Trouble> {
        let call =
            json!({"nodeId": node, "endpoint": 0, "commandClass": class, "methodName": method, "args": args});
        let answer = self.converse(|connection| connection.call("endpoint.invoke_cc_api", call));
        Ok(answer?["response"].take())
    }

    /// What a lock can hold; asked of it once.
    fn holds(&self, node: u32) -> Result<Holds, ProviderError> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&node) {
            return Ok(*known);
        }
        let users =
            self.call(node, USER_CODE, "getUsersCount", json!([])).map_err(|why| asking(why, node))?;
        let users = users.as_u64().and_then(|users| u32::try_from(users).ok()).filter(|users| *users > 0);
        let users = users.ok_or_else(|| {
            ProviderError::Refused(format!("node {node} says that it holds no codes at all"))
        })?;
        let slots = match self.call(node, SCHEDULE_ENTRY_LOCK, "getNumSlots", json!([])) {
            Ok(slots) => serde_json::from_value(slots).unwrap_or_default(),
            // A lock without schedules.
            Err(Trouble::Driver(CC_NOT_SUPPORTED)) => Slots::default(),
            Err(why) => return Err(asking(why, node)),
        };
        let holds = Holds { users, slots };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(node, holds);
        Ok(holds)
    }

    /// What a slot holds; nothing when it has no code.
    fn slot(&self, node: u32, slot: u32, slots: Slots) -> Result<Option<Stored>, ProviderError> {
        let user = self.call(node, USER_CODE, "get", json!([slot])).map_err(|why| asking(why, node))?;
        let status = user["userIdStatus"].as_u64();
        let code = user["userCode"]
            .as_str()
            .filter(|code| !code.is_empty())
            .map(|code| Zeroizing::new(code.to_owned()));
        // 0 is free, and 254 not there; both are told with a code by some locks.
        if matches!(status, None | Some(0 | 254)) {
            return Ok(None);
        }
        let held = self.schedules(node, slot, slots)?;
        let program =
            schedule::read(&held).map_err(|why| ProviderError::Refused(format!("slot {slot}: {why}")))?;
        // A holder who is disabled is there, and can do nothing.
        let ways = if status == Some(1) { Ways::one(Capability::Doorcode) } else { Ways::default() };
        let code = code.and_then(Doorcode::new).map_or(CodeSeen::Hidden, CodeSeen::Digits);
        Ok(Some(Stored { slot, name: None, ways, program, code }))
    }

    /// All schedules of a holder.
    fn schedules(&self, node: u32, user: u32, slots: Slots) -> Result<Vec<(Kind, Value)>, ProviderError> {
        let mut held = Vec::new();
        for kind in Kind::ALL {
            for slot in 1..=kind.count(slots) {
                let value = self.schedule(node, user, kind, slot)?;
                held.extend((!schedule::is_empty(&value)).then_some((kind, value)));
            }
        }
        Ok(held)
    }

    fn schedule(&self, node: u32, user: u32, kind: Kind, slot: u32) -> Result<Value, ProviderError> {
        let place = json!([{"userId": user, "slotId": slot}]);
        self.call(node, SCHEDULE_ENTRY_LOCK, kind.getter(), place).map_err(|why| asking(why, node))
    }

    fn put(&self, node: u32, slot: u32, entry: Option<&NewEntry<'_>>) -> Result<(), ProviderError> {
        let Holds { users, slots } = self.holds(node)?;
        if slot == 0 || slot > users {
            return Err(ProviderError::Refused(format!(
                "it has {users} slots, and none with the number {slot}"
            )));
        }
        let Some(entry) = entry else {
            // The code first: a code without a schedule opens at any time.
            self.change(node, USER_CODE, "clear", json!([slot]))?;
            return self.erase(node, slot, slots).map_err(ProviderError::once_begun);
        };
        let code = entry.code.ok_or_else(|| {
            ProviderError::Refused("it opens by doorcode only, and there is none to write".into())
        })?;
        let digits = code.code.reveal();
        if !DIGITS.contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ProviderError::Refused("its doorcodes have 4 to 10 digits, and nothing else".into()));
        }
        let program = schedule::written(entry.program, slots).map_err(ProviderError::Refused)?;
        let there = self.slot(node, slot, slots)?;
        let is_code =
            |there: &Stored| matches!(&there.code, CodeSeen::Digits(seen) if seen.same_as(&code.code));
        let is_done = there.as_ref().is_some_and(|there| {
            is_code(there) && there.ways == entry.ways && there.program == *entry.program
        });
        if is_done {
            return Ok(());
        }
        if there.is_some() {
            self.change(node, USER_CODE, "clear", json!([slot]))?;
        }
        self.fill(node, slot, slots, program, digits).map_err(ProviderError::once_begun)
    }

    /// Writes schedules, and then a code, into a slot that has no code.
    fn fill(
        &self,
        node: u32,
        slot: u32,
        slots: Slots,
        program: Option<(Kind, Vec<Value>)>,
        digits: &str,
    ) -> Result<(), ProviderError> {
        // What an earlier holder left behind goes too.
        self.erase(node, slot, slots)?;
        if let Some((kind, values)) = program {
            for (number, value) in values.iter().enumerate() {
                let place = json!({"userId": slot, "slotId": number + 1});
                self.change(node, SCHEDULE_ENTRY_LOCK, kind.setter(), json!([place, value]))?;
                let kept = self.schedule(node, slot, kind, number as u32 + 1)?;
                if !schedule::same(kind, &kept, value) {
                    self.erase(node, slot, slots)?;
                    return Err(ProviderError::Refused(
                        "it did not keep the schedule that was written; the doorcode was left out, since without one it would open at any time".into(),
                    ));
                }
            }
        }
        let args = json!([slot, 1, digits]);
        self.change(node, USER_CODE, "set", args)
    }

    /// Takes every schedule of a holder away.
    fn erase(&self, node: u32, user: u32, slots: Slots) -> Result<(), ProviderError> {
        for kind in Kind::ALL {
            for slot in 1..=kind.count(slots) {
                if !schedule::is_empty(&self.schedule(node, user, kind, slot)?) {
                    let place = json!([{"userId": user, "slotId": slot}]);
                    self.change(node, SCHEDULE_ENTRY_LOCK, kind.setter(), place)?;
                }
            }
        }
        Ok(())
    }

    /// Something that changes a lock. Only a lock that supervises says how it went; what others did is read back.
    fn change(&self, node: u32, class: u8, method: &str, args: Value) -> Result<(), ProviderError> {
        let answer = self.call(node, class, method, args).map_err(|why| changing(why, node))?;
        match answer["status"].as_u64() {
            None | Some(SUCCESS) => Ok(()),
            Some(status) => Err(ProviderError::Refused(format!("it answered status {status}"))),
        }
    }
}

/// The number of a node.
fn node_of(lock: LockName<'_>) -> Result<u32, ProviderError> {
    lock.address.trim().parse().map_err(|_| {
        ProviderError::Refused(format!(
            "`{}` is no node of a Z-Wave network; write its number under the door, as `lock: {{ id: \"12\" }}`",
            lock.address
        ))
    })
}

/// Asking changes nothing, so that what got no answer was not reached.
fn asking(trouble: Trouble, node: u32) -> ProviderError {
    match changing(trouble, node) {
        ProviderError::Unknown(why) => ProviderError::Unreachable(why),
        other => other,
    }
}

fn changing(trouble: Trouble, node: u32) -> ProviderError {
    match trouble {
        Trouble::Silence(Silence::Unreachable(why)) => ProviderError::Unreachable(format!(
            "{why}; is Z-Wave JS Server running there, and has it found its stick?"
        )),
        Trouble::Silence(Silence::Lost(why)) => ProviderError::Unknown(why),
        Trouble::Old(schema) => ProviderError::Refused(format!(
            "the server speaks schema {schema} at most, and 48 is needed: update Z-Wave JS Server, or what it is part of"
        )),
        Trouble::Server(why) if why == "node_not_found" => ProviderError::Refused(format!(
            "the network has no node {node}: look its number up where the lock was included"
        )),
        Trouble::Server(why) => ProviderError::Refused(format!("the server answered {why}")),
        Trouble::Driver(CC_NOT_SUPPORTED) => {
            ProviderError::Refused(format!("node {node} keeps no doorcodes: it is no lock with a keypad"))
        }
        Trouble::Driver(code) if REFUSED.contains(&code) => {
            ProviderError::Refused(format!("the driver refuses, error {code}"))
        }
        // A call that failed may have been carried out: the lock was seen to hold a code that the call had "failed" to set.
        Trouble::Driver(code) => ProviderError::Unknown(format!("node {node} did not confirm, error {code}")),
    }
}

impl Reader for Zwave {
    fn read(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        let node = node_of(lock)?;
        let Holds { users, slots } = self.holds(node)?;
        let mut entries = Vec::new();
        for slot in 1..=users {
            entries.extend(self.slot(node, slot, slots)?);
        }
        Ok(Reading { entries, capacity: Some(users) })
    }

    fn confirm(&self, lock: LockName<'_>, slots: &[u32]) -> Result<Vec<Option<Stored>>, ProviderError> {
        let node = node_of(lock)?;
        let holds = self.holds(node)?;
        slots
            .iter()
            .map(|slot| if *slot > holds.users { Ok(None) } else { self.slot(node, *slot, holds.slots) })
            .collect()
    }

    fn health(&self, lock: LockName<'_>) -> Result<Health, ProviderError> {
        let health = Health::from(&self.read(lock)?);
        let slots = self.holds(node_of(lock)?)?.slots;
        Ok(Health {
            week_slots: Some(slots.num_week_day_slots),
            daily_slots: Some(slots.num_daily_repeating_slots),
            date_slots: Some(slots.num_year_day_slots),
            ..health
        })
    }

    fn locks(&self) -> Result<Vec<Listed>, ProviderError> {
        let told = self.converse(|connection| connection.call("start_listening", json!({})));
        let state = told.map_err(|why| asking(why, 0))?;
        let takes_codes = |node: &&Value| {
            let classes = node["endpoints"][0]["commandClasses"].as_array();
            classes.is_some_and(|classes| classes.iter().any(|class| class["id"] == USER_CODE))
        };
        let nodes = state["state"]["nodes"].as_array().into_iter().flatten().filter(takes_codes);
        let listed = nodes.filter_map(|node| {
            let name = node["name"].as_str().filter(|name| !name.trim().is_empty());
            Some(Listed { address: node["nodeId"].as_u64()?.to_string(), name: name.map(str::to_owned) })
        });
        Ok(listed.collect())
    }

    fn parallel(&self) -> usize {
        // One radio carries all calls; a few locks at once hide the waiting for each.
        8
    }
}

impl Provider for Zwave {
    fn batch(&self) -> usize {
        1
    }

    fn write(&self, lock: LockName<'_>, writes: &[Write<'_>]) -> Vec<Result<(), ProviderError>> {
        let write = |write: &Write<'_>| self.put(node_of(lock)?, write.slot, write.entry.as_ref());
        writes.iter().map(write).collect()
    }
}
