//! Names for what had none: schedules by their hours, keys by their doors.

use std::collections::BTreeSet;

use super::Holdings;
use super::lines::Opening;
use crate::model::{DoorKind, flaw_of_id, proposed_id};
use crate::time::{DAYS, Schedule, Window};

/// An id made of a text: letters and digits of any script stay, all else becomes a dash. `nameless` for a text of which
/// nothing is left.
#[must_use]
pub fn id_of(text: &str) -> String {
    if flaw_of_id(text).is_none() && !text.is_empty() {
        return text.to_owned();
    }
    let id = proposed_id(text);
    if id.is_empty() { "nameless".to_owned() } else { id }
}

/// A name like this one that is not taken.
pub(super) fn free(name: &str, taken: &BTreeSet<String>) -> String {
    let mut free = name.to_owned();
    let mut number = 2;
    while taken.contains(&free) {
        free = format!("{name}-{number}");
        number += 1;
    }
    free
}

/// Names of schedules, as `mon-fri-08-18`; of those with more than two windows, `hours`.
pub(super) fn schedules(schedules: &[Schedule]) -> Vec<String> {
    let mut taken = BTreeSet::from(["always".to_owned()]);
    let names = schedules.iter().map(|schedule| {
        let name = free(&schedule_name(schedule).unwrap_or_else(|| "hours".to_owned()), &taken);
        taken.insert(name.clone());
        name
    });
    names.collect()
}

fn schedule_name(schedule: &Schedule) -> Option<String> {
    let mut parts = Vec::new();
    for (days, windows) in alike(schedule) {
        let [window] = windows else { return None };
        parts.push(format!("{}-{}", days_name(days), window_name(*window)));
    }
    if parts.is_empty() || parts.len() > 2 {
        return None;
    }
    match schedule.holidays.as_deref() {
        None => {}
        Some([]) => parts.push("not-holidays".to_owned()),
        Some(_) => parts.push("holidays-else".to_owned()),
    }
    Some(parts.join("-"))
}

/// Runs of days with the same windows, without those that have none.
pub(super) fn alike(schedule: &Schedule) -> Vec<((usize, usize), &[Window])> {
    let mut runs: Vec<((usize, usize), &[Window])> = Vec::new();
    for day in 0..7 {
        let windows = schedule.weekly[day].as_slice();
        match runs.last_mut() {
            Some(((_, last), same)) if *last + 1 == day && *same == windows => *last = day,
            _ => runs.push(((day, day), windows)),
        }
    }
    runs.retain(|(_, windows)| !windows.is_empty());
    runs
}

/// Days as a schedule names them.
pub(super) fn days_name((first, last): (usize, usize)) -> String {
    match (first, last) {
        (0, 6) => "daily".to_owned(),
        _ if first == last => DAYS[first].to_owned(),
        _ => format!("{}-{}", DAYS[first], DAYS[last]),
    }
}

fn window_name(window: Window) -> String {
    let time = |minute: u16| match minute % 60 {
        0 => format!("{:02}", minute / 60),
        rest => format!("{:02}{rest:02}", minute / 60),
    };
    format!("{}-{}", time(window.from), time(window.to))
}

/// A group of all doors of a kind.
pub(super) fn group(kind: DoorKind) -> &'static str {
    match kind {
        DoorKind::Entrance => "entrances",
        DoorKind::Residence => "homes",
        DoorKind::Amenity => "amenities",
        DoorKind::Service => "service-areas",
        DoorKind::Office => "offices",
        DoorKind::Parking => "parking-areas",
        DoorKind::Elevator => "elevators",
        DoorKind::Other => "other-doors",
    }
}

/// The name of a key by what is on it, or else by the one who has it.
pub(super) fn key(holdings: &Holdings, openings: &[&Opening], people: &BTreeSet<u32>) -> String {
    if let [one] = openings {
        return holdings.doors[one.door as usize].id.clone();
    }
    let kinds: BTreeSet<DoorKind> =
        openings.iter().filter_map(|one| holdings.doors[one.door as usize].kind).collect();
    let all: usize =
        holdings.doors.iter().filter(|door| door.kind.is_some_and(|kind| kinds.contains(&kind))).count();
    if openings.len() == holdings.doors.len() {
        return "all-doors".to_owned();
    }
    if all == openings.len() && kinds.len() < 4 {
        return kinds.iter().map(|kind| group(*kind)).collect::<Vec<_>>().join("-and-");
    }
    if let [one, other] = openings {
        let [one, other] = [one, other].map(|opening| &holdings.doors[opening.door as usize].id);
        return format!("{one}-and-{other}");
    }
    match (people.iter().next(), people.len(), kinds.iter().next(), kinds.len()) {
        (Some(person), 1, ..) => format!("doors-of-{}", holdings.people[*person as usize].id),
        (_, _, Some(kind), 1) => format!("some-{}", group(*kind)),
        _ => format!("key-of-{}-doors", openings.len()),
    }
}
