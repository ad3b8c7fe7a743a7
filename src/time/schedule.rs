//! Weekly hours as people write them, with overnight windows and holidays.

use super::set::TimeSet;
use super::windows::{DAY, Week, Windows};
use super::{Day, Interval};

/// One window of a schedule as it is written: minutes since midnight, `from` in 0..1440, `to` in 1..=1440. It runs
/// into the next day when `to` is before `from`; the two are never equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// The first minute.
    pub from: u16,
    /// The minute after the last.
    pub to: u16,
}

/// Weekly hours as they are written; a window belongs to the day that it starts on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// The windows of each day from Monday.
    pub weekly: [Vec<Window>; 7],
    /// The windows that replace the weekly ones on holidays; `None` when holidays are days like any other.
    pub holidays: Option<Vec<Window>>,
}

/// The minutes of the day that windows start on.
fn of_first_day(windows: &[Window]) -> Windows {
    Windows::new(windows.iter().map(|w| (w.from, if w.to < w.from { DAY } else { w.to })).collect())
}

/// The minutes of the day after the one that windows start on.
fn of_next_day(windows: &[Window]) -> Windows {
    Windows::new(windows.iter().filter(|w| w.to < w.from).map(|w| (0, w.to)).collect())
}

impl Schedule {
    /// When it is open, given the dates that are holidays.
    #[must_use]
    pub fn times(&self, holidays: &[Day]) -> TimeSet {
        let days: [Windows; 7] = std::array::from_fn(|day| {
            of_first_day(&self.weekly[day]).union(&of_next_day(&self.weekly[(day + 6) % 7]))
        });
        let week = Week::of_days(&days);
        // A holiday changes its own date, and the morning after it by the windows that begin, or do not begin, on it.
        let mut changed: Vec<Day> = Vec::new();
        if self.holidays.is_some() {
            changed.extend(holidays.iter().flat_map(|day| [*day, day.next()]));
            changed.sort_unstable();
            changed.dedup();
        }
        let starting = |day: Day| match &self.holidays {
            Some(windows) if holidays.contains(&day) => windows,
            _ => &self.weekly[day.weekday()],
        };
        let exceptions = changed
            .into_iter()
            .map(|day| (day, of_first_day(starting(day)).union(&of_next_day(starting(day.previous())))))
            .collect();
        TimeSet::new(vec![(Interval::ALWAYS, week)], exceptions)
    }
}
