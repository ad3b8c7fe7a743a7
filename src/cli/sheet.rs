//! Files of comma-separated values, whose first line names the columns.

use std::path::Path;

use super::Failure;
use crate::source::Span;
use crate::syntax::{Field, Row, rows};

/// A file of values, or what was taken for one.
pub(super) struct Sheet {
    shown: String,
    pub(super) text: String,
}

impl Sheet {
    /// # Errors
    /// When it cannot be read, or is no text.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let bytes =
            std::fs::read(path).map_err(|error| Failure::Told(format!("cannot read {shown}: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = 1 + breaks(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            Failure::Told(format!(
                "{shown}:{line} is no text in UTF-8; write the table as comma-separated values"
            ))
        })?;
        if text.len() >= u32::MAX as usize {
            return Err(Failure::Told(format!(
                "{shown} is larger than 4 GiB, which is more than one table may be"
            )));
        }
        Ok(Self { shown, text })
    }

    /// Gives the header to one, and every row below it to the other. What they object to follows the name of the file, and
    /// of a row its line.
    ///
    /// # Errors
    /// What they object to, and rows that are not written as values are.
    pub(super) fn read(
        &self,
        header: impl FnOnce(&[String]) -> Result<(), String>,
        mut each: impl FnMut(&[String]) -> Result<(), String>,
    ) -> Result<(), Failure> {
        let Self { shown, text } = self;
        let line = |at: u32| 1 + breaks(&text.as_bytes()[..at as usize]);
        let of = |field: &Field| -> String {
            let plain = || text[field.span.start as usize..field.span.end as usize].to_owned();
            field.decoded.clone().unwrap_or_else(plain)
        };
        let mut reader = rows(text, Span::new(0, text.len() as u32));
        let (mut row, mut mistakes) = (Row::default(), Vec::new());
        let mut fields: Vec<String> = Vec::new();
        if reader.read(&mut row, &mut mistakes) {
            fields.extend(row.fields.iter().map(of));
        }
        header(&fields).map_err(|why| Failure::Told(format!("{shown}{why}")))?;
        while reader.read(&mut row, &mut mistakes) {
            fields.clear();
            fields.extend(row.fields.iter().map(of));
            each(&fields).map_err(|why| Failure::Told(format!("{shown}:{}{why}", line(row.span.start))))?;
        }
        match mistakes.first() {
            Some(mistake) => {
                Err(Failure::Told(format!("{shown}:{}: {}", line(mistake.span.start), mistake.message)))
            }
            None => Ok(()),
        }
    }
}

fn breaks(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
