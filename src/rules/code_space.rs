//! `code-space`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;

/// One guess in so many may open the door, no more.
const BOUND: u64 = 100;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for (id, door, model) in context.modelled_doors() {
        // The shortest codes that the lock takes are the easiest to guess.
        let Some((digits, _)) = model.digits else { continue };
        let codes = u64::from(context.loads().doorcodes(id));
        if codes * BOUND > 10u64.saturating_pow(u32::from(digits)) {
            tally.add((context.written_door(door), model.id, digits), [id], []);
        }
    }
    for ((at, model, digits), touched) in tally.mistakes() {
        let codes =
            touched.doors.iter().map(|door| context.loads().doorcodes(*door)).max().unwrap_or_default();
        let one_in = (10u64.saturating_pow(u32::from(digits)) / u64::from(codes.max(1))).max(1);
        let message = format!(
            "{codes} doorcodes of {digits} digits are in use at {}: one guess in {one_in} opens it",
            context.doors(&touched.doors),
        );
        found.push(
            found
                .about(format!("door {}", context.property.text(at)), at, message)
                .help("ask the lock for longer codes, with `digits` of its model, or turn doorcodes off for some")
                .related(model, "how long a doorcode may be"),
        );
    }
}
