//! What stands in a line and is no plain text: formulas, raised figures, images of characters.
//! It becomes the text that a reader sees or, where text cannot say it, [`OBJECT`]: a quotation
//! with a gap in it would say what its publisher does not.

use super::html::OBJECT;
use super::html::decode_entities;

/// A raised figure, and a mark of a note, is no longer than this with its markup, in bytes.
const RAISED_BYTES_MAX: usize = 400;

/// A caption in `em` or `small` is no longer than this, in bytes.
const CAPTION_BYTES_MAX: usize = 400;

/// A number that lowered figures stand behind has no more digits than this.
const NUMBER_DIGITS_MAX: usize = 20;

/// Longest formula that is read, in bytes.
const FORMULA_BYTES_MAX: usize = 4_000;

/// Longest text that is struck out, with its markup, in bytes.
const STRUCK_BYTES_MAX: usize = 16_000;

/// What an image shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Image {
    /// Something beside the text.
    Picture,
    /// Characters, such as emoji.
    Characters(String),
    /// A formula.
    Formula,
}

/// What an `img` with these attributes shows.
pub fn image<'a>(attributes: impl Iterator<Item = (&'a str, &'a str)>) -> Image {
    let (mut is_emoji, mut is_formula, mut alt) = (false, false, "");
    for (name, value) in attributes {
        if name.eq_ignore_ascii_case("alt") {
            alt = value;
        } else if name.eq_ignore_ascii_case("class") {
            let mut words = value.split(|c: char| !c.is_ascii_alphanumeric());
            is_emoji = words.clone().any(|it| matches!(it, "emoji" | "smiley" | "emote"));
            is_formula |= words.any(|it| {
                matches!(it, "latex" | "tex" | "math" | "mwe" | "equation" | "formula" | "katex" | "mathjax")
            });
        } else if name.eq_ignore_ascii_case("src") {
            is_formula |= ["latex", "/math/render/", "mathtex", "/tex?"].iter().any(|it| value.contains(it));
        }
    }
    let alt = decode_entities(alt);
    match () {
        () if is_formula => Image::Formula,
        () if is_emoji && !alt.is_empty() && !alt.contains(|c: char| c.is_ascii_alphanumeric()) => {
            Image::Characters(alt.into_owned())
        }
        () => Image::Picture,
    }
}

/// The text of the `math` element whose content begins `rest`; [`OBJECT`] where it is more than one
/// line of signs.
pub fn formula(rest: &str) -> String {
    const PLAIN: [&str; 12] = [
        "mi",
        "mn",
        "mo",
        "mtext",
        "mrow",
        "mstyle",
        "semantics",
        "mspace",
        "mpadded",
        "ms",
        "none",
        "merror",
    ];
    let object = || OBJECT.to_string();
    let Some(len) = find_end(rest, "math", FORMULA_BYTES_MAX) else { return object() };
    let mut text = String::new();
    let mut rest = &rest[..len];
    while let Some(at) = rest.find('<') {
        text.push_str(&decode_entities(&rest[..at]));
        let tag = &rest[at..];
        let name = tag.trim_start_matches(['<', '/']).trim_start();
        let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(name.len())];
        if name.eq_ignore_ascii_case("annotation") || name.eq_ignore_ascii_case("annotation-xml") {
            // What follows is the same in another notation.
            rest = "";
            break;
        }
        if !PLAIN.iter().any(|it| name.eq_ignore_ascii_case(it)) {
            return object();
        }
        rest = tag.find('>').map_or("", |end| &tag[end + 1..]);
    }
    text.push_str(&decode_entities(rest));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { object() } else { text }
}

/// The text of the `sup` element whose content begins `rest`, and how many bytes it takes with its
/// end tag: raised figures, nothing for the mark of a note, [`OBJECT`] for what has no raised
/// characters ("2k", a letter). `None` for words ("5th").
pub fn raised(rest: &str) -> Option<(String, usize)> {
    let len = find_end(rest, "sup", RAISED_BYTES_MAX)?;
    let taken = len + rest[len..].find('>')? + 1;
    let inner = rest[..len].trim();
    let is_note =
        inner.contains('#') && inner.contains("<a") || inner.starts_with('[') && inner.ends_with(']');
    if is_note {
        return Some((String::new(), taken));
    }
    let object = || OBJECT.to_string();
    if inner.contains("<sup") || inner.contains("<SUP") {
        return Some((object(), taken));
    }
    let decoded = decode_entities(inner);
    if decoded.is_empty() {
        return None;
    }
    let figures: Option<String> = decoded.chars().map(superscript).collect();
    let is_term = || {
        let mut letters = decoded.chars();
        // "XIXe", "1o", "2a"
        let is_ending = |c: char| matches!(c, 'e' | 'o' | 'a' | 'r');
        let is_letter = letters.next().is_some_and(|c| c.is_alphabetic() && !is_ending(c));
        let has_figure = decoded.contains(|c: char| c.is_ascii_digit());
        is_letter && letters.next().is_none() || has_figure && !decoded.contains(['<', ' '])
    };
    match figures {
        Some(figures) => Some((figures, taken)),
        None => is_term().then(|| (object(), taken)),
    }
}

/// The text of the `sub` element whose content begins `rest`, behind a number that it would run
/// into, and how many bytes it takes with its end tag. `None` for words, and behind words ("CO2").
pub fn lowered(before: &str, rest: &str) -> Option<(String, usize)> {
    let digits = before.bytes().rev().take(1 + NUMBER_DIGITS_MAX).take_while(u8::is_ascii_digit).count();
    let is_number = (1..=NUMBER_DIGITS_MAX).contains(&digits)
        && !before[..before.len() - digits].ends_with(char::is_alphanumeric);
    if !is_number {
        return None;
    }
    let len = find_end(rest, "sub", RAISED_BYTES_MAX)?;
    let taken = len + rest[len..].find('>')? + 1;
    let subscript = |c: char| char::from_u32(u32::from('₀') + c.to_digit(10)?);
    let figures: Option<String> = rest[..len].trim().chars().map(subscript).collect();
    Some((figures.filter(|it| !it.is_empty())?, taken))
}

fn superscript(c: char) -> Option<char> {
    Some(match c {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4'..='9' => char::from_u32(u32::from('⁴') + u32::from(c) - u32::from('4'))?,
        '+' => '⁺',
        '-' | '−' | '–' => '⁻',
        'n' => 'ⁿ',
        _ => return None,
    })
}

/// Whether an `em`, `i` or `small` whose content begins `rest`, below an image, is all of its
/// block: a caption.
pub fn is_caption_below(name: &str, rest: &str) -> bool {
    if !["em", "i", "small"].iter().any(|it| name.eq_ignore_ascii_case(it)) {
        return false;
    }
    let Some(len) = find_end(rest, name, CAPTION_BYTES_MAX) else { return false };
    let mut behind = rest[len..].split_once('>').map_or("", |it| it.1).trim_start();
    while let Some(tag) = ["</a", "</span", "</b>", "</strong"].iter().find(|it| behind.starts_with(**it)) {
        behind = behind[tag.len()..].trim_start_matches(|c| c != '>').trim_start_matches('>').trim_start();
    }
    let ends = ["</p", "</div", "</td", "</center", "</figure", "</li", "<br", "<p", "<div", "<figure", "<h"];
    behind.is_empty() || ends.iter().any(|it| behind.starts_with(it))
}

/// Elements that strike their words out.
const STRIKING: [&str; 3] = ["del", "s", "strike"];

/// Tells which elements of one text strike their words out. It remembers how far it looked, so that
/// unclosed elements cost no more than the text is long.
#[derive(Debug, Default)]
pub struct Strikes([EndTags; STRIKING.len()]);

/// What is known of the end tags of one name. Places are counted in bytes from the end of the text.
#[derive(Debug, Default)]
struct EndTags {
    /// The first one that is not known to be passed.
    found: Option<usize>,
    /// Up to where the text was searched.
    searched: Option<usize>,
}

impl Strikes {
    /// Whether the element of this name, whose content begins `rest`, strikes its words out. What is
    /// not closed strikes nothing out. `rest` reaches to the end of the text and must not begin
    /// before that of an earlier call.
    pub fn is_struck(&mut self, name: &str, rest: &str) -> bool {
        let known = STRIKING.iter().position(|it| name.eq_ignore_ascii_case(it));
        let Some(known) = known.map(|it| &mut self.0[it]) else { return false };
        if known.found.is_some_and(|it| it <= rest.len()) {
            return true;
        }
        let to = rest.floor_char_boundary(STRUCK_BYTES_MAX);
        // A tag may have begun before the place where the last search ended.
        let tag = "</".len() + name.len();
        let from = known.searched.map_or(0, |it| rest.len().saturating_sub(it + tag));
        let from = rest.floor_char_boundary(from).min(to);
        known.found = find_end(&rest[from..], name, to - from).map(|it| rest.len() - from - it);
        known.searched = Some(known.found.unwrap_or(rest.len() - to));
        known.found.is_some()
    }
}

/// Whether a `script` holds a formula that a program on the page sets.
pub fn is_formula_script<'a>(mut attributes: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    attributes.any(|(name, value)| name.eq_ignore_ascii_case("type") && value.trim().starts_with("math/"))
}

/// Where the end tag of an element begins, within so many bytes.
fn find_end(rest: &str, name: &str, bytes_max: usize) -> Option<usize> {
    let near = &rest[..rest.floor_char_boundary(bytes_max)];
    near.match_indices("</").map(|it| it.0).find(|at| {
        let tag = near.as_bytes().get(at + 2..at + 2 + name.len());
        tag.is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()))
            && !rest[at + 2 + name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_searched_is_not_searched_again() {
        let far = format!("<s>{}</s>", "é".repeat(STRUCK_BYTES_MAX));
        let near = "<s><del></s pan><S>x</spa></S></s><s><strike>é</strike>";
        for text in [far.repeat(2), near.repeat(2), format!("<s>{}</span>", "x".repeat(STRUCK_BYTES_MAX - 3))]
        {
            let mut strikes = Strikes::default();
            for (at, _) in text.match_indices('>') {
                let rest = &text[at + 1..];
                for name in STRIKING {
                    let expected = find_end(rest, name, STRUCK_BYTES_MAX).is_some();
                    assert_eq!(strikes.is_struck(name, rest), expected, "{name} at {at}");
                }
            }
        }
        let unclosed = "<s>".repeat(STRUCK_BYTES_MAX);
        let mut strikes = Strikes::default();
        for at in (0..unclosed.len()).step_by("<s>".len()) {
            assert!(!strikes.is_struck("s", &unclosed[at..]));
            let left = strikes.0[1].searched;
            assert_eq!(left, Some((unclosed.len() - at).saturating_sub(STRUCK_BYTES_MAX)));
        }
    }
}
