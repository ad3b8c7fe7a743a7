//! The doorcodes of a property, sealed.

use std::collections::BTreeSet;

use rusqlite::params_from_iter;

use super::{State, StateError, Vault};
use crate::locks::doorcode::Doorcode;
use crate::plan::{Digits, Entry, RecordedLock};

/// What a doorcode belongs to within a property.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeKey {
    /// The id of the door.
    pub door: String,
    /// The id of the person.
    pub person: String,
    /// Which of the person's codes at this door; nearly always the only one, 0.
    pub part: u8,
}

impl State {
    /// The sealed codes of a property, or of all; by property, door, person and part.
    pub(super) fn sealed_codes(
        &self,
        property: Option<&str>,
    ) -> Result<Vec<(String, CodeKey, Vec<u8>)>, StateError> {
        let failed = |error| self.failed(error);
        let sql = "SELECT property, door, person, part, sealed FROM codes WHERE ?1 IS NULL OR property = ?1
                   ORDER BY property, door, person, part";
        let mut query = self.connection.prepare(sql).map_err(failed)?;
        let rows = query
            .query_map(params_from_iter([property]), |row| {
                let key = CodeKey { door: row.get(1)?, person: row.get(2)?, part: row.get(3)? };
                Ok((row.get(0)?, key, row.get(4)?))
            })
            .map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Which doorcodes a property has, without the codes.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn codes(&self, property: &str) -> Result<Vec<CodeKey>, StateError> {
        Ok(self.sealed_codes(Some(property))?.into_iter().map(|(_, key, _)| key).collect())
    }

    /// Which doorcodes of a property are in locks that tell them to nobody, and are not known here: they were set elsewhere.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn untold(&self, property: &str) -> Result<BTreeSet<CodeKey>, StateError> {
        let recorded = self.recorded(property)?;
        let of = |digits: Digits| {
            let entries =
                recorded.locks.iter().flat_map(|lock| lock.entries.iter().map(move |one| (lock, one)));
            let entries = entries.filter(|(_, one)| one.digits == digits && one.held.ways.has_doorcode());
            let key = |(lock, one): (&RecordedLock, &Entry)| CodeKey {
                door: lock.door.clone(),
                person: recorded.people[one.person as usize].clone(),
                part: one.held.part,
            };
            entries.map(key).collect::<BTreeSet<_>>()
        };
        // A door that got another lock has a code there that is known.
        let untold = of(Digits::Untold);
        Ok(if untold.is_empty() { untold } else { &untold - &of(Digits::Kept) })
    }

    /// The doorcodes of one door.
    ///
    /// # Errors
    /// When the state cannot be read, or a code cannot be opened.
    pub fn codes_at(
        &self,
        vault: &Vault,
        property: &str,
        door: &str,
    ) -> Result<Vec<(CodeKey, Doorcode)>, StateError> {
        let failed = |error| self.failed(error);
        let mut query = self
            .connection
            .prepare_cached(
                "SELECT person, part, sealed FROM codes WHERE property = ?1 AND door = ?2 ORDER BY person, part",
            )
            .map_err(failed)?;
        let mut rows = query.query([property, door]).map_err(failed)?;
        let mut codes = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let key = CodeKey {
                door: door.to_owned(),
                person: row.get(0).map_err(failed)?,
                part: row.get(1).map_err(failed)?,
            };
            let blob: Vec<u8> = row.get(2).map_err(failed)?;
            let code = vault.open(property, &key, &blob)?;
            codes.push((key, code));
        }
        Ok(codes)
    }
}
