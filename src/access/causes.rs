//! Why somebody has access: the chain from the assignment to the line of the key.

use super::Access;
use super::grants::grant;
use crate::model::{Capability, DoorId, GivenKey, Person, PersonId, Property, Setting};
use crate::time::{Interval, TimeSet};

/// One reason why a person can open a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Index in [`Property::assignments`].
    pub assignment: u32,
    /// The key, with the instance that the person holds.
    pub key: GivenKey,
    /// The line for the door.
    pub setting: Setting,
    /// Whether the person may share it.
    pub share: bool,
    /// The dates of the assignment and of the person together.
    pub dates: Interval,
}

impl Cause {
    /// When it opens the door.
    #[must_use]
    pub fn times(&self, access: &Access) -> TimeSet {
        let hours = self.setting.schedule.map_or_else(TimeSet::always, |id| access.hours(id).clone());
        hours.clip(self.dates)
    }

    /// Whether it gives a capability.
    #[must_use]
    pub fn gives(&self, capability: Capability) -> bool {
        match capability {
            Capability::Unlock => true,
            Capability::Doorcode => self.setting.doorcode,
            Capability::Share => self.share,
        }
    }
}

impl Access {
    /// The assignments that reach a person, ascending, each once; those that are over among them.
    #[must_use]
    pub fn assignments_of(&self, property: &Property, person: PersonId) -> Vec<u32> {
        let mut numbers: Vec<u32> = self.grants.recipients.of_person(property, person).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Every reason why a person can open a door, in the order of the assignments. Dates that never hold give none.
    #[must_use]
    pub fn causes(&self, property: &Property, person: PersonId, door: DoorId) -> Vec<Cause> {
        let mut causes = self.chains(property, person, door);
        causes.retain(|cause| !cause.dates.is_empty());
        causes
    }

    /// The first assignment of [`Access::causes`], without looking further than for that.
    #[must_use]
    pub fn first_cause(&self, property: &Property, person: PersonId, door: DoorId) -> Option<u32> {
        let who = &property.people[person.index()];
        let opens = |assignment: u32| {
            let keys = &property.key_lists[property.assignments[assignment as usize].keys.index()];
            let mut chains = keys.iter().filter_map(|given| chain(property, who, door, assignment, *given));
            chains.any(|cause| !cause.dates.is_empty())
        };
        let mut first = None;
        for assignment in self.grants.recipients.of_person(property, person) {
            if first.is_none_or(|first| assignment < first) && opens(assignment) {
                first = Some(assignment);
            }
        }
        first
    }

    /// The same with those whose dates never hold: the assignment is over before the person comes, or the other way round.
    #[must_use]
    pub fn chains(&self, property: &Property, person: PersonId, door: DoorId) -> Vec<Cause> {
        let who = &property.people[person.index()];
        let mut causes = Vec::new();
        for assignment in self.grants.recipients.of_person(property, person) {
            let keys = &property.key_lists[property.assignments[assignment as usize].keys.index()];
            causes.extend(keys.iter().filter_map(|given| chain(property, who, door, assignment, *given)));
        }
        causes.sort_by_key(|cause| (cause.assignment, cause.key));
        causes.dedup();
        causes
    }
}

/// The chain of one assignment and one of its keys to a door, if there is one.
fn chain(property: &Property, who: &Person, door: DoorId, assignment: u32, given: GivenKey) -> Option<Cause> {
    let grant = grant(property, assignment, given);
    let key = &property.keys[grant.key.index()];
    let instance = match key.each {
        Some(_) => Some(grant.instance.or(who.unit)?),
        None => None,
    };
    let setting = key.line(door, instance)?;
    let key = GivenKey { key: grant.key, instance };
    Some(Cause { assignment, key, setting, share: grant.share, dates: grant.dates.intersect(who.dates) })
}
