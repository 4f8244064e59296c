//! Fills a story's briefing, each statement with its receipt, and lets nothing ungrounded through.
//!
//! The engine here is the extractive one: it chooses sentences of the sources by rule
//! and writes none. What it cannot support stays empty.

mod budget;
mod cue;
pub mod gate;
mod language;
mod rank;
mod reading;
mod topics;

use std::fmt;

use sha2::Digest;
use sha2::Sha256;

use crate::config::Audience;
use crate::config::TopicRule;
use crate::domain::Briefing;
use crate::domain::Engine;
use crate::domain::Made;
use crate::domain::Member;
use crate::domain::Receipt;
use crate::domain::Statement;
use crate::domain::Takeaway;
use crate::domain::Topic;

pub use self::budget::Budget;
pub use self::topics::phrases;

use self::budget::Spent;
use self::reading::Sentence;
use self::reading::Stem;

/// Sentences of a summary.
const SUMMARY_MAX: usize = 3;
/// Sentences of a summary that several publishers carry.
const SUMMARY_MERGED_MAX: usize = 4;
const TAKEAWAYS_MAX: usize = 2;
const INSIGHTS_MAX: usize = 3;
const PRACTICE_MAX: usize = 3;
const PRINCIPLES_MAX: usize = 2;
/// Share of stems in common above which two sentences say the same.
const SAME_ABOVE: f64 = 0.6;
/// Cues that make an insight or a practice worth a place.
const CUES_MIN: u32 = 2;

/// What curation knows besides the story.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The operator's taxonomy.
    pub topics: &'a [TopicRule],
    /// Who reads.
    pub audiences: &'a [Audience],
    /// How much may be quoted.
    pub budget: Budget<'a>,
}

/// A briefing, and what was found on the way to it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Curated {
    /// Ready to be stored.
    pub briefing: Briefing,
    /// What the gate refused.
    pub dropped: Vec<Dropped>,
    /// BCP 47 tag of the story's text.
    pub language: Option<String>,
    /// Lower-case hex SHA-256 of title and members as read.
    pub input_hash: String,
}

/// A statement that did not pass the gate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dropped {
    /// The field it was meant for.
    pub field: Field,
    /// The statement.
    pub text: String,
    /// What its source lacks.
    pub findings: Vec<gate::Finding>,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: \u{201c}{}\u{201d}:", self.field, self.text)?;
        self.findings.iter().try_for_each(|it| write!(f, " {it:?}"))
    }
}

/// The fields of a briefing that hold statements.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Field {
    /// `summary`
    Summary,
    /// `key_takeaway`
    KeyTakeaway,
    /// `key_insights`
    KeyInsights,
    /// `in_practice`
    InPractice,
    /// `principles`
    Principles,
}

/// Briefs a story by rule. The first member speaks for it; without any that may be
/// quoted the briefing holds topics and audiences only.
pub fn brief(desk: &Desk, title: &str, members: &[Member]) -> Curated {
    let lead = reading::quotable(members).next();
    let declared = lead.map_or(0, |it| it.0);
    let declared = members.get(declared).and_then(|it| it.language.as_deref());
    let lead_text = lead.map_or("", |it| reading::read_part(it.1));
    let language = language::tag(lead_text, declared);
    let is_known =
        language::known(if lead_text.is_empty() { title } else { lead_text }, language.as_deref()).is_some();

    let mut stems = reading::Stems::default();
    let sentences = reading::sentences(members, &mut stems);
    let title_stems = stems.of(title);
    let topics = topics::of_story(desk.topics, title, members, is_known);
    let readers = topics::audiences(desk.audiences, &topics);

    let mut page = Page {
        members,
        sentences: &sentences,
        spent: Spent::nothing(desk.budget, members),
        taken: Vec::new(),
        dropped: Vec::new(),
    };
    let mut briefing = Briefing::default();
    if is_known {
        briefing.summary = summary(&mut page, &title_stems, stems.len());
        if !briefing.summary.is_empty() {
            briefing.key_takeaway = takeaways(&mut page, desk, &topics, &readers);
            briefing.key_insights =
                best_by(&mut page, Field::KeyInsights, INSIGHTS_MAX, CUES_MIN, cue::insight);
            briefing.in_practice =
                best_by(&mut page, Field::InPractice, PRACTICE_MAX, CUES_MIN, cue::practice);
            briefing.principles = best_by(&mut page, Field::Principles, PRINCIPLES_MAX, 1, cue::principle);
        }
    } else {
        briefing.summary = publishers_own(&mut page);
    }
    briefing.engine = if briefing.summary.is_empty() { Engine::None } else { Engine::Extractive };
    briefing.best_for = readers.iter().map(|it| it.name.clone()).collect();
    briefing.topics = topics;
    let dropped = page.dropped;
    Curated { briefing, dropped, language, input_hash: input_hash(title, members) }
}

/// A briefing in the making: what may be quoted, and what has been.
struct Page<'a> {
    members: &'a [Member],
    sentences: &'a [Sentence<'a>],
    spent: Spent<'a>,
    /// Positions of the sentences that stand in some field.
    taken: Vec<usize>,
    dropped: Vec<Dropped>,
}

impl Page<'_> {
    /// Whether the sentence may still be quoted: fit, within the budget, not said yet,
    /// and not leaning on one that is not shown before it.
    fn is_open(&self, at: usize) -> bool {
        let it = &self.sentences[at];
        let is_said = || {
            self.taken.iter().any(|taken| {
                *taken == at || SAME_ABOVE < reading::overlap(&self.sentences[*taken].stems, &it.stems)
            })
        };
        it.is_quotable && self.spent.affords(it) && !is_said()
    }

    /// The statement with its receipt, if the gate lets it through.
    fn quote(&mut self, at: usize, field: Field, made: Made) -> Option<Statement> {
        let it = &self.sentences[at];
        let (member, snapshot) = (&self.members[it.member], self.members[it.member].snapshot.as_ref()?);
        let quote = snapshot.text.get(it.span.clone())?;
        self.taken.push(at);
        let findings = gate::check(it.text, quote);
        if !findings.is_empty() {
            self.dropped.push(Dropped { field, text: it.text.to_owned(), findings });
            return None;
        }
        self.spent.spend(it);
        let receipt = Receipt {
            entry: member.entry,
            snapshot: snapshot.id,
            url: member.byline.url.to_string(),
            start: it.span.start,
            end: it.span.end,
            quote: quote.to_owned(),
            sha256: hex(&Sha256::digest(quote)),
            is_quote_shown: true,
        };
        Some(Statement { text: it.text.to_owned(), made, receipts: vec![receipt] })
    }
}

/// The sentences that say most, in the order of the members and their texts.
fn summary(page: &mut Page, title: &[(Stem, u32)], stems: usize) -> Vec<Statement> {
    let sentences = page.sentences;
    let ranking = rank::rank(sentences, title, stems);
    let is_merged = sentences.first().zip(sentences.last()).is_some_and(|(a, b)| a.member != b.member);
    let max = if is_merged { SUMMARY_MERGED_MAX } else { SUMMARY_MAX };
    let mut picked: Vec<usize> = Vec::new();
    let mut statements = Vec::new();
    while statements.len() < max {
        let is_open = |c: usize| {
            let at = ranking.candidates[c];
            // What leans is shown only behind what it leans on.
            let is_held = !sentences[at].is_dependent
                || 0 < at
                    && picked.iter().any(|it| ranking.candidates[*it] == at - 1)
                    && sentences[at - 1].member == sentences[at].member;
            is_held && page.is_open(at) && !repeats_title(&sentences[at], title)
        };
        let Some(best) = ranking.best(&picked, is_open) else { break };
        picked.push(best);
        let at = ranking.candidates[best];
        if let Some(statement) = page.quote(at, Field::Summary, Made::Extractive) {
            statements.push((at, statement));
        }
    }
    statements.sort_by_key(|it| it.0);
    statements.into_iter().map(|it| it.1).collect()
}

/// Whether the sentence says only what the title says.
fn repeats_title(it: &Sentence, title: &[(Stem, u32)]) -> bool {
    const TITLE_AGAIN_ABOVE: f64 = 0.85;
    TITLE_AGAIN_ABOVE < reading::overlap(&it.stems, title)
}

/// The article's own conclusion, and insights for audiences whose topic the sentence itself names.
fn takeaways(page: &mut Page, desk: &Desk, topics: &[Topic], readers: &[&Audience]) -> Vec<Takeaway> {
    let mut takeaways = Vec::new();
    let sentences = page.sentences;
    for audience in readers {
        let rules: Vec<&TopicRule> = desk
            .topics
            .iter()
            .filter(|rule| {
                audience.topics.contains(&rule.slug) && topics.iter().any(|it| it.slug == rule.slug)
            })
            .collect();
        let is_theirs = |it: &Sentence| rules.iter().any(|rule| topics::is_named(rule, it.text));
        let framed = strongest(page, CUES_MIN, |it| match it.text.contains(['"', '“', '‘']) {
            true => 0,
            false => cue::insight(it),
        });
        let framed = framed.into_iter().find(|at| page.is_open(*at) && is_theirs(&sentences[*at]));
        if let Some(at) = framed
            && takeaways.len() + 1 < TAKEAWAYS_MAX
            && let Some(statement) = page.quote(at, Field::KeyTakeaway, Made::Rule)
        {
            takeaways.push(Takeaway { audience: Some(audience.name.clone()), statement });
        }
    }
    let length = |member: usize| sentences.iter().filter(|it| it.member == member).count();
    let concluding = strongest(page, 1, |it| match 2 * length(it.member) <= 3 * it.index {
        true => cue::conclusion(it),
        false => 0,
    });
    if let Some(at) = concluding.into_iter().find(|at| page.is_open(*at))
        && let Some(statement) = page.quote(at, Field::KeyTakeaway, Made::Extractive)
    {
        takeaways.insert(0, Takeaway { audience: None, statement });
    }
    takeaways
}

/// The `max` sentences with the strongest cues, in the order of the text.
fn best_by(
    page: &mut Page,
    field: Field,
    max: usize,
    cues_min: u32,
    cue: impl Fn(&Sentence) -> u32,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    for at in strongest(page, cues_min, cue) {
        if statements.len() < max
            && page.is_open(at)
            && let Some(statement) = page.quote(at, field, Made::Extractive)
        {
            statements.push((at, statement));
        }
    }
    statements.sort_by_key(|it| it.0);
    statements.into_iter().map(|it| it.1).collect()
}

/// The sentences with enough cues that stand on their own, strongest first, the earlier of equals.
fn strongest(page: &Page, cues_min: u32, cue: impl Fn(&Sentence) -> u32) -> Vec<usize> {
    let fit = page.sentences.iter().enumerate().filter(|(_, it)| it.is_quotable && !it.is_dependent);
    let mut found: Vec<(u32, usize)> =
        fit.map(|(at, it)| (cue(it), at)).filter(|it| cues_min <= it.0).collect();
    found.sort_by_key(|it| (std::cmp::Reverse(it.0), it.1));
    found.into_iter().map(|it| it.1).collect()
}

/// For a language whose words we do not know: the sentences of a text that are also
/// its publisher's own summary.
fn publishers_own(page: &mut Page) -> Vec<Statement> {
    let sentences = page.sentences;
    let mut statements = Vec::new();
    for (member, _) in reading::quotable(page.members) {
        let own = page.members[member].summary.as_deref().map(blanks_as_one).unwrap_or_default();
        for at in (0..sentences.len()).filter(|at| sentences[*at].member == member) {
            let is_own = own.contains(&blanks_as_one(sentences[at].text));
            if is_own && statements.len() < SUMMARY_MERGED_MAX && page.is_open(at) {
                statements.extend(page.quote(at, Field::Summary, Made::Extractive));
            }
        }
        if !statements.is_empty() {
            break;
        }
    }
    statements
}

fn blanks_as_one(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// SHA-256 of all that an engine is given, each part with its length before it.
fn input_hash(title: &str, members: &[Member]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(title);
    for it in members {
        add(it.byline.url.as_str());
        add(it.byline.rights.as_str());
        add(it.snapshot.as_ref().map_or("", |it| &it.text));
        add(it.summary.as_deref().unwrap_or_default());
        add(it.language.as_deref().unwrap_or_default());
        it.categories.iter().for_each(|it| add(it));
    }
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
