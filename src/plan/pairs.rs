//! Where something has to change: one person at one lock each. What is there and what should be is the same for many of
//! them, so that whatever hangs on that alone is worked out once, for their case.

use std::rc::Rc;

use super::recorded::{Digits, Entry};
use crate::locks::Held;
use crate::time::{Interval, TimeSet};

/// One person at one lock, where something has to change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// An index into the locks that are touched.
    pub(super) lock: u32,
    /// The person.
    pub(super) person: u32,
    /// Which of [`Pairs::cases`].
    pub(super) case: u32,
    /// Where what is recorded of the person at the lock begins in [`Pairs::entries`].
    pub(super) entries: u32,
}

/// What is recorded of an entry, wherever it stands and whosever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct There {
    pub(super) held: Held,
    /// Whether it is uncertain that the lock holds it.
    pub(super) unsure: bool,
    /// Whether its doorcode is known.
    pub(super) digits: Digits,
}

impl From<&Entry> for There {
    fn from(entry: &Entry) -> Self {
        let Entry { held, unsure, digits, person: _, slot: _ } = *entry;
        Self { held, unsure, digits }
    }
}

/// What is there, and what should be.
#[derive(Debug)]
pub(super) struct Case {
    /// What is recorded.
    pub(super) old: Vec<There>,
    /// What should be there.
    pub(super) new: Vec<Held>,
    /// The access that is written.
    pub(super) wanted: Rc<Wanted>,
    /// Until when that is judged: a lock that knows no dates is right until keyplan's next run.
    pub(super) within: Interval,
    /// Whether the person keeps no access anywhere.
    pub(super) leaves: bool,
}

/// What is written for a person at a lock.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// What tells it from others; `None` for no access at all.
    pub(super) number: Option<u32>,
    /// The access, by capability, as far as the lock is to hold it; `None` for none.
    pub(super) times: [Option<TimeSet>; 3],
    /// Whether the lock holds each capability to the minute.
    pub(super) exact: [bool; 3],
}

/// Everybody at every lock where something has to change, ascending by lock and then by what people are numbered in the
/// record.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) list: Vec<Pair>,
    pub(super) cases: Vec<Case>,
    /// What is recorded of each pair, one pair after the other.
    pub(super) entries: Vec<Entry>,
}

impl Pairs {
    pub(super) fn case(&self, pair: &Pair) -> &Case {
        &self.cases[pair.case as usize]
    }

    /// What is recorded of a person at a lock.
    pub(super) fn old(&self, pair: &Pair) -> &[Entry] {
        let start = pair.entries as usize;
        &self.entries[start..start + self.case(pair).old.len()]
    }
}
