//! Some people of a property, in words.

use crate::model::{PersonId, Property, TeamId};
use crate::output::words;

/// So many are told by name.
const NAMED: usize = 4;

/// The people of a property, for whoever speaks of some of them.
pub(in crate::output) struct Crowd<'p> {
    property: &'p Property,
    /// How many people each team has.
    teams: Vec<usize>,
}

impl<'p> Crowd<'p> {
    pub(in crate::output) fn new(property: &'p Property) -> Self {
        let mut teams = vec![0; property.teams.len()];
        for person in &property.people {
            property.team_sets[person.teams.index()].iter().for_each(|team| teams[team.index()] += 1);
        }
        Self { property, teams }
    }

    /// Some people: by name while they are few, else as a part of the smallest team that all of them are in.
    pub(in crate::output) fn phrase(&self, people: &[PersonId]) -> String {
        if people.len() < NAMED {
            let names: Vec<String> = people.iter().map(|person| self.name(*person)).collect();
            return words::some(&names, NAMED);
        }
        let teams =
            |person: &PersonId| &self.property.team_sets[self.property.people[person.index()].teams.index()];
        let common = people.split_first().and_then(|(first, rest)| {
            let common =
                teams(first).iter().filter(|team| rest.iter().all(|person| teams(person).contains(team)));
            common.min_by_key(|team| self.teams[team.index()])
        });
        self.part(&common.into_iter().copied().collect::<Vec<_>>(), people.len())
    }

    /// So many people who are all in some teams, as a part of the smallest of these.
    pub(in crate::output) fn part(&self, teams: &[TeamId], count: usize) -> String {
        let Some(team) = teams.iter().min_by_key(|team| self.teams[team.index()]) else {
            return words::count(count, "person", "people");
        };
        let name = self.property.text(self.property.teams[team.index()].id);
        match self.teams[team.index()] {
            size if count >= size => format!("{name} (all {count})"),
            size => format!("{name} ({count} of {size})"),
        }
    }

    /// Somebody's name and id.
    pub(in crate::output) fn name(&self, person: PersonId) -> String {
        let person = &self.property.people[person.index()];
        let id = self.property.text(person.id);
        let name = person.name.map(|name| self.property.text(name)).filter(|name| *name != id);
        name.map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
    }
}
