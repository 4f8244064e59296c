//! The signals by which an entry is told from the others of its source.

use sha2::Digest;
use sha2::Sha256;
use url::Url;

use crate::domain::CanonicalUrl;
use crate::domain::Entry;
use crate::domain::Timestamp;

use super::canonical::canonical;
use super::number::number_hash;
use super::shingles::Shingles;
use super::way::place;

/// An entry's signals, small enough to be kept after its text is gone.
#[derive(Clone, Debug)]
pub struct Fingerprint {
    /// The key the entry is stored under; empty before it is stored.
    pub key: String,
    /// The publisher's id, trimmed; `None` when blank.
    pub id: Option<String>,
    /// The canonical form of the link; `None` for a home page, which names no article.
    pub canonical: Option<CanonicalUrl>,
    /// Digest of the site and the number that the link gives the article.
    pub number_hash: Option<i64>,
    /// How the text begins; empty where it is not at hand.
    pub shingles: Shingles,
    /// The title without case and punctuation, words separated by one space.
    pub folded_title: String,
    /// Digest of the folded title.
    pub title_hash: i64,
    /// Whether the title is long enough to tell one entry from another.
    pub is_title_telling: bool,
    /// Digest of the text; `None` without text.
    pub text_hash: Option<i64>,
    /// Digest of everything a change of which is an update.
    pub content_hash: i64,
    /// The publication date as given.
    pub published: Option<Timestamp>,
    /// SHA-256 of all that could tell the entry where it has neither id nor link, hex.
    pub content_digest: String,
}

/// How one signal of two entries compares.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Agreement {
    /// Both carry the same.
    Same,
    /// They carry different ones, or only one carries any.
    Different,
    /// Neither carries any, which says nothing.
    Absent,
}

impl Agreement {
    fn of<T: PartialEq>(a: Option<T>, b: Option<T>) -> Self {
        match (a, b) {
            (None, None) => Self::Absent,
            (a, b) if a == b => Self::Same,
            _ => Self::Different,
        }
    }
}

/// How the signals of two entries compare.
#[derive(Clone, Copy, Debug)]
pub struct Likeness {
    /// The folded title.
    pub title: Agreement,
    /// The canonical link.
    pub link: Agreement,
    /// The publication date, to the second.
    pub date: Agreement,
    /// The text.
    pub text: Agreement,
}

impl Likeness {
    /// How many signals both carry alike.
    pub fn same(&self) -> usize {
        self.count(Agreement::Same)
    }

    /// How many signals differ.
    pub fn different(&self) -> usize {
        self.count(Agreement::Different)
    }

    fn count(&self, agreement: Agreement) -> usize {
        [self.title, self.link, self.date, self.text].into_iter().filter(|it| *it == agreement).count()
    }
}

/// Titles of fewer words recur ("Daily deals").
const TELLING_WORDS_MIN: usize = 3;

impl Fingerprint {
    /// The signals of an entry as parsed.
    pub fn of(entry: &Entry) -> Self {
        let folded_title = fold_title(&entry.title);
        let text = entry.content.as_deref().or(entry.summary.as_deref()).unwrap_or_default();
        let mut content = Sha256::new();
        for part in [entry.link.as_ref().map_or("", |it| it.as_str()), &entry.title, text] {
            content.update(part);
            content.update([0]);
        }
        // A date that is stamped anew at each poll is no update.
        let content_hash = first64(&content.clone().finalize());
        if let Some(at) = entry.published {
            content.update(at.millis().to_be_bytes());
        }
        let content_digest = format!("{:x}", content.finalize());
        let canonical = entry.link.as_ref().and_then(canonical);
        let number_hash = canonical.as_ref().and_then(number_hash);
        Self {
            key: String::new(),
            id: entry.id.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned),
            canonical,
            number_hash,
            // Texts are compared only where a number leads from one to the other.
            shingles: number_hash.map_or_else(Shingles::default, |_| Shingles::of(&entry.title, text)),
            title_hash: hash64(&folded_title),
            is_title_telling: Self::is_telling(&folded_title),
            folded_title,
            text_hash: (!text.is_empty()).then(|| hash64(text)),
            content_hash,
            published: entry.published,
            content_digest,
        }
    }

    /// How the signals of two entries compare, ids left aside.
    pub fn likeness(&self, other: &Self) -> Likeness {
        let title = |it: &Self| (!it.folded_title.is_empty()).then_some(it.title_hash);
        Likeness {
            title: Agreement::of(title(self), title(other)),
            link: Agreement::of(self.canonical.as_ref(), other.canonical.as_ref()),
            date: Agreement::of(self.published_secs(), other.published_secs()),
            text: Agreement::of(self.text_hash, other.text_hash),
        }
    }

    /// The publication date to the second, as feeds give it.
    pub fn published_secs(&self) -> Option<i64> {
        self.published.map(|at| at.millis().div_euclid(1000))
    }

    /// Digest of site and path of the link; `None` where it has no path.
    pub fn place_hash(&self) -> Option<i64> {
        place(self.canonical.as_ref()?.as_str()).map(hash64)
    }

    /// Digest of the title, where stored entries of the same title are few or nothing better tells them.
    pub fn title_lookup(&self) -> Option<i64> {
        (self.is_title_telling || self.text_hash.is_none()).then_some(self.title_hash)
    }

    /// Digest of the text, where neither title nor link leads to the stored entry.
    pub fn text_lookup(&self) -> Option<i64> {
        self.text_hash.filter(|_| !self.is_title_telling || self.canonical.is_none())
    }

    /// Whether a folded title is long enough to tell one entry from another.
    pub fn is_telling(folded_title: &str) -> bool {
        TELLING_WORDS_MIN <= folded_title.split(' ').count()
    }
}

/// A title without case and punctuation, words separated by one space.
pub fn fold_title(title: &str) -> String {
    let mut folded = String::with_capacity(title.len());
    for word in title.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

/// Digests of the articles that a text links to, by their canonical addresses: not of home pages, and
/// not of the text's own address.
pub fn link_hashes<'a>(links: impl IntoIterator<Item = &'a Url>, own: Option<&CanonicalUrl>) -> Vec<i64> {
    let mut found = Vec::new();
    for link in links {
        let Some(canonical) = canonical(link).filter(|it| Some(it) != own) else { continue };
        let hash = hash64(canonical.as_str());
        if !found.contains(&hash) {
            found.push(hash);
        }
    }
    found
}

/// The first 64 bits of SHA-256, so that a hostile feed cannot make two texts collide at will.
pub fn hash64(bytes: impl AsRef<[u8]>) -> i64 {
    first64(&Sha256::digest(bytes))
}

fn first64(digest: &[u8]) -> i64 {
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}
