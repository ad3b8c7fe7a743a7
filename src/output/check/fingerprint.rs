//! What a finding is known by from one run to the next, so that trackers neither lose nor double it.

use sha2::{Digest, Sha256};

use crate::diagnostic::Diagnostic;
use crate::source::Sources;

/// Thirty-two hexadecimal digits: the same as long as rule, object and the line itself stay the same, wherever that
/// line moves. `text` is the text of the sources with secrets masked, since the hash of a short code is the code.
#[must_use]
pub fn fingerprint(diagnostic: &Diagnostic, sources: &Sources, text: &str, property: Option<&str>) -> String {
    let span = sources.written(diagnostic.span);
    let file = sources.file_of(span);
    let line = file.map_or("", |file| {
        let (line, _) = sources.line_and_column(file, span.start);
        text.get(sources.line_range(file, line)).unwrap_or_default().trim()
    });
    let mut hasher = Sha256::new();
    for part in [property.unwrap_or_default(), diagnostic.kind.name, &diagnostic.object, line] {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    // Mistakes of form are told apart by what they say, and by the file.
    if diagnostic.object.is_empty() {
        hasher.update(diagnostic.message.as_bytes());
        hasher.update(file.map_or("", |file| file.path.as_str()).as_bytes());
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
