//! Where the articles of removed publishers are, and which entries lead to them.

use std::collections::HashSet;

use url::Url;

use crate::config::Config;
use crate::domain::SourceId;
use crate::domain::registrable_domain;
use crate::identify;
use crate::store::NewEntry;
use crate::store::Reader;
use crate::store::StoreError;

use super::credit::Credits;

/// Labels of a site, and folders of a path, by which removed publishers are looked for.
const LABELS_MAX: usize = 8;
const FOLDERS_MAX: usize = 16;

/// The places of removed publishers' articles: digests of folders of sites, because the names are
/// gone.
pub(super) struct RemovedPlaces {
    digests: HashSet<i64>,
    /// Whether all could be read. Else any address of another site may be a removed publisher's.
    is_whole: bool,
}

impl RemovedPlaces {
    pub(super) fn new(digests: impl IntoIterator<Item = i64>) -> Self {
        Self { digests: digests.into_iter().collect(), is_whole: true }
    }

    /// Reads them from the store.
    pub(super) fn read(store: &Reader<'_>) -> Result<Self, StoreError> {
        let (digests, is_whole) = store.removed_places()?;
        Ok(Self { is_whole, ..Self::new(digests) })
    }

    /// Whether an address is a removed publisher's.
    pub(super) fn covers(&self, url: &Url) -> bool {
        self.depth(url).is_some()
    }

    /// Whether an address that an article of another leads to may be a removed publisher's.
    pub(super) fn may_cover(&self, url: &Url, article: &Url) -> bool {
        self.covers(url) || !self.is_whole && registrable_domain(url) != registrable_domain(article)
    }

    /// How deep the deepest place lies that covers an address: bytes of its site, then of its path.
    pub(super) fn depth(&self, url: &Url) -> Option<(usize, usize)> {
        if self.digests.is_empty() {
            return None;
        }
        let url = identify::unwrapped(url);
        let site = identify::site(&url)?;
        let above = site.match_indices('.').map(|(at, _)| &site[at + 1..]).filter(|it| it.contains('.'));
        let sites = std::iter::once(&*site).chain(above).take(LABELS_MAX);
        let path = url.path();
        let folders: Vec<&str> =
            path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]).take(FOLDERS_MAX).collect();
        sites
            .flat_map(|site| folders.iter().map(move |it| (site, *it)))
            .filter(|(site, path)| self.digests.contains(&place_digest(site, path)))
            .map(|(site, path)| (site.len(), path.trim_end_matches('/').len()))
            .max()
    }
}

/// By this a place is known whose name is gone: a folder of a site.
pub(super) fn place_digest(site: &str, path: &str) -> i64 {
    identify::hash64(format!("{site}{}", path.trim_end_matches('/')))
}

/// Which of a source's entries lead to articles of removed publishers, in their order.
///
/// # Errors
///
/// Fails when the store does, and with [`StoreError::Unreadable`] when that cannot be told of an entry
/// because a list of places cannot be read.
pub(super) fn leading_to_removed(
    store: &Reader<'_>,
    config: &Config,
    source: &SourceId,
    entries: &[NewEntry],
) -> Result<Vec<bool>, StoreError> {
    let places = RemovedPlaces::read(store)?;
    // Whose article it is takes all sources to tell, and hardly any document has such an entry.
    if places.is_whole && !entries.iter().filter_map(|it| it.link.as_ref()).any(|it| places.covers(it)) {
        return Ok(vec![false; entries.len()]);
    }
    let sources = store.sources()?;
    let credits = Credits::new(config, &sources);
    let is_own = |it: &NewEntry| it.link.as_ref().is_none_or(|link| credits.is_own_article(source, link));
    if !places.is_whole && !entries.iter().all(is_own) {
        return Err(StoreError::Unreadable { what: "list of a removed publisher's places" });
    }
    let is_removed = |it: &NewEntry| it.link.as_ref().is_some_and(|it| credits.leads_to_removed(source, it));
    Ok(entries.iter().map(is_removed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(places: &[(&str, &str)], url: &str, expected: Option<(usize, usize)>) {
        let places = RemovedPlaces::new(places.iter().map(|(site, path)| place_digest(site, path)));
        assert_eq!(places.depth(&url.parse().expect("a URL")), expected, "{url}");
    }

    #[test]
    fn a_removed_place_covers_what_lies_below_it() {
        let harbour = [("harbour.example", "")];
        check(&harbour, "https://www.harbour.example/2026/a?b#c", Some((15, 0)));
        check(&harbour, "https://blog.harbour.example/a", Some((15, 0)));
        check(&harbour, "https://www.google.com/url?q=https://harbour.example/a", Some((15, 0)));
        check(&harbour, "https://example/harbour.example", None);
        let column = [("blogs.example", "/ann/")];
        check(&column, "https://blogs.example/ann", Some((13, 4)));
        check(&column, "https://blogs.example/ann/1", Some((13, 4)));
        check(&column, "https://blogs.example/annette/1", None);
        check(&column, "https://blogs.example/", None);
        check(&[], "https://blogs.example/", None);
    }

    #[test]
    fn of_several_places_the_deepest_counts() {
        let both = [("blogs.example", ""), ("blogs.example", "/ann")];
        check(&both, "https://blogs.example/ann/1", Some((13, 4)));
        check(&both, "https://blogs.example/bob/1", Some((13, 0)));
    }
}
