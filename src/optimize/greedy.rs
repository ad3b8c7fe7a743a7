//! A cover that is quickly made, and maybe not the smallest: the bound from above when time is up.

use hashbrown::HashSet;

use super::bits::{Grid, count, keep, ones};
use super::block::Block;
use super::tidy::Rectangle;

/// At most so many keys are tried.
const CANDIDATES: usize = 4_000;

/// The grants of a part, by the key that gives each: again and again the key that gives the most of what is still needed,
/// out of those that the grants, the people and pairs of people suggest. Never more keys than people or permissions.
pub(super) fn cover(block: &Block, part: &[(u32, u32)]) -> Vec<Vec<(u32, u32)>> {
    let mut needed = Grid::new(block.rows.len(), block.columns.len());
    part.iter().for_each(|(row, column)| needed.set(*row as usize, *column as usize));
    let candidates = candidates(block, part);
    // Keys by what they gave when it was last counted; it only ever becomes less.
    let mut queue: std::collections::BinaryHeap<(usize, std::cmp::Reverse<usize>)> = candidates
        .iter()
        .enumerate()
        .map(|(index, key)| (gain(&needed, key), std::cmp::Reverse(index)))
        .collect();
    let mut given = Vec::new();
    while let Some((_, std::cmp::Reverse(index))) = queue.pop() {
        let gain = gain(&needed, &candidates[index]);
        if gain == 0 {
            continue;
        }
        if queue.peek().is_some_and(|(next, _)| *next > gain) {
            queue.push((gain, std::cmp::Reverse(index)));
            continue;
        }
        given.push(take(&mut needed, &candidates[index]));
    }
    let by_row = grouped(part, |grant| grant.0);
    let by_column = grouped(part, |grant| grant.1);
    [given, by_row, by_column].into_iter().min_by_key(Vec::len).unwrap_or_default()
}

/// Keys that may be of use: of each grant, those of all who have its permission and those of all that its person has; and
/// what two people have in common.
fn candidates(block: &Block, part: &[(u32, u32)]) -> Vec<Rectangle> {
    let mut seen: HashSet<Vec<u64>> = HashSet::new();
    let mut keys = Vec::new();
    let mut add = |key: Rectangle| {
        if keys.len() < CANDIDATES && seen.insert(key.rows.clone()) {
            keys.push(key);
        }
    };
    for grant in part {
        add(Rectangle::around(block, &[*grant]));
        add(Rectangle::along(block, &[*grant]));
    }
    let mut people: Vec<u32> = part.iter().map(|grant| grant.0).collect();
    people.dedup();
    for (index, one) in people.iter().enumerate() {
        for other in &people[..index] {
            let mut columns = block.by_row.row(*one as usize).to_vec();
            keep(&mut columns, block.by_row.row(*other as usize));
            if count(&columns) > 0 {
                add(Rectangle::of_columns(block, columns));
            }
        }
    }
    keys
}

fn gain(needed: &Grid, key: &Rectangle) -> usize {
    let common = |row: usize| -> usize {
        needed.row(row).iter().zip(&key.columns).map(|(one, other)| (one & other).count_ones() as usize).sum()
    };
    ones(&key.rows).map(common).sum()
}

fn take(needed: &mut Grid, key: &Rectangle) -> Vec<(u32, u32)> {
    let mut grants = Vec::new();
    for row in ones(&key.rows) {
        for (at, (word, columns)) in needed.row_mut(row).iter_mut().zip(&key.columns).enumerate() {
            grants.extend(ones(&[*word & columns]).map(|bit| (row as u32, (at * 64 + bit) as u32)));
            *word &= !columns;
        }
    }
    grants
}

/// The grants that share a row, or a column.
fn grouped(part: &[(u32, u32)], by: impl Fn(&(u32, u32)) -> u32) -> Vec<Vec<(u32, u32)>> {
    let mut sorted = part.to_vec();
    sorted.sort_by_key(|grant| (by(grant), *grant));
    sorted.chunk_by(|one, other| by(one) == by(other)).map(<[(u32, u32)]>::to_vec).collect()
}
