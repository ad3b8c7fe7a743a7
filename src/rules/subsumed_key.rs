//! `subsumed-key`

use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for (key, other) in &context.needless().subsumed {
        let (id, other_id) = (context.property.keys[key.index()].id, context.property.keys[other.index()].id);
        let message = format!(
            "everybody who holds the key {} also holds {}, which gives all that it gives",
            context.key(*key),
            context.key(*other)
        );
        found.push(
            found
                .about(context.key_object(*key), id, message)
                .help("delete it: nobody's access changes")
                .related(other_id, "the key that gives more")
                .fix(context.delete_key(*key, None, "delete the key, and take it back from everybody")),
        );
    }
}
