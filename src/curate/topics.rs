//! What a story is about: the operator's taxonomy first, then what publishers and the text say.

mod backing;
pub mod candidate;
pub mod learned;
pub mod phrase_table;
pub mod subject;

use std::collections::BTreeMap;

use crate::config::TopicRule;
use crate::domain::Member;
use crate::domain::Slug;
use crate::domain::Topic;
use crate::text::phrase::Phrase;
use crate::text::phrase::Words;
use crate::text::word;
use crate::text::word::Language;

use self::backing::Backing;
use self::learned::Ranked;
use super::names;
use super::reading;
use super::stems::Stem;
use super::stems::Stems;

/// Topics of a story.
const TOPICS_MAX: usize = 5;
/// Words of all texts that are searched.
const WORDS_MAX: usize = 6_000;
/// Words of a phrase.
const PHRASE_WORDS_MAX: usize = 3;
/// A longer category is a sentence, not a topic.
const CATEGORY_CHARS_MAX: usize = 40;
const CATEGORY_WORDS_MAX: usize = 4;
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
    let story = Story {
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
struct Story<'a> {
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

impl Story<'_> {
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
        ranked.extend(given.filter_map(|it| {
            let name = shown(it, &self.text);
            let topic = Topic { slug: Slug::of(&name)?, name };
            Some(Ranked { topic, probability: GIVEN_PROBABILITY, is_of_taxonomy: false })
        }));
        ranked.extend(learned::of_phrases(tables, self.rules, self.title, &self.texts, &self.own_names()));
        ranked.retain(|it| it.is_of_taxonomy || backing.has(Phrase::of(&it.topic.name).as_slice()));
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
    Ranked { topic, probability, is_of_taxonomy: true }
}

/// A category as a topic is written: with a capital where it has none, as the text writes
/// it where the text has more of them ("OpenTelemetry").
fn shown(category: &str, text: &Words) -> String {
    if word::is_capitalised(category) {
        return category.to_owned();
    }
    let lower = category.to_lowercase();
    let has_inner = |it: &&str| it.chars().skip(1).any(char::is_uppercase) && it.to_lowercase() == lower;
    if let Some(written) = text.written().find(has_inner) {
        return written.to_owned();
    }
    let mut chars = category.chars();
    chars.next().map(|it| it.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The words of texts, to look for topics in.
pub(super) fn words_of<'a>(texts: impl Iterator<Item = &'a str>) -> Words<'a> {
    Words::of(texts, WORDS_MAX)
}

/// A publisher's category without the marks that some put around it.
fn clean(category: &str) -> &str {
    category.trim().trim_start_matches('#').trim()
}

/// Whether a category says something about a subject.
fn is_telling(category: &str) -> bool {
    let lower = category.to_lowercase();
    let chars = category.chars().count();
    (2..=CATEGORY_CHARS_MAX).contains(&chars)
        && word::count(category) <= CATEGORY_WORDS_MAX
        && category.contains(char::is_alphabetic)
        && !category.contains(['/', '<', '@', '=', '{', '\n'])
        && !GENERIC_CATEGORIES.contains(&lower.as_str())
        && !lower.split([' ', ',', '-']).any(|it| MONTHS_AND_DAYS.contains(&it))
}

/// The phrases of one to three words that a text is about, best first, each in its commonest
/// spelling there.
///
/// Candidates are the runs between stop words and punctuation; frequent, early,
/// capitalised and spread ones, and those of the title, come first.
pub fn key_phrases(title: &str, text: &str, max: usize) -> Vec<String> {
    #[derive(Default)]
    struct Candidate<'a> {
        spellings: BTreeMap<&'a str, usize>,
        occurrences: usize,
        first: usize,
        capitalised: usize,
        last_sentence: usize,
        sentences: usize,
    }
    /// A word of the run in hand.
    struct Part {
        start: usize,
        stem: Stem,
        is_name: bool,
    }
    let mut stems = Stems::default();
    let generic: Vec<Stem> =
        GENERIC_WORDS.iter().chain(MONTHS_AND_DAYS).filter_map(|it| stems.stem(it)).collect();
    let title_stems: Vec<Stem> = word::words(title).filter_map(|(_, it)| stems.stem(it)).collect();
    let mut candidates: BTreeMap<Vec<Stem>, Candidate> = BTreeMap::new();
    let (mut sentence, mut opens) = (0usize, true);
    let mut run: Vec<Part> = Vec::new();
    let mut end = 0;
    for (nth, (start, shown)) in word::words(text).take(WORDS_MAX).enumerate() {
        let gap = &text[end..start];
        if gap.contains(['.', '!', '?', '\n']) && gap.contains(char::is_whitespace) {
            sentence += 1;
            opens = true;
        }
        let is_name = word::is_capitalised(shown) && !opens;
        opens = false;
        end = start + shown.len();
        let stem = stems.stem(shown).filter(|_| shown.contains(char::is_alphabetic));
        if stem.is_none() || !matches!(gap, " " | "-" | "") {
            run.clear();
        }
        let Some(stem) = stem else { continue };
        if run.len() == PHRASE_WORDS_MAX {
            run.remove(0);
        }
        run.push(Part { start, stem, is_name });
        for from in 0..run.len() {
            let part = &run[from..];
            let candidate = candidates.entry(part.iter().map(|it| it.stem).collect()).or_insert_with(|| {
                Candidate { first: nth, last_sentence: usize::MAX, ..Candidate::default() }
            });
            candidate.occurrences += 1;
            candidate.capitalised += usize::from(part.iter().all(|it| it.is_name));
            candidate.sentences += usize::from(candidate.last_sentence != sentence);
            candidate.last_sentence = sentence;
            let spelling = text[part[0].start..end].trim_end_matches("'s").trim_end_matches("’s");
            *candidate.spellings.entry(spelling).or_default() += 1;
        }
    }

    let sentences = (sentence + 1) as f64;
    let mut scored: Vec<(f64, &[Stem], &Candidate)> = candidates
        .iter()
        .map(|(key, it)| {
            let occurrences = it.occurrences as f64;
            let capitalised = it.capitalised as f64 / occurrences;
            let in_title = key.iter().filter(|it| title_stems.contains(it)).count() as f64 / key.len() as f64;
            let score = (1.0 + occurrences).ln()
                * (1.0 + (-(it.first as f64) / 180.0).exp())
                * (1.0 + 0.5 * capitalised)
                * (1.0 + 0.5 * it.sentences as f64 / sentences)
                * [1.0, 1.3, 1.2][key.len() - 1]
                * (1.0 + 0.5 * in_title)
                * if key.iter().any(|it| generic.contains(it)) { 0.6 } else { 1.0 }
                * if 1 < key.len() && it.occurrences == 1 && capitalised < 1.0 { 0.7 } else { 1.0 };
            (score, key.as_slice(), it)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.first.cmp(&b.2.first)));

    let mut chosen: Vec<(&[Stem], &Candidate)> = Vec::new();
    for (_, key, it) in scored {
        let is_part = chosen.iter().any(|(longer, of)| {
            longer.windows(key.len()).any(|it| it == key) && 2 * it.occurrences <= 3 * of.occurrences
        });
        if chosen.len() < max && !is_part {
            chosen.push((key, it));
        }
    }
    chosen
        .into_iter()
        .filter_map(|(_, it)| {
            // Mostly capitalised inside sentences.
            let is_name = it.occurrences < 2 * it.capitalised;
            // What is no name is capitalised only where it opens a sentence.
            let fits = |spelling: &str| is_name || !spelling.starts_with(char::is_uppercase);
            let spelling = it.spellings.iter().max_by_key(|(it, count)| (fits(it), **count))?.0;
            Some((*spelling).to_owned())
        })
        .collect()
}

const GENERIC_CATEGORIES: &[&str] = &[
    "advertisement",
    "all",
    "analysis",
    "announcements",
    "archive",
    "article",
    "articles",
    "blog",
    "blogs",
    "breaking",
    "breaking news",
    "business",
    "category",
    "companies",
    "culture",
    "deals",
    "default",
    "editor's pick",
    "editorial",
    "editors' picks",
    "events",
    "exclusive",
    "feature",
    "featured",
    "features",
    "general",
    "guest post",
    "headlines",
    "home",
    "homepage",
    "in the news",
    "internet",
    "job",
    "jobs",
    "latest",
    "latest news",
    "life",
    "links",
    "misc",
    "miscellaneous",
    "money",
    "more",
    "news",
    "newsletter",
    "none",
    "opinion",
    "other",
    "others",
    "page",
    "partner content",
    "people",
    "podcast",
    "popular",
    "post",
    "posts",
    "press",
    "press release",
    "press releases",
    "promoted",
    "recent",
    "reviews",
    "rss",
    "science and technology",
    "shopping",
    "software",
    "sponsored",
    "sponsored post",
    "stories",
    "story",
    "tag",
    "tech",
    "tech news",
    "technology",
    "technology news",
    "top",
    "top news",
    "top stories",
    "trending",
    "uncategorised",
    "uncategorized",
    "unfiled",
    "update",
    "updates",
    "video",
    "videos",
    "wire",
    "wires",
    "world",
];

/// Words that tell nothing alone.
const GENERIC_WORDS: &[&str] = &[
    "announce", "big", "billion", "change", "company", "country", "customer", "day", "early", "end",
    "expect", "firm", "good", "great", "group", "help", "hour", "include", "issue", "late", "look", "lot",
    "million", "minute", "month", "new", "number", "official", "old", "part", "people", "percent", "place",
    "plan", "point", "problem", "product", "question", "report", "right", "show", "start", "story", "thing",
    "think", "time", "user", "week", "work", "world", "year",
];

const MONTHS_AND_DAYS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

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
