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
    /// The different sets of minutes at each door, each with one person who has it; ascending by set.
    times: Vec<Vec<(TimesId, PersonId)>>,
}

impl LockLoads {
    pub(super) fn new(context: &Context<'_>) -> Self {
        let doors = context.property.doors.len();
        let mut loads =
            Self { holders: vec![0; doors], doorcodes: vec![0; doors], times: vec![Vec::new(); doors] };
        let mut seen: HashSet<(DoorId, TimesId)> = HashSet::new();
        let limited: Vec<bool> = context.property.doors.iter().map(|door| door.model.is_some()).collect();
        for number in 0..context.property.people.len() as u32 {
            for cell in context.access.cells(PersonId(number)) {
                let door = cell.door.index();
                match cell.capability {
                    Capability::Unlock => loads.holders[door] += 1,
                    Capability::Doorcode => loads.doorcodes[door] += 1,
                    Capability::Share => continue,
                }
                if limited[door] && seen.insert((cell.door, cell.times)) {
                    loads.times[door].push((cell.times, PersonId(number)));
                }
            }
        }
        loads.times.iter_mut().for_each(|times| times.sort_unstable());
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

    /// The different sets of minutes at a door whose lock has a model, each with one of the people who have it.
    pub(super) fn times(&self, door: DoorId) -> &[(TimesId, PersonId)] {
        &self.times[door.index()]
    }
}

impl Context<'_> {
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

/// Whether a firmware is at least another: numbers between dots, compared one by one. `None` when one of them is no
/// such text.
pub(super) fn is_at_least(firmware: &str, wanted: &str) -> Option<bool> {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        text.trim().trim_start_matches(['v', 'V']).split('.').map(|part| part.parse().ok()).collect()
    };
    let (mut have, mut want) = (numbers(firmware)?, numbers(wanted)?);
    let length = have.len().max(want.len());
    have.resize(length, 0);
    want.resize(length, 0);
    Some(have >= want)
}

#[cfg(test)]
mod tests {
    use super::is_at_least;

    #[test]
    fn firmware_is_compared_by_numbers() {
        assert_eq!(is_at_least("2.10.0", "2.9"), Some(true));
        assert_eq!(is_at_least("2.4", "2.4.0"), Some(true));
        assert_eq!(is_at_least("1.9.0", "2.4"), Some(false));
        assert_eq!(is_at_least("v3", "2.4"), Some(true));
        assert_eq!(is_at_least("beta", "2.4"), None);
    }
}
