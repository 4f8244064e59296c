//! Quotations and brackets of a paragraph, in which no sentence ends: half of a quotation
//! misquotes, and half of a bracket reads as a slip.

use std::ops::Range;

/// A longer quotation or bracket is cut like any text, in bytes.
pub(super) const SPAN_BYTES_MAX: usize = 1000;

/// The outermost quotations and brackets that close within the paragraph, in order, marks
/// included.
pub(super) fn spans(paragraph: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut opened = [const { None::<usize> }; QuoteKind::ALL];
    // Where there is no mark, nothing opens.
    if !paragraph.bytes().any(|b| matches!(b, b'"' | b'(') || !b.is_ascii()) {
        return spans;
    }
    let mut before = ' ';
    let mut chars = paragraph.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map_or(' ', |it| it.1);
        match QuoteMark::of(c, before, after, &opened) {
            Some(QuoteMark::Opens(kind)) => opened[kind as usize] = Some(at),
            Some(QuoteMark::Closes(kind)) => {
                let end = at + c.len_utf8();
                if let Some(start) = opened[kind as usize].take().filter(|it| end - it <= SPAN_BYTES_MAX) {
                    spans.truncate(spans.partition_point(|it| it.start < start));
                    // One that overlaps another is not nested in it: a mark is missing somewhere.
                    if spans.last().is_none_or(|it| it.end <= start) {
                        spans.push(start..end);
                    }
                }
            }
            None => {}
        }
        before = c;
    }
    spans
}

/// The quotations that are open at a place of a text, told by marks that come in pairs.
#[derive(Clone, Debug, Default)]
pub struct Quotations([Option<usize>; QuoteKind::ALL]);

impl Quotations {
    /// Goes on behind a character, and answers `false` where it opens what is open already or closes
    /// what is not. `before` and `after` are its neighbours.
    pub fn follow(&mut self, c: char, before: char, after: char) -> bool {
        match QuoteMark::of(c, before, after, &self.0) {
            Some(QuoteMark::Opens(kind)) if kind.is_paired_quotation() => {
                self.0[kind as usize].replace(0).is_none()
            }
            Some(QuoteMark::Closes(kind)) if kind.is_paired_quotation() => {
                self.0[kind as usize].take().is_some()
            }
            _ => true,
        }
    }

    /// Whether any is open.
    pub fn is_any_open(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    /// Closes one of curved marks whose end has another mark, as in „…"; `false` where none is open.
    pub fn close_curly(&mut self) -> bool {
        self.0[QuoteKind::Curly as usize].take().is_some()
    }
}

#[derive(Clone, Copy)]
enum QuoteKind {
    /// “…”, „…“, „…”, ”…”
    Curly,
    /// ‘…’
    Single,
    /// «…»
    Guillemets,
    /// »…«, »…»
    Reversed,
    /// "…"
    Straight,
    /// 「…」
    Corner,
    /// 『…』
    WhiteCorner,
    /// (…)
    Bracket,
    /// （…）
    WideBracket,
}

impl QuoteKind {
    const ALL: usize = 9;

    /// Whether it is of several words, and no mark of it has another use.
    fn is_paired_quotation(self) -> bool {
        matches!(self, Self::Curly | Self::Guillemets | Self::Reversed | Self::Corner | Self::WhiteCorner)
    }
}

enum QuoteMark {
    Opens(QuoteKind),
    Closes(QuoteKind),
}

impl QuoteMark {
    fn of(c: char, before: char, after: char, opened: &[Option<usize>; QuoteKind::ALL]) -> Option<Self> {
        let is_open = |kind: QuoteKind| opened[kind as usize].is_some();
        let can_open = (before.is_whitespace() || matches!(before, '(' | '[' | '—' | '–' | '-' | '“'))
            && !after.is_whitespace();
        let can_close = !after.is_alphanumeric() && !before.is_whitespace();
        Some(match c {
            '„' => Self::Opens(QuoteKind::Curly),
            '“' if is_open(QuoteKind::Curly) && can_close => Self::Closes(QuoteKind::Curly),
            '“' => Self::Opens(QuoteKind::Curly),
            '”' if !is_open(QuoteKind::Curly) && can_open => Self::Opens(QuoteKind::Curly),
            '”' => Self::Closes(QuoteKind::Curly),
            '‘' if can_open => Self::Opens(QuoteKind::Single),
            // Behind a letter it may be an apostrophe.
            '’' if can_close && !before.is_alphanumeric() => Self::Closes(QuoteKind::Single),
            '«' if is_open(QuoteKind::Reversed) && can_close => Self::Closes(QuoteKind::Reversed),
            '«' => Self::Opens(QuoteKind::Guillemets),
            '»' if is_open(QuoteKind::Guillemets) => Self::Closes(QuoteKind::Guillemets),
            '»' if is_open(QuoteKind::Reversed) && can_close => Self::Closes(QuoteKind::Reversed),
            '»' if can_open => Self::Opens(QuoteKind::Reversed),
            '»' => Self::Closes(QuoteKind::Guillemets),
            '"' if is_open(QuoteKind::Straight) && can_close => Self::Closes(QuoteKind::Straight),
            '"' if can_open => Self::Opens(QuoteKind::Straight),
            '「' => Self::Opens(QuoteKind::Corner),
            '」' => Self::Closes(QuoteKind::Corner),
            '『' => Self::Opens(QuoteKind::WhiteCorner),
            '』' => Self::Closes(QuoteKind::WhiteCorner),
            '(' => Self::Opens(QuoteKind::Bracket),
            ')' => Self::Closes(QuoteKind::Bracket),
            '（' => Self::Opens(QuoteKind::WideBracket),
            '）' => Self::Closes(QuoteKind::WideBracket),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(paragraph: &str, expected: &[&str]) {
        let found: Vec<&str> = spans(paragraph).into_iter().map(|it| &paragraph[it]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn quotations_and_brackets_are_found_with_their_marks() {
        check("He said “A. B.” and \"c. d.\" (E. F.)", &["“A. B.”", "\"c. d.\"", "(E. F.)"]);
        check("Sie sagte: „A. B.“ Er: »C. D.« Lui : « E. F. »", &["„A. B.“", "»C. D.«", "« E. F. »"]);
        check("Hon sade: ”A. B.” Hän: »C. D.» E", &["”A. B.”", "»C. D.»"]);
        check("彼は「A。B。」と。", &["「A。B。」"]);
        check("He said ‘A. Users’ data. B,’ then left.", &["‘A. Users’ data. B,’"]);
    }

    #[test]
    fn inner_ones_belong_to_the_outer_one() {
        check("He said “A (b) ‘c.’ d.” E", &["“A (b) ‘c.’ d.”"]);
    }

    #[test]
    fn what_never_closes_holds_nothing() {
        check("“A. B. “C.” D", &["“C.”"]);
        check("A 15\" screen, a 20\" one (b", &[]);
        check("“A b” c” d", &["“A b”"]);
        check(&format!("“{}”", "a ".repeat(SPAN_BYTES_MAX)), &[]);
    }
}
