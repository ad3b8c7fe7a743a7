//! `capacity-schedules`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for (id, door, model) in context.modelled_doors() {
        // None at all is `no-schedule-support`.
        let Some(most) = model.windows_per_holder.filter(|most| *most > 0) else { continue };
        let widest = context
            .loads()
            .narrowed(id)
            .iter()
            .map(|(times, person)| (context.windows(*times), *person))
            .max_by_key(|(windows, _)| *windows);
        if let Some((windows, person)) = widest.filter(|(windows, _)| *windows > most as usize) {
            tally.add((context.written_door(door), model.id, most, windows), [id], [person]);
        }
    }
    for ((at, model, most, windows), touched) in tally.mistakes() {
        let person = touched.people[0];
        let message = format!(
            "the hours of {} at {} are {windows} windows in a week, and a lock of the model {} holds {most} for each person",
            context.person(person),
            context.doors(&touched.doors),
            context.quoted(model)
        );
        let mut diagnostic = found
            .about(format!("door {}", context.property.text(at)), at, message)
            .help("use hours with fewer windows: each day counts, and a window over midnight counts on both days")
            .related(model, "what the lock can hold");
        for cause in context.causes(person, touched.doors[0]) {
            diagnostic = diagnostic
                .related(cause.setting.span, format!("open {} here", context.during(cause.setting.schedule)));
        }
        found.push(diagnostic);
    }
}
