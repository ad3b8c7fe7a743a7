//! Excerpts without secrets.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::source::Sources;

/// The rule whose places are secrets.
const SECRET_RULE: &str = "secret-in-repo";

/// The text of the sources with every place that a finding calls a secret starred out; of the same length, so that
/// spans still fit.
#[must_use]
pub fn masked<'s>(diagnostics: &[Diagnostic], sources: &'s Sources) -> Cow<'s, str> {
    let mut text = Cow::Borrowed(sources.text());
    for diagnostic in diagnostics.iter().filter(|one| one.kind.name == SECRET_RULE) {
        let span = sources.written(diagnostic.span);
        let stars = "*".repeat(span.len() as usize);
        text.to_mut().replace_range(span.start as usize..span.end as usize, &stars);
    }
    text
}
