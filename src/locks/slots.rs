//! The weekly windows of a week as a lock counts them.

use crate::time::Week;

use super::Limits;

/// A window that repeats on some days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeekSlot {
    /// The days it starts on, bit 0 for Monday.
    pub days: u8,
    /// Its first minute of the day.
    pub from: u16,
    /// How many minutes it lasts; it runs past midnight when that is more than the day has left.
    pub minutes: u16,
}

const DAY: u16 = 1440;

/// The windows of a week, ascending. Nothing for a week without hours to keep: every minute.
#[must_use]
pub fn weekly(week: &Week, limits: &Limits) -> Vec<WeekSlot> {
    if week.is_always() {
        return Vec::new();
    }
    let mut single: Vec<WeekSlot> = Vec::new();
    for day in 0..7 {
        for (from, to) in week.day(day).as_slice() {
            single.push(WeekSlot { days: 1 << day, from: *from, minutes: to - from });
        }
    }
    if limits.overnight {
        single = joined(single);
    }
    if !limits.day_sets {
        return single;
    }
    let mut sets: Vec<WeekSlot> = Vec::new();
    for slot in single {
        match sets.iter_mut().find(|one| (one.from, one.minutes) == (slot.from, slot.minutes)) {
            Some(same) => same.days |= slot.days,
            None => sets.push(slot),
        }
    }
    sets
}

/// Windows that end at midnight together with those that begin there, as long as the two last less than a day.
fn joined(single: Vec<WeekSlot>) -> Vec<WeekSlot> {
    let mut joined = single.clone();
    for day in 0..7u8 {
        let next = 1u8 << ((day + 1) % 7);
        let evening = joined.iter().position(|one| one.days == 1 << day && one.from + one.minutes == DAY);
        let morning = joined.iter().position(|one| one.days == next && one.from == 0);
        let (Some(evening), Some(morning)) = (evening, morning) else { continue };
        let minutes = joined[evening].minutes + joined[morning].minutes;
        if joined[evening].from > 0 && minutes < DAY {
            joined[evening].minutes = minutes;
            joined.remove(morning);
        }
    }
    joined.sort_unstable_by_key(|one| (one.days.trailing_zeros(), one.from));
    joined
}

/// Whether a window of the week, as people know it, is cut at a midnight.
#[must_use]
pub fn is_cut(week: &Week, limits: &Limits) -> bool {
    if week.is_always() || limits.overnight {
        return false;
    }
    let whole = |windows: &[(u16, u16)]| windows == [(0, DAY)];
    (0..7).any(|day| {
        let (today, tomorrow) = (week.day(day), week.day((day + 1) % 7));
        let runs_out = today.as_slice().last().is_some_and(|(_, to)| *to == DAY);
        let runs_on = tomorrow.as_slice().first().is_some_and(|(from, _)| *from == 0);
        runs_out && runs_on && !whole(today.as_slice()) && !whole(tomorrow.as_slice())
    })
}
