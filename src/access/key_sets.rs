//! A pool of sets of keys: what causes a cell.

use hashbrown::HashMap;

use crate::model::GivenKey;

/// Index of a set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeySetId(pub u32);

#[derive(Debug, Default)]
pub(super) struct KeySets {
    sets: Vec<Vec<GivenKey>>,
    single: HashMap<GivenKey, KeySetId>,
    several: HashMap<Vec<GivenKey>, KeySetId>,
}

impl KeySets {
    /// The number of a set; `keys` is sorted in place and loses repetitions.
    pub(super) fn of(&mut self, keys: &mut Vec<GivenKey>) -> KeySetId {
        if let [one] = keys.as_slice() {
            let sets = &mut self.sets;
            return *self.single.entry(*one).or_insert_with(|| add(sets, vec![*one]));
        }
        keys.sort_unstable();
        keys.dedup();
        if keys.len() == 1 {
            return self.of(keys);
        }
        let sets = &mut self.sets;
        *self.several.entry_ref(keys).or_insert_with(|| add(sets, keys.clone()))
    }

    pub(super) fn get(&self, id: KeySetId) -> &[GivenKey] {
        &self.sets[id.0 as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }
}

fn add(sets: &mut Vec<Vec<GivenKey>>, keys: Vec<GivenKey>) -> KeySetId {
    sets.push(keys);
    KeySetId(sets.len() as u32 - 1)
}
