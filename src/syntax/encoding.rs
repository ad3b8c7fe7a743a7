//! Bytes that are no text, made harmless without moving any other byte.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Kind};
use crate::source::Span;

/// So many flaws of a file are told one by one.
const TOLD: usize = 20;

/// What is wrong with some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// They are not UTF-8.
    NotUtf8,
    /// A control character.
    Control(u8),
    /// The file is in UTF-16.
    Utf16,
}

/// Bytes that are no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where, from the first byte of the file.
    pub range: Range<usize>,
    /// What.
    pub kind: FlawKind,
}

/// Whether a text has no control characters: then there is nothing to [`scrub`].
#[must_use]
pub fn is_clean(text: &str) -> bool {
    !has_control(text.as_bytes())
}

/// Makes bytes a text without control characters, each wrong byte replaced by `?`, so that every other byte keeps its
/// place. Gives what was wrong, in order.
pub fn scrub(bytes: &mut [u8]) -> Vec<Flaw> {
    let utf8 = std::str::from_utf8(bytes).is_ok();
    if utf8 && !has_control(bytes) {
        return Vec::new();
    }
    if is_utf16(bytes) {
        bytes.fill(b' ');
        return vec![Flaw { range: 0..bytes.len(), kind: FlawKind::Utf16 }];
    }
    let mut flaws = Vec::new();
    if !utf8 {
        not_utf8(bytes, &mut flaws);
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        if is_control(*byte) {
            flaws.push(Flaw { range: at..at + 1, kind: FlawKind::Control(*byte) });
            *byte = b'?';
        }
    }
    flaws.sort_by_key(|flaw| flaw.range.start);
    flaws
}

fn not_utf8(bytes: &mut [u8], flaws: &mut Vec<Flaw>) {
    let mut at = 0;
    while let Err(error) = std::str::from_utf8(&bytes[at..]) {
        let start = at + error.valid_up_to();
        let end = error.error_len().map_or(bytes.len(), |length| start + length);
        bytes[start..end].fill(b'?');
        match flaws.last_mut() {
            Some(last) if last.range.end == start => last.range.end = end,
            _ => flaws.push(Flaw { range: start..end, kind: FlawKind::NotUtf8 }),
        }
        at = end;
    }
}

const fn is_control(byte: u8) -> bool {
    byte < 0x20 && byte != b'\t' && byte != b'\n' && byte != b'\r' || byte == 0x7f
}

fn has_control(bytes: &[u8]) -> bool {
    // In blocks without a branch inside, which the compiler turns into vector instructions.
    bytes.chunks(4096).any(|chunk| chunk.iter().fold(false, |any, byte| any | is_control(*byte)))
}

/// A byte-order mark of UTF-16, or a zero at every other byte of the beginning.
fn is_utf16(bytes: &[u8]) -> bool {
    let zeros =
        |from: usize| bytes.len() >= 4 && bytes.iter().skip(from).step_by(2).take(8).all(|byte| *byte == 0);
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || zeros(0) || zeros(1)
}

/// Findings for the flaws of a file that begins at `base` of the text.
#[must_use]
pub fn report(flaws: &[Flaw], base: u32) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = flaws.iter().take(TOLD).map(|flaw| one(flaw, base)).collect();
    if let (Some(last), true) = (diagnostics.last_mut(), flaws.len() > TOLD) {
        last.message = format!("{}; {} more such places follow", last.message, flaws.len() - TOLD);
    }
    diagnostics
}

fn one(flaw: &Flaw, base: u32) -> Diagnostic {
    let span = Span::new(base + flaw.range.start as u32, base + flaw.range.end as u32);
    let (message, help) = match flaw.kind {
        FlawKind::NotUtf8 => (
            "these bytes are no UTF-8 text".to_owned(),
            "save the file as UTF-8; an editor shows this under `encoding`",
        ),
        FlawKind::Control(0) => ("there is a NUL character here, which no text has".to_owned(), "delete it"),
        FlawKind::Control(byte) => {
            (format!("there is a control character here (U+{byte:04X}), which nobody can see"), "delete it")
        }
        FlawKind::Utf16 => {
            let start = Span::new(span.start, span.start);
            return Diagnostic::new(Kind::ENCODING, start, "this file is saved as UTF-16")
                .help("save it as UTF-8");
        }
    };
    Diagnostic::new(Kind::ENCODING, span, message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str, expected: &[(Range<usize>, FlawKind)]) {
        let mut bytes = bytes.to_vec();
        let found: Vec<_> = scrub(&mut bytes).into_iter().map(|flaw| (flaw.range, flaw.kind)).collect();
        assert_eq!(std::str::from_utf8(&bytes), Ok(text));
        assert_eq!(found, expected);
    }

    #[test]
    fn wrong_bytes_are_replaced_and_told() {
        check(b"a: b\r\n\tc", "a: b\r\n\tc", &[]);
        check("ü: ß".as_bytes(), "ü: ß", &[]);
        check(b"a\xff\xfeb", "a??b", &[(1..3, FlawKind::NotUtf8)]);
        check(b"a\0b\x1b", "a?b?", &[(1..2, FlawKind::Control(0)), (3..4, FlawKind::Control(0x1b))]);
        check(b"ab\xe2\x82", "ab??", &[(2..4, FlawKind::NotUtf8)]);
        check(b"\xff\xfea\0b\0", "      ", &[(0..6, FlawKind::Utf16)]);
    }
}
