//! `unused-schedule`

use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for schedule in context.property.schedules.iter().filter(|schedule| !schedule.used) {
        if !context.is_own(schedule.id) {
            continue;
        }
        let name = context.quoted(schedule.id);
        let object = format!("schedule {}", context.property.text(schedule.id));
        found.push(
            found
                .about(object, schedule.id, format!("nothing uses the schedule {name}"))
                .help("name it on a line of a key, or delete it")
                .fix(context.delete_definition(schedule.id, "delete the schedule")),
        );
    }
}
