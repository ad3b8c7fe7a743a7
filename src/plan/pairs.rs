//! What has to change for one person at one lock, as operations on entries.

use std::rc::Rc;

use super::law::lawful;
use super::recorded::Entry;
use super::times::Times;
use crate::locks::Held;
use crate::time::TimeSet;

/// One person at one lock, where something has to change.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    /// An index into the locks that are touched.
    pub(super) lock: u32,
    /// The person.
    pub(super) person: u32,
    /// Everything that is recorded of the person at the lock.
    pub(super) old: Vec<Entry>,
    /// Everything that should be there.
    pub(super) new: Vec<Held>,
    /// The access that is written.
    pub(super) wanted: Rc<Wanted>,
}

/// What is written for a person at a lock. Many have the same.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// What tells it from others; `None` for no access at all.
    pub(super) number: Option<u32>,
    /// The access, by capability, as far as the lock is to hold it; `None` for none.
    pub(super) times: [Option<TimeSet>; 3],
    /// Whether the lock holds each capability to the minute.
    pub(super) exact: [bool; 3],
}

/// One operation on one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) before: Option<Entry>,
    pub(super) after: Option<Held>,
}

/// The operations of a pair: first those that add entries, then those that replace one, in this order, then those that
/// take entries away.
#[derive(Clone, Debug, Default)]
pub(super) struct Operations {
    pub(super) puts: Vec<Operation>,
    pub(super) replaces: Vec<Operation>,
    pub(super) clears: Vec<Operation>,
    /// No order of the replacements keeps everything that stays.
    pub(super) gap: bool,
}

/// At most so many replacements are tried in every order.
const PERMUTED: usize = 5;

impl Pair {
    /// What has to be done.
    ///
    /// An entry with a doorcode is replaced where it stands, so that the code never leaves the lock and is never in it
    /// twice. Other entries are replaced only one for one; else the new ones are added before the old ones go.
    pub(super) fn operations(&self, times: &Times<'_>) -> Operations {
        let mut old = self.old.clone();
        let mut new = self.new.clone();
        // What is there already, and certain, needs nothing.
        new.retain(|held| {
            let same = old.iter().position(|entry| entry.held == *held && !entry.unsure);
            same.map(|index| old.remove(index)).is_none()
        });
        let mut operations = Operations::default();
        let replace = |old: &mut Vec<Entry>, index: usize, held: Held| Operation {
            before: Some(old.remove(index)),
            after: Some(held),
        };
        for same_part in [true, false] {
            new.retain(|held| {
                let fits = |entry: &Entry| {
                    held.ways.has_doorcode()
                        && entry.held.ways.has_doorcode()
                        && (!same_part || entry.held.part == held.part)
                };
                let Some(index) = old.iter().position(fits) else { return true };
                operations.replaces.push(replace(&mut old, index, *held));
                false
            });
        }
        // What an earlier run may have left in a slot is settled in that slot.
        new.retain(|held| {
            let Some(index) = old.iter().position(|entry| entry.unsure) else { return true };
            operations.replaces.push(replace(&mut old, index, *held));
            false
        });
        // One for one needs no free slot, where it takes nothing that stays on the way; else the new is added first.
        let mut in_place = operations.clone();
        if let ([_], [held]) = (old.as_slice(), new.as_slice()) {
            in_place.replaces.push(replace(&mut old.clone(), 0, *held));
            self.arrange(&mut in_place, times);
            if !in_place.gap {
                return in_place;
            }
        }
        operations.puts = new.into_iter().map(|held| Operation { before: None, after: Some(held) }).collect();
        operations.clears =
            old.into_iter().map(|entry| Operation { before: Some(entry), after: None }).collect();
        self.arrange(&mut operations, times);
        operations
    }

    /// Finds an order of the replacements in which nothing that stays is lost.
    fn arrange(&self, operations: &mut Operations, times: &Times<'_>) {
        let count = operations.replaces.len();
        if count < 2 {
            return;
        }
        let before = times.access(self.old.iter().map(|entry| entry.held));
        let keeps = |order: &[Operation]| {
            let mut held: Vec<Held> = self.old.iter().map(|entry| entry.held).collect();
            held.extend(operations.puts.iter().filter_map(|one| one.after));
            order.iter().all(|one| {
                let Operation { before: Some(old), after: Some(new) } = one else { return true };
                if let Some(index) = held.iter().position(|held| *held == old.held) {
                    held[index] = *new;
                }
                lawful(&before, &self.wanted.times, &held, times)
            })
        };
        let mut order = operations.replaces.clone();
        if keeps(&order) {
            return;
        }
        if count <= PERMUTED {
            let mut counters = vec![0usize; count];
            let mut at = 0;
            // Heap's algorithm, without recursion.
            while at < count {
                if counters[at] < at {
                    order.swap(if at % 2 == 0 { 0 } else { counters[at] }, at);
                    if keeps(&order) {
                        operations.replaces = order;
                        return;
                    }
                    counters[at] += 1;
                    at = 0;
                } else {
                    counters[at] = 0;
                    at += 1;
                }
            }
        }
        operations.gap = true;
    }
}
