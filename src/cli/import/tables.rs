//! Credential tables: ours, or comma-separated values.

use std::cell::RefCell;
use std::path::Path;

use serde::Deserialize;

use super::Into;
use crate::adopt::{Gathered, Holdings};
use crate::cli::sheet::Sheet;
use crate::cli::{Failure, Global};
use crate::locks::Ways;
use crate::locks::wire::WireSegment;
use crate::model::{AsOf, Capability, DoorKind, week_of};
use crate::time::{Day, Interval, Minute, Segment};

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
    let sheet = Sheet::open(path)?;
    let told = |why: String| Failure::Told(format!("{}{why}", path.display()));
    let mut gathered = Gathered::default();
    let said = if sheet.text.trim_start().starts_with('{') {
        json(&sheet.text, &mut gathered).map_err(told)?
    } else {
        csv(&sheet, &mut gathered)?;
        None
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
        let person = gathered.person(&credential.person);
        let times = gathered.segments(&segments);
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

fn csv(sheet: &Sheet, gathered: &mut Gathered) -> Result<(), Failure> {
    let columns: RefCell<Vec<String>> = RefCell::default();
    let header = |header: &[String]| {
        let unknown = header.iter().any(|name| !COLUMNS.contains(&name.trim()));
        if unknown || COLUMNS[..4].iter().any(|name| !header.iter().any(|known| known.trim() == *name)) {
            return Err(format!(
                ":1: these are no credential tables: their first line is `person,door,schedule,doorcode`, with share, from, until and kind (of the door) beside these where you have them; here it is `{}`",
                header.join(",").chars().take(80).collect::<String>()
            ));
        }
        columns.borrow_mut().extend(header.iter().map(|name| name.trim().to_owned()));
        Ok(())
    };
    sheet.read(header, |fields| {
        let columns = columns.borrow();
        if fields.len() != columns.len() {
            return Err(format!(": the row has {} fields, the header {}", fields.len(), columns.len()));
        }
        let field = |name: &str| columns.iter().position(|one| one == name).map(|at| fields[at].trim());
        read_row(&field, gathered).map_err(|why| format!(": {why}"))
    })
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
