//! The API of the desk in the words of OpenAPI 3.1.

use serde_json::Value;
use serde_json::json;

/// The description of every path below `/api/v1/desk`.
pub(super) fn document(title: &str) -> Value {
    let get = |summary: &str, schema: &str| json!({ "get": { "summary": summary, "responses": responses(schema) } });
    let mut paths = json!({
        "/queue": get("What waits for an editor, and why", "WaitingQueue"),
        "/stories/{id}": get("A story as an editor works on it", "DeskStory"),
        "/openapi.json": get("This description", "Any"),
    });
    for (name, summary, required) in [
        ("approve", "Approve; it goes out ten seconds later", &[][..]),
        ("undo", "Take an approval back that has not gone out", &[]),
        ("reject", "Reject, or withdraw what is published", &["reason"]),
        ("defer", "Put off what waits", &["until"]),
        ("edit", "Write fields; 422 with `findings` where the sources do not support them", &["fields"]),
        ("merge", "Merge with other stories", &["with"]),
        ("split", "Take entries out of the story", &["entries"]),
        ("restore", "Bring back what a revision said", &["revision"]),
    ] {
        paths[format!("/stories/{{id}}/{name}")] = json!({ "post": {
            "summary": summary,
            "parameters": [{
                "name": "Idempotency-Key", "in": "header", "required": false,
                "schema": { "type": "string", "maxLength": 64 },
                "description": "A call that is sent again under the same key decides once.",
            }],
            "requestBody": { "required": true, "content": { "application/json": { "schema": body(required) } } },
            "responses": responses("DeskStory"),
        } });
    }
    paths["/sources"] = get("All sources with their health, as `source list --json`", "Any");
    for (name, summary) in [
        ("/sources/find", "What is at an address: {url}; nothing is stored"),
        ("/sources/add", "Follow the feed at an address: {url, id, publisher, topics}"),
        ("/sources/{id}/set", "Set keys of a source, as `source set`: {enabled: false, rights: \"link\"}"),
    ] {
        paths[name] = json!({ "post": {
            "summary": summary,
            "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object" } } } },
            "responses": responses("Any"),
        } });
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": format!("{title}: desk"), "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": "/api/v1/desk" }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas(),
        },
    })
}

fn responses(schema: &str) -> Value {
    let json = |schema: &str| json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } });
    let error = |words: &str| json!({ "description": words, "content": json("Error") });
    json!({
        "200": { "description": "As it is now", "content": json(schema) },
        "400": error("The request cannot be read"),
        "401": error("No token of an editor"),
        "403": error("The token's role does not allow it"),
        "404": error("There is no such story"),
        "409": error("The story is another by now, or its state does not allow it"),
        "422": error("The sources do not support what was written"),
    })
}

fn body(required: &[&str]) -> Value {
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": {
            "version": { "type": "string", "description": "As shown; the call is refused if the story is another by now" },
            "reason": { "type": "string", "maxLength": super::decide::REASON_CHARS_MAX },
            "until": { "type": "string", "description": "2026-11-20T09:00:00Z, 2026-11-20 or 2h" },
            "fields": { "type": "object", "description": "As shown; null gives a field back to the engine" },
            "anyway": { "type": "boolean" },
            "revision": { "type": "integer", "minimum": 1 },
            "with": { "type": "array", "items": { "type": "string" } },
            "entries": { "type": "array", "items": { "type": "string" } },
        },
    })
}

fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let text_or_null = json!({ "type": ["string", "null"] });
    let texts = json!({ "type": "array", "items": text });
    let waiting = json!({
        "key": text, "title": text, "version": text, "publishers": texts, "sources": texts, "topics": texts,
        "published": { "type": "string", "format": "date-time" }, "score": { "type": "number" },
        "sentence": text_or_null, "findings": texts, "is_published": { "type": "boolean" },
        "reasons": { "type": "array", "items": { "type": "object", "properties": { "reason": text, "words": text } } },
        "goes_out": text_or_null, "deferred_until": text_or_null,
    });
    let mut story = waiting.clone();
    for (name, shape) in [
        ("id", text.clone()),
        ("state", text.clone()),
        ("merged_into", text_or_null.clone()),
        ("fields", json!({ "type": ["object", "null"] })),
        ("written", texts.clone()),
        ("members", json!({ "type": "array", "items": { "type": "object" } })),
        ("revisions", json!({ "type": "array", "items": { "type": "object" } })),
        ("acts", json!({ "type": "array", "items": { "type": "object" } })),
    ] {
        story[name] = shape;
    }
    let list = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Waiting" } });
    json!({
        "Any": { "type": "object" },
        "Error": { "type": "object", "properties": { "error": text, "findings": texts } },
        "Waiting": { "type": "object", "properties": waiting },
        "DeskStory": { "type": "object", "properties": story },
        "WaitingQueue": { "type": "object", "properties": {
            "waiting": list, "going_out": list, "deferred": list, "is_cut": { "type": "boolean" },
        } },
    })
}
