//! Lowering for the lock: what a piece of hardware can hold of a table, and how far that is what the property says.
//!
//! A lock is a small computer with hard limits ([`Limits`]). Whatever it cannot hold exactly is split, left out with a
//! date on which it has to be looked at again, or refused with what would fit; it is never rounded up. What a lock
//! stores is a list of [`Held`]: each gives one person some ways in, in the minutes of a [`Program`].

pub mod doorcode;
mod family;
mod limits;
mod lower;
pub mod matter;
mod next_dates;
pub mod seam;
pub mod slots;
pub mod target;
pub mod wire;
pub mod zwave;

pub use family::Family;
pub use limits::{Limits, is_at_least};
pub use lower::{Fit, Lowered, Refusal, Verdict, fit, lower};

use crate::model::Capability;
use crate::time::{Day, Minute, Segment, TimeSet};

/// What somebody can do by one entry of a lock: a set of capabilities. As truths and not as the bits of a number, so that an
/// entry that may be missing takes no more memory than one that is there; the last capability first, by which sets are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ways([bool; 3]);

impl Ways {
    /// The set of one capability.
    #[must_use]
    pub const fn one(capability: Capability) -> Self {
        Self::of_bits(1 << capability as u8)
    }

    /// The set as the bits of a byte; what [`Ways::of_bits`] reads.
    #[must_use]
    pub const fn bits(self) -> u8 {
        let Self([share, doorcode, unlock]) = self;
        (share as u8) << 2 | (doorcode as u8) << 1 | unlock as u8
    }

    /// The set of some bits; bits that mean nothing are left out.
    #[must_use]
    pub const fn of_bits(bits: u8) -> Self {
        Self([bits & 4 != 0, bits & 2 != 0, bits & 1 != 0])
    }

    /// What is in either.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self::of_bits(self.bits() | other.bits())
    }

    /// The same without one capability.
    #[must_use]
    pub const fn without(self, capability: Capability) -> Self {
        Self::of_bits(self.bits() & !Self::one(capability).bits())
    }

    /// Whether a capability is in it.
    #[must_use]
    pub const fn has(self, capability: Capability) -> bool {
        self.0[2 - capability as usize]
    }

    /// Whether a doorcode belongs to it.
    #[must_use]
    pub const fn has_doorcode(self) -> bool {
        self.has(Capability::Doorcode)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.bits() == 0
    }

    /// The capabilities, in the order of every output.
    pub fn each(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |one| self.has(*one))
    }
}

/// When an entry of a lock opens: the minutes of any of these segments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Program(pub Vec<Segment>);

impl Program {
    /// The minutes as a set.
    #[must_use]
    pub fn times(&self) -> TimeSet {
        TimeSet::of_segments(&self.0)
    }

    /// Whether all of it has passed at a minute: a lock may have forgotten it by itself.
    #[must_use]
    pub fn is_over(&self, now: Minute) -> bool {
        self.0.iter().all(|segment| segment.until.is_some_and(|until| until <= now))
    }

    /// What of it matters from a day on. Two programs that differ only in what is over are the same to a lock.
    #[must_use]
    pub fn from_day(&self, day: Day) -> Self {
        let start = day.start();
        let ahead = |segment: &&Segment| segment.until.is_none_or(|until| until > start);
        let trimmed = self.0.iter().filter(ahead).map(|segment| {
            let mut segment = segment.clone();
            segment.from = segment.from.filter(|from| *from > start);
            segment.holidays.retain(|(one, _)| *one >= day);
            segment.holidays_closed.retain(|one| *one >= day);
            segment
        });
        Self(trimmed.collect())
    }
}

/// What one entry of a lock gives one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    /// What.
    pub ways: Ways,
    /// When, by the number of the program.
    pub program: u32,
    /// Which of the person's doorcodes at this lock: a lock that takes no code twice needs a second one for a person
    /// who is split into two entries. 0 for the first, and without a doorcode.
    pub part: u8,
}
