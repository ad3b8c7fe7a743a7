//! Who is given which keys: people who hold the same are a team, and the same keys are given in one line.

use std::collections::{BTreeMap, BTreeSet};

use super::{Holdings, Parts, names};
use crate::time::Interval;

/// So many people who hold the same are a team.
const TEAM: usize = 4;

/// A line of `assignments:`.
pub(super) struct Assignment {
    pub(super) to: Vec<String>,
    pub(super) keys: Vec<String>,
    /// Whether it says so itself, since its keys do not.
    pub(super) share: Option<bool>,
    pub(super) dates: Interval,
}

/// People as they are written.
#[derive(Default)]
pub(super) struct Assigned {
    /// The home of each person.
    pub(super) units: Vec<Option<u32>>,
    /// The team of each person.
    pub(super) teams: Vec<Option<String>>,
    /// The dates of each person.
    pub(super) dates: Vec<Interval>,
    pub(super) assignments: Vec<Assignment>,
}

/// What one recipient is given: whether it may be shared, for which dates, and the keys.
type Given = (bool, Interval, Vec<String>);

/// Puts people with the same needs together.
pub(super) fn of(holdings: &Holdings, parts: &Parts, dates: &[Interval]) -> Assigned {
    let units = units(holdings, parts);
    let mut given: Vec<Vec<Given>> = vec![Vec::new(); holdings.people.len()];
    let mut keys_of: Vec<Vec<String>> = vec![Vec::new(); parts.recipients.len()];
    for key in &parts.keys {
        for holder in &key.holders {
            let person = parts.recipients[*holder as usize].person as usize;
            let names = &mut keys_of[*holder as usize];
            if !key.each {
                names.push(key.name.clone());
                continue;
            }
            for door in homes(parts, key, *holder) {
                let own = units[person] == Some(door);
                let instance = || format!("{}/{}", key.name, holdings.doors[door as usize].id);
                names.push(if own { key.name.clone() } else { instance() });
            }
        }
    }
    for (recipient, mut keys) in parts.recipients.iter().zip(keys_of) {
        keys.sort();
        given[recipient.person as usize].push((recipient.share, recipient.dates, keys));
    }
    given.iter_mut().for_each(|all| all.sort());
    let teams = teams(holdings, parts, &given);
    let mut to: BTreeMap<&Given, BTreeSet<&str>> = BTreeMap::new();
    for (person, all) in given.iter().enumerate() {
        let name = teams[person].as_deref().unwrap_or(&holdings.people[person].id);
        all.iter().filter(|(_, _, keys)| !keys.is_empty()).for_each(|one| {
            to.entry(one).or_default().insert(name);
        });
    }
    let shares: BTreeMap<&str, bool> = parts.keys.iter().map(|key| (key.name.as_str(), key.share)).collect();
    let mut assignments: Vec<Assignment> = to
        .into_iter()
        .map(|((share, dates, keys), to)| {
            let says = |name: &String| shares.get(name.split('/').next().unwrap_or(name));
            let differs = keys.iter().any(|name| says(name) != Some(share));
            Assignment {
                to: to.into_iter().map(str::to_owned).collect(),
                keys: keys.clone(),
                share: differs.then_some(*share),
                dates: *dates,
            }
        })
        .collect();
    assignments
        .sort_by(|one, other| (&one.to, &one.keys, one.dates).cmp(&(&other.to, &other.keys, other.dates)));
    Assigned { units, teams, dates: dates.to_vec(), assignments }
}

/// The homes that a key for each home gives somebody.
fn homes(parts: &Parts, key: &super::keys::Key, holder: u32) -> Vec<u32> {
    let of_holder = &parts.homes[holder as usize];
    let on_key = |opening: &&u32| key.openings.binary_search(opening).is_ok();
    of_holder.iter().filter(on_key).map(|one| parts.openings[*one as usize].door).collect()
}

/// The home of whoever has one alone.
fn units(holdings: &Holdings, parts: &Parts) -> Vec<Option<u32>> {
    let mut homes: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); holdings.people.len()];
    for (recipient, openings) in parts.recipients.iter().zip(&parts.homes) {
        homes[recipient.person as usize]
            .extend(openings.iter().map(|one| parts.openings[*one as usize].door));
    }
    homes.into_iter().map(|doors| doors.first().copied().filter(|_| doors.len() == 1)).collect()
}

/// A team for those who hold the same, when they are enough.
fn teams(holdings: &Holdings, parts: &Parts, given: &[Vec<Given>]) -> Vec<Option<String>> {
    let mut alike: BTreeMap<&Vec<Given>, Vec<usize>> = BTreeMap::new();
    for (person, all) in given.iter().enumerate().filter(|(_, all)| !all.is_empty()) {
        alike.entry(all).or_default().push(person);
    }
    let holders: BTreeMap<&str, usize> =
        parts.keys.iter().map(|key| (key.name.as_str(), key.holders.len())).collect();
    let each: BTreeSet<&str> =
        parts.keys.iter().filter(|key| key.each).map(|key| key.name.as_str()).collect();
    let mut teams = vec![None; given.len()];
    let mut taken: BTreeSet<String> = holdings.people.iter().map(|person| person.id.clone()).collect();
    taken.insert("everyone".to_owned());
    let mut groups: Vec<_> = alike.into_iter().filter(|(_, people)| people.len() >= TEAM).collect();
    groups.sort_by_key(|(_, people)| (std::cmp::Reverse(people.len()), people[0]));
    for (all, people) in groups {
        let keys: Vec<&str> = all.iter().flat_map(|(_, _, keys)| keys.iter().map(String::as_str)).collect();
        let own = keys.iter().min_by_key(|key| (holders.get(*key).copied().unwrap_or(0), **key));
        let name = match own {
            _ if keys.iter().any(|key| each.contains(key)) => "residents".to_owned(),
            Some(key) => format!("holders-of-{}", key.replace('/', "-")),
            None => continue,
        };
        let name = names::free(&name, &taken);
        taken.insert(name.clone());
        people.iter().for_each(|person| teams[*person] = Some(name.clone()));
    }
    teams
}
