//! `doorcode-off-essential`

use super::context::Context;
use super::findings::Findings;
use super::shown::verb;
use super::tally::Tally;
use crate::model::{Capability, DoorKind};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for cohort in context.cohorts() {
        let shared = context.access.view(cohort.view);
        for (people, cells) in std::iter::once((cohort.people.as_slice(), shared)).chain(
            cohort
                .people
                .iter()
                .map(|person| (std::slice::from_ref(person), context.access.own_cells(*person))),
        ) {
            // A door's cells stand together, `unlock` first.
            for at_door in cells.chunk_by(|one, other| one.door == other.door) {
                let door = at_door[0].door;
                let essential =
                    matches!(context.kind_of_door(door), DoorKind::Entrance | DoorKind::Residence);
                if !essential || at_door.iter().any(|cell| cell.capability == Capability::Doorcode) {
                    continue;
                }
                for cause in context.causes(people[0], door) {
                    tally.add((cause.setting.span, cause.key.key), [door], people.iter().copied());
                }
            }
        }
    }
    for ((at, key), touched) in tally.mistakes() {
        let message = format!(
            "the key {} withholds the doorcode of {} from {}: without a phone they stand outside",
            context.key(key),
            context.doors(&touched.doors),
            context.people(&touched.people),
        );
        let doors = verb(touched.doors.len(), "an entrance or a home", "entrances and homes");
        found.push(
            found
                .about(format!("{}, {}", context.key_object(key), context.property.text(at)), at, message)
                .help(format!(
                    "leave the doorcode on for {doors}: it is the way in when a phone is lost or empty"
                ))
                .fix(context.delete_field(at, "doorcode", "leave the doorcode on")),
        );
    }
}
