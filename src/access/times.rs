//! A pool of sets of minutes: each different one is computed once.

use hashbrown::HashMap;

use crate::model::{Property, ScheduleId};
use crate::time::{Day, Interval, TimeSet};

/// Index of a set of minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimesId(pub u32);

/// A schedule in some dates: the times of one line of one key as one person holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Part {
    /// `None` for always.
    pub(super) schedule: Option<ScheduleId>,
    pub(super) dates: Interval,
}

impl Part {
    /// Whether this part has every minute that the other can have.
    fn covers(self, other: Self) -> bool {
        (self.schedule.is_none() || self.schedule == other.schedule)
            && self.dates.intersect(other.dates) == other.dates
    }
}

#[derive(Debug)]
pub(super) struct Times {
    sets: Vec<TimeSet>,
    /// Whether each set has a minute from the as-of day on.
    live: Vec<bool>,
    /// The whole times of each schedule.
    schedules: Vec<TimeSet>,
    /// Nothing that ended before this day counts.
    as_of: Day,
    single: HashMap<Part, Option<TimesId>>,
    several: HashMap<Vec<Part>, TimesId>,
}

impl Times {
    pub(super) fn new(property: &Property) -> Self {
        let holidays: Vec<Day> = property.holidays.iter().map(|holiday| holiday.day).collect();
        Self {
            sets: Vec::new(),
            live: Vec::new(),
            schedules: property.schedules.iter().map(|schedule| schedule.hours.times(&holidays)).collect(),
            as_of: property.as_of,
            single: HashMap::new(),
            several: HashMap::new(),
        }
    }

    /// The times of one part; `None` when it never opens.
    pub(super) fn of_one(&mut self, part: Part) -> Option<TimesId> {
        if let Some(known) = self.single.get(&part) {
            return *known;
        }
        let times = match part.schedule {
            None => TimeSet::always().clip(part.dates),
            Some(schedule) => self.schedules[schedule.index()].clip(part.dates),
        };
        let id = (!times.is_empty()).then(|| self.add(times));
        self.single.insert(part, id);
        id
    }

    /// The union of several parts, of which one opens at some time; `parts` is reduced in place.
    pub(super) fn of_all(&mut self, parts: &mut Vec<Part>) -> Option<TimesId> {
        reduce(parts);
        if let [one] = parts.as_slice() {
            return self.of_one(*one);
        }
        if let Some(known) = self.several.get(parts.as_slice()) {
            return Some(*known);
        }
        let always = TimeSet::always();
        let sets: Vec<(&TimeSet, Interval)> = parts
            .iter()
            .map(|part| (part.schedule.map_or(&always, |id| &self.schedules[id.index()]), part.dates))
            .collect();
        let union = TimeSet::union_of(&sets);
        let id = self.add(union);
        self.several.insert(parts.clone(), id);
        Some(id)
    }

    pub(super) fn add(&mut self, times: TimeSet) -> TimesId {
        self.live.push(times.opens_after(self.as_of.start()));
        self.sets.push(times);
        TimesId(self.sets.len() as u32 - 1)
    }

    /// Whether a set has a minute from the as-of day on; what ended before is no access any more.
    pub(super) fn is_live(&self, id: TimesId) -> bool {
        self.live[id.0 as usize]
    }

    pub(super) fn of_schedule(&self, schedule: ScheduleId) -> &TimeSet {
        &self.schedules[schedule.index()]
    }

    pub(super) fn get(&self, id: TimesId) -> &TimeSet {
        &self.sets[id.0 as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }
}

/// Sorts parts and drops those that another covers.
fn reduce(parts: &mut Vec<Part>) {
    if parts.len() < 2 {
        return;
    }
    parts.sort_unstable();
    parts.dedup();
    let mut index = 0;
    while index < parts.len() {
        let part = parts[index];
        if parts.iter().enumerate().any(|(other, cover)| other != index && cover.covers(part)) {
            parts.remove(index);
        } else {
            index += 1;
        }
    }
}
