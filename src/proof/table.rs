//! Who needs what, as the check reads it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Flaw, flaw};

/// A table of needs, with the rules that keys keep.
#[derive(Clone, Debug, Default)]
pub struct Table {
    people: Vec<String>,
    permissions: Vec<String>,
    person_of: HashMap<String, u32>,
    permission_of: HashMap<String, u32>,
    /// The grants in the order in which they came.
    grants: Vec<(u32, u32)>,
    grant_of: HashMap<(u32, u32), usize>,
    free: BTreeSet<usize>,
    kinds: BTreeMap<u32, String>,
    classes: BTreeMap<u32, String>,
    pinned: BTreeSet<u32>,
}

impl Table {
    /// Adds what somebody needs, or may be given when it is `free`.
    pub fn add(&mut self, person: &str, permission: &str, free: bool) {
        let person = number(&mut self.people, &mut self.person_of, person);
        let permission = number(&mut self.permissions, &mut self.permission_of, permission);
        let next = self.grants.len();
        let grant = *self.grant_of.entry((person, permission)).or_insert(next);
        if grant == next {
            self.grants.push((person, permission));
            if free {
                self.free.insert(grant);
            }
        } else if !free {
            self.free.remove(&grant);
        }
    }

    /// People of different kinds never share a key.
    pub fn set_kind(&mut self, person: &str, kind: &str) {
        if let Some(person) = self.person_of.get(person) {
            self.kinds.insert(*person, kind.to_owned());
        }
    }

    /// Permissions of different classes are never on one key.
    pub fn set_class(&mut self, permission: &str, class: &str) {
        if let Some(permission) = self.permission_of.get(permission) {
            self.classes.insert(*permission, class.to_owned());
        }
    }

    /// Every permission that is picked is a private key.
    pub fn pin(&mut self, is_pinned: impl Fn(&str) -> bool) {
        let numbered = self.permissions.iter().zip(0..);
        self.pinned.extend(numbered.filter(|(name, _)| is_pinned(name)).map(|(_, number)| number));
    }

    pub(super) fn grants(&self) -> usize {
        self.grants.len()
    }

    pub(super) fn of(&self, grant: usize) -> (u32, u32) {
        self.grants[grant]
    }

    pub(super) fn grant(&self, person: u32, permission: u32) -> Option<usize> {
        self.grant_of.get(&(person, permission)).copied()
    }

    pub(super) fn is_needed(&self, grant: usize) -> bool {
        !self.free.contains(&grant)
    }

    pub(super) fn is_pinned(&self, permission: u32) -> bool {
        self.pinned.contains(&permission)
    }

    pub(super) fn person(&self, name: &str) -> Result<u32, Flaw> {
        self.person_of.get(name).copied().map_or_else(|| flaw(format!("there is no person `{name}`")), Ok)
    }

    pub(super) fn permission(&self, name: &str) -> Result<u32, Flaw> {
        let found = self.permission_of.get(name).copied();
        found.map_or_else(|| flaw(format!("there is no permission `{name}`")), Ok)
    }

    pub(super) fn kind(&self, person: u32) -> Option<&String> {
        self.kinds.get(&person)
    }

    pub(super) fn class(&self, permission: u32) -> Option<&String> {
        self.classes.get(&permission)
    }

    pub(super) fn name_of_person(&self, person: u32) -> &str {
        &self.people[person as usize]
    }

    pub(super) fn name_of_permission(&self, permission: u32) -> &str {
        &self.permissions[permission as usize]
    }

    /// Whether one key can give both: each of the two people may have both permissions, and no rule is in the way.
    pub(super) fn fit(&self, one: (u32, u32), other: (u32, u32)) -> bool {
        self.grant(one.0, other.1).is_some()
            && self.grant(other.0, one.1).is_some()
            && self.kind(one.0) == self.kind(other.0)
            && self.class(one.1) == self.class(other.1)
            && (one.1 == other.1 || !self.is_pinned(one.1) && !self.is_pinned(other.1))
    }
}

fn number(names: &mut Vec<String>, known: &mut HashMap<String, u32>, name: &str) -> u32 {
    if let Some(number) = known.get(name) {
        return *number;
    }
    names.push(name.to_owned());
    known.insert(name.to_owned(), names.len() as u32 - 1);
    names.len() as u32 - 1
}
