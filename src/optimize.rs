//! The fewest keys.
//!
//! A key is a set of permissions that people get whole; everybody's keys must add up to exactly what they need. Equal
//! people and equal permissions are taken together, grants that come along with others are set aside, and what is left
//! falls into parts that no key reaches across. Grants of which no two fit on one key say how many keys a part needs at
//! least; a SAT solver says whether so many suffice.
//!
//! Everything is a pure function of the needs, with the same answer on every machine, unless `stop` says that time is up.

mod bits;
mod block;
mod building;
mod dice;
mod dominance;
mod greedy;
mod needs;
mod proposal;
mod search;
mod solve;
mod tidy;
mod witness;

use hashbrown::HashMap;

use block::Block;
pub use building::{Beside, Building, Opening, Recipient, Rules, Today};
pub use needs::Needs;
pub use proposal::{Proposal, Proposed, Step};
use solve::Answer;
use tidy::Rectangle;

/// So many lines of keys of a block are looked at, at most, in search of less to write.
const LOOKS_A_BLOCK: usize = 60_000;

/// A grant: a person, and a permission that they need.
pub type Grant = (u32, u32);

/// A key: what is on it, and who has it. Both ascending.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Its people.
    pub people: Vec<u32>,
    /// Its permissions.
    pub permissions: Vec<u32>,
}

/// Why some grants need so many keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// For any two of these grants, a key with both would give somebody what they do not need.
    Apart(Vec<Grant>),
    /// So many keys are not enough for these grants: a refutation.
    Refuted(Refutation),
}

/// That some grants need more than so many keys, in clauses of which each follows from those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refutation {
    /// The grants.
    pub grants: Vec<Grant>,
    /// Some of them of which no two fit on one key: the first is given by the first key, and so on.
    pub apart: Vec<Grant>,
    /// How many keys are not enough.
    pub keys: usize,
    /// The clauses, as in DIMACS. Key `k` (from 0) has the variables from `k * (P + Q + G) + 1` on: one for each of the P
    /// people of the grants in the order in which they first come up, that they have it; one for each of their Q
    /// permissions in that order, that it is on it; one for each of the G grants, that it gives that.
    pub clauses: Vec<Vec<i32>>,
}

impl Bound {
    /// How many keys it shows to be needed.
    #[must_use]
    pub fn keys(&self) -> usize {
        match self {
            Self::Apart(grants) => grants.len(),
            Self::Refuted(refutation) => refutation.keys + 1,
        }
    }
}

/// How much may be tried.
#[derive(Clone, Copy)]
pub struct Effort<'s> {
    /// So many conflicts of the solver for each question.
    pub conflicts: u64,
    /// So many thousand words of bits are looked at, about, in each search for better.
    pub looks: usize,
    /// Says when time is up. The answer is then what was found so far.
    pub stop: &'s (dyn Fn() -> bool + Sync),
}

impl<'s> Effort<'s> {
    /// What is worth a wait of seconds.
    #[must_use]
    pub const fn thorough(stop: &'s (dyn Fn() -> bool + Sync)) -> Self {
        Self { conflicts: 100_000, looks: 100_000, stop }
    }
}

/// The fewest keys that were found, and how many are needed at least.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fewest {
    /// Keys of one pinned permission each.
    pub private: Vec<Key>,
    /// All others, by their first person and permission.
    pub shared: Vec<Key>,
    /// Why there are no fewer shared keys. No key can give grants of two of these.
    pub bounds: Vec<Bound>,
}

impl Fewest {
    /// How many keys there are.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.private.len() + self.shared.len()
    }

    /// How many keys are needed at least.
    #[must_use]
    pub fn lower_bound(&self) -> usize {
        self.private.len() + self.bounds.iter().map(Bound::keys).sum::<usize>()
    }

    /// Whether there are as few as there can be.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.keys() == self.lower_bound()
    }
}

/// The fewest keys for some needs.
#[must_use]
pub fn fewest(needs: &Needs, effort: Effort<'_>) -> Fewest {
    let mut fewest = Fewest { private: private(needs), ..Fewest::default() };
    let blocks = block::blocks(needs);
    let looks = (effort.looks * 15 / blocks.len().max(1)).min(LOOKS_A_BLOCK);
    for block in &blocks {
        let (keys, bounds) = solve_block(block, effort, looks);
        fewest.shared.extend(keys.iter().map(|key| whole(block, key)));
        fewest.bounds.extend(bounds);
    }
    fewest.shared.sort();
    fewest.bounds = together(fewest.bounds);
    fewest
}

/// Bounds by grants alone as one: none of one part fits with one of another.
fn together(bounds: Vec<Bound>) -> Vec<Bound> {
    let mut all = Vec::new();
    let mut others = Vec::new();
    for bound in bounds {
        match bound {
            Bound::Apart(grants) => all.extend(grants),
            Bound::Refuted(_) => others.push(bound),
        }
    }
    all.sort_unstable();
    let apart = (!all.is_empty()).then_some(Bound::Apart(all));
    apart.into_iter().chain(others).collect()
}

/// How many keys are needed at least, and why; quickly, and with nothing tried beyond that.
#[must_use]
pub fn bound(needs: &Needs) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for block in &block::blocks(needs) {
        let left = dominance::reduce(block).left;
        for part in dominance::parts(block, &left) {
            bounds.push(named(block, &witness::incompatible(block, &part, 0, 0)));
        }
    }
    together(bounds)
}

/// A key for each pinned permission.
fn private(needs: &Needs) -> Vec<Key> {
    let mut holders: Vec<Vec<u32>> = vec![Vec::new(); needs.permissions()];
    for person in 0..needs.people() as u32 {
        for permission in needs.of(person).iter().filter(|permission| needs.is_pinned(**permission)) {
            holders[*permission as usize].push(person);
        }
    }
    let held = holders.into_iter().zip(0..).filter(|(people, _)| !people.is_empty());
    held.map(|(people, permission)| Key { people, permissions: vec![permission] }).collect()
}

fn solve_block(block: &Block, effort: Effort<'_>, looks: usize) -> (Vec<Rectangle>, Vec<Bound>) {
    let reduced = dominance::reduce(block);
    let mut given: Vec<Vec<Grant>> = Vec::new();
    let mut bounds = Vec::new();
    for part in dominance::parts(block, &reduced.left) {
        let (keys, bound) = solve_part(block, &part, effort);
        given.extend(keys);
        bounds.push(bound);
    }
    // What was set aside last comes back first: whatever dominated it is given by then.
    let mut by: HashMap<Grant, u32> = HashMap::new();
    for (key, grants) in given.iter().enumerate() {
        by.extend(grants.iter().map(|grant| (*grant, key as u32)));
    }
    for (grant, dominant) in reduced.dominated.iter().rev() {
        if let Some(key) = by.get(dominant).copied() {
            given[key as usize].push(*grant);
            by.insert(*grant, key);
        }
    }
    let keys = tidy::least(block, &given, looks);
    debug_assert!(tidy::exact(block, &keys), "keys give what is needed");
    (keys, bounds)
}

/// The fewest keys for the grants of a part, and why there are no fewer.
fn solve_part(block: &Block, part: &[Grant], effort: Effort<'_>) -> (Vec<Vec<Grant>>, Bound) {
    if let [grant] = part {
        return (vec![vec![*grant]], named(block, part));
    }
    let apart = witness::incompatible(block, part, part.len(), effort.looks * 250);
    let mut keys = greedy::cover(block, part);
    let mut bound = named(block, &apart);
    while bound.keys() < keys.len() && !(effort.stop)() {
        let asked = bound.keys();
        match solve::suffice(block, part, &apart, asked, effort) {
            Answer::Suffice(found) => keys = found,
            Answer::Fail(clauses) => {
                bound = Bound::Refuted(Refutation {
                    grants: part.iter().map(|grant| name(block, *grant)).collect(),
                    apart: apart.iter().map(|grant| name(block, *grant)).collect(),
                    keys: asked,
                    clauses,
                });
            }
            Answer::Open => break,
        }
    }
    // Nobody knows whether so few suffice; fewer than there are may still be found.
    if bound.keys() < keys.len() {
        keys = search::fewer(block, part, keys, bound.keys(), effort);
    }
    // A few more than the bound are easier to find than just so many, and more still easier.
    let mut more = 1;
    while bound.keys() + more < keys.len() && !(effort.stop)() {
        let asked = bound.keys() + more;
        if let Answer::Suffice(found) = solve::suffice(block, part, &apart, asked, effort) {
            keys = found;
            break;
        }
        more *= 2;
    }
    (keys, bound)
}

/// The first of the equal people, and of the equal permissions.
fn name(block: &Block, (row, column): Grant) -> Grant {
    (block.rows[row as usize][0], block.columns[column as usize][0])
}

fn named(block: &Block, grants: &[Grant]) -> Bound {
    Bound::Apart(grants.iter().map(|grant| name(block, *grant)).collect())
}

/// A key with all the people and permissions of its rows and columns.
fn whole(block: &Block, key: &Rectangle) -> Key {
    let mut people: Vec<u32> = bits::ones(&key.rows).flat_map(|row| block.rows[row].clone()).collect();
    let mut permissions: Vec<u32> =
        bits::ones(&key.columns).flat_map(|column| block.columns[column].clone()).collect();
    people.sort_unstable();
    permissions.sort_unstable();
    Key { people, permissions }
}
