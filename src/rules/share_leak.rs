//! `share-leak`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::DoorKind;

/// Guests come through entrances, garages and elevators to homes; everywhere else sharing through one key undoes its
/// absence on another.
pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for stack in context.stacks() {
        let for_guests = [DoorKind::Entrance, DoorKind::Residence, DoorKind::Parking, DoorKind::Elevator];
        if for_guests.contains(&context.kind_of_door(stack.door)) {
            continue;
        }
        let leaks = stack.pairs().filter(|(one, other)| one.share && !other.share);
        for (shared, kept) in leaks.filter(|(one, other)| !context.are_for_two_roles(stack, one, other)) {
            let place = (shared.setting.span, shared.key, kept.setting.span, kept.key);
            tally.add(place, [stack.door], stack.people.iter().copied());
        }
    }
    for ((at, shared, kept_at, kept), touched) in tally.mistakes() {
        let message = format!(
            "{} can share {} by the key {}, though {} is given without sharing",
            context.people(&touched.people),
            context.doors(&touched.doors),
            context.key(shared),
            context.key(kept),
        );
        let object = format!("{}, {}", context.key_object(shared), context.key_object(kept));
        found.push(
            found
                .about(object, at, message)
                .help(format!(
                    "keys add up: take what is not to be shared out of {}, or give it without sharing",
                    context.key(shared)
                ))
                .related(kept_at, "not shared here"),
        );
    }
}
