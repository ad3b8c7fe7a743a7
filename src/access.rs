//! Access: the relation over person x door x capability x time, with the keys that cause each part of it.
//!
//! It is never written out as people x doors x minutes. People who hold the same keys in the same dates are one
//! [`View`]; a time is one number in a pool of sets that are computed once; a person's own home is kept apart, since it
//! is what differs between people who otherwise hold the same.

mod asked;
mod calendar;
mod causes;
pub mod difference;
mod grants;
mod key_sets;
mod obstacles;
mod side;
mod times;
mod views;

pub use asked::{Asked, Granted};
pub use calendar::NextChange;
pub use causes::Cause;
pub use difference::Difference;
pub use grants::Grant;
pub use key_sets::KeySetId;
pub use obstacles::Obstacle;
pub use times::TimesId;

use crate::model::{Capability, DoorId, GivenKey, PersonId, Property, ScheduleId};
use crate::time::TimeSet;
use grants::Grants;
use key_sets::KeySets;
use times::Times;

/// What somebody can do at one door: a part of the relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Where.
    pub door: DoorId,
    /// What.
    pub capability: Capability,
    /// When; never empty.
    pub times: TimesId,
    /// By which keys.
    pub keys: KeySetId,
}

/// Index of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewId(pub u32);

/// What everybody who holds the same keys in the same dates can do, ascending by door and capability.
pub type View = Vec<Cell>;

/// The access of everybody.
#[derive(Debug)]
pub struct Access {
    grants: Grants,
    times: Times,
    key_sets: KeySets,
    views: Vec<View>,
    /// Each person's view.
    view_of: Vec<u32>,
    /// What people can do at their own homes, one after the other.
    own: Vec<Cell>,
    /// Where each person's part of `own` begins; one more at the end.
    own_starts: Vec<u32>,
}

impl Access {
    /// Computes the access that a property gives. Total: what is flawed in the property gives less access.
    #[must_use]
    pub fn resolve(property: &Property) -> Self {
        views::resolve(property)
    }

    /// What a person can do, in no order of doors; a door's cells stand together, by capability.
    pub fn cells(&self, person: PersonId) -> impl Iterator<Item = &Cell> {
        let own = self.own_cells(person);
        // A door in both is told whole by the person's own part.
        let home = own.first().map(|cell| cell.door);
        let view = &self.views[self.view_of[person.index()] as usize];
        view.iter().filter(move |cell| Some(cell.door) != home).chain(own)
    }

    /// What a person can do everywhere but at the home that only [`Access::own_cells`] tells of; many people share one.
    #[must_use]
    pub fn view_of(&self, person: PersonId) -> ViewId {
        ViewId(self.view_of[person.index()])
    }

    /// The cells of a view, ascending by door and capability.
    #[must_use]
    pub fn view(&self, view: ViewId) -> &[Cell] {
        &self.views[view.0 as usize]
    }

    /// People with the same class hold the same keys, shared alike and in the same dates of assignments.
    #[must_use]
    pub fn class_of(&self, person: PersonId) -> u32 {
        self.grants.class_of(person)
    }

    /// What the people of each class hold, by the number of the class.
    #[must_use]
    pub fn classes(&self) -> &[Vec<Grant>] {
        self.grants.classes()
    }

    /// The open minutes of a schedule.
    #[must_use]
    pub fn hours(&self, schedule: ScheduleId) -> &TimeSet {
        self.times.of_schedule(schedule)
    }

    /// What a person can do at the own home, where a key with `each` tells it; it then takes the place of what the view
    /// says of that door.
    #[must_use]
    pub fn own_cells(&self, person: PersonId) -> &[Cell] {
        let start = self.own_starts[person.index()] as usize;
        let end = self.own_starts[person.index() + 1] as usize;
        &self.own[start..end]
    }

    /// When a person has a capability at a door; `None` for never.
    #[must_use]
    pub fn times(&self, person: PersonId, door: DoorId, capability: Capability) -> Option<&TimeSet> {
        let own = self.own_cells(person);
        let cells = match own.first() {
            // A door in both is told whole by the person's own part.
            Some(cell) if cell.door == door => own,
            _ => &self.views[self.view_of[person.index()] as usize],
        };
        let at = cells.binary_search_by_key(&(door, capability), |cell| (cell.door, cell.capability)).ok()?;
        Some(self.time_set(cells[at].times))
    }

    /// The minutes of a number in the pool.
    #[must_use]
    pub fn time_set(&self, times: TimesId) -> &TimeSet {
        self.times.get(times)
    }

    /// How many different sets of minutes there are.
    #[must_use]
    pub fn time_sets(&self) -> usize {
        self.times.len()
    }

    /// The keys of a number in the pool, in the order of the model.
    #[must_use]
    pub fn keys(&self, keys: KeySetId) -> &[GivenKey] {
        self.key_sets.get(keys)
    }

    /// How many different sets of keys there are.
    #[must_use]
    pub fn sets_of_keys(&self) -> usize {
        self.key_sets.len()
    }
}
