//! What a story is about: the operator's taxonomy first, then what publishers and the text say.

mod backing;

use std::cell::LazyCell;
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

/// The topics of a story; of a text whose language we do not know, those of the taxonomy only.
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
    // Where there are neither rules nor categories, there is nothing to look for.
    let text = LazyCell::new(|| words_of(std::iter::once(title).chain(texts.iter().copied())));
    let (heads, tags) = (words_of(std::iter::once(title)), words_of(categories.iter().copied()));
    let backing = Backing::of(members);
    let mentions_min = || MENTIONS_MIN.max(text.extent() / WORDS_A_MENTION);

    let mut found: Vec<(usize, &TopicRule)> = rules
        .iter()
        .filter_map(|rule| {
            let given = tags.count_of(&rule.phrases);
            let in_title = usize::from(heads.count_of(&rule.phrases) != 0) * 10;
            let in_category = usize::from(given != 0) * 5;
            let said = text.count_of(&rule.phrases) + given;
            let weight = in_title + in_category + said.min(20);
            // A word in passing makes no topic.
            let is_topic = in_title + in_category != 0 || mentions_min() <= said;
            (is_topic && backing.has(&rule.phrases)).then_some((weight, rule))
        })
        .collect();
    found.sort_by_key(|it| std::cmp::Reverse(it.0));

    let mut topics: Vec<Topic> =
        found.iter().map(|(_, it)| Topic { name: it.name.clone(), slug: it.slug.clone() }).collect();
    if let Some(language) = language {
        let is_said = |it: &&&str| Phrase::of(it).is_some_and(|it| text.count(&it) != 0);
        let given = categories.iter().filter(is_said).map(|it| shown(it, &text));
        let own: Vec<&str> = members
            .iter()
            .flat_map(|it| std::iter::once(it.byline.name.as_str()).chain(it.byline.author.as_deref()))
            .collect();
        // German capitalises every noun, so that capitals tell no names.
        let names = match language {
            Language::German => Vec::new(),
            _ => names::subjects(title, &texts, &own, language),
        };
        let mut names_left = NAMES_MAX;
        let names = names.into_iter().map(|it| (it.to_owned(), false));
        for (name, is_given) in given.map(|it| (it, true)).chain(names) {
            if !is_given && names_left == 0 {
                break;
            }
            let Some(slug) = Slug::of(&name) else { continue };
            if !backing.has(Phrase::of(&name).as_slice()) {
                continue;
            }
            let words = words_of(std::iter::once(name.as_str()));
            let is_alias = rules.iter().any(|rule| words.count_of(&rule.phrases) != 0);
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
    }
    let mut seen: Vec<Slug> = Vec::new();
    topics.retain(|it| {
        !seen.contains(&it.slug) && {
            seen.push(it.slug.clone());
            true
        }
    });
    topics.truncate(TOPICS_MAX);
    topics
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

    #[track_caller]
    fn check(title: &str, categories: &[&str], text: &str, expected: &[&str]) {
        check_all(title, &[member("Northbank Wire", title, categories, text)], expected);
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
    fn check_all(title: &str, members: &[Member], expected: &[&str]) {
        let rule = |name: &str, terms: &[&str]| {
            let slug = Slug::of(name).expect("a name that can be written");
            TopicRule::new(
                name.to_owned(),
                slug,
                &terms.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>(),
            )
        };
        let rules = [rule("Databases", &["database", "write-ahead log"]), rule("Security", &["breach"])];
        let found = of_story(&rules, title, members, Some(Language::English));
        assert_eq!(found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), expected, "{title}");
    }

    #[test]
    fn a_word_in_passing_is_no_topic() {
        check("Acme grows", &[], "So Acme sells a database in Bonn.", &["Acme"]);
        check(
            "Acme grows",
            &[],
            "So Acme sells a database. Each database costs much.",
            &["Databases", "Acme"],
        );
        check("A breach at the mill", &[], "All left the mill.", &["Security"]);
        let long = format!(
            "So Acme sells a database. {} Each database costs much.",
            "All left the mill. ".repeat(200)
        );
        check("Acme grows", &[], &long, &["Acme"]);
        check("The mill grows", &["database"], "All left the mill.", &["Databases"]);
    }

    #[test]
    fn what_one_publisher_repeats_is_no_topic_of_anothers_story() {
        let wire = || member("Northbank Wire", "Acme grows", &[], "So Acme sells mills in Bonn.");
        let spam = "So Pellcoin rises. A Pellcoin database pays. Buy Pellcoin, a database. ".repeat(9);
        let other = |name: &str| member(name, "Pellcoin grows", &["Pellcoin"], &spam);
        check_all("Acme grows", &[wire(), other("Pell Post")], &["Acme"]);
        check_all("Acme grows", &[wire(), other("Pell Post"), other("Pell Post")], &["Acme"]);
        let backed = [wire(), other("Pell Post"), other("Tide")];
        check_all("Acme grows", &backed, &["Databases", "Pellcoin", "Acme"]);
    }

    #[test]
    fn common_words_are_no_topics() {
        check(
            "Eleven days of log series",
            &[],
            "A log of days. The log series, eleven days long, is a log.",
            &[],
        );
    }

    #[test]
    fn categories_are_shown_as_the_text_writes_them() {
        check("Traces shrink", &["opentelemetry"], "They like OpenTelemetry there.", &["OpenTelemetry"]);
        check("Batch scheduling", &["scheduling", "News"], "They like it.", &["Scheduling"]);
    }

    #[test]
    fn two_names_stand_beside_the_rest() {
        check(
            "A deal of Acme, Zinco and Pell",
            &[],
            "So Acme, so Zinco, so Pell: all left.",
            &["Acme", "Zinco"],
        );
    }
}
