//! Texts on one line: where they end, and what they say.

use super::{GiveUp, Reader, Result};
use crate::syntax::tree::Style;

/// A scalar as it is written: the bytes within its quotes, and whether they need decoding.
pub(super) struct Scalar {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) style: Style,
    pub(super) escaped: bool,
    /// The byte after it, closing quote included.
    pub(super) after: usize,
}

const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut index = 0;
    while index < bytes.len() {
        table[bytes[index] as usize] = true;
        index += 1;
    }
    table
}

/// Bytes that may end a plain scalar, or need a second look, in a block.
const PLAIN_STOP: [bool; 256] = table(b"\n\r\t:#");
/// The same between brackets.
pub(super) const FLOW_STOP: [bool; 256] = table(b"\n\r\t:#,[]{}");
/// Bytes that begin something else than a plain scalar, or that only the conformant parser can tell apart.
/// `<` may begin a merge key, 0xEF a byte-order mark.
pub(super) const NO_PLAIN_START: [bool; 256] = table(b"|>&*!?@`%,[]{}:\t#\"'<\xef");

impl Reader<'_> {
    /// A plain scalar in a block, blanks behind it left out, and whether it is a key.
    #[inline(always)]
    pub(super) fn plain(&self, from: usize) -> Result<(Scalar, bool)> {
        let first = self.at(from);
        if NO_PLAIN_START[first as usize] || first == b'-' && self.is_blank_or_end(from + 1) {
            return Err(GiveUp);
        }
        let mut place = from;
        let is_key = loop {
            while place < self.bytes.len() && !PLAIN_STOP[self.bytes[place] as usize] {
                place += 1;
            }
            match self.at(place) {
                b':' if self.is_blank_or_end(place + 1) => break true,
                b':' => place += 1,
                b'#' if self.bytes[place - 1] == b' ' => break false,
                b'#' => place += 1,
                b'\t' => return Err(GiveUp),
                _ => break false,
            }
        };
        let mut to = place;
        while to > from && self.bytes[to - 1] == b' ' {
            to -= 1;
        }
        if is_key && to != place {
            return Err(GiveUp);
        }
        Ok((Scalar { from, to, style: Style::Plain, escaped: false, after: to }, is_key))
    }

    /// A quoted scalar on one line.
    #[inline(always)]
    pub(super) fn quoted(&self, open: usize) -> Result<Scalar> {
        let quote = self.at(open);
        let style = if quote == b'"' { Style::Double } else { Style::Single };
        let mut escaped = false;
        let mut place = open + 1;
        loop {
            match self.at(place) {
                byte if byte == quote => {
                    if style == Style::Single && self.at(place + 1) == quote {
                        escaped = true;
                        place += 2;
                        continue;
                    }
                    return Ok(Scalar { from: open + 1, to: place, style, escaped, after: place + 1 });
                }
                b'\n' | b'\r' => return Err(GiveUp),
                b'\\' if style == Style::Double => {
                    if !matches!(self.at(place + 1), b'\\' | b'"' | b'/' | b'n' | b't') {
                        return Err(GiveUp);
                    }
                    escaped = true;
                    place += 2;
                }
                _ => place += 1,
            }
        }
    }
}

/// The text of a quoted scalar with doubled quotes or simple escapes.
pub(super) fn decode(written: &str, style: Style) -> String {
    if style == Style::Single {
        return written.replace("''", "'");
    }
    let mut text = String::with_capacity(written.len());
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            },
            _ => c,
        });
    }
    text
}
