mod address;
mod reference;
mod report;

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use serde_json::json;

use super::*;
use crate::config::Auth;
use crate::config::EditorRole;
use crate::config::EngineChoice;
use crate::config::Excerpt;
use crate::config::LinkTo;
use crate::config::ListenAddress;
use crate::config::OnFailure;
use crate::config::PublishMode;
use crate::config::Rhythm;
use crate::config::Secret;
use crate::config::Severity;
use crate::config::SourceRights;
use crate::domain::Rights;
use crate::text::phrase::Phrase;

fn env() -> Environment {
    let variable = |name: &str| (name == "STATE_DIRECTORY").then(|| "/var/lib/bylined".into());
    Environment::of(variable, "/srv/news".into())
}

const QUIET: &str = "[site]\nbase_url = \"https://brief.example/\"\ncontact = \"desk@brief.example\"\n";
const ONE_SOURCE: &str = "[[source]]\nurl = \"https://a.example/feed\"\n";

/// Resolves a file that must be accepted without a warning, given what every such file
/// has.
#[track_caller]
fn accepted(toml: &str) -> Config {
    let toml = match toml.contains("[[source]]") {
        true => format!("{QUIET}{toml}"),
        false => format!("{QUIET}{toml}\n{ONE_SOURCE}"),
    };
    let loaded =
        parse("test.toml", &toml, &env()).unwrap_or_else(|it| panic!("{:#?}", listing(it.problems())));
    assert!(loaded.warnings.is_empty(), "{:#?}", listing(&loaded.warnings));
    loaded.config
}

/// All problems of a file, beside those of a missing source, address and contact.
fn problems(toml: &str) -> Vec<Problem> {
    let mut problems = match parse("test.toml", toml, &env()) {
        Ok(loaded) => loaded.warnings,
        Err(errors) => errors.problems().to_vec(),
    };
    let is_usual = |it: &Problem| {
        it.severity == Severity::Warning
            && ["there is no source", "`base_url` is missing", "no `contact`"]
                .iter()
                .any(|usual| it.message.starts_with(usual))
    };
    problems.retain(|it| !is_usual(it));
    problems
}

fn listing(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::one_line).collect()
}

#[track_caller]
fn check(toml: &str, expected: &[&str]) {
    let found: Vec<String> =
        listing(&problems(toml)).iter().map(|it| it.replacen("test.toml:", "", 1)).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_empty_file_has_every_default() {
    let loaded = parse("test.toml", "", &env()).expect("a usable configuration");
    let config = loaded.config;
    assert_eq!(config.site.title, "bylined");
    assert_eq!(config.site.curator, "bylined");
    assert_eq!(config.site.base_url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(config.site.language, "en");
    assert_eq!(config.site.timezone, Tz::UTC);
    assert_eq!(config.site.contact, None);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.admin_listen, None);
    assert_eq!(config.store.path, Path::new("/var/lib/bylined/bylined.db"));
    assert_eq!(config.store.retention, Duration::from_secs(400 * 86_400));
    assert_eq!((config.fetch.concurrency, config.fetch.per_host), (256, 2));
    assert_eq!((config.fetch.min_gap, config.fetch.timeout), (SECOND, 20 * SECOND));
    assert_eq!(config.fetch.body_bytes_max, 10 << 20);
    assert_eq!(config.fetch.allow_private, []);
    assert_eq!(config.schedule.rhythm, Rhythm::Every(1800 * SECOND));
    assert!(config.schedule.adaptive);
    assert_eq!((config.schedule.min, config.schedule.max), (300 * SECOND, 86_400 * SECOND));
    assert_eq!(config.dedup.window, 259_200 * SECOND);
    assert_eq!(config.curation.engine, EngineChoice::Extractive);
    assert_eq!(config.curation.publish, PublishMode::Auto);
    assert_eq!(config.curation.backlog, Some(30 * 86_400 * SECOND));
    assert!(config.curation.llm.is_none());
    let [all] = &config.outputs[..] else { panic!("{:?}", config.outputs) };
    assert_eq!((all.id.as_str(), all.title.as_str(), all.items), ("all", "bylined", 50));
    assert_eq!(all.link, LinkTo::Original);
    let warnings: Vec<_> = loaded.warnings.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        warnings,
        [
            "`base_url` is missing: published links start with http://127.0.0.1:8080/",
            "no `contact` is given",
            "there is no source to poll",
        ]
    );
}

#[test]
fn a_source_with_an_address_alone_has_every_default() {
    let config = accepted(ONE_SOURCE);
    let source = &config.sources[0];
    assert_eq!(source.id.as_str(), "a-example");
    assert_eq!(source.url.as_str(), "https://a.example/feed");
    assert!(source.full_text && source.listed && source.enabled);
    assert_eq!(source.rights, SourceRights::Unsaid);
    assert_eq!(source.trust, 1.0);
    assert_eq!(source.excerpt, Excerpt { words: 120, run: 75 });
    assert_eq!((&source.rhythm, &source.auth, source.publish), (&None, &None, None));
}

#[test]
fn a_file_that_says_everything_is_read_without_a_warning() {
    let config = accepted(
        r#"
title = "Example Tech Brief"
curator = "Example Brief"
language = "pt-BR"
timezone = "Europe/Berlin"

[server]
listen = "0.0.0.0:80"
admin_listen = "unix:/run/bylined/admin.sock"

[store]
path = "/srv/bylined.db"
retention = "30d"

[fetch]
concurrency = 16
per_host = 1
min_gap = "0s"
timeout = "5s"
body_max = "1MiB"
allow_private = ["127.0.0.1:9000", "[::1]:9000"]

[schedule]
cron = "*/30 * * * *"
adaptive = false
min = "10m"
max = "12h"

[dedup]
window = "48h"

[curation]
engine = "llm"
publish = "review"
backlog = "all"

[curation.llm]
endpoint = "http://127.0.0.1:11434/v1"
model = "small"
api_key = { credential = "llm-key" }
tokens_per_day = 2_000
on_failure = "hold"

[[topic]]
name = "Artificial Intelligence"
terms = ["AI", "LLM", "artificial intelligence"]

[[audience]]
name = "CTO"
topics = ["artificial-intelligence"]

[[source]]
id = "example-monitor"
url = "https://monitor.example/feed"
publisher = "Example Monitor"
full_text = false
rights = { mode = "any", licence = "CC BY 4.0" }
listed = false
every = "1h"
topics = ["AI"]
trust = 2
headers = { "X-Reader" = "brief" }
auth = { basic = { user = "ann", password = { env = "MONITOR" } } }
include = ["rust", "/v[0-9]+/"]
exclude = ["deal"]
excerpt = { words = 60, run = 30 }
publish = "auto"
enabled = false

[[output]]
id = "all"
title = "Everything"
items = 20
link = "story"

[[output]]
id = "leaders"
topics = ["Artificial Intelligence"]
audiences = ["CTO"]
sources = ["example-monitor"]
languages = ["en-GB", "de"]
include = ["launch"]
exclude = ["/rumou?r/"]
score_min = 0.5
digest = "0 7 * * *"
"#,
    );
    assert_eq!(config.server.admin_listen, Some(ListenAddress::Unix("/run/bylined/admin.sock".into())));
    assert_eq!(config.store.path, Path::new("/srv/bylined.db"));
    assert_eq!(config.schedule.rhythm, Rhythm::Cron("*/30 * * * *".parse().expect("a cron line")));
    assert_eq!(config.curation.backlog, None);
    let llm = config.curation.llm.as_ref().expect("configured");
    assert_eq!(llm.api_key, Some(Secret::Credential("llm-key".into())));
    assert_eq!((llm.tokens_per_day, llm.on_failure), (2_000, OnFailure::Hold));
    assert_eq!(config.topics[0].phrases, Phrase::each(["Artificial Intelligence", "ai", "llm"].into_iter()));
    let source = &config.sources[0];
    assert_eq!(source.rights, SourceRights::Licensed { mode: Rights::Any, licence: "CC BY 4.0".into() });
    assert_eq!(source.rhythm, Some(Rhythm::Every(3600 * SECOND)));
    assert_eq!(source.headers, [("X-Reader".to_owned(), "brief".to_owned())]);
    let password = Secret::Env("MONITOR".into());
    assert_eq!(source.auth, Some(Auth::Basic { user: "ann".into(), password }));
    assert_eq!(source.trust, 2.0);
    let [all, leaders] = &config.outputs[..] else { panic!("{:?}", config.outputs) };
    assert_eq!((all.title.as_str(), all.items, all.link), ("Everything", 20, LinkTo::Story));
    assert_eq!(leaders.title, "Example Tech Brief");
    assert_eq!(leaders.topics[0].as_str(), "artificial-intelligence");
    assert_eq!(leaders.audiences[0].as_str(), "cto");
    assert_eq!(leaders.languages, ["en", "de"]);
    assert_eq!(leaders.digest, "0 7 * * *".parse().ok());
}

#[test]
fn all_problems_are_reported_at_once_with_their_place_and_remedy() {
    check(
        r#"[site]
titel = "Brief"
base_url = "brief.example"

[fetch]
timeout = 20
body_max = "10MB"

[schedule]
every = "5 min"

[[source]]
url = "https://a.example/feed"
rights = "extractiv"

[[source]]
publisher = "B"
enabled = "yes"
"#,
        &[
            r#"2:1: site.titel: is not a known key; did you mean `title`?"#,
            r#"3:12: site.base_url: "brief.example" is not an absolute URL; write "https://brief.example""#,
            r#"6:11: fetch.timeout: is a whole number, not text; write text in quotes, like "20s""#,
            r#"7:12: fetch.body_max: "10MB" is not a size; write "10MiB""#,
            r#"10:9: schedule.every: "5 min" is not a duration; write "5m""#,
            r#"14:10: source[0].rights: "extractiv" is not known; did you mean "extractive"? Known are "any" or "extractive" or "link" or "drop""#,
            r#"16:1: source[1].url: is missing; write url = "https://a.example/feed""#,
            r#"18:11: source[1].enabled: is text, not true or false; write true or false, without quotes"#,
        ],
    );
}

#[test]
fn an_unknown_key_is_answered_with_the_nearest_or_with_its_table() {
    check("[[sources]]\nurl = \"x\"", &["1:3: sources: is not a known key; did you mean `source`?"]);
    check(
        "[store]\ntimeout = \"20s\"",
        &["2:1: store.timeout: is not a known key; `timeout` belongs to `[fetch]`"],
    );
    check("[dedup]\nxyz = 1", &["2:1: dedup.xyz: is not a known key; known here: window"]);
    check(
        "[[source]]\nurl = \"https://a.example/\"\nauth = { basik = 1 }",
        &[
            "3:8: source[0].auth: has none of its keys; write either basic = { user = \"name\", password = … } or bearer = …",
            "3:10: source[0].auth.basik: is not a known key; did you mean `basic`?",
        ],
    );
}

#[test]
fn errors_of_syntax_come_with_everything_else() {
    let help = "TOML wants key = value; texts, durations and sizes stand in quotes";
    check(
        "[schedule]\nevery = 5m\nmin = \"soon\"\nminn = 1\n[fetch\ntimeout = \"1s\"\n",
        &[
            &format!("2:9: string values must be quoted, expected literal string; {help}"),
            r#"3:7: schedule.min: "soon" is not a duration; write a whole number and a unit, like "30s", "5m", "12h" or "7d""#,
            "4:1: schedule.minn: is not a known key; did you mean `min`?",
            &format!("5:7: unclosed table, expected `]`; {help}"),
        ],
    );
}

#[test]
fn keys_that_contradict_each_other_are_refused() {
    check(
        "[schedule]\nevery = \"1h\"\ncron = \"@hourly\"\nmin = \"2d\"",
        &[
            "3:8: schedule.cron: stands beside `every`, and only one of them can hold; leave one of them out",
            "4:7: schedule.min: `min` is longer than `max`; write a shorter `min` or a longer `max`",
        ],
    );
    check(
        "[curation]\nengine = \"llm\"",
        &[
            "2:10: curation.engine: is \"llm\", and no endpoint is given; add [curation.llm] with endpoint and model",
        ],
    );
    check(
        "[server]\nadmin_listen = \"127.0.0.1:8080\"",
        &["2:16: server.admin_listen: is the address of the public pages; write another port"],
    );
    check(
        "[[source]]\nurl = \"https://a.example/\"\nexcerpt = { words = 50, run = 60 }",
        &["3:31: source[0].excerpt.run: is more than `words`; write 50 or less"],
    );
}

#[test]
fn figures_stand_within_their_bounds() {
    check("[fetch]\nper_host = 0", &["2:12: fetch.per_host: 0 is out of range; write 1 to 10000"]);
    check(
        "[[output]]\nid = \"x\"\nitems = 251",
        &["3:9: output[0].items: 251 is out of range; write 1 to 250"],
    );
    check(
        "[schedule]\nevery = \"0s\"",
        &["2:9: schedule.every: \"0s\" is too short; write \"1s\" or longer"],
    );
    check(
        "[[output]]\nid = \"x\"\nscore_min = nan",
        &["3:13: output[0].score_min: nan is out of range; write 0 to 1000000"],
    );
}

#[test]
fn what_is_lawful_but_odd_is_a_warning() {
    let loaded = parse(
        "test.toml",
        &format!("{QUIET}[schedule]\nmin = \"1s\"\n{ONE_SOURCE}{ONE_SOURCE}id = \"again\""),
        &env(),
    );
    let loaded = loaded.expect("usable");
    assert_eq!(loaded.config.schedule.min, SECOND);
    assert_eq!(
        listing(&loaded.warnings),
        [
            "test.toml:5:7: schedule.min: publishers may take polls in such short order for an attack; write \"5m\" or longer",
            "test.toml:9:7: source[1].url: is the address of source[0].url too, and is polled twice; leave one of them out",
        ]
    );
}

#[test]
fn polls_in_short_order_are_a_warning_however_they_are_asked_for() {
    let check = |schedule: &str, expected: usize| {
        let text = format!("{QUIET}[schedule]\n{schedule}\n{ONE_SOURCE}");
        let warnings = parse("test.toml", &text, &env()).expect("usable").warnings;
        let said = listing(&warnings);
        assert!(said.len() == expected && said.iter().all(|it| it.contains("short order")), "{said:?}");
    };
    check("every = \"299s\"", 1);
    check("every = \"5m\"", 0);
    check("cron = \"* * * * *\"", 1);
    check("cron = \"*/5 * * * *\"", 0);
    check("cron = \"*/10 0 * * * *\"", 1);
    check("min = \"1s\"\nevery = \"1s\"", 2);
}

#[test]
fn a_relative_store_stands_in_the_state_folder() {
    let check = |env: &Environment, expected: Option<&str>| {
        let path = parse("test.toml", "[store]\npath = \"b.db\"", env).ok().map(|it| it.config.store.path);
        assert_eq!(path, expected.map(PathBuf::from));
    };
    check(&env(), Some("/var/lib/bylined/b.db"));
    let home = Some("/home/ann/.local/state".into());
    check(
        &Environment { state_home: home, ..Environment::default() },
        Some("/home/ann/.local/state/bylined/b.db"),
    );
    check(&Environment::default(), None);
}

#[test]
fn the_schemas_defaults_are_those_of_the_reader() {
    fn written(shape: &Value, toml: &mut toml::Table) {
        for (key, it) in shape["properties"].as_object().into_iter().flatten() {
            if let Some(default) = it.get("default").filter(|it| **it != json!({})) {
                let value = toml::Value::try_from(default).expect("a value of TOML");
                toml.insert(key.clone(), value);
            } else if it.get("required").is_none() && it["type"] == "object" {
                let mut below = toml::Table::new();
                written(it, &mut below);
                toml.insert(key.clone(), below.into());
            }
        }
    }
    let mut defaults = toml::Table::new();
    written(&shape(), &mut defaults);
    let spelled_out = toml::to_string(&defaults).expect("TOML");
    assert!(spelled_out.contains("body_max"), "{spelled_out}");
    let of = |toml: &str| format!("{:?}", parse("test.toml", toml, &env()).expect("usable").config);
    assert_eq!(of(&spelled_out), of(""));
}
