//! The tables of the state, and how older ones become today's.

use super::{State, StateError};

/// Each step brings a state from one version to the next; what is written here is never edited, only added to.
const STEPS: [&str; 5] = [
    "
CREATE TABLE properties(
  id TEXT PRIMARY KEY, lineage TEXT NOT NULL, serial INTEGER NOT NULL, guards TEXT NOT NULL,
  applied_at INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE seen(
  file TEXT PRIMARY KEY, property TEXT NOT NULL, others TEXT NOT NULL, digest BLOB NOT NULL, as_of INTEGER NOT NULL,
  until INTEGER) WITHOUT ROWID;
CREATE TABLE people(property TEXT, number INTEGER, id TEXT NOT NULL, PRIMARY KEY(property, number)) WITHOUT ROWID;
CREATE TABLE programs(
  property TEXT, number INTEGER, segments BLOB NOT NULL, PRIMARY KEY(property, number)) WITHOUT ROWID;
CREATE TABLE locks(
  property TEXT, door TEXT, provider TEXT, address TEXT, capacity INTEGER, unmanaged BLOB NOT NULL,
  entries BLOB NOT NULL, PRIMARY KEY(property, door, provider, address)) WITHOUT ROWID;
CREATE TABLE codes(
  property TEXT, door TEXT, person TEXT, part INTEGER, sealed BLOB NOT NULL,
  PRIMARY KEY(property, door, person, part)) WITHOUT ROWID;
CREATE TABLE recipients(public TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE leases(
  property TEXT PRIMARY KEY, token TEXT NOT NULL, holder TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
  since INTEGER NOT NULL, beat INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE runs(
  id INTEGER PRIMARY KEY, property TEXT NOT NULL, digest TEXT NOT NULL, plan TEXT NOT NULL, started INTEGER NOT NULL,
  folded INTEGER NOT NULL DEFAULT 0, complete INTEGER NOT NULL DEFAULT 0);
CREATE TABLE journal(
  run INTEGER, seq INTEGER, change INTEGER NOT NULL, note INTEGER NOT NULL, detail TEXT NOT NULL,
  PRIMARY KEY(run, seq)) WITHOUT ROWID;
CREATE TABLE log(
  number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, property TEXT NOT NULL, event TEXT NOT NULL,
  detail TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE head(one INTEGER PRIMARY KEY CHECK(one = 1), number INTEGER NOT NULL, hash TEXT NOT NULL);
INSERT INTO head VALUES(1, 0, '');
",
    "ALTER TABLE locks ADD COLUMN timezone TEXT;",
    // Lists of entries are shorter from here on, which an older keyplan cannot read; those of older states still are.
    "",
    // What is read as a whole lies together: the people of a property in one row, and each lock in one page where it fits, which
    // a table without row numbers fills by a third only.
    "
CREATE TABLE lists(property TEXT PRIMARY KEY, ids TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO lists SELECT property, group_concat(id, char(10) ORDER BY number) FROM people GROUP BY property;
DROP TABLE people;
ALTER TABLE lists RENAME TO people;
CREATE TABLE doors(
  property TEXT, door TEXT, provider TEXT, address TEXT, capacity INTEGER, timezone TEXT, unmanaged BLOB NOT NULL,
  entries BLOB NOT NULL, PRIMARY KEY(property, door, provider, address));
INSERT INTO doors(property, door, provider, address, capacity, timezone, unmanaged, entries)
  SELECT property, door, provider, address, capacity, timezone, unmanaged, entries FROM locks
  ORDER BY property, door, provider, address;
DROP TABLE locks;
ALTER TABLE doors RENAME TO locks;
",
    // How often the record had been written when the run was taken into it; and a doorcode that was taken back has a flag of its
    // own, which an older keyplan does not know.
    "ALTER TABLE runs ADD COLUMN serial INTEGER;",
];

fn version(state: &State) -> Result<i64, StateError> {
    let version = state.connection.query_row("PRAGMA user_version", [], |row| row.get(0));
    version.map_err(|error| state.failed(error))
}

/// Brings a state to today's version, all the way or not at all; `new`: it is a file that was just made.
pub(super) fn migrate(state: &mut State, new: bool) -> Result<(), StateError> {
    let version = version(state)?;
    check_version(state, version, new)?;
    if version == STEPS.len() as i64 {
        return Ok(());
    }
    let path = state.path.clone();
    let failed = |error| StateError::Database(path.clone(), error);
    let transaction = state
        .connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(failed)?;
    // Another process may have been faster.
    let now: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    for step in STEPS.iter().skip(now as usize) {
        transaction.execute_batch(step).map_err(failed)?;
    }
    transaction.pragma_update(None, "user_version", STEPS.len() as i64).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Whether there is anything in a state that is only read, which has to be of today's version. There is nothing where making
/// it has failed.
pub(super) fn check(state: &State) -> Result<bool, StateError> {
    let version = version(state)?;
    check_version(state, version, false)?;
    if version == 0 {
        return Ok(false);
    }
    if version < STEPS.len() as i64 {
        return Err(StateError::Wrong(format!(
            "the state {} is of an older keyplan; `keyplan state repair` brings it up to date",
            state.path.display()
        )));
    }
    Ok(true)
}

fn check_version(state: &State, version: i64, new: bool) -> Result<(), StateError> {
    if version > STEPS.len() as i64 {
        return Err(StateError::Newer(state.path.clone(), version));
    }
    if version < 1 && !new {
        let any = state.connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
        let any: i64 = any.map_err(|error| state.failed(error))?;
        if any > 0 {
            return Err(state.damaged("it is a database that keyplan did not make"));
        }
    }
    Ok(())
}
