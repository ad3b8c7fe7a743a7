//! Excerpts without secrets.

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Kind};
use crate::source::Sources;

/// The rule whose places are secrets.
const SECRET_RULE: &str = "secret-in-repo";

/// The text of the sources with every place that a finding calls a secret starred out; of the same length, so that
/// spans still fit.
#[must_use]
pub fn masked<'s>(diagnostics: &[Diagnostic], sources: &'s Sources) -> Cow<'s, str> {
    let mut text = Cow::Borrowed(sources.text());
    for diagnostic in diagnostics {
        let span = sources.written(diagnostic.span);
        let range = if diagnostic.kind.name == SECRET_RULE {
            span.start as usize..span.end as usize
        } else if diagnostic.kind == Kind::SECRET {
            // The place is the field's name; what it holds stands behind it.
            let start = span.end as usize;
            let line = text[start..].find('\n').map_or(text.len(), |length| start + length);
            start..line
        } else {
            continue;
        };
        let stars = "*".repeat(range.len());
        text.to_mut().replace_range(range, &stars);
    }
    text
}
