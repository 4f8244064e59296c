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
use crate::text::word_list::WordList;

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
const PROBABILITY_MIN: f32 = 0.25;
/// The same for the first two, without which many a story would have none.
const FIRST_PROBABILITY_MIN: f32 = 0.15;
/// The same of one that has a word of a likelier one, and mostly says the same: "Claude Code", then "Code".
const SHARING_PROBABILITY_MIN: f32 = 0.6;
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
    /// Topics of the taxonomy that its name is another word for.
    pub alias_of: Vec<Slug>,
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
    let likely = found
        .iter()
        .filter(|it| names_something(it))
        .map(|it| (it, tables.phrases.probability(it)))
        .filter(|it| FIRST_PROBABILITY_MIN <= it.1);
    likely.filter_map(|(it, probability)| of_phrase(tables, rules, it, probability)).collect()
}

/// A phrase as a topic: the one of the taxonomy that it names, or its own. `None` where it is another
/// word for a topic of the operator's, of which its terms decide.
fn of_phrase(tables: &Tables, rules: &[TopicRule], it: &Candidate, probability: f32) -> Option<Ranked> {
    let words = folded_words(it.shown);
    if let Some(rule) = rules.iter().find(|rule| folded_words(&rule.name) == words) {
        let topic = Topic { name: rule.name.clone(), slug: rule.slug.clone() };
        return Some(Ranked { topic, probability, is_of_taxonomy: true, alias_of: Vec::new() });
    }
    let said = Words::of(std::iter::once(it.shown), it.words.len() + 1);
    // "NASA" stands beside "Space".
    let aliased = rules.iter().filter(|rule| !it.is_name && said.count_of(&rule.phrases) != 0);
    let alias_of: Vec<Slug> = aliased.map(|it| it.slug.clone()).collect();
    if alias_of.iter().any(|it| !tables.subjects.knows(it)) {
        return None;
    }
    let name = as_printed(it.shown, it.is_name);
    let topic = Topic { slug: Slug::of(&name)?, name };
    Some(Ranked { topic, probability, is_of_taxonomy: false, alias_of })
}

fn folded_words(name: &str) -> Vec<String> {
    word::words(name).map(|it| folded(it.1).into_owned()).collect()
}

/// Whether a phrase can be a topic: not what only opens a headline ("Traces shrink"), is always part of a
/// longer one, is a letter, a date, a unit or a title ("Mr"), or counts something ("scan 1.8").
fn names_something(it: &Candidate) -> bool {
    static NO_NAMES: WordList = WordList::new(include_str!("no_names.txt"));
    let is_opening = !it.is_name && word::is_capitalised(it.shown);
    let is_letter = it.shown.chars().filter(|it| it.is_alphanumeric()).count() < 2;
    let has_digit = it.shown.contains(|c: char| c.is_ascii_digit());
    let (first, last) = (it.words.first(), it.words.last());
    let is_no_name = |it: Option<&String>| it.is_some_and(|it| NO_NAMES.contains(it));
    !is_opening
        && !it.is_nested
        && !is_letter
        && (it.is_name || !has_digit)
        && !is_no_name(first)
        && !is_no_name(last)
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
        let words = folded_words(&it.topic.name);
        let holds = |a: &[String], b: &[String]| b.iter().all(|it| a.contains(it));
        let is_alias = |a: &Ranked, b: &Ranked| a.alias_of.contains(&b.topic.slug);
        let says_same = chosen.iter().any(|(known, other)| {
            // By the topics of the taxonomy outputs and audiences are chosen: no other word hides one.
            let shares = !it.is_of_taxonomy
                && it.probability < SHARING_PROBABILITY_MIN
                && words.iter().any(|it| other.contains(it));
            shares || holds(other, &words) || holds(&words, other) || is_alias(&it, known)
        });
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
            alias_of: Vec::new(),
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
        Ranked { topic, probability, is_of_taxonomy, alias_of: Vec::new() }
    }

    #[track_caller]
    fn check(all: &[(&str, f32, bool)], expected: &[&str]) {
        let topics = choose(all.iter().map(|it| ranked(it.0, it.1, it.2)).collect());
        assert_eq!(topics.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn another_word_for_a_topic_hides_it_not() {
        let topic = |probability| ranked("Identity", probability, true);
        let alias = |probability| {
            let alias_of = vec![topic(0.0).topic.slug];
            Ranked { alias_of, ..ranked("Passkeys", probability, false) }
        };
        let names = |all| choose(all).into_iter().map(|it| it.name).collect::<Vec<_>>();
        assert_eq!(names(vec![topic(0.4), alias(0.7)]), ["Identity", "Passkeys"]);
        assert_eq!(names(vec![topic(0.7), alias(0.4)]), ["Identity"]);
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
