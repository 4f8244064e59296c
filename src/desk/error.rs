//! Why a decision cannot be taken. The words name no command: each desk adds how to go on.

use crate::domain::StoryKey;
use crate::store::StoreError;
use crate::store::UnreadableCause;
use crate::store::WriteError;

use super::edit_form::EditFormError;
use super::precondition::Unmet;

/// Why a decision cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no such story.
    #[error("there is no story `{0}`")]
    Unknown(StoryKey),
    /// Its state does not allow it.
    #[error("the story is {state} and cannot be {wish}{remedy}")]
    State {
        /// Where it stands.
        state: &'static str,
        /// What was wished.
        wish: &'static str,
        /// What may be done, with what joins it to the sentence.
        remedy: String,
    },
    /// It was never curated, or its words are gone.
    #[error("nothing of the story can be shown; it has no revision whose words are still there")]
    Empty,
    /// What it says cannot be read.
    #[error("revision {n} cannot be read ({cause})")]
    UnreadableRevision {
        /// The story.
        key: StoryKey,
        /// Which of its revisions.
        n: u32,
        /// Why.
        cause: UnreadableCause,
    },
    /// What a person wrote into a field cannot be read, and no engine may take its place.
    #[error("what a person wrote as its {field} cannot be read ({cause})")]
    UnreadableField {
        /// The story.
        key: StoryKey,
        /// The field's name.
        field: String,
        /// Why.
        cause: UnreadableCause,
    },
    /// Somebody else was faster.
    #[error("the story has changed meanwhile")]
    Changed,
    /// The form that brings the decision brought it before.
    #[error("this form was sent before, and its decision is taken")]
    Repeated,
    /// What is written cannot be taken over.
    #[error(transparent)]
    Form(#[from] EditFormError),
    /// It does not wait for an editor, so there is nothing to put off.
    #[error("the story does not wait for an editor")]
    NotWaiting,
    /// There is no such time, or no story waits until then.
    #[error(
        "`{0}` is no time from now to a year ahead; write one like 2026-11-20T09:00:00Z, 2026-11-20 or 2h"
    )]
    Until(String),
    /// It went out already, or was never approved.
    #[error("no approval of the story is left to be undone; it went out, or was undone before")]
    NothingToUndo,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unmet> for DeskError {
    fn from(unmet: Unmet) -> Self {
        match unmet {
            Unmet::Repeated => Self::Repeated,
            Unmet::Changed => Self::Changed,
            Unmet::Store(error) => Self::Store(error),
        }
    }
}

impl WriteError for DeskError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
