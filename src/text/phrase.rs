//! Looks for phrases in texts as words, whatever their case and number.

use std::borrow::Cow;
use std::collections::hash_map::Entry;

use foldhash::HashMap;

use super::word;

/// A single word of so few letters is looked for as it is written, so that `IT` is not "it".
const CASED_CHARS_MAX: usize = 3;

/// What is looked for: one or more words, one behind the other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Phrase {
    words: Vec<String>,
    /// As it is written, where that counts.
    cased: Option<String>,
}

impl Phrase {
    /// The phrase of these words; `None` where there is none.
    pub fn of(text: &str) -> Option<Self> {
        let words: Vec<String> = word::words(text).map(|it| folded(it.1).into_owned()).collect();
        let is_cased =
            words.len() == 1 && text.chars().count() <= CASED_CHARS_MAX && word::is_capitalised(text);
        let cased =
            word::words(text).next().filter(|_| is_cased).map(|it| it.1.trim_end_matches('s').to_owned());
        (!words.is_empty()).then_some(Self { words, cased })
    }

    /// Phrases of these texts, each once: "Databases" and "database" are one.
    pub fn each<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let mut phrases: Vec<Self> = Vec::new();
        for it in texts.filter_map(Self::of) {
            if !phrases.iter().any(|other| other.words == it.words) {
                phrases.push(it);
            }
        }
        phrases
    }
}

/// The words of some texts, and where each stands.
#[derive(Debug, Default)]
pub struct Words<'a> {
    /// Those of one text after another; nothing between two texts.
    words: Vec<PhraseWord<'a>>,
    /// Of each folded form its number, and the place where it stands last.
    forms: HashMap<Cow<'a, str>, (usize, usize)>,
}

#[derive(Debug)]
struct PhraseWord<'a> {
    /// As written.
    shown: &'a str,
    /// The number of its folded form.
    form: usize,
    /// Where the same form stands before.
    before: Option<usize>,
}

impl<'a> Words<'a> {
    /// Reads the texts, no more than `max` words of them.
    pub fn of(texts: impl Iterator<Item = &'a str>, max: usize) -> Self {
        const BORDER: usize = usize::MAX;
        let mut all = Self::default();
        for text in texts {
            let left = max.saturating_sub(all.words.len());
            for (_, shown) in word::words(text).take(left) {
                let (next, place) = (all.forms.len(), all.words.len());
                let (form, before) = match all.forms.entry(folded(shown)) {
                    Entry::Occupied(mut known) => {
                        let (form, before) = known.insert((known.get().0, place));
                        (form, Some(before))
                    }
                    Entry::Vacant(new) => {
                        new.insert((next, place));
                        (next, None)
                    }
                };
                all.words.push(PhraseWord { shown, form, before });
            }
            all.words.push(PhraseWord { shown: "", form: BORDER, before: None });
        }
        all
    }

    /// How many words there are, with one more for each text.
    pub fn extent(&self) -> usize {
        self.words.len()
    }

    /// The words as written.
    pub fn written(&self) -> impl Iterator<Item = &'a str> {
        self.words.iter().map(|it| it.shown)
    }

    /// How often a phrase occurs.
    pub fn count(&self, phrase: &Phrase) -> usize {
        let Some((first, rest)) = phrase.words.split_first() else { return 0 };
        let Some((_, last)) = self.forms.get(first.as_str()) else { return 0 };
        let form = |it: &String| self.forms.get(it.as_str()).map(|it| it.0);
        let Some(rest) = rest.iter().map(form).collect::<Option<Vec<usize>>>() else { return 0 };
        let is_here = |at: &usize| {
            let is_so_written = phrase
                .cased
                .as_ref()
                .is_none_or(|cased| self.words[*at].shown.trim_end_matches(['s', '\'', '’']) == cased);
            let follow =
                |(i, it): (usize, &usize)| self.words.get(*at + 1 + i).is_some_and(|word| word.form == *it);
            is_so_written && rest.iter().enumerate().all(follow)
        };
        let places = std::iter::successors(Some(*last), |at| self.words[*at].before);
        places.filter(is_here).count()
    }

    /// How often any of these phrases occurs.
    pub fn count_of(&self, phrases: &[Phrase]) -> usize {
        phrases.iter().map(|it| self.count(it)).sum()
    }
}

/// Lower case, without possessive and plural `s`.
pub fn folded(word: &str) -> Cow<'_, str> {
    let lower = word::lower(word);
    let len = {
        let bare = lower.strip_suffix("'s").unwrap_or(&lower);
        match bare.strip_suffix('s') {
            Some(single) if 2 <= single.chars().count() && !single.ends_with('s') => single.len(),
            _ => bare.len(),
        }
    };
    match lower {
        Cow::Borrowed(it) => Cow::Borrowed(&it[..len]),
        Cow::Owned(mut it) => {
            it.truncate(len);
            Cow::Owned(it)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(phrase: &str, texts: &[&str], expected: usize) {
        let words = Words::of(texts.iter().copied(), 100);
        assert_eq!(Phrase::of(phrase).map_or(0, |it| words.count(&it)), expected, "{phrase} in {texts:?}");
    }

    #[test]
    fn words_are_found_in_any_case_and_number() {
        check("Databases", &["A database, DATABASES and the database's log"], 3);
        check("write-ahead log", &["Write-ahead logs: a write-ahead log"], 2);
        check("glass", &["glass"], 1);
        check("log", &["catalog"], 0);
        check("", &["a"], 0);
    }

    #[test]
    fn short_capitals_are_found_as_they_are_written() {
        check("IT", &["it is IT, and ITs"], 2);
        check("AI", &["ai AI"], 1);
        check("ai", &["ai AI"], 2);
    }

    #[test]
    fn nothing_is_found_across_two_texts() {
        check("write ahead", &["We write", "ahead of"], 0);
        check("write ahead", &["We write ahead"], 1);
    }

    #[test]
    fn one_phrase_in_two_spellings_is_one() {
        assert_eq!(Phrase::each(["Databases", "database", "", "SQL"].into_iter()).len(), 2);
    }
}
