//! Which articles are one story, and which stories are related.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use url::Url;

use crate::cluster;
use crate::cluster::Assignment;
use crate::cluster::Candidate;
use crate::cluster::Decision;
use crate::cluster::EntryText;
use crate::cluster::Matcher;
use crate::cluster::Unassigned;
use crate::cluster::Window;
use crate::curate;
use crate::domain::EntryId;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::identify;
use crate::identify::Address;

use super::percent;
use super::place::LocatedArticle;
use super::place::Places;

/// Entries after which what has left the window is forgotten.
const FORGET_EVERY: usize = 5_000;

/// Doubtful pairs that are shown of each kind.
const DOUBTFUL_MAX: usize = 10;

/// One article.
#[derive(Clone, Debug, Deserialize)]
pub struct ArticleRecord {
    /// Its name in the output.
    pub id: serde_json::Value,
    /// Who published it.
    #[serde(default)]
    pub publisher: String,
    /// Its address.
    #[serde(default)]
    pub url: Option<String>,
    /// Its headline.
    #[serde(default)]
    pub title: String,
    /// Its text, paragraphs separated by blank lines.
    #[serde(default)]
    pub text: Option<String>,
    /// When it appeared, RFC 3339.
    #[serde(default, alias = "date")]
    pub published: Option<String>,
    /// Addresses that its text links to.
    #[serde(default)]
    pub links: Vec<String>,
    /// The story that a person gave it.
    #[serde(default)]
    pub cluster: Option<serde_json::Value>,
}

/// What was decided of one article.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArticleDecision {
    /// The article.
    pub id: serde_json::Value,
    /// Its story, named by the article that founded it.
    pub cluster: serde_json::Value,
    /// The wider group of related stories, named likewise.
    pub related: serde_json::Value,
    /// The articles whose stories it follows.
    pub follows: Vec<serde_json::Value>,
    /// Why it joined its story.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Why it follows the likeliest of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows_why: Option<String>,
}

/// How well it was decided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DedupScores {
    /// Of pairs put together, in percent, how many belong together.
    pub pair_precision: f64,
    /// Of pairs that belong together, in percent, how many are.
    pub pair_recall: f64,
    /// Their harmonic mean.
    pub pair_f1: f64,
    /// B-cubed precision in percent.
    pub b3_precision: f64,
    /// B-cubed recall in percent.
    pub b3_recall: f64,
    /// Their harmonic mean.
    pub b3_f1: f64,
    /// Articles that stand under another label's majority, in percent.
    pub misplaced: f64,
}

/// An article and a story that it joined, or nearly joined, by likeness.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubtful {
    /// How likely both tell one event, in per mille.
    pub likely: u16,
    /// The article.
    pub id: serde_json::Value,
    /// The story, named by the article that founded it.
    pub story: serde_json::Value,
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct DedupReport {
    /// In the order of the input.
    pub decided: Vec<ArticleDecision>,
    /// Of stories, where labels are given.
    pub stories: Option<DedupScores>,
    /// Of related groups, where labels are given.
    pub related: Option<DedupScores>,
    /// What was joined with the least evidence, the least first.
    pub joined_least: Vec<Doubtful>,
    /// What was almost joined, the nearest first.
    pub almost_joined: Vec<Doubtful>,
    /// Processor time taken for deciding.
    pub took: Duration,
}

impl DedupReport {
    /// Articles decided in a second.
    pub fn entries_per_second(&self) -> f64 {
        self.decided.len() as f64 / self.took.as_secs_f64().max(1e-9)
    }
}

/// Decides every article in the order of dates, as a first pass of the daemon would.
/// `cpu_used` tells the processor time spent so far.
pub fn run(records: &[ArticleRecord], span: Duration, cpu_used: fn() -> Duration) -> DedupReport {
    run_with(&Matcher::learned(), records, span, cpu_used)
}

/// The same with another matcher than the one that ships.
pub fn run_with(
    matcher: &Arc<Matcher>,
    records: &[ArticleRecord],
    span: Duration,
    cpu_used: fn() -> Duration,
) -> DedupReport {
    let started = cpu_used();
    let articles: Vec<PreparedArticle> = records.iter().map(PreparedArticle::of).collect();
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by(|a, b| {
        (articles[*a].published, &articles[*a].source)
            .cmp(&(articles[*b].published, &articles[*b].source))
            .then(a.cmp(b))
    });
    let window = Window::new(span).with_matcher(Arc::clone(matcher));
    let mut assigning = Assigning::new(records, &articles, window);
    for (n, at) in order.into_iter().enumerate() {
        assigning.assign(at);
        if n % FORGET_EVERY == FORGET_EVERY - 1 {
            assigning.forget_before(articles[at].published);
        }
    }
    let (stories, topic_clusters) = assigning.partitions();
    let took = cpu_used().saturating_sub(started);
    assigning.report(&stories, &topic_clusters, took)
}

/// Articles on their way into stories. All are named by their place in the input, and stories by
/// the article that founded them.
struct Assigning<'a> {
    records: &'a [ArticleRecord],
    articles: &'a [PreparedArticle],
    placed: Vec<Option<LocatedArticle<'a>>>,
    places: Places<'a>,
    window: Window<usize>,
    by_address: HashMap<&'a str, Vec<(usize, SourceId, Timestamp)>>,
    /// The story of each article that was decided.
    stories: Vec<Option<usize>>,
    /// Which story became part of which.
    merged: HashMap<usize, usize>,
    follows: Vec<Vec<usize>>,
    whys: Vec<Option<String>>,
    follows_whys: Vec<Option<String>>,
    joined_least: Vec<Doubtful>,
    almost_joined: Vec<Doubtful>,
}

impl<'a> Assigning<'a> {
    fn new(records: &'a [ArticleRecord], articles: &'a [PreparedArticle], window: Window<usize>) -> Self {
        let placed: Vec<Option<LocatedArticle<'a>>> =
            records.iter().zip(articles).map(|(record, article)| article.placed(record)).collect();
        Self {
            records,
            articles,
            places: Places::of(&placed),
            placed,
            window,
            by_address: HashMap::new(),
            stories: vec![None; records.len()],
            merged: HashMap::new(),
            follows: vec![Vec::new(); records.len()],
            whys: vec![None; records.len()],
            follows_whys: vec![None; records.len()],
            joined_least: Vec::new(),
            almost_joined: Vec::new(),
        }
    }

    /// Decides one article.
    fn assign(&mut self, at: usize) {
        let (records, articles) = (self.records, self.articles);
        let (record, article) = (&records[at], &articles[at]);
        let features = self.window.read(&EntryText {
            publisher: &record.publisher,
            title: &record.title,
            text: record.text.as_deref().unwrap_or_default(),
            published: article.published,
            address: article.canonical.as_deref().map(identify::hash64),
            links: &article.links,
            never_cluster: curate::notice(&record.title, &[]).is_some(),
        });
        let (same_url, same_place) = (self.same_url(at), self.same_place(at));
        let (source, published) = (&article.source, article.published);
        let always = Timestamp::from_millis(i64::MIN);
        let entry = Unassigned { source, published, compared_from: always, held_from: always };
        // The entry that founds a story is its earliest one here.
        let begins = |story: usize| Some(articles[story].published);
        let window = &mut self.window;
        let decision = cluster::assign(window, &entry, &features, &same_url, &same_place, |_| true, begins);
        self.note(at, &decision);
        let story = match decision.assignment {
            Assignment::Join { story, why, also } => {
                for other in also {
                    self.window.merge(other, story);
                    self.merged.insert(other, story);
                }
                self.whys[at] = Some(why);
                story
            }
            Assignment::NewStory => at,
        };
        self.stories[at] = Some(story);
        self.window.insert(EntryId(at as i64), story, features);
        if let Some(canonical) = &article.canonical {
            let known = self.by_address.entry(canonical).or_default();
            known.push((story, article.source.clone(), article.published));
        }
    }

    /// Notes what an article follows and is followed by, and how close its decision was.
    fn note(&mut self, at: usize, decision: &Decision<usize>) {
        self.follows[at] = decision.follows.iter().map(|it| it.story).collect();
        self.follows_whys[at] = decision.follows.first().map(|it| it.why.clone());
        for later in &decision.followed_by {
            let later_at = later.entry.0 as usize;
            self.follows[later_at].push(at);
            self.follows_whys[later_at].get_or_insert_with(|| later.why.clone());
        }
        let (id, records) = (&self.records[at].id, self.records);
        let doubtful =
            |likely, story: usize| Doubtful { likely, id: id.clone(), story: records[story].id.clone() };
        self.almost_joined.extend(decision.almost.map(|(story, likely)| doubtful(likely, story)));
        if let (Some(likely), Assignment::Join { story, .. }) = (decision.likely, &decision.assignment) {
            self.joined_least.push(doubtful(likely, *story));
        }
    }

    /// The decided articles with the canonical URL of one.
    fn same_url(&self, at: usize) -> Vec<Candidate<usize>> {
        let known = self.articles[at].canonical.as_deref().and_then(|it| self.by_address.get(it));
        let candidate = |(story, source, published): &(usize, SourceId, Timestamp)| Candidate {
            story: self.survivor(*story),
            source: source.clone(),
            published: *published,
            // Of a record only the publisher is known, and its own address.
            is_publisher: true,
        };
        known.into_iter().flatten().map(candidate).collect()
    }

    /// The stories of decided articles whose address is the same in another form.
    fn same_place(&self, at: usize) -> Vec<usize> {
        let decided = self.places.same(&self.placed, at).into_iter().filter_map(|it| self.stories[it]);
        decided.map(|it| self.survivor(it)).collect()
    }

    /// The story that a story became part of in the end.
    fn survivor(&self, mut story: usize) -> usize {
        while let Some(into) = self.merged.get(&story) {
            story = *into;
        }
        story
    }

    fn forget_before(&mut self, published: Timestamp) {
        self.window.forget_before(published.minus(self.window.memory()));
    }

    /// The story and the topic cluster of each article.
    fn partitions(&self) -> (Vec<usize>, Vec<usize>) {
        let story = |(at, story): (usize, &Option<usize>)| self.survivor(story.unwrap_or(at));
        let stories: Vec<usize> = self.stories.iter().enumerate().map(story).collect();
        let topic_clusters = stories.iter().map(|it| self.window.topic_cluster(*it)).collect();
        (stories, topic_clusters)
    }

    fn report(mut self, stories: &[usize], topic_clusters: &[usize], took: Duration) -> DedupReport {
        let records = self.records;
        let mut follows = self.followed(stories).into_iter();
        let mut whys = std::mem::take(&mut self.whys).into_iter();
        let mut follows_whys = std::mem::take(&mut self.follows_whys).into_iter();
        let decided = (0..records.len())
            .map(|at| ArticleDecision {
                id: records[at].id.clone(),
                cluster: records[stories[at]].id.clone(),
                related: records[topic_clusters[at]].id.clone(),
                follows: follows.next().unwrap_or_default(),
                why: whys.next().flatten(),
                follows_why: follows_whys.next().flatten(),
            })
            .collect();
        self.joined_least.sort_by_key(|it| it.likely);
        self.joined_least.truncate(DOUBTFUL_MAX);
        self.almost_joined.sort_by_key(|it| Reverse(it.likely));
        self.almost_joined.truncate(DOUBTFUL_MAX);
        let labels: Option<Vec<String>> =
            records.iter().map(|it| it.cluster.as_ref().map(ToString::to_string)).collect();
        let labels = labels.filter(|it| !it.is_empty());
        DedupReport {
            decided,
            stories: labels.as_ref().map(|it| scores(stories, it)),
            related: labels.as_ref().map(|it| scores(topic_clusters, it)),
            joined_least: self.joined_least,
            almost_joined: self.almost_joined,
            took,
        }
    }

    /// The articles that each article follows: what an entry follows is told by all entries of that
    /// story.
    fn followed(&self, stories: &[usize]) -> Vec<Vec<serde_json::Value>> {
        let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, story) in stories.iter().enumerate() {
            members.entry(*story).or_default().push(at);
        }
        let followed = |(at, follows): (usize, &Vec<usize>)| {
            let mut of: Vec<usize> = follows.iter().map(|it| self.survivor(*it)).collect();
            of.retain(|it| *it != stories[at]);
            of.sort_unstable();
            of.dedup();
            let entries = of.iter().filter_map(|it| members.get(it)).flatten();
            let earlier = entries.filter(|it| self.articles[**it].published <= self.articles[at].published);
            earlier.map(|it| self.records[*it].id.clone()).collect()
        };
        self.follows.iter().enumerate().map(followed).collect()
    }
}

struct PreparedArticle {
    source: SourceId,
    canonical: Option<String>,
    published: Timestamp,
    links: Vec<i64>,
}

impl PreparedArticle {
    /// Where an article's address puts it; `None` without an address.
    fn placed(&self, record: &ArticleRecord) -> Option<LocatedArticle<'_>> {
        let text = record.text.as_deref().unwrap_or_default();
        let has_text = identify::has_own_text(&record.title, text);
        let address = Address { canonical: self.canonical.as_deref()?, has_text };
        Some(LocatedArticle { source: &self.source, published: self.published, address })
    }

    fn of(record: &ArticleRecord) -> Self {
        // Each publisher has one feed here.
        let source = Slug::of(&record.publisher).and_then(|it| it.as_str().parse().ok());
        let canonical = record.url.as_deref().and_then(|it| Url::parse(it).ok());
        let canonical = canonical.as_ref().and_then(identify::canonical);
        let links: Vec<Url> = record.links.iter().filter_map(|it| Url::parse(it).ok()).collect();
        let published =
            record.published.as_deref().and_then(|it| chrono::DateTime::parse_from_rfc3339(it).ok());
        Self {
            source: source.unwrap_or_else(|| "unknown".parse().expect("a source id")),
            links: identify::link_hashes(&links, canonical.as_ref()),
            canonical: canonical.map(|it| it.as_str().to_owned()),
            published: published.map_or(Timestamp::default(), |it| it.to_utc().into()),
        }
    }
}

/// Compares a partition with the labels: pairs, B-cubed, and articles out of place.
pub fn scores(found: &[usize], labels: &[String]) -> DedupScores {
    let pairs = |n: usize| (n * n.saturating_sub(1) / 2) as f64;
    let mut of_found: BTreeMap<usize, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut of_label: BTreeMap<&str, usize> = BTreeMap::new();
    for (story, label) in found.iter().zip(labels) {
        *of_found.entry(*story).or_default().entry(label).or_default() += 1;
        *of_label.entry(label).or_default() += 1;
    }
    let (mut right, mut made, mut precision, mut recall, mut misplaced) = (0.0, 0.0, 0.0, 0.0, 0);
    for members in of_found.values() {
        let size: usize = members.values().sum();
        made += pairs(size);
        misplaced += size - members.values().max().copied().unwrap_or_default();
        for (label, n) in members {
            right += pairs(*n);
            let square = (n * n) as f64;
            precision += square / size as f64;
            recall += square / of_label[label] as f64;
        }
    }
    let wanted: f64 = of_label.values().map(|it| pairs(*it)).sum();
    let all = found.len() as f64;
    let harmonic = |a: f64, b: f64| if a + b <= 0.0 { 0.0 } else { 2.0 * a * b / (a + b) };
    let (pair_precision, pair_recall) =
        (if made == 0.0 { 1.0 } else { right / made }, if wanted == 0.0 { 1.0 } else { right / wanted });
    DedupScores {
        pair_precision: percent(pair_precision, 1.0),
        pair_recall: percent(pair_recall, 1.0),
        pair_f1: percent(harmonic(pair_precision, pair_recall), 1.0),
        b3_precision: percent(precision, all),
        b3_recall: percent(recall, all),
        b3_f1: percent(harmonic(precision, recall), all),
        misplaced: percent(misplaced as f64, all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_scored_by_pairs_by_article_and_by_majority() {
        let labels: Vec<String> = ["a", "a", "a", "b", "b", "c"].map(str::to_owned).to_vec();
        let right = scores(&[1, 1, 1, 2, 2, 3], &labels);
        assert_eq!((right.pair_f1, right.b3_f1, right.misplaced), (100.0, 100.0, 0.0));
        let alone = scores(&[1, 2, 3, 4, 5, 6], &labels);
        assert_eq!((alone.pair_precision, alone.pair_recall, alone.b3_precision), (100.0, 0.0, 100.0));
        let mixed = scores(&[1, 1, 1, 1, 2, 3], &labels);
        assert_eq!((mixed.pair_precision, mixed.pair_recall, mixed.misplaced), (50.0, 75.0, 16.67));
    }
}
