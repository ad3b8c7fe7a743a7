//! What changes by itself: leases that begin and end, homes in which somebody comes to live, holidays.

use std::collections::BTreeSet;

use super::{Access, TimesId};
use crate::model::{DoorId, Property};
use crate::time::{Day, Interval, Minute};

/// The next day on which access changes though nobody changes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextChange {
    /// The day.
    pub day: Day,
    /// What happens on it, in words; the first few.
    pub reasons: Vec<String>,
}

/// So many reasons are told.
const REASONS: usize = 3;

impl Property {
    /// The days in some dates on which a home becomes occupied or vacant; none where no key or assertion asks.
    #[must_use]
    pub fn moves(&self, within: Interval) -> Vec<Day> {
        if !self.groups.iter().any(|group| group.by_occupancy && group.used) {
            return Vec::new();
        }
        let mut days: BTreeSet<Day> = BTreeSet::new();
        for person in self.people.iter().filter(|person| person.unit.is_some()) {
            days.extend(person.dates.from().map(Minute::day));
            days.extend(person.dates.until().map(first_day_after));
        }
        days.retain(|day| within.contains(day.start()) && within.from() != Some(day.start()));
        days.into_iter().filter(|day| self.lived_in(*day) != self.lived_in(day.previous())).collect()
    }

    /// The homes in which somebody lives on a day.
    fn lived_in(&self, day: Day) -> BTreeSet<DoorId> {
        let there = self.people.iter().filter(|one| !one.dates.intersect(Interval::of_day(day)).is_empty());
        there.filter_map(|person| person.unit).collect()
    }
}

/// The first day no minute of which is before a minute.
fn first_day_after(until: Minute) -> Day {
    if until.of_day() == 0 { until.day() } else { until.day().next() }
}

impl Access {
    /// The next day after the as-of day on which somebody's access changes by itself, and why.
    #[must_use]
    pub fn next_change(&self, property: &Property) -> Option<NextChange> {
        let day = self.next_day(property)?;
        Some(NextChange { day, reasons: reasons(property, day) })
    }

    /// The same day alone.
    #[must_use]
    pub fn next_day(&self, property: &Property) -> Option<Day> {
        let today = property.as_of.start();
        let mut seen = vec![false; self.time_sets()];
        let mut next: Option<Minute> = None;
        for cell in self.views.iter().flatten().chain(&self.own) {
            let TimesId(number) = cell.times;
            if !std::mem::replace(&mut seen[number as usize], true) {
                // Only what is sooner than what is known matters.
                let before = Interval::new(Some(today), next);
                next = self.time_set(cell.times).next_change(before).or(next);
            }
        }
        // A change within a day is seen on that day; one at midnight on the day that begins.
        let by_dates = next.map(Minute::day);
        let ahead = Interval::new(Some(today), by_dates.map(|day| day.next().start()));
        [property.moves(ahead).first().copied(), by_dates].into_iter().flatten().min()
    }
}

fn reasons(property: &Property, day: Day) -> Vec<String> {
    let on_day = Interval::of_day(day);
    let begins = |dates: Interval| dates.from().is_some_and(|from| on_day.contains(from));
    let ends = |dates: Interval| dates.until().is_some_and(|until| on_day.contains(until));
    let mut reasons = Vec::new();
    for holiday in property.holidays.iter().filter(|holiday| holiday.day == day) {
        reasons.push(holiday.name.map_or_else(|| "a holiday".into(), |name| property.text(name).to_owned()));
    }
    for person in &property.people {
        let id = property.text(person.id);
        if begins(person.dates) {
            reasons.push(format!("the dates of `{id}` begin"));
        } else if ends(person.dates) {
            reasons.push(format!("the dates of `{id}` end"));
        }
    }
    for assignment in &property.assignments {
        let place = || {
            let place = property.sources.place(assignment.span);
            place.map_or_else(String::new, |place| format!(" ({}:{})", place.file, place.line))
        };
        if begins(assignment.dates) {
            reasons.push(format!("an assignment begins{}", place()));
        } else if ends(assignment.dates) {
            reasons.push(format!("an assignment ends{}", place()));
        }
    }
    if reasons.is_empty() {
        reasons.push("the morning after a holiday".to_owned());
    }
    if reasons.len() > REASONS {
        let more = reasons.len() - REASONS;
        reasons.truncate(REASONS);
        reasons.push(format!("{more} more"));
    }
    reasons
}
