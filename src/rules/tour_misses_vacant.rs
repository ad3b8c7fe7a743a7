//! `tour-misses-vacant`

use super::context::Context;
use super::findings::Findings;
use crate::model::{DoorId, DoorKind, KeyId};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let doors = &context.property.doors;
    for (number, key) in context.property.keys.iter().enumerate() {
        let id = KeyId(number as u32);
        let shows_homes = key.lines.iter().any(|line| doors[line.door.index()].kind == DoorKind::Residence);
        if !context.is_for_tours(id) || !shows_homes {
            continue;
        }
        let missed: Vec<DoorId> = (0..doors.len() as u32)
            .map(DoorId)
            .filter(|door| {
                let vacant = doors[door.index()].kind == DoorKind::Residence && !doors[door.index()].occupied;
                vacant && key.line(*door, None).is_none()
            })
            .collect();
        if missed.is_empty() {
            continue;
        }
        let message = format!(
            "the key {} does not open {}, where nobody lives",
            context.key(id),
            context.doors(&missed)
        );
        found.push(found.about(context.key_object(id), key.id, message).help(
            "give it a group that follows who lives where: `vacant: { kind: residence, occupied: false }`",
        ));
    }
}
