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
/// it leans, where it addresses the reader, or where it is not about this article.
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
        tells && is_ended && !reading::is_cut(it.text) && !asks(it) && is_of_the_article(it, text, &title)
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
