//! The definition and a compiled document side by side: every person, door, capability and minute of the days on
//! which a mistake would show.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::dice::Dice;
use super::evaluate::{granted, grants, wall_clock};
use super::expand::Document;
use super::property::{Capability, Property, midnight};

/// The last day that any random date falls on.
pub(crate) const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2027, 12, 31).unwrap();

/// One local day as it passes: 1440 minutes, fewer or more when clocks change.
pub(crate) struct Day {
    pub(crate) minutes: Vec<Minute>,
}

pub(crate) struct Minute {
    pub(crate) instant: DateTime<Utc>,
    pub(crate) wall: NaiveDateTime,
}

impl Day {
    pub(crate) fn of(property: &Property, date: NaiveDate) -> Day {
        // No zone is further than 15 hours from UTC.
        let start = (midnight(date) - TimeDelta::hours(15)).and_utc();
        let minutes = (0..54 * 60)
            .map(|minute| start + TimeDelta::minutes(minute))
            .map(|instant| Minute { instant, wall: wall_clock(property, instant) })
            .filter(|minute| minute.wall.date() == date)
            .collect();
        Day { minutes }
    }
}

/// The days around every edge of the property's dates, a whole week and some days by chance: from the as-of day on,
/// since what has ended by then is left out of a document.
pub(crate) fn telling_days(property: &Property, dice: &mut Dice) -> Vec<Day> {
    let mut dates = BTreeSet::new();
    let mut around = |date: NaiveDate, before: i64, after: i64| {
        dates.extend((-before..=after).map(|offset| date + TimeDelta::days(offset)));
    };
    around(property.as_of, 0, 1);
    for holiday in &property.holidays {
        around(*holiday, 1, 2);
    }
    let assignments = property.assignments.iter().flat_map(|a| [a.from, a.until]);
    let people = property.people.iter().flat_map(|p| [p.from, p.until]);
    for edge in assignments.chain(people).flatten() {
        around(edge.as_start().date(), 1, 1);
    }
    for change in clock_changes(property) {
        around(change, 1, 1);
    }
    let span = (LAST_DAY - property.as_of).num_days().max(1) as usize;
    let mut by_chance = || property.as_of + TimeDelta::days(dice.below(span) as i64);
    around(by_chance(), 0, 6);
    for _ in 0..4 {
        around(by_chance(), 0, 0);
    }
    dates.retain(|date| property.as_of <= *date);
    dates.into_iter().map(|date| Day::of(property, date)).collect()
}

/// The days that are not 24 hours long.
fn clock_changes(property: &Property) -> Vec<NaiveDate> {
    let offset_at_noon = |date: NaiveDate| {
        let noon = (midnight(date) + TimeDelta::hours(12)).and_utc();
        wall_clock(property, noon) - noon.naive_utc()
    };
    let mut changes = Vec::new();
    for date in property.as_of.iter_days().take_while(|date| *date <= LAST_DAY) {
        let yesterday = date.pred_opt().unwrap();
        if offset_at_noon(yesterday) != offset_at_noon(date) {
            changes.extend([yesterday, date]);
        }
    }
    changes
}

/// How many (person, door, capability, minute) agree, or the first that does not.
pub(crate) fn compare(property: &Property, document: &Document, days: &[Day]) -> Result<u64, String> {
    let mut compared = 0;
    for person in &property.people {
        for door in &property.doors {
            let grants = grants(property, &person.id, &door.id);
            for capability in Capability::ALL {
                let segments = document.segments(&person.id, &door.id, capability);
                for minute in days.iter().flat_map(|day| &day.minutes) {
                    let defined = granted(property, &grants, capability, minute.wall);
                    let compiled = segments.iter().any(|segment| segment.grants(minute.wall));
                    if defined != compiled {
                        return Err(format!(
                            "{} {} at {}, {} ({}): by definition {defined}, compiled {compiled}\nsegments: {segments:#?}",
                            person.id,
                            capability.name(),
                            door.id,
                            minute.wall,
                            minute.instant,
                        ));
                    }
                    compared += 1;
                }
            }
        }
    }
    Ok(compared)
}

/// Whether the definition grants the same in two properties with the same people and doors; every seventh minute,
/// which meets every hour's edges on some day.
pub(crate) fn difference(one: &Property, other: &Property, days: &[Day]) -> Result<(), String> {
    for person in &one.people {
        for door in &one.doors {
            let in_one = grants(one, &person.id, &door.id);
            let in_other = grants(other, &person.id, &door.id);
            for minute in days.iter().flat_map(|day| &day.minutes).step_by(7) {
                for capability in Capability::ALL {
                    let before = granted(one, &in_one, capability, minute.wall);
                    if before != granted(other, &in_other, capability, minute.wall) {
                        let (person, door, can) = (&person.id, &door.id, capability.name());
                        return Err(format!("{person} {can} at {door}, {}: first {before}", minute.wall));
                    }
                }
            }
        }
    }
    Ok(())
}
