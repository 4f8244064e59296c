//! Reads lists of subscriptions: OPML 1.0 and 2.0, in any state of repair.

use crate::text::charset;
use crate::text::clean;
use crate::text::html;

use super::token::Tokens;
use super::token::XmlTag;
use super::token::XmlToken;
use super::token::attribute;

/// Feeds that are read of one list.
pub const SUBSCRIPTIONS_MAX: usize = 10_000;

/// Folders within folders whose names are kept.
const FOLDERS_MAX: usize = 8;

/// Outlines within outlines; what is deeper is read as if it stood higher.
const DEPTH_MAX: usize = 256;

/// Categories of one feed that are kept.
const CATEGORIES_MAX: usize = 16;

/// A list of subscriptions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SubscriptionList {
    /// Its title.
    pub title: Option<String>,
    /// In the order of the document, duplicates and all.
    pub feeds: Vec<OpmlFeed>,
    /// Outlines with an address that no feed is read from, as their type says.
    pub unread: Vec<UnreadOutline>,
    /// Outlines of type `rss` without an address.
    pub without_address: usize,
    /// Feeds beyond [`SUBSCRIPTIONS_MAX`].
    pub beyond_max: usize,
}

/// A feed of a list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OpmlFeed {
    /// What the list calls it, unless that is an address.
    pub name: Option<String>,
    /// `xmlUrl`, as written.
    pub url: String,
    /// The folders it stands in, from the outermost.
    pub folders: Vec<String>,
    /// The last parts of `category`, which has `/` between parts and `,` between categories.
    pub categories: Vec<String>,
}

/// An outline with an address whose type is that of no feed: another list, or a document that
/// another reader cuts entries out of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnreadOutline {
    /// What the list calls it.
    pub name: Option<String>,
    /// Its address, as written.
    pub url: String,
    /// Its `type`.
    pub kind: String,
}

/// The document is no OPML: it has neither the root nor any outline.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the file is no OPML; export your subscriptions as OPML and try again")]
pub struct NotOpml;

/// Reads a list. Where the head is missing, outlines stand in the wrong place or tags
/// are not closed, what is there is read all the same. Nothing that it names is fetched.
///
/// # Errors
/// [`NotOpml`] where the text has neither the root of OPML nor any outline.
pub fn opml(bytes: &[u8]) -> Result<SubscriptionList, NotOpml> {
    let text = charset::decode(bytes, None).text;
    let mut list = ListReader::default();
    let mut tokens = Tokens::new(&text);
    while let Some(token) = tokens.next() {
        match token {
            XmlToken::Open(tag) if is(tag.name, "outline") => list.open_outline(tag, tokens.rest()),
            XmlToken::Open(tag) => {
                list.is_opml |= is(tag.name, "opml");
                list.is_in_title = is(tag.name, "title") && !tag.is_empty;
            }
            XmlToken::Close(it) if is(it, "outline") => list.close_outline(),
            XmlToken::Close(_) => list.is_in_title = false,
            XmlToken::Text(text) | XmlToken::CData(text) => list.read_text(text),
        }
    }
    if list.is_opml { Ok(list.read) } else { Err(NotOpml) }
}

/// What was read of a list, and where in it the reader stands.
#[derive(Default)]
struct ListReader {
    read: SubscriptionList,
    /// The folder that each open outline is, if it is one.
    open: Vec<Option<String>>,
    /// How many outlines were open where one began that is commented out, with all below it.
    commented: Option<usize>,
    is_opml: bool,
    is_in_title: bool,
}

impl ListReader {
    /// Reads an outline's tag; `rest` is what follows it in the document.
    fn open_outline(&mut self, tag: XmlTag<'_>, rest: &str) {
        self.is_opml = true;
        let is_comment = || attribute(tag, "isComment").is_some_and(|it| is(it.trim(), "true"));
        if self.commented.is_some() || is_comment() {
            if !tag.is_empty && self.open.len() < DEPTH_MAX {
                self.commented.get_or_insert(self.open.len());
            }
            return self.enter(None, tag.is_empty);
        }
        if let Some(outline) = unread(tag) {
            if self.read.unread.len() < SUBSCRIPTIONS_MAX {
                self.read.unread.push(outline);
            } else {
                self.read.beyond_max += 1;
            }
            return self.enter(None, tag.is_empty);
        }
        let whole = subscription(tag, &self.open).filter(|it| !it.url.is_empty());
        let cut = || cut_subscription(tag, rest, &self.open);
        let (feed, is_empty) = match whole.map(|it| (it, tag.is_empty)).or_else(cut) {
            Some((feed, is_empty)) => (Some(feed), is_empty),
            None => (subscription(tag, &self.open), tag.is_empty),
        };
        let folder = if feed.is_none() { name(tag) } else { None };
        feed.into_iter().for_each(|it| self.add(it));
        self.enter(folder, is_empty);
    }

    /// Takes in a feed, or counts it where it has no address or there are too many.
    fn add(&mut self, feed: OpmlFeed) {
        if feed.url.is_empty() {
            self.read.without_address += 1;
        } else if SUBSCRIPTIONS_MAX <= self.read.feeds.len() {
            self.read.beyond_max += 1;
        } else {
            self.read.feeds.push(feed);
        }
    }

    /// What follows stands within an outline, unless that closes itself.
    fn enter(&mut self, folder: Option<String>, is_empty: bool) {
        if !is_empty && self.open.len() < DEPTH_MAX {
            self.open.push(folder);
        }
    }

    fn close_outline(&mut self) {
        self.open.pop();
        self.commented = self.commented.filter(|it| *it < self.open.len());
    }

    fn read_text(&mut self, text: &str) {
        if self.is_in_title && self.read.title.is_none() {
            self.read.title = Some(clean::line(&html::decode_entities(text))).filter(|it| !it.is_empty());
        }
    }
}

/// The feed that an outline is; `None` for a folder, a note or anything else.
fn subscription(tag: XmlTag<'_>, open: &[Option<String>]) -> Option<OpmlFeed> {
    let of = |wanted| attribute(tag, wanted).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    let is_feed = of("type").is_some_and(|it| ["rss", "atom", "feed"].iter().any(|known| is(&it, known)));
    let url = of("xmlUrl").or_else(|| of("url").filter(|_| is_feed));
    if url.is_none() && !is_feed {
        return None;
    }
    let categories = of("category").unwrap_or_default();
    let categories = categories.split(',').filter_map(|it| it.trim().rsplit('/').find(|it| !it.is_empty()));
    let url = url.unwrap_or_default();
    Some(OpmlFeed {
        name: publisher(tag, &url),
        url,
        folders: open.iter().flatten().take(FOLDERS_MAX).cloned().collect(),
        categories: categories.map(clean::line).filter(|it| !it.is_empty()).take(CATEGORIES_MAX).collect(),
    })
}

/// The feed of an outline whose tag was cut short by quotes or markup within an
/// attribute: its address still stands before the next outline. Says whether the
/// outline closes itself.
fn cut_subscription(tag: XmlTag<'_>, rest: &str, open: &[Option<String>]) -> Option<(OpmlFeed, bool)> {
    let starts = |it: &str, wanted: &str| it.get(..wanted.len()).is_some_and(|it| is(it, wanted));
    let ends = ["<outline", "</outline", "</body"];
    let mut tags = rest.match_indices('<').map(|it| it.0);
    let end = tags.find(|at| ends.iter().any(|it| starts(&rest[*at..], it))).unwrap_or(rest.len());
    let rest = &rest[..end];
    let mut names = rest.match_indices(['x', 'X']).map(|it| it.0);
    let at = names.find(|at| starts(&rest[*at..], "xmlurl=\"") || starts(&rest[*at..], "xmlurl='"))?;
    let quoted = &rest[at + "xmlurl=".len()..];
    let quote = quoted.chars().next()?;
    let value = quoted[1..].split(quote).next().filter(|it| !it.is_empty())?;
    let url = html::decode_entities(value.trim()).into_owned();
    let feed = OpmlFeed {
        name: publisher(tag, &url),
        url,
        folders: open.iter().flatten().take(FOLDERS_MAX).cloned().collect(),
        categories: Vec::new(),
    };
    Some((feed, rest.trim_end().ends_with("/>")))
}

/// The outline of an address that is no feed's. Types of feeds are many and loosely used; those
/// of anything else are few: another list (OPML 2.0, "include"), a page, and a format with the
/// way in which entries are cut out of it ("HTML+XPath", "JSON+DotNotation").
fn unread(tag: XmlTag<'_>) -> Option<UnreadOutline> {
    let of = |wanted| attribute(tag, wanted).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    let kind = of("type")?;
    let format = kind.split_once('+').map_or("", |it| it.0);
    let is_cut_out = ["html", "xhtml", "xml", "json", "text", "csv"].iter().any(|it| is(format, it));
    if !is_cut_out && !["include", "html", "text/html"].iter().any(|it| is(&kind, it)) {
        return None;
    }
    Some(UnreadOutline { name: name(tag), url: of("xmlUrl").or_else(|| of("url"))?, kind })
}

fn name(tag: XmlTag<'_>) -> Option<String> {
    names(tag).next()
}

/// The name of whoever publishes a feed: readers that know none write its address instead.
fn publisher(tag: XmlTag<'_>, url: &str) -> Option<String> {
    let home = attribute(tag, "htmlUrl").unwrap_or_default();
    names(tag).find(|it| !is_address(it, &[url, &home]))
}

fn names(tag: XmlTag<'_>) -> impl Iterator<Item = String> {
    let line = move |wanted| attribute(tag, wanted).map(|it| clean::line(&it));
    ["text", "title"].into_iter().filter_map(line).filter(|it| !it.is_empty())
}

/// Whether a name is an address, with its scheme or as one of `known` without it. A bare host
/// may be what a publisher is called.
fn is_address(name: &str, known: &[&str]) -> bool {
    let rest = |it: &'_ str| -> String {
        let it = it.trim().to_ascii_lowercase();
        let it = it.strip_prefix("feed:").unwrap_or(&it);
        let it = it.split_once("://").map_or(it, |it| it.1).trim_start_matches('/');
        it.strip_prefix("www.").unwrap_or(it).trim_end_matches('/').to_owned()
    };
    let lower = name.to_ascii_lowercase();
    let has_scheme = ["http:", "https:", "feed:", "www."].iter().any(|it| lower.starts_with(it));
    let bare = rest(name);
    has_scheme && !name.contains(' ') || bare.contains('/') && known.iter().any(|it| rest(it) == bare)
}

fn is(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> SubscriptionList {
        opml(format!("<opml version='2.0'><body>{body}</body></opml>").as_bytes()).expect("OPML")
    }

    #[track_caller]
    fn check(body: &str, expected: &[(&str, &str, &str)]) {
        let feeds = read(body).feeds;
        let found: Vec<_> = feeds
            .iter()
            .map(|it| (it.name.as_deref().unwrap_or("-"), it.url.as_str(), it.folders.join("/")))
            .collect();
        let found: Vec<_> = found.iter().map(|it| (it.0, it.1, it.2.as_str())).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn feeds_stand_in_their_folders() {
        check(
            "<outline text='AI'><outline text='Labs'><outline text='A' xmlUrl='https://a.example/'/></outline>\
             <outline type='rss' title='B' xmlUrl='https://b.example/?a=1&amp;b=2'></outline></outline>\
             <outline type='rss' text='C' xmlUrl='https://c.example/'/>",
            &[
                ("A", "https://a.example/", "AI/Labs"),
                ("B", "https://b.example/?a=1&b=2", "AI"),
                ("C", "https://c.example/", ""),
            ],
        );
    }

    #[test]
    fn a_careless_list_is_read_all_the_same() {
        check("<OUTLINE TEXT=A XMLURL=https://a.example/x>", &[("A", "https://a.example/x", "")]);
        check("<outline type='rss' url='https://a.example/'/>", &[("-", "https://a.example/", "")]);
        check("<outline text='A & B' xmlUrl='https://a.example/'/>", &[("A & B", "https://a.example/", "")]);
        check("<outline type='link' text='A' url='https://a.example/'/><outline text='a note'/>", &[]);
        let headless = opml(b"<outline xmlUrl='https://a.example/'/></outline></outline>").expect("OPML");
        assert_eq!(headless.feeds.len(), 1);
        assert_eq!(read("<outline type='rss' text='A'/>").without_address, 1);
        // A comment, and all below it (OPML 2.0, "isComment").
        check(
            "<outline text='A' isComment='true' xmlUrl='https://a.example/'/>\
             <outline text='F' isComment='true'><outline text='B' xmlUrl='https://b.example/'/>\
             <outline text='G'><outline text='C' xmlUrl='https://c.example/'/></outline></outline>\
             <outline text='D' isComment='false' xmlUrl='https://d.example/'/>",
            &[("D", "https://d.example/", "")],
        );
    }

    #[test]
    fn an_address_is_no_publishers_name() {
        let check_name = |name: &str, expected: &str| {
            check(
                &format!(
                    "<outline text='{name}' xmlUrl='https://a.example/feed' htmlUrl='http://www.a.example/x/'/>"
                ),
                &[(expected, "https://a.example/feed", "")],
            );
        };
        for address in ["https://a.example/feed", "HTTP://other.example", "feed:https://a.example/feed"] {
            check_name(address, "-");
        }
        for address in ["a.example/feed", "www.a.example/feed/", "www.a.example", "a.example/x"] {
            check_name(address, "-");
        }
        for name in ["a.example", "A/B Testing", "Ask https: the blog", "TCP/IP", "Feed: the magazine"] {
            check_name(name, name);
        }
        check(
            "<outline text='https://a.example/feed' title='A Blog' xmlUrl='https://a.example/feed'/>",
            &[("A Blog", "https://a.example/feed", "")],
        );
    }

    #[test]
    fn types_of_no_feed_are_told_apart() {
        let check_type = |kind: &str, is_feed: bool| {
            let list = read(&format!("<outline text='A' type='{kind}' xmlUrl='https://a.example/x'/>"));
            assert_eq!(
                (list.feeds.len(), list.unread.len()),
                (usize::from(is_feed), usize::from(!is_feed)),
                "{kind}"
            );
        };
        for kind in
            ["", "rss", "RSS1", "atom", "rdf", "JSONFeed", "link", "podcast", "application/rss+xml", "xml"]
        {
            check_type(kind, true);
        }
        for kind in
            ["HTML+XPath", "XML+XPath", "JSON+DotNotation", "json+dotpath", "HTML+XPath+JSON+DotNotation"]
        {
            check_type(kind, false);
        }
        for kind in ["include", "text/html", "HTML"] {
            check_type(kind, false);
        }
        let list = read(
            "<outline text='F'><outline type='HTML+XPath' text='A' xmlUrl='https://a.example/'></outline>\
             <outline text='B' xmlUrl='https://b.example/'/></outline><outline type='include' url='https://c.example/l.opml'/>",
        );
        let unread: Vec<_> = list.unread.iter().map(|it| (it.name.as_deref(), it.url.as_str())).collect();
        assert_eq!(unread, [(Some("A"), "https://a.example/"), (None, "https://c.example/l.opml")]);
        assert_eq!(
            (list.feeds[0].url.as_str(), list.feeds[0].folders[0].as_str()),
            ("https://b.example/", "F")
        );
    }

    #[test]
    fn markup_within_an_attribute_costs_no_feed() {
        check(
            "<outline text='F'><outline text='A' description=\"by <a href=\"https://x.example/\">us</a> all\" \
             xmlUrl=\"https://a.example/\"/><outline text='B' xmlUrl='https://b.example/'/></outline>\
             <outline text='C' xmlUrl='https://c.example/'/>",
            &[
                ("A", "https://a.example/", "F"),
                ("B", "https://b.example/", "F"),
                ("C", "https://c.example/", ""),
            ],
        );
        let open = "<outline text='".repeat(100_000);
        assert!(opml(open.as_bytes()).is_ok_and(|it| it.feeds.is_empty()) || opml(open.as_bytes()).is_err());
    }

    #[test]
    fn categories_are_the_last_parts_of_their_paths() {
        let list = read("<outline xmlUrl='x' category='/Tech/AI, ,/Tech/,Chips'/>");
        assert_eq!(list.feeds[0].categories, ["AI", "Tech", "Chips"]);
    }

    #[test]
    fn the_title_is_the_lists_own() {
        let list = opml(b"<opml><head><title>My &amp; your feeds</title></head></opml>").expect("OPML");
        assert_eq!(list.title.as_deref(), Some("My & your feeds"));
        assert_eq!(opml(b"<rss><title>A</title></rss>"), Err(NotOpml));
        assert_eq!(opml(b""), Err(NotOpml));
    }

    #[test]
    fn a_list_without_end_is_cut() {
        let list =
            read(&"<outline text='f'><outline xmlUrl='https://a.example/'/>".repeat(SUBSCRIPTIONS_MAX + 5));
        assert_eq!((list.feeds.len(), list.beyond_max), (SUBSCRIPTIONS_MAX, 5));
        assert!(list.feeds.iter().all(|it| it.folders.len() <= FOLDERS_MAX));
    }
}
