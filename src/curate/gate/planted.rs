//! How many planted errors the gate catches, and how many true sentences it blocks.
//!
//! The material is our own: the sentences of the demo's newsroom, errors made of them by
//! the mutations below, and paraphrases written by us. `cargo test --lib planted --
//! --nocapture` prints the rates that docs/QUALITY.md keeps.
#![expect(clippy::print_stdout, reason = "the rates are what the run is for")]

use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::Cited;
use crate::text::sentence;
use crate::text::word;

const PUBLISHERS: [&str; 11] = [
    include_str!("../../../config/demo/northbank.toml"),
    include_str!("../../../config/demo/stackledger.toml"),
    include_str!("../../../config/demo/palisade.toml"),
    include_str!("../../../config/demo/kernelcoffee.toml"),
    include_str!("../../../config/demo/halfnode.toml"),
    include_str!("../../../config/demo/meridianpost.toml"),
    include_str!("../../../config/demo/openfield.toml"),
    include_str!("../../../config/demo/latencyweekly.toml"),
    include_str!("../../../config/demo/quietpress.toml"),
    include_str!("../../../config/demo/linkcommons.toml"),
    include_str!("../../../config/demo/tinwhistle.toml"),
];

/// A sentence of an article, what it says differently below it, an empty line.
const PARAPHRASES: &str = include_str!("planted/paraphrases.txt");

/// Errors and true sentences that make a rate worth stating.
const ERRORS_MIN: usize = 400;
const TRUE_MIN: usize = 400;
const PARAPHRASES_MIN: usize = 100;

#[derive(Deserialize)]
struct Publisher {
    article: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    text: String,
}

/// A sentence with its paragraph and its article.
struct Place<'a> {
    sentence: &'a str,
    paragraph: Rc<Cited<'a>>,
    article: &'a str,
    whole: Rc<Cited<'a>>,
}

/// How a true sentence is made false; `None` where it has nothing to change.
type Mutation = fn(&Place) -> Option<String>;

/// Each with its name and the share in percent that must be caught.
const MUTATIONS: [(&str, Mutation, usize); 8] = [
    ("number", number, 98),
    ("unit", unit, 98),
    ("date", date, 98),
    ("name", name, 98),
    ("quotation", quotation, 98),
    ("attribution", attribution, 98),
    ("direction", direction, 85),
    ("negation", negation, 85),
];

/// Sentences of ours in which one firm or person does something to another.
const ROLES: &str = include_str!("planted/roles.txt");

#[test]
fn names_that_change_places_are_caught() {
    let places = places(ROLES.trim());
    let (mut made, mut caught) = (0, 0);
    for place in &places {
        assert_eq!(place.whole.check(place.sentence), [], "{}", place.sentence);
        let Some(error) = roles(place) else { continue };
        made += 1;
        caught += usize::from(!place.paragraph.check(&error).is_empty());
    }
    println!("roles {caught} of {made} caught beside their paragraph");
    assert!(10 <= made && 85 * made <= 100 * caught, "{caught} of {made}");
}

/// Sentences of ours in other languages, and how a denial is planted there or taken away.
const OTHERS: [(&str, &str, Mutation); 3] = [
    ("German", include_str!("planted/german.txt"), negation_de),
    ("French", include_str!("planted/french.txt"), negation_fr),
    ("Spanish", include_str!("planted/spanish.txt"), negation_es),
];

#[test]
fn planted_errors_of_other_languages_are_caught() {
    const ERRORS_MIN: usize = 10;
    let show = std::env::var("SHOW").unwrap_or_default();
    for (language, text, negation) in OTHERS {
        let places = places(text.trim());
        for (class, mutation, caught_min) in [("number", number as Mutation, 98), ("negation", negation, 85)]
        {
            let (mut made, mut caught) = (0, 0);
            for place in &places {
                let Some(error) = mutation(place).filter(|it| it != place.sentence) else { continue };
                made += 1;
                let is_caught = !place.paragraph.check(&error).is_empty();
                caught += usize::from(is_caught);
                if !is_caught && show == class {
                    println!("{}\n  {error}", place.sentence);
                }
            }
            println!("{language} {class:9} {caught:3} of {made:3} caught beside their paragraph");
            assert!(
                ERRORS_MIN <= made && caught_min * made <= 100 * caught,
                "{language} {class}: {caught} of {made}"
            );
        }
        for it in &places {
            assert_eq!(it.paragraph.check(it.sentence), [], "{}", it.sentence);
            assert_eq!(it.whole.check(it.sentence), [], "{}", it.sentence);
        }
    }
}

#[test]
fn planted_errors_are_caught_and_true_sentences_pass() {
    let articles: Vec<String> = PUBLISHERS
        .iter()
        .flat_map(|it| toml::from_str::<Publisher>(it).expect("a publisher").article)
        .map(|it| it.text.trim().to_owned())
        .collect();
    let places: Vec<Place> = articles.iter().flat_map(|it| places(it)).collect();
    let show = std::env::var("SHOW").unwrap_or_default();

    let mut errors = 0;
    let mut missed = Vec::new();
    for (class, mutation, caught_min) in MUTATIONS {
        let (mut made, mut near, mut far) = (0, 0, 0);
        for place in &places {
            let Some(error) = mutation(place).filter(|it| it != place.sentence) else { continue };
            made += 1;
            let is_caught = !place.paragraph.check(&error).is_empty();
            near += usize::from(is_caught);
            far += usize::from(!place.whole.check(&error).is_empty());
            if !is_caught && show == class {
                println!("{}\n  {error}", place.sentence);
            }
        }
        errors += made;
        println!("{class:12} {near:4} of {made:4} caught beside their paragraph, {far:4} beside the article");
        if near * 100 < caught_min * made {
            missed.push(class);
        }
    }

    let blocked = |of: &str, said: &str, cited: &Cited| {
        let findings = cited.check(said);
        if !findings.is_empty() && show == of {
            println!("{said}\n  {findings:?}");
        }
        usize::from(!findings.is_empty())
    };
    let verbatim: usize = places
        .iter()
        .map(|it| blocked("true", it.sentence, &it.paragraph) + blocked("true", it.sentence, &it.whole))
        .sum();
    println!("verbatim sentences blocked: {verbatim} of {}", places.len());
    let (mut pairs, mut near, mut far) = (0, 0, 0);
    for pair in PARAPHRASES.split("\n\n") {
        let (source, said) = pair.trim().split_once('\n').expect("two lines");
        let place = places.iter().find(|it| it.article.contains(source)).expect("a sentence of an article");
        let paragraph = place.article.split("\n\n").find(|it| it.contains(source)).expect("its paragraph");
        pairs += 1;
        near += blocked("paraphrase", said, &Cited::read(paragraph));
        far += blocked("far", said, &place.whole);
    }
    println!("true paraphrases blocked: {near} of {pairs} beside their paragraph, {far} beside the article");

    assert!(ERRORS_MIN <= errors && TRUE_MIN <= places.len() && PARAPHRASES_MIN <= pairs);
    assert_eq!(missed, Vec::<&str>::new(), "too many errors of these classes pass");
    assert_eq!(verbatim, 0, "a text's own sentences are blocked");
    assert!(near * 100 <= 3 * pairs, "{near} of {pairs} true paraphrases are blocked");
}

fn places(article: &str) -> Vec<Place<'_>> {
    const WORDS_MIN: usize = 6;
    let whole = Rc::new(Cited::read(article));
    let cut = |text| {
        let (paragraph, whole) = (Rc::new(Cited::read(text)), Rc::clone(&whole));
        let sentences = sentence::cut(text, usize::MAX).into_iter();
        sentences.map(move |it| {
            let (paragraph, whole) = (Rc::clone(&paragraph), Rc::clone(&whole));
            Place { sentence: &text[it.range], paragraph, article, whole }
        })
    };
    let paragraphs = article.split("\n\n");
    paragraphs.flat_map(cut).filter(|it| WORDS_MIN <= word::count(it.sentence)).collect()
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// The first match of a group `x` replaced by what `change` makes of it.
fn replaced(text: &str, found: &Regex, change: impl Fn(&str) -> Option<String>) -> Option<String> {
    found.captures_iter(text).find_map(|it| {
        let x = it.name("x")?;
        let change = change(x.as_str())?;
        Some(format!("{}{change}{}", &text[..x.start()], &text[x.end()..]))
    })
}

/// A digit, or a number in words, becomes another.
fn number(place: &Place) -> Option<String> {
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
fn unit(place: &Place) -> Option<String> {
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
fn date(place: &Place) -> Option<String> {
    const NAMES: [&str; 20] = [
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
        "January",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Monday",
    ];
    static YEAR: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>(?:19|20)\d\d)\b"));
    static DAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?P<x>\d\d?) (?:January|February|March|April|May|June|July|August|September|October|November|December)\b",
        )
    });
    static NAMED: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\b(?P<x>{})\b", NAMES.join("|"))));
    static RELATIVE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:last|next|this) (?P<x>year|month|week|quarter|summer|winter|autumn|spring)\b")
    });
    static CLOCK: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>\d\d):\d\d\b"));
    let next = |it: &str| Some((it.parse::<u32>().ok()? + 1).to_string());
    let named_next = |it: &str| Some(NAMES[NAMES.iter().position(|name| *name == it)? + 1].to_owned());
    let others = |it: &str| Some(if it == "year" { "month" } else { "year" }.to_owned());
    replaced(place.sentence, &YEAR, next)
        .or_else(|| replaced(place.sentence, &DAY, |it| next(it).filter(|it| it != "32")))
        .or_else(|| replaced(place.sentence, &NAMED, named_next))
        .or_else(|| replaced(place.sentence, &RELATIVE, others))
        .or_else(|| replaced(place.sentence, &CLOCK, |it| if it == "23" { None } else { next(it) }))
}

/// A proper name becomes one that the article does not have.
fn name(place: &Place) -> Option<String> {
    const OTHERS: [&str; 6] = ["Marlowe", "Quexley", "Nordhaven", "Tressel", "Ilse", "Vireo"];
    let other = OTHERS[place.sentence.len() % OTHERS.len()];
    static INNER: LazyLock<Regex> = LazyLock::new(|| pattern(r"[a-z,] (?P<x>[A-Z][a-z]{3,})\b"));
    replaced(place.sentence, &INNER, |it| {
        let is_date = NOT_NAMES.contains(&it);
        (!is_date && !place.article.contains(other)).then(|| other.to_owned())
    })
}

const NOT_NAMES: [&str; 19] = [
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
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "They",
];

/// A word of a quotation becomes another.
fn quotation(place: &Place) -> Option<String> {
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
fn attribution(place: &Place) -> Option<String> {
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
fn direction(place: &Place) -> Option<String> {
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
fn roles(place: &Place) -> Option<String> {
    static JOINED: LazyLock<Regex> = LazyLock::new(|| {
        let name = r"[A-Z][a-z]+(?: [A-Z][a-z]+)*";
        pattern(&format!(
            r"(?P<a>{name}) (?P<between>(?:has |have |had |will |can |must )?[a-z]+(?: (?:the|a|its|to|for|from|with|by|on|of))? )(?P<b>{name})"
        ))
    });
    let found = JOINED.captures(place.sentence)?;
    let (a, b) = (found.name("a")?, found.name("b")?);
    let is_name = |it: &str| !NOT_NAMES.contains(&it) && it.len() > 3;
    let (before, behind) = (&place.sentence[..a.start()], &place.sentence[b.end()..]);
    let joined = format!("{before}{} {}{}{behind}", b.as_str(), &found["between"], a.as_str());
    let is_verb = !matches!(
        found["between"].trim(),
        "and" | "or" | "of" | "in" | "at" | "on" | "of the" | "for" | "from"
    );
    (is_verb && is_name(a.as_str()) && is_name(b.as_str()) && a.as_str() != b.as_str()).then_some(joined)
}

/// A denial becomes an affirmation, or the reverse.
fn negation(place: &Place) -> Option<String> {
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

fn negation_de(place: &Place) -> Option<String> {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<x>\bnicht )"));
    static NONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>[Kk])eine?[nmrs]? "));
    static NEVER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>nie)\b"));
    static AFFIRMED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?P<x>ist|sind|war|waren|wird|werden|kann|können|hat|haben|hatten|soll|müssen|will) ")
    });
    replaced(place.sentence, &DENIED, |_| Some(String::new()))
        .or_else(|| replaced(place.sentence, &NONE, |_| Some(String::new())))
        .or_else(|| replaced(place.sentence, &NEVER, |_| Some("immer".to_owned())))
        .or_else(|| replaced(place.sentence, &AFFIRMED, |it| Some(format!("{it} nicht"))))
}

fn negation_fr(place: &Place) -> Option<String> {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>(?:ne |n')(\pL+) (?:pas|jamais))\b"));
    static NONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>Aucune agence n'a)\b"));
    static AFFIRMED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?P<x>est|sont|sera|peut|peuvent|doit|doivent|ont|coûte|dure|possède|utilise) ")
    });
    let verb = |it: &str| {
        let bare = it.trim_start_matches("ne ").trim_start_matches("n'");
        bare.split(' ').next().map(str::to_owned)
    };
    let denied = |it: &str| match it.starts_with(['e', 'o', 'u']) {
        true => format!("n'{it} pas"),
        false => format!("ne {it} pas"),
    };
    replaced(place.sentence, &DENIED, verb)
        .or_else(|| replaced(place.sentence, &NONE, |_| Some("Une agence a".to_owned())))
        .or_else(|| replaced(place.sentence, &AFFIRMED, |it| Some(denied(it))))
}

fn negation_es(place: &Place) -> Option<String> {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<x>\bno )"));
    static NEVER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>nunca)\b"));
    static NONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>Ninguna)\b"));
    static AFFIRMED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?P<x>está|es|fue|será|puede|pueden|debe|ha|han|cuesta|dura|posee|usa) ")
    });
    replaced(place.sentence, &DENIED, |_| Some(String::new()))
        .or_else(|| replaced(place.sentence, &NEVER, |_| Some("siempre".to_owned())))
        .or_else(|| replaced(place.sentence, &NONE, |_| Some("Una".to_owned())))
        .or_else(|| replaced(place.sentence, &AFFIRMED, |it| Some(format!("no {it}"))))
}
