//! `capacity-doorcodes`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for (id, door, model) in context.modelled_doors() {
        let Some(most) = model.doorcodes else { continue };
        if context.loads().doorcodes(id) > most {
            tally.add((context.written_door(door), model.id, most), [id], []);
        }
    }
    for ((at, model, most), touched) in tally.mistakes() {
        let count =
            touched.doors.iter().map(|door| context.loads().doorcodes(*door)).max().unwrap_or_default();
        let message = format!(
            "{count} people have a doorcode at {}, and a lock of the model {} holds {most}",
            context.doors(&touched.doors),
            context.quoted(model)
        );
        found.push(
            found
                .about(format!("door {}", context.property.text(at)), at, message)
                .help("turn doorcodes off for those who have another way in, or fit a lock that holds more of them")
                .related(model, "what the lock can hold"),
        );
    }
}
