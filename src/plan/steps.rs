//! What has to be done in a case, as steps on entries: worked out once, and taken by everybody whose case it is.

use std::ops::Range;

use super::law::lawful;
use super::pairs::Case;
use super::recorded::Digits;
use super::times::Times;
use super::{CodeFate, Reason};
use crate::locks::Held;

/// A step on one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Which of the entries that are there; `None` for a new one.
    pub(super) before: Option<u32>,
    /// What the entry is afterwards; `None` when it goes.
    pub(super) after: Option<Held>,
    /// Whether it gives something that was not there.
    pub(super) gains: bool,
    /// Whether it takes something away.
    pub(super) loses: bool,
    /// What happens to the doorcode of its entry.
    pub(super) code: CodeFate,
}

/// The steps of a case: first those that add entries, then those that replace one, in this order, then those that take
/// entries away.
#[derive(Debug)]
pub(super) struct Steps {
    list: Vec<Step>,
    puts: usize,
    replaces: usize,
    /// No order of the replacements keeps everything that stays.
    pub(super) gap: bool,
    /// Why all this.
    pub(super) reason: Reason,
    /// Whether anything of the access that was there is lost.
    pub(super) loses: bool,
}

/// At most so many replacements are tried in every order.
const PERMUTED: usize = 5;

/// The operations of a case, before anything is known of what each of them does.
#[derive(Clone, Default)]
struct Operations {
    puts: Vec<Held>,
    replaces: Vec<(u32, Held)>,
    clears: Vec<u32>,
    gap: bool,
}

impl Steps {
    /// The steps of a case.
    pub(super) fn of(case: &Case, times: &Times<'_>) -> Self {
        let Operations { puts, replaces, clears, gap } = operations(case, times);
        let step = |before: Option<u32>, after: Option<Held>| {
            let held = before.map(|index| case.old[index as usize].held);
            let (gains, loses) = effect(case, held, after, times);
            Step { before, after, gains, loses, code: fate(case, before, after) }
        };
        let mut list: Vec<Step> = puts.iter().map(|held| step(None, Some(*held))).collect();
        list.extend(replaces.iter().map(|(index, held)| step(Some(*index), Some(*held))));
        // What grants comes before what only takes: nothing that is taken makes room for a replacement. What does neither may put
        // back what is not there, and nothing is taken before that: it comes in between, or the two would wait for each other.
        list[puts.len()..].sort_by_key(|step| (!step.gains, step.loses));
        list.extend(clears.iter().map(|index| step(Some(*index), None)));
        let whole = match (case.old.as_slice(), case.new.as_slice(), list.as_slice()) {
            ([_], [_], [one]) => (one.gains, one.loses),
            _ => exceed(case, case.old.iter().map(|there| there.held), case.new.iter().copied(), times),
        };
        let reason = reason(case, whole);
        Self { list, puts: puts.len(), replaces: replaces.len(), gap, reason, loses: whole.1 }
    }

    pub(super) fn all(&self) -> &[Step] {
        &self.list
    }

    /// Those that add entries.
    pub(super) const fn puts(&self) -> Range<usize> {
        0..self.puts
    }

    /// Those that replace entries.
    pub(super) const fn replaces(&self) -> Range<usize> {
        self.puts..self.puts + self.replaces
    }

    /// Those that take entries away.
    pub(super) const fn clears(&self) -> Range<usize> {
        self.puts + self.replaces..self.list.len()
    }

    /// Those that have to come before one of them.
    pub(super) fn before(&self, at: usize) -> Range<usize> {
        if at < self.puts { 0..0 } else { 0..at.min(self.puts + self.replaces) }
    }
}

/// What has to be done.
///
/// An entry with a doorcode is replaced where it stands, so that the code never leaves the lock and is never in it
/// twice. Other entries are replaced only one for one; else the new ones are added before the old ones go.
fn operations(case: &Case, times: &Times<'_>) -> Operations {
    let held_of = |index: u32| case.old[index as usize].held;
    let is_unsure = |index: u32| case.old[index as usize].unsure;
    let mut old: Vec<u32> = (0..case.old.len() as u32).collect();
    let mut new = case.new.clone();
    // What is there already, and certain, needs nothing.
    new.retain(|held| {
        let same = old.iter().position(|index| held_of(*index) == *held && !is_unsure(*index));
        same.map(|at| old.remove(at)).is_none()
    });
    let mut operations = Operations::default();
    for same_part in [true, false] {
        new.retain(|held| {
            let fits = |index: &u32| {
                let there = held_of(*index);
                held.ways.has_doorcode()
                    && there.ways.has_doorcode()
                    && (!same_part || there.part == held.part)
            };
            let Some(at) = old.iter().position(fits) else { return true };
            operations.replaces.push((old.remove(at), *held));
            false
        });
    }
    // What an earlier run may have left in a slot is settled in that slot.
    new.retain(|held| {
        let Some(at) = old.iter().position(|index| is_unsure(*index)) else { return true };
        operations.replaces.push((old.remove(at), *held));
        false
    });
    // One for one needs no free slot, where it takes nothing that stays on the way; else the new is added first.
    if let ([index], [held]) = (old.as_slice(), new.as_slice()) {
        let mut in_place = operations.clone();
        in_place.replaces.push((*index, *held));
        arrange(case, &mut in_place, times);
        if !in_place.gap {
            return in_place;
        }
    }
    operations.puts = new;
    operations.clears = old;
    arrange(case, &mut operations, times);
    operations
}

/// Finds an order of the replacements in which nothing that stays is lost.
fn arrange(case: &Case, operations: &mut Operations, times: &Times<'_>) {
    let count = operations.replaces.len();
    if count < 2 {
        return;
    }
    let before = times.access(case.old.iter().map(|there| there.held));
    let keeps = |order: &[(u32, Held)]| {
        let mut held: Vec<Held> = case.old.iter().map(|there| there.held).collect();
        held.extend(&operations.puts);
        order.iter().all(|(index, new)| {
            held[*index as usize] = *new;
            lawful(&before, &case.wanted.times, &held, times)
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

/// Whether a step gives something that its slot did not, and whether it takes something away.
fn effect(case: &Case, before: Option<Held>, after: Option<Held>, times: &Times<'_>) -> (bool, bool) {
    let (Some(before), Some(after)) = (before, after) else { return (after.is_some(), before.is_some()) };
    exceed(case, std::iter::once(before), std::iter::once(after), times)
}

/// Whether some entries give more than others did, and whether they give less.
fn exceed(
    case: &Case,
    old: impl Iterator<Item = Held> + Clone,
    new: impl Iterator<Item = Held> + Clone,
    times: &Times<'_>,
) -> (bool, bool) {
    let (old, new) = (times.access(old), times.access(new));
    (new.exceeds(&old, case.within), old.exceeds(&new, case.within))
}

/// Why a case changes, of which it is known whether it gains and whether it loses anything.
fn reason(case: &Case, whole: (bool, bool)) -> Reason {
    if case.leaves {
        return Reason::Leaves;
    }
    if case.new.is_empty() {
        return Reason::Loses;
    }
    if case.old.is_empty() {
        return Reason::Gains;
    }
    match whole {
        (true, true) => Reason::Changes,
        (true, false) => Reason::Gains,
        (false, true) => Reason::Loses,
        (false, false) => Reason::Rewrites,
    }
}

/// What a step does to the doorcode of its entry: each of a person's doorcodes at a lock has its own fate. One that nobody
/// knows stays in its slot, or is gone.
fn fate(case: &Case, before: Option<u32>, after: Option<Held>) -> CodeFate {
    let with_code = |held: &Held| held.ways.has_doorcode();
    let there = before.map(|index| case.old[index as usize].held);
    let Some(part) = after.filter(with_code).or(there.filter(with_code)).map(|held| held.part) else {
        return CodeFate::None;
    };
    let is_it = |held: &Held| held.ways.has_doorcode() && held.part == part;
    let had = case.old.iter().zip(0..).any(|(there, index)| {
        let in_its_slot = there.digits == Digits::Untold && after.is_some() && Some(index) == before;
        is_it(&there.held) && (there.digits == Digits::Kept || in_its_slot)
    });
    match (had, case.new.iter().any(is_it)) {
        (_, false) => CodeFate::Deletes,
        (false, true) if !after.is_some_and(|held| held.ways.has_doorcode()) => CodeFate::Deletes,
        (false, true) => CodeFate::Makes,
        (true, true) => CodeFate::Keeps,
    }
}
