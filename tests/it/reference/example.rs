//! The worked example of the language, once as data and once as the text that the definition shows.

use chrono::NaiveDate;

use super::property::{Assignment, Door, Edge, Group, Key, Line, Person, Property, Schedule, Window};

/// The example's text, without its assertions.
pub(crate) const YAML: &str = include_str!("example.yaml");

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn property() -> Property {
    Property {
        id: "1800-main-st".into(),
        timezone: "America/New_York".into(),
        as_of: date("2026-11-23"),
        doors: doors(),
        groups: groups(),
        holidays: vec![date("2026-12-25")],
        schedules: schedules(),
        keys: keys(),
        people: people(),
        assignments: assignments(),
    }
}

/// The example with one key alone, of the boiler room with this schedule, and only Sam has it.
pub(crate) fn with_key(schedule: &str) -> Property {
    let mut property = property();
    let line = Line { doors: "boiler-room".into(), schedule: schedule.into(), doorcode: true };
    property.keys = vec![Key { id: "k".into(), elevator: false, each: None, share: None, lines: vec![line] }];
    let (to, keys) = (vec!["sam".into()], vec!["k".into()]);
    property.assignments = vec![Assignment { to, keys, share: None, from: None, until: None }];
    property
}

fn doors() -> Vec<Door> {
    let door = |id: &str, name: Option<&str>, kind: &str| Door {
        id: id.into(),
        name: name.map(Into::into),
        kind: kind.into(),
        tags: Vec::new(),
        floor: None,
        occupied: None,
        lock: None,
    };
    let mut doors = vec![
        door("front-entrance", Some("Front Entrance"), "entrance"),
        door("garage-gate", None, "parking"),
        Door { tags: vec!["outdoor".into()], ..door("pool", Some("Pool"), "amenity") },
        door("gym", None, "amenity"),
        door("boiler-room", None, "service"),
        door("leasing-office", None, "office"),
    ];
    for floor in 2..=6 {
        for number in 1..=10 {
            for letter in ["A", "B", "C", "D"] {
                doors.push(door(&format!("unit-{floor}{number:02}{letter}"), None, "residence"));
            }
        }
    }
    doors
}

fn groups() -> Vec<Group> {
    let empty = |id: &str| Group {
        id: id.into(),
        kind: None,
        tag: None,
        floor: None,
        occupied: None,
        doors: None,
        except: Vec::new(),
    };
    let of_kind = |id: &str, kind: &str| Group { kind: Some(kind.into()), ..empty(id) };
    vec![
        of_kind("entrances", "entrance"),
        of_kind("amenities", "amenity"),
        of_kind("service-areas", "service"),
        of_kind("homes", "residence"),
        Group { occupied: Some(true), ..of_kind("occupied", "residence") },
        Group { occupied: Some(false), ..of_kind("vacant", "residence") },
        Group { doors: Some(vec!["all".into()]), except: vec!["occupied".into()], ..empty("staff-doors") },
    ]
}

fn schedules() -> Vec<Schedule> {
    let window = |from: u32, to: u32| Window { from: from * 60, to: to * 60 };
    let work = |windows: Vec<Window>| -> [Vec<Window>; 7] {
        std::array::from_fn(|day| if day < 5 { windows.clone() } else { Vec::new() })
    };
    let pool: [Vec<Window>; 7] = std::array::from_fn(|day| match day {
        0..=3 => vec![window(6, 22)],
        4 | 5 => vec![window(6, 12), window(13, 24)],
        _ => Vec::new(),
    });
    vec![
        Schedule {
            id: "business-hours".into(),
            weekly: work(vec![window(8, 18)]),
            holidays: Some(Vec::new()),
        },
        Schedule { id: "pool-hours".into(), weekly: pool, holidays: Some(vec![window(10, 18)]) },
        Schedule { id: "night-shift".into(), weekly: work(vec![window(22, 6)]), holidays: None },
    ]
}

fn line(doors: &str, schedule: &str, doorcode: bool) -> Line {
    Line { doors: doors.into(), schedule: schedule.into(), doorcode }
}

fn keys() -> Vec<Key> {
    let key = |id: &str, share: Option<bool>, lines: Vec<Line>| Key {
        id: id.into(),
        elevator: false,
        each: None,
        share,
        lines,
    };
    let plain = |doors: &str| line(doors, "always", true);
    let by_day = |doors: &str| line(doors, "business-hours", true);
    vec![
        Key { each: Some("homes".into()), ..key("unit", Some(true), vec![plain("$door")]) },
        key("residences", Some(true), vec![plain("entrances"), plain("garage-gate")]),
        key("amenities", None, vec![line("amenities", "pool-hours", false), line("gym", "always", false)]),
        key("employee-all-access", None, vec![plain("staff-doors")]),
        key("employee-hours", None, vec![by_day("staff-doors")]),
        key("tour", Some(true), vec![plain("vacant")]),
        key("vendors", None, vec![by_day("entrances"), by_day("service-areas"), by_day("amenities")]),
    ]
}

fn people() -> Vec<Person> {
    let person = |id: &str, name: &str, team: &str| Person {
        id: id.into(),
        name: name.into(),
        unit: None,
        teams: vec![team.into()],
        from: None,
        until: None,
    };
    vec![
        Person {
            unit: Some("unit-205C".into()),
            from: Some(Edge::Day(date("2026-01-01"))),
            until: Some(Edge::Day(date("2026-12-31"))),
            ..person("tracy", "Tracy Jones", "residents")
        },
        person("sam", "Sam Ortiz", "maintenance"),
        Person { until: Some(Edge::Day(date("2027-03-31"))), ..person("acme", "Acme Plumbing", "vendors") },
    ]
}

fn assignments() -> Vec<Assignment> {
    let assignment = |to: &str, keys: &[&str]| Assignment {
        to: vec![to.into()],
        keys: keys.iter().map(|key| (*key).into()).collect(),
        share: None,
        from: None,
        until: None,
    };
    vec![
        assignment("residents", &["residences", "amenities", "unit"]),
        assignment("maintenance", &["employee-all-access", "tour"]),
        Assignment { until: Some(Edge::Day(date("2027-01-31"))), ..assignment("vendors", &["vendors"]) },
    ]
}
