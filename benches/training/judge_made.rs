//! Statements of our own making: sentences of a story as they are, edited so that they stay true, and
//! edited so that they become false. Both stay as near the source as can be, so that nearness itself
//! tells a judge nothing.

use std::collections::BTreeMap;

use super::MADE;
use super::OWN;
use super::Record;

/// Sentences of a story that are learned from as they are.
const OWN_SENTENCES: usize = 3;
/// Statements of each kind that are made of one story.
const OF_KIND: usize = 2;
/// Letters of a sentence that is edited.
const LETTERS: std::ops::RangeInclusive<usize> = 40..=320;

/// Words that may stand for each other where the sense stays.
const SAME: &[(&str, &str)] = &[
    ("said", "stated"),
    ("says", "states"),
    ("because", "since"),
    ("also ", ""),
    ("about", "roughly"),
    ("more than", "over"),
    ("company", "firm"),
    ("companies", "firms"),
    ("must", "has to"),
    ("may", "might"),
    ("can", "is able to"),
    ("allows", "lets"),
    ("allow", "let"),
    ("started", "began"),
    ("start", "begin"),
    ("but", "yet"),
    ("many", "numerous"),
    ("such as", "like"),
    ("need to", "have to"),
    ("while", "whereas"),
    ("has announced", "announced"),
    ("has released", "released"),
    ("it's", "it is"),
    ("don't", "do not"),
    ("isn't", "is not"),
    ("doesn't", "does not"),
    ("can't", "cannot"),
    ("won't", "will not"),
    ("big", "large"),
    ("show", "reveal"),
    ("shows", "reveals"),
    ("help", "assist"),
    ("build", "create"),
    ("built", "created"),
    ("using", "with"),
    ("use", "employ"),
    ("several", "a number of"),
    ("get", "obtain"),
    ("according to", "as told by"),
    ("currently ", ""),
    ("really ", ""),
    ("very ", ""),
    ("just ", ""),
    ("will", "is going to"),
    ("developers", "programmers"),
    ("making", "rendering"),
    ("however, ", ""),
    ("within", "in"),
    ("whether", "if"),
    ("percent", "per cent"),
    ("first", "earliest"),
    ("fix", "repair"),
    ("buy", "purchase"),
    ("bought", "purchased"),
    ("sold", "marketed"),
    ("keep", "retain"),
    ("part of", "a portion of"),
    ("that is", "which is"),
    ("that are", "which are"),
    ("now ", ""),
    ("is not", "isn't"),
    ("do not", "don't"),
];

/// Words whose exchange turns the sense.
const OTHER: &[(&str, &str, &str)] = &[
    ("hedge", "may", "will"),
    ("hedge", "might", "will"),
    ("hedge", "could", "will"),
    ("hedge", "likely", "certain"),
    ("hedge", "appears to", "does"),
    ("hedge", "expected to", "certain to"),
    ("hedge", "reportedly ", ""),
    ("hedge", "probably ", ""),
    ("hedge", "can", "always will"),
    ("hedge", "potentially ", ""),
    ("tense", "plans to", "has begun to"),
    ("tense", "will", "did already"),
    ("tense", "aims to", "managed to"),
    ("tense", "wants to", "has managed to"),
    ("tense", "will be", "has been"),
    ("tense", "is expected to", "did"),
    ("tense", "planned", "completed"),
    ("tense", "hopes to", "managed to"),
    ("tense", "upcoming", "current"),
    ("scope", "some", "all"),
    ("scope", "many", "all"),
    ("scope", "most", "all"),
    ("scope", "several", "all"),
    ("scope", "often", "always"),
    ("scope", "usually", "always"),
    ("scope", "sometimes", "always"),
    ("scope", "mostly", "entirely"),
    ("scope", "one of the", "the"),
    ("scope", "part of", "all of"),
    ("scope", "few", "most"),
    ("scope", "in some cases", "in all cases"),
    ("scope", "at least", "exactly"),
    ("scope", "up to", "at least"),
    ("scope", "certain", "all"),
    ("scope", "half", "most"),
    ("polarity", "is", "is not"),
    ("polarity", "are", "are not"),
    ("polarity", "will", "will not"),
    ("polarity", "can", "cannot"),
    ("polarity", "not ", ""),
    ("polarity", "doesn't", "does"),
    ("polarity", "was", "was not"),
    ("polarity", "isn't", "is"),
    ("polarity", "don't", "do"),
    ("polarity", "can't", "can"),
    ("polarity", "has", "has never"),
    ("polarity", "without", "with"),
    ("polarity", "with", "without"),
    ("polarity", "no longer ", "still "),
    ("polarity", "never ", "always "),
    ("polarity", "have", "have not"),
    ("polarity", "no", "every"),
    ("opposite", "more", "less"),
    ("opposite", "less", "more"),
    ("opposite", "before", "after"),
    ("opposite", "after", "before"),
    ("opposite", "increase", "decrease"),
    ("opposite", "increased", "decreased"),
    ("opposite", "rose", "fell"),
    ("opposite", "fell", "rose"),
    ("opposite", "up", "down"),
    ("opposite", "down", "up"),
    ("opposite", "faster", "slower"),
    ("opposite", "higher", "lower"),
    ("opposite", "lower", "higher"),
    ("opposite", "better", "worse"),
    ("opposite", "larger", "smaller"),
    ("opposite", "fewer", "more"),
    ("opposite", "over", "under"),
    ("opposite", "above", "below"),
    ("opposite", "new", "old"),
    ("opposite", "easier", "harder"),
    ("opposite", "reduce", "raise"),
    ("opposite", "largest", "smallest"),
    ("opposite", "first", "last"),
    ("opposite", "supports", "opposes"),
    ("opposite", "allows", "forbids"),
    ("opposite", "added", "removed"),
    ("opposite", "open", "closed"),
    ("opposite", "safe", "unsafe"),
    ("opposite", "cheaper", "dearer"),
    ("opposite", "growth", "decline"),
    ("opposite", "rather than", "as well as"),
    ("cause", "because", "although"),
    ("cause", "because of", "despite"),
    ("cause", "due to", "despite"),
    ("cause", "despite", "because of"),
    ("cause", "although", "because"),
    ("cause", "even though", "because"),
    ("cause", "while", "because"),
    ("cause", "so that", "because"),
    ("cause", "after", "because"),
    ("cause", "and", "because"),
    ("cause", "but", "because"),
    ("cause", "as a result of", "in spite of"),
];

/// The statements made of every story.
pub fn statements<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<Record> {
    let mut stories: BTreeMap<&str, &Record> = BTreeMap::new();
    for it in records {
        stories.entry(&it.title).or_insert(it);
    }
    stories.values().flat_map(|it| Story { record: it, made: Vec::new() }.statements()).collect()
}

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
            if !LETTERS.contains(&sentences[at].chars().count()) {
                continue;
            }
            let (alone, of) = (sentences[at].trim(), [at]);
            self.edit(true, "cut", cut(alone, offset % 4), &of);
            self.edit(true, "reworded", reworded(alone, turn + offset), &of);
            self.edit(true, "moved", moved(alone), &of);
            self.edit(false, "condition", unconditional(alone), &of);
            self.edit(false, "figures", swapped(alone, is_figure), &of);
            self.edit(false, "roles", swapped(alone, is_name), &of);
            for (kind, ..) in [("hedge",), ("tense",), ("scope",), ("polarity",), ("opposite",), ("cause",)] {
                self.edit(false, kind, turned(alone, kind, turn + offset), &of);
            }
            let other = (at + 1 + offset % 3) % sentences.len();
            if other != at && LETTERS.contains(&sentences[other].chars().count()) {
                let second = sentences[other].trim();
                let pair = [at.min(other), at.max(other)];
                self.edit(true, "joined", joined(alone, second), &pair);
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
    let is_small =
        ["The", "A", "An", "In", "This", "These", "It", "They", "For", "At", "By", "And"].contains(&word);
    let second = if is_small { word.to_lowercase() + &second[word.len()..] } else { second.to_owned() };
    first.ends_with('.').then(|| format!("{}, and {second}", first.trim_end_matches('.')))
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
