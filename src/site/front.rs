//! The front page: which stories lead it.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::ArticleStatus;
use crate::domain::Family;
use crate::domain::Item;
use crate::domain::Notice;
use crate::domain::OutputId;
use crate::domain::Relation;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::pipeline::Score;
use crate::publish::page;
use crate::publish::page::ListedStory;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::recent::Recent;
use super::response::Answer;
use super::response::html;
use super::snapshot::SiteSnapshot;

/// Stories at the top of the front page.
const TOP_STORIES: usize = 7;

/// Stories below them, by day.
const FRONT_ITEMS: usize = 48;

/// How much older than the newest story one at the top may be.
const TOP_SPAN: Duration = Duration::from_secs(72 * 60 * 60);

/// A story that may lead the front page.
struct FrontCandidate {
    listed: ListedStory,
    /// Whose entry speaks for it.
    family: Option<Family>,
    trust: f64,
}

impl SiteSnapshot<'_> {
    pub(super) fn front(&self) -> Result<Answer, StoreError> {
        let all: OutputId = "all".parse().map_err(|_| StoreError::Unreadable { what: "output id" })?;
        let recent = Recent::of_output(self.store, self.families, &all, TOP_STORIES + FRONT_ITEMS)?;
        let stories: Vec<StoryRow> = recent.stories.into_iter().map(|(_, story)| story).collect();
        let mut candidates = Vec::with_capacity(stories.len());
        for story in &stories {
            let Some(listed) = self.listed(std::slice::from_ref(story))?.pop() else { continue };
            let members = self.store.member_entries(story.id)?;
            let speaker = members.iter().find(|it| it.id == story.primary_entry).map(|it| &it.source);
            let trust = |of: &SourceId| Some(self.credits.configured(of)?.trust);
            candidates.push(FrontCandidate {
                listed,
                family: speaker.and_then(|it| self.families.of(it)).cloned(),
                trust: members.iter().filter_map(|it| trust(&it.source)).reduce(f64::max).unwrap_or(1.0),
            });
        }
        let newest = candidates.iter().map(|it| it.listed.item.published).max().unwrap_or_default();
        let scores: Vec<f64> = candidates.iter().map(|it| self.score(it, newest)).collect();
        let ranked = ranked(&candidates, &scores, newest);
        let top: Vec<&ListedStory> = ranked.iter().map(|at| &candidates[*at].listed).collect();
        let is_below = |at: &usize| !ranked.contains(at);
        let below = (0..candidates.len()).filter(is_below).map(|at| &candidates[at].listed);
        let mut below: Vec<&ListedStory> = below.collect();
        below.sort_by(|a, b| (b.item.published, &a.item.key).cmp(&(a.item.published, &b.item.key)));
        below.truncate(FRONT_ITEMS);
        let older = self.store.newest()?.map(|it| self.month_of(it));
        Ok(html(page::front(&self.site, &top, &below, older)))
    }

    /// A story's score at the time of the newest one.
    fn score(&self, candidate: &FrontCandidate, newest: Timestamp) -> f64 {
        let ListedStory { item, coverage } = &candidate.listed;
        let is_ours = |slug: &crate::domain::Slug| self.config.topics.iter().any(|it| it.slug == *slug);
        let is_audience = |name: &String| self.config.audiences.iter().any(|it| it.name == *name);
        Score {
            publishers: *coverage,
            trust: candidate.trust,
            topics: item.briefing.topics.iter().filter(|it| is_ours(&it.slug)).count(),
            audiences: item.briefing.best_for.iter().filter(|it| is_audience(it)).count(),
            published: item.published,
            newest,
        }
        .value()
    }
}

/// The places of the stories that lead, best first: by score, where each family has its turn before
/// any has a second one. What is paid for or retracted does not lead, nor does a story beside one
/// that follows it.
fn ranked(candidates: &[FrontCandidate], scores: &[f64], newest: Timestamp) -> Vec<usize> {
    let mut order: Vec<usize> = (0..candidates.len())
        .filter(|at| {
            let item = &candidates[*at].listed.item;
            !item.notices.iter().any(keeps_from_top) && newest.minus(TOP_SPAN) <= item.published
        })
        .collect();
    order.sort_by(|a, b| {
        let item = |at: usize| &candidates[at].listed.item;
        let newer = item(*b).published.cmp(&item(*a).published);
        scores[*b].total_cmp(&scores[*a]).then(newer).then_with(|| item(*a).key.cmp(&item(*b).key))
    });
    let mut turns: HashMap<Option<&Family>, usize> = HashMap::new();
    let mut placed: Vec<(usize, usize)> = Vec::new();
    let mut leading: Vec<&Item> = Vec::new();
    for at in order {
        let item = &candidates[at].listed.item;
        if leading.iter().any(|it| are_one_line(it, item)) {
            continue;
        }
        leading.push(item);
        let turn = turns.entry(candidates[at].family.as_ref()).or_default();
        placed.push((*turn, at));
        *turn += 1;
    }
    // Stable: within a turn the order is that of the scores.
    placed.sort_by_key(|it| it.0);
    placed.into_iter().take(TOP_STORIES).map(|it| it.1).collect()
}

/// Whether a notice keeps a story from the top: what is paid for, and what nobody stands behind.
fn keeps_from_top(notice: &Notice) -> bool {
    match notice {
        Notice::Sponsored | Notice::Deal | Notice::Job => true,
        Notice::ArticleStatus(of) => matches!(of, ArticleStatus::Retracted | ArticleStatus::Vanished),
    }
}

/// Whether one of two stories follows the other.
fn are_one_line(a: &Item, b: &Item) -> bool {
    let names = |of: &Item, other: &Item| {
        of.related.iter().any(|it| it.relation != Relation::Related && it.id == other.id)
    };
    names(a, b) || names(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::sample::START;
    use crate::site::sample::SampleSite;

    /// The links of the top, in order, and how many stories stand below.
    fn page(site: &SampleSite) -> (Vec<String>, usize) {
        let text = site.text("/");
        let top = text.split("<section class=\"top\"").nth(1).and_then(|it| it.split("</section>").next());
        let titles = top.unwrap_or_default().split("<h3><a href=\"").skip(1);
        let titles = titles.filter_map(|it| it.split('>').nth(1)?.split('<').next()).map(str::to_owned);
        (titles.collect(), text.matches("<li class=\"row").count())
    }

    #[tokio::test]
    async fn one_family_does_not_fill_the_top() {
        let site = SampleSite::open(&[("flood", "Flood"), ("a", "A"), ("b", "B"), ("c", "C")]).await;
        let minute = |n: u64| START.minus(Duration::from_secs(n * 60));
        for n in 1..=80 {
            site.enter("flood", n, minute(n as u64)).await;
        }
        for (n, source) in ["a", "b", "c"].into_iter().enumerate() {
            site.enter(source, 900 + n, minute(2_000 + n as u64)).await;
        }
        site.digest().await;
        let (top, below) = page(&site);
        let expected =
            ["flood story 1", "a story 900", "b story 901", "c story 902", "flood story 2", "flood story 3"];
        assert_eq!((&top[..6], top.len()), (&expected.map(str::to_owned)[..], TOP_STORIES));
        assert_eq!(below, FRONT_ITEMS);
    }

    #[tokio::test]
    async fn what_is_much_older_than_the_newest_story_does_not_lead() {
        let site = SampleSite::open(&[("a", "A"), ("b", "B")]).await;
        site.enter("a", 1, START).await;
        site.enter("b", 2, START.minus(TOP_SPAN * 2)).await;
        site.digest().await;
        let (top, below) = page(&site);
        assert_eq!((top, below), (vec!["a story 1".to_owned()], 1));
    }
}
