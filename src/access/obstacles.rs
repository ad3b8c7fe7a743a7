//! Why somebody cannot open a door: what is missing, the nearest first.

use super::asked::Asked;
use super::{Access, Cause};
use crate::model::{Capability, DoorId, GivenKey, PersonId, Property, TeamId, Who};
use crate::source::Span;
use crate::time::{Interval, Minute, TimeSet};

/// Something that keeps somebody out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A key of theirs opens the door at other hours.
    Hours {
        /// Which.
        cause: Cause,
        /// When it opens next, from what was asked on.
        next: Option<Minute>,
    },
    /// A key of theirs opens the door, without a doorcode.
    Doorcode(Cause),
    /// A key of theirs opens the door, and may not be shared.
    Share(Cause),
    /// A key of theirs opens the door on other dates.
    Dates {
        /// Which.
        cause: Cause,
        /// Whether the dates are those of the person; else they are those of the assignment.
        of_person: bool,
        /// Whether they are over; else they have not begun.
        over: bool,
    },
    /// They have no key to it.
    NoKey {
        /// The keys that open it, those that open the fewest other doors first, each with a team that has it.
        keys: Vec<(GivenKey, Option<TeamId>)>,
    },
}

impl Obstacle {
    /// Where it is written, or where something would have to be.
    #[must_use]
    pub fn span(&self, property: &Property, person: PersonId, door: DoorId) -> Span {
        match self {
            Self::Hours { cause, .. } => cause
                .setting
                .schedule
                .map_or(cause.setting.span, |schedule| property.schedules[schedule.index()].id),
            Self::Doorcode(cause) => cause.setting.span,
            Self::Share(cause) => property.assignments[cause.assignment as usize].span,
            Self::Dates { of_person: true, .. } => property.people[person.index()].id,
            Self::Dates { cause, .. } => property.assignments[cause.assignment as usize].span,
            Self::NoKey { .. } => property.doors[door.index()].id,
        }
    }
}

impl Access {
    /// What keeps somebody from doing something at a door in the minutes that are asked about, the nearest first. Empty when
    /// they can do it in all of them.
    #[must_use]
    pub fn obstacles(
        &self,
        property: &Property,
        (person, door, capability): (PersonId, DoorId, Capability),
        asked: &TimeSet,
    ) -> Vec<Obstacle> {
        let never = TimeSet::never();
        let granted = self.times(person, door, capability).unwrap_or(&never);
        let missing = asked.difference(granted);
        if missing.is_empty() {
            return Vec::new();
        }
        let chains = self.chains(property, person, door);
        let mut obstacles: Vec<Obstacle> = chains
            .iter()
            .filter_map(|cause| self.obstacle(property, *cause, capability, person, &missing))
            .collect();
        obstacles.sort_by_key(|obstacle| match obstacle {
            Obstacle::Doorcode(_) | Obstacle::Share(_) => 0,
            Obstacle::Hours { .. } => 1,
            Obstacle::Dates { .. } => 2,
            Obstacle::NoKey { .. } => 3,
        });
        if obstacles.is_empty() {
            obstacles.push(Obstacle::NoKey { keys: keys_to(property, person, door, capability) });
        }
        obstacles
    }

    /// What keeps one key from opening the door in some minutes.
    fn obstacle(
        &self,
        property: &Property,
        cause: Cause,
        capability: Capability,
        person: PersonId,
        missing: &TimeSet,
    ) -> Option<Obstacle> {
        let hours = cause.setting.schedule.map_or_else(TimeSet::always, |id| self.hours(id).clone());
        let open = hours.intersection(missing);
        if open.is_empty() {
            let from = missing.next_open(property.as_of.start()).unwrap_or(property.as_of.start());
            let next = hours.clip(cause.dates).next_open(from);
            return Some(Obstacle::Hours { cause, next });
        }
        if open.clip(cause.dates).is_empty() {
            let of_person = open.clip(property.people[person.index()].dates).is_empty();
            let dates: Interval = match of_person {
                true => property.people[person.index()].dates,
                false => property.assignments[cause.assignment as usize].dates,
            };
            let over = dates.until().is_some_and(|until| open.start().is_none_or(|start| start >= until));
            return Some(Obstacle::Dates { cause, of_person, over });
        }
        match capability {
            Capability::Doorcode if !cause.setting.doorcode => Some(Obstacle::Doorcode(cause)),
            Capability::Share if !cause.share => Some(Obstacle::Share(cause)),
            // It opens the door in some of the minutes, and does not in the others.
            _ => {
                let from = missing.next_open(property.as_of.start()).unwrap_or(property.as_of.start());
                Some(Obstacle::Hours { cause, next: hours.clip(cause.dates).next_open(from) })
            }
        }
    }
}

/// The keys that would give somebody a capability at a door, the least other access first.
fn keys_to(
    property: &Property,
    person: PersonId,
    door: DoorId,
    capability: Capability,
) -> Vec<(GivenKey, Option<TeamId>)> {
    let mut keys: Vec<(bool, usize, GivenKey)> = Vec::new();
    for (number, key) in property.keys.iter().enumerate() {
        let each = key.each.as_ref();
        let instance = each.filter(|each| each.doors.binary_search(&door).is_ok()).map(|_| door);
        if each.is_some() && instance.is_none() {
            continue;
        }
        let Some(setting) = key.line(door, instance) else { continue };
        if capability == Capability::Doorcode && !setting.doorcode {
            continue;
        }
        // Somebody's own home is a likelier wish than any other key.
        let own = instance.is_some() && instance == property.people[person.index()].unit;
        let key = crate::model::KeyId(number as u32);
        let doors = property.keys[number].lines.len() + usize::from(instance.is_some());
        keys.push((!own, doors, GivenKey { key, instance }));
    }
    keys.sort_unstable();
    keys.into_iter().map(|(_, _, key)| (key, team_with(property, key))).collect()
}

/// A team that a key is given to.
fn team_with(property: &Property, given: GivenKey) -> Option<TeamId> {
    let gives = |keys: &[GivenKey]| keys.iter().any(|key| key.key == given.key && key.instance.is_none());
    let assignments = property.assignments.iter().filter(|one| gives(&property.key_lists[one.keys.index()]));
    assignments.flat_map(|one| property.recipients(one)).find_map(|who| match who {
        Who::Team(team) => Some(*team),
        Who::Person(_) | Who::Everyone => None,
    })
}

impl Asked {
    /// Every minute from the as-of day on: what is meant when no time is named.
    #[must_use]
    pub fn ever(property: &Property) -> Self {
        let ahead = Interval::new(Some(property.as_of.start()), None);
        Self { minutes: TimeSet::always().clip(ahead), text: String::new() }
    }
}
