//! Chooses the sentences of English texts by what was learned from editors (`chooser`).
//!
//! A briefing is chosen as a whole: no sentence serves two fields, none repeats another, and
//! a field stays empty where no sentence is likely enough to be right.

use std::sync::LazyLock;

use regex::Regex;

use crate::config::Audience;
use crate::config::TopicRule;
use crate::domain::Made;
use crate::domain::Member;
use crate::domain::StatementField;
use crate::domain::Topic;
use crate::text::word;
use crate::text::word_list;
use crate::text::word_list::WordList;

use super::builder::BriefingBuilder;
use super::chooser;
use super::chooser::Odds;
use super::chooser::Target;
use super::chooser::TextLine;
use super::context::CurationContext;
use super::ranked::carries_next;
use super::ranked::repeats_title;
use super::reading::MemberSentence;
use super::rounds::SUMMARY_MAX;
use super::rounds::SUMMARY_MERGED_MAX;
use super::rounds::SUMMARY_MIN;
use super::rounds::Share;
use super::topics;

/// Worth from which on a sentence is put into a field.
const INSIGHT_MIN: f32 = 0.155;
const TAKEAWAY_MIN: f32 = 0.12;
const PRINCIPLE_MIN: f32 = 0.17;
const PRACTICE_MIN: f32 = 0.15;
/// The same for the second sentence of a summary: one alone is better than one that hardly anybody would add.
const SUMMARY_SECOND_MIN: f32 = 0.01;
/// The same for the sentences behind it.
const SUMMARY_MORE_MIN: f32 = 0.04;
/// Sentences between one that leans and what it leans on.
const LEANS_WITHIN: usize = 3;
/// What a sentence of another publisher than the first is worth beside one of the first.
const NOT_PRIMARY: f32 = 0.5;
/// The same of one that also stands in the publisher's own few lines about the article.
const STANDFIRST: f32 = 1.5;
/// The same of one that stands there alone: it was written to be quoted.
const ABSTRACT: f32 = 3.0;

/// What counts against a sentence in a summary of its worth as an insight: there it can still be said, what
/// only a summary has room for cannot.
const ELSEWHERE: f32 = 0.4;

/// How much more the opening of a text is worth in a summary; less with each sentence behind it.
const OPENING: f32 = 0.6;

/// Lines of a text from which on the chooser can say something of it; of fewer all may be a summary.
const LINES_MIN: usize = 4;

/// Lines of a text that an abstract is read with.
const OPENING_LINES: usize = 12;

/// The odds of a story's sentences.
pub(super) struct Choice {
    odds: Vec<Odds>,
    /// Whether no sentence of the story that stands alone is surely text of an article.
    is_doubtful: bool,
}

impl Choice {
    /// Reads every member's text beside its own title.
    pub(super) fn new(members: &[Member], sentences: &[MemberSentence]) -> Self {
        let mut odds = Vec::with_capacity(sentences.len());
        for of_member in sentences.chunk_by(|a, b| a.member == b.member) {
            let own = of_member.iter().take_while(|it| it.is_abstract).count();
            if of_member.len() - own < LINES_MIN {
                odds.extend(of_member.iter().map(|_| Odds::unread()));
                continue;
            }
            let title = members[of_member[0].member].byline.title.as_str();
            let lines: Vec<TextLine> =
                of_member.iter().map(|it| TextLine { text: it.text, paragraph: it.paragraph }).collect();
            // Its own lines are judged as the opening of the text, and the text as if they were not there.
            if own != 0 {
                let opening = &lines[..lines.len().min(own + OPENING_LINES)];
                odds.extend(chooser::odds(title, opening).drain(..own));
            }
            odds.extend(chooser::odds(title, &lines[own..]));
        }
        let is_doubtful = !odds.iter().any(|it| it.is_text() && !it.leans());
        Self { odds, is_doubtful }
    }

    /// How much a sentence is worth in a field: how likely an editor puts it there, less for
    /// the risk that it leans or is no text of the article.
    fn worth(&self, field: StatementField, at: usize) -> f32 {
        self.worth_behind(field, at, false)
    }

    /// The same; `is_held` where the sentence before it is shown ahead of it, on which it may lean.
    fn worth_behind(&self, field: StatementField, at: usize, is_held: bool) -> f32 {
        let odds = &self.odds[at];
        let target = match field {
            StatementField::Summary => Target::Summary,
            StatementField::KeyTakeaway => Target::Takeaway,
            StatementField::KeyInsights => Target::Insight,
            StatementField::InPractice => Target::Practice,
            StatementField::Principles => Target::Principle,
        };
        let stands = 1.0 - odds.of(Target::Leaning);
        // What the rare fields hold is mostly short and plain: there the risk counts once.
        let risk = match field {
            _ if is_held => stands,
            StatementField::Summary | StatementField::KeyInsights => stands * stands,
            _ => stands,
        };
        let is_text = 1.0 - odds.of(Target::Furniture);
        odds.of(target) * risk * is_text * is_text
    }

    /// How much a sentence is worth in a summary: more where it shares much with what editors write in
    /// their own words.
    fn worth_in_summary(&self, at: usize, is_held: bool) -> f32 {
        /// What a sentence counts that shares nothing, beside the odds that it shares most.
        const NOT_RETOLD: f32 = 0.1;
        let retold = self.odds[at].of(Target::Retold) + NOT_RETOLD;
        self.worth_behind(StatementField::Summary, at, is_held) * retold.sqrt()
    }

    fn is_text(&self, at: usize) -> bool {
        let odds = &self.odds[at];
        odds.is_text() || self.is_doubtful && odds.may_be_text()
    }

    fn leans(&self, at: usize) -> bool {
        self.odds[at].leans()
    }
}

/// How strictly the first sentence of a summary is chosen. Each is tried where the one before finds none.
#[derive(Clone, Copy, PartialEq)]
enum Strictness {
    /// It stands alone and says more than the headline.
    Strict,
    /// It may lean, as far as only the odds say so.
    Leaning,
    /// It may say the headline again, if the next leans on it: the two are quoted together.
    Headline,
}

impl Strictness {
    const ALL: &[Self] = &[Self::Strict, Self::Leaning, Self::Headline];
}

/// Adds the sentences that tell the news, until the summary holds `max` or no other is worth it.
pub(super) fn summary(page: &mut BriefingBuilder, choice: &Choice, share: Share, max: usize) {
    let sentences = page.sentences;
    let is_merged = sentences.first().zip(sentences.last()).is_some_and(|(a, b)| a.member != b.member);
    let primary = sentences.first().map_or(0, |it| it.member);
    let max = max.min(if is_merged { SUMMARY_MERGED_MAX } else { SUMMARY_MAX });
    // One that the gate refuses is never open again, so this ends.
    while page.count(StatementField::Summary) < max {
        let said: Vec<usize> = page.of(StatementField::Summary).map(|it| it.at).collect();
        let is_held = |at: usize, within: usize| {
            let is_near = |it: &usize| *it < at && at - *it <= within;
            said.iter().any(|it| is_near(it) && sentences[*it].is_of_one_text_with(&sentences[at]))
        };
        let is_open = |at: usize, pass: Strictness| {
            let it = &sentences[at];
            // A pronoun is held by the very sentence before it.
            let stands = !page.is_dependent(at) && !it.points_back || is_held(at, 1);
            let reads = pass == Strictness::Leaning || !choice.leans(at) || is_held(at, LEANS_WITHIN);
            let is_news =
                !repeats_title(it, page.title) || pass == Strictness::Headline && carries_next(sentences, at);
            // The place beyond the usual ones is for what the others add.
            let is_due = said.len() < SUMMARY_MAX || it.member != primary;
            // Where several publishers speak, "we" is nobody.
            let is_anyones = !is_merged || !it.speaks_personally;
            stands && reads && is_news && is_due && is_anyones && choice.is_text(at) && page.is_open(at)
        };
        let worth = |at: usize| {
            let primary = if sentences[at].member == primary { 1.0 } else { NOT_PRIMARY };
            let own = match &sentences[at] {
                it if it.is_abstract => ABSTRACT,
                it if it.is_standfirst => STANDFIRST,
                _ => 1.0,
            };
            let place = sentences[at].place.map_or(0.0, |it| (-(it as f32) / 3.0).exp());
            let worth = choice.worth_in_summary(at, is_held(at, 1)) * primary * own * (1.0 + OPENING * place);
            worth - ELSEWHERE * choice.worth(StatementField::KeyInsights, at)
        };
        let least = match said[..] {
            [] => f32::MIN,
            // What says the headline again is never left alone.
            [one] if repeats_title(&sentences[one], page.title) => f32::MIN,
            // Where no text is sure, little is worth much.
            [_] if choice.is_doubtful => f32::MIN,
            [_] => SUMMARY_SECOND_MIN,
            _ => SUMMARY_MORE_MIN,
        };
        let is_worth_it = |at: &usize| least <= worth(*at);
        let fits = |at: &usize| page.usage.leaves_half(&sentences[*at]);
        let all_open = |pass: Strictness| -> Vec<usize> {
            (0..sentences.len()).filter(|at| is_open(*at, pass)).filter(is_worth_it).collect()
        };
        let passes = if said.is_empty() { Strictness::ALL } else { &[Strictness::Strict] };
        let open = passes.iter().map(|it| all_open(*it)).find(|it| !it.is_empty()).unwrap_or_default();
        let best =
            |of: Vec<usize>| of.into_iter().max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(b.cmp(a)));
        let chosen = match share {
            Share::Whole => best(open),
            // The first sentence tells the news, whatever it costs.
            Share::Half if said.is_empty() => best(open),
            Share::Half => {
                let fitting = best(open.iter().copied().filter(fits).collect());
                fitting.or_else(|| if said.len() < SUMMARY_MIN { best(open) } else { None })
            }
        };
        let Some(at) = chosen else { break };
        page.quote(at, StatementField::Summary, Made::Extractive, None);
    }
}

/// Adds the sentences that are worth most to a field other than the summary, until it holds `max`.
pub(super) fn points(
    page: &mut BriefingBuilder,
    choice: &Choice,
    readers: &Readers,
    field: StatementField,
    max: usize,
) {
    let least = match field {
        StatementField::Summary => SUMMARY_MORE_MIN,
        StatementField::KeyTakeaway => TAKEAWAY_MIN,
        StatementField::KeyInsights => INSIGHT_MIN,
        StatementField::InPractice => PRACTICE_MIN,
        StatementField::Principles => PRINCIPLE_MIN,
    };
    while page.count(field) < max {
        let is_open = |at: &usize| {
            let it = &page.sentences[*at];
            let is_whole = !page.is_dependent(*at) && !it.points_back && !it.is_first_person;
            // An abstract says what the news is, which is the summary's part.
            let is_whole = is_whole && !it.is_abstract;
            let is_speech = it.text.starts_with(['"', '\'', '“', '‘']);
            let is_apt = field != StatementField::KeyTakeaway || says_what_it_means(&it.lower);
            choice.is_text(*at) && !choice.leans(*at) && is_whole && !is_speech && is_apt && page.is_open(*at)
        };
        let worth = |at: usize| choice.worth(field, at);
        let open = (0..page.sentences.len()).filter(|at| least <= worth(*at)).filter(is_open);
        let Some(at) = open.max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(b.cmp(a))) else { break };
        match readers.concerned(field, page.sentences[at].text) {
            Some(audience) => page.quote(at, field, Made::Rule, Some(audience)),
            None => page.quote(at, field, Made::Extractive, None),
        }
    }
}

/// Whether a sentence says for whom something matters and what it means for them: without either it
/// is no takeaway, however likely it looks.
fn says_what_it_means(lower: &str) -> bool {
    static WHOM: WordList = WordList::new(include_str!("choose/whom.txt"));
    static MEANING: LazyLock<Regex> = LazyLock::new(|| {
        let phrases: Vec<&str> = word_list::entries(include_str!("choose/meaning.txt")).collect();
        Regex::new(&format!(r"\b({})\b", phrases.join("|"))).expect("a constant pattern")
    });
    let is_whom = |it: &str| WHOM.contains(it) || it.strip_suffix('s').is_some_and(|it| WHOM.contains(it));
    word::words(lower).any(|it| is_whom(it.1)) && MEANING.is_match(lower)
}

/// Whom the story is for, and the words that stand for what each of them works on.
pub(super) struct Readers<'a>(Vec<(&'a Audience, Vec<&'a TopicRule>)>);

impl<'a> Readers<'a> {
    /// The story's audiences with those of its topics that are theirs.
    pub(super) fn new(context: &CurationContext<'a>, topics: &[Topic], audiences: &[&'a Audience]) -> Self {
        let theirs = |audience: &&'a Audience| {
            let is_theirs = |rule: &&TopicRule| {
                audience.topics.contains(&rule.slug) && topics.iter().any(|it| it.slug == rule.slug)
            };
            (*audience, context.topics.iter().filter(is_theirs).collect())
        };
        Self(audiences.iter().map(theirs).collect())
    }

    /// The first audience that a takeaway names, or whose topic it names.
    fn concerned(&self, field: StatementField, text: &str) -> Option<String> {
        if field != StatementField::KeyTakeaway {
            return None;
        }
        let shown: Vec<&str> = word::words(text).map(|it| it.1).collect();
        let is_named = |audience: &Audience| {
            let name: Vec<&str> = word::words(&audience.name).map(|it| it.1).collect();
            let is_it = |it: &[&str]| it.iter().zip(&name).all(|(shown, name)| is_word(shown, name));
            !name.is_empty() && shown.windows(name.len()).any(is_it)
        };
        let words = topics::words_of(std::iter::once(text));
        let names_theirs = |rules: &[&TopicRule]| rules.iter().any(|rule| words.count_of(&rule.phrases) != 0);
        let named = self.0.iter().find(|it| is_named(it.0));
        let named = named.or_else(|| self.0.iter().find(|it| names_theirs(&it.1)));
        named.map(|it| it.0.name.clone())
    }
}

/// Whether a text has a word of an audience's name, also in the plural or the genitive. An acronym is
/// written as such: "it" is not "IT".
fn is_word(shown: &str, name: &str) -> bool {
    let ends = |rest: &str| matches!(rest, "" | "s" | "'s" | "’s");
    if word::is_acronym(name) {
        return shown.strip_prefix(name).is_some_and(ends);
    }
    shown.to_lowercase().strip_prefix(&name.to_lowercase()).is_some_and(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, is_named: bool) {
        let slug = crate::domain::Slug::of(name).expect("a name that can be written");
        let audience = Audience { name: name.to_owned(), slug, topics: Vec::new() };
        let found = Readers(vec![(&audience, Vec::new())]).concerned(StatementField::KeyTakeaway, text);
        assert_eq!(found.is_some(), is_named, "{name}: {text}");
    }

    #[test]
    fn a_takeaway_says_for_whom_and_what() {
        for it in ["Developers should plan for the mill.", "For companies this means more mills."] {
            assert!(says_what_it_means(&it.to_lowercase()), "{it}");
        }
        for it in ["Developers like the mill.", "The mill should be closed.", "Acme sold the mill."] {
            assert!(!says_what_it_means(&it.to_lowercase()), "{it}");
        }
    }

    #[test]
    fn an_audience_is_named_by_its_name_and_no_other_word() {
        check("IT", "Acme says it sells the mill, and it does.", false);
        check("IT", "The IT department patches the mill.", true);
        check("CTO", "CTOs should plan for the mill.", true);
        check("Who", "Those who sell mills must wait.", true);
        check("WHO", "Those who sell mills must wait.", false);
        check("Product manager", "Product managers and developers wait.", true);
        check("IT administrator", "It administrators wait.", false);
        check("IT administrator", "This is what an IT administrator's day holds.", true);
        check("Investor", "Investments grow.", false);
    }
}
