//! `occupied-unit`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::{Capability, DoorKind};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for cohort in context.cohorts() {
        for cell in context.cells(cohort, Capability::Unlock) {
            if context.kind_of_door(cell.door) != DoorKind::Residence
                || !context.property.doors[cell.door.index()].occupied
            {
                continue;
            }
            let tour = context.access.keys(cell.keys).iter().any(|given| context.is_for_tours(given.key));
            if !cohort.kinds.works() && !tour {
                continue;
            }
            let Some(one) = context.strangers(cohort, cell.door).next() else { continue };
            for cause in context.causes(one, cell.door) {
                let at_work = cohort.kinds.works() && !context.is_given_as_resident(&cause, one);
                if at_work || context.is_for_tours(cause.key.key) {
                    let place = (cause.setting.span, cause.key.key);
                    tally.add(place, [cell.door], context.strangers(cohort, cell.door));
                }
            }
        }
    }
    for ((at, key), touched) in tally.mistakes() {
        let message = format!(
            "the key {} opens {}, where somebody lives, to {}",
            context.key(key),
            context.doors(&touched.doors),
            context.people(&touched.people),
        );
        found.push(found.about(context.key_object(key), at, message).help(
            "take occupied homes out: `except: [occupied]`, with a group `occupied: { kind: residence, occupied: true }`",
        ));
    }
}
