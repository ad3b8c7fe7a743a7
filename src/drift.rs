//! Drift: what is in the locks against what is recorded of them.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::locks::doorcode::Doorcode;
use crate::locks::{Held, Program};
use crate::model::Capability;
use crate::plan::{Digits, Entry, Recorded, RecordedLock};
use crate::provider::{Called, CodeSeen, LockName, ProviderError, Providers, Reading, Stored, at_once};
use crate::state::CodeKey;
use crate::time::{Day, Minute};

/// Doorcodes as they are kept, to hold those that a lock tells against them.
pub type Codes = BTreeMap<CodeKey, Doorcode>;

/// What was read of a lock, or why it was not.
pub type Answer = Result<Reading, ProviderError>;

/// One way in which a lock differs from its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// An entry of ours is gone.
    Missing {
        /// Its slot.
        slot: u32,
        /// Whose it was.
        person: String,
    },
    /// An entry of ours is not as it was written.
    Altered {
        /// Its slot.
        slot: u32,
        /// Whose it is.
        person: String,
        /// In what it differs.
        what: &'static str,
    },
    /// An entry that keyplan did not write. It is left alone.
    Unmanaged {
        /// Its slot.
        slot: u32,
        /// What the lock calls it.
        name: Option<String>,
    },
}

/// Reads every lock that is recorded, each once, many at a time; in the order of the record.
#[must_use]
pub fn read_all(property: &str, timezone: Tz, locks: &[RecordedLock], providers: &Providers) -> Vec<Answer> {
    let bound = locks.iter().filter_map(|lock| providers.get(&lock.provider)).map(|one| one.parallel()).max();
    at_once(locks.len(), bound.unwrap_or(1), |at| read(property, timezone, &locks[at], providers))
}

fn read(property: &str, timezone: Tz, lock: &RecordedLock, providers: &Providers) -> Answer {
    let provider = providers.get(&lock.provider);
    let provider = provider.ok_or_else(|| {
        ProviderError::Unreachable(format!("there is no provider `{}` in the settings", lock.provider))
    })?;
    provider.read(LockName { property, door: &lock.door, address: &lock.address, timezone })
}

/// Whether a lock tells the digits of an entry of ours.
#[must_use]
pub fn tells_codes(lock: &RecordedLock, reading: &Reading) -> bool {
    let told = |slot: u32| {
        let there = reading.entries.iter().find(|there| there.slot == slot);
        there.is_some_and(|there| matches!(there.code, CodeSeen::Digits(_)))
    };
    lock.entries.iter().any(|entry| entry.held.ways.has_doorcode() && told(entry.slot))
}

/// Everything in which a lock differs from its record. A code that is not among `codes` is compared by being there.
#[must_use]
pub fn compare(
    recorded: &Recorded,
    lock: &RecordedLock,
    reading: &Reading,
    codes: &Codes,
    now: Minute,
) -> Vec<Drift> {
    let mut drifts = Vec::new();
    let stored: BTreeMap<u32, &Stored> = reading.entries.iter().map(|entry| (entry.slot, entry)).collect();
    let mut ours: Vec<&Entry> = lock.entries.iter().collect();
    ours.sort_unstable_by_key(|entry| entry.slot);
    for entry in &ours {
        let person = recorded.people[entry.person as usize].clone();
        match stored.get(&entry.slot) {
            None if entry.unsure || is_over(recorded, entry, now) => {}
            None => drifts.push(Drift::Missing { slot: entry.slot, person }),
            Some(there) => {
                if let Some(what) = difference(recorded, lock, entry, there, codes, now.day()) {
                    drifts.push(Drift::Altered { slot: entry.slot, person, what });
                }
            }
        }
    }
    for (slot, there) in stored {
        if ours.binary_search_by_key(&slot, |entry| entry.slot).is_err() {
            drifts.push(Drift::Unmanaged {
                slot,
                name: there.name.as_ref().map(|name| name.name().to_owned()),
            });
        }
    }
    drifts
}

/// Whether the time of an entry has passed, so that a lock may have forgotten it by itself.
fn is_over(recorded: &Recorded, entry: &Entry, now: Minute) -> bool {
    recorded.programs[entry.held.program as usize].is_over(now)
}

/// In what an entry differs from its record; `None` for nothing that the lock tells.
fn difference(
    recorded: &Recorded,
    lock: &RecordedLock,
    entry: &Entry,
    there: &Stored,
    codes: &Codes,
    today: Day,
) -> Option<&'static str> {
    let person = &recorded.people[entry.person as usize];
    if there.name.as_ref().is_some_and(|name| !name.is(person)) {
        return Some("it is somebody else's");
    }
    if there.ways != entry.held.ways {
        return Some("its ways in are others");
    }
    if !matches!(there.code, CodeSeen::None) != entry.held.ways.has_doorcode() {
        return Some(if entry.held.ways.has_doorcode() {
            "its doorcode is gone"
        } else {
            "it has a doorcode"
        });
    }
    if entry.digits != Digits::Kept {
        // Whichever code is there, it is the one that nobody knows, or that is to go.
        return other_hours(recorded, entry, there, today);
    }
    if matches!(there.code, CodeSeen::Foreign) {
        return Some("its doorcode was set by another system");
    }
    let key = || CodeKey { door: lock.door.clone(), person: person.clone(), part: entry.held.part };
    if let CodeSeen::Digits(seen) = &there.code
        && codes.get(&key()).is_some_and(|kept| !kept.same_as(seen))
    {
        return Some("its doorcode is another");
    }
    other_hours(recorded, entry, there, today)
}

fn other_hours(recorded: &Recorded, entry: &Entry, there: &Stored, today: Day) -> Option<&'static str> {
    let program = &recorded.programs[entry.held.program as usize];
    (there.program.from_day(today) != program.from_day(today)).then_some("its hours are others")
}

/// What is known of the code of an entry that is not as it was recorded.
fn digits(recorded: &Recorded, entry: &Entry, there: &Stored, today: Day) -> Digits {
    let name_is = |name: &Called| name.is(&recorded.people[entry.person as usize]);
    // The lock calls somebody with a new id by the old one until it is written again.
    let is_renamed = || {
        entry.unsure && there.ways == entry.held.ways && other_hours(recorded, entry, there, today).is_none()
    };
    let is_theirs = there.name.as_ref().is_none_or(name_is) || is_renamed();
    match entry.digits {
        Digits::Untold if !is_theirs || matches!(there.code, CodeSeen::None) => Digits::Lost,
        other => other,
    }
}

/// Whether nothing but the doorcode of an entry of ours is gone, which is kept here and can be put back.
fn lacks_only_code(recorded: &Recorded, entry: &Entry, there: &Stored, today: Day) -> bool {
    let ways = entry.held.ways;
    let is_theirs = there.name.as_ref().is_none_or(|name| name.is(&recorded.people[entry.person as usize]));
    let same_ways = there.ways == ways || there.ways == ways.without(Capability::Doorcode);
    matches!(entry.digits, Digits::Kept | Digits::TakenBack)
        && ways.has_doorcode()
        && matches!(there.code, CodeSeen::None)
        && is_theirs
        && same_ways
        && other_hours(recorded, entry, there, today).is_none()
}

/// The record as the locks are: what is gone is to be written again, what differs is what it is now, what is not ours is noted.
/// Locks that were not read stay as they are recorded.
#[must_use]
pub fn refreshed(recorded: &Recorded, answers: &[Answer], codes: &Codes, now: Minute) -> Recorded {
    let mut fresh = recorded.clone();
    for ((lock, was), answer) in fresh.locks.iter_mut().zip(&recorded.locks).zip(answers) {
        let Ok(reading) = answer else { continue };
        let mut entries = Vec::new();
        let mut unmanaged = Vec::new();
        for there in &reading.entries {
            match was.entries.iter().find(|entry| entry.slot == there.slot) {
                None => unmanaged.push(there.slot),
                Some(entry) => {
                    let mut entry = *entry;
                    if difference(recorded, was, &entry, there, codes, now.day()).is_some() {
                        // Whatever is in the slot now, it is to be written again.
                        let program = fresh.programs.len() as u32;
                        fresh.programs.push(Program(there.program.0.clone()));
                        entry.digits = digits(recorded, &entry, there, now.day());
                        if lacks_only_code(recorded, &entry, there, now.day()) {
                            entry = entry.gone();
                            entries.push(entry);
                            continue;
                        }
                        entry.held = Held { ways: there.ways, program, part: entry.held.part };
                        entry.unsure = true;
                    } else {
                        entry.unsure = entry.digits == Digits::TakenBack;
                    }
                    entries.push(entry);
                }
            }
        }
        let is_read = |entry: &&Entry| reading.entries.iter().any(|there| there.slot == entry.slot);
        let unread = was.entries.iter().filter(|entry| !is_read(entry));
        let left = |entry: &Entry| match entry.digits {
            Digits::Kept if is_over(recorded, entry, now) => Some(*entry),
            // The lock that is there now has fewer places; a code that is kept finds another.
            Digits::Kept | Digits::TakenBack if reading.capacity.is_some_and(|most| entry.slot > most) => {
                None
            }
            _ => Some(entry.gone()),
        };
        entries.extend(unread.filter_map(left));
        entries.sort_unstable_by_key(|entry| (entry.person, entry.held));
        lock.entries = entries;
        lock.unmanaged = unmanaged;
        lock.capacity = reading.capacity;
    }
    fresh
}
