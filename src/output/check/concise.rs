//! One line a finding: `file:line:column: level rule: message`, which editors and grep understand.

use std::fmt::Write;

use crate::diagnostic::Diagnostic;
use crate::source::Sources;

/// One finding as one line, with its line end.
#[must_use]
pub fn concise(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut line = String::new();
    if let Some(place) = sources.place(diagnostic.span) {
        // Writing to a text cannot fail.
        let _ = write!(line, "{}:{}:{}: ", place.file, place.line, place.column);
    }
    let (level, rule) = (diagnostic.level.name(), diagnostic.kind.name);
    let _ = write!(line, "{level} {rule}: {}", diagnostic.message);
    if let Some(help) = &diagnostic.help {
        let _ = write!(line, " ({help})");
    }
    line.push('\n');
    line
}
