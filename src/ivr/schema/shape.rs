//! The schema of a table and of a field.

use serde_json::{Map, Value, json};

use crate::ivr::flow::read::{Field, NameOf, Shape, Table};

/// A closed object with the fields of `table`.
pub fn object(table: &Table) -> Value {
    let properties: Map<String, Value> = table.all().map(|field| (field.name.to_owned(), described(field))).collect();
    let required: Vec<&str> = table.all().filter(|field| field.required).map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn described(field: &Field) -> Value {
    let mut schema = shape(&field.shape);
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".to_owned(), json!(field.about));
    }
    schema
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Text => text(),
        Shape::Template => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Name(of) => name(*of),
        Shape::Int { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Prompts => json!({ "anyOf": [name(NameOf::Prompt), list(name(NameOf::Prompt))] }),
        Shape::Groups => json!({ "anyOf": [
            name(NameOf::Group),
            { "type": "object", "additionalProperties": name(NameOf::Group), "minProperties": 1 },
        ] }),
        Shape::Key => json!({ "type": "string", "pattern": "^[0-9*#]$" }),
        Shape::Keywords => json!({ "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } }),
        Shape::Condition => json!({ "type": "string", "pattern": "\\$\\{" }),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::Values => json!({ "type": "object", "additionalProperties": shape_of_value() }),
        Shape::Names(NameOf::Language) => {
            json!({ "type": "array", "minItems": 1, "uniqueItems": true, "items": name(NameOf::Language) })
        }
        Shape::Names(of) => list(name(*of)),
        Shape::Headers(secret) => {
            json!({ "type": "object", "additionalProperties": { "anyOf": [shape_of_value(), object(secret)] } })
        }
        Shape::Map(table) => object(table),
        Shape::List(table) => list(object(table)),
        Shape::MapOf(table) => json!({ "type": "object", "additionalProperties": object(table) }),
        Shape::Own(definition) => json!({ "$ref": format!("#/$defs/{definition}") }),
    }
}

pub fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// The reader takes a number or a truth value without quotes for the text that it is.
pub fn text() -> Value {
    json!({ "type": ["string", "number", "boolean"], "minLength": 1 })
}

fn shape_of_value() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

fn name(of: NameOf) -> Value {
    match of {
        NameOf::Language => json!({ "type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$" }),
        NameOf::Node
        | NameOf::Prompt
        | NameOf::Audio
        | NameOf::Group
        | NameOf::Calendar
        | NameOf::Flow
        | NameOf::Trunk
        | NameOf::Variable
        | NameOf::Text => text(),
    }
}
