//! `vendor-always`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::{Capability, PersonKind};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for cohort in context.cohorts().iter().filter(|cohort| cohort.kinds.has(PersonKind::Vendor)) {
        let one = cohort.people[0];
        for cell in context.cells(cohort, Capability::Unlock) {
            if !context.is_gapless(cell.times) {
                continue;
            }
            let causes = context.causes(one, cell.door);
            let always = causes.iter().filter(|cause| cause.setting.schedule.is_none());
            // Hours of several keys may fill the day together; then each of them has its part in it.
            let culprits: Vec<_> =
                if always.clone().next().is_some() { always.collect() } else { causes.iter().collect() };
            for cause in culprits.into_iter().filter(|cause| !context.is_given_as_resident(cause, one)) {
                let place = (cause.setting.span, cause.key.key);
                tally.add(place, [cell.door], context.strangers(cohort, cell.door));
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
                .help("vendors have hours: give this line a schedule, as `schedule: business-hours`"),
        );
    }
}
