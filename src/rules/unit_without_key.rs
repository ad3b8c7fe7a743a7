//! `unit-without-key`

use super::context::Context;
use super::findings::Findings;
use super::shown::verb;
use super::tally::Tally;
use crate::model::{Capability, DoorId, DoorKind, PersonId};

/// So many of the people are shown with their places.
const SHOWN: usize = 5;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    if context.property.people.is_empty() {
        return;
    }
    let has_key = homes_with_a_key(context);
    let mut tally = Tally::new();
    for (number, door) in context.property.doors.iter().enumerate() {
        if door.kind == DoorKind::Residence && !has_key[number] {
            tally.add(context.written_door(door), [DoorId(number as u32)], []);
        }
    }
    for (at, touched) in tally.mistakes() {
        let message = format!("no key opens {}", context.doors(&touched.doors));
        found.push(
            found
                .about(format!("door {}", context.property.text(at)), at, message)
                .help("make one key for each home, with `each: homes` and `doors: [$door]`"),
        );
    }
    let mut locked_out = Tally::new();
    for (number, person) in context.property.people.iter().enumerate() {
        let id = PersonId(number as u32);
        let Some(home) = person.unit.filter(|home| has_key[home.index()]) else { continue };
        let mut cells = context.access.cells(id).peekable();
        // Who has nothing at all is a `keyless-person`.
        let cannot = cells.peek().is_some()
            && !cells.any(|cell| cell.door == home && cell.capability == Capability::Unlock);
        if cannot && context.kind_of_door(home) == DoorKind::Residence {
            locked_out.add(person.teams, [home], [id]);
        }
    }
    for (_, touched) in locked_out.mistakes() {
        let first = context.property.people[touched.people[0].index()].id;
        let message = format!(
            "{} {} in {} and cannot open {}",
            context.people(&touched.people),
            verb(touched.people.len(), "lives", "live"),
            context.doors(&touched.doors),
            verb(touched.doors.len(), "it", "them"),
        );
        let mut diagnostic = found
            .about(format!("person {}", context.property.text(first)), first, message)
            .help("give them the key of their home, as `keys: [unit]`");
        for person in touched.people.iter().skip(1).take(SHOWN) {
            diagnostic = diagnostic.related(context.property.people[person.index()].id, "nor here");
        }
        found.push(diagnostic);
    }
}

fn homes_with_a_key(context: &Context<'_>) -> Vec<bool> {
    let mut has_key = vec![false; context.property.doors.len()];
    for key in &context.property.keys {
        key.lines.iter().for_each(|line| has_key[line.door.index()] = true);
        if let Some(each) = key.each.as_ref().filter(|each| each.own.is_some()) {
            each.doors.iter().for_each(|door| has_key[door.index()] = true);
        }
    }
    has_key
}
