//! Decides what makes an entry the same entry, and an address the same article.
//!
//! Stands between `parse` and `cluster`: entries of one document come in, and
//! each leaves as an entry the source has already given us or as a new one, with
//! the evidence. All of it is pure: what is known is handed in.

mod canonical;
mod fingerprint;
#[cfg(test)]
mod histories;
mod number;
mod shingles;
mod way;

pub use self::canonical::canonical;
pub use self::canonical::is_same_site;
pub use self::canonical::site;
pub use self::canonical::unwrapped;
pub use self::canonical::without_tracking;
pub use self::fingerprint::Fingerprint;
pub use self::fingerprint::fold_title;
pub use self::fingerprint::hash64;
pub use self::fingerprint::link_hashes;
pub use self::shingles::Shingles;
pub use self::way::Address;
pub use self::way::differing;
pub use self::way::has_own_text;
pub use self::way::is_same_article;
pub use self::way::place;

use std::collections::HashMap;
use std::collections::HashSet;
use std::hash::Hash;
use std::time::Duration;

use crate::domain::CanonicalUrl;
use crate::domain::Entry;
use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::Timestamp;

use self::fingerprint::Agreement::Absent;
use self::fingerprint::Agreement::Different;
use self::fingerprint::Agreement::Same;
use self::fingerprint::Likeness;

/// An entry already stored, as far as telling it from others needs.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its row.
    pub id: EntryId,
    /// Its signals when it was last seen.
    pub print: Fingerprint,
}

/// What an entry of a document turned out to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Identity {
    /// Seen before.
    Same {
        /// Its row.
        id: EntryId,
        /// Why we think so.
        evidence: Evidence,
    },
    /// Never seen in this source.
    New {
        /// The key it will be remembered under.
        key: EntryKey,
    },
    /// The same as an earlier entry of this document.
    Repeated,
}

/// The signal that told an entry is one we know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Evidence {
    /// Equal id, and nothing speaks against it.
    Id,
    /// Equal canonical link with a similar title, the same date, or enough else that is equal.
    Link,
    /// Equal title or text with enough else that is equal.
    Content,
    /// The article's number in the address, with the date or much the same text.
    Number,
}

/// Below this share of common title words, two titles are different titles.
const TITLE_SIMILARITY_MIN: f64 = 0.5;

/// From this share of a text that stands in another on, an editor has changed one into the other.
const TEXT_CONTAINMENT_MIN: f64 = 0.5;

const DAY_SECS: i64 = 86_400;

/// How far an edit may move the date of an entry that only its number still tells. The next part
/// of a weekly series repeats much of the last one's text, and may have the series' number.
const EDIT_SPAN: Duration = Duration::from_secs(3 * 86_400);

/// Identifies the entries of one document against what the source is known for.
///
/// `known` must hold the stored entries of the source that share with any entry
/// of the document an id, a link, [`Fingerprint::title_lookup`] or
/// [`Fingerprint::text_lookup`], and those that share a number with one that is new else;
/// more does no harm. The result has one identity for each print, in order.
///
/// What is unchanged is found first, so that nothing else can pass for it; then
/// comes what kept its id, its link, its content, the number in its address. A stored entry is one entry of
/// the document at most. An id or link of several things identifies nothing by
/// itself; an id of which all else changed names something new, as does a link
/// of which id, title and date all changed.
pub fn entries(prints: &[Fingerprint], known: &[Known]) -> Vec<Identity> {
    let document = Listing::of(prints);
    let index = Index::of(known);
    let mut found: Vec<Option<(EntryId, Evidence)>> = vec![None; prints.len()];
    let mut taken_rows: HashSet<EntryId> = HashSet::new();
    for pass in Pass::ALL {
        for (print, &item) in prints.iter().zip(&document.first) {
            if found[item].is_some() {
                continue;
            }
            let free = index.rows(pass, print).filter(|it| !taken_rows.contains(&it.id));
            let fitting = free.filter(|it| document.is_row_of(pass, print, it, &index));
            let likest =
                fitting.min_by_key(|it| (it.print.id != print.id, it.print.likeness(print).different()));
            if let Some(row) = likest {
                taken_rows.insert(row.id);
                found[item] = Some((row.id, pass.evidence(&row.print, print, document.trusted_id(print))));
            }
        }
    }
    let mut taken_keys: HashSet<String> = known.iter().map(|it| it.print.key.clone()).collect();
    let identities = prints.iter().enumerate().map(|(i, print)| match found[i] {
        _ if document.first[i] != i => Identity::Repeated,
        Some((id, evidence)) => Identity::Same { id, evidence },
        None => Identity::New { key: new_key(print, document.trusted_id(print), &mut taken_keys) },
    });
    identities.collect()
}

/// The ways by which stored entries are found, the surest first.
#[derive(Clone, Copy)]
enum Pass {
    Unchanged,
    Id,
    Link,
    Content,
    Number,
}

impl Pass {
    const ALL: [Self; 5] = [Self::Unchanged, Self::Id, Self::Link, Self::Content, Self::Number];

    fn evidence(self, row: &Fingerprint, print: &Fingerprint, trusted_id: Option<&str>) -> Evidence {
        match self {
            Self::Id => Evidence::Id,
            Self::Link => Evidence::Link,
            Self::Content => Evidence::Content,
            Self::Number => Evidence::Number,
            Self::Unchanged if trusted_id.is_some() && row.id.as_deref() == trusted_id => Evidence::Id,
            Self::Unchanged if print.canonical.is_some() => Evidence::Link,
            Self::Unchanged => Evidence::Content,
        }
    }
}

/// What a document says of its own entries.
struct Listing<'a> {
    /// For each print the first of the same item.
    first: Vec<usize>,
    /// Ids, links and numbers that several items carry.
    shared_ids: HashSet<&'a str>,
    shared_numbers: HashSet<i64>,
    shared_links: HashSet<&'a CanonicalUrl>,
}

impl<'a> Listing<'a> {
    fn of(prints: &'a [Fingerprint]) -> Self {
        let mut items: Vec<usize> = Vec::new();
        let mut first = Vec::with_capacity(prints.len());
        for (i, print) in prints.iter().enumerate() {
            let earlier = items.iter().find(|&&it| is_repetition(&prints[it], print)).copied();
            if earlier.is_none() {
                items.push(i);
            }
            first.push(earlier.unwrap_or(i));
        }
        let shared_ids = shared(prints.iter().map(|it| it.id.as_deref()).zip(first.iter().copied()));
        let shared_links = shared(prints.iter().map(|it| it.canonical.as_ref()).zip(first.iter().copied()));
        let shared_numbers = shared(prints.iter().map(|it| it.number_hash).zip(first.iter().copied()));
        Self { first, shared_ids, shared_links, shared_numbers }
    }

    fn trusted_id<'p>(&self, print: &'p Fingerprint) -> Option<&'p str> {
        print.id.as_deref().filter(|it| !self.shared_ids.contains(it))
    }

    /// Whether a stored entry, found by `pass`, is this entry of the document.
    fn is_row_of(&self, pass: Pass, print: &Fingerprint, row: &Known, index: &Index<'_>) -> bool {
        let row = &row.print;
        let likeness = row.likeness(print);
        match pass {
            Pass::Unchanged => is_unchanged(row, print, likeness),
            Pass::Id if self.trusted_id(print).is_some() && index.rows(pass, print).nth(1).is_none() => {
                !is_id_reused(row, print, likeness)
            }
            Pass::Link
                if !print.canonical.as_ref().is_some_and(|it| self.shared_links.contains(it))
                    && index.rows(pass, print).nth(1).is_none() =>
            {
                likeness.date == Same || is_title_similar(row, print) || is_one_item(likeness)
            }
            Pass::Id => is_one_item(likeness),
            Pass::Link => is_one_item(likeness) && !is_id_changed(row, print),
            Pass::Content => has_content_of(row, print, likeness),
            // A number of several articles is a section's, or the day's.
            Pass::Number => {
                !print.number_hash.is_some_and(|it| self.shared_numbers.contains(&it))
                    && index.rows(pass, print).nth(1).is_none()
                    && is_edited(row, print, likeness)
            }
        }
    }
}

/// The values that stand with more than one item.
fn shared<T: Copy + Eq + Hash>(carried: impl Iterator<Item = (Option<T>, usize)>) -> HashSet<T> {
    let mut carriers = HashMap::new();
    let of_several = |(value, item): (Option<T>, usize)| {
        let value = value?;
        (*carriers.entry(value).or_insert(item) != item).then_some(value)
    };
    carried.filter_map(of_several).collect()
}

/// All signals but the id.
type Signals<'a> = (i64, Option<i64>, Option<i64>, Option<&'a CanonicalUrl>);

fn signals(print: &Fingerprint) -> Signals<'_> {
    (print.title_hash, print.text_hash, print.published_secs(), print.canonical.as_ref())
}

struct Index<'a> {
    by_signals: HashMap<Signals<'a>, Vec<&'a Known>>,
    by_id: HashMap<&'a str, Vec<&'a Known>>,
    by_link: HashMap<&'a CanonicalUrl, Vec<&'a Known>>,
    by_title: HashMap<i64, Vec<&'a Known>>,
    by_text: HashMap<i64, Vec<&'a Known>>,
    by_number: HashMap<i64, Vec<&'a Known>>,
}

impl<'a> Index<'a> {
    fn of(known: &'a [Known]) -> Self {
        let mut index = Self {
            by_signals: HashMap::new(),
            by_id: HashMap::new(),
            by_link: HashMap::new(),
            by_title: HashMap::new(),
            by_text: HashMap::new(),
            by_number: HashMap::new(),
        };
        for it in known {
            index.by_signals.entry(signals(&it.print)).or_default().push(it);
            if let Some(id) = &it.print.id {
                index.by_id.entry(id).or_default().push(it);
            }
            if let Some(link) = &it.print.canonical {
                index.by_link.entry(link).or_default().push(it);
            }
            index.by_title.entry(it.print.title_hash).or_default().push(it);
            if let Some(text) = it.print.text_hash {
                index.by_text.entry(text).or_default().push(it);
            }
            if let Some(number) = it.print.number_hash {
                index.by_number.entry(number).or_default().push(it);
            }
        }
        index
    }

    /// The stored entries that `pass` looks at.
    fn rows<'s>(&'s self, pass: Pass, print: &'s Fingerprint) -> impl Iterator<Item = &'a Known> + 's {
        let (one, other) = match pass {
            Pass::Unchanged => (self.by_signals.get(&signals(print)), None),
            Pass::Id => (print.id.as_deref().and_then(|it| self.by_id.get(it)), None),
            Pass::Link => (print.canonical.as_ref().and_then(|it| self.by_link.get(it)), None),
            Pass::Content => (
                print.title_lookup().and_then(|it| self.by_title.get(&it)),
                print.text_lookup().and_then(|it| self.by_text.get(&it)),
            ),
            Pass::Number => (print.number_hash.and_then(|it| self.by_number.get(&it)), None),
        };
        one.into_iter().chain(other).flatten().copied()
    }
}

/// Whether an entry of the document is the same item as an earlier one.
fn is_repetition(earlier: &Fingerprint, print: &Fingerprint) -> bool {
    let likeness = earlier.likeness(print);
    match (&earlier.id, &print.id) {
        (Some(a), Some(b)) if a == b => is_one_item(likeness),
        (None, None) if likeness.link == Same && likeness.title == Same => likeness.different() <= 1,
        // Two ids in one document are two entries, unless all else is equal.
        _ => is_unchanged(earlier, print, likeness),
    }
}

/// Whether nothing but perhaps the id differs, and enough is there to tell.
fn is_unchanged(a: &Fingerprint, b: &Fingerprint, likeness: Likeness) -> bool {
    likeness.different() == 0 && (a.id == b.id || 2 <= likeness.same())
}

/// Whether entries of an id or link that several carry are one, at most one signal of it edited.
fn is_one_item(likeness: Likeness) -> bool {
    let is_content_same = likeness.title == Same || likeness.text == Same;
    match likeness.different() {
        0 => true,
        1 => is_content_same && 2 <= likeness.same(),
        _ => false,
    }
}

/// Whether two entries are one by what they say, whatever became of id and link.
fn has_content_of(row: &Fingerprint, print: &Fingerprint, likeness: Likeness) -> bool {
    let Likeness { title, date, text, .. } = likeness;
    if title == Same && print.is_title_telling {
        return date == Same || text == Same || date == Absent && text == Absent;
    }
    let is_edited_once =
        !is_id_changed(row, print) && likeness.different() <= 1 && (text == Same || is_one_item(likeness));
    let is_told_by_text = title != Different && text == Same && date != Different && 2 <= likeness.same();
    is_edited_once || is_told_by_text
}

/// Whether an entry whose number in the address stayed is one whose headline, and with it link and
/// id, an editor has changed: its text is much the same, or, where that cannot be told or was
/// written anew, its date is, to the second. A date without a time of day is shared by too many.
fn is_edited(row: &Fingerprint, print: &Fingerprint, likeness: Likeness) -> bool {
    let is_near = match (row.published, print.published) {
        (Some(a), Some(b)) => a.since(b).max(b.since(a)) <= EDIT_SPAN,
        _ => true,
    };
    let is_text_kept = row.shingles.containment(&print.shingles).is_some_and(|it| TEXT_CONTAINMENT_MIN <= it);
    let has_time_of_day = print.published_secs().is_some_and(|it| it % DAY_SECS != 0);
    is_near && (is_text_kept || likeness.date == Same && has_time_of_day)
}

fn is_id_changed(row: &Fingerprint, print: &Fingerprint) -> bool {
    row.id.is_some() && print.id.is_some() && row.id != print.id
}

/// Whether the id now names something else: the title changed beyond likeness,
/// another signal too, and none stayed.
fn is_id_reused(row: &Fingerprint, print: &Fingerprint, likeness: Likeness) -> bool {
    likeness.title == Different
        && 2 <= likeness.different()
        && likeness.same() == 0
        && !is_title_similar(row, print)
}

fn is_title_similar(a: &Fingerprint, b: &Fingerprint) -> bool {
    if a.title_hash == b.title_hash {
        return true;
    }
    let (a, b): (HashSet<&str>, HashSet<&str>) =
        (a.folded_title.split(' ').collect(), b.folded_title.split(' ').collect());
    let shared = a.intersection(&b).count() as f64;
    let all = a.union(&b).count() as f64;
    TITLE_SIMILARITY_MIN <= shared / all.max(1.0)
}

/// The id where it can be trusted, else the canonical link, else a digest of
/// the content; made unique where an earlier entry has it already.
fn new_key(print: &Fingerprint, trusted_id: Option<&str>, taken: &mut HashSet<String>) -> EntryKey {
    let link = print.canonical.as_ref().map(CanonicalUrl::as_str);
    let content = format!("sha256:{}", print.content_digest);
    let mut candidates = [trusted_id, link, Some(content.as_str())].into_iter().flatten();
    let key = candidates.find(|it| !taken.contains(*it)).map_or_else(
        || (2u32..).map(|n| format!("{content}#{n}")).find(|it| !taken.contains(it)).unwrap_or_default(),
        str::to_owned,
    );
    taken.insert(key.clone());
    EntryKey::new(key)
}

/// The date an entry is remembered under: as given, unless it has none or names
/// a time that has not come; then when we first saw it.
pub fn published(entry: &Entry, first_seen: Timestamp) -> Timestamp {
    entry.published.or(entry.updated).filter(|it| *it <= first_seen).unwrap_or(first_seen)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn print(id: &str, link: &str, title: &str, day: i64) -> Fingerprint {
        Fingerprint::of(&Entry {
            id: (!id.is_empty()).then(|| id.to_owned()),
            link: Url::parse(link).ok(),
            title: title.to_owned(),
            content: Some(format!("About {title}.")),
            published: Some(Timestamp::from_secs(day * 86_400)),
            ..Entry::default()
        })
    }

    fn known(prints: Vec<Fingerprint>) -> Vec<Known> {
        let row = |(i, mut print): (usize, Fingerprint)| {
            print.key = print.id.clone().unwrap_or_default();
            Known { id: EntryId(i as i64), print }
        };
        prints.into_iter().enumerate().map(row).collect()
    }

    #[track_caller]
    fn same(before: Fingerprint, now: Fingerprint, evidence: Evidence) {
        assert_eq!(entries(&[now], &known(vec![before])), [Identity::Same { id: EntryId(0), evidence }]);
    }

    #[track_caller]
    fn new(before: Fingerprint, now: Fingerprint, key: &str) {
        assert_eq!(entries(&[now], &known(vec![before])), [Identity::New { key: EntryKey::new(key) }]);
    }

    const A: &str = "https://a.example/kernel-release";
    const B: &str = "https://a.example/browser-engine";

    #[test]
    fn an_entry_is_recognised_whatever_one_signal_does() {
        let before = || print("1", A, "Kernel release brings faster suspend", 3);
        same(before(), print("1", A, "Kernel release brings faster suspend", 3), Evidence::Id);
        same(before(), print("1", A, "Correction: something else entirely", 3), Evidence::Id);
        same(before(), print("1", B, "Kernel release brings faster suspend", 3), Evidence::Id);
        same(before(), print("1", A, "Kernel release brings faster suspend", 9), Evidence::Id);
        same(before(), print("2", A, "Kernel release brings faster suspend", 3), Evidence::Link);
        same(before(), print("2", A, "Kernel release brings a faster suspend", 9), Evidence::Link);
        same(before(), print("2", B, "Kernel release brings faster suspend", 9), Evidence::Content);
        same(before(), print("", A, "Kernel release brings faster suspend", 3), Evidence::Link);
    }

    #[test]
    fn a_reused_id_or_link_names_something_new() {
        let before = || print("1", A, "Kernel release brings faster suspend", 3);
        new(before(), print("1", B, "Browser engine drops plugin support", 9), "a.example/browser-engine");
        new(before(), print("2", A, "Browser engine drops plugin support", 9), "2");
        new(before(), print("2", B, "Browser engine drops plugin support", 3), "2");
    }

    #[test]
    fn one_id_for_many_items_keeps_none_of_them_from_being_known() {
        let prints = [print("x", A, "Kernel release", 1), print("x", B, "Browser engine", 2)];
        let again = entries(&prints, &known(prints.to_vec()));
        let same = |n| Identity::Same { id: EntryId(n), evidence: Evidence::Link };
        assert_eq!(again, [same(0), same(1)]);
    }

    #[test]
    fn one_id_for_many_items_is_no_id() {
        let prints = [print("x", A, "Kernel release", 1), print("x", B, "Browser engine", 2)];
        let keys = ["a.example/kernel-release", "a.example/browser-engine"];
        assert_eq!(entries(&prints, &[]), keys.map(|key| Identity::New { key: EntryKey::new(key) }));
    }

    #[test]
    fn items_that_share_a_link_stay_apart() {
        let prints = [print("1", A, "Kernel release", 1), print("2", A, "Kernel release notes", 1)];
        assert_eq!(entries(&prints, &[]), ["1", "2"].map(|key| Identity::New { key: EntryKey::new(key) }));
        let again = entries(&prints, &known(prints.to_vec()));
        let ids = [0, 1].map(|row| Identity::Same { id: EntryId(row), evidence: Evidence::Id });
        assert_eq!(again, ids);
    }

    /// A feed that gives all its items one id and one link.
    fn changelog(days: std::ops::Range<i64>) -> Vec<Fingerprint> {
        days.map(|day| print("x", A, &format!("Version 1.{day} released"), day)).collect()
    }

    fn known_as(prints: &[Fingerprint], identities: Vec<Identity>) -> Vec<Known> {
        let new =
            prints.iter().zip(identities).enumerate().filter_map(|(i, (print, identity))| match identity {
                Identity::New { key } => {
                    let print = Fingerprint { key: key.as_str().to_owned(), ..print.clone() };
                    Some(Known { id: EntryId(i as i64), print })
                }
                _ => None,
            });
        new.collect()
    }

    #[test]
    fn items_that_share_id_and_link_are_each_known_again() {
        let before = changelog(1..6);
        let known = known_as(&before, entries(&before, &[]));
        assert_eq!(known.len(), 5);
        let mut now = changelog(1..7);
        now.reverse();
        let again = entries(&now, &known);
        assert!(matches!(again[0], Identity::New { .. }));
        for (at, identity) in again[1..].iter().enumerate() {
            assert_eq!(*identity, Identity::Same { id: EntryId(4 - at as i64), evidence: Evidence::Link });
        }
    }

    #[test]
    fn a_title_that_recurs_is_known_again_by_its_text_and_date() {
        let deals = |day| {
            let mut it = print("", "https://a.example/", "Deals", day);
            it.text_hash = Some(day);
            it
        };
        let before = [deals(1), deals(2)];
        let known = known_as(&before, entries(&before, &[]));
        assert_eq!(known.len(), 2);
        let again = entries(&[deals(3), deals(2), deals(1)], &known);
        assert!(matches!(again[0], Identity::New { .. }));
        let same = |id| Identity::Same { id: EntryId(id), evidence: Evidence::Content };
        assert_eq!(again[1..], [same(1), same(0)]);
    }

    #[test]
    fn the_same_item_twice_in_a_document_is_one_entry() {
        let prints = [print("1", A, "Kernel release", 1), print("1", A, "Kernel release", 1)];
        assert_eq!(entries(&prints, &[])[1], Identity::Repeated);
        let prints = [print("", "", "Kernel release", 1), print("", "", "Kernel release", 1)];
        assert_eq!(entries(&prints, &[])[1], Identity::Repeated);
    }

    /// An article whose number stands in its address, `hours` into a day.
    fn numbered(link: &str, title: &str, text: &str, hours: i64) -> Fingerprint {
        Fingerprint::of(&Entry {
            id: Some(link.to_owned()),
            link: Url::parse(link).ok(),
            title: title.to_owned(),
            content: (!text.is_empty()).then(|| text.to_owned()),
            published: Some(Timestamp::from_secs(86_400 + hours * 3_600)),
            ..Entry::default()
        })
    }

    const LEAD: &str = "The Corden ferry lost its radar on Sunday night. Two tugs guided it to pier 9.";

    #[test]
    fn an_edited_headline_that_changes_id_and_link_is_known_by_the_number() {
        let check = |before: &str, now: &str| {
            let before = || numbered(before, "Corden ferry loses radar", LEAD, 7);
            let edited = |text: &str, hours| numbered(now, "Tugs bring passengers ashore", text, hours);
            same(before(), edited(LEAD, 7), Evidence::Number);
            same(before(), edited(&format!("{LEAD} Nobody was hurt."), 10), Evidence::Number);
            same(before(), edited("All passengers are safe.", 7), Evidence::Number);
            same(before(), edited("", 7), Evidence::Number);
        };
        let site = "https://a.example";
        let with = |a: &str, b: &str| check(&format!("{site}{a}"), &format!("{site}{b}"));
        with("/2026/11/30/884213/ferry-loses-radar", "/2026/11/30/884213/tugs-bring-240-ashore");
        with("/ferry-loses-radar-884213.html", "/tugs-bring-240-ashore-884213.html");
        with("/884213-ferry-loses-radar", "/884213-tugs-bring-ashore");
        with("/en/ferry-loses-radar/a-884213", "/en/tugs-bring-ashore/a-884213");
        with("/ferry-loses-radar?id=884213", "/tugs-bring-ashore?id=884213");
        with("/read?id=884&slug=ferry", "/read?id=884&slug=tugs");
    }

    #[test]
    fn a_number_that_is_no_articles_own_joins_nothing() {
        let (a, b) = ("https://a.example/884213/ferry", "https://a.example/884213/glacier");
        let before = || numbered(a, "Corden ferry loses radar", LEAD, 7);
        let other = "Nine drones survey the Holm glacier this week. The last survey was by plane.";
        new(before(), numbered(b, "Glacier survey begins", other, 9), b);
        new(before(), numbered(b, "Glacier survey begins", "", 9), b);
        new(before(), numbered(b, "Glacier survey begins", LEAD, 9 + 24 * 7), b);
        let listed = |link, title, hours| numbered(link, title, "Comments", hours);
        new(listed(a, "A ferry", 7), listed(b, "Nine drones", 9), b);
        new(
            before(),
            numbered("https://b.example/884213/x", "Glacier survey begins", LEAD, 8),
            "https://b.example/884213/x",
        );
        // A day without a time is the date of all that appears on it.
        let midnight = || numbered(a, "Corden ferry loses radar", LEAD, 0);
        new(midnight(), numbered(b, "Glacier survey begins", other, 0), b);
        // One document shows that the number is a section's.
        let prints = [numbered(b, "Glacier survey begins", LEAD, 7), before()];
        let identities = entries(&prints, &known(vec![before()]));
        assert_eq!(identities[0], Identity::New { key: EntryKey::new(b) });
        // As does the store.
        let held = known(vec![before(), numbered("https://a.example/884213/mill", "Mill", other, 2)]);
        let now = numbered(b, "Glacier survey begins", LEAD, 7);
        assert_eq!(entries(&[now], &held), [Identity::New { key: EntryKey::new(b) }]);
    }

    #[test]
    fn a_date_that_has_not_come_counts_as_first_seen() {
        let at = |day: i64| Timestamp::from_secs(day * 86_400);
        let dated = |published| Entry { published, ..Entry::default() };
        assert_eq!(published(&dated(Some(at(9))), at(5)), at(5));
        assert_eq!(published(&dated(Some(at(2))), at(5)), at(2));
        assert_eq!(published(&dated(None), at(5)), at(5));
    }
}
