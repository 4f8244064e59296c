//! Statements of our own making: sentences of a story as they are, edited so that they stay true, and
//! edited so that they become false. Both stay as near the source as can be, so that nearness itself
//! tells a judge nothing.

use std::collections::BTreeMap;

use super::MADE;
use super::OWN;
use super::Record;
use super::words::OTHER;
use super::words::SAME;

/// Sentences of a story that are learned from as they are.
const OWN_SENTENCES: usize = 3;
/// Statements of each kind that are made of one story.
const OF_KIND: usize = 2;
/// Letters of a sentence that is edited.
const LETTERS: std::ops::RangeInclusive<usize> = 40..=300;

/// The statements made of every story.
pub fn statements<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<Record> {
    let mut stories: BTreeMap<&str, &Record> = BTreeMap::new();
    for it in records {
        stories.entry(&it.title).or_insert(it);
    }
    stories.values().flat_map(|it| Story { record: it, made: Vec::new() }.statements()).collect()
}

/// Kinds of edits that turn the sense of a sentence.
const TURNS: [&str; 6] = ["hedge", "tense", "scope", "polarity", "opposite", "cause"];

struct Story<'a> {
    record: &'a Record,
    made: Vec<Record>,
}

impl Story<'_> {
    fn statements(mut self) -> Vec<Record> {
        let sentences = &self.record.sentences;
        let step = (sentences.len() / OWN_SENTENCES).max(1);
        for at in (0..sentences.len()).step_by(step).take(OWN_SENTENCES) {
            self.push(true, OWN, sentences[at].clone(), &[at]);
        }
        // Each story begins elsewhere, so that all edits come to their turn.
        let turn = self.record.title.len();
        for offset in 0..sentences.len() {
            let at = (offset * 7 + turn) % sentences.len();
            if !is_edited(&sentences[at]) {
                continue;
            }
            let (alone, of) = (sentences[at].trim(), [at]);
            self.edit(true, "cut", cut(alone, offset % 4), &of);
            self.edit(true, "reworded", reworded(alone, turn + offset), &of);
            self.edit(true, "moved", moved(alone), &of);
            self.edit(true, "passive", passive(alone), &of);
            // Several edits at once, as people reword, and then one that turns the sense.
            let rewritten = light(alone, turn + offset);
            self.edit(true, "light", rewritten.clone(), &of);
            if let Some(light) = &rewritten {
                let kind = TURNS[(turn + offset) % TURNS.len()];
                self.edit(false, "light", turned(light, kind, turn + offset), &of);
                self.edit(false, "light figures", swapped(light, is_figure), &of);
                self.edit(false, "light roles", swapped(light, is_name), &of);
                self.edit(false, "light condition", unconditional(light), &of);
            }
            self.edit(false, "voice", voice(alone), &of);
            self.edit(false, "condition", unconditional(alone), &of);
            self.edit(false, "figures", swapped(alone, is_figure), &of);
            self.edit(false, "roles", swapped(alone, is_name), &of);
            for kind in TURNS {
                self.edit(false, kind, turned(alone, kind, turn + offset), &of);
            }
            let other = (at + 1 + offset % 3) % sentences.len();
            let letters = sentences[at].len() + sentences[other].len();
            if other != at && is_edited(&sentences[other]) && letters <= *LETTERS.end() {
                let second = sentences[other].trim();
                let pair = [at.min(other), at.max(other)];
                self.edit(true, "joined", joined(alone, second), &pair);
                let shorter = |it: &str, turn: usize| light(it, turn).unwrap_or_else(|| it.to_owned());
                let both = joined(&shorter(alone, turn + offset), &shorter(second, turn + offset + 3));
                self.edit(true, "light joined", both.clone(), &pair);
                if let Some(both) = &both {
                    let kind = TURNS[(turn + offset + 1) % TURNS.len()];
                    self.edit(false, "light joined", turned(both, kind, turn + offset), &pair);
                    self.edit(false, "light joined figures", swapped(both, is_figure), &pair);
                }
                self.edit(false, "subject", with_subject(alone, second), &pair);
                self.edit(false, "mixed", mixed(alone, second), &pair);
            }
        }
        self.made
    }

    fn edit(&mut self, is_true: bool, kind: &str, statement: Option<String>, of: &[usize]) {
        let kind = format!("{MADE}{kind}");
        if let Some(it) = statement
            && self.made.iter().filter(|it| it.kind == kind).count() < OF_KIND
        {
            self.push(is_true, &kind, it, of);
        }
    }

    fn push(&mut self, supported: bool, kind: &str, statement: String, of: &[usize]) {
        let evidence = of.iter().map(|it| it + 1).collect();
        let kind = kind.to_owned();
        self.made.push(Record { statement, evidence, supported, kind, field: None, ..self.record.clone() });
    }
}

/// Whether a sentence is edited: one of a fair length that quotes nobody, since a quotation is never changed.
fn is_edited(sentence: &str) -> bool {
    LETTERS.contains(&sentence.chars().count()) && !sentence.contains(['"', '“', '”', '«', '‘'])
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |it| it.to_uppercase().chain(chars).collect())
}

/// Without an opening connective, what stands between commas or in brackets, or a tail.
fn cut(sentence: &str, how: usize) -> Option<String> {
    let between = |open: &str, close: &str| {
        let from = sentence.find(open)?;
        let to = from + open.len() + sentence[from + open.len()..].find(close)? + close.len();
        Some(format!("{}{}", &sentence[..from], &sentence[to..]))
    };
    match how {
        0 => between(" (", ")"),
        1 => [
            "But ",
            "And ",
            "However, ",
            "Meanwhile, ",
            "Still, ",
            "In addition, ",
            "Additionally, ",
            "Today, ",
        ]
        .iter()
        .find_map(|it| sentence.strip_prefix(it))
        .map(capital),
        2 => between(", ", ",").filter(|it| sentence.len() < it.len() + 60),
        _ => [", which ", ", while ", ", including ", ", with ", ", said ", ", he said", ", according to "]
            .iter()
            .find_map(|it| sentence.rfind(it))
            .filter(|it| 40 < *it)
            .map(|it| format!("{}.", &sentence[..it])),
    }
}

/// The places of a run of words, whole words only.
fn place(text: &str, words: &str) -> Option<usize> {
    let is_edge = |it: Option<char>| it.is_none_or(|it| !it.is_alphanumeric() && it != '\'' && it != '’');
    text.match_indices(words).map(|it| it.0).find(|at| {
        let is_end = words.ends_with(' ') || is_edge(text[at + words.len()..].chars().next());
        0 < *at && is_edge(text[..*at].chars().next_back()) && is_end
    })
}

fn replaced(text: &str, from: &str, to: &str) -> Option<String> {
    let at = place(text, from)?;
    Some(format!("{}{to}{}", &text[..at], &text[at + from.len()..]))
}

/// With up to three words of the same sense.
fn reworded(sentence: &str, turn: usize) -> Option<String> {
    let mut text = sentence.to_owned();
    let mut count = 0;
    for at in 0..SAME.len() {
        let (from, to) = SAME[(at + turn) % SAME.len()];
        if let Some(it) = replaced(&text, from, to).filter(|_| count < 3) {
            (text, count) = (it, count + 1);
        }
    }
    (0 < count).then_some(text)
}

fn turned(sentence: &str, kind: &str, turn: usize) -> Option<String> {
    let of_kind: Vec<&(&str, &str, &str)> = OTHER.iter().filter(|it| it.0 == kind).collect();
    (0..of_kind.len())
        .map(|at| of_kind[(at + turn) % of_kind.len()])
        .find_map(|it| replaced(sentence, it.1, it.2))
}

const OPENERS: [&str; 9] =
    ["If ", "When ", "While ", "Because ", "After ", "Before ", "Although ", "Since ", "As "];

/// The clause that opens the sentence behind the other one.
fn moved(sentence: &str) -> Option<String> {
    let opener = OPENERS.iter().find(|it| sentence.starts_with(**it))?;
    let (clause, rest) = sentence.trim_end_matches('.').split_once(", ")?;
    let rest = rest.split(", ").next().filter(|it| 25 < it.len())?;
    Some(format!("{} {}{}.", capital(rest), opener.to_lowercase(), &clause[opener.len()..]))
}

/// An edit that leaves the sense.
type Step<'a> = &'a dyn Fn(&str) -> Option<String>;

/// With words of the same sense, a phrase elsewhere, and less of what does not matter: two edits at least.
fn light(sentence: &str, turn: usize) -> Option<String> {
    let steps: [Step; 6] =
        [&|it| reworded(it, turn), &phrase_behind, &phrase_ahead, &|it| cut(it, turn % 4), &passive, &|it| {
            reworded(it, turn / 2 + 7)
        }];
    let mut text = sentence.to_owned();
    let mut count = 0;
    for at in 0..steps.len() {
        if let Some(it) = steps[(at + turn) % steps.len()](&text).filter(|_| count < 3) {
            (text, count) = (it, count + 1);
        }
    }
    (1 < count && 5 < text.split(' ').count()).then_some(text)
}

const PREPOSITIONS: [&str; 8] = ["In ", "On ", "At ", "During ", "After ", "For ", "With ", "Since "];

/// With the phrase that opens the sentence at its end: "In March, it fell" as "It fell in March".
fn phrase_behind(sentence: &str) -> Option<String> {
    PREPOSITIONS.iter().find(|it| sentence.starts_with(**it))?;
    let (phrase, rest) = sentence.strip_suffix('.')?.split_once(", ")?;
    let is_phrase = phrase.split(' ').count() <= 8 && !rest.contains([',', ';', ':', '—']);
    is_phrase.then(|| format!("{} {}{}.", capital(rest), phrase[..1].to_lowercase(), &phrase[1..]))
}

/// With the phrase that ends the sentence before it.
fn phrase_ahead(sentence: &str) -> Option<String> {
    if PREPOSITIONS.iter().any(|it| sentence.starts_with(*it)) || sentence.contains([',', ';', ':', '—']) {
        return None;
    }
    let text = sentence.strip_suffix('.')?;
    let at = PREPOSITIONS.iter().filter_map(|it| text.rfind(&format!(" {}", it.to_lowercase()))).max()?;
    let (rest, phrase) = (&text[..at], &text[at + 1..]);
    let opener = rest.split(' ').next()?;
    let opener = if is_small(opener) { opener.to_lowercase() } else { opener.to_owned() };
    let is_phrase = (2..=6).contains(&phrase.split(' ').count()) && 4 < rest.split(' ').count();
    is_phrase.then(|| format!("{}, {opener}{}.", capital(phrase), &rest[rest.find(' ').unwrap_or(0)..]))
}

/// Verbs whose past is their participle.
const ACTED: [&str; 14] = [
    "acquired",
    "launched",
    "released",
    "announced",
    "developed",
    "created",
    "introduced",
    "published",
    "unveiled",
    "updated",
    "removed",
    "added",
    "sued",
    "discovered",
];

/// Who acted, how, and on what.
fn acted(sentence: &str) -> Option<(&str, &str, &str)> {
    let subject = subject(sentence)?;
    let (verb, object) = sentence.strip_suffix('.')?[subject.len()..].trim_start().split_once(' ')?;
    (ACTED.contains(&verb) && !object.contains([',', ';', ':']) && object.split(' ').count() <= 14)
        .then_some((subject, verb, object))
}

/// "Tarn was bought by Corvane" of "Corvane bought Tarn".
fn passive(sentence: &str) -> Option<String> {
    let (subject, verb, object) = acted(sentence)?;
    Some(format!("{} was {verb} by {subject}.", capital(object)))
}

/// The same with both in each other's place.
fn voice(sentence: &str) -> Option<String> {
    let (subject, verb, object) = acted(sentence)?;
    Some(format!("{subject} was {verb} by {object}."))
}

/// Without its condition.
fn unconditional(sentence: &str) -> Option<String> {
    if ["If ", "When ", "Unless ", "Once "].iter().any(|it| sentence.starts_with(it)) {
        return sentence.split_once(", ").map(|it| capital(it.1)).filter(|it| 30 < it.len());
    }
    let at = [" if ", " unless ", " provided ", " only when ", " as long as ", " once ", " depending on "]
        .iter()
        .find_map(|it| sentence.find(it))?;
    (30 < at).then(|| format!("{}.", sentence[..at].trim_end_matches(',')))
}

fn is_figure(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit() || c == '$')
}

fn is_name(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && 2 < word.len() && word.chars().all(char::is_alphanumeric)
}

/// With two different words of a kind in each other's place.
fn swapped(sentence: &str, is_meant: fn(&str) -> bool) -> Option<String> {
    let words: Vec<&str> = sentence.split(' ').collect();
    let bare = |at: usize| {
        let it: &str = words[at];
        it.trim_end_matches(['.', ',', ':', ';']).trim_end_matches("'s").trim_end_matches("’s")
    };
    let is_free =
        |at: usize| at == 0 || !is_name(bare(at)) || !is_name(bare(at - 1)) || words[at - 1] != bare(at - 1);
    let found: Vec<usize> = (0..words.len()).filter(|at| is_meant(bare(*at)) && is_free(*at)).collect();
    let (a, b) = (*found.first()?, *found.last()?);
    if a == 0 && is_name(bare(a)) && bare(a).len() < 4 || bare(a) == bare(b) || b < a + 2 {
        return None;
    }
    let mut changed: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
    changed[a] = words[a].replacen(bare(a), bare(b), 1);
    changed[b] = words[b].replacen(bare(b), bare(a), 1);
    Some(changed.join(" "))
}

/// Both in one.
fn joined(first: &str, second: &str) -> Option<String> {
    let word = second.split(' ').next()?;
    let second = if is_small(word) { word.to_lowercase() + &second[word.len()..] } else { second.to_owned() };
    first.ends_with('.').then(|| format!("{}, and {second}", first.trim_end_matches('.')))
}

/// Whether a word has its capital from opening the sentence only.
fn is_small(word: &str) -> bool {
    [
        "The", "A", "An", "In", "This", "These", "It", "They", "For", "At", "By", "And", "We", "There",
        "Its", "Our",
    ]
    .contains(&word)
}

/// The names that open a sentence, up to what is no name.
fn subject(sentence: &str) -> Option<&str> {
    let mut end = 0;
    for word in sentence.split(' ') {
        if !is_name(word) || end == 0 && word.len() < 4 {
            break;
        }
        end += word.len() + 1;
    }
    let rest = sentence.get(end..)?.split(' ').next()?;
    (0 < end
        && (rest.ends_with('s') || rest.ends_with("ed") || ["will", "can", "could", "may"].contains(&rest)))
    .then(|| &sentence[..end - 1])
}

/// What the second sentence says of its subject, said of the first one's.
fn with_subject(first: &str, second: &str) -> Option<String> {
    let (mine, other) = (subject(second)?, subject(first)?);
    (mine != other).then(|| format!("{other}{}", &second[mine.len()..]))
}

/// The beginning of the one with the end of the other.
fn mixed(first: &str, second: &str) -> Option<String> {
    const HINGES: [&str; 8] = [" because ", " to ", " by ", " for ", " after ", " with ", " when ", " in "];
    let hinge = HINGES.iter().find(|it| {
        let (a, b) = (first.find(**it), second.find(**it));
        a.is_some_and(|at| 30 < at) && b.is_some_and(|at| at + 30 < second.len())
    })?;
    let (head, _) = first.split_once(*hinge)?;
    let (_, tail) = second.split_once(*hinge)?;
    Some(format!("{head}{hinge}{tail}"))
}
