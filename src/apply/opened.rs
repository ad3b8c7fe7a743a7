//! What a lock holds when a run first reads it, held to what the plan expects.

use std::collections::{BTreeSet, HashMap};
use std::sync::PoisonError;

use super::Outcome;
use super::lock::{Stretch, Worker};
use crate::locks::Held;
use crate::locks::doorcode::Doorcode;
use crate::plan::{Change, CodeFate};
use crate::provider::{CodeSeen, Reading, Stored};
use crate::state::{Note, Observed};

/// What was found when a lock was first read.
#[derive(Clone, Default)]
pub(super) struct Opened {
    /// Codes that are not ours.
    seen: Vec<Doorcode>,
    /// Changes that the lock no longer fits.
    changed: HashMap<u32, Outcome>,
    /// Slots whose codes the lock does not tell.
    hidden: BTreeSet<u32>,
}

impl Worker<'_, '_> {
    /// Reads the lock, once in a run, and holds it to what the plan expects. Whatever was changed since is left alone.
    pub(super) fn open(&self, lock: u32, stretch: &mut Stretch<'_>) -> bool {
        let known = self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(&lock).cloned();
        let opened = match known {
            Some(opened) => opened,
            None => match self.patiently(lock, || stretch.provider.read(stretch.lock)) {
                Ok(reading) => self.compare(lock, &reading),
                Err(error) => {
                    let why = error.to_string();
                    let outcome = Outcome::Failed(why.clone());
                    stretch.results =
                        stretch.changes.iter().map(|change| (*change, outcome.clone())).collect();
                    stretch.dead = Some((outcome, Some(why)));
                    return false;
                }
            },
        };
        let (changed, kept): (Vec<u32>, Vec<u32>) =
            stretch.changes.iter().copied().partition(|change| opened.changed.contains_key(change));
        stretch.results =
            changed.into_iter().map(|change| (change, opened.changed[&change].clone())).collect();
        stretch.changes = kept;
        (stretch.seen, stretch.hidden) = (opened.seen, opened.hidden);
        true
    }

    fn compare(&self, lock: u32, reading: &Reading) -> Opened {
        let mut opened = Opened::default();
        let mut slots: BTreeSet<u32> = BTreeSet::new();
        for (index, change) in self.plan.changes.iter().enumerate().filter(|(_, one)| one.lock == lock) {
            // What an earlier change of the plan leaves in a slot cannot be in it yet.
            if !slots.insert(change.slot) {
                continue;
            }
            let there = reading.entries.iter().find(|entry| entry.slot == change.slot);
            // Also when the change was made already: a run that was cut short may not have come to note it. What is in a slot that
            // is recorded as free is somebody else's, however it looks.
            let is_done = self.matches(change, change.after, there, None)
                && (change.before.is_some() || change.unsure || self.was_begun(index));
            let fits =
                self.matches(change, change.before, there, self.codes.kept(self.plan, change).as_ref())
                    || is_done
                    || (change.unsure || self.was_begun(index)) && self.is_ours(change, there);
            if !fits {
                let what = match there {
                    None => "is empty".to_owned(),
                    Some(entry) => match &entry.name {
                        Some(name) => format!("holds something else for `{}`", name.name()),
                        None => "holds something that keyplan did not write".to_owned(),
                    },
                };
                let why =
                    format!("slot {} {what} now: the lock was changed since the plan was made", change.slot);
                opened.changed.insert(index as u32, Outcome::Changed(why));
            }
        }
        let is_hidden = |entry: &&Stored| matches!(entry.code, CodeSeen::Hidden | CodeSeen::Foreign);
        opened.hidden = reading.entries.iter().filter(is_hidden).map(|entry| entry.slot).collect();
        let ours = &self.ours[lock as usize];
        let others = || {
            reading.entries.iter().filter(|one| !ours.contains_key(&one.slot) && !slots.contains(&one.slot))
        };
        for entry in others() {
            if let CodeSeen::Digits(code) = &entry.code {
                opened.seen.push(code.clone());
            }
        }
        let planned = &self.plan.locks[lock as usize];
        let key = (planned.door.clone(), planned.provider.clone(), planned.address.clone());
        let unmanaged = others().map(|entry| entry.slot).collect();
        let is_there = |slot: &u32| reading.entries.iter().any(|entry| entry.slot == *slot);
        let kept = ours.iter().filter(|(_, may_be_gone)| !**may_be_gone).map(|(slot, _)| *slot);
        let missing = kept.filter(|slot| !slots.contains(slot) && !is_there(slot)).collect();
        let observed = Observed { unmanaged, missing, capacity: reading.capacity };
        self.observed.lock().unwrap_or_else(PoisonError::into_inner).insert(key, observed);
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(lock, opened.clone());
        opened
    }

    /// Whether an earlier run began a change and cannot say what came of it. A lock that was given part of an entry, and then
    /// was gone, holds neither what was nor what was to be.
    fn was_begun(&self, index: usize) -> bool {
        matches!(self.done.0.get(index), Some(Some(Note::Intent | Note::Unknown)))
    }

    /// Whether an entry of which nobody is certain may be written: it is empty, or the person's own, or what keyplan wrote
    /// there when the person had another id.
    fn is_ours(&self, change: &Change, there: Option<&Stored>) -> bool {
        there.is_none_or(|entry| {
            let named = entry.name.as_ref().is_none_or(|name| name.is(&self.plan.person(change).id));
            named || self.same_access(change.before, entry)
        })
    }

    fn same_access(&self, held: Option<Held>, there: &Stored) -> bool {
        let today = self.plan.as_of;
        held.is_some_and(|held| {
            there.ways == held.ways
                && there.program.from_day(today) == self.plan.program(held).from_day(today)
        })
    }

    /// Whether a slot holds this, as far as the lock tells.
    pub(super) fn matches(
        &self,
        change: &Change,
        held: Option<Held>,
        there: Option<&Stored>,
        code: Option<&Doorcode>,
    ) -> bool {
        let (Some(held), Some(there)) = (held, there) else {
            let is_over = |held: Held| self.plan.program(held).is_over(self.setting.now);
            return there.is_none() && held.is_none_or(is_over);
        };
        let named = there.name.as_ref().is_none_or(|name| name.is(&self.plan.person(change).id));
        let has_code = match (&there.code, code) {
            (CodeSeen::None, _) => !held.ways.has_doorcode(),
            // Whoever set the code that nobody here knows, it is the one.
            (CodeSeen::Foreign, _) => {
                held.ways.has_doorcode() && change.untold && change.code != CodeFate::Makes
            }
            (CodeSeen::Digits(seen), Some(code)) => seen.same_as(code),
            _ => held.ways.has_doorcode(),
        };
        named && has_code && self.same_access(Some(held), there)
    }
}
