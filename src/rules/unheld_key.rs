//! `unheld-key`

use super::context::Context;
use super::findings::Findings;
use crate::model::KeyId;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for (number, key) in context.property.keys.iter().enumerate() {
        let id = KeyId(number as u32);
        if !context.holders(id).is_empty() || !context.is_own(key.id) {
            continue;
        }
        let mut assignments = context.property.assignments.iter().filter(|assignment| {
            context.property.key_lists[assignment.keys.index()].iter().any(|given| given.key == id)
        });
        let (message, assignment) = match assignments.next() {
            None => (format!("nobody holds the key {}: no assignment names it", context.key(id)), None),
            Some(assignment) => (
                format!(
                    "nobody holds the key {}: whom it was given to is gone, or not there yet",
                    context.key(id)
                ),
                Some(assignment),
            ),
        };
        let mut diagnostic = found
            .about(context.key_object(id), key.id, message)
            .help("give it to somebody under `assignments:`, or delete it");
        if let Some(assignment) = assignment {
            diagnostic = diagnostic.related(assignment.span, "given to nobody here");
        }
        found.push(diagnostic);
    }
}
