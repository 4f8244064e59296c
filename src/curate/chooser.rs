//! Says how likely each line of an English text is to serve each purpose in a briefing.
//!
//! What is here was learned from articles that editors labelled (`benches/training/chooser`): a
//! logistic regression over words, pairs of words and shapes, then boosted trees over it and over the other
//! features. The tables hold weights and no text. Two rounds: the first tells what is no
//! text of the article and what leans on other sentences; the second sees what the first said of the
//! whole text, so that places are counted among the article's own sentences.

mod coverage;

use std::sync::LazyLock;

use crate::gbdt::Gbdt;

use self::coverage::ranks;
use super::features;
use super::features::Features;
pub use super::features::TextLine;

/// What is asked of a line. The order is that of the tables.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Target {
    /// It is no text of the article: navigation, captions, other articles' teasers.
    Furniture,
    /// It cannot be quoted alone.
    Leaning,
    /// It could stand in a summary.
    Summary,
    /// It is an insight.
    Insight,
    /// It is the point that one takes away.
    Takeaway,
    /// It is a general rule.
    Principle,
    /// It is of use in practice.
    Practice,
    /// It is among the few that share most words with what an editor wrote in their own.
    Retold,
    /// It could stand in some field; asked of its words alone, for the second round.
    Any,
}

impl Target {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 9] = [
        Self::Furniture,
        Self::Leaning,
        Self::Summary,
        Self::Insight,
        Self::Takeaway,
        Self::Principle,
        Self::Practice,
        Self::Retold,
        Self::Any,
    ];

    /// Its name in file names and figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Furniture => "furniture",
            Self::Leaning => "leaning",
            Self::Summary => "summary",
            Self::Insight => "insight",
            Self::Takeaway => "takeaway",
            Self::Principle => "principle",
            Self::Practice => "practice",
            Self::Retold => "retold",
            Self::Any => "any",
        }
    }
}

/// Lines of one text that are considered.
pub const LINES_MAX: usize = 400;

/// A line more likely than this to be furniture is never quoted: what is chosen for its other merits is
/// furniture more often than its odds say.
const FURNITURE_MAX: f32 = 0.2;
/// The same in a text of which no line is below that: then likelier text than not must do.
const FURNITURE_DOUBTFUL: f32 = 0.5;
/// A sentence more likely than this to lean is quoted only in a summary, behind one it can lean on.
const LEANING_MAX: f32 = 0.4;

/// How many targets there are.
pub const TARGETS: usize = Target::ALL.len();

/// Probabilities of one line, 0 to 1, by target; none for [`Target::Any`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Odds([f32; TARGETS]);

impl Odds {
    /// Of a line in a text too short to be read: it may stand in a summary and nowhere else.
    pub fn unread() -> Self {
        let mut odds = Self::default();
        odds.0[Target::Summary as usize] = 0.5;
        odds.0[Target::Retold as usize] = 0.5;
        odds
    }

    /// The probability of a target.
    pub fn of(&self, target: Target) -> f32 {
        self.0[target as usize]
    }

    /// Whether the line is likely enough to be text of the article.
    pub fn is_text(&self) -> bool {
        self.of(Target::Furniture) < FURNITURE_MAX
    }

    /// Whether the line is likelier text of the article than not.
    pub fn may_be_text(&self) -> bool {
        self.of(Target::Furniture) < FURNITURE_DOUBTFUL
    }

    /// Whether the line is likely to lean.
    pub fn leans(&self) -> bool {
        LEANING_MAX < self.of(Target::Leaning)
    }
}

/// The odds of every line of an English text, in order.
///
/// What cannot matter is not asked and stays 0: of furniture everything else, of a line that leans
/// everything but its worth in a summary.
pub fn odds(title: &str, lines: &[TextLine]) -> Vec<Odds> {
    if lines.is_empty() {
        return Vec::new();
    }
    let mut features = features::of_text(title, lines);
    let words: Vec<LineScores> = features.iter().map(|it| WORDS.scores(it)).collect();
    features.iter_mut().zip(&words).for_each(|(it, words)| it.dense.extend(words.values()));
    let cases = cases(&features);
    let [furniture, leaning] = &MODELS.first;
    let said = furniture.probabilities(&cases).into_iter().zip(leaning.probabilities(&cases));
    let first: Vec<First> = said.map(|(furniture, leaning)| First { furniture, leaning }).collect();
    let context = context(&features::stems_of(title), &features, &first, &words);
    features.iter_mut().zip(context).for_each(|(it, context)| it.dense.extend(context));
    second(&features)
}

fn cases(features: &[Features]) -> Vec<&[f32]> {
    features.iter().map(|it| it.dense.as_slice()).collect()
}

/// Asks the second round.
fn second(features: &[Features]) -> Vec<Odds> {
    let cases = cases(features);
    let mut odds = vec![Odds::default(); cases.len()];
    for (target, model) in Target::ALL.into_iter().zip(&MODELS.second) {
        let matters = |it: &Odds| match target {
            Target::Furniture => true,
            Target::Leaning | Target::Summary | Target::Retold => it.may_be_text(),
            _ => it.is_text() && !it.leans(),
        };
        let asked: Vec<usize> = (0..odds.len()).filter(|at| matters(&odds[*at])).collect();
        let of_these: Vec<&[f32]> = asked.iter().map(|at| cases[*at]).collect();
        let found = model.probabilities(&of_these);
        asked.into_iter().zip(found).for_each(|(at, found)| odds[at].0[target as usize] = found);
    }
    odds
}

/// What the first round says of a line.
#[derive(Clone, Copy, Debug)]
pub struct First {
    /// [`Target::Furniture`].
    pub furniture: f32,
    /// [`Target::Leaning`].
    pub leaning: f32,
}

/// What the second round sees of each line besides the features and word scores of the first:
/// what the first round said of it, of its neighbours and of the text, and how much of the text and of the
/// title, whose stems are given, it covers.
pub fn context(title: &[u32], features: &[Features], first: &[First], words: &[LineScores]) -> Vec<Vec<f32>> {
    let n = first.len();
    let own = |at: usize| 1.0 - first[at].furniture;
    let stems: Vec<&[u32]> = features.iter().map(|it| it.stems.as_slice()).collect();
    let covered = coverage::of_lines(title, &stems, &(0..n).map(own).collect::<Vec<f32>>());
    let total: f32 = (0..n).map(own).sum::<f32>() + 1e-6;
    let worth: Vec<f32> = first.iter().map(|it| (1.0 - it.furniture) * (1.0 - it.leaning)).collect();
    let mean_worth = worth.iter().sum::<f32>() / n.max(1) as f32;
    let worth_ranks = ranks(&worth);
    let role_ranks: Vec<Vec<f32>> = (Target::Summary as usize..TARGETS)
        .map(|target| {
            let scores: Vec<f32> = (0..n).map(|at| words[at].sum(target) + logit(own(at)) / 2.0).collect();
            ranks(&scores)
        })
        .collect();
    let (mut before, mut worth_before) = (0.0, 0.0);
    let mut context = Vec::with_capacity(n);
    for (at, line) in first.iter().enumerate() {
        let near = |offset: isize| at.checked_add_signed(offset).and_then(|at| first.get(at));
        let furniture = |offset: isize| near(offset).map_or(1.0, |it| it.furniture);
        let around = (-3..=3).map(furniture).sum::<f32>() / 7.0;
        let mut values = vec![
            line.furniture,
            line.leaning,
            f32::ln_1p(before),
            before / total,
            total.ln(),
            furniture(-1),
            furniture(1),
            furniture(-2),
            furniture(2),
            near(-1).map_or(0.0, |it| it.leaning),
            near(1).map_or(1.0, |it| it.leaning),
            around,
            worth[at],
            worth_ranks[at] / n as f32,
            worth_before,
            mean_worth,
        ];
        values.extend(role_ranks.iter().map(|it| it[at] / total.max(1.0)));
        let summary = |at: Option<usize>| {
            at.and_then(|at| words.get(at)).map_or(0.0, |it| it.sum(Target::Summary as usize))
        };
        values.push(summary(at.checked_sub(1)));
        values.push(summary(at.checked_add(1)));
        values.extend(covered[at]);
        before += own(at);
        worth_before += worth[at];
        context.push(values);
    }
    context
}

fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

/// What the words of a line and its shapes say of each target, as parts of a logit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineScores {
    words: [f32; TARGETS],
    shapes: [f32; TARGETS],
}

impl LineScores {
    /// Both together.
    pub fn sum(&self, target: usize) -> f32 {
        self.words[target] + self.shapes[target]
    }

    /// What the trees see: each part, then the sums.
    pub fn values(&self) -> impl Iterator<Item = f32> {
        let sums = (0..TARGETS).map(|it| self.sum(it));
        self.words.into_iter().chain(self.shapes).chain(sums)
    }
}

/// Weights of words and shapes for each target.
#[derive(Clone, Debug)]
pub struct WordTable {
    bias: [f32; TARGETS],
    /// What one step of a weight is worth.
    step: [f32; TARGETS],
    /// Bucket by bucket, those of the words first, the targets of each together.
    weights: Vec<i8>,
}

/// Buckets of words and shapes.
pub const WEIGHED: usize = features::BUCKETS + features::SHAPES;

impl WordTable {
    /// Of weights as learned, each target's in the order of the buckets, which are rounded.
    pub fn new(bias: [f32; TARGETS], learned: &[Vec<f32>]) -> Self {
        let largest = |of: &[f32]| of.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
        let step: Vec<f32> = learned.iter().map(|it| largest(it).max(1e-6) / 127.0).collect();
        let mut weights = vec![0; WEIGHED * TARGETS];
        for (target, of) in learned.iter().enumerate() {
            for (bucket, weight) in of.iter().enumerate() {
                weights[bucket * TARGETS + target] = (weight / step[target]).round() as i8;
            }
        }
        Self { bias, step: std::array::from_fn(|at| step[at]), weights }
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` of anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, weights) = bytes.split_at_checked(8 * TARGETS)?;
        let number = |at: usize| {
            let four = head.get(4 * at..4 * at + 4).and_then(|it| it.try_into().ok());
            four.map_or(0.0, f32::from_le_bytes)
        };
        let table = Self {
            bias: std::array::from_fn(number),
            step: std::array::from_fn(|at| number(TARGETS + at)),
            weights: weights.iter().map(|it| it.cast_signed()).collect(),
        };
        (table.weights.len() == WEIGHED * TARGETS).then_some(table)
    }

    /// Biases and steps as little-endian numbers, then a byte for each weight.
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = self.bias.iter().chain(&self.step).flat_map(|it| it.to_le_bytes());
        head.chain(self.weights.iter().map(|it| it.cast_unsigned())).collect()
    }

    /// The scores of a line.
    pub fn scores(&self, line: &Features) -> LineScores {
        let words = self.part(line.grams.iter().map(|it| usize::from(*it)), line.grams.len());
        let behind_words = |it: &u16| features::BUCKETS + usize::from(*it);
        let shapes = self.part(line.shapes.iter().map(behind_words), line.shapes.len());
        LineScores { words: std::array::from_fn(|at| self.bias[at] + words[at]), shapes }
    }

    fn part(&self, buckets: impl Iterator<Item = usize>, count: usize) -> [f32; TARGETS] {
        let mut sums = [0_i32; TARGETS];
        for bucket in buckets {
            let row = &self.weights[bucket * TARGETS..(bucket + 1) * TARGETS];
            sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += i32::from(*weight));
        }
        let share = 1.0 / (count.max(1) as f32).sqrt();
        std::array::from_fn(|at| sums[at] as f32 * self.step[at] * share)
    }
}

static WORDS: LazyLock<WordTable> = LazyLock::new(|| {
    WordTable::from_bytes(include_bytes!("chooser/words.bin")).expect("the table is as long as it should be")
});

/// The trees of both rounds.
struct Models {
    /// Of what is no text, and of what leans.
    first: [Gbdt; 2],
    /// Of every target but the last.
    second: [Gbdt; TARGETS - 1],
}

static MODELS: LazyLock<Models> = LazyLock::new(|| {
    let read = |text: &str| Gbdt::parse(text).expect("the trainer wrote it");
    Models {
        first: [
            read(include_str!("chooser/first-furniture.txt")),
            read(include_str!("chooser/first-leaning.txt")),
        ],
        second: [
            read(include_str!("chooser/furniture.txt")),
            read(include_str!("chooser/leaning.txt")),
            read(include_str!("chooser/summary.txt")),
            read(include_str!("chooser/insight.txt")),
            read(include_str!("chooser/takeaway.txt")),
            read(include_str!("chooser/principle.txt")),
            read(include_str!("chooser/practice.txt")),
            read(include_str!("chooser/retold.txt")),
        ],
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 7] = [
        "Home | News | About us",
        "Fernwave will let other cloud companies host its Tern database from June, the Oslo company said on Thursday.",
        "It did not name them.",
        "Tern 4.2 is available today and costs $30 per user a month.",
        "Companies should never store their only backup with the vendor that runs their database.",
        "Sign up for our newsletter and follow us on LinkedIn.",
        "Copyright 2026 Example Monitor. All rights reserved.",
    ];

    fn read() -> Vec<Odds> {
        let lines: Vec<TextLine> =
            LINES.iter().enumerate().map(|(paragraph, text)| TextLine { text, paragraph }).collect();
        odds("Fernwave opens its Tern database to other clouds", &lines)
    }

    #[test]
    fn tables_were_trained_with_these_features() {
        let lines = [TextLine { text: LINES[1], paragraph: 0 }];
        let read = features::of_text("", &lines);
        let features = read[0].dense.len() + 3 * TARGETS;
        let first = [First { furniture: 0.0, leaning: 0.0 }];
        let words = [LineScores { words: [0.0; TARGETS], shapes: [0.0; TARGETS] }];
        let with_context = features + context(&[], &read, &first, &words)[0].len();
        assert!(MODELS.first.iter().all(|it| it.features().count() == features));
        assert!(MODELS.second.iter().all(|it| it.features().count() == with_context));
    }

    #[test]
    fn what_is_no_text_and_what_leans_is_told_from_news() {
        let odds = read();
        let of = |target| odds.iter().map(|it| it.of(target)).collect::<Vec<f32>>();
        let (furniture, leaning) = (of(Target::Furniture), of(Target::Leaning));
        assert!(
            furniture[1] < 0.5 && 0.5 < furniture[0] && 0.5 < furniture[5] && 0.5 < furniture[6],
            "{furniture:?}"
        );
        assert!(leaning[1] < 0.3 && 0.5 < leaning[2], "{leaning:?}");
        let summary = of(Target::Summary);
        assert!(summary.iter().all(|it| *it <= summary[1]), "{summary:?}");
    }

    #[test]
    fn the_same_text_has_the_same_odds() {
        assert_eq!(read(), read());
    }

    #[test]
    fn a_table_of_words_is_read_as_it_was_written() {
        let mut learned = vec![vec![0.0; WEIGHED]; TARGETS];
        learned[2][7] = 2.54;
        learned[2][features::BUCKETS + 9] = -1.26;
        let table = WordTable::new([0.5; TARGETS], &learned);
        let read = WordTable::from_bytes(&table.to_bytes()).expect("it was written so");
        let line = Features { dense: Vec::new(), grams: vec![7], shapes: vec![9], stems: Vec::new() };
        assert_eq!(read.scores(&line), table.scores(&line));
        assert!((read.scores(&line).sum(2) - 1.78).abs() < 1e-5);
        assert!(WordTable::from_bytes(b"short").is_none());
    }
}
