//! Finds articles whose addresses differ in what marks the way only, among those of an evaluation.

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::cluster::SAME_URL_WINDOW;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::identify;
use crate::identify::Address;
use crate::identify::is_same_article;

/// Articles of one site and path that are compared, as many as the daemon compares.
const SAME_PLACE_MAX: usize = 256;

/// An article, as far as its address tells.
pub(super) struct LocatedArticle<'a> {
    pub(super) source: &'a SourceId,
    pub(super) published: Timestamp,
    pub(super) address: Address<'a>,
}

/// All articles by site and path, and the parameters by which each site tells its own apart: here
/// those that one publisher's articles with texts differ in, as no home pages are known.
pub(super) struct Places<'a> {
    by_place: HashMap<&'a str, Vec<usize>>,
    choices: HashMap<&'a str, BTreeSet<String>>,
}

impl<'a> Places<'a> {
    pub(super) fn of(articles: &[Option<LocatedArticle<'a>>]) -> Self {
        let mut by_place: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut told: HashMap<(&SourceId, &str), Vec<&str>> = HashMap::new();
        for (at, article) in articles.iter().enumerate() {
            let Some(article) = article else { continue };
            let Some(place) = identify::place(article.address.canonical) else { continue };
            by_place.entry(place).or_default().push(at);
            if article.address.has_text {
                told.entry((article.source, place)).or_default().push(article.address.canonical);
            }
        }
        let mut choices: HashMap<&str, BTreeSet<String>> = HashMap::new();
        for ((_, place), canonicals) in told {
            choices.entry(site_of(place)).or_default().extend(identify::differing(canonicals));
        }
        Self { by_place, choices }
    }

    /// The articles of other publishers that one is the same as, the earliest first.
    pub(super) fn same(&self, articles: &[Option<LocatedArticle<'a>>], at: usize) -> Vec<usize> {
        let Some(own) = &articles[at] else { return Vec::new() };
        let Some(place) = identify::place(own.address.canonical) else { return Vec::new() };
        let none = BTreeSet::new();
        let choices = self.choices.get(site_of(place)).unwrap_or(&none);
        let is_same = |other: &usize| {
            articles[*other].as_ref().is_some_and(|it| {
                let apart = it.published.since(own.published).max(own.published.since(it.published));
                it.source != own.source
                    && apart <= SAME_URL_WINDOW
                    && is_same_article(own.address, it.address, choices)
            })
        };
        let others = self.by_place.get(place).filter(|it| it.len() <= SAME_PLACE_MAX);
        let others = others.into_iter().flatten().copied();
        let mut same: Vec<usize> = others.filter(|it| *it != at).filter(is_same).collect();
        same.sort_by_key(|it| articles[*it].as_ref().map(|it| (it.published, it.source)));
        same
    }
}

fn site_of(place: &str) -> &str {
    place.split('/').next().unwrap_or_default()
}
