//! Whether what is left of a plan is still what is written.

use std::collections::BTreeMap;

use super::{Plan, Recorded};
use crate::locks::{Program, Ways};

/// What an entry gives, wherever its program stands.
type Given<'p> = (Ways, u8, &'p Program);

/// A person at a lock: door, provider, address, and the person.
type Place<'p> = (&'p str, &'p str, &'p str, &'p str);

impl Plan {
    /// Holds what is left of a plan, whose changes are `done` or not, against what is recorded and what a new plan would make of
    /// that; `None` when there is nothing to do.
    ///
    /// # Errors
    /// With the first person and door for whom something else is written now.
    pub fn still_wanted(
        &self,
        done: impl Fn(usize) -> bool,
        recorded: &Recorded,
        new: Option<&Self>,
    ) -> Result<(), (String, String)> {
        let mut wanted: BTreeMap<Place<'_>, Vec<Given<'_>>> = BTreeMap::new();
        for lock in &recorded.locks {
            let (door, provider, address) = lock.key();
            for entry in &lock.entries {
                let person = recorded.people[entry.person as usize].as_str();
                let program = &recorded.programs[entry.held.program as usize];
                let given = (entry.held.ways, entry.held.part, program);
                wanted.entry((door, provider, address, person)).or_default().push(given);
            }
        }
        for change in new.iter().flat_map(|new| new.changes.iter().map(move |change| (*new, change))) {
            let (new, change) = change;
            let there = wanted.entry(new.place(change)).or_default();
            let before = change.before.map(|held| (held.ways, held.part, new.program(held)));
            if let Some(at) = there.iter().position(|one| Some(*one) == before) {
                there.remove(at);
            }
            there.extend(change.after.map(|held| (held.ways, held.part, new.program(held))));
        }
        for (index, change) in self.changes.iter().enumerate() {
            if done(index) {
                continue;
            }
            let there = wanted.get(&self.place(change)).map_or(&[][..], Vec::as_slice);
            let given = |held: crate::locks::Held| (held.ways, held.part, self.program(held));
            let is_wanted = match (change.before, change.after) {
                (_, Some(after)) => there.contains(&given(after)),
                (Some(before), None) => !there.contains(&given(before)),
                (None, None) => true,
            };
            if !is_wanted {
                return Err((self.person(change).id.clone(), self.lock(change).door.clone()));
            }
        }
        Ok(())
    }

    fn place<'p>(&'p self, change: &super::Change) -> Place<'p> {
        let lock = self.lock(change);
        (&lock.door, &lock.provider, &lock.address, &self.person(change).id)
    }
}
