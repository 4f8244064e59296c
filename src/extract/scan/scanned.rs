//! What a page says, and what is left of its markup.

use super::tag::StartTag;
use url::Url;

/// `meta` elements and JSON-LD blocks that are kept.
pub(super) const META_MAX: usize = 256;

/// Feeds that are kept of those a page names.
const FEEDS_MAX: usize = 64;

/// Media types of feeds.
const FEED_TYPES: [&str; 7] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "text/xml",
    "application/xml",
    // JSON Feed 1.0; also what else a site answers in JSON.
    "application/json",
];

/// Whether a link of this type, parameters and all, may lead to a feed.
pub(in crate::extract) fn is_feed_type(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    FEED_TYPES.iter().any(|it| kind.eq_ignore_ascii_case(it))
}

/// What a page says, and its markup made harmless.
#[derive(Debug, Default)]
pub(in crate::extract) struct ScannedPage {
    /// Safe to build a tree of.
    pub(in crate::extract) html: String,
    /// Start tags in it.
    pub(in crate::extract) elements: usize,
    /// `lang` of the root element.
    pub(in crate::extract) language: Option<String>,
    /// The text of `title`, character references undecoded.
    pub(in crate::extract) title: Option<String>,
    /// `href` of the first `base` that has one.
    pub(in crate::extract) base: Option<String>,
    /// `link rel="canonical"`.
    pub(in crate::extract) canonical: Option<String>,
    /// Whether a `link rel="license"` leads to terms of type `application/rsl+xml`.
    pub(in crate::extract) has_rsl_licence: bool,
    /// Where the page leads on to by itself (`http-equiv="refresh"`).
    pub(in crate::extract) refresh: Option<String>,
    /// `href` and `title` of `link rel="alternate"` to feeds.
    pub(in crate::extract) feeds: Vec<(String, String)>,
    /// `name` or `property` of `meta` elements, lower-case, with `content`.
    pub(in crate::extract) meta: Vec<(String, String)>,
    /// Texts of `script type="application/ld+json"`.
    pub(in crate::extract) json_ld: Vec<String>,
}

impl ScannedPage {
    /// What the page's relative links are relative to (HTML 2.4.3).
    pub(in crate::extract) fn base(&self, found: &Url) -> Url {
        let base = self.base.as_deref().and_then(|it| found.join(it.trim()).ok());
        base.filter(|it| matches!(it.scheme(), "http" | "https")).unwrap_or_else(|| found.clone())
    }

    /// Takes what the head of the page says in elements: its language, meta data, base, links.
    pub(super) fn note_head(&mut self, name: &str, tag: &StartTag) {
        match name {
            "html" if self.language.is_none() => self.language = tag.value("lang"),
            "meta" if self.meta.len() < META_MAX => {
                let key =
                    tag.value("name").or_else(|| tag.value("property")).or_else(|| tag.value("itemprop"));
                if let (Some(key), Some(content)) = (key, tag.value("content")) {
                    self.meta.push((key.trim().to_ascii_lowercase(), content));
                }
                if tag.value("http-equiv").is_some_and(|it| it.trim().eq_ignore_ascii_case("refresh"))
                    && self.refresh.is_none()
                {
                    self.refresh = tag.value("content").as_deref().and_then(refresh_target);
                }
            }
            "base" if self.base.is_none() => self.base = tag.value("href"),
            "link" => {
                let rel = tag.value("rel").unwrap_or_default().to_ascii_lowercase();
                let is_rel = |wanted| rel.split_ascii_whitespace().any(|it| it == wanted);
                if is_rel("license") {
                    let media_type = tag.value("type").unwrap_or_default();
                    self.has_rsl_licence |= media_type.trim().eq_ignore_ascii_case("application/rsl+xml");
                }
                if is_rel("canonical") && self.canonical.is_none() {
                    self.canonical = tag.value("href");
                }
                if is_rel("alternate")
                    && is_feed_type(&tag.value("type").unwrap_or_default())
                    && self.feeds.len() < FEEDS_MAX
                    && let Some(href) = tag.value("href")
                {
                    self.feeds.push((href, tag.value("title").unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
}

/// The address in `5; url='…'` (HTML 4.2.5.3); none where a page only loads itself again.
fn refresh_target(content: &str) -> Option<String> {
    let (_, rest) = content.split_once([';', ','])?;
    let rest = rest.trim_start();
    let url = match rest.get(..3) {
        Some(key) if key.eq_ignore_ascii_case("url") => {
            rest[3..].trim_start().strip_prefix('=').unwrap_or(rest).trim_start()
        }
        _ => rest,
    };
    let quote = url.chars().next().filter(|it| matches!(it, '"' | '\''));
    let url = match quote {
        Some(quote) => url[1..].split(quote).next().unwrap_or_default(),
        None => url,
    };
    let url = url.trim();
    (!url.is_empty()).then(|| url.to_owned())
}
