//! The grounding gate: what an engine states must stand in the text it cites.
//!
//! Numbers with their units, dates, versions, proper names and quotations of a
//! statement are looked for in the cited text after normalisation; negations and
//! directions are compared. The sentences of the cited text itself pass.
//! Passing does not prove a statement true: true words can be combined into a false
//! sentence.

mod token;

use self::token::Kind;
use self::token::Token;
use self::token::Unit;

/// Words between the two words of a name that another spelling may put there: "Fox, the
/// chief, Ada".
const NAME_GAP_MAX: usize = 3;
/// Words between a quantity and the word that says where it moved, in a statement.
const DIRECTION_NEAR: usize = 5;
/// The same in the cited text, which is wordier.
const DIRECTION_NEAR_CITED: usize = 8;
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
    /// The source says it without the "not", or with it.
    Negation,
    /// The source says the opposite: "fell" for "rose".
    Direction,
    /// An address that the source does not have.
    Link,
}

/// What `statement` says that `cited` does not; nothing when it is grounded. `cited`
/// is the text of the statement's receipts, with the sentences around them where the
/// engine read those.
pub fn check(statement: &str, cited: &str) -> Vec<Finding> {
    if statement == cited {
        return Vec::new();
    }
    let (said, source) = (token::read(statement), token::read(cited));
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
            Kind::Day | Kind::Month(_) if !has_date(&said, at, &source) => {
                find(FindingKind::Date, it.shown.to_owned())
            }
            Kind::Number(_) if !has_number(&said, at, &source) => {
                find(FindingKind::Number, it.shown.to_owned())
            }
            Kind::Code(code) if !has_code(code, &source) => find(FindingKind::Version, it.shown.to_owned()),
            Kind::Word if is_name(&said, at) && !has_name(&said, at, &source) => {
                find(FindingKind::Name, it.shown.to_owned())
            }
            _ => {}
        }
    }
    for quotation in quotations(statement) {
        if !has_words(&token::read(quotation), &source) {
            find(FindingKind::Quotation, quotation.to_owned());
        }
    }
    if let Some(it) = negation(&said, &source) {
        find(FindingKind::Negation, it.to_owned());
    }
    if let Some(it) = direction(&said, &source) {
        find(FindingKind::Direction, it.to_owned());
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
    let named = at.checked_sub(1).map(|before| &said[before]).filter(|it| {
        it.kind == Kind::Word && it.is_capitalised && !it.is_function_word && number.unit == Unit::None
    });
    source.iter().enumerate().any(|(other_at, other)| match &other.kind {
        Kind::Number(other) => {
            let is_behind = |name: &Token| {
                source[other_at.saturating_sub(NAME_GAP_MAX)..other_at].iter().any(|it| it.is_same_word(name))
            };
            number.is_in(other)
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
    if !it.is_capitalised || it.is_function_word || TITLES.contains(&it.lower.as_str()) {
        return false;
    }
    !it.opens_sentence || !COMMON_OPENERS.contains(&it.lower.as_str())
}

/// Whether the source has the name, and has it beside the word that the statement puts before it.
fn has_name(said: &[Token], at: usize, source: &[Token]) -> bool {
    let it = &said[at];
    let is_there = source.iter().any(|other| other.is_same_word(it) || other.is_code_of(it));
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

/// Abbreviations that everyone writes either way.
fn is_known_pair(lower: &str, source: &[Token]) -> bool {
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

/// A word that the statement negates and the source only affirms, or the reverse.
fn negation<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    let (denied, denied_there) = (negated(said), negated(source));
    let stems = |tokens: &[Token]| -> Vec<String> { tokens.iter().map(|it| it.stem.clone()).collect() };
    let there = stems(source);
    said.iter()
        .enumerate()
        .find_map(|(at, it)| {
            if it.is_function_word || it.kind != Kind::Word {
                return None;
            }
            let in_source: Vec<usize> = (0..there.len()).filter(|other| there[*other] == it.stem).collect();
            let agrees =
                in_source.is_empty() || in_source.iter().any(|other| denied_there[*other] == denied[at]);
            (!agrees).then_some(it.shown)
        })
        .or_else(|| {
            let is_new = denied.contains(&true) && !denied_there.contains(&true);
            is_new.then(|| said.iter().find(|it| it.is_negation()).map_or("not", |it| it.shown))
        })
}

/// For each word, whether it is the first content word behind a negation in its sentence.
fn negated(tokens: &[Token]) -> Vec<bool> {
    let mut is_open = false;
    let after = |it: &Token| {
        is_open &= !it.opens_sentence;
        let is_hit = is_open && !it.is_function_word;
        is_open = it.is_negation() || is_open && !is_hit;
        is_hit && !it.is_negation()
    };
    tokens.iter().map(after).collect()
}

/// A word whose opposite the source says in its place.
fn direction<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    let denied = negated(said);
    let sides = |it: &Token| side(&it.lower);
    said.iter().enumerate().filter(|(at, _)| !denied[*at]).find_map(|(at, it)| {
        let (pair, is_first) = sides(it)?;
        let same = source.iter().any(|other| sides(other) == Some((pair, is_first)));
        let opposite = source.iter().any(|other| sides(other) == Some((pair, !is_first)));
        if !same && opposite {
            return Some(it.shown);
        }
        // Where the source has both, the quantity decides which of them is meant.
        let near = at.saturating_sub(DIRECTION_NEAR)..(at + DIRECTION_NEAR + 1).min(said.len());
        let is_wrong =
            pair == 0 && near.into_iter().any(|number| moved_otherwise(&said[number], is_first, source));
        is_wrong.then_some(it.shown)
    })
}

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
            "more",
            "above",
            "faster",
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
            "less",
            "fewer",
            "below",
            "slower",
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
    (&["minimum"], &["maximum"]),
    (&["first"], &["last"]),
    (&["open", "opens", "opened"], &["close", "closes", "closed"]),
    (&["safe", "secure"], &["unsafe", "insecure", "vulnerable"]),
    (&["with"], &["without"]),
    (&["join", "joins", "joined"], &["leave", "leaves", "left"]),
    (&["best"], &["worst"]),
    (&["possible"], &["impossible"]),
];

/// Stand before names, and in many spellings.
const TITLES: &[&str] =
    &["ceo", "cfo", "cto", "coo", "dr", "mr", "mrs", "ms", "president", "professor", "prof", "sir"];

/// Common nouns that open sentences of an engine's own making.
const COMMON_OPENERS: &[&str] = &[
    "access",
    "admins",
    "administrators",
    "analysts",
    "businesses",
    "buyers",
    "clients",
    "companies",
    "competition",
    "competitors",
    "consumers",
    "costs",
    "customers",
    "data",
    "developers",
    "employees",
    "engineers",
    "enterprises",
    "executives",
    "experts",
    "firms",
    "founders",
    "governments",
    "growth",
    "investors",
    "journalists",
    "lawmakers",
    "leaders",
    "managers",
    "manufacturers",
    "operators",
    "organisations",
    "organizations",
    "owners",
    "partners",
    "players",
    "prices",
    "publishers",
    "readers",
    "regulators",
    "researchers",
    "revenue",
    "rivals",
    "sales",
    "scientists",
    "security",
    "shareholders",
    "shares",
    "software",
    "startups",
    "students",
    "subscribers",
    "suppliers",
    "teams",
    "technology",
    "users",
    "vendors",
    "viewers",
    "voters",
    "workers",
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
    }

    #[test]
    fn a_changed_direction_fails() {
        fails("Revenue fell 12% to $1.2 billion.", FindingKind::Direction);
        fails("Costs rose 5 percent.", FindingKind::Direction);
        fails("The regulator rejected the Tern-7 radio.", FindingKind::Direction);
        fails("The regulator banned it before it was rejected.", FindingKind::Direction);
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
