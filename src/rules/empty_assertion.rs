//! `empty-assertion`

use super::assertions::whom;
use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for assert in &context.property.asserts {
        let name = assert.name.map_or_else(|| "this assertion".to_owned(), |name| context.quoted(name));
        let what = if whom(context, assert).next().is_none() {
            "nobody"
        } else if assert.doors.is_empty() && !assert.by_occupancy {
            "no door"
        } else {
            continue;
        };
        let object = format!("assertion {}", name.replace('`', ""));
        found.push(
            found
                .about(object, assert.span, format!("{name} is about {what}, so it always holds"))
                .help("check whom and what it names, or delete it"),
        );
    }
}
