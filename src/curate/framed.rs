//! What follows from the news for some readers, in languages whose sentences are chosen by rule.

use crate::config::Audience;
use crate::config::TopicRule;
use crate::domain::Made;
use crate::domain::StatementField;
use crate::domain::Topic;

use super::builder::BriefingBuilder;
use super::context::CurationContext;
use super::ranked::CUES_MIN;
use super::ranked::strongest;
use super::topics;

/// Adds the strongest consequence that itself names a topic of one of the audiences, for the first
/// that has one, unless the field holds `max`.
pub(super) fn takeaway(builder: &mut BriefingBuilder, audiences: &[Concerned], max: usize) {
    if max <= builder.count(StatementField::KeyTakeaway) || audiences.is_empty() {
        return;
    }
    let mut follows = strongest(builder, CUES_MIN, |it| it.consequence);
    follows.retain(|at| {
        let it = &builder.sentences[*at];
        // The opening is the news, not what follows from it; what is quoted is one person's word.
        it.place != Some(0) && !it.text.contains(['"', '“', '”', '„', '‘', '‚', '«', '»'])
    });
    let framed = audiences.iter().find_map(|it| {
        let at = follows.iter().find(|at| it.is_named_by(builder.sentences[**at].text))?;
        Some((*at, it.audience.name.clone()))
    });
    if let Some((at, audience)) = framed {
        builder.quote(at, StatementField::KeyTakeaway, Made::Rule, Some(audience));
    }
}

/// An audience of the story.
pub(super) struct Concerned<'a> {
    audience: &'a Audience,
    /// Those of the story's topics that are its own.
    topics: Vec<&'a TopicRule>,
}

impl Concerned<'_> {
    /// Whether a sentence names one of its topics.
    fn is_named_by(&self, text: &str) -> bool {
        let words = topics::words_of(std::iter::once(text));
        self.topics.iter().any(|it| words.count_of(&it.phrases) != 0)
    }
}

/// The audiences of a story with those of its topics that are theirs.
pub(super) fn concerned<'a>(
    context: &CurationContext<'a>,
    topics: &[Topic],
    audiences: &[&'a Audience],
) -> Vec<Concerned<'a>> {
    let of = |audience: &&'a Audience| {
        let is_theirs = |rule: &&TopicRule| {
            audience.topics.contains(&rule.slug) && topics.iter().any(|it| it.slug == rule.slug)
        };
        Concerned { audience, topics: context.topics.iter().filter(is_theirs).collect() }
    };
    audiences.iter().map(of).collect()
}
