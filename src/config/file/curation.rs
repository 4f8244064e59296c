//! `[curation]` with its model.

use std::path::Path;

use serde_json::json;

use super::super::settings::Curation;
use super::super::settings::EngineChoice;
use super::super::settings::Llm;
use super::super::settings::OnFailure;
use super::super::settings::PublishMode;
use super::super::settings::Secret;
use super::super::settings::Verify;
use super::super::table::Table;
use super::super::value;
use super::shared::COUNT_MAX;
use super::shared::SECOND;
use super::shared::text_shape;

pub(super) const SECRET_EXAMPLE: &str = r#"{ env = "NAME" }, { file = "/path" } or { credential = "name" }"#;

pub(super) fn curation(it: &mut Table<'_>) -> Curation {
    let engines = [
        ("extractive", EngineChoice::Extractive),
        ("llm", EngineChoice::Llm),
        ("editor", EngineChoice::Editor),
    ];
    let engine = it.word("engine", &engines, Some("extractive"), "Who writes.");
    let about = "Whether stories go out unseen, or when an editor approves.";
    let publish = it.word("publish", &PUBLISH_MODES, Some("auto"), about);
    let about =
        "Entries already older than this when first seen are kept, not curated; \"all\" curates everything.";
    let backlog_shape = || json!({ "type": "string", "pattern": "^([0-9]+[smhd]|all)$" });
    let backlog = it.parsed("backlog", Some("30d"), about, backlog_shape, |text| match text {
        "all" => Ok(None),
        _ => value::duration(text).map(Some),
    });
    let about = "An OpenAI-compatible endpoint.";
    let example = "[curation.llm] with endpoint and model below it";
    let model = it.optional("llm", example, about, llm);
    if engine == Some(EngineChoice::Llm) && !it.has("llm") && it.is_sound() {
        let help = "add [curation.llm] with endpoint and model";
        it.report().error(&it.place_of("engine"), "is \"llm\", and no endpoint is given", help);
    }
    Curation {
        engine: engine.unwrap_or(EngineChoice::Extractive),
        publish: publish.unwrap_or(PublishMode::Auto),
        backlog: backlog.and_then(|it| it.value),
        llm: model.flatten(),
    }
}

pub(super) const PUBLISH_MODES: [(&str, PublishMode); 2] =
    [("auto", PublishMode::Auto), ("review", PublishMode::Review)];

fn llm(it: &mut Table<'_>) -> Option<Llm> {
    let about = "Address of the endpoint, up to and including its version.";
    let endpoint = it.parsed("endpoint", Some("http://127.0.0.1:11434/v1"), about, text_shape, |text| {
        match value::http_url(text)? {
            url if value::has_user_info(&url) => {
                value::wrong("holds a user name or password", format!("write api_key = {SECRET_EXAMPLE}"))
            }
            url => Ok(url),
        }
    });
    let model = it.text("model", None, "Name of the model as the endpoint knows it.");
    it.require("model", "write model = \"name\", as the endpoint knows it");
    let api_key = secret(it, "api_key", "Where the endpoint's key is kept.");
    let tokens_per_day =
        it.count("tokens_per_day", 0..=COUNT_MAX, 2_000_000, "Budget of tokens of a day in site.timezone.");
    let concurrency = it.count("concurrency", 1..=64, 2, "Requests under way at once.");
    let about = "Longest time for a whole exchange.";
    let deadline = it.duration("deadline", SECOND, Some("2m"), about).map(|it| it.value);
    let about = "Words of sources in one request; a longer text is read in parts.";
    let input_words = it.count("input_words", 100..=100_000, 2_000, about);
    let output_tokens = it.count("output_tokens", 100..=32_000, 1_200, "Tokens that one answer may have.");
    let choices = [("extractive", OnFailure::Extractive), ("hold", OnFailure::Hold)];
    let about = "What happens to a story when the endpoint fails.";
    let on_failure = it.word("on_failure", &choices, Some("extractive"), about);
    let choices = [("rules", Verify::Rules), ("model", Verify::Model)];
    let about = "Who checks that a reworded statement follows from its evidence.";
    let verify = it.word("verify", &choices, Some("model"), about);
    let verify_model =
        it.text("verify_model", None, "The model that checks, where it is another one at the same endpoint.");
    Some(Llm {
        endpoint: endpoint?.value,
        model: model?.value,
        api_key,
        tokens_per_day,
        concurrency: usize::try_from(concurrency).unwrap_or(1),
        deadline: deadline?,
        input_words: usize::try_from(input_words).unwrap_or(usize::MAX),
        output_tokens: u32::try_from(output_tokens).unwrap_or(u32::MAX),
        on_failure: on_failure?,
        verify: verify?,
        verify_model: verify_model.map(|it| it.value),
    })
}

pub(super) fn secret(it: &mut Table<'_>, name: &'static str, about: &'static str) -> Option<Secret> {
    let help = format!("write {name} = {SECRET_EXAMPLE}");
    if it.is_text(name) {
        it.report().error(&it.place_of(name), "is a secret, and secrets never stand in the file", &help);
        return None;
    }
    it.optional(name, r#"{ env = "NAME" }"#, about, |it| {
        let env = it.text("env", None, "Name of an environment variable.");
        let file =
            it.parsed("file", None, "Absolute path of a file.", text_shape, |text| match Path::new(text) {
                path if path.is_absolute() => Ok(path.to_owned()),
                _ => value::wrong(
                    format!("{text:?} is not an absolute path"),
                    "write one like \"/etc/bylined/key\"",
                ),
            });
        let about = "Name of a systemd credential, a file below $CREDENTIALS_DIRECTORY.";
        let credential = it.parsed("credential", None, about, text_shape, |text| {
            if text.is_empty() || text.contains('/') || text.starts_with('.') {
                return value::wrong(
                    format!("{text:?} is not the name of a credential"),
                    "write a plain file name",
                );
            }
            Ok(text.to_owned())
        });
        it.exactly_one(&help);
        env.map(|it| Secret::Env(it.value))
            .or(file.map(|it| Secret::File(it.value)))
            .or(credential.map(|it| Secret::Credential(it.value)))
    })
    .flatten()
}
