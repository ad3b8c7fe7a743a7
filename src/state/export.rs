//! A whole state as one text, to keep a copy of or to bring to another machine. Doorcodes stay sealed in it.

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params_from_iter};
use serde::{Deserialize, Serialize};

use super::{Event, State, StateError, log};

/// What is exported, and in which order it comes back.
const TABLES: [&str; 10] =
    ["properties", "people", "programs", "locks", "codes", "recipients", "runs", "journal", "log", "head"];

/// Goes up when the tables have other columns.
const VERSION: u8 = 2;

/// A state as text.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    version: u8,
    tables: Vec<WireTable>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireTable {
    name: String,
    rows: Vec<Vec<WireValue>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum WireValue {
    Null,
    Number(i64),
    Text(String),
    Bytes(String),
}

fn wire(value: Value) -> WireValue {
    match value {
        Value::Null => WireValue::Null,
        Value::Integer(number) => WireValue::Number(number),
        Value::Real(number) => WireValue::Number(number as i64),
        Value::Text(text) => WireValue::Text(text),
        Value::Blob(bytes) => WireValue::Bytes(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}

fn unwire(value: &WireValue) -> Option<Value> {
    Some(match value {
        WireValue::Null => Value::Null,
        WireValue::Number(number) => Value::Integer(*number),
        WireValue::Text(text) => Value::Text(text.clone()),
        WireValue::Bytes(hex) => {
            let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            Value::Blob(hex.as_bytes().chunks(2).map(pair).collect::<Option<_>>()?)
        }
    })
}

impl State {
    /// The whole state.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn export(&self) -> Result<Export, StateError> {
        let failed = |error| self.failed(error);
        let mut tables = Vec::new();
        for name in TABLES {
            let mut query = self.connection.prepare(&format!("SELECT * FROM {name}")).map_err(failed)?;
            let columns = query.column_count();
            let rows = query
                .query_map([], |row| (0..columns).map(|at| row.get(at).map(wire)).collect::<Result<_, _>>())
                .map_err(failed)?;
            let rows = rows.collect::<Result<_, _>>().map_err(failed)?;
            tables.push(WireTable { name: name.to_owned(), rows });
        }
        Ok(Export { version: VERSION, tables })
    }

    /// Puts an exported state in the place of this one. Only a state of the same properties, and one that was written at
    /// least as often, takes its place, unless this one is empty.
    ///
    /// # Errors
    /// When it does not fit, somebody holds a property, or the state cannot be written.
    pub fn import(&mut self, export: &Export, who: &str) -> Result<(), StateError> {
        if export.version != VERSION {
            return Err(StateError::Wrong(format!(
                "the export has version {}, and {VERSION} is known: bring its state up to date with `keyplan state repair`, and export it again",
                export.version
            )));
        }
        if let Some(holder) = self.holders()?.into_iter().next() {
            return Err(StateError::Held(Box::new(holder)));
        }
        if let Some(property) = self.cut_short_anywhere()? {
            return Err(StateError::Wrong(format!(
                "a run of `{property}` was cut short, and what it did stands only here: `keyplan state repair` takes it into the record, and then a push would lose it"
            )));
        }
        for property in self.properties()? {
            let (lineage, serial): (String, i64) = self
                .connection
                .query_row("SELECT lineage, serial FROM properties WHERE id = ?1", [&property], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .map_err(|error| self.failed(error))?;
            let same =
                |row: &&Vec<WireValue>| matches!(row.first(), Some(WireValue::Text(id)) if *id == property);
            let other = export.tables.iter().find(|table| table.name == "properties");
            let other = other.and_then(|table| table.rows.iter().find(same));
            let fits = other.is_some_and(|row| {
                matches!((row.get(1), row.get(2)), (Some(WireValue::Text(one)), Some(WireValue::Number(number)))
                    if *one == lineage && *number >= serial)
            });
            if !fits {
                return Err(StateError::Wrong(format!(
                    "what is recorded of `{property}` here is newer, or of another lineage; a push would lose it"
                )));
            }
        }
        self.keeps_log(export)?;
        self.transact(|transaction| {
            for table in &export.tables {
                let wrong = |what: &str| StateError::Wrong(format!("{what} of the export cannot be read"));
                let name = TABLES.iter().find(|name| **name == table.name).ok_or_else(|| wrong("a table"))?;
                transaction.execute(&format!("DELETE FROM {name}"), [])?;
                let columns = transaction.prepare(&format!("SELECT * FROM {name}"))?.column_count();
                for row in &table.rows {
                    let values = row.iter().map(unwire).collect::<Option<Vec<_>>>();
                    let mut values = values.ok_or_else(|| wrong("a value"))?;
                    // An older export knows nothing of columns that came later.
                    values.resize(columns.max(values.len()), Value::Null);
                    let marks = vec!["?"; values.len()].join(",");
                    transaction
                        .execute(&format!("INSERT INTO {name} VALUES({marks})"), params_from_iter(values))?;
                }
            }
            // It was seen of another record that there is nothing to do.
            transaction.execute("DELETE FROM seen", [])?;
            Ok(log::append(transaction, who, "", Event::StateChanged, "push")?)
        })
    }

    /// A property whose last run ended without a record of what it did.
    fn cut_short_anywhere(&self) -> Result<Option<String>, StateError> {
        let sql = "SELECT property FROM runs WHERE folded = 0 ORDER BY property LIMIT 1";
        let row = self.connection.query_row(sql, [], |row| row.get(0));
        row.optional().map_err(|error| self.failed(error))
    }

    /// Whether an export has every line that the log has here.
    fn keeps_log(&self, export: &Export) -> Result<(), StateError> {
        let sql = "SELECT number, hash FROM head";
        let head = self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
        let (number, hash): (i64, String) = head.map_err(|error| self.failed(error))?;
        let is_it = |row: &Vec<WireValue>| {
            matches!((row.first(), row.last()), (Some(WireValue::Number(one)), Some(WireValue::Text(other)))
                if *one == number && *other == hash)
        };
        let log = export.tables.iter().find(|table| table.name == "log");
        if number == 0 || log.is_some_and(|log| log.rows.iter().any(is_it)) {
            return Ok(());
        }
        Err(StateError::Wrong(
            "the log has lines here that the export does not know, as `keyplan log` shows; a push would lose them, and what they tell of"
                .to_owned(),
        ))
    }
}
