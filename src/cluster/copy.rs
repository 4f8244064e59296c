//! Which members of a story repeat one text, and how many publishers tell it independently.
//!
//! Agency copy, syndication, press releases and cross-posts are one report, however many print it.

use std::collections::HashMap;
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
/// Different texts with which each member is compared, the earliest: what that takes grows with the
/// members of a story, not with their square.
const ORIGINALS_MAX: usize = 32;
/// Bytes of a text that are searched for whoever published it first, at its beginning and at its end
/// each: there such a line stands.
const CREDIT_BYTES: usize = 8 * 1024;
/// Places of a text that may name whoever published it first: an honest text has one or two.
const CREDITS_MAX: usize = 8;
/// Members of a story, the earliest, whose naming of another as the first is heeded: one is enough.
const CREDITING_MAX: usize = 32;
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
    /// From when on it is known to have been there.
    pub counted: Timestamp,
    /// Whether it speaks for a story that readers know: then no date makes a copy of it.
    pub leads: bool,
    /// Whether it comes from the publisher's own feed.
    pub is_own: bool,
    /// Its text; empty where it has none of its own.
    pub text: &'a str,
}

/// For each member the place of the one whose text it repeats. The earliest of several that repeat one
/// text wrote it, the first in order of two that are equally early, unless a text says who published it
/// first; what others republish of a publisher comes after the publisher's own entries, whatever its date.
pub fn copies(members: &[Copied<'_>]) -> Vec<Option<usize>> {
    let mut of: Vec<Option<usize>> = vec![None; members.len()];
    let mut compared: Vec<usize> = Vec::with_capacity(members.len());
    let mut originals: Vec<(usize, HashSet<u64>)> = Vec::new();
    for at in in_order(members) {
        let runs = runs(members[at].text);
        if runs.len() < RUNS_MIN {
            continue;
        }
        compared.push(at);
        of[at] = originals.iter().find(|it| repeats(&runs, &it.1)).map(|it| it.0);
        if of[at].is_none() && originals.len() < ORIGINALS_MAX {
            originals.push((at, runs));
        }
    }
    // Where one of them names another as the first, that one is.
    let credits = compared.iter().map(|at| (*at, credits(members[*at].text)));
    for (at, credits) in credits.filter(|it| !it.1.is_empty()).take(CREDITING_MAX) {
        let original = of[at].unwrap_or(at);
        let group = |it: &&usize| of[**it] == Some(original) || **it == original;
        let publisher = |at: usize| members[at].publisher;
        let names = |it: &&usize| publisher(**it) != publisher(at) && names(&credits, publisher(**it));
        let named = compared.iter().filter(group).find(names);
        if let Some(first) = named.copied()
            && first != original
        {
            let group: Vec<usize> = compared.iter().filter(group).copied().collect();
            group.iter().for_each(|it| of[*it] = (*it != first).then_some(first));
        }
    }
    of
}

/// How many publishers tell a story independently, where `copies` are what [`copies`] found among its
/// members: members of one family count once, and so do copies. At least 1.
pub fn coverage(members: &[Copied<'_>], copies: &[Option<usize>]) -> usize {
    let families: HashSet<&Family> =
        members.iter().zip(copies).filter(|it| it.1.is_none()).map(|it| it.0.family).collect();
    families.len().max(1)
}

/// The places of members by date, each publisher's own before what others republish of it.
fn in_order(members: &[Copied<'_>]) -> Vec<usize> {
    let mut own: HashMap<&str, Timestamp> = HashMap::new();
    for it in members.iter().filter(|it| it.is_own) {
        let latest = own.entry(it.publisher).or_insert(it.counted);
        *latest = it.counted.max(*latest);
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|at| {
        let it = &members[*at];
        let after = own.get(it.publisher).filter(|_| !it.is_own);
        (!it.leads, after.map_or(it.counted, |own| it.counted.max(*own)), !it.is_own, *at)
    });
    order
}

/// Whether one of two texts repeats the other, in whole or in the most of it.
fn repeats(a: &HashSet<u64>, b: &HashSet<u64>) -> bool {
    let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let shared = small.iter().filter(|it| large.contains(it)).count();
    COPIED_SHARE * small.len() as f32 <= shared as f32
}

/// What follows in a text where it says who published it first.
fn credits(text: &str) -> Vec<&str> {
    let is_long = 2 * CREDIT_BYTES < text.len();
    let (head, tail) = if is_long {
        let boundary = |from: usize| (from..text.len()).find(|it| text.is_char_boundary(*it));
        (boundary(CREDIT_BYTES).unwrap_or(text.len()), boundary(text.len() - CREDIT_BYTES))
    } else {
        (text.len(), None)
    };
    let parts = [&text[..head], tail.map_or("", |it| &text[it..])];
    let in_part = |part: &str| -> Vec<usize> {
        // Of one length with the text, so that places hold.
        let lower = part.to_ascii_lowercase();
        let ends = |phrase: &&str| -> Vec<usize> {
            lower.match_indices(*phrase).map(|it| it.0 + phrase.len()).take(CREDITS_MAX).collect()
        };
        CREDITED_AS.iter().flat_map(ends).collect()
    };
    parts.iter().flat_map(|part| in_part(part).into_iter().map(|it| &part[it..])).take(CREDITS_MAX).collect()
}

/// Whether one of these beginnings is a publisher's name.
fn names(credits: &[&str], publisher: &str) -> bool {
    fn without_article(name: &str) -> &str {
        match name.split_at_checked(4) {
            Some((article, rest)) if article.eq_ignore_ascii_case("the ") => rest,
            _ => name,
        }
    }
    let name = without_article(publisher.trim());
    let is_named = |rest: &&str| {
        let rest = without_article(rest.trim_start_matches([' ', '\n', ':']));
        let Some((found, after)) = rest.split_at_checked(name.len()) else { return false };
        // "The Fjord Daily" is another one than "The Fjord".
        let goes_on = after.strip_prefix(' ').is_some_and(|it| it.starts_with(char::is_uppercase));
        found.eq_ignore_ascii_case(name) && !goes_on && !after.starts_with(char::is_alphanumeric)
    };
    !name.is_empty() && credits.iter().any(is_named)
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

    fn family(name: &str) -> Family {
        Family::new(Some(name), &url::Url::parse("https://a.example/").expect("an address"))
    }

    fn member<'a>(publisher: &'a str, family: &'a Family, published: i64, text: &'a str) -> Copied<'a> {
        let counted = Timestamp::from_secs(published);
        Copied { publisher, family, counted, leads: false, is_own: true, text }
    }

    #[track_caller]
    fn check(members: &[(&str, &str, i64, &str)], expected: &[Option<usize>], independent: usize) {
        let families: Vec<Family> = members.iter().map(|it| family(it.1)).collect();
        let members: Vec<Copied<'_>> =
            members.iter().zip(&families).map(|(it, family)| member(it.0, family, it.2, it.3)).collect();
        let of = copies(&members);
        assert_eq!(of, expected);
        assert_eq!(coverage(&members, &of), independent);
    }

    #[test]
    fn what_others_republish_is_never_the_original_of_the_publishers_own() {
        let (daily, portal) = (family("daily"), family("portal"));
        let planet = Copied { is_own: false, ..member("Daily", &daily, 1, REPORT) };
        let own = member("Daily", &daily, 3, REPORT);
        assert_eq!(copies(&[planet, own]), [Some(1), None]);
        assert_eq!(copies(&[own, planet]), [None, Some(0)]);
        let signed = format!("{REPORT} First published by Daily.");
        assert_eq!(copies(&[planet, Copied { text: &signed, ..own }]), [Some(1), None]);
        // Where its own feed says nothing, what another republishes stands for the publisher.
        assert_eq!(copies(&[planet, member("Portal", &portal, 2, REPORT)]), [None, Some(0)]);
    }

    #[test]
    fn what_speaks_for_a_published_story_is_no_copy_whatever_date_another_gives() {
        let (daily, portal) = (family("daily"), family("portal"));
        let lead = Copied { leads: true, ..member("Daily", &daily, 3, REPORT) };
        assert_eq!(copies(&[lead, member("Portal", &portal, 1, REPORT)]), [None, Some(0)]);
        // Of equally early ones the first in order wrote it.
        let equal = [member("Portal", &portal, 3, REPORT), member("Daily", &daily, 3, REPORT)];
        assert_eq!(copies(&equal), [None, Some(0)]);
    }

    #[test]
    fn a_credit_is_found_at_both_ends_of_a_long_text() {
        let long = "ø word ".repeat(2 * CREDIT_BYTES);
        let credit = "Originally published by the Fjord.";
        for text in [format!("{credit} {long}"), format!("{long} {credit}"), credit.to_owned()] {
            assert!(names(&credits(&text), "Fjord"));
        }
        assert!(credits(&format!("{long} {credit} {long}")).is_empty());
        assert_eq!(credits(&"first published by ".repeat(500)).len(), CREDITS_MAX);
    }

    #[test]
    fn members_beyond_all_that_are_compared_are_known_as_copies_all_the_same() {
        let house = family("x");
        let texts: Vec<String> = (1..=2 * ORIGINALS_MAX).map(text_of).collect();
        let mut members: Vec<Copied<'_>> =
            texts.iter().zip(1..).map(|(it, at)| member("A", &house, at, it)).collect();
        members.push(member("B", &house, 1_000, &texts[0]));
        members.push(member("B", &house, 1_001, &texts[ORIGINALS_MAX]));
        let of = copies(&members);
        assert_eq!(of[members.len() - 2..], [Some(0), None]);
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
