//! `[[source]]`.

use serde_json::json;
use toml::de::DeTable;
use url::Url;

use super::super::problem::KeyLocation;
use super::super::settings::Auth;
use super::super::settings::Excerpt;
use super::super::settings::Hidden;
use super::super::settings::Secret;
use super::super::settings::Source;
use super::super::settings::SourceRights;
use super::super::table::At;
use super::super::table::Table;
use super::super::value;
use super::curation::PUBLISH_MODES;
use super::curation::SECRET_EXAMPLE;
use super::curation::secret;
use super::output::patterns;
use super::service::rhythm;
use super::shared::id_shape;
use super::shared::text_shape;
use super::shared::to_usize;
use super::shared::values;
use super::taxonomy::Names;
use super::taxonomy::declare;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::SourceId;

/// Largest excerpt that can be asked for, in words.
const EXCERPT_WORDS_MAX: u64 = 1_000;

/// Largest weight of a source.
const TRUST_MAX: f64 = 100.0;

/// What to do where a source has no id of its own.
const ID_HELP: &str = "write an `id` of its own; it must never change";

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

pub(super) fn source(it: &mut Table<'_>, names: &mut Names) -> Option<Source> {
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

    if let Some(At { value: id, place }) = &id {
        declare(it, &mut names.sources, id.as_str(), place, ID_HELP);
    }
    let At { value: mut url, place } = url?;
    let auth = auth_of(it, names, &mut url, &place, auth, listed);
    let id = id_of(it, names, id, &url, &place)?;
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

/// How the feed is asked with credentials, by its keys or its address; warns of what is said twice, and
/// of an address that another source has.
fn auth_of(
    it: &Table<'_>,
    names: &mut Names,
    url: &mut Url,
    place: &KeyLocation,
    auth: Option<Auth>,
    listed: bool,
) -> Option<Auth> {
    let in_address = user_info(url);
    if in_address.is_some() {
        let help = format!(
            "write the address alone, and auth = {{ basic = {{ user = \"name\", password = {SECRET_EXAMPLE} }} }}"
        );
        if auth.is_some() {
            it.report().error(place, "holds a user name beside `auth`", help);
        } else {
            it.report().warning(place, "holds a user name or password", help);
        }
    }
    let auth = auth.or(in_address);
    if auth.is_some() && it.has("listed") && listed {
        let help = "leave it out, or write listed = false";
        it.report().warning(&it.place_of("listed"), "does not hold for a feed with credentials", help);
    }
    if let Some(first) = names.source_urls.get(url.as_str()) {
        let message = format!("is the address of {} too, and is polled twice", first.path);
        it.report().warning(place, message, "leave one of them out");
    }
    names.source_urls.entry(url.to_string()).or_insert_with(|| place.clone());
    auth
}

/// The id of a source: as written, or a slug of its host.
fn id_of(
    it: &Table<'_>,
    names: &mut Names,
    written: Option<At<SourceId>>,
    url: &Url,
    place: &KeyLocation,
) -> Option<SourceId> {
    match written {
        Some(id) => Some(id.value),
        None if it.has("id") => None,
        None => {
            let Some(id) = id_of_host(url) else {
                it.report().error(place, "gives no id", ID_HELP);
                return None;
            };
            declare(it, &mut names.sources, id.as_str(), place, ID_HELP);
            Some(id)
        }
    }
}

/// The id of a source that has none of its own.
fn id_of_host(url: &Url) -> Option<SourceId> {
    Slug::of(url.host_str()?)?.as_str().parse().ok()
}

/// The id of the source that a table describes, as far as it can be known.
pub(in crate::config) fn id_of_table(table: &DeTable<'_>) -> Option<SourceId> {
    let text = |key: &str| table.get(key)?.get_ref().as_str();
    match table.contains_key("id") {
        true => value::id(text("id")?).ok(),
        false => id_of_host(&value::http_url(text("url")?).ok()?),
    }
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
