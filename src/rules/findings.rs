//! What the rules found.

use super::Rule;
use crate::diagnostic::{Diagnostic, Kind, Level};
use crate::source::Span;

/// The findings of all rules so far; one rule at a time adds to them.
#[derive(Default)]
pub(super) struct Findings {
    current: Option<(&'static Kind, Level)>,
    diagnostics: Vec<Diagnostic>,
    /// Where the findings of the current rule begin.
    start: usize,
}

impl Findings {
    /// What is added from now on is that rule's, at that level.
    pub(super) fn turn_to(&mut self, rule: &'static Rule, level: Level) {
        self.current = Some((&rule.kind, level));
        self.start = self.diagnostics.len();
    }

    /// A finding about an object, as `key amenities`; to be pushed once it says all it has to.
    pub(super) fn about(
        &self,
        object: impl Into<String>,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        // No rule speaks before its turn; should one, what it says is an internal mistake shown as its own kind.
        let (kind, level) = self.current.unwrap_or((Kind::SYNTAX, Level::Error));
        let mut diagnostic = Diagnostic::new(kind, span, message);
        diagnostic.level = level;
        diagnostic.object = object.into();
        diagnostic
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Keeps only those findings of the current rule.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Diagnostic) -> bool) {
        let mut index = 0;
        let start = self.start;
        self.diagnostics.retain(|diagnostic| {
            index += 1;
            index <= start || keep(diagnostic)
        });
    }

    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
