//! How a true English sentence is made false, a function for each class of error.

use std::sync::LazyLock;

use regex::Regex;

use super::place::SentenceContext;

pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// The first match of a group `x` replaced by what `change` makes of it.
pub(super) fn replaced(text: &str, found: &Regex, change: impl Fn(&str) -> Option<String>) -> Option<String> {
    found.captures_iter(text).find_map(|it| {
        let x = it.name("x")?;
        let change = change(x.as_str())?;
        Some(format!("{}{change}{}", &text[..x.start()], &text[x.end()..]))
    })
}

/// A digit, or a number in words, becomes another.
pub(super) fn number(place: &SentenceContext) -> Option<String> {
    const WORDS: [&str; 12] = [
        "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen",
    ];
    static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[\s$£€(])(?P<x>\d[\d,.]*)"));
    let in_digits = replaced(place.sentence, &DIGITS, |it| {
        let is_year = it.len() == 4 && (it.starts_with("19") || it.starts_with("20"));
        let first = it.chars().next()?.to_digit(10)?;
        (!is_year).then(|| format!("{}{}", if first == 9 { 8 } else { first + 1 }, &it[1..]))
    });
    static IN_WORDS: LazyLock<Regex> =
        LazyLock::new(|| pattern(&format!(r"(?i)\b(?P<x>{})\b", WORDS[..11].join("|"))));
    let in_words = || {
        replaced(place.sentence, &IN_WORDS, |it| {
            let at = WORDS.iter().position(|word| it.eq_ignore_ascii_case(word))?;
            Some(WORDS[at + 1].to_owned())
        })
    };
    in_digits.or_else(in_words)
}

/// A unit, scale or currency becomes another.
pub(super) fn unit(place: &SentenceContext) -> Option<String> {
    const BEHIND: [(&str, &str); 26] = [
        ("million", "billion"),
        ("billion", "million"),
        ("seconds", "minutes"),
        ("second", "minute"),
        ("milliseconds", "seconds"),
        ("minutes", "hours"),
        ("hours", "days"),
        ("days", "weeks"),
        ("weeks", "months"),
        ("months", "years"),
        ("years", "months"),
        ("year", "month"),
        ("GB", "MB"),
        ("MB", "GB"),
        ("KB", "MB"),
        ("KiB", "MiB"),
        ("kilobytes", "megabytes"),
        ("bytes", "bits"),
        ("bits", "bytes"),
        ("megawatts", "kilowatts"),
        ("kilometers", "miles"),
        ("kilometres", "miles"),
        ("W", "kW"),
        ("percent", "points"),
        ("pixels", "inches"),
        ("degrees", "percent"),
    ];
    const NUMBERS: &str = r"\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty";
    static MEASURE: LazyLock<Regex> =
        LazyLock::new(|| pattern(&format!(r"(?:{NUMBERS})[ -](?P<x>{})\b", BEHIND.map(|it| it.0).join("|"))));
    static SIGN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<x>[$£€])\d"));
    static PERCENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d(?P<x>%)"));
    replaced(place.sentence, &SIGN, |it| Some(if it == "$" { "€" } else { "$" }.to_owned()))
        .or_else(|| replaced(place.sentence, &PERCENT, |_| Some(" points".to_owned())))
        .or_else(|| {
            replaced(place.sentence, &MEASURE, |it| {
                Some(BEHIND.iter().find(|pair| pair.0 == it)?.1.to_owned())
            })
        })
}

/// A year, month, weekday, day of a month or relative date becomes another.
pub(super) fn date(place: &SentenceContext) -> Option<String> {
    static YEAR: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>(?:19|20)\d\d)\b"));
    static DAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?P<x>\d\d?) (?:January|February|March|April|May|June|July|August|September|October|November|December)\b",
        )
    });
    static NAMED: LazyLock<Regex> =
        LazyLock::new(|| pattern(&format!(r"\b(?P<x>{})\b", [MONTHS.as_slice(), &DAYS].concat().join("|"))));
    static RELATIVE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:last|next|this) (?P<x>year|month|week|quarter|summer|winter|autumn|spring)\b")
    });
    static CLOCK: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>\d\d):\d\d\b"));
    let next = |it: &str| Some((it.parse::<u32>().ok()? + 1).to_string());
    let others = |it: &str| Some(if it == "year" { "month" } else { "year" }.to_owned());
    replaced(place.sentence, &YEAR, next)
        .or_else(|| replaced(place.sentence, &DAY, |it| next(it).filter(|it| it != "32")))
        .or_else(|| replaced(place.sentence, &NAMED, |it| next_named(it).map(str::to_owned)))
        .or_else(|| replaced(place.sentence, &RELATIVE, others))
        .or_else(|| replaced(place.sentence, &CLOCK, |it| if it == "23" { None } else { next(it) }))
}

/// A proper name becomes one that the article does not have.
pub(super) fn name(place: &SentenceContext) -> Option<String> {
    const OTHERS: [&str; 6] = ["Marlowe", "Quexley", "Nordhaven", "Tressel", "Ilse", "Vireo"];
    let other = OTHERS[place.sentence.len() % OTHERS.len()];
    static INNER: LazyLock<Regex> = LazyLock::new(|| pattern(r"[a-z,] (?P<x>[A-Z][a-z]{3,})\b"));
    replaced(place.sentence, &INNER, |it| {
        (!is_no_name(it) && !place.article.contains(other)).then(|| other.to_owned())
    })
}

/// Months; May is left out, which is a verb as well.
const MONTHS: [&str; 11] = [
    "January",
    "February",
    "March",
    "April",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Whether a word with a capital names nobody.
fn is_no_name(word: &str) -> bool {
    word == "They" || MONTHS.contains(&word) || DAYS.contains(&word)
}

/// The month or weekday that follows this one.
fn next_named(word: &str) -> Option<&'static str> {
    let next = |of: &[&'static str]| Some(of[(of.iter().position(|it| *it == word)? + 1) % of.len()]);
    next(&MONTHS).or_else(|| next(&DAYS))
}

/// A word of a quotation becomes another.
pub(super) fn quotation(place: &SentenceContext) -> Option<String> {
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| pattern("[\"“](?P<x>[^\"”]{16,})[\"”]"));
    replaced(place.sentence, &QUOTED, |it| {
        let words: Vec<&str> = it.split(' ').collect();
        let at = (1..words.len().saturating_sub(1)).find(|at| 4 < words[*at].len())?;
        let mut changed = words.clone();
        changed[at] = if words.len().is_multiple_of(2) { "hardly" } else { "" };
        changed.retain(|it| !it.is_empty());
        (4 <= words.len()).then(|| changed.join(" "))
    })
}

/// What one person says, another of the article's names says.
pub(super) fn attribution(place: &SentenceContext) -> Option<String> {
    static SAYS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?:said|says|told|to) (?P<x>[A-Z]\w+ [A-Z][\w’']+)|(?P<y>[A-Z]\w+ [A-Z]\w+) (?:said|says)")
    });
    static FULL: LazyLock<Regex> = LazyLock::new(|| pattern(r"[a-z,”\x22] (?P<x>[A-Z]\w+ [A-Z]\w+)"));
    replaced(place.sentence, &SAYS, |it| {
        let names = FULL.captures_iter(place.article).filter_map(|it| Some(it.name("x")?.as_str()));
        let mut others = names.filter(|name| {
            // "Mr Rowe" is the Benedikt Rowe who said it.
            !place.sentence.contains(name) && !it.split(' ').any(|part| name.contains(part))
        });
        others.next().map(str::to_owned)
    })
}

/// A word becomes its opposite.
pub(super) fn direction(place: &SentenceContext) -> Option<String> {
    const OPPOSITES: [(&str, &str); 44] = [
        ("rose", "fell"),
        ("fell", "rose"),
        ("rises", "falls"),
        ("grew", "shrank"),
        ("grows", "shrinks"),
        ("increased", "decreased"),
        ("reduced", "raised"),
        ("cut", "raised"),
        ("raised", "cut"),
        ("more than", "less than"),
        ("less than", "more than"),
        ("fewer", "more"),
        ("faster", "slower"),
        ("slower", "faster"),
        ("higher", "lower"),
        ("lower", "higher"),
        ("larger", "smaller"),
        ("largest", "smallest"),
        ("smaller", "larger"),
        ("before", "after"),
        ("after", "before"),
        ("earlier", "later"),
        ("later", "earlier"),
        ("up from", "down from"),
        ("above", "below"),
        ("below", "above"),
        ("cheaper", "dearer"),
        ("first", "last"),
        ("least", "most"),
        ("with", "without"),
        ("without", "with"),
        ("rejected", "approved"),
        ("approved", "rejected"),
        ("sold", "bought"),
        ("bought", "sold"),
        ("opened", "closed"),
        ("starts", "stops"),
        ("stopped", "started"),
        ("added", "removed"),
        ("removed", "added"),
        ("joined", "left"),
        ("longer", "shorter"),
        ("best", "worst"),
        ("always", "never"),
    ];
    static FOUND: LazyLock<Regex> =
        LazyLock::new(|| pattern(&format!(r"\b(?P<x>{})\b", OPPOSITES.map(|it| it.0).join("|"))));
    if place.sentence.contains(['"', '“']) {
        return None;
    }
    replaced(place.sentence, &FOUND, |it| Some(OPPOSITES.iter().find(|pair| pair.0 == it)?.1.to_owned()))
}

/// Two names beside a verb change places.
pub(super) fn roles(place: &SentenceContext) -> Option<String> {
    static JOINED: LazyLock<Regex> = LazyLock::new(|| {
        let name = r"[A-Z][a-z]+(?: [A-Z][a-z]+)*";
        pattern(&format!(
            r"(?P<a>{name}) (?P<between>(?:has |have |had |will |can |must )?[a-z]+(?: (?:the|a|its|to|for|from|with|by|on|of))? )(?P<b>{name})"
        ))
    });
    let found = JOINED.captures(place.sentence)?;
    let (a, b) = (found.name("a")?, found.name("b")?);
    let is_name = |it: &str| !is_no_name(it) && it.len() > 3;
    let (before, behind) = (&place.sentence[..a.start()], &place.sentence[b.end()..]);
    let joined = format!("{before}{} {}{}{behind}", b.as_str(), &found["between"], a.as_str());
    let is_verb = !matches!(
        found["between"].trim(),
        "and" | "or" | "of" | "in" | "at" | "on" | "of the" | "for" | "from"
    );
    (is_verb && is_name(a.as_str()) && is_name(b.as_str()) && a.as_str() != b.as_str()).then_some(joined)
}

/// A denial becomes an affirmation, or the reverse.
pub(super) fn negation(place: &SentenceContext) -> Option<String> {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:is|are|was|were|will|can|has|have|had|does|did|do|could|would|must|should)(?P<x> not|n't) ",
        )
    });
    static NEVER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<x>\b(?:never|cannot)\b)"));
    static AFFIRMED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?P<x>is|are|was|were|will|can|has|have|had|could|would|must|should) (?:[a-mo-z]|n[a-df-np-z])",
        )
    });
    if place.sentence.contains(['"', '“']) {
        return None;
    }
    replaced(place.sentence, &DENIED, |_| Some(String::new()))
        .or_else(|| {
            replaced(place.sentence, &NEVER, |it| {
                Some(if it == "never" { "always" } else { "can" }.to_owned())
            })
        })
        .or_else(|| replaced(place.sentence, &AFFIRMED, |it| Some(format!("{it} not"))))
}

/// The last number of a version or of a product's code becomes another.
pub(super) fn version(place: &SentenceContext) -> Option<String> {
    static CODE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(?:[A-Z][A-Za-z]*-|[0-9]+\.[0-9]+\.)(?P<x>[0-9]+)\b"));
    replaced(place.sentence, &CODE, |it| Some((it.parse::<u64>().ok()? + 7).to_string()))
}

/// The sentence names an address that the article does not have.
pub(super) fn link(place: &SentenceContext) -> Option<String> {
    let bare = place.sentence.strip_suffix('.')?;
    Some(format!("{bare} at https://orrinvale.example/notes."))
}
