//! Symbol tables: from the name in the file to an index, and the nearest name to a wrong one.

use std::collections::HashSet;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Names of one space. It stores numbers only; whoever uses it tells which name a number has.
#[derive(Default)]
pub(super) struct Names {
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Names that stand in a part of a file that could not be read: references to them are not reported again.
    lost: HashSet<String>,
    /// Whether names may be missing that nobody can tell.
    pub(super) incomplete: bool,
}

impl Names {
    /// Makes room for so many names.
    pub(super) fn reserve<'n>(&mut self, count: usize, name_of: impl Fn(u32) -> &'n str) {
        let hasher = &self.hasher;
        self.table.reserve(count, |number| hasher.hash_one(name_of(*number).as_bytes()));
    }

    /// Adds a name, or gives the number that has it already.
    pub(super) fn insert<'n>(
        &mut self,
        name: &str,
        number: u32,
        name_of: impl Fn(u32) -> &'n str,
    ) -> Result<(), u32> {
        let hash = self.hasher.hash_one(name.as_bytes());
        if let Some(known) = self.table.find(hash, |number| name_of(*number) == name) {
            return Err(*known);
        }
        let hasher = &self.hasher;
        self.table.insert_unique(hash, number, |number| hasher.hash_one(name_of(*number).as_bytes()));
        Ok(())
    }

    /// The number of a name.
    #[inline]
    pub(super) fn find<'n>(&self, name: &str, name_of: impl Fn(u32) -> &'n str) -> Option<u32> {
        self.table.find(self.hasher.hash_one(name.as_bytes()), |number| name_of(*number) == name).copied()
    }

    /// Notes a name whose definition could not be read.
    pub(super) fn lose(&mut self, name: &str) {
        self.lost.insert(name.to_owned());
    }

    /// Whether a name that is not here may have been defined where the file could not be read.
    pub(super) fn may_be_lost(&self, name: &str) -> bool {
        self.incomplete || self.lost.contains(name)
    }
}

/// The name that somebody probably meant, if there is one close enough.
pub(crate) fn nearest<'n>(wrong: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let folded = fold(wrong);
    let length = wrong.chars().count();
    let first = wrong.chars().next();
    // One slip in three letters still reads as the same word, one more when it begins alike; all else is a guess.
    let slips = (length / 3).clamp(1, 4);
    known
        .filter_map(|name| {
            let bound = slips + usize::from(length > 2 && name.chars().next() == first);
            if name.chars().count().abs_diff(length) > bound {
                return None;
            }
            let distance = if fold(name) == folded { 0 } else { strsim::osa_distance(wrong, name) };
            (distance <= bound).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| name)
}

/// A name without what people mix up: case, and what joins its words.
fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Why a text cannot be an id, in words; `None` when it can.
pub(crate) fn flaw_of_id(id: &str) -> Option<String> {
    let first = id.chars().next()?;
    // The common case in one sweep over the bytes.
    if first.is_ascii_alphanumeric() && id.bytes().all(|b| ID_BYTE[b as usize]) {
        return None;
    }
    if !first.is_alphanumeric() {
        return Some(format!("it begins with `{first}`"));
    }
    let wrong = id.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+')))?;
    Some(if wrong == ' ' { "it has a space in it".into() } else { format!("it has `{wrong}` in it") })
}

const ID_BYTE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@' | b'+');
        byte += 1;
    }
    table
};

/// An id made from a text that cannot be one.
pub(crate) fn proposed_id(text: &str) -> String {
    let mut id = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() {
            id.extend(c.to_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    id.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["schedule", "doorcode", "share"];
        assert_eq!(nearest("schedul", known.into_iter()), Some("schedule"));
        assert_eq!(nearest("door-code", known.into_iter()), Some("doorcode"));
        assert_eq!(nearest("Share", known.into_iter()), Some("share"));
        assert_eq!(nearest("colour", known.into_iter()), None);
    }

    #[test]
    fn ids_have_letters_digits_and_joiners() {
        for good in ["pool", "unit-205C", "a.b_c", "tracy@example.com", "küche", "101"] {
            assert_eq!(flaw_of_id(good), None, "{good}");
        }
        for bad in ["front door", "a/b", "-a", "$door", "a:b", "a,b"] {
            assert!(flaw_of_id(bad).is_some(), "{bad}");
        }
        assert_eq!(proposed_id("Front Door!"), "front-door");
    }

    #[test]
    fn a_name_is_found_by_its_number() {
        let list = ["a", "b", "c"];
        let name_of = |number: u32| list[number as usize];
        let mut names = Names::default();
        for number in 0..3 {
            assert_eq!(names.insert(list[number as usize], number, name_of), Ok(()));
        }
        assert_eq!(names.insert("b", 7, name_of), Err(1));
        assert_eq!(names.find("c", name_of), Some(2));
        assert_eq!(names.find("d", name_of), None);
    }
}
