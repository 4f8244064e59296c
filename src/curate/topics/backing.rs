//! Who says what in a story of several publishers: a topic is not one publisher's to set.

use crate::curate::reading;
use crate::domain::Member;
use crate::text::phrase::Phrase;
use crate::text::phrase::Words;

use super::bound::words_of;

/// What each publisher of a story says; nothing where there is only one, who has nobody to back it.
#[derive(Default)]
pub(super) struct Backing<'a> {
    voices: Vec<(&'a str, Words<'a>)>,
}

impl<'a> Backing<'a> {
    pub(super) fn of(members: &'a [Member]) -> Self {
        let speaker = members.first().map(|it| it.byline.name.as_str());
        if members.iter().all(|it| Some(it.byline.name.as_str()) == speaker) {
            return Self::default();
        }
        let said = |(at, member): (usize, &'a Member)| {
            let text = reading::quotable(members).find(|it| it.0 == at);
            let text = text.map(|it| reading::read_part(it.1));
            let categories = member.categories.iter().map(String::as_str);
            let all = [member.byline.title.as_str()].into_iter().chain(text).chain(categories);
            (member.byline.name.as_str(), words_of(all))
        };
        Self { voices: members.iter().enumerate().map(said).collect() }
    }

    /// Whether the entry that speaks for the story says one of these, or two publishers do: what
    /// one of the others repeats alone, however often, is no topic of everybody's story.
    pub(super) fn has(&self, phrases: &[Phrase]) -> bool {
        let Some((speaker, first)) = self.voices.first() else { return true };
        if first.count_of(phrases) != 0 {
            return true;
        }
        let mut others = self.voices.iter().filter(|(_, it)| it.count_of(phrases) != 0).map(|it| it.0);
        others.next().is_some_and(|one| one == *speaker || others.any(|other| other != one))
    }
}
