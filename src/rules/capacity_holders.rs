//! `capacity-holders`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for (id, door, model) in context.modelled_doors() {
        let Some(most) = model.holders else { continue };
        if context.loads().holders(id) > most {
            tally.add((context.written_door(door), model.id, most), [id], []);
        }
    }
    for ((at, model, most), touched) in tally.mistakes() {
        let count = touched.doors.iter().map(|door| context.loads().holders(*door)).max().unwrap_or_default();
        let message = format!(
            "{count} people can open {}, and a lock of the model {} holds {most}",
            context.doors(&touched.doors),
            context.quoted(model)
        );
        found.push(
            found
                .about(format!("door {}", context.property.text(at)), at, message)
                .help("give fewer people this door, or fit a lock that holds more people")
                .related(model, "what the lock can hold"),
        );
    }
}
