//! `empty-key`

use super::context::Context;
use super::findings::Findings;
use crate::model::KeyId;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for (number, key) in context.property.keys.iter().enumerate() {
        let instances = key.each.as_ref().is_some_and(|each| each.own.is_some() && !each.doors.is_empty());
        if !key.lines.is_empty() || instances || key.by_occupancy {
            continue;
        }
        let id = KeyId(number as u32);
        let message = format!("the key {} opens no door, whoever lives where", context.key(id));
        found.push(
            found
                .about(context.key_object(id), key.id, message)
                .help("list doors or groups with doors under its `doors`, or delete it"),
        );
    }
}
