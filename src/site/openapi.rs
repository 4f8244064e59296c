//! What the API offers, in the words of OpenAPI 3.1.

use serde_json::Value;
use serde_json::json;
use url::Url;

use crate::publish;

/// The description of every path under `/api/v1`.
pub(super) fn document(title: &str, base_url: &Url) -> Value {
    let id = json!({
        "name": "id", "in": "path", "required": true, "schema": { "type": "string" },
        "description": "The story's key; its `tag:` URI is moved to it.",
    });
    let after = json!({
        "name": "after", "in": "query", "required": false, "schema": { "type": "integer" },
        "description": "Where the last page ended; `next` has it.",
    });
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": publish::absolute(base_url, "/api/v1") }],
        "paths": {
            "/stories": path("Published stories, in the order they were published", &[after], "Stories"),
            "/stories/{id}": path("One story", std::slice::from_ref(&id), "Story"),
            "/stories/{id}/history": path("What a story said, newest first", &[id], "History"),
            "/sources": path("The sources and how they are", &[], "Sources"),
            "/status": path("The whole, at a glance", &[], "Status"),
            "/openapi.json": path("This description", &[], "Any"),
        },
        "components": { "schemas": schemas() },
    })
}

fn path(summary: &str, parameters: &[Value], schema: &str) -> Value {
    let json = |schema: &str| json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } });
    let error = |words: &str| json!({ "description": words, "content": json("Error") });
    let mut responses = json!({
        "200": { "description": summary, "content": json(schema) },
        "304": { "description": "The copy with the given ETag is current" },
        "429": error("Too many requests; `Retry-After` says when to ask again"),
        "503": error("The database cannot be read at the moment"),
    });
    if parameters.iter().any(|it| it["in"] == "path") {
        responses["301"] =
            json!({ "description": "The story became part of another, or has another spelling" });
        responses["404"] = error("There is no such story");
        responses["410"] = error("The story was withdrawn");
    }
    json!({ "get": { "summary": summary, "parameters": parameters, "responses": responses } })
}

fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let count = json!({ "type": "integer", "minimum": 0 });
    let time = json!({ "type": "string", "format": "date-time" });
    let time_or_null = json!({ "type": ["string", "null"], "format": "date-time" });
    let text_or_null = json!({ "type": ["string", "null"] });
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    json!({
        "Any": { "type": "object" },
        "Error": object(json!({ "error": text })),
        "Bylined": {
            "type": "object",
            "description": "The briefing with everyone's bylines, as in the JSON feeds; the site's /about#data describes it.",
        },
        "Publisher": object(json!({ "name": text, "url": text })),
        "Story": object(json!({
            "id": text, "key": text, "title": text, "url": text, "state": text, "published": time,
            "updated": time, "publishers": list(reference("Publisher")), "topics": list(text.clone()),
            "engine": text, "revision": count, "_bylined": reference("Bylined"),
        })),
        "Stories": object(json!({ "stories": list(reference("Story")), "next": text_or_null })),
        "Revision": object(json!({
            "revision": count, "made": time, "by": text, "reason": text_or_null, "title": text_or_null,
            "_bylined": reference("Bylined"),
        })),
        "Act": object(json!({ "at": time, "by": text, "act": text, "revision": count, "reason": text_or_null })),
        "History": object(json!({
            "id": text, "url": text, "revisions": list(reference("Revision")), "acts": list(reference("Act")),
        })),
        "Sources": list(object(json!({
            "id": text, "url": text, "publisher": text, "state": text, "reason": text_or_null,
            "since": time_or_null, "status": { "type": ["integer", "null"] }, "entries": count,
            "last_poll": time_or_null, "next_poll": time_or_null, "rights": text,
            "rights_reasons": list(text.clone()), "moved_to": text_or_null, "moving_to": text_or_null, "names_feed": text_or_null, "warnings": list(text.clone()),
            "push": { "oneOf": [{ "type": "null" }, object(json!({
                "hub": text, "state": text, "until": time_or_null, "pushed": time_or_null, "reason": text_or_null,
            }))] },
        }))),
        "Status": object(json!({
            "sources": object(json!({ "total": count, "healthy": count, "failing": count, "gone": count })),
            "entries": count, "stories": count, "held": count, "pending": count,
            "outputs": list(object(json!({
                "id": text, "stories": count, "published_at": time_or_null, "valid": { "type": "boolean" },
            }))),
            "version": text,
        })),
    })
}
