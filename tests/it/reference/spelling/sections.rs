//! Each section of a property as a YAML tree, with the choices that its part of the language leaves open.

use std::collections::BTreeSet;

use super::super::dice::Dice;
use super::super::evaluate::covers;
use super::super::property::{Assignment, Door, Edge, Group, Key, Line, Person, Property, midnight};
use super::super::yaml::Node;
use super::schedules::schedule;

type Entries = Vec<(String, Node)>;

pub(super) fn header(property: &Property) -> Entries {
    let about = vec![
        ("id".into(), Node::text(&property.id)),
        ("name".into(), Node::text("1800 Main St")),
        ("timezone".into(), Node::text(&property.timezone)),
    ];
    vec![("keyplan".into(), Node::Plain("1".into())), ("property".into(), Node::Map(about))]
}

/// All but people, who may also stand in a table.
pub(super) fn sections(property: &Property, dice: &mut Dice) -> Entries {
    let holidays = property.holidays.iter().map(|day| (day.to_string(), Node::text("Holiday"))).collect();
    let schedules = property.schedules.iter().map(|s| (s.id.clone(), schedule(s, dice))).collect();
    let mut sections = vec![
        ("doors".to_owned(), Node::Map(doors(property, dice))),
        (
            "groups".into(),
            Node::Map(property.groups.iter().map(|g| (g.id.clone(), group(property, g, dice))).collect()),
        ),
        ("holidays".into(), Node::Map(holidays)),
        ("schedules".into(), Node::Map(schedules)),
        (
            "keys".into(),
            Node::Map(property.keys.iter().map(|k| (k.id.clone(), key(property, k, dice))).collect()),
        ),
        ("teams".into(), Node::Map(teams(property, dice))),
        ("assignments".into(), Node::List(assignments(property, dice))),
    ];
    sections.retain(|(_, node)| match node {
        Node::Map(entries) => !entries.is_empty(),
        Node::List(items) => !items.is_empty(),
        Node::Plain(_) | Node::Text(_) => true,
    });
    sections
}

/// A text alone, or a list of texts that may have just one.
fn one_or_several(texts: &[String], dice: &mut Dice) -> Node {
    match texts {
        [one] if dice.coin() => Node::text(one),
        texts => Node::texts(texts),
    }
}

fn truth(value: bool) -> Node {
    Node::Plain(value.to_string())
}

fn doors(property: &Property, dice: &mut Dice) -> Entries {
    let units: Vec<&Door> = property.doors.iter().filter(|door| door.id.starts_with("unit-")).collect();
    let range = brace_range(&units).filter(|_| dice.coin());
    let mut entries = Vec::new();
    if let Some(range) = &range {
        entries.push((range.clone(), door(units[0])));
    }
    for each in property.doors.iter().filter(|door| range.is_none() || !door.id.starts_with("unit-")) {
        entries.push((each.id.clone(), door(each)));
    }
    entries
}

/// One name for all units, when they are alike and are `unit-1A`, `unit-1B`, `unit-2A` and so on without a gap.
fn brace_range(units: &[&Door]) -> Option<String> {
    let first = units.first()?;
    let alike = units.iter().all(|unit| Door { id: first.id.clone(), ..(*unit).clone() } == **first);
    let rows = units.iter().filter(|unit| unit.id.ends_with('A')).count();
    let (columns, letters) = if units.len() > rows { ("{A..B}", "AB") } else { ("A", "A") };
    let grid: BTreeSet<String> =
        (1..=rows).flat_map(|row| letters.chars().map(move |letter| format!("unit-{row}{letter}"))).collect();
    let is_grid = grid == units.iter().map(|unit| unit.id.clone()).collect();
    (alike && is_grid && rows > 1).then(|| format!("unit-{{1..{rows}}}{columns}"))
}

fn door(door: &Door) -> Node {
    let mut fields: Entries = vec![("kind".into(), Node::text(&door.kind))];
    fields.extend(door.name.iter().map(|name| ("name".into(), Node::text(name))));
    if !door.tags.is_empty() {
        fields.push(("tags".into(), Node::texts(&door.tags)));
    }
    fields.extend(door.floor.map(|floor| ("floor".into(), Node::Plain(floor.to_string()))));
    fields.extend(door.occupied.map(|occupied| ("occupied".into(), truth(occupied))));
    fields.extend(door.lock.iter().map(|lock| {
        let said = [("model", &lock.model), ("provider", &lock.provider), ("id", &lock.id)];
        ("lock".into(), Node::Map(said.map(|(field, text)| (field.into(), Node::text(text))).into()))
    }));
    Node::Map(fields)
}

/// As it is, or the doors it picks on the as-of day, one by one.
fn group(property: &Property, group: &Group, dice: &mut Dice) -> Node {
    if dice.one_in(5) {
        return Node::Map(vec![("doors".into(), Node::texts(&doors_of(property, &group.id)))]);
    }
    let mut fields: Entries = Vec::new();
    fields.extend(group.kind.iter().map(|kind| ("kind".into(), Node::text(kind))));
    fields.extend(group.tag.iter().map(|tag| ("tag".into(), Node::text(tag))));
    fields.extend(group.floor.map(|(low, high)| {
        let floor =
            if low == high { Node::Plain(low.to_string()) } else { Node::text(format!("{low}-{high}")) };
        ("floor".into(), floor)
    }));
    fields.extend(group.occupied.map(|occupied| ("occupied".into(), truth(occupied))));
    match &group.doors {
        Some(references) if *references == ["all"] => fields.push(("doors".into(), Node::text("all"))),
        Some(references) => fields.push(("doors".into(), Node::texts(references))),
        None if dice.one_in(4) => fields.push(("doors".into(), Node::text("all"))),
        None => {}
    }
    if !group.except.is_empty() {
        fields.push(("except".into(), Node::texts(&group.except)));
    }
    Node::Map(fields)
}

fn doors_of(property: &Property, reference: &str) -> Vec<String> {
    let covered = property.doors.iter().filter(|door| covers(property, reference, &door.id));
    covered.map(|door| door.id.clone()).collect()
}

fn key(property: &Property, key: &Key, dice: &mut Dice) -> Node {
    let mut fields: Entries = Vec::new();
    if key.elevator {
        fields.push(("type".into(), Node::text("elevator")));
    } else if dice.one_in(6) {
        fields.push(("type".into(), Node::text("door")));
    }
    if dice.coin() {
        let name = if key.each.is_some() { "Unit $door" } else { "A key: 24/7, all" };
        fields.push(("name".into(), Node::text(name)));
    }
    fields.extend(key.each.iter().map(|group| ("each".into(), Node::text(group))));
    match key.share {
        Some(share) => fields.push(("share".into(), truth(share))),
        None if dice.one_in(4) => fields.push(("share".into(), truth(false))),
        None => {}
    }
    let lines = lines(property, key, dice);
    let all_default = lines.iter().all(|line| line.schedule == "always" && line.doorcode);
    let doors = if all_default && !dice.one_in(3) {
        Node::List(lines.iter().map(|line| Node::text(&line.doors)).collect())
    } else {
        Node::Map(lines.iter().map(|line| (line.doors.clone(), settings(line, dice))).collect())
    };
    fields.push(("doors".into(), doors));
    Node::Map(fields)
}

/// The key's lines, a group sometimes as its doors: those that have no line of their own, each once.
fn lines(property: &Property, key: &Key, dice: &mut Dice) -> Vec<Line> {
    let is_door =
        |line: &&Line| line.doors == "$door" || property.doors.iter().any(|door| door.id == line.doors);
    // `$door` is a line of its own for another door in each instance, so nothing may become one beside it.
    if key.each.is_some() || !dice.one_in(4) {
        return key.lines.clone();
    }
    let mut lines: Vec<Line> = key.lines.iter().filter(is_door).cloned().collect();
    for by_group in key.lines.iter().filter(|line| !is_door(line)) {
        for door in doors_of(property, &by_group.doors) {
            if lines.iter().all(|line| line.doors != door) {
                lines.push(Line { doors: door, ..by_group.clone() });
            }
        }
    }
    lines
}

fn settings(line: &Line, dice: &mut Dice) -> Node {
    let mut fields: Entries = Vec::new();
    if line.schedule != "always" || dice.one_in(5) {
        fields.push(("schedule".into(), Node::text(&line.schedule)));
    }
    if !line.doorcode || dice.one_in(5) {
        fields.push(("doorcode".into(), truth(line.doorcode)));
    }
    Node::Map(fields)
}

/// Teams exist by their people; listing them only describes them.
fn teams(property: &Property, dice: &mut Dice) -> Entries {
    let mut teams: Vec<&String> = property.people.iter().flat_map(|person| &person.teams).collect();
    teams.sort_unstable();
    teams.dedup();
    let kinds = ["resident", "employee", "vendor", "guest"];
    let listed: Vec<&String> = teams.into_iter().filter(|_| dice.one_in(4)).collect();
    listed
        .into_iter()
        .map(|team| (team.clone(), Node::Map(vec![("kind".into(), Node::text(*dice.pick(&kinds)))])))
        .collect()
}

pub(super) fn people(property: &Property, dice: &mut Dice) -> Node {
    let person = |person: &Person| {
        let mut fields: Entries = vec![("name".into(), Node::text(&person.name))];
        fields.extend(person.unit.iter().map(|unit| ("unit".into(), Node::text(unit))));
        if !person.teams.is_empty() {
            fields.push(("teams".into(), Node::texts(&person.teams)));
        }
        fields.extend(dates(person.from, person.until, dice));
        (person.id.clone(), Node::Map(fields))
    };
    Node::Map(property.people.iter().map(person).collect())
}

pub(super) fn roster(property: &Property, dice: &mut Dice) -> String {
    let mut rows: Vec<String> = Vec::new();
    for person in &property.people {
        let mut edges = dates(person.from, person.until, dice);
        let mut edge =
            |name: &str| match edges.iter().position(|(field, _)| field == name).map(|at| edges.remove(at)) {
                Some((_, Node::Text(text))) => text,
                _ => String::new(),
            };
        let mut teams = person.teams.clone();
        dice.shuffle(&mut teams);
        let (from, until) = (edge("from"), edge("until"));
        let unit = person.unit.clone().unwrap_or_default();
        let cells = [
            person.id.clone(),
            person.name.clone(),
            unit,
            teams.join(";"),
            from,
            until,
            String::new(),
            String::new(),
        ];
        rows.push(cells.map(|text| cell(&text, dice)).join(","));
    }
    dice.shuffle(&mut rows);
    let line_end = if dice.one_in(3) { "\r\n" } else { "\n" };
    let header = "id,name,unit,teams,from,until,email,card".to_owned();
    [vec![header], rows, vec![String::new()]].concat().join(line_end)
}

fn cell(text: &str, dice: &mut Dice) -> String {
    if text.contains([',', '"']) || dice.one_in(6) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// An inclusive date is also the moment at which that day starts or the next one does.
fn dates(from: Option<Edge>, until: Option<Edge>, dice: &mut Dice) -> Entries {
    let mut spell = |edge: Edge, moment: chrono::NaiveDateTime, last_day: chrono::NaiveDate| {
        let whole_days = moment == midnight(moment.date());
        let as_day = if matches!(edge, Edge::Day(_)) { !dice.one_in(5) } else { whole_days && dice.coin() };
        Node::text(if as_day { last_day.to_string() } else { moment.format("%Y-%m-%dT%H:%M").to_string() })
    };
    let mut fields: Entries = Vec::new();
    fields.extend(from.map(|edge| ("from".into(), spell(edge, edge.as_start(), edge.as_start().date()))));
    fields.extend(until.map(|edge| {
        let end = edge.as_end();
        ("until".into(), spell(edge, end, end.date().pred_opt().unwrap()))
    }));
    fields
}

/// As they are, or one for each reference and key, and then some of those together again.
fn assignments(property: &Property, dice: &mut Dice) -> Vec<Node> {
    let mut assignments = property.assignments.clone();
    if dice.coin() {
        assignments = assignments.iter().flat_map(|assignment| split(property, assignment, dice)).collect();
        if dice.coin() {
            assignments = together(assignments);
        }
    }
    let mut nodes = Vec::new();
    for assignment in &assignments {
        let mut fields: Entries = vec![
            ("to".into(), one_or_several(&assignment.to, dice)),
            ("keys".into(), one_or_several(&assignment.keys, dice)),
        ];
        fields.extend(share(property, assignment, dice).map(|share| ("share".into(), truth(share))));
        fields.extend(dates(assignment.from, assignment.until, dice));
        nodes.push(Node::Map(fields));
    }
    dice.shuffle(&mut nodes);
    nodes
}

/// One assignment for each reference to people and each key; an instance of a key with `each` to its people by name.
fn split(property: &Property, assignment: &Assignment, dice: &mut Dice) -> Vec<Assignment> {
    let mut parts = Vec::new();
    let mut part = |to: &str, key: String| {
        parts.push(Assignment { to: vec![to.to_owned()], keys: vec![key], ..assignment.clone() });
    };
    for to in &assignment.to {
        for reference in &assignment.keys {
            let is_each = property.keys.iter().any(|key| key.id == *reference && key.each.is_some());
            if !is_each || dice.coin() {
                part(to, reference.clone());
                continue;
            }
            for person in &property.people {
                if to == "everyone" || *to == person.id || person.teams.contains(to) {
                    part(&person.id, format!("{reference}/{}", person.unit.as_ref().unwrap()));
                }
            }
        }
    }
    parts
}

/// The keys of those that differ in nothing else.
fn together(assignments: Vec<Assignment>) -> Vec<Assignment> {
    let mut merged: Vec<Assignment> = Vec::new();
    for assignment in assignments {
        let alike = merged.iter_mut().find(|other| {
            other.to == assignment.to
                && other.share == assignment.share
                && other.from == assignment.from
                && other.until == assignment.until
        });
        match alike {
            Some(other) if other.keys.contains(&assignment.keys[0]) => {}
            Some(other) => other.keys.extend(assignment.keys),
            None => merged.push(assignment),
        }
    }
    merged
}

/// What an assignment says about sharing may be left out when all its keys say the same, and the other way round.
fn share(property: &Property, assignment: &Assignment, dice: &mut Dice) -> Option<bool> {
    let by_keys: Vec<bool> = assignment
        .keys
        .iter()
        .map(|reference| reference.split('/').next().unwrap())
        .map(|id| property.keys.iter().find(|key| key.id == id).unwrap().share.unwrap_or(false))
        .collect();
    let (any, all) = (by_keys.contains(&true), !by_keys.contains(&false));
    match assignment.share {
        None if any == all && dice.one_in(3) => Some(any),
        Some(share) if any == all && share == any && dice.one_in(3) => None,
        said => said,
    }
}
