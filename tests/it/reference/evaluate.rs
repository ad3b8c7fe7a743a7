//! Who can do what at which door in which minute, straight from "Meaning" in the language's definition.
//!
//! Small and slow on purpose: every sentence of the definition is one loop or one comparison here.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;

use super::property::{Assignment, Capability, Edge, Key, Line, Person, Property, Schedule, midnight};

/// Whether `person` can do it at `door` at this instant.
pub(crate) fn can(
    property: &Property,
    person: &str,
    door: &str,
    capability: Capability,
    instant: DateTime<Utc>,
) -> bool {
    granted(property, &grants(property, person, door), capability, wall_clock(property, instant))
}

/// What a clock on the wall of the building shows. Going through it is what makes both passes of a repeated hour
/// count and a skipped hour not exist.
pub(crate) fn wall_clock(property: &Property, instant: DateTime<Utc>) -> NaiveDateTime {
    let zone: Tz = property.timezone.parse().unwrap();
    instant.with_timezone(&zone).naive_local()
}

/// One way in which a person may have come by a door; when it counts is for `granted` to say.
pub(crate) struct Grant<'p> {
    person: &'p Person,
    assignment: &'p Assignment,
    line: &'p Line,
    /// `None` is `always`.
    schedule: Option<&'p Schedule>,
    shared: bool,
}

/// Every assignment, key and line that give this door to this person at any time.
pub(crate) fn grants<'p>(property: &'p Property, person: &str, door: &str) -> Vec<Grant<'p>> {
    let person = property.people.iter().find(|p| p.id == person).unwrap();
    let mut grants = Vec::new();
    for assignment in &property.assignments {
        if !assignment.to.iter().any(|reference| addresses(reference, person)) {
            continue;
        }
        for reference in &assignment.keys {
            let Some((key, instance)) = key_of(property, reference, person) else {
                continue;
            };
            let Some(line) = line_for(property, key, instance, door) else {
                continue;
            };
            let schedule = property.schedules.iter().find(|s| s.id == line.schedule);
            assert!(schedule.is_some() || line.schedule == "always", "no schedule `{}`", line.schedule);
            let shared = assignment.share.or(key.share).unwrap_or(false);
            grants.push(Grant { person, assignment, line, schedule, shared });
        }
    }
    grants
}

/// Whether any of the grants holds at this wall-clock time: access is their union.
pub(crate) fn granted(
    property: &Property,
    grants: &[Grant],
    capability: Capability,
    at: NaiveDateTime,
) -> bool {
    grants.iter().any(|grant| {
        let capable = match capability {
            Capability::Unlock => true,
            Capability::Doorcode => grant.line.doorcode,
            Capability::Share => grant.shared,
        };
        capable
            && in_dates(grant.assignment.from, grant.assignment.until, at)
            && in_dates(grant.person.from, grant.person.until, at)
            && grant.schedule.is_none_or(|schedule| is_open(schedule, &property.holidays, at))
    })
}

fn addresses(reference: &str, person: &Person) -> bool {
    reference == "everyone" || reference == person.id || person.teams.iter().any(|team| team == reference)
}

/// The key that an assignment's reference means for this person, and of which door's instance of it.
fn key_of<'p>(
    property: &'p Property,
    reference: &'p str,
    person: &'p Person,
) -> Option<(&'p Key, Option<&'p str>)> {
    if let Some((id, door)) = reference.split_once('/') {
        return Some((key_named(property, id), Some(door)));
    }
    let key = key_named(property, reference);
    match &key.each {
        None => Some((key, None)),
        // To each person, their own unit's key; a person whose unit has none gets nothing.
        Some(group) => {
            let unit = person.unit.as_deref()?;
            covers(property, group, unit).then_some((key, Some(unit)))
        }
    }
}

fn key_named<'p>(property: &'p Property, id: &str) -> &'p Key {
    property.keys.iter().find(|key| key.id == id).unwrap_or_else(|| panic!("no key `{id}`"))
}

/// The most specific line of the key for the door: the door's own, else a group's.
fn line_for<'p>(property: &Property, key: &'p Key, instance: Option<&str>, door: &str) -> Option<&'p Line> {
    let own = |line: &&Line| line.doors == door || (line.doors == "$door" && instance == Some(door));
    let by_group = |line: &&Line| line.doors != "$door" && covers(property, &line.doors, door);
    key.lines.iter().find(own).or_else(|| key.lines.iter().find(by_group))
}

/// Whether a reference to doors (a door, a group or `all`) includes the door.
pub(crate) fn covers(property: &Property, reference: &str, door: &str) -> bool {
    if reference == "all" || reference == door {
        return true;
    }
    let Some(group) = property.groups.iter().find(|group| group.id == reference) else {
        return false;
    };
    let door = property.doors.iter().find(|d| d.id == door).unwrap();
    let covered_by = |references: &[String]| references.iter().any(|r| covers(property, r, &door.id));
    group.kind.as_ref().is_none_or(|kind| *kind == door.kind)
        && group.tag.as_ref().is_none_or(|tag| door.tags.contains(tag))
        && group.floor.is_none_or(|(low, high)| door.floor.is_some_and(|floor| low <= floor && floor <= high))
        && group
            .occupied
            .is_none_or(|wanted| door.kind == "residence" && is_occupied(property, &door.id) == wanted)
        && group.doors.as_ref().is_none_or(|references| covered_by(references))
        && !covered_by(&group.except)
}

/// On the as-of day: as the door says, else whether somebody whose unit it is lives there that day.
fn is_occupied(property: &Property, door: &str) -> bool {
    let said = property.doors.iter().find(|d| d.id == door).unwrap().occupied;
    said.unwrap_or_else(|| {
        property
            .people
            .iter()
            .any(|person| person.unit.as_deref() == Some(door) && lives_here_on(person, property.as_of))
    })
}

/// A person lives in their unit on a day when their dates have any part of it.
fn lives_here_on(person: &Person, day: NaiveDate) -> bool {
    let next_day = day.succ_opt().unwrap();
    person.from.is_none_or(|from| from.as_start() < midnight(next_day))
        && person.until.is_none_or(|until| until.as_end() > midnight(day))
}

/// Dates are inclusive on both ends, moments half-open; both are read from the clock on the wall.
fn in_dates(from: Option<Edge>, until: Option<Edge>, at: NaiveDateTime) -> bool {
    let started = match from {
        None => true,
        Some(Edge::Day(day)) => day <= at.date(),
        Some(Edge::Moment(moment)) => moment <= at,
    };
    let not_ended = match until {
        None => true,
        Some(Edge::Day(day)) => at.date() <= day,
        Some(Edge::Moment(moment)) => at < moment,
    };
    started && not_ended
}

/// A window belongs to the day on which it starts: today's windows, and yesterday's that run into today.
fn is_open(schedule: &Schedule, holidays: &[NaiveDate], at: NaiveDateTime) -> bool {
    let today = at.date();
    let yesterday = today.pred_opt().unwrap();
    let minute = at.hour() * 60 + at.minute();
    let since_today = windows_of(schedule, holidays, today).iter().any(|window| {
        let runs_into_tomorrow = window.to < window.from;
        window.from <= minute && (runs_into_tomorrow || minute < window.to)
    });
    let since_yesterday = windows_of(schedule, holidays, yesterday).iter().any(|window| {
        let ran_into_today = window.to < window.from;
        ran_into_today && minute < window.to
    });
    since_today || since_yesterday
}

/// The windows that start on a date: a `holidays:` line replaces the weekly ones on the dates listed.
fn windows_of<'s>(
    schedule: &'s Schedule,
    holidays: &[NaiveDate],
    date: NaiveDate,
) -> &'s [super::property::Window] {
    match &schedule.holidays {
        Some(windows) if holidays.contains(&date) => windows,
        _ => &schedule.weekly[date.weekday().num_days_from_monday() as usize],
    }
}
