//! Allow comments: `# keyplan: allow(rule-name) until 2027-03-01: reason`.
//!
//! A comment belongs to the node that it stands with: the one that begins on its line, or, when it has the line for
//! itself, the one that begins on the next line with content. It allows the findings of its rules whose place is in
//! that node.

use std::cell::Cell;

use super::Rule;
use super::context::Context;
use super::findings::Findings;
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::model::Property;
use crate::source::{SourceFile, Span};
use crate::syntax::Tree;
use crate::time::Day;

/// A rule as a comment names it.
pub(super) struct Named {
    /// Where its name stands.
    pub(super) span: Span,
    /// `None` when there is no such rule.
    pub(super) rule: Option<&'static Rule>,
    /// Whether the comment kept a finding of it back.
    pub(super) used: Cell<bool>,
}

/// One allow comment.
pub(super) struct Allow {
    /// From `#` to the end of the line.
    pub(super) comment: Span,
    pub(super) rules: Vec<Named>,
    /// The last day that it holds.
    pub(super) until: Option<Day>,
    /// Whether something about its form is wrong, in words.
    pub(super) malformed: Option<String>,
    pub(super) reason: bool,
    /// The bytes of the node that it stands with.
    scope: Span,
}

/// The allow comments of a property.
#[derive(Default)]
pub(super) struct Allows(Vec<Allow>);

impl Allows {
    pub(super) fn read(property: &Property, trees: &[(usize, Tree)]) -> Self {
        let text = property.sources.text();
        let mut allows = Vec::new();
        for (file, tree) in trees {
            let file = &property.sources.files()[*file];
            for comment in tree.comments() {
                let written = &text[comment.start as usize..comment.end as usize];
                if let Some(at) = directive(written) {
                    allows.push(read(text, file, *comment, at));
                }
            }
        }
        Self(allows)
    }

    pub(super) fn all(&self) -> &[Allow] {
        &self.0
    }

    /// Takes away the findings of a rule that a comment in force allows.
    pub(super) fn apply(&self, rule: &'static Rule, context: &Context<'_>, found: &mut Findings) {
        if self.0.is_empty() || rule.is_binding() || about_comments(rule) {
            return;
        }
        found.retain(|diagnostic| !self.0.iter().any(|allow| allow.covers(rule, context, diagnostic)));
    }
}

/// Whether a rule is about allow comments themselves; those cannot be allowed.
pub(super) fn about_comments(rule: &Rule) -> bool {
    rule.kind.name.starts_with("allow-")
}

impl Allow {
    /// Whether its date is over.
    pub(super) fn is_expired(&self, today: Day) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    fn covers(&self, rule: &'static Rule, context: &Context<'_>, diagnostic: &Diagnostic) -> bool {
        let place = context.property.sources.written(diagnostic.span);
        let named = self.rules.iter().find(|named| named.rule.is_some_and(|one| one.kind == rule.kind));
        let Some(named) = named else { return false };
        if place.start < self.scope.start || place.start >= self.scope.end {
            return false;
        }
        named.used.set(true);
        self.malformed.is_none() && self.reason && !self.is_expired(context.property.as_of)
    }

    /// The edit that takes the comment away.
    pub(super) fn deleted(&self, context: &Context<'_>) -> Option<Fix> {
        let text = context.property.sources.text();
        let file = context.property.sources.file_of(self.comment)?.span;
        let line = line_start(text, file, self.comment.start);
        let before = &text[line..self.comment.start as usize];
        let (start, end) = if before.trim().is_empty() {
            let rest = &text[self.comment.end as usize..file.end as usize];
            (line, rest.find('\n').map_or(file.end as usize, |at| self.comment.end as usize + at + 1))
        } else {
            (line + before.trim_end().len(), self.comment.end as usize)
        };
        let edits = vec![Edit { span: Span::new(start as u32, end as u32), text: String::new() }];
        context.is_own(self.comment).then(|| Fix { title: "delete the comment".into(), safe: true, edits })
    }
}

/// Where in a comment `allow` stands, if it is one for keyplan.
fn directive(comment: &str) -> Option<usize> {
    let rest = comment.strip_prefix('#')?.trim_start();
    let rest = rest.strip_prefix("keyplan:")?.trim_start();
    rest.starts_with("allow").then_some(comment.len() - rest.len())
}

const FORM: &str = "write `# keyplan: allow(rule-name) until 2027-03-01: reason`";

fn read(text: &str, file: &SourceFile, comment: Span, at: usize) -> Allow {
    let mut allow = Allow {
        comment,
        rules: Vec::new(),
        until: None,
        malformed: None,
        reason: false,
        scope: scope(text, file.span, comment),
    };
    let start = comment.start as usize + at + "allow".len();
    let body = text[start..comment.end as usize].trim_end();
    let list = body.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let Some((names, rest)) = list else {
        allow.malformed = Some(format!("this comment names no rule: {FORM}"));
        return allow;
    };
    let mut offset = start + body.find('(').unwrap_or_default() + 1;
    for name in names.split(',') {
        let begin = offset + (name.len() - name.trim_start().len());
        let name_span = Span::new(begin as u32, (begin + name.trim().len()) as u32);
        offset += name.len() + 1;
        allow.rules.push(Named { span: name_span, rule: Rule::find(name.trim()), used: Cell::new(false) });
    }
    let rest = rest.trim_start();
    let (date, reason) = match rest.strip_prefix("until") {
        Some(rest) => {
            let rest = rest.trim_start();
            let end = rest.find(|c: char| c == ':' || c.is_whitespace()).unwrap_or(rest.len());
            (Some(&rest[..end]), rest[end..].trim_start())
        }
        None => (None, rest),
    };
    if let Some(date) = date {
        match Day::parse(date) {
            Ok(day) => allow.until = Some(day),
            Err(_) => allow.malformed = Some(format!("`{date}` in this comment is no date: {FORM}")),
        }
    }
    allow.reason = reason.strip_prefix(':').is_some_and(|reason| !reason.trim().is_empty());
    allow
}

fn line_start(text: &str, file: Span, at: u32) -> usize {
    text[file.start as usize..at as usize]
        .rfind('\n')
        .map_or(file.start as usize, |n| file.start as usize + n + 1)
}

/// The node that a comment stands with: from its first line to the last that is indented deeper.
fn scope(text: &str, file: Span, comment: Span) -> Span {
    let end = file.end as usize;
    let own = line_start(text, file, comment.start);
    let alone = text[own..comment.start as usize].trim().is_empty();
    let mut lines = Lines { text: &text[..end], at: own };
    let mut first = None;
    for (index, (start, line)) in lines.by_ref().enumerate() {
        let content = line.trim();
        let target = if alone { index > 0 && !content.is_empty() && !content.starts_with('#') } else { true };
        if target {
            first = Some((start, line));
            break;
        }
    }
    let Some((start, line)) = first else { return Span::new(comment.end, comment.end) };
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let column = indent(line);
    let is_item = line.trim_start().starts_with('-');
    let mut last = start + line.len();
    for (start, line) in lines {
        let content = line.trim();
        // A list may stand at the column of the name that it belongs to.
        let deeper = indent(line) > column || indent(line) == column && !is_item && content.starts_with("- ");
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if !deeper {
            break;
        }
        last = start + line.len();
    }
    Span::new(start as u32, last as u32)
}

struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let rest = &self.text[start..];
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
        self.at = start + line.len() + 1;
        Some((start, line))
    }
}
