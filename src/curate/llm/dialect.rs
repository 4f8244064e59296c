//! How a request is written for an endpoint, and how its answer is read.
//!
//! Servers that speak the OpenAI chat protocol differ in what they accept. Which
//! dialect one understands is learned from its refusals.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use super::message::LlmRequest;
use super::message::Reply;
use super::message::Role;
use super::thought::without_thoughts;

/// Characters of a refusal that are shown.
const REASON_CHARS_MAX: usize = 200;

/// Models of an endpoint that are named.
const MODELS_MAX: usize = 100;

/// What an endpoint understands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Dialect {
    format: ResponseFormat,
    /// Whether the limit is called `max_completion_tokens`.
    is_limit_renamed: bool,
    /// Whether temperature and seed may be named.
    is_sampling_named: bool,
}

/// How the form of the answer is asked for, the best first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ResponseFormat {
    /// A JSON Schema that bounds lengths.
    Bounded,
    /// The same without lengths, which some servers do not know.
    Schema,
    /// Some JSON object.
    Object,
    /// The words of the prompt alone.
    Plain,
}

/// Why an answer of the endpoint is no reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadReply {
    /// It is no JSON.
    #[error("the answer is not JSON")]
    NotJson,
    /// It has no message.
    #[error("the answer has no message")]
    NoMessage,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { format: ResponseFormat::Bounded, is_limit_renamed: false, is_sampling_named: true }
    }
}

impl Dialect {
    /// What to try after the endpoint refused (400, 404, 415 or 422) with this body;
    /// `None` when there is nothing left to try.
    pub fn after(self, refusal: &[u8]) -> Option<Self> {
        let words = String::from_utf8_lossy(refusal).to_lowercase();
        if words.contains("max_completion_tokens") && !self.is_limit_renamed {
            return Some(Self { is_limit_renamed: true, ..self });
        }
        if self.is_sampling_named && ["temperature", "seed"].iter().any(|it| words.contains(it)) {
            return Some(Self { is_sampling_named: false, ..self });
        }
        let format = match self.format {
            ResponseFormat::Bounded => ResponseFormat::Schema,
            ResponseFormat::Schema => ResponseFormat::Object,
            ResponseFormat::Object => ResponseFormat::Plain,
            ResponseFormat::Plain => return None,
        };
        Some(Self { format, ..self })
    }

    /// For the record of a briefing.
    pub fn name(self) -> &'static str {
        match self.format {
            ResponseFormat::Bounded | ResponseFormat::Schema => "json_schema",
            ResponseFormat::Object => "json_object",
            ResponseFormat::Plain => "plain",
        }
    }
}

impl LlmRequest {
    /// The body of `POST …/chat/completions`.
    pub fn body(&self, dialect: Dialect) -> String {
        let messages: Vec<Value> = self
            .messages
            .iter()
            .map(|(role, text)| json!({ "role": role.as_str(), "content": text }))
            .collect();
        let mut body = format!("{{\"model\":{},\"messages\":{}", json!(self.model), json!(messages));
        let limit = if dialect.is_limit_renamed { "max_completion_tokens" } else { "max_tokens" };
        let mut add = |text: std::fmt::Arguments<'_>| {
            // Memory takes it.
            let _ = body.write_fmt(text);
        };
        add(format_args!(",\"{limit}\":{},\"stream\":false", self.tokens_max));
        if dialect.is_sampling_named {
            add(format_args!(",\"temperature\":0,\"seed\":{}", self.seed));
        }
        let schema = match dialect.format {
            ResponseFormat::Bounded => Some(self.schema.clone()),
            ResponseFormat::Schema => Some(without_lengths(&self.schema)),
            ResponseFormat::Object => {
                add(format_args!(",\"response_format\":{{\"type\":\"json_object\"}}"));
                None
            }
            ResponseFormat::Plain => None,
        };
        if let Some(schema) = schema {
            add(format_args!(
                ",\"response_format\":{{\"type\":\"json_schema\",\"json_schema\":{{\"name\":\"answer\",\"strict\":true,\"schema\":{schema}}}}}"
            ));
        }
        body.push('}');
        body
    }

    /// Tokens that the request may cost, reading and writing, to be set aside for it:
    /// more than most tokenisers make of prose. What the endpoint counts takes its place.
    pub fn tokens_expected(&self) -> u64 {
        let bytes: usize = self.messages.iter().map(|it| it.1.len()).sum::<usize>() + self.schema.len();
        (bytes / 3) as u64 + u64::from(self.tokens_max)
    }
}

impl Role {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

impl Reply {
    /// Reads the body of an answer of status 200.
    ///
    /// # Errors
    /// [`BadReply::NotJson`] where the body is not JSON, [`BadReply::NoMessage`] where it is no chat
    /// completion with a message.
    pub fn read(body: &[u8]) -> Result<Self, BadReply> {
        #[derive(Deserialize)]
        struct Completion {
            choices: Vec<CompletionChoice>,
            usage: Option<Usage>,
        }
        #[derive(Deserialize)]
        struct CompletionChoice {
            message: Message,
            finish_reason: Option<String>,
        }
        #[derive(Deserialize)]
        struct Message {
            content: Option<String>,
        }
        #[derive(Deserialize)]
        struct Usage {
            #[serde(default)]
            prompt_tokens: u64,
            #[serde(default)]
            completion_tokens: u64,
        }
        let value: Value = serde_json::from_slice(body).map_err(|_| BadReply::NotJson)?;
        let completion: Completion = serde_json::from_value(value).map_err(|_| BadReply::NoMessage)?;
        let choice = completion.choices.into_iter().next().ok_or(BadReply::NoMessage)?;
        // A refusal, or a call of a tool that there is not, has no content: an answer with faults.
        let content = choice.message.content.unwrap_or_default();
        let text = without_thoughts(&content).to_owned();
        let is_whole = choice.finish_reason.as_deref().is_none_or(|it| it == "stop");
        let usage = completion.usage.unwrap_or(Usage { prompt_tokens: 0, completion_tokens: 0 });
        Ok(Self {
            text,
            is_whole,
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
        })
    }

    /// What an endpoint gives as reason of a refusal, on one line, without `secret`
    /// or any six characters of it in a row.
    pub fn reason(body: &[u8], secret: Option<&str>) -> Option<String> {
        const PIECE: usize = 6;
        let value: Value = serde_json::from_slice(body).ok()?;
        let words = value.pointer("/error/message").or_else(|| value.get("error"))?.as_str()?;
        let words = crate::text::clean::line(words);
        let secret: Vec<char> = secret.unwrap_or_default().chars().collect();
        let pieces: Vec<String> =
            secret.windows(PIECE.min(secret.len().max(1))).map(|it| it.iter().collect()).collect();
        let is_telling = |word: &&str| pieces.iter().any(|it| word.contains(it.as_str()));
        let shown: Vec<&str> = words.split(' ').map(|it| if is_telling(&it) { "…" } else { it }).collect();
        Some(shown.join(" ").chars().take(REASON_CHARS_MAX).collect())
    }
}

/// The names in an endpoint's list of models.
pub fn models(body: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct ModelList {
        data: Vec<ModelObject>,
    }
    #[derive(Deserialize)]
    struct ModelObject {
        id: String,
    }
    let list: Option<ModelList> = serde_json::from_slice(body).ok();
    list.map(|it| it.data.into_iter().map(|it| it.id).take(MODELS_MAX).collect()).unwrap_or_default()
}

/// A schema without its bounds of texts and lists.
fn without_lengths(schema: &str) -> String {
    let mut left = String::with_capacity(schema.len());
    let mut rest = schema;
    while let Some(at) =
        [",\"maxLength\":", ",\"minLength\":", ",\"maxItems\":"].iter().filter_map(|it| rest.find(it)).min()
    {
        left.push_str(&rest[..at]);
        let value = &rest[at..];
        let digits = value.find(':').map_or(value.len(), |it| it + 1);
        rest = value[digits..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    left + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> LlmRequest {
        LlmRequest {
            key: "k".to_owned(),
            model: "m\"".to_owned(),
            messages: vec![(Role::System, "a".to_owned()), (Role::User, "\"b\"\n".to_owned())],
            schema: r#"{"type":"array","items":{"type":"string","maxLength":9},"maxItems":3}"#.to_owned(),
            tokens_max: 7,
            seed: 1,
        }
    }

    fn body(dialect: Dialect) -> Value {
        serde_json::from_str(&request().body(dialect)).expect("JSON")
    }

    #[test]
    fn an_endpoint_teaches_its_dialect_by_what_it_refuses() {
        let mut dialect = Dialect::default();
        let mut formats = Vec::new();
        loop {
            let it = body(dialect);
            assert_eq!(
                (&it["model"], &it["max_tokens"], &it["temperature"]),
                (&"m\"".into(), &7.into(), &0.into())
            );
            assert_eq!(it["messages"][1]["content"], "\"b\"\n");
            formats.push(it["response_format"].to_string());
            match dialect.after(b"no") {
                Some(next) => dialect = next,
                None => break,
            }
        }
        assert_eq!(formats.len(), 4);
        assert!(formats[0].contains("maxLength") && formats[0].contains("maxItems"), "{formats:?}");
        assert!(formats[1].contains("json_schema") && !formats[1].contains("max"), "{formats:?}");
        assert_eq!(formats[2], r#"{"type":"json_object"}"#);
        assert_eq!(formats[3], "null");
    }

    #[test]
    fn a_refused_parameter_is_renamed_or_left_out() {
        let refused = |words: &str| body(Dialect::default().after(words.as_bytes()).expect("a next try"));
        let it = refused("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.");
        assert_eq!((&it["max_tokens"], &it["max_completion_tokens"]), (&Value::Null, &7.into()));
        let it = refused("Unsupported value: 'temperature' does not support 0");
        assert_eq!((&it["temperature"], &it["seed"]), (&Value::Null, &Value::Null));
        assert!(it["response_format"].is_object());
    }

    #[track_caller]
    fn check(body: &str, expected: Result<(&str, bool), BadReply>) {
        let reply = Reply::read(body.as_bytes());
        assert_eq!(reply.as_ref().map(|it| (it.text.as_str(), it.is_whole)).map_err(|it| *it), expected);
    }

    #[test]
    fn replies_are_read_as_far_as_they_are_replies() {
        check(r#"{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}"#, Ok(("x", true)));
        check(r#"{"choices":[{"message":{"content":"x"},"finish_reason":"length"}]}"#, Ok(("x", false)));
        check(
            r#"{"choices":[{"message":{"content":null,"tool_calls":[{}]},"finish_reason":"tool_calls"}]}"#,
            Ok(("", false)),
        );
        check(
            r#"{"choices":[{"message":{"content":"<think>{}</think>\nx"},"finish_reason":"stop"}]}"#,
            Ok(("x", true)),
        );
        check("<html>", Err(BadReply::NotJson));
        check(&"[".repeat(100_000), Err(BadReply::NotJson));
        check("{}", Err(BadReply::NoMessage));
        check(r#"{"choices":[]}"#, Err(BadReply::NoMessage));
        check(r#"{"choices":[{"message":{"content":[1]}}]}"#, Err(BadReply::NoMessage));
    }

    #[test]
    fn a_reason_never_tells_the_key() {
        let body = br#"{"error":{"message":"Incorrect key: sk-abcdef123456,\nsee abcdef12**** here"}}"#;
        let reason = Reply::reason(body, Some("sk-abcdef123456")).expect("a reason");
        assert_eq!(reason, "Incorrect key: … see … here");
        assert_eq!(Reply::reason(br#"{"error":"loading"}"#, None).as_deref(), Some("loading"));
        assert_eq!(Reply::reason(b"oops", Some("k")), None);
    }
}
