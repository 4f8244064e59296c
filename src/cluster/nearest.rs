//! Which story an entry of the window's time tells, and which it follows.

use std::hash::Hash;
use std::time::Duration;

use foldhash::HashMap;
use foldhash::HashMapExt;

use crate::domain::EntryId;
use crate::domain::Timestamp;

use super::features::EntryFeatures;
use super::features::EntryProfile;
use super::matcher::Judgement;
use super::pair::Pair;
use super::term::Term;
use super::tf_idf::Probe;
use super::window::FOLLOWED_SPAN;
use super::window::Window;
use super::window::WindowSlot;
use super::window::apart;

/// Stories that an entry may be put to, those of the likeliest members first.
const STORIES_MAX: usize = 6;
/// Members of a story that another entry is compared with: the first and the latest.
const MEMBERS_COMPARED_MAX: usize = 12;
/// Members of a story that are compared with those of another one.
const MEMBERS_MERGED_MAX: usize = 6;

/// Likelihood that two entries tell one event from which on their stories are alike: less than joins
/// them by itself, and more than any two stories of a day have.
const RESEMBLANCE_MIN: f32 = 0.2;
/// The same where an entry belongs to both: what it says itself is one source's word.
const BRIDGED_MIN: f32 = 0.1;

/// A story that an entry is like.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<S> {
    /// The story.
    pub story: S,
    /// How likely the entry tells the same as the member that it is most like.
    pub probability: f32,
    /// Why, in words for the operator.
    pub why: String,
    /// Further stories that are the same one, now that the entry is seen beside both.
    pub also: Vec<S>,
}

/// What the window says of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict<S> {
    /// The story it tells.
    pub joins: Option<Match<S>>,
    /// A story that it nearly would have been put to, and how likely it tells it.
    pub almost: Option<(S, f32)>,
    /// Earlier stories of which it tells what came, the likeliest first.
    pub follows: Vec<Followed<S>>,
    /// Later entries that tell what came of it, one of each story, the likeliest first.
    pub followed_by: Vec<Followed<S>>,
}

/// Another story of which an entry tells what came, or that tells what came of the entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed<S> {
    /// The story.
    pub story: S,
    /// Its entry that says so.
    pub entry: EntryId,
    /// How likely that is.
    pub probability: f32,
    /// Why, in words for the operator.
    pub why: String,
}

/// What the judgements of an entry's candidates say.
struct Sorted<S> {
    /// For each story with a member that suffices, the likeliest such member's probability.
    stories: Vec<(S, f32)>,
    /// The likeliest of the members that do not suffice.
    almost: Option<(S, f32)>,
    follows: Vec<Followed<S>>,
    followed_by: Vec<Followed<S>>,
}

impl<S: Copy + Eq + Hash + Ord> Window<S> {
    /// Stories with an entry that has the very same text, oldest story first. A publisher that gives one
    /// text to several entries has told nothing with it, unless it is an article under its headline again;
    /// what another one has in several stories does not count.
    /// Only what appeared near it counts, and nothing from before `from`.
    pub fn exact_duplicates(&self, features: &EntryFeatures, from: Timestamp) -> Vec<S> {
        let profile = &features.profile;
        let text_digest = profile.text_digest.filter(|_| !profile.never_cluster);
        let Some(text_digest) = text_digest else { return Vec::new() };
        let is_near =
            |it: &&WindowSlot<S>| from <= it.profile.published && self.is_near(&it.profile, profile);
        let is_copy = |it: &&WindowSlot<S>| it.profile.text_digest == Some(text_digest);
        let under_digest = || self.by_text.latest(text_digest as u32).filter_map(|it| self.slot(it));
        let slots = || under_digest().filter(is_copy).filter(is_near);
        // `None` where a publisher has it in several stories.
        let mut told: HashMap<Term, Option<S>> = HashMap::new();
        for it in slots() {
            let publisher = it.profile.publisher;
            if publisher == profile.publisher && !profile.is_again(&it.profile) {
                return Vec::new();
            }
            let known = told.entry(publisher).or_insert(Some(it.story));
            *known = known.filter(|known| *known == it.story);
        }
        let mut stories: Vec<S> = told.into_values().flatten().collect();
        stories.sort_unstable();
        stories.dedup();
        stories
    }

    /// The story that an entry tells, if there is one. `may_join` says whether a story is open to it;
    /// what appeared before `held_from` is not followed, whether it happens to be held or not.
    pub fn nearest(
        &mut self,
        features: &EntryFeatures,
        held_from: Timestamp,
        may_join: impl Fn(S) -> bool,
    ) -> Verdict<S> {
        let nothing = Verdict { joins: None, almost: None, follows: Vec::new(), followed_by: Vec::new() };
        let profile = &features.profile;
        if profile.never_cluster || profile.is_series {
            return nothing;
        }
        let candidates = self.candidates(features);
        if candidates.is_empty() {
            return nothing;
        }
        let probe = Probe::of(features, &self.idf);
        let mut judged = self.judge(&candidates, &probe);
        let Sorted { mut stories, almost, follows, followed_by } = self.by_story(profile, held_from, &judged);
        judged.retain(|it| self.slot(it.0).is_some_and(|it| self.is_near(&it.profile, profile)));
        stories.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        stories.retain(|it| may_join(it.0));
        stories.truncate(STORIES_MAX);
        let fitting = self.fitting(&stories, &probe, &judged);
        let own = fitting.first().map(|it| it.0);
        let (follows, followed_by) = (likeliest(follows, own), likeliest(followed_by, own));
        let Some(story) = own else { return Verdict { joins: None, almost, follows, followed_by } };
        let also =
            fitting[1..].iter().filter(|it| self.are_one(story, it.0, &probe)).map(|it| it.0).collect();
        let (probability, why) = self.why(story, profile, &judged);
        Verdict { joins: Some(Match { story, probability, why, also }), almost, follows, followed_by }
    }

    /// Those of some stories that an entry belongs to, the one that fits best first.
    fn fitting(&self, stories: &[(S, f32)], entry: &Probe<'_>, judged: &[(u32, Judgement)]) -> Vec<(S, f32)> {
        let mut fitting: Vec<(S, f32)> = stories
            .iter()
            .filter_map(|it| Some((it.0, self.fits(it.0, entry, judged)?)))
            .filter(|it| 1.0 <= it.1)
            .collect();
        // A copy belongs to what it copies, though what came of that may be nearer in time.
        let has_copy = |story: S| {
            judged.iter().any(|it| it.1.is_copy() && self.slot(it.0).is_some_and(|it| it.story == story))
        };
        fitting
            .sort_by(|a, b| has_copy(b.0).cmp(&has_copy(a.0)).then(b.1.total_cmp(&a.1)).then(a.0.cmp(&b.0)));
        fitting
    }

    /// Sorts out what the judgements say: which stories an entry may tell, and which events it or they follow.
    fn by_story(
        &self,
        profile: &EntryProfile,
        held_from: Timestamp,
        judged: &[(u32, Judgement)],
    ) -> Sorted<S> {
        let of = profile.published;
        let is_beside = |it: &u32| {
            let published = self.slot(*it).map(|it| it.profile.published);
            published.is_some_and(|it| held_from <= it && (may_come_of(it, of) || may_come_of(of, it)))
        };
        let may_follow = judged.iter().map(|it| is_beside(&it.0) && !it.1.is_enough());
        let followed = self.matcher.follows(judged.iter().map(|it| &it.1).zip(may_follow));
        let mut sorted =
            Sorted { stories: Vec::new(), almost: None, follows: Vec::new(), followed_by: Vec::new() };
        for ((number, judgement), followed) in judged.iter().zip(followed) {
            let Some(slot) = self.slot(*number) else { continue };
            let likely = judgement.probability;
            if let Some(probability) = followed {
                let why = self.matcher.explain_follow_up(judgement, probability);
                let found = Followed { story: slot.story, entry: slot.entry, probability, why };
                let is_later = of < slot.profile.published;
                if is_later { &mut sorted.followed_by } else { &mut sorted.follows }.push(found);
            }
            if !self.is_near(&slot.profile, profile) {
                continue;
            }
            if !judgement.is_enough() {
                if sorted.almost.is_none_or(|it| it.1 < likely) {
                    sorted.almost = Some((slot.story, likely));
                }
            } else if let Some(known) = sorted.stories.iter_mut().find(|it| it.0 == slot.story) {
                known.1 = known.1.max(likely);
            } else {
                sorted.stories.push((slot.story, likely));
            }
        }
        sorted
    }

    /// What the matcher says of an entry beside each of some slots.
    fn judge(&self, slots: &[u32], entry: &Probe<'_>) -> Vec<(u32, Judgement)> {
        let held: Vec<(u32, &WindowSlot<S>)> =
            slots.iter().filter_map(|it| Some((*it, self.slot(*it)?))).collect();
        let pairs = held.iter().map(|it| self.pair(it.1, entry));
        let judged = self.matcher.judge_all(pairs, &self.index);
        held.iter().map(|it| it.0).zip(judged).collect()
    }

    fn pair<'a>(&self, slot: &'a WindowSlot<S>, entry: &'a Probe<'a>) -> Pair<'a> {
        Pair::of_held((&slot.profile, &slot.terms), entry, &self.idf)
    }

    /// What the members of a story say of an entry on average, from 1 on that it belongs to them; `None`
    /// when one is too far in time, contradicts it, or is of the same publisher, who tells an event once.
    fn fits(&self, story: S, entry: &Probe<'_>, judged: &[(u32, Judgement)]) -> Option<f32> {
        let is_of_story = |number: u32| self.slot(number).is_some_and(|it| it.story == story);
        if judged.iter().any(|it| it.1.contradicts() && is_of_story(it.0)) {
            return None;
        }
        let (members, profile) = (self.members(story, MEMBERS_COMPARED_MAX), entry.vector.features);
        let is_near = |it: &u32| self.slot(*it).is_some_and(|it| self.is_near(&it.profile, profile));
        if members.is_empty() || !members.iter().all(is_near) {
            return None;
        }
        let is_unknown = |it: &u32| judged.iter().all(|known| known.0 != *it);
        let unknown: Vec<u32> = members.iter().copied().filter(is_unknown).collect();
        let further = self.judge(&unknown, entry);
        let mut sum = 0.0;
        for number in &members {
            let (_, judgement) = judged.iter().chain(&further).find(|it| it.0 == *number)?;
            let tells_beside = self.slot(*number)?.profile.tells_beside(profile) && !judgement.is_enough();
            if tells_beside || judgement.contradicts() {
                return None;
            }
            sum += judgement.vote();
        }
        Some(sum / members.len() as f32)
    }

    /// Whether two stories are one, now that an entry that tells both is a member of the first. The entry
    /// alone does not make them so: without it they must be alike already.
    fn are_one<'a>(&'a self, story: S, other: S, entry: &Probe<'_>) -> bool {
        let slots = |story| {
            let members = self.members(story, MEMBERS_MERGED_MAX).into_iter();
            members.filter_map(|it| self.slot(it)).collect::<Vec<_>>()
        };
        let probe = |it: &'a WindowSlot<S>| Probe::of_held(&it.profile, &it.terms, &self.idf);
        let (ours, theirs) = (slots(story), slots(other));
        let ours: Vec<Probe<'_>> = ours.into_iter().map(probe).collect();
        let (mut sum, mut count, mut resemblance) = (0.0, 0.0, 0.0f32);
        for (at, a) in ours.iter().chain([entry]).enumerate() {
            let profile = a.vector.features;
            for b in &theirs {
                if !self.is_near(profile, &b.profile) {
                    return false;
                }
                let judgement = self.matcher.judge(&self.pair(b, a), &self.index);
                let tells_beside = profile.tells_beside(&b.profile) && !judgement.is_enough();
                if tells_beside || judgement.contradicts() {
                    return false;
                }
                sum += judgement.vote();
                count += 1.0;
                if at < ours.len() {
                    resemblance = resemblance.max(judgement.probability);
                }
            }
        }
        0.0 < count && count <= sum && resemblance >= BRIDGED_MIN
    }

    /// Whether two stories are alike in themselves, whatever a further entry says of them. What is not
    /// held is like nothing.
    pub fn resemble(&self, story: S, other: S) -> bool {
        let slots =
            |story| self.members(story, MEMBERS_MERGED_MAX).into_iter().filter_map(|it| self.slot(it));
        let ours: Vec<&WindowSlot<S>> = slots(story).collect();
        slots(other).any(|theirs| {
            let probe = Probe::of_held(&theirs.profile, &theirs.terms, &self.idf);
            ours.iter().any(|it| {
                let judgement = self.matcher.judge(&self.pair(it, &probe), &self.index);
                !judgement.contradicts() && judgement.probability >= RESEMBLANCE_MIN
            })
        })
    }

    /// The first member of a story and the latest ones.
    fn members(&self, story: S, max: usize) -> Vec<u32> {
        let Some(all) = self.stories.get(&story) else { return Vec::new() };
        let latest = all.len().saturating_sub(max - 1).max(1);
        all.first().into_iter().chain(all.get(latest..).unwrap_or_default()).copied().collect()
    }

    /// How likely the most alike member tells the same, and why, in words.
    fn why(&self, story: S, entry: &EntryProfile, judged: &[(u32, Judgement)]) -> (f32, String) {
        let of_story = judged.iter().filter(|it| self.slot(it.0).is_some_and(|it| it.story == story));
        let best = of_story.max_by(|a, b| a.1.probability.total_cmp(&b.1.probability).then(b.0.cmp(&a.0)));
        let hours = self.hours_from_first(story, entry);
        let Some((_, judgement)) = best else { return (0.0, String::new()) };
        (judgement.probability, format!("{}, within {hours} h", self.matcher.explain(judgement)))
    }

    fn hours_from_first(&self, story: S, entry: &EntryProfile) -> u64 {
        let first = self.stories.get(&story).and_then(|it| self.slot(*it.first()?));
        let apart = first.map_or(Duration::ZERO, |it| apart(&it.profile, entry));
        apart.as_secs().div_ceil(3_600).max(1)
    }
}

/// Whether an event is earlier than an entry, and no longer ago than what comes of it may be.
fn may_come_of(event: Timestamp, entry: Timestamp) -> bool {
    event < entry && entry.since(event) <= FOLLOWED_SPAN
}

/// Each story once, without the entry's own.
fn likeliest<S: Copy + Ord>(mut follows: Vec<Followed<S>>, own: Option<S>) -> Vec<Followed<S>> {
    follows.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.story.cmp(&b.story)));
    let mut found: Vec<Followed<S>> = Vec::new();
    for it in follows {
        let is_new = found.iter().all(|other| other.story != it.story);
        if Some(it.story) != own && is_new {
            found.push(it);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::cluster::EntryText;
    use crate::cluster::Matcher;

    use super::*;

    #[test]
    fn an_event_is_followed_for_eight_days() {
        let day = |it: i64| Timestamp::from_secs(it * 86_400);
        for (event, entry, expected) in
            [(0, 8, true), (0, 9, false), (0, 18, false), (1, 1, false), (2, 1, false)]
        {
            assert_eq!(may_come_of(day(event), day(entry)), expected, "{event} {entry}");
        }
    }

    /// A window to which no two entries are one story, and any two are an event and what came of it.
    fn of_followers() -> Window<usize> {
        let table = |base: i32| format!("gbdt 1\nfeatures none\nbase {base}\n");
        let matcher = Matcher::parse(&table(-9), &table(9), "bias 0", "bias -9").expect("tables");
        Window::new(Duration::from_secs(72 * 3_600)).with_matcher(Arc::new(matcher))
    }

    fn read(window: &mut Window<usize>, publisher: &str, title: &str, hour: i64) -> EntryFeatures {
        window.read(&EntryText {
            publisher,
            title,
            text: "",
            published: Timestamp::from_secs(hour * 3_600),
            address: None,
            links: &[],
            never_cluster: false,
        })
    }

    #[test]
    fn what_follows_what_does_not_depend_on_which_arrives_first() {
        let event = ("a", "Varn Millrace floods the Ketteridge works", 0);
        let later = ("b", "Ketteridge works reopen after the Varn Millrace flood", 100);
        for told in [[event, later], [later, event]] {
            let mut window = of_followers();
            let mut links = Vec::new();
            for (at, (publisher, title, hour)) in told.into_iter().enumerate() {
                let features = read(&mut window, publisher, title, hour);
                let verdict = window.nearest(&features, Timestamp::default(), |_| true);
                let hour_of = |it: &Followed<usize>| told[it.story].2;
                links.extend(verdict.follows.iter().map(|it| (hour, hour_of(it))));
                links.extend(verdict.followed_by.iter().map(|it| (hour_of(it), hour)));
                window.insert(EntryId(at as i64), at, features);
            }
            assert_eq!(links, [(100, 0)]);
        }
    }

    /// Whether of two articles of 160 words the one told `hours` later, with `more` words and `links`, follows
    /// the other by a sum of these weights.
    fn is_sequel(sum: &str, hours: i64, more: &str, links: &[i64]) -> bool {
        let table = "gbdt 1\nfeatures none\nbase -9\n";
        let matcher = Matcher::parse(table, table, sum, "bias -9").expect("tables");
        let mut window: Window<usize> =
            Window::new(Duration::from_secs(72 * 3_600)).with_matcher(Arc::new(matcher));
        let entry = |publisher, text, hour: i64, address, links| EntryText {
            publisher,
            title: if hour == 0 {
                "Varn Millrace floods the works"
            } else {
                "Ketteridge works of Varn Millrace"
            },
            text,
            published: Timestamp::from_secs(hour * 3_600),
            address: Some(address),
            links,
            never_cluster: false,
        };
        let both = "Varn Millrace turbines drive the Ketteridge works beside the river. ";
        let event = both.repeat(8) + &"Water stands in the halls of the dye plant. ".repeat(9);
        let later = both.repeat(8) + &"Engineers clean every shaft for the owners. ".repeat(10) + more;
        let event = window.read(&entry("a", &event, 0, 1, &[]));
        window.insert(EntryId(0), 0, event);
        let later = window.read(&entry("b", &later, hours, 2, links));
        !window.nearest(&later, Timestamp::default(), |_| true).follows.is_empty()
    }

    #[test]
    fn a_whole_article_that_does_not_speak_of_the_event_does_not_follow_it() {
        assert!(!is_sequel("bias 9", 100, "", &[]));
        assert!(!is_sequel("bias 9", 100, "The flood was earlier.", &[]));
        assert!(is_sequel("bias 9", 100, "The flood of Varn was earlier.", &[]));
        assert!(is_sequel("bias 9", 100, "", &[1]));
        assert!(!is_sequel("bias 9", 100, "", &[3]));
    }

    #[test]
    fn days_between_whole_articles_make_no_follow_up() {
        for hours in [72, 100, 190] {
            assert!(
                !is_sequel("bias -3\nhours_apart 0.05", hours, "The flood of Varn was earlier.", &[]),
                "{hours}"
            );
        }
    }

    #[test]
    fn entries_that_may_only_be_followed_take_no_place_of_those_that_may_be_joined() {
        let mut window = of_followers();
        for at in 0..70 {
            let features = read(&mut window, "a", "Varn Millrace floods the Ketteridge works again", 0);
            window.insert(EntryId(at), at as usize, features);
        }
        let near = read(&mut window, "b", "Flood at the Ketteridge works of Varn", 99);
        window.insert(EntryId(70), 70, near);
        let features = read(&mut window, "c", "Varn Millrace floods the Ketteridge works again", 100);
        let compared = window.compared_with(&features);
        assert!(compared.contains(&EntryId(70)), "{compared:?}");
        assert!(compared.len() < 70, "what may only be followed is bounded too");
    }
}
