//! A file that is not YAML, read in pieces, so that one run tells all its mistakes and keeps the rest.
//!
//! Lines at the smallest indentation begin the entries of a block. Each entry is read alone. One that cannot be read
//! is split the same way when it has lines below it; where that ends, the mistake is told and a mark stands in the
//! place of what was lost.

use super::tree::{MAX_DEPTH, NodeKind, Style, Tree};
use super::{conformant, fast};
use crate::diagnostic::{Diagnostic, Kind};
use crate::source::Span;

/// After so many mistakes of one file the rest is not looked at: it is no property file.
const TOLD: usize = 50;

/// Reads what can be read of a file that is not YAML as a whole. `diagnostics` holds the finding for the whole file
/// at its end, which gives way to those of the pieces.
pub(super) fn parse(text: &str, file: Span, tree: &mut Tree, diagnostics: &mut Vec<Diagnostic>) {
    let whole = diagnostics.pop();
    let mut recovery = Recovery {
        text,
        tree,
        diagnostics,
        scratch: Tree::default(),
        path: Vec::new(),
        told: 0,
        end: file.end,
    };
    recovery.tree.clear();
    recovery.block(file, 0);
    if recovery.told == 0
        && let Some(whole) = whole
    {
        // Every piece reads well, and together they do not: tell what the whole was told.
        diagnostics.push(whole);
        tree.push_hole(Vec::new());
    }
}

struct Recovery<'t> {
    text: &'t str,
    tree: &'t mut Tree,
    diagnostics: &'t mut Vec<Diagnostic>,
    scratch: Tree,
    /// The keys that lead here.
    path: Vec<String>,
    told: usize,
    /// Where the file ends.
    end: u32,
}

impl Recovery<'_> {
    fn line_end(&self, from: u32, end: u32) -> u32 {
        memchr::memchr(b'\n', &self.text.as_bytes()[from as usize..end as usize])
            .map_or(end, |length| from + length as u32 + 1)
    }

    fn get(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// The indentation of a line; `None` for one that is blank or a comment. A line indented by tabs belongs to the
    /// one above, however deep it was meant to be.
    fn indent(&self, line: Span) -> Option<usize> {
        let text = self.get(line).trim_start_matches('\u{feff}');
        let rest = text.trim_start_matches(' ');
        if rest.starts_with('\t') && !rest.trim().is_empty() {
            return Some(usize::MAX);
        }
        (!rest.trim().is_empty() && !rest.starts_with('#')).then(|| text.len() - rest.len())
    }

    /// The lines of a span that begin its entries, with where each entry ends.
    fn entries(&self, block: Span) -> Vec<Span> {
        let mut lines = Vec::new();
        let mut at = block.start;
        while at < block.end {
            let end = self.line_end(at, block.end);
            lines.push(Span::new(at, end));
            at = end;
        }
        let Some(least) = lines.iter().filter_map(|line| self.indent(*line)).min() else { return Vec::new() };
        let mut entries: Vec<Span> = Vec::new();
        for line in lines {
            // A closing bracket at the column of its key belongs to what it closes.
            let begins =
                self.indent(line) == Some(least) && !self.get(line).trim_start().starts_with(['}', ']']);
            match entries.last_mut() {
                Some(last) if !begins => last.end = line.end,
                _ => entries.push(line),
            }
        }
        entries
    }

    /// Reads a block entry by entry.
    fn block(&mut self, block: Span, depth: usize) {
        let entries = self.entries(block);
        let sequence = entries.iter().any(|entry| self.get(*entry).trim_start().starts_with("- "));
        let kind = if sequence { NodeKind::Sequence } else { NodeKind::Mapping };
        let node = self.tree.open(kind, block.start);
        for entry in entries {
            if self.told >= TOLD {
                break;
            }
            self.entry(entry, sequence, depth);
        }
        self.tree.close(node, block.end);
    }

    fn entry(&mut self, entry: Span, sequence: bool, depth: usize) {
        let mut found = Vec::new();
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let read = fast::parse(self.text, entry, &mut scratch).is_ok()
            || conformant::parse(self.text, entry, &mut scratch, &mut found).is_ok();
        let fits = match scratch.root(self.text).map(|root| root.kind()) {
            None => true,
            Some(NodeKind::Sequence) => sequence,
            Some(NodeKind::Mapping) => !sequence,
            Some(_) => false,
        };
        if read && fits {
            self.diagnostics.append(&mut found);
            self.tree.append_children(&scratch);
            self.scratch = scratch;
            return;
        }
        self.scratch = scratch;
        let head_end = self.line_end(entry.start, entry.end);
        let head = Span::new(entry.start, head_end);
        let rest = Span::new(head_end, entry.end);
        let key = if sequence { None } else { self.key(head) };
        let tabs = self.tabs(entry);
        if !tabs.is_empty() && (depth > 0 || head.start == tabs[0].start || !matches!(key, Some((_, true)))) {
            self.told += 1;
            for tab in tabs {
                let message = "there is a tab here, and YAML is indented with spaces";
                self.diagnostics
                    .push(Diagnostic::new(Kind::SYNTAX, tab, message).help("replace the tab by spaces"));
            }
            self.lose(key, sequence, entry);
            return;
        }
        if let Some((key, true)) = key
            && depth < MAX_DEPTH
            && self.indent(rest_first_line(self, rest)).is_some()
        {
            // `key:` alone: what is below it is a block of its own.
            self.tree.push_scalar(Style::Plain, key);
            self.path.push(self.get(key).to_owned());
            self.block(rest, depth + 1);
            self.path.pop();
            return;
        }
        if let Some((key, _)) = key
            && let Some(at) = self.get(key).find([' ', '{', '['])
            && self.get(key)[at..].trim_start().starts_with(['{', '['])
        {
            // `pool { kind: amenity }`: the key ends before the bracket.
            let key = Span::new(key.start, key.start + at as u32);
            let message = format!("a `:` is missing behind `{}`", self.get(key));
            found = vec![Diagnostic::new(Kind::SYNTAX, key, message).help("write `name: value`")];
            self.tell(entry, head, false, found);
            self.lose(Some((key, false)), sequence, entry);
            return;
        }
        self.tell(entry, head, read, found);
        if self.get(head).starts_with('%') {
            // A directive defines nothing that could be lost.
            return;
        }
        self.lose(key, sequence, entry);
    }

    /// Leaves a mark in the place of an entry that could not be read.
    fn lose(&mut self, key: Option<(Span, bool)>, sequence: bool, entry: Span) {
        match key {
            Some((key, _)) => {
                self.tree.push_scalar(Style::Plain, key);
                self.tree.push_lost(key.end);
            }
            None if sequence => self.tree.push_lost(entry.start),
            None => self.tree.push_hole(self.path.clone()),
        }
        if entry.end == self.end && !self.path.is_empty() {
            // What is never closed may have swallowed the end of the file.
            self.tree.push_hole(self.path.clone());
        }
    }

    /// The tabs that indent lines of an entry, each line's first.
    fn tabs(&self, entry: Span) -> Vec<Span> {
        let mut tabs = Vec::new();
        let mut at = entry.start;
        while at < entry.end {
            let end = self.line_end(at, entry.end);
            let line = self.get(Span::new(at, end));
            let blanks = line.len() - line.trim_start_matches(' ').len();
            if line[blanks..].starts_with('\t') && !line.trim().is_empty() {
                let tab = at + blanks as u32;
                tabs.push(Span::new(tab, tab + 1));
            }
            at = end;
        }
        tabs
    }

    fn tell(&mut self, entry: Span, head: Span, read: bool, mut found: Vec<Diagnostic>) {
        self.told += 1;
        if read {
            let text = self.get(head).trim_end();
            let start = entry.start + (text.len() - text.trim_start().len()) as u32;
            let span = Span::new(start, entry.start + text.len() as u32);
            found = vec![
                Diagnostic::new(Kind::SYNTAX, span, "a field is written `name: value`, and this line is not")
                    .help("write `name: value`, or indent the line when it belongs to the one above"),
            ];
        }
        self.diagnostics.append(&mut found);
    }

    /// The key at the beginning of a line, and whether nothing but a comment stands behind it.
    fn key(&self, line: Span) -> Option<(Span, bool)> {
        let text = self.get(line);
        let start = text.len() - text.trim_start_matches([' ', '\t', '\u{feff}']).len();
        let rest = &text[start..];
        let quoted = rest.starts_with(['"', '\'']);
        let colon = rest
            .match_indices(':')
            .map(|(at, _)| at)
            .find(|at| matches!(rest.as_bytes().get(at + 1), None | Some(b' ' | b'\n' | b'\r' | b'\t')))?;
        let written = &rest[..colon];
        let inner = if quoted { written.trim_start_matches(['"', '\'']) } else { written };
        let before = written.len() - inner.len();
        let key = if quoted { inner.trim_end_matches(['"', '\'']) } else { inner };
        if key.is_empty() || key.starts_with(['[', '{', '-', '#']) || key.contains(['"', '\'']) {
            return None;
        }
        let key_start = line.start + (start + before) as u32;
        let behind = rest[colon + 1..].trim();
        Some((
            Span::new(key_start, key_start + key.len() as u32),
            behind.is_empty() || behind.starts_with('#'),
        ))
    }
}

/// The first line of a rest that is neither blank nor a comment, or an empty one.
fn rest_first_line(recovery: &Recovery<'_>, rest: Span) -> Span {
    let mut at = rest.start;
    while at < rest.end {
        let line = Span::new(at, recovery.line_end(at, rest.end));
        if recovery.indent(line).is_some() {
            return line;
        }
        at = line.end;
    }
    Span::new(rest.end, rest.end)
}
