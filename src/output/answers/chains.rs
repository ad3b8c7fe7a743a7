//! `why` and `why-not` for people: every chain from the person to the schedule with its places, and what is missing.

use super::access::door_name;
use super::crowd::Crowd;
use crate::access::{Access, Asked, Cause, Obstacle};
use crate::model::{Capability, DoorId, GivenKey, PersonId, Property, TeamId, Who};
use crate::output::words;
use crate::source::Span;
use crate::time::{Day, Interval};

/// `FILE:LINE` of a place.
fn place(property: &Property, span: Span) -> String {
    property.sources.place(span).map_or_else(String::new, |place| format!("{}:{}", place.file, place.line))
}

/// How a person comes to be one of an assignment's.
pub(super) fn by(property: &Property, person: PersonId, assignment: u32) -> Vec<&str> {
    let assignment = &property.assignments[assignment as usize];
    let names = property.recipients(assignment).iter().filter(|who| property.includes(**who, person));
    let name = |who: &Who| match who {
        Who::Person(person) => property.text(property.people[person.index()].id),
        Who::Team(team) => property.text(property.teams[team.index()].id),
        Who::Everyone => "everyone",
    };
    names.map(name).collect()
}

/// The chain of one cause, a step a line.
fn chain(property: &Property, access: &Access, person: PersonId, cause: &Cause) -> String {
    let who = &property.people[person.index()];
    let assignment = &property.assignments[cause.assignment as usize];
    let key = &property.keys[cause.key.key.index()];
    let ahead = Interval::new(Some(property.as_of.start()), None);
    let holidays: Vec<Day> = property.holidays.iter().map(|holiday| holiday.day).collect();
    let mut steps = Vec::new();
    let dates = |interval: Interval| {
        let text = words::dates(interval, Interval::ALWAYS);
        if text.is_empty() { text } else { format!(", {text}") }
    };
    steps.push(("person", format!("{}{}", property.text(who.id), dates(who.dates)), who.id));
    let shared = if cause.share { ", may share" } else { "" };
    steps.push((
        "assignment",
        format!(
            "to {}{}{shared}",
            by(property, person, cause.assignment).join(", "),
            dates(assignment.dates)
        ),
        assignment.span,
    ));
    steps.push(("key", property.key_name(cause.key), key.id));
    let doorcode = if cause.setting.doorcode { "with doorcode" } else { "doorcode: false" };
    steps.push(("line", format!("{}, {doorcode}", property.text(cause.setting.span)), cause.setting.span));
    if let Some(id) = cause.setting.schedule {
        let schedule = &property.schedules[id.index()];
        steps.push(("schedule", property.text(schedule.id).to_owned(), schedule.id));
    }
    let mut text = String::new();
    let width = steps.iter().map(|(_, what, _)| what.chars().count()).max().unwrap_or_default();
    for (step, what, span) in steps {
        text.push_str(&format!("    {step:<10}  {what:<width$}  {}\n", place(property, span)));
    }
    let times = cause.times(access).clip(ahead);
    let when = words::times(&times, ahead, &holidays);
    let when = match (times.is_empty(), when.is_empty()) {
        (true, _) => "never from today on".to_owned(),
        (false, true) => "at all hours".to_owned(),
        (false, false) => when,
    };
    text.push_str(&format!("    {:<10}  {when}\n", "so"));
    text
}

/// The answer to `why`: the chains that give somebody a door, those that do so in the minutes that are asked about.
#[must_use]
pub fn why(
    property: &Property,
    access: &Access,
    (person, door): (PersonId, DoorId),
    causes: &[Cause],
    asked: Option<&Asked>,
) -> String {
    let name = Crowd::new(property).name(person);
    let door_name = door_name(property, door);
    let at = asked.map_or_else(String::new, |asked| format!(" ({})", asked.text));
    if causes.is_empty() {
        let id = property.text(property.people[person.index()].id);
        let door = property.text(property.doors[door.index()].id);
        return format!(
            "{name} cannot open {door_name}{at}; `keyplan why-not {id} {door}` tells what is missing\n"
        );
    }
    let mut text =
        format!("{name} can open {door_name}{at} by {}\n", words::count(causes.len(), "way", "ways"));
    for (number, cause) in causes.iter().enumerate() {
        text.push_str(&format!("  {}.\n{}", number + 1, chain(property, access, person, cause)));
    }
    text
}

/// An obstacle in words, with the smallest change that would take it away, and its place.
pub(in crate::output) fn obstacle(
    property: &Property,
    (person, door): (PersonId, DoorId),
    obstacle: &Obstacle,
) -> (String, String, Span) {
    let span = obstacle.span(property, person, door);
    let key = |given: GivenKey| format!("`{}`", property.key_name(given));
    let who = &property.people[person.index()];
    let id = property.text(who.id);
    let (message, help) = match obstacle {
        Obstacle::Hours { cause, next } => {
            let schedule = cause.setting.schedule.map(|id| &property.schedules[id.index()]);
            let name = schedule.map_or("always", |schedule| property.text(schedule.id));
            let next = next.map_or_else(String::new, |next| format!("; it opens next at {next}"));
            (
                format!("the key {} opens it during `{name}` only{next}", key(cause.key)),
                format!("widen the hours of `{name}`, or give this line of the key another schedule"),
            )
        }
        Obstacle::Doorcode(cause) => (
            format!("the key {} gives no doorcode for it", key(cause.key)),
            format!("take `doorcode: false` out of the line `{}`", property.text(cause.setting.span)),
        ),
        Obstacle::Share(cause) => (
            format!("the key {} may not be shared", key(cause.key)),
            "write `share: true` in the assignment".to_owned(),
        ),
        Obstacle::Dates { cause, of_person, over } => {
            let (dates, whose) = if *of_person {
                (who.dates, format!("the dates of `{id}`"))
            } else {
                let assignment = &property.assignments[cause.assignment as usize];
                (assignment.dates, "the dates of the assignment".to_owned())
            };
            let (is, field) = match (over, dates.until(), dates.from()) {
                (true, Some(until), _) => (format!("ended on {}", words::end(until)), "until"),
                (_, _, Some(from)) => (format!("begin on {}", words::start(from)), "from"),
                _ => ("do not reach that far".to_owned(), "until"),
            };
            (
                format!("it is opened by the key {}, but {whose} {is}", key(cause.key)),
                format!("change `{field}:` there"),
            )
        }
        Obstacle::NoKey { keys } => {
            let help = match keys.split_first() {
                None => "no key opens it that way: add the door to a key".to_owned(),
                Some(((given, team), _)) => no_key(property, id, *given, *team),
            };
            (format!("no key of `{id}` opens it"), help)
        }
    };
    (message, help, span)
}

fn no_key(property: &Property, person: &str, given: GivenKey, team: Option<TeamId>) -> String {
    let key = property.key_name(given);
    let team = team.filter(|_| given.instance.is_none()).map(|team| {
        format!(
            ", or put `{person}` in the team `{}`, which has it",
            property.text(property.teams[team.index()].id)
        )
    });
    format!("give `{key}`, the key with the fewest other doors, to `{person}`{}", team.unwrap_or_default())
}

/// The answer to `why-not`, the nearest obstacle first.
#[must_use]
pub fn obstacles(
    property: &Property,
    (person, door, capability): (PersonId, DoorId, Capability),
    obstacles: &[Obstacle],
    asked: Option<&Asked>,
) -> String {
    let name = Crowd::new(property).name(person);
    let door_name = door_name(property, door);
    let at = asked.map_or_else(String::new, |asked| format!(" ({})", asked.text));
    let can = match capability {
        Capability::Unlock => "open",
        Capability::Doorcode => "open by doorcode",
        Capability::Share => "share",
    };
    if obstacles.is_empty() {
        let (id, door) = (
            property.text(property.people[person.index()].id),
            property.text(property.doors[door.index()].id),
        );
        return format!("{name} can {can} {door_name}{at}; `keyplan why {id} {door}` tells why\n");
    }
    let mut text = format!("{name} cannot {can} {door_name}{at}:\n");
    for one in obstacles {
        let (message, help, span) = obstacle(property, (person, door), one);
        text.push_str(&format!("  {message}\n    {}\n    smallest change: {help}\n", place(property, span)));
    }
    text
}
