//! `story merge` and `story split`: an editor's hand on which entries are one story.

use std::process::ExitCode;

use crate::desk::RegroupError;
use crate::domain::StoryKey;

use super::args::Args;
use super::args::By;
use super::edit;
use super::failure::Failure;
use super::terminal;

pub(super) fn merge(args: &Args, ids: &[String], reason: Option<&str>, by: &By) -> Result<ExitCode, Failure> {
    let editor = edit::editor_or_unnamed(by, reason)?;
    let keys = ids.iter().map(|it| key(it)).collect::<Result<Vec<_>, _>>()?;
    edit::with_desk(args, async |desk| {
        let story = desk.merge(&keys, &editor).await?;
        terminal::print(&format!("one story now: {} `{}`", story.tag, story.title))
    })
}

pub(super) fn split(
    args: &Args,
    id: &str,
    entry: &str,
    reason: Option<&str>,
    by: &By,
) -> Result<ExitCode, Failure> {
    let editor = edit::editor_or_unnamed(by, reason)?;
    let key = key(id)?;
    edit::with_desk(args, async |desk| {
        let (stays, goes) = desk.split(&key, &[entry.to_owned()], &editor).await?;
        terminal::print(&format!(
            "two stories now:\n{} `{}`\n{} `{}`",
            stays.tag, stays.title, goes.tag, goes.title
        ))
    })
}

fn key(id: &str) -> Result<StoryKey, Failure> {
    id.parse().map_err(|error: crate::domain::InvalidId| Failure::usage(error.to_string()))
}

impl From<RegroupError> for Failure {
    fn from(error: RegroupError) -> Self {
        let words = error.to_string();
        match error {
            RegroupError::Store(error) => error.into(),
            RegroupError::UnknownStory(_) => Self::usage(format!("{words}; `bylined story list` shows all")),
            RegroupError::UnknownEntry { story, .. } => {
                Self::usage(format!("{words}; `bylined story show {story}` lists keys and links"))
            }
            RegroupError::Rejected(key) => {
                Self::usage(format!("{words}; run `bylined story approve {key}` first"))
            }
            RegroupError::Changed => Self::try_later(words),
            RegroupError::OneStory
            | RegroupError::OnlyEntry(_)
            | RegroupError::NoEntry
            | RegroupError::AllEntries
            | RegroupError::Repeated => Self::usage(words),
        }
    }
}
