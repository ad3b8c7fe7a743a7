//! `matter`: locks behind a Matter server, as the one of Home Assistant.
//!
//! A lock has users, each with a name of ten letters, a number of our own, a type that says which of its schedules count,
//! and credentials (Matter 1.2 Application Cluster Specification, 5.2). Codes can never be read back: that there is one is
//! seen, whose it is, and which fabric set it last. A user without schedules could come in at any time, so that one is
//! written disabled, is given schedules and code, and is enabled last.

mod code;
mod connection;
mod node;
mod user;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use connection::{Connection, Trouble};
use node::{Holds, TIME, ahead, place_of};
use serde_json::{Value, json};
use user::User;

use super::websocket::{Address, Server, Silence};
use super::{
    Health, Listed, LockName, NewCode, NewEntry, Provider, ProviderError, Reader, Reading, Room, Stored,
    Write, untold,
};
use crate::locks::matter::{self as schedule, Schedules};
use crate::model::Capability;

/// What a lock does that has lost its time.
const TIMELESS: &str = "its clock has no time, so that it refuses everybody with hours or dates: set it, in the system that the lock was commissioned with";
/// Status of a schedule that there is not (Matter Core Specification, 8.10.1).
const NOT_FOUND: u64 = 0x8b;

/// Locks behind one server.
pub struct Matter {
    server: Server<Connection>,
    /// What each lock said it can hold, by how the property calls it.
    known: Mutex<HashMap<String, Holds>>,
}

impl Matter {
    /// The locks of a server, as `ws://127.0.0.1:5580/ws`.
    ///
    /// # Errors
    /// When it is no address of a WebSocket; or when it is one of another machine and `plain` does not say that codes may
    /// cross the network as they are: the server knows no encryption.
    pub fn new(address: &str, plain: bool) -> Result<Self, String> {
        let address = Address::new(address, plain, "a Matter server", "ws://127.0.0.1:5580/ws")?;
        Ok(Self { server: Server::new(address), known: Mutex::default() })
    }

    /// Does something in a conversation.
    fn converse<T>(&self, what: impl FnOnce(&mut Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
        self.server.converse(Connection::open, what)
    }

    fn ask(&self, lock: Holds, command: &str, payload: &Value) -> Result<Value, ProviderError> {
        self.converse(|connection| connection.door_lock((lock.node, lock.endpoint), command, payload, false))
            .map_err(|why| asking(why, lock.node))
    }

    /// Something that changes a lock. Whatever touches users or codes has to be timed.
    fn change(&self, lock: Holds, command: &str, payload: &Value) -> Result<Value, ProviderError> {
        let timed = !command.contains("Schedule");
        self.converse(|connection| connection.door_lock((lock.node, lock.endpoint), command, payload, timed))
            .map_err(|why| changing(why, lock.node))
    }

    /// What a lock can hold, and whether it is there; from what the server knows of the node, without asking the lock.
    fn look(&self, lock: LockName<'_>) -> Result<Holds, ProviderError> {
        let (node, endpoint) = place_of(lock)?;
        let found = self.converse(|connection| connection.call("get_node", &json!({"node_id": node})));
        let found = found.map_err(|why| asking(why, node))?;
        if found["available"] != true {
            return Err(asking(Trouble::NotReady, node));
        }
        let holds = Holds::of(node, endpoint, &found["attributes"])?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(lock.address.to_owned(), holds);
        Ok(holds)
    }

    /// The same; looked at once.
    fn holds(&self, lock: LockName<'_>) -> Result<Holds, ProviderError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(lock.address).copied();
        known.map_or_else(|| self.look(lock), Ok)
    }

    /// A user, and the next one that there is.
    fn user(&self, lock: Holds, index: u32) -> Result<(Option<User>, Option<u32>), ProviderError> {
        let told = self.ask(lock, "GetUser", &json!({"userIndex": index}))?;
        let next = match &told["nextUserIndex"] {
            Value::Null => None,
            next => Some(next.as_u64().and_then(|next| u32::try_from(next).ok()).ok_or_else(unreadable)?),
        };
        Ok((User::of(told, index)?, next.filter(|next| *next > index)))
    }

    /// Every user of a lock.
    fn users(&self, lock: Holds) -> Result<Vec<User>, ProviderError> {
        let mut users = Vec::new();
        let mut next = Some(1);
        while let Some(index) = next.filter(|index| *index <= lock.users) {
            let (user, after) = self.user(lock, index)?;
            users.extend(user);
            next = after;
        }
        Ok(users)
    }

    fn stored(&self, lock: Holds, user: &User) -> Result<Stored, ProviderError> {
        let schedules = self.schedules(lock, user)?;
        let is_foreign = match user.pin() {
            None => false,
            Some(pin) => {
                let credential = json!({"credential": {"credentialType": user::PIN, "credentialIndex": pin}});
                let status = self.ask(lock, "GetCredentialStatus", &credential)?;
                status["lastModifiedFabricIndex"].as_u64() != Some(lock.fabric)
            }
        };
        Ok(user.stored(&schedules, is_foreign))
    }

    /// What a lock's clock shows, asked of the lock; `None` where it does not tell.
    fn time(&self, lock: Holds) -> Result<Option<Value>, ProviderError> {
        if !lock.tells_time {
            return Ok(None);
        }
        let place = json!({"node_id": lock.node, "attribute_path": TIME});
        let told = self.converse(|connection| connection.call("read_attribute", &place));
        let mut told = told.map_err(|why| asking(why, lock.node))?;
        Ok(Some(told[TIME].take()))
    }

    /// The schedules of a user that count.
    fn schedules(&self, lock: Holds, user: &User) -> Result<Schedules, ProviderError> {
        let (by_week, by_year) = schedule::counts(user.user_type);
        let mut schedules = Schedules { user_type: user.user_type, ..Schedules::default() };
        for slot in 1..=if by_week { lock.week_days } else { 0 } {
            let place = json!({"weekDayIndex": slot, "userIndex": user.user_index});
            schedules.week_days.extend(found::<schedule::WeekDay>(self.ask(
                lock,
                "GetWeekDaySchedule",
                &place,
            )?)?);
        }
        for slot in 1..=if by_year { lock.year_days } else { 0 } {
            let place = json!({"yearDayIndex": slot, "userIndex": user.user_index});
            schedules.year_days.extend(found::<schedule::YearDay>(self.ask(
                lock,
                "GetYearDaySchedule",
                &place,
            )?)?);
        }
        Ok(schedules)
    }

    fn put(&self, name: LockName<'_>, slot: u32, entry: Option<&NewEntry<'_>>) -> Result<(), ProviderError> {
        let lock = self.holds(name)?;
        if slot == 0 || slot > lock.users {
            return Err(ProviderError::Refused(format!(
                "it has {} users, and none with the number {slot}",
                lock.users
            )));
        }
        let Some(entry) = entry else {
            return self.change(lock, "ClearUser", &json!({"userIndex": slot})).map(|_| ());
        };
        let schedules = self.fitting(lock, entry)?;
        let mark = schedule::mark(entry.person, entry.ways);
        let there = self.user(lock, slot)?.0;
        let fits = |there: &User| {
            let codes = match entry.code {
                // Also of somebody whose id has changed; a user whom nobody has marked as ours is others'.
                NewCode::Left => {
                    return there.is_ours(lock.fabric) && there.mark().is_some() && there.pins() > 0;
                }
                NewCode::This(_) => 1,
                NewCode::None => 0,
            };
            there.is_ours(lock.fabric) && there.mark() == Some(mark) && there.pins() <= codes
        };
        if matches!(entry.code, NewCode::Left) && !there.as_ref().is_some_and(fits) {
            return Err(untold());
        }
        if there.as_ref().is_some_and(|there| !fits(there)) {
            // Somebody else's, or for something else: no code of it may stay.
            self.change(lock, "ClearUser", &json!({"userIndex": slot}))?;
            return self.rewrite(lock, slot, entry, None, &schedules).map_err(ProviderError::once_begun);
        }
        self.rewrite(lock, slot, entry, there.as_ref(), &schedules)
    }

    /// Makes a user, who is not there or ours, hold an entry.
    fn rewrite(
        &self,
        lock: Holds,
        slot: u32,
        entry: &NewEntry<'_>,
        there: Option<&User>,
        schedules: &Schedules,
    ) -> Result<(), ProviderError> {
        let mark = schedule::mark(entry.person, entry.ways);
        let user = |operation: u8, status: u8, user_type: u8| {
            json!({
                "operationType": operation, "userIndex": slot, "userName": schedule::name(entry.person),
                "userUniqueID": mark, "userStatus": status, "userType": user_type, "credentialRule": 0,
            })
        };
        let before = match there {
            Some(there) => Some((self.schedules(lock, there)?, there.user_status)),
            None => None,
        };
        let pin = there.and_then(User::pin);
        let operation = if there.is_some() { user::MODIFY } else { user::ADD };
        self.change(lock, "SetUser", &user(operation, user::DISABLED, schedules.user_type))?;
        let hold = |schedules: &Schedules, status: u8, code: Option<&[u8]>| {
            self.schedule(lock, slot, schedules)?;
            code.map_or(Ok(()), |digits| self.set_code(lock, slot, pin, digits))?;
            self.change(lock, "SetUser", &user(user::MODIFY, status, schedules.user_type)).map(|_| ())
        };
        let code = entry.code.this().map(|code| code.code.reveal().as_bytes());
        let done = hold(schedules, user::ENABLED, code);
        let (Err(no), Some((schedules, status))) = (&done, before) else {
            return done.map_err(ProviderError::once_begun);
        };
        if no.is_no() {
            // Whoever had access keeps what they had: the lock would not take what they were to have.
            self.change(lock, "SetUser", &user(user::MODIFY, user::DISABLED, schedules.user_type))
                .and_then(|_| hold(&schedules, status, None))
                .map_err(ProviderError::once_begun)?;
        }
        done.map_err(ProviderError::once_begun)
    }

    /// The schedules of an entry, when the lock has room for them and takes its code.
    fn fitting(&self, lock: Holds, entry: &NewEntry<'_>) -> Result<Schedules, ProviderError> {
        let schedules = schedule::written(entry.program).map_err(ProviderError::Refused)?;
        for (has, most, what) in [
            (schedules.week_days.len(), lock.week_days, "week-day"),
            (schedules.year_days.len(), lock.year_days, "year-day"),
        ] {
            if has > most as usize {
                return Err(ProviderError::Refused(format!(
                    "{has} {what} schedules for one user, and the lock has {most}"
                )));
            }
        }
        if entry.ways.has(Capability::Doorcode) == matches!(entry.code, NewCode::None) {
            return Err(ProviderError::Refused("it needs a doorcode, and there is none to write".into()));
        }
        let (least, most) = lock.digits;
        let is_fine = |digits: &str| {
            (least as usize..=most as usize).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if entry.code.this().is_some_and(|code| !is_fine(code.code.reveal())) {
            return Err(ProviderError::Refused(format!(
                "its doorcodes have {least} to {most} digits, and nothing else"
            )));
        }
        Ok(schedules)
    }

    /// Gives a user, who is disabled, these schedules and no others, and sees that the lock has kept them.
    fn schedule(&self, lock: Holds, slot: u32, schedules: &Schedules) -> Result<(), ProviderError> {
        if lock.week_days > 0 {
            self.change(
                lock,
                "ClearWeekDaySchedule",
                &json!({"weekDayIndex": user::ALL, "userIndex": slot}),
            )?;
        }
        if lock.year_days > 0 {
            self.change(
                lock,
                "ClearYearDaySchedule",
                &json!({"yearDayIndex": user::ALL, "userIndex": slot}),
            )?;
        }
        for (number, one) in schedules.week_days.iter().enumerate() {
            let mut order = json!(one);
            (order["weekDayIndex"], order["userIndex"]) = ((number + 1).into(), slot.into());
            self.change(lock, "SetWeekDaySchedule", &order)?;
        }
        for (number, one) in schedules.year_days.iter().enumerate() {
            let mut order = json!(one);
            (order["yearDayIndex"], order["userIndex"]) = ((number + 1).into(), slot.into());
            self.change(lock, "SetYearDaySchedule", &order)?;
        }
        let Some(there) = self.user(lock, slot)?.0 else {
            return Err(ProviderError::Unknown("the user that was written is not there".into()));
        };
        if self.schedules(lock, &there)? != *schedules {
            return Err(ProviderError::Refused(
                "it did not keep the schedules that were written; the user stays disabled, since without them a doorcode would open at any time".into(),
            ));
        }
        Ok(())
    }
}

/// A schedule as the lock tells it; `None` for one that there is not.
fn found<T: serde::de::DeserializeOwned>(told: Value) -> Result<Option<T>, ProviderError> {
    match told["status"].as_u64() {
        Some(NOT_FOUND) => Ok(None),
        Some(0) => serde_json::from_value(told).map(Some).map_err(|_| unreadable()),
        status => Err(ProviderError::Refused(format!("it answered status {status:?} for a schedule"))),
    }
}

fn unreadable() -> ProviderError {
    ProviderError::Refused("what the lock tells cannot be read".into())
}

/// Asking changes nothing, so that what got no answer was not reached.
fn asking(trouble: Trouble, node: u64) -> ProviderError {
    match changing(trouble, node) {
        ProviderError::Unknown(why) => ProviderError::Unreachable(why),
        other => other,
    }
}

fn changing(trouble: Trouble, node: u64) -> ProviderError {
    match trouble {
        Trouble::Silence(Silence::Unreachable(why)) => {
            ProviderError::Unreachable(format!("{why}; is the Matter server running there?"))
        }
        Trouble::Silence(Silence::Lost(why)) => ProviderError::Unknown(why),
        Trouble::Old(schema) => ProviderError::Refused(format!(
            "the server speaks schema {schema}, and 9 is needed: update the Matter server, or what it is part of"
        )),
        Trouble::NoNode => ProviderError::Refused(format!(
            "the fabric has no node {node}: look its number up where the lock was commissioned"
        )),
        Trouble::NotReady => ProviderError::Unreachable(format!(
            "the server does not reach node {node}: look at the lock's power, and at the border router or bridge it is behind"
        )),
        // It may have reached the lock.
        Trouble::NoAnswer => ProviderError::Unknown(format!(
            "the lock of node {node} does not answer: look at its power, and at the border router or bridge it is behind"
        )),
        Trouble::Status(status) => ProviderError::Refused(format!("the lock answered status 0x{status:02x}")),
        // It may have reached the lock.
        Trouble::Server(code) => ProviderError::Unknown(format!("the server failed, error {code}")),
    }
}

impl Reader for Matter {
    fn read(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        let holds = self.look(lock)?;
        let users = self.users(holds)?;
        let entries = users.iter().map(|user| self.stored(holds, user)).collect::<Result<_, _>>()?;
        Ok(Reading { entries, capacity: Some(holds.users) })
    }

    fn found(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        let holds = self.look(lock)?;
        let users = self.users(holds)?;
        let found = |user: &User| Ok(user.found(&self.schedules(holds, user)?, holds.fabric));
        let entries = users.iter().map(found).collect::<Result<_, ProviderError>>()?;
        Ok(Reading { entries, capacity: Some(holds.users) })
    }

    fn confirm(&self, lock: LockName<'_>, slots: &[u32]) -> Result<Vec<Option<Stored>>, ProviderError> {
        let holds = self.holds(lock)?;
        let stored = |slot: &u32| match *slot {
            slot if slot > holds.users => Ok(None),
            slot => self.user(holds, slot)?.0.map(|user| self.stored(holds, &user)).transpose(),
        };
        slots.iter().map(stored).collect()
    }

    fn room(&self, lock: LockName<'_>) -> Result<Option<Room>, ProviderError> {
        let holds = self.holds(lock)?;
        Ok(Some(Room { week: holds.week_days, daily: 0, dated: holds.year_days }))
    }

    fn reach(&self) -> Result<(), ProviderError> {
        self.locks().map(|_| ())
    }

    fn health(&self, lock: LockName<'_>) -> Result<Health, ProviderError> {
        let health = Health::from(&self.read(lock)?);
        let holds = self.holds(lock)?;
        let (clock, troubles) = match self.time(holds)? {
            None => (None, Vec::new()),
            Some(Value::Null) => (None, vec![TIMELESS.to_owned()]),
            Some(told) => (told.as_i64().map(ahead), Vec::new()),
        };
        let (week_slots, date_slots) = (Some(holds.week_days), Some(holds.year_days));
        Ok(Health { week_slots, date_slots, clock, troubles, ..health })
    }

    fn locks(&self) -> Result<Vec<Listed>, ProviderError> {
        let told = self.converse(|connection| connection.call("get_nodes", &json!({})));
        let told = told.map_err(|why| asking(why, 0))?;
        Ok(node::listed(&told))
    }

    fn parallel(&self) -> usize {
        8
    }
}

impl Provider for Matter {
    fn batch(&self) -> usize {
        1
    }

    fn write(&self, lock: LockName<'_>, writes: &[Write<'_>]) -> Vec<Result<(), ProviderError>> {
        writes.iter().map(|write| self.put(lock, write.slot, write.entry.as_ref())).collect()
    }

    /// Gives a user the name and the number by which it is known as ours; code and schedules stay. Only the fabric that made a
    /// user may do that (SetUser in the Matter 1.2 Application Cluster Specification, 5.2).
    fn claim(
        &self,
        name: LockName<'_>,
        entry: &Stored,
        _: &BTreeSet<u32>,
        person: &str,
    ) -> Result<u32, ProviderError> {
        let lock = self.holds(name)?;
        let mark = schedule::mark(person, entry.ways);
        let order = json!({
            "operationType": user::MODIFY, "userIndex": entry.slot, "userName": schedule::name(person),
            "userUniqueID": mark, "userStatus": null, "userType": null, "credentialRule": null,
        });
        let told = self.change(lock, "SetUser", &order);
        // Also when the answer was lost.
        match self.user(lock, entry.slot)?.0 {
            Some(there) if there.mark() == Some(mark) && there.pins() > 0 => Ok(entry.slot),
            _ => told.and(Err(ProviderError::Refused("it did not keep the new name".into()))),
        }
    }
}
