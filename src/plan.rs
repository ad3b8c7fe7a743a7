//! Plans: the ordered changes that bring locks from what is in them to what is written, as plain data.
//!
//! [`make`] compares the tables of a property with what is recorded of its locks, puts the changes in an order in which
//! nobody who keeps access loses it and nobody has access that neither the old nor the new property gives, and has that
//! proved by [`law`] before anybody sees the plan. [`Plan::admit`] holds it to the guards.

mod compare;
mod digest;
mod guards;
pub mod law;
mod learned;
mod order;
mod pairs;
mod recorded;
mod resumed;
mod saved;
mod select;
mod steps;
mod times;

pub use compare::{Made, Source, make};
pub use guards::{Allowed, Danger, Guard, Guards, Refused, SafePlan};
pub use recorded::{Digits, Entry, Moved, Recorded, RecordedLock};
pub use saved::SavedError;
pub use select::Selector;

use std::ops::Range;

use crate::locks::{Held, Limits, Program};
use crate::time::Day;

/// One change of one entry of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which lock, an index into [`Plan::locks`].
    pub lock: u32,
    /// Which of its slots, from 1.
    pub slot: u32,
    /// Whose access, an index into [`Plan::people`].
    pub person: u32,
    /// What the slot holds before; `None` when it is free.
    pub before: Option<Held>,
    /// What it holds after; `None` when it is freed.
    pub after: Option<Held>,
    /// Whether it is not certain what the slot holds before: an earlier run did not learn how its call ended.
    pub unsure: bool,
    /// What happens to the person's doorcode at this lock.
    pub code: CodeFate,
    /// Whether nobody here knows the doorcode that the slot holds before, or held: it stays where it is, or is gone.
    pub untold: bool,
    /// Why.
    pub reason: Reason,
    /// Changes that must be confirmed before this one: which part of [`Plan::needed`].
    pub needs: Range<u32>,
    /// Whether everything that the person newly gets must be confirmed before it, at whichever lock.
    pub after_grants: bool,
    /// Whether the person is without access that stays, from this change on until a later one: the lock is full.
    pub gap: bool,
    /// How many entries the lock holds after it, when the changes are made in the order of the plan.
    pub fill: u32,
    /// The line of the files that causes it, an index into [`Plan::causes`]; `None` when nothing in the files gives what is
    /// there.
    pub cause: Option<u32>,
}

/// What a change does to the doorcode that the person has at the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeFate {
    /// There is none, before and after.
    None,
    /// A new one is made.
    Makes,
    /// It stays as it is.
    Keeps,
    /// It is deleted for good.
    Deletes,
}

impl Change {
    /// Whether the doorcode that is in the slot has to be left there, since nobody knows it.
    #[must_use]
    pub fn leaves_code(&self) -> bool {
        self.untold && self.code == CodeFate::Keeps
    }
}

impl CodeFate {
    const ALL: [Self; 4] = [Self::None, Self::Makes, Self::Keeps, Self::Deletes];

    /// The word of every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Makes => "makes",
            Self::Keeps => "keeps",
            Self::Deletes => "deletes",
        }
    }
}

/// Why a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The person has no access anywhere any more.
    Leaves,
    /// The person keeps access elsewhere, and loses this.
    Loses,
    /// The person gets what was not there before.
    Gains,
    /// The person gets something and loses something.
    Changes,
    /// The same access takes another form in this lock.
    Rewrites,
}

impl Reason {
    const ALL: [Self; 5] = [Self::Leaves, Self::Loses, Self::Gains, Self::Changes, Self::Rewrites];

    /// The word of every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Leaves => "leaves",
            Self::Loses => "loses",
            Self::Gains => "gains",
            Self::Changes => "changes",
            Self::Rewrites => "rewrites",
        }
    }
}

/// A lock that a plan touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedLock {
    /// The id of its door.
    pub door: String,
    /// The provider that holds it.
    pub provider: String,
    /// How the provider calls it.
    pub address: String,
    /// What it can hold.
    pub limits: Limits,
    /// How many entries it holds before, those that are not ours among them.
    pub entries: u32,
}

/// A person that a plan touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedPerson {
    /// The id.
    pub id: String,
    /// The name that people know.
    pub name: Option<String>,
    /// The text of the home's id, whose digits no doorcode has.
    pub unit: Option<String>,
}

/// Access that the locks cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Short {
    /// The door.
    pub door: String,
    /// The first of the people.
    pub person: String,
    /// How many others there are.
    pub others: u32,
    /// The capability; `None` for all of them.
    pub capability: Option<crate::model::Capability>,
    /// Why, and what would fit.
    pub why: String,
}

/// How many credentials each verdict was given to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Held to the minute, in one entry.
    pub exact: u64,
    /// Held to the minute, in several.
    pub split: u64,
    /// Held to the minute if keyplan comes back in time.
    pub needs_apply: u64,
    /// Not held.
    pub refused: u64,
}

/// The ordered changes of one property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The id of the property.
    pub property: String,
    /// The time zone that programs are in.
    pub timezone: chrono_tz::Tz,
    /// The day on which the property was judged.
    pub as_of: Day,
    /// Which record of the locks it starts from.
    pub lineage: String,
    /// How many times that record had been written.
    pub serial: u64,
    /// The locks that are touched.
    pub locks: Vec<PlannedLock>,
    /// The people that are touched.
    pub people: Vec<PlannedPerson>,
    /// The programs that changes name by number.
    pub programs: Vec<Program>,
    /// The changes, in an order that keeps the law.
    pub changes: Vec<Change>,
    /// What changes wait for: other changes by index, each before the one that waits.
    pub needed: Vec<u32>,
    /// The lines of the files that cause changes, each once, as `file:line`.
    pub causes: Vec<String>,
    /// Access that is not given, or not taken, because the locks have no room; and access that no lock can hold.
    pub short: Vec<Short>,
    /// What guards say no to, unless they are allowed.
    pub dangers: Vec<Danger>,
    /// What guards go by once it is applied.
    pub guards: Guards,
    /// How far the locks hold what is written.
    pub verdicts: Verdicts,
    /// The next day on which a plan is due, when nobody edits anything.
    pub due: Option<Day>,
    /// SHA-256 over what it does, as `sha256:` and hexadecimal digits; neither the day nor the serial counts.
    pub digest: String,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether a lock has no room for somebody, also where there is nothing to do.
    #[must_use]
    pub fn leaves_out(&self) -> bool {
        self.short.iter().any(|short| short.capability.is_none())
    }

    /// The lock of a change.
    #[must_use]
    pub fn lock(&self, change: &Change) -> &PlannedLock {
        &self.locks[change.lock as usize]
    }

    /// The person of a change.
    #[must_use]
    pub fn person(&self, change: &Change) -> &PlannedPerson {
        &self.people[change.person as usize]
    }

    /// The changes that must be confirmed before a change, by index; all come earlier in the plan.
    #[must_use]
    pub fn needs(&self, change: &Change) -> &[u32] {
        &self.needed[change.needs.start as usize..change.needs.end as usize]
    }

    /// The line of the files that causes a change, as `file:line`; `None` when nothing in the files gives what is there.
    #[must_use]
    pub fn cause(&self, change: &Change) -> Option<&str> {
        change.cause.map(|cause| self.causes[cause as usize].as_str())
    }

    /// The program of what an entry holds.
    #[must_use]
    pub fn program(&self, held: Held) -> &Program {
        &self.programs[held.program as usize]
    }
}
