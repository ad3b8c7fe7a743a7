//! Hours as several rules compare and tell them.

use super::context::Context;
use crate::model::ScheduleId;
use crate::time::{Day, Minute, Schedule, TimeSet};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Context<'_> {
    /// The ordinary weeks of a schedule, as if there were no holidays.
    pub(super) fn ordinary_weeks(&self, schedule: Option<ScheduleId>) -> TimeSet {
        let Some(schedule) = schedule else { return TimeSet::always() };
        let hours = &self.property.schedules[schedule.index()].hours;
        Schedule { weekly: hours.weekly.clone(), holidays: None }.times(&[])
    }

    /// The declared holidays that are not over.
    pub(super) fn holidays_ahead(&self) -> impl Iterator<Item = Day> {
        let today = self.property.as_of;
        self.property.holidays.iter().map(|holiday| holiday.day).filter(move |day| *day >= today)
    }
}

/// A minute in words: `Monday 2027-01-04 06:00`.
pub(super) fn moment(minute: Minute) -> String {
    let of_day = minute.of_day();
    let day = minute.day();
    format!("{} {day} {:02}:{:02}", DAYS[day.weekday()], of_day / 60, of_day % 60)
}
