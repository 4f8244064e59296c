//! What must hold for a decision to be taken: what its editor saw is still so, and its form is new.

use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::Writer;

/// A story as an editor saw it (optimistic concurrency token): `held.3`, `published.3.4` with a draft.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StoryVersion {
    state: StoryState,
    revision: u32,
    draft: Option<u32>,
}

impl StoryVersion {
    /// That of a story as it is stored.
    pub fn of(story: &StoryRow, draft: Option<u32>) -> Self {
        Self { state: story.state, revision: story.revision, draft }
    }

    /// The revision that decisions are about: the draft, else the current one.
    pub fn base(&self) -> u32 {
        self.draft.unwrap_or(self.revision)
    }
}

impl std::fmt::Display for StoryVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.state.as_str(), self.revision)?;
        self.draft.map_or(Ok(()), |it| write!(f, ".{it}"))
    }
}

/// What was given is no version of a story.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is no version of a story; send back the one that was shown")]
pub struct InvalidVersion(String);

impl std::str::FromStr for StoryVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let mut parts = text.split('.');
            let word = parts.next()?;
            let state = StoryState::ALL.into_iter().find(|it| it.as_str() == word)?;
            let revision = parts.next()?.parse().ok()?;
            let draft = parts.next().map(str::parse).transpose().ok()?;
            parts.next().is_none().then_some(Self { state, revision, draft })
        };
        read().ok_or_else(|| InvalidVersion(text.to_owned()))
    }
}

/// What must hold for a decision to be taken. Nothing by default: then it is about what is stored.
#[derive(Clone, Debug, Default)]
pub struct Precondition {
    /// Name of the form that brings the decision (idempotency key): it decides once.
    pub form: Option<String>,
    /// The stories that its editor saw, as they were.
    pub seen: Vec<(StoryKey, StoryVersion)>,
    /// The version of the edition that its editor saw, of a decision about one.
    pub edition: Option<String>,
}

/// Why a decision is not taken, whatever it is.
#[derive(Debug, thiserror::Error)]
pub enum Unmet {
    /// Its form decided before.
    #[error("this form was sent before, and its decision is taken")]
    Repeated,
    /// A story is not as its editor saw it.
    #[error("the story has changed meanwhile")]
    Changed,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Precondition {
    /// Whether it holds; notes the form.
    pub(super) fn check(&self, store: &Writer<'_>, now: Timestamp) -> Result<(), Unmet> {
        if let Some(form) = &self.form
            && !store.submit_form(form, now)?
        {
            return Err(Unmet::Repeated);
        }
        for (key, seen) in &self.seen {
            let Some(story) = store.reader().story(key)? else { continue };
            let draft = store.reader().draft(story.id)?;
            if StoryVersion::of(&story, draft) != *seen {
                return Err(Unmet::Changed);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_it_is_written() {
        for text in ["held.3", "published.3.4", "rejected.0", "kept.0"] {
            assert_eq!(text.parse::<StoryVersion>().map(|it| it.to_string()), Ok(text.to_owned()));
        }
        for text in
            ["", "held", "held.", "held.x", "held.3.", "held.3.4.5", "seen.3", "held.-1", "held.4294967296"]
        {
            assert!(text.parse::<StoryVersion>().is_err(), "{text}");
        }
    }
}
