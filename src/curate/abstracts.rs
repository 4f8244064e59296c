//! What a publisher's abstract says of an article beside its text: a feed's summary next to the content,
//! the description in the head of a page.

use super::language;
use super::ranked::repeats_title;
use super::reading;
use super::reading::MemberSentence;
use super::stems::Stem;
use super::stems::Stems;
use crate::domain::Member;
use crate::text::word;
use crate::text::word::Language;
use crate::text::word_list::WordList;

/// By how many paragraphs the text is apart from its abstract: nothing in it leans on that.
const PARAGRAPHS_AHEAD: usize = 2;

/// Words beyond which the lines are no abstract but a text.
const ABSTRACT_WORDS_MAX: usize = 100;

/// Characters beyond which lines without an end mark are taken to be cut off: search engines show no more.
const UNENDED_CHARS_MAX: usize = 140;

/// Sentences of an abstract.
const ABSTRACT_SENTENCES_MAX: usize = 3;

/// The sentences of a story's members, primary first, each text in its own order behind what its
/// abstract says beside it.
pub(super) fn sentences<'a>(members: &'a [Member], stems: &mut Stems<'a>) -> Vec<MemberSentence<'a>> {
    let own = reading::sentences(members, stems);
    if !members.iter().any(|it| it.abstract_snapshot.is_some()) {
        return own;
    }
    let mut all = Vec::with_capacity(own.len());
    for text in own.chunk_by(|a, b| a.member == b.member) {
        let added = of_member(text[0].member, members, text, stems);
        let (index, paragraph) = match added.last() {
            Some(last) => (added.len(), last.paragraph + PARAGRAPHS_AHEAD),
            None => (0, 0),
        };
        all.extend(added);
        all.extend(text.iter().cloned().map(|it| MemberSentence {
            index: it.index + index,
            paragraph: it.paragraph + paragraph,
            ..it
        }));
    }
    all
}

/// The sentences of a member's abstract that may be quoted, in their order; none where it is cut off, where
/// it leans, where it names no subject or tells nothing of it, where it addresses the reader, or where it is not about this article.
fn of_member<'a>(
    member: usize,
    members: &'a [Member],
    text: &[MemberSentence<'a>],
    stems: &mut Stems<'a>,
) -> Vec<MemberSentence<'a>> {
    let of = &members[member];
    let Some(snapshot) = &of.abstract_snapshot else { return Vec::new() };
    let lines = &*snapshot.text;
    if ABSTRACT_WORDS_MAX < word::count(lines) {
        return Vec::new();
    }
    let all = reading::of_text(member, lines, Some(&reading::blanks_as_one(lines)), stems);
    // Many a site cuts its descriptions off without a mark.
    let is_known = language::known(lines, of.language.as_deref()).is_some();
    let is_standfirst = all.len() == 1 && lines.chars().count() <= UNENDED_CHARS_MAX && is_known;
    let title = stems.of(&of.byline.title);
    let is_whole = |it: &MemberSentence| {
        let tells = it.is_quotable && !it.is_dependent && !it.speaks_personally;
        let is_ended = reading::has_end(it.text) || is_standfirst;
        // "The error": readers of the headline know which, those of the summary do not.
        let names = it.subject.is_empty() && !is_label(it);
        tells
            && names
            && is_ended
            && !reading::is_cut(it.text)
            && !asks(it)
            && is_of_the_article(it, text, &title)
    };
    let headline = reading::blanks_as_one(&of.byline.title);
    let is_told = |it: &MemberSentence| {
        let own = reading::blanks_as_one(it.text);
        headline.contains(&own)
            || text.iter().any(|it| reading::blanks_as_one(it.text).contains(own.trim_end_matches('.')))
    };
    // One that cannot be quoted makes what follows lean on nothing.
    let good = all.into_iter().take(ABSTRACT_SENTENCES_MAX).take_while(is_whole);
    let new = good.filter(|it| !is_told(it) && !repeats_title(it, &title));
    new.enumerate()
        .map(|(index, it)| MemberSentence { index, place: Some(index), is_abstract: true, ..it })
        .collect()
}

/// Whether a line asks what the article answers, as a question or as half of one: "How the mill turns".
fn asks(it: &MemberSentence) -> bool {
    let opens = |word: &str| {
        matches!(word, "how" | "why" | "what" | "when" | "where" | "who" | "here" | "here's" | "here’s")
    };
    it.text.ends_with(['?', '？', '؟'])
        || it.language == Language::English && it.lower.split(' ').next().is_some_and(opens)
}

/// Verbs and what stands for them, behind the name of who does it.
static VERBS: WordList = WordList::new(include_str!("gate/finite_verbs.txt"));

/// Words of that list which are no verbs.
const NO_VERBS: &[&str] = &["also", "and", "itself", "never", "no", "not", "now", "or", "still"];

/// Kinds of articles: what follows is what they are about.
const KINDS: &[&str] = &[
    "collection",
    "comparison",
    "conversation",
    "dive",
    "explainer",
    "glimpse",
    "guide",
    "interview",
    "introduction",
    "list",
    "look",
    "overview",
    "preview",
    "primer",
    "recap",
    "review",
    "roundup",
    "summary",
    "tour",
    "tutorial",
    "walkthrough",
];

/// Words of an opening within which its noun stands: "A first hands-on look at".
const OPENING_WORDS: usize = 6;

/// Whether an English line says what the article is, without a finite verb: "A first look at the mill".
/// Only of a singular subject can it be told, whose verb ends in "s" or "ed" or is known.
fn is_label(it: &MemberSentence) -> bool {
    let words: Vec<&str> = word::words(&it.lower).map(|it| it.1).collect();
    if it.language != Language::English || !matches!(words.first(), Some(&("a" | "an" | "our" | "your"))) {
        return false;
    }
    let is_kind = words.iter().take(OPENING_WORDS).any(|it| KINDS.contains(it));
    let opens_clause =
        |it: &&&str| matches!(**it, "how" | "that" | "what" | "when" | "where" | "which" | "who" | "why");
    let told: Vec<&str> = if is_kind {
        words.iter().take_while(|it| !opens_clause(it)).copied().collect()
    } else {
        words.clone()
    };
    let is_verb = |at: usize| {
        let (word, next) = (told[at], words.get(at + 1).copied().unwrap_or_default());
        let has_s = 3 < word.len() && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us");
        // "of 300 apps finds that": a noun in the plural has no object.
        let has_object = next.starts_with(|it: char| it.is_ascii_digit())
            || matches!(
                next,
                "a" | "an" | "how" | "it" | "its" | "no" | "that" | "the" | "their" | "what" | "why"
            );
        VERBS.contains(word) && !NO_VERBS.contains(&word)
            || word.ends_with("n't")
            || word.ends_with("n’t")
            || 4 < word.len() && word.ends_with("ed")
            || has_s && (!is_kind || has_object)
    };
    !(1..told.len()).any(is_verb)
}

/// Whether a sentence has its words from the article: what a site says of itself on every page has not.
fn is_of_the_article(it: &MemberSentence, text: &[MemberSentence], title: &[(Stem, u32)]) -> bool {
    /// Share of its content words that the text or the headline has.
    const KNOWN_MIN: f64 = 0.5;
    /// The same where it shares none with the headline.
    const KNOWN_UNTITLED_MIN: f64 = 0.7;
    let has = |stems: &[(Stem, u32)], stem: &Stem| stems.binary_search_by_key(stem, |it| it.0).is_ok();
    let in_title = it.stems.iter().filter(|stem| has(title, &stem.0)).count();
    let is_known = |stem: &Stem| has(title, stem) || text.iter().any(|line| has(&line.stems, stem));
    let known = it.stems.iter().filter(|stem| is_known(&stem.0)).count();
    let known_min = if in_title == 0 { KNOWN_UNTITLED_MIN } else { KNOWN_MIN };
    known_min * it.stems.len() as f64 <= known as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, is_one: bool) {
        let mut stems = Stems::of_language(Language::English);
        let read = reading::of_text(0, line, None, &mut stems);
        assert_eq!(read.iter().map(is_label).collect::<Vec<_>>(), [is_one], "{line}");
    }

    #[test]
    fn a_line_without_a_finite_verb_is_a_label() {
        check("A first look at the new mills and what they can do for small farms.", true);
        check("A practical guide to mills for farms and bakeries.", true);
        check("An interview with Ada Hill about mills, bread and the price of wheat.", true);
        check("A new approach to memory safety in the compiler of a mill.", true);
        check("A review of 300 mills finds that half of them turn too fast.", false);
        check("A review of the accident found no fault in the mill.", false);
        check("A bug in the Tern mill lets attackers read every order of a bakery.", false);
        check("A company that sells mills has raised 5 million dollars.", false);
        check("A startup in Oslo opened its mill to bakeries.", false);
        check("Bakeries can now buy a mill of their own.", false);
    }
}
