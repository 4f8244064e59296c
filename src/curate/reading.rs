//! Reads the members of a story into sentences, and says of each whether it can be
//! quoted and read on its own.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use foldhash::HashMap;
use regex::Regex;

use super::boilerplate;
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
/// A sentence with fewer words says too little, one with more is no sentence.
const WORDS: std::ops::RangeInclusive<usize> = 5..=70;
/// An opening quotation mark without its partner is forgotten after this many sentences.
const QUOTED_SENTENCES_MAX: usize = 8;

/// One sentence of one member's snapshot.
#[derive(Clone, Debug, Default)]
pub(super) struct Sentence<'a> {
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

/// Number of a content stem within one story.
pub(super) type Stem = u32;

/// The stems met so far. Numbers follow the order of the text, so that nothing
/// depends on how a table is laid out.
#[derive(Debug, Default)]
pub(super) struct Stems<'a> {
    language: Language,
    by_word: HashMap<&'a str, Option<Stem>>,
    by_stem: HashMap<String, Stem>,
}

impl<'a> Stems<'a> {
    /// None yet, of words of this language.
    pub(super) fn of_language(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    /// The content stems of a text with their counts, sorted.
    pub(super) fn of(&mut self, text: &'a str) -> Vec<(Stem, u32)> {
        let mut found: Vec<Stem> = word::words(text).filter_map(|(_, it)| self.stem(it)).collect();
        found.sort_unstable();
        let mut counted: Vec<(Stem, u32)> = Vec::with_capacity(found.len());
        for stem in found {
            match counted.last_mut() {
                Some(last) if last.0 == stem => last.1 += 1,
                _ => counted.push((stem, 1)),
            }
        }
        counted
    }

    /// As [`Self::of`], for a text that does not outlive the others: its words are not remembered.
    pub(super) fn of_passing(&mut self, text: &str) -> Vec<(Stem, u32)> {
        let by_stem = std::mem::take(&mut self.by_stem);
        let mut passing = Stems { language: self.language, by_word: HashMap::default(), by_stem };
        let found = passing.of(text);
        self.by_stem = passing.by_stem;
        found
    }

    /// How many different stems there are.
    pub(super) fn len(&self) -> usize {
        self.by_stem.len()
    }

    /// The stem of one word, unless it is a stop word or a single character.
    pub(super) fn stem(&mut self, word: &'a str) -> Option<Stem> {
        if let Some(known) = self.by_word.get(word) {
            return *known;
        }
        let lower = word::lower(word);
        let stem = (!self.language.is_stop_word(&lower) && 1 < lower.chars().count()).then(|| {
            let next = Stem::try_from(self.by_stem.len()).unwrap_or(Stem::MAX);
            let stem = self.language.stem(&lower);
            match self.by_stem.get(stem.as_ref()) {
                Some(known) => *known,
                None => *self.by_stem.entry(stem.into_owned()).or_insert(next),
            }
        });
        self.by_word.insert(word, stem);
        stem
    }
}

/// The share of stems that two sentences have in common (Jaccard), 0 to 1.
pub(super) fn overlap(a: &[(Stem, u32)], b: &[(Stem, u32)]) -> f64 {
    let shared = shared(a, b);
    let all = a.len() + b.len() - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

/// How many stems two sentences have in common.
pub(super) fn shared(a: &[(Stem, u32)], b: &[(Stem, u32)]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    shared
}

/// The part of a snapshot that is read.
pub(super) fn read_part(snapshot: &Snapshot) -> &str {
    let text: &str = &snapshot.text;
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

/// The sentences of a story's members, primary first, each text in its own order.
pub(super) fn sentences<'a>(members: &'a [Member], stems: &mut Stems<'a>) -> Vec<Sentence<'a>> {
    let mut all = Vec::new();
    for (member, snapshot) in quotable(members) {
        let text = read_part(snapshot);
        let standfirst = standfirst(&members[member]);
        let mut quotation = Quotation::default();
        let mut places = 0..;
        let mut block = Block::default();
        let (first, mut teaser) = (all.len(), None);
        for (index, cut) in sentence::cut(text, SENTENCES_MAX).into_iter().enumerate() {
            let is_whole = quotation.is_whole(cut.paragraph, &text[cut.range.clone()]);
            let is_first = block.paragraph != Some(cut.paragraph);
            if is_first {
                block = Block::at(&text[cut.range.start..], cut.paragraph);
            }
            let head = if is_first { boilerplate::head(&text[cut.range.clone()], index == 0) } else { 0 };
            let span = cut.range.start + head..cut.range.end;
            let text = &text[span.clone()];
            let lower = word::lower(text);
            let words = word::count(text);
            let is_standfirst = standfirst.as_ref().is_some_and(|it| it.contains(&blanks_as_one(text)));
            let is_statement = is_statement(text) && (has_end(text) || is_standfirst);
            let is_text = !block.is_boilerplate && !boilerplate::is_unwanted(text, &lower);
            let tells = is_statement && is_text;
            let is_quotable = tells && is_whole && WORDS.contains(&words);
            if is_standfirst && is_text && is_whole && is_teaser(text, stems.language) {
                teaser = teaser.or(Some(all.len()));
            }
            let language = stems.language;
            all.push(Sentence {
                member,
                index,
                paragraph: cut.paragraph,
                place: if tells { places.next() } else { None },
                is_standfirst,
                is_quotable,
                is_dependent: is_dependent(&lower, language),
                points_back: is_quotable && language == Language::English && points_back(&lower),
                speaks_personally: is_quotable && has_word_of(&lower, &[FIRST_PERSON, SECOND_PERSON]),
                is_first_person: is_quotable && has_word_of(&lower, &[FIRST_PERSON]),
                language,
                subject: known_subject(text).filter_map(|it| stems.stem(it)).collect(),
                stems: stems.of(text),
                span,
                text,
                lower,
                words,
            });
        }
        // Where the publisher gives nothing whole, its own teaser is quoted as it is, cut off.
        if let Some(teaser) = teaser.filter(|_| !all[first..].iter().any(|it: &Sentence| it.is_quotable)) {
            all[teaser].is_quotable = true;
            all[teaser].place = Some(0);
        }
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

/// Follows quotation marks through a text, because half of a quotation, or a
/// sentence from the middle of one, misquotes when it stands alone.
#[derive(Debug, Default)]
struct Quotation {
    paragraph: usize,
    paired: sentence::Quotations,
    is_straight_open: bool,
    is_single_open: bool,
    sentences_open: usize,
}

impl Quotation {
    /// Whether the next sentence begins and ends outside every quotation.
    fn is_whole(&mut self, paragraph: usize, text: &str) -> bool {
        if paragraph != self.paragraph || QUOTED_SENTENCES_MAX < self.sentences_open {
            *self = Self { paragraph, ..Self::default() };
        }
        let was_open = self.is_open();
        let mut is_broken = false;
        // Where there is no mark, nothing opens or closes.
        let has_marks = text.bytes().any(|b| matches!(b, b'"' | b'\'') || !b.is_ascii());
        let text = if has_marks { text } else { "" };
        let mut before = ' ';
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let after = chars.peek().copied().unwrap_or(' ');
            let opens = (before.is_whitespace() || matches!(before, '(' | '[' | '—' | '–' | '-' | '“' | '"'))
                && !after.is_whitespace();
            match c {
                '"' if self.is_straight_open => self.is_straight_open = false,
                '"' if opens => self.is_straight_open = true,
                // Behind a digit it is a mark of inches.
                '"' => is_broken |= !self.paired.close_curly() && !before.is_ascii_digit(),
                // "…” with two kinds of marks.
                '”' if self.is_straight_open && !self.paired.is_any_open() => self.is_straight_open = false,
                // ‚…‘
                '‘' if self.is_single_open && !after.is_alphanumeric() && !before.is_whitespace() => {
                    self.is_single_open = false;
                }
                '‘' | '‚' => self.is_single_open = true,
                '\'' if opens && !self.is_single_open && after.is_alphabetic() => self.is_single_open = true,
                '\'' | '’' if !after.is_alphanumeric() && !before.is_whitespace() => {
                    self.is_single_open = false
                }
                _ => is_broken |= !self.paired.follow(c, before, after),
            }
            before = c;
        }
        let is_open = self.is_open();
        self.sentences_open = if is_open { self.sentences_open + 1 } else { 0 };
        !was_open && !is_open && !is_broken
    }

    fn is_open(&self) -> bool {
        self.paired.is_any_open() || self.is_straight_open || self.is_single_open
    }
}

/// The publisher's own few lines about the article, blanks as one; `None` where it has none, or where
/// they are a whole text.
fn standfirst(member: &Member) -> Option<String> {
    const STANDFIRST_WORDS_MAX: usize = 100;
    let own = member.summary.as_deref().filter(|it| it.split("\n\n").count() <= 2)?;
    (word::count(own) <= STANDFIRST_WORDS_MAX).then(|| blanks_as_one(own))
}

/// A text with each run of blanks as one.
pub(super) fn blanks_as_one(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether it begins as a statement does, and is whole, no table and no code.
fn is_statement(text: &str) -> bool {
    let starts = text.starts_with(|c: char| {
        // Letters of scripts without case begin sentences too.
        c.is_alphabetic() && !c.is_lowercase()
            || c.is_ascii_digit()
            || matches!(
                c,
                '"' | '“'
                    | '”'
                    | '„'
                    | '‘'
                    | '‚'
                    | '\''
                    | '«'
                    | '»'
                    | '「'
                    | '『'
                    | '《'
                    | '$'
                    | '€'
                    | '£'
            )
    }) || text.chars().take(4).any(char::is_uppercase)
        || begins_with_release(text);
    // Column heads and captions run into the text without an end mark.
    starts && !is_cut(text) && !text.contains(['|', '\u{fffc}', '\u{fffd}', '{', '<', '→', '►'])
}

/// Whether it ends in an ellipsis, as what the publisher cut off does.
fn is_cut(text: &str) -> bool {
    let bare = without_closing(text);
    bare.ends_with("..") || bare.ends_with('…')
}

/// Whether it is cut off behind words enough to say something, and not within a phrase: behind
/// "of the", say.
fn is_teaser(text: &str, language: Language) -> bool {
    const TEASER_WORDS_MIN: usize = 6;
    let bare = without_closing(text).trim_end_matches(['.', '…', '[', '(']).trim_end();
    let last = word::words(bare).last().map(|it| it.1);
    is_cut(text)
        && is_statement(bare)
        && word::count(bare) >= TEASER_WORDS_MIN
        && last.is_some_and(|it| word::is_capitalised(it) || !language.is_stop_word(&word::lower(it)))
}

/// Whether it ends as a statement does, which no question does. Headings do not, nor do the
/// standfirsts of many publishers. Thai and Lao end no sentence with a mark.
fn has_end(text: &str) -> bool {
    let is_end = |c: char| sentence::is_end_mark(c) && !matches!(c, '?' | '？' | '؟' | '…');
    without_closing(text).ends_with(is_end) || text.contains(|c: char| matches!(c, '\u{e00}'..='\u{eff}'))
}

/// A sentence without what closes on its end mark, in French and German too: "fait. »", "gut.“".
fn without_closing(text: &str) -> &str {
    let is_closing = |c: char| {
        matches!(
            c,
            '"' | '\''
                | '”'
                | '“'
                | '’'
                | '‘'
                | ')'
                | ']'
                | '»'
                | '«'
                | '」'
                | '』'
                | '》'
                | '）'
                | '】'
                | '〉'
        )
    };
    text.trim_end_matches(|c: char| is_closing(c) || c.is_whitespace())
}

/// Whether it begins with a name in lower case and its number: "curl 9.0".
fn begins_with_release(text: &str) -> bool {
    let mut words = text.split(' ');
    words.next().is_some_and(|it| it.starts_with(|c: char| c.is_ascii_lowercase()))
        && words.next().is_some_and(|it| it.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether an English sentence leans on what was said before it, as far as rules can tell.
pub(super) fn leans(text: &str) -> bool {
    let lower = word::lower(text);
    is_dependent(&lower, Language::English) || points_back(&lower)
}

/// Whether the first word points back at what was said before.
fn is_dependent(lower: &str, language: Language) -> bool {
    let bare = lower
        .trim_start_matches(['"', '\'', '“', '”', '„', '‘', '‚', '«', '»', '(', ' ', '\u{a0}', '\u{202f}']);
    let first = bare.split(|c: char| !c.is_alphanumeric() && c != '\'').next().unwrap_or_default();
    let second =
        bare[first.len()..].trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let leaning = match language {
        Language::English => LEANING,
        Language::German => LEANING_DE,
        Language::French => LEANING_FR,
        Language::Spanish => LEANING_ES,
    };
    if language != Language::English {
        return leaning.contains(&first);
    }
    // "Some raced through it": some of whom was said before.
    let is_bare = matches!(first, "some" | "others" | "many" | "most" | "few" | "none" | "several")
        && (is_verb_form(second) || second.len() > 4 && second.ends_with("ed"));
    match first {
        _ if is_bare => true,
        "this" | "that" if POINTS_IN_TIME.contains(&second) => false,
        "such" if second == "as" => false,
        _ => leaning.contains(&first) || LEANING_STARTS.iter().any(|it| bare.starts_with(it)),
    }
}

const FIRST_PERSON: &[&str] =
    &["i", "i'm", "i've", "i'd", "i'll", "my", "we", "we're", "we've", "we'd", "we'll", "our", "us"];
const SECOND_PERSON: &[&str] = &["you", "you're", "you've", "you'll", "your"];

/// Whether a sentence has one of these words outside quotation marks.
fn has_word_of(lower: &str, lists: &[&[&str]]) -> bool {
    let mut unquoted = lower.split(['"', '“', '”']).step_by(2);
    let is_listed = |it: &str| lists.iter().any(|list| list.contains(&it));
    unquoted.any(|it| it.split(|c: char| !c.is_alphanumeric() && c != '\'').any(is_listed))
}

/// Whether something inside the sentence is said to be known: "parts for that equipment",
/// "numbers of this kind", "a third will take longer".
fn points_back(lower: &str) -> bool {
    let words: Vec<&str> = word::words(lower).map(|it| it.1).collect();
    let at = |i: usize| words.get(i).copied().unwrap_or_default();
    let counts = matches!(at(0), "a" | "all" | "the" | "only" | "one" | "two" | "most") && {
        let is_ordinal = |it| {
            matches!(it, "first" | "second" | "third" | "fourth" | "other" | "others" | "rest" | "remaining")
        };
        let is_number =
            |it| matches!(it, "of" | "one" | "two" | "three" | "four" | "five" | "six" | "seven" | "eight");
        // "A third will", "The other is": the noun is missing.
        is_ordinal(at(1)) && (is_verb_form(at(2)) || at(0) == "the" && at(1) != "first")
            || matches!(at(0), "all" | "the") && is_number(at(1))
            || at(1) == "of" && matches!(at(2), "them" | "these" | "those")
    };
    let is_shown = |pair: &[&str]| {
        (PREPOSITIONS.contains(&pair[0]) || pair[1] == "these")
            && matches!(pair[1], "that" | "this" | "these" | "those")
            && !POINTS_IN_TIME.contains(&pair[2])
            && !matches!(pair[2], "of" | "that" | "who" | "whose" | "which")
    };
    // "A third of them": who they are was said before, unless a comma joins it to what is.
    let refers = || SHARES.find_iter(lower).any(|it| !lower[..it.start()].ends_with(','));
    let opens_so = lower.starts_with("nearly all that ")
        || lower.starts_with("all that ")
        || lower.starts_with("until now,");
    let repeats = matches!(at(0), "everything" | "everyone" | "nothing") && at(1) == "else";
    // "Most operators therefore keep such answers": both point at what was said.
    let concludes = words.iter().skip(1).any(|it| *it == "therefore") || lower.ends_with(" as a result.");
    let is_such = |pair: &[&str]| pair[0] == "such" && !matches!(pair[1], "as" | "a" | "an" | "that");
    counts
        || opens_so
        || repeats
        || concludes
        || words.windows(2).any(is_such)
        || words.windows(3).any(is_shown)
        || refers()
        || BACK.is_match(lower)
}

static SHARES: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        " third of them",
        " half of them",
        " most of them",
        " most of it",
        " some of them",
        " all of them",
        " twice that",
        " part of it",
    ])
});

/// Demonstratives without a noun, examples of what was said, verbs that stand for one said before
/// ("Security keys do, because").
static BACK: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        " that,",
        " that.",
        " those.",
        " these.",
        ", for example,",
        ", for instance,",
        " do, ",
        " does, ",
        " did, ",
        " do not, ",
        " did not, ",
    ])
});

/// A pattern that finds any of the phrases wherever they stand.
fn any_of(phrases: &[&str]) -> Regex {
    let escaped: Vec<String> = phrases.iter().map(|it| regex::escape(it)).collect();
    Regex::new(&escaped.join("|")).expect("escaped phrases are a valid pattern")
}

fn is_verb_form(word: &str) -> bool {
    matches!(
        word,
        "is" | "are" | "was" | "were" | "will" | "would" | "has" | "had" | "can" | "took" | "takes" | "came"
    )
}

/// The words of a subject that is spoken of as known: those behind an opening "The", where
/// none is a name and nothing beside the noun says which is meant.
fn known_subject(text: &str) -> impl Iterator<Item = &str> {
    const SUBJECT_WORDS: usize = 2;
    let words: Vec<&str> = word::words(text).map(|it| it.1).take(2 + SUBJECT_WORDS).collect();
    let at = |i: usize| words.get(i).copied().unwrap_or_default();
    let is_named = (1..=SUBJECT_WORDS).any(|i| word::is_capitalised(at(i)));
    let is_told = TELLING.contains(&at(1))
        || PREPOSITIONS.contains(&at(2))
        || CLAUSES.contains(&at(2))
        || CLAUSES.contains(&at(3));
    let taken = if at(0) == "The" && !is_named && !is_told { SUBJECT_WORDS } else { 0 };
    words.into_iter().skip(1).take(taken)
}

const PREPOSITIONS: &[&str] =
    &["about", "after", "at", "before", "by", "for", "from", "in", "into", "of", "on", "to", "with"];

/// Behind a noun: what follows says which is meant.
const CLAUSES: &[&str] = &["of", "that", "where", "which", "who", "whose"];

/// Behind "The": what is meant needs no telling.
const TELLING: &[&str] =
    &["bottom", "conclusion", "lesson", "most", "question", "takeaway", "upshot", "usual"];

const POINTS_IN_TIME: &[&str] = &[
    "afternoon",
    "autumn",
    "evening",
    "fall",
    "month",
    "morning",
    "quarter",
    "spring",
    "summer",
    "week",
    "weekend",
    "winter",
    "year",
];

const LEANING: &[&str] = &[
    "accordingly",
    "additionally",
    "afterwards",
    "also",
    "and",
    "another",
    "because",
    "besides",
    "both",
    "but",
    "consequently",
    "either",
    "else",
    "furthermore",
    "he",
    "he'd",
    "he'll",
    "he's",
    "hence",
    "her",
    "hers",
    "his",
    "however",
    "i",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "indeed",
    "instead",
    "it",
    "it'd",
    "it'll",
    "it's",
    "its",
    "likewise",
    "moreover",
    "my",
    "neither",
    "nevertheless",
    "nonetheless",
    "nor",
    "or",
    "others",
    "otherwise",
    "plus",
    "she",
    "she'd",
    "she'll",
    "she's",
    "similarly",
    "so",
    "still",
    "such",
    "that",
    "that's",
    "their",
    "them",
    "then",
    "thereafter",
    "therefore",
    "these",
    "they",
    "they'd",
    "they'll",
    "they're",
    "they've",
    "this",
    "those",
    "though",
    "thus",
    "too",
    "yet",
];

const LEANING_DE: &[&str] = &[
    "aber",
    "allerdings",
    "außerdem",
    "dabei",
    "dadurch",
    "dafür",
    "dagegen",
    "daher",
    "damit",
    "danach",
    "dann",
    "daraufhin",
    "das",
    "dazu",
    "denn",
    "dennoch",
    "deren",
    "deshalb",
    "dessen",
    "diese",
    "diesem",
    "diesen",
    "dieser",
    "dieses",
    "doch",
    "dort",
    "er",
    "es",
    "hingegen",
    "ihm",
    "ihr",
    "ihre",
    "ihren",
    "jedoch",
    "sein",
    "seine",
    "seinen",
    "sie",
    "somit",
    "sondern",
    "trotzdem",
    "und",
    "zudem",
];

const LEANING_FR: &[&str] = &[
    "ainsi",
    "alors",
    "aussi",
    "car",
    "ce",
    "cela",
    "celle",
    "celui",
    "cependant",
    "ces",
    "cet",
    "cette",
    "ceux",
    "donc",
    "elle",
    "elles",
    "en",
    "enfin",
    "et",
    "il",
    "ils",
    "leur",
    "leurs",
    "mais",
    "néanmoins",
    "or",
    "pourtant",
    "puis",
    "sa",
    "ses",
    "son",
    "toutefois",
];

const LEANING_ES: &[&str] = &[
    "además", "allí", "aquel", "aquella", "así", "aunque", "ella", "ellas", "ellos", "entonces", "esa",
    "esas", "ese", "eso", "esos", "esta", "estas", "este", "esto", "estos", "luego", "o", "pero", "por",
    "pues", "sin", "su", "sus", "también", "tampoco", "y", "él",
];

const LEANING_STARTS: &[&str] = &[
    "according to him",
    "according to her",
    "according to them",
    "after that",
    "as a result",
    "as such",
    "at the same time",
    "at that ",
    "by contrast",
    "by then",
    "despite this",
    "despite that",
    "even so",
    "for example",
    "for instance",
    "for that",
    "for this",
    "if so",
    "if that ",
    "if this ",
    "in addition",
    "in contrast",
    "in fact",
    "in other words",
    "in that ",
    "in this ",
    "in turn",
    "of course",
    "on the other hand",
    "now, with",
    "one of them",
    "one of these",
    "since then",
    "some of them",
    "some of these",
    "that said",
    "the agency ",
    "the company ",
    "the firm ",
    "the former",
    "the group ",
    "the startup ",
    "the latter",
    "the same",
    "the two ",
    "to that end",
    "to do so",
    "to do this",
    "then came",
    "until then",
    "what he ",
    "what it ",
    "what she ",
    "what they ",
    "with that",
    "with this",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn whole(text: &str, expected: &[bool]) {
        let mut quotation = Quotation::default();
        let found: Vec<bool> = sentence::cut(text, 100)
            .into_iter()
            .map(|it| quotation.is_whole(it.paragraph, &text[it.range]))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn halves_and_middles_of_quotations_are_not_whole() {
        whole("\"We grew. We hired. We moved,\" Fox said. All left.", &[true, true]);
        whole("\"We grew. We hired. We moved. All left.", &[false, false, false, false]);
        whole("“We grew.” Fox said ‘no one left’ again. Users' data stayed.", &[true, true, true]);
        whole("He said: 'It broke. We fixed it.' Then it's fine.", &[false, false, true]);
        whole("A 15\" screen is big. It's Fox's.", &[true, true]);
    }

    #[test]
    fn quotations_of_other_languages_are_whole_too() {
        for text in [
            "„Wir wachsen“, sagte Hahn. „Es reicht.“ Alle gingen.",
            "»Wir wachsen«, sagte Hahn. »Es reicht.« Alle gingen.",
            "„Wir wachsen\", sagte Hahn. „Es ist ‚gut‘ so.” Alle gingen.",
            "« On grandit », dit Petit. « C’est “fait”. » Tous partent.",
            "”Vi växer”, sade Berg. ”Det räcker.” Alla gick.",
            "»Kasvamme», sanoi Salo. »Se riittää.» Kaikki lähtivät.",
            "「勝った」と語った。「次も。」終わり。",
        ] {
            whole(text, &[true, true, true]);
        }
        whole("„Wir wachsen. Es reicht. Alle gingen.", &[false, false, false]);
        whole("»Wir wachsen. Wir bleiben.\n\nAlle gingen.", &[false, false, true]);
    }

    #[test]
    fn statements_end_as_their_script_ends_them() {
        for it in [
            "„Es reicht.“",
            "»Es reicht.«",
            "« C’est fait. »",
            "他说：“好。”",
            "यह नया है।",
            "यह नया है॥",
            "ភាសាថ្មី។",
            "မြန်မာ။",
            "これで終わり｡",
            "บริษัทเปิดตัวบริการใหม่",
            "ບໍລິສັດເປີດຕົວ",
        ] {
            assert!(has_end(it), "{it}");
        }
        for it in ["A heading", "Who pays?", "هل وصل؟", "„Wer zahlt?“", "제목"] {
            assert!(!has_end(it), "{it}");
        }
    }

    #[test]
    fn a_teaser_is_cut_off_behind_a_clause() {
        let check = |text: &str, expected: bool| {
            assert_eq!(is_teaser(text, Language::English), expected, "{text}");
        };
        check("Lock keepers at Varn count boats by radar since May…", true);
        check("The rail yard of Tolk labels 3,000 wagons by radio [...]", true);
        check("The rail yard of Tolk labels 3,000 wagons by the…", false);
        check("The rail yard of Tolk labels 3,000 wagons by radio.", false);
        check("Read more about it…", false);
        check("and labels 3,000 wagons by radio since last May…", false);
    }

    #[test]
    fn a_new_paragraph_forgets_an_open_quotation() {
        whole("“We grew and hired.\n\nAll left the room.", &[false, true]);
    }

    #[test]
    fn leaning_sentences_are_known() {
        for it in ["He left.", "\"It works,\" Fox said.", "This means war.", "As a result, sales fell."] {
            assert!(is_dependent(&it.to_lowercase(), Language::English), "{it}");
        }
        for it in ["This week Acme left.", "Acme left it.", "Those"] {
            assert_eq!(is_dependent(&it.to_lowercase(), Language::English), it == "Those", "{it}");
        }
    }

    #[test]
    fn what_points_back_is_known() {
        for it in [
            "Spare parts for that equipment will be sold.",
            "Most operators therefore keep answers for a few seconds.",
            "Operators keep such answers for a few seconds.",
            "Fraud has fallen as a result.",
            "The vintner understood these hardships well.",
            "In Hong Kong, for example, robots are built.",
            "A third will take longer.",
            "The other was sold.",
            "All six were rebuilt from copies.",
            "Security keys do, because the browser helps.",
            "Acme estimated that a third of them would fail.",
            "Analysts expect the bill to be twice that, which hurts.",
            "Nearly all that remained began with a password.",
            "Numbers of this kind flatter.",
        ] {
            assert!(points_back(&it.to_lowercase()), "{it}");
        }
        for it in [
            "The first release is planned for May.",
            "The image grew by code and messages, most of it for errors.",
            "Prices of this year fell.",
            "Acme said that sales fell.",
            "A second batch will ship in May.",
        ] {
            assert!(!points_back(&it.to_lowercase()), "{it}");
        }
    }

    #[track_caller]
    fn check_subject(text: &str, is_known: bool) {
        assert_eq!(known_subject(text).next().is_some(), is_known, "{text}");
    }

    #[test]
    fn a_subject_spoken_of_as_known_is_seen() {
        check_subject("The error began in April.", true);
        check_subject("The report will be published in full.", true);
        check_subject("The Kestrel R9 has 96 cores.", false);
        check_subject("The number of customers rose.", false);
        check_subject("The key that was lost is old.", false);
        check_subject("Errors began in April.", false);
    }
}
