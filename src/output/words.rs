//! Dates, hours and lists in the words of a sentence.

use super::hours;
use crate::access::difference::Extent;
use crate::time::{Day, Interval, Minute, Segment, TimeSet};

/// So many spans of time are told; more are counted.
const SPANS: usize = 3;

/// The first few of a list, and how many more there are.
pub(super) fn some(all: &[String], at_most: usize) -> String {
    match all {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] if all.len() <= at_most => format!("{} and {last}", rest.join(", ")),
        _ => {
            let told = at_most.saturating_sub(1).max(1);
            format!("{} and {} more", all[..told].join(", "), all.len() - told)
        }
    }
}

/// `1 person`, `3 people`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// The first minute of something: a date where it begins with the day.
pub(super) fn start(minute: Minute) -> String {
    if minute.of_day() == 0 { minute.day().to_string() } else { minute.to_string() }
}

/// The minute after the last of something: the last date where it ends with a day.
pub(super) fn end(minute: Minute) -> String {
    if minute.of_day() == 0 { minute.day().previous().to_string() } else { minute.to_string() }
}

/// Dates, as far as they are not those of `within`: `from 2026-12-01 until 2027-01-31`, or nothing.
pub(super) fn dates(dates: Interval, within: Interval) -> String {
    let from = dates.from().filter(|from| within.from().is_none_or(|first| *from > first));
    let until = dates.until().filter(|until| within.until().is_none_or(|last| *until < last));
    match (from, until) {
        (None, None) => String::new(),
        (Some(from), Some(until)) if dates_are_one_day(from, until) => format!("on {}", start(from)),
        (Some(from), Some(until)) => format!("from {} until {}", start(from), end(until)),
        (Some(from), None) => format!("from {}", start(from)),
        (None, Some(until)) => format!("until {}", end(until)),
    }
}

fn dates_are_one_day(from: Minute, until: Minute) -> bool {
    from.of_day() == 0 && until == from.day().next().start()
}

/// When something is lost or gained; nothing for all minutes that count.
pub(super) fn extent(extent: &Extent, within: Interval, holidays: &[Day]) -> String {
    match extent {
        Extent::All(all) => dates(*all, within),
        Extent::Hours(times) => self::times(times, within, holidays),
    }
}

/// Minutes in words: `mon-thu 20:00-22:00, from 2026-12-01`; nothing for all minutes that count.
pub(super) fn times(times: &TimeSet, within: Interval, holidays: &[Day]) -> String {
    let segments = times.segments(holidays);
    let told: Vec<String> = segments.iter().take(SPANS).map(|one| segment(one, within)).collect();
    let more = segments.len().saturating_sub(SPANS);
    let mut text = told.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
    if more > 0 {
        text.push_str(&format!("; and {}", count(more, "more span of time", "more spans of time")));
    }
    text
}

fn segment(segment: &Segment, within: Interval) -> String {
    let mut parts = Vec::new();
    let around = dates(Interval::new(segment.from, segment.until), within);
    let one_day = around.starts_with("on ");
    if !segment.weekly.is_always() && !segment.weekly.is_empty() {
        let hours = match segment.from.filter(|_| one_day) {
            // The weekday of a date goes without saying.
            Some(from) => hours::windows(&segment.weekly.day(from.day().weekday())),
            None => hours::week(&segment.weekly),
        };
        if hours != "00:00-24:00" {
            parts.push(hours);
        }
    }
    if !around.is_empty() {
        parts.push(around);
    }
    parts.extend(holidays(segment));
    parts.join(", ")
}

/// The hours of some minutes, whatever their dates: `mon-fri 08:00-18:00, closed on holidays`; nothing for all hours.
pub(super) fn pattern(times: &TimeSet, holidays: &[Day]) -> String {
    let mut patterns: Vec<String> = Vec::new();
    for segment in times.segments(holidays) {
        let mut parts = Vec::new();
        if !segment.weekly.is_always() && !segment.weekly.is_empty() {
            parts.push(hours::week(&segment.weekly));
        }
        let mut others: Vec<String> = segment.holidays.iter().map(|(_, open)| hours::windows(open)).collect();
        others.sort();
        others.dedup();
        if !others.is_empty() {
            parts.push(format!("on holidays {}", others.join(" or ")));
        }
        if !segment.holidays_closed.is_empty() {
            parts.push(if others.is_empty() { "closed on holidays" } else { "closed on some" }.to_owned());
        }
        let pattern = parts.join(", ");
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    patterns.sort();
    patterns.join("; then ")
}

/// The holidays of a change: those with hours of their own, and those on which nothing changes.
fn holidays(segment: &Segment) -> Vec<String> {
    let mut by_hours: Vec<(String, Vec<Day>)> = Vec::new();
    for (day, open) in &segment.holidays {
        let hours = hours::windows(open);
        match by_hours.iter_mut().find(|(known, _)| *known == hours) {
            Some((_, days)) => days.push(*day),
            None => by_hours.push((hours, vec![*day])),
        }
    }
    let mut parts: Vec<String> =
        by_hours.into_iter().map(|(hours, days)| format!("{} {hours}", on_days(&days))).collect();
    if !segment.holidays_closed.is_empty() {
        parts.push(format!("not {}", on_days(&segment.holidays_closed)));
    }
    parts
}

/// A few dates, or how many.
fn on_days(days: &[Day]) -> String {
    match days {
        [one] => format!("on {one}"),
        [one, two] => format!("on {one} and {two}"),
        [one, ..] => format!("on {} holidays from {one} on", days.len()),
        [] => String::new(),
    }
}

/// Text in which nothing is taken for Markdown or HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A zero-width joiner keeps a name from being taken for somebody's account.
            '@' => escaped.push_str("@\u{2060}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\n' | '\r' => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}
