//! JSON Schemas of what commands print, as `docs/json.md` describes it.

use serde_json::{Value as Json, json};

use crate::model::language::CAPABILITIES;
use crate::rules::Profile;

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// An object with just these fields; all of them are there.
pub(super) fn object(fields: &Json) -> Json {
    let names: Vec<&String> = fields.as_object().map(|fields| fields.keys().collect()).unwrap_or_default();
    json!({ "type": "object", "additionalProperties": false, "properties": fields, "required": names })
}

pub(super) fn text() -> Json {
    json!({ "type": "string" })
}

pub(super) fn text_or_null() -> Json {
    json!({ "type": ["string", "null"] })
}

pub(super) fn count(least: u32) -> Json {
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

pub(super) fn titled(mut schema: Json, command: &str) -> Json {
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!(format!("What `keyplan {command} --format json` prints"));
    schema
}

pub(super) fn capability() -> Json {
    json!({ "enum": CAPABILITIES })
}

/// Segments, as `compile` has them too.
pub(super) fn segments() -> Json {
    let time = json!({ "type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$" });
    let window = |day: Json| object(&json!({ "day": day, "from": time, "to": time }));
    let date = json!({ "type": "string", "pattern": r"^\d{4}-\d\d-\d\d$" });
    let moment = json!({ "type": ["string", "null"], "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d$" });
    let list = |items: Json| json!({ "type": "array", "items": items });
    list(object(&json!({
        "from": moment,
        "until": moment,
        "weekly": list(window(json!({ "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] }))),
        "holidays": list(window(date.clone())),
        "holidays_closed": list(date),
    })))
}

/// A document of `diff --format json`.
pub(super) fn diff() -> Json {
    let change = object(&json!({
        "person": text(), "door": text(), "capability": capability(), "gained": segments(), "lost": segments(),
    }));
    let schema = object(&json!({
        "version": { "const": 1 },
        "property": text(),
        "from": text(),
        "until": text_or_null(),
        "notes": { "type": "array", "items": text() },
        "changes": { "type": "array", "items": change },
        "summary": object(&json!({ "people": count(0), "doors": count(0), "gained": count(0), "lost": count(0) })),
    }));
    titled(schema, "diff")
}

/// The document of `optimize --format json`.
pub(super) fn optimize() -> Json {
    let count = || json!({ "type": "integer", "minimum": 0 });
    let step = object(&json!({ "what": text(), "saves": count() }));
    let key = object(&json!({
        "name": text(),
        "people": { "type": "array", "items": text() },
        "permissions": { "type": "array", "items": text() },
    }));
    let mut schema = object(&json!({
        "version": { "const": 1 },
        "property": text(),
        "keys_before": { "type": ["integer", "null"], "minimum": 0 },
        "keys_after": count(),
        "lower_bound": count(),
        "proved_minimal": { "type": "boolean" },
        "private": count(),
        "people": count(),
        "kinds_of_need": count(),
        "steps": { "type": "array", "items": step },
        "keys": { "type": "array", "items": key },
    }));
    // A table of needs is no property.
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|field| field != "property");
    }
    titled(schema, "optimize")
}

/// The document of `verify --format json`.
pub(super) fn verify() -> Json {
    let mut side = with_place(json!({ "granted": { "type": "boolean" }, "because": text() }));
    // A side that does not name the person or the door has no place.
    side["required"] = json!(["granted", "because"]);
    let counterexample = object(&json!({
        "property": text(),
        "person": text(),
        "door": text(),
        "capability": capability(),
        "at": text(),
        "old": side,
        "new": side,
    }));
    let schema = object(&json!({
        "version": { "const": 1 },
        "holds": { "type": "boolean" },
        "counterexample": { "anyOf": [counterexample, { "type": "null" }] },
    }));
    titled(schema, "verify")
}

/// What the answers to all questions begin with.
fn question(names: &[&str], fields: &Json) -> Json {
    let mut all = json!({
        "version": { "const": 1 },
        "question": { "enum": names },
        "property": text(),
        "as_of": text(),
        "person": text_or_null(),
        "door": text_or_null(),
        "can": { "anyOf": [capability(), { "type": "null" }] },
        "at": text_or_null(),
    });
    for (name, schema) in fields.as_object().into_iter().flatten() {
        all[name] = schema.clone();
    }
    object(&all)
}

/// A document of `who --format json` and of `what --format json`.
pub(super) fn who() -> Json {
    let answer = object(&json!({
        "person": text(),
        "door": text(),
        "capability": capability(),
        "keys": { "type": "array", "items": text(), "minItems": 1 },
        "segments": segments(),
    }));
    titled(question(&["who", "what"], &json!({ "answers": { "type": "array", "items": answer } })), "who")
}

/// A document of `why --format json`.
pub(super) fn why() -> Json {
    let place = with_place(json!({}));
    let chain = object(&json!({
        "by": { "type": "array", "items": text(), "minItems": 1 },
        "assignment": place,
        "key": text(),
        "key_place": place,
        "line": text(),
        "line_place": place,
        "schedule": text_or_null(),
        "schedule_place": { "anyOf": [place, { "type": "null" }] },
        "doorcode": { "type": "boolean" },
        "share": { "type": "boolean" },
        "segments": segments(),
    }));
    let fields = json!({ "granted": { "type": "boolean" }, "chains": { "type": "array", "items": chain } });
    titled(question(&["why"], &fields), "why")
}

/// A document of `why-not --format json`.
pub(super) fn why_not() -> Json {
    let obstacle = with_place(json!({
        "kind": { "enum": ["hours", "doorcode", "share", "dates", "no-key"] },
        "message": text(),
        "help": text(),
    }));
    let fields =
        json!({ "granted": { "type": "boolean" }, "obstacles": { "type": "array", "items": obstacle } });
    titled(question(&["why-not"], &fields), "why-not")
}
