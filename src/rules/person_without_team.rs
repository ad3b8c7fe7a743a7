//! `person-without-team`

use super::context::Context;
use super::findings::Findings;
use super::shown::verb;
use crate::model::PersonId;

/// So many of the people are shown with their places.
const SHOWN: usize = 5;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let property = context.property;
    let people: Vec<PersonId> = (0..property.people.len() as u32)
        .map(PersonId)
        .filter(|id| {
            let person = &property.people[id.index()];
            property.team_sets[person.teams.index()].is_empty()
                && !context.ahead(person.dates).is_empty()
                && context.is_own(person.id)
        })
        .collect();
    let Some(first) = people.first() else { return };
    let message = format!("{} {} in no team", context.people(&people), verb(people.len(), "is", "are"));
    let id = property.people[first.index()].id;
    let mut diagnostic = found
        .about(format!("person {}", property.text(id)), id, message)
        .help("write `teams`: teams tell what people are, and keep keys when people change");
    for person in people.iter().skip(1).take(SHOWN) {
        diagnostic = diagnostic.related(property.people[person.index()].id, "nor here");
    }
    found.push(diagnostic);
}
