//! The file, from its first table to its last, resolved into `Config`.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::net::Ipv4Addr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use serde_json::Value;
use serde_json::json;
use toml::de::DeTable;
use url::Url;

use crate::domain::OutputId;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::Audience;
use super::Auth;
use super::Config;
use super::ConfigErrors;
use super::Curation;
use super::Dedup;
use super::EngineChoice;
use super::Environment;
use super::Excerpt;
use super::Fetch;
use super::Hidden;
use super::LinkTo;
use super::ListenAddress;
use super::Llm;
use super::OnFailure;
use super::Output;
use super::Pattern;
use super::Problem;
use super::PublishMode;
use super::Rhythm;
use super::Schedule;
use super::Secret;
use super::Server;
use super::Site;
use super::Source;
use super::SourceRights;
use super::Store;
use super::TopicRule;
use super::listen;
use super::problem::Place;
use super::problem::Report;
use super::proxy;
use super::schema;
use super::table::At;
use super::table::Reading;
use super::table::Table;
use super::value;
use super::value::Wrong;

/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Largest number of items in a subscription document.
const ITEMS_MAX: u64 = 250;
/// Largest excerpt that can be asked for, in words.
const EXCERPT_WORDS_MAX: u64 = 1_000;
/// Most exchanges under way at once.
const CONCURRENCY_MAX: u64 = 10_000;
/// Largest weight of a source.
const TRUST_MAX: f64 = 100.0;
/// Largest score that can be asked for.
const SCORE_MAX: f64 = 1_000_000.0;
/// The largest whole number that TOML can carry.
const COUNT_MAX: u64 = i64::MAX as u64;
/// Intervals below this are unusual enough to be pointed out.
const INTERVAL_POLITE: Duration = Duration::from_secs(300);
/// Ids of outputs that would hide paths of our own.
const OUTPUT_IDS_RESERVED: [&str; 3] = ["topic", "for", "health"];
/// The output that always exists.
const OUTPUT_ALL: &str = "all";
/// Headers that carry a secret.
const HEADERS_SECRET: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
/// Headers that the client sets itself.
const HEADERS_OWN: [&str; 10] = [
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "if-modified-since",
    "if-none-match",
    "range",
    "te",
    "transfer-encoding",
    "upgrade",
];

const SECOND: Duration = Duration::from_secs(1);
const SECRET_EXAMPLE: &str = r#"{ env = "NAME" }, { file = "/path" } or { credential = "name" }"#;

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the operator decided.
    pub config: Config,
    /// What they may not have meant, in the order of the file.
    pub warnings: Vec<Problem>,
}

/// Reads and resolves a file.
pub fn load(path: &Path, env: &Environment) -> Result<Loaded, ConfigErrors> {
    let name = path.display().to_string();
    let text = read(path).map_err(|it| ConfigErrors::of_file(&name, it))?;
    parse(&name, &text, env)
}

fn read(path: &Path) -> Result<String, Wrong> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|it| it.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    if let Err(cause) = read {
        return value::wrong(format!("cannot be read: {cause}"), "check that it exists and may be read");
    }
    if FILE_BYTES_MAX < bytes.len() as u64 {
        return value::wrong(format!("is larger than {FILE_BYTES_MAX} bytes"), "write a smaller file");
    }
    String::from_utf8(bytes).or_else(|it| {
        let before = &it.as_bytes()[..it.utf8_error().valid_up_to()];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        value::wrong(format!("is not UTF-8 on line {line}"), "save it as UTF-8")
    })
}

/// Resolves the text of a file. `name` is what problems call it.
pub fn parse(name: &str, text: &str, env: &Environment) -> Result<Loaded, ConfigErrors> {
    let report = Report::default();
    let (document, syntax_errors) = DeTable::parse_recoverable(text);
    let elsewhere = LazyCell::new(schema::keys as fn() -> Vec<(String, String)>);
    let reading = Reading::File { report: &report, sound: syntax_errors.is_empty(), elsewhere: &elsewhere };
    let config = config(Table::new(reading, Some(document.get_ref()), Place::default()), env).0;

    let spans: Vec<_> = syntax_errors.iter().map(|it| it.span().unwrap_or_default()).collect();
    report.keep_first_per_line_of(&spans, text);
    for (error, span) in syntax_errors.iter().zip(spans) {
        let help = "TOML wants key = value; texts, durations and sizes stand in quotes";
        report.error(&Place { path: String::new(), span }, error.message(), help);
    }
    let warnings = report.conclude(name, text)?;
    Ok(Loaded { config, warnings })
}

/// What can stand in a file, as a JSON Schema.
pub(super) fn shape() -> Value {
    let report = Report::default();
    let table = Table::new(Reading::Schema(&report), None, Place::default());
    config(table, &Environment::default()).1
}

fn config(mut it: Table<'_>, env: &Environment) -> (Config, Value) {
    let server = it.table("server", "Where readers connect.", |it| server(it, env));
    let site = it.table("site", "Who publishes.", |it| site(it, &server.listen));
    let store = it.table("store", "Where state is kept.", |it| store(it, env));
    let fetch = it.table("fetch", "Limits of every exchange with a publisher.", |it| fetch(it, env));
    let schedule = it.table("schedule", "When sources are polled unless they say otherwise.", schedule);
    let dedup = it.table("dedup", "Which entries are one story.", |it| Dedup {
        window: {
            let about = "Entries further apart, by published date, are different stories.";
            it.duration("window", SECOND, Some("72h"), about).map_or(Dedup::default().window, |it| it.value)
        },
    });
    let curation = it.table("curation", "Who writes, and who looks before publication.", curation);

    let mut names = Names::default();
    let topics = it.each("topic", "One entry of the taxonomy.", |it| topic(it, &mut names));
    let audiences =
        it.each("audience", "Who reads, and what makes a story theirs.", |it| audience(it, &mut names));
    let sources = it.each("source", "A feed to subscribe to.", |it| source(it, &mut names));
    let outputs = it.each("output", "A curated feed to publish.", |it| output(it, &mut names, &site));
    if sources.is_empty() {
        let help = "add a [[source]] with the url of a feed";
        it.report().warning(it.place(), "there is no source to poll", help);
    }

    let mut outputs: Vec<Output> = outputs.into_iter().flatten().collect();
    if !outputs.iter().any(|it| it.id.as_str() == OUTPUT_ALL)
        && let Ok(id) = OUTPUT_ALL.parse()
    {
        outputs.insert(0, everything(id, &site));
    }
    let config = Config {
        site,
        server,
        store,
        fetch,
        schedule,
        dedup,
        curation,
        sources: sources.into_iter().flatten().collect(),
        audiences: audiences.into_iter().flatten().collect(),
        topics: topics.into_iter().flatten().collect(),
        outputs,
    };
    (config, it.finish())
}

fn server(it: &mut Table<'_>, env: &Environment) -> Server {
    let about = "Address of the public pages and feeds: an IP address or localhost with a port, or unix: and the path of a socket.";
    let listen = it.parsed("listen", Some("127.0.0.1:8080"), about, text_shape, listen::read);
    let about = "Metrics, desk and health feed: a loopback address, or unix: and the path of a socket. Not served without it.";
    let admin_listen = it.parsed("admin_listen", None, about, text_shape, value::admin_listen);

    not_yet(it, "admin_listen", "leave it out; nothing is opened there so far");

    let unspecified = ListenAddress::Ip((Ipv4Addr::LOCALHOST, 0).into());
    let listen = env.listen.clone().or(listen.map(|it| it.value)).unwrap_or(unspecified);
    let is_any_port = matches!(&listen, ListenAddress::Ip(it) if it.port() == 0);
    if let Some(At { value: admin, place }) = &admin_listen
        && *admin == listen
        && !is_any_port
    {
        it.report().error(place, "is the address of the public pages", "write another port");
    }
    Server { listen, admin_listen: admin_listen.map(|it| it.value) }
}

fn site(it: &mut Table<'_>, listen: &ListenAddress) -> Site {
    let title = it.text("title", Some("bylined"), "Title of the site and default of outputs.");
    let title = title.map(|it| it.value).unwrap_or_default();
    let about = "The name in the attribution line; absent, the title.";
    let curator = it.text("curator", None, about).map_or_else(|| title.clone(), |it| it.value);
    let about = "Every published link starts here; absent, http:// and server.listen, where that is an address that readers can follow.";
    let url_shape = || json!({ "type": "string", "format": "uri", "pattern": "^https?://" });
    let base_url = it.parsed("base_url", None, about, url_shape, value::base_url).map(|it| it.value);
    let about = "Language of the site (BCP 47).";
    let language = it.parsed("language", Some("en"), about, text_shape, value::language);
    let about = "Time zone of cron lines and of the pages' days.";
    let timezone = it.parsed("timezone", Some("UTC"), about, text_shape, value::timezone);
    let about = "E-mail or URL, for the User-Agent and every output.";
    let contact = it.parsed("contact", Some(""), about, text_shape, value::contact);

    let local = listen.url();
    if !it.has("base_url") {
        let help = "write the address at which readers find the site, like \"https://brief.example/\"";
        match &local {
            Some(local) => {
                let message = format!("`base_url` is missing: published links start with {local}");
                it.report().warning(it.place(), message, help);
            }
            // What is published keeps its ids for ever: they must not be made of such an address.
            None if it.is_sound() => {
                let message = format!("`base_url` is missing, and no link can lead to {listen}");
                it.report().error(it.place(), message, help);
            }
            None => {}
        }
    }
    if contact.as_ref().is_some_and(|it| it.value.is_none()) {
        let help = "write an e-mail address or URL, so that publishers can reach you";
        it.report().warning(&it.place_of("contact"), "no `contact` is given", help);
    }
    Site {
        title,
        curator,
        base_url: base_url.or(local).unwrap_or_else(nowhere),
        language: language.map(|it| it.value).unwrap_or_default(),
        timezone: timezone.map_or(Tz::UTC, |it| it.value),
        contact: contact.and_then(|it| it.value),
    }
}

/// Stands for the base URL of a configuration that cannot be used for want of one.
fn nowhere() -> Url {
    Url::parse("http://localhost/").expect("a constant address")
}

fn store(it: &mut Table<'_>, env: &Environment) -> Store {
    let about = "The SQLite file; relative, below $STATE_DIRECTORY, else $XDG_STATE_HOME/bylined.";
    let path = it.text("path", Some("bylined.db"), about);
    let about = "How long texts of entries that are in no published story are kept; at least dedup.window.";
    let retention = it.duration("retention", SECOND, Some("400d"), about);

    let path = path.map(|it| PathBuf::from(it.value)).unwrap_or_default();
    let in_home = || env.state_home.as_ref().map(|it| it.join("bylined"));
    let folder =
        if path.is_absolute() { Some(PathBuf::new()) } else { env.state_directory.clone().or_else(in_home) };
    if folder.is_none() {
        let message = "is relative, and none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set";
        it.report().error(&it.place_of("path"), message, "write an absolute path, or set one of them");
    }
    Store {
        path: env.folder.join(folder.unwrap_or_default().join(path)),
        retention: retention.map(|it| it.value).unwrap_or_default(),
    }
}

fn fetch(it: &mut Table<'_>, env: &Environment) -> Fetch {
    let about = "Exchanges under way at once.";
    let concurrency = it.count("concurrency", 1..=CONCURRENCY_MAX, 256, about);
    let about = "Exchanges under way at once with one host and port.";
    let per_host = it.count("per_host", 1..=CONCURRENCY_MAX, 2, about);
    let about = "Shortest time between two starts with one host and port.";
    let min_gap = it.duration("min_gap", Duration::ZERO, Some("1s"), about);
    let about = "Longest time for a whole exchange, redirects included.";
    let timeout = it.duration("timeout", SECOND, Some("20s"), about);
    let about = "Largest body after decompression.";
    let size_shape = || json!({ "type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB)$" });
    let body_max = it.parsed("body_max", Some("10MiB"), about, size_shape, |text| match value::size(text)? {
        0 => value::wrong("leaves no room for a feed", "write \"10MiB\""),
        bytes => Ok(bytes),
    });
    let proxies = proxy::proxies(it, env);
    let about = "The only private addresses that sources may reach.";
    let allow_private = it.list("allow_private", "127.0.0.1:9000", about, value::address);
    Fetch {
        concurrency: to_usize(concurrency),
        per_host: to_usize(per_host),
        min_gap: min_gap.map(|it| it.value).unwrap_or_default(),
        timeout: timeout.map(|it| it.value).unwrap_or_default(),
        body_bytes_max: body_max.map(|it| it.value).unwrap_or_default(),
        proxies,
        allow_private: values(allow_private),
    }
}

fn schedule(it: &mut Table<'_>) -> Schedule {
    let rhythm = rhythm(it, Some("30m"));
    let about = "Whether the interval follows the source's own rhythm.";
    let adaptive = it.flag("adaptive", true, about);
    let min = it.duration("min", SECOND, Some("5m"), "Shortest interval.");
    let max =
        it.duration("max", SECOND, Some("24h"), "Longest interval; publishers' hints are clamped to it.");

    let (min, max) =
        (min.map(|it| it.value).unwrap_or_default(), max.map(|it| it.value).unwrap_or(Duration::MAX));
    if max < min {
        let key = if it.has("min") { "min" } else { "max" };
        it.report().error(
            &it.place_of(key),
            "`min` is longer than `max`",
            "write a shorter `min` or a longer `max`",
        );
    }
    if it.has("min") && SECOND <= min && min < INTERVAL_POLITE {
        warn_of_haste(it, "min");
    }
    Schedule { rhythm: rhythm.unwrap_or(Rhythm::Every(min)), adaptive, min, max }
}

fn rhythm(it: &mut Table<'_>, default: Option<&'static str>) -> Option<Rhythm> {
    let every =
        it.duration("every", SECOND, default, "Time between polls.").map(|it| Rhythm::Every(it.value));
    let about = "Cron line of polls: five fields as crontab(5), six put seconds first.";
    let cron = it.parsed("cron", None, about, text_shape, value::cron).map(|it| Rhythm::Cron(it.value));
    it.never_together("every", "cron", "leave one of them out");
    let is_hasty = |it: &Rhythm| match it {
        Rhythm::Every(every) => (SECOND..INTERVAL_POLITE).contains(every),
        Rhythm::Cron(line) => {
            let next = |it| line.next_after(it, Tz::UTC, 0);
            let first = next(Timestamp::default());
            first.and_then(next).zip(first).is_some_and(|(next, first)| next.since(first) < INTERVAL_POLITE)
        }
    };
    for (key, rhythm) in [("every", &every), ("cron", &cron)] {
        if it.has(key) && rhythm.as_ref().is_some_and(is_hasty) {
            warn_of_haste(it, key);
        }
    }
    cron.or(every)
}

fn warn_of_haste(it: &mut Table<'_>, key: &'static str) {
    let message = "publishers may take polls in such short order for an attack";
    it.report().warning(&it.place_of(key), message, "write \"5m\" or longer");
}

fn curation(it: &mut Table<'_>) -> Curation {
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

/// Says that a key is read and not acted on yet, so that nobody relies on it.
fn not_yet(it: &Table<'_>, name: &str, help: &str) {
    if it.has(name) {
        it.report().warning(&it.place_of(name), "has no effect in this version", help);
    }
}

/// Who checks the meaning of what a model wrote.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verify {
    Rules,
    Model,
}

const PUBLISH_MODES: [(&str, PublishMode); 2] =
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
    if it.word("verify", &choices, Some("rules"), about) == Some(Verify::Model) {
        let message = "has no effect in this version: statements are checked by rule, and pages say so";
        it.report().warning(&it.place_of("verify"), message, "write verify = \"rules\"");
    }
    it.text("verify_model", None, "The model that checks, where it is another one.");
    not_yet(it, "verify_model", "leave it out: statements are checked by rule, and pages say so");
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
    })
}

fn secret(it: &mut Table<'_>, name: &'static str, about: &'static str) -> Option<Secret> {
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

/// What was declared so far, for references between tables.
#[derive(Default)]
struct Names {
    topics: HashMap<String, Place>,
    audiences: HashMap<String, Place>,
    sources: HashMap<String, Place>,
    source_urls: HashMap<String, Place>,
    outputs: HashMap<String, Place>,
}

/// Remembers a name; says so when it is taken.
fn declare(it: &Table<'_>, taken: &mut HashMap<String, Place>, name: &str, place: &Place, help: &str) {
    if let Some(first) = taken.get(name) {
        it.report().error(place, format!("`{name}` is taken by {}", first.path), help);
    } else {
        taken.insert(name.to_owned(), place.clone());
    }
}

fn topic(it: &mut Table<'_>, names: &mut Names) -> Option<TopicRule> {
    let name = it.parsed("name", None, "As shown.", text_shape, value::name);
    it.require("name", "write name = \"AI\", or what the topic is called");
    let about = "Aliases that mean the same.";
    let terms = it.list("terms", "artificial intelligence", about, |text| Ok(text.to_lowercase()));
    let At { value: (name, slug), place } = name?;
    declare(
        it,
        &mut names.topics,
        slug.as_str(),
        &place,
        "write another name; both would have the same address",
    );
    Some(TopicRule::new(name, slug, &values(terms)))
}

fn audience(it: &mut Table<'_>, names: &mut Names) -> Option<Audience> {
    let name = it.parsed("name", None, "As shown.", text_shape, value::name);
    it.require("name", "write name = \"CTO\", or whom stories are for");
    let topics = topic_slugs(it, names, "What makes a story theirs.");
    let At { value: (name, slug), place } = name?;
    declare(
        it,
        &mut names.audiences,
        slug.as_str(),
        &place,
        "write another name; both would have the same address",
    );
    Some(Audience { name, slug, topics })
}

/// Topics by slug. One that is not in the taxonomy may still be a publisher's.
fn topic_slugs(it: &mut Table<'_>, names: &Names, about: &'static str) -> Vec<Slug> {
    let topics = it.list("topics", "ai", about, |text| value::name(text).map(|it| it.1));
    for At { value: slug, place } in &topics {
        if !names.topics.contains_key(slug.as_str()) && it.is_sound() {
            let help = match value::nearest(slug.as_str(), names.topics.keys().map(String::as_str)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("add [[topic]] with name = \"{slug}\", or leave it if publishers use it"),
            };
            it.report().warning(place, format!("`{slug}` is no [[topic]] of yours"), help);
        }
    }
    values(topics)
}

fn source(it: &mut Table<'_>, names: &mut Names) -> Option<Source> {
    let id =
        it.parsed("id", None, "Stable name; absent, a slug of the host.", id_shape, value::id::<SourceId>);
    let about = "Address of the feed.";
    let url_shape = || json!({ "type": "string", "format": "uri", "pattern": "^https?://" });
    let url = it.parsed("url", None, about, url_shape, value::http_url);
    it.require("url", "write url = \"https://a.example/feed\"");
    let publisher = it.text("publisher", None, "The publisher's name; absent, the feed's own title.");
    let about = "The house that the publisher belongs to: publishers of one house count once as coverage, and \
                 have one share of the feeds; absent, the registrable domain of the feed's address.";
    let family = it.text("family", None, about);
    let about = "Whether the article page is fetched where the feed is cut and rights allow.";
    let full_text = it.flag("full_text", true, about);
    let rights = rights(it);
    let about = "Whether the feed's address may be shown; never with credentials.";
    let listed = it.flag("listed", true, about);
    let rhythm = rhythm(it, None);
    let topics = it.list("topics", "AI", "Topics given to each of its stories.", |text| Ok(text.to_owned()));
    let about = "Weight when scores are computed and a primary entry is chosen.";
    let trust = it.number("trust", 0.0..=TRUST_MAX, Some(1.0), about);
    let headers = headers(it);
    let auth = auth(it);
    let include =
        patterns(it, "include", "Entries must match one of these words or /regexes/, if there are any.");
    let exclude = patterns(it, "exclude", "Entries must match none of these words or /regexes/.");
    let excerpt = it.table("excerpt", "How much may be quoted of it in one story.", excerpt);
    let publish = it.word("publish", &PUBLISH_MODES, None, "Its own publication mode.");
    let enabled = it.flag("enabled", true, "Whether it is polled at all.");

    let help = "write an `id` of its own; it must never change";
    if let Some(At { value: id, place }) = &id {
        declare(it, &mut names.sources, id.as_str(), place, help);
    }
    let At { value: mut url, place } = url?;
    let in_address = user_info(&mut url);
    if in_address.is_some() {
        let help = format!(
            "write the address alone, and auth = {{ basic = {{ user = \"name\", password = {SECRET_EXAMPLE} }} }}"
        );
        if auth.is_some() {
            it.report().error(&place, "holds a user name beside `auth`", help);
        } else {
            it.report().warning(&place, "holds a user name or password", help);
        }
    }
    let auth = auth.or(in_address);
    if auth.is_some() && it.has("listed") && listed {
        let help = "leave it out, or write listed = false";
        it.report().warning(&it.place_of("listed"), "does not hold for a feed with credentials", help);
    }
    if let Some(first) = names.source_urls.get(url.as_str()) {
        let message = format!("is the address of {} too, and is polled twice", first.path);
        it.report().warning(&place, message, "leave one of them out");
    }
    names.source_urls.entry(url.to_string()).or_insert_with(|| place.clone());

    let id = match id {
        Some(id) => id.value,
        None if it.has("id") => return None,
        None => {
            let Some(id) = id_of_host(&url) else {
                it.report().error(&place, "gives no id", help);
                return None;
            };
            declare(it, &mut names.sources, id.as_str(), &place, help);
            id
        }
    };
    Some(Source {
        id,
        url,
        publisher: publisher.map(|it| it.value),
        family: family.map(|it| it.value),
        full_text,
        rights,
        listed: listed && auth.is_none(),
        rhythm,
        topics: values(topics),
        trust: trust.unwrap_or(1.0),
        headers,
        auth,
        include,
        exclude,
        excerpt,
        publish,
        enabled,
    })
}

/// The id of a source that has none of its own.
fn id_of_host(url: &Url) -> Option<SourceId> {
    Slug::of(url.host_str()?)?.as_str().parse().ok()
}

/// Moves user name and password out of an address.
fn user_info(url: &mut Url) -> Option<Auth> {
    let user = value::percent_decoded(url.username());
    let password = value::percent_decoded(url.password().unwrap_or_default());
    if !value::has_user_info(url) || url.set_username("").and(url.set_password(None)).is_err() {
        return None;
    }
    Some(Auth::Basic { user, password: Secret::Given(Hidden(password)) })
}

fn rights(it: &mut Table<'_>) -> SourceRights {
    const MODES: [(&str, Rights); 4] = [
        ("any", Rights::Any),
        ("extractive", Rights::Extractive),
        ("link", Rights::Link),
        ("drop", Rights::Drop),
    ];
    let rights = it.either(
        "rights",
        |it| {
            let about = "A licence that overrides the publisher's signals, and is shown.";
            let example = "{ mode = \"any\", licence = \"name\" }";
            it.optional("rights", example, about, |it| {
                let mode = it.word("mode", &MODES, None, "What the licence allows.");
                it.require("mode", "write mode = \"any\", or what the licence allows");
                let licence = it.text("licence", None, "Its name.");
                it.require("licence", "name the licence; a word alone, like rights = \"any\", needs none");
                Some(SourceRights::Licensed { mode: mode?, licence: licence?.value })
            })
            .flatten()
        },
        |it| {
            let about = "As strict as this or as the publisher's own signals, whichever is stricter. The strictest ever \
                set holds until \"any\" is written; absent, nothing changes.";
            it.word("rights", &MODES, None, about).map(SourceRights::AtLeast)
        },
    );
    rights.unwrap_or(SourceRights::Unsaid)
}

fn headers(it: &mut Table<'_>) -> Vec<(String, String)> {
    let headers = it.texts_by_name("headers", "Request headers.");
    for (name, At { value, place }) in &headers {
        let lower = name.to_ascii_lowercase();
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if HEADERS_SECRET.contains(&lower.as_str()) {
            let help = format!("write auth = {{ bearer = {SECRET_EXAMPLE} }}, or basic in its place");
            it.report().error(place, "is a secret, and secrets never stand in the file", help);
        } else if HEADERS_OWN.contains(&lower.as_str()) {
            it.report().error(place, "is set by bylined itself", "leave it out");
        } else if name.is_empty() || !name.bytes().all(is_token) {
            it.report().error(
                place,
                format!("{name:?} is not the name of a header"),
                "write one like \"X-Name\"",
            );
        } else if !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            it.report().error(
                place,
                "holds what a header cannot carry",
                "write ASCII letters and signs only",
            );
        }
    }
    headers.into_iter().map(|(name, value)| (name, value.value)).collect()
}

fn auth(it: &mut Table<'_>) -> Option<Auth> {
    let example = r#"auth = { basic = { user = "name", password = { env = "NAME" } } }"#;
    it.optional("auth", example, "Credentials.", |it| {
        let example = r#"basic = { user = "name", password = { env = "NAME" } }"#;
        let basic = it.optional("basic", example, "User name and password (RFC 7617).", |it| {
            let user = it.parsed("user", None, "User name.", text_shape, |text| match text.contains(':') {
                true => {
                    value::wrong("holds a colon, which ends a user name", "write the name before the colon")
                }
                false => Ok(text.to_owned()),
            });
            it.require("user", "write user = \"name\"");
            let password = secret(it, "password", "Where the password is kept.");
            it.require("password", &format!("write password = {SECRET_EXAMPLE}"));
            Some(Auth::Basic { user: user?.value, password: password? })
        });
        let bearer = secret(it, "bearer", "Where the token is kept (RFC 6750).");
        it.exactly_one("write either basic = { user = \"name\", password = … } or bearer = …");
        basic.flatten().or(bearer.map(Auth::Bearer))
    })
    .flatten()
}

fn excerpt(it: &mut Table<'_>) -> Excerpt {
    let words = it.count("words", 0..=EXCERPT_WORDS_MAX, 120, "Words in all.");
    let run = it.count("run", 0..=EXCERPT_WORDS_MAX, 75, "Words in one run.");
    if words < run && it.has("run") {
        it.report().error(&it.place_of("run"), "is more than `words`", format!("write {words} or less"));
    }
    Excerpt { words: to_usize(words), run: to_usize(run.min(words)) }
}

fn output(it: &mut Table<'_>, names: &mut Names, site: &Site) -> Option<Output> {
    let about = "Stable name; `all` always exists.";
    let id = it.parsed("id", None, about, id_shape, |text| {
        if OUTPUT_IDS_RESERVED.contains(&text) {
            let reserved = OUTPUT_IDS_RESERVED.join(", ");
            return value::wrong(
                format!("{text:?} is reserved"),
                format!("write another id than {reserved}"),
            );
        }
        value::id::<OutputId>(text)
    });
    it.require("id", "write id = \"name\"; it becomes part of the feed's address");
    let title = it.text("title", None, "Its title; absent, that of the site.");
    let about = "Items in the subscription document, beside those of the last 48 hours.";
    let items = it.count("items", 1..=ITEMS_MAX, 50, about);
    let links = [("original", LinkTo::Original), ("story", LinkTo::Story)];
    let link = it.word(
        "link",
        &links,
        Some("original"),
        "Where an item's link leads: the article, or the story's page.",
    );
    let topics = topic_slugs(it, names, "Any of these topics, if there are any.");
    let audiences = it.list("audiences", "cto", "Any of these audiences, if there are any.", |text| {
        let slug = value::name(text)?.1;
        known(slug.as_str(), "audience", &names.audiences).map(|()| slug)
    });
    let sources = it.list("sources", "example-monitor", "Any of these sources, if there are any.", |text| {
        known(text, "source", &names.sources).and_then(|()| value::id::<SourceId>(text))
    });
    let about = "Any of these languages, if there are any.";
    let languages = it.list("languages", "en", about, value::primary_language);
    let include =
        patterns(it, "include", "Stories must match one of these words or /regexes/, if there are any.");
    let exclude = patterns(it, "exclude", "Stories must match none of these words or /regexes/.");
    let score_min = it.number("score_min", 0.0..=SCORE_MAX, None, "Lowest score that enters.");
    let about = "Cron line of a digest: one item for all stories of a period.";
    let digest = it.parsed("digest", None, about, text_shape, value::cron);

    let At { value: id, place } = id?;
    declare(it, &mut names.outputs, id.as_str(), &place, "write another id");
    Some(Output {
        id,
        title: title.map_or_else(|| site.title.clone(), |it| it.value),
        items: to_usize(items),
        link: link.unwrap_or(LinkTo::Original),
        topics,
        audiences: values(audiences),
        sources: values(sources),
        languages: values(languages),
        include,
        exclude,
        score_min,
        digest: digest.map(|it| it.value),
    })
}

/// The output of every story, as it is without an entry of its own.
fn everything(id: OutputId, site: &Site) -> Output {
    Output {
        id,
        title: site.title.clone(),
        items: 50,
        link: LinkTo::Original,
        topics: Vec::new(),
        audiences: Vec::new(),
        sources: Vec::new(),
        languages: Vec::new(),
        include: Vec::new(),
        exclude: Vec::new(),
        score_min: None,
        digest: None,
    }
}

fn known(name: &str, kind: &str, names: &HashMap<String, Place>) -> Result<(), Wrong> {
    if names.contains_key(name) {
        return Ok(());
    }
    let help = match value::nearest(name, names.keys().map(String::as_str)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("add a [[{kind}]] of that name, or leave it out"),
    };
    value::wrong(format!("there is no {kind} {name:?}"), help)
}

fn patterns(it: &mut Table<'_>, name: &'static str, about: &'static str) -> Vec<Pattern> {
    values(it.list(name, "/v[0-9]+/", about, value::pattern))
}

fn values<T>(found: Vec<At<T>>) -> Vec<T> {
    found.into_iter().map(|it| it.value).collect()
}

fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn text_shape() -> Value {
    json!({ "type": "string" })
}

fn id_shape() -> Value {
    json!({ "type": "string", "pattern": "^[a-z0-9-]+$" })
}

#[cfg(test)]
mod tests;
