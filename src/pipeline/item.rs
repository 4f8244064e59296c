//! Puts published stories together from what is stored and configured.

use std::collections::HashMap;

use crate::curate;
use crate::domain::ArticleStatus;
use crate::domain::Briefing;
use crate::domain::Byline;
use crate::domain::Enclosure;
use crate::domain::EntryId;
use crate::domain::Item;
use crate::domain::Notice;
use crate::domain::Related;
use crate::domain::Rights;
use crate::identify;
use crate::publish;
use crate::store::EntryRow;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::content::shown_content;
use super::credit;
use super::credit::Credited;
use super::credit::Credits;
use super::curation_input::may_carry;

/// The items of stories, in order. A story of which nothing may be shown any
/// more, or that was never curated, is left out.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn items(
    store: &Reader<'_>,
    credits: &Credits<'_>,
    base_url: &url::Url,
    stories: &[StoryRow],
) -> Result<Vec<Item>, StoreError> {
    let mut items = Vec::with_capacity(stories.len());
    for story in stories {
        items.extend(item(store, credits, base_url, story)?);
    }
    Ok(items)
}

fn item(
    store: &Reader<'_>,
    credits: &Credits<'_>,
    base_url: &url::Url,
    story: &StoryRow,
) -> Result<Option<Item>, StoreError> {
    let Some(revision) = store.revision(story.id, story.revision)? else { return Ok(None) };
    let entries = store.member_entries(story.id)?;
    let mut bylines = bylines(credits, &entries, story.primary_entry);
    if bylines.is_empty() {
        return Ok(None);
    }
    let made = Some(&story.title).filter(|it| !it.is_empty());
    for (n, byline) in bylines.iter_mut().enumerate().filter(|(_, it)| it.title.is_empty()) {
        // A title was made for the article that speaks for the story.
        let title = made.filter(|_| n == 0).cloned();
        byline.title = title.unwrap_or_else(|| untitled(&byline.url));
    }
    let mut content = shown_content(store, story, revision.n, revision.content)?;
    keep_quotable(&mut content.briefing, credits, &entries);
    let primary = entries.iter().find(|it| it.id == story.primary_entry);
    let related = store.related(story)?.into_iter().map(|it| Related {
        id: it.id,
        title: it.title,
        url: publish::absolute(base_url, &it.path),
        published: it.published,
        relation: it.relation,
    });
    Ok(Some(Item {
        key: story.key.clone(),
        id: story.tag.clone(),
        path: story.path.clone(),
        title: story.title.clone(),
        bylines,
        briefing: content.briefing,
        related: related.collect(),
        revision: revision.n,
        reviewed: content.reviewed,
        verifier: content.record.as_ref().and_then(|it| it.verifier.clone()),
        model: content.record.map(|it| it.model),
        notices: notices(&entries, story.primary_entry),
        published: story.published,
        updated: story.updated,
        language: story.language.clone(),
        enclosure: enclosure(credits, primary.into_iter().chain(&entries)),
    }))
}

/// What stands for the title of an article that has none, and no words to make one of.
pub(super) fn untitled(url: &url::Url) -> String {
    let site = identify::site(url).unwrap_or_else(|| url.to_string());
    format!("untitled article at {site}")
}

/// The one media file that is passed through: the first of these entries' that is no image, of a
/// publisher who allows more than a link.
fn enclosure<'a>(credits: &Credits<'_>, entries: impl Iterator<Item = &'a EntryRow>) -> Option<Enclosure> {
    let is_image = |it: &&Enclosure| it.media_type.as_ref().is_some_and(|it| it.starts_with("image/"));
    let may = |it: &&EntryRow| credits.of(it).is_some_and(|of| of.byline.rights < Rights::Link);
    let with_one = |it: &'a EntryRow| Some((it, it.enclosure.as_ref().filter(|it| !is_image(it))?));
    entries.filter_map(with_one).find(|(it, _)| may(it)).map(|(_, it)| it.clone())
}

/// What a reader must know before reading on: what the primary entry is, what became of its
/// article, and whether another publisher retracted what the story tells.
fn notices(entries: &[EntryRow], primary: EntryId) -> Vec<Notice> {
    let primary = entries.iter().find(|it| it.id == primary);
    let label = primary.and_then(|it| curate::notice(&it.title, &it.categories));
    let retracted =
        entries.iter().filter_map(|it| it.article_status).find(|it| *it == ArticleStatus::Retracted);
    let statuses = primary.and_then(|it| it.article_status).into_iter().chain(retracted);
    let mut notices: Vec<Notice> = label.into_iter().chain(statuses.map(Notice::ArticleStatus)).collect();
    notices.dedup();
    notices
}

/// Takes out what may not be said any more, until the story is curated again
/// and in what it said before; an article that has moved is linked where it is now.
pub(crate) fn keep_quotable(briefing: &mut Briefing, credits: &Credits<'_>, entries: &[EntryRow]) {
    let credited: HashMap<EntryId, Credited> =
        entries.iter().filter_map(|it| Some((it.id, credits.of(it)?))).collect();
    briefing.retain(|it| {
        let may = |entry| credited.get(entry).is_some_and(|of| may_carry(it, of.byline.rights));
        it.receipts.iter().all(|receipt| may(&receipt.entry))
    });
    for receipt in briefing.receipts_mut() {
        if let Some(of) = credited.get(&receipt.entry) {
            of.byline.url.as_str().clone_into(&mut receipt.url);
        }
    }
    briefing.sign();
}

/// Everyone's bylines of a story, the primary entry's first.
pub(crate) fn bylines(credits: &Credits<'_>, entries: &[EntryRow], primary: EntryId) -> Vec<Byline> {
    let (ids, credited) = credited(credits, entries);
    let place = |id: EntryId| ids.iter().position(|it| *it == id);
    let copies: Vec<(usize, usize)> =
        entries.iter().filter_map(|it| Some((place(it.id)?, place(it.copy_of?)?))).collect();
    let at = place(primary).unwrap_or(0);
    if credited.is_empty() { Vec::new() } else { credit::bylines(at, &credited, &copies) }
}

/// Credits of the entries that may be shown at all.
pub(super) fn credited(credits: &Credits<'_>, entries: &[EntryRow]) -> (Vec<EntryId>, Vec<Credited>) {
    entries
        .iter()
        .filter_map(|entry| Some((entry.id, credits.of(entry)?)))
        .filter(|(_, it)| it.byline.rights < Rights::Drop)
        .unzip()
}
