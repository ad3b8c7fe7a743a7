//! `daylight-saving-edge`

use chrono::{NaiveDate, NaiveTime, TimeZone};

use super::context::Context;
use super::findings::Findings;
use crate::model::Schedule;
use crate::source::Span;
use crate::time::Day;

/// An hour, or another stretch of a day, that clocks skip or repeat: minutes since midnight, half-open.
struct Shift {
    day: Day,
    from: u16,
    to: u16,
    skipped: bool,
}

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    // Clocks change at night: most schedules have no edge there at all.
    let early = |schedule: &&Schedule| {
        let weekly = schedule.hours.weekly.iter().flatten();
        weekly.into_iter().any(|window| 0 < window.from && window.from < 360 || window.to < 360)
    };
    let candidates: Vec<&Schedule> = context.property.schedules.iter().filter(early).collect();
    if candidates.is_empty() {
        return;
    }
    let shifts = shifts(context.property.timezone, context.property.as_of);
    for schedule in candidates {
        let mut told: Vec<Span> = Vec::new();
        for shift in &shifts {
            for (minute, begins, written) in edges(schedule, shift.day) {
                if !is_unclear(minute, begins, shift) || told.contains(&written) {
                    continue;
                }
                told.push(written);
                let time = format!("{:02}:{:02}", minute / 60, minute % 60);
                let what = if begins { "begins" } else { "ends" };
                let clocks = if shift.skipped { "is skipped" } else { "comes twice" };
                let message = format!(
                    "a window of the schedule {} {what} at {time}, which {clocks} on {} in {}",
                    context.quoted(schedule.id),
                    shift.day,
                    context.property.timezone
                );
                found.push(
                    found
                        .about(format!("schedule {}", context.property.text(schedule.id)), written, message)
                        .help("move the edge out of that hour, so that every lock means the same by it"),
                );
            }
        }
    }
}

/// The edges of windows that fall on a date: minute, whether it begins there, and where it is written.
fn edges(schedule: &Schedule, day: Day) -> Vec<(u16, bool, Span)> {
    let (today, before) = (day.weekday(), (day.weekday() + 6) % 7);
    let mut edges = Vec::new();
    if let Some(written) = schedule.written[today] {
        for window in &schedule.hours.weekly[today] {
            edges.push((window.from, true, written));
            if window.from < window.to {
                edges.push((window.to, false, written));
            }
        }
    }
    if let Some(written) = schedule.written[before] {
        let late = schedule.hours.weekly[before].iter().filter(|window| window.to < window.from);
        edges.extend(late.map(|window| (window.to, false, written)));
    }
    edges
}

/// Both passes of a repeated hour count, so an edge at its very beginning or end is clear; a skipped hour has no
/// beginning.
fn is_unclear(minute: u16, begins: bool, shift: &Shift) -> bool {
    let inside = shift.from < minute && minute < shift.to;
    inside || shift.skipped && begins && minute == shift.from
}

/// The changes of clocks in the year from a day on.
fn shifts(zone: chrono_tz::Tz, from: Day) -> Vec<Shift> {
    let mut shifts = Vec::new();
    let offset = |date: NaiveDate| {
        let noon = date.and_time(NaiveTime::from_hms_opt(12, 0, 0)?);
        Some(chrono::Offset::fix(&zone.offset_from_local_datetime(&noon).earliest()?).local_minus_utc() / 60)
    };
    let date = |day: Day| {
        NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(chrono::TimeDelta::days(day.0.into()))
    };
    let mut last = date(from.previous()).and_then(offset);
    for number in 0..366 {
        let day = Day(from.0 + number);
        let now = date(day).and_then(offset);
        if let (Some(before), Some(after)) = (last, now)
            && before != after
            && let Some(shift) = date(day).and_then(|date| shift_on(zone, date, day, after - before))
        {
            shifts.push(shift);
        }
        last = now;
    }
    shifts
}

/// The skipped or repeated stretch of a date on which clocks change by so many minutes.
fn shift_on(zone: chrono_tz::Tz, date: NaiveDate, day: Day, by: i32) -> Option<Shift> {
    let kind = |minute: u32| {
        let time = NaiveTime::from_hms_opt(minute / 60, minute % 60, 0)?;
        Some(zone.offset_from_local_datetime(&date.and_time(time)))
    };
    let skipped = by > 0;
    let odd = |minute: &u32| match kind(*minute) {
        Some(chrono::LocalResult::None) => skipped,
        Some(chrono::LocalResult::Ambiguous(..)) => !skipped,
        _ => false,
    };
    let from = (0..1440).find(odd)?;
    let to = (from..1440).find(|minute| !odd(minute)).unwrap_or(1440);
    Some(Shift { day, from: from as u16, to: to as u16, skipped })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_change_twice_a_year_in_new_york() {
        let shifts = shifts(chrono_tz::America::New_York, Day::parse("2026-11-23").unwrap());
        let told: Vec<_> = shifts.iter().map(|s| (s.day.to_string(), s.from, s.to, s.skipped)).collect();
        assert_eq!(told, [("2027-03-14".into(), 120, 180, true), ("2027-11-07".into(), 60, 120, false)]);
    }

    #[test]
    fn clocks_never_change_in_phoenix() {
        assert!(shifts(chrono_tz::America::Phoenix, Day::parse("2026-11-23").unwrap()).is_empty());
    }
}
