//! SARIF 2.1.0, the exchange format of static analysis.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::sync::Arc;

use serde_json::{Value, json};

use super::fingerprint;
use crate::diagnostic::{Diagnostic, Edit, KINDS, Kind, Level};
use crate::rules::{RULES, Rule};
use crate::source::{Sources, Span};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One finding as a result on one line; `text` as for [`fingerprint`].
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn result(
    diagnostic: &Diagnostic,
    sources: &Sources,
    text: &str,
    property: Option<&str>,
) -> serde_json::Result<String> {
    let message = match &diagnostic.help {
        Some(help) => format!("{}\n\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut result = json!({
        "ruleId": diagnostic.kind.name,
        "ruleIndex": index(diagnostic.kind),
        "level": level(diagnostic.level),
        "message": { "text": message },
        "locations": [{ "physicalLocation": location(sources, diagnostic.span) }],
        "partialFingerprints": { "keyplan/v1": fingerprint(diagnostic, sources, text, property) },
    });
    if !diagnostic.related.is_empty() {
        let related = diagnostic.related.iter().enumerate().map(|(id, label)| {
            json!({
                "id": id,
                "message": { "text": label.message },
                "physicalLocation": location(sources, label.span),
            })
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = &diagnostic.fix {
        result["fixes"] = json!([{ "description": { "text": fix.title }, "artifactChanges": changes(sources, &fix.edits) }]);
    }
    if let Some(property) = property {
        result["properties"] = json!({ "property": property, "object": diagnostic.object });
    }
    serde_json::to_string(&result)
}

/// The whole log around results that [`result`] rendered.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn log(results: &[Arc<str>]) -> serde_json::Result<String> {
    let driver = json!({
        "name": "keyplan",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": descriptors(),
    });
    let mut text =
        format!("{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":");
    text.push_str(&serde_json::to_string(&driver)?);
    text.push_str("},\"columnKind\":\"unicodeCodePoints\",\"results\":[");
    for (number, result) in results.iter().enumerate() {
        text.push_str(if number == 0 { "\n" } else { ",\n" });
        text.push_str(result);
    }
    text.push_str("\n]}]}\n");
    Ok(text)
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}

/// Every kind of finding, rules behind the mistakes of form.
fn kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().copied().chain(RULES.iter().map(|rule| &rule.kind))
}

fn index(kind: &Kind) -> Option<usize> {
    kinds().position(|known| known == kind)
}

fn descriptors() -> Vec<Value> {
    kinds()
        .map(|kind| {
            let mut descriptor = json!({
                "id": kind.name,
                "name": kind.code,
                "shortDescription": { "text": kind.summary },
                "defaultConfiguration": { "level": level(kind.level) },
            });
            if let Some(rule) = Rule::find(kind.name) {
                descriptor["help"] = json!({ "text": rule.page, "markdown": rule.page });
                descriptor["properties"] = json!({ "source": rule.source, "since": rule.since });
            }
            descriptor
        })
        .collect()
}

fn location(sources: &Sources, span: Span) -> Value {
    let Some(place) = sources.place(span) else { return json!({}) };
    json!({
        "artifactLocation": { "uri": uri(&place.file) },
        "region": {
            "startLine": place.line, "startColumn": place.column,
            "endLine": place.end_line, "endColumn": place.end_column,
        },
    })
}

/// The changes of a fix, by file.
fn changes(sources: &Sources, edits: &[Edit]) -> Vec<Value> {
    let mut changes: Vec<(String, Vec<Value>)> = Vec::new();
    for edit in edits {
        let Some(place) = sources.place(edit.span) else { continue };
        let replacement = json!({
            "deletedRegion": {
                "startLine": place.line, "startColumn": place.column,
                "endLine": place.end_line, "endColumn": place.end_column,
            },
            "insertedContent": { "text": edit.text },
        });
        match changes.iter_mut().find(|(file, _)| *file == place.file) {
            Some((_, known)) => known.push(replacement),
            None => changes.push((place.file, vec![replacement])),
        }
    }
    let change = |(file, replacements): (String, Vec<Value>)| json!({ "artifactLocation": { "uri": uri(&file) }, "replacements": replacements });
    changes.into_iter().map(change).collect()
}

/// A path as a relative reference: what means something in one is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
