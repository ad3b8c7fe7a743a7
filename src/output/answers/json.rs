//! `who`, `what`, `why` and `why-not` as JSON, as `docs/json.md` describes them.

use serde::Serialize;

use super::access::{Question, Subject};
use super::chains::{by, obstacle};
use crate::access::{Access, Asked, Cause, Obstacle};
use crate::model::{Capability, DoorId, PersonId, Property};
use crate::output::places::{WirePlace, place};
use crate::output::segments::{self, WireSegment};
use crate::time::{Day, Interval};

#[derive(Serialize)]
struct Head<'a> {
    version: u8,
    question: &'a str,
    property: &'a str,
    as_of: String,
    person: Option<&'a str>,
    door: Option<&'a str>,
    can: Option<&'a str>,
    at: Option<&'a str>,
}

#[derive(Serialize)]
struct Answers<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    answers: Vec<WireAnswer<'a>>,
}

#[derive(Serialize)]
struct WireAnswer<'a> {
    person: &'a str,
    door: &'a str,
    capability: &'a str,
    keys: Vec<String>,
    segments: Vec<WireSegment>,
}

#[derive(Serialize)]
struct Why<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    granted: bool,
    chains: Vec<WireChain<'a>>,
}

#[derive(Serialize)]
struct WireChain<'a> {
    by: Vec<&'a str>,
    assignment: WirePlace,
    key: String,
    key_place: WirePlace,
    line: &'a str,
    line_place: WirePlace,
    schedule: Option<&'a str>,
    schedule_place: Option<WirePlace>,
    doorcode: bool,
    share: bool,
    segments: Vec<WireSegment>,
}

#[derive(Serialize)]
struct WhyNot<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    granted: bool,
    obstacles: Vec<WireObstacle>,
}

#[derive(Serialize)]
struct WireObstacle {
    kind: &'static str,
    message: String,
    help: String,
    #[serde(flatten)]
    place: WirePlace,
}

fn head<'a>(
    property: &'a Property,
    question: &'a str,
    can: Option<Capability>,
    asked: Option<&'a Asked>,
) -> Head<'a> {
    Head {
        version: 1,
        question,
        property: property.text(property.id),
        as_of: property.as_of.to_string(),
        person: None,
        door: None,
        can: can.map(Capability::name),
        at: asked.map(|asked| asked.text.as_str()),
    }
}

fn holidays(property: &Property) -> Vec<Day> {
    property.holidays.iter().map(|holiday| holiday.day).collect()
}

fn line(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(format!("{}\n", serde_json::to_string(value)?))
}

/// The answer to `who` or `what` as one document on one line.
///
/// # Errors
/// Never in practice: what is written is texts.
pub fn access_json(question: &Question<'_>) -> serde_json::Result<String> {
    let property = question.property;
    let person_id = |person: PersonId| property.text(property.people[person.index()].id);
    let door_id = |door: DoorId| property.text(property.doors[door.index()].id);
    let (name, person, door) = match question.subject {
        Subject::Door(door) => ("who", None, Some(door_id(door))),
        Subject::Person(person) => ("what", Some(person_id(person)), None),
    };
    let holidays = holidays(property);
    let answers = question.found().into_iter().map(|found| WireAnswer {
        person: person_id(found.person),
        door: door_id(found.door),
        capability: found.capability.name(),
        keys: found.keys,
        segments: segments::all(&found.times, &holidays),
    });
    let head = Head { person, door, ..head(property, name, question.can, question.asked.as_ref()) };
    line(&Answers { head, answers: answers.collect() })
}

/// The answer to `why` as one document on one line.
///
/// # Errors
/// Never in practice: what is written is texts.
pub fn why_json(
    property: &Property,
    access: &Access,
    (person, door): (PersonId, DoorId),
    causes: &[Cause],
    (can, asked): (Option<Capability>, Option<&Asked>),
) -> serde_json::Result<String> {
    let holidays = holidays(property);
    let ahead = Interval::new(Some(property.as_of.start()), None);
    let place = |span| place(&property.sources, span);
    let chains = causes.iter().map(|cause| {
        let schedule = cause.setting.schedule.map(|id| &property.schedules[id.index()]);
        WireChain {
            by: by(property, person, cause.assignment),
            assignment: place(property.assignments[cause.assignment as usize].span),
            key: property.key_name(cause.key),
            key_place: place(property.keys[cause.key.key.index()].id),
            line: property.text(cause.setting.span),
            line_place: place(cause.setting.span),
            schedule: schedule.map(|schedule| property.text(schedule.id)),
            schedule_place: schedule.map(|schedule| place(schedule.id)),
            doorcode: cause.setting.doorcode,
            share: cause.share,
            segments: segments::all(&cause.times(access).clip(ahead), &holidays),
        }
    });
    let head = Head {
        person: Some(property.text(property.people[person.index()].id)),
        door: Some(property.text(property.doors[door.index()].id)),
        ..head(property, "why", can, asked)
    };
    line(&Why { head, granted: !causes.is_empty(), chains: chains.collect() })
}

/// The answer to `why-not` as one document on one line.
///
/// # Errors
/// Never in practice: what is written is texts.
pub fn why_not_json(
    property: &Property,
    (person, door, capability): (PersonId, DoorId, Capability),
    obstacles: &[Obstacle],
    asked: Option<&Asked>,
) -> serde_json::Result<String> {
    let wire = |one: &Obstacle| {
        let (message, help, span) = obstacle(property, (person, door), one);
        let kind = match one {
            Obstacle::Hours { .. } => "hours",
            Obstacle::Doorcode(_) => "doorcode",
            Obstacle::Share(_) => "share",
            Obstacle::Dates { .. } => "dates",
            Obstacle::NoKey { .. } => "no-key",
        };
        WireObstacle { kind, message, help, place: place(&property.sources, span) }
    };
    let head = Head {
        person: Some(property.text(property.people[person.index()].id)),
        door: Some(property.text(property.doors[door.index()].id)),
        ..head(property, "why-not", Some(capability), asked)
    };
    line(&WhyNot { head, granted: obstacles.is_empty(), obstacles: obstacles.iter().map(wire).collect() })
}
