//! Who needs what.

/// People and the permissions that each of them needs, no more and no less. People and permissions are numbers from 0.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Where the permissions of each person begin, and at last where those of the last one end.
    starts: Vec<u32>,
    needed: Vec<u32>,
    /// Which of them need not be given, though they may; as long as `needed`, or empty when there are none.
    free: Vec<bool>,
    permissions: usize,
    kinds: Vec<u32>,
    classes: Vec<u32>,
    pinned: Vec<bool>,
}

impl Needs {
    /// Needs without any rule, from the permissions of each person, in any order, the same one twice or not.
    #[must_use]
    pub fn new(people: &[Vec<u32>]) -> Self {
        let mut needs = Self { starts: vec![0], ..Self::default() };
        for permissions in people {
            let start = needs.needed.len();
            needs.needed.extend(permissions);
            needs.needed[start..].sort_unstable();
            let mut kept = start;
            for index in start..needs.needed.len() {
                if index == start || needs.needed[index] != needs.needed[kept - 1] {
                    needs.needed[kept] = needs.needed[index];
                    kept += 1;
                }
            }
            needs.needed.truncate(kept);
            needs.starts.push(kept as u32);
        }
        needs.permissions = needs.needed.iter().max().map_or(0, |most| *most as usize + 1);
        needs.kinds = vec![0; people.len()];
        needs.classes = vec![0; needs.permissions];
        needs.pinned = vec![false; needs.permissions];
        needs
    }

    /// Two people of different kinds never get the same key.
    #[must_use]
    pub fn with_kinds(mut self, kinds: &[u32]) -> Self {
        self.kinds.iter_mut().zip(kinds).for_each(|(kind, given)| *kind = *given);
        self
    }

    /// Two permissions of different classes are never on the same key.
    #[must_use]
    pub fn with_classes(mut self, classes: &[u32]) -> Self {
        self.classes.iter_mut().zip(classes).for_each(|(class, given)| *class = *given);
        self
    }

    /// Such a permission is a private key of its own, for everybody who needs it, and on no other key.
    #[must_use]
    pub fn with_pinned(mut self, pinned: &[bool]) -> Self {
        self.pinned.iter_mut().zip(pinned).for_each(|(pin, given)| *pin = *given);
        self
    }

    /// Whoever has such a grant has it anyway: a key may give it, and none has to. Ascending, and all needed.
    #[must_use]
    pub fn with_free(mut self, free: &[(u32, u32)]) -> Self {
        self.free = vec![false; self.needed.len()];
        for (person, permission) in free {
            let start = self.starts[*person as usize] as usize;
            if let Ok(at) = self.of(*person).binary_search(permission) {
                self.free[start + at] = true;
            }
        }
        self
    }

    /// How many people there are.
    #[must_use]
    pub fn people(&self) -> usize {
        self.kinds.len()
    }

    /// How many permissions there are.
    #[must_use]
    pub fn permissions(&self) -> usize {
        self.permissions
    }

    /// What a person needs, ascending.
    #[must_use]
    pub fn of(&self, person: u32) -> &[u32] {
        let person = person as usize;
        &self.needed[self.starts[person] as usize..self.starts[person + 1] as usize]
    }

    /// How many different needs there are among the people.
    #[must_use]
    pub fn kinds_of_need(&self) -> usize {
        let rows: hashbrown::HashSet<(u32, &[u32])> = (0..self.people() as u32)
            .filter(|person| !self.of(*person).is_empty())
            .map(|person| (self.kind(person), self.of(person)))
            .collect();
        rows.len()
    }

    /// What a person needs, and whether it is free.
    pub(super) fn grants(&self, person: u32) -> impl Iterator<Item = (u32, bool)> + '_ {
        let start = self.starts[person as usize] as usize;
        let is_free = move |at: usize| self.free.get(start + at).copied().unwrap_or(false);
        self.of(person).iter().enumerate().map(move |(at, permission)| (*permission, is_free(at)))
    }

    pub(super) fn is_free(&self, (person, permission): (u32, u32)) -> bool {
        self.grants(person).any(|grant| grant == (permission, true))
    }

    pub(super) fn kind(&self, person: u32) -> u32 {
        self.kinds[person as usize]
    }

    pub(super) fn class(&self, permission: u32) -> u32 {
        self.classes[permission as usize]
    }

    pub(super) fn is_pinned(&self, permission: u32) -> bool {
        self.pinned[permission as usize]
    }
}
