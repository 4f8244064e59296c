//! Cuts a text into sentences, as byte ranges of it.
//!
//! A sentence ends at `.`, `!`, `?`, `…` or their like in other scripts, with the quotation
//! marks and brackets that close on it, where a new one can begin behind it. UAX #29 alone
//! also ends it at "Dr. ", "Jan. " and "vs. "; shortened words are therefore known here
//! (`shortened`). What stands in one quotation or bracket is not cut (`enclosed`).

mod enclosed;
mod shortened;

use std::ops::Range;

pub use self::enclosed::Quotations;

/// A sentence is cut at the next blank beyond this many bytes, whatever it says.
const BYTES_MAX: usize = 4096;

/// One sentence of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sentence {
    /// Byte offsets into the text, without blanks at either end.
    pub range: Range<usize>,
    /// Counts the paragraphs of the text from 0.
    pub paragraph: usize,
}

/// The sentences of a text whose paragraphs are separated by an empty line, in
/// order, at most `max` of them. Headings and other lines without an end mark that
/// are a paragraph of their own count as sentences.
pub fn cut(text: &str, max: usize) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (paragraph, range) in paragraphs(text).enumerate() {
        if max <= sentences.len() {
            break;
        }
        let whole = &text[range.clone()];
        let enclosed = enclosed::spans(whole);
        let mut rest = enclosed.as_slice();
        let mut start = 0;
        while start < whole.len() && sentences.len() < max {
            let end = end_of_first(whole, start, &mut rest);
            let cut = &whole[start..end];
            let trimmed = cut.trim_start();
            let from = range.start + start + (cut.len() - trimmed.len());
            let trimmed = trimmed.trim_end();
            if !trimmed.is_empty() {
                sentences.push(Sentence { range: from..from + trimmed.len(), paragraph });
            }
            start = end;
        }
    }
    sentences
}

/// Runs of lines between lines that are empty or blank.
fn paragraphs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut lines = text.split_inclusive('\n').peekable();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(blank) = lines.next_if(|it| it.trim().is_empty()) {
            at += blank.len();
        }
        let start = at;
        while let Some(line) = lines.next_if(|it| !it.trim().is_empty()) {
            at += line.len();
        }
        (start < at).then_some(start..at)
    })
}

/// Where the sentence that begins at `start` of a paragraph ends, blanks behind it not
/// included. `enclosed` loses the spans that end before.
fn end_of_first(paragraph: &str, start: usize, enclosed: &mut &[Range<usize>]) -> usize {
    let mut chars = paragraph[start..].char_indices().map(|(at, c)| (start + at, c)).peekable();
    while let Some((at, c)) = chars.next() {
        if BYTES_MAX <= at - start && c.is_whitespace() {
            return at;
        }
        if c == '\n' && start < at && is_list_mark(&paragraph[at + 1..]) {
            return at;
        }
        if !is_end_mark(c) {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some((next, c)) = chars.next_if(|(next, c)| {
            is_end_mark(*c) || is_closing(*c) || closes_late(*c, &paragraph[*next + c.len_utf8()..])
        }) {
            end = next + c.len_utf8();
        }
        // French: « C’est fait. »
        if let Some(blank) =
            chars.peek().map(|it| it.1).filter(|it| matches!(it, ' ' | '\u{a0}' | '\u{202f}'))
            && let Some(behind) = paragraph[end + blank.len_utf8()..].strip_prefix('»')
            && !behind.starts_with(char::is_alphanumeric)
        {
            end = paragraph.len() - behind.len();
        }
        while let Some((first, others)) = enclosed.split_first()
            && first.end < end
        {
            *enclosed = others;
        }
        let around = enclosed.first().filter(|it| it.start < end);
        if around.is_some_and(|it| end < it.end) {
            continue;
        }
        let run = EndMarks {
            sentence: &paragraph[start..at],
            marks: &paragraph[at..end],
            behind: &paragraph[end..],
        };
        if run.ends(around.map(|it| &paragraph[start..it.start.max(start)])) {
            return end;
        }
    }
    paragraph.len()
}

/// End marks with what closes on them, and what stands around them.
struct EndMarks<'a> {
    /// The sentence before the marks.
    sentence: &'a str,
    marks: &'a str,
    /// The paragraph behind the marks.
    behind: &'a str,
}

impl EndMarks<'_> {
    /// Whether the sentence ends here. `outside` is the sentence before the quotation or bracket
    /// that closes here.
    fn ends(&self, outside: Option<&str>) -> bool {
        let next = self.behind.trim_start();
        if next.is_empty() {
            return true;
        }
        let is_closed = self.marks.ends_with(is_closing) || self.marks.ends_with(['“', '«', '‘']);
        if self.marks.starts_with(is_wide) {
            // 「勝った。」と語った。
            return !(is_closed
                && next.starts_with(['と', 'っ', '、', '，', 'な', 'の', 'を', 'が', 'は', 'に']));
        }
        if !self.behind.starts_with(char::is_whitespace) || !can_begin(next) {
            return false;
        }
        // "Acme (formerly Acme Glass etc.) Berlin": what a bracket holds ends no sentence around it.
        if self.marks.ends_with(')')
            && outside.is_some_and(|it| !it.trim().is_empty())
            && !shortened::opens_sentence(next)
        {
            return false;
        }
        if is_closed && self.marks.starts_with(['!', '?']) && is_attribution(next) {
            return false;
        }
        if next.starts_with(char::is_lowercase) && !shortened::is_lower_case_name(next) {
            return self.marks == "." && shortened::can_precede_lower_case(self.sentence, next);
        }
        // "etc.). Then": the mark behind the bracket is the sentence's own.
        let is_doubled = is_closed_before_last_mark(self.marks);
        is_doubled || !shortened::is_shortened(self.sentence, self.marks, next)
    }
}

fn is_closed_before_last_mark(marks: &str) -> bool {
    marks.find(is_closing).is_some_and(|at| marks[at..].contains(is_end_mark))
}

/// Whether a sentence can end with it.
pub fn is_end_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '؟' | '۔' | '।' | '॥' | '။' | '។' | '።') || is_wide(c)
}

/// End marks that need no blank behind them.
fn is_wide(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡' | '．')
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '»' | '›' | ')' | ']' | '」' | '』' | '）' | '】' | '》' | '〉')
}

/// Whether a mark that opens in English closes here, as in German: directly behind the end
/// mark, with a blank or nothing behind it.
fn closes_late(c: char, behind: &str) -> bool {
    matches!(c, '“' | '‘' | '«') && behind.chars().next().is_none_or(char::is_whitespace)
}

/// A list's mark at the start of a line: `- `, `* `, `• `.
fn is_list_mark(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    ["- ", "* ", "• ", "– "].iter().any(|mark| line.starts_with(mark))
}

/// Whether a sentence can begin here: with anything but what goes on. Lower case is looked at
/// in its place.
fn can_begin(next: &str) -> bool {
    let mut chars = next.chars();
    match (chars.next(), chars.next()) {
        // ".NET", "... and", but not ". . ."
        (Some('.'), Some(c)) => c.is_alphanumeric() || c == '.',
        // They open too: »Gut.« ”Bra.”
        (Some('»' | '”'), Some(c)) => c.is_alphanumeric(),
        (Some(c), _) => !matches!(c, ',' | ';' | ':' | '!' | '?' | ')' | ']' | '”' | '’' | '»' | '.'),
        _ => true,
    }
}

/// Whether the speaker of the quotation before is named: "Fox asked".
fn is_attribution(next: &str) -> bool {
    const VERBS: &[&str] = &[
        "added",
        "adds",
        "asked",
        "asks",
        "exclaimed",
        "joked",
        "posted",
        "quipped",
        "recalled",
        "recalls",
        "replied",
        "said",
        "says",
        "shouted",
        "tweeted",
        "wondered",
        "writes",
        "wrote",
    ];
    /// Of a name.
    const WORDS_MAX: usize = 3;
    let mut words = next.split_whitespace().take(1 + WORDS_MAX);
    words.next().is_some_and(|it| it.starts_with(char::is_alphabetic))
        && words
            .take_while(|it| it.starts_with(char::is_uppercase) || VERBS.contains(&bare(it)))
            .any(|it| VERBS.contains(&bare(it)))
}

fn bare(word: &str) -> &str {
    word.trim_end_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = cut(text, 100).into_iter().map(|it| &text[it.range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn end_marks_end_sentences() {
        check(
            "One is here. Two follows! Three? 4 ends",
            &["One is here.", "Two follows!", "Three?", "4 ends"],
        );
    }

    #[test]
    fn shortened_words_do_not() {
        check("Dr. Ada Fox met Mr. Hill. They spoke.", &["Dr. Ada Fox met Mr. Hill.", "They spoke."]);
        check(
            "It ships on Jan. 5 in Bonn. It was late in Jan. Snow fell.",
            &["It ships on Jan. 5 in Bonn.", "It was late in Jan.", "Snow fell."],
        );
        check("Apples vs. Pears, e.g. Cox, are fine.", &["Apples vs. Pears, e.g. Cox, are fine."]);
        check(
            "The U.S. Senate voted. It left the U.S. The vote stood.",
            &["The U.S. Senate voted.", "It left the U.S.", "The vote stood."],
        );
        check("J. R. Hill runs Acme Inc. from home.", &["J. R. Hill runs Acme Inc. from home."]);
        check("He joined Acme Inc. The firm grew.", &["He joined Acme Inc.", "The firm grew."]);
    }

    #[test]
    fn other_languages_have_their_own() {
        check(
            "Am 5. März kam Dr. Hahn, z. B. mit Hr. Pohl. Er ging.",
            &["Am 5. März kam Dr. Hahn, z. B. mit Hr. Pohl.", "Er ging."],
        );
        check(
            "El Sr. Gil viaja a EE. UU. mañana. ¿Vuelve?",
            &["El Sr. Gil viaja a EE. UU. mañana.", "¿Vuelve?"],
        );
        check("Selon M. Petit, « c'est fait ». Il part.", &["Selon M. Petit, « c'est fait ».", "Il part."]);
        check(
            "« C’est fait.\u{202f}» Il part. « Bien.\u{a0}» Il rit.",
            &["« C’est fait.\u{202f}»", "Il part.", "« Bien.\u{a0}»", "Il rit."],
        );
        check("« C’est fait. Bien. » Il part.", &["« C’est fait. Bien. »", "Il part."]);
        check(
            "„Wir haben 1,5 Mio. Pakete. Es reicht.“ Im 19. Jahrhundert, d. h. früher, kamen ca. 3 Mrd. Euro. Acme schaffte einen guten 15. Platz. Gut.",
            &[
                "„Wir haben 1,5 Mio. Pakete. Es reicht.“",
                "Im 19. Jahrhundert, d. h. früher, kamen ca. 3 Mrd. Euro.",
                "Acme schaffte einen guten 15. Platz.",
                "Gut.",
            ],
        );
        check("»Wir gewannen. Gut.« Sie gingen.", &["»Wir gewannen. Gut.«", "Sie gingen."]);
        check("Er ging. »Gut so. Ja.« Sie blieb.", &["Er ging.", "»Gut so. Ja.«", "Sie blieb."]);
        check(
            "네이버가 발표했다. 서비스는 5월에 시작된다.",
            &["네이버가 발표했다.", "서비스는 5월에 시작된다."],
        );
        check("هل وصل القطار؟ نعم وصل اليوم. انتهى.", &["هل وصل القطار؟", "نعم وصل اليوم.", "انتهى."]);
        check("यह नया है। वह पुराना है।", &["यह नया है।", "वह पुराना है।"]);
        check("บริษัทเปิดตัวบริการใหม่ ผู้ใช้เริ่มได้วันนี้", &["บริษัทเปิดตัวบริการใหม่ ผู้ใช้เริ่มได้วันนี้"]);
    }

    #[test]
    fn shortened_words_stand_before_brackets_and_quoted_names() {
        for whole in [
            "Halden Robotics Inc. (NASDAQ: HLDN) grew.",
            "The U.S. “Bright Wafer” program pays.",
            "The D.C. \"Metro\" line opened.",
            "Samuel L. “Sam” Brook and J. R. Okafor joined.",
            "Halden Corp. (formerly Halden Glass) and Mill Bros. (of Osk) merged.",
            "Ltd. companies, e.g. (in Osk) Mill Co. [sic] grew.",
            "J. A. Brook, Ph.D. (Osk), Sen. Ron Hale, D-Ore., and Rep. Kim Ito (R-Calif.) met.",
        ] {
            check(whole, &[whole]);
        }
        check(
            "He left Halden Inc. “It was time,” he said. It paid etc. (It never said why.) He left.",
            &[
                "He left Halden Inc.",
                "“It was time,” he said.",
                "It paid etc.",
                "(It never said why.)",
                "He left.",
            ],
        );
        check(
            "It has wheels (bells etc.). Then it rolls.",
            &["It has wheels (bells etc.).", "Then it rolls."],
        );
    }

    #[test]
    fn times_and_places_end_sentences_where_a_new_one_begins() {
        check(
            "It began at 9:40 a.m. Engineers came at 11 a.m. ET on Monday, at 1 p.m. (local time) or 2 p.m. Tuesday.",
            &[
                "It began at 9:40 a.m.",
                "Engineers came at 11 a.m. ET on Monday, at 1 p.m. (local time) or 2 p.m. Tuesday.",
            ],
        );
        check(
            "It failed in Washington, D.C. Customers wait. The D.C. Circuit ruled. It is in Selb, Calif. Trams stop.",
            &[
                "It failed in Washington, D.C.",
                "Customers wait.",
                "The D.C. Circuit ruled.",
                "It is in Selb, Calif.",
                "Trams stop.",
            ],
        );
        check(
            "On Mon. Nov. 30 it opens. It is due in Jan. 2027.",
            &["On Mon. Nov. 30 it opens.", "It is due in Jan. 2027."],
        );
    }

    #[test]
    fn single_letters_are_initials_or_labels() {
        check(
            "They have a Plan B. Engineers wrote it in C. Others did not. J. R. Hill signed.",
            &["They have a Plan B.", "Engineers wrote it in C.", "Others did not.", "J. R. Hill signed."],
        );
    }

    #[test]
    fn names_begin_and_end_as_they_are_written() {
        check(
            "Both fix CVE-2026-41199. .NET 12 is faster. It uses .NET 11. Fine.",
            &["Both fix CVE-2026-41199.", ".NET 12 is faster.", "It uses .NET 11.", "Fine."],
        );
        check(
            "curl 9.0 is out, Hill said. systemd 262 ships in May 2027. npm 14 waits. iOS 28 and macOS 18 ship. eBay sold.",
            &[
                "curl 9.0 is out, Hill said.",
                "systemd 262 ships in May 2027.",
                "npm 14 waits.",
                "iOS 28 and macOS 18 ship.",
                "eBay sold.",
            ],
        );
        check("Version 2.0. of the service closes.", &["Version 2.0. of the service closes."]);
        check(
            "Yahoo! Japan sold it. The try! Swift days begin.",
            &["Yahoo! Japan sold it.", "The try! Swift days begin."],
        );
        check("He works at Yahoo! The firm grew.", &["He works at Yahoo!", "The firm grew."]);
        check("Wait... there is more. . . and more… Yes.", &["Wait... there is more. . . and more…", "Yes."]);
        check("It failed. ® It works 🙂. 😅 Fine.", &["It failed.", "® It works 🙂.", "😅 Fine."]);
    }

    #[test]
    fn lower_case_follows_what_is_shortened() {
        for whole in [
            "The dept. of roads, approx. five, incl. one.",
            "Halden Corp. and Govt. offices met.",
            "Yahoo! said so.",
        ] {
            check(whole, &[whole]);
        }
    }

    #[test]
    fn a_unit_of_one_letter_may_be_last() {
        check(
            "It draws 260 W. Manufacturers like J. Fox.",
            &["It draws 260 W.", "Manufacturers like J. Fox."],
        );
    }

    #[test]
    fn numbers_and_versions_stay_whole() {
        check(
            "It costs 3.50 euros. Version 2.1.4 fixes No. 7.",
            &["It costs 3.50 euros.", "Version 2.1.4 fixes No. 7."],
        );
        check("1. Open it\n\nNode.js is out.", &["1. Open it", "Node.js is out."]);
    }

    #[test]
    fn closing_quotes_belong_to_the_sentence() {
        check(
            "\"We won.\" He left. “We lost.” She stayed.",
            &["\"We won.\"", "He left.", "“We lost.”", "She stayed."],
        );
        check("He said “no.” iPhone sales fell.", &["He said “no.”", "iPhone sales fell."]);
        check("“Who needs it?” Rin Abe asked. Nobody.", &["“Who needs it?” Rin Abe asked.", "Nobody."]);
    }

    #[test]
    fn a_quotation_or_bracket_is_not_cut() {
        check(
            "“We have a map. Only 40 use it,” said Ruiz. She left (by tram. It was late). All left.",
            &["“We have a map. Only 40 use it,” said Ruiz.", "She left (by tram. It was late).", "All left."],
        );
        check(
            "“We won. Hill left. He said “no.” She stayed.",
            &["“We won.", "Hill left.", "He said “no.”", "She stayed."],
        );
        // What closes too far behind closes nothing.
        let long = format!("({} mill).", "osk ".repeat(enclosed::SPAN_BYTES_MAX / 4));
        check(&format!("It left the U.S. {long}"), &["It left the U.S.", &long]);
        check("Halden (formerly Mill Bros.) Grew fast.", &["Halden (formerly Mill Bros.) Grew fast."]);
    }

    #[test]
    fn empty_lines_end_paragraphs() {
        let found = cut("A heading\n\nFirst line\ngoes on. Second.\n \n\nThird.", 100);
        assert_eq!(found.iter().map(|it| it.paragraph).collect::<Vec<_>>(), [0, 1, 1, 2]);
    }

    #[test]
    fn lists_are_cut_at_their_marks() {
        check(
            "What is new:\n- A faster start\n- A smaller size",
            &["What is new:", "- A faster start", "- A smaller size"],
        );
    }

    #[test]
    fn scripts_without_blanks_are_cut_at_their_own_marks() {
        check("今日は晴れ。明日は雨。", &["今日は晴れ。", "明日は雨。"]);
        check("「勝った。次も勝つ。」と語った。終わり。", &["「勝った。次も勝つ。」と語った。", "終わり。"]);
        check(
            "他说：“好。走吧。”然后离开（很快。）。完。",
            &["他说：“好。走吧。”", "然后离开（很快。）。", "完。"],
        );
    }

    #[test]
    fn nothing_and_hostile_lengths_are_fine() {
        check("", &[]);
        check(" \n\n \n", &[]);
        assert_eq!(cut(&"a. A".repeat(50_000), 7).len(), 7);
        cut(&"U.S. (".repeat(40_000), 1000);
        assert!(cut(&"wort ".repeat(50_000), 1000).iter().all(|it| it.range.len() <= BYTES_MAX + 5));
    }
}
