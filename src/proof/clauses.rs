//! A refutation, followed clause by clause: each must follow from those before it by unit propagation, and at last they
//! must contradict each other. (The check of E. Goldberg and Y. Novikov, "Verification of proofs of unsatisfiability for
//! CNF formulas", DATE 2003, forward and without deletion.)

use super::{Flaw, Table, flaw};

/// More literals than that are not taken in.
const LITERALS: usize = 100_000_000;

/// Follows the refutation that some keys give some grants.
pub(super) fn follow(
    table: &Table,
    grants: &[(u32, u32)],
    apart: &[(u32, u32)],
    keys: usize,
    clauses: &[Vec<i32>],
) -> Result<(), Flaw> {
    let (mut people, mut permissions): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    for (person, permission) in grants {
        if !people.contains(person) {
            people.push(*person);
        }
        if !permissions.contains(permission) {
            permissions.push(*permission);
        }
    }
    let width = people.len() + permissions.len() + grants.len();
    if keys.saturating_mul(people.len() * permissions.len() * 2 + grants.len() * 5) > LITERALS {
        return flaw("a refutation is too large to be followed");
    }
    let has = |key: usize, person: usize| (key * width + person + 1) as i32;
    let holds = |key: usize, permission: usize| (key * width + people.len() + permission + 1) as i32;
    let gives =
        |key: usize, grant: usize| (key * width + people.len() + permissions.len() + grant + 1) as i32;
    let mut formula = Formula::new(keys * width);
    for key in 0..keys {
        for (row, person) in people.iter().enumerate() {
            for (column, permission) in permissions.iter().enumerate() {
                // Two grants fit on a key when each person may have the permission of the other.
                if table.grant(*person, *permission).is_none() {
                    formula.add(&[-has(key, row), -holds(key, column)]);
                }
            }
        }
        for (index, (person, permission)) in grants.iter().enumerate() {
            let row = people.iter().position(|one| one == person).unwrap_or_default();
            let column = permissions.iter().position(|one| one == permission).unwrap_or_default();
            formula.add(&[-gives(key, index), has(key, row)]);
            formula.add(&[-gives(key, index), holds(key, column)]);
        }
    }
    for index in 0..grants.len() {
        formula.add(&(0..keys).map(|key| gives(key, index)).collect::<Vec<i32>>());
    }
    for (key, one) in apart.iter().enumerate() {
        let Some(index) = grants.iter().position(|grant| grant == one) else {
            return flaw("a refutation puts a grant on a key that it says nothing of");
        };
        if key >= keys {
            return Ok(());
        }
        formula.add(&[gives(key, index)]);
    }
    for clause in clauses {
        if clause.iter().any(|literal| *literal == 0 || literal.unsigned_abs() as usize > keys * width) {
            return flaw("a clause of a refutation has a literal that stands for nothing");
        }
        if formula.contradicts {
            break;
        }
        if !formula.implies(clause) {
            return flaw("a clause of a refutation does not follow from those before it");
        }
        formula.add(clause);
    }
    if formula.contradicts { Ok(()) } else { flaw("a refutation does not end in a contradiction") }
}

/// Clauses, each watched at two literals that are not false.
struct Formula {
    clauses: Vec<Vec<i32>>,
    watched: Vec<Vec<u32>>,
    /// What is known of each variable: 0 for nothing, else the sign.
    known: Vec<i8>,
    /// What was found, in order.
    trail: Vec<i32>,
    /// How much of the trail was followed.
    followed: usize,
    contradicts: bool,
}

impl Formula {
    fn new(variables: usize) -> Self {
        Self {
            clauses: Vec::new(),
            watched: vec![Vec::new(); 2 * variables + 2],
            known: vec![0; variables + 1],
            trail: Vec::new(),
            followed: 0,
            contradicts: false,
        }
    }

    fn value(&self, literal: i32) -> i8 {
        self.known[literal.unsigned_abs() as usize] * literal.signum() as i8
    }

    fn place(literal: i32) -> usize {
        literal.unsigned_abs() as usize * 2 - usize::from(literal < 0)
    }

    /// Adds a clause and everything that follows from it at once.
    fn add(&mut self, literals: &[i32]) {
        let mut clause: Vec<i32> = literals.to_vec();
        clause.sort_unstable();
        clause.dedup();
        // What is true, or not known, comes first: those are watched.
        clause.sort_by_key(|literal| -self.value(*literal));
        let open = clause.iter().filter(|literal| self.value(**literal) >= 0).count();
        match open {
            0 => self.contradicts = true,
            1 if self.value(clause[0]) == 0 => self.learn(clause[0]),
            _ => {}
        }
        if clause.len() > 1 {
            for literal in &clause[..2] {
                self.watched[Self::place(*literal)].push(self.clauses.len() as u32);
            }
            self.clauses.push(clause);
        }
        self.contradicts |= !self.propagate();
    }

    fn learn(&mut self, literal: i32) {
        self.known[literal.unsigned_abs() as usize] = literal.signum() as i8;
        self.trail.push(literal);
    }

    /// Follows what is known; `false` when it contradicts itself.
    fn propagate(&mut self) -> bool {
        while let Some(literal) = self.trail.get(self.followed).copied() {
            self.followed += 1;
            let wrong = -literal;
            let mut watching = std::mem::take(&mut self.watched[Self::place(wrong)]);
            let mut at = 0;
            let mut fine = true;
            while at < watching.len() && fine {
                let number = watching[at] as usize;
                if self.clauses[number][0] == wrong {
                    self.clauses[number].swap(0, 1);
                }
                let first = self.clauses[number][0];
                let another = (2..self.clauses[number].len())
                    .find(|place| self.value(self.clauses[number][*place]) >= 0)
                    .filter(|_| self.value(first) <= 0);
                if let Some(place) = another {
                    self.clauses[number].swap(1, place);
                    let next = Self::place(self.clauses[number][1]);
                    self.watched[next].push(number as u32);
                    watching.swap_remove(at);
                    continue;
                }
                match self.value(first) {
                    -1 => fine = false,
                    0 => self.learn(first),
                    _ => {}
                }
                at += 1;
            }
            self.watched[Self::place(wrong)].append(&mut watching);
            if !fine {
                return false;
            }
        }
        true
    }

    /// Whether a clause follows: to say the opposite of each of its literals contradicts.
    fn implies(&mut self, clause: &[i32]) -> bool {
        let start = self.trail.len();
        let mut implied = false;
        for literal in clause {
            match self.value(*literal) {
                1 => implied = true,
                0 => self.learn(-literal),
                _ => {}
            }
        }
        implied |= !self.propagate();
        for literal in self.trail.drain(start..) {
            self.known[literal.unsigned_abs() as usize] = 0;
        }
        self.followed = start;
        implied
    }
}
