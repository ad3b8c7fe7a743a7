//! `schedule-overlap`

use super::context::Context;
use super::findings::Findings;
use crate::diagnostic::{Edit, Fix};
use crate::model::Schedule;
use crate::source::Span;
use crate::time::Window;

const HOLIDAYS: usize = 7;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for schedule in &context.property.schedules {
        let mut told: Vec<Span> = Vec::new();
        for day in 0..=HOLIDAYS {
            let Some(written) = schedule.written[day].filter(|written| !told.contains(written)) else {
                continue;
            };
            let windows = windows_of(schedule, day);
            let within_day = first_overlap(windows);
            let Some((one, other)) = within_day.or_else(|| over_midnight(schedule, day)) else { continue };
            told.push(written);
            let message = format!(
                "{} and {} of the schedule {} overlap",
                shown(one),
                shown(other),
                context.quoted(schedule.id)
            );
            found.push(
                found
                    .about(format!("schedule {}", context.property.text(schedule.id)), written, message)
                    .help("windows of one day add up: write one window over both, or mend the one that is wrong")
                    .fix(within_day.and_then(|_| merged(context, written, windows))),
            );
        }
    }
}

fn windows_of(schedule: &Schedule, day: usize) -> &[Window] {
    match day {
        HOLIDAYS => schedule.hours.holidays.as_deref().unwrap_or_default(),
        day => &schedule.hours.weekly[day],
    }
}

fn shown(window: Window) -> String {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", time(window.from), time(window.to))
}

/// The end on the day that a window begins on.
fn end(window: Window) -> u16 {
    if window.to < window.from { 1440 } else { window.to }
}

fn first_overlap(windows: &[Window]) -> Option<(Window, Window)> {
    windows.iter().enumerate().find_map(|(index, one)| {
        let meets = |other: &&Window| one.from < end(**other) && other.from < end(*one);
        windows[index + 1..].iter().find(meets).map(|other| (*one, *other))
    })
}

/// A window of the day before that runs into one of this day's.
fn over_midnight(schedule: &Schedule, day: usize) -> Option<(Window, Window)> {
    if day == HOLIDAYS {
        return None;
    }
    let before = schedule.hours.weekly[(day + 6) % 7].iter().filter(|window| window.to < window.from);
    before.into_iter().find_map(|late| {
        let early = schedule.hours.weekly[day].iter().find(|window| window.from < late.to)?;
        Some((*late, *early))
    })
}

/// The windows of a list as few as they can be; only where none runs over midnight and the list stands in brackets.
fn merged(context: &Context<'_>, written: Span, windows: &[Window]) -> Option<Fix> {
    let in_brackets = context.property.text(written).starts_with('[');
    let by_day = windows.iter().all(|window| window.from < window.to);
    if !in_brackets || !by_day || !context.is_own(written) {
        return None;
    }
    let all = crate::time::Windows::new(windows.iter().map(|window| (window.from, window.to)).collect());
    let list: Vec<String> =
        all.as_slice().iter().map(|(from, to)| shown(Window { from: *from, to: *to })).collect();
    let text = if let [one] = list.as_slice() { one.clone() } else { format!("[{}]", list.join(", ")) };
    Some(Fix { title: "write them as one".into(), safe: true, edits: vec![Edit { span: written, text }] })
}
