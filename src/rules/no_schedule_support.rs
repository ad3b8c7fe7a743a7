//! `no-schedule-support`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::locks::{Limits, is_at_least};
use crate::model::{Door, LockModel};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for (id, door, model) in context.modelled_doors() {
        let Some(why) = lacks_schedules(context, door, model) else { continue };
        let Some((_, person)) = context.loads().narrowed(id).first() else { continue };
        tally.add((context.written_door(door), model.id, why), [id], [*person]);
    }
    for ((at, model, why), touched) in tally.mistakes() {
        let message = format!(
            "{} has hours, for {} among others, and {why}",
            context.doors(&touched.doors),
            context.person(touched.people[0]),
        );
        let mut diagnostic = found
            .about(format!("door {}", context.property.text(at)), at, message)
            .help("bring the lock to newer firmware and write it here, or give keys without hours for this door")
            .related(model, "what the lock can hold");
        let causes = context.causes(touched.people[0], touched.doors[0]);
        if let Some(cause) = causes.iter().find(|cause| cause.setting.schedule.is_some()) {
            diagnostic = diagnostic.related(cause.setting.span, "hours are set here");
        }
        found.push(diagnostic);
    }
}

fn lacks_schedules(context: &Context<'_>, door: &Door, model: &LockModel) -> Option<String> {
    let name = context.quoted(model.id);
    if let Some(since) = model.schedules_since {
        let Some(firmware) = door.firmware else {
            return Some(format!(
                "a lock of the model {name} knows schedules since firmware {}; which one it runs is not written",
                context.quoted(since)
            ));
        };
        match is_at_least(context.property.text(firmware), context.property.text(since)) {
            Some(true) => {}
            Some(false) => {
                return Some(format!(
                    "its firmware {} is older than {}, the first of the model {name} that knows schedules",
                    context.quoted(firmware),
                    context.quoted(since)
                ));
            }
            None => {
                return Some(format!(
                    "whether its firmware {} knows schedules cannot be told: numbers with dots are compared with {}",
                    context.quoted(firmware),
                    context.quoted(since)
                ));
            }
        }
    }
    let limits = Limits::of(context.property, door);
    let keeps_none = limits.weekly == Some(0) && !limits.next_dates;
    keeps_none.then(|| format!("a lock of the model {name} knows no schedules"))
}
