//! Reads a spelling back into a property, with somebody else's YAML and CSV parsers: only to see that a spelling
//! still means what it should. It expects valid files and panics on others.

use chrono::{NaiveDate, NaiveDateTime};
use serde_yaml::{Mapping, Value};

use super::expand::DAYS;
use super::property::{Assignment, Door, Edge, Group, Key, Line, Lock, Person, Property, Schedule, Window};

pub(crate) fn read_back(files: &[(String, String)], as_of: NaiveDate) -> Property {
    let yaml = files.iter().filter(|(name, _)| name != "people.csv");
    let yaml: Vec<Mapping> = yaml
        .map(|(name, text)| serde_yaml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}\n{text}")))
        .collect();
    let about = yaml.iter().find_map(|file| file.get("property")).unwrap();
    let mut people: Vec<Person> = entries(&yaml, "people")
        .into_iter()
        .filter(|(id, _)| id != "from")
        .map(|(id, fields)| Person {
            id,
            name: optional(fields.get("name")).unwrap_or_default(),
            unit: optional(fields.get("unit")),
            teams: texts(fields.get("teams")),
            from: edge(optional(fields.get("from"))),
            until: edge(optional(fields.get("until"))),
        })
        .collect();
    people.extend(files.iter().filter(|(name, _)| name == "people.csv").flat_map(|(_, text)| roster(text)));
    Property {
        id: text(&about["id"]),
        timezone: text(&about["timezone"]),
        as_of,
        doors: entries(&yaml, "doors").into_iter().flat_map(|(id, fields)| doors(&id, &fields)).collect(),
        groups: entries(&yaml, "groups").into_iter().map(|(id, fields)| group(id, &fields)).collect(),
        holidays: entries(&yaml, "holidays").into_iter().map(|(day, _)| day.parse().unwrap()).collect(),
        schedules: entries(&yaml, "schedules")
            .into_iter()
            .map(|(id, fields)| schedule(id, &fields))
            .collect(),
        keys: entries(&yaml, "keys").into_iter().map(|(id, fields)| key(id, &fields)).collect(),
        people,
        assignments: yaml
            .iter()
            .filter_map(|file| file.get("assignments"))
            .flat_map(|list| list.as_sequence().unwrap())
            .map(assignment)
            .collect(),
    }
}

/// The entries of a section from all files.
fn entries(files: &[Mapping], section: &str) -> Vec<(String, Value)> {
    let parts = files.iter().filter_map(|file| file.get(section));
    let entries = parts.flat_map(|part| part.as_mapping().unwrap());
    entries.map(|(id, value)| (text(id), value.clone())).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value:?} is not a text")).to_owned()
}

fn optional(value: Option<&Value>) -> Option<String> {
    value.map(text)
}

fn truth(value: Option<&Value>) -> Option<bool> {
    value.map(|value| value.as_bool().unwrap())
}

/// None, one or several texts.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        None => Vec::new(),
        Some(Value::Sequence(items)) => items.iter().map(text).collect(),
        Some(one) => vec![text(one)],
    }
}

fn edge(text: Option<String>) -> Option<Edge> {
    text.map(|text| match text.parse() {
        Ok(day) => Edge::Day(day),
        Err(_) => Edge::Moment(NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M").unwrap()),
    })
}

fn roster(table: &str) -> Vec<Person> {
    let rows =
        csv::Reader::from_reader(table.as_bytes()).into_records().map(Result::unwrap).collect::<Vec<_>>();
    let cell = |row: &csv::StringRecord, at: usize| Some(row[at].to_owned()).filter(|text| !text.is_empty());
    rows.iter()
        .map(|row| Person {
            id: row[0].to_owned(),
            name: row[1].to_owned(),
            unit: cell(row, 2),
            teams: cell(row, 3)
                .into_iter()
                .flat_map(|teams| teams.split(';').map(str::to_owned).collect::<Vec<_>>())
                .collect(),
            from: edge(cell(row, 4)),
            until: edge(cell(row, 5)),
        })
        .collect()
}

fn doors(id: &str, fields: &Value) -> Vec<Door> {
    let door = |id: String| Door {
        id,
        name: optional(fields.get("name")),
        kind: text(&fields["kind"]),
        tags: texts(fields.get("tags")),
        floor: fields.get("floor").map(|floor| u32::try_from(floor.as_u64().unwrap()).unwrap()),
        occupied: truth(fields.get("occupied")),
        // One that names no provider is known by the id of its door, to whichever provider there is.
        lock: fields.get("lock").filter(|lock| lock.get("provider").is_some()).map(|lock| Lock {
            model: text(&lock["model"]),
            provider: text(&lock["provider"]),
            id: text(&lock["id"]),
        }),
    };
    expand_braces(id).into_iter().map(door).collect()
}

/// `unit-{1..3}{A..B}`, with single characters as ends, is all that the spellings use.
fn expand_braces(id: &str) -> Vec<String> {
    let Some((before, rest)) = id.split_once('{') else {
        return vec![id.to_owned()];
    };
    let (range, after) = rest.split_once('}').unwrap();
    let (low, high) = range.split_once("..").unwrap();
    let ends = (low.chars().next().unwrap(), high.chars().next().unwrap());
    (ends.0..=ends.1).flat_map(|letter| expand_braces(&format!("{before}{letter}{after}"))).collect()
}

fn group(id: String, fields: &Value) -> Group {
    let floor = |value: &Value| match value.as_str() {
        Some(range) => {
            let (low, high) = range.split_once('-').unwrap();
            (low.parse().unwrap(), high.parse().unwrap())
        }
        None => {
            let floor = u32::try_from(value.as_u64().unwrap()).unwrap();
            (floor, floor)
        }
    };
    Group {
        id,
        kind: optional(fields.get("kind")),
        tag: optional(fields.get("tag")),
        floor: fields.get("floor").map(floor),
        occupied: truth(fields.get("occupied")),
        doors: fields.get("doors").map(|doors| texts(Some(doors))),
        except: texts(fields.get("except")),
    }
}

fn schedule(id: String, fields: &Value) -> Schedule {
    let mut schedule = Schedule { id, weekly: Default::default(), holidays: None };
    for (days, windows) in fields.as_mapping().unwrap() {
        let windows: Vec<Window> = texts(Some(windows)).iter().filter_map(|text| window(text)).collect();
        match text(days).as_str() {
            "holidays" => schedule.holidays = Some(windows),
            days => days_named(days).into_iter().for_each(|day| schedule.weekly[day].clone_from(&windows)),
        }
    }
    schedule
}

fn days_named(days: &str) -> Vec<usize> {
    let number = |day: &str| DAYS.iter().position(|name| *name == day).unwrap();
    match days {
        "daily" => (0..7).collect(),
        "weekdays" => (0..5).collect(),
        "weekends" => vec![5, 6],
        days if days.contains('-') => {
            let (first, last) = days.split_once('-').unwrap();
            let length = (number(last) + 7 - number(first)) % 7;
            (0..=length).map(|offset| (number(first) + offset) % 7).collect()
        }
        days => days.split(", ").map(number).collect(),
    }
}

fn window(text: &str) -> Option<Window> {
    let clock = |text: &str| {
        let (hour, minute) = text.split_once(':').unwrap();
        hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap()
    };
    (text != "closed").then(|| {
        let (from, to) = text.split_once('-').unwrap();
        Window { from: clock(from), to: clock(to) }
    })
}

fn key(id: String, fields: &Value) -> Key {
    let line = |doors: String, settings: &Mapping| Line {
        doors,
        schedule: optional(settings.get("schedule")).unwrap_or("always".into()),
        doorcode: truth(settings.get("doorcode")).unwrap_or(true),
    };
    let lines = match &fields["doors"] {
        Value::Mapping(lines) => {
            lines.iter().map(|(doors, s)| line(text(doors), s.as_mapping().unwrap())).collect()
        }
        list => texts(Some(list)).into_iter().map(|doors| line(doors, &Mapping::new())).collect(),
    };
    Key {
        id,
        elevator: optional(fields.get("type")).is_some_and(|kind| kind == "elevator"),
        each: optional(fields.get("each")),
        share: truth(fields.get("share")),
        lines,
    }
}

fn assignment(fields: &Value) -> Assignment {
    Assignment {
        to: texts(fields.get("to")),
        keys: texts(fields.get("keys")),
        share: truth(fields.get("share")),
        from: edge(optional(fields.get("from"))),
        until: edge(optional(fields.get("until"))),
    }
}
