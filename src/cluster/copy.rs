//! Which members of a story repeat one text, and how many publishers tell it independently.
//!
//! Agency copy, syndication, press releases and cross-posts are one report, however many print it.

use std::collections::HashSet;

use crate::domain::Family;
use crate::domain::Timestamp;

/// Words of a run that two texts have in common only where one was copied.
const RUN_WORDS: usize = 6;
/// Words of a text that are compared.
const WORDS_MAX: usize = 1_500;
/// Runs that a text must have for the comparison to say anything.
const RUNS_MIN: usize = 30;
/// Share of the shorter text's runs that the longer one has where one copies the other: reports that
/// quote the same statement share less.
const COPIED_SHARE: f32 = 0.6;
/// What stands before the name of whoever published a text first.
const CREDITED_AS: [&str; 16] = [
    "originally published by",
    "originally published in",
    "originally published on",
    "originally appeared in",
    "originally appeared on",
    "first published by",
    "first published in",
    "first published on",
    "first appeared in",
    "first appeared on",
    "republished from",
    "republished with permission from",
    "reposted from",
    "syndicated from",
    "this article is from",
    "this story is from",
];

/// A member of a story, as far as it may copy another.
#[derive(Clone, Copy, Debug)]
pub struct Copied<'a> {
    /// Who is credited for it.
    pub publisher: &'a str,
    /// The house of the publisher.
    pub family: &'a Family,
    /// Its remembered date.
    pub published: Timestamp,
    /// Its text; empty where it has none of its own.
    pub text: &'a str,
}

/// For each member the place of the one whose text it repeats. The earliest of several that repeat one
/// text wrote it, unless a text says who published it first.
pub fn copies(members: &[Copied<'_>]) -> Vec<Option<usize>> {
    let runs: Vec<HashSet<u64>> = members.iter().map(|it| runs(it.text)).collect();
    let mut of: Vec<Option<usize>> = vec![None; members.len()];
    let mut order: Vec<usize> = (0..members.len()).filter(|it| RUNS_MIN <= runs[*it].len()).collect();
    order.sort_by_key(|it| (members[*it].published, *it));
    for (n, at) in order.iter().enumerate() {
        let is_copy = |other: &&usize| of[**other].is_none() && repeats(&runs[*at], &runs[**other]);
        of[*at] = order[..n].iter().find(is_copy).copied();
    }
    // Where one of them names another as the first, that one is.
    for at in &order {
        let Some(original) = of[*at].or(Some(*at)) else { continue };
        let group = |it: &&usize| of[**it] == Some(original) || **it == original;
        let named = order.iter().filter(group).find(|it| *it != at && names(&members[*at], &members[**it]));
        if let Some(first) = named.copied()
            && first != original
        {
            let group: Vec<usize> = order.iter().filter(group).copied().collect();
            group.iter().for_each(|it| of[*it] = (*it != first).then_some(first));
        }
    }
    of
}

/// How many publishers tell a story independently: members of one family count once, and so do copies.
/// At least 1.
pub fn coverage(members: &[Copied<'_>]) -> usize {
    let of = copies(members);
    let families: HashSet<&Family> =
        members.iter().zip(&of).filter(|it| it.1.is_none()).map(|it| it.0.family).collect();
    families.len().max(1)
}

/// Whether one of two texts repeats the other, in whole or in the most of it.
fn repeats(a: &HashSet<u64>, b: &HashSet<u64>) -> bool {
    let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let shared = small.iter().filter(|it| large.contains(it)).count();
    COPIED_SHARE * small.len() as f32 <= shared as f32
}

/// Whether a member says that another's publisher published its text first.
fn names(member: &Copied<'_>, other: &Copied<'_>) -> bool {
    fn without_article(name: &str) -> &str {
        match name.split_at_checked(4) {
            Some((article, rest)) if article.eq_ignore_ascii_case("the ") => rest,
            _ => name,
        }
    }
    let name = without_article(other.publisher.trim());
    let is_named = |rest: &str| {
        let rest = without_article(rest.trim_start_matches([' ', '\n', ':']));
        let Some((found, after)) = rest.split_at_checked(name.len()) else { return false };
        // "The Fjord Daily" is another one than "The Fjord".
        let goes_on = after.strip_prefix(' ').is_some_and(|it| it.starts_with(char::is_uppercase));
        found.eq_ignore_ascii_case(name) && !goes_on && !after.starts_with(char::is_alphanumeric)
    };
    // Of one length with the text, so that places hold.
    let lower = member.text.to_ascii_lowercase();
    let places = CREDITED_AS.iter().flat_map(|it| lower.match_indices(it));
    !name.is_empty() && places.into_iter().any(|(at, phrase)| is_named(&member.text[at + phrase.len()..]))
}

/// Digests of the runs of words at the beginning of a text.
fn runs(text: &str) -> HashSet<u64> {
    let words: Vec<u64> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|it| !it.is_empty())
        .take(WORDS_MAX)
        .map(|it| fold(it.chars().flat_map(char::to_lowercase).map(u64::from)))
        .collect();
    words.windows(RUN_WORDS).map(|it| fold(it.iter().copied())).collect()
}

/// FNV-1a over numbers.
fn fold(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0xcbf2_9ce4_8422_2325, |hash, it| (hash ^ it).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "The harbour of Odda will charge ships by the hour from March on. The port office said \
        that larger freighters block the quay for days while their crews wait for orders. Skippers of small \
        boats welcomed the plan at a meeting on Tuesday, while two shipping lines announced that they would \
        ask the county court to stop it. A decision is expected before the end of the winter season.";

    fn text_of(seed: usize) -> String {
        (0..60).map(|it| format!("word{} ", it * seed)).collect()
    }

    #[track_caller]
    fn check(members: &[(&str, &str, i64, &str)], expected: &[Option<usize>], independent: usize) {
        let families: Vec<Family> = members
            .iter()
            .map(|it| Family::new(Some(it.1), &url::Url::parse("https://a.example/").expect("an address")))
            .collect();
        let members: Vec<Copied<'_>> = members
            .iter()
            .zip(&families)
            .map(|(it, family)| Copied {
                publisher: it.0,
                family,
                published: Timestamp::from_secs(it.2),
                text: it.3,
            })
            .collect();
        assert_eq!(copies(&members), expected);
        assert_eq!(coverage(&members), independent);
    }

    #[test]
    fn the_earliest_of_several_that_repeat_a_text_wrote_it() {
        let cut = &REPORT[..300];
        let framed = format!("ODDA (Wire) - {REPORT} Our reporters contributed.");
        check(
            &[("B", "b", 2, REPORT), ("A", "a", 1, &framed), ("C", "c", 3, cut), ("D", "d", 0, &text_of(7))],
            &[Some(1), None, Some(1), None],
            2,
        );
    }

    #[test]
    fn whoever_is_named_as_the_first_wrote_it() {
        let copy = format!("{REPORT} This article was originally published on The Fjord Daily.");
        check(&[("Portal", "p", 1, &copy), ("Fjord Daily", "f", 2, REPORT)], &[Some(1), None], 1);
        check(&[("Portal", "p", 1, &copy), ("Fjord", "f", 2, REPORT)], &[None, Some(0)], 1);
    }

    #[test]
    fn publishers_of_one_house_and_teasers_count_once_each() {
        let (one, two) = (text_of(3), text_of(5));
        check(&[("A", "x", 1, &one), ("B", "x", 2, &two)], &[None, None], 1);
        check(&[("A", "x", 1, &one), ("B", "y", 2, &two)], &[None, None], 2);
        check(&[("A", "x", 1, "Read more."), ("B", "y", 2, "Read more.")], &[None, None], 2);
        check(&[], &[], 1);
    }
}
