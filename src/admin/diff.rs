//! What changed between two texts, word by word.

/// Words of a text that are compared; longer texts are shown whole, one after the other.
const WORDS_MAX: usize = 600;

/// A run of words with what became of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct DiffPiece {
    pub(super) change: WordChange,
    pub(super) text: String,
}

/// What became of words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WordChange {
    Kept,
    Removed,
    Added,
}

impl DiffPiece {
    pub(super) fn is_removed(&self) -> bool {
        self.change == WordChange::Removed
    }

    pub(super) fn is_added(&self) -> bool {
        self.change == WordChange::Added
    }
}

/// What must be removed from and added to `before` to make `after` (longest common subsequence).
pub(super) fn words(before: &str, after: &str) -> Vec<DiffPiece> {
    let (a, b): (Vec<&str>, Vec<&str>) =
        (before.split_whitespace().collect(), after.split_whitespace().collect());
    let mut pieces = Vec::new();
    if a.len() > WORDS_MAX || b.len() > WORDS_MAX {
        a.iter().for_each(|it| push(&mut pieces, WordChange::Removed, it));
        b.iter().for_each(|it| push(&mut pieces, WordChange::Added, it));
        return pieces;
    }
    // Length of the longest common subsequence of what follows each pair of places.
    let width = b.len() + 1;
    let mut common = vec![0_u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = match a[i] == b[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            push(&mut pieces, WordChange::Kept, a[i]);
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1] {
            push(&mut pieces, WordChange::Removed, a[i]);
            i += 1;
        } else {
            push(&mut pieces, WordChange::Added, b[j]);
            j += 1;
        }
    }
    pieces
}

fn push(pieces: &mut Vec<DiffPiece>, change: WordChange, word: &str) {
    match pieces.last_mut().filter(|it| it.change == change) {
        Some(last) => {
            last.text.push(' ');
            last.text.push_str(word);
        }
        None => pieces.push(DiffPiece { change, text: word.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        let shown = |it: DiffPiece| match it.change {
            WordChange::Kept => it.text,
            WordChange::Removed => format!("[-{}-]", it.text),
            WordChange::Added => format!("[+{}+]", it.text),
        };
        let found: Vec<String> = words(before, after).into_iter().map(shown).collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn only_the_words_that_changed_are_marked() {
        check("", "", "");
        check("a b", "a b", "a b");
        check("Acme sold 5 anvils.", "Acme sold 6 anvils.", "Acme sold [-5-] [+6+] anvils.");
        check("a b c", "c", "[-a b-] c");
        check("", "new words", "[+new words+]");
        check("old", "", "[-old-]");
        let long = "word ".repeat(WORDS_MAX + 1);
        assert_eq!(words(&long, "x").len(), 2);
    }
}
