//! Whatever the API serves is what its OpenAPI document describes, key by key.

use serde_json::Value;

use crate::house::Daemon;

/// Checks every path of the public API, as it is served, against the schemas that it serves.
#[track_caller]
pub fn check_api(daemon: &Daemon) {
    let described = daemon.get("/api/v1/openapi.json").json();
    let stories = daemon.get("/api/v1/stories?limit=100").json();
    let stories = stories["stories"].as_array().expect("an array");
    let paths = described["paths"].as_object().expect("paths");
    for (path, of_path) in paths {
        let schema = &of_path["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let filled: Vec<String> = match path.contains("{id}") {
            true => {
                stories.iter().map(|it| path.replace("{id}", it["key"].as_str().expect("a key"))).collect()
            }
            false => vec![path.clone()],
        };
        assert!(!filled.is_empty(), "{path}");
        for path in filled {
            let reply = daemon.get(&format!("/api/v1{path}"));
            if reply.status == 301 {
                // It became part of another story meanwhile.
                continue;
            }
            assert_eq!(reply.status, 200, "{path}");
            check(&described, schema, &reply.json(), &path);
        }
        let refused = daemon.get(&format!("/api/v1{}?colour=red", path.replace("{id}", "none")));
        if !path.contains("{id}") {
            assert_eq!(refused.status, 400, "{path}");
            let schema = &of_path["get"]["responses"]["400"]["content"]["application/json"]["schema"];
            check(&described, schema, &refused.json(), path);
        }
    }
    check_walk(daemon, stories);
}

/// Pages of every size hold the same stories in the same order, whatever comes meanwhile.
#[track_caller]
fn check_walk(daemon: &Daemon, stories: &[Value]) {
    let known: Vec<&str> = stories.iter().filter_map(|it| it["id"].as_str()).collect();
    for limit in [1, 7, 100] {
        let mut walked = Vec::new();
        let mut path = format!("/api/v1/stories?limit={limit}");
        loop {
            let page = daemon.get(&path).json();
            let ids = page["stories"].as_array().expect("an array").iter();
            walked.extend(ids.map(|it| it["id"].as_str().expect("an id").to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = next[next.find("/api/").expect("a path")..].to_owned();
            assert!(walked.len() <= 2 * known.len(), "the walk goes round in a circle: {path}");
        }
        walked.retain(|it| known.contains(&it.as_str()));
        assert_eq!(walked, known, "{limit}");
    }
}

/// What JSON Schema says of a value, in the words of it that our document uses. A key that no schema
/// names is an error too: the description would be incomplete.
#[track_caller]
fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Err(reason) = fault(document, schema, value, at) {
        panic!("{reason}");
    }
}

fn fault(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let found = document.pointer(reference.trim_start_matches('#'));
        return fault(document, found.ok_or(format!("{reference} leads nowhere"))?, value, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let faults: Vec<String> = any.iter().filter_map(|it| fault(document, it, value, at).err()).collect();
        return if faults.len() < any.len() { Ok(()) } else { Err(faults.join("; or ")) };
    }
    let allowed = schema["enum"].as_array();
    if allowed.is_some_and(|it| !it.contains(value)) || schema.get("const").is_some_and(|it| it != value) {
        return Err(format!("{at}: {value} is none of {schema}"));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect::<Vec<_>>(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(it) if it.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.is_empty() && !types.contains(&kind) {
        return Err(format!("{at}: {value} is no {types:?}"));
    }
    for (at_item, item) in value.as_array().into_iter().flatten().enumerate() {
        fault(document, &schema["items"], item, &format!("{at}[{at_item}]"))?;
    }
    let Some(properties) = schema["properties"].as_object() else { return Ok(()) };
    for (key, value) in value.as_object().into_iter().flatten() {
        let property = properties.get(key).ok_or(format!("{at}.{key} is not described"))?;
        fault(document, property, value, &format!("{at}.{key}"))?;
    }
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        value.get(key).ok_or(format!("{at}: `{key}` is missing"))?;
    }
    Ok(())
}
