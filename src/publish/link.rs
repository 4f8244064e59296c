//! Addresses: of our pages, of articles, of sentences in articles.

use std::fmt::Write;

use url::Url;

use super::valid::is_iri;
use super::valid::spelled;
use crate::config::LinkTo;
use crate::domain::Byline;
use crate::domain::Item;
use crate::domain::Receipt;

/// Quotes of at most this many words stand whole in a text fragment; of longer
/// ones the first and last words do.
const FRAGMENT_WORDS_WHOLE: usize = 8;

/// Words at either end of a longer quote.
const FRAGMENT_WORDS_END: usize = 4;

/// `path` from the site's root, made absolute. `base_url` ends in `/` and may have a path.
pub fn absolute(base_url: &Url, path: &str) -> String {
    let base = spelled(base_url.as_str());
    format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/'))
}

/// A publisher's address as every validator takes it.
pub(super) fn of(url: &Url) -> String {
    spelled(url.as_str()).into_owned()
}

/// Where the history of the story at `path` is; a story without a slug has a folder of its own.
pub fn history_path(path: &str) -> String {
    format!("{}/history", path.trim_end_matches('/'))
}

/// Where the data of items are described.
pub(super) fn about_data(base_url: &Url) -> String {
    absolute(base_url, "/about#data")
}

/// Where an item's own link leads.
pub(super) fn of_item(item: &Item, link: LinkTo, base_url: &Url) -> String {
    match link {
        LinkTo::Original => of(&item.primary().url),
        LinkTo::Story => absolute(base_url, &item.path),
    }
}

/// The address, if a browser may open it from our pages.
pub(super) fn web(url: &Url) -> Option<&str> {
    matches!(url.scheme(), "http" | "https").then_some(url.as_str())
}

/// The feed an article came from; else its publisher's home page; else its site.
/// (RSS 2.0 `source` cannot do without an address.)
pub(super) fn source_of(byline: &Byline) -> String {
    byline.feed_url.as_ref().or(byline.home.as_ref()).map_or_else(|| site_of(&byline.url), of)
}

/// The `atom:id` of the feed an article came from. What is no absolute IRI (RFC
/// 4287 §4.2.6) would make our own document invalid. An address is taken only
/// where the feed may be shown: an unlisted feed's id could be its address.
pub(super) fn source_id_of(byline: &Byline) -> String {
    let is_address = |it: &str| Url::parse(it).is_ok_and(|it| web(&it).is_some());
    let given = byline.feed_id.as_deref().filter(|it| is_iri(it));
    let given = given.filter(|it| byline.feed_url.is_some() || !is_address(it));
    given.map_or_else(|| source_of(byline), str::to_owned)
}

fn site_of(url: &Url) -> String {
    url.join("/").map_or_else(|_| of(url), |it| of(&it))
}

/// The article at the sentence that carries a statement, as a text fragment
/// (URL Fragment Text Directives); the article alone where the sentence is of its
/// abstract, which no page has to show. `None` when the address is no web address.
pub fn text_fragment(receipt: &Receipt) -> Option<String> {
    let url = Url::parse(&receipt.url).ok()?;
    let mut link = web(&url)?.to_owned();
    let words: Vec<&str> = receipt.quote.split_whitespace().collect();
    if words.is_empty() || receipt.is_of_abstract {
        return Some(link);
    }
    link.push_str(if url.fragment().is_some() { ":~:text=" } else { "#:~:text=" });
    if words.len() <= FRAGMENT_WORDS_WHOLE {
        encode(&words, &mut link);
    } else {
        encode(&words[..FRAGMENT_WORDS_END], &mut link);
        link.push(',');
        encode(&words[words.len() - FRAGMENT_WORDS_END..], &mut link);
    }
    Some(link)
}

/// Percent-encodes all but letters and digits: `-`, `,` and `&` are syntax there.
fn encode(words: &[&str], link: &mut String) {
    for byte in words.join(" ").bytes() {
        if byte.is_ascii_alphanumeric() {
            link.push(char::from(byte));
        } else {
            write!(link, "%{byte:02X}").expect("a String takes every character");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EntryId;
    use crate::domain::SnapshotId;

    fn receipt(url: &str, quote: &str) -> Receipt {
        Receipt {
            entry: EntryId(1),
            snapshot: SnapshotId(1),
            is_of_abstract: false,
            url: url.to_owned(),
            start: 0,
            end: quote.len(),
            quote: quote.to_owned(),
            sha256: String::new(),
            is_quote_shown: true,
        }
    }

    #[track_caller]
    fn check(url: &str, quote: &str, expected: Option<&str>) {
        assert_eq!(text_fragment(&receipt(url, quote)).as_deref(), expected);
    }

    #[test]
    fn a_receipt_of_an_abstract_leads_to_the_article() {
        for url in ["https://a.example/1", "https://a.example/1#top"] {
            let receipt = Receipt { is_of_abstract: true, ..receipt(url, "Up 5-fold") };
            assert_eq!(text_fragment(&receipt).as_deref(), Some(url));
        }
    }

    #[test]
    fn a_receipt_leads_to_its_sentence() {
        check(
            "https://a.example/1",
            "Up 5-fold, & more",
            Some("https://a.example/1#:~:text=Up%205%2Dfold%2C%20%26%20more"),
        );
        check(
            "https://a.example/1#top",
            "one two three four five six seven eight nine",
            Some("https://a.example/1#top:~:text=one%20two%20three%20four,six%20seven%20eight%20nine"),
        );
        check("https://a.example/1", " ", Some("https://a.example/1"));
        check("javascript:alert(1)", "x", None);
    }

    #[track_caller]
    fn check_source_id(given: &str, is_listed: bool, expected: &str) {
        let mut byline = crate::publish::sample::quoted().bylines.remove(0);
        byline.feed_id = Some(given.to_owned());
        byline.feed_url = byline.feed_url.filter(|_| is_listed);
        assert_eq!(source_id_of(&byline), expected);
    }

    #[test]
    fn a_feeds_id_is_taken_only_where_it_is_an_iri_that_may_be_shown() {
        check_source_id("tag:compiler.example,2020:feed", true, "tag:compiler.example,2020:feed");
        check_source_id(
            "urn:uuid:60a76c80-d399-11d9-b91c-0003939e0af6",
            false,
            "urn:uuid:60a76c80-d399-11d9-b91c-0003939e0af6",
        );
        check_source_id("Blog Feed", true, "https://compiler.example/feed.xml");
        check_source_id("Blog: all posts", true, "https://compiler.example/feed.xml");
        check_source_id("", true, "https://compiler.example/feed.xml");
        check_source_id("/feed", false, "https://compiler.example/");
        check_source_id("HTTPS://compiler.example/secret", false, "https://compiler.example/");
    }

    #[test]
    fn a_base_url_may_have_a_path() {
        let base = Url::parse("https://brief.example/tech/").expect("a URL");
        assert_eq!(absolute(&base, "/story/x/y"), "https://brief.example/tech/story/x/y");
    }
}
