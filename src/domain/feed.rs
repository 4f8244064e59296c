//! One parsed document and the things in it.

use std::time::Duration;

use url::Url;

use super::time::Timestamp;

/// A feed as parsed (RFC 4287 §4.1.1; RSS 2.0 *channel*; JSON Feed top level).
///
/// All text is plain text: markup gone, entities decoded once, control
/// characters removed.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    /// What kind of document it was.
    pub format: FeedFormat,
    /// `atom:id`, or the feed's own address where the format has no id.
    pub id: Option<String>,
    /// The feed's title; empty when it has none.
    pub title: String,
    /// What the feed says it is about: `atom:subtitle`, RSS `description`.
    pub subtitle: Option<String>,
    /// The publisher's home page.
    pub home: Option<Url>,
    /// `rel="self"`.
    pub self_link: Option<Url>,
    /// WebSub hubs named in the document.
    pub hubs: Vec<Url>,
    /// RSS 2.0 `cloud`.
    pub cloud: Option<Cloud>,
    /// Where older entries are: `rel="prev-archive"` or `rel="next"` (RFC 5005 §3, §4).
    pub older: Option<Url>,
    /// BCP 47 tag, lower-case.
    pub language: Option<String>,
    /// Copyright or licence, as written.
    pub rights: Option<String>,
    /// The licence's address: `rel="license"` (RFC 4946), `creativeCommons:license`, `cc:license`.
    pub licence: Option<Url>,
    /// `atom:updated`, `lastBuildDate`.
    pub updated: Option<Timestamp>,
    /// Authors of the whole feed.
    pub authors: Vec<Person>,
    /// The publisher's wishes about polling.
    pub poll_hints: PollHints,
    /// In document order.
    pub entries: Vec<Entry>,
}

/// The family of formats a document belongs to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FeedFormat {
    /// RSS 0.91 to 2.0.
    #[default]
    Rss,
    /// RSS 0.90 and 1.0.
    Rdf,
    /// Atom 0.3 and 1.0.
    Atom,
    /// JSON Feed 1.0 and 1.1, RSS-in-JSON.
    Json,
}

/// What a feed document says about when to come again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PollHints {
    /// RSS 2.0 `ttl`, converted from minutes.
    pub ttl: Option<Duration>,
    /// RSS `skipHours`, 0 to 23 in UTC.
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`, in UTC.
    pub skip_days: Vec<chrono::Weekday>,
    /// `sy:updatePeriod` divided by `sy:updateFrequency` (RSS 1.0 Syndication module).
    pub update_period: Option<Duration>,
    /// Freshness that its headers gave it; it holds for a 304 that says nothing of it (RFC 9111 §4.3.4).
    pub fresh_for: Option<Duration>,
}

/// Where an RSS 2.0 publisher takes requests for notification (`cloud`), as written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Cloud {
    /// Host name.
    pub domain: String,
    /// TCP port.
    pub port: Option<u16>,
    /// Path on the host.
    pub path: String,
    /// Procedure to call; empty for `http-post`.
    pub procedure: String,
    /// `xml-rpc`, `soap` or `http-post`.
    pub protocol: String,
}

/// One thing in a feed (RFC 4287 §4.1.2; RSS *item*; JSON Feed *item*).
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// `atom:id`, `guid`, JSON Feed `id`, as given; never one made up by a parser.
    pub id: Option<String>,
    /// The article: `rel="alternate"`, RSS `link`, a permalink `guid`, JSON Feed `external_url` or else `url`.
    pub link: Option<Url>,
    /// Where the author found it: `rel="via"` (RFC 4287 §4.2.7.2).
    pub via: Option<Url>,
    /// Plain text; empty when it has none.
    pub title: String,
    /// The publisher's own summary, plain text, paragraphs separated by an empty line.
    pub summary: Option<String>,
    /// The text the feed carries, plain text, paragraphs separated by an empty line.
    pub content: Option<String>,
    /// Who wrote it: its own authors, else those of its `atom:source`.
    pub authors: Vec<Person>,
    /// `category` terms or labels, `dc:subject`, JSON Feed `tags`, as written.
    pub categories: Vec<String>,
    /// As given; neither clamped nor made up.
    pub published: Option<Timestamp>,
    /// As given.
    pub updated: Option<Timestamp>,
    /// BCP 47 tag, lower-case, where the entry, or else its text, differs from its feed.
    pub language: Option<String>,
    /// Rights or licence of this entry, else of its `atom:source`, as written.
    pub rights: Option<String>,
    /// The licence's address, as [`Feed::licence`].
    pub licence: Option<Url>,
    /// `atom:source` or RSS `source`: where the entry came from originally.
    pub origin: Option<Origin>,
    /// The first enclosure that is no image, else the first.
    pub enclosure: Option<Enclosure>,
    /// Where its text links to, each address once, the first ones.
    pub links: Vec<Url>,
}

/// Where a republished entry came from (RFC 4287 §4.2.11; RSS 2.0 `source`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    /// The publisher's name.
    pub title: String,
    /// The publisher's feed.
    pub feed_url: Option<Url>,
    /// The publisher's home page.
    pub home: Option<Url>,
}

/// A person (RFC 4287 §3.2).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Person {
    /// A name; an e-mail address only where nothing else is given.
    pub name: String,
    /// A page about the person.
    pub uri: Option<String>,
}

/// A media file (RSS 2.0 `enclosure`; RFC 4287 `rel="enclosure"`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Enclosure {
    /// Where it is.
    pub url: Url,
    /// Media type.
    pub media_type: Option<String>,
    /// Size in bytes.
    pub length_bytes: Option<u64>,
}
