//! Finds the stories of an article under addresses that differ in what marks the way only.

use crate::cluster::SAME_URL_WINDOW;
use crate::curate;
use crate::domain::SourceId;
use crate::identify;
use crate::identify::Address;
use crate::identify::is_same_article;
use crate::store::NewEntry;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::UnassignedRow;
use crate::store::Writer;

/// Entries of one place that are compared with a new one to see by what a feed tells them apart.
const NEIGHBOURS_MAX: usize = 16;

/// The stories that other sources tell under the same site and path, where one of the two has no
/// text of its own and the parameters in which the addresses differ only mark the way
/// ([`is_same_article`]); the one with the earliest entry first. Which entry came first does not matter.
pub(super) fn same_place(store: &Reader<'_>, entry: &UnassignedRow) -> Result<Vec<StoryRowId>, StoreError> {
    let Some((canonical, place)) = entry.canonical.as_deref().zip(entry.place_hash) else {
        return Ok(Vec::new());
    };
    let (from, to) = (entry.published.minus(SAME_URL_WINDOW), entry.published.plus(SAME_URL_WINDOW));
    let mut others = store.assigned_at_place(place, entry.has_text, (from, to))?;
    others.retain(|it| {
        it.source != entry.source
            && it.canonical != canonical
            && curate::notice(&it.title, &it.categories).is_none()
    });
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let choices = store.choices(site_hash(canonical))?;
    let own = Address { canonical, has_text: entry.has_text };
    others.retain(|it| {
        is_same_article(own, Address { canonical: &it.canonical, has_text: it.has_text }, &choices)
    });
    let mut stories = Vec::new();
    for it in others {
        if !stories.contains(&it.story) {
            stories.push(it.story);
        }
    }
    Ok(stories)
}

/// Remembers the parameters with which a feed of `home` tells its own articles apart, once an
/// entry of it is stored. The claim to that home is not examined: a false one only keeps stories apart.
pub(super) fn note_choices(
    store: &Writer<'_>,
    source: &SourceId,
    entry: &NewEntry,
    home: Option<&str>,
) -> Result<(), StoreError> {
    let (Some(canonical), Some(place)) = (entry.canonical.as_deref(), entry.place_hash) else {
        return Ok(());
    };
    let site = site_of(canonical);
    if !home.is_some_and(|it| identify::is_same_site(it, site)) {
        return Ok(());
    }
    let others = store.reader().canonicals_at_place(source, place, NEIGHBOURS_MAX)?;
    let names = identify::differing(others.iter().map(String::as_str));
    store.note_choices(site_hash(canonical), &names)
}

fn site_of(canonical: &str) -> &str {
    canonical.split(['/', '?']).next().unwrap_or_default()
}

fn site_hash(canonical: &str) -> i64 {
    identify::hash64(site_of(canonical))
}
