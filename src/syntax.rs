//! Text to tree. Nothing else knows how YAML is written.
//!
//! Almost every file is written in one plain style, and `fast` reads just that style, many times quicker than any
//! parser of all of YAML. At the first construct that it does not know the file goes to `conformant` instead; both
//! give the same tree, which the tests hold them to. A file that is not YAML is read in pieces by `recovery`, so
//! that one run tells all its mistakes.

mod conformant;
mod encoding;
mod fast;
mod messages;
mod recovery;
mod table;
#[cfg(test)]
mod tests;
mod tree;
pub mod written;

pub use encoding::{Flaw, FlawKind, is_clean, report as report_flaws, scrub};
pub use table::{Field, Row, Rows, rows};
pub use tree::{Entries, Hole, Items, MAX_DEPTH, Node, NodeKind, Style, Tree};

use crate::diagnostic::{Diagnostic, Kind};
use crate::source::Span;

/// A file may not be longer than this many bytes.
pub const MAX_FILE: u32 = 1 << 28;

/// Reads one file: the bytes `file` of `text`, which spans point into. Clears `tree` and fills it with what can be
/// read; what cannot is reported. Never fails, and takes time in proportion to the file.
#[must_use]
pub fn parse(text: &str, file: Span, tree: &mut Tree) -> Vec<Diagnostic> {
    tree.clear();
    if file.len() >= MAX_FILE {
        tree.push_hole(Vec::new());
        let start = Span::new(file.start, file.start);
        let message = format!("this file is longer than {} MiB", MAX_FILE >> 20);
        return vec![
            Diagnostic::new(Kind::TOO_BIG, start, message)
                .help("split it into several files of the property"),
        ];
    }
    if fast::parse(text, file, tree).is_ok() {
        return Vec::new();
    }
    parse_conformant(text, file, tree)
}

/// As [`parse`], without the fast path: what the two are compared by.
#[must_use]
pub fn parse_conformant(text: &str, file: Span, tree: &mut Tree) -> Vec<Diagnostic> {
    tree.clear();
    let mut diagnostics = Vec::new();
    if conformant::parse(text, file, tree, &mut diagnostics).is_err() {
        recovery::parse(text, file, tree, &mut diagnostics);
    }
    diagnostics
}
