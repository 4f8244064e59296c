//! What publishers signal about texts that came in a feed: the headers of the feed, and the
//! robots.txt of every host that it and its articles are at.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::JoinSet;
use url::Url;

use crate::domain::Entry;
use crate::domain::Hints;
use crate::domain::Member;
use crate::domain::Rights;
use crate::domain::Timestamp;
use crate::domain::registrable_domain;
use crate::fetch;
use crate::fetch::rights::Signals;
use crate::fetch::robots::RobotsAnswer;
use crate::store::EntryRow;
use crate::store::StoreError;
use crate::store::Writer;
use crate::threads;

use super::context::Pipeline;
use super::curation_input::CurationInput;
use super::removed::RemovedPlaces;

/// Hosts of articles whose robots.txt is read for one document, beside those of feed and home page.
const HOSTS_MAX: usize = 32;

/// What signals come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Signalled {
    pub(super) rights: Rights,
    pub(super) reasons: Vec<String>,
    /// Whether every robots.txt could be read: else they can only forbid more than was known.
    pub(super) is_whole: bool,
}

impl Signalled {
    /// What holds, given what was known before.
    pub(super) fn over(self, rights: Rights, reasons: &[String]) -> Self {
        if self.is_whole || rights <= self.rights {
            self
        } else {
            Self { rights, reasons: reasons.to_vec(), ..self }
        }
    }
}

impl Pipeline {
    /// What is signalled about all that a source sends, by its headers and at these places: its
    /// addresses and its home page.
    pub(super) async fn signals_of_source(&self, places: &[Url], hints: &Hints, at: Timestamp) -> Signalled {
        let mut all = Signalled { is_whole: true, ..Signalled::default() };
        for url in places {
            let robots = self.robots(url, at).await;
            all.is_whole &= !matches!(*robots, RobotsAnswer::Unreachable(_) | RobotsAnswer::NoHost(_));
            let (rights, reasons) = signalled(url, &robots, &[hints]);
            all.rights = all.rights.max(rights);
            all.reasons.extend(reasons);
        }
        all.reasons.sort();
        all.reasons.dedup();
        all
    }

    /// What the robots.txt of each article's host says of it. Hosts of other publishers are asked
    /// only where the entry is their own, republished; a link's words are not theirs. Removed
    /// publishers are asked nothing.
    pub(super) async fn signals_of_entries(
        self: &Arc<Self>,
        entries: &[Entry],
        places: &[Url],
        removed: &RemovedPlaces,
        at: Timestamp,
    ) -> Vec<(Rights, Vec<String>)> {
        let domains: Vec<String> = places.iter().map(registrable_domain).collect();
        let mut asked: BTreeMap<String, &Url> =
            places.iter().map(|it| (it.origin().ascii_serialization(), it)).collect();
        let most = asked.len() + HOSTS_MAX;
        for entry in entries {
            let Some(link) = &entry.link else { continue };
            let origin = link.origin().ascii_serialization();
            let is_own = || domains.contains(&registrable_domain(link));
            let is_asked = asked.len() < most && !asked.contains_key(&origin) && !removed.covers(link);
            if is_asked && (entry.origin.is_some() || is_own()) {
                asked.insert(origin, link);
            }
        }
        // All at once: a host that does not answer holds up no other's answer.
        let mut answers = JoinSet::new();
        for (origin, url) in asked {
            let (pipeline, url) = (Arc::clone(self), url.clone());
            answers.spawn(async move { (origin, pipeline.robots(&url, at).await) });
        }
        let known: HashMap<String, Arc<RobotsAnswer>> = answers.join_all().await.into_iter().collect();
        let links: Vec<Option<Url>> = entries.iter().map(|it| it.link.clone()).collect();
        let weigh = move || {
            let weigh = |link: &Option<Url>| {
                let link = link.as_ref()?;
                Some(signalled(link, known.get(&link.origin().ascii_serialization())?, &[]))
            };
            links.iter().map(|it| weigh(it).unwrap_or_default()).collect()
        };
        // A robots.txt may be long, and a document have many entries.
        threads::blocking(weigh).await.unwrap_or_else(|_| vec![Default::default(); entries.len()])
    }

    /// A story as it may be shown to a model: what the robots.txt of each article says now is
    /// heard first, and a text whose robots.txt nobody has read yet is kept from it.
    pub(super) async fn heeding_signals(
        &self,
        prepared: Arc<CurationInput>,
    ) -> Result<Arc<CurationInput>, StoreError> {
        let now = self.now();
        let (mut learned, mut unread) = (Vec::new(), Vec::new());
        let asked = prepared.members.iter().zip(&prepared.shown);
        for (member, entry) in
            asked.filter(|(it, _)| it.byline.rights == Rights::Any && it.snapshot.is_some())
        {
            for url in self.places_of(member, entry).await? {
                let robots = self.robots(&url, now).await;
                if matches!(*robots, RobotsAnswer::Unreachable(_)) {
                    unread.push(member.entry);
                }
                let (rights, reasons) = signalled(&url, &robots, &[]);
                if Rights::Any < rights {
                    learned.push((member.entry, rights, reasons));
                }
            }
        }
        let mut prepared = prepared;
        // Of several about one entry the strictest is to stand.
        learned.sort_by_key(|it| it.1);
        if !learned.is_empty() {
            let story = prepared.story.id;
            let write = move |it: &Writer<'_>| {
                learned
                    .iter()
                    .try_for_each(|(entry, rights, reasons)| it.record_rights(*entry, *rights, reasons))
            };
            self.store.write(write).await?;
            if let Some(anew) = self.prepared(story).await? {
                prepared = anew;
            }
        }
        if !unread.is_empty() {
            let kept_back = Arc::make_mut(&mut prepared);
            kept_back.awaits_signals = true;
            for member in kept_back.members.iter_mut().filter(|it| unread.contains(&it.entry)) {
                member.byline.rights = member.byline.rights.max(Rights::Extractive);
            }
        }
        Ok(prepared)
    }

    /// Where a member's text came from: its article and its feed. Nowhere, where a licence stands
    /// in the place of what is said there.
    async fn places_of(&self, member: &Member, entry: &EntryRow) -> Result<Vec<Url>, StoreError> {
        let source = entry.source.clone();
        let Some(row) = self.store.read(move |it| it.source(&source)).await? else { return Ok(Vec::new()) };
        let configured = self.config.sources.iter().find(|it| it.id == entry.source);
        let operator = configured.map_or(row.operator.clone(), |it| it.rights.after(&row.operator));
        if operator.licence.is_some() {
            return Ok(Vec::new());
        }
        let feed = Url::parse(row.final_url.as_ref().unwrap_or(&row.url));
        Ok([member.byline.url.clone()].into_iter().chain(feed).collect())
    }
}

fn signalled(url: &Url, robots: &RobotsAnswer, hints: &[&Hints]) -> (Rights, Vec<String>) {
    fetch::rights::signalled(&Signals {
        url,
        robots: Some(robots),
        hints,
        meta_robots: &[],
        meta_tdm_reservation: None,
        names_rsl_licence: false,
    })
}
