//! The API of the desk in the words of OpenAPI 3.1.

use serde_json::Value;
use serde_json::json;

/// The description of every path below `/api/v1/desk`.
pub(super) fn document(title: &str) -> Value {
    let mut paths = json!({
        "/queue": get("What waits for an editor, and why; ?page= counts from 1", "WaitingQueue"),
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
        ("replay", "Have the engine write it again; what people wrote stays", &[]),
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
    add_editions(&mut paths);
    add_sources(&mut paths);
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

fn get(summary: &str, schema: &str) -> Value {
    json!({ "get": { "summary": summary, "responses": responses(schema) } })
}

fn add_editions(paths: &mut Value) {
    paths["/log"] = get("What people did with editions and sources, newest first", "Any");
    paths["/editions"] = get("The edition of every digest that goes out next", "Any");
    paths["/editions/{id}"] =
        get("The edition of an output that goes out next, as `edition show --json`", "Edition");
    for (name, summary) in [
        ("order", "Put stories first, in this order: {stories, version}; without any, by score again"),
        ("drop", "Leave stories out: {stories, version}; `undo: true` takes it back"),
        ("note", "Write the note at its top: {text, version}; null takes it back"),
        ("send", "Send it now: {version}; the next one begins then"),
    ] {
        paths[format!("/editions/{{id}}/{name}")] = json!({ "post": {
            "summary": summary,
            "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object" } } } },
            "responses": responses("Edition"),
        } });
    }
}

fn add_sources(paths: &mut Value) {
    paths["/sources"] = get("All sources with their health, as `source list --json`", "Any");
    paths["/sources.opml"] = json!({ "get": { "summary": "The listed sources as OPML 2.0", "responses": {
        "200": { "description": "The list", "content": { "text/x-opml": {} } },
    } } });
    for (name, summary) in [
        ("/sources/find", "What is at an address: {url}; nothing is stored"),
        ("/sources/add", "Follow the feed at an address: {url, id, publisher, topics}"),
        ("/sources/{id}/remove", "Take a source out; its stories, credits and rights stay: {}"),
        ("/sources/import", "Add what a list of subscriptions holds: {opml}, its text"),
        ("/sources/{id}/set", "Set keys of a source, as `source set`: {enabled: false, rights: \"link\"}"),
    ] {
        paths[name] = json!({ "post": {
            "summary": summary,
            "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object" } } } },
            "responses": responses("Any"),
        } });
    }
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
        "Edition": { "type": "object", "properties": {
            "output": text, "version": text, "begins": text_or_null, "ends": text_or_null,
            "note": { "type": ["object", "null"] }, "stories": { "type": "array", "items": { "type": "object" } },
        } },
        "Error": { "type": "object", "properties": { "error": text, "findings": texts } },
        "Waiting": { "type": "object", "properties": waiting },
        "DeskStory": { "type": "object", "properties": story },
        "WaitingQueue": { "type": "object", "properties": {
            "waiting": list, "going_out": list, "deferred": list, "is_cut": { "type": "boolean" },
            "count": { "type": "integer" }, "page": { "type": "integer" }, "pages": { "type": "integer" },
        } },
    })
}
