//! `one-holder-key`

use super::context::Context;
use super::findings::Findings;
use crate::model::{KeyId, Who};

/// A key for a team of one is made for a task and outlives the person; one given by name is not.
pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for (number, key) in context.property.keys.iter().enumerate() {
        let id = KeyId(number as u32);
        let [holder] = context.holders(id) else { continue };
        if key.each.is_some() {
            continue;
        }
        let mut assignments = context.assignments_of(*holder);
        assignments.retain(|number| {
            let assignment = &context.property.assignments[*number as usize];
            context.property.key_lists[assignment.keys.index()].iter().any(|given| given.key == id)
        });
        let by_name = |number: &u32| {
            let assignment = &context.property.assignments[*number as usize];
            context.property.recipients(assignment).contains(&Who::Person(*holder))
        };
        if assignments.is_empty() || !assignments.iter().all(by_name) {
            continue;
        }
        let message = format!(
            "the key {} is held by {} alone, who got it by name",
            context.key(id),
            context.person(*holder)
        );
        found.push(found.about(context.key_object(id), key.id, message).help(
            "give it to a team, so that it stays when people change, or use a key that others hold too",
        ));
    }
}
