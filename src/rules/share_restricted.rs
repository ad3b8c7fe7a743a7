//! `share-restricted`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::{Capability, DoorKind};

/// What is not for guests: amenities, and whatever staff and vendors open for their work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Work,
    Amenity,
}

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for cohort in context.cohorts() {
        let one = cohort.people[0];
        for cell in context.cells(cohort, Capability::Share) {
            let amenity = context.kind_of_door(cell.door) == DoorKind::Amenity;
            if !amenity && !cohort.kinds.works() {
                continue;
            }
            for cause in context.causes(one, cell.door).iter().filter(|cause| cause.share) {
                let work = cohort.kinds.works() && !context.is_given_as_resident(cause, one);
                if work || amenity {
                    let why = if work { Why::Work } else { Why::Amenity };
                    let place = (cause.assignment, cause.key.key, why);
                    tally.add(place, [cell.door], context.strangers(cohort, cell.door));
                }
            }
        }
    }
    for ((number, key, why), touched) in tally.mistakes() {
        let assignment = &context.property.assignments[number as usize];
        let people = context.people(&touched.people);
        let doors = context.doors(&touched.doors);
        let message = match why {
            Why::Amenity => format!("{people} may share {doors} by the key {}", context.key(key)),
            Why::Work => format!("{people} may share the key {}, which is for their work", context.key(key)),
        };
        let help = match why {
            Why::Amenity => "residents take their guests along: give amenities by a key that is not shared",
            Why::Work => "what somebody opens for work is not for guests: write `share: false`",
        };
        let id = context.property.keys[key.index()].id;
        let (at, fix) = match assignment.share {
            Some(_) => (
                assignment.span,
                context.set_field(
                    assignment.span,
                    "share",
                    "false",
                    "let nothing of this assignment be shared",
                ),
            ),
            None => (id, context.set_field(id, "share", "false", "let the key not be shared")),
        };
        found.push(found.about(context.key_object(key), at, message).help(help).fix(fix));
    }
}
