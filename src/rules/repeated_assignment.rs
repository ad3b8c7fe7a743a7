//! `repeated-assignment`

use super::context::Context;
use super::findings::Findings;
use super::givers::{Givers, covers, wider};
use super::shown::some;
use crate::model::{Assignment, GivenKey, Who};

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let property = context.property;
    let givers = Givers::new(context);
    let mut whole: Vec<bool> = vec![false; property.assignments.len()];
    // From the last to the first: of two that say the same, the one written later is the repetition.
    for (number, assignment) in property.assignments.iter().enumerate().rev() {
        if context.ahead(assignment.dates).is_empty() {
            continue;
        }
        let mut repeated: Vec<(Who, GivenKey, u32)> = Vec::new();
        let mut fresh = false;
        for who in property.recipients(assignment) {
            for given in &property.key_lists[assignment.keys.index()] {
                let other = wider(context, *who).find_map(|wider| {
                    givers.of(*given, wider).find(|other| {
                        *other as usize != number
                            && !whole[*other as usize]
                            && covers(context, *other, assignment, *given, (*other as usize) < number)
                    })
                });
                match other {
                    Some(other) => repeated.push((*who, *given, other)),
                    None => fresh = true,
                }
            }
        }
        if !repeated.is_empty() {
            whole[number] = !fresh;
            found.push(finding(context, found, assignment, &repeated, fresh));
        }
    }
}

fn finding(
    context: &Context<'_>,
    found: &Findings,
    assignment: &Assignment,
    repeated: &[(Who, GivenKey, u32)],
    fresh: bool,
) -> crate::diagnostic::Diagnostic {
    let name = |(who, given, _): &(Who, GivenKey, u32)| {
        let who = match who {
            Who::Person(person) => context.person(*person),
            Who::Team(team) => context.quoted(context.property.teams[team.index()].id),
            Who::Everyone => "`everyone`".to_owned(),
        };
        format!("`{}` to {who}", context.property.key_name(*given))
    };
    let message = if fresh {
        format!("this gives {} once more", some(repeated, name))
    } else {
        format!("this assignment gives nothing new: {} is given already", some(repeated, name))
    };
    let other = &context.property.assignments[repeated[0].2 as usize];
    let mut diagnostic = found
        .about(context.assignment_object(assignment), assignment.span, message)
        .help(if fresh { "take out what is given elsewhere" } else { "delete it" })
        .related(other.span, "given here");
    if !fresh {
        diagnostic = diagnostic.fix(context.delete_assignment(assignment.span, "delete the assignment"));
    }
    diagnostic
}
