//! `master-key`

use super::context::Context;
use super::findings::Findings;
use crate::model::{DoorKind, Key, KeyId};

/// A key over fewer occupied homes than this is no master key, however few homes there are.
const HOMES: usize = 5;
/// The same of doors in all.
const DOORS: usize = 10;
/// A key that opens more than half of the doors that are not homes, rooms of the staff among them, is for so many.
const HOLDERS: usize = 20;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let doors = &context.property.doors;
    let homes = doors.iter().filter(|door| door.occupied).count();
    let others = doors.iter().filter(|door| door.kind != DoorKind::Residence).count();
    for (number, key) in context.property.keys.iter().enumerate() {
        let id = KeyId(number as u32);
        let holders = context.holders(id).len();
        if holders == 0 {
            continue;
        }
        let opens = |test: &dyn Fn(&crate::model::Door) -> bool| {
            key.lines.iter().filter(|line| test(&doors[line.door.index()])).count()
        };
        let open_homes = opens(&|door| door.occupied);
        let open_others = opens(&|door| door.kind != DoorKind::Residence);
        let message = if homes >= HOMES && open_homes * 2 > homes {
            format!("the key {} opens {open_homes} of {homes} homes in which somebody lives", context.key(id))
        } else if doors.len() >= DOORS && (open_homes + open_others) * 10 >= doors.len() * 9 {
            // An empty home is nobody's: whoever opens many of them opens no more than walls.
            format!("the key {} opens {} of {} doors", context.key(id), open_homes + open_others, doors.len())
        } else if holders > HOLDERS
            && others >= DOORS
            && open_others * 2 > others
            && has_staff_rooms(context, key)
        {
            format!(
                "{holders} people hold the key {}, which opens {open_others} of {others} doors that are no homes",
                context.key(id)
            )
        } else {
            continue;
        };
        found.push(
            found
                .about(context.key_object(id), key.id, message)
                .help("make smaller keys by what people do, and give each person those that they need"),
        );
    }
}

fn has_staff_rooms(context: &Context<'_>, key: &Key) -> bool {
    key.lines
        .iter()
        .any(|line| matches!(context.kind_of_door(line.door), DoorKind::Service | DoorKind::Office))
}
