//! `failed-assertion`

use super::assertions::{Breach, Demand, breach};
use super::context::Context;
use super::findings::Findings;
use crate::diagnostic::Diagnostic;
use crate::model::{Assert, Capability};
use crate::time::{Interval, Minute, TimeSet};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for assert in &context.property.asserts {
        let Some((first, people)) = breach(context, assert) else { continue };
        let name = name(context, assert);
        let can = match (first.demand, first.capability) {
            (Demand::Always, Capability::Unlock) => "cannot open",
            (Demand::Always, Capability::Doorcode) => "has no doorcode for",
            (Demand::Always, Capability::Share) => "cannot share",
            (_, Capability::Unlock) => "can open",
            (_, Capability::Doorcode) => "has a doorcode for",
            (_, Capability::Share) => "can share",
        };
        let outside = match first.demand {
            Demand::Only(schedule) => format!(", outside {}", context.hours_of(Some(schedule))),
            _ => String::new(),
        };
        let more = match people {
            1 => String::new(),
            2 => ", and 1 other person likewise".to_owned(),
            _ => format!(", and {} others likewise", people - 1),
        };
        let message = format!(
            "{name} does not hold: {} {can} {} at {}{outside}{more}",
            context.person(first.person),
            context.door(first.door),
            first.at
        );
        let object = format!("assertion {}", name.replace('`', ""));
        let finding = found.about(object, assert.span, message);
        found.push(with_chain(context, first, finding));
    }
}

fn name(context: &Context<'_>, assert: &Assert) -> String {
    assert.name.map_or_else(|| "this assertion".to_owned(), |name| context.quoted(name))
}

/// The places that cause a breach, or that would have to be changed, beside it.
fn with_chain(context: &Context<'_>, breach: Breach, finding: Diagnostic) -> Diagnostic {
    let Breach { person, door, capability, at, demand } = breach;
    let now = Interval::new(Some(at), Some(Minute(at.0 + 1)));
    let people = format!("{} {}", context.person(person), context.door(door)).replace('`', "");
    if demand == Demand::Always {
        let minute = TimeSet::always().clip(now);
        let missing = context.access.obstacles(context.property, (person, door, capability), &minute);
        let Some(nearest) = missing.first() else { return finding };
        return finding
            .related(nearest.span(context.property, person, door), "this is what is missing")
            .help(format!("`keyplan why-not {people}` tells the smallest change"));
    }
    let causes = context.causes(person, door);
    let cause = causes
        .iter()
        .find(|cause| cause.gives(capability) && !cause.times(context.access).clip(now).is_empty());
    let Some(cause) = cause else { return finding };
    let assignment = &context.property.assignments[cause.assignment as usize];
    let key = context.property.key_name(cause.key);
    let mut finding = finding
        .related(assignment.span, format!("this gives {} the key `{key}`", context.person(person)))
        .related(cause.setting.span, format!("this line of it opens {}", context.door(door)))
        .help(format!(
            "`keyplan why {people}` tells every chain; change one of its links, or what is asserted"
        ));
    if let Some(schedule) = cause.setting.schedule {
        finding = finding.related(context.property.schedules[schedule.index()].id, "at these hours");
    }
    finding
}
