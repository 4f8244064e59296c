//! The grounding gate: what an engine states must stand in the text it cites.
//!
//! Numbers with their units, dates, versions, proper names and quotations of a
//! statement are looked for in the cited text after normalisation; negations and
//! directions are compared. The sentences of the cited text itself pass.
//! Passing does not prove a statement true: true words can be combined into a false
//! sentence.

mod count;
mod glued;
mod opener;
#[cfg(test)]
mod planted;
mod token;

use self::token::Kind;
use self::token::Token;
use self::token::Unit;
use crate::text::word::Language;

/// Words between the two words of a name that another spelling may put there: "Fox, the
/// chief, Ada".
const NAME_GAP_MAX: usize = 3;
/// Words between a number and an earlier one whose unit is meant too.
const IMPLIED_NEAR: usize = 5;
/// Words between a quantity and the word that says where it moved, in a statement.
const DIRECTION_NEAR: usize = 5;
/// The same in the cited text, which is wordier.
const DIRECTION_NEAR_CITED: usize = 8;
/// Words between a verb and the names that it joins, in a statement and in the wordier cited text.
const ROLES_NEAR: usize = 4;
const ROLES_NEAR_CITED: usize = 6;
/// Words of a quotation that has to be verbatim.
const QUOTED_WORDS_MIN: usize = 2;

/// Something that a statement says and its source does not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What sort of thing.
    pub kind: FindingKind,
    /// As the statement says it.
    pub text: String,
}

/// What sort of thing a source lacks.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum FindingKind {
    /// A number, percentage, amount or measure; its unit counts.
    Number,
    /// A weekday, month, or day of a month.
    Date,
    /// A version or a product's code.
    Version,
    /// A proper name.
    Name,
    /// Words in quotation marks.
    Quotation,
    /// The source lets someone else say it.
    Attribution,
    /// The source says it without the "not", or with it.
    Negation,
    /// The source says the opposite: "fell" for "rose".
    Direction,
    /// The source has the two names the other way round: "A buys B" for "B buys A".
    Roles,
    /// An address that the source does not have.
    Link,
}

impl FindingKind {
    /// Whether the source says the contrary, and does not merely say nothing of it.
    pub(super) fn is_contrary(self) -> bool {
        matches!(self, Self::Attribution | Self::Negation | Self::Direction | Self::Roles)
    }
}

/// What `statement` says that `cited` does not; nothing when it is grounded. `cited`
/// is the text of the statement's receipts, with the sentences around them where the
/// engine read those.
pub fn check(statement: &str, cited: &str) -> Vec<Finding> {
    if statement == cited {
        return Vec::new();
    }
    Cited::read(cited).check(statement)
}

/// As [`check`], with more text for names: `around` is the cited text with the sentences before
/// it and the names of the story's publishers.
pub(super) fn check_among(statement: &str, cited: &str, around: &str) -> Vec<Finding> {
    if statement == cited {
        return Vec::new();
    }
    let cited = Cited::read(cited);
    let around = token::read(around, cited.language);
    findings(statement, &cited.tokens, &around, cited.language)
}

/// A cited text, read once for many statements.
#[derive(Debug)]
pub struct Cited<'a> {
    tokens: Vec<Token<'a>>,
    language: Language,
}

impl<'a> Cited<'a> {
    /// Reads the text of a statement's receipts.
    pub fn read(text: &'a str) -> Self {
        let language = token::language(text);
        Self { tokens: token::read(text, language), language }
    }

    /// What `statement` says that this text does not, as [`check`].
    pub fn check(&self, statement: &str) -> Vec<Finding> {
        findings(statement, &self.tokens, &self.tokens, self.language)
    }
}

fn findings(statement: &str, source: &[Token], names: &[Token], language: Language) -> Vec<Finding> {
    let said = token::read(statement, language);
    let mut findings = Vec::new();
    let mut find = |kind, text: String| {
        let finding = Finding { kind, text };
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    };
    for (at, it) in said.iter().enumerate() {
        match &it.kind {
            Kind::Link if !source.iter().any(|other| other.lower == it.lower) => {
                find(FindingKind::Link, it.shown.to_owned())
            }
            Kind::Day | Kind::Month(_) if !has_date(&said, at, source) => {
                find(FindingKind::Date, it.shown.to_owned())
            }
            Kind::Number(_) if !has_number(&said, at, source) && !count::is_of_list(&said, at, source) => {
                find(FindingKind::Number, it.shown.to_owned())
            }
            Kind::Code(code) => {
                // "GPT-4o" is a name, "4.1.2" is none.
                let evidence = if code.starts_with(char::is_alphabetic) { names } else { source };
                if !has_code(code, evidence) {
                    find(FindingKind::Version, it.shown.to_owned());
                }
            }
            Kind::Word
                if is_name(&said, at) && !has_name(&said, at, names) && !opener::is_common(&said, at) =>
            {
                find(FindingKind::Name, it.shown.to_owned())
            }
            _ => {}
        }
    }
    if let Some(it) = relative_date(&said, source) {
        find(FindingKind::Date, it.to_owned());
    }
    for quotation in quotations(statement) {
        if !has_words(&token::read(quotation, language), source) {
            find(FindingKind::Quotation, quotation.to_owned());
        }
    }
    if let Some(it) = speaker(&said, source) {
        find(FindingKind::Attribution, it.to_owned());
    }
    if let Some(it) = negation(&said, source) {
        find(FindingKind::Negation, it.to_owned());
    }
    if let Some(it) = direction(&said, source) {
        find(FindingKind::Direction, it.to_owned());
    }
    if language == Language::English
        && let Some(it) = exchanged(&said, source)
    {
        find(FindingKind::Roles, it.to_owned());
    }
    findings
}

/// Whether the number stands in the source with the same unit, behind the same name, and, as
/// part of a date, beside the same month.
fn has_number(said: &[Token], at: usize, source: &[Token]) -> bool {
    let Kind::Number(number) = &said[at].kind else { return true };
    // "one" is mostly a pronoun, and a day of a month is checked with its month.
    if said[at].lower == "one" && number.unit == Unit::None || month_beside(said, at).is_some() {
        return true;
    }
    // "212 KB, 60 more": the unit of the number before.
    let implied = said[at.saturating_sub(IMPLIED_NEAR)..at].iter().rev().find_map(|it| match &it.kind {
        Kind::Number(before) if number.unit == Unit::None && before.unit != Unit::None => Some(before.unit),
        _ => None,
    });
    // "Ada Hill, 49," is the 49-year-old Ada Hill, and the reverse.
    let is_behind_comma =
        at.checked_sub(1).is_some_and(|before| !said[before].touches_next && is_name(said, before));
    let is_old = said.iter().skip(at + 1).take(2).any(|it| it.lower == "old");
    let is_age = number.is_age() && if number.unit == Unit::None { is_behind_comma } else { is_old };
    let named = at.checked_sub(1).map(|before| &said[before]).filter(|it| {
        it.kind == Kind::Word && it.is_capitalised && !it.is_function_word && number.unit == Unit::None
    });
    source.iter().enumerate().any(|(other_at, other)| match &other.kind {
        Kind::Number(other) => {
            let is_behind = |name: &Token| {
                // Of "49-year-old Ada Hill" the name stands behind.
                let past = if is_age { other_at + 2 * NAME_GAP_MAX } else { other_at };
                source[other_at.saturating_sub(NAME_GAP_MAX)..past.min(source.len())]
                    .iter()
                    .any(|it| it.is_same_word(name))
            };
            (number.is_in(other)
                || is_age && other.is_age() && number.value_is(other)
                || implied.is_some_and(|it| number.value_is(other) && it == other.unit))
                && named.is_none_or(|name| !source.iter().any(|it| it.is_same_word(name)) || is_behind(name))
        }
        // "GPT 5" for "GPT-5".
        Kind::Code(code) => named.is_some_and(|name| *code == format!("{}{}", name.lower, said[at].lower)),
        _ => false,
    })
}

/// The month beside a number that can be a day of it.
fn month_beside(tokens: &[Token], at: usize) -> Option<u8> {
    let Kind::Number(number) = &tokens[at].kind else { return None };
    let month = |at: usize| match tokens.get(at)?.kind {
        Kind::Month(month) => Some(month),
        _ => None,
    };
    let of = |at: usize| tokens.get(at).filter(|it| it.lower == "of").and_then(|_| month(at + 1));
    if number.is_day() {
        at.checked_sub(1).and_then(month).or_else(|| month(at + 1)).or_else(|| of(at + 1))
    } else {
        None
    }
}

/// Whether a weekday stands in the source, or a month with the same days beside it.
fn has_date(said: &[Token], at: usize, source: &[Token]) -> bool {
    let Kind::Month(month) = said[at].kind else {
        return source.iter().any(|it| it.kind == Kind::Day && it.lower == said[at].lower);
    };
    let around = |tokens: &[Token], at: usize| -> Vec<String> {
        let near = at.saturating_sub(2)..(at + 2).min(tokens.len());
        let days = near.filter(|day| month_beside(tokens, *day) == Some(month));
        days.filter_map(|it| match &tokens[it].kind {
            Kind::Number(number) => Some(number.value.clone()),
            _ => None,
        })
        .collect()
    };
    let days = around(said, at);
    source.iter().enumerate().any(|(other_at, other)| match &other.kind {
        Kind::Month(other) => {
            *other == month && {
                let there = around(source, other_at);
                days.iter().all(|it| there.contains(it))
            }
        }
        Kind::IsoDate { month: other, day } => *other == month && days.iter().all(|it| it == day),
        _ => false,
    })
}

/// A period told from the day of writing, such as "last year", that the source does not tell so.
fn relative_date<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    const RELATIVE: &[&str] = &["last", "next", "past", "previous", "coming", "this"];
    const PERIODS: &[&str] = &[
        "year", "quarter", "month", "week", "weekend", "spring", "summer", "autumn", "fall", "winter",
        "decade", "century", "morning", "night",
    ];
    const DAYS: &[&str] = &["yesterday", "tomorrow"];
    let same = |a: &str, b: &str| {
        let side = |it: &str| match it {
            "last" | "past" | "previous" => 0,
            "next" | "coming" => 1,
            _ => 2,
        };
        side(a) == side(b)
    };
    let day = said
        .iter()
        .find(|it| DAYS.contains(&it.lower.as_str()) && !source.iter().any(|other| other.lower == it.lower));
    let is_period = |pair: &[Token]| {
        RELATIVE.contains(&pair[0].lower.as_str())
            && PERIODS.contains(&pair[1].lower.as_str())
            && pair[0].touches_next
    };
    let has = |it: &[Token]| {
        source.windows(2).any(|other| {
            same(&other[0].lower, &it[0].lower) && is_period(other) && other[1].lower == it[1].lower
        })
    };
    let period = || said.windows(2).find(|it| is_period(it) && !has(it)).map(|it| it[1].shown);
    day.map(|it| it.shown).or_else(period)
}

/// Someone whom the statement lets say what the source lets someone else say.
fn speaker<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    /// Sentences from where it is said to where its speaker is named.
    const SENTENCES_APART: usize = 2;
    let speakers = speakers(said);
    let name = speakers.first()?;
    let is_speaker = |it: &Token| name.iter().any(|at| said[*at].is_same_word(it));
    // The sentence of the source that has most of what is said.
    let told: Vec<&Token> = (0..said.len())
        .filter(|at| !name.contains(at))
        .map(|at| &said[at])
        .filter(|it| !it.is_function_word)
        .collect();
    let sentences = source.last().map_or(0, |it| it.sentence + 1);
    let mut shared = vec![0usize; sentences];
    for it in &told {
        let mut seen = None;
        for other in source.iter().filter(|other| other.stem == it.stem) {
            if seen != Some(other.sentence) {
                shared[other.sentence] += 1;
                seen = Some(other.sentence);
            }
        }
    }
    let most = *shared.iter().max()?;
    if most < AROUND_MIN {
        return None;
    }
    let is_named = |sentence: usize| source.iter().any(|it| it.sentence == sentence && is_speaker(it));
    let is_theirs = |sentence: usize| {
        let from = source.iter().position(|it| it.sentence == sentence).unwrap_or(0);
        let length = source[from..].iter().take_while(|it| it.sentence == sentence).count();
        let has_other = !self::speakers(&source[from..from + length]).is_empty();
        let near = sentence.saturating_sub(SENTENCES_APART)..(sentence + SENTENCES_APART + 1).min(sentences);
        is_named(sentence) || !has_other && near.into_iter().any(is_named)
    };
    let is_someones = (0..sentences).filter(|it| shared[*it] == most).any(is_theirs);
    (!is_someones && source.iter().any(is_speaker)).then(|| said[name[0]].shown)
}

/// The names beside verbs of saying and behind "according to", each as its places.
fn speakers(tokens: &[Token]) -> Vec<Vec<usize>> {
    const SAYS: &[&str] = &[
        "said", "says", "told", "tells", "argued", "argues", "warned", "warns", "wrote", "writes", "called",
    ];
    let is_part = |at: usize| at < tokens.len() && is_name(tokens, at) && tokens[at].kind == Kind::Word;
    let behind = |at: usize| -> Vec<usize> {
        let mut last = at;
        (at..tokens.len())
            .take_while(|it| {
                is_part(*it)
                    && (*it == at
                        || std::mem::replace(&mut last, *it) + 1 == *it && tokens[*it - 1].touches_next)
            })
            .collect()
    };
    let before = |at: usize| -> Vec<usize> {
        let first = (0..at).rev().take_while(|it| is_part(*it) && tokens[*it].touches_next).last();
        first.map(|it| (it..at).collect()).unwrap_or_default()
    };
    let mut found = Vec::new();
    for (at, it) in tokens.iter().enumerate() {
        let is_saying = SAYS.contains(&it.lower.as_str());
        let is_according =
            it.lower == "to" && at.checked_sub(1).is_some_and(|it| tokens[it].lower == "according");
        if is_saying {
            found.push(before(at));
        }
        if is_saying && it.lower != "told" || is_according {
            found.push(behind(at + 1));
        }
    }
    found.retain(|it| !it.is_empty());
    found
}

/// Whether a product's code or a version stands in the source, hyphens and blanks aside.
fn has_code(code: &str, source: &[Token]) -> bool {
    source.iter().enumerate().any(|(at, it)| match &it.kind {
        Kind::Code(other) => other == code,
        Kind::Word if code.starts_with(&it.lower) => {
            source.get(at + 1).is_some_and(|next| code[it.lower.len()..] == next.lower)
        }
        Kind::Ordinal(nth) => {
            *code == format!("q{nth}") && source.get(at + 1).is_some_and(|it| it.lower == "quarter")
        }
        _ => false,
    })
}

/// Whether the word is a name, or part of one: capitalised, and not only because it opens the sentence.
fn is_name(said: &[Token], at: usize) -> bool {
    let it = &said[at];
    if !it.is_capitalised || it.is_function_word || it.is_unit || TITLES.contains(&it.lower.as_str()) {
        return false;
    }
    // "Starting with", "Built for": a participle.
    let is_participle = || {
        let next = said.get(at + 1).map_or("", |it| it.lower.as_str());
        (it.lower.ends_with("ing") || it.lower.ends_with("ed")) && BEHIND_PARTICIPLES.contains(&next)
    };
    !it.opens_sentence || !COMMON_OPENERS.contains(&it.lower.as_str()) && !is_participle()
}

const BEHIND_PARTICIPLES: &[&str] = &[
    "a", "about", "an", "as", "at", "by", "for", "from", "in", "into", "its", "on", "the", "their", "these",
    "this", "those", "to", "under", "with", "without",
];

/// Whether the source has the name, and has it beside the word that the statement puts before it.
fn has_name(said: &[Token], at: usize, source: &[Token]) -> bool {
    let it = &said[at];
    let is_there = source.iter().any(|other| other.is_same_word(it) || other.is_code_of(it));
    if !is_there && glued::is_in(it.shown, source) {
        return true;
    }
    if !is_there {
        return it.is_acronym() && has_initials(&it.lower.replace('.', ""), source)
            || is_known_pair(&it.lower, source);
    }
    let before = at.checked_sub(1).filter(|before| said[*before].touches_next && is_name(said, *before));
    let Some(before) = before.map(|it| &said[it]) else { return true };
    if !source.iter().any(|other| other.is_same_word(before)) {
        return true; // Found missing itself.
    }
    source.iter().enumerate().any(|(at, other)| {
        let near = at.saturating_sub(NAME_GAP_MAX)..(at + NAME_GAP_MAX + 1).min(source.len());
        other.is_same_word(it) && source[near].iter().any(|near| near.is_same_word(before))
    })
}

/// Whether consecutive words of the source begin with these letters: capitalised ones, or,
/// from three letters on, any; "of", "the" and "and" may stand between.
fn has_initials(letters: &str, source: &[Token]) -> bool {
    let wanted: Vec<char> = letters.trim_end_matches('s').chars().collect();
    let small = |it: &Token| matches!(it.lower.as_str(), "of" | "the" | "and" | "for" | "in" | "on");
    (0..source.len()).any(|from| {
        let words: Vec<&Token> =
            source[from..].iter().take(2 * wanted.len()).filter(|it| !small(it)).take(wanted.len()).collect();
        let is_spelt = words.len() == wanted.len()
            && words.iter().zip(&wanted).all(|(it, c)| it.kind == Kind::Word && it.lower.starts_with(*c));
        is_spelt && (3 <= wanted.len() || words.iter().all(|it| it.is_capitalised))
    })
}

/// Abbreviations that everyone writes either way, and countries with their peoples.
fn is_known_pair(lower: &str, source: &[Token]) -> bool {
    const PEOPLES: &[(&str, &str)] = &[
        ("african", "africa"),
        ("american", "america"),
        ("american", "us"),
        ("american", "states"),
        ("asian", "asia"),
        ("australian", "australia"),
        ("austrian", "austria"),
        ("belgian", "belgium"),
        ("brazilian", "brazil"),
        ("british", "britain"),
        ("british", "uk"),
        ("canadian", "canada"),
        ("chinese", "china"),
        ("czech", "czechia"),
        ("danish", "denmark"),
        ("dutch", "netherlands"),
        ("european", "europe"),
        ("european", "eu"),
        ("finnish", "finland"),
        ("french", "france"),
        ("german", "germany"),
        ("greek", "greece"),
        ("indian", "india"),
        ("irish", "ireland"),
        ("israeli", "israel"),
        ("italian", "italy"),
        ("japanese", "japan"),
        ("korean", "korea"),
        ("mexican", "mexico"),
        ("norwegian", "norway"),
        ("polish", "poland"),
        ("portuguese", "portugal"),
        ("russian", "russia"),
        ("scottish", "scotland"),
        ("spanish", "spain"),
        ("swedish", "sweden"),
        ("swiss", "switzerland"),
        ("taiwanese", "taiwan"),
        ("turkish", "turkey"),
        ("ukrainian", "ukraine"),
        ("welsh", "wales"),
    ];
    let has = |wanted: &str| source.iter().any(|it| it.is_capitalised && it.lower.replace('.', "") == wanted);
    let is_people = |(people, country): &(&str, &str)| {
        lower == *people && has(country)
            || lower == *country && has(people)
            || lower.strip_suffix('s') == Some(people) && (has(people) || has(country))
    };
    if PEOPLES.iter().any(is_people) {
        return true;
    }
    const PAIRS: &[(&str, &str)] = &[
        ("ai", "artificial intelligence"),
        ("ar", "augmented reality"),
        ("ceo", "chief executive"),
        ("cfo", "chief financial"),
        ("cto", "chief technology"),
        ("eu", "european union"),
        ("ev", "electric vehicle"),
        ("evs", "electric vehicles"),
        ("ipo", "public offering"),
        ("ml", "machine learning"),
        ("os", "operating system"),
        ("uk", "united kingdom"),
        ("uk", "britain"),
        ("us", "united states"),
        ("vr", "virtual reality"),
    ];
    let short = lower.replace('.', "");
    PAIRS.iter().any(|(abbreviation, words)| {
        let words: Vec<&str> = words.split(' ').collect();
        let has_words =
            || source.windows(words.len()).any(|it| it.iter().zip(&words).all(|(a, b)| a.lower == *b));
        let has_short =
            || source.iter().any(|it| it.is_capitalised && it.lower.replace('.', "") == *abbreviation);
        short == *abbreviation && has_words() || words.contains(&lower) && has_short()
    })
}

/// What stands in double quotation marks, if it has the words of a quotation.
fn quotations(statement: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    for (at, c) in statement.char_indices() {
        match (c, open) {
            ('"' | '”' | '»', Some(from)) => {
                found.push(&statement[from..at]);
                open = None;
            }
            ('"' | '“' | '„' | '«', _) => open = Some(at + c.len_utf8()),
            _ => {}
        }
    }
    found.extend(open.map(|from| &statement[from..]));
    found.retain(|it| QUOTED_WORDS_MIN <= it.split_whitespace().count());
    found
}

/// Whether the words stand in the source one behind the other.
fn has_words(words: &[Token], source: &[Token]) -> bool {
    words.is_empty()
        || source.windows(words.len()).any(|it| it.iter().zip(words).all(|(a, b)| a.lower == b.lower))
}

/// Words on either side of a word that tell which occurrence of it is meant.
const AROUND: usize = 6;
/// The same in the cited text, which is wordier.
const AROUND_CITED: usize = 9;
/// Words around in common that make a denied word without a meaning of its own the same one.
const AROUND_MIN: usize = 2;
/// Share of a statement's words from which on it repeats its source, so that a "not" or an opposite
/// which only one of both has changes the meaning.
const SAME_WORDS: f64 = 0.75;
/// Words between a denied word and what denies it.
const DENIED_NEAR: usize = 5;

/// How much two places have in common: the content words and numbers around both, each within
/// its sentence.
fn likeness(said: &[Token], at: usize, source: &[Token], there: usize) -> usize {
    let around = |tokens: &[Token], at: usize, reach: usize| {
        let near = at.saturating_sub(reach)..(at + reach + 1).min(tokens.len());
        near.filter(move |it| *it != at).collect::<Vec<_>>()
    };
    let tells = |it: &Token| !it.is_function_word || !matches!(it.kind, Kind::Word);
    let theirs: Vec<&Token> = around(source, there, AROUND_CITED)
        .into_iter()
        .map(|it| &source[it])
        .filter(|it| it.sentence == source[there].sentence)
        .collect();
    let mine = around(said, at, AROUND).into_iter().map(|it| &said[it]);
    mine.filter(|it| it.sentence == said[at].sentence && tells(it))
        .filter(|it| theirs.iter().any(|other| other.stem == it.stem))
        .count()
}

/// Whether the statement has hardly any word of meaning that the source lacks.
fn is_near(said: &[Token], source: &[Token]) -> bool {
    let is_known = |it: &Token| source.iter().any(|other| other.stem == it.stem);
    // An opposite or a denial that the source lacks is what is asked about.
    let means = |it: &&Token| {
        let is_asked = it.is_negation || it.is_between || it.denies() || side(&it.lower).is_some();
        !it.is_function_word && (!is_asked || is_known(it))
    };
    let all = said.iter().filter(means).count();
    let known = said.iter().filter(means).filter(|it| is_known(it)).count();
    SAME_WORDS * all as f64 <= known as f64
}

/// A word that the statement negates and the source affirms in the same place, or the reverse.
fn negation<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    // What is said in other words may well need a "not" where the source has none.
    if !is_near(said, source) {
        return None;
    }
    let (denied, denied_there) = (negated(said), negated(source));
    let near = |tokens: &[Token], at: usize| {
        let reach = at.saturating_sub(DENIED_NEAR)..(at + DENIED_NEAR + 1).min(tokens.len());
        reach.into_iter().any(|it| tokens[it].sentence == tokens[at].sentence && tokens[it].denies())
    };
    let is_wrong = |at: usize| {
        let it = &said[at];
        let places: Vec<(usize, usize)> = (0..source.len())
            .filter(|there| source[*there].stem == it.stem)
            .map(|there| (likeness(said, at, source, there), there))
            .collect();
        let Some(best) = places.iter().map(|it| it.0).max() else { return false };
        let mut best_places = places.iter().filter(|it| it.0 == best).map(|it| it.1);
        // Words such as "do" stand everywhere.
        if it.is_function_word && best < AROUND_MIN {
            return false;
        }
        // What is denied in another way is denied too.
        !best_places.any(|there| {
            denied[at] == denied_there[there] || if denied[at] { near(source, there) } else { near(said, at) }
        })
    };
    let mut polar = (0..said.len()).filter(|at| {
        let it = &said[*at];
        !it.is_negation
            && (denied[*at]
                || (0..source.len()).any(|there| denied_there[there] && source[there].stem == it.stem))
    });
    polar.find(|at| is_wrong(*at)).map(|at| said[at].shown).or_else(|| {
        let is_new = denied.contains(&true) && !source.iter().any(Token::denies);
        is_new.then(|| said.iter().find(|it| it.is_negation).map_or("not", |it| it.shown))
    })
}

/// For each word, whether it is the first behind a negation in its sentence that says something;
/// where nothing follows, as in German, it is the last before.
fn negated(tokens: &[Token]) -> Vec<bool> {
    let mut denied = vec![false; tokens.len()];
    let mut is_open = false;
    let mut before: Option<usize> = None;
    for (at, it) in tokens.iter().enumerate() {
        if it.opens_sentence {
            before.filter(|_| is_open).into_iter().for_each(|it| denied[it] = true);
            (is_open, before) = (false, None);
        }
        if it.is_negation {
            is_open = true;
        } else if !it.is_between {
            denied[at] = std::mem::take(&mut is_open);
            before = Some(at);
        }
    }
    before.filter(|_| is_open).into_iter().for_each(|it| denied[it] = true);
    denied
}

/// A word whose opposite the source says in its place.
fn direction<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    if !is_near(said, source) {
        return None;
    }
    let denied = negated(said);
    said.iter().enumerate().filter(|(at, _)| !denied[*at]).find_map(|(at, it)| {
        let (pair, is_first) = side(&it.lower)?;
        let likest = |wanted: bool| {
            let places =
                (0..source.len()).filter(|there| side(&source[*there].lower) == Some((pair, wanted)));
            places.map(|there| likeness(said, at, source, there)).max()
        };
        let (same, opposite) = (likest(is_first), likest(!is_first));
        // Where the source has both, what stands around decides which of them is meant.
        let is_opposite = opposite.is_some_and(|it| same.unwrap_or(0) < it);
        let near = at.saturating_sub(DIRECTION_NEAR)..(at + DIRECTION_NEAR + 1).min(said.len());
        let is_wrong = is_opposite
            || pair == 0 && near.into_iter().any(|number| moved_otherwise(&said[number], is_first, source));
        is_wrong.then_some(it.shown)
    })
}

/// A verb whose two names the source has the other way round, and nowhere this way.
fn exchanged<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    let is_same = |a: &[Token], b: &[Token]| a.iter().any(|it| b.iter().any(|other| it.is_same_word(other)));
    (0..said.len()).find_map(|at| {
        let (doer, done) = roles(said, at, ROLES_NEAR)?;
        let there = (0..source.len()).filter(|it| source[*it].stem == said[at].stem);
        let mut is_so = false;
        let mut is_otherwise = false;
        for (other_doer, other_done) in there.filter_map(|it| roles(source, it, ROLES_NEAR_CITED)) {
            is_so |= is_same(doer, other_doer) || is_same(done, other_done);
            is_otherwise |= is_same(doer, other_done) && is_same(done, other_doer);
        }
        (is_otherwise && !is_so).then_some(said[at].shown)
    })
}

/// The names before and behind a verb of [`BETWEEN_NAMES`], who does it first: of "was bought by"
/// the one behind.
fn roles<'t, 'a>(
    tokens: &'t [Token<'a>],
    at: usize,
    reach: usize,
) -> Option<(&'t [Token<'a>], &'t [Token<'a>])> {
    let verb = &tokens[at];
    if !BETWEEN_NAMES.contains(&verb.lower.as_str()) {
        return None;
    }
    let is_part = |it: usize| {
        tokens[it].sentence == verb.sentence && tokens[it].kind == Kind::Word && is_name(tokens, it)
    };
    let last = (at.saturating_sub(reach)..at).rev().find(|it| is_part(*it))?;
    let first = (at + 1..(at + 1 + reach).min(tokens.len())).find(|it| is_part(*it))?;
    let joins = |it: usize| tokens[it].touches_next;
    let from = (0..last).rev().take_while(|it| is_part(*it) && joins(*it)).last().unwrap_or(last);
    let to = (first..tokens.len() - 1)
        .take_while(|it| joins(*it) && is_part(*it + 1))
        .last()
        .map_or(first, |it| it + 1);
    let (before, behind) = (&tokens[from..=last], &tokens[first..=to]);
    let is_passive = tokens.get(at + 1).is_some_and(|it| it.lower == "by");
    Some(if is_passive { (behind, before) } else { (before, behind) })
}

/// What one does to another, and not the other to the one in the same breath.
const BETWEEN_NAMES: &[&str] = &[
    "accuse",
    "accused",
    "accuses",
    "acquire",
    "acquired",
    "acquires",
    "ask",
    "asked",
    "asks",
    "attack",
    "attacked",
    "attacks",
    "banned",
    "beat",
    "beaten",
    "beats",
    "blame",
    "blamed",
    "blames",
    "blocked",
    "bought",
    "buy",
    "buying",
    "buys",
    "criticised",
    "criticized",
    "defeat",
    "defeated",
    "defeats",
    "fined",
    "fund",
    "funded",
    "funds",
    "hire",
    "hired",
    "hires",
    "lend",
    "lends",
    "lent",
    "overtake",
    "overtakes",
    "overtook",
    "owed",
    "own",
    "owned",
    "owns",
    "paid",
    "pay",
    "pays",
    "praised",
    "rejected",
    "replace",
    "replaced",
    "replaces",
    "sue",
    "sued",
    "sues",
    "supplied",
    "supplies",
    "told",
    "took",
    "warned",
    "warns",
];

/// Whether the source has the quantity only beside words that say the opposite.
fn moved_otherwise(quantity: &Token, is_up: bool, source: &[Token]) -> bool {
    let Kind::Number(number) = &quantity.kind else { return false };
    let mut places = source
        .iter()
        .enumerate()
        .filter(|(_, it)| matches!(&it.kind, Kind::Number(other) if number.is_in(other)))
        .peekable();
    places.peek().is_some()
        && places.all(|(at, _)| {
            let near = &source
                [at.saturating_sub(DIRECTION_NEAR_CITED)..(at + DIRECTION_NEAR_CITED + 1).min(source.len())];
            let has = |wanted: bool| near.iter().any(|it| side(&it.lower) == Some((0, wanted)));
            has(!is_up) && !has(is_up)
        })
}

/// Which pair of opposites a word belongs to, and whether to its first side.
fn side(lower: &str) -> Option<(usize, bool)> {
    OPPOSITES.iter().enumerate().find_map(|(pair, (a, b))| {
        if a.contains(&lower) { Some((pair, true)) } else { b.contains(&lower).then_some((pair, false)) }
    })
}

/// Words and their opposites. The first pair is of quantities.
const OPPOSITES: &[(&[&str], &[&str])] = &[
    (
        &[
            "rise",
            "rises",
            "rising",
            "rose",
            "risen",
            "grow",
            "grows",
            "growing",
            "grew",
            "grown",
            "growth",
            "increase",
            "increases",
            "increased",
            "increasing",
            "gain",
            "gains",
            "gained",
            "climb",
            "climbs",
            "climbed",
            "jump",
            "jumps",
            "jumped",
            "surge",
            "surges",
            "surged",
            "soar",
            "soared",
            "raise",
            "raises",
            "raised",
            "raising",
            "expand",
            "expands",
            "expanded",
            "up",
            "higher",
            "doubled",
            "tripled",
        ],
        &[
            "fall",
            "falls",
            "falling",
            "fell",
            "fallen",
            "shrink",
            "shrinks",
            "shrank",
            "shrunk",
            "drop",
            "drops",
            "dropped",
            "decline",
            "declines",
            "declined",
            "decrease",
            "decreases",
            "decreased",
            "cut",
            "cuts",
            "cutting",
            "lose",
            "loses",
            "lost",
            "slump",
            "slumped",
            "plunge",
            "plunged",
            "lower",
            "lowers",
            "lowered",
            "reduce",
            "reduces",
            "reduced",
            "slipped",
            "down",
            "halved",
        ],
    ),
    (
        &["approve", "approves", "approved", "accept", "accepts", "accepted", "adopt", "adopted", "upheld"],
        &["reject", "rejects", "rejected", "refuse", "refuses", "refused", "dismissed", "overturned"],
    ),
    (
        &["buy", "buys", "bought", "buying", "acquire", "acquires", "acquired", "acquiring"],
        &["sell", "sells", "sold", "selling", "divest", "divested"],
    ),
    (&["win", "wins", "won", "winning"], &["lose", "loses", "lost", "losing"]),
    (
        &[
            "launch",
            "launches",
            "launched",
            "introduce",
            "introduces",
            "introduced",
            "begin",
            "begins",
            "began",
            "start",
            "starts",
            "started",
        ],
        &[
            "discontinue",
            "discontinues",
            "discontinued",
            "end",
            "ends",
            "ended",
            "stop",
            "stops",
            "stopped",
            "shut",
            "shuts",
            "retire",
            "retires",
            "retired",
        ],
    ),
    (&["confirm", "confirms", "confirmed", "admit", "admits", "admitted"], &["deny", "denies", "denied"]),
    (
        &["allow", "allows", "allowed", "permit", "permits", "permitted", "legalise", "legalize"],
        &[
            "ban",
            "bans",
            "banned",
            "block",
            "blocks",
            "blocked",
            "forbid",
            "forbids",
            "prohibit",
            "prohibits",
            "prohibited",
        ],
    ),
    (&["support", "supports", "supported", "back", "backs", "backed"], &["oppose", "opposes", "opposed"]),
    (&["profit", "profits"], &["loss", "losses"]),
    (&["before"], &["after"]),
    (&["likely"], &["unlikely"]),
    (&["available"], &["unavailable"]),
    (&["legal", "lawful"], &["illegal", "unlawful"]),
    (&["hire", "hires", "hired", "hiring"], &["fire", "fires", "fired", "layoffs"]),
    (&["first"], &["last"]),
    (&["open", "opens", "opened"], &["close", "closes", "closed"]),
    (&["safe", "secure"], &["unsafe", "insecure", "vulnerable"]),
    (&["more"], &["less", "fewer"]),
    (&["above", "over"], &["below", "under"]),
    (&["faster", "fastest", "quicker"], &["slower", "slowest"]),
    (&["larger", "bigger", "greater"], &["smaller"]),
    (&["largest", "biggest"], &["smallest"]),
    (&["longer"], &["shorter"]),
    (&["longest"], &["shortest"]),
    (&["earlier", "sooner"], &["later"]),
    (&["cheaper", "cheapest"], &["dearer", "pricier", "costlier"]),
    (&["least", "fewest", "minimum"], &["most", "maximum"]),
    (&["add", "adds", "added"], &["remove", "removes", "removed", "drop", "drops", "dropped"]),
    (&["strengthen", "strengthens", "strengthened"], &["weaken", "weakens", "weakened"]),
    (&["gain", "gains", "gained"], &["loss", "losses"]),
    (&["pass", "passed", "passes"], &["fail", "failed", "fails"]),
    (&["high"], &["low"]),
    (&["highest"], &["lowest"]),
    (&["inside"], &["outside"]),
    (&["join", "joins", "joined"], &["leave", "leaves", "left"]),
    (&["best"], &["worst"]),
    (&["possible"], &["impossible"]),
];

/// Stand before names, and in many spellings.
const TITLES: &[&str] =
    &["ceo", "cfo", "cto", "coo", "dr", "mr", "mrs", "ms", "president", "professor", "prof", "sir"];

/// Common words that open sentences of an engine's own making.
const COMMON_OPENERS: &[&str] = &[
    "access",
    "actual",
    "additionally",
    "administrators",
    "admins",
    "advanced",
    "afterwards",
    "alternative",
    "although",
    "ambitious",
    "amid",
    "analyst",
    "analysts",
    "ancient",
    "announcing",
    "annual",
    "anonymous",
    "appeals",
    "architect",
    "arrivals",
    "attackers",
    "audiences",
    "author",
    "authorities",
    "authors",
    "automatic",
    "automation",
    "average",
    "backups",
    "bad",
    "banks",
    "basic",
    "batteries",
    "better",
    "big",
    "bigger",
    "biotech",
    "blind",
    "boards",
    "boosters",
    "both",
    "bots",
    "breaches",
    "brief",
    "broad",
    "browsers",
    "budgets",
    "bugs",
    "builders",
    "building",
    "business",
    "businesses",
    "buyers",
    "cables",
    "cameras",
    "capacity",
    "careful",
    "central",
    "charges",
    "cheap",
    "cheaper",
    "chief",
    "children",
    "chips",
    "cities",
    "civil",
    "clean",
    "clear",
    "clients",
    "climate",
    "closed",
    "cloud",
    "clouds",
    "coalition",
    "code",
    "cold",
    "collaboration",
    "commercial",
    "commission",
    "community",
    "commuters",
    "companies",
    "company",
    "competing",
    "competition",
    "competitors",
    "complex",
    "computers",
    "conditions",
    "connections",
    "construction",
    "consumer",
    "consumers",
    "contracts",
    "contributors",
    "controls",
    "conversion",
    "corporate",
    "costs",
    "court",
    "courts",
    "criminals",
    "critical",
    "critics",
    "cross",
    "currently",
    "customer",
    "customers",
    "cyber",
    "daily",
    "dangerous",
    "data",
    "databases",
    "dates",
    "deals",
    "debts",
    "deep",
    "deliveries",
    "demand",
    "deploying",
    "deposits",
    "design",
    "despite",
    "detailed",
    "developer",
    "developers",
    "devices",
    "different",
    "digital",
    "direct",
    "director",
    "disks",
    "documents",
    "domains",
    "domestic",
    "donors",
    "downloads",
    "drivers",
    "drives",
    "drones",
    "early",
    "earnings",
    "eastern",
    "easy",
    "economic",
    "economist",
    "editor",
    "editors",
    "educational",
    "electric",
    "electricity",
    "electronic",
    "emails",
    "emergency",
    "employees",
    "encryption",
    "energy",
    "engineer",
    "engineers",
    "enormous",
    "enterprises",
    "entire",
    "environmental",
    "errors",
    "ethical",
    "evidence",
    "excellent",
    "excessive",
    "executive",
    "executives",
    "existing",
    "experts",
    "exports",
    "extra",
    "failures",
    "families",
    "famous",
    "fast",
    "federal",
    "fees",
    "female",
    "figures",
    "files",
    "final",
    "financial",
    "fines",
    "firms",
    "fiscal",
    "fixes",
    "flexible",
    "following",
    "forecasts",
    "foreign",
    "formal",
    "former",
    "formerly",
    "founder",
    "founders",
    "frameworks",
    "free",
    "frequent",
    "fresh",
    "full",
    "funding",
    "funds",
    "further",
    "gamers",
    "general",
    "genetic",
    "giant",
    "given",
    "global",
    "good",
    "government",
    "governments",
    "graduates",
    "great",
    "growers",
    "growing",
    "growth",
    "hackers",
    "hard",
    "hardware",
    "healthy",
    "heavy",
    "high",
    "higher",
    "historic",
    "hospitals",
    "hosting",
    "hosts",
    "households",
    "huge",
    "human",
    "images",
    "immediate",
    "important",
    "imports",
    "incidents",
    "independent",
    "individuals",
    "industrial",
    "industry",
    "inflation",
    "initial",
    "inside",
    "installers",
    "instead",
    "insurers",
    "intelligent",
    "interest",
    "internal",
    "international",
    "internet",
    "intruders",
    "investor",
    "investors",
    "jobs",
    "joint",
    "journalists",
    "judge",
    "judges",
    "junior",
    "key",
    "labs",
    "languages",
    "large",
    "larger",
    "late",
    "latest",
    "lawmakers",
    "lawyers",
    "layoffs",
    "leaders",
    "leading",
    "legal",
    "libraries",
    "licences",
    "licenses",
    "light",
    "likely",
    "limited",
    "lines",
    "local",
    "long",
    "losses",
    "low",
    "lower",
    "machine",
    "machines",
    "main",
    "maintainer",
    "maintainers",
    "major",
    "male",
    "managers",
    "managing",
    "manufacturer",
    "manufacturers",
    "many",
    "margins",
    "markets",
    "mass",
    "massive",
    "medical",
    "members",
    "memory",
    "men",
    "mental",
    "merchants",
    "messages",
    "meters",
    "migration",
    "military",
    "minister",
    "mobile",
    "models",
    "modern",
    "modules",
    "money",
    "monthly",
    "moving",
    "multi",
    "musicians",
    "narrow",
    "national",
    "natural",
    "nearby",
    "negative",
    "neighbours",
    "network",
    "networks",
    "noisy",
    "normal",
    "northern",
    "nuclear",
    "nurses",
    "official",
    "officials",
    "old",
    "older",
    "online",
    "open",
    "operating",
    "operators",
    "optional",
    "orders",
    "organisations",
    "organizations",
    "original",
    "output",
    "outside",
    "overall",
    "owners",
    "packages",
    "parents",
    "partial",
    "parties",
    "partners",
    "passengers",
    "passwords",
    "patches",
    "patients",
    "payments",
    "permanent",
    "personal",
    "phones",
    "physical",
    "pilots",
    "pipelines",
    "plain",
    "planners",
    "platform",
    "platforms",
    "players",
    "plenty",
    "police",
    "political",
    "poor",
    "popular",
    "positive",
    "potential",
    "power",
    "powerful",
    "preliminary",
    "premium",
    "preorders",
    "president",
    "previous",
    "previously",
    "prices",
    "private",
    "processors",
    "product",
    "production",
    "products",
    "professional",
    "profits",
    "programmers",
    "projects",
    "proposals",
    "prosecutors",
    "protesters",
    "providers",
    "public",
    "publishers",
    "queries",
    "quick",
    "quiet",
    "radical",
    "railroad",
    "railway",
    "rapid",
    "rare",
    "raw",
    "readers",
    "real",
    "rebuilding",
    "recent",
    "record",
    "regional",
    "regions",
    "regular",
    "regulator",
    "regulators",
    "releases",
    "reliability",
    "remote",
    "renewable",
    "repairs",
    "replacement",
    "report",
    "reports",
    "requests",
    "research",
    "researcher",
    "researchers",
    "residential",
    "residents",
    "results",
    "retail",
    "retailers",
    "retired",
    "revenue",
    "revenues",
    "rich",
    "rising",
    "rival",
    "rivals",
    "robots",
    "robust",
    "routers",
    "routes",
    "rules",
    "rural",
    "safe",
    "salaries",
    "sales",
    "satellites",
    "savings",
    "scarce",
    "schools",
    "scientific",
    "scientist",
    "scientists",
    "secret",
    "secure",
    "security",
    "senior",
    "separately",
    "series",
    "serious",
    "servers",
    "services",
    "severe",
    "shared",
    "shareholders",
    "shares",
    "sharp",
    "shipments",
    "shops",
    "short",
    "significant",
    "similar",
    "simple",
    "single",
    "sites",
    "skilled",
    "slow",
    "small",
    "smaller",
    "smart",
    "social",
    "software",
    "solar",
    "solid",
    "some",
    "sources",
    "southern",
    "special",
    "speed",
    "spending",
    "spokesman",
    "spokeswoman",
    "stable",
    "staff",
    "standard",
    "standards",
    "starting",
    "startups",
    "statements",
    "steady",
    "stiff",
    "storage",
    "stores",
    "strict",
    "strong",
    "stronger",
    "structural",
    "student",
    "students",
    "studies",
    "subscribers",
    "successful",
    "sudden",
    "suppliers",
    "support",
    "surging",
    "survey",
    "surveys",
    "sustainable",
    "switches",
    "systems",
    "tall",
    "tariffs",
    "taxes",
    "teams",
    "tech",
    "technical",
    "technology",
    "telecoms",
    "temporary",
    "tens",
    "test",
    "testers",
    "testing",
    "tests",
    "thanks",
    "thieves",
    "thousands",
    "tickets",
    "tiny",
    "tools",
    "top",
    "total",
    "tough",
    "trade",
    "traders",
    "traditional",
    "traffic",
    "trains",
    "transactions",
    "true",
    "tuition",
    "typical",
    "unclear",
    "unions",
    "unlike",
    "unsung",
    "upcoming",
    "updates",
    "upgrades",
    "urban",
    "usage",
    "users",
    "usual",
    "utilities",
    "valuable",
    "various",
    "vendors",
    "version",
    "versions",
    "veteran",
    "victims",
    "videos",
    "viewers",
    "violent",
    "virtual",
    "visitors",
    "voluntary",
    "volunteers",
    "voters",
    "wages",
    "warehouses",
    "warm",
    "water",
    "weak",
    "wealthy",
    "weekly",
    "weights",
    "western",
    "whether",
    "wholesale",
    "wide",
    "wild",
    "wireless",
    "women",
    "words",
    "workers",
    "working",
    "writers",
    "young",
    "younger",
    "youth",
    "zero",
];

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "Fernwave, the Oslo chipmaker, said on Tuesday it will not sell its Lyra 4 division. \
        Revenue rose 12% to $1.2 billion in the three months to March 31, while costs fell 5 percent. \
        Chief executive Ada Hill told staff: “We are here to build, and nothing is for sale.” \
        The regulator approved the Tern-7 radio in 2031 after 40 days, and version 3.10.2 of its driver supports Amazon Web Services. \
        Fernwave employs 2,300 people, up from 1,900.";

    #[track_caller]
    fn passes(statement: &str) {
        assert_eq!(check(statement, SOURCE), [], "{statement}");
    }

    #[track_caller]
    fn fails(statement: &str, kind: FindingKind) {
        let kinds: Vec<FindingKind> = check(statement, SOURCE).into_iter().map(|it| it.kind).collect();
        assert!(kinds.contains(&kind), "{statement}: {kinds:?}");
    }

    #[test]
    fn the_source_itself_passes() {
        for it in crate::text::sentence::cut(SOURCE, 100) {
            passes(&SOURCE[it.range]);
        }
    }

    #[test]
    fn the_same_facts_in_other_spellings_pass() {
        passes("Fernwave's revenue rose 12 percent to 1.2bn dollars.");
        passes("Revenue reached US$1,200 million in the quarter to 31 March.");
        passes("Hill, chief executive of Fernwave, said: \"nothing is for sale\".");
        passes("The driver works with AWS.");
        passes("Developers can use the driver, version 3.10.2, with AWS.");
        passes("The Tern 7 was approved in forty days.");
        passes("Costs fell by five per cent.");
        passes("Its headcount is 2300.");
    }

    #[test]
    fn a_changed_number_fails() {
        fails("Revenue rose 13% to $1.2 billion.", FindingKind::Number);
        fails("Fernwave employs 2,400 people.", FindingKind::Number);
        fails("Fernwave employs twenty people.", FindingKind::Number);
    }

    #[test]
    fn a_changed_unit_or_scale_fails() {
        fails("Revenue rose to €1.2 billion.", FindingKind::Number);
        fails("Revenue rose to $1.2 million.", FindingKind::Number);
        fails("Costs fell by 5 dollars.", FindingKind::Number);
        fails("The radio was approved after 40 weeks.", FindingKind::Number);
        fails("Revenue rose 12.", FindingKind::Number);
    }

    #[test]
    fn a_changed_date_fails() {
        fails("The radio was approved in 2032.", FindingKind::Number);
        fails("Fernwave said on Thursday it will not sell.", FindingKind::Date);
        fails("Revenue rose 12% in the months to March 30.", FindingKind::Date);
        fails("Revenue rose 12% in the months to May 31.", FindingKind::Date);
    }

    #[test]
    fn a_period_told_from_today_must_be_the_sources_own() {
        let source = "Sales rose last year. A preview starts at 09:20 next month.";
        let kinds = |it: &str| check(it, source).into_iter().map(|it| it.kind).collect::<Vec<_>>();
        assert_eq!(kinds("Sales rose in the past year."), []);
        assert_eq!(kinds("Sales rose last month."), [FindingKind::Date]);
        assert_eq!(kinds("A preview starts next year."), [FindingKind::Date]);
        assert_eq!(kinds("A preview starts at 9:20."), []);
        assert_eq!(kinds("A preview starts at 10:20."), [FindingKind::Version]);
    }

    #[test]
    fn what_one_says_another_does_not() {
        let source = "\"It works well in winter,\" said Ada Hill of Acme. The inspector praised the design. \
            It rained for a week. Nobody minded the rain. \"It leaks,\" Tom Reed, a critic, warned.";
        let kinds = |it: &str| check(it, source).into_iter().map(|it| it.kind).collect::<Vec<_>>();
        assert_eq!(kinds("Hill said it works well in winter."), []);
        assert_eq!(kinds("Tom Reed said it works well in winter."), [FindingKind::Attribution]);
    }

    #[test]
    fn ages_and_hours_are_written_in_several_ways() {
        let source = "The 49-year-old Ada Hill left at 3pm. Tom Reed, 31, stayed.";
        assert_eq!(check("Ada Hill, 49, left at 3 p.m.", source), []);
        assert_eq!(check("The 31-year-old Tom Reed stayed.", source), []);
        assert_eq!(check("Ada Hill, 48, left.", source)[0].kind, FindingKind::Number);
        assert_eq!(check("Ada Hill left at 3am.", source)[0].kind, FindingKind::Number);
    }

    #[test]
    fn peoples_and_their_countries_are_one_name() {
        assert_eq!(check("Chinese sales fell.", "In China sales fell."), []);
        assert_eq!(check("Sales in Japan fell.", "Sales in China fell.")[0].kind, FindingKind::Name);
    }

    #[test]
    fn a_changed_version_fails() {
        fails("Version 3.1.2 supports Amazon Web Services.", FindingKind::Version);
        fails("The regulator approved the Tern-8 radio.", FindingKind::Version);
        fails("Fernwave will not sell its Lyra 5 division.", FindingKind::Number);
        fails("Fernwave will not sell its Lyra 12 division.", FindingKind::Number);
    }

    #[test]
    fn a_changed_name_fails() {
        fails("Chief executive Ida Hill told staff.", FindingKind::Name);
        fails("Chief executive Ada Fernwave told staff.", FindingKind::Name);
        fails("Ferncrest will not sell.", FindingKind::Name);
        fails("The driver supports Microsoft Azure.", FindingKind::Name);
        fails("The driver works with GCP.", FindingKind::Name);
    }

    #[test]
    fn a_changed_negation_fails() {
        fails("Fernwave will sell its Lyra 4 division.", FindingKind::Negation);
        fails("The regulator has not approved the radio.", FindingKind::Negation);
        fails("The driver doesn't support it.", FindingKind::Negation);
        let (sold, kept) = ("Die Bank verkauft die Filialen.", "Die Bank verkauft die Filialen nicht.");
        let kinds =
            |it: &str, source: &str| check(it, source).into_iter().map(|it| it.kind).collect::<Vec<_>>();
        assert_eq!(kinds(kept, sold), [FindingKind::Negation]);
        assert_eq!(kinds(sold, kept), [FindingKind::Negation]);
        assert_eq!(kinds(kept, kept), []);
        assert_eq!(kinds("Die Filialen verkauft die Bank nicht.", kept), []);
    }

    #[test]
    fn a_changed_direction_fails() {
        fails("Revenue fell 12% to $1.2 billion.", FindingKind::Direction);
        fails("Costs rose 5 percent.", FindingKind::Direction);
        fails("The regulator rejected the Tern-7 radio.", FindingKind::Direction);
        fails("The regulator banned it before it was rejected.", FindingKind::Direction);
    }

    #[test]
    fn names_that_change_places_fail() {
        let source = "Acme has agreed to buy Zinco Metals for $3 million. Pell was sued by Orrin in May.";
        let kinds = |it: &str| check(it, source).into_iter().map(|it| it.kind).collect::<Vec<_>>();
        assert_eq!(kinds("Acme buys Zinco for $3 million."), []);
        assert_eq!(kinds("Zinco buys Acme for $3 million."), [FindingKind::Roles]);
        assert_eq!(kinds("Zinco is bought by Acme."), []);
        assert_eq!(kinds("Orrin sued Pell."), []);
        assert_eq!(kinds("Pell sued Orrin in May."), [FindingKind::Roles]);
    }

    #[test]
    fn a_changed_quotation_fails() {
        fails("Hill said “nothing is ever for sale”.", FindingKind::Quotation);
        fails("Hill said \"we build to sell", FindingKind::Quotation);
    }

    #[test]
    fn an_invented_address_fails() {
        fails("More at https://evil.example/now.", FindingKind::Link);
        fails("Write to ada@fernwave.example today.", FindingKind::Link);
    }

    #[test]
    fn empty_and_odd_texts_are_fine() {
        assert_eq!(check("", ""), []);
        assert_eq!(check("…\"“", "%%%$$$"), []);
        assert!(!check("$99999999999999999999999999999999999999999999999999 bn", "").is_empty());
    }
}
