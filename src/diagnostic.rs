//! What is wrong, why, what to do, and the exact place: one type for every finding.
//!
//! The author's mistakes are values of [`Diagnostic`] and never stop a pass; the world's failures (an unreadable
//! file, a closed pipe) are errors and no business of this module.

mod kinds;

pub use kinds::{KINDS, Kind};

use crate::source::Span;

/// How bad a finding is. Only errors bar `compile` and everything after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Access cannot be computed, or is dangerous.
    Error,
    /// Worth mending; nothing is refused.
    Warning,
    /// Good to know.
    Info,
}

impl Level {
    /// The word in every output: `error`, `warning`, `info`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A place beside the main one, with what it has to do with the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The marked text.
    pub span: Span,
    /// What stands there, as half a sentence.
    pub message: String,
}

/// A replacement of the bytes of one span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes; empty to insert.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// Edits that mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the edits do, in the imperative.
    pub title: String,
    /// Whether the edits change nobody's access.
    pub safe: bool,
    /// Sorted, not overlapping.
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of mistake; its name and code are stable.
    pub kind: &'static Kind,
    /// How bad.
    pub level: Level,
    /// What is wrong and why, in the author's words, which stand in backticks.
    pub message: String,
    /// What to do, when that is not plain from the message.
    pub help: Option<String>,
    /// The place to look at first.
    pub span: Span,
    /// Other places that belong to it.
    pub related: Vec<Label>,
    /// Edits that mend it.
    pub fix: Option<Fix>,
    /// What it is about, as `key amenities`: what a baseline knows it by. Empty for mistakes of form.
    pub object: String,
}

impl Diagnostic {
    /// A finding of a kind, at its default level.
    #[must_use]
    pub fn new(kind: &'static Kind, span: Span, message: impl Into<String>) -> Self {
        Self {
            kind,
            level: kind.level,
            message: message.into(),
            help: None,
            span,
            related: Vec::new(),
            fix: None,
            object: String::new(),
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds edits that mend it.
    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label { span, message: message.into() });
        self
    }
}

/// Sorts findings by place, then by kind and message, and drops exact repetitions: the order of every output.
/// `written` gives the place in the files of a span.
pub fn sort(diagnostics: &mut Vec<Diagnostic>, written: impl Fn(Span) -> Span) {
    diagnostics.sort_by(|a, b| {
        (written(a.span), a.kind.code, &a.message).cmp(&(written(b.span), b.kind.code, &b.message))
    });
    diagnostics.dedup();
}
