//! `keyless-person`

use super::context::Context;
use super::findings::Findings;
use super::shown::{some, verb};
use super::tally::Tally;
use crate::model::PersonId;

/// So many of the people are shown with their places.
const SHOWN: usize = 5;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for (number, person) in context.property.people.iter().enumerate() {
        let id = PersonId(number as u32);
        let keyless = context.access.cells(id).next().is_none();
        // Who has left is kept in many a roster.
        if keyless && !context.ahead(person.dates).is_empty() && context.is_own(person.id) {
            tally.add(person.teams, [], [id]);
        }
    }
    for (set, touched) in tally.mistakes() {
        let teams = &context.property.team_sets[set.index()];
        let names = some(teams, |team| context.quoted(context.property.teams[team.index()].id));
        let message = format!(
            "{} {} no access at all",
            context.people(&touched.people),
            verb(touched.people.len(), "has", "have"),
        );
        let help = match teams.len() {
            0 => "put them into a team that has keys, or name them under `assignments:`".to_owned(),
            _ => format!(
                "give their {} {names} a key under `assignments:`, or check the dates there",
                verb(teams.len(), "team", "teams")
            ),
        };
        let first = context.property.people[touched.people[0].index()].id;
        let mut diagnostic =
            found.about(format!("person {}", context.property.text(first)), first, message).help(help);
        for person in touched.people.iter().skip(1).take(SHOWN) {
            diagnostic = diagnostic.related(context.property.people[person.index()].id, "nor here");
        }
        found.push(diagnostic);
    }
}
