//! Which sentences are whole where a text quotes.

use crate::text::sentence;

/// An opening quotation mark without its partner is forgotten after this many sentences.
const QUOTED_SENTENCES_MAX: usize = 8;

/// Follows quotation marks through a text, because half of a quotation, or a
/// sentence from the middle of one, misquotes when it stands alone.
#[derive(Debug, Default)]
pub(super) struct Quotation {
    paragraph: usize,
    paired: sentence::Quotations,
    is_straight_open: bool,
    is_single_open: bool,
    sentences_open: usize,
}

impl Quotation {
    /// Whether the next sentence begins and ends outside every quotation.
    pub(super) fn is_whole(&mut self, paragraph: usize, text: &str) -> bool {
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
    fn a_new_paragraph_forgets_an_open_quotation() {
        whole("“We grew and hired.\n\nAll left the room.", &[false, true]);
    }
}
