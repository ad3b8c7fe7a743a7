//! Checks an answer to the question of fewest keys: that the keys give everybody exactly what they need, and that fewer
//! keys cannot.
//!
//! It shares no code with what finds the answer and trusts nothing that it says: keys are added up, grants of which no
//! two fit on one key are compared in pairs, and refutations are followed clause by clause.

mod building;
mod claim;
mod clauses;
mod table;

use std::collections::BTreeMap;

pub use building::{opening_label, recipient_label};
pub use claim::{Bound, Claim, Key};
pub use table::Table;

/// What a claim comes to, when it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many keys it has.
    pub keys: usize,
    /// How many are needed at least, shown by grants alone.
    pub lower_bound: usize,
    /// How many of the bounds are refutations that were followed.
    pub refutations: usize,
}

/// What is wrong with a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw(pub String);

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn flaw<T>(text: impl Into<String>) -> Result<T, Flaw> {
    Err(Flaw(text.into()))
}

/// Checks a claim about a table of needs.
///
/// # Errors
/// With the first thing that is wrong.
pub fn check(claim: &Claim, table: &Table) -> Result<Verdict, Flaw> {
    let private = cover(claim, table)?;
    let (shown, refutations) = bounds(claim, table)?;
    let verdict = Verdict { keys: claim.keys.len(), lower_bound: private + shown, refutations };
    if verdict.lower_bound > verdict.keys {
        return flaw("the bound is above the number of keys, so that one of the two is wrong");
    }
    if (claim.keys_after, claim.lower_bound) != (verdict.keys, verdict.lower_bound) {
        return flaw(format!(
            "it says {} keys and {} at least; it has {} and shows {}",
            claim.keys_after, claim.lower_bound, verdict.keys, verdict.lower_bound
        ));
    }
    Ok(verdict)
}

/// Adds up the keys. Gives how many of them are private.
fn cover(claim: &Claim, table: &Table) -> Result<usize, Flaw> {
    let mut given = vec![false; table.grants()];
    let mut private: BTreeMap<u32, usize> = BTreeMap::new();
    for key in &claim.keys {
        let Key { name, people, permissions } = key;
        if people.is_empty() || permissions.is_empty() {
            return flaw(format!("the key `{name}` has nobody, or nothing on it"));
        }
        let people = people.iter().map(|one| table.person(one)).collect::<Result<Vec<u32>, Flaw>>()?;
        let on = permissions.iter().map(|one| table.permission(one)).collect::<Result<Vec<u32>, Flaw>>()?;
        if let Some(other) = people.iter().find(|one| table.kind(**one) != table.kind(people[0])) {
            return flaw(format!(
                "the key `{name}` is for `{}` and `{}`, who never share one",
                table.name_of_person(people[0]),
                table.name_of_person(*other)
            ));
        }
        if let Some(other) = on.iter().find(|one| table.class(**one) != table.class(on[0])) {
            return flaw(format!(
                "the key `{name}` holds `{}` and `{}`, which are never on one",
                table.name_of_permission(on[0]),
                table.name_of_permission(*other)
            ));
        }
        if let Some(pinned) = on.iter().find(|one| table.is_pinned(**one)) {
            if on.len() > 1 {
                let pinned = table.name_of_permission(*pinned);
                return flaw(format!("the key `{name}` holds more than `{pinned}`, which is private"));
            }
            *private.entry(*pinned).or_default() += 1;
        }
        for person in &people {
            for permission in &on {
                match table.grant(*person, *permission) {
                    Some(grant) => given[grant] = true,
                    None => {
                        return flaw(format!(
                            "the key `{name}` gives `{}` to `{}`, who does not have it",
                            table.name_of_permission(*permission),
                            table.name_of_person(*person)
                        ));
                    }
                }
            }
        }
    }
    if let Some((permission, _)) = private.iter().find(|(_, keys)| **keys > 1) {
        return flaw(format!("`{}` is on two private keys", table.name_of_permission(*permission)));
    }
    match (0..given.len()).find(|grant| !given[*grant] && table.is_needed(*grant)) {
        Some(grant) => {
            let (person, permission) = table.of(grant);
            flaw(format!(
                "no key gives `{}` to `{}`",
                table.name_of_permission(permission),
                table.name_of_person(person)
            ))
        }
        None => Ok(private.len()),
    }
}

/// Adds up the bounds: how many keys they show to be needed, and how many of them are refutations.
fn bounds(claim: &Claim, table: &Table) -> Result<(usize, usize), Flaw> {
    let mut all: Vec<(u32, u32)> = Vec::new();
    let (mut shown, mut refutations) = (0, 0);
    let find = |grants: &[(String, String)]| -> Result<Vec<(u32, u32)>, Flaw> {
        grants.iter().map(|(person, permission)| needed(table, person, permission)).collect()
    };
    for bound in &claim.bounds {
        let grants = match bound {
            Bound::Apart { apart } => {
                let apart = find(apart)?;
                are_apart(table, &apart)?;
                shown += apart.len();
                apart
            }
            Bound::Refuted { grants, apart, keys, clauses } => {
                let (grants, apart) = (find(grants)?, find(apart)?);
                are_apart(table, &apart)?;
                clauses::follow(table, &grants, &apart, *keys, clauses)?;
                shown += keys + 1;
                refutations += 1;
                grants
            }
        };
        for grant in &grants {
            if let Some(other) = all.iter().find(|other| table.fit(**other, *grant)) {
                return flaw(format!("{} are counted twice", two(table, *other, *grant)));
            }
        }
        all.extend(grants);
    }
    Ok((shown, refutations))
}

fn are_apart(table: &Table, grants: &[(u32, u32)]) -> Result<(), Flaw> {
    for (index, one) in grants.iter().enumerate() {
        if let Some(other) = grants[..index].iter().find(|other| table.fit(*one, **other)) {
            return flaw(format!("{} fit on one key", two(table, *other, *one)));
        }
    }
    Ok(())
}

fn two(table: &Table, one: (u32, u32), other: (u32, u32)) -> String {
    let name = |(person, permission): (u32, u32)| {
        format!("`{}` of `{}`", table.name_of_permission(permission), table.name_of_person(person))
    };
    format!("{} and {}", name(one), name(other))
}

/// A grant that somebody has to be given, and not by a private key.
fn needed(table: &Table, person: &str, permission: &str) -> Result<(u32, u32), Flaw> {
    let grant = (table.person(person)?, table.permission(permission)?);
    let there = table.grant(grant.0, grant.1).is_some_and(|grant| table.is_needed(grant));
    if !there || table.is_pinned(grant.1) {
        return flaw(format!("`{permission}` of `{person}` is none that a shared key has to give"));
    }
    Ok(grant)
}
