//! `--table`: needs from anywhere, as comma-separated values with the header `person,permission`.

use std::cell::Cell;
use std::path::Path;

use hashbrown::HashMap;

use crate::cli::Failure;
use crate::cli::sheet::Sheet;
use crate::optimize::Needs;
use crate::proof;

/// Names that somebody pinned by how they begin.
pub(in crate::cli) struct Pins(Vec<String>);

impl Pins {
    /// # Errors
    /// For a beginning that every name has.
    pub(in crate::cli) fn new(prefixes: &[String]) -> Result<Self, Failure> {
        let mut prefixes = prefixes.to_vec();
        prefixes.sort();
        // Whatever begins with a longer one begins with the shorter one too.
        prefixes.dedup_by(|longer, shorter| longer.starts_with(shorter.as_str()));
        if prefixes.iter().any(String::is_empty) {
            return Err(Failure::Told(
                "`--pin` without a beginning would make every permission a key of its own; write how the names of private ones begin, as `--pin home/`".into(),
            ));
        }
        Ok(Self(prefixes))
    }

    pub(in crate::cli) fn has(&self, permission: &str) -> bool {
        let after = self.0.partition_point(|prefix| prefix.as_str() <= permission);
        after > 0 && permission.starts_with(self.0[after - 1].as_str())
    }

    /// Those that no permission begins with.
    fn unused(&self, permissions: &[String]) -> Option<&str> {
        let mut used = vec![false; self.0.len()];
        for permission in permissions {
            let after = self.0.partition_point(|prefix| prefix <= permission);
            if after > 0 && permission.starts_with(self.0[after - 1].as_str()) {
                used[after - 1] = true;
            }
        }
        let unused = self.0.iter().zip(used).find(|(_, used)| !used);
        unused.map(|(prefix, _)| prefix.as_str())
    }
}

/// A table of needs, with its names.
pub(in crate::cli) struct Table {
    pub(in crate::cli) people: Vec<String>,
    pub(in crate::cli) permissions: Vec<String>,
    pub(in crate::cli) needed: Vec<Vec<u32>>,
}

/// Reads a table.
pub(in crate::cli) fn read(path: &Path) -> Result<Table, Failure> {
    let mut table = Table { people: Vec::new(), permissions: Vec::new(), needed: Vec::new() };
    let (mut person_of, mut permission_of) = (HashMap::new(), HashMap::new());
    let places = Cell::new((0, 0));
    let header = |header: &[String]| {
        let at = |name: &str| header.iter().position(|field| field == name);
        let (Some(person), Some(permission), 2) = (at("person"), at("permission"), header.len()) else {
            return Err(format!(
                " begins with `{}`; the first line of a table of needs is `person,permission`, and each line below it says one thing that one person needs",
                header.join(",").chars().take(60).collect::<String>()
            ));
        };
        places.set((person, permission));
        Ok(())
    };
    Sheet::open(path)?.read(header, |fields| {
        if fields.len() != 2 {
            return Err(format!(
                " has {} fields and not two; put names with a comma in them into double quotes",
                fields.len()
            ));
        }
        let (person_at, permission_at) = places.get();
        let (person, permission) = (fields[person_at].clone(), fields[permission_at].clone());
        if person.is_empty() || permission.is_empty() {
            let what = if person.is_empty() { "person" } else { "permission" };
            return Err(format!(" names no {what}"));
        }
        let number = number(&mut table.people, &mut person_of, person);
        if number as usize == table.needed.len() {
            table.needed.push(Vec::new());
        }
        let permission = self::number(&mut table.permissions, &mut permission_of, permission);
        table.needed[number as usize].push(permission);
        Ok(())
    })?;
    Ok(table)
}

fn number(names: &mut Vec<String>, known: &mut HashMap<String, u32>, name: String) -> u32 {
    if let Some(number) = known.get(&name) {
        return *number;
    }
    let next = names.len() as u32;
    names.push(name.clone());
    known.insert(name, next);
    next
}

impl Table {
    /// The needs, as far as the engine wants to know.
    ///
    /// # Errors
    /// For a pin that nothing begins with.
    pub(in crate::cli) fn needs(&self, pins: &Pins) -> Result<Needs, Failure> {
        if let Some(unused) = pins.unused(&self.permissions) {
            return Err(Failure::Told(format!("no permission begins with `{unused}`, which `--pin` names")));
        }
        let pinned: Vec<bool> = self.permissions.iter().map(|permission| pins.has(permission)).collect();
        Ok(Needs::new(&self.needed).with_pinned(&pinned))
    }

    /// The needs, as far as the check of a proof wants to know.
    pub(in crate::cli) fn to_check(&self, pins: &Pins) -> proof::Table {
        let mut table = proof::Table::default();
        for (person, needed) in self.people.iter().zip(&self.needed) {
            needed
                .iter()
                .for_each(|permission| table.add(person, &self.permissions[*permission as usize], false));
        }
        table.pin(|permission| pins.has(permission));
        table
    }
}
