//! One of two properties that are compared: what its classes can do, whatever the dates of their people.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::Cell;
use super::grants::{ClassId, Grants};
use super::times::TimesId;
use super::views::{OwnHome, Resolver, own_home};
use crate::model::{Capability, DoorId, PersonId, Property};
use crate::time::{Interval, Minute, TimeSet};

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
    reading: Reading<'p>,
}

/// Which minutes of the property are meant.
enum Reading<'p> {
    /// Those that it says.
    Plain,
    /// As if the week that is in force at a minute went on for ever.
    Frozen(Minute),
    /// The same property on several days, each in some dates: who lives where changes.
    Timeline { stages: Vec<(Interval, Side<'p>)>, within: Interval },
}

impl<'p> Side<'p> {
    pub(super) fn new(property: &'p Property) -> Self {
        Self::read(property, Reading::Plain)
    }

    /// A property as if nothing changed by itself from a minute on.
    pub(super) fn frozen(property: &'p Property, at: Minute) -> Self {
        Self::read(property, Reading::Frozen(at))
    }

    /// A property read on several days; the dates of each stage follow each other. The first stands for all.
    pub(super) fn timeline(
        property: &'p Property,
        stages: &[(Interval, &'p Property)],
        within: Interval,
    ) -> Self {
        let stages = stages.iter().map(|(dates, property)| (*dates, Side::new(property))).collect();
        Self::read(property, Reading::Timeline { stages, within })
    }

    fn read(property: &'p Property, reading: Reading<'p>) -> Self {
        Self {
            reading,
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
        if let Some(known) = self.known.get(&(class, unit)) {
            return (*known, unit.is_some());
        }
        let stages = stages(&mut self.reading, |side| {
            let (sight, _) = side.sight(Some(person));
            side.cells(sight).to_vec()
        });
        let mut cells = self.resolver.view(held, Interval::ALWAYS, unit);
        self.reread(&mut cells, stages);
        self.sights.push(cells);
        let id = self.sights.len() as SightId - 1;
        self.known.insert((class, unit), id);
        (id, unit.is_some())
    }

    /// What a person can do, where it is the same whatever the home; known once somebody alike was asked for.
    pub(super) fn common_sight(&self, person: Option<PersonId>) -> Option<SightId> {
        let Some(person) = person else { return Some(0) };
        let class = self.grants.class_of(person);
        self.homes.get(&class).filter(|home| !home.any)?;
        self.known.get(&(class, None)).copied()
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
        if !self.own.contains_key(&(class, unit)) {
            let stages = stages(&mut self.reading, |side| {
                // Its homes are known once it was asked for the sight.
                side.sight(Some(person));
                side.own(Some(person)).to_vec()
            });
            let mut cells = Vec::new();
            self.resolver.at_home(self.grants.of_class(class), Interval::ALWAYS, unit, &mut cells);
            self.reread(&mut cells, stages);
            self.own.insert((class, unit), cells);
        }
        self.own.get(&(class, unit)).map_or(&[], Vec::as_slice)
    }

    /// Puts the minutes that are meant in place of those that the property says. `stages` are the cells of each stage.
    fn reread(&mut self, cells: &mut Vec<Cell>, stages: Stages) {
        if let Reading::Frozen(at) = self.reading {
            for cell in cells.iter_mut() {
                let frozen = self.resolver.times.get(cell.times).frozen(at);
                cell.times = self.resolver.times.add(frozen);
            }
            cells.retain(|cell| !self.resolver.times.get(cell.times).is_empty());
        }
        if !stages.is_empty() {
            let mut all: BTreeMap<(DoorId, Capability), Parts> = BTreeMap::new();
            for (dates, told) in stages {
                for (cell, times) in told {
                    let place = all.entry((cell.door, cell.capability)).or_insert((cell, Vec::new()));
                    place.1.push((times, dates));
                }
            }
            *cells = all
                .into_values()
                .map(|(cell, parts)| {
                    let parts: Vec<(&TimeSet, Interval)> =
                        parts.iter().map(|(times, dates)| (times, *dates)).collect();
                    Cell { times: self.resolver.times.add(TimeSet::union_of(&parts)), ..cell }
                })
                .collect();
        }
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
        let dates = person.map_or(Interval::NEVER, |person| self.property.people[person.index()].dates);
        match &self.reading {
            Reading::Plain => dates,
            Reading::Frozen(at) if dates.contains(*at) => Interval::ALWAYS,
            Reading::Frozen(_) => Interval::NEVER,
            // Ends that lie outside make nobody another.
            Reading::Timeline { within, .. } if dates.intersect(*within) == *within => Interval::ALWAYS,
            Reading::Timeline { within, .. } => dates.intersect(*within),
        }
    }
}

/// A cell, and its minutes in each stage.
type Parts = (Cell, Vec<(TimeSet, Interval)>);

/// The cells of each stage of a timeline, with their minutes, and the dates of the stage.
type Stages = Vec<(Interval, Vec<(Cell, TimeSet)>)>;

fn stages<'p>(reading: &mut Reading<'p>, mut cells: impl FnMut(&mut Side<'p>) -> Vec<Cell>) -> Stages {
    let Reading::Timeline { stages, .. } = reading else { return Vec::new() };
    let told = stages.iter_mut().map(|(dates, side)| {
        let cells = cells(side);
        (*dates, cells.into_iter().map(|cell| (cell, side.time_set(cell.times).clone())).collect())
    });
    told.collect()
}
