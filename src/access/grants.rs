//! Who holds what: from assignments to the grants of each person, people with the same grants as one class.

use hashbrown::HashMap;

use crate::model::{GivenKey, PersonId, Property, TeamId, TeamSetId, Who};
use crate::time::Interval;

/// A key as somebody holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// Which key.
    pub key: crate::model::KeyId,
    /// For a key with `each`, the instance named outright; without it the holder's own home's.
    pub instance: Option<crate::model::DoorId>,
    /// Whether the holder may share it.
    pub share: bool,
    /// In which dates.
    pub dates: Interval,
}

/// Index of a class: people with the same grants.
pub(super) type ClassId = u32;

/// The grants of everybody.
#[derive(Debug)]
pub(super) struct Grants {
    /// The different lists of grants, each sorted and without repetition. The first is empty.
    classes: Vec<Vec<Grant>>,
    class_of: Vec<ClassId>,
    pub(super) recipients: Recipients,
}

/// Which assignments name whom.
#[derive(Debug)]
pub(super) struct Recipients {
    everyone: Vec<u32>,
    by_team: Vec<Vec<u32>>,
    /// Person and assignment, sorted.
    direct: Vec<(PersonId, u32)>,
}

impl Recipients {
    fn new(property: &Property) -> Self {
        let mut by_team = vec![Vec::new(); property.teams.len()];
        let (mut everyone, mut direct) = (Vec::new(), Vec::new());
        for (number, assignment) in property.assignments.iter().enumerate() {
            let number = number as u32;
            for who in property.recipients(assignment) {
                match who {
                    Who::Person(person) => direct.push((*person, number)),
                    Who::Team(team) => by_team[team.index()].push(number),
                    Who::Everyone => everyone.push(number),
                }
            }
        }
        direct.sort_unstable();
        Self { everyone, by_team, direct }
    }

    /// The assignments that name a person outright.
    fn direct(&self, person: PersonId) -> impl Iterator<Item = u32> {
        let start = self.direct.partition_point(|(one, _)| *one < person);
        self.direct[start..].iter().take_while(move |(one, _)| *one == person).map(|(_, number)| *number)
    }

    fn of_teams(&self, teams: &[TeamId]) -> impl Iterator<Item = u32> {
        self.everyone
            .iter()
            .copied()
            .chain(teams.iter().flat_map(|team| self.by_team[team.index()].iter().copied()))
    }

    /// The assignments that reach a person, in no order.
    pub(super) fn of_person(&self, property: &Property, person: PersonId) -> impl Iterator<Item = u32> {
        let teams = &property.team_sets[property.people[person.index()].teams.index()];
        self.of_teams(teams).chain(self.direct(person))
    }
}

impl Grants {
    pub(super) fn new(property: &Property) -> Self {
        let recipients = Recipients::new(property);
        let mut classes: Vec<Vec<Grant>> = vec![Vec::new()];
        let mut numbers: HashMap<Vec<Grant>, ClassId> = HashMap::new();
        numbers.insert(Vec::new(), 0);
        let mut class = |grants: Vec<Grant>| {
            *numbers.entry_ref(&grants).or_insert_with(|| {
                classes.push(grants.clone());
                classes.len() as ClassId - 1
            })
        };
        let of_sets: Vec<Vec<Grant>> = property
            .team_sets
            .iter()
            .map(|teams| {
                let mut grants = Vec::new();
                recipients.of_teams(teams).for_each(|number| push(property, number, &mut grants));
                sorted(grants)
            })
            .collect();
        let class_of_set: Vec<ClassId> = of_sets.iter().map(|grants| class(grants.clone())).collect();
        let mut class_of = Vec::with_capacity(property.people.len());
        let mut next = 0;
        for (number, person) in property.people.iter().enumerate() {
            let start = next;
            while recipients.direct.get(next).is_some_and(|(one, _)| one.index() == number) {
                next += 1;
            }
            let TeamSetId(set) = person.teams;
            if start == next {
                class_of.push(class_of_set[set as usize]);
                continue;
            }
            let mut grants = of_sets[set as usize].clone();
            for (_, assignment) in &recipients.direct[start..next] {
                push(property, *assignment, &mut grants);
            }
            class_of.push(class(sorted(grants)));
        }
        Self { classes, class_of, recipients }
    }

    pub(super) fn class_of(&self, person: PersonId) -> ClassId {
        self.class_of[person.index()]
    }

    pub(super) fn classes(&self) -> &[Vec<Grant>] {
        &self.classes
    }

    pub(super) fn of_class(&self, class: ClassId) -> &[Grant] {
        &self.classes[class as usize]
    }
}

/// The grant of one key by one assignment.
pub(super) fn grant(property: &Property, assignment: u32, given: GivenKey) -> Grant {
    let assignment = &property.assignments[assignment as usize];
    Grant {
        key: given.key,
        instance: given.instance,
        share: assignment.share.unwrap_or(property.keys[given.key.index()].share),
        dates: assignment.dates,
    }
}

fn push(property: &Property, assignment: u32, grants: &mut Vec<Grant>) {
    let keys = &property.key_lists[property.assignments[assignment as usize].keys.index()];
    grants.extend(
        keys.iter().map(|given| grant(property, assignment, *given)).filter(|grant| !grant.dates.is_empty()),
    );
}

fn sorted(mut grants: Vec<Grant>) -> Vec<Grant> {
    grants.sort_unstable();
    grants.dedup();
    grants
}
