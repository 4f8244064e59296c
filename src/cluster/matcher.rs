//! Whether two entries tell one event, by what was learned from labelled pairs.
//!
//! The table is written by `benches/matching`; what it learned from and how well it does on events that
//! it has not seen stands in `docs/QUALITY.md`.

use std::sync::Arc;
use std::sync::LazyLock;

use crate::gbdt::Gbdt;
use crate::gbdt::GbdtError;

use super::candidate::Index;
use super::linear::Linear;
use super::linear::LinearError;
use super::objection;
use super::objection::Objection;
use super::pair::Pair;
use super::signal;
use super::signal::Figures;
use super::signal::NAMES;

/// What ships.
const TABLE: &str = include_str!("matcher.txt");
const FOLLOWS_TABLE: &str = include_str!("follows.txt");
const SEQUEL_TABLE: &str = include_str!("sequel.txt");
const HEADLINES_TABLE: &str = include_str!("headlines.txt");

/// How likely an entry and one member of a story must tell one event for the entry to join.
const JOIN_MIN: f32 = 0.62;
/// The same where neither text is longer than a lead: less is known of either.
const LEADS_JOIN_MIN: f32 = 0.55;
/// Words of the longer text up to which both are leads.
const LEAD_WORDS_MAX: u16 = 80;
/// The same where one of them has no text: headlines of two events are more alike than their texts.
const HEADLINES_JOIN_MIN: f32 = 0.80;
/// The same where the headlines say opposite things, as one opens what the other closes.
const OPPOSITES_JOIN_MIN: f32 = 0.80;
/// How likely a later entry must tell what came of an earlier event for it to follow that one.
const FOLLOWS_MIN: f32 = 0.5;
/// The same of articles that are longer than those that were written for training: of them, the few signals
/// decide that were learned from real follow-ups.
const SEQUEL_MIN: f32 = 0.70;
/// Words of the shorter text from which on that is so.
const SEQUEL_WORDS_MIN: f32 = 150.0;
/// Cosine of texts from which on they are about one subject at all.
const SUBJECT_MIN: f32 = 0.30;
/// Cosine of headlines from which on they are the same.
const SERIES_TITLE: f32 = 0.95;
/// What must be reached on average over the members, as a share of what one must reach.
const AVERAGE_SHARE: f32 = 0.7;
/// What a publisher's own two entries must reach: it tells an event once, then what follows.
const ONE_PUBLISHER_MIN: f32 = 0.95;
/// What a link from one article to the other, or from both to a third, adds to the log-odds that both tell
/// one event. No labelled pair has links, so that this is set by hand, and low: what is unlikely by its
/// words stays unlikely.
const LINK_LOG_ODDS: f32 = 1.5;
/// Cosine of texts from which on one is an edited copy of the other.
const COPY_TEXT: f32 = 0.9;
/// Signals that an explanation names, the weightiest first.
const EXPLAINED_MAX: usize = 12;
/// Log-odds below which a signal is not worth naming.
const EXPLAINED_MIN: f32 = 0.05;

/// Weighs the signals of pairs.
#[derive(Debug)]
pub struct Matcher {
    one_event: Gbdt,
    /// Learned from written follow-ups, which are short.
    follow_up: Gbdt,
    /// Learned from real ones as well.
    sequel: Linear,
    /// How much two headlines without texts are alike, learned from pairs that people scored. It only ranks
    /// pairs: which headlines make one story, the trees say, who learned from far more of them.
    headlines: Linear,
}

/// What is wrong with a table of a matcher.
#[derive(Debug, thiserror::Error)]
pub enum MatcherError {
    /// Of trees.
    #[error(transparent)]
    Trees(#[from] GbdtError),
    /// Of a sum.
    #[error(transparent)]
    Sum(#[from] LinearError),
}

/// What was found of a pair.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    /// How likely both tell one event; 0 where something speaks against it.
    pub(super) probability: f32,
    /// What it must reach.
    needed: f32,
    /// What links add to the log-odds.
    of_links: f32,
    /// Whether the later entry refers to the event of the earlier one.
    later_refers_back: bool,
    objection: Option<Objection>,
    figures: Figures,
}

impl Matcher {
    /// The names of the signals, in the order of their figures.
    pub const SIGNALS: &[&str] = &NAMES;
    /// Those of them that are asked whether a pair tells one event.
    pub const ONE_EVENT_SIGNALS: &[&str] = NAMES.split_at(signal::OF_ONE_EVENT).0;
    /// Hours from which on further ones say no more for a follow-up among whole articles: distance in time
    /// alone makes none.
    pub const SEQUEL_HOURS_MAX: f32 = 72.0;

    /// The one that ships.
    pub fn learned() -> Arc<Self> {
        static LEARNED: LazyLock<Arc<Matcher>> = LazyLock::new(|| {
            Arc::new(
                Matcher::parse(TABLE, FOLLOWS_TABLE, SEQUEL_TABLE, HEADLINES_TABLE)
                    .expect("the tables are well-formed"),
            )
        });
        Arc::clone(&LEARNED)
    }

    /// Reads its tables: of trees, which pairs tell one event, and which an event and what came of it;
    /// of a sum of signals, the latter once more, and how much headlines are alike.
    ///
    /// # Errors
    /// Names the line that is not as the table's format is.
    pub fn parse(
        one_event: &str,
        follow_up: &str,
        sequel: &str,
        headlines: &str,
    ) -> Result<Self, MatcherError> {
        Ok(Self {
            one_event: Gbdt::parse(one_event)?,
            follow_up: Gbdt::parse(follow_up)?,
            sequel: Linear::parse(sequel)?,
            headlines: Linear::parse(headlines)?,
        })
    }

    /// How much two headlines without texts are alike, by the signals of the pair and whether nothing
    /// speaks against one event.
    pub fn likeness_of_headlines(&self, signals: &[f32], is_open: bool) -> f32 {
        let figures = signals.try_into().ok().filter(|_| is_open);
        let likely = figures.map_or(0.0, |it| probability(self.headlines.log_odds(it)));
        let wording = signals.get(signal::WORDING).map_or(0.0, |it| it.max(0.0));
        (2.0 * likely + wording) / 3.0
    }

    /// The same of a pair that was judged.
    pub(super) fn of_headlines(&self, judgement: &Judgement) -> f32 {
        self.likeness_of_headlines(&judgement.figures, judgement.objection.is_none())
    }

    /// What a pair comes to.
    pub(super) fn judge(&self, pair: &Pair<'_>, index: &Index) -> Judgement {
        let mut judged = Judgement::of(pair, index);
        if judged.objection.is_none() {
            judged.probability = probability(self.one_event.log_odds(&judged.figures) + judged.of_links);
        }
        judged
    }

    /// The same of several pairs: the trees are read once for several of them.
    pub(super) fn judge_all<'a>(
        &self,
        pairs: impl Iterator<Item = Pair<'a>>,
        index: &Index,
    ) -> Vec<Judgement> {
        let mut judged: Vec<Judgement> = pairs.map(|it| Judgement::of(&it, index)).collect();
        let open = judged.iter().filter(|it| it.objection.is_none());
        let log_odds = self.one_event.log_odds_of(open.map(|it| &it.figures[..]));
        let open = judged.iter_mut().filter(|it| it.objection.is_none());
        for (it, log_odds) in open.zip(log_odds) {
            it.probability = probability(log_odds + it.of_links);
        }
        judged
    }

    /// How likely the later of each pair tells what came of the earlier one's event, where that is asked
    /// and likely enough.
    pub(super) fn follows<'a>(
        &self,
        judgements: impl Iterator<Item = (&'a Judgement, bool)>,
    ) -> Vec<Option<f32>> {
        // A text with nothing in common, or one that is never compared, comes of nothing.
        let is_open = |it: &Judgement| !matches!(it.objection, Some(Objection::Apart | Objection::Texts));
        let asked: Vec<Option<&Judgement>> =
            judgements.map(|(it, is_asked)| Some(it).filter(|it| is_asked && is_open(it))).collect();
        let by_trees = asked.iter().flatten().filter(|it| it.is_short() && it.is_tied());
        let log_odds = self.follow_up.log_odds_of(by_trees.map(|it| &it.figures[..]));
        let mut likely = log_odds.into_iter().map(probability);
        let mut follows = |it: &Judgement| {
            if it.is_short() {
                let likely = if it.is_tied() { likely.next() } else { None };
                return likely.filter(|it| FOLLOWS_MIN <= *it);
            }
            let figures = it.of_sequel();
            let by_sum = probability(self.sequel.log_odds(&figures));
            let is_one_subject = SUBJECT_MIN <= figures[signal::TEXT];
            // What comes under the same headline again is a series.
            let is_series = SERIES_TITLE <= figures[signal::TITLE];
            let is_of_event = is_one_subject && it.later_refers_back && !is_series;
            Some(by_sum).filter(|it| SEQUEL_MIN <= *it && is_of_event)
        };
        asked.into_iter().map(|it| it.and_then(&mut follows)).collect()
    }

    /// The weightiest signals of a pair with what each adds to the log-odds, and how likely it is.
    pub(super) fn explain(&self, judgement: &Judgement) -> String {
        let mut added = self.one_event.contributions(&judgement.figures);
        added[signal::LINKS] += judgement.of_links;
        let named = weightiest(added.into_iter().enumerate(), &judgement.figures);
        format!("likely {:.2}: {named}", judgement.probability)
    }

    /// The same of a later entry that tells what came of an earlier one's event.
    pub(super) fn explain_follow_up(&self, judgement: &Judgement, probability: f32) -> String {
        let named = if judgement.is_short() {
            let added = self.follow_up.contributions(&judgement.figures);
            weightiest(added.into_iter().enumerate(), &judgement.figures)
        } else {
            let figures = judgement.of_sequel();
            weightiest(self.sequel.contributions(&figures), &figures)
        };
        format!("likely {probability:.2}: {named}")
    }
}

/// The signals that add most to the log-odds, each with its figure and what it adds.
fn weightiest(added: impl Iterator<Item = (usize, f32)>, figures: &Figures) -> String {
    let mut named: Vec<(usize, f32)> = added.filter(|it| EXPLAINED_MIN <= it.1.abs()).collect();
    named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    let named: Vec<String> = named
        .iter()
        .take(EXPLAINED_MAX)
        .map(|(at, added)| format!("{} {} ({added:+.2})", NAMES[*at], rounded(figures[*at])))
        .collect();
    named.join(", ")
}

fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// With two decimals, without those that say nothing.
fn rounded(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

impl Judgement {
    /// A pair with its signals, not yet weighed.
    fn of(pair: &Pair<'_>, index: &Index) -> Self {
        let (x, y) = (pair.a.features, pair.b.features);
        let mut needed = match (x.has_text && y.has_text, x.length.max(y.length)) {
            (false, _) => HEADLINES_JOIN_MIN,
            (true, ..=LEAD_WORDS_MAX) => LEADS_JOIN_MIN,
            (true, _) => JOIN_MIN,
        };
        if pair.title.is_opposite {
            needed = needed.max(OPPOSITES_JOIN_MIN);
        }
        if x.publisher == y.publisher {
            needed = ONE_PUBLISHER_MIN;
        }
        let of_links = if index.are_linked(x, y) { LINK_LOG_ODDS } else { 0.0 };
        Self {
            probability: 0.0,
            needed,
            of_links,
            later_refers_back: signal::later_refers_back(pair),
            objection: objection::of(pair),
            figures: signal::measure(pair),
        }
    }

    /// Whether the pair alone makes one story.
    pub(super) fn is_enough(&self) -> bool {
        self.needed <= self.probability
    }

    /// Whether one text is as short as the follow-ups that were written for training.
    fn is_short(&self) -> bool {
        self.figures[signal::SHORTER_TEXT] < SEQUEL_WORDS_MIN
    }

    /// Whether a name that stands in the headline or lead of both ties them, or a link: words alone make
    /// nothing the sequel of something else.
    fn is_tied(&self) -> bool {
        0.0 < self.figures[signal::LEAD_NAMES] || 0.0 < self.figures[signal::LINKS]
    }

    /// The figures by which a whole article is asked whether it tells what came of an event.
    fn of_sequel(&self) -> Figures {
        let mut figures = self.figures;
        figures[signal::HOURS] = figures[signal::HOURS].min(Matcher::SEQUEL_HOURS_MAX);
        figures
    }

    /// Whether one is the other's text with a few edits.
    pub(super) fn is_copy(&self) -> bool {
        COPY_TEXT <= self.figures[signal::TEXT]
    }

    /// Whether both tell two events, however alike they are: then no third entry makes one story of them.
    /// One that is never compared, or that says too little, contradicts nothing.
    pub(super) fn contradicts(&self) -> bool {
        use Objection::Identifiers;
        use Objection::Numbers;
        use Objection::Swapped;
        use Objection::Texts;
        matches!(self.objection, Some(Identifiers | Numbers | Swapped | Texts))
    }

    /// What the pair says beside others of the same two stories: from 1 on they are one on average.
    pub(super) fn vote(&self) -> f32 {
        self.probability / (AVERAGE_SHARE * self.needed.min(HEADLINES_JOIN_MIN))
    }
}
