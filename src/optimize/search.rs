//! Fewer keys by trying: a few keys are given up, what they gave is given by new ones, and whatever became needless goes.

use super::Effort;
use super::bits::{Grid, count, has, keep, ones};
use super::block::Block;
use super::dice::Dice;
use super::tidy::Rectangle;

/// Makes a cover of a part smaller until it has `enough` keys or was tried long enough. Gives the grants by key.
pub(super) fn fewer(
    block: &Block,
    part: &[(u32, u32)],
    keys: Vec<Vec<(u32, u32)>>,
    enough: usize,
    effort: Effort<'_>,
) -> Vec<Vec<(u32, u32)>> {
    let mut needed = Grid::new(block.rows.len(), block.columns.len());
    part.iter().for_each(|(row, column)| needed.set(*row as usize, *column as usize));
    let keys: Vec<Rectangle> = keys.iter().map(|grants| Rectangle::around(block, grants)).collect();
    let mut best = Cover::new(block, &needed, keys);
    let mut dice = Dice::new(part.len() as u64);
    best.drop_needless(&mut dice);
    let mut looks = 0;
    while best.keys.len() > enough && looks < effort.looks * 1_500 && !(effort.stop)() {
        let mut next = best.clone();
        let given_up = 1 + dice.below((next.keys.len() / 3).max(2));
        for _ in 0..given_up.min(next.keys.len()) {
            next.remove(dice.below(next.keys.len()));
        }
        looks += next.repair(&mut dice);
        next.drop_needless(&mut dice);
        looks += next.given.len() / 8 + part.len();
        if next.keys.len() <= best.keys.len() {
            best = next;
        }
    }
    best.by_key(part)
}

#[derive(Clone)]
struct Cover<'b> {
    block: &'b Block,
    needed: &'b Grid,
    keys: Vec<Rectangle>,
    /// How many keys give each grant that is needed.
    given: Vec<u16>,
    /// What no key gives.
    missing: Grid,
}

impl<'b> Cover<'b> {
    fn new(block: &'b Block, needed: &'b Grid, keys: Vec<Rectangle>) -> Self {
        let given = vec![0; block.rows.len() * block.columns.len()];
        let mut cover = Self { block, needed, keys: Vec::new(), given, missing: needed.clone() };
        keys.into_iter().for_each(|key| cover.add(key));
        cover
    }

    /// Calls for every needed grant of a key.
    fn each(&self, key: &Rectangle, mut take: impl FnMut(usize, usize)) {
        for row in ones(&key.rows) {
            for (at, (word, columns)) in self.needed.row(row).iter().zip(&key.columns).enumerate() {
                ones(&[word & columns]).for_each(|bit| take(row, at * 64 + bit));
            }
        }
    }

    fn add(&mut self, key: Rectangle) {
        let width = self.block.columns.len();
        let mut grants = Vec::new();
        self.each(&key, |row, column| grants.push((row, column)));
        for (row, column) in grants {
            self.given[row * width + column] += 1;
            self.missing.clear(row, column);
        }
        self.keys.push(key);
    }

    fn remove(&mut self, index: usize) {
        let width = self.block.columns.len();
        let key = self.keys.swap_remove(index);
        let mut grants = Vec::new();
        self.each(&key, |row, column| grants.push((row, column)));
        for (row, column) in grants {
            let given = &mut self.given[row * width + column];
            *given -= 1;
            if *given == 0 {
                self.missing.set(row, column);
            }
        }
    }

    /// Adds keys until nothing is missing. Gives how many words were looked at.
    fn repair(&mut self, dice: &mut Dice) -> usize {
        let mut looks = 0;
        loop {
            let rows: Vec<usize> =
                (0..self.block.rows.len()).filter(|row| count(self.missing.row(*row)) > 0).collect();
            looks += self.block.rows.len();
            if rows.is_empty() {
                return looks;
            }
            let row = rows[dice.below(rows.len())];
            let columns: Vec<usize> = ones(self.missing.row(row)).collect();
            let column = columns[dice.below(columns.len())];
            let key = self.grow(row, column, &mut looks);
            self.add(key);
        }
    }

    /// The key from a grant on that gives the most of what is missing, a permission at a time.
    fn grow(&self, row: usize, column: usize, looks: &mut usize) -> Rectangle {
        let block = self.block;
        let mut columns = vec![0u64; self.missing.row(row).len()];
        columns[column / 64] |= 1 << (column % 64);
        let mut rows = block.by_column.row(column).to_vec();
        let gain = |rows: &[u64], columns: &[u64]| -> usize {
            let in_row = |row: usize| -> usize {
                let pairs = self.missing.row(row).iter().zip(columns);
                pairs.map(|(one, other)| (one & other).count_ones() as usize).sum()
            };
            ones(rows).map(in_row).sum()
        };
        let mut most = gain(&rows, &columns);
        loop {
            let mut better: Option<(usize, usize)> = None;
            for another in ones(block.by_row.row(row)).filter(|another| !has(&columns, *another)) {
                let mut fewer = rows.clone();
                keep(&mut fewer, block.by_column.row(another));
                let mut more = columns.clone();
                more[another / 64] |= 1 << (another % 64);
                *looks += (count(&fewer) + 1) * columns.len();
                let gain = gain(&fewer, &more);
                if gain > most && better.is_none_or(|(best, _)| gain > best) {
                    better = Some((gain, another));
                }
            }
            let Some((gain, another)) = better else { break };
            most = gain;
            columns[another / 64] |= 1 << (another % 64);
            keep(&mut rows, block.by_column.row(another));
            // Whatever all of them have costs nothing.
            ones(block.by_row.row(row))
                .filter(|another| super::bits::within(&rows, block.by_column.row(*another)))
                .for_each(|another| columns[another / 64] |= 1 << (another % 64));
        }
        Rectangle::of_columns(block, columns)
    }

    /// Takes out every key without which nothing is missing, in some order.
    fn drop_needless(&mut self, dice: &mut Dice) {
        let width = self.block.columns.len();
        let start = dice.below(self.keys.len());
        let mut left = self.keys.len();
        let mut index = start;
        while left > 0 && !self.keys.is_empty() {
            index %= self.keys.len();
            let mut needless = true;
            self.each(&self.keys[index], |row, column| needless &= self.given[row * width + column] > 1);
            if needless {
                self.remove(index);
            } else {
                index += 1;
            }
            left -= 1;
        }
    }

    fn by_key(&self, part: &[(u32, u32)]) -> Vec<Vec<(u32, u32)>> {
        let mut given = vec![Vec::new(); self.keys.len()];
        for (row, column) in part {
            let by = self
                .keys
                .iter()
                .position(|key| has(&key.rows, *row as usize) && has(&key.columns, *column as usize));
            // Nothing is missing when a search ends.
            if let Some(by) = by {
                given[by].push((*row, *column));
            }
        }
        given.retain(|grants: &Vec<(u32, u32)>| !grants.is_empty());
        given
    }
}
