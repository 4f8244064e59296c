//! Strings and numbers that identify something, each its own type.

use std::fmt;

use sha2::Digest;
use sha2::Sha256;

/// A string that is no identifier of the wanted kind.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{given}` is not {wanted}")]
pub struct InvalidId {
    given: String,
    wanted: &'static str,
}

macro_rules! opaque_string {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            /// The string itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! slug_string {
    ($(#[$doc:meta])* $name:ident) => {
        opaque_string!($(#[$doc])* $name);

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(given: &str) -> Result<Self, InvalidId> {
                let is_slug = !given.is_empty()
                    && given.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                if is_slug {
                    Ok(Self(given.to_owned()))
                } else {
                    Err(InvalidId {
                        given: given.to_owned(),
                        wanted: "made of lower-case letters, digits and `-` only",
                    })
                }
            }
        }
    };
}

slug_string!(
    /// The operator's stable name of a source.
    SourceId
);

slug_string!(
    /// The operator's stable name of an output.
    OutputId
);

slug_string!(
    /// A name as it stands in a path: of a topic, an audience, a publisher, a story.
    Slug
);

opaque_string!(
    /// What makes an entry the same entry within its source.
    EntryKey
);

opaque_string!(
    /// An article's address without what does not change the article: tracking
    /// parameters, fragments, AMP and mobile variants. Compared, never shown.
    CanonicalUrl
);

opaque_string!(
    /// A story's name in paths: 16 lower-case base32 characters.
    StoryKey
);

opaque_string!(
    /// A story's name in feeds: a `tag:` URI (RFC 4151), never changed once given.
    StoryId
);

/// Row of an entry in the store.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EntryId(pub i64);

/// Row of an immutable text snapshot in the store.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SnapshotId(pub i64);

impl EntryKey {
    /// Wraps what `identify` decided to be the key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

impl CanonicalUrl {
    /// Wraps what `identify` made of an address.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }
}

impl Slug {
    /// Longest slug that is written, in bytes.
    const BYTES_MAX: usize = 64;

    /// The slug of a name or title: accents dropped, everything but letters and
    /// digits becomes `-`. `None` when nothing of it can be written in ASCII.
    pub fn of(name: &str) -> Option<Self> {
        use unicode_normalization::UnicodeNormalization;
        let mut slug = String::new();
        for c in name.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)) {
            if Self::BYTES_MAX <= slug.len() {
                break;
            }
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                'A'..='Z' => slug.push(c.to_ascii_lowercase()),
                '+' => slug.push_str("-plus"),
                '#' => slug.push_str("-sharp"),
                '\'' | '\u{2019}' => {}
                _ if slug.is_empty() || slug.ends_with('-') => {}
                _ => slug.push('-'),
            }
        }
        // A name too long ends with a whole word.
        let whole = slug.rsplit_once('-').filter(|_| Self::BYTES_MAX <= slug.len()).map(|(head, _)| head);
        let slug = whole.unwrap_or(&slug).trim_matches('-');
        (!slug.is_empty()).then(|| Self(slug.to_owned()))
    }
}

impl StoryKey {
    /// The key of the story that an entry founds: base32 (RFC 4648 §6, lower
    /// case) of the first 80 bits of SHA-256(source, NUL, key[, NUL, n]). `n` counts
    /// from 1 and is given only when the key without it is taken.
    pub fn founded_by(source: &SourceId, entry: &EntryKey, n: Option<u32>) -> Self {
        let mut hash = Sha256::new();
        hash.update(source.as_str());
        hash.update([0]);
        hash.update(entry.as_str());
        if let Some(n) = n {
            hash.update([0]);
            hash.update(n.to_string());
        }
        Self(base32(&hash.finalize()[..10]))
    }
}

impl std::str::FromStr for StoryKey {
    type Err = InvalidId;

    /// Accepts the key itself or the tag that ends in it.
    fn from_str(given: &str) -> Result<Self, InvalidId> {
        let key =
            if given.starts_with("tag:") { given.rsplit(':').next().unwrap_or_default() } else { given };
        if key.len() == 16 && key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')) {
            Ok(Self(key.to_owned()))
        } else {
            Err(InvalidId {
                given: given.to_owned(),
                wanted: "a story's id (`tag:…`) or its key of 16 characters",
            })
        }
    }
}

impl StoryId {
    /// `tag:{host},{date the store first saw that host}:{key}` (RFC 4151 §2.1).
    pub fn tag(host: &str, first_seen: chrono::NaiveDate, key: &StoryKey) -> Self {
        Self(tag(host, first_seen, key.as_str()))
    }

    /// An id as it was stored.
    pub fn stored(tag: String) -> Self {
        Self(tag)
    }
}

/// A `tag:` URI of ours (RFC 4151 §2.1). What may not stand in the name of a host there is written
/// as `-`; an IPv6 address is written with its eight numbers.
pub fn tag(host: &str, first_seen: chrono::NaiveDate, specific: &str) -> String {
    let address = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let entity = match address.and_then(|it| it.parse::<std::net::Ipv6Addr>().ok()) {
        Some(address) => address.segments().map(|it| format!("{it:x}")).join("-"),
        None => {
            let plain = |label: &str| label.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
            let labels = host.split('.').map(plain).map(|it| it.trim_matches('-').to_owned());
            labels.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(".")
        }
    };
    format!("tag:{entity},{}:{specific}", first_seen.format("%Y-%m-%d"))
}

fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let (mut text, mut buffer, mut bits) = (String::new(), 0u32, 0);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while 5 <= bits {
            bits -= 5;
            text.push(char::from(ALPHABET[(buffer >> bits) as usize & 31]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_rfc_4648() {
        assert_eq!(base32(b"fooba"), "mzxw6ytb");
    }

    #[test]
    fn a_key_is_read_from_itself_and_from_its_tag() {
        let source: SourceId = "a".parse().expect("a slug");
        let key = StoryKey::founded_by(&source, &EntryKey::new("1"), None);
        let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day");
        let tag = StoryId::tag("brief.example", day, &key);
        assert_eq!(tag.as_str(), format!("tag:brief.example,2026-11-20:{key}"));
        assert_eq!(key.as_str().parse(), Ok(key.clone()));
        assert_eq!(tag.as_str().parse(), Ok(key));
        assert!("../../etc/passwd".parse::<StoryKey>().is_err());
    }

    #[test]
    fn a_tag_holds_what_a_tag_may_hold() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day");
        assert_eq!(tag("[2001:db8::1]", day, "x"), "tag:2001-db8-0-0-0-0-0-1,2026-11-20:x");
        assert_eq!(tag("127.0.0.1", day, "x"), "tag:127.0.0.1,2026-11-20:x");
        assert_eq!(tag("_my_brief.example.", day, "x"), "tag:my-brief.example,2026-11-20:x");
        assert_eq!(tag("xn--bcher-kva.example", day, "x"), "tag:xn--bcher-kva.example,2026-11-20:x");
    }

    #[track_caller]
    fn slug(name: &str, expected: Option<&str>) {
        assert_eq!(Slug::of(name).as_ref().map(Slug::as_str), expected);
    }

    #[test]
    fn slugs_keep_what_can_be_written() {
        slug("Café & crème: 2.0!", Some("cafe-creme-2-0"));
        slug("C++", Some("c-plus-plus"));
        slug("Don't panic", Some("dont-panic"));
        slug("日本", None);
    }
}
