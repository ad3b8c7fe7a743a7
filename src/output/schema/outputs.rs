//! JSON Schemas of what commands print, as `docs/json.md` describes it.

use serde_json::{Value as Json, json};

use crate::rules::Profile;

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// An object with just these fields; all of them are there.
fn object(fields: &Json) -> Json {
    let names: Vec<&String> = fields.as_object().map(|fields| fields.keys().collect()).unwrap_or_default();
    json!({ "type": "object", "additionalProperties": false, "properties": fields, "required": names })
}

fn text() -> Json {
    json!({ "type": "string" })
}

fn text_or_null() -> Json {
    json!({ "type": ["string", "null"] })
}

fn count(least: u32) -> Json {
    json!({ "type": "integer", "minimum": least })
}

fn with_place(fields: Json) -> Json {
    let mut fields = fields;
    for (name, schema) in [
        ("file", text()),
        ("line", count(1)),
        ("column", count(1)),
        ("end_line", count(1)),
        ("end_column", count(1)),
    ] {
        fields[name] = schema;
    }
    object(&fields)
}

/// The document of `check --format json`; `watch --format json` prints one a line.
pub(super) fn check() -> Json {
    let edit = object(&json!({ "file": text(), "start": count(0), "end": count(0), "text": text() }));
    let fix = object(&json!({
        "title": text(),
        "safe": { "type": "boolean" },
        "edits": { "type": "array", "items": edit, "minItems": 1 },
    }));
    let related = with_place(json!({ "message": text() }));
    let finding = with_place(json!({
        "rule": text(),
        "code": { "type": "string", "pattern": r"^KP\d{3}$" },
        "severity": { "enum": ["error", "warning", "info"] },
        "message": text(),
        "help": text_or_null(),
        "related": { "type": "array", "items": related },
        "fix": { "anyOf": [fix, { "type": "null" }] },
        "object": text_or_null(),
        "property": text_or_null(),
    }));
    let summary = object(&json!({
        "properties": count(0), "errors": count(0), "warnings": count(0), "infos": count(0),
    }));
    let next = object(&json!({
        "property": text(),
        "date": { "type": "string", "format": "date" },
        "reasons": { "type": "array", "items": text(), "minItems": 1 },
    }));
    let mut schema = object(&json!({
        "version": { "const": 1 },
        "diagnostics": { "type": "array", "items": finding },
        "summary": summary,
        "next_change": { "anyOf": [next, { "type": "null" }] },
    }));
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("What `keyplan check --format json` prints");
    schema
}

/// The document of `rules --format json`.
pub(super) fn rules() -> Json {
    let level = json!({ "enum": ["error", "warning", "info", "off"] });
    let levels: serde_json::Map<String, Json> =
        Profile::ALL.iter().map(|profile| (profile.name().to_owned(), level.clone())).collect();
    let rule = object(&json!({
        "code": text(),
        "name": text(),
        "summary": text(),
        "levels": object(&Json::Object(levels)),
        "since": text(),
        "source": text(),
        "life_safety": { "type": "boolean" },
    }));
    let mistake = object(&json!({ "code": text(), "name": text(), "summary": text() }));
    let mut schema = object(&json!({
        "version": { "const": 1 },
        "rules": { "type": "array", "items": rule },
        "mistakes": { "type": "array", "items": mistake },
    }));
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("What `keyplan rules --format json` prints");
    schema
}
