//! `cross-unit`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::{Capability, DoorKind, PersonKind, Who};

/// For residents, guests, and people of whom nothing is known; what staff and vendors open is judged by
/// `occupied-unit`. Who is given one home by name is trusted with that home.
pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for cohort in context
        .cohorts()
        .iter()
        .filter(|cohort| !cohort.kinds.works() || cohort.kinds.has(PersonKind::Resident))
    {
        for cell in context.cells(cohort, Capability::Unlock) {
            if context.kind_of_door(cell.door) != DoorKind::Residence
                || !context.property.doors[cell.door.index()].occupied
            {
                continue;
            }
            for person in context.strangers(cohort, cell.door) {
                for cause in context.causes(person, cell.door) {
                    let assignment = &context.property.assignments[cause.assignment as usize];
                    let named = context.property.recipients(assignment).contains(&Who::Person(person))
                        && cause.key.instance == Some(cell.door);
                    if !named && !context.is_given_for_work(&cause, person) {
                        tally.add((cause.setting.span, cause.key.key), [cell.door], [person]);
                    }
                }
            }
        }
    }
    for ((at, key), touched) in tally.mistakes() {
        let message = format!(
            "by this line of the key {}, {} can open {}, where others live",
            context.key(key),
            context.people(&touched.people),
            context.doors(&touched.doors),
        );
        found.push(found.about(context.key_object(key), at, message).help(
            "give homes by a key with `each` and `$door`, so that everybody opens their own, or name one home outright",
        ));
    }
}
