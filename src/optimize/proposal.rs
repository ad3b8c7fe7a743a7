//! What would become of today's keys.

use std::collections::BTreeSet;

use super::{Building, Fewest, Grant};
use crate::model::KeyId;

/// A key of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The key of today that it is, or becomes of; `None` for a new one.
    pub key: Option<KeyId>,
    /// What is on it, ascending.
    pub openings: Vec<u32>,
    /// Who has it, ascending.
    pub holders: Vec<u32>,
}

/// One step towards fewer keys, which changes nobody's access and can be the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nobody has the key.
    Unused(KeyId),
    /// Whoever has the key is given all that is on it by their other keys.
    Needless(KeyId),
    /// All that is left: other keys in place of some.
    Anew,
}

impl Step {
    /// The key that goes.
    fn key(&self) -> Option<KeyId> {
        match self {
            Self::Unused(key) | Self::Needless(key) => Some(*key),
            Self::Anew => None,
        }
    }
}

/// Keys in place of today's that may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The keys.
    pub keys: Vec<Proposed>,
    /// The keys of today that go.
    pub gone: Vec<KeyId>,
    /// How to get there.
    pub steps: Vec<Step>,
}

impl Proposal {
    /// How much has to be written: doors on keys, and people who have them.
    #[must_use]
    pub fn clutter(&self) -> usize {
        self.keys.iter().map(|key| key.openings.len() + key.holders.len()).sum()
    }
}

impl Building {
    /// Today's keys, or fewer when there are: in at most so many steps.
    #[must_use]
    pub fn proposal(&self, fewest: &Fewest, most: Option<usize>) -> Proposal {
        let trimmed = self.trimmed(most);
        let room = most.is_none_or(|most| trimmed.steps.len() < most);
        // Where one key would need two lines for a door, today's keys are no worse than what can be written.
        let can_be_written = || fewest.shared.iter().all(|key| self.is_writable(&key.permissions));
        if fewest.shared.len() >= trimmed.keys.len() || !room || !can_be_written() {
            return trimmed;
        }
        let mut proposal = self.matched(fewest);
        let goes = |step: &Step| step.key().is_some_and(|key| proposal.gone.contains(&key));
        proposal.steps = trimmed.steps.into_iter().filter(goes).chain([Step::Anew]).collect();
        proposal
    }

    /// Today's keys without those that can simply go, at most so many of them.
    #[must_use]
    pub fn trimmed(&self, most: Option<usize>) -> Proposal {
        let mut steps = self.simple();
        steps.truncate(most.unwrap_or(usize::MAX));
        let gone: Vec<KeyId> = steps.iter().filter_map(Step::key).collect();
        let stays = self.today.iter().filter(|key| !gone.contains(&key.key));
        let keys = stays.map(|key| Proposed {
            key: Some(key.key),
            openings: key.openings.clone(),
            holders: key.holders.clone(),
        });
        Proposal { keys: keys.collect(), gone, steps }
    }

    /// Keys that can go one after the other while all others stay, those written later first.
    fn simple(&self) -> Vec<Step> {
        let mut given: std::collections::BTreeMap<Grant, u32> = std::collections::BTreeMap::new();
        let grants = |key: &super::Today| -> Vec<Grant> {
            let of =
                |holder: &u32| key.openings.iter().map(|opening| (*holder, *opening)).collect::<Vec<Grant>>();
            key.holders.iter().flat_map(of).collect()
        };
        for key in &self.today {
            for grant in grants(key) {
                *given.entry(grant).or_default() += 1;
            }
        }
        let mut steps: Vec<Step> =
            self.today.iter().filter(|key| key.holders.is_empty()).map(|key| Step::Unused(key.key)).collect();
        for key in self.today.iter().rev().filter(|key| !key.holders.is_empty()) {
            let own = grants(key);
            if own.iter().all(|grant| given[grant] > 1 || self.needs.is_free(*grant)) {
                steps.push(Step::Needless(key.key));
                for grant in own {
                    *given.entry(grant).or_default() -= 1;
                }
            }
        }
        steps
    }

    /// The keys that were found, under the names of those that they are most like.
    fn matched(&self, fewest: &Fewest) -> Proposal {
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut keys: Vec<Proposed> = fewest
            .shared
            .iter()
            .map(|key| Proposed { key: None, openings: key.permissions.clone(), holders: key.people.clone() })
            .collect();
        // How much a key has in common with one of today, the same doors before all else.
        let mut likeness: Vec<(usize, usize, usize, usize)> = Vec::new();
        for (number, key) in keys.iter().enumerate() {
            for (place, today) in self.today.iter().enumerate() {
                let openings = common(&key.openings, &today.openings);
                let grants = openings * common(&key.holders, &today.holders);
                let same = usize::from(key.openings == today.openings);
                if grants > 0 {
                    likeness.push((same, grants, place, number));
                }
            }
        }
        likeness.sort_by_key(|(same, grants, place, number)| {
            (std::cmp::Reverse((*same, *grants)), *place, *number)
        });
        for (_, _, place, number) in likeness {
            if keys[number].key.is_none() && taken.insert(place) {
                keys[number].key = Some(self.today[place].key);
            }
        }
        let stays: BTreeSet<KeyId> = keys.iter().filter_map(|key| key.key).collect();
        let gone = self.today.iter().map(|key| key.key).filter(|key| !stays.contains(key)).collect();
        keys.sort_by_key(|key| (key.key.is_none(), key.key));
        Proposal { keys, gone, steps: Vec::new() }
    }
}

/// How many numbers two ascending lists have in common.
fn common(one: &[u32], other: &[u32]) -> usize {
    one.iter().filter(|number| other.binary_search(number).is_ok()).count()
}
