//! One item, ready for every format.

use std::borrow::Cow;
use std::collections::HashSet;

use super::attribution::authors;
use super::attribution::enumerate;
use super::attribution::publishers;
use super::channel::Channel;
use super::channel::Digest;
use super::channel::FeedItem;
use super::content::DIGEST_SUMMARIES_MAX;
use super::content::content_html;
use super::content::digest_html;
use super::content::joined;
use super::content::runs;
use super::content::stub_html;
use super::link;
use super::valid::is_language;
use super::xml::permitted;
use crate::domain::Briefing;
use crate::domain::Engine;
use crate::domain::Item;
use crate::domain::Made;
use crate::domain::Related;
use crate::domain::Relation;
use crate::domain::Timestamp;

/// What all three formats say of one item.
pub(super) struct RenderedItem<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) title: Cow<'a, str>,
    /// Where the item's own link leads.
    pub(super) url: String,
    /// The original article.
    pub(super) external_url: Option<String>,
    /// Plain text.
    pub(super) summary: String,
    pub(super) html: String,
    pub(super) authors: Vec<String>,
    pub(super) tags: Vec<String>,
    /// Further links, in order: the articles, then the lists that pointed there.
    pub(super) links: Vec<Link>,
    pub(super) published: Timestamp,
    pub(super) updated: Timestamp,
    /// BCP 47 tag, where it differs from the channel's.
    pub(super) language: Option<String>,
    /// Whom the item is credited to, and its data; none for a stub.
    pub(super) item: Option<Cow<'a, Item>>,
}

/// A further link of an item.
pub(super) struct Link {
    pub(super) rel: &'static str,
    pub(super) href: String,
    pub(super) title: String,
}

impl<'a> RenderedItem<'a> {
    /// `None` for a withdrawn story, which only Atom can tell of, and for a digest of nothing.
    pub(super) fn of(item: &FeedItem<'a>, channel: &Channel) -> Option<Self> {
        match item {
            FeedItem::Story(item) => Some(Self::story(item, channel)),
            FeedItem::Digest(digest) => Self::digest(digest, channel),
            FeedItem::Merged { id, title, published, merged, survivor } => {
                let stub = Item {
                    id: (*id).clone(),
                    title: (*title).to_owned(),
                    published: *published,
                    updated: *merged,
                    ..stub(survivor, channel)
                };
                Some(Self::merged(stub, survivor, channel))
            }
            FeedItem::Withdrawn { .. } => None,
        }
    }

    fn story(item: &'a Item, channel: &Channel) -> Self {
        Self {
            id: item.id.as_str().into(),
            title: permitted(&item.title),
            url: link::of_item(item, channel.link, &channel.base_url),
            external_url: Some(link::of(&item.primary().url)),
            summary: permitted(&summary(item)).into_owned(),
            html: content_html(item, channel),
            authors: authors(item, &channel.curator),
            tags: item.briefing.topics.iter().map(|it| permitted(&it.name).into_owned()).collect(),
            links: links(item, "via"),
            published: item.published,
            updated: item.updated.max(item.published),
            language: language(item, channel),
            item: Some(Cow::Borrowed(item)),
        }
    }

    fn merged(stub: Item, survivor: &Item, channel: &Channel) -> Self {
        let url = link::absolute(&channel.base_url, &survivor.path);
        Self {
            id: stub.id.as_str().to_owned().into(),
            title: permitted(&stub.title).into_owned().into(),
            external_url: Some(link::of(&survivor.primary().url)),
            summary: format!("This story is now part of “{}”.", permitted(&survivor.title)),
            html: stub_html(&stub, &url, &survivor.title, &channel.curator),
            url,
            authors: vec![channel.curator.clone()],
            tags: vec![],
            links: links(&stub, "via"),
            published: stub.published,
            updated: stub.updated.max(stub.published),
            language: language(&stub, channel),
            item: Some(Cow::Owned(stub)),
        }
    }

    fn digest(digest: &Digest<'a>, channel: &Channel) -> Option<Self> {
        let whole = as_one(digest)?;
        let titles: Vec<&str> = digest.stories.iter().map(|it| it.title.as_str()).collect();
        Some(Self {
            id: digest.id.as_str().to_owned().into(),
            title: permitted(&digest.title).into_owned().into(),
            url: link::absolute(&channel.base_url, &digest.path),
            external_url: digest.stories.first().map(|it| link::of(&it.primary().url)),
            summary: permitted(&titles.join(" · ")).into_owned(),
            html: digest_html(digest, &whole, channel),
            authors: vec![channel.curator.clone()],
            tags: whole.briefing.topics.iter().map(|it| permitted(&it.name).into_owned()).collect(),
            links: links(&whole, "related"),
            published: digest.published,
            updated: digest.updated.max(digest.published),
            language: None,
            item: Some(Cow::Owned(whole)),
        })
    }
}

/// The language of an item, where it differs from the channel's.
fn language(item: &Item, channel: &Channel) -> Option<String> {
    let language = item.language.clone().filter(|it| is_language(it));
    language.filter(|it| !it.eq_ignore_ascii_case(&channel.language))
}

/// What is left of a story that became part of another: whose articles the survivor holds, and which
/// story that is; no briefing of its own.
fn stub(survivor: &Item, channel: &Channel) -> Item {
    Item {
        briefing: Briefing::default(),
        related: vec![Related {
            id: survivor.id.clone(),
            title: survivor.title.clone(),
            url: link::absolute(&channel.base_url, &survivor.path),
            published: survivor.published,
            relation: Relation::Related,
        }],
        reviewed: None,
        enclosure: None,
        model: None,
        verifier: None,
        notices: vec![],
        ..survivor.clone()
    }
}

/// The stories of a period as one item: everyone's bylines, all summaries. `None` without stories.
fn as_one(digest: &Digest) -> Option<Item> {
    let first = digest.stories.first()?;
    let mut whole = Item {
        key: first.key.clone(),
        id: digest.id.clone(),
        path: digest.path.clone(),
        title: digest.title.clone(),
        bylines: vec![],
        briefing: Briefing { engine: first.briefing.engine, ..Briefing::default() },
        related: vec![],
        revision: 1,
        reviewed: None,
        published: digest.published,
        updated: digest.updated,
        language: None,
        enclosure: None,
        model: common_model(&digest.stories, |it| it.model.as_ref()),
        verifier: common_model(&digest.stories, |it| it.verifier.as_ref()),
        notices: vec![],
    };
    for (at, story) in digest.stories.iter().enumerate() {
        whole.bylines.extend_from_slice(&story.bylines);
        if at < DIGEST_SUMMARIES_MAX {
            whole.briefing.summary.extend_from_slice(&story.briefing.summary);
        }
        for topic in &story.briefing.topics {
            if !whole.briefing.topics.contains(topic) {
                whole.briefing.topics.push(topic.clone());
            }
        }
        if whole.briefing.engine != story.briefing.engine {
            whole.briefing.engine = Engine::Mixed;
        }
    }
    Some(whole)
}

/// The model that all stories have whose summaries a digest shows and a model wrote; `None` where they differ.
fn common_model<'a>(stories: &[&'a Item], of: impl Fn(&'a Item) -> Option<&'a String>) -> Option<String> {
    let is_written = |it: &&&Item| it.briefing.summary.iter().any(|it| it.made == Made::Llm);
    let mut written = stories.iter().take(DIGEST_SUMMARIES_MAX).filter(is_written).map(|it| of(it));
    let first = written.next()??;
    written.all(|it| it == Some(first)).then(|| first.clone())
}

/// The summary as one paragraph; of a link item, who published the article.
pub(super) fn summary(item: &Item) -> String {
    if item.briefing.summary.is_empty() {
        let names: Vec<&str> = publishers(item).iter().map(|it| it.name.as_str()).collect();
        return format!("Published by {}.", enumerate(&names));
    }
    runs(&item.briefing.summary).map(joined).collect::<Vec<_>>().join(" ")
}

fn links(item: &Item, primary_rel: &'static str) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (i, byline) in item.bylines.iter().enumerate() {
        links.push(Link {
            rel: if i == 0 { primary_rel } else { "related" },
            href: link::of(&byline.url),
            title: format!("{}: {}", byline.name, byline.title),
        });
    }
    for via in item.bylines.iter().flat_map(|it| &it.via) {
        if let Some(home) = &via.home {
            links.push(Link { rel: "via", href: link::of(home), title: via.name.clone() });
        }
    }
    let mut seen = HashSet::new();
    links.retain(|it| seen.insert(it.href.clone()));
    links
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_digest_names_a_model_that_all_written_summaries_have() {
        let story = |model: &str, verifier: Option<&str>, made: Made| {
            let mut it = sample::merged();
            it.briefing.summary.iter_mut().for_each(|it| it.made = made);
            Item { model: Some(model.to_owned()), verifier: verifier.map(str::to_owned), ..it }
        };
        let verified = story("a", Some("v"), Made::Llm);
        let elsewhere = story("a", Some("w"), Made::Llm);
        let unverified = story("a", None, Made::Llm);
        let other = story("b", Some("v"), Made::Llm);
        let quoted = story("c", None, Made::Extractive);
        for (stories, model, verifier) in [
            (vec![&verified, &verified], Some("a"), Some("v")),
            (vec![&quoted, &verified, &quoted], Some("a"), Some("v")),
            (vec![&verified, &unverified], Some("a"), None),
            (vec![&unverified, &verified], Some("a"), None),
            (vec![&verified, &elsewhere], Some("a"), None),
            (vec![&verified, &other], None, Some("v")),
            (vec![&quoted], None, None),
        ] {
            let common = |of: fn(&Item) -> Option<&String>| common_model(&stories, of);
            assert_eq!(common(|it| it.model.as_ref()).as_deref(), model);
            assert_eq!(common(|it| it.verifier.as_ref()).as_deref(), verifier);
        }
    }
}
