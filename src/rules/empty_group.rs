//! `empty-group`

use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for group in &context.property.groups {
        if !group.doors.is_empty() || group.by_occupancy || !context.is_own(group.id) {
            continue;
        }
        let name = context.quoted(group.id);
        let object = format!("group {}", context.property.text(group.id));
        found.push(
            found
                .about(object, group.id, format!("the group {name} holds no door"))
                .help("check what it narrows by, or delete the group"),
        );
    }
}
