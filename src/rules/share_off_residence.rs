//! `share-off-residence`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::{Capability, PersonKind};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for cohort in context.cohorts() {
        for person in &cohort.people {
            let Some(home) = context.home(*person) else { continue };
            if !context.kinds(*person).has(PersonKind::Resident) {
                continue;
            }
            let can = |capability| {
                context.access.cells(*person).any(|cell| cell.door == home && cell.capability == capability)
            };
            if !can(Capability::Unlock) || can(Capability::Share) {
                continue;
            }
            for cause in context.causes(*person, home) {
                tally.add((cause.assignment, cause.key.key), [home], [*person]);
            }
        }
    }
    for ((number, key), touched) in tally.mistakes() {
        let assignment = &context.property.assignments[number as usize];
        let message = format!(
            "{} cannot let guests into their own home: the key {} is given without sharing",
            context.people(&touched.people),
            context.key(key),
        );
        let id = context.property.keys[key.index()].id;
        // What an assignment says goes before what the key says.
        let (at, fix) = match assignment.share {
            Some(_) => (
                assignment.span,
                context.set_field(
                    assignment.span,
                    "share",
                    "true",
                    "let them share the keys of this assignment",
                ),
            ),
            None => (id, context.set_field(id, "share", "true", "let the key be shared")),
        };
        found.push(
            found
                .about(context.key_object(key), at, message)
                .help("write `share: true` on the key of a home; residents may have guests")
                .fix(fix),
        );
    }
}
