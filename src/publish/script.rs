//! How a language is written: the marks around a quotation and the direction of its lines.

/// Quotation marks, opening and closing.
pub(super) type Marks = (&'static str, &'static str);

/// The marks that a language puts around a quotation (CLDR `delimiters`), by the beginning of its
/// tag in lower case; the longest beginning counts. All others write “…”.
const MARKS: [(&str, Marks); 50] = [
    ("ar", ("”", "“")),
    ("be", ("«", "»")),
    ("bg", ("„", "“")),
    ("bs", ("„", "”")),
    ("ca", ("«", "»")),
    ("cs", ("„", "“")),
    ("da", ("»", "«")),
    ("de", ("„", "“")),
    ("de-ch", ("«", "»")),
    ("de-li", ("«", "»")),
    ("el", ("«", "»")),
    ("es", ("«", "»")),
    ("es-419", ("“", "”")),
    ("es-mx", ("“", "”")),
    ("es-us", ("“", "”")),
    ("et", ("„", "“")),
    ("fa", ("«", "»")),
    ("fi", ("”", "”")),
    ("fr", ("«\u{a0}", "\u{a0}»")),
    ("fr-ch", ("«", "»")),
    ("he", ("”", "”")),
    ("hr", ("„", "”")),
    ("hu", ("„", "”")),
    ("hy", ("«", "»")),
    ("is", ("„", "“")),
    ("it", ("«", "»")),
    ("ja", ("「", "」")),
    ("ka", ("„", "“")),
    ("lt", ("„", "“")),
    ("lv", ("„", "”")),
    ("mk", ("„", "“")),
    ("nb", ("«", "»")),
    ("nn", ("«", "»")),
    ("no", ("«", "»")),
    ("pl", ("„", "”")),
    ("pt-pt", ("«", "»")),
    ("ro", ("„", "”")),
    ("rm", ("«", "»")),
    ("ru", ("«", "»")),
    ("sk", ("„", "“")),
    ("sl", ("„", "“")),
    ("sq", ("«", "»")),
    ("sr", ("„", "“")),
    ("sv", ("”", "”")),
    ("uk", ("«", "»")),
    ("zh-hant", ("「", "」")),
    ("zh-hk", ("「", "」")),
    ("zh-mo", ("「", "」")),
    ("zh-tw", ("「", "」")),
    ("yue", ("「", "」")),
];

/// Languages whose usual script is written from right to left.
const RIGHT_TO_LEFT: [&str; 20] = [
    "ar", "arc", "arz", "azb", "ckb", "dv", "fa", "he", "iw", "ji", "ks", "lrc", "mzn", "nqo", "ps", "sd",
    "syr", "ug", "ur", "yi",
];

/// Scripts written from right to left, by their subtags (ISO 15924).
const RIGHT_TO_LEFT_SCRIPTS: [&str; 9] =
    ["arab", "aran", "hebr", "syrc", "thaa", "nkoo", "adlm", "rohg", "mand"];

/// The marks around a quotation in a language (BCP 47 tag).
pub(super) fn marks(language: &str) -> Marks {
    let mut tag = language.to_ascii_lowercase();
    loop {
        if let Some((_, marks)) = MARKS.iter().find(|it| it.0 == tag) {
            return *marks;
        }
        let Some(end) = tag.rfind('-') else { return ("“", "”") };
        tag.truncate(end);
    }
}

/// The value of `dir` for a language (BCP 47 tag): its script decides, where the tag names one.
pub(super) fn direction(language: &str) -> &'static str {
    let tag = language.to_ascii_lowercase();
    let mut subtags = tag.split('-');
    let primary = subtags.next().unwrap_or_default();
    let script = subtags.find(|it| it.len() == 4 && it.bytes().all(|b| b.is_ascii_alphabetic()));
    let is_rtl = match script {
        Some(script) => RIGHT_TO_LEFT_SCRIPTS.contains(&script),
        None => RIGHT_TO_LEFT.contains(&primary),
    };
    if is_rtl { "rtl" } else { "ltr" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_has_the_marks_of_its_language() {
        let check = |language: &str, expected: &str| {
            let (open, close) = marks(language);
            assert_eq!(format!("{open}x{close}"), expected, "{language}");
        };
        check("en", "“x”");
        check("en-gb", "“x”");
        check("de", "„x“");
        check("de-AT", "„x“");
        check("de-CH", "«x»");
        check("fr", "«\u{a0}x\u{a0}»");
        check("es-ES", "«x»");
        check("es-419", "“x”");
        check("ja", "「x」");
        check("zh", "“x”");
        check("zh-Hant-HK", "「x」");
        check("zh-TW", "「x」");
        check("pl", "„x”");
        check("sv", "”x”");
        check("pt", "“x”");
        check("pt-pt", "«x»");
        check("tlh", "“x”");
        check("", "“x”");
    }

    #[test]
    fn a_script_has_a_direction() {
        for language in ["ar", "fa-IR", "he", "ur-PK", "yi", "pa-Arab", "ku-Arab-IQ", "AR"] {
            assert_eq!(direction(language), "rtl", "{language}");
        }
        for language in ["en", "de", "ja", "ar-Latn", "pa", "ku", "", "arn"] {
            assert_eq!(direction(language), "ltr", "{language}");
        }
    }
}
