//! Damaged feeds by the thousand: the same ones for the same number.
//!
//! Every input starts from a feed and is damaged a few times over: bytes flipped, cut and
//! repeated, elements taken from another feed, tags left open, charsets and compression
//! that nobody announced.

use std::io::Write;

use bylined::domain::Document;
use bylined::domain::Hints;
use bylined::parse;
use bylined::parse::Parsed;
use url::Url;

/// Most times one input is damaged.
const DAMAGES_MAX: usize = 6;
/// Longest line and longest text that parsing may yield, in bytes: what `parse` reads of an
/// address or a text, thrice, since composing and escaping characters lengthens them.
const LINE_BYTES_MAX: usize = 3 * 8 * 1024;
const TEXT_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Most members of one list of an entry.
const LIST_MAX: usize = 100;
/// Most warnings about one document.
const WARNINGS_MAX: usize = 50;

/// Feeds of every dialect, small enough that damage hits something.
pub const FEEDS: [&str; 7] = [
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
     xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>Café &amp; Co</title>\
     <link>https://a.example/</link><description>News</description><language>en-GB</language><ttl>60</ttl>\
     <skipHours><hour>3</hour></skipHours><image><title>no</title><link>/no</link></image>\
     <item><title>One &lt;b&gt;bold&lt;/b&gt; &#8217;</title><link>/1?a=1&amp;b=2</link>\
     <guid isPermaLink=\"false\">g1</guid><dc:creator>Ann</dc:creator><category>x</category>\
     <pubDate>Fri, 20 Nov 2026 10:00:00 EST</pubDate><description><![CDATA[<p>a</p><p>b]]></description>\
     <content:encoded><![CDATA[<div hidden>h</div><p>Text &eacute;</p>]]></content:encoded>\
     <enclosure url=\"https://a.example/1.mp3\" length=\"9\" type=\"audio/mpeg\"/></item>\
     <item><title>Two</title><source url=\"https://b.example/f\">B</source></item></channel></rss>",
    "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"https://a.example/\" xml:lang=\"de\"><id>urn:a</id>\
     <title type=\"html\">A &amp;amp; B</title><link rel=\"self\" href=\"f\"/><updated>2026-11-20T10:00:00Z</updated>\
     <entry xml:base=\"sub/\"><id>urn:1</id><title type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">Ein \
     <i>s</i></div></title><link href=\"1\"/><author><name>Bö</name><uri>https://a.example/b</uri></author>\
     <published>2026-11-20T10:00:00.5+01:00</published><content type=\"html\">&lt;p&gt;x&lt;/p&gt;</content>\
     <source><id>urn:s</id><title>S</title><link rel=\"self\" href=\"/s\"/></source></entry></feed>",
    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\">\
     <channel rdf:about=\"https://a.example/\"><title>R</title><items><rdf:Seq><rdf:li resource=\"/1\"/></rdf:Seq>\
     </items></channel><item rdf:about=\"https://a.example/1\"><title>One</title><link>https://a.example/1</link>\
     <dc:date>2026-W47-5T10:00Z</dc:date></item></rdf:RDF>",
    "<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"><title mode=\"escaped\">T</title><entry>\
     <title mode=\"base64\">T25l</title><issued>2026-11-20</issued><link rel=\"alternate\" href=\"/1\"/></entry></feed>",
    "<CHANNEL HREF=\"/\"><TITLE>C</TITLE><ITEM HREF=\"/1\" LASTMOD=\"2026-11-20T10:00\"><TITLE>One</TITLE></ITEM></CHANNEL>",
    "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"J\",\"items\":[{\"id\":1,\"url\":\"/1\",\
     \"title\":\"One\",\"content_html\":\"<p>x</p>\",\"date_published\":\"2026-11-20T10:00:00Z\",\"tags\":[\"a\",2],\
     \"authors\":[{\"name\":\"Ann\"}],\"attachments\":[{\"url\":\"/a\",\"mime_type\":\"audio/mpeg\"}]},null]}",
    "{\"rss\":{\"channel\":{\"title\":\"J\",\"item\":[{\"title\":{\"#value\":\"One\"},\"guid\":\"https://a.example/1\"}]}}}",
];

/// What readers stumble over.
const TROUBLES: [&str; 40] = [
    "<",
    ">",
    "&",
    "&#",
    "&#x",
    "&#0;",
    "&#xFFFFFFFF;",
    "&nbsp;",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "<!DOCTYPE x [",
    "<!ENTITY a \"&a;&a;\">",
    "&a;",
    "<?xml encoding='utf-16'?>",
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<title>",
    "</title>",
    "</rss>",
    "</feed>",
    "</channel>",
    "<source>",
    "<author>",
    "<image>",
    " xml:base=\"//[\"",
    " xmlns:a=\"",
    "\"",
    "'",
    "=",
    "\0",
    "\u{FFFE}",
    "\u{202E}",
    "{",
    "[",
    "\\ud800",
    "-99999999999999999999",
];

/// Repeatable numbers (SplitMix64).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The next damaged feed, made of `feeds`, of which there is one at least; before it is
/// compressed or widened it is no longer than `bytes_max`.
pub fn damaged(random: &mut Random, feeds: &[Vec<u8>], bytes_max: usize) -> Document {
    let mut bytes = random.of(feeds).clone();
    for _ in 0..=random.below(DAMAGES_MAX) {
        damage(random, &mut bytes, feeds, bytes_max);
        bytes.truncate(bytes_max);
    }
    let bytes = wrapped(random, bytes);
    let types = [
        None,
        Some("text/xml"),
        Some("text/xml; charset=utf-8"),
        Some("x; charset=shift_jis"),
        Some("; charset="),
    ];
    let found = Url::parse("https://a.example/blog/feed").expect("an address");
    Document {
        request_url: found.clone(),
        final_url: found,
        redirects: Vec::new(),
        content_type: random.of(&types).map(str::to_owned),
        bytes,
        hints: Hints::default(),
    }
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>, feeds: &[Vec<u8>], bytes_max: usize) {
    let at = random.below(bytes.len() + 1);
    match random.below(12) {
        0 => {
            if let Some(it) = bytes.get_mut(at) {
                *it ^= 1 << random.below(8);
            }
        }
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(at..bytes.len().min(at + 1 + random.below(40)))),
        3 => drop(bytes.drain(span(random, bytes))),
        4 => {
            let piece = bytes[span(random, bytes)].to_vec();
            let times = 1 + random.below(4);
            let at = tag_at(bytes, at);
            bytes.splice(at..at, piece.repeat(times));
        }
        5 => {
            let piece = bytes[span(random, bytes)].to_vec();
            let times = random.below(bytes_max / piece.len().max(1));
            let at = tag_at(bytes, at);
            bytes.splice(at..at, piece.repeat(times));
        }
        6 => {
            let times = [1, 1, 1, 2, 100, 10_000];
            let piece = random.of(&TROUBLES).repeat(*random.of(&times));
            bytes.splice(at..at, piece.into_bytes());
        }
        // Another feed's elements.
        7 | 8 => {
            let other = random.of(feeds);
            let piece = other[span(random, other)].to_vec();
            let at = tag_at(bytes, at);
            bytes.splice(at..at, piece);
        }
        // One tag in place of another.
        9 => {
            let other = random.of(feeds);
            let tag = one_tag(random, other);
            let own = one_tag(random, bytes);
            bytes.splice(own, other[tag].to_vec());
        }
        10 => {
            let byte = [0x80, 0xA0, 0xC3, 0xE2, 0xFE, 0xFF, 0x1B, 0x00];
            bytes.splice(at..at, [*random.of(&byte)]);
        }
        _ => {
            let depth = random.below(5_000);
            let name = *random.of(&["div", "b", "item", "author", "outline", "title"]);
            bytes.splice(at..at, format!("<{name}>").repeat(depth).into_bytes());
        }
    }
}

/// A piece of whole tags, more or less.
fn span(random: &mut Random, bytes: &[u8]) -> std::ops::Range<usize> {
    let begin = tag_at(bytes, random.below(bytes.len() + 1));
    let end = tag_at(bytes, (begin + random.below(400)).min(bytes.len()));
    begin..end.max(begin)
}

fn one_tag(random: &mut Random, bytes: &[u8]) -> std::ops::Range<usize> {
    let begin = tag_at(bytes, random.below(bytes.len() + 1));
    let end = bytes[begin..].iter().position(|it| *it == b'>').map_or(bytes.len(), |len| begin + len + 1);
    begin..end
}

/// Where the next tag (or JSON value) begins.
fn tag_at(bytes: &[u8], at: usize) -> usize {
    let is_begin = |it: &u8| matches!(it, b'<' | b'{' | b',');
    bytes[at..].iter().position(is_begin).map_or(bytes.len(), |len| at + len)
}

/// As nobody announced it: UTF-16, gzip, gzip cut off.
fn wrapped(random: &mut Random, bytes: Vec<u8>) -> Vec<u8> {
    match random.below(24) {
        0 => String::from_utf8_lossy(&bytes).encode_utf16().flat_map(u16::to_le_bytes).collect(),
        1 => String::from_utf8_lossy(&bytes).encode_utf16().flat_map(u16::to_be_bytes).collect(),
        choice @ (2 | 3) => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&bytes).expect("memory takes it");
            let mut packed = encoder.finish().expect("memory takes it");
            if choice == 3 {
                packed.truncate(random.below(packed.len() + 1));
            }
            packed
        }
        _ => bytes,
    }
}

/// Reads a document and holds what comes of it against the bounds.
///
/// # Panics
/// Where a bound is broken, or parsing panics.
pub fn check(document: &Document) -> Option<usize> {
    let Parsed { feed, warnings, .. } = parse::feed(document).ok()?;
    assert!(feed.entries.len() <= parse::ENTRIES_MAX, "{} entries", feed.entries.len());
    assert!(warnings.len() <= WARNINGS_MAX, "{} warnings", warnings.len());
    line(&feed.title);
    for it in feed.id.iter().chain(&feed.rights).chain(&feed.language) {
        line(it);
    }
    text(feed.subtitle.as_deref());
    if let Some(cloud) = &feed.cloud {
        [&cloud.domain, &cloud.path, &cloud.procedure, &cloud.protocol].into_iter().for_each(|it| line(it));
    }
    for it in
        feed.hubs.iter().chain(&feed.home).chain(&feed.self_link).chain(&feed.older).chain(&feed.licence)
    {
        address(it);
    }
    for entry in &feed.entries {
        line(&entry.title);
        for it in entry.id.iter().chain(&entry.rights).chain(&entry.language).chain(&entry.categories) {
            line(it);
        }
        text(entry.summary.as_deref());
        text(entry.content.as_deref());
        assert!(entry.categories.len() <= LIST_MAX && entry.authors.len() <= LIST_MAX);
        for person in &entry.authors {
            line(&person.name);
            person.uri.iter().for_each(|it| line(it));
        }
        entry.origin.iter().for_each(|it| line(&it.title));
        for it in entry.link.iter().chain(&entry.via).chain(&entry.licence) {
            address(it);
        }
        entry.enclosure.iter().for_each(|it| address(&it.url));
    }
    Some(feed.entries.len())
}

fn line(text: &str) {
    assert!(text.len() <= LINE_BYTES_MAX, "a line of {} bytes", text.len());
    assert!(!text.contains(is_unclean), "{text:?}");
}

fn text(text: Option<&str>) {
    let text = text.unwrap_or_default();
    assert!(text.len() <= TEXT_BYTES_MAX, "a text of {} bytes", text.len());
    assert!(!text.contains(|c| c != '\n' && is_unclean(c)), "{text:?}");
}

fn is_unclean(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202E}' | '\u{FFFE}' | '\u{FFFF}' | '\u{E0001}')
}

fn address(url: &Url) {
    assert!(matches!(url.scheme(), "http" | "https") && url.has_host(), "{url}");
}
