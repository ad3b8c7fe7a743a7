//! JSON Schemas: for editors, made from the same description that the front end reads by, and of our own outputs.

mod deployments;
mod outputs;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::model::language::{FILE, SETTINGS};
use crate::model::shape::{Shape, Value};

/// The names of the schemas.
pub const NAMES: [&str; 14] = [
    "property", "keyplan", "check", "rules", "diff", "verify", "who", "why", "why-not", "plan", "apply",
    "drift", "doctor", "optimize",
];

/// The schema of property files (`property`), of `keyplan.yaml` (`keyplan`), or of what a command prints as JSON (`who` is also that of `what`),
/// draft 2020-12.
#[must_use]
pub fn schema(name: &str) -> Option<Json> {
    let (shape, title) = match name {
        "property" => (&FILE, "A property file of keyplan"),
        "keyplan" => (&SETTINGS, "The settings of a portfolio, keyplan.yaml"),
        "check" => return Some(outputs::check()),
        "rules" => return Some(outputs::rules()),
        "diff" => return Some(outputs::diff()),
        "verify" => return Some(outputs::verify()),
        "who" => return Some(outputs::who()),
        "why" => return Some(outputs::why()),
        "why-not" => return Some(outputs::why_not()),
        "plan" => return Some(deployments::plan()),
        "apply" => return Some(deployments::apply()),
        "drift" => return Some(deployments::drift()),
        "doctor" => return Some(deployments::doctor()),
        "optimize" => return Some(outputs::optimize()),
        _ => return None,
    };
    let mut definitions = BTreeMap::new();
    let mut schema = fields(shape, &mut definitions);
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!(title));
    schema.insert("$defs".into(), json!(definitions));
    Some(Json::Object(schema))
}

/// The name of a shape's definition: `a lock model` is `lock-model`.
fn definition_name(shape: &Shape) -> String {
    let words = shape.what.split_once(' ').map_or(shape.what, |(_, words)| words);
    words.replace(' ', "-")
}

fn fields(shape: &'static Shape, definitions: &mut BTreeMap<String, Json>) -> Map<String, Json> {
    let mut properties = Map::new();
    for field in shape.fields {
        let mut schema = value(&field.value, definitions);
        // Beside a reference no other keyword is read by older tools, so it is wrapped.
        if schema.get("$ref").is_some() {
            schema = json!({ "allOf": [schema] });
        }
        schema["description"] = json!(field.doc);
        properties.insert(field.name.into(), schema);
    }
    let required: Vec<_> =
        shape.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = Map::new();
    // Nothing at all stands for no fields, where none must be there.
    schema
        .insert("type".into(), if required.is_empty() { json!(["object", "null"]) } else { json!("object") });
    schema.insert("additionalProperties".into(), json!(false));
    schema.insert("properties".into(), Json::Object(properties));
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema
}

fn value(value: &Value, definitions: &mut BTreeMap<String, Json>) -> Json {
    match value {
        // A text may look like a number or a truth value: `unit: 101`.
        Value::Text => json!({ "type": ["string", "number", "boolean"] }),
        Value::Truth => json!({ "type": "boolean" }),
        Value::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Value::Choice(words) => json!({ "enum": words }),
        // A number has one form for every reader, so only texts are held to the expression.
        Value::Form(form, what) => {
            json!({ "type": ["string", "number", "boolean"], "pattern": form, "$comment": what })
        }
        Value::Fields(shape) => {
            let name = definition_name(shape);
            if !definitions.contains_key(&name) {
                definitions.insert(name.clone(), Json::Null);
                let schema = Json::Object(fields(shape, definitions));
                definitions.insert(name.clone(), schema);
            }
            json!({ "$ref": format!("#/$defs/{name}") })
        }
        Value::Table(key, entry) => {
            let entry = self::value(entry, definitions);
            let mut schema = json!({ "type": ["object", "null"], "additionalProperties": entry });
            if let Value::Form(form, what) = key {
                schema["propertyNames"] = json!({ "pattern": form, "$comment": what });
            }
            schema
        }
        Value::OneOrMany(one) => {
            let one = self::value(one, definitions);
            json!({ "anyOf": [one.clone(), { "type": "array", "items": one }] })
        }
        Value::List(one) => json!({ "type": ["array", "null"], "items": self::value(one, definitions) }),
        Value::Either(ways) => {
            let ways: Vec<_> = ways.iter().map(|way| self::value(way, definitions)).collect();
            json!({ "anyOf": ways })
        }
    }
}
