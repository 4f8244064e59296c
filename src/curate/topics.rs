//! What a story is about: the operator's taxonomy first, then what publishers and the text say.

mod backing;
mod bound;
pub mod candidate;
mod category;
pub mod key_phrases;
pub mod learned;
mod phrase_shape;
pub mod phrase_table;
pub mod subject;

use crate::config::TopicRule;
use crate::domain::Member;
use crate::domain::Slug;
use crate::domain::Topic;
use crate::text::phrase::Phrase;
use crate::text::phrase::Words;
use crate::text::word::Language;

use self::backing::Backing;
use self::bound::TOPICS_MAX;
pub(super) use self::bound::words_of;
use self::category::clean;
use self::category::is_telling;
use self::category::shown;
use self::learned::Ranked;
use super::names;
use super::reading;

/// Mentions that make a topic of the taxonomy one of the story, where neither title nor
/// categories name it.
const MENTIONS_MIN: usize = 2;
/// In a long text one for every so many words.
const WORDS_A_MENTION: usize = 200;
/// Names beside the topics of the taxonomy and the publishers.
const NAMES_MAX: usize = 2;

/// Probability of a topic that a publisher's category names.
const GIVEN_PROBABILITY: f32 = 0.6;
/// Probability of a topic of the taxonomy that nothing was learned of, where the story says its
/// terms often enough.
const SAID_PROBABILITY: f32 = 0.4;

/// The topics of a story: in English by what was learned, in another language by terms and
/// names; of a text whose language we do not know, those of the taxonomy only.
pub(super) fn of_story(
    rules: &[TopicRule],
    title: &str,
    members: &[Member],
    language: Option<Language>,
) -> Vec<Topic> {
    let categories: Vec<&str> = members
        .iter()
        .flat_map(|it| &it.categories)
        .map(|it| clean(it))
        .filter(|it| is_telling(it))
        .collect();
    let texts: Vec<&str> = reading::quotable(members).map(|it| reading::read_part(it.1)).collect();
    let story = TopicStory {
        rules,
        title,
        members,
        heads: words_of(std::iter::once(title)),
        tags: words_of(categories.iter().copied()),
        text: words_of(std::iter::once(title).chain(texts.iter().copied())),
        categories,
        texts,
        backing: Backing::of(members),
    };
    match language {
        Some(Language::English) => learned::choose(story.ranked()),
        _ => story.by_terms(language),
    }
}

/// A story, read for its topics.
struct TopicStory<'a> {
    rules: &'a [TopicRule],
    title: &'a str,
    members: &'a [Member],
    categories: Vec<&'a str>,
    texts: Vec<&'a str>,
    /// The words of the title, of the categories, of title and texts.
    heads: Words<'a>,
    tags: Words<'a>,
    text: Words<'a>,
    backing: Backing<'a>,
}

impl TopicStory<'_> {
    /// All that the topics of an English story may be.
    fn ranked(&self) -> Vec<Ranked> {
        let (tables, backing) = (&*learned::LEARNED, &self.backing);
        let speaker = self.members.first().map(|it| it.byline.name.as_str());
        let speakers: Vec<&str> = reading::quotable(self.members)
            .filter(|it| Some(self.members[it.0].byline.name.as_str()) == speaker)
            .map(|it| reading::read_part(it.1))
            .collect();
        // One of several publishers does not set everybody's topics.
        let heard = if speakers.is_empty() { &self.texts } else { &speakers };
        let learned = learned::of_taxonomy(tables, self.rules, self.title, heard, &self.heads, &self.text);
        let mut ranked: Vec<Ranked> = learned
            .map(|(rule, probability)| {
                let is_given = self.tags.count_of(&rule.phrases) != 0 && backing.has(&rule.phrases);
                of_rule(rule, if is_given { probability.max(GIVEN_PROBABILITY) } else { probability })
            })
            .collect();
        let unknown = self.rules.iter().filter(|it| !tables.subjects.knows(&it.slug));
        ranked.extend(unknown.filter_map(|it| Some(of_rule(it, self.said(it)?))));
        let given =
            self.categories.iter().filter(|it| Phrase::of(it).is_some_and(|it| self.text.count(&it) != 0));
        let given = given.filter_map(|it| {
            let name = shown(it, &self.text);
            let topic = Topic { slug: Slug::of(&name)?, name };
            let probability = GIVEN_PROBABILITY;
            Some(Ranked { topic, probability, is_of_taxonomy: false, alias_of: Vec::new() })
        });
        let phrases = learned::of_phrases(tables, self.rules, self.title, &self.texts, &self.own_names());
        let is_backed = |it: &Ranked| backing.has(Phrase::of(&it.topic.name).as_slice());
        ranked.extend(given.chain(phrases).filter(is_backed));
        ranked
    }

    /// The names of the publishers and their authors.
    fn own_names(&self) -> Vec<&str> {
        let bylines = self.members.iter().map(|it| &it.byline);
        bylines.flat_map(|it| std::iter::once(it.name.as_str()).chain(it.author.as_deref())).collect()
    }

    /// The topics of a story in another language by terms and names, of one whose language we do
    /// not know by terms alone.
    fn by_terms(&self, language: Option<Language>) -> Vec<Topic> {
        let mut topics = self.of_rules();
        let Some(language) = language else {
            topics.truncate(TOPICS_MAX);
            return topics;
        };
        let is_said = |it: &&&str| Phrase::of(it).is_some_and(|it| self.text.count(&it) != 0);
        let given = self.categories.iter().filter(is_said).map(|it| shown(it, &self.text));
        // German capitalises every noun, so that capitals tell no names.
        let names = match language {
            Language::German => Vec::new(),
            _ => names::subjects(self.title, &self.texts, &self.own_names(), language),
        };
        let mut names_left = NAMES_MAX;
        let names = names.into_iter().map(|it| (it.to_owned(), false));
        for (name, is_given) in given.map(|it| (it, true)).chain(names) {
            if !is_given && names_left == 0 {
                break;
            }
            let Some(slug) = Slug::of(&name) else { continue };
            if !self.backing.has(Phrase::of(&name).as_slice()) {
                continue;
            }
            let words = words_of(std::iter::once(name.as_str()));
            let is_alias = self.rules.iter().any(|rule| words.count_of(&rule.phrases) != 0);
            // "South" and "South African" say nothing beside "South Africa".
            let says_same = |it: &Topic| {
                let (a, b) = (it.slug.as_str(), slug.as_str());
                let begins = |long: &str, short: &str| 4 <= short.len() && long.starts_with(short);
                let holds = |long: &str, short: &str| long.split('-').any(|part| part == short);
                begins(a, b) || begins(b, a) || holds(a, b) || holds(b, a)
            };
            if !is_alias && !topics.iter().any(says_same) {
                names_left -= usize::from(!is_given);
                topics.push(Topic { name, slug });
            }
        }
        topics.truncate(TOPICS_MAX);
        topics
    }

    /// The topics of the taxonomy by their terms, the most told first.
    fn of_rules(&self) -> Vec<Topic> {
        let mentions_min = MENTIONS_MIN.max(self.text.extent() / WORDS_A_MENTION);
        let mut found: Vec<(usize, &TopicRule)> = self
            .rules
            .iter()
            .filter_map(|rule| {
                let given = self.tags.count_of(&rule.phrases);
                let in_title = usize::from(self.heads.count_of(&rule.phrases) != 0) * 10;
                let in_category = usize::from(given != 0) * 5;
                let said = self.text.count_of(&rule.phrases) + given;
                let weight = in_title + in_category + said.min(20);
                // A word in passing makes no topic.
                let is_topic = in_title + in_category != 0 || mentions_min <= said;
                (is_topic && self.backing.has(&rule.phrases)).then_some((weight, rule))
            })
            .collect();
        found.sort_by_key(|it| std::cmp::Reverse(it.0));
        let mut topics: Vec<Topic> = Vec::new();
        for (_, it) in found {
            if !topics.iter().any(|other| other.slug == it.slug) {
                topics.push(Topic { name: it.name.clone(), slug: it.slug.clone() });
            }
        }
        topics
    }

    /// The probability of a topic of the taxonomy by its terms alone.
    fn said(&self, rule: &TopicRule) -> Option<f32> {
        if !self.backing.has(&rule.phrases) {
            return None;
        }
        let given = self.tags.count_of(&rule.phrases);
        if given != 0 || self.heads.count_of(&rule.phrases) != 0 {
            return Some(GIVEN_PROBABILITY);
        }
        let least = MENTIONS_MIN.max(self.text.extent() / WORDS_A_MENTION);
        (least <= self.text.count_of(&rule.phrases)).then_some(SAID_PROBABILITY)
    }
}

fn of_rule(rule: &TopicRule, probability: f32) -> Ranked {
    let topic = Topic { name: rule.name.clone(), slug: rule.slug.clone() };
    Ranked { topic, probability, is_of_taxonomy: true, alias_of: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Byline;
    use crate::domain::EntryId;
    use crate::domain::Rights;
    use crate::domain::Snapshot;
    use crate::domain::SnapshotFrom;
    use crate::domain::SnapshotId;
    use crate::domain::Timestamp;

    /// The topics of a story of one publisher have these and lack those.
    #[track_caller]
    fn check(title: &str, categories: &[&str], text: &str, has: &[&str], lacks: &[&str]) {
        check_all(title, &[member("Northbank Wire", title, categories, text)], has, lacks);
    }

    fn member(publisher: &str, title: &str, categories: &[&str], text: &str) -> Member {
        Member {
            entry: EntryId(1),
            source: "wire".parse().expect("a slug"),
            byline: Byline {
                name: publisher.to_owned(),
                url: "https://northbank.example/1".parse().expect("a URL"),
                title: title.to_owned(),
                feed_url: None,
                feed_id: None,
                home: None,
                author: Some("Imogen Farrow".to_owned()),
                published: Timestamp::default(),
                rights: Rights::Any,
                rights_text: None,
                via: Vec::new(),
                copy_of: None,
            },
            snapshot: Some(Snapshot { id: SnapshotId(1), from: SnapshotFrom::Feed, text: text.into() }),
            summary: None,
            abstract_snapshot: None,
            categories: categories.iter().map(|it| (*it).to_owned()).collect(),
            language: None,
        }
    }

    #[track_caller]
    fn check_all(title: &str, members: &[Member], has: &[&str], lacks: &[&str]) {
        let slug = Slug::of("Mills").expect("a name that can be written");
        let rules = [TopicRule::new("Mills".to_owned(), slug, &["waterwheel".to_owned()])];
        let found = of_story(&rules, title, members, Some(Language::English));
        let names: Vec<&str> = found.iter().map(|it| it.name.as_str()).collect();
        for it in has {
            assert!(names.contains(it), "{it} of {names:?}, {title}");
        }
        for it in lacks {
            assert!(!names.contains(it), "{it} of {names:?}, {title}");
        }
    }

    #[test]
    fn a_word_in_passing_is_no_topic() {
        check("Acme grows", &[], "So Acme sells a waterwheel in Bonn.", &[], &["Mills"]);
        let twice = "So Acme sells a waterwheel. Each waterwheel costs much.";
        check("Acme grows", &[], twice, &["Mills"], &[]);
        check("A waterwheel for Bonn", &[], "All left the place.", &["Mills"], &[]);
        let long = format!("{} {}", twice, "All left the place. ".repeat(200));
        check("Acme grows", &[], &long, &[], &["Mills"]);
        check("The town grows", &["waterwheel"], "All left the place.", &["Mills"], &[]);
    }

    #[test]
    fn what_one_publisher_repeats_is_no_topic_of_anothers_story() {
        let wire = || member("Northbank Wire", "Acme grows", &[], "So Acme sells houses in Bonn.");
        let spam = "So Pellcoin rises. A Pellcoin waterwheel pays. Buy Pellcoin, a waterwheel. ".repeat(9);
        let other = |name: &str| member(name, "Pellcoin grows", &["Pellcoin"], &spam);
        let alone = ["Pellcoin", "Mills"];
        check_all("Acme grows", &[wire(), other("Pell Post")], &[], &alone);
        check_all("Acme grows", &[wire(), other("Pell Post"), other("Pell Post")], &[], &alone);
        check_all("Acme grows", &[wire(), other("Pell Post"), other("Tide")], &alone, &[]);
    }

    #[test]
    fn common_words_are_no_topics() {
        let text = "A log of days. The log series, eleven days long, is a log.";
        check("Eleven days of log series", &[], text, &[], &["Log", "Eleven", "Eleven days"]);
    }

    #[test]
    fn categories_are_shown_as_the_text_writes_them() {
        let text = "They like OpenTelemetry there.";
        check("Traces shrink", &["opentelemetry"], text, &["OpenTelemetry"], &["Traces shrink"]);
        check("Batch scheduling", &["scheduling", "News"], "They like it.", &["Scheduling"], &["News"]);
    }
}
