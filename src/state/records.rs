//! What is recorded of the locks of a property: read, and written.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{State, StateError, entries, programs, runs};
use crate::locks::Program;
use crate::plan::{Guards, Recorded, RecordedLock};
use crate::time::Day;

/// What a property looked like when there was last nothing to do: with the same files there is still nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The id of the property.
    pub property: String,
    /// The files that belong to it beside its own, by path.
    pub others: Vec<String>,
    /// The digest of everything that the plan was made from.
    pub digest: [u8; 32],
    /// The day on which it was judged.
    pub as_of: Day,
    /// The first day on which the calendar may change something.
    pub until: Option<Day>,
}

#[derive(Deserialize, Serialize)]
struct WireGuards {
    revoke_share: u8,
    revoke_count: u32,
    people: Vec<String>,
    doors: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entrances: Vec<String>,
}

pub(super) fn guards_text(guards: &Guards) -> String {
    let Guards { revoke_share, revoke_count, people, doors, entrances } = guards.clone();
    // Texts, numbers and lists always have a form in JSON.
    serde_json::to_string(&WireGuards { revoke_share, revoke_count, people, doors, entrances })
        .unwrap_or_default()
}

fn guards(text: &str) -> Option<Guards> {
    let WireGuards { revoke_share, revoke_count, people, doors, entrances } =
        serde_json::from_str(text).ok()?;
    Some(Guards { revoke_share, revoke_count, people, doors, entrances })
}

pub(super) fn slots_blob(slots: &[u32]) -> Vec<u8> {
    slots.iter().flat_map(|slot| slot.to_le_bytes()).collect()
}

fn slots(blob: &[u8]) -> Vec<u32> {
    blob.chunks_exact(4).filter_map(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?))).collect()
}

impl State {
    /// What is recorded of a property, with what a run that was cut short has done. Empty when nothing is.
    ///
    /// # Errors
    /// When the state cannot be read, or does not make sense.
    pub fn recorded(&self, property: &str) -> Result<Recorded, StateError> {
        let mut recorded = self.base(property)?;
        if let Some(run) = self.cut_short(property)? {
            runs::fold(&mut recorded, &run);
        }
        Ok(recorded)
    }

    /// What the record itself says.
    pub(super) fn base(&self, property: &str) -> Result<Recorded, StateError> {
        let failed = |error| self.failed(error);
        // All of it as it was at one moment, whoever writes meanwhile.
        let reading = self.connection.is_autocommit().then(|| self.connection.unchecked_transaction());
        let _reading = reading.transpose().map_err(failed)?;
        let head = self
            .connection
            .prepare_cached("SELECT lineage, serial, guards FROM properties WHERE id = ?1")
            .and_then(|mut query| {
                query
                    .query_row([property], |row| {
                        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
                    })
                    .optional()
            })
            .map_err(failed)?;
        let Some((lineage, serial, text)) = head else { return Ok(Recorded::default()) };
        let guards = guards(&text).ok_or_else(|| self.damaged("the guards of a property cannot be read"))?;
        let people = self.people(property)?;
        let programs = self.programs(property)?;
        let mut query = self
            .connection
            .prepare_cached(
                "SELECT door, provider, address, capacity, unmanaged, entries, timezone FROM locks WHERE property = ?1
                 ORDER BY door, provider, address",
            )
            .map_err(failed)?;
        let mut rows = query.query([property]).map_err(failed)?;
        let mut locks = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let blob = |column| -> Result<&[u8], StateError> {
                row.get_ref(column)
                    .map_err(failed)?
                    .as_blob()
                    .map_err(|_| self.damaged("a lock cannot be read"))
            };
            locks.push(RecordedLock {
                door: row.get(0).map_err(failed)?,
                provider: row.get(1).map_err(failed)?,
                address: row.get(2).map_err(failed)?,
                capacity: row.get(3).map_err(failed)?,
                unmanaged: slots(blob(4)?),
                entries: entries::entries(blob(5)?, people.len(), programs.len())
                    .ok_or_else(|| self.damaged("the entries of a lock cannot be read"))?,
                timezone: row.get(6).map_err(failed)?,
            });
        }
        Ok(Recorded { lineage, serial: serial as u64, people, programs, locks, guards })
    }

    /// The people of a property, by number.
    fn people(&self, property: &str) -> Result<Vec<String>, StateError> {
        let query = self.connection.prepare_cached("SELECT ids FROM people WHERE property = ?1");
        let ids: rusqlite::Result<Option<String>> =
            query.and_then(|mut query| query.query_row([property], |row| row.get(0)).optional());
        let ids = ids.map_err(|error| self.failed(error))?.unwrap_or_default();
        Ok(ids.lines().map(str::to_owned).collect())
    }

    /// The programs of a property, by number.
    fn programs(&self, property: &str) -> Result<Vec<Program>, StateError> {
        let failed = |error| self.failed(error);
        let sql = "SELECT number, segments FROM programs WHERE property = ?1 ORDER BY number";
        let mut query = self.connection.prepare_cached(sql).map_err(failed)?;
        let mut rows = query.query([property]).map_err(failed)?;
        let mut list = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            // Numbers go from 0 without a gap.
            if row.get::<_, i64>(0).map_err(failed)? != list.len() as i64 {
                return Err(self.damaged("a number is missing"));
            }
            let program = row.get_ref(1).map_err(failed)?.as_blob().ok().and_then(programs::program);
            list.push(program.ok_or_else(|| self.damaged("a program cannot be read"))?);
        }
        Ok(list)
    }

    /// The ids of the properties that something is recorded of, ascending.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn properties(&self) -> Result<Vec<String>, StateError> {
        let failed = |error| self.failed(error);
        let mut query = self.connection.prepare("SELECT id FROM properties ORDER BY id").map_err(failed)?;
        let rows = query.query_map([], |row| row.get(0)).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// What each property was when there was last nothing to do, by its file.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn seen(&self) -> Result<HashMap<String, Seen>, StateError> {
        let failed = |error| self.failed(error);
        let mut query = self
            .connection
            .prepare("SELECT file, property, others, digest, as_of, until FROM seen")
            .map_err(failed)?;
        let rows = query
            .query_map([], |row| {
                let others: String = row.get(2)?;
                let seen = Seen {
                    property: row.get(1)?,
                    others: others.lines().map(str::to_owned).collect(),
                    digest: row.get(3)?,
                    as_of: Day(row.get(4)?),
                    until: row.get::<_, Option<i32>>(5)?.map(Day),
                };
                Ok((row.get(0)?, seen))
            })
            .map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Notes that there is nothing to do as long as the property in a file looks like this, unless the record was written
    /// since it had this serial.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn note_seen(&mut self, file: &str, seen: &Seen, serial: u64) -> Result<(), StateError> {
        let Seen { property, others, digest, as_of, until } = seen;
        self.transact(|transaction| {
            let values = params![
                file,
                property,
                others.join("\n"),
                digest,
                as_of.0,
                until.map(|day| day.0),
                serial as i64
            ];
            let sql = "INSERT OR REPLACE INTO seen SELECT ?1, ?2, ?3, ?4, ?5, ?6
                       WHERE EXISTS (SELECT 1 FROM properties WHERE id = ?2 AND serial = ?7)";
            Ok(transaction.execute(sql, values).map(|_| ())?)
        })
    }
}

/// Writes a whole record within a transaction; numbers that nothing uses are freed.
pub(super) fn write(
    transaction: &Transaction<'_>,
    property: &str,
    recorded: &Recorded,
) -> rusqlite::Result<()> {
    for table in ["people", "programs", "locks", "seen"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE property = ?1"), [property])?;
    }
    // People by their ids, as tables have them: what a plan compares then stands in the same order on both sides.
    let mut used: Vec<u32> =
        recorded.locks.iter().flat_map(|lock| &lock.entries).map(|entry| entry.person).collect();
    used.sort_unstable();
    used.dedup();
    used.sort_unstable_by_key(|person| &recorded.people[*person as usize]);
    let mut people: Vec<u32> = vec![0; recorded.people.len()];
    let ids: Vec<&str> = used.iter().map(|old| recorded.people[*old as usize].as_str()).collect();
    // A line for each: an id has letters, digits and a few signs.
    transaction.execute("INSERT INTO people VALUES(?1, ?2)", params![property, ids.join("\n")])?;
    for (number, old) in used.into_iter().enumerate() {
        people[old as usize] = number as u32;
    }
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    let mut blobs: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut program = transaction.prepare_cached("INSERT INTO programs VALUES(?1, ?2, ?3)")?;
    let mut lock = transaction.prepare_cached(
        "INSERT INTO locks(property, door, provider, address, capacity, unmanaged, entries, timezone)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for one in &recorded.locks {
        let mut entries = one.entries.clone();
        for entry in &mut entries {
            entry.person = people[entry.person as usize];
            let old = entry.held.program;
            entry.held.program = match numbers.get(&old) {
                Some(number) => *number,
                None => {
                    let blob = programs::blob(&recorded.programs[old as usize]);
                    let next = blobs.len() as u32;
                    let number = *blobs.entry(blob.clone()).or_insert(next);
                    if number == next {
                        program.execute(params![property, number, blob])?;
                    }
                    numbers.insert(old, number);
                    number
                }
            };
        }
        entries.sort_unstable_by_key(|entry| (entry.person, entry.held));
        if entries.is_empty() && one.unmanaged.is_empty() && one.capacity.is_none() {
            continue;
        }
        let (entries, unmanaged) = (entries::blob(&entries), slots_blob(&one.unmanaged));
        lock.execute(params![
            property,
            one.door,
            one.provider,
            one.address,
            one.capacity,
            unmanaged,
            entries,
            one.timezone
        ])?;
    }
    transaction.execute(
        "INSERT INTO properties(id, lineage, serial, guards, applied_at) VALUES(?1, ?2, ?3, ?4, ?5)
         ON CONFLICT(id) DO UPDATE SET lineage = ?2, serial = ?3, guards = ?4, applied_at = ?5",
        params![
            property,
            recorded.lineage,
            recorded.serial as i64,
            guards_text(&recorded.guards),
            super::now()
        ],
    )?;
    Ok(())
}
