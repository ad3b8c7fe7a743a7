//! `compile` for people: what each lock holds, doors that are alike together.

use std::fmt::Write;

use crate::model::{Capability, DoorId, DoorKind, Property};
use crate::output::hours;
use crate::tables::{LockTable, Tables};

/// What one lock holds, counted; locks that are alike but for whose home it is show as one line.
#[derive(PartialEq, Eq)]
struct Line {
    kind: DoorKind,
    people: usize,
    doorcodes: usize,
    sharing: usize,
    hours: Vec<String>,
}

/// The tables of a property as an overview: a line for each door, homes that are alike together.
#[must_use]
pub fn human(property: &Property, tables: &Tables) -> String {
    let mut text = String::new();
    let name = property.name.map_or("", |name| property.text(name));
    // Writing to a text cannot fail.
    let _ = writeln!(
        text,
        "{} {name} — {} doors, {} people, {} credentials, as of {} in {}\n{}\n",
        property.text(property.id),
        property.doors.len(),
        property.people.len(),
        tables.credentials(),
        property.as_of,
        property.timezone.name(),
        tables.digest(property),
    );
    let mut groups: Vec<(Line, Vec<DoorId>)> = Vec::new();
    for lock in tables.locks() {
        let line = line(property, tables, lock);
        match groups.iter_mut().find(|(known, doors)| {
            *known == line && (line.kind == DoorKind::Residence || doors.contains(&lock.door))
        }) {
            Some((_, doors)) => doors.push(lock.door),
            None => groups.push((line, vec![lock.door])),
        }
    }
    groups.sort_by_key(|(line, _)| line.kind);
    let rows: Vec<[String; 6]> = groups.iter().map(|(line, doors)| row(property, line, doors)).collect();
    let head = ["door", "kind", "people", "doorcodes", "may share", "hours"].map(str::to_owned);
    table(&mut text, &head, &rows);
    text
}

fn line(property: &Property, tables: &Tables, lock: LockTable<'_>) -> Line {
    let count = |capability| lock.credentials.iter().filter(|one| one.capability() == capability).count();
    let mut hours: Vec<String> = Vec::new();
    for credential in lock.credentials.iter().filter(|one| one.capability() == Capability::Unlock) {
        for segment in tables.segments(credential.times()) {
            let week = hours::week(&segment.weekly);
            if !hours.contains(&week) {
                hours.push(week);
            }
        }
    }
    hours.sort();
    Line {
        kind: property.doors[lock.door.index()].kind,
        people: count(Capability::Unlock),
        doorcodes: count(Capability::Doorcode),
        sharing: count(Capability::Share),
        hours,
    }
}

fn row(property: &Property, line: &Line, doors: &[DoorId]) -> [String; 6] {
    let id = |door: &DoorId| property.text(property.doors[door.index()].id).to_owned();
    let name = match doors {
        [one] => id(one),
        [first, .., last] => format!("{} … {} ({} doors)", id(first), id(last), doors.len()),
        [] => String::new(),
    };
    let number = |count: usize| if count == 0 { "-".to_owned() } else { count.to_string() };
    let hours = match line.hours.as_slice() {
        [] => "nobody".to_owned(),
        [one, two] => format!("{one} | {two}"),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one} | {} more", rest.len()),
    };
    [
        name,
        line.kind.name().to_owned(),
        number(line.people),
        number(line.doorcodes),
        number(line.sharing),
        hours,
    ]
}

/// Columns as wide as they need, numbers to the right.
fn table(text: &mut String, head: &[String; 6], rows: &[[String; 6]]) {
    let width = |column: usize| {
        rows.iter().chain([head]).map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    for row in std::iter::once(head).chain(rows) {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| match column {
                2..=4 => format!("{cell:>0$}", widths[column]),
                5 => cell.clone(),
                _ => format!("{cell:<0$}", widths[column]),
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
}
