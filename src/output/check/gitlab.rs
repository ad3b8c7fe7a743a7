//! GitLab code quality reports. <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use serde::Serialize;

use super::fingerprint;
use crate::diagnostic::{Diagnostic, Level};
use crate::source::Sources;

#[derive(Serialize)]
struct Issue<'d> {
    description: String,
    check_name: &'d str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// One finding as a JSON object on one line; `text` as for [`fingerprint`].
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn gitlab(
    diagnostic: &Diagnostic,
    sources: &Sources,
    text: &str,
    property: Option<&str>,
) -> serde_json::Result<String> {
    let (path, begin, end) = match sources.place(diagnostic.span) {
        Some(place) => (place.file, place.line, place.end_line),
        None => (String::new(), 1, 1),
    };
    let help = diagnostic.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    serde_json::to_string(&Issue {
        description: format!("{}{help}", diagnostic.message),
        check_name: diagnostic.kind.name,
        fingerprint: fingerprint(diagnostic, sources, text, property),
        severity: match diagnostic.level {
            Level::Error => "major",
            Level::Warning => "minor",
            Level::Info => "info",
        },
        location: Location { path, lines: Lines { begin, end } },
    })
}
