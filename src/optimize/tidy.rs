//! Of the same keys, those with the least written: what a key holds beyond what somebody needs it for is taken out.

use super::bits::{Grid, count, keep, ones, within};
use super::block::Block;
use super::dice::Dice;

/// A key of a block: its rows and its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) rows: Vec<u64>,
    pub(super) columns: Vec<u64>,
}

impl Rectangle {
    /// The key that gives some grants, and what else it could hold and who else could have it.
    pub(super) fn around(block: &Block, grants: &[(u32, u32)]) -> Self {
        let mut rows = all(block.rows.len());
        for (_, column) in grants {
            keep(&mut rows, block.by_column.row(*column as usize));
        }
        let mut columns = all(block.columns.len());
        ones(&rows).for_each(|row| keep(&mut columns, block.by_row.row(row)));
        // The people of the grants have all of it, so that it is never less than the grants.
        Self { rows, columns }
    }

    /// The other way round: first everything that its people have in common, then everybody who has that.
    pub(super) fn along(block: &Block, grants: &[(u32, u32)]) -> Self {
        let mut columns = all(block.columns.len());
        for (row, _) in grants {
            keep(&mut columns, block.by_row.row(*row as usize));
        }
        Self::of_columns(block, columns)
    }

    /// The key with some columns, for everybody who has them all.
    pub(super) fn of_columns(block: &Block, columns: Vec<u64>) -> Self {
        let mut rows = all(block.rows.len());
        ones(&columns).for_each(|column| keep(&mut rows, block.by_column.row(column)));
        Self { rows, columns }
    }

    /// How much has to be written: what is on it, and who has it.
    pub(super) fn cost(&self, block: &Block) -> usize {
        let rows: usize = ones(&self.rows).map(|row| block.rows[row].len()).sum();
        rows + ones(&self.columns).map(|column| block.columns[column].len()).sum::<usize>()
    }
}

fn all(count: usize) -> Vec<u64> {
    let mut row = vec![u64::MAX; count.div_ceil(64)];
    if !count.is_multiple_of(64)
        && let Some(last) = row.last_mut()
    {
        *last = (1 << (count % 64)) - 1;
    }
    row
}

/// The keys for some grants each, with the least written that a search finds which looks at so many lines of keys.
pub(super) fn least(block: &Block, given: &[Vec<(u32, u32)>], looks: usize) -> Vec<Rectangle> {
    let trimmed = |start: fn(&Block, &[(u32, u32)]) -> Rectangle, order| {
        let mut trim = Trim::new(block, given.iter().map(|grants| start(block, grants)).collect());
        trim.run(order, &mut Dice::new(1));
        trim
    };
    let orders = [Order::Heavy, Order::Light];
    let tried = orders
        .into_iter()
        .flat_map(|order| [trimmed(Rectangle::around, order), trimmed(Rectangle::along, order)]);
    let Some(mut best) = tried.min_by_key(Trim::cost) else { return Vec::new() };
    // Then again and again: a key or two get all they could hold, and everything needless goes in another order.
    let keys = best.keys.len();
    if keys == 0 {
        // Everything here is free.
        return Vec::new();
    }
    let lines: usize = best.keys.iter().map(|key| count(&key.rows) + count(&key.columns)).sum();
    let mut dice = Dice::new(lines as u64);
    for _ in 0..looks / lines.max(1) {
        let mut next = best.clone();
        for _ in 0..=dice.below(2) {
            next.widen(dice.below(keys), dice.below(2) == 0);
        }
        next.run(Order::Shuffled, &mut dice);
        if next.cost() <= best.cost() {
            best = next;
        }
    }
    // Where there were more keys than needed, one may have turned out to be needless as a whole.
    best.keys.retain(|key| count(&key.rows) > 0 && count(&key.columns) > 0);
    best.keys
}

/// A line of a key that could go: how much it saves, which key, whether a row, which.
type Line = (usize, usize, bool, usize);

/// Which lines go first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Those that save the most.
    Heavy,
    /// Those that give the least.
    Light,
    /// Any, those that save more a little earlier.
    Shuffled,
}

#[derive(Clone)]
struct Trim<'b> {
    block: &'b Block,
    keys: Vec<Rectangle>,
    /// How many keys give each grant, by row and column.
    given: Vec<u32>,
}

impl<'b> Trim<'b> {
    fn new(block: &'b Block, keys: Vec<Rectangle>) -> Self {
        let mut given = vec![0; block.rows.len() * block.columns.len()];
        for key in &keys {
            for row in ones(&key.rows) {
                for column in ones(&key.columns) {
                    given[row * block.columns.len() + column] += 1;
                }
            }
        }
        Self { block, keys, given }
    }

    /// Whether a grant that a key gives is given by another one too, or need not be.
    fn is_spare(&self, row: usize, column: usize) -> bool {
        self.given[row * self.block.columns.len() + column] > 1 || !self.block.needed.get(row, column)
    }

    /// Whether everything that a line of a key gives is given by another key too.
    fn needless(&self, (_, key, is_row, line): Line) -> bool {
        let key = &self.keys[key];
        match is_row {
            true => ones(&key.columns).all(|column| self.is_spare(line, column)),
            false => ones(&key.rows).all(|row| self.is_spare(row, line)),
        }
    }

    fn cost(&self) -> usize {
        self.keys.iter().map(|key| key.cost(self.block)).sum()
    }

    fn count(&mut self, key: usize, by: i32) {
        let width = self.block.columns.len();
        for row in ones(&self.keys[key].rows) {
            for column in ones(&self.keys[key].columns) {
                let given = &mut self.given[row * width + column];
                *given = given.wrapping_add_signed(by);
            }
        }
    }

    /// Gives a key all that its people have in common, or all the people who have what is on it.
    fn widen(&mut self, key: usize, columns: bool) {
        self.count(key, -1);
        let Rectangle { rows, columns: on } = &mut self.keys[key];
        if columns {
            *on = all(self.block.columns.len());
            ones(rows).for_each(|row| keep(on, self.block.by_row.row(row)));
        } else {
            *rows = all(self.block.rows.len());
            ones(on).for_each(|column| keep(rows, self.block.by_column.row(column)));
        }
        self.count(key, 1);
    }

    /// Takes lines out until every one that is left is needed.
    fn run(&mut self, order: Order, dice: &mut Dice) {
        let mut lines: Vec<Line> = Vec::new();
        for (index, key) in self.keys.iter().enumerate() {
            lines.extend(ones(&key.rows).map(|row| (self.block.rows[row].len(), index, true, row)));
            let columns = ones(&key.columns);
            lines.extend(columns.map(|column| (self.block.columns[column].len(), index, false, column)));
        }
        let other_side = |line: &Line| {
            let key = &self.keys[line.1];
            if line.2 { count(&key.columns) } else { count(&key.rows) }
        };
        match order {
            Order::Heavy => {
                lines.sort_by_cached_key(|line| (std::cmp::Reverse(line.0), other_side(line), *line));
            }
            Order::Light => lines.sort_by_cached_key(|line| (other_side(line), *line)),
            Order::Shuffled => lines.sort_by_cached_key(|line| (dice.below(1 << 20) / line.0.max(1), *line)),
        }
        let width = self.block.columns.len();
        for line in lines {
            if !self.needless(line) {
                continue;
            }
            let (_, key, is_row, at) = line;
            let key = &mut self.keys[key];
            if is_row {
                ones(&key.columns).for_each(|column| self.given[at * width + column] -= 1);
                key.rows[at / 64] &= !(1 << (at % 64));
            } else {
                ones(&key.rows).for_each(|row| self.given[row * width + at] -= 1);
                key.columns[at / 64] &= !(1 << (at % 64));
            }
        }
    }
}

/// Whether keys give all that a block needs, and nothing that it may not be given.
pub(super) fn exact(block: &Block, keys: &[Rectangle]) -> bool {
    let mut given = Grid::new(block.rows.len(), block.columns.len());
    for key in keys {
        for row in ones(&key.rows) {
            if !within(&key.columns, block.by_row.row(row)) {
                return false;
            }
            given.row_mut(row).iter_mut().zip(&key.columns).for_each(|(word, columns)| *word |= columns);
        }
    }
    (0..block.rows.len()).all(|row| within(block.needed.row(row), given.row(row)))
}
