//! The one vocabulary that the elements of RSS, Atom and the modules around them share.

/// Longest name that means anything here, in bytes.
pub(super) const NAME_BYTES_MAX: usize = 16;

/// Which vocabulary a name is of.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Space {
    /// RSS of any version and Atom, whose names do not collide.
    Core,
    DublinCore,
    Content,
    Media,
    Itunes,
    Syndication,
    Xhtml,
    Feedburner,
    CreativeCommons,
}

impl Space {
    /// `None` for a namespace we do not know, which leaves the word to the prefix.
    pub(super) fn of_uri(uri: &str) -> Option<Self> {
        let uri = uri.trim().to_ascii_lowercase();
        let uri = uri.split_once("://").map_or(uri.as_str(), |(_, it)| it);
        let has = |part: &str| uri.contains(part);
        match () {
            () if has("purl.org/dc/") => Some(Self::DublinCore),
            () if has("rss/1.0/modules/content") => Some(Self::Content),
            () if has("rss/1.0/modules/syndication") => Some(Self::Syndication),
            () if has("rss/1.0/modules/dc") => Some(Self::DublinCore),
            () if has("rss/1.0/modules/") => None,
            () if has("search.yahoo.com/mrss") => Some(Self::Media),
            () if has("itunes.com/dtds/podcast") => Some(Self::Itunes),
            () if has("w3.org/1999/xhtml") => Some(Self::Xhtml),
            () if has("rssnamespace.org/feedburner") => Some(Self::Feedburner),
            () if has("creativecommons") || has("web.resource.org/cc") => Some(Self::CreativeCommons),
            () if has("w3.org/2005/atom") || has("purl.org/atom/ns") || has("purl.org/rss/") => {
                Some(Self::Core)
            }
            () if has("netscape.com/rdf/simple") || has("backend.userland.com/rss") => Some(Self::Core),
            () if has("purl.org/net/rss1.1") || has("blogs.law.harvard.edu/tech/rss") => Some(Self::Core),
            () => None,
        }
    }

    /// What a prefix usually stands for.
    pub(super) fn of_prefix(prefix: &str) -> Option<Self> {
        let mut lower = [0; NAME_BYTES_MAX];
        match lowered(prefix, &mut lower)? {
            "dc" | "dcterms" | "dcq" => Some(Self::DublinCore),
            "content" => Some(Self::Content),
            "media" => Some(Self::Media),
            "itunes" => Some(Self::Itunes),
            "sy" => Some(Self::Syndication),
            "xhtml" => Some(Self::Xhtml),
            "feedburner" => Some(Self::Feedburner),
            "creativecommons" | "cc" => Some(Self::CreativeCommons),
            "atom" | "atom10" | "a10" | "rss" | "rdf" => Some(Self::Core),
            _ => None,
        }
    }
}

/// What an element says about a feed or an entry; numbers are ranks, the lowest is believed first.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum ElementMeaning {
    Root,
    Channel,
    Entry,
    Title(u8),
    Link,
    OriginalLink,
    Id,
    Summary(u8),
    Content(u8),
    Author(u8),
    Category,
    /// Several categories, with commas between.
    Keywords,
    Licence,
    Cloud,
    Published(u8),
    Updated(u8),
    Source,
    Enclosure,
    Rights,
    Language,
    Hint(Hint),
    /// Its children speak for its parent.
    Transparent,
    /// Its children would be mistaken for its parent's.
    Skipped,
}

/// What a feed says of when to poll it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Hint {
    Ttl,
    Hour,
    Day,
    Period,
    Frequency,
}

/// How much an element may hold before it counts as unclosed.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Extent {
    /// A value: any element we know ends it.
    Short,
    /// HTML, perhaps with elements: only names that HTML lacks end it.
    Rich,
}

impl ElementMeaning {
    pub(super) fn is_container(self) -> bool {
        matches!(self, Self::Root | Self::Channel | Self::Entry)
    }

    /// Whether an opening tag of this word shows that the field before was not closed.
    pub(super) fn ends(self, extent: Extent, is_outermost: bool, is_prefixed: bool) -> bool {
        match extent {
            Extent::Rich if !is_outermost || !is_prefixed => {
                self.is_container()
                    || matches!(self, Self::Published(0) | Self::Id)
                    || is_outermost
                        && matches!(
                            self,
                            Self::Updated(0) | Self::Author(_) | Self::Category | Self::Enclosure
                        )
            }
            _ => !matches!(self, Self::Transparent | Self::Skipped | Self::Content(2..)),
        }
    }
}

/// What a local name of a vocabulary says; `None` if nothing.
pub(super) fn word(space: Space, local: &str, is_in_entry: bool) -> Option<ElementMeaning> {
    let mut lower = [0; NAME_BYTES_MAX];
    let local = lowered(local, &mut lower)?;
    match space {
        Space::Core => core_word(local, is_in_entry),
        Space::DublinCore => dublin_core_word(local),
        Space::Content => (local == "encoded").then_some(ElementMeaning::Content(1)),
        Space::Xhtml => {
            (matches!(local, "body" | "div") && is_in_entry).then_some(ElementMeaning::Content(2))
        }
        Space::Media => Some(match local {
            "title" => ElementMeaning::Title(2),
            "description" => ElementMeaning::Summary(3),
            "category" => ElementMeaning::Category,
            "keywords" => ElementMeaning::Keywords,
            "group" => ElementMeaning::Transparent,
            _ => return None,
        }),
        Space::Itunes => Some(match local {
            "title" => ElementMeaning::Title(3),
            "summary" => ElementMeaning::Summary(2),
            "subtitle" => ElementMeaning::Summary(4),
            "author" => ElementMeaning::Author(2),
            "category" => ElementMeaning::Category,
            "keywords" => ElementMeaning::Keywords,
            _ => return None,
        }),
        Space::Syndication => Some(match local {
            "updateperiod" => ElementMeaning::Hint(Hint::Period),
            "updatefrequency" => ElementMeaning::Hint(Hint::Frequency),
            _ => return None,
        }),
        Space::Feedburner => (local == "origlink").then_some(ElementMeaning::OriginalLink),
        Space::CreativeCommons => (local == "license").then_some(ElementMeaning::Licence),
    }
}

/// The same for RSS and Atom.
fn core_word(local: &str, is_in_entry: bool) -> Option<ElementMeaning> {
    Some(match local {
        "rss" | "rdf" | "feed" => ElementMeaning::Root,
        "channel" => ElementMeaning::Channel,
        "item" | "entry" => ElementMeaning::Entry,
        "title" => ElementMeaning::Title(0),
        "link" => ElementMeaning::Link,
        "id" | "guid" => ElementMeaning::Id,
        "description" | "summary" | "subtitle" | "tagline" | "abstract" => ElementMeaning::Summary(0),
        "info" => ElementMeaning::Summary(5),
        "content" => ElementMeaning::Content(0),
        "fullitem" => ElementMeaning::Content(1),
        "body" if is_in_entry => ElementMeaning::Content(3),
        "author" => ElementMeaning::Author(0),
        "managingeditor" => ElementMeaning::Author(1),
        "category" => ElementMeaning::Category,
        "tags" | "keywords" => ElementMeaning::Keywords,
        "cloud" => ElementMeaning::Cloud,
        "pubdate" | "published" | "issued" => ElementMeaning::Published(0),
        "created" => ElementMeaning::Published(2),
        "updated" | "modified" | "lastbuilddate" => ElementMeaning::Updated(0),
        "source" => ElementMeaning::Source,
        "enclosure" => ElementMeaning::Enclosure,
        "rights" | "copyright" => ElementMeaning::Rights,
        "language" => ElementMeaning::Language,
        "ttl" => ElementMeaning::Hint(Hint::Ttl),
        "hour" => ElementMeaning::Hint(Hint::Hour),
        "day" => ElementMeaning::Hint(Hint::Day),
        "skiphours" | "skipdays" | "categories" => ElementMeaning::Transparent,
        "image" | "textinput" | "contributor" | "items" => ElementMeaning::Skipped,
        _ => return None,
    })
}

/// The same for Dublin Core.
fn dublin_core_word(local: &str) -> Option<ElementMeaning> {
    Some(match local {
        "title" => ElementMeaning::Title(1),
        "creator" | "author" => ElementMeaning::Author(0),
        "license" => ElementMeaning::Licence,
        "subject" => ElementMeaning::Category,
        "description" | "abstract" => ElementMeaning::Summary(1),
        "date" | "issued" => ElementMeaning::Published(1),
        "created" => ElementMeaning::Published(2),
        "modified" => ElementMeaning::Updated(1),
        "rights" => ElementMeaning::Rights,
        "language" => ElementMeaning::Language,
        _ => return None,
    })
}

/// `name` in lower case, without an allocation for each tag; `None` if it is too long to be known.
fn lowered<'b>(name: &str, lower: &'b mut [u8; NAME_BYTES_MAX]) -> Option<&'b str> {
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    str::from_utf8(lower).ok()
}

/// A name without its prefix.
pub(super) fn local_name(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Whether a name is that of an entry, whatever its prefix.
pub(super) fn is_entry_name(name: &str) -> bool {
    let local = local_name(name);
    local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry")
}
