//! From grants to cells.

use hashbrown::HashMap;

use super::grants::{ClassId, Grant, Grants};
use super::key_sets::KeySets;
use super::times::{Part, Times};
use super::{Access, Cell, View};
use crate::model::{Capability, DoorId, GivenKey, PersonId, Property, Setting};
use crate::time::Interval;

/// One line of one key as somebody holds it, at one door.
#[derive(Clone, Copy)]
struct Contribution {
    door: DoorId,
    setting: Setting,
    share: bool,
    dates: Interval,
    key: GivenKey,
}

pub(super) struct Resolver<'p> {
    property: &'p Property,
    pub(super) times: Times,
    key_sets: KeySets,
    // Memory that is used again for every view.
    contributions: Vec<Contribution>,
    parts: Vec<Part>,
    keys: Vec<GivenKey>,
}

/// What a class needs to know of a person beside the dates.
#[derive(Clone, Copy)]
pub(super) struct OwnHome {
    /// Whether the class holds a key with `each` by its holders' own homes.
    pub(super) any: bool,
    /// Whether such a key also opens other doors: then every cell it causes names the person's own instance.
    pub(super) common: bool,
}

pub(super) fn resolve(property: &Property) -> Access {
    let grants = Grants::new(property);
    let mut resolver = Resolver::new(property);
    let mut views: Vec<View> = Vec::new();
    let mut numbers: HashMap<(ClassId, Interval, Option<DoorId>), u32> = HashMap::new();
    let mut own_homes: HashMap<ClassId, OwnHome> = HashMap::new();
    let mut view_of = Vec::with_capacity(property.people.len());
    let (mut own, mut own_starts) = (Vec::new(), vec![0]);
    for (number, person) in property.people.iter().enumerate() {
        let class = grants.class_of(PersonId(number as u32));
        let held = grants.of_class(class);
        let home = *own_homes.entry(class).or_insert_with(|| own_home(property, held));
        let unit_of_view = person.unit.filter(|_| home.common);
        let view = *numbers.entry((class, person.dates, unit_of_view)).or_insert_with(|| {
            let unit = if home.common { person.unit } else { None };
            views.push(resolver.view(held, person.dates, unit));
            views.len() as u32 - 1
        });
        view_of.push(view);
        if let Some(unit) = person.unit
            && home.any
            && !home.common
        {
            resolver.at_home(held, person.dates, unit, &mut own);
        }
        own_starts.push(own.len() as u32);
    }
    Access { grants, times: resolver.times, key_sets: resolver.key_sets, views, view_of, own, own_starts }
}

pub(super) fn own_home(property: &Property, held: &[Grant]) -> OwnHome {
    let mut own = held
        .iter()
        .filter(|grant| grant.instance.is_none())
        .map(|grant| &property.keys[grant.key.index()])
        .filter(|key| key.each.is_some())
        .peekable();
    OwnHome { any: own.peek().is_some(), common: own.any(|key| !key.lines.is_empty()) }
}

impl<'p> Resolver<'p> {
    pub(super) fn new(property: &'p Property) -> Self {
        Self {
            property,
            times: Times::new(property),
            key_sets: KeySets::default(),
            contributions: Vec::new(),
            parts: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// What grants open in some dates: everywhere, or, without `unit`, everywhere but at the holder's own home.
    pub(super) fn view(&mut self, held: &[Grant], dates: Interval, unit: Option<DoorId>) -> View {
        self.contributions.clear();
        for grant in held {
            let key = &self.property.keys[grant.key.index()];
            let instance = if key.each.is_some() { grant.instance.or(unit) } else { None };
            if key.each.is_some() && instance.is_none() {
                continue;
            }
            let dates = grant.dates.intersect(dates);
            if dates.is_empty() {
                continue;
            }
            let given = GivenKey { key: grant.key, instance };
            let mut add = |door, setting| {
                self.contributions.push(Contribution {
                    door,
                    setting,
                    share: grant.share,
                    dates,
                    key: given,
                });
            };
            // At its own door an instance has its own line, if there is one.
            let own = key.each.as_ref().and_then(|each| each.own).zip(instance);
            for line in &key.lines {
                if own.is_none_or(|(_, door)| door != line.door) {
                    add(line.door, line.setting);
                }
            }
            if let Some((setting, door)) = own {
                add(door, setting);
            }
        }
        self.contributions.sort_by_key(|contribution| contribution.door);
        let contributions = std::mem::take(&mut self.contributions);
        let mut view = Vec::new();
        for at_door in contributions.chunk_by(|a, b| a.door == b.door) {
            self.cells(at_door, &mut view);
        }
        self.contributions = contributions;
        view
    }

    /// What grants open at the holder's own home.
    pub(super) fn at_home(&mut self, held: &[Grant], dates: Interval, unit: DoorId, cells: &mut Vec<Cell>) {
        let mut at_door = std::mem::take(&mut self.contributions);
        at_door.clear();
        for grant in held {
            let key = &self.property.keys[grant.key.index()];
            let instance = if key.each.is_some() { grant.instance.or(Some(unit)) } else { None };
            let dates = grant.dates.intersect(dates);
            if let Some(setting) = key.line(unit, instance)
                && !dates.is_empty()
            {
                let key = GivenKey { key: grant.key, instance };
                at_door.push(Contribution { door: unit, setting, share: grant.share, dates, key });
            }
        }
        self.cells(&at_door, cells);
        self.contributions = at_door;
    }

    /// The cells of all that opens one door.
    fn cells(&mut self, at_door: &[Contribution], cells: &mut Vec<Cell>) {
        let Some(Contribution { door, .. }) = at_door.first().copied() else { return };
        for capability in Capability::ALL {
            self.parts.clear();
            self.keys.clear();
            for contribution in at_door {
                let has = match capability {
                    Capability::Unlock => true,
                    Capability::Doorcode => contribution.setting.doorcode,
                    Capability::Share => contribution.share,
                };
                let part = Part { schedule: contribution.setting.schedule, dates: contribution.dates };
                if !has {
                    continue;
                }
                // What has ended, or never opens, still tells since when access lasts that goes on.
                self.parts.push(part);
                if self.times.of_one(part).is_some_and(|times| self.times.is_live(times)) {
                    self.keys.push(contribution.key);
                }
            }
            if self.keys.is_empty() {
                continue;
            }
            if let Some(times) = self.times.of_all(&mut self.parts) {
                let keys = self.key_sets.of(&mut self.keys);
                cells.push(Cell { door, capability, times, keys });
            }
        }
    }
}
