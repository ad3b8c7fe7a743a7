//! Other keys in the files in place of today's: what stays keeps its place and its comments.

use std::collections::BTreeSet;

use super::context::Context;
use super::edits::Part;
use crate::diagnostic::Edit;
use crate::model::{DoorId, KeyId, PersonId, Property, ScheduleId};
use crate::optimize::{Building, Proposal, Proposed};
use crate::source::Span;
use crate::syntax::written::{date, wrapped};
use crate::syntax::{Node, NodeKind};
use crate::time::Interval;

/// The names of the keys of a proposal, in its order: a new key is called after who has it.
#[must_use]
pub fn names(property: &Property, building: &Building, proposal: &Proposal) -> Vec<String> {
    let mut taken: BTreeSet<String> =
        property.keys.iter().map(|key| property.text(key.id).to_owned()).collect();
    let name = |key: &Proposed| match key.key {
        Some(id) => property.text(property.keys[id.index()].id).to_owned(),
        None => {
            let base = base(property, building, key);
            let numbered = (2..).map(|number| format!("{base}-{number}"));
            let free = std::iter::once(base.clone()).chain(numbered).find(|name| !taken.contains(name));
            // There are more numbers than names.
            let name = free.unwrap_or(base);
            taken.insert(name.clone());
            name
        }
    };
    proposal.keys.iter().map(name).collect()
}

/// What a new key could be called: like the team that has it, the group of its doors, or its only door.
fn base(property: &Property, building: &Building, key: &Proposed) -> String {
    let people = people(building, key.holders.iter().copied());
    let team = (0..property.teams.len()).find(|team| members(property, *team) == people);
    if let Some(team) = team {
        return property.text(property.teams[team].id).to_owned();
    }
    let doors: BTreeSet<DoorId> =
        key.openings.iter().map(|one| building.openings[*one as usize].door).collect();
    let group =
        property.groups.iter().find(|group| group.doors.iter().copied().collect::<BTreeSet<_>>() == doors);
    match (group, doors.first()) {
        (Some(group), _) => property.text(group.id).to_owned(),
        (None, Some(door)) if doors.len() == 1 => property.text(property.doors[door.index()].id).to_owned(),
        _ => "shared".to_owned(),
    }
}

fn people(building: &Building, recipients: impl Iterator<Item = u32>) -> BTreeSet<PersonId> {
    recipients.map(|one| building.recipients[one as usize].person).collect()
}

fn members(property: &Property, team: usize) -> BTreeSet<PersonId> {
    let is_in = |person: &PersonId| {
        let teams = &property.team_sets[property.people[person.index()].teams.index()];
        teams.iter().any(|one| one.index() == team)
    };
    (0..property.people.len() as u32).map(PersonId).filter(is_in).collect()
}

/// The edits of a proposal.
///
/// # Errors
/// Why they cannot be made without touching what belongs to others.
pub(super) fn edits(
    context: &Context<'_>,
    building: &Building,
    proposal: &Proposal,
) -> Result<Vec<Edit>, String> {
    let names = names(context.property, building, proposal);
    let mut writer = Writer { context, building, edits: Vec::new(), after: Vec::new() };
    for key in &proposal.gone {
        writer.delete(*key)?;
    }
    // Keys that other people get than today are taken from everybody and given anew.
    let today = |key: KeyId| building.today.iter().find(|one| one.key == key);
    let is_given_anew =
        |one: &Proposed| one.key.and_then(today).is_none_or(|today| today.holders != one.holders);
    let given_anew: Vec<KeyId> =
        proposal.keys.iter().filter(|one| is_given_anew(one)).filter_map(|one| one.key).collect();
    let taken: Vec<KeyId> = proposal.gone.iter().chain(&given_anew).copied().collect();
    writer.take_back(&taken)?;
    let mut entries = Vec::new();
    for (one, name) in proposal.keys.iter().zip(&names) {
        match one.key {
            Some(key) => {
                if today(key).is_some_and(|today| today.openings != one.openings) {
                    writer.open(key, &one.openings)?;
                }
            }
            None => entries.push((name.as_str(), writer.doors(&one.openings))),
        }
    }
    let mut given: Vec<Line> = Vec::new();
    for (one, name) in proposal.keys.iter().zip(&names).filter(|(one, _)| is_given_anew(one)) {
        let default = one.key.is_some_and(|key| context.property.keys[key.index()].share);
        let mut left: Vec<u32> = one.holders.clone();
        while let Some(first) = left.first() {
            let alike = |other: &u32| {
                let (one, other) =
                    (&building.recipients[*first as usize], &building.recipients[*other as usize]);
                (one.share, one.dates) == (other.share, other.dates)
            };
            let (group, others): (Vec<u32>, Vec<u32>) = left.iter().partition(|other| alike(other));
            let recipient = &building.recipients[*first as usize];
            let to = writer.references(&people(building, group.into_iter()));
            let key = (name.clone(), default);
            let (share, dates) = (recipient.share, recipient.dates);
            match given.iter_mut().find(|line| (&line.to, line.share, line.dates) == (&to, share, dates)) {
                Some(line) => line.keys.push(key),
                None => given.push(Line { to, share, dates, keys: vec![key] }),
            }
            left = others;
        }
    }
    writer.add_keys(&entries)?;
    writer.assign(&given)?;
    let Writer { mut edits, after, .. } = writer;
    edits.extend(after);
    edits.sort_by_key(|edit| edit.span);
    Ok(together(edits))
}

/// What goes from two places that touch goes at once: the comma between two parts belongs to both.
fn together(edits: Vec<Edit>) -> Vec<Edit> {
    let mut all: Vec<Edit> = Vec::new();
    for edit in edits {
        match all.last_mut().filter(|last| edit.span.start < last.span.end) {
            Some(last) if last.text.is_empty() && edit.text.is_empty() => {
                last.span.end = last.span.end.max(edit.span.end);
            }
            _ => all.push(edit),
        }
    }
    all
}

/// An assignment to be written.
struct Line {
    to: String,
    share: bool,
    dates: Interval,
    /// Names of keys, and whether each may be shared unless an assignment says otherwise.
    keys: Vec<(String, bool)>,
}

struct Writer<'c, 'p> {
    context: &'c Context<'p>,
    building: &'c Building,
    edits: Vec<Edit>,
    /// What is added behind what stands there.
    after: Vec<Edit>,
}

impl<'p> Writer<'_, 'p> {
    fn property(&self) -> &'p Property {
        self.context.property
    }

    fn key_part(&self, key: KeyId) -> Result<Part<'p>, String> {
        let id = self.property().keys[key.index()].id;
        let name = self.property().text(id);
        self.context
            .part(id)
            .ok_or_else(|| format!("the key `{name}` does not stand where it can be changed"))
    }

    fn remove(&mut self, part: &Part<'p>, what: &str) -> Result<(), String> {
        let edit = self.context.without(part);
        self.edits.push(edit.ok_or_else(|| format!("{what} shares its lines with something else"))?);
        Ok(())
    }

    fn delete(&mut self, key: KeyId) -> Result<(), String> {
        let part = self.key_part(key)?;
        let name = self.property().text(self.property().keys[key.index()].id);
        self.remove(&part, &format!("the key `{name}`"))
    }

    /// Takes keys out of every assignment, and out the assignments that are left without any.
    fn take_back(&mut self, keys: &[KeyId]) -> Result<(), String> {
        for assignment in &self.property().assignments {
            let given = &self.property().key_lists[assignment.keys.index()];
            if !given.iter().any(|one| keys.contains(&one.key)) {
                continue;
            }
            let place = self.property().sources.place(assignment.span);
            let place = place.map_or_else(String::new, |place| format!("{}:{}", place.file, place.line));
            let lost = || format!("the assignment at {place} does not stand where it can be changed");
            let part = self.context.part(assignment.span).ok_or_else(lost)?;
            if given.iter().all(|one| keys.contains(&one.key)) {
                self.remove(&part, &format!("the assignment at {place}"))?;
                continue;
            }
            let (_, list) = self.context.field(part.value, "keys").ok_or_else(lost)?;
            let goes = |item: &Node<'p>| {
                let name = item.scalar().unwrap_or_default();
                let name = name.split_once('/').map_or(name, |(key, _)| key);
                keys.iter().any(|key| self.property().text(self.property().keys[key.index()].id) == name)
            };
            let is_flow = self.is_flow(list);
            if is_flow {
                let stays: Vec<&str> =
                    list.items().filter(|item| !goes(item)).filter_map(Node::scalar).collect();
                let text = format!("[{}]", stays.join(", "));
                self.edits.push(self.context.instead(list, &text).ok_or_else(lost)?);
            } else {
                let gone: Vec<Node<'p>> = list.items().filter(goes).collect();
                for value in gone {
                    self.remove(&Part { parent: list, name: None, value }, &format!("a key at {place}"))?;
                }
            }
        }
        Ok(())
    }

    fn is_flow(&self, node: Node<'p>) -> bool {
        let text = self.property().sources.text().as_bytes();
        matches!(text.get(node.span().start as usize), Some(b'[' | b'{'))
    }

    /// Puts other doors on a key.
    fn open(&mut self, key: KeyId, openings: &[u32]) -> Result<(), String> {
        let name = self.property().text(self.property().keys[key.index()].id).to_owned();
        let part = self.key_part(key)?;
        let field = (part.value.kind() == NodeKind::Mapping)
            .then(|| self.context.field(part.value, "doors"))
            .flatten();
        let (field, doors) =
            field.ok_or_else(|| format!("the key `{name}` lists no doors that could be changed"))?;
        let indent = self.column(field.span().start) + 4;
        let text = format!(": {}", wrapped(&self.doors(openings), indent));
        self.edits.push(Edit { span: Span::new(field.span().end, doors.span().end), text });
        Ok(())
    }

    /// How far a place is from the beginning of its line.
    fn column(&self, at: u32) -> usize {
        let text = &self.property().sources.text()[..at as usize];
        at as usize - text.rfind('\n').map_or(0, |end| end + 1)
    }

    /// Doors as a key lists them.
    fn doors(&self, openings: &[u32]) -> String {
        let covered = |number: &u32| {
            let others = openings.iter().filter(|other| *other != number);
            others.into_iter().any(|other| self.covers(*other, *number))
        };
        let openings: Vec<u32> = openings.iter().filter(|number| !covered(number)).copied().collect();
        let mut settings: Vec<(Option<ScheduleId>, bool, BTreeSet<DoorId>)> = Vec::new();
        for number in openings {
            let one = self.building.openings[number as usize];
            match settings.iter_mut().find(|known| (known.0, known.1) == (one.schedule, one.doorcode)) {
                Some(known) => {
                    known.2.insert(one.door);
                }
                None => settings.push((one.schedule, one.doorcode, BTreeSet::from([one.door]))),
            }
        }
        if let [(None, true, doors)] = settings.as_slice() {
            return format!("[{}]", self.door_references(doors).join(", "));
        }
        let mut lines = Vec::new();
        for (schedule, doorcode, doors) in &settings {
            let mut fields = Vec::new();
            match schedule {
                Some(schedule) => {
                    let name = self.property().text(self.property().schedules[schedule.index()].id);
                    fields.push(format!("schedule: {name}"));
                }
                None if *doorcode => fields.push("schedule: always".to_owned()),
                None => {}
            }
            if !doorcode {
                fields.push("doorcode: false".to_owned());
            }
            let setting = fields.join(", ");
            lines.extend(self.door_references(doors).iter().map(|door| format!("{door}: {{ {setting} }}")));
        }
        format!("{{ {} }}", lines.join(", "))
    }

    /// Whether a line gives more at a door than another one: a key has one line for each door.
    fn covers(&self, one: u32, other: u32) -> bool {
        let (one, other) = (self.building.openings[one as usize], self.building.openings[other as usize]);
        let hours = |schedule: ScheduleId| self.context.access.hours(schedule);
        one.door == other.door
            && one.doorcode >= other.doorcode
            && match (one.schedule, other.schedule) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(one), Some(other)) => hours(other).difference(hours(one)).is_empty(),
            }
    }

    /// Doors by the largest groups that hold nothing else, then one by one.
    fn door_references(&self, doors: &BTreeSet<DoorId>) -> Vec<String> {
        let property = self.property();
        if doors.len() > 1 && doors.len() == property.doors.len() {
            return vec!["all".to_owned()];
        }
        let mut left = doors.clone();
        let mut groups: Vec<_> = property
            .groups
            .iter()
            .filter(|group| !group.by_occupancy && group.doors.len() > 1)
            .filter(|group| group.doors.iter().all(|door| doors.contains(door)))
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.doors.len()));
        let mut references = Vec::new();
        for group in groups {
            if group.doors.iter().any(|door| left.contains(door)) {
                references.push(property.text(group.id).to_owned());
                group.doors.iter().for_each(|door| {
                    left.remove(door);
                });
            }
        }
        references.extend(left.iter().map(|door| property.text(property.doors[door.index()].id).to_owned()));
        references
    }

    /// People by the largest teams that hold nobody else, then one by one.
    fn references(&self, people: &BTreeSet<PersonId>) -> String {
        let property = self.property();
        if people.len() > 1 && people.len() == property.people.len() {
            return "everyone".to_owned();
        }
        let mut teams: Vec<(BTreeSet<PersonId>, usize)> =
            (0..property.teams.len()).map(|team| (members(property, team), team)).collect();
        teams.retain(|(team, _)| team.len() > 1 && team.is_subset(people));
        teams.sort_by_key(|(team, number)| (std::cmp::Reverse(team.len()), *number));
        let mut left = people.clone();
        let mut references = Vec::new();
        for (team, number) in teams {
            if team.iter().any(|person| left.contains(person)) {
                references.push(property.text(property.teams[number].id).to_owned());
                left.retain(|person| !team.contains(person));
            }
        }
        references.extend(left.iter().map(|one| property.text(property.people[one.index()].id).to_owned()));
        match references.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        }
    }

    fn add_keys(&mut self, entries: &[(&str, String)]) -> Result<(), String> {
        if entries.is_empty() {
            return Ok(());
        }
        let Some(last) = (0..self.property().keys.len() as u32)
            .map(KeyId)
            .max_by_key(|key| self.property().keys[key.index()].id)
        else {
            return Err("there are no keys that new ones could stand behind".into());
        };
        let part = self.key_part(last)?;
        let start = part.name.map_or(part.value.span().start, |name| name.span().start);
        let lines = entries.iter().map(|(name, doors)| format!("{name}: {{ doors: {doors} }}"));
        self.add_behind(&part, start, lines.collect())
    }

    fn assign(&mut self, given: &[Line]) -> Result<(), String> {
        if given.is_empty() {
            return Ok(());
        }
        let lines = given.iter().map(|Line { to, share, dates, keys }| {
            let names: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
            let mut line = format!("{{ to: {to}, keys: [{}]", names.join(", "));
            if keys.iter().any(|(_, default)| default != share) {
                line.push_str(&format!(", share: {share}"));
            }
            if let Some(from) = dates.from() {
                line.push_str(&format!(", from: {}", date(from, false)));
            }
            if let Some(until) = dates.until() {
                line.push_str(&format!(", until: {}", date(until, true)));
            }
            line + " }"
        });
        let lines: Vec<String> = lines.collect();
        let Some(last) = self.property().assignments.iter().max_by_key(|one| one.span) else {
            return Err("there are no assignments that new ones could stand behind".into());
        };
        let part = self
            .context
            .part(last.span)
            .ok_or("the last assignment does not stand where others could follow")?;
        let is_flow = self.is_flow(part.parent);
        let lines = if is_flow { lines } else { lines.into_iter().map(|line| format!("- {line}")).collect() };
        // The dash of an item stands before it.
        let text = &self.property().sources.text()[..part.value.span().start as usize];
        let start = if is_flow { part.value.span().start } else { text.rfind('-').unwrap_or(0) as u32 };
        self.add_behind(&part, start, lines)
    }

    /// Adds lines behind a part, as far in as it begins.
    fn add_behind(&mut self, part: &Part<'p>, start: u32, lines: Vec<String>) -> Result<(), String> {
        let text = self.property().sources.text();
        let end = part.value.span().end;
        if self.is_flow(part.parent) {
            // In front: whatever goes takes the comma behind it along.
            let first = part.parent.span().start + 1;
            let text = lines.iter().map(|line| format!(" {line},")).collect::<String>() + " ";
            self.after.push(Edit { span: Span::new(first, first), text });
            return Ok(());
        }
        let file = self.property().sources.file_of(part.value.span()).ok_or("a file is missing")?.span;
        let rest = &text[end as usize..file.end as usize];
        let (at, ends) = match rest.find('\n') {
            _ if text[..end as usize].ends_with('\n') => (end, true),
            Some(next) => (end + next as u32 + 1, true),
            None => (file.end, false),
        };
        let indent = self.column(start);
        let pad = " ".repeat(indent);
        let mut added: String =
            lines.iter().map(|line| format!("{pad}{}\n", wrapped(line, indent + 4))).collect();
        if !ends {
            added.insert(0, '\n');
        }
        self.after.push(Edit { span: Span::new(at, at), text: added });
        Ok(())
    }
}
