//! `code-leak`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::DoorKind;

/// At entrances and homes a doorcode that is off is the mistake; everywhere else one that another key gives.
pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for stack in context.stacks() {
        if matches!(context.kind_of_door(stack.door), DoorKind::Entrance | DoorKind::Residence) {
            continue;
        }
        let leaks = stack.pairs().filter(|(one, other)| one.setting.doorcode && !other.setting.doorcode);
        for (on, off) in leaks.filter(|(one, other)| !context.are_for_two_roles(stack, one, other)) {
            let place = (on.setting.span, on.key, off.setting.span, off.key);
            tally.add(place, [stack.door], stack.people.iter().copied());
        }
    }
    for ((at, on, off_at, off), touched) in tally.mistakes() {
        let message = format!(
            "the key {} gives {} a doorcode for {}, though {} withholds it",
            context.key(on),
            context.people(&touched.people),
            context.doors(&touched.doors),
            context.key(off),
        );
        let object = format!("{}, {}", context.key_object(on), context.key_object(off));
        found.push(
            found
                .about(object, at, message)
                .help(
                    "keys add up: write `doorcode: false` on this line too, or take the door out of one key",
                )
                .related(off_at, "withheld here"),
        );
    }
}
