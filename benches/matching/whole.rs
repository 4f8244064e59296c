//! How well whole stories do: each event is decided by tables that were learned without it, among all
//! other articles, as `eval dedup` decides.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bylined::cluster::Matcher;
use bylined::evaluate::dedup;
use bylined::evaluate::dedup::ArticleDecision;
use bylined::evaluate::dedup::ArticleRecord;

use crate::Outcome;
use crate::corpus;
use crate::corpus::Group;
use crate::corpus::Row;
use crate::gbdt;
use crate::learn;
use crate::learn::Question;
use crate::linear;
use crate::pairs;
use crate::pairs::Labels;
use crate::pairs::Pair;

/// The window of a newsroom that changes nothing.
const SPAN: Duration = Duration::from_secs(72 * 3_600);
/// Words of a lead.
const LEAD: usize = 60;

/// What was decided of the articles of a set.
struct Decisions<'a> {
    of: HashMap<&'a str, ArticleDecision>,
}

/// Document frequencies by set and kind: how many of how many.
type DocumentFrequencies = BTreeMap<String, (usize, usize)>;

fn count(counts: &mut DocumentFrequencies, set: &str, kind: &str, is_hit: bool) {
    let known = counts.entry(format!("{set} {kind}")).or_default();
    known.0 += usize::from(is_hit);
    known.1 += 1;
}

impl<'a> Decisions<'a> {
    fn of(rows: &'a [Row], matcher: &Arc<Matcher>) -> Self {
        let records: Vec<ArticleRecord> = rows
            .iter()
            .map(|it| ArticleRecord {
                id: it.id.clone().into(),
                publisher: it.publisher.clone(),
                url: Some(it.url.clone()),
                title: it.title.clone(),
                text: Some(it.text.clone()),
                published: Some(it.published.clone()),
                links: Vec::new(),
                cluster: None,
            })
            .collect();
        let report = dedup::run_with(matcher, &records, SPAN, || Duration::ZERO);
        Self { of: rows.iter().map(|it| it.id.as_str()).zip(report.decided).collect() }
    }

    fn are_joined(&self, a: &str, b: &str) -> bool {
        matches!((self.of.get(a), self.of.get(b)), (Some(a), Some(b)) if a.cluster == b.cluster)
    }

    fn follows(&self, later: &str, earlier: &str) -> bool {
        self.of.get(later).is_some_and(|it| it.follows.iter().any(|it| it == earlier))
    }
}

/// Directed links, each from a later story to an earlier one, by their places in the group.
type Links = BTreeSet<(usize, usize)>;

/// The directed links of the members of a group: those that are labelled, and those that were made.
fn links(group: &Group, decided: &Decisions<'_>) -> (Links, Links) {
    let story = |id: &String| group.stories.iter().position(|it| it.contains(id));
    let labelled = group.follows.iter().filter_map(|it| Some((story(&it[0])?, story(&it[1])?))).collect();
    let mut made = BTreeSet::new();
    for (at, later) in group.stories.iter().enumerate() {
        for (other, earlier) in group.stories.iter().enumerate().filter(|it| it.0 != at) {
            if later.iter().any(|a| earlier.iter().any(|b| decided.follows(a, b))) {
                made.insert((at, other));
            }
        }
    }
    (labelled, made)
}

/// Which stories were made of the headlines of an aggregator that the tables have not seen, beside those
/// that they are labelled with.
#[derive(Default)]
struct Aggregated {
    found: Vec<usize>,
    labels: Vec<String>,
}

impl Aggregated {
    fn add(&mut self, headlines: &[Row], matcher: &Arc<Matcher>, out: u64) {
        let decided = Decisions::of(headlines, matcher);
        let mut names: HashMap<String, usize> = HashMap::new();
        let first = self.found.iter().max().map_or(0, |it| it + 1);
        for row in headlines.iter().filter(|it| gbdt::fold(&it.cluster, learn::FOLDS) == out) {
            let Some(decision) = decided.of.get(row.id.as_str()) else { continue };
            let next = first + names.len();
            self.found.push(*names.entry(decision.cluster.to_string()).or_insert(next));
            self.labels.push(row.cluster.clone());
        }
    }
}

/// Figures of whole stories, and what was missed or joined wrongly.
pub fn validate(folder: &Path, pairs: &[Pair]) -> Outcome<String> {
    let rivals: Vec<Row> = corpus::rows(&folder.join("rivals/rivals.jsonl"))?;
    let groups: Vec<Group> = corpus::rows(&folder.join("stories/labels.jsonl"))?;
    let real: Vec<Row> = corpus::rows(&folder.join("stories/articles.jsonl"))?;
    let both: Vec<Row> = real.iter().chain(&rivals).cloned().collect();
    let cut = |rows: &[Row]| rows.iter().map(|it| it.cut(LEAD)).collect::<Vec<_>>();
    let sets = [("leads", cut(&both)), ("whole", both), ("real leads", cut(&real)), ("real whole", real)];
    let (mut of_rivals, mut of_groups) = (Labels::new(), Labels::new());
    pairs::of_rivals(&rivals, &mut of_rivals);
    pairs::of_groups(&groups, &mut of_groups);
    let title: HashMap<&str, &str> = sets[0].1.iter().map(|it| (it.id.as_str(), it.title.as_str())).collect();
    let mut headlines: Vec<Row> = corpus::rows(&folder.join("dedup/uci_stories.jsonl"))?;
    headlines.sort_by_key(|it| (it.published(), it.id.clone()));
    let mut aggregated = Aggregated::default();
    let (mut counts, mut lines) = (DocumentFrequencies::new(), BTreeSet::new());
    for out in 0..learn::FOLDS {
        let is_out = |event: &str| gbdt::fold(event, learn::FOLDS) == out;
        let (one_event, model) = learn::without(pairs, Question::OneEvent, Some(out));
        let (follow_up, follows) = learn::without(pairs, Question::FollowUp, Some(out));
        let others = || pairs.iter().filter(|it| !is_out(&it.group));
        let (sequel, of_headlines) = (linear::sequels(others()), linear::headlines(others()));
        let matcher = Arc::new(Matcher::parse(&one_event, &follow_up, &sequel, &of_headlines)?);
        aggregated.add(&headlines, &matcher, out);
        let likely: HashMap<(&str, &str, &str), (f32, f32)> = pairs
            .iter()
            .filter(|it| is_out(&it.group))
            .map(|it| {
                let likely = if it.is_objected { -1.0 } else { model.probability(&it.signals) };
                ((it.set.as_str(), &*it.ids.0, &*it.ids.1), (likely, follows.probability(&it.signals)))
            })
            .collect();
        for (set, rows) in &sets {
            let decided = Decisions::of(rows, &matcher);
            let is_real = set.starts_with("real");
            let say = |word: &str, a: &str, b: &str| {
                let known = likely.get(&(set.trim_start_matches("real "), a.min(b), a.max(b)));
                format!("{set} {word} {a} {b} {known:.2?}: {} || {}\n", title[a], title[b])
            };
            for ((a, b), (is_same, kind, event)) in if is_real { &of_groups } else { &of_rivals } {
                if kind == "unsure" || !is_out(event) {
                    continue;
                }
                let is_joined = decided.are_joined(a, b);
                let label = if *is_same { "one" } else { "two" };
                count(&mut counts, set, &format!("{label} {kind}"), is_joined);
                if is_joined != *is_same {
                    lines.insert(say(if is_joined { "WRONG" } else { "MISSED" }, a, b));
                }
                if !is_real && (kind == "follow" || kind == "near") {
                    let is_linked = decided.follows(a, b) || decided.follows(b, a);
                    count(&mut counts, set, &format!("linked {kind}"), is_linked);
                }
            }
            for group in groups.iter().filter(|it| is_real && is_out(&it.group)) {
                let (labelled, made) = links(group, &decided);
                for link in labelled.union(&made) {
                    let (is_labelled, is_made) = (labelled.contains(link), made.contains(link));
                    if is_labelled {
                        count(&mut counts, set, "follow-ups linked", is_made);
                    }
                    if is_made {
                        count(&mut counts, set, "links right", is_labelled);
                    }
                    let word = match (is_labelled, is_made) {
                        (true, true) => "LINK",
                        (true, false) => "NOLINK",
                        _ => "BADLINK",
                    };
                    lines.insert(say(word, &group.stories[link.0][0], &group.stories[link.1][0]));
                }
            }
        }
    }
    let of_aggregator = dedup::scores(&aggregated.found, &aggregated.labels);
    let mut text = format!("headlines of an aggregator: {of_aggregator:.2?}\n");
    text.push_str("whole stories: set, one or two stories, kind: joined, of so many pairs\n");
    for (kind, (hits, all)) in counts {
        text.push_str(&format!("{kind}: {hits} of {all}, {:.3}\n", hits as f64 / all as f64));
    }
    Ok(text + &lines.into_iter().collect::<String>())
}
