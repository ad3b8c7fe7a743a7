//! `repeated-assignment`

use hashbrown::HashMap;

use super::context::Context;
use super::findings::Findings;
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

/// Who gives which key to whom: the assignments of each pair as a chain, since most pairs have one.
struct Givers {
    last: HashMap<(GivenKey, Who), u32>,
    links: Vec<(u32, Option<u32>)>,
}

impl Givers {
    fn new(context: &Context<'_>) -> Self {
        let property = context.property;
        let mut givers = Self { last: HashMap::new(), links: Vec::new() };
        givers.last.reserve(property.assignments.len());
        for (number, assignment) in property.assignments.iter().enumerate() {
            for who in property.recipients(assignment) {
                for given in &property.key_lists[assignment.keys.index()] {
                    let link = givers.links.len() as u32;
                    let before = givers.last.insert((*given, *who), link);
                    givers.links.push((number as u32, before));
                }
            }
        }
        givers
    }

    /// The assignments of a pair, from the last to the first.
    fn of(&self, given: GivenKey, who: Who) -> impl Iterator<Item = u32> {
        let mut next = self.last.get(&(given, who)).copied();
        std::iter::from_fn(move || {
            let (number, before) = self.links[next? as usize];
            next = before;
            Some(number)
        })
    }
}

/// Those who are named by a reference, and every reference that names them too.
fn wider<'c>(context: &'c Context<'_>, who: Who) -> impl Iterator<Item = Who> + 'c {
    let teams: &[crate::model::TeamId] = match who {
        Who::Person(person) => {
            &context.property.team_sets[context.property.people[person.index()].teams.index()]
        }
        _ => &[],
    };
    let everyone = (who != Who::Everyone).then_some(Who::Everyone);
    std::iter::once(who).chain(teams.iter().map(|team| Who::Team(*team))).chain(everyone)
}

/// Whether one assignment gives a key at least as another does. Of two equal ones only the earlier counts.
fn covers(
    context: &Context<'_>,
    other: u32,
    assignment: &Assignment,
    given: GivenKey,
    earlier: bool,
) -> bool {
    let other = &context.property.assignments[other as usize];
    let default = context.property.keys[given.key.index()].share;
    let shares = |assignment: &Assignment| assignment.share.unwrap_or(default);
    let (mine, theirs) = (context.ahead(assignment.dates), context.ahead(other.dates));
    let wide = theirs.intersect(mine) == mine && shares(other) >= shares(assignment);
    let equal = mine == theirs
        && shares(other) == shares(assignment)
        && context.property.recipients(other) == context.property.recipients(assignment);
    wide && (earlier || !equal)
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
