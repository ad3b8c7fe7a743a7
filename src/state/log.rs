//! The audit log: who did what when, each line bound to the one before it by a hash.

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::{State, StateError};

/// What is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A plan began to be applied.
    ApplyBegun,
    /// It ended, in full or not.
    ApplyEnded,
    /// Guards were allowed for one plan.
    GuardsAllowed,
    /// Doorcodes were shown to somebody.
    CodesRevealed,
    /// Doorcodes were made anew.
    CodesRotated,
    /// The record was changed by hand.
    StateChanged,
    /// A lease was freed by hand.
    LeaseReleased,
    /// Who may open doorcodes was changed.
    RecipientsChanged,
}

impl Event {
    /// The word in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApplyBegun => "apply-begun",
            Self::ApplyEnded => "apply-ended",
            Self::GuardsAllowed => "guards-allowed",
            Self::CodesRevealed => "codes-revealed",
            Self::CodesRotated => "codes-rotated",
            Self::StateChanged => "state-changed",
            Self::LeaseReleased => "lease-released",
            Self::RecipientsChanged => "recipients-changed",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its number, from 1.
    pub number: i64,
    /// When, in UTC, as RFC 3339.
    pub at: String,
    /// Who.
    pub who: String,
    /// About which property; empty for all.
    pub property: String,
    /// What happened.
    pub event: String,
    /// More of it.
    pub detail: String,
    /// SHA-256 over the line before it and this one.
    pub hash: String,
}

/// What is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogFlaw {
    /// The line of this number is missing.
    Missing(i64),
    /// The line of this number is not as it was written.
    Changed(i64),
}

fn hash(previous: &str, number: i64, fields: [&str; 5]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(number.to_le_bytes());
    for field in [previous].into_iter().chain(fields) {
        hasher.update((field.len() as u64).to_le_bytes());
        hasher.update(field.as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds a line within a transaction.
pub(super) fn append(
    connection: &Connection,
    who: &str,
    property: &str,
    event: Event,
    detail: &str,
) -> rusqlite::Result<()> {
    let (number, previous): (i64, String) =
        connection.query_row("SELECT number, hash FROM head", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let number = number + 1;
    let at = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let hash = hash(&previous, number, [&at, who, property, event.name(), detail]);
    connection.execute(
        "INSERT INTO log VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![number, at, who, property, event.name(), detail, hash],
    )?;
    connection.execute("UPDATE head SET number = ?1, hash = ?2", params![number, hash])?;
    Ok(())
}

impl State {
    /// Adds a line to the log.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn log(&mut self, who: &str, property: &str, event: Event, detail: &str) -> Result<(), StateError> {
        self.transact(|transaction| Ok(append(transaction, who, property, event, detail)?))
    }

    /// Every line, the first first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn log_lines(&self) -> Result<Vec<LogLine>, StateError> {
        let failed = |error| self.failed(error);
        let mut query = self
            .connection
            .prepare("SELECT number, at, who, property, event, detail, hash FROM log ORDER BY number")
            .map_err(failed)?;
        let rows = query
            .query_map([], |row| {
                Ok(LogLine {
                    number: row.get(0)?,
                    at: row.get(1)?,
                    who: row.get(2)?,
                    property: row.get(3)?,
                    event: row.get(4)?,
                    detail: row.get(5)?,
                    hash: row.get(6)?,
                })
            })
            .map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Holds the log to its hashes; gives the number of lines, or the first that is missing or changed.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn verify_log(&self) -> Result<Result<i64, LogFlaw>, StateError> {
        let lines = self.log_lines()?;
        let mut previous = String::new();
        for (line, expected) in lines.iter().zip(1..) {
            if line.number != expected {
                return Ok(Err(LogFlaw::Missing(expected)));
            }
            let fields = [&*line.at, &line.who, &line.property, &line.event, &line.detail];
            if hash(&previous, line.number, fields) != line.hash {
                return Ok(Err(LogFlaw::Changed(expected)));
            }
            previous.clone_from(&line.hash);
        }
        let count = lines.len() as i64;
        let head = self
            .connection
            .query_row("SELECT number, hash FROM head", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
            .map_err(|error| self.failed(error))?;
        Ok(match head {
            (number, _) if number > count => Err(LogFlaw::Missing(count + 1)),
            (number, hash) if number < count || hash != previous => Err(LogFlaw::Changed(count)),
            _ => Ok(count),
        })
    }
}
