//! Briefs single stories as the daemon does and compares them with what people wrote.

use std::fmt;
use std::time::Duration;

use chrono::DateTime;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;
use url::Url;

use crate::config::Config;
use crate::curate;
use crate::curate::Budget;
use crate::curate::Curated;
use crate::curate::CurationContext;
use crate::domain::Briefing;
use crate::domain::Byline;
use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::Item;
use crate::domain::Member;
use crate::domain::Rights;
use crate::domain::Snapshot;
use crate::domain::SnapshotFrom;
use crate::domain::SnapshotId;
use crate::domain::SourceId;
use crate::domain::Statement;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::Timestamp;
use crate::pipeline::title_of;
use crate::publish;

use super::labels::Kept;
use super::labels::Label;
use super::rouge;
use super::rouge::rouge;

/// Topics of a story that are written and compared: those of its briefing first, then
/// further phrases of the text.
const TOPICS_MAX: usize = 10;

/// Who curates, where no configuration says it.
const CURATOR: &str = "bylined";

/// Where published links start, where no configuration says it.
const BASE_URL: &str = "http://127.0.0.1:8080/";

/// One line of the input.
#[derive(Clone, Debug, Deserialize)]
pub struct Sample {
    /// Comes back as it is.
    pub id: Value,
    /// The publisher's name.
    #[serde(default)]
    pub publisher: String,
    /// The article's address.
    #[serde(default)]
    pub url: String,
    /// The article's title.
    #[serde(default)]
    pub title: String,
    /// Paragraphs separated by an empty line, treated as the text of a feed.
    #[serde(default)]
    pub text: String,
    /// RFC 3339.
    #[serde(default)]
    pub published: Option<String>,
    /// The summary a person wrote.
    #[serde(default)]
    pub reference: Option<String>,
    /// The topics people named.
    #[serde(default)]
    pub topics: Option<Vec<String>>,
    /// What an editor marked.
    #[serde(default)]
    pub label: Option<Label>,
    /// The sentences that the label numbers: ranges of `text` in characters.
    #[serde(default)]
    pub sentences: Vec<(usize, usize)>,
}

/// One line of the output.
#[derive(Clone, Debug, Serialize)]
pub struct OutputLine {
    /// As given.
    pub id: Value,
    /// At most ten, best first; the first five at most are those of the briefing.
    pub topics: Vec<String>,
    /// As `_bylined` of a feed item.
    pub briefing: Value,
}

/// What all samples came to.
#[derive(Clone, Debug, Default)]
pub struct CurationScores {
    samples: usize,
    with_reference: usize,
    rouge: [f64; 3],
    with_topics: usize,
    f1_at_5: f64,
    f1_at_10: f64,
    statements: usize,
    verified: usize,
    dropped: usize,
    without_summary: usize,
    kept: Kept,
    cpu: Duration,
}

/// Briefs samples one by one and keeps the scores.
#[derive(Debug)]
pub struct Evaluation<'a> {
    desk: CurationContext<'a>,
    curator: &'a str,
    base_url: Url,
    /// Of all samples so far.
    pub scores: CurationScores,
}

impl<'a> Evaluation<'a> {
    /// With the topics and audiences of a configuration, or none. Nothing limits what is quoted.
    pub fn new(config: Option<&'a Config>) -> Self {
        let base_url = || Url::parse(BASE_URL).expect("a constant address");
        Self {
            desk: CurationContext {
                topics: config.map_or(&[], |it| &it.topics),
                audiences: config.map_or(&[], |it| &it.audiences),
                budget: Budget::Unlimited,
            },
            curator: config.map_or(CURATOR, |it| &it.site.curator),
            base_url: config.map_or_else(base_url, |it| it.site.base_url.clone()),
            scores: CurationScores::default(),
        }
    }

    /// Briefs one sample. `cpu_used` tells how much processor time this thread has used so far.
    pub fn brief(&mut self, sample: &Sample, cpu_used: impl Fn() -> Duration) -> OutputLine {
        let member = self.member(sample);
        let title = title_of(&member);
        let before = cpu_used();
        let curated = curate::brief(&self.desk, &sample.title, std::slice::from_ref(&member));
        let took = cpu_used().saturating_sub(before);
        let topics = topics(&curated.briefing, &sample.title, &sample.text);
        self.scores.add(sample, &curated, &topics, took);
        let item = self.item(member.byline, title, curated);
        OutputLine {
            id: sample.id.clone(),
            topics,
            briefing: publish::bylined_json(&item, self.curator, &self.base_url),
        }
    }

    fn member(&self, sample: &Sample) -> Member {
        let published =
            sample.published.as_deref().and_then(|it| DateTime::parse_from_rfc3339(it.trim()).ok());
        Member {
            entry: EntryId(1),
            source: source(),
            byline: Byline {
                name: sample.publisher.clone(),
                url: Url::parse(&sample.url).unwrap_or_else(|_| self.base_url.clone()),
                title: sample.title.clone(),
                feed_url: None,
                feed_id: None,
                home: None,
                author: None,
                published: published
                    .map(|it| Timestamp::from_millis(it.timestamp_millis()))
                    .unwrap_or_default(),
                rights: Rights::Any,
                rights_text: None,
                via: Vec::new(),
                copy_of: None,
            },
            snapshot: Some(Snapshot {
                id: SnapshotId(1),
                from: SnapshotFrom::Feed,
                text: sample.text.as_str().into(),
            }),
            summary: None,
            abstract_snapshot: None,
            categories: Vec::new(),
            language: None,
        }
    }

    fn item(&self, byline: Byline, title: String, curated: Curated) -> Item {
        let key = StoryKey::founded_by(&source(), &EntryKey::new(byline.url.as_str()), None);
        let published = byline.published;
        let host = self.base_url.host_str().unwrap_or_default();
        Item {
            id: StoryId::tag(host, published.utc().date_naive(), &key),
            path: format!("/story/{key}"),
            key,
            title,
            bylines: vec![byline],
            briefing: curated.briefing,
            related: Vec::new(),
            revision: 1,
            reviewed: None,
            published,
            updated: published,
            language: curated.language,
            enclosure: None,
            model: None,
            verifier: None,
            notices: Vec::new(),
        }
    }
}

fn source() -> SourceId {
    "evaluation".parse().expect("a constant slug")
}

/// The briefing's topics, then what else the text is about.
fn topics(briefing: &Briefing, title: &str, text: &str) -> Vec<String> {
    let mut topics: Vec<String> = briefing.topics.iter().map(|it| it.name.clone()).collect();
    let mut seen: Vec<_> = topics.iter().map(|it| rouge::tokens(it)).collect();
    for phrase in curate::key_phrases(title, text, 2 * TOPICS_MAX) {
        let tokens = rouge::tokens(&phrase);
        if topics.len() < TOPICS_MAX && !seen.contains(&tokens) {
            seen.push(tokens);
            topics.push(phrase);
        }
    }
    topics
}

impl CurationScores {
    fn add(&mut self, sample: &Sample, curated: &Curated, topics: &[String], cpu: Duration) {
        self.samples += 1;
        self.cpu += cpu;
        self.dropped += curated.dropped.len();
        let briefing = &curated.briefing;
        self.without_summary += usize::from(briefing.summary.is_empty());
        self.statements += briefing.statements().count();
        self.verified += briefing.statements().filter(|it| is_verified(it, &sample.text)).count();
        if let Some(reference) = &sample.reference {
            let said: Vec<&str> = briefing.summary.iter().map(|it| it.text.as_str()).collect();
            self.with_reference += 1;
            let found = rouge(reference, &said.join(" "));
            self.rouge.iter_mut().zip(found).for_each(|(sum, it)| *sum += it);
        }
        if let Some(label) = &sample.label {
            self.kept.add(&sample.text, &sample.sentences, label, briefing);
        }
        if let Some(wanted) = &sample.topics {
            self.with_topics += 1;
            self.f1_at_5 += topics_f1(wanted, topics, 5);
            self.f1_at_10 += topics_f1(wanted, topics, 10);
        }
    }

    /// ROUGE-1, ROUGE-2 and ROUGE-L of the summaries, F1 in percent; `None` without references.
    pub fn rouge(&self) -> Option<[f64; 3]> {
        (0 < self.with_reference).then(|| self.rouge.map(|it| 100.0 * it / self.with_reference as f64))
    }
}

/// F1 of the first `k` topics against those people named, equal after stemming.
fn topics_f1(wanted: &[String], found: &[String], k: usize) -> f64 {
    let stemmed = |topics: &[String]| {
        let mut stems: Vec<Vec<String>> = topics.iter().map(|it| rouge::tokens(it)).collect();
        stems.sort();
        stems.dedup();
        stems
    };
    let (wanted, found) = (stemmed(wanted), stemmed(&found[..k.min(found.len())]));
    let shared = found.iter().filter(|it| wanted.contains(it)).count();
    rouge::f1(shared, wanted.len(), found.len())
}

/// Whether every receipt's bytes stand where it says and have its digest.
fn is_verified(statement: &Statement, text: &str) -> bool {
    let holds = |it: &crate::domain::Receipt| {
        text.get(it.start..it.end) == Some(it.quote.as_str())
            && format!("{:x}", Sha256::digest(&it.quote)) == it.sha256
    };
    !statement.receipts.is_empty() && statement.receipts.iter().all(holds)
}

impl fmt::Display for CurationScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = |sum: f64, n: usize| 100.0 * sum / n.max(1) as f64;
        writeln!(f, "stories: {}, {} without a summary", self.samples, self.without_summary)?;
        if let Some([one, two, l]) = self.rouge() {
            writeln!(f, "ROUGE-1/2/L: {one:.1} / {two:.1} / {l:.1} ({} references)", self.with_reference)?;
        }
        if 0 < self.with_topics {
            let (five, ten) = (mean(self.f1_at_5, self.with_topics), mean(self.f1_at_10, self.with_topics));
            writeln!(f, "topics F1@5/@10: {five:.1} / {ten:.1} ({} with topics)", self.with_topics)?;
        }
        let share = mean(self.verified as f64, self.statements);
        writeln!(f, "receipts: {} of {} statements verified ({share:.1} %)", self.verified, self.statements)?;
        if 0 < self.dropped {
            writeln!(f, "gate: {} statements dropped", self.dropped)?;
        }
        if !self.kept.is_empty() {
            write!(f, "{}", self.kept)?;
        }
        let millis = 1000.0 * self.cpu.as_secs_f64() / self.samples.max(1) as f64;
        write!(f, "CPU: {millis:.2} ms a story")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &[&str], found: &[&str], k: usize, expected: f64) {
        let owned = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let f1 = topics_f1(&owned(wanted), &owned(found), k);
        assert!((f1 - expected).abs() < 1e-9, "{f1} is not {expected}");
    }

    #[test]
    fn topics_agree_by_their_stems() {
        check(&["Data centres", "Oslo"], &["data centre", "Bonn"], 5, 0.5);
        check(&["Data centres"], &["data", "centres"], 5, 0.0);
        check(&["a", "b"], &["a", "x", "b"], 2, 0.5);
        check(&[], &[], 5, 0.0);
    }
}
