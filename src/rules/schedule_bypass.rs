//! `schedule-bypass`

use hashbrown::HashMap;

use super::context::Context;
use super::findings::Findings;
use super::shown::verb;
use super::tally::Tally;
use crate::model::DoorKind;

/// A wider line of another key makes the hours of a stricter one decorative. Ordinary weeks are compared; where only
/// holidays differ, that is a `holiday-gap`.
pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    // The first lines of each mistake.
    let mut places = HashMap::new();
    for stack in context.stacks() {
        let door = &context.property.doors[stack.door.index()];
        let vacant = door.kind == DoorKind::Residence && !door.occupied;
        for (strict, wide) in stack.pairs() {
            // Homes are shown when visitors have time: that key is wider on purpose, and nobody lives there.
            if vacant && context.is_for_tours(wide.key) {
                continue;
            }
            let (inner, outer) = (strict.setting.schedule, wide.setting.schedule);
            if inner.is_some()
                && inner != outer
                && wide.dates.intersect(strict.dates) == strict.dates
                && is_stricter(context, inner, outer)
                && !context.are_for_two_roles(stack, strict, wide)
            {
                let mistake = (wide.key, strict.key, inner, outer);
                places.entry(mistake).or_insert((wide.setting.span, strict.setting.span));
                tally.add(mistake, [stack.door], stack.people.iter().copied());
            }
        }
    }
    for (mistake, touched) in tally.mistakes() {
        let (wide, strict, inner, outer) = mistake;
        let (wide_at, strict_at) = places[&mistake];
        let message = format!(
            "the hours of {} in the key {} do nothing for {}: {} {} by {} too, which opens {} {}",
            context.quoted(strict_at),
            context.key(strict),
            context.people(&touched.people),
            context.doors(&touched.doors),
            verb(touched.doors.len(), "is opened", "are opened"),
            context.key(wide),
            verb(touched.doors.len(), "it", "them"),
            context.during(outer),
        );
        let object = format!("{}, {}", context.key_object(wide), context.key_object(strict));
        found.push(
            found
                .about(object, wide_at, message)
                .help(format!(
                    "keys add up: give these people one of the two keys, or write {} on both lines",
                    context.hours_of(inner)
                ))
                .related(strict_at, format!("open {} here", context.during(inner))),
        );
    }
}

fn is_stricter(
    context: &Context<'_>,
    inner: Option<crate::model::ScheduleId>,
    outer: Option<crate::model::ScheduleId>,
) -> bool {
    let (inner, outer) = (context.ordinary_weeks(inner), context.ordinary_weeks(outer));
    inner.difference(&outer).is_empty() && !outer.difference(&inner).is_empty()
}
