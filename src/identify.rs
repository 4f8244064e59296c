//! Decides what makes an entry the same entry, and an address the same article.
//!
//! Stands between `parse` and `cluster`: entries of one document come in, and
//! each leaves as an entry the source has already given us or as a new one, with
//! the evidence. All of it is pure: what is known is handed in.

mod canonical;
mod fingerprint;

pub use self::canonical::canonical;
pub use self::canonical::is_same_site;
pub use self::canonical::site;
pub use self::fingerprint::Fingerprint;
pub use self::fingerprint::fold_title;
pub use self::fingerprint::hash64;

use std::collections::HashMap;
use std::collections::HashSet;

use crate::domain::CanonicalUrl;
use crate::domain::Entry;
use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::Timestamp;

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
    /// Equal canonical link with a similar title or the same date.
    Link,
    /// Equal title with the same text or the same date.
    Content,
}

/// Below this share of common title words, two titles are different titles.
const TITLE_SIMILARITY_MIN: f64 = 0.5;

/// Identifies the entries of one document against what the source is known for.
///
/// `known` must hold every stored entry of the source that shares an id, a link,
/// a telling title, or else the text with any entry of the document; more does no
/// harm. The result has one identity for each print, in order.
///
/// An id that names several different things in one document is no id; an id of
/// which link, title, date and text all changed names something new, as does a
/// link of which id, title and date all changed.
pub fn entries(prints: &[Fingerprint], known: &[Known]) -> Vec<Identity> {
    let index = Index::of(known);
    let shared_ids = ids_of_several_things(prints);
    let ids_present: HashSet<&str> =
        prints.iter().filter_map(|it| it.id.as_deref()).filter(|it| !shared_ids.contains(it)).collect();
    let links_of_several = links_of_several_things(prints);
    let mut taken_rows: HashSet<EntryId> = HashSet::new();
    let mut taken_keys: HashSet<String> = known.iter().map(|it| it.print.key.clone()).collect();
    let mut seen: Vec<usize> = Vec::new();
    let mut identities = Vec::with_capacity(prints.len());

    for (i, print) in prints.iter().enumerate() {
        let id = print.id.as_deref().filter(|id| !shared_ids.contains(id));
        if seen.iter().any(|&j| is_repetition(&prints[j], print, id)) {
            identities.push(Identity::Repeated);
            continue;
        }
        seen.push(i);
        let is_free = |it: &Known| {
            // An id that still stands in the document belongs to that other entry.
            let known = it.print.id.as_deref();
            let is_elsewhere = known.is_some_and(|known| id != Some(known) && ids_present.contains(known));
            !is_elsewhere && !taken_rows.contains(&it.id)
        };
        let likest = |rows: Option<&Vec<&Known>>, is_it: &dyn Fn(&Known) -> bool| {
            let rows = rows.into_iter().flatten().filter(|it| is_free(it) && is_it(it));
            rows.min_by_key(|it| std::cmp::Reverse(likeness(&it.print, print))).map(|it| it.id)
        };
        let by_id = || {
            let rows = id.and_then(|id| index.by_id.get(id));
            likest(rows, &|it| !is_id_reused(it, print)).map(|row| (row, Evidence::Id))
        };
        let by_link = || {
            let link = print.canonical.as_ref()?;
            let rows = index.by_link.get(link);
            let is_shared = rows.is_some_and(|it| 1 < it.len()) || links_of_several.contains(link);
            let is_it = |it: &Known| match is_shared {
                true => is_alike(&it.print, print),
                false => it.print.is_dated_like(print) || is_title_similar(&it.print, print),
            };
            likest(rows, &is_it).map(|row| (row, Evidence::Link))
        };
        let by_content = || {
            let rows = index.by_title.get(&print.title_hash);
            let is_it = |it: &Known| match print.is_title_telling {
                true => it.print.is_dated_like(print) || it.print.has_same_text(print),
                false => is_alike(&it.print, print) && it.print.has_same_text(print),
            };
            likest(rows, &is_it).map(|row| (row, Evidence::Content))
        };
        let found = by_id().or_else(by_link).or_else(by_content);
        identities.push(match found {
            Some((row, evidence)) => {
                taken_rows.insert(row);
                Identity::Same { id: row, evidence }
            }
            None => Identity::New { key: new_key(print, id, &mut taken_keys) },
        });
    }
    identities
}

struct Index<'a> {
    by_id: HashMap<&'a str, Vec<&'a Known>>,
    by_link: HashMap<&'a CanonicalUrl, Vec<&'a Known>>,
    by_title: HashMap<i64, Vec<&'a Known>>,
}

impl<'a> Index<'a> {
    fn of(known: &'a [Known]) -> Self {
        let mut index = Self { by_id: HashMap::new(), by_link: HashMap::new(), by_title: HashMap::new() };
        for it in known {
            if let Some(id) = &it.print.id {
                index.by_id.entry(id).or_default().push(it);
            }
            if let Some(link) = &it.print.canonical {
                index.by_link.entry(link).or_default().push(it);
            }
            index.by_title.entry(it.print.title_hash).or_default().push(it);
        }
        index
    }
}

/// Ids that this document gives to several things: what differs in link and title,
/// or in text and date and one of the two, is not one thing edited.
fn ids_of_several_things(prints: &[Fingerprint]) -> HashSet<&str> {
    let mut first: HashMap<&str, &Fingerprint> = HashMap::new();
    let mut shared = HashSet::new();
    for print in prints {
        let Some(id) = print.id.as_deref() else { continue };
        let Some(other) = first.get(id) else {
            first.insert(id, print);
            continue;
        };
        let is_titled_otherwise = other.title_hash != print.title_hash;
        let is_linked_otherwise = other.canonical.is_none() || other.canonical != print.canonical;
        let is_written_otherwise = !other.has_same_text(print) && !other.is_dated_like(print);
        if is_titled_otherwise && is_linked_otherwise
            || is_written_otherwise && (is_titled_otherwise || other.canonical != print.canonical)
        {
            shared.insert(id);
        }
    }
    shared
}

/// Links that several entries of this document carry.
fn links_of_several_things(prints: &[Fingerprint]) -> HashSet<&CanonicalUrl> {
    let mut seen = HashSet::new();
    prints.iter().filter_map(|it| it.canonical.as_ref()).filter(|it| !seen.insert(*it)).collect()
}

/// How many of title, date and text two entries share.
fn likeness(a: &Fingerprint, b: &Fingerprint) -> usize {
    [a.title_hash == b.title_hash, a.is_dated_like(b), a.has_same_text(b)]
        .into_iter()
        .filter(|it| *it)
        .count()
}

/// Whether two entries share enough to be one where neither id nor link says so.
fn is_alike(a: &Fingerprint, b: &Fingerprint) -> bool {
    let is_undated = a.published.is_none() && b.published.is_none();
    2 <= likeness(a, b) || is_undated && a.title_hash == b.title_hash && a.has_same_text(b)
}

fn is_repetition(earlier: &Fingerprint, print: &Fingerprint, trusted_id: Option<&str>) -> bool {
    match (trusted_id, earlier.id.as_deref()) {
        (Some(id), Some(other)) if id == other => true,
        // Two ids in one document are two entries, unless all else is equal.
        _ => {
            earlier.canonical == print.canonical
                && earlier.title_hash == print.title_hash
                && earlier.has_same_text(print)
                && earlier.is_dated_like(print)
        }
    }
}

/// Whether the id now names something else: title, date and text all changed, and
/// no link says that it is the same article.
fn is_id_reused(known: &Known, print: &Fingerprint) -> bool {
    let is_link_same = known.print.canonical.is_some() && known.print.canonical == print.canonical;
    !is_link_same
        && !is_title_similar(&known.print, print)
        && !known.print.is_dated_like(print)
        && !known.print.has_same_text(print)
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

    #[test]
    fn a_date_that_has_not_come_counts_as_first_seen() {
        let at = |day: i64| Timestamp::from_secs(day * 86_400);
        let dated = |published| Entry { published, ..Entry::default() };
        assert_eq!(published(&dated(Some(at(9))), at(5)), at(5));
        assert_eq!(published(&dated(Some(at(2))), at(5)), at(2));
        assert_eq!(published(&dated(None), at(5)), at(5));
    }
}
