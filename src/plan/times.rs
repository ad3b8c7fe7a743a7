//! The minutes of programs, each computed when it is first asked for.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::locks::{Held, Program};
use crate::model::Capability;
use crate::time::{Interval, TimeSet};

/// The minutes of the programs of a plan, by number.
pub(super) struct Times<'p> {
    programs: &'p [Program],
    known: Vec<OnceCell<TimeSet>>,
}

impl<'p> Times<'p> {
    pub(super) fn new(programs: &'p [Program]) -> Self {
        Self { programs, known: vec![OnceCell::new(); programs.len()] }
    }

    pub(super) fn of(&self, program: u32) -> &TimeSet {
        let number = program as usize;
        self.known[number].get_or_init(|| self.programs[number].times())
    }

    /// The access of some entries.
    pub(super) fn access(&self, entries: impl Iterator<Item = Held> + Clone) -> Entries<'_> {
        Entries(Capability::ALL.map(|capability| {
            let with = entries.clone().filter(|held| held.ways.has(capability));
            let each = with.map(|held| Cow::Borrowed(self.of(held.program)));
            each.reduce(|all, one| Cow::Owned(all.union(&one)))
        }))
    }
}

/// The access of some entries, by capability; `None` for none.
pub(super) struct Entries<'t>([Option<Cow<'t, TimeSet>>; 3]);

impl Entries<'_> {
    pub(super) fn get(&self, number: usize) -> Option<&TimeSet> {
        self.0[number].as_deref()
    }

    /// Whether this gives something that the other does not.
    pub(super) fn exceeds(&self, other: &Self, within: Interval) -> bool {
        let never = TimeSet::never();
        (0..3).any(|number| {
            let other = other.get(number).unwrap_or(&never);
            let exceeds = |one: &TimeSet| one != other && one.difference(other).is_open_within(within);
            self.get(number).is_some_and(exceeds)
        })
    }
}
