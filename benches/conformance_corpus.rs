//! Puts the parser to the expectations of other readers' test suites.
//!
//! `cargo bench --bench conformance_corpus -- FOLDER`, or the folder in `BYLINED_CORPUS`:
//! `feeds-conformance/feedparser` and `feeds-conformance/feedvalidator`, each with an
//! `EXPECT.tsv`. Feedparser's cases expect a Python condition, which is evaluated on
//! what we read; the validator's expect a finding, of which only some say what a reader
//! has to make of the document. A case is *not kept* when it is about something that a
//! [`Feed`] does not hold: each such thing is listed in `NOT_KEPT` with the reason.

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use bylined::domain::Document;
use bylined::domain::Entry;
use bylined::domain::Feed;
use bylined::domain::FeedFormat;
use bylined::domain::Hints;
use bylined::domain::Origin;
use bylined::domain::Person;
use bylined::domain::Timestamp;
use bylined::parse;
use bylined::parse::Parsed;
use bylined::text::clean;
use bylined::text::html;
use url::Url;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Feedparser's names of what we do not keep, and why.
const NOT_KEPT: &[(&str, &str)] = &[
    ("bozo", "whether a document is well-formed: it is read all the same"),
    ("type", "the media type of a text: all text becomes plain"),
    ("base", "the base of a text's links: its links are not kept"),
    ("scheme", "the scheme of a category: the word is kept"),
    ("email", "an e-mail address beside a name: it is nobody's byline"),
    ("contributors", "contributors: the byline names authors"),
    ("publisher", "dc:publisher, webMaster: the publisher is whoever is configured or publishes the feed"),
    (
        "publisher_detail",
        "dc:publisher, webMaster: the publisher is whoever is configured or publishes the feed",
    ),
    ("generator", "the program that wrote the feed"),
    ("generator_detail", "the program that wrote the feed"),
    ("image", "pictures: none is republished"),
    ("icon", "pictures: none is republished"),
    ("logo", "pictures: none is republished"),
    ("textinput", "search boxes"),
    ("tags of a feed", "categories of a whole feed: topics are of entries"),
    ("itunes_block", "podcast directories' flags"),
    ("itunes_explicit", "podcast directories' flags"),
    ("itunes_duration", "how long a recording is"),
    ("media_player", "players and thumbnails: no media is republished"),
    ("media_thumbnail", "players and thumbnails: no media is republished"),
    ("psc_chapters", "chapters of recordings"),
    ("where", "places"),
    ("comments", "where comments are"),
    ("wfw_comment", "where comments are"),
    ("wfw_commentrss", "where comments are"),
    ("thr_in-reply-to", "what an entry replies to"),
    ("thr_in_reply_to", "what an entry replies to"),
    ("expired", "when an entry expires"),
    ("madeup_element", "elements of unknown namespaces"),
    ("newlocation", "a redirect within the document: addresses move by HTTP alone"),
    ("second enclosure", "enclosures after the first"),
    ("title of a link", "titles, types and languages of links"),
    ("hreflang", "titles, types and languages of links"),
    ("length", "titles, types and languages of links"),
    ("other link", "links of relations that nothing here follows"),
    (
        "id of a source",
        "of an atom:source what credits the origin is kept: title, addresses, authors, rights",
    ),
    (
        "subtitle of a source",
        "of an atom:source what credits the origin is kept: title, addresses, authors, rights",
    ),
    ("language of a field", "the language of one text: that of the feed and of the entry is kept"),
    ("us-ascii", "the default charset of RFC 3023, which RFC 7303 withdrew: ASCII is read as UTF-8"),
    ("modified", "HTTP headers: `fetch` reads them"),
];

/// Cases that we read otherwise on purpose: part of a file's name, and why.
const READ_OTHERWISE: &[(&str, &str)] = &[
    ("_id_base_", "an id is kept as given: RFC 4287 §4.2.6 wants it absolute and compares it as text"),
    ("entry_category_term", "a category is kept by its label, which is for people"),
    ("_iframe.xml", "what is never closed hides what follows, as in a browser"),
    ("item_content_encoded_object.xml", "what is never closed hides what follows, as in a browser"),
    ("entry_summary_object.xml", "what is never closed hides what follows, as in a browser"),
    ("feed_info_object.xml", "what is never closed hides what follows, as in a browser"),
    ("feed_subtitle_object.xml", "what is never closed hides what follows, as in a browser"),
    ("feed_tagline_object.xml", "what is never closed hides what follows, as in a browser"),
    ("item_fullitem_object.xml", "what is never closed hides what follows, as in a browser"),
    ("malicious_comment", "what is never closed hides what follows, as in a browser"),
    ("not_a_doctype", "`<!` begins a comment up to `>`, as in a browser"),
    ("_crazy.xml", "what stands in a script is no text"),
    ("entities__lang.xml", "HTML 5 names another bracket `lang` than HTML 4 did"),
    ("entities__rang.xml", "HTML 5 names another bracket `rang` than HTML 4 did"),
    ("updated_multiple_values", "of two dates the first is believed"),
    ("feed_link_rel_via", "a whole feed has no `via`"),
    ("author_url_base", "a person without a name is no byline"),
    ("_authors_uri", "a person without a name is no byline"),
    ("_authors_url", "a person without a name is no byline"),
    ("_xml_lang_blank", "the language of one text: that of the feed and of the entry is kept"),
    ("_xml_lang_inherit_4", "the language of one text: that of the feed and of the entry is kept"),
    ("_last_modified-not-present", "HTTP headers: `fetch` reads them"),
];

/// What the Encoding Standard calls charsets by, and feedparser calls them.
const CHARSETS: &[(&str, &str)] =
    &[("windows-1252", "iso-8859-1"), ("GBK", "gb18030"), ("windows-874", "tis-620"), ("KOI8-U", "koi8-r")];

/// Charsets in which ASCII is ASCII.
const ASCII_CHARSETS: [&str; 7] =
    ["utf-8", "gb18030", "iso-8859-1", "windows-1252", "euc-kr", "shift_jis", "us-ascii"];

/// Most characters of what was read that are shown of a failure.
const SHOWN_MAX: usize = 300;

/// Relations of links that we keep.
const RELATIONS: &[&str] = &[
    "alternate",
    "self",
    "hub",
    "enclosure",
    "via",
    "license",
    "prev-archive",
    "next-archive",
    "current",
    "next",
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let Some(corpus) = arguments.first().cloned().or_else(|| std::env::var("BYLINED_CORPUS").ok()) else {
        println!("no corpus: name its folder, or set BYLINED_CORPUS");
        return Ok(());
    };
    let folder = PathBuf::from(corpus).join("feeds-conformance");
    let mut passed = 0;
    let mut kept = 0;
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut sections: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for case in cases(&folder.join("feedparser"))? {
        let verdict = case.feedparser_verdict()?;
        let counts = sections.entry(case.section()).or_default();
        match verdict {
            Verdict::Passed => counts[0] += 1,
            Verdict::Failed(why) => {
                counts[1] += 1;
                println!("failed: {}: {} | {why}", case.name(), case.expect);
            }
            Verdict::NotKept(reason) => {
                counts[2] += 1;
                *reasons.entry(reason).or_default() += 1;
            }
        }
    }
    println!("feedparser        passed failed not kept");
    for (section, [good, bad, apart]) in &sections {
        println!("  {section:<16}{good:>6} {bad:>6} {apart:>8}");
        passed += good;
        kept += good + bad;
    }
    println!("not kept:");
    for (reason, count) in &reasons {
        println!("  {count:>4} {reason}");
    }
    let is_otherwise = |reason: &&str| READ_OTHERWISE.iter().any(|(_, it)| it == reason);
    let otherwise: usize = reasons.iter().filter(|(it, _)| is_otherwise(it)).map(|(_, count)| count).sum();
    println!("feedparser: {passed} of {kept} cases about what we keep ({})", share(passed, kept));
    println!("feedparser: {otherwise} of those not kept are read otherwise on purpose");
    validator(&folder.join("feedvalidator"))
}

fn share(part: usize, whole: usize) -> String {
    format!("{:.1} %", part as f64 * 100.0 / whole.max(1) as f64)
}

/// The validator's cases: a document without an error has to be read, and a date that
/// is valid has to be there.
fn validator(folder: &Path) -> Outcome<()> {
    let (mut read, mut valid, mut dated, mut dates, mut invalid) = (0, 0, 0, 0, 0);
    for case in cases(folder)? {
        let parsed = case.parsed()?;
        if case.expect.starts_with('!') {
            valid += 1;
            match &parsed {
                Ok(_) => read += 1,
                Err(error) => println!("failed: {}: {} | {error}", case.name(), case.expect),
            }
        } else {
            invalid += usize::from(parsed.is_ok());
        }
        let is_date = ["ValidW3CDTFDate", "ValidRFC2822Date", "ValidRFC3339Date", "ValidISO8601Date"]
            .iter()
            .any(|it| case.expect.starts_with(it));
        let is_ours =
            ["updated", "modified", "published", "issued", "created", "pubDate", "date", "lastBuildDate"]
                .iter()
                .any(|it| {
                    case.expect.contains(&format!("element:{it}}}"))
                        || case.expect.contains(&format!("element:{it},"))
                });
        if is_date && is_ours {
            dates += 1;
            let is_dated = parsed.is_ok_and(|it| {
                it.feed.updated.is_some()
                    || it.feed.entries.iter().any(|it| it.published.or(it.updated).is_some())
            });
            dated += usize::from(is_dated);
            if !is_dated {
                println!("failed: {}: {} | no date", case.name(), case.expect);
            }
        }
    }
    println!(
        "feedvalidator: {read} of {valid} documents without the error named are read, \
         {dated} of {dates} valid dates; {invalid} documents with an error are read too"
    );
    Ok(())
}

struct Case {
    path: PathBuf,
    expect: String,
    /// `Name: value`.
    headers: Vec<(String, String)>,
}

enum Verdict {
    Passed,
    Failed(String),
    NotKept(&'static str),
}

fn cases(folder: &Path) -> Outcome<Vec<Case>> {
    let text = fs::read_to_string(folder.join("EXPECT.tsv"))?;
    let case = |row: &str| {
        let mut columns = row.split('\t');
        let file = columns.next()?;
        let expect = columns.nth(1)?.to_owned();
        let headers = columns.next().unwrap_or_default().split(" | ").filter_map(|it| it.split_once(':'));
        let headers = headers.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()));
        Some(Case { path: folder.join(file), expect, headers: headers.collect() })
    };
    Ok(text.lines().skip(1).filter_map(case).collect())
}

impl Case {
    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn section(&self) -> String {
        self.name().split("__").next().unwrap_or_default().to_owned()
    }

    fn header(&self, wanted: &str) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// The document as served. Where the case gives a `Content-Location`, it was found there.
    fn document(&self) -> Outcome<Document> {
        let place = self.header("content-location").and_then(|it| Url::parse(it).ok());
        let place = place.filter(|it| it.scheme() == "http");
        let found = place.map_or_else(|| Url::parse("http://127.0.0.1:8097/feed.xml"), Ok)?;
        Ok(Document {
            request_url: found.clone(),
            final_url: found,
            redirects: Vec::new(),
            content_type: self.header("content-type").map(str::to_owned),
            bytes: fs::read(&self.path)?,
            hints: Hints::default(),
        })
    }

    /// What is read. The suites' entries often hold one element alone, and an entry that says
    /// nothing is left out: such entries are given a title.
    fn parsed(&self) -> Outcome<Result<Parsed, parse::ParseError>> {
        let document = self.document()?;
        let parsed = parse::feed(&document);
        let is_bare = match &parsed {
            Ok(it) => it.warnings.contains(&parse::Warning::BlankEntry),
            Err(it) => matches!(it, parse::ParseError::NoEntriesRead { .. }),
        };
        if !is_bare {
            return Ok(parsed);
        }
        let text = String::from_utf8_lossy(&document.bytes);
        let mut titled = String::new();
        for piece in text.split_inclusive('>') {
            titled.push_str(piece);
            let tag = piece.rsplit('<').next().unwrap_or_default();
            let name = tag.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            if matches!(name.to_lowercase().as_str(), "item" | "entry") && !tag.ends_with("/>") {
                titled.push_str("<title>An entry</title>");
            }
        }
        Ok(parse::feed(&Document { bytes: titled.into_bytes(), ..document }))
    }

    fn feedparser_verdict(&self) -> Outcome<Verdict> {
        let name = self.name();
        if let Some((_, reason)) = READ_OTHERWISE.iter().find(|(part, _)| name.contains(part)) {
            return Ok(Verdict::NotKept(reason));
        }
        let parsed = self.parsed()?;
        let is_ascii = fs::read(&self.path)?.iter().all(|b| (1..0x80).contains(b));
        let top = parsed.as_ref().map(|it| top_of(it, is_ascii)).unwrap_or_else(|_| Value::Map(Vec::new()));
        let mut python = Python::new(&self.expect, &top);
        let verdict = python.condition();
        Ok(match verdict {
            Ok(value) if value.is_true() => Verdict::Passed,
            Ok(_) => Verdict::Failed(python.read),
            Err(Stop::NotKept(reason)) => Verdict::NotKept(reason),
            Err(Stop::Missing(what)) => Verdict::Failed(match parsed {
                Ok(_) => format!("no {what}"),
                Err(error) => error.to_string(),
            }),
        })
    }
}

/// What Python sees, of what we read.
#[derive(Clone, Debug)]
enum Value {
    None,
    Number(f64),
    /// Plain text, an address or an id; expected markup is made plain before it is compared.
    Text(String),
    Time(Timestamp),
    List(Vec<Value>),
    Map(Vec<(&'static str, Value)>),
    /// Keys and values of a literal.
    Dict(Vec<(String, Value)>),
    /// Relation and address of every link we keep; their order is not kept.
    Links(Vec<(&'static str, String)>),
    OneOf(Vec<String>),
    Family(&'static [&'static str]),
}

fn text(text: &str) -> Value {
    if text.is_empty() { Value::None } else { Value::Text(text.to_owned()) }
}

fn text_or_none(it: Option<&str>) -> Value {
    it.map_or(Value::None, text)
}

fn time(it: Option<Timestamp>) -> Value {
    it.map_or(Value::None, Value::Time)
}

/// A text and feedparser's `…_detail` of it.
/// The language is that of the entry; of a feed's own texts none is kept.
fn detailed(it: &str, language: Option<&str>) -> Value {
    let mut map = vec![("value", text(it))];
    map.extend(language.map(|it| ("language", text(it))));
    Value::Map(map)
}

fn top_of(parsed: &Parsed, is_ascii: bool) -> Value {
    let feed = &parsed.feed;
    let entries = feed.entries.iter().map(|it| entry_of(it, feed)).collect();
    let family = match feed.format {
        FeedFormat::Rss => &["rss", "rss091u", "rss091n", "rss092", "rss093", "rss094", "rss20"][..],
        FeedFormat::Rdf => &["rss090", "rss10"],
        FeedFormat::Atom => &["atom", "atom01", "atom02", "atom03", "atom10"],
        FeedFormat::Json => &[],
    };
    Value::Map(vec![
        ("feed", feed_of(feed)),
        ("entries", Value::List(entries)),
        ("version", Value::Family(family)),
        // ASCII bytes are the same in all charsets that the cases name.
        ("encoding", if is_ascii { Value::Family(&ASCII_CHARSETS) } else { text(parsed.charset) }),
    ])
}

fn feed_of(feed: &Feed) -> Value {
    let language = feed.language.as_deref();
    let mut links: Vec<(&str, String)> = Vec::new();
    links.extend(feed.home.iter().map(|it| ("alternate", it.to_string())));
    links.extend(feed.self_link.iter().map(|it| ("self", it.to_string())));
    links.extend(feed.hubs.iter().map(|it| ("hub", it.to_string())));
    links.extend(feed.licence.iter().map(|it| ("license", it.to_string())));
    links.extend(feed.older.iter().map(|it| ("prev-archive", it.to_string())));
    let rights = feed.rights.as_deref().unwrap_or_default();
    let mut map = vec![
        ("title", text(&feed.title)),
        ("title_detail", detailed(&feed.title, None)),
        ("link", text_or_none(feed.home.as_ref().map(Url::as_str))),
        ("links", Value::Links(links)),
        ("id", text_or_none(feed.id.as_deref())),
        ("guid", text_or_none(feed.id.as_deref())),
        ("language", text_or_none(language)),
        ("license", text_or_none(feed.licence.as_ref().map(Url::as_str))),
    ];
    let subtitle = feed.subtitle.as_deref().unwrap_or_default();
    for key in ["subtitle", "tagline", "description", "info", "summary"] {
        map.push((key, text(subtitle)));
    }
    for key in ["subtitle_detail", "tagline_detail", "info_detail"] {
        map.push((key, detailed(subtitle, None)));
    }
    if let Some(it) = &feed.cloud {
        let port = it.port.map_or(Value::None, |it| text(&it.to_string()));
        let cloud = [("domain", &it.domain), ("path", &it.path), ("protocol", &it.protocol)];
        let mut cloud: Vec<_> = cloud.into_iter().map(|(key, value)| (key, text(value))).collect();
        cloud.extend([("port", port), ("registerprocedure", text(&it.procedure))]);
        map.push(("cloud", Value::Map(cloud)));
    }
    for key in ["rights", "copyright"] {
        map.push((key, text(rights)));
    }
    for key in ["rights_detail", "copyright_detail"] {
        map.push((key, detailed(rights, None)));
    }
    for key in ["updated", "updated_parsed", "published", "published_parsed", "created", "modified_parsed"] {
        map.push((key, time(feed.updated)));
    }
    map.extend(people(&feed.authors));
    Value::Map(map)
}

fn entry_of(entry: &Entry, feed: &Feed) -> Value {
    let language = entry.language.as_deref().or(feed.language.as_deref());
    let summary = entry.summary.as_deref().or(entry.content.as_deref()).unwrap_or_default();
    let content = entry.content.as_deref().or(entry.summary.as_deref()).unwrap_or_default();
    let mut links: Vec<(&str, String)> = Vec::new();
    links.extend(entry.link.iter().map(|it| ("alternate", it.to_string())));
    links.extend(entry.enclosure.iter().map(|it| ("enclosure", it.url.to_string())));
    links.extend(entry.via.iter().map(|it| ("via", it.to_string())));
    links.extend(entry.licence.iter().map(|it| ("license", it.to_string())));
    let link = entry.link.as_ref().map(Url::as_str);
    let is_permalink = link.is_some()
        && entry.id.as_deref().and_then(|it| Url::parse(it).ok()).as_ref() == entry.link.as_ref();
    let mut map = vec![
        ("title", text(&entry.title)),
        ("title_detail", detailed(&entry.title, language)),
        ("link", text_or_none(link)),
        ("links", Value::Links(links)),
        ("guidislink", Value::Number(f64::from(u8::from(is_permalink)))),
        ("language", text_or_none(language)),
        ("content", Value::List(vec![detailed(content, language)])),
        ("license", text_or_none(entry.licence.as_ref().map(Url::as_str))),
        ("rights", text_or_none(entry.rights.as_deref())),
        ("copyright", text_or_none(entry.rights.as_deref())),
        ("rights_detail", detailed(entry.rights.as_deref().unwrap_or_default(), language)),
    ];
    for key in ["id", "guid"] {
        map.push((key, text_or_none(entry.id.as_deref())));
    }
    for key in ["summary", "description"] {
        map.push((key, text(summary)));
    }
    map.push(("summary_detail", detailed(summary, language)));
    for key in ["published", "published_parsed", "created", "created_parsed"] {
        map.push((key, time(entry.published)));
    }
    // `dc:date` is a publication date here and an update there.
    for key in ["updated", "updated_parsed"] {
        map.push((key, time(entry.updated.or(entry.published))));
    }
    let tag = |it: &String| Value::Map(vec![("term", text(it)), ("label", text(it))]);
    map.push(("tags", Value::List(entry.categories.iter().map(tag).collect())));
    map.push(("category", text_or_none(entry.categories.first().map(String::as_str))));
    let enclosure = |it: &bylined::domain::Enclosure| {
        let size = it.length_bytes.map_or(Value::None, |it| text(&it.to_string()));
        let address = it.url.as_str();
        Value::Map(vec![
            ("href", text(address)),
            ("url", text(address)),
            ("type", text_or_none(it.media_type.as_deref())),
            ("length", size),
        ])
    };
    map.push(("enclosures", Value::List(entry.enclosure.iter().map(enclosure).collect())));
    map.push(("source", source_of(entry)));
    map.extend(people(&entry.authors));
    Value::Map(map)
}

/// Of an `atom:source` authors and rights are kept as the entry's, which they speak for.
fn source_of(entry: &Entry) -> Value {
    let nothing = Origin { title: String::new(), feed_url: None, home: None };
    let origin = entry.origin.as_ref().unwrap_or(&nothing);
    let mut links: Vec<(&str, String)> = Vec::new();
    links.extend(origin.home.iter().map(|it| ("alternate", it.to_string())));
    links.extend(origin.feed_url.iter().map(|it| ("self", it.to_string())));
    let feed_url = origin.feed_url.as_ref().map(Url::as_str);
    let mut map = vec![
        ("title", text(&origin.title)),
        ("title_detail", detailed(&origin.title, None)),
        ("links", Value::Links(links)),
        ("href", text_or_none(feed_url)),
        ("url", text_or_none(feed_url)),
        ("rights", text_or_none(entry.rights.as_deref())),
        ("rights_detail", detailed(entry.rights.as_deref().unwrap_or_default(), None)),
    ];
    map.extend(people(&entry.authors));
    Value::Map(map)
}

fn people(authors: &[Person]) -> Vec<(&'static str, Value)> {
    let person = |it: &Person| {
        let mut map = vec![("name", text(&it.name)), ("url", text_or_none(it.uri.as_deref()))];
        map.push(("href", text_or_none(it.uri.as_deref())));
        if it.name.contains('@') {
            map.push(("email", text(&it.name)));
        }
        Value::Map(map)
    };
    let mut map = vec![("authors", Value::List(authors.iter().map(person).collect()))];
    if let Some(first) = authors.first() {
        map.push(("author_detail", person(first)));
        map.push(("author", text(&first.name)));
    }
    map
}

impl Value {
    fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Number(it) => *it != 0.0,
            Self::Text(it) => !it.is_empty(),
            Self::List(it) => !it.is_empty(),
            _ => true,
        }
    }

    /// Whether what was read is what was expected.
    fn equals(&self, expected: &Self) -> Result<bool, Stop> {
        Ok(match (self, expected) {
            (Self::None, Self::None) => true,
            (Self::None, Self::Text(it)) => plain(it).is_empty(),
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Time(it), Self::Text(text)) => time_of(text) == Some(*it),
            (Self::Time(it), Self::List(parts)) => {
                let digits = |at: usize| match parts.get(at) {
                    Some(Self::Number(it)) => format!("{it:02}"),
                    _ => String::new(),
                };
                let at = |n| digits(n);
                it.rfc3339() == format!("{}-{}-{}T{}:{}:{}Z", at(0), at(1), at(2), at(3), at(4), at(5))
            }
            (Self::Text(read), Self::Text(text)) => {
                let without_email =
                    text.rsplit_once(" (").filter(|(_, it)| it.contains('@') && it.ends_with(')'));
                read == text
                    || *read == clean::line(text)
                    || clean::line(read) == plain(text)
                    || read.eq_ignore_ascii_case(text)
                    || without_email.is_some_and(|(name, _)| read == name)
                    || CHARSETS.contains(&(read.as_str(), text.to_lowercase().as_str()))
                    || Url::parse(text).is_ok_and(|it| it.as_str() == read)
            }
            (Self::Links(links), Self::Dict(wanted)) => {
                let wanted = |key: &str| {
                    wanted.iter().find(|(it, _)| it == key).and_then(|(_, it)| match it {
                        Self::Text(it) => Some(it.as_str()),
                        _ => None,
                    })
                };
                let rel = wanted("rel").unwrap_or("alternate");
                if !RELATIONS.contains(&rel) {
                    return Err(not_kept("other link"));
                }
                let href = wanted("href").and_then(|it| Url::parse(it).ok());
                links.iter().any(|(it, address)| *it == rel && Url::parse(address).ok() == href)
            }
            (Self::Family(all), Self::Text(it)) => all.contains(&it.to_lowercase().as_str()),
            (Self::OneOf(all), Self::Text(it)) => {
                let address = Url::parse(it).map(String::from).unwrap_or_default();
                all.contains(it) || all.contains(&address)
            }
            (Self::Map(map), Self::Dict(wanted)) => {
                for (key, value) in wanted {
                    let Some((_, held)) = map.iter().find(|(it, _)| it == key) else { continue };
                    if !held.equals(value)? {
                        return Ok(false);
                    }
                }
                true
            }
            _ => false,
        })
    }
}

/// The words of a text that may be HTML, as one line.
fn plain(text: &str) -> String {
    clean::line(&html::to_text(text))
}

fn time_of(text: &str) -> Option<Timestamp> {
    let time =
        chrono::DateTime::parse_from_rfc3339(text).or_else(|_| chrono::DateTime::parse_from_rfc2822(text));
    time.ok().map(|it| Timestamp::from_millis(it.timestamp_millis()))
}

/// Why a condition has no value.
#[derive(Debug)]
enum Stop {
    NotKept(&'static str),
    Missing(String),
}

fn not_kept(what: &str) -> Stop {
    match NOT_KEPT.iter().find(|(name, _)| *name == what) {
        Some((_, reason)) => Stop::NotKept(reason),
        None => Stop::Missing(what.to_owned()),
    }
}

/// As much of Python as the conditions are written in.
struct Python<'a> {
    rest: &'a str,
    top: &'a Value,
    /// What was compared last.
    read: String,
}

impl<'a> Python<'a> {
    fn new(rest: &'a str, top: &'a Value) -> Self {
        Self { rest, top, read: String::new() }
    }

    fn condition(&mut self) -> Result<Value, Stop> {
        let value = self.all();
        match self.rest.trim() {
            "" => value,
            rest => Err(Stop::Missing(format!("way to read `{rest}`"))),
        }
    }

    /// `a and b`: what is not kept is left aside, unless nothing else is asked.
    fn all(&mut self) -> Result<Value, Stop> {
        let mut verdict: Option<Result<Value, Stop>> = None;
        loop {
            let next = self.inverse();
            verdict = Some(match (verdict.take(), next) {
                (Some(Ok(it)), _) if !it.is_true() => Ok(it),
                (Some(Ok(it)), Err(Stop::NotKept(_))) => Ok(it),
                (Some(Err(Stop::Missing(it))), _) => Err(Stop::Missing(it)),
                (_, next) => next,
            });
            if !self.word("and") {
                return verdict.unwrap_or(Ok(Value::None));
            }
        }
    }

    fn inverse(&mut self) -> Result<Value, Stop> {
        if self.word("not") {
            let is_true = match self.inverse() {
                Ok(it) => it.is_true(),
                Err(Stop::Missing(_)) => false,
                Err(stop) => return Err(stop),
            };
            return Ok(Value::Number(f64::from(u8::from(!is_true))));
        }
        self.comparison()
    }

    /// `a == b == c`, `a is b`, or `a`.
    fn comparison(&mut self) -> Result<Value, Stop> {
        let mut read = vec![self.sum()];
        while self.sign("==") || self.word("is") || self.word("in") {
            read.push(self.sum());
        }
        let expected = if read.len() == 1 { None } else { read.pop() };
        let Some(expected) = expected else {
            return read.pop().unwrap_or(Ok(Value::None));
        };
        let expected = expected?;
        for value in read {
            if let Value::Text(it) = &expected
                && it == "us-ascii"
            {
                return Err(not_kept("us-ascii"));
            }
            let value = value?;
            self.read = format!("{value:?}").chars().take(SHOWN_MAX).collect();
            // An address is compared; a relation is when it is one of ours.
            if let (Value::OneOf(_), Value::Text(it)) = (&value, &expected)
                && (it.contains("/rel/") || !(it.contains('/') || RELATIONS.contains(&it.as_str())))
            {
                return Err(not_kept("other link"));
            }
            if !value.equals(&expected)? {
                return Ok(Value::None);
            }
        }
        Ok(Value::Number(1.0))
    }

    /// Texts that are put together with `+`.
    fn sum(&mut self) -> Result<Value, Stop> {
        let mut value = self.value();
        while self.sign("+") {
            let more = self.value();
            if let (Ok(Value::Text(text)), Ok(Value::Text(more))) = (&mut value, more) {
                text.push_str(&more);
            }
        }
        value
    }

    fn value(&mut self) -> Result<Value, Stop> {
        self.rest = self.rest.trim_start();
        let c = self.rest.chars().next().unwrap_or(' ');
        match c {
            '\'' | '"' => Ok(Value::Text(self.string())),
            '(' => self.tuple(),
            '{' => self.dict(),
            _ if c.is_ascii_digit() || c == '-' => Ok(self.number()),
            _ if c.is_alphabetic() => self.path(),
            _ => Err(Stop::Missing(format!("way to read `{}`", self.rest))),
        }
    }

    fn number(&mut self) -> Value {
        let len = self
            .rest
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-')))
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(len);
        self.rest = rest;
        Value::Number(digits.parse().unwrap_or(f64::NAN))
    }

    fn string(&mut self) -> String {
        let quote = &self.rest[..1];
        let triple = quote.repeat(3);
        let end = if self.rest.starts_with(&triple) { triple } else { quote.to_owned() };
        let mut rest = self.rest[end.len()..].chars();
        let mut out = String::new();
        while !rest.as_str().is_empty() && !rest.as_str().starts_with(&end) {
            let c = rest.next().unwrap_or_default();
            if c != '\\' {
                out.push(c);
                continue;
            }
            let escape = rest.next().unwrap_or_default();
            let digits = match escape {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            if digits == 0 {
                out.push(match escape {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    it => it,
                });
            } else {
                let hex: String = rest.by_ref().take(digits).collect();
                out.extend(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32));
            }
        }
        self.rest = rest.as_str().get(end.len()..).unwrap_or_default();
        out
    }

    /// `(a, b)`, or a condition in parentheses.
    fn tuple(&mut self) -> Result<Value, Stop> {
        self.sign("(");
        let first = self.all();
        if self.sign(")") {
            return first;
        }
        let mut all = vec![first?];
        let mut is_list = false;
        while self.sign(",") {
            is_list = true;
            if !self.rest.trim_start().starts_with(')') {
                all.push(self.all()?);
            }
        }
        self.sign(")");
        Ok(if is_list { Value::List(all) } else { all.pop().unwrap_or(Value::None) })
    }

    fn dict(&mut self) -> Result<Value, Stop> {
        self.sign("{");
        let mut all = Vec::new();
        while !self.sign("}") {
            let Value::Text(key) = self.value()? else { break };
            self.sign(":");
            all.push((key, self.value()?));
            self.sign(",");
        }
        Ok(Value::Dict(all))
    }

    fn path(&mut self) -> Result<Value, Stop> {
        let name = self.name();
        let mut at = match name {
            "None" => Ok(Value::None),
            "True" => Ok(Value::Number(1.0)),
            "False" => Ok(Value::Number(0.0)),
            "len" | "ord" => {
                self.sign("(");
                let inner = self.all();
                self.sign(")");
                inner.map(|it| match it {
                    Value::List(it) => Value::Number(it.len() as f64),
                    Value::Text(it) => {
                        Value::Number(it.chars().next().map_or(0.0, |it| f64::from(u32::from(it))))
                    }
                    _ => Value::None,
                })
            }
            _ => self.top.step(name, None),
        };
        let mut parent = name.to_owned();
        loop {
            if self.sign("[") {
                let key = self.value()?;
                self.sign("]");
                at = match (at, key) {
                    (Ok(it), Value::Number(index)) => it.nth(index as usize, &parent),
                    (Ok(it), Value::Text(key)) => {
                        let next = it.step(&key, Some(&parent));
                        parent = key;
                        next
                    }
                    (at, _) => at,
                };
            } else if self.rest.starts_with('.') {
                self.rest = &self.rest[1..];
                let name = self.name();
                if self.sign("(") {
                    let key = self.value().unwrap_or(Value::None);
                    self.sign(")");
                    let Value::Text(key) = key else { continue };
                    at = at.and_then(|it| match (name, it.step(&key, Some(&parent))) {
                        ("has_key", it) => {
                            Ok(Value::Number(f64::from(u8::from(it.is_ok_and(|it| it.is_true())))))
                        }
                        (_, Err(Stop::Missing(_))) => Ok(Value::None),
                        (_, it) => it,
                    });
                } else {
                    at = at.and_then(|it| it.step(name, Some(&parent)));
                    parent = name.to_owned();
                }
            } else {
                return at;
            }
        }
    }

    fn name(&mut self) -> &'a str {
        let len = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(len);
        self.rest = rest;
        name
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(word) {
            Some(after) if !after.starts_with(|c: char| c.is_alphanumeric() || c == '_') => {
                self.rest = after;
                true
            }
            _ => false,
        }
    }

    fn sign(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(sign);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }
}

impl Value {
    /// What `key` leads to, in what `parent` led to.
    fn step(&self, key: &str, parent: Option<&str>) -> Result<Self, Stop> {
        let special = match (parent, key) {
            (Some("links"), "title" | "type") => "title of a link",
            (Some("source"), "id") => "id of a source",
            (Some("source"), "subtitle" | "subtitle_detail" | "tags") => "subtitle of a source",
            (Some("feed"), "tags" | "category") => "tags of a feed",
            (Some(parent), "language") if parent.ends_with("_detail") => "language of a field",
            _ => key,
        };
        match self {
            Self::Map(map) => match map.iter().find(|(name, _)| *name == key) {
                Some((_, value)) if special == key || key == "language" => Ok(value.clone()),
                _ => Err(not_kept(special)),
            },
            Self::Links(links) => match key {
                "rel" => Ok(Self::OneOf(links.iter().map(|(rel, _)| (*rel).to_owned()).collect())),
                "href" => Ok(Self::OneOf(links.iter().map(|(_, href)| href.clone()).collect())),
                _ => Err(not_kept(special)),
            },
            _ => Err(Stop::Missing(key.to_owned())),
        }
    }

    fn nth(&self, index: usize, parent: &str) -> Result<Self, Stop> {
        match self {
            Self::List(list) if parent == "enclosures" && 0 < index && !list.is_empty() => {
                Err(not_kept("second enclosure"))
            }
            Self::List(list) => {
                list.get(index).cloned().ok_or_else(|| Stop::Missing(format!("{parent}[{index}]")))
            }
            Self::Links(_) => Ok(self.clone()),
            _ => Err(Stop::Missing(format!("{parent}[{index}]"))),
        }
    }
}
