//! `GET /api/openapi.json`: OpenAPI 3.1, made from the table of operations.

use axum::Json;
use serde_json::{Map, Value, json};

use super::routes::{ROUTES, Route};

pub async fn document() -> Json<Value> {
    Json(build())
}

/// The whole document.
pub fn build() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = route.path.replace("{*", "{");
        let operations = paths.entry(path).or_insert_with(|| json!({}));
        operations[route.method.to_lowercase()] = operation(route);
    }
    paths.insert(
        "/healthz".to_owned(),
        json!({ "get": { "operationId": "healthz", "summary": "Whether this switch works", "security": [],
            "responses": { "200": answer("Health"), "503": answer("Health") } } }),
    );
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Hotline", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" } },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas(),
        },
    })
}

fn operation(route: &Route) -> Value {
    let role = serde_json::to_value(route.role).unwrap_or_default();
    let mut operation = json!({
        "operationId": format!("{} {}", route.method.to_lowercase(), route.path),
        "summary": route.summary,
        "description": format!("Least role: {}.", role.as_str().unwrap_or_default()),
        "x-role": role,
        "parameters": parameters(route),
        "responses": {
            "200": answer(route.answer),
            "400": answer("Error"), "401": answer("Error"), "403": answer("Error"), "404": answer("Error"),
            "409": answer("Error"), "503": answer("Error"),
        },
    });
    if !route.body.is_empty() {
        let content = match route.body {
            "SetupText" => "application/yaml",
            "NewAudio" => "multipart/form-data",
            _ => "application/json",
        };
        operation["requestBody"] =
            json!({ "required": true, "content": { content: { "schema": reference(route.body) } } });
    }
    operation
}

fn parameters(route: &Route) -> Value {
    let in_path = route.path.split('{').skip(1).filter_map(|part| part.split('}').next()).map(|name| {
        json!({ "name": name.trim_start_matches('*'), "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let in_query = route
        .query
        .iter()
        .map(|name| json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" } }));
    Value::Array(in_path.chain(in_query).collect())
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn answer(schema: &str) -> Value {
    if schema == "Wav" {
        return json!({ "description": "16-bit stereo PCM", "content": { "audio/wav": {} } });
    }
    if schema == "Pcap" {
        return json!({ "description": "a PCAP file", "content": { "application/vnd.tcpdump.pcap": {} } });
    }
    if schema == "File" {
        return json!({ "description": "a sound file", "content": { "audio/wav": {}, "audio/mpeg": {} } });
    }
    json!({ "description": schema, "content": { "application/json": { "schema": reference(schema) } } })
}

/// Objects: name and the properties that are always there. They may hold more.
const OBJECTS: &[(&str, &[&str])] = &[
    ("Error", &["error"]),
    ("Done", &["done"]),
    ("Health", &["status", "recorder"]),
    ("Call", &["id", "state", "result", "direction", "called", "started_at", "wait_ms", "talk_ms"]),
    ("CallDetail", &["id", "state", "result", "path", "events", "segments", "recordings"]),
    ("View", &["calls", "agents", "queue", "groups"]),
    ("Recording", &["id", "call", "kind", "started_at", "duration_ms", "bytes", "complete"]),
    ("SipLadder", &["messages", "dropped"]),
    ("Ticket", &["number", "state", "source", "subject"]),
    ("TicketDetail", &["number", "state", "subject", "notes"]),
    ("Note", &["id", "ticket", "at", "author", "body", "private"]),
    ("Customer", &["id", "kind", "tags", "fields", "numbers"]),
    ("Agent", &["no", "name", "groups", "role", "live"]),
    ("Group", &["id", "name", "strategy", "live"]),
    ("Number", &["number", "call_type", "answer", "answer_after_ms"]),
    ("Flow", &["id", "name", "state"]),
    ("FlowVersion", &["flow", "version", "content", "sha256"]),
    ("Version", &["version", "sha256", "published_at", "published_by", "why"]),
    ("Draft", &["flow", "content", "sha256"]),
    ("Diagnostic", &["code", "severity", "file", "line", "column", "message"]),
    ("Applied", &["changes", "warnings"]),
    ("Trunk", &["name", "sources", "priority", "password_set", "status"]),
    ("AuditLine", &["id", "at", "who", "action", "kind", "subject"]),
    ("Ban", &["address", "scope", "remaining_s", "times"]),
    ("Token", &["id", "name", "role"]),
    ("Waiting", &["call", "groups", "ahead", "queued_at"]),
    ("Live", &["type"]),
    ("Assign", &["agent"]),
    ("Supervise", &["agent", "mode"]),
    ("RecordingState", &["state", "resume_after_s"]),
    ("NewNote", &["body"]),
    ("Merge", &["into"]),
    ("AgentState", &["state"]),
    ("Binding", &["flow"]),
    ("NewDraft", &["content"]),
    ("RollBack", &["version"]),
    ("TicketUpdate", &[]),
    ("CustomerUpdate", &[]),
    ("FlowText", &[]),
    ("Why", &[]),
    ("Diff", &["from", "to", "diff"]),
    ("Script", &["lines"]),
    ("Played", &["replies"]),
    ("Tests", &["tests"]),
    ("TestReport", &["files"]),
    ("Plan", &["at"]),
    ("Replay", &["walked", "difference"]),
    ("Audio", &["id", "name", "file_name", "state", "bytes", "duration_ms", "flaws"]),
    ("Review", &["state"]),
    ("PhoneBox", &["id", "port", "profile", "state", "since", "lines", "counters", "events"]),
    ("LineDial", &["number"]),
    ("LineOutcome", &["success"]),
];
/// Lists: name and item.
const LISTS: &[(&str, &str)] = &[
    ("Recordings", "Recording"),
    ("Agents", "Agent"),
    ("Groups", "Group"),
    ("Queue", "Waiting"),
    ("Numbers", "Number"),
    ("Flows", "Flow"),
    ("Versions", "Version"),
    ("Diagnostics", "Diagnostic"),
    ("Trunks", "Trunk"),
    ("Bans", "Ban"),
    ("Tokens", "Token"),
    ("AudioList", "Audio"),
    ("PhoneBoxes", "PhoneBox"),
];
/// Pages of lists: name and item.
const PAGES: &[(&str, &str)] =
    &[("CallPage", "Call"), ("TicketPage", "Ticket"), ("CustomerPage", "Customer"), ("AuditPage", "AuditLine")];

/// All schemas by name.
fn schemas() -> Value {
    let mut all = Map::new();
    for (name, required) in OBJECTS {
        let properties: Map<String, Value> =
            required.iter().map(|property| ((*property).to_owned(), json!({}))).collect();
        all.insert((*name).to_owned(), json!({ "type": "object", "required": required, "properties": properties }));
    }
    for (name, item) in LISTS {
        all.insert((*name).to_owned(), json!({ "type": "array", "items": reference(item) }));
    }
    for (name, item) in PAGES {
        let items = json!({ "type": "array", "items": reference(item) });
        let properties = json!({ "items": items, "next": { "type": ["string", "null"] } });
        all.insert(
            (*name).to_owned(),
            json!({ "type": "object", "required": ["items", "next"], "properties": properties }),
        );
    }
    let part = |kind: &str| json!({ "type": "string", "contentMediaType": kind });
    let form = json!({ "file": part("audio/wav"), "id": part("text/plain"), "name": part("text/plain") });
    all.insert("NewAudio".to_owned(), json!({ "type": "object", "required": ["file", "id"], "properties": form }));
    all.insert("SetupText".to_owned(), json!({ "type": "string", "description": "a set-up, as in setup.yaml" }));
    Value::Object(all)
}
