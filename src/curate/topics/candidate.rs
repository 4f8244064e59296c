//! The phrases of a story that may be topics, and what each shows: where it stands, how often,
//! how it is written. Arithmetic on the text, without a table of names.

use foldhash::HashMap;

use crate::text::phrase::folded;
use crate::text::word;
use crate::text::word::Language;

use super::phrase_shape::PhraseShape;
use super::phrase_shape::Uses;

/// Words of a story that are read.
const WORDS_MAX: usize = 1_600;
/// Words of a name, and of a phrase in small letters.
const NAME_WORDS_MAX: usize = 5;
const PHRASE_WORDS_MAX: usize = 3;
/// Mentions that make a candidate of what the title does not have.
const MENTIONS_MIN: usize = 2;
/// Words from which on a line with an end mark is prose; others are headings, captions, lists.
const PROSE_WORDS_MIN: usize = 8;
/// Different words of a story that are told apart.
const FORMS_MAX: usize = 1 << 16;
/// Buckets into which features are hashed.
pub const BUCKETS: usize = 1 << 15;

/// A phrase, and what it shows.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// In its commonest spelling.
    pub shown: &'a str,
    /// Its words in lower case, without plurals and possessives.
    pub words: Vec<String>,
    /// Whether it is mostly written with capitals.
    pub is_name: bool,
    /// Buckets of its features, sorted, each once.
    pub features: Vec<u16>,
    /// Whether it only stands in one longer phrase.
    pub is_nested: bool,
}

/// A word of the story.
struct CandidateWord<'a> {
    start: usize,
    end: usize,
    form: u16,
    is_stop: bool,
    is_capital: bool,
    has_inner_capital: bool,
    opens: bool,
    /// Whether only a blank or hyphen stands between it and the word before.
    joins: bool,
    /// Whether its line is prose.
    is_prose: bool,
    shown: &'a str,
}

/// The forms of a phrase, padded with [`NO_FORM`].
type Key = [u16; NAME_WORDS_MAX];
const NO_FORM: u16 = u16::MAX;

/// All candidates of an English story; `own` are names that say nothing here: the publishers'.
pub fn candidates<'a>(title: &'a str, texts: &[&'a str], own: &[&str]) -> Vec<Candidate<'a>> {
    let mut reader = PhraseReader::default();
    let title_words = reader.words(title, WORDS_MAX);
    let title_length = title_words.len();
    let texts: Vec<(&str, Vec<CandidateWord>)> = texts
        .iter()
        .scan(WORDS_MAX, |left, text| {
            let words = reader.words(text, *left);
            *left -= words.len();
            Some((*text, words))
        })
        .collect();
    for (_, words) in &texts {
        reader.count_cases(words);
    }
    // In a title that capitalises every word, capitals say nothing.
    let is_plain = title_words.iter().any(|it| !it.is_capital && 3 < it.shown.len() && !it.is_stop);
    reader.collect(title, &title_words, Some(is_plain));
    for (text, words) in &texts {
        reader.collect(text, words, None);
    }
    reader.finish(title_length, own)
}

#[derive(Default)]
struct PhraseReader<'a> {
    forms: HashMap<std::borrow::Cow<'a, str>, u16>,
    names: Vec<String>,
    /// For each form how often it is written inside of sentences with a capital, and without.
    cases: Vec<(u16, u16)>,
    uses: HashMap<Key, Uses<'a>>,
    sentence: u16,
    words_read: usize,
}

impl<'a> PhraseReader<'a> {
    fn words(&mut self, text: &'a str, max: usize) -> Vec<CandidateWord<'a>> {
        let mut words: Vec<CandidateWord> = Vec::new();
        let mut end = 0;
        for (start, written) in word::words(text).take(max) {
            let gap = &text[end..start];
            let ends = || gap.contains(['.', '!', '?', '\n', ':']) && gap.contains(char::is_whitespace);
            let opens = start == 0 || gap != " " && (ends() || gap.contains(['"', '“', '‘', '•']));
            end = start + written.len();
            let shown = written.strip_suffix("'s").or_else(|| written.strip_suffix("’s")).unwrap_or(written);
            let is_whole = words.last().is_none_or(|it| it.end == start - gap.len());
            let lower = word::lower(shown);
            let form = self.form(folded(shown));
            words.push(CandidateWord {
                start,
                end: start + shown.len(),
                form,
                is_stop: Language::English.is_stop_word(&lower),
                is_capital: word::is_capitalised(shown),
                has_inner_capital: shown.chars().skip(1).any(char::is_uppercase),
                opens,
                joins: is_whole && matches!(gap, " " | "-" | "‑"),
                is_prose: false,
                shown,
            });
        }
        mark_prose(text, &mut words);
        self.words_read += words.len();
        words
    }

    fn form(&mut self, folded: std::borrow::Cow<'a, str>) -> u16 {
        if let Some(known) = self.forms.get(&folded) {
            return *known;
        }
        if FORMS_MAX - 1 <= self.names.len() {
            return NO_FORM;
        }
        let form = self.names.len() as u16;
        self.names.push(folded.clone().into_owned());
        self.cases.push((0, 0));
        self.forms.insert(folded, form);
        form
    }

    fn count_cases(&mut self, words: &[CandidateWord]) {
        for it in words.iter().filter(|it| !it.opens && it.form != NO_FORM) {
            let (capitals, small) = &mut self.cases[usize::from(it.form)];
            let counted = if it.is_capital || it.has_inner_capital { capitals } else { small };
            *counted = counted.saturating_add(1);
        }
    }

    /// Whether a word is written as part of a name; `is_plain` of a title whether its capitals tell.
    fn is_name(&self, it: &CandidateWord, is_plain: Option<bool>) -> bool {
        if it.is_stop || it.form == NO_FORM || !(it.is_capital || it.has_inner_capital) {
            return false;
        }
        let (capitals, small) = self.cases[usize::from(it.form)];
        match is_plain {
            Some(true) => true,
            Some(false) => small < capitals || it.has_inner_capital,
            None => !it.opens || it.has_inner_capital || small < capitals,
        }
    }

    /// Counts the phrases of a text, or of the title.
    fn collect(&mut self, text: &'a str, words: &[CandidateWord<'a>], is_plain: Option<bool>) {
        let is_name: Vec<bool> = words.iter().map(|it| self.is_name(it, is_plain)).collect();
        let is_figure = |it: &CandidateWord| {
            it.shown.len() < 6 && it.shown.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        };
        let mut at = 0;
        while at < words.len() {
            if words[at].opens && words[at].is_prose {
                self.sentence = self.sentence.saturating_add(1);
            }
            if words[at].is_stop || words[at].form == NO_FORM {
                at += 1;
                continue;
            }
            // A run between stop words and marks.
            let mut past = at + 1;
            while past < words.len()
                && words[past].joins
                && !words[past].is_stop
                && words[past].form != NO_FORM
            {
                past += 1;
            }
            for from in at..past {
                for to in from + 1..=past.min(from + NAME_WORDS_MAX) {
                    let all_names =
                        is_name[from] && (from + 1..to).all(|it| is_name[it] || is_figure(&words[it]));
                    let is_phrase = !is_name[from] && !is_name[to - 1] && to - from <= PHRASE_WORDS_MAX
                        || is_name[from] != is_name[to - 1] && to - from == 2 && !is_figure(&words[to - 1]);
                    let is_word = words[from].shown.starts_with(char::is_alphabetic)
                        && (is_plain.is_some()
                            || to - from != 1
                            || all_names
                            || 4 <= words[from].shown.len());
                    if !is_word || !all_names && !is_phrase {
                        continue;
                    }
                    let continues = all_names
                        && (from.checked_sub(1).is_some_and(|it| at <= it && is_name[it])
                            || to < past && is_name[to]);
                    let before = from.checked_sub(1).map(|it| words[it].shown);
                    self.note(
                        text,
                        &words[from..to],
                        is_plain.is_some(),
                        from,
                        all_names,
                        !continues,
                        before,
                    );
                }
            }
            at = past;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what one occurrence of a phrase shows")]
    fn note(
        &mut self,
        text: &'a str,
        words: &[CandidateWord<'a>],
        is_title: bool,
        place: usize,
        is_name: bool,
        is_whole: bool,
        before: Option<&str>,
    ) {
        let mut key = [NO_FORM; NAME_WORDS_MAX];
        key.iter_mut().zip(words).for_each(|(key, it)| *key = it.form);
        let shown = &text[words[0].start..words[words.len() - 1].end];
        let uses = self.uses.entry(key).or_default();
        match uses.spellings.iter_mut().find(|it| it.0 == shown) {
            Some(known) => known.1 = known.1.saturating_add(1),
            None => uses.spellings.push((shown, 1)),
        }
        if is_title {
            if uses.in_title == 0 {
                uses.title_place = place as u16;
            }
            uses.in_title += 1;
            uses.whole_runs += u16::from(is_whole);
            uses.capitals += u16::from(is_name);
            return;
        }
        if uses.count == 0 {
            uses.first_sentence = self.sentence;
        }
        uses.count = uses.count.saturating_add(1);
        uses.in_prose += u16::from(words[0].is_prose);
        uses.capitals += u16::from(is_name);
        uses.whole_runs += u16::from(is_whole);
        uses.sentences += u16::from(uses.last_sentence != Some(self.sentence));
        uses.last_sentence = Some(self.sentence);
        uses.articles +=
            u16::from(before.is_some_and(|it| matches!(it, "the" | "a" | "an" | "The" | "A" | "An")));
        uses.prepositions += u16::from(before.is_some_and(|it| {
            matches!(it, "in" | "on" | "for" | "with" | "of" | "by" | "to" | "from" | "at")
        }));
    }

    fn finish(self, title_length: usize, own: &[&str]) -> Vec<Candidate<'a>> {
        let own: Vec<String> =
            own.iter().map(|it| it.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "")).collect();
        let mut found: Vec<(&Key, &Uses)> = self
            .uses
            .iter()
            .filter(|it| it.1.in_title != 0 || MENTIONS_MIN <= usize::from(it.1.count))
            .collect();
        found.sort_unstable_by_key(|it| *it.0);
        let uses = |it: &Uses| it.count + 2 * it.in_title;
        // The most that a longer phrase which holds this one is used.
        let mut longer: HashMap<Key, u16> = HashMap::default();
        for (key, it) in &found {
            let length = length_of(key);
            for from in 0..length {
                for to in from + 1..=length {
                    if to - from < length {
                        let mut part = [NO_FORM; NAME_WORDS_MAX];
                        part[..to - from].copy_from_slice(&key[from..to]);
                        let most = longer.entry(part).or_default();
                        *most = (*most).max(uses(it));
                    }
                }
            }
        }
        let mut ranks: Vec<u16> = found.iter().map(|it| uses(it.1)).collect();
        ranks.sort_unstable_by_key(|it| std::cmp::Reverse(*it));
        let sentences = self.sentence.max(1);
        found
            .iter()
            .filter_map(|(key, it)| {
                let length = length_of(key);
                let words: Vec<String> =
                    key[..length].iter().map(|it| self.names[usize::from(*it)].clone()).collect();
                let shown =
                    it.spellings.iter().max_by_key(|it| (it.1, it.0.len(), std::cmp::Reverse(it.0)))?.0;
                let total = it.count + it.in_title;
                let joined = words.concat();
                let shape = PhraseShape {
                    length,
                    uses: it,
                    total,
                    nested: f32::from(longer.get(*key).copied().unwrap_or(0)) / f32::from(uses(it)),
                    rarest_part: key[..length]
                        .iter()
                        .filter_map(|form| {
                            let mut part = [NO_FORM; NAME_WORDS_MAX];
                            part[0] = *form;
                            Some(f32::from(uses(it)) / f32::from(uses(self.uses.get(&part)?).max(1)))
                        })
                        .fold(0.0, f32::max),
                    rank: ranks.partition_point(|other| uses(it) < *other),
                    is_own: own
                        .iter()
                        .any(|own| own.contains(&joined) || joined.contains(own.as_str()) && !own.is_empty()),
                    title_length,
                    sentences,
                    words_read: self.words_read,
                    shown,
                };
                let is_name = total < 2 * it.capitals;
                let is_nested = 1.0 <= shape.nested;
                Some(Candidate { shown, is_name, features: shape.buckets(&words, is_name), words, is_nested })
            })
            .collect()
    }
}

/// Marks the words of lines that are prose.
fn mark_prose(text: &str, words: &mut [CandidateWord]) {
    let mut from = 0;
    while from < words.len() {
        let line = text[words[from].start..].find('\n').map_or(text.len(), |it| words[from].start + it);
        let past = from + words[from..].partition_point(|it| it.start < line);
        let ends =
            text[words[from].start..line].trim_end().ends_with(['.', '!', '?', '…', '"', '”', ')', ':']);
        if ends && PROSE_WORDS_MIN <= past - from {
            words[from..past].iter_mut().for_each(|it| it.is_prose = true);
        }
        from = past.max(from + 1);
    }
}

fn length_of(key: &Key) -> usize {
    key.iter().take_while(|it| **it != NO_FORM).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, text: &str, has: &[&str], lacks: &[&str]) {
        let found = candidates(title, &[text], &["Northbank Wire"]);
        let shown: Vec<&str> = found.iter().map(|it| it.shown).collect();
        for it in has {
            assert!(shown.contains(it), "{it} of {shown:?}");
        }
        for it in lacks {
            assert!(!shown.contains(it), "{it} of {shown:?}");
        }
        assert!(found.iter().all(|it| it.features.windows(2).all(|it| it[0] < it[1])));
        assert!(found.iter().flat_map(|it| &it.features).all(|it| usize::from(*it) < BUCKETS));
    }

    #[test]
    fn phrases_of_the_title_and_what_is_said_twice_are_candidates() {
        check(
            "Tarn Hosting speeds up code review",
            "Reviewers of Tarn Hosting’s code like OpenLark. They use OpenLark daily, on one machine.",
            &["Tarn Hosting", "code review", "OpenLark"],
            &["machine", "They", "of Tarn", "Northbank"],
        );
    }

    #[test]
    fn nothing_crosses_marks_and_stop_words() {
        check("Acme, Zinco and Pell", "", &["Acme", "Zinco", "Pell"], &["Acme, Zinco", "Zinco and Pell"]);
        check("", "", &[], &[]);
    }
}
