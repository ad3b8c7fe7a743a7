//! Spellings are YAML and mean the property that they spell, as read by parsers that are not ours.

use std::collections::BTreeSet;
use std::sync::Mutex;

use proptest::prelude::*;

use crate::oracle::runner;
use crate::reference::compare::{difference, telling_days};
use crate::reference::dice::Dice;
use crate::reference::example;
use crate::reference::property::Property;
use crate::reference::random;
use crate::reference::read_back::read_back;
use crate::reference::spelling::spell;
use crate::reference::yaml;

#[test]
fn a_tree_reads_the_same_in_every_layout() {
    let text = |text: &str| yaml::Node::text(text);
    let tree = vec![
        ("unit-{1..3}{A..B}".to_owned(), yaml::Node::Map(vec![("kind".into(), text("residence"))])),
        ("fri, sat".into(), yaml::Node::texts(&["06:00-12:00", "13:00-24:00"])),
        ("empty".into(), yaml::Node::Map(Vec::new())),
        (
            "texts".into(),
            yaml::Node::Map(
                ["no", "true", "12", "a: b", "a #b", "It's \"A\"", "x:", "$door", "S\u{fc}d, [1]"]
                    .iter()
                    .enumerate()
                    .map(|(number, value)| (format!("t{number}"), text(value)))
                    .collect(),
            ),
        ),
        ("one".into(), yaml::Node::Plain("1".into())),
        (
            "list".into(),
            yaml::Node::List(vec![yaml::Node::Map(vec![
                ("to".into(), text("off")),
                ("keys".into(), yaml::Node::texts(&["a/b"])),
                ("share".into(), yaml::Node::Plain("true".into())),
            ])]),
        ),
    ];
    let read = |seed: u64| -> serde_yaml::Value {
        let written = yaml::write(tree.clone(), &mut Dice::new(seed));
        let mut value = serde_yaml::from_str(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
        sort_lists(&mut value);
        value
    };
    let first = read(0);
    assert_eq!(first["texts"]["t1"].as_str(), Some("true"));
    assert_eq!(first["one"].as_i64(), Some(1));
    assert!((1..500).all(|seed| read(seed) == first));
}

fn sort_lists(value: &mut serde_yaml::Value) {
    match value {
        serde_yaml::Value::Sequence(items) => items.sort_by_key(|item| format!("{item:?}")),
        serde_yaml::Value::Mapping(entries) => entries.iter_mut().for_each(|(_, value)| sort_lists(value)),
        _ => {}
    }
}

/// What spellings must show, so that none of the choices is lost unnoticed.
const CORNERS: [&str; 20] = [
    "\r\n",
    "people.csv",
    "..",
    "weekdays",
    "daily",
    "weekends",
    ", sat",
    "sun-",
    "each",
    "elevator",
    "24:00",
    "T01:30",
    "closed",
    "holidays: [",
    "except",
    "occupied: false",
    "floor: ",
    "tag: ",
    "/unit-",
    "all",
];

#[test]
fn every_spelling_means_the_property_that_it_spells() {
    let cases = (random::property(), any::<u64>());
    let seen = Mutex::new(BTreeSet::new());
    let outcome = runner(256, "tests/it/proptest-regressions/spelled.txt").run(&cases, |(property, seed)| {
        let files = spell(&property, seed);
        let read = read_back(&files, property.as_of);
        same_things(&property, &read);
        let days = telling_days(&property, &mut Dice::new(seed));
        difference(&property, &read, &days).map_err(TestCaseError::fail)?;
        let all: String = files.into_iter().map(|(name, text)| format!("{name}\n{text}")).collect();
        seen.lock().unwrap().extend(CORNERS.into_iter().filter(|corner| all.contains(corner)));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.len(), CORNERS.len(), "only {seen:?}");
}

#[test]
fn the_examples_text_and_data_are_one_property() {
    let property = example::property();
    let text = example::YAML.replace("unit-{2..6}{01..10}{A..D}", "unit-205C");
    let files = [("property.yaml".to_owned(), text)];
    let read = read_back(&files, property.as_of);
    let mut property = property;
    property.doors.retain(|door| !door.id.starts_with("unit-") || door.id == "unit-205C");
    same_things(&property, &read);
    let days = telling_days(&property, &mut Dice::new(0));
    difference(&property, &read, &days).unwrap();
    for seed in 0..20 {
        let spelled = read_back(&spell(&property, seed), property.as_of);
        same_things(&property, &spelled);
        difference(&property, &spelled, &days).unwrap();
    }
}

/// The same ids, and the same doors in all their fields.
fn same_things(property: &Property, read: &Property) {
    let ids = |property: &Property| {
        let groups = property.groups.iter().map(|group| format!("group {}", group.id));
        let keys = property.keys.iter().map(|key| format!("key {} {} {:?}", key.id, key.elevator, key.each));
        let schedules = property.schedules.iter().map(|schedule| format!("schedule {}", schedule.id));
        let holidays = property.holidays.iter().map(|day| format!("holiday {day}"));
        let people = property.people.iter().map(|p| format!("{} {} {:?}", p.id, p.name, p.unit));
        groups.chain(keys).chain(schedules).chain(holidays).chain(people).collect::<BTreeSet<_>>()
    };
    assert_eq!(ids(property), ids(read));
    assert_eq!((&property.id, &property.timezone), (&read.id, &read.timezone));
    assert_eq!(property.doors.len(), read.doors.len());
    for door in &property.doors {
        let mut found = read.doors.iter().find(|other| other.id == door.id).unwrap().clone();
        found.tags.sort_unstable_by_key(|tag| door.tags.iter().position(|other| other == tag));
        assert_eq!(*door, found);
    }
}
