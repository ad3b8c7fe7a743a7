//! Needs that need not be looked at, since whatever key gives another one can give them too.
//!
//! A grant is dominated by another when everything that fits on one key with the other fits with it, too. The grants that
//! fit with one are read off the rows and columns of the table: those of the people who have its permission, as far as
//! they go for the permissions that its person has. (The same rules reduce role mining in A. Ene et al., "Fast exact and
//! heuristic methods for role minimization problems", SACMAT 2008.)

use super::bits::{Grid, has, keep, meet, ones};
use super::block::Block;

/// What is left of a block, and who stands for the rest.
pub(super) struct Reduced {
    /// The grants that a cover must still give, by row and column, ascending.
    pub(super) left: Vec<(u32, u32)>,
    /// Every grant that is dominated, in the order in which they were found, with the one that dominated it then.
    pub(super) dominated: Vec<((u32, u32), (u32, u32))>,
}

/// Drops dominated grants until there are none.
pub(super) fn reduce(block: &Block) -> Reduced {
    let (rows, columns) = (block.rows.len(), block.columns.len());
    let mut needed = block.needed.clone();
    let mut dominated = Vec::new();
    let mut around = Around::new(rows, columns);
    // Rows in which something was dropped since a grant was last looked at.
    let mut touched = Grid::new(1, rows);
    (0..rows).for_each(|row| touched.set(0, row));
    let mut columns_of_all = vec![0u64; columns.div_ceil(64)];
    let mut rows_of_all = vec![0u64; rows.div_ceil(64)];
    loop {
        let mut now = Grid::new(1, rows);
        for row in 0..rows {
            let grants: Vec<usize> = ones(needed.row(row)).collect();
            for column in grants {
                let fresh = meet(block.by_column.row(column), touched.row(0))
                    || meet(block.by_column.row(column), now.row(0));
                if !needed.get(row, column) || !fresh {
                    continue;
                }
                around.look(block, &needed, row, column);
                // Columns that all people around have, and rows that have all permissions around.
                columns_of_all.copy_from_slice(&around.columns);
                ones(&around.rows).for_each(|row| keep(&mut columns_of_all, block.by_row.row(row)));
                rows_of_all.copy_from_slice(&around.rows);
                ones(&around.columns).for_each(|column| keep(&mut rows_of_all, block.by_column.row(column)));
                for other in ones(&rows_of_all) {
                    let all = needed.row(other).iter().zip(&columns_of_all);
                    let dropped: Vec<u64> = all.map(|(needed, all)| needed & all).collect();
                    for along in ones(&dropped) {
                        if (other, along) != (row, column) {
                            needed.clear(other, along);
                            now.set(0, other);
                            dominated.push(((other as u32, along as u32), (row as u32, column as u32)));
                        }
                    }
                }
            }
        }
        if now.row(0).iter().all(|word| *word == 0) {
            break;
        }
        touched = now;
    }
    let left = (0..rows).flat_map(|row| ones(needed.row(row)).map(move |column| (row as u32, column as u32)));
    Reduced { left: left.collect(), dominated }
}

/// The rows and columns of the grants that fit with one on a key.
pub(super) struct Around {
    pub(super) rows: Vec<u64>,
    pub(super) columns: Vec<u64>,
}

impl Around {
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        Self { rows: vec![0; rows.div_ceil(64)], columns: vec![0; columns.div_ceil(64)] }
    }

    /// Looks around a grant, among those that are needed.
    pub(super) fn look(&mut self, block: &Block, needed: &Grid, row: usize, column: usize) {
        self.rows.fill(0);
        self.columns.fill(0);
        let own = block.by_row.row(row);
        for other in ones(block.by_column.row(column)) {
            let theirs = needed.row(other);
            if meet(theirs, own) {
                self.rows[other / 64] |= 1 << (other % 64);
                let common = theirs.iter().zip(own).map(|(one, other)| one & other);
                self.columns.iter_mut().zip(common).for_each(|(word, common)| *word |= common);
            }
        }
    }
}

/// The parts of what is left that no key can reach across; each ascending, and by its first grant.
pub(super) fn parts(block: &Block, left: &[(u32, u32)]) -> Vec<Vec<(u32, u32)>> {
    let (rows, columns) = (block.rows.len(), block.columns.len());
    let mut needed = Grid::new(rows, columns);
    left.iter().for_each(|(row, column)| needed.set(*row as usize, *column as usize));
    let mut unseen = needed.clone();
    let mut around = Around::new(rows, columns);
    let mut parts = Vec::new();
    for (row, column) in left {
        if !unseen.get(*row as usize, *column as usize) {
            continue;
        }
        unseen.clear(*row as usize, *column as usize);
        let mut part = vec![(*row, *column)];
        let mut next = 0;
        while next < part.len() {
            let (row, column) = part[next];
            next += 1;
            around.look(block, &needed, row as usize, column as usize);
            let own = block.by_row.row(row as usize);
            for other in ones(&around.rows) {
                let fits: Vec<usize> = ones(unseen.row(other)).filter(|along| has(own, *along)).collect();
                for along in fits {
                    unseen.clear(other, along);
                    part.push((other as u32, along as u32));
                }
            }
        }
        part.sort_unstable();
        parts.push(part);
    }
    parts
}
