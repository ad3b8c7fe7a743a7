//! `phone-only`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::{Capability, DoorKind};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let has_card = |person: &crate::model::PersonId| {
        let contacts = &context.property.contacts;
        let index = contacts.binary_search_by_key(person, |contact| contact.person);
        index.is_ok_and(|index| contacts[index].card.is_some())
    };
    let mut tally = Tally::new();
    for cohort in context.cohorts() {
        let entrance = |capability| {
            context
                .cells(cohort, capability)
                .find(|cell| context.kind_of_door(cell.door) == DoorKind::Entrance)
        };
        let Some(way_in) = entrance(Capability::Unlock) else { continue };
        if entrance(Capability::Doorcode).is_some() || cohort.people.iter().all(has_card) {
            continue;
        }
        let Some(cause) = context.causes(cohort.people[0], way_in.door).into_iter().next() else { continue };
        let people = cohort.people.iter().copied().filter(|person| !has_card(person));
        tally.add((cause.setting.span, cause.key.key), [way_in.door], people);
    }
    for ((at, key), touched) in tally.mistakes() {
        let message = format!(
            "{} can enter the building by phone only: no entrance has a doorcode for them, and no card is known",
            context.people(&touched.people),
        );
        found.push(
            found
                .about(context.key_object(key), at, message)
                .help("leave doorcodes on at one entrance at least, or write their `card`"),
        );
    }
}
