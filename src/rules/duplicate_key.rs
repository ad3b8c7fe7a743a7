//! `duplicate-key`

use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for (key, first) in &context.needless().duplicates {
        let (id, first_id) = (context.property.keys[key.index()].id, context.property.keys[first.index()].id);
        let message = format!("the key {} is the same as {}", context.key(*key), context.key(*first));
        found.push(
            found
                .about(context.key_object(*key), id, message)
                .help(format!("give {} instead, and delete this one", context.key(*first)))
                .related(first_id, "the same doors, hours and doorcodes")
                .fix(context.delete_key(*key, Some(*first), "give the other key, and delete this one")),
        );
    }
}
