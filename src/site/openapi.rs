//! What the API offers, in the words of OpenAPI 3.1.

use serde_json::Value;
use serde_json::json;
use url::Url;

use crate::domain::Engine;
use crate::domain::Made;
use crate::publish;

use super::api_query::PAGE_DEFAULT;
use super::api_query::PAGE_MAX;

/// The description of every path under `/api/v1`.
pub(super) fn document(title: &str, base_url: &Url) -> Value {
    let id = json!({
        "name": "id", "in": "path", "required": true, "schema": { "type": "string" },
        "description": "The story's key; its `tag:` URI is moved to it.",
    });
    let cursor = json!({
        "name": "cursor", "in": "query", "required": false, "schema": { "type": "string" },
        "description": "Where the page before ended: `next` holds it. A walk along `next` meets every story once, also when stories come or change meanwhile.",
    });
    let limit = json!({
        "name": "limit", "in": "query", "required": false,
        "schema": { "type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_DEFAULT },
        "description": "At most so many stories.",
    });
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": publish::absolute(base_url, "/api/v1") }],
        "paths": {
            "/stories": path("Published stories, the newest first", &[cursor, limit], "Stories"),
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
        "400": error("A parameter is unknown, given twice or out of range; the words name those that are known"),
        "406": error("`Accept-Encoding` allows none of gzip, br and the document as it is"),
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
    let mut schemas = json!({
        "Any": { "type": "object" },
        "Error": object(json!({ "error": text() })),
        "Stories": object(json!({ "stories": list(reference("Story")), "next": or_null(text()) })),
        "Sources": list(source()),
        "Status": object(json!({
            "sources": object(json!({ "total": count(), "healthy": count(), "failing": count(), "gone": count() })),
            "entries": count(), "stories": count(), "held": count(), "pending": count(),
            "outputs": list(object(json!({
                "id": text(), "stories": count(), "published_at": or_null(time()),
                "valid": { "type": "boolean" }, "reason": or_null(text()), "omitted": list(text()),
            }))),
            "version": text(),
        })),
    });
    for (name, schema) in story_schemas().into_iter().chain(briefing_schemas()) {
        schemas[name] = schema;
    }
    schemas
}

/// A story and what it said before.
fn story_schemas() -> [(&'static str, Value); 4] {
    let story = object(json!({
        "id": text(), "key": text(), "title": text(), "url": text(), "state": text(),
        "published": or_null(time()), "updated": time(),
        "publishers": list(object(json!({ "name": text(), "url": text() }))),
        "topics": list(text()), "engine": engine(), "revision": count(), "draft": or_null(count()),
        "_bylined": reference("Bylined"),
    }));
    let revision = object(json!({
        "revision": count(), "made": time(), "by": text(), "reason": or_null(text()), "title": or_null(text()),
        "_bylined": { "anyOf": [reference("Bylined"), { "type": "null" }] },
    }));
    let act = object(json!({
        "at": time(), "by": text(), "act": text(), "revision": count(), "reason": or_null(text()),
    }));
    let history = object(json!({
        "id": text(), "url": text(), "revisions": list(reference("Revision")), "acts": list(reference("Act")),
    }));
    [("Story", story), ("Revision", revision), ("Act", act), ("History", history)]
}

/// `_bylined`, as in the JSON feeds; `/about#data` describes it in words.
fn briefing_schemas() -> [(&'static str, Value); 5] {
    let statements = || list(reference("Statement"));
    let receipt = optional(
        object(json!({
            "url": text(), "start": count(), "end": count(), "sha256": text(),
            "of": { "const": "abstract" }, "quote": text(),
        })),
        &["of", "quote"],
    );
    let statement = object(json!({ "text": text(), "made": made(), "receipts": list(reference("Receipt")) }));
    let takeaway = object(json!({
        "text": text(), "made": made(), "receipts": list(reference("Receipt")), "audience": or_null(text()),
    }));
    let byline = object(json!({
        "name": text(), "url": text(), "feed_url": or_null(text()), "author": or_null(text()),
        "published": time(), "rights": one_of(&["any", "extractive", "link", "drop"]), "copy_of": or_null(text()),
    }));
    let reviewed = object(json!({ "by": text(), "at": time() }));
    let bylined = object(json!({
        "about": text(), "engine": engine(), "revision": count(),
        "reviewed": { "anyOf": [reviewed, { "type": "null" }] }, "made": text(),
        "summary": statements(), "key_takeaway": list(reference("Takeaway")), "key_insights": statements(),
        "principles": statements(), "in_practice": statements(), "best_for": list(text()),
        "related": list(object(json!({
            "id": text(), "title": text(), "url": text(),
            "relation": one_of(&["related", "follows", "followed_by"]),
        }))),
        "differs": list(object(json!({ "what": text(), "values": statements() }))),
        "publishers": list(reference("Byline")), "attribution": text(),
    }));
    [
        ("Receipt", receipt),
        ("Statement", statement),
        ("Takeaway", takeaway),
        ("Byline", byline),
        ("Bylined", bylined),
    ]
}

fn source() -> Value {
    let push = object(json!({
        "hub": text(), "state": one_of(&["waiting", "active", "denied"]), "until": or_null(time()),
        "pushed": or_null(time()), "reason": or_null(text()),
    }));
    object(json!({
        "id": text(), "url": text(), "publisher": text(),
        "state": one_of(&["new", "healthy", "failing", "gone", "disabled"]), "reason": or_null(text()),
        "since": or_null(time()), "status": or_null(count()), "entries": count(),
        "last_poll": or_null(time()), "next_poll": or_null(time()),
        "rights": one_of(&["any", "extractive", "link", "drop"]), "rights_reasons": list(text()),
        "moved_to": or_null(text()), "moving_to": or_null(text()), "names_feed": or_null(text()),
        "warnings": list(text()), "push": { "anyOf": [push, { "type": "null" }] },
    }))
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn engine() -> Value {
    json!({ "enum": Engine::ALL.map(Engine::as_str) })
}

fn made() -> Value {
    json!({ "enum": Made::ALL.map(Made::as_str) })
}

fn one_of(words: &[&str]) -> Value {
    json!({ "enum": words })
}

fn or_null(mut schema: Value) -> Value {
    schema["type"] = json!([schema["type"], "null"]);
    schema
}

fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object with these keys, all of them.
fn object(properties: Value) -> Value {
    let names: Vec<&String> = properties.as_object().into_iter().flat_map(|it| it.keys()).collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

/// The same where some keys may be absent.
fn optional(mut schema: Value, absent: &[&str]) -> Value {
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|it| !absent.iter().any(|name| it == name));
    }
    schema
}
