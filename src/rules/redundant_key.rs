//! `redundant-key`

use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for key in &context.needless().redundant {
        let id = context.property.keys[key.index()].id;
        let message = format!(
            "whatever the key {} gives, the other keys of the same people give together",
            context.key(*key)
        );
        found.push(
            found
                .about(context.key_object(*key), id, message)
                .help("delete it: nobody's access changes")
                .fix(context.delete_key(*key, None, "delete the key, and take it back from everybody")),
        );
    }
}
