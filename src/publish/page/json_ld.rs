//! A story as schema.org data.

use super::site_view::SiteView;
use crate::domain::Item;
use crate::publish::attribution::authors;
use crate::publish::link;
use askama::filters::HtmlSafe;
use serde_json::Value;
use serde_json::json;
use std::fmt::Display;
use std::fmt::Formatter;

/// JSON inside a `script` element: `<` is written as an escape, so nothing in
/// it can end the element.
#[derive(Clone)]
pub(super) struct ScriptJson(String);

impl ScriptJson {
    fn of(value: &Value) -> Self {
        let json = value.to_string();
        Self(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
    }
}

impl Display for ScriptJson {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for ScriptJson {}

pub(super) fn json_ld(site: &SiteView, item: &Item, description: &str) -> ScriptJson {
    let permalink = link::absolute(&site.base_url, &item.path);
    let named = |kind: &str, name: &str| json!({ "@type": kind, "name": name });
    let kind_of = |name: &str| {
        let is_publisher = name == site.curator || item.bylines.iter().any(|it| it.name == name);
        if is_publisher { "Organization" } else { "Person" }
    };
    let articles: Vec<Value> = item
        .bylines
        .iter()
        .map(|it| {
            json!({
                "@type": "NewsArticle",
                "url": link::of(&it.url),
                "headline": it.title,
                "datePublished": it.published.rfc3339(),
                "publisher": named("Organization", &it.name),
            })
        })
        .collect();
    ScriptJson::of(&json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": permalink,
        "mainEntityOfPage": permalink,
        "url": permalink,
        "headline": item.title,
        "description": description,
        "datePublished": item.published.rfc3339(),
        "dateModified": item.updated.max(item.published).rfc3339(),
        "inLanguage": item.language.as_deref().unwrap_or(&site.language),
        "author": authors(item, &site.curator).iter().map(|it| named(kind_of(it), it)).collect::<Vec<_>>(),
        "publisher": named("Organization", &site.curator),
        "isBasedOn": item.bylines.iter().map(|it| link::of(&it.url)).collect::<Vec<_>>(),
        "citation": articles,
        "about": item.briefing.topics.iter().map(|it| named("Thing", &it.name)).collect::<Vec<_>>(),
        "audience": item
            .briefing
            .best_for
            .iter()
            .map(|it| json!({ "@type": "Audience", "audienceType": it }))
            .collect::<Vec<_>>(),
    }))
}
