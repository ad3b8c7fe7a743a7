//! The smallest changes: of one capability at one door, between two sights. Each pair of times is compared once.

use hashbrown::HashMap;

use super::super::side::{Side, SightId};
use super::super::{Cell, TimesId};
use super::pairs::Pairs;
use super::{Change, Delta, DeltaId, DoorPair, Place};
use crate::model::{Capability, DoorId, PersonId};
use crate::time::clocks::is_ever_shown;
use crate::time::{Interval, TimeSet};

/// The dates of a person on both sides, where they are not the same.
pub(super) type TwoDates = Option<(Interval, Interval)>;

/// When somebody has a capability at a door, on both sides.
type BothTimes = (Option<TimesId>, Option<TimesId>);

pub(super) struct Atoms<'p> {
    pub(super) old: Side<'p>,
    pub(super) new: Side<'p>,
    within: Interval,
    deltas: Vec<Delta>,
    numbers: HashMap<Delta, DeltaId>,
    known: HashMap<(BothTimes, TwoDates), Option<DeltaId>>,
    meets: HashMap<(DeltaId, Interval), bool>,
    /// For each door and capability what the old side says: memory that is used again.
    before: Vec<Option<TimesId>>,
}

impl<'p> Atoms<'p> {
    pub(super) fn new(old: Side<'p>, new: Side<'p>, within: Interval) -> Self {
        Self {
            old,
            new,
            within,
            deltas: Vec::new(),
            numbers: HashMap::new(),
            known: HashMap::new(),
            meets: HashMap::new(),
            before: Vec::new(),
        }
    }

    /// What changes between two sights, by door and capability.
    pub(super) fn of_sights(
        &mut self,
        (old, new): (SightId, SightId),
        dates: TwoDates,
        doors: &Pairs,
    ) -> Vec<Change> {
        let place = |door: DoorPair, capability: Capability| door.0 as usize * 3 + capability as usize;
        let mut before = std::mem::take(&mut self.before);
        before.clear();
        before.resize(doors.len() * 3, None);
        for cell in self.old.cells(old) {
            before[place(doors.of_old(cell.door), cell.capability)] = Some(cell.times);
        }
        let mut met: Vec<(DoorPair, Capability, BothTimes)> = Vec::new();
        for cell in self.new.cells(new) {
            let door = doors.of_new(cell.door);
            let old = before[place(door, cell.capability)].take();
            met.push((door, cell.capability, (old, Some(cell.times))));
        }
        for cell in self.old.cells(old) {
            let door = doors.of_old(cell.door);
            if let Some(old) = before[place(door, cell.capability)] {
                met.push((door, cell.capability, (Some(old), None)));
            }
        }
        self.before = before;
        let mut changes: Vec<Change> = met
            .into_iter()
            .filter_map(|(door, capability, times)| {
                let delta = self.delta(times, dates)?;
                Some(Change { place: Place::Door(door), capability, delta })
            })
            .collect();
        changes.sort_by_key(|change| (change.place, change.capability));
        changes
    }

    /// What changes for somebody at one door, own homes included.
    pub(super) fn at_door(
        &mut self,
        (old_person, new_person): (Option<PersonId>, Option<PersonId>),
        (old_sight, new_sight): (SightId, SightId),
        (old_door, new_door): (Option<DoorId>, Option<DoorId>),
        dates: TwoDates,
    ) -> Vec<(Capability, DeltaId)> {
        let old = times(&mut self.old, old_person, old_sight, old_door);
        let new = times(&mut self.new, new_person, new_sight, new_door);
        let both = Capability::ALL.into_iter().zip(old.into_iter().zip(new));
        both.filter_map(|(capability, times)| Some((capability, self.delta(times, dates)?))).collect()
    }

    fn delta(&mut self, times: BothTimes, dates: TwoDates) -> Option<DeltaId> {
        if times == (None, None) {
            return None;
        }
        if let Some(known) = self.known.get(&(times, dates)) {
            return *known;
        }
        let delta = self.compare(times, dates);
        let empty = delta.gained.is_empty() && delta.lost.is_empty();
        let id = (!empty).then(|| match self.numbers.get(&delta) {
            Some(id) => *id,
            None => {
                let id = DeltaId(self.deltas.len() as u32);
                self.deltas.push(delta.clone());
                self.numbers.insert(delta, id);
                id
            }
        });
        self.known.insert((times, dates), id);
        id
    }

    fn compare(&self, (old, new): BothTimes, dates: TwoDates) -> Delta {
        let (old_dates, new_dates) = dates.unwrap_or((Interval::ALWAYS, Interval::ALWAYS));
        let set = |side: &Side<'_>, times: Option<TimesId>, dates: Interval| {
            times.map_or_else(TimeSet::never, |times| side.time_set(times).clip(dates.intersect(self.within)))
        };
        let (before, after) = (set(&self.old, old, old_dates), set(&self.new, new, new_dates));
        let was = !before.is_empty();
        if before == after {
            let (gained, lost) = (TimeSet::never(), TimeSet::never());
            return Delta { gained, lost, was, ends: false, goes_on: false };
        }
        // What differs only in minutes that clocks skip does not differ.
        let zone = self.new.property.timezone;
        let shown = |set: TimeSet| if is_ever_shown(zone, &set) { set } else { TimeSet::never() };
        let (gained, lost) = (shown(after.difference(&before)), shown(before.difference(&after)));
        let nothing_from = |set: &TimeSet, change: &TimeSet| {
            !change.is_empty() && set.clip(Interval::new(change.start(), None)).is_empty()
        };
        let (ends, goes_on) = (nothing_from(&after, &lost), nothing_from(&before, &gained));
        Delta { gained, lost, was, ends, goes_on }
    }

    /// Whether any minute of a change lies in some dates.
    pub(super) fn meets(&mut self, delta: DeltaId, dates: Interval) -> bool {
        let Self { meets, deltas, new, .. } = self;
        *meets.entry((delta, dates)).or_insert_with(|| {
            let Delta { gained, lost, .. } = &deltas[delta.0 as usize];
            let zone = new.property.timezone;
            is_ever_shown(zone, &gained.clip(dates)) || is_ever_shown(zone, &lost.clip(dates))
        })
    }

    pub(super) fn into_deltas(self) -> Vec<Delta> {
        self.deltas
    }
}

/// What somebody can do at one door, by capability.
fn times(
    side: &mut Side<'_>,
    person: Option<PersonId>,
    sight: SightId,
    door: Option<DoorId>,
) -> [Option<TimesId>; 3] {
    let Some(door) = door else { return [None; 3] };
    let own: &[Cell] = side.own(person);
    if own.first().is_some_and(|cell| cell.door == door) {
        return Capability::ALL
            .map(|capability| own.iter().find(|cell| cell.capability == capability).map(|cell| cell.times));
    }
    Capability::ALL.map(|capability| side.times_at(sight, door, capability))
}
