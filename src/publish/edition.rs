//! An edition: a digest as a page of its own that also survives being mailed, and its plain-text twin.
//!
//! One column, styles in the elements (mail programs drop style sheets), no pictures, no scripts.

use super::attribution::attribution;
use super::attribution::attribution_text;
use super::attribution::is_quoted;
use super::attribution::publisher_of;
use super::channel::Channel;
use super::channel::Digest;
use super::channel::FeedItem;
use super::content::DIGEST_SUMMARIES_MAX;
use super::content::Escaped;
use super::content::joined;
use super::content::notice;
use super::content::runs;
use super::link;
use super::rendered::RenderedItem;
use super::rendered::summary;
use super::script::marks;
use crate::domain::Item;
use crate::domain::OutputId;
use crate::domain::StoryId;
use crate::domain::Timestamp;

/// Width of the column, in pixels: what mail programs show without scrolling.
const WIDTH_MAX: usize = 600;

/// Characters of a line of plain text (RFC 3676 §4.2 advises 78 at most).
const LINE_MAX: usize = 72;

/// The elements that briefings are made of, each with its style.
const STYLES: [(&str, &str); 6] = [
    // The title above them is that of the page.
    ("<h3>", "<h2 style=\"margin:28px 0 8px;font-size:20px;line-height:1.3\">"),
    ("</h3>", "</h2>"),
    ("<p>", "<p style=\"margin:0 0 12px\">"),
    (
        "<blockquote>",
        "<blockquote style=\"margin:0 0 12px;padding:0 0 0 12px;border-left:3px solid #b9b2a0\">",
    ),
    ("<ul>", "<ul style=\"margin:0 0 12px;padding:0 0 0 20px\">"),
    ("<a href", "<a style=\"color:#8a1c1c;overflow-wrap:anywhere\" href"),
];

/// Where the page of a period is: its id ends in the same words.
pub fn edition_path(output: &OutputId, tag: &StoryId, begins: Timestamp) -> String {
    let end = format!(":digest-{output}-");
    let begins = tag.as_str().rsplit_once(&end).map_or_else(|| begins.rfc3339(), |it| it.1.to_owned());
    format!("/edition/{output}/{begins}")
}

/// The page of an edition; `None` where it has no stories.
pub fn edition_html(digest: &Digest<'_>, channel: &Channel) -> Option<String> {
    let item = RenderedItem::of(&FeedItem::Digest(digest.clone()), channel)?;
    // Markup of others is text here, so that these are our own elements.
    let content = STYLES.iter().fold(item.html, |html, (plain, styled)| html.replace(plain, styled));
    let (title, language) = (Escaped(&item.title), Escaped(&channel.language));
    let home = link::absolute(&channel.base_url, "/");
    Some(format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <link rel=\"canonical\" href=\"{url}\">\n\
         <link rel=\"alternate\" type=\"text/plain\" href=\"{url}.txt\">\n</head>\n\
         <body style=\"margin:0;padding:0;background-color:#ffffff\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">\n\
         <tr><td align=\"center\" style=\"padding:16px\">\n\
         <div role=\"main\" style=\"max-width:{WIDTH_MAX}px;margin:0 auto;text-align:left;font-family:Georgia,serif;font-size:16px;\
         line-height:1.5;color:#1d1d1f;overflow-wrap:anywhere\">\n\
         <h1 style=\"margin:0 0 8px;font-size:26px;line-height:1.2\">{title}</h1>\n\
         <p style=\"margin:0 0 16px;font-size:14px\"><a style=\"color:#8a1c1c\" href=\"{url}\">Read it in a browser</a> · \
         <a style=\"color:#8a1c1c\" href=\"{home}\">{curator}</a></p>\n\
         {content}\n</div>\n</td></tr>\n</table>\n</body>\n</html>\n",
        url = Escaped(&item.url),
        home = Escaped(&home),
        curator = Escaped(&channel.curator),
    ))
}

/// The same as plain text; `None` where it has no stories.
pub fn edition_text(digest: &Digest<'_>, channel: &Channel) -> Option<String> {
    let item = RenderedItem::of(&FeedItem::Digest(digest.clone()), channel)?;
    let mut text = format!("{}\n{}\n{}\n", wrapped(&item.title), "=".repeat(LINE_MAX), item.url);
    if let Some((note, by)) = &digest.note {
        text.push_str(&format!("\n{}\n", wrapped(&format!("Editor’s note by {by}: {note}"))));
    }
    for (at, story) in digest.stories.iter().enumerate() {
        text.push_str(&format!("\n\n{}\n{}\n", wrapped(&story.title), "-".repeat(LINE_MAX)));
        for it in &story.notices {
            text.push_str(&format!("{}\n", wrapped(notice(*it))));
        }
        if at < DIGEST_SUMMARIES_MAX {
            text.push_str(&format!("{}\n", summary_text(story, &channel.language)));
        }
        text.push('\n');
        for byline in &story.bylines {
            let author = byline.author.as_ref().map(|it| format!("by {it}, ")).unwrap_or_default();
            text.push_str(&format!(
                "{}\n{}\n",
                wrapped(&format!("* {}, {author}{}", byline.title, byline.name)),
                link::of(&byline.url)
            ));
        }
        text.push_str(&format!("* Briefing:\n{}\n", link::absolute(&channel.base_url, &story.path)));
    }
    let whole = item.item.as_deref()?;
    let credit = attribution_text(whole, &channel.curator);
    let made = attribution(whole, &channel.curator).made;
    text.push_str(&format!("\n\n{}\n\n{}\n", wrapped(&credit), wrapped(&made)));
    Some(text)
}

/// The summary as the page has it: what is quoted in marks and with its publisher, a line for each article.
fn summary_text(story: &Item, language: &str) -> String {
    if story.briefing.summary.is_empty() {
        return wrapped(&summary(story));
    }
    let (open, close) = marks(story.language.as_deref().unwrap_or(language));
    let lines = runs(&story.briefing.summary).map(|run| {
        let Some(quoted) = run.iter().find(|it| is_quoted(it)) else { return wrapped(&joined(run)) };
        let publisher = match quoted.receipts.first() {
            Some(receipt) => publisher_of(story, receipt),
            None => story.primary().name.clone(),
        };
        wrapped(&format!("{open}{}{close} — {publisher}", joined(run)))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The words in lines that mail programs do not break; a word that is longer has a line of its own.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let letters = word.chars().count();
        if length > 0 && length + 1 + letters > LINE_MAX {
            lines.push('\n');
            length = 0;
        } else if length > 0 {
            lines.push(' ');
            length += 1;
        }
        lines.push_str(word);
        length += letters;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::domain::ArticleStatus;
    use crate::domain::Item;
    use crate::domain::Notice;
    use crate::domain::StoryId;

    fn edition(stories: Vec<&Item>) -> Digest<'_> {
        Digest {
            id: StoryId::stored("tag:brief.example,2026-11-20:digest-daily-2026-11-20T07:00:00Z".to_owned()),
            title: "Brief, 21 November 2026".to_owned(),
            path: "/edition/daily/2026-11-20T07:00:00Z".to_owned(),
            published: stories[0].published,
            updated: stories[0].updated,
            note: Some(("Read <b>this</b> first & last.".to_owned(), "Mara Quill".to_owned())),
            stories,
        }
    }

    #[test]
    fn an_edition_needs_nothing_beside_itself() {
        let mut hostile = sample::merged();
        hostile.title = "<img src=x><p>&".to_owned();
        let quoted = sample::quoted();
        let html = edition_html(&edition(vec![&hostile, &quoted]), &sample::channel()).expect("a page");
        for absent in ["<img", "<script", "<style", "stylesheet", "<p>", "<h3>", "<ul>", "class="] {
            assert!(!html.contains(absent), "{absent} in {html}");
        }
        assert!(html.contains("max-width:600px"), "{html}");
        let note =
            "<strong>Editor’s note</strong> by Mara Quill: Read &lt;b&gt;this&lt;/b&gt; first &amp; last.";
        assert!(html.contains(note), "{html}");
        for byline in hostile.bylines.iter().chain(&quoted.bylines) {
            assert!(html.contains(&Escaped(&byline.name).to_string()), "{} in {html}", byline.name);
        }
        assert!(html.contains(&format!("href=\"https://brief.example{}\"", quoted.path)), "{html}");
    }

    #[test]
    fn its_twin_says_the_same_in_short_lines() {
        let story = sample::merged();
        let text = edition_text(&edition(vec![&story]), &sample::channel()).expect("a text");
        let is_short = |it: &str| it.chars().count() <= LINE_MAX || !it.contains(' ');
        assert!(text.lines().all(is_short), "{text}");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for statement in &story.briefing.summary {
            assert!(words.contains(&statement.text), "{} in {text}", statement.text);
        }
        for byline in &story.bylines {
            assert!(words.contains(&byline.name) && text.contains(byline.url.as_str()), "{text}");
        }
        assert!(words.contains("Original articles published by"), "{text}");
        assert!(words.contains("Editor’s note by Mara Quill: Read <b>this</b> first & last."), "{text}");
    }

    #[test]
    fn its_twin_says_what_is_quoted_from_whom_and_what_became_of_the_article() {
        let mut story = sample::quoted();
        story.notices = vec![Notice::Sponsored, Notice::ArticleStatus(ArticleStatus::Vanished)];
        let text = edition_text(&edition(vec![&story]), &sample::channel()).expect("a text");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let quoted = format!("“{}” — {}", joined(&story.briefing.summary), story.primary().name);
        assert!(words.contains(&quoted), "{quoted} in {text}");
        for it in &story.notices {
            assert!(words.contains(notice(*it)), "{it:?} in {text}");
        }
        let made = attribution(&story, "Example Brief").made;
        assert!(text.ends_with(&format!("\n{made}\n")), "{made} in {text}");
        assert!(text.ends_with(".\n"), "{text}");
    }

    #[test]
    fn an_edition_without_stories_is_none() {
        let story = sample::merged();
        let empty = Digest { stories: vec![], ..edition(vec![&story]) };
        assert!(edition_html(&empty, &sample::channel()).is_none());
        assert!(edition_text(&empty, &sample::channel()).is_none());
    }
}
