//! The whole schema.

use serde_json::{Map, Value, json};

use super::shape::{list, object, text};
use crate::ivr::flow::node::KINDS;
use crate::ivr::flow::read::{PART, TOP};

/// JSON Schema, draft 2020-12, of a flow file.
pub fn json_schema() -> Value {
    let mut schema = object(&TOP);
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://hotline.invalid/schemas/flow-1.json",
        "title": "Hotline IVR flow, format 1",
    });
    if let (Some(schema), Value::Object(head)) = (schema.as_object_mut(), head) {
        schema.extend(head);
        schema.insert("$defs".to_owned(), definitions());
    }
    schema
}

fn definitions() -> Value {
    let mut defs = Map::new();
    defs.insert("nodes".to_owned(), json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/node" } }));
    defs.insert("node".to_owned(), node());
    for kind in &KINDS {
        defs.insert(format!("node_{}", kind.name), object(kind.table));
    }
    defs.insert("type".to_owned(), json!({ "enum": KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>() }));
    defs.insert("prompts".to_owned(), prompts());
    defs.insert("weekly".to_owned(), weekly());
    defs.insert("value".to_owned(), json!({ "type": ["string", "number", "boolean"] }));
    Value::Object(defs)
}

/// What a node may hold hangs on its type.
fn node() -> Value {
    let rule = |name: &str| {
        json!({
            "if": { "properties": { "type": { "const": name } }, "required": ["type"] },
            "then": { "$ref": format!("#/$defs/node_{name}") },
        })
    };
    let rules: Vec<Value> = KINDS.iter().map(|kind| rule(kind.name)).collect();
    json!({
        "type": "object",
        "required": ["type"],
        "properties": { "type": { "$ref": "#/$defs/type" } },
        "allOf": rules,
    })
}

/// Name, language, and one part or a list of them; a part is one thing.
fn prompts() -> Value {
    let mut part = object(&PART);
    if let Some(part) = part.as_object_mut() {
        part.insert("minProperties".to_owned(), json!(1));
        part.insert("maxProperties".to_owned(), json!(1));
    }
    let mut parts = list(part.clone());
    parts["minItems"] = json!(1);
    let wording = json!({ "anyOf": [part, parts] });
    json!({
        "type": "object",
        "additionalProperties": { "type": "object", "additionalProperties": wording },
    })
}

fn weekly() -> Value {
    let day = "(mon|tue|wed|thu|fri|sat|sun)";
    json!({
        "type": "object",
        "propertyNames": { "pattern": format!("^{day}(-{day})?$") },
        "additionalProperties": list(text()),
    })
}
