//! `daylight-saving-edge`

use super::context::Context;
use super::findings::Findings;
use crate::model::Schedule;
use crate::source::Span;
use crate::time::Day;
use crate::time::clocks::{Shift, shifts};

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
    let shifts = shifts(context.property.timezone, context.property.as_of, 366);
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
