//! `expired-assignment`

use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for assignment in &context.property.assignments {
        let Some(until) = assignment.dates.until().filter(|until| *until <= context.today()) else {
            continue;
        };
        if assignment.dates.is_empty() {
            continue;
        }
        // The end of a date is the next midnight.
        let last = crate::time::Minute(until.0 - 1).day();
        let message = format!("this assignment ended on {last} and gives nothing any more");
        found.push(
            found
                .about(context.assignment_object(assignment), assignment.span, message)
                .help("delete it, or give it a later `until`")
                .fix(context.delete_assignment(assignment.span, "delete the assignment")),
        );
    }
}
