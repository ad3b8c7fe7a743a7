//! What each lock has to hold, and what its model says that it can.

use hashbrown::HashSet;

use super::context::Context;
use crate::access::TimesId;
use crate::model::{Capability, Door, DoorId, LockModel, PersonId};
use crate::source::Span;
use crate::time::{Day, Segment};

/// What each lock has to hold, by door.
pub(super) struct LockLoads {
    holders: Vec<u32>,
    doorcodes: Vec<u32>,
    /// The different sets of minutes that hours narrow, at each door, each with one person who has it; ascending by set.
    narrowed: Vec<Vec<(TimesId, PersonId)>>,
    /// The same of those that last from end to end, where the lock is offline.
    gapless: Vec<Vec<(TimesId, PersonId)>>,
}

impl LockLoads {
    pub(super) fn new(context: &Context<'_>) -> Self {
        let doors = context.property.doors.len();
        let mut loads = Self {
            holders: vec![0; doors],
            doorcodes: vec![0; doors],
            narrowed: vec![Vec::new(); doors],
            gapless: vec![Vec::new(); doors],
        };
        let mut seen: HashSet<(DoorId, TimesId)> = HashSet::new();
        let model = |door: &Door| door.model.map(|model| &context.property.models[model.index()]);
        let limited: Vec<bool> = context.property.doors.iter().map(|door| door.model.is_some()).collect();
        let dated = |model: &LockModel| model.online == Some(false);
        let dated: Vec<bool> =
            context.property.doors.iter().map(|door| model(door).is_some_and(dated)).collect();
        for number in 0..context.property.people.len() as u32 {
            for cell in context.access.cells(PersonId(number)) {
                let door = cell.door.index();
                match cell.capability {
                    Capability::Unlock => loads.holders[door] += 1,
                    Capability::Doorcode => loads.doorcodes[door] += 1,
                    Capability::Share => continue,
                }
                // Nearly all are without hours, on locks that are told of every change.
                if !limited[door] || !dated[door] && context.is_gapless(cell.times) {
                    continue;
                }
                if seen.insert((cell.door, cell.times)) {
                    let list =
                        if context.is_gapless(cell.times) { &mut loads.gapless } else { &mut loads.narrowed };
                    list[door].push((cell.times, PersonId(number)));
                }
            }
        }
        loads.narrowed.iter_mut().chain(&mut loads.gapless).for_each(|times| times.sort_unstable());
        loads
    }

    /// How many people can open a door.
    pub(super) fn holders(&self, door: DoorId) -> u32 {
        self.holders[door.index()]
    }

    /// How many people have a doorcode at a door.
    pub(super) fn doorcodes(&self, door: DoorId) -> u32 {
        self.doorcodes[door.index()]
    }

    /// The different sets of minutes at a door whose lock has a model, as far as hours narrow them, each with one of the
    /// people who have it.
    pub(super) fn narrowed(&self, door: DoorId) -> &[(TimesId, PersonId)] {
        &self.narrowed[door.index()]
    }

    /// All sets of minutes at a door whose lock is offline; elsewhere those that hours narrow.
    pub(super) fn times(&self, door: DoorId) -> impl Iterator<Item = &(TimesId, PersonId)> {
        self.narrowed[door.index()].iter().chain(&self.gapless[door.index()])
    }
}

impl Context<'_> {
    /// Windows of the fullest week of a set of minutes, one for each day and split at midnight: the least that any lock
    /// asks for.
    pub(super) fn windows(&self, times: TimesId) -> usize {
        if self.is_gapless(times) {
            return 0;
        }
        *self.windows.borrow_mut().entry(times).or_insert_with(|| {
            let windows = |one: &Segment| (0..7).map(|day| one.weekly.day(day).as_slice().len()).sum();
            self.segments(times).iter().map(windows).max().unwrap_or_default()
        })
    }

    /// Every door whose lock has a model, with that model.
    pub(super) fn modelled_doors(&self) -> impl Iterator<Item = (DoorId, &Door, &LockModel)> {
        self.property.doors.iter().enumerate().filter_map(|(number, door)| {
            door.model.map(|model| (DoorId(number as u32), door, &self.property.models[model.index()]))
        })
    }

    /// What tells one mistake of locks from another: doors that one line of the file describes share it.
    pub(super) fn written_door(&self, door: &Door) -> Span {
        self.property.sources.written(door.id)
    }

    /// The segments of a set of minutes that are not over.
    pub(super) fn segments(&self, times: TimesId) -> Vec<Segment> {
        let holidays: Vec<Day> = self.property.holidays.iter().map(|holiday| holiday.day).collect();
        let mut segments = self.access.time_set(times).segments(&holidays);
        segments.retain(|segment| segment.until.is_none_or(|until| until > self.today()));
        segments
    }
}
