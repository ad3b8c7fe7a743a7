//! `no-expiry`

use super::context::Context;
use super::findings::Findings;
use super::shown::verb;
use super::tally::Tally;
use crate::model::PersonKind;

/// So many of the people are shown with their places.
const SHOWN: usize = 5;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for cohort in context.cohorts() {
        let kinds = cohort.kinds;
        let temporary = kinds.has(PersonKind::Guest) || kinds.has(PersonKind::Vendor);
        if !temporary && !kinds.has(PersonKind::Resident) {
            continue;
        }
        for person in &cohort.people {
            let who = &context.property.people[person.index()];
            // A resident without a home of their own holds no lease.
            if who.dates.until().is_some() || !temporary && who.unit.is_none() {
                continue;
            }
            for assignment in context.assignments_of(*person) {
                let dates = context.property.assignments[assignment as usize].dates;
                if dates.until().is_none() {
                    tally.add(assignment, [], [*person]);
                }
            }
        }
    }
    for (number, touched) in tally.mistakes() {
        let assignment = &context.property.assignments[number as usize];
        let message = format!(
            "{} {} access by this assignment without an end",
            context.people(&touched.people),
            verb(touched.people.len(), "has", "have"),
        );
        let mut diagnostic = found
            .about(context.assignment_object(assignment), assignment.span, message)
            .help("write `until`, the last day, with each of them, or with the assignment");
        for person in touched.people.iter().take(SHOWN) {
            diagnostic = diagnostic.related(context.property.people[person.index()].id, "no `until` here");
        }
        found.push(diagnostic);
    }
}
