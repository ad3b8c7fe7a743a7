//! Whether two properties mean the same.

use hashbrown::HashMap;

use super::{Access, TimesId};
use crate::model::{Capability, PersonId, Property};
use crate::time::{Interval, Minute, TimeSet};

/// A place in the relation where two properties differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The id of the person.
    pub person: String,
    /// The id of the door.
    pub door: String,
    /// What differs there.
    pub capability: Capability,
    /// The first minute at which it does.
    pub at: Minute,
    /// Whether the old property gives it at that minute; the new one then does not.
    pub lost: bool,
}

/// What everybody can do at every door, by ids, which keep their meaning from one property to the other.
type Relation<'p> = HashMap<(&'p str, &'p str, Capability), TimesId>;

fn relation<'p>(property: &'p Property, access: &Access) -> Relation<'p> {
    let mut relation = Relation::new();
    for (number, person) in property.people.iter().enumerate() {
        for cell in access.cells(PersonId(number as u32)) {
            let door = property.text(property.doors[cell.door.index()].id);
            relation.insert((property.text(person.id), door, cell.capability), cell.times);
        }
    }
    relation
}

/// For two sets of minutes, the first at which they differ, and whether the old one has it.
type Differences = HashMap<(Option<TimesId>, Option<TimesId>), Option<(Minute, bool)>>;

/// The first difference between the access that two properties give, from the old one's as-of day on; `None` when they
/// mean the same. First by person, door and capability.
#[must_use]
pub fn first_difference(old: (&Property, &Access), new: (&Property, &Access)) -> Option<Difference> {
    let today = old.0.as_of.start();
    let (before, after) = (relation(old.0, old.1), relation(new.0, new.1));
    let mut places: Vec<_> = before.keys().chain(after.keys()).copied().collect();
    places.sort_unstable();
    places.dedup();
    let mut known = Differences::new();
    places.into_iter().find_map(|place| {
        let (one, other) = (before.get(&place).copied(), after.get(&place).copied());
        let found = known.entry((one, other)).or_insert_with(|| {
            let of = |access: &Access, times: Option<TimesId>| {
                times.map_or_else(TimeSet::never, |times| {
                    access.time_set(times).clip(Interval::new(Some(today), None))
                })
            };
            differs(&of(old.1, one), &of(new.1, other), today)
        });
        let (person, door, capability) = place;
        found.map(|(at, lost)| Difference { person: person.into(), door: door.into(), capability, at, lost })
    })
}

fn differs(old: &TimeSet, new: &TimeSet, today: Minute) -> Option<(Minute, bool)> {
    if old == new {
        return None;
    }
    let lost = old.difference(new).next_open(today).map(|at| (at, true));
    let gained = new.difference(old).next_open(today).map(|at| (at, false));
    match (lost, gained) {
        (Some(lost), Some(gained)) => Some(lost.min(gained)),
        (one, other) => one.or(other),
    }
}
