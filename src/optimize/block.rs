//! Parts of the table of needs that no key can reach across, equal people and equal permissions taken together.

use hashbrown::HashMap;

use super::Needs;
use super::bits::Grid;

/// One such part.
#[derive(Debug)]
pub(super) struct Block {
    /// The people of each row: they need the same of this part.
    pub(super) rows: Vec<Vec<u32>>,
    /// The permissions of each column: the same people need them.
    pub(super) columns: Vec<Vec<u32>>,
    /// What each row may be given.
    pub(super) by_row: Grid,
    /// The same by column.
    pub(super) by_column: Grid,
    /// What each row has to be given.
    pub(super) needed: Grid,
}

/// A person of one kind, as far as permissions of one class go: keys reach no further.
struct Slice {
    kind: u32,
    class: u32,
    person: u32,
    /// Permissions, ascending, and whether they are free.
    grants: Vec<(u32, bool)>,
}

impl Block {
    fn new(people: &[Slice]) -> Self {
        // Equal people.
        let mut rows: Vec<Vec<u32>> = Vec::new();
        let mut kinds: Vec<&[(u32, bool)]> = Vec::new();
        let mut row_of: HashMap<&[(u32, bool)], u32> = HashMap::new();
        for Slice { person, grants, .. } in people {
            let row = *row_of.entry(grants).or_insert_with(|| {
                rows.push(Vec::new());
                kinds.push(grants);
                rows.len() as u32 - 1
            });
            rows[row as usize].push(*person);
        }
        // Equal permissions, in the order of the first of each.
        let mut held: Vec<(u32, u32, bool)> = kinds
            .iter()
            .zip(0u32..)
            .flat_map(|(grants, row)| grants.iter().map(move |(one, free)| (*one, row, *free)))
            .collect();
        held.sort_unstable();
        let mut columns: Vec<Vec<u32>> = Vec::new();
        let mut holders: Vec<Vec<(u32, bool)>> = Vec::new();
        let mut column_of: HashMap<Vec<(u32, bool)>, u32> = HashMap::new();
        for cells in held.chunk_by(|one, other| one.0 == other.0) {
            let by: Vec<(u32, bool)> = cells.iter().map(|(_, row, free)| (*row, *free)).collect();
            let column = match column_of.get(&by) {
                Some(column) => *column,
                None => {
                    columns.push(Vec::new());
                    holders.push(by.clone());
                    column_of.insert(by, columns.len() as u32 - 1);
                    columns.len() as u32 - 1
                }
            };
            columns[column as usize].push(cells[0].0);
        }
        let mut by_row = Grid::new(rows.len(), columns.len());
        let mut by_column = Grid::new(columns.len(), rows.len());
        let mut needed = Grid::new(rows.len(), columns.len());
        for (column, holders) in holders.iter().enumerate() {
            for (row, free) in holders {
                by_row.set(*row as usize, column);
                by_column.set(column, *row as usize);
                if !free {
                    needed.set(*row as usize, column);
                }
            }
        }
        Self { rows, columns, by_row, by_column, needed }
    }

    /// Whether two grants fit on one key.
    pub(super) fn fit(&self, one: (u32, u32), other: (u32, u32)) -> bool {
        self.by_row.get(one.0 as usize, other.1 as usize) && self.by_row.get(other.0 as usize, one.1 as usize)
    }
}

/// Sets that are joined.
struct Joined(Vec<u32>);

impl Joined {
    fn root(&mut self, mut one: u32) -> u32 {
        while self.0[one as usize] != one {
            let above = self.0[one as usize];
            self.0[one as usize] = self.0[above as usize];
            one = self.0[one as usize];
        }
        one
    }

    /// The smaller root stays.
    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other) as usize] = one.min(other);
    }
}

/// The blocks of all needs that are not pinned, by their first person.
pub(super) fn blocks(needs: &Needs) -> Vec<Block> {
    let mut slices: Vec<Slice> = Vec::new();
    for person in 0..needs.people() as u32 {
        let start = slices.len();
        for (permission, free) in needs.grants(person) {
            if needs.is_pinned(permission) {
                continue;
            }
            let class = needs.class(permission);
            match slices[start..].iter_mut().find(|slice| slice.class == class) {
                Some(slice) => slice.grants.push((permission, free)),
                None => {
                    let grants = vec![(permission, free)];
                    slices.push(Slice { kind: needs.kind(person), class, person, grants });
                }
            }
        }
    }
    slices.sort_by_key(|slice| (slice.kind, slice.class));
    let mut first_of: Vec<u32> = vec![u32::MAX; needs.permissions()];
    let mut joined = Joined((0..slices.len() as u32).collect());
    for group in chunks(&slices) {
        for index in group.clone() {
            for (permission, _) in &slices[index].grants {
                let first = &mut first_of[*permission as usize];
                // Slices of other groups come before this one's.
                if *first == u32::MAX || (*first as usize) < group.start {
                    *first = index as u32;
                } else {
                    joined.join(*first, index as u32);
                }
            }
        }
    }
    let mut number_of: Vec<u32> = vec![u32::MAX; slices.len()];
    let mut parts: Vec<Vec<Slice>> = Vec::new();
    for (index, slice) in slices.into_iter().enumerate() {
        let root = joined.root(index as u32) as usize;
        if number_of[root] == u32::MAX {
            number_of[root] = parts.len() as u32;
            parts.push(Vec::new());
        }
        parts[number_of[root] as usize].push(slice);
    }
    parts.sort_by_key(|part| (part[0].person, part[0].grants[0].0));
    parts.iter().map(|part| Block::new(part)).collect()
}

/// The ranges of slices of one kind and one class.
fn chunks(slices: &[Slice]) -> Vec<std::ops::Range<usize>> {
    let mut start = 0;
    let group = |slices: &[Slice]| {
        start += slices.len();
        start - slices.len()..start
    };
    slices.chunk_by(|one, other| (one.kind, one.class) == (other.kind, other.class)).map(group).collect()
}
