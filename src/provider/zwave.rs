//! `zwave`: locks behind Z-Wave JS Server, the server inside Home Assistant and Z-Wave JS UI.
//!
//! A lock keeps codes in one of two ways, which it is asked for: a code for each holder (`user_code`), or users with names
//! and credentials (`user_credential`); and with either schedules (`schedules`). Everything is read from the lock, never
//! from the server's cache, which was seen to be empty after writes; and everything is checked before the call, since locks
//! were seen to store a weekday 9, to take a code with letters, and to ignore a schedule of a holder beyond their count and
//! call it success.

mod clock;
mod connection;
mod node;
mod schedules;
mod user_code;
mod user_credential;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use connection::{ANSWER, Connection};
use node::{Node, State, no_codes};
use serde_json::{Value, json};
use user_code::USER_CODE;
use user_credential::USER_CREDENTIAL;

use super::websocket::{Address, Server};
use super::{
    Health, Listed, LockName, NewEntry, Provider, ProviderError, Reader, Reading, Room, SealedCode, Stored,
    Write, told,
};
use crate::locks::zwave::Slots;

/// Locks behind one server.
pub struct Zwave {
    server: Server<Connection>,
    /// What each lock said it can hold.
    known: Mutex<HashMap<u32, Holds>>,
}

/// How a lock keeps its codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    UserCode,
    UserCredential,
}

/// What a lock can hold.
#[derive(Clone, Copy, Debug)]
struct Holds {
    class: Class,
    users: u32,
    codes: u32,
    /// The shortest and the longest code.
    digits: (usize, usize),
    /// How many letters the name of a user can have.
    name: usize,
    slots: Slots,
}

impl Holds {
    /// The code of an entry, when it is one that the lock takes.
    fn code_of<'e>(&self, entry: &NewEntry<'e>) -> Result<&'e SealedCode, ProviderError> {
        let code = entry.code.needed()?;
        let (digits, (least, most)) = (code.code.reveal(), self.digits);
        if !(least..=most).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ProviderError::Refused(format!(
                "its doorcodes have {least} to {most} digits, and nothing else"
            )));
        }
        Ok(code)
    }

    fn capacity(&self) -> u32 {
        self.users.min(self.codes)
    }
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

    fn node(&self, lock: LockName<'_>) -> Result<Node<'_>, ProviderError> {
        // In one way only, so that two doors with one lock are seen to have it.
        let number = lock.address.parse().ok().filter(|number: &u32| number.to_string() == lock.address);
        let number = number.ok_or_else(|| {
            ProviderError::Refused(format!(
                "`{}` is no node of a Z-Wave network; write its number under the door, as `lock: {{ id: \"12\" }}`",
                lock.address
            ))
        })?;
        Ok(Node::new(&self.server, number))
    }

    /// What a lock can hold; asked of it once.
    fn holds(&self, node: &Node<'_>, state: &State) -> Result<Holds, ProviderError> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&node.number) {
            return Ok(*known);
        }
        // A lock with both has users only where it says how many.
        let users = if state.has(USER_CREDENTIAL) { user_credential::holds(node)? } else { None };
        let holds = match users {
            Some(holds) => holds,
            None if state.has(USER_CODE) => user_code::holds(node)?,
            None if !state.is_ready() || state.has(USER_CREDENTIAL) => {
                return Err(ProviderError::Refused(format!(
                    "the server has not come to know node {0} yet: let it interview the lock, awake and near, then run this again",
                    node.number
                )));
            }
            None => return Err(no_codes(node.number)),
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(node.number, holds);
        Ok(holds)
    }

    /// The entries of a lock that is there.
    fn entries(node: &Node<'_>, holds: Holds) -> Result<Vec<Stored>, ProviderError> {
        match holds.class {
            Class::UserCredential => user_credential::entries(node, holds),
            Class::UserCode => (1..=holds.users)
                .filter_map(|number| user_code::slot(node, number, holds).transpose())
                .collect(),
        }
    }

    /// What one slot of it holds.
    fn entry(node: &Node<'_>, holds: Holds, slot: u32) -> Result<Option<Stored>, ProviderError> {
        match holds.class {
            _ if slot > holds.users => Ok(None),
            Class::UserCredential => user_credential::entry(node, holds, slot),
            Class::UserCode => user_code::slot(node, slot, holds),
        }
    }

    fn put(&self, lock: LockName<'_>, slot: u32, entry: Option<&NewEntry<'_>>) -> Result<(), ProviderError> {
        let node = self.node(lock)?;
        let state = node.awake()?;
        let holds = self.holds(&node, &state)?;
        if slot == 0 || slot > holds.users {
            return Err(ProviderError::Refused(format!(
                "it has {} slots, and none with the number {slot}",
                holds.users
            )));
        }
        node.outcome(match holds.class {
            Class::UserCode => user_code::put(&node, holds, slot, entry),
            Class::UserCredential => user_credential::put(&node, holds, slot, entry),
        })
    }
}

impl Reader for Zwave {
    fn read(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        let node = self.node(lock)?;
        node.steadily(|state| {
            let holds = self.holds(&node, state)?;
            Ok(Reading { entries: Self::entries(&node, holds)?, capacity: Some(holds.capacity()) })
        })
    }

    fn confirm(&self, lock: LockName<'_>, slots: &[u32]) -> Result<Vec<Option<Stored>>, ProviderError> {
        let node = self.node(lock)?;
        node.steadily(|state| {
            let holds = self.holds(&node, state)?;
            slots.iter().map(|slot| Self::entry(&node, holds, *slot)).collect()
        })
    }

    fn room(&self, lock: LockName<'_>) -> Result<Option<Room>, ProviderError> {
        let node = self.node(lock)?;
        let slots = node.steadily(|state| self.holds(&node, state))?.slots;
        Ok(Some(Room {
            week: slots.num_week_day_slots,
            daily: slots.num_daily_repeating_slots,
            dated: slots.num_year_day_slots,
        }))
    }

    fn warnings(&self, lock: LockName<'_>) -> Result<Vec<String>, ProviderError> {
        let node = self.node(lock)?;
        let holds = node.steadily(|state| self.holds(&node, state))?;
        match holds.class {
            Class::UserCode => Ok(user_code::unkept(&node, holds)?.into_iter().collect()),
            Class::UserCredential => Ok(Vec::new()),
        }
    }

    fn reach(&self) -> Result<(), ProviderError> {
        self.locks().map(|_| ())
    }

    fn health(&self, lock: LockName<'_>) -> Result<Health, ProviderError> {
        let unkept = self.warnings(lock)?;
        let read = self.read(lock)?;
        let node = self.node(lock)?;
        node.steadily(|state| {
            let holds = self.holds(&node, state)?;
            let slots = holds.slots;
            let is_wiped = holds.class == Class::UserCode && read.entries.is_empty();
            let wiped = if is_wiped { user_code::wiped(&node, holds)? } else { None };
            Ok(Health {
                troubles: match wiped {
                    Some(wiped) => vec![wiped],
                    None => unkept.clone(),
                },
                week_slots: Some(slots.num_week_day_slots),
                daily_slots: Some(slots.num_daily_repeating_slots),
                date_slots: Some(slots.num_year_day_slots),
                clock: clock::ahead(&node, state, lock.timezone)?,
                ..Health::from(&read)
            })
        })
    }

    fn locks(&self) -> Result<Vec<Listed>, ProviderError> {
        let told = self
            .server
            .converse(Connection::open, |connection| connection.call("start_listening", json!({}), ANSWER));
        let state = told.map_err(|why| node::asking(why, 0))?;
        let takes_codes = |node: &&Value| {
            let classes = node["endpoints"][0]["commandClasses"].as_array();
            let is_either = |class: &Value| class["id"] == USER_CODE || class["id"] == USER_CREDENTIAL;
            classes.is_some_and(|classes| classes.iter().any(is_either))
        };
        let nodes = state["state"]["nodes"].as_array().into_iter().flatten().filter(takes_codes);
        let listed = nodes.filter_map(|node| {
            let name = node["name"].as_str().filter(|name| !name.trim().is_empty());
            Some(Listed { address: node["nodeId"].as_u64()?.to_string(), name: name.map(told::name) })
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
        writes.iter().map(|write| self.put(lock, write.slot, write.entry.as_ref())).collect()
    }

    fn claim(
        &self,
        lock: LockName<'_>,
        entry: &Stored,
        _taken: &BTreeSet<u32>,
        person: &str,
    ) -> Result<u32, ProviderError> {
        if entry.name.as_ref().is_none_or(|name| name.is(person)) {
            return Ok(entry.slot);
        }
        let node = self.node(lock)?;
        let state = node.awake()?;
        user_credential::rename(&node, self.holds(&node, &state)?, entry.slot, person)?;
        Ok(entry.slot)
    }
}
