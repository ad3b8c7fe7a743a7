//! Which assignments give which key to whom, and which of them give at least what another does.

use hashbrown::HashMap;

use super::context::Context;
use crate::model::{Assignment, GivenKey, TeamId, Who};

/// Who gives which key to whom: the assignments of each pair as a chain, since most pairs have one.
pub(super) struct Givers {
    last: HashMap<(GivenKey, Who), u32>,
    links: Vec<(u32, Option<u32>)>,
}

impl Givers {
    pub(super) fn new(context: &Context<'_>) -> Self {
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
    pub(super) fn of(&self, given: GivenKey, who: Who) -> impl Iterator<Item = u32> {
        let mut next = self.last.get(&(given, who)).copied();
        std::iter::from_fn(move || {
            let (number, before) = self.links[next? as usize];
            next = before;
            Some(number)
        })
    }
}

/// Those who are named by a reference, and every reference that names them too.
pub(super) fn wider<'c>(context: &'c Context<'_>, who: Who) -> impl Iterator<Item = Who> + 'c {
    let teams: &[TeamId] = match who {
        Who::Person(person) => {
            &context.property.team_sets[context.property.people[person.index()].teams.index()]
        }
        _ => &[],
    };
    let everyone = (who != Who::Everyone).then_some(Who::Everyone);
    std::iter::once(who).chain(teams.iter().map(|team| Who::Team(*team))).chain(everyone)
}

/// Whether one assignment gives a key at least as another does. Of two equal ones only the earlier counts.
pub(super) fn covers(
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
