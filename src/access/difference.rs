//! The difference between two properties: over the whole relation, all minutes at once, never sampled.
//!
//! Compared are classes, not people: what the people of two classes gain or lose is found once, apart from their own
//! dates. People who change alike are one [`Cohort`].

mod atoms;
mod between;
mod lines;
mod pairs;

use super::side::Side;
use crate::model::{Capability, DoorId, PersonId, Property};
use crate::time::clocks::{first_shown, is_ever_shown};
use crate::time::{Interval, Minute, TimeSet};
pub use lines::{Extent, Line};
use pairs::Pairs;

/// What changes between two properties, from a minute on.
pub struct Difference<'p> {
    /// The property as it was.
    pub old: &'p Property,
    /// The property as it is to be.
    pub new: &'p Property,
    /// What counts.
    pub within: Interval,
    doors: Pairs,
    deltas: Vec<Delta>,
    cohorts: Vec<Cohort>,
}

/// Index of a [`Delta`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeltaId(pub u32);

/// How the times of one capability at one door change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Delta {
    /// What is gained.
    pub gained: TimeSet,
    /// What is lost.
    pub lost: TimeSet,
    /// Whether there was anything before.
    pub was: bool,
    /// From the first lost minute on, nothing is left.
    pub ends: bool,
    /// From the first gained minute on, there was nothing.
    pub goes_on: bool,
}

/// A door of two properties, the same by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DoorPair(pub u32);

/// People with the same dates whose access changes alike.
#[derive(Debug)]
pub struct Cohort {
    /// Who; never empty.
    pub people: Vec<PersonPair>,
    /// What; never empty.
    pub changes: Vec<Change>,
    /// No minute outside of these dates concerns them.
    pub dates: Interval,
}

/// A person of two properties, the same by the id. One of the two is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonPair {
    /// In the old property.
    pub old: Option<PersonId>,
    /// In the new property.
    pub new: Option<PersonId>,
}

/// A change at one door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    /// Where.
    pub place: Place,
    /// What.
    pub capability: Capability,
    /// When.
    pub delta: DeltaId,
}

/// Where something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// At each one's own home.
    Home,
    /// At the home that each one has left.
    FormerHome,
    /// At one door for all.
    Door(DoorPair),
}

/// One place in the relation where two properties differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// Who.
    pub person: PersonPair,
    /// The id of the person.
    pub person_id: String,
    /// Where.
    pub door: DoorPair,
    /// The id of the door.
    pub door_id: String,
    /// What differs there.
    pub capability: Capability,
    /// The first minute at which it does.
    pub at: Minute,
    /// Whether the old property gives it at that minute; the new one then does not.
    pub lost: bool,
}

impl<'p> Difference<'p> {
    /// Compares two properties, over all minutes within an interval. Minutes are those on the wall; where zones differ, that
    /// is for the caller to say.
    #[must_use]
    pub fn between(old: &'p Property, new: &'p Property, within: Interval) -> Self {
        between::compare(Side::new(old), Side::new(new), within)
    }

    /// What the calendar alone changes in some dates: what is then, compared with the weeks that were in force when the
    /// dates began. `stages` are the property on each day on which somebody moves in or out, with the dates until the next;
    /// they begin with the dates.
    #[must_use]
    pub fn by_calendar(stages: &[(Interval, &'p Property)], within: Interval) -> Option<Self> {
        let (_, property) = stages.first()?;
        let old = Side::frozen(property, within.from()?);
        Some(between::compare(old, Side::timeline(property, stages, within), within))
    }

    /// Whether the two mean the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cohorts.is_empty()
    }

    /// Everybody whose access changes.
    #[must_use]
    pub fn cohorts(&self) -> &[Cohort] {
        &self.cohorts
    }

    /// The times of a change, apart from the dates of people.
    #[must_use]
    pub fn delta(&self, delta: DeltaId) -> &Delta {
        &self.deltas[delta.0 as usize]
    }

    /// Whether somebody gains anything.
    #[must_use]
    pub fn widens(&self) -> bool {
        self.any(|delta| &delta.gained)
    }

    /// Whether somebody loses anything.
    #[must_use]
    pub fn narrows(&self) -> bool {
        self.any(|delta| &delta.lost)
    }

    fn any(&self, part: impl Fn(&Delta) -> &TimeSet) -> bool {
        let mut changes =
            self.cohorts.iter().flat_map(|cohort| cohort.changes.iter().map(move |one| (cohort, one)));
        changes
            .any(|(cohort, change)| !self.in_dates(part(self.delta(change.delta)), cohort.dates).is_empty())
    }

    /// The minutes of a set that lie in some dates; none when clocks never show one of them.
    #[must_use]
    pub fn in_dates(&self, set: &TimeSet, dates: Interval) -> TimeSet {
        let part = set.clip(dates);
        if is_ever_shown(self.new.timezone, &part) { part } else { TimeSet::never() }
    }

    /// The door of each property.
    #[must_use]
    pub fn door(&self, door: DoorPair) -> (Option<DoorId>, Option<DoorId>) {
        doors_of(&self.doors, door)
    }

    /// The id of a door.
    #[must_use]
    pub fn door_id(&self, door: DoorPair) -> &'p str {
        match doors_of(&self.doors, door) {
            (_, Some(new)) => self.new.text(self.new.doors[new.index()].id),
            (Some(old), None) => self.old.text(self.old.doors[old.index()].id),
            (None, None) => "",
        }
    }

    /// The id of a person.
    #[must_use]
    pub fn person_id(&self, person: PersonPair) -> &'p str {
        match (person.old, person.new) {
            (_, Some(new)) => self.new.text(self.new.people[new.index()].id),
            (Some(old), None) => self.old.text(self.old.people[old.index()].id),
            (None, None) => "",
        }
    }

    /// The door that a place is for somebody; the home is there where it is spoken of.
    #[must_use]
    pub fn door_of(&self, place: Place, person: PersonPair) -> Option<DoorPair> {
        let old = || Some(self.doors.of_old(self.old.people[person.old?.index()].unit?));
        let new = || Some(self.doors.of_new(self.new.people[person.new?.index()].unit?));
        match place {
            Place::Door(door) => Some(door),
            Place::Home => new().or_else(old),
            Place::FormerHome => old(),
        }
    }

    /// The first place, by person, door and capability, where something is lost or gained that is asked for.
    #[must_use]
    pub fn counterexample(&self, lost_too: bool, gained_too: bool) -> Option<Counterexample> {
        let mut first: Option<Counterexample> = None;
        for cohort in &self.cohorts {
            for person in &cohort.people {
                for change in &cohort.changes {
                    let Some(door) = self.door_of(change.place, *person) else { continue };
                    let place = (self.person_id(*person), self.door_id(door), change.capability);
                    let known = first.as_ref();
                    if known.is_some_and(|one| {
                        (one.person_id.as_str(), one.door_id.as_str(), one.capability) <= place
                    }) {
                        continue;
                    }
                    let delta = self.delta(change.delta);
                    let minute = |set: &TimeSet, asked: bool| {
                        let from = self.within.from().unwrap_or(Minute(i32::MIN / 2));
                        let set = set.clip(cohort.dates);
                        asked.then(|| first_shown(self.new.timezone, &set, from)).flatten()
                    };
                    let lost = minute(&delta.lost, lost_too).map(|at| (at, true));
                    let gained = minute(&delta.gained, gained_too).map(|at| (at, false));
                    let found = match (lost, gained) {
                        (Some(lost), Some(gained)) => Some(if gained < lost { gained } else { lost }),
                        (one, other) => one.or(other),
                    };
                    let Some((at, lost)) = found else { continue };
                    first = Some(Counterexample {
                        person: *person,
                        person_id: place.0.to_owned(),
                        door,
                        door_id: place.1.to_owned(),
                        capability: change.capability,
                        at,
                        lost,
                    });
                }
            }
        }
        first
    }
}

fn doors_of(doors: &Pairs, door: DoorPair) -> (Option<DoorId>, Option<DoorId>) {
    let (old, new) = doors.get(door.0 as usize);
    (old.map(DoorId), new.map(DoorId))
}
