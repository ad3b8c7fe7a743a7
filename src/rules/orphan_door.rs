//! `orphan-door`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::{DoorId, DoorKind};

/// Homes are judged by `unit-without-key`: a vacant one is opened by nobody, and that is right.
pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    if context.property.people.is_empty() {
        return;
    }
    let opened = context.opened();
    let mut tally = Tally::new();
    for (number, door) in context.property.doors.iter().enumerate() {
        if door.kind != DoorKind::Residence && !opened[number] {
            tally.add(context.written_door(door), [DoorId(number as u32)], []);
        }
    }
    for (at, touched) in tally.mistakes() {
        let message = format!("nobody can open {}, today or later", context.doors(&touched.doors));
        found.push(
            found
                .about(format!("door {}", context.property.text(at)), at, message)
                .help("put it on a key that somebody holds, or delete the door"),
        );
    }
}
