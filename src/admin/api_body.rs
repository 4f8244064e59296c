//! What a call of the desk's API brings: one JSON object, with no key that is not known.

use serde_json::Map;
use serde_json::Value;

use crate::desk::FieldTexts;
use crate::desk::StoryVersion;
use crate::domain::StoryKey;

use super::api;
use super::api::ApiRefusal;
use super::decide;
use super::request::AdminRequest;

/// Characters of an idempotency key.
const FORM_CHARS_MAX: usize = 64;

/// Stories that are merged with one, and entries that leave one, in one call.
const NAMED_MAX: usize = 50;

/// What a call brings.
#[derive(Default)]
pub(super) struct ApiBody {
    /// The story as the script saw it: refused if it is another by now.
    pub(super) version: Option<StoryVersion>,
    pub(super) reason: Option<String>,
    pub(super) until: Option<String>,
    pub(super) fields: FieldTexts,
    /// Whether findings of the gate stop nothing.
    pub(super) anyway: bool,
    /// The revision to be restored.
    pub(super) revision: Option<u32>,
    pub(super) with: Vec<StoryKey>,
    pub(super) entries: Vec<String>,
    /// `Idempotency-Key`: a call that is sent again decides once.
    pub(super) form: Option<String>,
}

impl ApiBody {
    pub(super) fn read(request: &AdminRequest) -> Result<Self, ApiRefusal> {
        let refused = |words: &str| ApiRefusal::new(400, words);
        let object = object(request)?;
        let mut body = Self::default();
        for (name, value) in &object {
            let wrong = || ApiRefusal::new(400, format!("`{name}` has another form"));
            match name.as_str() {
                "version" => {
                    let version = value.as_str().ok_or_else(wrong)?.parse();
                    body.version =
                        Some(version.map_err(|it: crate::desk::InvalidVersion| {
                            ApiRefusal::new(400, it.to_string())
                        })?);
                }
                "reason" => {
                    let line = decide::reason(value.as_str().ok_or_else(wrong)?);
                    body.reason = line.ok_or_else(|| refused("the reason is too long"))?;
                }
                "until" => body.until = Some(value.as_str().ok_or_else(wrong)?.to_owned()),
                "fields" => body.fields = api::fields(value.as_object().ok_or_else(wrong)?)?,
                "anyway" => body.anyway = value.as_bool().ok_or_else(wrong)?,
                "revision" => {
                    let n = value.as_u64().and_then(|it| u32::try_from(it).ok());
                    body.revision = Some(n.ok_or_else(wrong)?);
                }
                "with" => {
                    let keys: Option<Vec<StoryKey>> =
                        texts(value).and_then(|it| it.iter().map(|it| it.parse().ok()).collect());
                    body.with = keys.ok_or_else(wrong)?;
                }
                "entries" => body.entries = texts(value).ok_or_else(wrong)?,
                _ => return Err(ApiRefusal::new(400, format!("`{name}` is not known"))),
            }
        }
        body.form = idempotency_key(request)?;
        Ok(body)
    }
}

/// The name under which a call decides once.
pub(super) fn idempotency_key(request: &AdminRequest) -> Result<Option<String>, ApiRefusal> {
    let key = request.header("idempotency-key").map(str::to_owned);
    if key.as_ref().is_some_and(|it| !(1..=FORM_CHARS_MAX).contains(&it.chars().count())) {
        return Err(ApiRefusal::new(400, "`Idempotency-Key` has 1 to 64 characters"));
    }
    Ok(key)
}

/// The JSON object that a call brings.
pub(super) fn object(request: &AdminRequest) -> Result<Map<String, Value>, ApiRefusal> {
    let media_type = request.header("content-type").and_then(|it| it.split(';').next());
    if !media_type.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json")) {
        return Err(ApiRefusal::new(415, "send `Content-Type: application/json`"));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(ApiRefusal::new(400, "the body is no JSON object")),
    }
}

/// A short list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    let all = value.as_array().filter(|it| it.len() <= NAMED_MAX)?;
    all.iter().map(|it| it.as_str().map(str::to_owned)).collect()
}
