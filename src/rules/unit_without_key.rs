//! `unit-without-key`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::{Capability, DoorId, DoorKind, PersonId};

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
    for (number, person) in context.property.people.iter().enumerate() {
        let id = PersonId(number as u32);
        let Some(home) = person.unit.filter(|home| has_key[home.index()]) else { continue };
        let mut cells = context.access.cells(id).peekable();
        // Who has nothing at all is a `keyless-person`.
        let locked_out = cells.peek().is_some()
            && !cells.any(|cell| cell.door == home && cell.capability == Capability::Unlock);
        if locked_out && context.kind_of_door(home) == DoorKind::Residence {
            let message =
                format!("{} lives in {} and cannot open it", context.person(id), context.door(home));
            found.push(
                found
                    .about(format!("person {}", context.property.text(person.id)), person.id, message)
                    .help("give them the key of their home, as `keys: [unit]`"),
            );
        }
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
