//! The proper names in the texts of a story: who and what it is about, without those
//! who are merely quoted.

use std::borrow::Cow;

use foldhash::HashMap;
use foldhash::HashSet;

use crate::text::word;
use crate::text::word::Language;
use crate::text::word_list::WordList;

/// Words of one text that are searched.
const WORDS_MAX: usize = 6_000;
/// A longer run of capitalised words is a heading, not a name.
const NAME_WORDS_MAX: usize = 5;
/// Different names of one story.
const NAMES_MAX: usize = 2_000;
/// A name of fewer letters says too little.
const LETTERS_MIN: usize = 3;
/// Occurrences that make a name a subject where the title does not have it.
const OCCURRENCES_MIN: usize = 2;
/// Bytes beside a name in which it is told what its bearer is or does.
const BESIDE_BYTES: usize = 48;

/// A run of capitalised words, and how it is used.
#[derive(Default)]
struct CapitalisedRun<'a> {
    /// Each with how often it occurs.
    spellings: HashMap<&'a str, usize>,
    occurrences: usize,
    /// Order of its first occurrence.
    first: usize,
    is_person: bool,
}

/// A word of a text.
struct NameWord<'a> {
    start: usize,
    shown: &'a str,
    /// Whether it opens a sentence, where capitals say nothing.
    opens: bool,
    /// Whether only one blank or hyphen stands before it.
    joins: bool,
    is_name: bool,
}

/// The names of organisations, products and technologies that the title has or that
/// occur twice, those of the title first, then the more frequent. `not` are names that
/// say nothing here: the publishers' own, their authors'.
pub(super) fn subjects<'a>(
    title: &'a str,
    texts: &[&'a str],
    not: &[&str],
    language: Language,
) -> Vec<&'a str> {
    let mut runs: HashMap<String, CapitalisedRun> = HashMap::default();
    // In a title that capitalises every word, capitals say nothing.
    let is_plain = word::words(title)
        .any(|(_, it)| it.starts_with(char::is_lowercase) && 3 < it.len() && !language.is_stop_word(it));
    for text in texts {
        collect(text, if is_plain { title } else { "" }, language, &mut runs);
    }
    if texts.is_empty() && is_plain {
        collect(title, title, language, &mut runs);
    }
    // "Rowe" is the Benedikt Rowe who was quoted.
    let surnames: HashSet<String> = runs
        .iter()
        .filter(|it| it.1.is_person)
        .filter_map(|it| it.0.rsplit(' ').next().map(str::to_owned))
        .collect();
    let not: Vec<String> = not.iter().map(|it| folded(it)).collect();
    let folded_title = folded(title);
    let in_title = |name: &str| is_part(name, &folded_title);

    let mut found: Vec<(String, CapitalisedRun)> = runs
        .into_iter()
        .filter(|(name, run)| {
            let is_own = || not.iter().any(|it| is_part(name, it) || is_part(it, name));
            let letters = name.chars().filter(|c| c.is_alphanumeric()).count();
            LETTERS_MIN <= letters
                && !surnames.contains(name)
                && (!run.is_person || name.contains(' ') && in_title(name))
                && !is_own()
        })
        .collect();
    found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    join_parts(&mut found);
    let mut found: Vec<(bool, CapitalisedRun)> =
        found.into_iter().map(|(name, run)| (in_title(&name), run)).collect();
    found.retain(|(is_in_title, run)| *is_in_title || OCCURRENCES_MIN <= run.occurrences);
    found.sort_by_key(|(is_in_title, run)| (!is_in_title, std::cmp::Reverse(run.occurrences), run.first));
    let commonest = |run: CapitalisedRun<'a>| run.spellings.into_iter().max_by_key(|it| (it.1, it.0));
    found.into_iter().filter_map(|(_, run)| Some(commonest(run)?.0)).collect()
}

/// Collects the runs of one text. A word that opens a sentence counts only where it is
/// a name elsewhere, in this text or the title.
fn collect<'a>(
    text: &'a str,
    title: &str,
    language: Language,
    runs: &mut HashMap<String, CapitalisedRun<'a>>,
) {
    let is_name = |shown: &str| {
        word::is_capitalised(shown) && {
            let lower = word::lower(shown);
            !language.is_stop_word(&lower) && !is_no_name(&lower)
        }
    };
    let mut words: Vec<NameWord> = Vec::new();
    let mut end = 0;
    for (start, shown) in word::words(text) {
        let gap = &text[end..start];
        let ends = || gap.contains(['.', '!', '?', '\n', ':']) && gap.contains(char::is_whitespace);
        let opens = start == 0 || gap != " " && (ends() || gap.contains(['"', '“', '‘', '•']));
        let joins = matches!(gap, " " | "-" | "‑");
        words.push(NameWord { start, shown, opens, joins, is_name: is_name(shown) });
        end = start + shown.len();
    }
    let opening = opening_names(text, &words, title, language);
    words.truncate(WORDS_MAX);
    let mut certain: HashSet<&str> =
        words.iter().filter(|it| !it.opens && it.is_name).map(|it| bare(it.shown)).collect();
    certain.extend(word::words(title).skip(1).map(|it| it.1).filter(|it| word::is_capitalised(it)).map(bare));
    certain.extend(opening);
    // A byline, dateline or heading in capitals is no part of the name beside it. A word that stands
    // nowhere else in other letters is a name of its own making, like an acronym.
    let capitals: HashSet<Cow<str>> =
        words.iter().filter(|it| is_in_capitals(it.shown)).map(|it| word::small(bare(it.shown))).collect();
    let others = words.iter().filter(|it| !capitals.is_empty() && !is_in_capitals(it.shown));
    let shouted: HashSet<Cow<str>> =
        others.map(|it| word::small(bare(it.shown))).filter(|it| capitals.contains(it)).collect();
    let is_shouted = |it: &NameWord| {
        !shouted.is_empty() && is_in_capitals(it.shown) && shouted.contains(&word::small(bare(it.shown)))
    };
    let is_inner_capital = |it: &str| it.chars().skip(1).any(char::is_uppercase);
    let mut at = 0;
    while at < words.len() {
        let opening = &words[at];
        let counts = opening.is_name
            && (!opening.opens || is_inner_capital(opening.shown) || certain.contains(bare(opening.shown)));
        if !counts {
            at += 1;
            continue;
        }
        let mut last = at;
        while last + 1 < words.len()
            && words[last + 1].joins
            && words[last + 1].is_name
            && bare(words[last].shown) == words[last].shown
            && is_shouted(&words[last]) == is_shouted(&words[last + 1])
        {
            last += 1;
        }
        let (start, past) = (opening.start, words[last].start + bare(words[last].shown).len());
        let shown = &text[start..past];
        let name = folded(shown);
        if last - at < NAME_WORDS_MAX && (runs.len() < NAMES_MAX || runs.contains_key(&name)) {
            let new = CapitalisedRun { first: runs.len(), ..CapitalisedRun::default() };
            let run = runs.entry(name).or_insert(new);
            run.occurrences += 1;
            *run.spellings.entry(shown).or_default() += 1;
            run.is_person = run.is_person || is_person(&text[..start], shown, &text[past..]);
        }
        at = last + 1;
    }
}

/// Words that only open sentences and are names all the same: those told by an apposition
/// ("Gustlet, a weather station"), the title's first where it cannot be a common noun, and
/// that of a name of two words in the title.
fn opening_names<'a>(
    text: &'a str,
    words: &[NameWord<'a>],
    title: &'a str,
    language: Language,
) -> Vec<&'a str> {
    const APPOSITIONS: [&str; 7] = [", a ", ", an ", ", the ", ", which ", ", whose ", ", who ", ", maker "];
    let told = text.split(['\n', '.']).filter_map(|it| {
        let it = it.trim_start();
        let (_, first) = word::words(it).next()?;
        let rest = it.strip_prefix(first)?;
        APPOSITIONS.iter().any(|it| rest.starts_with(it)).then_some(first)
    });
    let mut heads = word::words(title).map(|it| it.1);
    let (first, second) = (heads.next().map(bare), heads.next());
    let entitled = first.filter(|first| {
        let recurs = 1 < words.iter().filter(|it| bare(it.shown) == *first).count();
        let is_double = || {
            second
                .is_some_and(|it| word::is_capitalised(it) && text.contains(&format!("{first} {}", bare(it))))
        };
        let is_common = || {
            let lower = first.to_lowercase();
            first.ends_with('s') || language.is_stop_word(&lower) || words.iter().any(|it| it.shown == lower)
        };
        recurs && (is_double() || !is_common())
    });
    told.chain(entitled).collect()
}

/// Whether the words beside a name say that its bearer is a person: a form of address, an
/// office, a verb of saying beside two or three plain words.
fn is_person(before: &str, name: &str, after: &str) -> bool {
    let begin = before.ceil_char_boundary(before.len().saturating_sub(BESIDE_BYTES));
    let before = word::small(&before[begin..]);
    let last = before.split(|c: char| !c.is_alphanumeric()).rfind(|it| !it.is_empty()).unwrap_or_default();
    if matches!(last, "mr" | "mrs" | "ms" | "dr" | "prof" | "professor") {
        return true;
    }
    let words = name.split(' ').count();
    let is_plain = (2..=3).contains(&words)
        && name.split([' ', '-']).all(|it| {
            it.starts_with(char::is_uppercase) && it.chars().skip(1).all(|c| c.is_lowercase() || c == '\'')
        })
        && !name.split(' ').any(|it| ORGANISATIONS.contains(it.to_lowercase().as_str()));
    if !is_plain {
        return false;
    }
    let after = word::small(&after[..after.floor_char_boundary(BESIDE_BYTES)]);
    let says = |it: &str| SAYS.contains(&it);
    let next = after.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    // What stands between two commas tells the office.
    let apposition =
        after.strip_prefix(',').map(|it| it.split(['.', ';', '"', '”']).next().unwrap_or_default());
    let has_office = apposition.is_some_and(|it| {
        it.split(|c: char| !c.is_alphanumeric()).any(|it| OFFICES.contains(it))
            || it.trim_start().starts_with("who ")
    });
    has_office
        || says(last) && before.ends_with(char::is_whitespace)
        || says(next) && !after.starts_with(',')
        || before.ends_with("according to ")
        || OFFICES.contains(last) && before.ends_with(char::is_whitespace)
}

/// Leaves one of a name and its fragments: the short form of a name where it is used
/// more often ("Orrin" of "Orrin Semiconductor"), else the whole.
fn join_parts(found: &mut Vec<(String, CapitalisedRun)>) {
    // Names are short, so that looking up each piece of each is linear in their number.
    let places: HashMap<&str, usize> = found.iter().zip(0..).map(|(it, at)| (it.0.as_str(), at)).collect();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (whole, (name, _)) in found.iter().enumerate() {
        pairs.extend(pieces(name).filter_map(|it| Some((*places.get(it)?, whole))));
    }
    pairs.sort_unstable();
    let mut is_gone = vec![false; found.len()];
    for (at, whole) in pairs {
        if at == whole || is_gone[at] || is_gone[whole] {
            continue;
        }
        let is_short_form = found[whole].0.starts_with(&found[at].0)
            && 2 * found[whole].1.occurrences < found[at].1.occurrences
            && !found[whole].0.contains(char::is_numeric);
        let (stays, goes) = if is_short_form { (at, whole) } else { (whole, at) };
        let occurrences = found[goes].1.occurrences;
        let first = found[goes].1.first.min(found[stays].1.first);
        found[stays].1.occurrences += occurrences;
        found[stays].1.first = first;
        is_gone[goes] = true;
    }
    let mut is_gone = is_gone.into_iter();
    found.retain(|_| !is_gone.next().unwrap_or_default());
}

/// The runs of words in a name, itself included.
fn pieces(name: &str) -> impl Iterator<Item = &str> {
    let starts = std::iter::once(0).chain(name.match_indices(' ').map(|it| it.0 + 1));
    starts.flat_map(|start| {
        let rest = &name[start..];
        let ends = rest.match_indices(' ').map(|it| it.0).chain(std::iter::once(rest.len()));
        ends.map(move |end| &rest[..end])
    })
}

/// Whether the words of one name stand, in a row, in a longer one.
fn is_part(part: &str, whole: &str) -> bool {
    let mut starts = std::iter::once(0).chain(whole.match_indices(' ').map(|it| it.0 + 1));
    starts.any(|it| {
        let rest = whole[it..].strip_prefix(part);
        rest.is_some_and(|it| it.is_empty() || it.starts_with(' '))
    })
}

/// Lower case, words with one blank between them, without possessives.
fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for (_, it) in word::words(name) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(&word::small(bare(it)));
    }
    folded
}

/// Whether a word of four letters or more is written in capitals.
fn is_in_capitals(word: &str) -> bool {
    const LETTERS_MIN: usize = 4;
    let word = bare(word);
    word.chars().all(char::is_uppercase) && LETTERS_MIN <= word.chars().count()
}

/// A word without its possessive.
fn bare(word: &str) -> &str {
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word)
}

const SAYS: &[&str] = &[
    "added",
    "adds",
    "admitted",
    "argued",
    "argues",
    "asked",
    "asks",
    "explained",
    "explains",
    "said",
    "says",
    "told",
    "warned",
    "warns",
    "writes",
    "wrote",
];

static OFFICES: WordList = WordList::new(include_str!("names/offices.txt"));

/// Words that end the names of organisations and things.
static ORGANISATIONS: WordList = WordList::new(include_str!("names/organisations.txt"));

/// Whether a word in lower case names no subject.
fn is_no_name(lower: &str) -> bool {
    NOT_NAMES.contains(lower)
}

/// Capitalised words that name no subject: adverbs before a comma ("Overall, the"), forms of
/// companies, days, months, peoples, units, forms of address.
static NOT_NAMES: WordList = WordList::new(include_str!("names/not_names.txt"));

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, text: &str, expected: &[&str]) {
        assert_eq!(
            subjects(title, &[text], &["Northbank Wire", "Imogen Farrow"], Language::English),
            expected,
            "{text}"
        );
    }

    #[test]
    fn a_name_counts_in_the_title_or_twice() {
        check("Acme grows", "Shares of Acme rose. The firm buys from Zinco.", &["Acme"]);
        check("Anvils sell", "They buy from Zinco. All like Zinco there.", &["Zinco"]);
    }

    #[test]
    fn many_names_are_joined_with_their_parts() {
        // Each name stands alone and before another word, so that each is a part of one other.
        let letters = || ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}")));
        let text: String = letters().map(|it| format!("They like Xo{it} and Xo{it} Zu{it}. ")).collect();
        let found = subjects("Anvils sell", &[&text], &[], Language::English);
        assert_eq!((found.len(), found[0]), (676, "Xoaa Zuaa"));
    }

    #[test]
    fn what_is_set_in_capitals_is_no_part_of_the_name_beside_it() {
        check(
            "Anvils sell",
            "It is by Lau HONG KONG where INVESTORS Zinco met. All of Hong Kong and its investors like Zinco.",
            &["Hong Kong", "Zinco"],
        );
        check("Anvils sell", "They like NASA Ames. All like NASA Ames there.", &["NASA Ames"]);
    }

    #[test]
    fn a_title_may_open_with_any_punctuation() {
        check("“Gürt” – Überall anvils grow", "Gürt grew. Gürt sells anvils.", &["Gürt"]);
    }

    #[test]
    fn a_word_that_opens_a_sentence_is_no_name() {
        check("Anvils sell", "Boards go on sale. Boards cost much. Version 3 and version 4 differ.", &[]);
        check("Anvils sell", "Zinco sells. They buy from Zinco.", &["Zinco"]);
    }

    #[test]
    fn who_is_merely_quoted_is_no_subject() {
        check(
            "Anvils sell",
            "\"Good,\" said Silas Greenaway. The words of Silas Greenaway pleased Mr Greenaway.",
            &[],
        );
        check("Anvils sell", "Odile Hill, head of sales, left. They miss Odile Hill.", &[]);
        check("Anvils sell", "It works, according to Beatrix Molloy. They like Beatrix Molloy.", &[]);
        check("Anvils sell", "They asked founder Ada Fox. They like Ada Fox.", &[]);
        check("Anvils sell", "The maker, Pell Networks, said Pell Networks grew.", &["Pell Networks"]);
    }

    #[test]
    fn a_person_in_the_title_is_a_subject() {
        check("Ada Fox leaves Acme", "\"Done,\" said Ada Fox. The board of Acme met.", &["Ada Fox", "Acme"]);
    }

    #[test]
    fn the_publisher_and_the_author_are_no_subjects() {
        check("Anvils sell", "In Northbank Wire they like Northbank. So said Imogen Farrow to Farrow.", &[]);
    }

    #[test]
    fn a_fragment_is_shown_with_its_whole_only() {
        check(
            "Millrace finds a home",
            "The fork joins the Commonweal Software Foundation. The Software Foundation is glad.",
            &["Commonweal Software Foundation"],
        );
        check(
            "Chips sell",
            "They like Orrin's Kestrel R9. All like Kestrel R9 and Kestrel.",
            &["Kestrel R9"],
        );
        check("Chips sell", "The maker Orrin Semiconductor. So Orrin, to Orrin, for Orrin.", &["Orrin"]);
    }

    #[test]
    fn a_name_that_only_opens_sentences_is_found() {
        check("A station that guesses", "Gustlet, a weather station, guesses. Gustlet sells.", &["Gustlet"]);
        check(
            "Clearlayer withdraws it",
            "All left. Clearlayer stops. Clearlayer sold much.",
            &["Clearlayer"],
        );
        check("Noise annoys people", "All left. Noise is bad. Noise is loud, and noise annoys.", &[]);
        check("Tarn Hosting tests", "Tarn Hosting tests. Tarn Hosting is glad.", &["Tarn Hosting"]);
    }

    #[test]
    fn a_title_alone_names_its_subjects() {
        assert_eq!(
            subjects("LarkDB 4.0 pleases the people of Kvist", &[], &[], Language::English),
            ["LarkDB", "Kvist"]
        );
        assert!(subjects("Acme Opens New Plant", &[], &[], Language::English).is_empty());
    }

    #[test]
    fn the_form_of_a_company_is_left_out() {
        check("Anvils sell", "Sold by Millrace Inc. and Millrace Inc. only.", &["Millrace"]);
    }

    #[test]
    fn possessives_days_and_units_are_left_out() {
        check(
            "Chips sell",
            "On Monday and Monday, Zinco's 3 GB and 4 GB at UTC and UTC of Zinco.",
            &["Zinco"],
        );
    }
}
