//! The structural laws of a compiled document: one meaning has one form.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::expand::{Credential, DAYS, Document, Open, Segment};
use super::property::{Property, midnight};

/// Every law that the document breaks, each with its place.
pub(crate) fn check_canonical(property: &Property, document: &Document) -> Vec<String> {
    let mut broken = Vec::new();
    let mut law = |holds: bool, message: String| {
        if !holds {
            broken.push(message);
        }
    };
    let mut doors: Vec<&str> = property.doors.iter().map(|door| door.id.as_str()).collect();
    doors.sort_unstable();
    let listed: Vec<&str> = document.locks.iter().map(|lock| lock.door.as_str()).collect();
    law(listed == doors, format!("locks are {listed:?}, doors are {doors:?}"));
    law(document.as_of == property.as_of, format!("as_of is {}", document.as_of));
    for lock in &document.locks {
        let order = |a: &Credential, b: &Credential| (&a.person, a.capability) < (&b.person, b.capability);
        law(lock.credentials.is_sorted_by(order), format!("credentials of {} are not in order", lock.door));
        for credential in &lock.credentials {
            let place = format!("{} {} {}", lock.door, credential.person, credential.capability.name());
            law(!credential.keys.is_empty(), format!("{place}: no keys"));
            law(credential.keys.is_sorted_by(|a, b| a < b), format!("{place}: keys are not in order"));
            law(!credential.segments.is_empty(), format!("{place}: no segments"));
            for (number, segment) in credential.segments.iter().enumerate() {
                segment_laws(property, segment, &mut |holds, message| {
                    law(holds, format!("{place} segment {number}: {message}"));
                });
            }
            for pair in credential.segments.windows(2) {
                pair_laws(&pair[0], &pair[1], &mut |holds, message| {
                    law(holds, format!("{place}: {message}"))
                });
            }
        }
    }
    broken
}

type Law<'l> = &'l mut dyn FnMut(bool, &str);

fn pair_laws(first: &Segment, second: &Segment, law: Law) {
    let (Some(until), Some(from)) = (first.until, second.from) else {
        return law(false, "an unbounded segment beside another one");
    };
    law(until <= from, "segments overlap or are not in order");
    law(until != from || first.weekly != second.weekly, "neighbours with the same week are not merged");
}

fn segment_laws(property: &Property, segment: &Segment, law: Law) {
    if let (Some(from), Some(until)) = (segment.from, segment.until) {
        law(from < until, "ends before it starts");
    }
    law(segment.until.is_none_or(|until| until > midnight(property.as_of)), "ended before the as-of day");
    law(is_ever_open(segment), "nothing is ever open in it");
    window_laws(&segment.weekly, law);
    window_laws(&segment.holidays, law);
    law(segment.holidays_closed.is_sorted_by(|a, b| a < b), "holidays_closed are not in order");
    let with_windows = segment.holidays.iter().map(|open| open.day);
    for day in with_windows.chain(segment.holidays_closed.iter().copied()) {
        law(overlaps_day(segment, day), &format!("lists {day}, which is outside of it"));
        law(property.holidays.contains(&day), &format!("lists {day}, which is no holiday"));
        law(differs_from_week(segment, day), &format!("lists {day}, which is like its weekday"));
    }
    let twice = segment.holidays.iter().find(|open| segment.holidays_closed.contains(&open.day));
    law(twice.is_none(), "a holiday is both open and closed");
}

/// Sorted, merged, inside one day, none empty.
fn window_laws<Day: Ord + Copy>(windows: &[Open<Day>], law: Law) {
    for window in windows {
        law(window.from < window.to, "an empty window, or one that crosses midnight");
    }
    for pair in windows.windows(2) {
        let apart = pair[0].day < pair[1].day || (pair[0].day == pair[1].day && pair[0].to < pair[1].from);
        law(apart, "windows are not sorted or not merged");
    }
}

fn overlaps_day(segment: &Segment, day: NaiveDate) -> bool {
    segment.from.is_none_or(|from| from < midnight(day + TimeDelta::days(1)))
        && segment.until.is_none_or(|until| midnight(day) < until)
}

/// Whether the minutes of this date inside the segment differ from the weekly ones.
fn differs_from_week(segment: &Segment, day: NaiveDate) -> bool {
    let only_weekly = Segment {
        from: segment.from,
        until: segment.until,
        weekly: segment.weekly.clone(),
        holidays: Vec::new(),
        holidays_closed: Vec::new(),
    };
    (0..1440)
        .map(|minute| midnight(day) + TimeDelta::minutes(minute))
        .any(|at| segment.grants(at) != only_weekly.grants(at))
}

/// A week of every unbounded side, and every day of a bounded segment, is looked at.
fn is_ever_open(segment: &Segment) -> bool {
    if !segment.holidays.is_empty() {
        return true;
    }
    let (Some(from), Some(until)) = (segment.from, segment.until) else {
        return !segment.weekly.is_empty();
    };
    let days = from.date().iter_days().take_while(|day| midnight(*day) < until);
    let mut windows_of = days.flat_map(|day| segment.weekly.iter().map(move |open| (day, open)));
    windows_of.any(|(day, open)| {
        let opens = midnight(day) + TimeDelta::minutes(i64::from(open.from));
        let closes = midnight(day) + TimeDelta::minutes(i64::from(open.to));
        DAYS[open.day] == DAYS[day.weekday().num_days_from_monday() as usize]
            && !segment.holidays_closed.contains(&day)
            && opens < until
            && from < closes
    })
}
