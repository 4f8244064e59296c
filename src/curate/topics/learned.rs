//! The topics of an English story by what was learned from editors' labels: topics of the
//! taxonomy by its words, phrases of the story by how they are used in it.

use std::sync::LazyLock;

use crate::config::TopicRule;
use crate::domain::Slug;
use crate::domain::Topic;
use crate::text::phrase::Phrase;
use crate::text::phrase::Words;
use crate::text::phrase::folded;
use crate::text::word;

use super::bound::TOPICS_MAX;
use super::bound::words_of;
use super::candidate::Candidate;
use super::candidate::candidates;
use super::phrase_table::PhraseTable;
use super::subject::SubjectTable;
use super::subject::WeighedWords;
use super::subject::own_terms;

/// Least probability of a topic: about half of the F1 that can be had, where one more guess gains
/// as much as it costs.
const PROBABILITY_MIN: f32 = 0.22;
/// The same for the first two, without which many a story would have none.
const FIRST_PROBABILITY_MIN: f32 = 0.15;
/// Topics that may be as unlikely.
const FIRST: usize = 2;

/// What was learned of topics and of phrases.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Topics of a taxonomy.
    pub subjects: SubjectTable,
    /// Phrases of the story.
    pub phrases: PhraseTable,
}

/// What was learned, in the program.
pub(super) static LEARNED: LazyLock<Tables> = LazyLock::new(|| Tables {
    subjects: SubjectTable::from_bytes(include_bytes!("subjects.bin"))
        .expect("the table in the program is whole"),
    phrases: PhraseTable::from_bytes(include_bytes!("phrases.bin"))
        .expect("the table in the program is whole"),
});

/// A topic that a story may have.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// The topic.
    pub topic: Topic,
    /// How likely an editor would print it.
    pub probability: f32,
    /// Whether it is of the operator's taxonomy.
    pub is_of_taxonomy: bool,
}

/// The topics of the taxonomy that were learned, with their probabilities.
pub(super) fn of_taxonomy<'a>(
    tables: &'a Tables,
    rules: &'a [TopicRule],
    title: &str,
    texts: &[&str],
    heads: &Words,
    text: &Words,
) -> impl Iterator<Item = (&'a TopicRule, f32)> {
    let weighed = WeighedWords::of(title, texts.iter().copied());
    let words = text.extent();
    let in_title: Vec<usize> = rules.iter().map(|it| heads.count_of(&it.phrases)).collect();
    let in_text: Vec<usize> = rules.iter().map(|it| text.count_of(&it.phrases)).collect();
    rules.iter().enumerate().filter_map(move |(at, rule)| {
        let own = own_terms(in_title[at], in_text[at], words);
        Some((rule, tables.subjects.probability(&rule.slug, &weighed, own)?))
    })
}

/// The phrases of a story that may be topics, with their probabilities; `own` are names that say
/// nothing here.
pub(super) fn of_phrases(
    tables: &Tables,
    rules: &[TopicRule],
    title: &str,
    texts: &[&str],
    own: &[&str],
) -> Vec<Ranked> {
    let found = candidates(title, texts, own);
    // "Traces shrink": a phrase that only opens a headline.
    let is_opening = |it: &Candidate| !it.is_name && word::is_capitalised(it.shown);
    let likely = found
        .iter()
        .filter(|it| !is_opening(it))
        .map(|it| (it, tables.phrases.probability(it)))
        .filter(|it| FIRST_PROBABILITY_MIN <= it.1);
    likely
        .filter_map(|(it, probability)| {
            let name = as_printed(it.shown, it.is_name);
            let words = Words::of(std::iter::once(it.shown), it.words.len() + 1);
            // "Database" is the topic "Databases"; "NASA" stands beside "Space".
            let is_alias = !it.is_name && rules.iter().any(|rule| words.count_of(&rule.phrases) != 0);
            let topic = Topic { slug: Slug::of(&name)?, name };
            (!is_alias).then_some(Ranked { topic, probability, is_of_taxonomy: false })
        })
        .collect()
}

/// A phrase as an index prints it: with a capital at its beginning, the rest as the story has it.
fn as_printed(shown: &str, is_name: bool) -> String {
    if is_name || word::is_capitalised(shown) {
        return shown.to_owned();
    }
    let mut chars = shown.chars();
    chars.next().map(|it| it.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The topics of a story among those that it may have: the likeliest that say different things, those
/// of the taxonomy first.
pub fn choose(mut ranked: Vec<Ranked>) -> Vec<Topic> {
    ranked.sort_by(|a, b| {
        b.probability.total_cmp(&a.probability).then_with(|| a.topic.slug.as_str().cmp(b.topic.slug.as_str()))
    });
    let mut chosen: Vec<(Ranked, Vec<String>)> = Vec::new();
    for it in ranked {
        let least = if chosen.len() < FIRST { FIRST_PROBABILITY_MIN } else { PROBABILITY_MIN };
        if chosen.len() == TOPICS_MAX || it.probability < least {
            break;
        }
        let words: Vec<String> = word::words(&it.topic.name).map(|it| folded(it.1).into_owned()).collect();
        let holds = |a: &[String], b: &[String]| b.iter().all(|it| a.contains(it));
        let says_same = chosen.iter().any(|(_, other)| holds(other, &words) || holds(&words, other));
        if !says_same && Phrase::of(&it.topic.name).is_some() {
            chosen.push((it, words));
        }
    }
    chosen.sort_by_key(|it| !it.0.is_of_taxonomy);
    chosen.into_iter().map(|it| it.0.topic).collect()
}

/// The topics that a story with this title and these texts has by given tables: what the daemon
/// does where publishers name no categories and no story has several publishers.
pub fn by_tables(
    tables: &Tables,
    rules: &[TopicRule],
    title: &str,
    texts: &[&str],
    own: &[&str],
) -> Vec<Topic> {
    let heads = words_of(std::iter::once(title));
    let text = words_of(std::iter::once(title).chain(texts.iter().copied()));
    let taxonomy =
        of_taxonomy(tables, rules, title, texts, &heads, &text).map(|(rule, probability)| Ranked {
            topic: Topic { name: rule.name.clone(), slug: rule.slug.clone() },
            probability,
            is_of_taxonomy: true,
        });
    let ranked = taxonomy.chain(of_phrases(tables, rules, title, texts, own)).collect();
    choose(ranked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(name: &str, probability: f32, is_of_taxonomy: bool) -> Ranked {
        let topic =
            Topic { name: name.to_owned(), slug: Slug::of(name).expect("a name that can be written") };
        Ranked { topic, probability, is_of_taxonomy }
    }

    #[track_caller]
    fn check(all: &[(&str, f32, bool)], expected: &[&str]) {
        let topics = choose(all.iter().map(|it| ranked(it.0, it.1, it.2)).collect());
        assert_eq!(topics.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn topics_of_the_taxonomy_come_first_and_unlikely_ones_not_at_all() {
        check(
            &[("Acme", 0.9, false), ("Databases", 0.5, true), ("Pell", 0.1, false)],
            &["Databases", "Acme"],
        );
        check(&[("Acme", 0.2, false), ("Pell", 0.01, false)], &["Acme"]);
        check(&[], &[]);
    }

    #[test]
    fn of_two_that_say_the_same_the_likelier_stays() {
        check(&[("Tarn Hosting", 0.9, false), ("Tarn", 0.8, false)], &["Tarn Hosting"]);
        check(&[("Databases", 0.9, true), ("database", 0.8, false)], &["Databases"]);
    }

    #[test]
    fn five_at_most() {
        let names = ["Acme", "Birch", "Corvane", "Delft", "Elm", "Fox"];
        let all: Vec<(&str, f32, bool)> = names.iter().map(|it| (*it, 0.5, false)).collect();
        check(&all, &names[..5]);
    }

    fn rules() -> Vec<TopicRule> {
        let rule = |name: &str, terms: &[&str]| {
            let slug = Slug::of(name).expect("a name that can be written");
            TopicRule::new(
                name.to_owned(),
                slug,
                &terms.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>(),
            )
        };
        vec![
            rule("Space", &["satellite", "rocket", "orbit", "nasa", "astronaut"]),
            rule("Energy", &["power grid", "battery", "solar", "electricity"]),
            rule("Semiconductors", &["processor", "gpu", "wafer"]),
            rule("Security", &["cybersecurity", "hackers", "attackers"]),
        ]
    }

    #[track_caller]
    fn check_story(title: &str, text: &str, has: &[&str], lacks: &[&str]) {
        let topics = by_tables(&LEARNED, &rules(), title, &[text], &[]);
        let names: Vec<&str> = topics.iter().map(|it| it.name.as_str()).collect();
        for it in has {
            assert!(names.contains(it), "{title}: {names:?}");
        }
        for it in lacks {
            assert!(!names.contains(it), "{title}: {names:?}");
        }
    }

    #[test]
    fn what_a_story_is_about_is_found() {
        check_story(
            "Rocket carries the Lumen satellite to orbit",
            "The rocket carried the Lumen satellite to orbit on Tuesday. NASA said astronauts on the space station \
             saw the launch. The spacecraft will circle the moon and return to Earth with its crew.",
            &["Space"],
            &["Energy", "Security"],
        );
        check_story(
            "Ida Hill leads a round for Harbour Robotics",
            "Ida Hill put 40 million dollars into Harbour Robotics. The startup said the funding round \
             of Ida Hill and other investors valued Harbour Robotics at 310 million dollars.",
            &["Harbour Robotics"],
            &["Energy", "Space", "Semiconductors"],
        );
    }

    #[test]
    fn tables_survive_being_written_and_cut_ones_are_refused() {
        let (subjects, phrases) = (LEARNED.subjects.to_bytes(), LEARNED.phrases.to_bytes());
        assert_eq!(SubjectTable::from_bytes(&subjects).map(|it| it.to_bytes()), Some(subjects.clone()));
        assert!(SubjectTable::from_bytes(&subjects[..subjects.len() - 1]).is_none());
        assert_eq!(PhraseTable::from_bytes(&phrases).map(|it| it.to_bytes()), Some(phrases.clone()));
        assert!(PhraseTable::from_bytes(&phrases[1..]).is_none());
    }
}
