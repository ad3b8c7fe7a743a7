//! Do so many keys suffice? Asked of a SAT solver.
//!
//! Variables, for each key in turn: whether each person has it, whether each permission is on it, whether it gives each
//! grant. Clauses: every grant is given by a key; a key gives a grant only to who has it and only what is on it; nobody
//! has a key with a permission that they do not need. Grants of which no two fit on one key are given by a key each,
//! which takes nothing away: keys have no order.

use batsat::{Callbacks, ClauseKind, Lit, Solver, SolverInterface, SolverOpts, Var, lbool};

use super::Effort;
use super::block::Block;

/// An answer.
pub(super) enum Answer {
    /// They do; the grants by key.
    Suffice(Vec<Vec<(u32, u32)>>),
    /// They do not; the clauses that were learnt on the way, as in DIMACS: each follows from those before it.
    Fail(Vec<Vec<i32>>),
    /// It was not decided in the time there was.
    Open,
}

/// So many variables times conflicts are worth one question.
const WORK: u64 = 300_000_000;

/// A question is asked only up to so many literals: a machine has to hold them.
const LITERALS: usize = 12_000_000;

struct Watch<'s> {
    learnt: Vec<Vec<i32>>,
    conflicts: u64,
    stop: &'s (dyn Fn() -> bool + Sync),
}

impl Callbacks for Watch<'_> {
    fn on_new_clause(&mut self, clause: &[Lit], kind: ClauseKind) {
        if kind == ClauseKind::Learnt {
            let number = |lit: &Lit| {
                let variable = lit.var().idx() as i32 + 1;
                if lit.sign() { variable } else { -variable }
            };
            self.learnt.push(clause.iter().map(number).collect());
        }
    }

    fn stop(&self) -> bool {
        self.learnt.len() as u64 > self.conflicts || (self.stop)()
    }
}

/// Asks whether `keys` keys give the grants of a part. `apart` are grants of it of which no two fit on one key, at most
/// as many as keys.
pub(super) fn suffice(
    block: &Block,
    part: &[(u32, u32)],
    apart: &[(u32, u32)],
    keys: usize,
    effort: Effort<'_>,
) -> Answer {
    let mut rows: Vec<u32> = Vec::new();
    let mut columns: Vec<u32> = Vec::new();
    let mut place = |grant: &(u32, u32)| {
        let find = |list: &mut Vec<u32>, one: u32| {
            list.iter().position(|known| *known == one).unwrap_or_else(|| {
                list.push(one);
                list.len() - 1
            })
        };
        (find(&mut rows, grant.0), find(&mut columns, grant.1))
    };
    let places: Vec<(usize, usize)> = part.iter().map(&mut place).collect();
    let zeros: Vec<(usize, usize)> = (0..rows.len())
        .flat_map(|row| (0..columns.len()).map(move |column| (row, column)))
        .filter(|(row, column)| !block.by_row.get(rows[*row] as usize, columns[*column] as usize))
        .collect();
    if keys * (part.len() * 5 + zeros.len() * 2) > LITERALS.min(effort.looks * 120) {
        return Answer::Open;
    }
    let a_key = rows.len() + columns.len() + part.len();
    let conflicts = effort.conflicts.min(WORK / (keys * a_key).max(1) as u64);
    let watch = Watch { learnt: Vec::new(), conflicts, stop: effort.stop };
    let mut solver = Solver::new(SolverOpts::default(), watch);
    let variables: Vec<Var> = (0..keys * a_key).map(|_| solver.new_var_default()).collect();
    let has = |row: usize, key: usize| variables[key * a_key + row];
    let opens = |column: usize, key: usize| variables[key * a_key + rows.len() + column];
    let gives = |grant: usize, key: usize| variables[key * a_key + rows.len() + columns.len() + grant];
    let mut clause: Vec<Lit> = Vec::new();
    let mut add = |literals: &mut dyn Iterator<Item = Lit>| {
        clause.clear();
        clause.extend(literals);
        solver.add_clause_reuse(&mut clause)
    };
    for key in 0..keys {
        for (row, column) in &zeros {
            add(&mut [Lit::new(has(*row, key), false), Lit::new(opens(*column, key), false)].into_iter());
        }
        for (grant, (row, column)) in places.iter().enumerate() {
            let gives = Lit::new(gives(grant, key), false);
            add(&mut [gives, Lit::new(has(*row, key), true)].into_iter());
            add(&mut [gives, Lit::new(opens(*column, key), true)].into_iter());
        }
    }
    for grant in 0..part.len() {
        add(&mut (0..keys).map(|key| Lit::new(gives(grant, key), true)));
    }
    for (key, grant) in apart.iter().enumerate() {
        if let Ok(grant) = part.binary_search(grant) {
            add(&mut std::iter::once(Lit::new(gives(grant, key), true)));
        }
    }
    let answer = solver.solve_limited(&[]);
    if answer == lbool::FALSE {
        return Answer::Fail(std::mem::take(&mut solver.cb_mut().learnt));
    }
    if answer != lbool::TRUE {
        return Answer::Open;
    }
    let mut given: Vec<Vec<(u32, u32)>> = vec![Vec::new(); keys];
    for (grant, cell) in part.iter().enumerate() {
        let by = (0..keys).find(|key| solver.value_var(gives(grant, *key)) == lbool::TRUE);
        // Every model gives every grant.
        let Some(by) = by else { return Answer::Open };
        given[by].push(*cell);
    }
    given.retain(|grants| !grants.is_empty());
    Answer::Suffice(given)
}
