//! Grants of which no two fit on one key: each needs a key of its own, which is a bound that people can check.

use super::block::Block;
use super::dice::Dice;

/// So many grants are compared one by one; with more of them only the first search is made.
const SEARCHED: usize = 6_000;
/// So many times the search starts again from a changed solution, at most, for each grant.
const ROUNDS: usize = 6;

/// As many such grants of a part as a search finds, ascending. Stops once there are `enough`, or about
/// so many pairs of grants were looked at.
pub(super) fn incompatible(
    block: &Block,
    part: &[(u32, u32)],
    enough: usize,
    looks: usize,
) -> Vec<(u32, u32)> {
    let mut search = Search::new(block, part);
    search.fill();
    if part.len() <= SEARCHED {
        search.improve();
        let mut best = search.chosen();
        let mut dice = Dice::new(part.len() as u64);
        for round in 0..(ROUNDS * part.len()).min(looks / (part.len() * part.len()).max(1)) {
            if best.len() >= enough {
                break;
            }
            search.shake(dice.below(part.len()), round as u32 + 1);
            search.improve();
            if search.size >= best.len() {
                best = search.chosen();
            } else if search.size + 2 < best.len() {
                search.restore(&best);
            }
        }
        search.restore(&best);
    }
    let mut grants: Vec<(u32, u32)> = search.chosen().iter().map(|index| part[*index]).collect();
    grants.sort_unstable();
    grants
}

/// A set of grants that do not fit with each other, made larger by taking one out for two others.
/// (After D. Andrade, M. Resende, R. Werneck, "Fast local search for the maximum independent set problem", 2012.)
struct Search<'b> {
    block: &'b Block,
    part: &'b [(u32, u32)],
    is_chosen: Vec<bool>,
    /// With how many of the chosen each grant fits; a chosen one with itself.
    fits: Vec<u32>,
    size: usize,
    /// In which round each grant was last taken out.
    left: Vec<u32>,
}

impl<'b> Search<'b> {
    fn new(block: &'b Block, part: &'b [(u32, u32)]) -> Self {
        let count = part.len();
        Self {
            block,
            part,
            is_chosen: vec![false; count],
            fits: vec![0; count],
            size: 0,
            left: vec![0; count],
        }
    }

    fn chosen(&self) -> Vec<usize> {
        (0..self.part.len()).filter(|index| self.is_chosen[*index]).collect()
    }

    fn fit(&self, one: usize, other: usize) -> bool {
        self.block.fit(self.part[one], self.part[other])
    }

    fn add(&mut self, one: usize) {
        self.is_chosen[one] = true;
        self.size += 1;
        for other in 0..self.part.len() {
            self.fits[other] += u32::from(self.fit(one, other));
        }
    }

    fn remove(&mut self, one: usize) {
        self.is_chosen[one] = false;
        self.size -= 1;
        for other in 0..self.part.len() {
            self.fits[other] -= u32::from(self.fit(one, other));
        }
    }

    /// Adds what fits with nothing chosen, those first with which the fewest fit.
    fn fill(&mut self) {
        let count = self.part.len();
        let mut order: Vec<(usize, usize)> = (0..count)
            .map(|one| {
                let (row, column) = self.part[one];
                let fitting = match count <= SEARCHED {
                    true => (0..count).filter(|other| self.fit(one, *other)).count(),
                    false => {
                        super::bits::count(self.block.by_row.row(row as usize))
                            * super::bits::count(self.block.by_column.row(column as usize))
                    }
                };
                (fitting, one)
            })
            .collect();
        order.sort_unstable();
        for (_, one) in order {
            if self.fits[one] == 0 {
                self.add(one);
            }
        }
    }

    /// Takes one out for two others, as long as that is possible.
    fn improve(&mut self) {
        let count = self.part.len();
        'again: loop {
            if let Some(free) = (0..count).find(|one| self.fits[*one] == 0) {
                self.add(free);
                continue;
            }
            // Grants that only one of the chosen stands in the way of, by that one.
            let mut behind: Vec<Vec<usize>> = vec![Vec::new(); count];
            let chosen = self.chosen();
            for one in (0..count).filter(|one| self.fits[*one] == 1 && !self.is_chosen[*one]) {
                if let Some(by) = chosen.iter().find(|by| self.fit(one, **by)) {
                    behind[*by].push(one);
                }
            }
            for by in chosen {
                for (index, one) in behind[by].iter().enumerate() {
                    if let Some(other) = behind[by][index + 1..].iter().find(|other| !self.fit(*one, **other))
                    {
                        let (one, other) = (*one, *other);
                        self.remove(by);
                        self.add(one);
                        self.add(other);
                        continue 'again;
                    }
                }
            }
            return;
        }
    }

    /// Puts in a grant near a random one that was longest away, and takes out whatever it fits with.
    fn shake(&mut self, around: usize, round: u32) {
        let count = self.part.len();
        let near = (0..count).map(|step| (around + step) % count).filter(|one| !self.is_chosen[*one]).take(4);
        let Some(one) = near.min_by_key(|one| (self.left[*one], *one)) else { return };
        for other in 0..count {
            if self.is_chosen[other] && self.fit(one, other) {
                self.remove(other);
                self.left[other] = round;
            }
        }
        self.add(one);
    }

    fn restore(&mut self, chosen: &[usize]) {
        self.is_chosen.fill(false);
        self.fits.fill(0);
        self.size = 0;
        chosen.iter().for_each(|one| self.add(*one));
    }
}
