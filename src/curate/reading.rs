//! Reads the members of a story into sentences, and says of each whether it can be
//! quoted and read on its own.

mod leaning;
mod quotation;
mod sentence_form;

pub(super) use self::leaning::leans;
pub(super) use self::sentence_form::has_end;
pub(super) use self::sentence_form::is_cut;

use std::borrow::Cow;
use std::ops::Range;

use self::leaning::is_dependent;
use self::leaning::known_subject;
use self::leaning::points_back;
use self::leaning::speaks_in_first_person;
use self::leaning::speaks_personally;
use self::quotation::Quotation;
use self::sentence_form::is_statement;
use self::sentence_form::is_teaser;
use super::boilerplate;
use super::language;
use super::stems::Stem;
use super::stems::Stems;
use crate::domain::Member;
use crate::domain::Snapshot;
use crate::text::sentence;
use crate::text::word;
use crate::text::word::Language;

/// Members whose text is read; the rest are credited only.
pub(super) const MEMBERS_MAX: usize = 8;

/// Sentences of one text that are considered.
const SENTENCES_MAX: usize = 400;

/// Bytes of one text that are considered.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// Sentences of a text before which a dateline may stand: a standfirst can come first.
const OPENING_SENTENCES: usize = 3;

/// A sentence with fewer words says too little, one with more is no sentence.
const WORDS: std::ops::RangeInclusive<usize> = 5..=70;

/// One sentence of one member's snapshot.
#[derive(Clone, Debug, Default)]
pub(super) struct MemberSentence<'a> {
    /// Position of the member in the story.
    pub member: usize,
    /// Position in the member's text.
    pub index: usize,
    /// Counts the paragraphs of the member's text from 0.
    pub paragraph: usize,
    /// Byte offsets into the snapshot; a dateline is left out.
    pub span: Range<usize>,
    /// The snapshot's bytes at `span`.
    pub text: &'a str,
    /// `text` in lower case, for looking for phrases.
    pub lower: Cow<'a, str>,
    /// Words as a reader counts them.
    pub words: usize,
    /// Content stems and how often each occurs, sorted by stem.
    pub stems: Vec<(Stem, u32)>,
    /// Position among those of the member's sentences that tell the story; `None` for headings,
    /// captions, boilerplate and words to the reader, which no score may depend on.
    pub place: Option<usize>,
    /// Whether it also stands in the publisher's own few lines about the article.
    pub is_standfirst: bool,
    /// Whether its publisher put it into its feed, wherever the text was read.
    pub is_fed: bool,
    /// Whether it stands there alone: its span is of the member's abstract, not of its text.
    pub is_abstract: bool,
    /// Whether it may be quoted at all.
    pub is_quotable: bool,
    /// Whether it leans on the sentence before it.
    pub is_dependent: bool,
    /// Whether its writer speaks of themselves or to the reader, outside quotations; told only of
    /// what may be quoted.
    pub speaks_personally: bool,
    /// Whether its writer speaks of themselves, outside quotations; told only of what may be quoted.
    pub is_first_person: bool,
    /// Whose words it has.
    pub language: Language,
    /// Whether it points, further inside, at something said before; told only of what may be quoted.
    pub points_back: bool,
    /// Content stems of a subject that it takes as known, as in "The error began in April";
    /// empty where the subject is named or explained.
    pub subject: Vec<Stem>,
}

impl MemberSentence<'_> {
    /// Whether both stand in one text: an abstract ends before its article begins, so that neither leans
    /// on the other.
    pub(super) fn is_of_one_text_with(&self, other: &Self) -> bool {
        self.member == other.member && self.is_abstract == other.is_abstract
    }
}

/// The part of a snapshot that is read.
pub(super) fn read_part(snapshot: &Snapshot) -> &str {
    let text: &str = &snapshot.text;
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

/// The sentences of the texts of a story's members, primary first, each text in its own order. What
/// is in another language than the first text is credited and not quoted.
pub(super) fn sentences<'a>(members: &'a [Member], stems: &mut Stems<'a>) -> Vec<MemberSentence<'a>> {
    let mut all = Vec::new();
    let mut first = None;
    for (member, snapshot) in quotable(members) {
        let language = language::primary(read_part(snapshot), members[member].language.as_deref());
        let first = first.get_or_insert_with(|| language.clone());
        if let (Some(first), Some(own)) = (&*first, &language)
            && first != own
        {
            continue;
        }
        let standfirst = standfirst(&members[member]);
        let begin = all.len();
        all.extend(of_text(member, read_part(snapshot), standfirst.as_deref(), stems));
        let fed = members[member].summary.as_deref().map(blanks_as_one).unwrap_or_default();
        for it in all[begin..].iter_mut().filter(|it| it.words != 0) {
            it.is_fed = !fed.is_empty() && fed.contains(&blanks_as_one(it.text));
        }
    }
    all
}

/// The sentences of one text of a member.
pub(super) fn of_text<'a>(
    member: usize,
    text: &'a str,
    standfirst: Option<&str>,
    stems: &mut Stems<'a>,
) -> Vec<MemberSentence<'a>> {
    let mut all: Vec<MemberSentence> = Vec::new();
    let mut quotation = Quotation::default();
    let mut told = 0;
    let mut block = Block::default();
    let mut teaser = None;
    for (index, cut) in sentence::cut(text, SENTENCES_MAX).into_iter().enumerate() {
        let is_whole = quotation.is_whole(cut.paragraph, &text[cut.range.clone()]);
        let is_first = block.paragraph != Some(cut.paragraph);
        if is_first {
            block = Block::at(&text[cut.range.start..], cut.paragraph);
        }
        let head =
            if is_first { boilerplate::head(&text[cut.range.clone()], told < OPENING_SENTENCES) } else { 0 };
        let span = cut.range.start + head..cut.range.end;
        let text = &text[span.clone()];
        let lower = word::lower(text);
        let words = word::count(text);
        let is_standfirst = standfirst.is_some_and(|it| it.contains(&blanks_as_one(text)));
        let is_statement = is_statement(text) && (has_end(text) || is_standfirst);
        let is_text = !block.is_boilerplate && !boilerplate::is_unwanted(text, &lower);
        let tells = is_statement && is_text;
        let is_quotable = tells && is_whole && WORDS.contains(&words);
        if is_standfirst && is_text && is_whole && is_teaser(text, stems.language) {
            teaser = teaser.or(Some(all.len()));
        }
        let language = stems.language;
        all.push(MemberSentence {
            member,
            index,
            paragraph: cut.paragraph,
            place: tells.then_some(told),
            is_standfirst,
            is_fed: false,
            is_abstract: false,
            is_quotable,
            is_dependent: is_dependent(&lower, language),
            points_back: is_quotable && language == Language::English && points_back(&lower),
            speaks_personally: is_quotable && speaks_personally(&lower),
            is_first_person: is_quotable && speaks_in_first_person(&lower),
            language,
            subject: known_subject(text).filter_map(|it| stems.stem(it)).collect(),
            stems: stems.of(text),
            span,
            text,
            lower,
            words,
        });
        told += usize::from(tells);
    }
    // Where the publisher gives nothing whole, its own teaser is quoted as it is, cut off.
    if let Some(teaser) = teaser.filter(|_| !all.iter().any(|it| it.is_quotable)) {
        all[teaser].is_quotable = true;
        all[teaser].place = Some(0);
    }
    all
}

/// The paragraph that is being read.
#[derive(Debug, Default)]
struct Block {
    /// Its number; `None` before the first.
    paragraph: Option<usize>,
    /// Whether none of it is article text.
    is_boilerplate: bool,
}

impl Block {
    /// The paragraph at the beginning of `rest`.
    fn at(rest: &str, paragraph: usize) -> Self {
        let text = rest.split("\n\n").next().unwrap_or_default();
        Self { paragraph: Some(paragraph), is_boilerplate: boilerplate::is_block(text) }
    }
}

/// The members whose text may be quoted, with their places in the story.
pub(super) fn quotable(members: &[Member]) -> impl Iterator<Item = (usize, &Snapshot)> {
    let with_text = members.iter().enumerate().filter_map(|(i, it)| Some((i, it.snapshot.as_ref()?)));
    with_text.take(MEMBERS_MAX)
}

/// The publisher's own few lines about the article, blanks as one; `None` where it has none, or where
/// they are a whole text.
fn standfirst(member: &Member) -> Option<String> {
    const STANDFIRST_WORDS_MAX: usize = 100;
    let is_short = |it: &&str| it.split("\n\n").count() <= 2 && word::count(it) <= STANDFIRST_WORDS_MAX;
    let on_page = member.abstract_snapshot.as_ref().map(|it| &*it.text);
    let own: Vec<String> =
        member.summary.as_deref().into_iter().chain(on_page).filter(is_short).map(blanks_as_one).collect();
    (!own.is_empty()).then(|| own.join("\n"))
}

/// A text with each run of blanks as one.
pub(super) fn blanks_as_one(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
