//! One finding for one mistake, however many people and doors it touches.

use std::collections::BTreeMap;

use crate::model::{DoorId, PersonId};

/// Whom and what one mistake touches.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Ascending.
    pub(super) people: Vec<PersonId>,
    /// Ascending.
    pub(super) doors: Vec<DoorId>,
}

/// What was seen of each mistake; `Place` is what tells one mistake from another.
pub(super) struct Tally<Place> {
    seen: BTreeMap<Place, Touched>,
}

impl<Place: Ord> Tally<Place> {
    pub(super) fn new() -> Self {
        Self { seen: BTreeMap::new() }
    }

    pub(super) fn add(
        &mut self,
        place: Place,
        doors: impl IntoIterator<Item = DoorId>,
        people: impl IntoIterator<Item = PersonId>,
    ) {
        let touched = self.seen.entry(place).or_default();
        touched.doors.extend(doors);
        touched.people.extend(people);
    }

    /// The mistakes in the order of their places.
    pub(super) fn mistakes(self) -> impl Iterator<Item = (Place, Touched)> {
        self.seen.into_iter().map(|(place, mut touched)| {
            touched.people.sort_unstable();
            touched.people.dedup();
            touched.doors.sort_unstable();
            touched.doors.dedup();
            (place, touched)
        })
    }
}
