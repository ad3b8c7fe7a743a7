//! Tables of comma-separated values, RFC 4180, with the exact place of every field.
//!
//! Our own, since a roster decides who gets into a house: the readers that others wrote accept broken quotes in
//! silence and do not tell where a field stands.

use crate::diagnostic::{Diagnostic, Kind};
use crate::source::Span;

/// One field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its text, within its quotes, without the blanks around it.
    pub span: Span,
    /// Its text when quotes within it are doubled, so that it differs from its bytes.
    pub decoded: Option<String>,
}

/// One row; its memory is used again for the next.
#[derive(Debug, Default)]
pub struct Row {
    /// Its fields, at least one.
    pub fields: Vec<Field>,
    /// All of it, without the line end.
    pub span: Span,
}

/// Reads a table row by row.
#[derive(Debug)]
pub struct Rows<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    separator: u8,
}

/// The rows of the table at `file`; blank lines are no rows.
#[must_use]
pub fn rows(text: &str, file: Span) -> Rows<'_> {
    let (start, end) = (file.start as usize, file.end as usize);
    let mark = if text[start..end].starts_with('\u{feff}') { 3 } else { 0 };
    Rows { text, at: start + mark, end, separator: b',' }
}

impl Rows<'_> {
    /// Reads the next row into `row`; `false` at the end. What is wrong with its quotes goes to `diagnostics`.
    pub fn read(&mut self, row: &mut Row, diagnostics: &mut Vec<Diagnostic>) -> bool {
        let bytes = &self.text.as_bytes()[..self.end];
        while matches!(bytes.get(self.at), Some(b'\n' | b'\r')) {
            self.at += 1;
        }
        if self.at >= self.end {
            return false;
        }
        row.fields.clear();
        let start = self.at;
        let mut more = true;
        while more {
            while matches!(bytes.get(self.at), Some(b' ' | b'\t')) {
                self.at += 1;
            }
            let field = if bytes.get(self.at) == Some(&b'"') {
                self.quoted(diagnostics)
            } else {
                self.bare(diagnostics)
            };
            row.fields.push(field);
            more = bytes.get(self.at) == Some(&self.separator);
            self.at += usize::from(more);
        }
        row.span = Span::new(start as u32, self.at as u32);
        true
    }

    fn bare(&mut self, diagnostics: &mut Vec<Diagnostic>) -> Field {
        let from = self.at;
        let rest = &self.text.as_bytes()[from..self.end];
        let length = memchr::memchr3(self.separator, b'\n', b'\r', rest).unwrap_or(rest.len());
        self.at = from + length;
        let text = self.text[from..self.at].trim_end_matches([' ', '\t']);
        let span = Span::new(from as u32, (from + text.len()) as u32);
        if let Some(quote) = memchr::memchr(b'"', text.as_bytes()) {
            let place = Span::new((from + quote) as u32, (from + quote + 1) as u32);
            diagnostics.push(
                Diagnostic::new(
                    Kind::BAD_TABLE,
                    place,
                    "there is a quote inside a field that does not begin with one",
                )
                .help("put the whole field into quotes and double the quotes within it: `\"a \"\"b\"\" c\"`"),
            );
        }
        Field { span, decoded: None }
    }

    fn quoted(&mut self, diagnostics: &mut Vec<Diagnostic>) -> Field {
        let bytes = &self.text.as_bytes()[..self.end];
        let open = self.at;
        let from = open + 1;
        let mut place = from;
        let mut doubled = false;
        let to = loop {
            let Some(length) = memchr::memchr(b'"', &bytes[place..]) else {
                let line = memchr::memchr(b'\n', &bytes[open..]).map_or(self.end, |length| open + length);
                diagnostics.push(
                    Diagnostic::new(
                        Kind::BAD_TABLE,
                        Span::new(open as u32, line as u32),
                        "this quote is never closed",
                    )
                    .help("close it with `\"`; a quote within a field is doubled"),
                );
                // The other rows are read as if the quote were not there.
                self.at = line;
                return Field { span: Span::new(from as u32, line as u32), decoded: None };
            };
            let quote = place + length;
            if bytes.get(quote + 1) == Some(&b'"') {
                doubled = true;
                place = quote + 2;
                continue;
            }
            break quote;
        };
        self.at = to + 1;
        while matches!(bytes.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let behind = self.at;
        let rest = &bytes[behind..];
        let length = memchr::memchr3(self.separator, b'\n', b'\r', rest).unwrap_or(rest.len());
        if length > 0 {
            self.at = behind + length;
            diagnostics.push(
                Diagnostic::new(
                    Kind::BAD_TABLE,
                    Span::new(behind as u32, self.at as u32),
                    "something stands behind the closing quote of this field",
                )
                .help("put the whole field into quotes; a quote within it is doubled"),
            );
        }
        let decoded = doubled.then(|| self.text[from..to].replace("\"\"", "\""));
        Field { span: Span::new(from as u32, to as u32), decoded }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Vec<Vec<String>>, usize) {
        let mut diagnostics = Vec::new();
        let mut rows = rows(text, Span::new(0, text.len() as u32));
        let (mut row, mut all) = (Row::default(), Vec::new());
        while rows.read(&mut row, &mut diagnostics) {
            let field = |field: &Field| {
                field
                    .decoded
                    .clone()
                    .unwrap_or_else(|| text[field.span.start as usize..field.span.end as usize].to_owned())
            };
            all.push(row.fields.iter().map(field).collect());
        }
        (all, diagnostics.len())
    }

    #[test]
    fn quotes_commas_and_lines() {
        let (rows, flaws) = read("\u{feff}id,name\r\na,\"Lee, \"\"Bo\"\"\"\r\n\r\nb, c ,\nd,\"x\ny\"");
        assert_eq!(flaws, 0);
        let expected: &[&[&str]] = &[&["id", "name"], &["a", "Lee, \"Bo\""], &["b", "c", ""], &["d", "x\ny"]];
        assert_eq!(rows, expected);
    }

    #[test]
    fn broken_quotes_are_told_and_the_rest_is_read() {
        assert_eq!(
            read("a,\"b\nc,d\n"),
            (vec![vec!["a".into(), "b".into()], vec!["c".into(), "d".into()]], 1)
        );
        assert_eq!(read("a,b\"c\n").1, 1);
        assert_eq!(read("\"a\"b,c\n").1, 1);
    }

    proptest! {
        /// Whatever table another writer writes, both readers read the same.
        #[test]
        fn agrees_with_another_reader(table in prop::collection::vec(prop::collection::vec("[a-z ,\"\r\n;ü]{0,6}", 2..5), 1..6)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &table {
                writer.write_record(row.iter().map(|field| field.trim_matches([' ', '\t']))).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(read(&text), (theirs, 0));
        }
    }
}
