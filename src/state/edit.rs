//! Edits of the record by hand.

use rusqlite::{Transaction, params};

use super::lease::token;
use super::{CodeKey, Event, Lease, State, StateError, Vault, log, records};
use crate::locks::doorcode::Doorcode;
use crate::plan::{Digits, Recorded, RecordedLock};

impl State {
    /// Gives a door or a person another id; how many entries were theirs.
    ///
    /// # Errors
    /// When the new id is taken, doorcodes would have to be sealed anew for it, or the state cannot be written.
    pub fn rename(
        &mut self,
        lease: &Lease,
        vault: &Vault,
        door: bool,
        old: &str,
        new: &str,
    ) -> Result<usize, StateError> {
        if new.is_empty() || new.chars().any(char::is_control) {
            return Err(StateError::Wrong("no door and no person is called like that".to_owned()));
        }
        let mut recorded = self.base(&lease.property)?;
        let taken = || StateError::Wrong(format!("something is recorded of `{new}` already"));
        let count = if door {
            if recorded.locks.iter().any(|lock| lock.door == new) {
                return Err(taken());
            }
            let mut count = 0;
            for lock in recorded.locks.iter_mut().filter(|lock| lock.door == old) {
                // A lock that was called like its door keeps its own name.
                lock.door = new.to_owned();
                count += lock.entries.len().max(1);
            }
            recorded.locks.sort_by(|one, other| one.key().cmp(&other.key()));
            count
        } else {
            if recorded.people.iter().any(|id| id == new) {
                return Err(taken());
            }
            let Some(person) = recorded.people.iter().position(|id| id == old) else { return Ok(0) };
            recorded.people[person] = new.to_owned();
            let mut count = 0;
            for entry in recorded.locks.iter_mut().flat_map(|lock| &mut lock.entries) {
                if entry.person as usize == person {
                    // The lock still calls it by the old id, until it is written again.
                    entry.unsure = true;
                    count += 1;
                }
            }
            count
        };
        if count == 0 {
            return Ok(0);
        }
        let property = &lease.property;
        let mut moved = Vec::new();
        for (_, key, blob) in self.sealed_codes(Some(property))? {
            if (if door { &key.door } else { &key.person }) != old {
                continue;
            }
            let mut to = key.clone();
            *(if door { &mut to.door } else { &mut to.person }) = new.to_owned();
            // A sealed code is bound to its place.
            let sealed = vault.seal(property, &to, &vault.open(property, &key, &blob)?)?;
            moved.push((key, to, sealed));
        }
        self.rewrite(&mut recorded, property, |transaction| {
            for (from, to, sealed) in &moved {
                delete_code(transaction, property, from)?;
                let values = params![property, to.door, to.person, to.part, sealed];
                transaction.execute("INSERT INTO codes VALUES(?1, ?2, ?3, ?4, ?5)", values)?;
            }
            Ok(())
        })?;
        Ok(count)
    }

    /// Records what was found in locks as ours, with its doorcodes, for a property of which nothing is recorded.
    ///
    /// # Errors
    /// When something is recorded of it already, or the state cannot be written.
    pub fn adopt(
        &mut self,
        lease: &Lease,
        vault: &Vault,
        mut recorded: Recorded,
        codes: &[(CodeKey, Doorcode)],
    ) -> Result<(), StateError> {
        let property = &lease.property;
        if !self.base(property)?.lineage.is_empty() {
            return Err(self.damaged("the property is recorded already"));
        }
        recorded.lineage = token()?;
        let sealed = codes.iter().map(|(key, code)| Ok((key, vault.seal(property, key, code)?)));
        let sealed = sealed.collect::<Result<Vec<_>, StateError>>()?;
        self.rewrite(&mut recorded, property, |transaction| {
            for (CodeKey { door, person, part }, sealed) in &sealed {
                let values = params![property, door, person, part, sealed];
                transaction.execute("INSERT INTO codes VALUES(?1, ?2, ?3, ?4, ?5)", values)?;
            }
            Ok(())
        })
    }

    /// Forgets the locks of a door, what they hold being nobody's from now on, and their doorcodes; how many entries they held.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn forget(&mut self, lease: &Lease, door: &str) -> Result<usize, StateError> {
        let mut recorded = self.base(&lease.property)?;
        let mut gone = 0;
        for lock in recorded.locks.iter_mut().filter(|lock| lock.door == door) {
            gone += lock.entries.len().max(1);
            lock.unmanaged.extend(lock.entries.drain(..).map(|entry| entry.slot));
            lock.unmanaged.sort_unstable();
            lock.unmanaged.dedup();
        }
        if gone == 0 {
            return Ok(0);
        }
        self.rewrite(&mut recorded, &lease.property, |transaction| {
            let sql = "DELETE FROM codes WHERE property = ?1 AND door = ?2";
            transaction.execute(sql, params![lease.property, door]).map(|_| ())
        })?;
        Ok(gone)
    }

    /// Forgets one lock of a door that is gone for good; how many entries it held. The doorcodes stay, for the lock that takes its
    /// place.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn forget_lock(&mut self, lease: &Lease, door: &str, address: &str) -> Result<usize, StateError> {
        let mut recorded = self.base(&lease.property)?;
        let is_it = |lock: &RecordedLock| lock.door == door && lock.address == address;
        let gone =
            recorded.locks.iter().filter(|lock| is_it(lock)).map(|lock| lock.entries.len().max(1)).sum();
        if gone > 0 {
            recorded.locks.retain(|lock| !is_it(lock));
            self.rewrite(&mut recorded, &lease.property, |_| Ok(()))?;
        }
        Ok(gone)
    }

    /// Deletes doorcodes, and marks their entries to be written again, with new ones; also those that nobody here knows.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn rotate_codes(&mut self, lease: &Lease, keys: &[CodeKey], who: &str) -> Result<(), StateError> {
        let mut recorded = self.base(&lease.property)?;
        for key in keys {
            let person = recorded.people.iter().position(|id| *id == key.person).map(|at| at as u32);
            for lock in recorded.locks.iter_mut().filter(|lock| lock.door == key.door) {
                for entry in &mut lock.entries {
                    let theirs = Some(entry.person) == person && entry.held.part == key.part;
                    if theirs && (entry.held.ways.has_doorcode() || entry.digits == Digits::Lost) {
                        (entry.unsure, entry.digits) = (true, Digits::TakenBack);
                    }
                }
            }
        }
        let whose: Vec<String> = keys.iter().map(|key| format!("{} at {}", key.person, key.door)).collect();
        self.rewrite(&mut recorded, &lease.property, |transaction| {
            keys.iter().try_for_each(|key| delete_code(transaction, &lease.property, key))?;
            log::append(transaction, who, &lease.property, Event::CodesRotated, &whose.join(", "))
        })
    }

    /// Writes a record that was edited, with what has to become true together with it.
    fn rewrite(
        &mut self,
        recorded: &mut Recorded,
        property: &str,
        with: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StateError> {
        recorded.serial += 1;
        self.transact(|transaction| {
            with(transaction)?;
            Ok(records::write(transaction, property, recorded)?)
        })
    }

    /// Checks every page of the state, and that every record can be read.
    ///
    /// # Errors
    /// When something is damaged.
    pub fn sound(&self) -> Result<(), StateError> {
        let answer: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(|error| self.failed(error))?;
        if answer != "ok" {
            return Err(self.damaged(&answer));
        }
        self.properties()?.iter().try_for_each(|property| self.recorded(property).map(|_| ()))
    }
}

fn delete_code(transaction: &Transaction<'_>, property: &str, key: &CodeKey) -> rusqlite::Result<()> {
    let CodeKey { door, person, part } = key;
    let sql = "DELETE FROM codes WHERE property = ?1 AND door = ?2 AND person = ?3 AND part = ?4";
    transaction.execute(sql, params![property, door, person, part]).map(|_| ())
}
