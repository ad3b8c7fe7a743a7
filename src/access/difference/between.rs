//! From two properties to cohorts.

use hashbrown::HashMap;

use super::super::side::{Side, SightId};
use super::atoms::{Atoms, TwoDates};
use super::pairs::Pairs;
use super::{Change, Cohort, Difference, DoorPair, PersonPair, Place};
use crate::model::PersonId;
use crate::time::Interval;

/// The homes of somebody on both sides.
type Homes = (Option<DoorPair>, Option<DoorPair>);

/// What is compared: two sights, and what else makes a difference.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Meeting {
    sights: (SightId, SightId),
    dates: TwoDates,
    /// The homes, where one of the sights is for one home alone.
    homes: Option<Homes>,
}

/// What tells one cohort from another.
#[derive(PartialEq, Eq, Hash)]
struct Alike {
    meeting: u32,
    /// Places of the meeting whose changes stand in `own` instead.
    apart: Vec<Place>,
    own: Vec<Change>,
    dates: Interval,
}

/// All that tells one person from another, where homes make no difference.
type Profile = (SightId, SightId, Interval, Interval);

struct Comparison<'p> {
    atoms: Atoms<'p>,
    doors: Pairs,
    meetings: Vec<Vec<Change>>,
    known: HashMap<Meeting, u32>,
    numbers: HashMap<Alike, usize>,
    cohorts: Vec<Cohort>,
    /// The cohort of each profile; none where nothing changes.
    profiles: HashMap<Profile, Option<usize>>,
}

pub(super) fn compare<'p>(old_side: Side<'p>, new_side: Side<'p>, within: Interval) -> Difference<'p> {
    let (old, new) = (old_side.property, new_side.property);
    let mut comparison = Comparison {
        atoms: Atoms::new(old_side, new_side, within),
        doors: Pairs::new(
            old.doors.iter().map(|door| old.text(door.id)),
            new.doors.iter().map(|door| new.text(door.id)),
        ),
        meetings: Vec::new(),
        known: HashMap::new(),
        numbers: HashMap::new(),
        cohorts: Vec::new(),
        profiles: HashMap::new(),
    };
    let people = Pairs::new(
        old.people.iter().map(|person| old.text(person.id)),
        new.people.iter().map(|person| new.text(person.id)),
    );
    for pair in 0..people.len() {
        let (old, new) = people.get(pair);
        comparison.person(old.map(PersonId), new.map(PersonId));
    }
    let Comparison { atoms, doors, mut cohorts, .. } = comparison;
    cohorts.retain(|cohort| !cohort.changes.is_empty());
    Difference { old, new, within, doors, deltas: atoms.into_deltas(), cohorts }
}

/// How a door is called for somebody with these homes.
fn named(door: DoorPair, (old, new): Homes) -> Place {
    if new.or(old) == Some(door) {
        Place::Home
    } else if old == Some(door) {
        Place::FormerHome
    } else {
        Place::Door(door)
    }
}

impl Comparison<'_> {
    fn person(&mut self, old: Option<PersonId>, new: Option<PersonId>) {
        let (before, after) = (self.atoms.old.dates(old), self.atoms.new.dates(new));
        let profile = match (self.atoms.old.common_sight(old), self.atoms.new.common_sight(new)) {
            (Some(one), Some(other)) => Some((one, other, before, after)),
            _ => None,
        };
        let cohort = match profile.and_then(|profile| self.profiles.get(&profile)) {
            Some(known) => *known,
            None => {
                let found = self.find(old, new, before, after);
                if let Some(profile) = profile {
                    self.profiles.insert(profile, found);
                }
                found
            }
        };
        if let Some(cohort) = cohort {
            self.cohorts[cohort].people.push(PersonPair { old, new });
        }
    }

    /// The cohort of a person; none when nothing changes.
    fn find(
        &mut self,
        old: Option<PersonId>,
        new: Option<PersonId>,
        before: Interval,
        after: Interval,
    ) -> Option<usize> {
        // Somebody who is on one side only has the dates of that side.
        let (dates, differ) = match (old, new) {
            (Some(_), None) => (before, None),
            (None, Some(_)) => (after, None),
            _ if before == after => (before, None),
            _ => (Interval::ALWAYS, Some((before, after))),
        };
        let homes = self.homes(old, new);
        let (old_sight, of_old_home) = self.atoms.old.sight(old);
        let (new_sight, of_new_home) = self.atoms.new.sight(new);
        let sights = (old_sight, new_sight);
        let homes_matter = (of_old_home || of_new_home).then_some(homes);
        let meeting = self.meeting(Meeting { sights, dates: differ, homes: homes_matter });
        let (mut apart, own) = self.own((old, new), sights, homes, differ);
        // Places that the meeting says nothing of need not be left out of it.
        let base = &self.meetings[meeting as usize];
        apart.retain(|place| base.iter().any(|change| change.place == *place));
        if own.is_empty() && base.is_empty() {
            return None;
        }
        let cohort = self.cohort(Alike { meeting, apart, own, dates });
        (!self.cohorts[cohort].changes.is_empty()).then_some(cohort)
    }

    fn homes(&self, old: Option<PersonId>, new: Option<PersonId>) -> Homes {
        let unit = |side: &Side<'_>, person: PersonId| side.property.people[person.index()].unit;
        (
            old.and_then(|person| unit(&self.atoms.old, person)).map(|door| self.doors.of_old(door)),
            new.and_then(|person| unit(&self.atoms.new, person)).map(|door| self.doors.of_new(door)),
        )
    }

    fn meeting(&mut self, meeting: Meeting) -> u32 {
        let Self { atoms, doors, meetings, known, .. } = self;
        *known.entry(meeting).or_insert_with(|| {
            let mut changes = atoms.of_sights(meeting.sights, meeting.dates, doors);
            if let Some(homes) = meeting.homes {
                for change in &mut changes {
                    if let Place::Door(door) = change.place {
                        change.place = named(door, homes);
                    }
                }
            }
            meetings.push(changes);
            meetings.len() as u32 - 1
        })
    }

    /// What changes at somebody's own homes, where that is told apart from everything else, and the places that a meeting
    /// may call those doors.
    fn own(
        &mut self,
        (old, new): (Option<PersonId>, Option<PersonId>),
        sights: (SightId, SightId),
        homes: Homes,
        dates: TwoDates,
    ) -> (Vec<Place>, Vec<Change>) {
        let old_home = homes.0.filter(|_| !self.atoms.old.own(old).is_empty());
        let new_home = homes.1.filter(|_| !self.atoms.new.own(new).is_empty() && homes.1 != old_home);
        let mut apart = Vec::new();
        let mut own = Vec::new();
        for home in [old_home, new_home].into_iter().flatten() {
            let doors = super::doors_of(&self.doors, home);
            let place = named(home, homes);
            apart.extend([Place::Door(home), place]);
            for (capability, delta) in self.atoms.at_door((old, new), sights, doors, dates) {
                own.push(Change { place, capability, delta });
            }
        }
        (apart, own)
    }

    fn cohort(&mut self, alike: Alike) -> usize {
        if let Some(known) = self.numbers.get(&alike) {
            return *known;
        }
        let base = &self.meetings[alike.meeting as usize];
        let base = base.iter().filter(|change| !alike.apart.contains(&change.place));
        let mut changes: Vec<Change> = base.chain(&alike.own).copied().collect();
        let dates = alike.dates;
        if dates != Interval::ALWAYS {
            changes.retain(|change| self.atoms.meets(change.delta, dates));
        }
        changes.sort_by_key(|change| (change.place, change.capability));
        self.cohorts.push(Cohort { people: Vec::new(), changes, dates });
        self.numbers.insert(alike, self.cohorts.len() - 1);
        self.cohorts.len() - 1
    }
}
