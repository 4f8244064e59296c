//! Whom a story is for: the operator's audiences, by their topics and by learned roles.
//!
//! Fourteen roles were learned from articles that editors labelled
//! (`benches/training/audiences.rs`): for each a logistic regression over the TF-IDF weights of
//! hashed word stems. The table holds weights and no text. An audience that has the
//! name of a role is recognised by what was learned, in English texts, and by its topics;
//! any other audience by its topics alone.

use std::sync::LazyLock;

use foldhash::HashMap;

use crate::config::Audience;
use crate::domain::Member;
use crate::domain::Topic;
use crate::text::word;
use crate::text::word::Language;

use super::reading;

/// Audiences of a story.
const AUDIENCES_MAX: usize = 4;
/// The first so many topics of a story are its main ones.
const MAIN_TOPICS: usize = 2;
/// Topics in common that make a story an audience's, main or not.
const MATCHES_MIN: usize = 2;
/// Log-odds from which on a story is for a role: a probability of 0.26, where precision and
/// recall of the labels balance.
const LOG_ODDS_MIN: f32 = -1.05;
/// What a topic of the audience adds to the log-odds of its role.
const TOPIC_LOG_ODDS: f32 = 0.5;
/// Log-odds of the likeliest role where none reaches `LOG_ODDS_MIN`.
const LIKELIEST_LOG_ODDS_MIN: f32 = -1.8;

/// Buckets into which word stems are hashed.
pub const BUCKETS: usize = 1 << 13;
/// Words of a text that are read.
const WORDS_MAX: usize = 800;
/// How often a word of the title counts.
const TITLE_COUNT: f32 = 3.0;
/// Steps of a stored inverse document frequency.
const IDF_STEPS: f32 = 20.0;

/// The roles that were learned, as slugs, in the order of the table.
pub const ROLES: [&str; 14] = [
    "cto",
    "ciso",
    "security-engineer",
    "platform-engineer",
    "data-engineer",
    "ml-engineer",
    "developer",
    "product-manager",
    "designer",
    "investor",
    "researcher",
    "policy-maker",
    "it-administrator",
    "consumer",
];

/// What was learned, in the program.
static LEARNED: LazyLock<RoleTable> = LazyLock::new(|| {
    RoleTable::from_bytes(include_bytes!("audience/roles.bin")).expect("the table in the program is whole")
});

/// The audiences of a story, likeliest first, at most four.
pub(super) fn of_story<'a>(
    audiences: &'a [Audience],
    topics: &[Topic],
    title: &str,
    members: &[Member],
    language: Option<Language>,
) -> Vec<&'a Audience> {
    if audiences.is_empty() {
        return Vec::new();
    }
    let learned = (language == Some(Language::English)).then(|| {
        let text = reading::quotable(members).map(|it| reading::read_part(it.1));
        LEARNED.log_odds(&StemCounts::count(title, text))
    });
    choose(audiences, topics, learned.as_ref())
}

/// Chooses among audiences, given the log-odds of all roles.
fn choose<'a>(
    audiences: &'a [Audience],
    topics: &[Topic],
    learned: Option<&[f32; ROLES.len()]>,
) -> Vec<&'a Audience> {
    let main = &topics[..topics.len().min(MAIN_TOPICS)];
    let shared = |audience: &Audience, topics: &[Topic]| {
        topics.iter().filter(|topic| audience.topics.contains(&topic.slug)).count()
    };
    let mut found: Vec<(f32, &Audience)> = audiences
        .iter()
        .filter_map(|audience| {
            let role = ROLES.iter().position(|role| *role == audience.slug.as_str());
            let matches = shared(audience, topics);
            let is_theirs = shared(audience, main) > 0 || matches >= MATCHES_MIN;
            match (learned, role) {
                (Some(learned), Some(role)) => {
                    Some((learned[role] + if is_theirs { TOPIC_LOG_ODDS } else { 0.0 }, audience))
                }
                _ => is_theirs.then_some((matches as f32, audience)),
            }
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let likely = found.iter().filter(|it| it.0 >= LOG_ODDS_MIN).count();
    let likeliest = usize::from(found.first().is_some_and(|it| it.0 >= LIKELIEST_LOG_ODDS_MIN));
    found.truncate(likely.max(likeliest).min(AUDIENCES_MAX));
    found.into_iter().map(|it| it.1).collect()
}

/// The inverse document frequency of a bucket, among the articles that the roles were learned from.
pub fn idf(bucket: u16) -> f32 {
    f32::from(LEARNED.idf[usize::from(bucket)]) / IDF_STEPS
}

/// The inverse document frequency of an English word in lower case.
pub fn idf_of(lower: &str) -> f32 {
    idf(bucket(&Language::English.stem(lower)))
}

/// How often each bucket of word stems occurs in a title and its text, sorted by bucket.
#[derive(Clone, Debug, Default)]
pub struct StemCounts(Vec<(u16, f32)>);

impl StemCounts {
    /// Counts the stems of an English title and the first words of its texts.
    pub fn count<'a>(title: &str, texts: impl Iterator<Item = &'a str>) -> Self {
        let mut counts: HashMap<u16, f32> = HashMap::default();
        let mut add = |word: &str, count: f32| {
            let lower = word::lower(word);
            *counts.entry(bucket(&Language::English.stem(&lower))).or_default() += count;
        };
        word::words(title).for_each(|(_, word)| add(word, TITLE_COUNT));
        texts.flat_map(word::words).take(WORDS_MAX).for_each(|(_, word)| add(word, 1.0));
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|it| it.0);
        Self(counts)
    }

    /// The buckets that occur.
    pub fn buckets(&self) -> impl Iterator<Item = u16> {
        self.0.iter().map(|it| it.0)
    }

    /// Unit vector of TF-IDF weights: (1 + ln tf) × idf.
    pub fn weigh(&self, idf: impl Fn(u16) -> f32) -> Vec<(u16, f32)> {
        let mut weights: Vec<_> =
            self.0.iter().map(|(bucket, tf)| (*bucket, (1.0 + tf.ln()) * idf(*bucket))).collect();
        let norm = weights.iter().map(|it| it.1 * it.1).sum::<f32>().sqrt();
        if norm > 0.0 {
            weights.iter_mut().for_each(|it| it.1 /= norm);
        }
        weights
    }
}

/// FNV-1a of a stem, folded to a bucket.
fn bucket(stem: &str) -> u16 {
    let hash =
        stem.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    ((hash ^ (hash >> 15)) as usize % BUCKETS) as u16
}

/// Inverse document frequencies and, for each role, weights by bucket.
#[derive(Clone, Debug)]
pub struct RoleTable {
    idf: Vec<u8>,
    roles: Vec<RoleWeights>,
}

#[derive(Clone, Debug)]
struct RoleWeights {
    bias: f32,
    /// What a step of a weight is worth.
    scale: f32,
    weights: Vec<i8>,
}

impl RoleTable {
    /// Packs weights (bias, then one for each bucket) of all roles in the order of `ROLES`.
    pub fn pack(idf: &[f32], roles: &[(f32, Vec<f32>)]) -> Self {
        let idf = idf.iter().map(|it| (it * IDF_STEPS).round().clamp(0.0, 255.0) as u8).collect();
        let pack = |(bias, weights): &(f32, Vec<f32>)| {
            let largest = weights.iter().fold(0.0_f32, |largest, it| largest.max(it.abs()));
            let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
            let weights = weights.iter().map(|it| (it / scale).round() as i8).collect();
            RoleWeights { bias: *bias, scale, weights }
        };
        Self { idf, roles: roles.iter().map(pack).collect() }
    }

    /// The bytes of the table: frequencies, then bias, scale (little-endian) and weights of each role.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.idf.clone();
        for role in &self.roles {
            bytes.extend(role.bias.to_le_bytes());
            bytes.extend(role.scale.to_le_bytes());
            bytes.extend(role.weights.iter().map(|it| it.cast_unsigned()));
        }
        bytes
    }

    /// Reads what `to_bytes` wrote; `None` where the length is another.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (idf, mut rest) = bytes.split_at_checked(BUCKETS)?;
        let mut roles = Vec::new();
        for _ in ROLES {
            let (bias, after) = rest.split_first_chunk()?;
            let (scale, after) = after.split_first_chunk()?;
            let (weights, after) = after.split_at_checked(BUCKETS)?;
            roles.push(RoleWeights {
                bias: f32::from_le_bytes(*bias),
                scale: f32::from_le_bytes(*scale),
                weights: weights.iter().map(|it| it.cast_signed()).collect(),
            });
            rest = after;
        }
        rest.is_empty().then(|| Self { idf: idf.to_vec(), roles })
    }

    /// Log-odds that a text is for each role, in the order of `ROLES`; without bound below where its
    /// words speak against the role, so that no text is for a role only because many are.
    pub fn log_odds(&self, terms: &StemCounts) -> [f32; ROLES.len()] {
        let weights = terms.weigh(|bucket| f32::from(self.idf[usize::from(bucket)]) / IDF_STEPS);
        std::array::from_fn(|role| {
            let role = &self.roles[role];
            let sum: f32 = weights
                .iter()
                .map(|(bucket, weight)| weight * f32::from(role.weights[usize::from(*bucket)]))
                .sum();
            if sum > 0.0 { role.bias + role.scale * sum } else { f32::NEG_INFINITY }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Slug;

    fn slug(name: &str) -> Slug {
        Slug::of(name).expect("a name that can be written")
    }

    fn audience(name: &str, topics: &[&str]) -> Audience {
        Audience {
            name: name.to_owned(),
            slug: slug(name),
            topics: topics.iter().map(|it| slug(it)).collect(),
        }
    }

    #[track_caller]
    fn check(audiences: &[Audience], topics: &[&str], learned: Option<[f32; 14]>, expected: &[&str]) {
        let topics: Vec<Topic> =
            topics.iter().map(|it| Topic { name: (*it).to_owned(), slug: slug(it) }).collect();
        let found = choose(audiences, &topics, learned.as_ref());
        assert_eq!(found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), expected);
    }

    /// Log-odds that are low but for some roles.
    fn learned(likely: &[(&str, f32)]) -> Option<[f32; 14]> {
        Some(std::array::from_fn(|role| likely.iter().find(|it| it.0 == ROLES[role]).map_or(-5.0, |it| it.1)))
    }

    #[test]
    fn a_topic_in_passing_makes_no_audience() {
        let all = [
            audience("Storage buyer", &["cloud"]),
            audience("Engineer", &["storage", "hardware"]),
            audience("DBA", &["databases", "storage"]),
        ];
        check(&all, &["databases", "ai", "cloud"], None, &["DBA"]);
        check(&all, &["cloud", "ai", "storage", "databases"], None, &["DBA", "Storage buyer"]);
        check(&all, &["ai"], None, &[]);
    }

    #[test]
    fn roles_are_recognised_without_their_topics() {
        let all = [audience("CTO", &["cloud"]), audience("Designer", &[]), audience("DBA", &["databases"])];
        check(&all, &["ai"], learned(&[("designer", 0.5)]), &["Designer"]);
        check(&all, &["databases"], learned(&[("designer", 0.5)]), &["DBA", "Designer"]);
        check(&all, &["ai"], learned(&[]), &[]);
    }

    #[test]
    fn topics_of_a_role_are_evidence_and_not_proof() {
        let all = [audience("CTO", &["cloud"])];
        check(&all, &["cloud"], learned(&[("cto", -1.5)]), &["CTO"]);
        check(&all, &["cloud"], learned(&[]), &[]);
        check(&all, &["cloud"], None, &["CTO"]);
    }

    #[test]
    fn four_audiences_at_most_likeliest_first() {
        let all: Vec<Audience> = ROLES.iter().map(|it| audience(it, &[])).collect();
        let odds = std::array::from_fn(|role| role as f32);
        check(&all, &[], Some(odds), &["consumer", "it-administrator", "policy-maker", "researcher"]);
    }

    #[test]
    fn tables_survive_being_written_and_cut_ones_are_refused() {
        let bytes = LEARNED.to_bytes();
        assert_eq!(RoleTable::from_bytes(&bytes).map(|it| it.to_bytes()), Some(bytes.clone()));
        assert!(RoleTable::from_bytes(&bytes[1..]).is_none());
        assert!(RoleTable::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_none());
    }

    #[test]
    fn a_text_that_says_nothing_is_for_no_role() {
        let odds = LEARNED.log_odds(&StemCounts::count("", std::iter::empty()));
        assert!(odds.iter().all(|it| *it == f32::NEG_INFINITY), "{odds:?}");
    }

    #[test]
    fn real_work_is_told_apart() {
        let check = |title: &str, text: &str, role: &str| {
            let odds = LEARNED.log_odds(&StemCounts::count(title, std::iter::once(text)));
            let best = (0..ROLES.len()).max_by(|a, b| odds[*a].total_cmp(&odds[*b])).map(|it| ROLES[it]);
            assert_eq!(best, Some(role), "{title}: {odds:?}");
        };
        check(
            "Borrow checker errors now name the conflicting closure",
            "The compiler prints the closure that holds the reference. Programmers compile their code with the \
             new release and read the function and the line in the error message.",
            "developer",
        );
        check(
            "Harbour Robotics raises $40 million in Series B funding",
            "The startup said investors valued the company at $310 million. The round was led by a venture \
             capital firm; revenue tripled last year.",
            "investor",
        );
    }
}
