//! `check --format json`: the findings of every property, as `docs/json.md` describes them.

use std::sync::Arc;

use serde::Serialize;

use crate::access::NextChange;
use crate::diagnostic::Diagnostic;
use crate::output::places::{WirePlace, place};
use crate::source::{Sources, Span};

#[derive(Serialize)]
struct Wire<'d> {
    rule: &'d str,
    code: &'d str,
    severity: &'d str,
    message: &'d str,
    help: Option<&'d str>,
    #[serde(flatten)]
    place: WirePlace,
    related: Vec<WireRelated<'d>>,
    fix: Option<WireFix<'d>>,
    object: Option<&'d str>,
    property: Option<&'d str>,
}

#[derive(Serialize)]
struct WireRelated<'d> {
    message: &'d str,
    #[serde(flatten)]
    place: WirePlace,
}

#[derive(Serialize)]
struct WireFix<'d> {
    title: &'d str,
    safe: bool,
    edits: Vec<WireEdit<'d>>,
}

/// An edit by bytes of its file.
#[derive(Serialize)]
struct WireEdit<'d> {
    file: String,
    start: u32,
    end: u32,
    text: &'d str,
}

/// One finding as a JSON object on one line. `property` is the id of the property that it is in, if it has one.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn finding(
    diagnostic: &Diagnostic,
    sources: &Sources,
    property: Option<&str>,
) -> serde_json::Result<String> {
    let Diagnostic { kind, level, message, help, span, related, fix, object } = diagnostic;
    serde_json::to_string(&Wire {
        rule: kind.name,
        code: kind.code,
        severity: level.name(),
        message,
        help: help.as_deref(),
        place: place(sources, *span),
        related: related
            .iter()
            .map(|label| WireRelated { message: &label.message, place: place(sources, label.span) })
            .collect(),
        fix: fix.as_ref().map(|fix| WireFix {
            title: &fix.title,
            safe: fix.safe,
            edits: fix.edits.iter().map(|edit| wire_edit(sources, edit.span, &edit.text)).collect(),
        }),
        object: (!object.is_empty()).then_some(object),
        property,
    })
}

fn wire_edit<'d>(sources: &Sources, span: Span, text: &'d str) -> WireEdit<'d> {
    let (file, base) =
        sources.file_of(span).map_or((String::new(), 0), |file| (file.path.clone(), file.span.start));
    WireEdit { file, start: span.start.saturating_sub(base), end: span.end.saturating_sub(base), text }
}

/// What a whole run found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Properties read.
    pub properties: usize,
    /// Findings at level error.
    pub errors: usize,
    /// Findings at level warning.
    pub warnings: usize,
    /// Findings at level info.
    pub infos: usize,
}

/// When access next changes by itself, and at which property.
#[derive(Clone, Debug)]
pub struct Next {
    /// The id of the property.
    pub property: String,
    /// When and why.
    pub change: NextChange,
}

/// The same on the wire.
#[derive(Serialize)]
struct WireNext<'n> {
    property: &'n str,
    date: String,
    reasons: &'n [String],
}

/// The whole document around findings that [`finding`] rendered, with its line end.
///
/// # Errors
/// Never in practice: what is written is numbers.
pub fn report(findings: &[Arc<str>], summary: &Summary, next: Option<&Next>) -> serde_json::Result<String> {
    let summary = serde_json::to_string(summary)?;
    let mut text = String::from("{\"version\":1,\"diagnostics\":[");
    for (index, finding) in findings.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(finding);
    }
    text.push_str(if findings.is_empty() { "]," } else { "\n]," });
    text.push_str("\"summary\":");
    text.push_str(&summary);
    let next = next.map(|next| WireNext {
        property: &next.property,
        date: next.change.day.to_string(),
        reasons: &next.change.reasons,
    });
    text.push_str(",\"next_change\":");
    text.push_str(&serde_json::to_string(&next)?);
    text.push_str("}\n");
    Ok(text)
}
