//! `unused-group`

use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for group in context.property.groups.iter().filter(|group| !group.used) {
        if !context.is_own(group.id) {
            continue;
        }
        let name = context.quoted(group.id);
        let object = format!("group {}", context.property.text(group.id));
        found.push(
            found
                .about(object, group.id, format!("nothing uses the group {name}"))
                .help("name it in a key, another group or an assertion, or delete it")
                .fix(context.delete_definition(group.id, "delete the group")),
        );
    }
}
