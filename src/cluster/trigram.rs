//! The runs of three letters of a headline, by which misspelt and inflected words are alike.

/// A gap and the letters and digits of ASCII: any three of them have a number of their own.
const LETTERS: u16 = 37;
const PLAIN_TRIGRAMS: u32 = (LETTERS as u32).pow(3);

/// The trigrams of a headline, as numbers, in their order.
pub(super) fn trigrams(headline: &str) -> Vec<u16> {
    let mut found: Vec<u16> = Vec::with_capacity(headline.len() + 2);
    // The two letters before, the second of them a gap where a word begins.
    let (mut first, mut second) = (None, ' ');
    let mut add = |c: char| {
        if c == ' ' && second == ' ' {
            return;
        }
        if let Some(first) = first {
            found.push(trigram([first, second, c]));
        }
        (first, second) = (Some(second), c);
    };
    for c in headline.chars() {
        if c.is_ascii() {
            add(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
        } else {
            c.to_lowercase().for_each(|it| add(if it.is_alphanumeric() { it } else { ' ' }));
        }
    }
    add(' ');
    found
}

/// The number of three letters; those with others than ASCII's share what numbers are left.
fn trigram(letters: [char; 3]) -> u16 {
    let plain = letters.iter().try_fold(0, |number, c| {
        let letter = match c {
            ' ' => 0,
            'a'..='z' => 1 + *c as u16 - 'a' as u16,
            '0'..='9' => 27 + *c as u16 - '0' as u16,
            _ => return None,
        };
        Some(number * LETTERS + letter)
    });
    plain.unwrap_or_else(|| {
        let hash =
            letters.iter().fold(0x811c_9dc5, |hash: u32, c| (hash ^ u32::from(*c)).wrapping_mul(0x0100_0193));
        let left = u32::from(u16::MAX) + 1 - PLAIN_TRIGRAMS;
        (PLAIN_TRIGRAMS + hash % left) as u16
    })
}
