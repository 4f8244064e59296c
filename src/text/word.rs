//! Words, stems and stop words.

use std::borrow::Cow;
use std::sync::LazyLock;

use foldhash::HashSet;
use rust_stemmers::Algorithm;
use rust_stemmers::Stemmer;
use unicode_segmentation::UnicodeSegmentation;
use unicode_segmentation::UnicodeWordIndices;

/// A language whose words are known here. Another one needs its variant, its stop
/// words and its stemmer.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// `en`
    #[default]
    English,
    /// `de`
    German,
    /// `fr`
    French,
    /// `es`
    Spanish,
}

impl Language {
    /// The language of a BCP 47 tag; `None` when its words are not known here.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_']).next().unwrap_or_default();
        match first.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "de" => Some(Self::German),
            "fr" => Some(Self::French),
            "es" => Some(Self::Spanish),
            _ => None,
        }
    }

    /// Whether a word in lower case says nothing about a text's subject.
    pub fn is_stop_word(self, lower: &str) -> bool {
        type Words = LazyLock<HashSet<&'static str>>;
        static ENGLISH: Words = LazyLock::new(|| STOP_WORDS_EN.iter().copied().collect());
        static GERMAN: Words = LazyLock::new(|| STOP_WORDS_DE.iter().copied().collect());
        static FRENCH: Words = LazyLock::new(|| STOP_WORDS_FR.iter().copied().collect());
        static SPANISH: Words = LazyLock::new(|| STOP_WORDS_ES.iter().copied().collect());
        let words = match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
            Self::French => &FRENCH,
            Self::Spanish => &SPANISH,
        };
        words.contains(lower)
    }

    /// The stem of a word in lower case.
    pub fn stem(self, lower: &str) -> Cow<'_, str> {
        let algorithm = match self {
            Self::English => Algorithm::English,
            Self::German => Algorithm::German,
            Self::French => Algorithm::French,
            Self::Spanish => Algorithm::Spanish,
        };
        // "L'accord" is the accord.
        let lower = match (self, lower.split_once(['\'', '’'])) {
            (Self::French, Some((article, rest))) if article.len() <= 2 && !rest.is_empty() => rest,
            _ => lower,
        };
        let word = lower.strip_suffix("'s").or_else(|| lower.strip_suffix("’s")).unwrap_or(lower);
        Stemmer::create(algorithm).stem(word)
    }
}

/// The words of a text with their byte offsets (UAX #29): `don't`, `3.5`, `U.S` and
/// `CO2` are one word, `open-source` is two.
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    Words { text, at: 0, mixed: None }
}

/// The words of a text, those of ASCII by its few rules, and by the whole of UAX #29 only what
/// stands between two blanks with anything else.
struct Words<'a> {
    text: &'a str,
    /// A boundary; all before it is read.
    at: usize,
    /// What is left of a stretch that is not all ASCII, and where that begins.
    mixed: Option<(usize, UnicodeWordIndices<'a>)>,
}

impl<'a> Iterator for Words<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<(usize, &'a str)> {
        let bytes = self.text.as_bytes();
        loop {
            if let Some((from, words)) = &mut self.mixed {
                if let Some((at, word)) = words.next() {
                    return Some((*from + at, word));
                }
                self.mixed = None;
            }
            let is_core = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
            let is_mark = |b: &u8| b.is_ascii() && !is_core(b);
            let start = self.at + bytes[self.at..].iter().take_while(|it| is_mark(it)).count();
            let Some(first) = bytes.get(start) else {
                self.at = start;
                return None;
            };
            if !first.is_ascii() {
                // It may belong to the mark or the blanks before it.
                let blanks = bytes[self.at..start].iter().rev().take_while(|it| **it == b' ').count();
                self.mix(start - blanks.max(usize::from(self.at < start)));
                continue;
            }
            let mut end = start + 1;
            let is_whole = loop {
                match (bytes.get(end), bytes.get(end + 1)) {
                    (Some(b), _) if is_core(b) => end += 1,
                    (Some(b), _) if !b.is_ascii() => break false,
                    (Some(b'.' | b':' | b',' | b';' | b'\''), Some(next)) if !next.is_ascii() => break false,
                    (Some(b), Some(next)) if joins(bytes[end - 1], *b, *next) => end += 1,
                    _ => break true,
                }
            };
            if !is_whole {
                self.mix(start);
                continue;
            }
            self.at = end;
            // A line of underscores is no word.
            if bytes[start..end].iter().any(u8::is_ascii_alphanumeric) {
                return Some((start, &self.text[start..end]));
            }
        }
    }
}

impl Words<'_> {
    /// Leaves all from a boundary to the next blank that begins another word, as one does that
    /// follows no other, to the rules for every script.
    fn mix(&mut self, from: usize) {
        let blanks = self.text.as_bytes()[from..].iter().take_while(|it| matches!(it, b' ' | b'\n')).count();
        let behind = &self.text[from + blanks..];
        let mut ends = behind.match_indices([' ', '\n']).map(|it| it.0);
        let end = ends.find(|at| !behind[..*at].ends_with(char::is_whitespace));
        self.at = from + blanks + end.unwrap_or(behind.len());
        self.mixed = Some((from, self.text[from..self.at].unicode_word_indices()));
    }
}

/// Whether a mark between two bytes holds them together: WB6, WB7, WB11 and WB12 of UAX #29.
fn joins(before: u8, mark: u8, behind: u8) -> bool {
    match mark {
        b'.' | b'\'' => {
            before.is_ascii_alphabetic() && behind.is_ascii_alphabetic()
                || before.is_ascii_digit() && behind.is_ascii_digit()
        }
        b':' => before.is_ascii_alphabetic() && behind.is_ascii_alphabetic(),
        b',' | b';' => before.is_ascii_digit() && behind.is_ascii_digit(),
        _ => false,
    }
}

/// How many words a reader counts: what stands between blanks and holds a letter or digit; in
/// scripts that put no blanks between words, about so many by their letters.
pub fn count(text: &str) -> usize {
    let spaced = text.split_whitespace().filter(|it| it.contains(char::is_alphanumeric)).count();
    if text.is_ascii() {
        return spaced;
    }
    let quarters: usize = text.chars().map(quarters_of_a_word).sum();
    spaced + quarters / 4
}

/// How many quarters of a word a letter is on average, in a script without blanks between words;
/// 0 in any other.
fn quarters_of_a_word(letter: char) -> usize {
    match letter {
        // Thai, Lao, Burmese, Khmer
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => 1,
        // Chinese and Japanese
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => 2,
        _ => 0,
    }
}

/// A text in lower case; as it is where it is so already.
pub fn small(text: &str) -> Cow<'_, str> {
    match text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.to_lowercase()),
    }
}

/// As [`small`], with straight apostrophes.
pub fn lower(text: &str) -> Cow<'_, str> {
    let small = small(text);
    if small.contains('’') { Cow::Owned(small.replace('’', "'")) } else { small }
}

/// Whether a word begins in upper case, or holds an upper-case letter as `iPhone` does.
pub fn is_capitalised(word: &str) -> bool {
    if word.is_ascii() {
        word.bytes().any(|b| b.is_ascii_uppercase())
    } else {
        word.contains(char::is_uppercase)
    }
}

/// Whether a word is of two or more upper-case letters, dots aside: `AWS`, `U.S`.
pub fn is_acronym(word: &str) -> bool {
    let mut letters = word.chars().filter(|c| *c != '.');
    letters.all(char::is_uppercase) && 2 <= word.chars().filter(|c| c.is_uppercase()).count()
}

/// Lower-case.
const STOP_WORDS_EN: &[&str] = &[
    "a",
    "about",
    "above",
    "across",
    "after",
    "again",
    "against",
    "ago",
    "all",
    "almost",
    "along",
    "already",
    "also",
    "although",
    "always",
    "am",
    "among",
    "an",
    "and",
    "another",
    "any",
    "anyone",
    "anything",
    "are",
    "aren't",
    "around",
    "as",
    "at",
    "away",
    "back",
    "be",
    "became",
    "because",
    "become",
    "been",
    "before",
    "behind",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "came",
    "can",
    "can't",
    "cannot",
    "come",
    "could",
    "couldn't",
    "did",
    "didn't",
    "do",
    "does",
    "doesn't",
    "doing",
    "don't",
    "done",
    "down",
    "during",
    "each",
    "either",
    "else",
    "enough",
    "even",
    "ever",
    "every",
    "everyone",
    "everything",
    "few",
    "for",
    "from",
    "further",
    "gave",
    "get",
    "gets",
    "getting",
    "give",
    "given",
    "go",
    "goes",
    "going",
    "gone",
    "got",
    "had",
    "hadn't",
    "has",
    "hasn't",
    "have",
    "haven't",
    "having",
    "he",
    "he'd",
    "he'll",
    "he's",
    "her",
    "here",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "however",
    "i",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "if",
    "in",
    "including",
    "indeed",
    "instead",
    "into",
    "is",
    "isn't",
    "it",
    "it'll",
    "it's",
    "its",
    "itself",
    "just",
    "keep",
    "last",
    "least",
    "less",
    "let",
    "let's",
    "like",
    "made",
    "make",
    "makes",
    "making",
    "many",
    "may",
    "maybe",
    "me",
    "meanwhile",
    "might",
    "more",
    "most",
    "mostly",
    "much",
    "must",
    "my",
    "myself",
    "near",
    "nearly",
    "need",
    "neither",
    "never",
    "next",
    "no",
    "nobody",
    "none",
    "nor",
    "not",
    "nothing",
    "now",
    "of",
    "off",
    "often",
    "on",
    "once",
    "one",
    "only",
    "onto",
    "or",
    "other",
    "others",
    "our",
    "ours",
    "ourselves",
    "out",
    "over",
    "own",
    "per",
    "perhaps",
    "put",
    "quite",
    "rather",
    "really",
    "said",
    "same",
    "say",
    "saying",
    "says",
    "see",
    "seem",
    "seen",
    "set",
    "several",
    "shall",
    "she",
    "she'd",
    "she'll",
    "she's",
    "should",
    "shouldn't",
    "since",
    "so",
    "some",
    "someone",
    "something",
    "sometimes",
    "soon",
    "still",
    "such",
    "take",
    "taken",
    "than",
    "that",
    "that's",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "there's",
    "therefore",
    "these",
    "they",
    "they'd",
    "they'll",
    "they're",
    "they've",
    "thing",
    "things",
    "this",
    "those",
    "though",
    "through",
    "thus",
    "to",
    "together",
    "told",
    "too",
    "took",
    "toward",
    "towards",
    "two",
    "under",
    "until",
    "up",
    "upon",
    "us",
    "use",
    "used",
    "using",
    "very",
    "via",
    "want",
    "was",
    "wasn't",
    "way",
    "we",
    "we'd",
    "we'll",
    "we're",
    "we've",
    "well",
    "went",
    "were",
    "weren't",
    "what",
    "whatever",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "whole",
    "whom",
    "whose",
    "why",
    "will",
    "with",
    "within",
    "without",
    "won't",
    "would",
    "wouldn't",
    "yes",
    "yet",
    "you",
    "you'd",
    "you'll",
    "you're",
    "you've",
    "your",
    "yours",
    "yourself",
];

/// Lower-case.
#[rustfmt::skip]
const STOP_WORDS_DE: &[&str] = &[
    "ab", "aber", "alle", "allem", "allen", "aller", "alles", "als", "also", "am", "an", "andere",
    "anderen", "anderer", "anderes", "auch", "auf", "aus", "bei", "beim", "bereits", "bis", "bisher", "da",
    "dabei", "dadurch", "dafür", "dagegen", "damit", "danach", "dann", "daran", "darauf", "daraus", "darin", "darüber",
    "das", "dass", "davon", "dazu", "dem", "den", "denen", "denn", "der", "deren", "des", "deshalb",
    "dessen", "die", "dies", "diese", "diesem", "diesen", "dieser", "dieses", "doch", "dort", "du", "durch",
    "ein", "eine", "einem", "einen", "einer", "eines", "einige", "einigen", "er", "erst", "es", "etwa",
    "etwas", "euch", "für", "gab", "gegen", "gegenüber", "geht", "gibt", "habe", "haben", "hat", "hatte",
    "hatten", "hier", "hin", "hinter", "ich", "ihm", "ihn", "ihnen", "ihr", "ihre", "ihrem", "ihren",
    "ihrer", "ihres", "im", "immer", "in", "indem", "ins", "ist", "jede", "jedem", "jeden", "jeder",
    "jedes", "jedoch", "jetzt", "kann", "kein", "keine", "keinem", "keinen", "keiner", "können", "könnte", "könnten",
    "künftig", "laut", "lässt", "machen", "man", "mehr", "mehrere", "mein", "mich", "mir", "mit", "mittlerweile",
    "muss", "musste", "müssen", "nach", "nachdem", "nicht", "nichts", "noch", "nun", "nur", "ob", "oder",
    "ohne", "rund", "sagt", "sagte", "schon", "sehr", "sei", "seien", "sein", "seine", "seinem", "seinen",
    "seiner", "seines", "seit", "selbst", "sich", "sie", "sind", "so", "sogar", "soll", "sollen", "sollte",
    "sondern", "sonst", "sowie", "trotz", "um", "und", "uns", "unser", "unter", "viel", "viele", "vielen",
    "vom", "von", "vor", "war", "waren", "warum", "was", "wegen", "weil", "weiter", "weitere", "weiteren",
    "welche", "welchen", "welcher", "wenn", "wer", "werde", "werden", "weshalb", "wie", "wieder", "will", "wir",
    "wird", "wo", "wollen", "wollte", "worden", "wurde", "wurden", "während", "zu", "zudem", "zum", "zur",
    "zwar", "zwei", "zwischen", "über",
];

/// Lower-case.
#[rustfmt::skip]
const STOP_WORDS_FR: &[&str] = &[
    "a", "afin", "ai", "ainsi", "alors", "au", "aucun", "aucune", "aujourd'hui", "auquel", "aura", "aussi",
    "autre", "autres", "aux", "avait", "avant", "avec", "avoir", "avons", "c'est", "car", "ce", "ceci",
    "cela", "celle", "celles", "celui", "cependant", "ces", "cet", "cette", "ceux", "chaque", "chez", "ci",
    "comme", "comment", "contre", "d'un", "d'une", "dans", "de", "depuis", "des", "deux", "devrait", "doit",
    "doivent", "donc", "dont", "du", "dès", "elle", "elles", "en", "encore", "enfin", "entre", "est",
    "et", "eu", "eux", "faire", "fait", "faut", "fois", "font", "il", "ils", "je", "jusqu",
    "l'on", "la", "le", "les", "leur", "leurs", "lors", "lorsque", "lui", "là", "ma", "mais",
    "malgré", "mes", "moins", "mon", "même", "mêmes", "n'a", "n'est", "ne", "ni", "non", "nos",
    "notre", "nous", "on", "ont", "or", "ou", "où", "par", "parce", "parmi", "pas", "pendant",
    "peu", "peut", "peuvent", "plus", "plusieurs", "pour", "pourquoi", "pourrait", "près", "puis", "qu'elle", "qu'il",
    "qu'ils", "qu'on", "qu'un", "qu'une", "quand", "que", "quel", "quelle", "quelles", "quelques", "quels", "qui",
    "quoi", "sa", "sans", "se", "selon", "sera", "seront", "ses", "seulement", "si", "sinon", "son",
    "sont", "sous", "sur", "ta", "tandis", "tant", "te", "tes", "toi", "ton", "toujours", "tous",
    "tout", "toute", "toutes", "trop", "très", "tu", "un", "une", "vers", "voir", "vos", "votre",
    "vous", "y", "à", "également", "étaient", "était", "été", "être",
];

/// Lower-case.
#[rustfmt::skip]
const STOP_WORDS_ES: &[&str] = &[
    "a", "además", "al", "algo", "alguna", "algunas", "algunos", "ante", "antes", "aquel", "aquella", "aquellos",
    "aquí", "así", "aun", "aunque", "aún", "bajo", "bien", "cada", "casi", "como", "con", "contra",
    "cual", "cuales", "cuando", "cuatro", "cuál", "cuándo", "cómo", "de", "debe", "deben", "del", "desde",
    "después", "donde", "dos", "durante", "dónde", "e", "el", "ella", "ellas", "ellos", "embargo", "en",
    "entonces", "entre", "era", "eran", "es", "esa", "esas", "ese", "eso", "esos", "esta", "estar",
    "estas", "este", "esto", "estos", "está", "están", "fue", "fuera", "fueron", "gran", "ha", "haber",
    "había", "habían", "hace", "hacer", "hacia", "han", "hasta", "hay", "he", "hizo", "incluso", "la",
    "las", "le", "les", "lo", "los", "me", "menos", "mi", "mientras", "mis", "misma", "mismas",
    "mismo", "mismos", "mucha", "muchas", "mucho", "muchos", "muy", "más", "nada", "ni", "ninguna", "ningún",
    "no", "nos", "nosotros", "nuestra", "nuestras", "nuestro", "nuestros", "o", "otra", "otras", "otro", "otros",
    "para", "pero", "poco", "pocos", "podría", "por", "porque", "puede", "pueden", "pues", "que", "quien",
    "quienes", "quién", "qué", "se", "sea", "según", "ser", "será", "serán", "si", "sido", "siempre",
    "sin", "sino", "sobre", "solo", "son", "su", "sus", "sí", "sólo", "también", "tan", "tanto",
    "te", "tenía", "tiene", "tienen", "toda", "todas", "todavía", "todo", "todos", "tras", "tres", "tu",
    "tus", "u", "un", "una", "unas", "uno", "unos", "usted", "ustedes", "va", "van", "vez",
    "y", "ya", "yo", "él", "ésta", "éste",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Pieces of which some join what stands beside them, in every order.
        #[test]
        fn words_are_those_of_the_unicode_rules(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12),
        ) {
            let text: String = pieces.concat();
            let expected: Vec<_> = text.unicode_word_indices().collect();
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn words_of_any_text_are_those_of_the_unicode_rules(text: String) {
            let expected: Vec<_> = text.unicode_word_indices().collect();
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_blank_after_a_blank_of_another_script_may_continue_a_word() {
        for text in ["\u{3000} \u{200d}Ⓜ", "a\u{2003} \u{93e}b", "\u{3000} b", "é  b"] {
            let expected: Vec<_> = text.unicode_word_indices().collect();
            assert_eq!(words(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    const PIECES: &[&str] = &[
        " ", "  ", "\n", "\r\n", "\t", "a", "Bc", "7", "42", "_", "__", ".", ",", ":", ";", "'", "\"", "-",
        "(", "’", "“", "—", "é", "e\u{301}", "\u{301}", "\u{200d}", "\u{200b}", "\u{ad}", "\u{2060}", "Ⓜ",
        "☃", "👩", "🇩", "🇪", "א", "ש", "״", "カ", "漢", "ไ", "\u{a0}", "\u{3000}", "٣", "\u{feff}", "·", "…",
    ];

    #[test]
    fn stems_join_the_forms_of_a_word() {
        let stem = |it: &str| Language::English.stem(it).into_owned();
        assert_eq!(stem("launches"), stem("launched"));
        assert_eq!(stem("openai's"), stem("openai"));
        assert_eq!(Language::German.stem("anbietern"), Language::German.stem("anbieter"));
        assert_eq!(Language::French.stem("l'accord"), Language::French.stem("accords"));
        assert_eq!(Language::Spanish.stem("servidores"), Language::Spanish.stem("servidor"));
    }

    #[test]
    fn a_tag_names_its_language() {
        assert_eq!(Language::of_tag("en-gb"), Some(Language::English));
        assert_eq!(Language::of_tag("DE-at"), Some(Language::German));
        assert_eq!(Language::of_tag("pl"), None);
    }

    #[test]
    fn a_reader_counts_what_stands_between_blanks() {
        assert_eq!(count("It's 3.5 times — faster, open-source."), 5);
    }

    #[test]
    fn acronyms_are_upper_case() {
        assert!(is_acronym("AWS") && is_acronym("U.S") && !is_acronym("A") && !is_acronym("Aws"));
    }
}
