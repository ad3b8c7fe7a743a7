//! Things of two lists that are the same by their ids.

use hashbrown::HashMap;

use super::DoorPair;
use crate::model::DoorId;

/// Pairs of indices: those of the new list in its order, then those that are only in the old one.
pub(super) struct Pairs {
    /// For each pair the old one.
    old: Vec<Option<u32>>,
    /// How many are in the new list.
    new: usize,
    /// The pair of each old one.
    pair_of_old: Vec<u32>,
}

impl Pairs {
    pub(super) fn new<'t>(
        old: impl ExactSizeIterator<Item = &'t str> + Clone,
        new: impl ExactSizeIterator<Item = &'t str> + Clone,
    ) -> Self {
        let count = new.len();
        // Most lists have not changed at all, or only at their ends.
        let same = old.clone().zip(new.clone()).take_while(|(old, new)| old == new).count();
        let mut pair_of_old: Vec<u32> = (0..same as u32).collect();
        let mut of_pairs: Vec<Option<u32>> = (0..same as u32).map(Some).collect();
        of_pairs.resize(count, None);
        if same < old.len() {
            let places: HashMap<&str, u32> = new.skip(same).zip(same as u32..).collect();
            for (number, id) in old.enumerate().skip(same) {
                let pair = match places.get(id) {
                    Some(place) => {
                        of_pairs[*place as usize] = Some(number as u32);
                        *place
                    }
                    None => {
                        of_pairs.push(Some(number as u32));
                        of_pairs.len() as u32 - 1
                    }
                };
                pair_of_old.push(pair);
            }
        }
        Self { old: of_pairs, new: count, pair_of_old }
    }

    pub(super) fn len(&self) -> usize {
        self.old.len()
    }

    /// The index in the old list and in the new one.
    pub(super) fn get(&self, pair: usize) -> (Option<u32>, Option<u32>) {
        (self.old.get(pair).copied().flatten(), (pair < self.new).then_some(pair as u32))
    }

    pub(super) fn of_old(&self, door: DoorId) -> DoorPair {
        DoorPair(self.pair_of_old[door.index()])
    }

    pub(super) fn of_new(&self, door: DoorId) -> DoorPair {
        DoorPair(door.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_by_id_whatever_the_order() {
        let old = ["a", "b", "c", "gone"];
        let new = ["a", "c", "b", "fresh"];
        let pairs = Pairs::new(old.iter().copied(), new.iter().copied());
        let told: Vec<_> = (0..pairs.len()).map(|pair| pairs.get(pair)).collect();
        assert_eq!(
            told,
            [(Some(0), Some(0)), (Some(2), Some(1)), (Some(1), Some(2)), (None, Some(3)), (Some(3), None)]
        );
        assert_eq!(pairs.of_old(DoorId(1)), DoorPair(2));
    }
}
