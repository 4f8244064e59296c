//! Whether two addresses of one place, which differ in their parameters, name one article.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use url::form_urlencoded;

use super::fold_title;

const WAYS: &str = include_str!("ways.txt");

/// Names of parameters that choose what a page shows, whatever the page.
const CHOICES: [&str; 16] = [
    "article", "doc", "guid", "id", "item", "key", "n", "name", "p", "page", "post", "q", "slug", "story",
    "t", "v",
];

/// Fewest letters of a text that says something of its own: "Comments", "submitted by …" and the
/// addresses and counters of link lists have fewer.
const OWN_TEXT_LETTERS_MIN: usize = 50;

/// An address as `canonical` makes it, and what stands under it.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// The canonical form.
    pub canonical: &'a str,
    /// Whether the entry has a text of its own.
    pub has_text: bool,
}

/// Site and path of a canonical address, where it has a path: addresses of one place differ in
/// their parameters only.
pub fn place(canonical: &str) -> Option<&str> {
    let place = canonical.split('?').next().unwrap_or_default();
    place.contains('/').then_some(place)
}

/// Whether a feed's text says something of its own, beside title, addresses and counters.
pub fn has_own_text(title: &str, text: &str) -> bool {
    let words = text.split_whitespace().filter(|it| !it.contains("://"));
    let letters: usize = words.map(|it| it.chars().filter(|it| it.is_alphabetic()).count()).sum();
    OWN_TEXT_LETTERS_MIN <= letters && fold_title(text) != fold_title(title)
}

/// Whether two different addresses of one place name one article. One of the two must be without
/// a text, else the texts tell. `tells_apart` holds the parameters with which the site itself
/// tells its articles apart, as far as known.
///
/// A parameter that one address lacks marks the way where it is known to, or where a text stands
/// under one of the two and the value is neither a number nor that of a choice. One with two
/// values marks the way only where it is known to, and the values are no numbers.
pub fn is_same_article(a: Address<'_>, b: Address<'_>, tells_apart: &BTreeSet<String>) -> bool {
    if a.has_text && b.has_text || a.canonical == b.canonical || place(a.canonical) != place(b.canonical) {
        return false;
    }
    let has_text = a.has_text || b.has_text;
    let (a, b) = (parameters(a.canonical), parameters(b.canonical));
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    names.into_iter().filter(|it| a.get(*it) != b.get(*it)).all(|name| {
        let marks_the_way = match (a.get(name), b.get(name)) {
            (Some(a), Some(b)) => is_way(name) && !(is_number(a) && is_number(b)),
            (Some(value), None) | (None, Some(value)) => {
                is_way(name) || has_text && !is_number(value) && !is_choice(name)
            }
            (None, None) => true,
        };
        marks_the_way && !tells_apart.contains(name)
    })
}

/// The parameters in which addresses of one place differ, which one publisher has given.
pub fn differing<'a>(canonicals: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut count = 0;
    let mut values: BTreeMap<String, BTreeMap<Vec<String>, usize>> = BTreeMap::new();
    for canonical in canonicals {
        count += 1;
        for (name, value) in parameters(canonical) {
            *values.entry(name).or_default().entry(value).or_default() += 1;
        }
    }
    let is_differing = |it: &BTreeMap<Vec<String>, usize>| it.values().all(|n| *n < count);
    values.into_iter().filter(|(_, it)| is_differing(it)).map(|(name, _)| name).collect()
}

/// Whether a parameter is one of those that often mark the way.
pub(super) fn is_way(name: &str) -> bool {
    let is_same = |it: &str| it.eq_ignore_ascii_case(name);
    WAYS.lines().any(|it| !it.starts_with('#') && is_same(it))
}

fn is_choice(name: &str) -> bool {
    CHOICES.iter().any(|it| it.eq_ignore_ascii_case(name))
}

fn is_number(values: &[String]) -> bool {
    values.iter().any(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}

fn parameters(canonical: &str) -> BTreeMap<String, Vec<String>> {
    let query = canonical.split_once('?').map_or("", |it| it.1);
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Under the first address stands a text, under the second none.
    #[track_caller]
    fn check(told: &str, listed: &str, tells_apart: &[&str], expected: bool) {
        let tells_apart = tells_apart.iter().map(|it| (*it).to_owned()).collect();
        let told = Address { canonical: told, has_text: true };
        let listed = Address { canonical: listed, has_text: false };
        assert_eq!(is_same_article(told, listed, &tells_apart), expected);
        assert_eq!(is_same_article(listed, told, &tells_apart), expected);
    }

    #[test]
    fn what_marks_the_way_makes_no_other_article() {
        check("a.example/x", "a.example/x?ref=list.example", &[], true);
        check("a.example/x", "a.example/x?sk=ab12&source=friends_link", &[], true);
        check("a.example/x?source=rss", "a.example/x?sk=ab12&source=friends", &[], true);
        check("a.example/x?id=7", "a.example/x?id=7&mod=hp_lead", &[], true);
        check("a.example/x", "a.example/x?cid=12345", &[], true);
        check("a.example/x", "a.example/x?never_heard_of=newsletter", &[], true);
    }

    #[test]
    fn what_chooses_an_article_keeps_two_apart() {
        check("a.example/x?id=7", "a.example/x?id=8", &[], false);
        check("a.example/x?story=one", "a.example/x?story=two", &[], false);
        check("a.example/x?cid=7", "a.example/x?cid=8", &[], false);
        check("a.example/x?cid=one", "a.example/x?cid=two", &["cid"], false);
        check("a.example/x", "a.example/x?id=8", &[], false);
        check("a.example/x", "a.example/x?id=ab", &[], false);
        check("a.example/x", "a.example/x?never_heard_of=8", &[], false);
        check("a.example/x", "a.example/y?ref=list", &[], false);
    }

    #[test]
    fn two_texts_are_for_their_words_to_tell_and_no_text_believes_only_known_names() {
        let same = |a, b, has_text| {
            let address = |canonical| Address { canonical, has_text };
            is_same_article(address(a), address(b), &BTreeSet::new())
        };
        assert!(!same("a.example/x", "a.example/x?ref=list", true));
        assert!(same("a.example/x?ref=one", "a.example/x?ref=two", false));
        assert!(!same("a.example/x", "a.example/x?never_heard_of=newsletter", false));
    }

    #[test]
    fn the_parameters_that_a_publisher_gives_several_values_tell_apart() {
        let check = |given: &[&str], expected: &[&str]| {
            assert_eq!(differing(given.iter().copied()).into_iter().collect::<Vec<_>>(), expected);
        };
        check(&["a.example/x?cid=1&l=en", "a.example/x?cid=2&l=en"], &["cid"]);
        check(&["a.example/x", "a.example/x?cid=2"], &["cid"]);
        check(&["a.example/x?cid=2"], &[]);
        check(&[], &[]);
    }

    #[test]
    fn what_link_lists_write_is_no_text() {
        assert!(!has_own_text("Cheap salt meter", "Comments"));
        assert!(!has_own_text(
            "Cheap salt meter",
            "Article URL: https://a.example/2026/sluice\n\nComments URL: https://b.example/item?id=9\n\n\
             Points: 12\n\n# Comments: 3"
        ));
        let title = "A title of more than fifty letters that a feed repeats where its text should stand";
        assert!(!has_own_text(title, &format!("{title}.")));
        assert!(has_own_text(
            "Clocks",
            "The school clocks of Brask are set by satellite since this autumn. They were minutes apart."
        ));
    }
}
