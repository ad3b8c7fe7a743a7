//! The needs of a property, as the check reads them: from its assignments and the lines of its keys.

use std::collections::{BTreeMap, BTreeSet};

use super::Table;
use crate::access::Access;
use crate::model::{DoorId, KeyId, KeyType, PersonId, Property, ScheduleId, Setting, Who};
use crate::time::{Interval, Minute};

/// What somebody is given keys as: `tracy`, or `tracy, may share, until 2026-12-31 24:00`.
#[must_use]
pub fn recipient_label(property: &Property, person: PersonId, share: bool, dates: Interval) -> String {
    let mut label = property.text(property.people[person.index()].id).to_owned();
    if share {
        label.push_str(", may share");
    }
    let mut bound = |word: &str, minute: Option<Minute>| {
        if let Some(minute) = minute {
            label.push_str(&format!(", {word} {minute}"));
        }
    };
    bound("from", dates.from());
    bound("until", dates.until());
    label
}

/// What a line of a key gives: `gym|always|doorcode`.
#[must_use]
pub fn opening_label(
    property: &Property,
    elevator: bool,
    door: DoorId,
    schedule: Option<ScheduleId>,
    doorcode: bool,
) -> String {
    let hours = schedule.map_or("always", |schedule| property.text(property.schedules[schedule.index()].id));
    let code = if doorcode { "doorcode" } else { "-" };
    let kind = if elevator { "|elevator" } else { "" };
    format!("{}|{hours}|{code}{kind}", property.text(property.doors[door.index()].id))
}

/// Something that somebody is given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    door: DoorId,
    elevator: bool,
    schedule: Option<ScheduleId>,
    doorcode: bool,
    share: bool,
    from: Option<Minute>,
    until: Option<Minute>,
    /// By a key that stays as it is; such a line is never a need of its own.
    stays: bool,
}

impl Table {
    /// The needs of a property. `keep` names keys that stay as they are, `kind_of` says what people are, for the rule that
    /// keys are not mixed, which `mixed` takes away.
    #[must_use]
    pub fn of_property(
        property: &Property,
        access: &Access,
        keep: &[String],
        kind_of: &dyn Fn(PersonId) -> u32,
        mixed: bool,
    ) -> Self {
        let mut lines: BTreeMap<PersonId, BTreeSet<Line>> = BTreeMap::new();
        let mut teams: BTreeMap<u32, Vec<PersonId>> = BTreeMap::new();
        for (number, person) in property.people.iter().enumerate() {
            for team in &property.team_sets[person.teams.index()] {
                teams.entry(team.0).or_default().push(PersonId(number as u32));
            }
        }
        let everyone: Vec<PersonId> = (0..property.people.len() as u32).map(PersonId).collect();
        for assignment in &property.assignments {
            for who in property.recipients(assignment) {
                let people: &[PersonId] = match who {
                    Who::Person(person) => &[*person],
                    Who::Team(team) => teams.get(&team.0).map_or(&[], Vec::as_slice),
                    Who::Everyone => &everyone,
                };
                for person in people {
                    let own = property.people[person.index()].dates;
                    if over(property, assignment.dates) || over(property, own) || apart(assignment.dates, own)
                    {
                        continue;
                    }
                    for given in &property.key_lists[assignment.keys.index()] {
                        let share = assignment.share.unwrap_or(property.keys[given.key.index()].share);
                        let unit = given.instance.or(property.people[person.index()].unit);
                        let of_key = key_lines(property, given.key, unit, keep);
                        lines.entry(*person).or_default().extend(of_key.into_iter().map(|line| Line {
                            share,
                            from: assignment.dates.from(),
                            until: assignment.dates.until(),
                            ..line
                        }));
                    }
                }
            }
        }
        let mut table = Self::default();
        for (person, lines) in &lines {
            for line in lines.iter().filter(|line| !line.stays) {
                let dates = Interval::new(line.from, line.until);
                let recipient = recipient_label(property, *person, line.share, dates);
                let schedule = line.schedule.map(|schedule| first_alike(property, access, schedule));
                let opening = opening_label(property, line.elevator, line.door, schedule, line.doorcode);
                let spared = lines.iter().any(|other| is_more(access, other, line));
                table.add(&recipient, &opening, spared);
                if !mixed {
                    let kind = format!("{} {}", kind_of(*person), line.share);
                    table.set_kind(&recipient, &kind);
                }
                table.set_class(&opening, if line.elevator { "elevator" } else { "door" });
            }
        }
        table
    }
}

/// What a key gives to somebody with a home.
fn key_lines(property: &Property, key: KeyId, unit: Option<DoorId>, keep: &[String]) -> Vec<Line> {
    let one = &property.keys[key.index()];
    if one.by_occupancy {
        // Tomorrow it may open other doors: nothing can be built on it.
        return Vec::new();
    }
    let stays = one.each.is_some() || keep.iter().any(|name| name == property.text(one.id));
    let instance = unit.filter(|_| one.each.is_some());
    let line = |door: DoorId, setting: Setting| Line {
        door,
        elevator: one.kind == KeyType::Elevator,
        schedule: setting.schedule,
        doorcode: setting.doorcode,
        share: false,
        from: None,
        until: None,
        stays,
    };
    let doors: BTreeSet<DoorId> = one.lines.iter().map(|line| line.door).chain(instance).collect();
    doors.into_iter().filter_map(|door| Some(line(door, one.line(door, instance)?))).collect()
}

fn over(property: &Property, dates: Interval) -> bool {
    dates.until().is_some_and(|until| until <= property.as_of.start())
}

fn apart(one: Interval, other: Interval) -> bool {
    one.intersect(other).is_empty()
}

/// Schedules with the same hours are told by the first of them.
fn first_alike(property: &Property, access: &Access, schedule: ScheduleId) -> ScheduleId {
    (0..property.schedules.len() as u32)
        .map(ScheduleId)
        .find(|other| access.hours(*other) == access.hours(schedule))
        .unwrap_or(schedule)
}

/// Whether one line gives all of another, and is not just that line over again.
fn is_more(access: &Access, one: &Line, other: &Line) -> bool {
    let hours = |one: &Line, other: &Line| match (one.schedule, other.schedule) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(one), Some(other)) => access.hours(other).difference(access.hours(one)).is_empty(),
    };
    let contains = |one: &Line, other: &Line| {
        one.door == other.door
            && one.doorcode >= other.doorcode
            && one.share >= other.share
            && one.from.is_none_or(|from| other.from.is_some_and(|other| from <= other))
            && one.until.is_none_or(|until| other.until.is_some_and(|other| until >= other))
            && hours(one, other)
    };
    contains(one, other) && (one.stays || !contains(other, one))
}
