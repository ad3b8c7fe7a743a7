//! JSON Schemas of `plan`, `apply`, `drift` and `doctor`, as `docs/json.md` describes them.

use serde_json::{Value as Json, json};

use super::outputs::{capability, count, object, segments, text, text_or_null, titled};

/// A document of `plan --format json`.
pub(super) fn plan() -> Json {
    let or_null = |schema: Json| json!({ "anyOf": [schema, { "type": "null" }] });
    let list = |items: Json| json!({ "type": "array", "items": items });
    let truth = json!({ "type": "boolean" });
    let held = object(&json!({ "capabilities": list(capability()), "segments": segments() }));
    let change = object(&json!({
        "number": count(1),
        "door": text(),
        "provider": text(),
        "lock": text(),
        "slot": count(1),
        "person": text(),
        "reason": { "enum": ["leaves", "loses", "gains", "changes", "rewrites"] },
        "before": or_null(held.clone()),
        "after": or_null(held),
        "doorcode": { "enum": ["none", "makes", "keeps", "deletes"] },
        "doorcode_untold": truth,
        "cause": text(),
        "needs": list(count(1)),
        "after_grants": truth,
        "gap": truth,
        "entries_after": count(0),
        "capacity": or_null(count(0)),
        "visit": truth,
    }));
    let short = object(&json!({
        "door": text(), "person": text(), "others": count(0), "capability": or_null(capability()), "why": text(),
    }));
    let summary = object(&json!({
        "changes": count(0), "locks": count(0), "people": count(0), "doorcodes_made": count(0),
        "doorcodes_deleted": count(0), "exact": count(0), "split": count(0), "needs_apply": count(0), "refused": count(0),
    }));
    let mut schema = object(&json!({
        "version": { "const": 1 },
        "property": text(),
        "unchanged": truth,
        "timezone": text(),
        "as_of": text(),
        "digest": text(),
        "changes": list(change),
        "short": list(short),
        "refusals": list(object(&json!({ "guard": text(), "why": text() }))),
        "due": text_or_null(),
        "summary": summary,
    }));
    // Of a property in which nothing has changed since there was last nothing to do, no more is known.
    schema["required"] = json!(["version", "property", "unchanged", "changes"]);
    titled(schema, "plan")
}

/// A document of `apply --format json`.
pub(super) fn apply() -> Json {
    let outcome = json!({ "enum": ["applied", "failed", "unknown", "skipped", "lock-changed", "to-do"] });
    let change = object(&json!({
        "number": count(1), "door": text(), "person": text(), "outcome": outcome, "why": text_or_null(),
    }));
    let summary = object(&json!({
        "applied": count(0), "failed": count(0), "unknown": count(0), "skipped": count(0), "lock_changed": count(0),
        "to_do": count(0),
    }));
    let schema = object(&json!({
        "version": { "const": 1 },
        "property": text(),
        "digest": text(),
        "complete": { "type": "boolean" },
        "changes": { "type": "array", "items": change },
        "lost": { "type": "array", "items": object(&json!({ "door": text(), "entries": count(1) })) },
        "summary": summary,
    }));
    titled(schema, "apply")
}

/// A document of `drift --format json`.
pub(super) fn drift() -> Json {
    let entry = object(&json!({
        "kind": { "enum": ["missing", "altered", "unmanaged"] },
        "slot": count(1),
        "person": text_or_null(),
        "what": text_or_null(),
    }));
    let lock = object(&json!({
        "door": text(),
        "provider": text(),
        "lock": text(),
        "unread": text_or_null(),
        "drift": { "type": "array", "items": entry },
    }));
    let schema = object(&json!({
        "version": { "const": 1 },
        "property": text(),
        "locks": { "type": "array", "items": lock },
        "summary": object(&json!({
            "locks": count(0), "unread": count(0), "damaged": count(0), "unmanaged": count(0),
        })),
    }));
    titled(schema, "drift")
}

/// A document of `doctor --format json`.
pub(super) fn doctor() -> Json {
    let or_null = |schema: Json| json!({ "anyOf": [schema, { "type": "null" }] });
    let lock = object(&json!({
        "door": text(),
        "provider": text(),
        "lock": text(),
        "unreached": text_or_null(),
        "capacity": or_null(count(0)),
        "used": or_null(count(0)),
        "needed": count(0),
        "clock": { "type": ["integer", "null"] },
        "advice": { "type": "array", "items": text() },
    }));
    let schema = object(&json!({
        "version": { "const": 1 },
        "property": text(),
        "locks": { "type": "array", "items": lock },
        "summary": object(&json!({ "locks": count(0), "unreached": count(0), "advice": count(0) })),
    }));
    titled(schema, "doctor")
}
