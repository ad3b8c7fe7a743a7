//! `offline-revoke`

use super::context::Context;
use super::findings::Findings;
use super::shown::verb;
use super::tally::Tally;
use crate::time::Minute;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    let mut earliest: Option<Minute> = None;
    for (id, door, model) in context.modelled_doors() {
        if model.online != Some(false) || model.dates == Some(true) {
            continue;
        }
        for (times, person) in context.loads().times(id) {
            let last = context.segments(*times).last().and_then(|last| last.until);
            if let Some(until) = last {
                earliest = Some(earliest.map_or(until, |known| known.min(until)));
                tally.add((context.written_door(door), model.id), [id], [*person]);
            }
        }
    }
    let Some(first) = earliest else { return };
    let first = Minute(first.0 - 1).day();
    for ((at, model), touched) in tally.mistakes() {
        let message = format!(
            "the access of {} to {} ends, for the first time on {first}, and {} opens on until somebody visits it",
            context.people(&touched.people),
            context.doors(&touched.doors),
            verb(touched.doors.len(), "the lock", "each lock"),
        );
        found.push(
            found
                .about(format!("door {}", context.property.text(at)), at, message)
                .help(
                    "plan a visit for that day, or fit a lock that keeps dates (`dates: true`) or is online",
                )
                .related(model, "offline, and keeps no dates"),
        );
    }
}
