//! Turns a draft into a property that the language accepts: every reference names something, no group is empty, no
//! two groups of one key clash, keys of a type hold doors of that type, and keys with `each` go to people who have
//! such a unit.

use super::super::evaluate::covers;
use super::super::property::{Assignment, Door, Group, Key, Line, Person, Property, Schedule};
use super::{AssignmentDraft, DoorDraft, Draft, Flavour, GroupDraft, KeyDraft, Narrowed, Pick};

const KINDS: [&str; 7] = ["entrance", "amenity", "service", "office", "parking", "elevator", "other"];
const PLACES: [&str; 4] = ["front-entrance", "pool", "side.door", "yes"];
const PLACE_NAMES: [Option<&str>; 4] =
    [Some("Front Entrance"), None, Some("Hof: S\u{fc}d # 2"), Some("It's \"A\"")];
const PEOPLE: [&str; 6] = ["tracy", "sam", "no", "acme", "zoe-2", "bo"];
const NAMES: [&str; 6] =
    ["Tracy Jones", "Sam O'Neil", "Ren\u{e9} \"N\" No", "Acme, Plumbing", "Zo\u{eb}", "Bo: the 2nd"];

pub(super) fn assemble(draft: Draft) -> Property {
    let mut property = Property {
        id: "1800-main-st".into(),
        timezone: draft.timezone.into(),
        as_of: draft.as_of,
        doors: doors(&draft),
        groups: Vec::new(),
        holidays: draft.holidays.clone(),
        schedules: Vec::new(),
        keys: Vec::new(),
        people: Vec::new(),
        assignments: Vec::new(),
    };
    // People before groups: who lives where decides which homes are occupied.
    property.people = people(&draft, &property);
    for (number, group) in draft.groups.iter().enumerate() {
        add_group(&mut property, number, group);
    }
    for (number, (weekly, holidays)) in draft.schedules.into_iter().enumerate() {
        // A key may have the name of a group and a schedule that of a key: the spaces are apart.
        let id = ["hours", "key-0", "night"][number].to_owned();
        property.schedules.push(Schedule {
            id,
            weekly: weekly.map(without_doubles),
            holidays: holidays.map(without_doubles),
        });
    }
    property.schedules.retain(|schedule| schedule.weekly.iter().any(|windows| !windows.is_empty()));
    for (number, key) in draft.keys.iter().enumerate() {
        add_key(&mut property, number, key);
    }
    for assignment in &draft.assignments {
        add_assignment(&mut property, assignment);
    }
    property
}

fn without_doubles<T: PartialEq>(items: Vec<T>) -> Vec<T> {
    let mut once = Vec::new();
    for item in items {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    once
}

fn doors(draft: &Draft) -> Vec<Door> {
    let mut doors = Vec::new();
    let mut add = |id: String, name: Option<&str>, kind: &str, fields: &DoorDraft| {
        doors.push(Door {
            id,
            name: name.map(Into::into),
            kind: kind.into(),
            tags: fields.tags.iter().map(|tag| (*tag).into()).collect(),
            floor: fields.floor,
            occupied: fields.occupied,
            lock: None,
        });
    };
    for row in 0..draft.rows {
        for column in 0..draft.columns {
            let fields = &draft.units[if draft.uniform { 0 } else { row * 2 + column }];
            add(format!("unit-{}{}", row + 1, ["A", "B"][column]), None, "residence", fields);
        }
    }
    let room = 8 - draft.rows * draft.columns;
    for (number, (kind, fields)) in draft.others.iter().take(room).enumerate() {
        add(PLACES[number].into(), PLACE_NAMES[number], KINDS[*kind], fields);
    }
    if draft.rows == 0 && draft.others.is_empty() {
        add("lobby".into(), None, "entrance", &draft.units[0]);
    }
    doors
}

fn people(draft: &Draft, property: &Property) -> Vec<Person> {
    let units: Vec<&Door> = property.doors.iter().filter(|door| door.kind == "residence").collect();
    let person = |(number, person): (usize, &super::PersonDraft)| Person {
        id: PEOPLE[number].into(),
        name: NAMES[number].into(),
        unit: person.unit.and_then(|pick| pick_of(&units, pick)).map(|door| door.id.clone()),
        teams: person.teams.iter().map(|team| (*team).into()).collect(),
        from: person.dates.0,
        until: person.dates.1,
    };
    draft.people.iter().enumerate().map(person).collect()
}

fn pick_of<T: Clone>(items: &[T], pick: Pick) -> Option<T> {
    if items.is_empty() { None } else { Some(items[pick % items.len()].clone()) }
}

fn add_group(property: &mut Property, number: usize, draft: &GroupDraft) {
    let empty = Group {
        // As the keys are called, to see that the two spaces of names are apart.
        id: format!("key-{number}"),
        kind: None,
        tag: None,
        floor: None,
        occupied: None,
        doors: None,
        except: Vec::new(),
    };
    let group = match draft {
        GroupDraft::Homes => Group { kind: Some("residence".into()), ..empty },
        GroupDraft::Occupied(occupied) => Group { occupied: Some(*occupied), ..empty },
        GroupDraft::Narrowed(narrowed) => narrowed_group(property, narrowed, empty),
    };
    let says_something = group.kind.is_some()
        || group.tag.is_some()
        || group.floor.is_some()
        || group.occupied.is_some()
        || group.doors.is_some()
        || !group.except.is_empty();
    property.groups.push(group);
    if !says_something || doors_of(property, &format!("key-{number}")).is_empty() {
        property.groups.pop();
    }
}

fn narrowed_group(property: &Property, draft: &Narrowed, empty: Group) -> Group {
    let door_at = |pick: Pick| pick_of(&property.doors, pick);
    let references = references(property, |_| true);
    // `except: [all]` would leave an empty group.
    let taken_away: Vec<String> =
        references.iter().filter(|reference| *reference != "all").cloned().collect();
    Group {
        kind: draft.kind.and_then(door_at).map(|door| door.kind),
        tag: draft.tag.and_then(door_at).and_then(|door| door.tags.first().cloned()),
        floor: draft.floor,
        doors: draft.doors.as_ref().map(|picks| {
            without_doubles(picks.iter().filter_map(|pick| pick_of(&references, *pick)).collect())
        }),
        except: without_doubles(draft.except.iter().filter_map(|pick| pick_of(&taken_away, *pick)).collect()),
        ..empty
    }
}

/// The doors that a reference names.
pub(crate) fn doors_of<'p>(property: &'p Property, reference: &str) -> Vec<&'p Door> {
    property.doors.iter().filter(|door| covers(property, reference, &door.id)).collect()
}

/// Every reference of which all doors are as wanted.
fn references(property: &Property, wanted: impl Fn(&Door) -> bool) -> Vec<String> {
    let groups = property.groups.iter().map(|group| group.id.clone());
    let doors = property.doors.iter().map(|door| door.id.clone());
    let all = std::iter::once("all".to_owned());
    groups.chain(doors).chain(all).filter(|r| doors_of(property, r).into_iter().all(&wanted)).collect()
}

fn add_key(property: &mut Property, number: usize, draft: &KeyDraft) {
    let is_lift = |door: &Door| door.kind == "elevator";
    let elevator = matches!(draft.flavour, Flavour::Elevator) && property.doors.iter().any(is_lift);
    let homes: Vec<String> = property.groups.iter().map(|group| group.id.clone()).collect();
    let homes: Vec<String> = homes
        .into_iter()
        .filter(|group| doors_of(property, group).iter().all(|door| door.kind == "residence"))
        .collect();
    let each = if matches!(draft.flavour, Flavour::Each) { pick_of(&homes, draft.group) } else { None };
    let mut candidates = references(property, |door| is_lift(door) == elevator);
    if let Some(group) = &each {
        // A door's own line beside its `$door` line would be two own lines for one door.
        let is_door = |reference: &String| property.doors.iter().any(|door| door.id == *reference);
        candidates.retain(|reference| !is_door(reference) || !covers(property, group, reference));
    }
    let mut lines: Vec<Line> = Vec::new();
    for (position, line) in draft.lines.iter().enumerate() {
        let first_of_each = each.is_some() && position == 0;
        let doors = if first_of_each { Some("$door".to_owned()) } else { pick_of(&candidates, line.doors) };
        let schedules: Vec<&str> = property.schedules.iter().map(|schedule| schedule.id.as_str()).collect();
        let schedule =
            line.schedule.and_then(|pick| pick_of(&schedules, pick)).unwrap_or("always").to_owned();
        if let Some(doors) = doors.filter(|doors| lines.iter().all(|line| line.doors != *doors)) {
            lines.push(Line { doors, schedule, doorcode: line.doorcode });
        }
    }
    settle_clashes(property, each.is_some(), &mut lines);
    if !lines.is_empty() {
        property.keys.push(Key { id: format!("key-{number}"), elevator, each, share: draft.share, lines });
    }
}

/// Where two groups give one door different settings, the door gets its own line. In a key with `each` that could
/// be a second own line beside `$door`, so there the later group goes.
fn settle_clashes(property: &Property, each: bool, lines: &mut Vec<Line>) {
    let is_door = |line: &Line| property.doors.iter().any(|door| door.id == line.doors);
    loop {
        let mut clash = None;
        for (later, second) in lines.iter().enumerate() {
            for first in &lines[..later] {
                let same = first.schedule == second.schedule && first.doorcode == second.doorcode;
                if same || [first, second].iter().any(|line| is_door(line) || line.doors == "$door") {
                    continue;
                }
                let of_both = property.doors.iter().find(|door| {
                    covers(property, &first.doors, &door.id)
                        && covers(property, &second.doors, &door.id)
                        && lines.iter().all(|line| line.doors != door.id)
                });
                clash = clash.or(of_both.map(|door| (later, door.id.clone())));
            }
        }
        let Some((later, door)) = clash else { return };
        if each {
            lines.remove(later);
        } else {
            lines.push(Line { doors: door, ..lines[later].clone() });
        }
    }
}

fn add_assignment(property: &mut Property, draft: &AssignmentDraft) {
    let mut names: Vec<String> = property.people.iter().map(|person| person.id.clone()).collect();
    names.extend(without_doubles(property.people.iter().flat_map(|person| person.teams.clone()).collect()));
    names.push("everyone".into());
    let picked = draft.to.iter().filter_map(|pick| pick_of(&names, *pick));
    let to = holders_of_first_key(property, draft).unwrap_or_else(|| without_doubles(picked.collect()));
    let addressed = |person: &&Person| {
        to.iter().any(|name| name == "everyone" || *name == person.id || person.teams.contains(name))
    };
    let mut keys = Vec::new();
    for (pick, instance) in &draft.keys {
        let Some(key) = pick_of(&property.keys, *pick) else {
            continue;
        };
        let Some(group) = &key.each else {
            keys.push(key.id);
            continue;
        };
        let has_instance =
            |person: &Person| person.unit.as_ref().is_some_and(|unit| covers(property, group, unit));
        if instance.is_none() && property.people.iter().filter(addressed).all(has_instance) {
            keys.push(key.id);
        } else {
            let door = pick_of(&doors_of(property, group), instance.unwrap_or(0)).unwrap();
            keys.push(format!("{}/{}", key.id, door.id));
        }
    }
    let keys = without_doubles(keys);
    if !keys.is_empty() {
        let (from, until) = draft.dates;
        property.assignments.push(Assignment { to, keys, share: draft.share, from, until });
    }
}

/// When the first key has `each`, mostly the people whose unit has an instance of it: by chance they are seldom met.
fn holders_of_first_key(property: &Property, draft: &AssignmentDraft) -> Option<Vec<String>> {
    let (pick, outright) = draft.keys[0];
    let group = pick_of(&property.keys, pick)?.each.filter(|_| outright.is_none())?;
    let has_instance =
        |person: &&Person| person.unit.as_ref().is_some_and(|unit| covers(property, &group, unit));
    let holders: Vec<String> =
        property.people.iter().filter(has_instance).map(|person| person.id.clone()).collect();
    (!holders.is_empty()).then_some(holders)
}
