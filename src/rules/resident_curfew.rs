//! `resident-curfew`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::access::Cell;
use crate::model::{Capability, DoorKind, PersonId, PersonKind};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    let mut judge = |person: PersonId, cell: &Cell| {
        if context.is_gapless(cell.times) {
            return;
        }
        // The line that would have to open at every hour is the widest there is.
        let causes = context.causes(person, cell.door);
        if let Some(cause) = causes.iter().find(|cause| cause.setting.schedule.is_some()) {
            let place = (cause.setting.span, cause.key.key, cause.setting.schedule);
            tally.add(place, [cell.door], [person]);
        }
    };
    for cohort in context.cohorts().iter().filter(|cohort| cohort.kinds.has(PersonKind::Resident)) {
        for cell in context.cells(cohort, Capability::Unlock) {
            match context.kind_of_door(cell.door) {
                DoorKind::Entrance => cohort.people.iter().for_each(|person| judge(*person, cell)),
                DoorKind::Residence => {
                    let at_home = |person: &&PersonId| {
                        context.home(**person) == Some(cell.door)
                            && context.access.own_cells(**person).is_empty()
                    };
                    cohort.people.iter().filter(at_home).for_each(|person| judge(*person, cell));
                }
                _ => {}
            }
        }
        for person in &cohort.people {
            let own = context.access.own_cells(*person).iter();
            own.filter(|cell| cell.capability == Capability::Unlock).for_each(|cell| judge(*person, cell));
        }
    }
    for ((at, key, schedule), touched) in tally.mistakes() {
        let message = format!(
            "{} can open {} only during {}, by the key {}: residents come home at every hour",
            context.people(&touched.people),
            context.doors(&touched.doors),
            context.hours_of(schedule),
            context.key(key),
        );
        found.push(
            found
                .about(context.key_object(key), at, message)
                .help("take the schedule off this line, or give them a key that opens it always"),
        );
    }
}
