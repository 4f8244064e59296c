//! What a page says of itself outside of its text.

use chrono::DateTime;
use serde_json::Value;
use url::Url;

use super::article::Article;
use super::scan::ScannedPage;
use crate::domain::Timestamp;
use crate::text::clean;
use crate::text::html::decode_entities;

/// Authors that are kept.
const AUTHORS_MAX: usize = 10;

/// Longest name of an author, in characters.
const NAME_CHARS_MAX: usize = 100;

/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 500;

/// Characters of a description: fewer say nothing, more are the article.
const DESCRIPTION_CHARS_MIN: usize = 20;
const DESCRIPTION_CHARS_MAX: usize = 1000;

/// Objects of JSON-LD that are looked at.
const OBJECTS_MAX: usize = 1000;

/// Everything but the text.
pub(super) fn of(page: &ScannedPage, found: &Url) -> Article {
    let linked = linked_data(page);
    let ld = |key: &str| linked.iter().find_map(|it| it.get(key));
    let meta = |names: &[&str]| {
        let named = names.iter().find_map(|name| page.meta.iter().find(|it| it.0 == *name));
        named.map(|it| clean::line(&it.1)).filter(|it| !it.is_empty())
    };

    let title = ld("headline")
        .and_then(Value::as_str)
        .map(|it| clean::line(&decode_entities(it)))
        .filter(|it| !it.is_empty())
        .or_else(|| meta(&["og:title", "twitter:title", "dc.title"]))
        .or_else(|| page.title.as_deref().map(|it| clean::line(&decode_entities(it))))
        .filter(|it| !it.is_empty())
        .map(|it| it.chars().take(TITLE_CHARS_MAX).collect());
    let canonical = page.canonical.as_deref().and_then(|it| page.base(found).join(it.trim()).ok());
    let published = ld("datePublished").and_then(Value::as_str).and_then(date).or_else(|| {
        let date_names = ["article:published_time", "datepublished", "dc.date.issued", "dc.date", "date"];
        meta(&date_names).and_then(|it| date(&it))
    });
    let robots = |it: &&(String, String)| matches!(it.0.as_str(), "robots" | "bylined");
    Article {
        text: String::new(),
        links: Vec::new(),
        title,
        canonical: canonical.filter(|it| matches!(it.scheme(), "http" | "https")),
        authors: authors(page, ld("author")),
        language: page
            .language
            .as_deref()
            .map(|it| it.trim().replace('_', "-").to_ascii_lowercase())
            .filter(|it| is_language_tag(it)),
        published,
        meta_robots: page.meta.iter().filter(robots).map(|it| it.1.to_ascii_lowercase()).collect(),
        has_rsl_licence: page.has_rsl_licence,
        description: description(&meta, ld("description")),
        tdm_reservation: meta(&["tdm-reservation"]).map(|it| it == "1"),
        is_paid: ld("isAccessibleForFree").is_some_and(is_false)
            || meta(&["isaccessibleforfree"]).is_some_and(|it| is_false(&Value::String(it)))
            || meta(&["article:content_tier"]).is_some_and(|it| it.eq_ignore_ascii_case("locked")),
    }
}

/// What a page says of its article: as those are shown it who are sent a link, then as machines are.
fn description(meta: &dyn Fn(&[&str]) -> Option<String>, linked: Option<&Value>) -> Option<String> {
    let linked = linked.and_then(Value::as_str).map(str::to_owned);
    let all = [meta(&["og:description"]), linked, meta(&["description", "twitter:description"])];
    all.into_iter()
        .flatten()
        // Many a site writes its entities twice.
        .map(|it| clean::line(&decode_entities(&it)))
        .find(|it| (DESCRIPTION_CHARS_MIN..=DESCRIPTION_CHARS_MAX).contains(&it.chars().count()))
}

/// The objects of JSON-LD that describe an article, `@graph` and lists unfolded.
fn linked_data(page: &ScannedPage) -> Vec<serde_json::Map<String, Value>> {
    // The parser refuses what is nested deeper than its own limit.
    let mut waiting: Vec<Value> =
        page.json_ld.iter().filter_map(|it| serde_json::from_str(it).ok()).collect();
    let (mut articles, mut seen) = (Vec::new(), 0);
    while let Some(next) = waiting.pop()
        && seen < OBJECTS_MAX
    {
        seen += 1;
        match next {
            Value::Array(them) => waiting.extend(them),
            Value::Object(mut it) => {
                waiting.extend(it.remove("@graph"));
                let is_article = match it.get("@type") {
                    Some(Value::String(kind)) => is_article_type(kind),
                    Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(is_article_type),
                    _ => false,
                };
                if is_article {
                    articles.push(it);
                }
            }
            _ => {}
        }
    }
    articles
}

/// Whether a value is schema.org's `False`, in any of the spellings that are met.
fn is_false(value: &Value) -> bool {
    match value {
        Value::Bool(it) => !it,
        Value::String(it) => it.rsplit('/').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("false")),
        _ => false,
    }
}

fn is_article_type(kind: &str) -> bool {
    kind.ends_with("Article") || matches!(kind, "BlogPosting" | "Report" | "ReportageNewsArticle")
}

fn authors(page: &ScannedPage, linked: Option<&Value>) -> Vec<String> {
    let mut names = Vec::new();
    let listed = match linked {
        Some(Value::Array(them)) => them.iter().collect(),
        Some(it) => vec![it],
        None => Vec::new(),
    };
    for it in listed {
        names.extend(it.as_str().or_else(|| it.get("name").and_then(Value::as_str)).map(str::to_owned));
    }
    if names.is_empty() {
        let named = ["author", "article:author", "parsely-author", "sailthru.author", "dc.creator"];
        let first = named.iter().find(|name| page.meta.iter().any(|it| it.0 == **name));
        names.extend(page.meta.iter().filter(|it| Some(&it.0.as_str()) == first).map(|it| it.1.clone()));
    }
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        let name = clean::line(&decode_entities(&name));
        let name = name.strip_prefix("By ").or_else(|| name.strip_prefix("by ")).unwrap_or(&name);
        // `article:author` is often the address of a profile.
        let is_name = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.contains("://");
        if is_name && !kept.iter().any(|it| it == name) && kept.len() < AUTHORS_MAX {
            kept.push(name.to_owned());
        }
    }
    kept
}

/// RFC 3339, with a zone: without one the moment is not known. A day alone is its noon in UTC.
fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc().into());
    }
    if let Ok(at) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(at.to_utc().into());
    }
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(12, 0, 0)?.and_utc().into())
}

/// Shaped like a BCP 47 tag.
fn is_language_tag(text: &str) -> bool {
    const TAG_BYTES_MAX: usize = 35;
    let primary = text.split('-').next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && text.len() <= TAG_BYTES_MAX
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}
