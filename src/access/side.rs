//! One of two properties that are compared: what its classes can do, whatever the dates of their people.

use hashbrown::HashMap;

use super::Cell;
use super::grants::{ClassId, Grants};
use super::times::TimesId;
use super::views::{OwnHome, Resolver, own_home};
use crate::model::{Capability, DoorId, PersonId, Property};
use crate::time::{Interval, TimeSet};

/// Index of what a class can do.
pub(super) type SightId = u32;

/// What a class can do. The dates of its people are left out, so that those who differ by their dates alone are told
/// together; what one of them can do is this, within the dates.
pub(super) struct Side<'p> {
    pub(super) property: &'p Property,
    grants: Grants,
    resolver: Resolver<'p>,
    sights: Vec<Vec<Cell>>,
    known: HashMap<(ClassId, Option<DoorId>), SightId>,
    homes: HashMap<ClassId, OwnHome>,
    own: HashMap<(ClassId, DoorId), Vec<Cell>>,
}

impl<'p> Side<'p> {
    pub(super) fn new(property: &'p Property) -> Self {
        Self {
            property,
            grants: Grants::new(property),
            resolver: Resolver::new(property),
            // The first is that of somebody who is not there.
            sights: vec![Vec::new()],
            known: HashMap::new(),
            homes: HashMap::new(),
            own: HashMap::new(),
        }
    }

    /// What a person can do, apart from what [`Side::own`] tells. Whether it is for the person's home alone comes with it.
    pub(super) fn sight(&mut self, person: Option<PersonId>) -> (SightId, bool) {
        let Some(person) = person else { return (0, false) };
        let class = self.grants.class_of(person);
        let held = self.grants.of_class(class);
        let home = *self.homes.entry(class).or_insert_with(|| own_home(self.property, held));
        let unit = self.property.people[person.index()].unit.filter(|_| home.common);
        let id = *self.known.entry((class, unit)).or_insert_with(|| {
            self.sights.push(self.resolver.view(held, Interval::ALWAYS, unit));
            self.sights.len() as SightId - 1
        });
        (id, unit.is_some())
    }

    pub(super) fn cells(&self, sight: SightId) -> &[Cell] {
        &self.sights[sight as usize]
    }

    /// What a person can do at the own home, where that takes the place of what [`Side::sight`] says of the door. Asked
    /// after it.
    pub(super) fn own(&mut self, person: Option<PersonId>) -> &[Cell] {
        let Some(person) = person else { return &[] };
        let class = self.grants.class_of(person);
        let unit = self.property.people[person.index()].unit;
        let own = self.homes.get(&class).is_some_and(|home| home.any && !home.common);
        let Some(unit) = unit.filter(|_| own) else { return &[] };
        self.own.entry((class, unit)).or_insert_with(|| {
            let mut cells = Vec::new();
            self.resolver.at_home(self.grants.of_class(class), Interval::ALWAYS, unit, &mut cells);
            cells
        })
    }

    /// When a sight has a capability at a door.
    pub(super) fn times_at(&self, sight: SightId, door: DoorId, capability: Capability) -> Option<TimesId> {
        let cells = self.cells(sight);
        let index =
            cells.binary_search_by_key(&(door, capability), |cell| (cell.door, cell.capability)).ok()?;
        Some(cells[index].times)
    }

    pub(super) fn time_set(&self, times: TimesId) -> &TimeSet {
        self.resolver.times.get(times)
    }

    pub(super) fn dates(&self, person: Option<PersonId>) -> Interval {
        person.map_or(Interval::NEVER, |person| self.property.people[person.index()].dates)
    }
}
