//! Credential tables: ours, or comma-separated values.

use std::path::Path;

use serde::Deserialize;

use super::Into;
use crate::adopt::{Gathered, Holdings};
use crate::cli::{Failure, Global};
use crate::locks::Ways;
use crate::locks::wire::WireSegment;
use crate::model::{AsOf, Capability, DoorKind, week_of};
use crate::source::Span;
use crate::syntax::{Field, Row, rows};
use crate::time::{Day, Interval, Minute, Segment, TimeSet};

/// What `compile --format json` writes, and each line of `--format jsonl`.
#[derive(Deserialize)]
struct Document {
    version: u8,
    property: String,
    timezone: String,
    locks: Option<Vec<Lock>>,
    #[serde(flatten)]
    lock: Option<Lock>,
}

#[derive(Deserialize)]
struct Lock {
    door: String,
    name: Option<String>,
    kind: Option<String>,
    credentials: Vec<Credential>,
}

#[derive(Deserialize)]
struct Credential {
    person: String,
    capability: String,
    #[serde(default)]
    keys: Vec<String>,
    segments: Vec<WireSegment>,
}

/// Reads tables of either form: JSON begins with a brace.
pub(super) fn read(global: &Global, path: &Path, into: &Into) -> Result<Holdings, Failure> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Told(format!("cannot read {shown}: {error}")))?;
    let told = |why: String| Failure::Told(format!("{shown}{why}"));
    let mut gathered = Gathered::default();
    let is_json = text.trim_start().starts_with('{');
    let said = match is_json {
        true => json(&text, &mut gathered).map_err(told)?,
        false => csv(&text, &mut gathered).map_err(told)?,
    };
    let (id, zone) = match said {
        Some((id, zone)) => (id, Some(zone)),
        None => (path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(), None),
    };
    let zone = into.timezone.or(zone).ok_or_else(|| {
        Failure::Told("these tables do not say where the building is; add its time zone, as `--timezone America/New_York`".into())
    })?;
    let today = match global.as_of() {
        AsOf::Day(day) => day,
        AsOf::Today(now) => Day::of(now.with_timezone(&zone).date_naive()),
    };
    let id = into.id.clone().unwrap_or(id);
    gathered.holdings(&crate::adopt::id_of(&id), zone, today).map_err(|why| told(format!(": {why}")))
}

/// The id and the zone of the property.
type Said = Option<(String, chrono_tz::Tz)>;

fn json(text: &str, gathered: &mut Gathered) -> Result<Said, String> {
    let mut said: Said = None;
    for document in serde_json::Deserializer::from_str(text).into_iter::<Document>() {
        let document = document.map_err(|error| {
            format!(": {error}; these are no tables as `keyplan compile --format json` writes them")
        })?;
        if document.version != 1 {
            return Err(format!(": version {} of these tables is not known; 1 is", document.version));
        }
        let zone =
            document.timezone.parse().map_err(|_| format!(": `{}` is no time zone", document.timezone))?;
        if said.as_ref().is_some_and(|(id, _)| *id != document.property) {
            return Err(": these are tables of several properties; give those of one".into());
        }
        said = Some((document.property, zone));
        for lock in document.locks.into_iter().flatten().chain(document.lock) {
            read_lock(lock, gathered)?;
        }
    }
    Ok(said)
}

fn read_lock(lock: Lock, gathered: &mut Gathered) -> Result<(), String> {
    let at = format!(": at the door `{}`", lock.door);
    let door = gathered.door(&lock.door);
    let kind = match lock.kind {
        None => None,
        Some(kind) => Some(kind_of(&kind).map_err(|why| format!("{at}, {why}"))?),
    };
    if let Some(about) = gathered.about_door(door) {
        about.kind = kind;
        about.name = lock.name.or(about.name.take());
    }
    for credential in lock.credentials {
        let capability = [Capability::Unlock, Capability::Doorcode, Capability::Share]
            .into_iter()
            .find(|one| one.name() == credential.capability)
            .ok_or_else(|| format!("{at}, `{}` is no capability", credential.capability))?;
        let segments = credential.segments.into_iter().map(Segment::try_from).collect::<Result<Vec<_>, _>>();
        let segments = segments.map_err(|why| format!("{at}, {why}"))?;
        for segment in &segments {
            let days = segment.holidays.iter().map(|(day, _)| day).chain(&segment.holidays_closed);
            days.for_each(|day| gathered.holiday(*day));
        }
        let person = gathered.person(&credential.person);
        let times = gathered.times(TimeSet::of_segments(&segments));
        gathered.give(person, door, Ways::one(capability), times, &credential.keys);
    }
    Ok(())
}

fn kind_of(name: &str) -> Result<DoorKind, String> {
    DoorKind::find(name).ok_or_else(|| {
        let kinds = crate::model::language::DOOR_KINDS.join(" ");
        format!("`{name}` is no kind of door; kinds are {kinds}")
    })
}

const COLUMNS: [&str; 8] = ["person", "door", "schedule", "doorcode", "share", "from", "until", "kind"];

fn csv(text: &str, gathered: &mut Gathered) -> Result<Said, String> {
    if text.len() >= u32::MAX as usize {
        return Err(": a table may not be larger than 4 GiB".into());
    }
    let line = |at: u32| 1 + text.as_bytes()[..at as usize].iter().filter(|byte| **byte == b'\n').count();
    let of = |field: &Field| -> String {
        let plain = || text[field.span.start as usize..field.span.end as usize].to_owned();
        field.decoded.clone().unwrap_or_else(plain).trim().to_owned()
    };
    let mut reader = rows(text, Span::new(0, text.len() as u32));
    let (mut row, mut mistakes) = (Row::default(), Vec::new());
    let header: Vec<String> = match reader.read(&mut row, &mut mistakes) {
        true => row.fields.iter().map(of).collect(),
        false => Vec::new(),
    };
    let unknown = header.iter().find(|name| !COLUMNS.contains(&name.as_str()));
    if unknown.is_some() || COLUMNS[..4].iter().any(|name| !header.iter().any(|known| known == name)) {
        return Err(format!(
            ":1: these are no credential tables: their first line is `person,door,schedule,doorcode`, with share, from, until and kind (of the door) beside these where you have them; here it is `{}`",
            header.join(",").chars().take(80).collect::<String>()
        ));
    }
    while reader.read(&mut row, &mut mistakes) {
        let fields: Vec<String> = row.fields.iter().map(of).collect();
        let read = match fields.len() == header.len() {
            true => read_row(
                &|name| header.iter().position(|one| one == name).map(|at| fields[at].as_str()),
                gathered,
            ),
            false => Err(format!("the row has {} fields, the header {}", fields.len(), header.len())),
        };
        read.map_err(|why| format!(":{}: {why}", line(row.span.start)))?;
    }
    match mistakes.first() {
        Some(mistake) => Err(format!(":{}: {}", line(mistake.span.start), mistake.message)),
        None => Ok(None),
    }
}

fn read_row<'f>(field: &dyn Fn(&str) -> Option<&'f str>, gathered: &mut Gathered) -> Result<(), String> {
    let given = |name: &str| field(name).filter(|text| !text.is_empty());
    let required = |name: &str| given(name).ok_or_else(|| format!("the row names no {name}"));
    let truth = |name: &str| match given(name) {
        Some("true" | "yes" | "on" | "1") => Ok(true),
        None | Some("false" | "no" | "off" | "0") => Ok(false),
        Some(other) => Err(format!("`{other}` under `{name}` is neither true nor false")),
    };
    let (person, door) = (required("person")?, required("door")?);
    let no_date = |text: &str| format!("`{text}` is no date; dates are as 2026-12-31");
    let from = given("from").map(|text| Minute::parse_start(text).map_err(|_| no_date(text))).transpose()?;
    let until = given("until").map(|text| Minute::parse_end(text).map_err(|_| no_date(text))).transpose()?;
    let dates = Interval::new(from, until);
    if dates.is_empty() {
        return Err("it ends before it begins".into());
    }
    let times = week_of(required("schedule")?)?.times(&[]).clip(dates);
    required("doorcode")?;
    let mut ways = Ways::one(Capability::Unlock);
    for (name, capability) in [("doorcode", Capability::Doorcode), ("share", Capability::Share)] {
        if truth(name)? {
            ways = ways.with(Ways::one(capability));
        }
    }
    let kind = given("kind").map(kind_of).transpose()?;
    let door_number = gathered.door(door);
    if let Some(about) = gathered.about_door(door_number) {
        if kind.is_some() && about.kind.is_some() && kind != about.kind {
            return Err(format!("`{door}` was of another kind before"));
        }
        about.kind = kind.or(about.kind);
    }
    let person = gathered.person(person);
    let times = gathered.times(times);
    gathered.give(person, door_number, ways, times, &[]);
    Ok(())
}
