//! What is recorded of the locks of a property.

use hashbrown::{HashMap, HashSet};

use super::Guards;
use crate::locks::{Held, Program, Ways};

/// One entry of a lock that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose, an index into [`Recorded::people`].
    pub person: u32,
    /// What it gives; its program is an index into [`Recorded::programs`].
    pub held: Held,
    /// Where, from 1.
    pub slot: u32,
    /// Whether it is uncertain that the lock holds it: how a call ended was never learned.
    pub unsure: bool,
    /// Whether its doorcode is known.
    pub digits: Digits,
}

/// Whether the doorcode of an entry is known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Digits {
    /// It is kept, or made when the entry is written.
    #[default]
    Kept,
    /// It was set elsewhere, in a lock that never tells it: it can stay in its slot, and nothing else.
    Untold,
    /// It was such a one, and is no longer in the lock: somebody has to allow that another is made.
    Lost,
    /// It was taken back, and the lock may have it until another one is there.
    TakenBack,
}

/// What is recorded of one lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedLock {
    /// The id of its door.
    pub door: String,
    /// The provider that holds it.
    pub provider: String,
    /// How the provider calls it.
    pub address: String,
    /// What is ours in it, ascending by person and by what it gives.
    pub entries: Vec<Entry>,
    /// The slots that hold something that is not ours, ascending.
    pub unmanaged: Vec<u32>,
    /// How many entries it takes, as it said itself.
    pub capacity: Option<u32>,
    /// The time zone that all of its programs were last written in; `None` before it was known.
    pub timezone: Option<String>,
}

/// What is recorded of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// What this record is called, for good; empty before the first.
    pub lineage: String,
    /// How many times it was written.
    pub serial: u64,
    /// The ids of people.
    pub people: Vec<String>,
    /// The programs.
    pub programs: Vec<Program>,
    /// The locks, ascending by door, provider and address.
    pub locks: Vec<RecordedLock>,
    /// What guards went by when it was last applied.
    pub guards: Guards,
}

/// A lock that holds what is ours for a door that it is no longer on, and is written to be on another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// How the provider calls it.
    pub address: String,
    /// The provider.
    pub provider: String,
    /// The door that it is recorded at.
    pub from: String,
    /// The door that it is written at.
    pub to: String,
}

impl Recorded {
    /// Adds locks of which nothing is recorded, by their doors, providers and addresses, so that they are read with the others.
    pub fn add_locks<'w>(&mut self, written: impl Iterator<Item = (&'w str, &'w str, &'w str)>) {
        let known: HashSet<(&str, &str, &str)> = self.locks.iter().map(RecordedLock::key).collect();
        let new = |(door, provider, address): (&str, &str, &str)| {
            let [door, provider, address] = [door, provider, address].map(str::to_owned);
            RecordedLock { door, provider, address, ..RecordedLock::default() }
        };
        let new: Vec<RecordedLock> = written.filter(|key| !known.contains(key)).map(new).collect();
        drop(known);
        self.locks.extend(new);
        self.locks.sort_by(|one, other| one.key().cmp(&other.key()));
    }

    /// The first lock that has gone to another door, of some written ones: their doors, providers and addresses. A plan would take
    /// it for two locks, and what it did at one of them would undo the other.
    #[must_use]
    pub fn moved<'w>(&self, written: impl Iterator<Item = (&'w str, &'w str, &'w str)>) -> Option<Moved> {
        let by_place: HashMap<(&str, &str), &str> =
            written.map(|(door, provider, address)| ((provider, address), door)).collect();
        // What is only remembered of a code that is gone is in no lock.
        let is_ours = |lock: &&RecordedLock| lock.entries.iter().any(|entry| entry.digits != Digits::Lost);
        self.locks.iter().filter(is_ours).find_map(|lock| {
            let to = by_place.get(&(lock.provider.as_str(), lock.address.as_str()))?;
            (*to != lock.door).then(|| Moved {
                address: lock.address.clone(),
                provider: lock.provider.clone(),
                from: lock.door.clone(),
                to: (*to).to_owned(),
            })
        })
    }
}

impl Entry {
    /// What an entry is to be taken for that is no longer in its slot: it is to be written again, with its doorcode where that
    /// is known.
    #[must_use]
    pub fn gone(self) -> Self {
        match self.digits {
            Digits::Kept | Digits::TakenBack => Self { unsure: true, ..self },
            Digits::Untold | Digits::Lost => {
                let held = Held { ways: Ways::default(), ..self.held };
                Self { held, unsure: true, digits: Digits::Lost, ..self }
            }
        }
    }
}

impl RecordedLock {
    /// What tells it from other locks.
    #[must_use]
    pub fn key(&self) -> (&str, &str, &str) {
        (&self.door, &self.provider, &self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_has_moved_when_it_holds_something_for_a_door_that_it_is_not_at() {
        let held = Held { ways: Ways::of_bits(2), program: 0, part: 0 };
        let entry = Entry { person: 0, held, slot: 1, unsure: false, digits: Digits::Untold };
        let lock = |entries: Vec<Entry>| RecordedLock {
            door: "front".into(),
            provider: "hub".into(),
            address: "2".into(),
            entries,
            ..RecordedLock::default()
        };
        let recorded = |entries: Vec<Entry>| Recorded { locks: vec![lock(entries)], ..Recorded::default() };
        let moved = |recorded: &Recorded, written: &[(&str, &str, &str)]| {
            recorded.moved(written.iter().copied()).map(|moved| (moved.from, moved.to))
        };
        let full = recorded(vec![entry]);
        assert_eq!(moved(&full, &[("main", "hub", "2")]), Some(("front".into(), "main".into())));
        for other in [("front", "hub", "2"), ("main", "hub", "3"), ("main", "stick", "2")] {
            assert_eq!(moved(&full, &[other]), None, "{other:?}");
        }
        assert_eq!(moved(&recorded(Vec::new()), &[("main", "hub", "2")]), None, "it was emptied");
        let gone = entry.gone();
        assert_eq!(
            moved(&recorded(vec![gone]), &[("main", "hub", "2")]),
            None,
            "it is remembered, and not there"
        );
    }
}
