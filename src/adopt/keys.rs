//! Keys from the fewest that were found: one for the homes, and no door twice on any.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Lines, Opening};
use super::{Holdings, names};
use crate::optimize::Fewest;

/// A key.
pub(super) struct Key {
    pub(super) name: String,
    /// One for each home; on it is that home alone.
    pub(super) each: bool,
    /// Places in the openings; of a key for each home, all homes.
    pub(super) openings: Vec<u32>,
    /// Places in the recipients.
    pub(super) holders: Vec<u32>,
    /// Whether most of those who have it may share it.
    pub(super) share: bool,
}

/// The keys with their names.
pub(super) fn of(holdings: &Holdings, lines: &Lines, found: &Fewest) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    // A home with a doorcode, and one without, are two ways to have a home.
    for doorcode in [true, false] {
        let is_one = |key: &&crate::optimize::Key| {
            key.permissions.iter().all(|one| lines.openings[*one as usize].doorcode == doorcode)
        };
        let homes: Vec<_> = found.private.iter().filter(is_one).collect();
        if homes.is_empty() {
            continue;
        }
        let mut holders: Vec<u32> = homes.iter().flat_map(|key| key.people.clone()).collect();
        holders.sort_unstable();
        holders.dedup();
        let openings = homes.iter().flat_map(|key| key.permissions.clone()).collect();
        keys.push(key(lines, true, openings, holders));
    }
    for shared in &found.shared {
        for openings in layers(lines, &shared.permissions) {
            keys.push(key(lines, false, openings, shared.people.clone()));
        }
    }
    name(holdings, lines, &mut keys);
    keys
}

fn key(lines: &Lines, each: bool, openings: Vec<u32>, holders: Vec<u32>) -> Key {
    let sharing = holders.iter().filter(|one| lines.recipients[**one as usize].share).count();
    Key { name: String::new(), each, openings, share: sharing * 2 > holders.len(), holders }
}

/// Openings of one key as keys on which no door stands twice: a door has one line on a key.
fn layers(lines: &Lines, openings: &[u32]) -> Vec<Vec<u32>> {
    let mut layers: Vec<Vec<u32>> = vec![Vec::new()];
    let mut times: BTreeMap<u32, usize> = BTreeMap::new();
    for opening in openings {
        let layer = times.entry(lines.openings[*opening as usize].door).or_default();
        if layers.len() == *layer {
            layers.push(Vec::new());
        }
        layers[*layer].push(*opening);
        *layer += 1;
    }
    layers
}

/// Gives every key a name: that of the key it was, where all that it gives came from one; else what is on it.
fn name(holdings: &Holdings, lines: &Lines, keys: &mut [Key]) {
    let schedules = names::schedules(&lines.schedules);
    let mut was: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    was.extend(lines.given.iter().map(|(recipient, opening, held)| ((*recipient, *opening), *held)));
    let mut weight: BTreeMap<&str, usize> = BTreeMap::new();
    holdings.held.iter().flat_map(|held| &held.keys).for_each(|key| *weight.entry(key).or_default() += 1);
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for key in keys {
        let mut common: Option<BTreeSet<&str>> = None;
        'grants: for opening in &key.openings {
            for holder in &key.holders {
                let Some(held) = was.get(&(*holder, *opening)) else { continue };
                let names = holdings.held[*held as usize].keys.iter();
                let here: BTreeSet<&str> = names.filter_map(|name| usable(name, key.each)).collect();
                let left = match common {
                    None => here,
                    Some(known) => known.intersection(&here).copied().collect(),
                };
                let is_over = left.is_empty();
                common = Some(left);
                if is_over {
                    break 'grants;
                }
            }
        }
        let common = common.unwrap_or_default().into_iter().filter(|name| !taken.contains(*name));
        let known = common.min_by_key(|name| weight.get(name).copied().unwrap_or(0)).map(str::to_owned);
        let openings: Vec<&Opening> = key.openings.iter().map(|one| &lines.openings[*one as usize]).collect();
        let name = known.unwrap_or_else(|| {
            if key.each {
                let codes = openings.iter().any(|one| one.doorcode);
                return if codes { "unit".to_owned() } else { "unit-without-doorcode".to_owned() };
            }
            let people: BTreeSet<u32> =
                key.holders.iter().map(|one| lines.recipients[*one as usize].person).collect();
            let name = names::key(holdings, &openings, &people);
            // Two keys for the same doors differ by their hours.
            let hours: BTreeSet<Option<u32>> = openings.iter().map(|one| one.schedule).collect();
            match hours.into_iter().collect::<Vec<_>>().as_slice() {
                [Some(hours)] if taken.contains(&name) => {
                    format!("{name}-{}", schedules[*hours as usize])
                }
                _ => name,
            }
        });
        key.name = names::free(&name, &taken);
        taken.insert(key.name.clone());
    }
}

/// The name of a key of old, for a key of the same kind: `unit/unit-101` was an instance of `unit`.
fn usable(name: &str, each: bool) -> Option<&str> {
    match name.split_once('/') {
        Some((key, _)) => each.then_some(key),
        None => (!each).then_some(name),
    }
}
