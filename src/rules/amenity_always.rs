//! `amenity-always`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::{Capability, DoorKind, PersonKind};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for cohort in context.cohorts().iter().filter(|cohort| cohort.kinds.has(PersonKind::Resident)) {
        for cell in context.cells(cohort, Capability::Unlock) {
            if context.kind_of_door(cell.door) != DoorKind::Amenity || !context.is_gapless(cell.times) {
                continue;
            }
            // People of one cohort hold the same keys in the same dates: one stands for all.
            for cause in context.causes(cohort.people[0], cell.door) {
                if cause.setting.schedule.is_none() && !context.is_given_for_work(&cause, cohort.people[0]) {
                    let place = (cause.setting.span, cause.key.key);
                    tally.add(place, [cell.door], cohort.people.iter().copied());
                }
            }
        }
    }
    for ((at, key), touched) in tally.mistakes() {
        let message = format!(
            "the key {} opens {} to {} at every hour",
            context.key(key),
            context.doors(&touched.doors),
            context.people(&touched.people),
        );
        found.push(
            found
                .about(format!("{}, {}", context.key_object(key), context.property.text(at)), at, message)
                .help("give this line a schedule, as `schedule: pool-hours`; allow it where day and night is meant"),
        );
    }
}
