//! The newsroom that ships with bylined: invented publishers whose feeds and
//! article pages are served under `/at/{host}/…` by the demo itself.
//!
//! Only the origin is special here. The demo's configuration is polled, curated
//! and published by the same code as everyone's.

use std::net::SocketAddr;
use std::time::Duration;

use askama::Template;
use serde::Deserialize;

use crate::domain::Clock;
use crate::domain::Timestamp;
use crate::site::Answer;
use crate::site::Rendered;

/// Every publisher's file, in `config/demo/`.
const PUBLISHERS: [&str; 12] = [
    include_str!("../../config/demo/northbank.toml"),
    include_str!("../../config/demo/stackledger.toml"),
    include_str!("../../config/demo/palisade.toml"),
    include_str!("../../config/demo/kernelcoffee.toml"),
    include_str!("../../config/demo/halfnode.toml"),
    include_str!("../../config/demo/meridianpost.toml"),
    include_str!("../../config/demo/openfield.toml"),
    include_str!("../../config/demo/latencyweekly.toml"),
    include_str!("../../config/demo/quietpress.toml"),
    include_str!("../../config/demo/linkcommons.toml"),
    include_str!("../../config/demo/tinwhistle.toml"),
    include_str!("../../config/demo/netzbote.toml"),
];

const CONFIG: &str = include_str!("../../config/demo/bylined.toml");

/// How long the feed that breaks on purpose is merely damaged before it is no feed at all.
const DAMAGED_FOR: Duration = Duration::from_secs(90);

/// Freshness of what the newsroom serves: its readers come every few seconds.
const MAX_AGE_SECS: u32 = 1;

/// The demo's configuration for a server at `origin` with its state in `folder`.
pub fn config(origin: SocketAddr, folder: &std::path::Path) -> String {
    let path = folder.join("bylined.db");
    let settings = format!(
        "base_url = \"http://{origin}/\"\n\n[server]\nlisten = \"{origin}\"\n\n[store]\npath = {}\n\n\
         [fetch]\nallow_private = [\"{origin}\"]\n",
        toml::Value::String(path.to_string_lossy().into_owned())
    );
    // The settings continue the `[site]` table, so they follow its first key.
    let (site, rest) = CONFIG.split_once("\n\n[schedule]").unwrap_or((CONFIG, ""));
    format!("{site}\n{settings}\n[schedule]{rest}").replace("{origin}", &origin.to_string())
}

/// The invented publishers and what they have published so far.
pub struct Newsroom {
    publishers: Vec<SamplePublisher>,
    origin: SocketAddr,
    started: Timestamp,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SamplePublisher {
    host: String,
    name: String,
    tagline: String,
    #[serde(default = "english")]
    language: String,
    format: SampleFormat,
    body: Body,
    #[serde(default)]
    opt_out: bool,
    #[serde(default)]
    broken: bool,
    #[serde(rename = "article")]
    articles: Vec<SampleArticle>,
}

fn english() -> String {
    "en".to_owned()
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum SampleFormat {
    Rss1,
    Rss2,
    Atom,
    Json,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Body {
    Full,
    Cut,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleArticle {
    slug: String,
    title: String,
    author: String,
    hours_ago: f64,
    categories: Vec<String>,
    /// Names the event: entries of one story carry the same label.
    #[expect(dead_code, reason = "read by those who measure how stories are told apart")]
    story: String,
    #[serde(default)]
    appears_after_secs: u64,
    link: Option<SampleAddress>,
    canonical: Option<SampleAddress>,
    text: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleAddress {
    host: String,
    slug: String,
}

impl Newsroom {
    /// Opens the newsroom that ships with the program.
    ///
    /// # Errors
    /// A file of `config/demo/` that does not say what it should, with its place.
    pub fn open(origin: SocketAddr, started: Timestamp) -> Result<Self, toml::de::Error> {
        let publishers = PUBLISHERS.iter().map(|it| toml::from_str(it)).collect::<Result<_, _>>()?;
        Ok(Self { publishers, origin, started })
    }

    /// Answers a path below `/at/`; `None` for any other.
    pub fn answer(&self, path: &str, clock: &dyn Clock) -> Option<Answer> {
        let (host, rest) = path.strip_prefix("/at/")?.split_once('/')?;
        let publisher = self.publishers.iter().find(|it| it.host == host)?;
        let age = clock.now().since(self.started);
        let rendered = match rest {
            "" => self.home(publisher, age),
            "feed" => self.feed(publisher, age),
            slug => {
                let article = publisher.visible(age).find(|it| it.slug == slug)?;
                self.article(publisher, article)
            }
        };
        let mut rendered =
            if publisher.opt_out { rendered.with_header("tdm-reservation", "1") } else { rendered };
        rendered.max_age_secs = MAX_AGE_SECS;
        Some(Answer::Document(std::sync::Arc::new(rendered)))
    }

    fn feed(&self, publisher: &SamplePublisher, age: Duration) -> Rendered {
        let mut articles: Vec<ArticleView> =
            publisher.visible(age).map(|it| self.line(publisher, it)).collect();
        articles.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.slug.cmp(b.slug)));
        let view = FeedView { publisher, home: self.home_url(publisher), articles: &articles };
        let (media_type, text) = match publisher.format {
            SampleFormat::Rss2 => ("application/rss+xml", Rss2 { feed: &view }.render()),
            SampleFormat::Rss1 => ("application/rdf+xml", Rss1 { feed: &view }.render()),
            SampleFormat::Atom => ("application/atom+xml", Atom { feed: &view }.render()),
            SampleFormat::Json => ("application/feed+json", Ok(view.json())),
        };
        // A template of ours over strings cannot fail to render.
        let mut text = text.unwrap_or_default();
        if publisher.broken && DAMAGED_FOR < age {
            return Rendered::new(
                "text/html; charset=utf-8",
                Maintenance { publisher }.render().unwrap_or_default(),
            );
        }
        if publisher.broken {
            // Stops in the middle of the last item, as a feed does whose generator ran out of memory.
            let end = text.rfind("<item>").map_or(text.len(), |at| at + (text.len() - at) / 3);
            text.truncate(text.floor_char_boundary(end));
        }
        Rendered::new(media_type, text)
    }

    fn home(&self, publisher: &SamplePublisher, age: Duration) -> Rendered {
        let mut articles: Vec<ArticleView> =
            publisher.visible(age).map(|it| self.line(publisher, it)).collect();
        articles.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.slug.cmp(b.slug)));
        let feed = FeedView { publisher, home: self.home_url(publisher), articles: &articles };
        Rendered::new("text/html; charset=utf-8", HomePage { feed: &feed }.render().unwrap_or_default())
    }

    fn article(&self, publisher: &SamplePublisher, article: &SampleArticle) -> Rendered {
        let line = self.line(publisher, article);
        let canonical = article.canonical.as_ref().map_or_else(|| line.url.clone(), |it| self.url(it));
        let page =
            ArticlePage { publisher, home: &self.home_url(publisher), article: &line, canonical: &canonical };
        Rendered::new("text/html; charset=utf-8", page.render().unwrap_or_default())
    }

    fn line<'a>(&self, publisher: &'a SamplePublisher, article: &'a SampleArticle) -> ArticleView<'a> {
        let url = match &article.link {
            Some(place) => self.url(place),
            None => format!("{}{}", self.home_url(publisher), article.slug),
        };
        let published = if 0 < article.appears_after_secs {
            self.started.plus(Duration::from_secs(article.appears_after_secs))
        } else {
            self.started.minus(Duration::from_secs_f64(article.hours_ago.max(0.0) * 3600.0))
        };
        let paragraphs: Vec<&str> =
            article.text.split("\n\n").map(str::trim).filter(|it| !it.is_empty()).collect();
        let carried = match publisher.body {
            Body::Full => paragraphs.clone(),
            Body::Cut => paragraphs.iter().take(1).copied().collect(),
        };
        ArticleView {
            slug: &article.slug,
            id: format!("urn:sample:{}:{}", publisher.host, article.slug),
            url,
            title: &article.title,
            author: &article.author,
            categories: &article.categories,
            published: published.rfc3339(),
            published_rfc822: published.rfc822(),
            paragraphs,
            carried,
        }
    }

    fn home_url(&self, publisher: &SamplePublisher) -> String {
        format!("http://{}/at/{}/", self.origin, publisher.host)
    }

    fn url(&self, place: &SampleAddress) -> String {
        format!("http://{}/at/{}/{}", self.origin, place.host, place.slug)
    }
}

impl SamplePublisher {
    fn visible(&self, age: Duration) -> impl Iterator<Item = &SampleArticle> {
        self.articles.iter().filter(move |it| Duration::from_secs(it.appears_after_secs) <= age)
    }
}

/// One article as a template wants it.
struct ArticleView<'a> {
    slug: &'a str,
    id: String,
    url: String,
    title: &'a str,
    author: &'a str,
    categories: &'a [String],
    published: String,
    published_rfc822: String,
    paragraphs: Vec<&'a str>,
    /// The paragraphs that the feed carries.
    carried: Vec<&'a str>,
}

impl ArticleView<'_> {
    fn carried_html(&self) -> String {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.carried.iter().map(|it| format!("<p>{}</p>", escape(it))).collect()
    }
}

struct FeedView<'a> {
    publisher: &'a SamplePublisher,
    home: String,
    articles: &'a [ArticleView<'a>],
}

impl FeedView<'_> {
    fn json(&self) -> String {
        let items = self.articles.iter().map(|it| {
            serde_json::json!({
                "id": it.id,
                "url": it.url,
                "title": it.title,
                "content_html": it.carried_html(),
                "date_published": it.published,
                "authors": [{ "name": it.author }],
                "tags": it.categories,
            })
        });
        serde_json::json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.publisher.name,
            "description": self.publisher.tagline,
            "home_page_url": self.home,
            "feed_url": format!("{}feed", self.home),
            "language": self.publisher.language,
            "items": items.collect::<Vec<_>>(),
        })
        .to_string()
    }
}

#[derive(Template)]
#[template(path = "demo/rss2.xml")]
struct Rss2<'a> {
    feed: &'a FeedView<'a>,
}

#[derive(Template)]
#[template(path = "demo/rss1.xml")]
struct Rss1<'a> {
    feed: &'a FeedView<'a>,
}

#[derive(Template)]
#[template(path = "demo/atom.xml")]
struct Atom<'a> {
    feed: &'a FeedView<'a>,
}

#[derive(Template)]
#[template(path = "demo/home.html")]
struct HomePage<'a> {
    feed: &'a FeedView<'a>,
}

#[derive(Template)]
#[template(path = "demo/article.html")]
struct ArticlePage<'a> {
    publisher: &'a SamplePublisher,
    home: &'a str,
    article: &'a ArticleView<'a>,
    canonical: &'a str,
}

#[derive(Template)]
#[template(path = "demo/maintenance.html")]
struct Maintenance<'a> {
    publisher: &'a SamplePublisher,
}
