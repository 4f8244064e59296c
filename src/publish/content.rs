//! A whole briefing as HTML for feed readers.
//!
//! Only p, ul, li, h3, a, em, strong and blockquote, without attributes but
//! `href`, and a div around what is written from right to left; only absolute http(s)
//! addresses. Everything foreign is escaped text.

use std::fmt::Display;
use std::fmt::Formatter;

use url::Url;

use super::attribution::attribution;
use super::attribution::is_quoted;
use super::attribution::publisher_of;
use super::attribution::publishers;
use super::attribution::via;
use super::channel::Channel;
use super::channel::Digest;
use super::link;
use super::link::text_fragment;
use super::plural::plural;
use super::script::Marks;
use super::script::direction;
use super::script::marks;
use super::xml::permitted;
use crate::domain::ArticleStatus;
use crate::domain::Byline;
use crate::domain::Item;
use crate::domain::Notice;
use crate::domain::Relation;
use crate::domain::SnapshotId;
use crate::domain::Statement;
use crate::domain::StatementField;
use crate::domain::Takeaway;

/// Stories of a digest whose summaries are shown; of the rest, titles and bylines.
pub(super) const DIGEST_SUMMARIES_MAX: usize = 100;

/// The whole briefing as HTML, the takeaway of the feed's own audience first, the attribution line and
/// how it was made last.
pub(super) fn content_html(item: &Item, channel: &Channel) -> String {
    let Channel { curator, base_url, language, .. } = channel;
    let mut html = directed(item, body(item, channel), language);
    html.push_str(&format!(
        "<p><a href=\"{}\">Receipts, corrections and history of this briefing</a></p>\n",
        Escaped(&link::absolute(base_url, &item.path)),
    ));
    html.push_str(&credit(item, curator));
    html
}

/// Several briefings in one, each with its bylines; one attribution line for all. Past the
/// best ones there are only titles and bylines: a first poll may bring thousands.
pub(super) fn digest_html(digest: &Digest<'_>, whole: &Item, channel: &Channel) -> String {
    let note = |(text, by): &(String, String)| {
        format!("<p><strong>Editor’s note</strong> by {}: {}</p>\n", Escaped(by), Escaped(text))
    };
    let mut html = digest.note.as_ref().map(note).unwrap_or_default();
    for (at, item) in digest.stories.iter().enumerate() {
        let mut part = format!(
            "<h3><a href=\"{}\">{}</a></h3>\n",
            Escaped(&link::absolute(&channel.base_url, &item.path)),
            Escaped(&item.title),
        );
        part.push_str(&notices(item));
        if at < DIGEST_SUMMARIES_MAX {
            part.push_str(&passage(item, &item.briefing.summary));
        }
        part.push_str(&articles(item));
        html.push_str(&directed(item, part, &channel.language));
    }
    html.push_str(&credit(whole, &channel.curator));
    html
}

/// What is left of a story that became part of another, whose permalink is `url`.
pub(super) fn stub_html(stub: &Item, url: &str, title: &str, curator: &str) -> String {
    format!(
        "<p>This story is now part of <a href=\"{}\">{}</a>.</p>\n{}{}",
        Escaped(url),
        Escaped(title),
        articles(stub),
        credit(stub, curator),
    )
}

/// Readers show text from left to right unless told otherwise.
fn directed(item: &Item, html: String, language: &str) -> String {
    let language = item.language.as_deref().unwrap_or(language);
    match direction(language) {
        "rtl" => format!("<div lang=\"{}\" dir=\"rtl\">\n{html}</div>\n", Escaped(language)),
        _ => html,
    }
}

fn body(item: &Item, channel: &Channel) -> String {
    let language = &channel.language;
    let is_own = |it: &&Takeaway| channel.audience.is_some() && it.audience == channel.audience;
    let briefing = &item.briefing;
    let marks = marks(item.language.as_deref().unwrap_or(language));
    let mut html = notices(item);
    let mut section = |title: &str, content: String| {
        if !content.is_empty() {
            html.push_str(&format!("<h3>{title}</h3>\n{content}"));
        }
    };
    section(StatementField::KeyTakeaway.heading(), takeaways(item, marks, |it| is_own(&it)));
    for field in StatementField::ALL {
        let content = match field {
            StatementField::Summary => passage(item, &briefing.summary),
            StatementField::KeyTakeaway => takeaways(item, marks, |it| !is_own(&it)),
            StatementField::KeyInsights => list(item, &briefing.key_insights, marks),
            StatementField::Principles => list(item, &briefing.principles, marks),
            StatementField::InPractice => list(item, &briefing.in_practice, marks),
        };
        section(field.heading(), content);
    }
    for it in &briefing.differs {
        section(
            "Publishers differ",
            format!("<p>{}:</p>\n{}", Escaped(&it.what), list(item, &it.values, marks)),
        );
    }
    let topics: Vec<&str> = briefing.topics.iter().map(|it| it.name.as_str()).collect();
    section("Topics", line(&topics));
    let audiences: Vec<&str> = briefing.best_for.iter().map(String::as_str).collect();
    section("Best for", line(&audiences));
    let linked = |relation: Relation| {
        let of_relation = item.related.iter().filter(move |it| it.relation == relation);
        of_relation.filter_map(|it| Some(anchor(&Url::parse(&it.url).ok()?, &it.title)))
    };
    let related: String = linked(Relation::Related).map(|it| format!("<li>{it}</li>\n")).collect();
    section("Related", if related.is_empty() { related } else { ul(&related) });
    let past: String = linked(Relation::Follows).map(|it| format!("<p>Follows: {it}</p>\n")).collect();
    let next: String = linked(Relation::FollowedBy).map(|it| format!("<p>Followed by: {it}</p>\n")).collect();
    section("Time line", past + &next);
    section(if item.bylines.len() == 1 { "Read the article" } else { "Read the articles" }, articles(item));
    html
}

/// Those of the takeaways that `is_wanted`.
fn takeaways(item: &Item, marks: Marks, is_wanted: impl Fn(&Takeaway) -> bool) -> String {
    let takeaway = |it: &Takeaway| {
        let lead = it.audience.as_ref().map(|it| format!("<strong>For {}:</strong> ", Escaped(&plural(it))));
        format!("<p>{}{}</p>\n", lead.unwrap_or_default(), sentence(item, &it.statement, marks))
    };
    item.briefing.key_takeaway.iter().filter(|it| is_wanted(it)).map(takeaway).collect()
}

/// What notices say to the reader, in one language.
#[derive(Debug)]
pub(crate) struct NoticeWords {
    pub(crate) sponsored: &'static str,
    pub(crate) deal: &'static str,
    pub(crate) job: &'static str,
    pub(crate) corrected: &'static str,
    pub(crate) retracted: &'static str,
    pub(crate) vanished: &'static str,
}

/// What feeds say, whatever the site's language.
pub(crate) const ENGLISH_NOTICES: NoticeWords = NoticeWords {
    sponsored: "Sponsored: the publisher was paid for this post.",
    deal: "Offer: this post advertises a purchase.",
    job: "Job advertisement.",
    corrected: "Corrected: the publisher has corrected this article since it appeared.",
    retracted: "Retracted: the publisher has withdrawn this article.",
    vanished: "The original article is no longer where it was published.",
};

impl NoticeWords {
    /// What a notice says.
    pub(crate) fn of(&self, notice: Notice) -> &'static str {
        match notice {
            Notice::Sponsored => self.sponsored,
            Notice::Deal => self.deal,
            Notice::Job => self.job,
            Notice::ArticleStatus(ArticleStatus::Corrected) => self.corrected,
            Notice::ArticleStatus(ArticleStatus::Retracted) => self.retracted,
            Notice::ArticleStatus(ArticleStatus::Vanished) => self.vanished,
        }
    }
}

/// What a notice says to the reader of a feed.
pub(super) fn notice(notice: Notice) -> &'static str {
    ENGLISH_NOTICES.of(notice)
}

fn notices(item: &Item) -> String {
    item.notices.iter().map(|it| format!("<p><strong>{}</strong></p>\n", notice(*it))).collect()
}

/// Consecutive sentences of one text become one quotation, what we or a model
/// wrote becomes a paragraph.
fn passage(item: &Item, statements: &[Statement]) -> String {
    let mut html = String::new();
    for run in runs(statements) {
        let Some(quoted) = run.iter().find(|it| is_quoted(it)) else {
            let text: Vec<String> = run.iter().map(|it| Escaped(&it.text).to_string()).collect();
            html.push_str(&format!("<p>{}</p>\n", text.join(" ")));
            continue;
        };
        html.push_str(&format!(
            "<blockquote><p>{}</p>\n<p>— {}</p></blockquote>\n",
            Escaped(&joined(run)),
            receipt(item, quoted),
        ));
    }
    html
}

/// Cuts statements into runs that are quoted from one text, or written. An article's abstract is a text
/// of its own: words of both together would be a quotation that stands nowhere.
pub(super) fn runs(statements: &[Statement]) -> impl Iterator<Item = &[Statement]> {
    fn origin(it: &Statement) -> Option<Option<(&str, SnapshotId)>> {
        is_quoted(it).then(|| it.receipts.first().map(|it| (it.url.as_str(), it.snapshot)))
    }
    statements.chunk_by(|a, b| origin(a) == origin(b))
}

/// The sentences of a run; `…` stands where the source has more between two of them.
pub(super) fn joined(run: &[Statement]) -> String {
    let mut text = String::new();
    for (i, it) in run.iter().enumerate() {
        if 0 < i {
            let is_gap = is_quoted(it) && !text.ends_with('…') && is_gap(&run[i - 1], it);
            text.push_str(if is_gap { " … " } else { " " });
        }
        text.push_str(&it.text);
    }
    text
}

/// Whether words of the source were left out between two quoted statements of one run.
pub(super) fn is_gap(before: &Statement, after: &Statement) -> bool {
    /// White space between two sentences, a paragraph break included, in bytes.
    const BETWEEN_SENTENCES_MAX: usize = 4;
    match (before.receipts.first(), after.receipts.first()) {
        (Some(before), Some(after)) => {
            after.start < before.end || before.end + BETWEEN_SENTENCES_MAX < after.start
        }
        _ => false,
    }
}

fn list(item: &Item, statements: &[Statement], marks: Marks) -> String {
    let items: String =
        statements.iter().map(|it| format!("<li>{}</li>\n", sentence(item, it, marks))).collect();
    if items.is_empty() { items } else { ul(&items) }
}

/// A quoted sentence in quotation marks with its publisher; a written one as it is.
fn sentence(item: &Item, statement: &Statement, (open, close): Marks) -> String {
    if is_quoted(statement) {
        format!("{open}{}{close} — {}", Escaped(&statement.text), receipt(item, statement))
    } else {
        Escaped(&statement.text).to_string()
    }
}

/// The publisher's name, linked to the sentence that carries the statement.
fn receipt(item: &Item, statement: &Statement) -> String {
    let Some(receipt) = statement.receipts.first() else {
        return Escaped(&item.primary().name).to_string();
    };
    let name = publisher_of(item, receipt);
    match text_fragment(receipt) {
        Some(href) => format!("<a href=\"{}\">{}</a>", Escaped(&href), Escaped(&name)),
        None => Escaped(&name).to_string(),
    }
}

fn articles(item: &Item) -> String {
    ul(&item.bylines.iter().map(article).collect::<String>())
}

fn article(byline: &Byline) -> String {
    let author = byline.author.as_ref().map(|it| format!("by {}, ", Escaped(it))).unwrap_or_default();
    format!("<li>{}, {author}{}</li>\n", anchor(&byline.url, &byline.title), Escaped(&byline.name))
}

/// The attribution line with its links, then how the briefing came to be.
fn credit(item: &Item, curator: &str) -> String {
    let said = attribution(item, curator);
    let links: Vec<String> = publishers(item).iter().map(|it| anchor(&it.url, &it.name)).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let lists: Vec<String> = via(item).iter().map(|it| Escaped(it).to_string()).collect();
    let lists: Vec<&str> = lists.iter().map(String::as_str).collect();
    let via = match super::attribution::enumerate(&lists) {
        names if names.is_empty() => names,
        names => format!(" Found via {names}."),
    };
    format!(
        "<p>{} {} {}.{via} <em>{}</em></p>",
        Escaped(&said.curation),
        said.published_by,
        super::attribution::enumerate(&links),
        Escaped(&said.made),
    )
}

fn anchor(url: &Url, text: &str) -> String {
    match link::web(url) {
        Some(href) => format!("<a href=\"{}\">{}</a>", Escaped(href), Escaped(text)),
        None => Escaped(text).to_string(),
    }
}

fn ul(items: &str) -> String {
    format!("<ul>\n{items}</ul>\n")
}

fn line(names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!("<p>{}</p>\n", Escaped(&names.join(", "))) }
}

/// Text as it stands in HTML, in an element or in a quoted attribute.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for c in permitted(self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn html(item: &Item) -> String {
        content_html(item, &sample::channel())
    }

    fn in_language(language: &str) -> Channel {
        Channel { language: language.to_owned(), ..sample::channel() }
    }

    #[test]
    fn the_takeaway_of_the_feeds_own_audience_leads() {
        let item = sample::merged();
        let last = item.briefing.key_takeaway.last().expect("a takeaway");
        let channel = Channel { audience: last.audience.clone(), ..sample::channel() };
        let html = content_html(&item, &channel);
        let own = format!(
            "<h3>Key takeaway</h3>\n<p><strong>For {}",
            plural(last.audience.as_deref().expect("one"))
        );
        assert!(html.starts_with(&own), "{html}");
        let lead = Escaped(&last.statement.text).to_string();
        assert_eq!(html.matches(&lead).count(), 1, "it stands there once: {html}");
        // Whose feed it is not sees the summary first.
        assert!(content_html(&item, &sample::channel()).starts_with("<h3>Summary</h3>"));
    }

    #[test]
    fn the_parts_stand_in_the_order_of_the_page() {
        let html = html(&sample::merged());
        let mut from = 0;
        for part in [
            "Summary",
            "Key takeaway",
            "Key insights",
            "Principles",
            "In practice",
            "Publishers differ",
            "Topics",
            "Best for",
            "Related",
            "Read the articles",
            "Editorial summary, takeaway, and curation by Example Brief.",
        ] {
            let at = html[from..].find(part);
            assert!(at.is_some(), "{part} is not after {from} in {html}");
            from += at.unwrap_or_default();
        }
        assert!(html.ends_with("not reviewed.</em></p>"), "{html}");
    }

    #[test]
    fn quoted_words_look_quoted() {
        let html = html(&sample::quoted());
        assert!(html.contains("<blockquote><p>The Lattice 2.0 compiler"), "{html}");
        assert!(
            html.contains("— <a href=\"https://compiler.example/2026/lattice-2#:~:text=The%20"),
            "{html}"
        );
        assert!(
            html.contains("<li>“Version 1.9 will get security fixes until June 2027.” — <a href"),
            "{html}"
        );
    }

    #[test]
    fn quotations_are_written_as_in_their_language() {
        let check = |language: Option<&str>, feed: &str, expected: &str| {
            let item = Item { language: language.map(str::to_owned), ..sample::quoted() };
            let html = content_html(&item, &in_language(feed));
            assert!(html.contains(expected), "{expected} in {html}");
        };
        check(Some("de"), "en", "<li>„Version 1.9 will get security fixes until June 2027.“ — ");
        check(
            Some("fr-FR"),
            "en",
            "<li>«\u{a0}Version 1.9 will get security fixes until June 2027.\u{a0}» — ",
        );
        check(Some("ja"), "en", "<li>「Version 1.9 will get security fixes until June 2027.」 — ");
        check(None, "de", "<li>„Version 1.9");
        check(Some("ar"), "en", "<div lang=\"ar\" dir=\"rtl\">\n<h3>Summary</h3>");
        let rtl = Item { language: Some("he".to_owned()), ..sample::quoted() };
        let html = content_html(&rtl, &in_language("en"));
        assert!(html.contains("</div>\n<p><a href") && html.ends_with("rule.</em></p>"), "{html}");
        assert!(!content_html(&sample::quoted(), &in_language("he")).contains("dir="));
    }

    #[test]
    fn words_left_out_between_quotations_are_marked() {
        let mut item = sample::quoted();
        assert!(!html(&item).contains('…'));
        item.briefing.summary[1].receipts[0].start += 90;
        assert!(html(&item).contains(" … "));
    }

    #[test]
    fn an_abstract_and_the_text_are_not_one_quotation() {
        let mut item = sample::quoted();
        let whole = joined(&item.briefing.summary);
        assert!(html(&item).contains(&Escaped(&whole).to_string()));
        item.briefing.summary[0].receipts[0].snapshot = SnapshotId(2);
        let html = html(&item);
        assert_eq!(runs(&item.briefing.summary).count(), 2, "{html}");
        assert!(!html.contains(&Escaped(&whole).to_string()), "{html}");
        assert_eq!(html.matches("<blockquote>").count(), 2, "{html}");
    }

    #[test]
    fn markup_in_foreign_text_stays_text() {
        let mut item = sample::merged();
        let hostile = "<img src=x onerror=alert(1)>\" onmouseover='x'\0";
        item.briefing.summary[0].text = hostile.to_owned();
        item.bylines[0].name = hostile.to_owned();
        item.bylines[0].title = hostile.to_owned();
        item.bylines[0].author = Some(hostile.to_owned());
        item.related[0].title = hostile.to_owned();
        item.related[0].url = "javascript:alert(1)".to_owned();
        let html = html(&item);
        assert!(!html.contains("<img") && !html.contains("javascript:") && !html.contains('\0'), "{html}");
        let tags = ["p", "ul", "li", "h3", "a href=\"http", "em", "strong", "blockquote"];
        for tag in html.split('<').skip(1).filter(|it| !it.starts_with('/')) {
            assert!(tags.iter().any(|it| tag.starts_with(it)), "<{tag}");
        }
    }
}
