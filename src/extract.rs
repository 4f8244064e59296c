//! Finds the main text of an article page.

mod article;
mod block;
mod metadata;
mod scan;

use std::borrow::Cow;

use dom_smoothie::Config;
use dom_smoothie::Readability;
use dom_smoothie::TextMode;
use url::Url;

pub use self::article::Article;
pub use self::article::ExtractError;
pub use self::article::NoArticle;
use crate::domain::Document;
use crate::text::anchor;
use crate::text::charset;
use crate::text::clean;
use crate::text::html;
use crate::text::word_list;

const INVITATIONS: &str = include_str!("extract/invitations.txt");
const BOT: &str = include_str!("extract/bot_walls.txt");
const CONSENT: &str = include_str!("extract/consent_walls.txt");
const PAY: &str = include_str!("extract/paywalls.txt");

/// Bytes of a page that are read.
const PAGE_BYTES_MAX: usize = 2 << 20;

/// Elements of a page beyond which no main text is looked for.
const ELEMENTS_MAX: usize = 50_000;

/// Longest main text, in bytes; what follows is left out at a paragraph's end.
const TEXT_BYTES_MAX: usize = 256 << 10;

/// Links of a main text that are kept.
const LINKS_MAX: usize = 16;

/// Shortest text that is an article, in letters and digits.
const ARTICLE_LETTERS_MIN: usize = 200;

/// Letters and digits below which a text that asks for consent or payment is nothing else.
const WALL_LETTERS_MAX: usize = 1200;

/// The same where the page itself says that its article is for those who pay.
const PAID_LETTERS_MAX: usize = 2000;

/// The article of a page. Takes milliseconds for most pages and up to seconds
/// for hostile ones: run it where blocking is allowed.
///
/// # Errors
/// [`ExtractError`] where nothing like an article is found.
pub fn article(document: &Document) -> Result<Article, ExtractError> {
    let bytes = &document.bytes[..document.bytes.len().min(PAGE_BYTES_MAX)];
    let page = charset::decode(bytes, document.content_type.as_deref()).text;
    let scanned = scan::page(&page);
    let article = metadata::of(&scanned, &document.final_url);

    let none = |why, signals: Article| ExtractError {
        host: document.final_url.host_str().unwrap_or_default().to_owned(),
        why,
        signals: Box::new(signals),
    };
    if ELEMENTS_MAX < scanned.elements {
        return Err(none(NoArticle::TooComplex, article));
    }
    let (text, links) = main_text(&scanned.html);
    let base = scanned.base(&document.final_url);
    let links = links.iter().filter_map(|it| base.join(it.trim()).ok()).collect();
    let article = Article { text, links, ..article };
    match no_article(&article, &scanned.html) {
        Some(why) => Err(none(why, article)),
        None => Ok(article),
    }
}

/// The feeds that a page names with `link rel="alternate"` in its head or its headers, those of
/// comments last (RSS Autodiscovery; HTML 4.6.6.2; RFC 8288), absolute, each once.
pub fn feed_links(document: &Document) -> Vec<Url> {
    let bytes = &document.bytes[..document.bytes.len().min(PAGE_BYTES_MAX)];
    let scanned = scan::page(&charset::decode(bytes, document.content_type.as_deref()).text);
    let base = scanned.base(&document.final_url);
    let in_head =
        scanned.feeds.iter().filter_map(|(href, title)| Some((base.join(href.trim()).ok()?, title.as_str())));
    let in_headers = document.hints.alternates.iter().filter(|it| scan::is_feed_type(&it.1));
    let named = in_head.chain(in_headers.map(|it| (it.0.clone(), "")));
    let is_of_comments = |it: &str| it.to_ascii_lowercase().contains("comments");
    let mut links: Vec<(bool, Url)> = Vec::new();
    for (link, title) in named {
        // WordPress names the page itself, in JSON that is no feed.
        let is_sane = matches!(link.scheme(), "http" | "https") && !link.path().contains("/wp-json/");
        if is_sane && links.iter().all(|it| it.1 != link) {
            links.push((is_of_comments(link.as_str()) || is_of_comments(title), link));
        }
    }
    links.sort_by_key(|it| it.0);
    links.into_iter().map(|it| it.1).collect()
}

/// Where a page leads on to by itself, elsewhere than where it was found.
pub fn refresh(document: &Document) -> Option<Url> {
    let bytes = &document.bytes[..document.bytes.len().min(PAGE_BYTES_MAX)];
    let scanned = scan::page(&charset::decode(bytes, document.content_type.as_deref()).text);
    let to = scanned.base(&document.final_url).join(scanned.refresh.as_deref()?).ok()?;
    (matches!(to.scheme(), "http" | "https") && to != document.final_url).then_some(to)
}

/// Whether a feed carries only the beginning of an article, so that the page is
/// worth asking for: little text, an ellipsis or an invitation at the end.
pub fn is_cut(feed_text: &str, feed_summary: Option<&str>) -> bool {
    /// Below this a text is a teaser whatever it ends in, in words.
    const TEASER_WORDS_MAX: usize = 80;
    /// Above this a text is an article whatever it ends in, in words.
    const ARTICLE_WORDS_MIN: usize = 800;
    /// Bytes at the end in which an invitation stands.
    const END_BYTES: usize = 160;
    let text = feed_text.trim();
    let words = text.split_whitespace().count();
    if words < TEASER_WORDS_MAX {
        return true;
    }
    if ARTICLE_WORDS_MIN <= words {
        return false;
    }
    if feed_summary.is_some_and(|it| it.trim() == text) && words < 2 * TEASER_WORDS_MAX {
        return true;
    }
    let from = text.floor_char_boundary(text.len().saturating_sub(END_BYTES));
    let end = text[from..].to_lowercase();
    let end = end.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '»' | '›' | '→' | '>' | ':'));
    let ellipsis = end.trim_end_matches([']', ')']);
    ellipsis.ends_with('…')
        || ellipsis.ends_with("...")
        || word_list::entries(INVITATIONS).any(|it| end.lines().next_back().unwrap_or_default().contains(it))
}

/// The text of the part of a page that is its article, and where it links to.
fn main_text(page: &str) -> (String, Vec<String>) {
    let config = Config {
        // Its own reader of JSON-LD is not needed, and its limit is one of ours.
        disable_json_ld: true,
        text_mode: TextMode::Raw,
        ..Config::default()
    };
    let found = Readability::new(page, None, Some(config)).and_then(|mut it| it.parse());
    // Read as the markup of feeds is: cells, lines of `br`, ruby and `q` have one rule.
    let content = found.map(|it| it.content).unwrap_or_default();
    let links = anchor::hrefs(&content).take(LINKS_MAX).map(Cow::into_owned).collect();
    let text = html::to_text(&content);
    let text = clean::paragraphs(&scan::restored(&text));
    let mut text = block::of_article(&text);
    if TEXT_BYTES_MAX < text.len() {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text.truncate(text.rfind("\n\n").unwrap_or(text.len()));
    }
    (text, links)
}

/// What a page's text is if it is no article.
fn no_article(article: &Article, html: &str) -> Option<NoArticle> {
    let letters = |text: &str| text.chars().filter(|it| it.is_alphanumeric()).count();
    let size = letters(&article.text);
    if article.is_paid && size < PAID_LETTERS_MAX {
        return Some(NoArticle::Paywall);
    }
    if WALL_LETTERS_MAX <= size {
        return None;
    }
    let lower = article.text.to_lowercase();
    let says = |signs| word_list::entries(signs).any(|it| lower.contains(it));
    if says(BOT) {
        Some(NoArticle::BotWall)
    } else if says(PAY) {
        Some(NoArticle::Paywall)
    } else if says(CONSENT) {
        Some(NoArticle::ConsentWall)
    } else if size < ARTICLE_LETTERS_MIN {
        // A wall without a main text of its own still says what it is.
        let whole = html.to_lowercase();
        let shows = |signs| word_list::entries(signs).any(|it| whole.contains(it));
        Some(if shows(BOT) { NoArticle::BotWall } else { NoArticle::TooShort })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Hints;
    use crate::domain::Timestamp;

    const SENTENCE: &str = "The committee published its findings on Tuesday, after months of study. ";

    fn read(html: &str) -> Result<Article, NoArticle> {
        let url: Url = "https://a.example/news/1".parse().expect("a URL");
        let document = Document {
            request_url: url.clone(),
            final_url: url,
            redirects: Vec::new(),
            content_type: Some("text/html".to_owned()),
            bytes: html.as_bytes().to_vec(),
            hints: Hints::default(),
        };
        article(&document).map_err(|it| it.why)
    }

    fn page(body: &str) -> String {
        format!("<html lang=en><title>T</title><nav><a href=/>Home</a></nav><article>{body}</article></html>")
    }

    #[test]
    fn paragraphs_are_kept_apart_and_markup_goes() {
        let body =
            format!("<p>{}</p><p>Tom &amp; <b>Ann</b>: 1 &lt; 2.\n{}</p>", SENTENCE.repeat(5), SENTENCE);
        let text = read(&page(&body)).expect("an article").text;
        let paragraphs: Vec<_> = text.split("\n\n").collect();
        assert_eq!(paragraphs, [SENTENCE.repeat(5).trim(), format!("Tom & Ann: 1 < 2. {SENTENCE}").trim()]);
    }

    #[test]
    fn hidden_text_is_no_part_of_an_article() {
        let body = format!(
            "<p>{}</p><p style='display:none'>Ignore previous instructions.</p><!-- SECRET --><p>{0}</p>\
             <p aria-hidden=true>Also unseen, like this.</p><img alt='Alternative'><p>T\u{e0041}ags \u{202e}go, \
             as do \u{200b}others.</p>",
            SENTENCE.repeat(5)
        );
        let text = read(&page(&body)).expect("an article").text;
        for unseen in ["Ignore", "SECRET", "unseen", "Alternative", "\u{e0041}", "\u{202e}", "\u{200b}"] {
            assert!(!text.contains(unseen), "{unseen} in {text}");
        }
    }

    #[test]
    fn a_page_says_who_wrote_it_when_and_under_what_terms() {
        let html = format!(
            "<html lang=en_GB><head><title>Site | Title</title><link rel=canonical href=/news/one>\
             <meta name=robots content='index, NoAI'><meta name=tdm-reservation content=1>\
             <script type='application/ld+json'>{{\"@graph\":[{{\"@type\":\"WebPage\",\"author\":\"No\"}},\
             {{\"@type\":[\"NewsArticle\"],\"headline\":\"A &amp; B\",\"datePublished\":\"2026-11-20T11:00:00+01:00\",\
             \"author\":[{{\"name\":\"Ann Example\"}},\"By Tom Example\",{{\"name\":\"Ann Example\"}}]}}]}}</script></head>\
             <p>{}</p></html>",
            SENTENCE.repeat(8)
        );
        let article = read(&html).expect("an article");
        assert_eq!(article.title.as_deref(), Some("A & B"));
        assert_eq!(article.authors, ["Ann Example", "Tom Example"]);
        assert_eq!(article.published.map(Timestamp::rfc3339).as_deref(), Some("2026-11-20T10:00:00Z"));
        assert_eq!(article.canonical.as_ref().map(Url::as_str), Some("https://a.example/news/one"));
        assert_eq!(article.language.as_deref(), Some("en-gb"));
        assert_eq!(article.meta_robots, ["index, noai"]);
        assert_eq!(article.tdm_reservation, Some(true));
    }

    #[test]
    fn a_page_describes_its_article() {
        let described = |head: &str| {
            read(&format!("<html><head>{head}</head><p>{}</p></html>", SENTENCE.repeat(8)))
                .expect("an article")
                .description
        };
        let linked = |text: &str| {
            format!(
                "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"description\":\"{text}\"}}</script>"
            )
        };
        let lines = "The mill of Odda has a second wheel.";
        let og = format!("<meta property=og:description content='{lines}'>");
        let plain = "<meta name=description content='News of every mill in the valley.'>";
        assert_eq!(described(&format!("{plain}{og}")).as_deref(), Some(lines));
        assert_eq!(described(&format!("{plain}{}", linked(lines))).as_deref(), Some(lines));
        assert_eq!(described(plain).as_deref(), Some("News of every mill in the valley."));
        let twice =
            "<meta property=og:description content='The &amp;quot;new&amp;quot; wheel of Odda turns.'>";
        assert_eq!(described(twice).as_deref(), Some("The \"new\" wheel of Odda turns."));
        assert_eq!(described("<meta name=description content=Odda>"), None);
        assert_eq!(described(&format!("<meta name=description content='{}'>", SENTENCE.repeat(90))), None);
    }

    #[test]
    fn a_page_reads_as_a_feed_does() {
        let body = format!(
            "<p>{0}</p><p>It is <q>open</q> for <ruby>漢<rt>かん</ruby> and 10<sup>6</sup> more, at 1 <s>2</s> 3.</p>\
             <p>What is new<br>The mill opens.</p><table><tr><td>Odda</td><td>It runs.</td></tr></table>\
             <figure><img src=a.png><figcaption>A mill.</figcaption></figure><p>{0}</p>",
            SENTENCE.repeat(5)
        );
        let text = read(&page(&body)).expect("an article").text;
        let paragraphs: Vec<_> = text.split("\n\n").collect();
        assert_eq!(
            paragraphs[1..paragraphs.len() - 1],
            [
                "It is “open” for 漢 and 10⁶ more, at 1 \u{fffc} 3.",
                "What is new",
                "The mill opens.",
                "Odda",
                "It runs.",
                "\u{fffc} A mill.",
            ]
        );
    }

    #[track_caller]
    fn no(body: &str, expected: NoArticle) {
        assert_eq!(read(&page(body)).map(|it| it.text), Err(expected));
    }

    #[test]
    fn what_is_no_article_is_told_apart() {
        no("", NoArticle::TooShort);
        no("<p>Soon more.</p>", NoArticle::TooShort);
        no(
            &format!("<p>{}</p><p>Subscribe to continue reading.</p>", SENTENCE.repeat(5)),
            NoArticle::Paywall,
        );
        no(&format!("<p>We value your privacy. {}</p>", SENTENCE.repeat(5)), NoArticle::ConsentWall);
        no("<p>Verify you are human.</p>", NoArticle::BotWall);
        no(&"<br>".repeat(ELEMENTS_MAX + 1), NoArticle::TooComplex);
        let long = format!("<p>{}</p><p>Accept cookies? Banks must ask.</p>", SENTENCE.repeat(40));
        assert!(read(&page(&long)).is_ok());
    }

    #[test]
    fn the_beginning_of_what_is_sold_is_no_article() {
        let stub = |head: &str, sentences: usize| {
            read(&format!("<head>{head}</head><article><p>{}</p></article>", SENTENCE.repeat(sentences)))
        };
        let linked = |more: &str| {
            format!("<script type='application/ld+json'>{{\"@type\":\"NewsArticle\"{more}}}</script>")
        };
        for paid in [
            &linked(",\"isAccessibleForFree\":false"),
            &linked(",\"isAccessibleForFree\":\"False\""),
            &linked(",\"isAccessibleForFree\":\"http://schema.org/False\""),
            "<meta itemprop=isAccessibleForFree content=false>",
            "<meta property=article:content_tier content=locked>",
        ] {
            assert_eq!(stub(paid, 12).map(|it| it.text), Err(NoArticle::Paywall), "{paid}");
            assert!(stub(paid, 60).is_ok(), "{paid}");
        }
        for free in [
            &linked(",\"isAccessibleForFree\":true"),
            &linked(""),
            "<meta property=article:content_tier content=metered>",
            "<meta property=article:content_tier content=free>",
        ] {
            assert!(stub(free, 12).is_ok(), "{free}");
        }
    }

    #[test]
    fn a_refused_page_still_says_what_it_forbids() {
        let url: Url = "https://a.example/".parse().expect("a URL");
        let bytes = b"<meta name=robots content=nosnippet><p>Short.".to_vec();
        let (asked, redirects, content_type, hints) = (url.clone(), Vec::new(), None, Hints::default());
        let document = Document { request_url: asked, final_url: url, redirects, content_type, bytes, hints };
        assert_eq!(article(&document).expect_err("too short").signals.meta_robots, ["nosnippet"]);
    }

    #[test]
    fn hostile_markup_is_no_danger() {
        let text = SENTENCE.repeat(8);
        for unit in
            ["<div>", "<b a=1>", "<p", "</p>", "&nbsp;", "&amp;", "<", "<!--", "<a '", "<table><tr><td>"]
        {
            // Whatever comes of it, it comes.
            let _ = read(&format!("<p>{text}</p>{}", unit.repeat(20_000)));
        }
    }

    #[track_caller]
    fn cut(text: &str, summary: Option<&str>, expected: bool) {
        assert_eq!(is_cut(text, summary), expected);
    }

    #[test]
    fn a_teaser_is_told_from_an_article() {
        let some = SENTENCE.repeat(15);
        let much = SENTENCE.repeat(100);
        cut("", None, true);
        cut(SENTENCE, None, true);
        cut(&some, None, false);
        cut(&format!("{some}and then…"), None, true);
        cut(&format!("{some}and then [...]"), None, true);
        cut(&format!("{some}and then [&#8230;]").replace("&#8230;", "…"), None, true);
        cut(&format!("{some}\n\nContinue reading →"), None, true);
        cut(&format!("{some}\n\nRead the full story at A Example"), None, true);
        cut(&format!("{much}and then…"), None, false);
        cut(&SENTENCE.repeat(12), Some(&SENTENCE.repeat(12)), true);
    }
}
