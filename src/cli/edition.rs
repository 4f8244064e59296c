//! `edition show`, `order`, `drop`, `note` and `send`: an editor's hand on what a digest holds.

use std::fmt::Write;
use std::process::ExitCode;

use serde_json::json;

use crate::desk::Desk;
use crate::desk::EditionError;
use crate::desk::RunningEdition;
use crate::domain::InvalidId;
use crate::domain::OutputId;
use crate::domain::StoryKey;
use crate::publish;
use crate::text::clean;

use super::args::Args;
use super::args::EditionCommand;
use super::edit;
use super::failure::Failure;
use super::terminal;

pub(super) fn edition(args: &Args, command: &EditionCommand) -> Result<ExitCode, Failure> {
    let (output, json) = match command {
        EditionCommand::Show { output, json }
        | EditionCommand::Order { output, json, .. }
        | EditionCommand::Drop { output, json, .. }
        | EditionCommand::Note { output, json, .. }
        | EditionCommand::Send { output, json, .. } => (parsed::<OutputId>(output)?, *json),
    };
    match command {
        EditionCommand::Show { .. } => {
            edit::with_desk(args, async |desk| shown(&desk, &output, json, true).await)
        }
        EditionCommand::Order { ids, by, .. } => {
            let (keys, editor) = (keys(ids)?, edit::editor_or_unnamed(by, None)?);
            edit::with_desk(args, async |desk| {
                desk.order_edition(&output, &keys, &editor).await?;
                shown(&desk, &output, json, false).await
            })
        }
        EditionCommand::Drop { ids, undo, by, .. } => {
            let (keys, editor) = (keys(ids)?, edit::editor_or_unnamed(by, None)?);
            edit::with_desk(args, async |desk| {
                if *undo {
                    desk.restore_to_edition(&output, &keys, &editor).await?;
                } else {
                    desk.drop_from_edition(&output, &keys, &editor).await?;
                }
                shown(&desk, &output, json, false).await
            })
        }
        EditionCommand::Note { text, by, .. } => {
            let editor = edit::editor(by, None)?;
            let text = text.as_deref().map(clean::line);
            edit::with_desk(args, async |desk| {
                desk.note_edition(&output, text.as_deref(), &editor).await?;
                shown(&desk, &output, json, false).await
            })
        }
        EditionCommand::Send { by, .. } => {
            let editor = edit::editor_or_unnamed(by, None)?;
            edit::with_desk(args, async |desk| {
                let sent = desk.send_edition(&output, &editor).await?;
                let url = publish::absolute(
                    &desk.config().site.base_url,
                    &format!("/edition/{output}/{}", sent.begins),
                );
                if json {
                    return terminal::print_json(&json!({
                        "output": output.as_str(), "id": sent.id.as_str(), "url": url,
                        "sent": sent.sent.rfc3339(), "stories": sent.stories,
                    }));
                }
                terminal::print(&format!("sent {} stories: {url}", sent.stories))
            })
        }
    }
}

/// Prints the edition, or, after a change of it, one line.
async fn shown(desk: &Desk, output: &OutputId, json: bool, is_asked_for: bool) -> Result<ExitCode, Failure> {
    let edition = desk.edition(output).await?;
    if json {
        return terminal::print_json(&edition.json(output, &desk.config().site.base_url));
    }
    if !is_asked_for {
        let count = edition.stories.iter().filter(|it| it.left_out.is_none()).count();
        return terminal::print(&format!("the next edition of `{output}` has {count} stories"));
    }
    terminal::print(&as_text(output, &edition))
}

fn as_text(output: &OutputId, edition: &RunningEdition) -> String {
    let Some((begins, ends)) = edition.period else {
        return format!("nothing has entered the next edition of `{output}` yet");
    };
    let mut text = format!("edition of `{output}` since {begins}, goes out at {ends}");
    if let Some(note) = &edition.note {
        // What is written to a String cannot fail.
        let _ = write!(text, "\nnote by {}: {}", note.by, note.text);
    }
    for it in &edition.stories {
        let mark = match (it.left_out, it.is_ordered) {
            (Some(why), _) => format!("left out ({})", why.as_str()),
            (None, true) => "first".to_owned(),
            (None, false) => format!("{:.2}", it.candidate.score),
        };
        let story = &it.candidate.story;
        let _ = write!(text, "\n{} {mark}: {}", story.key, story.title);
    }
    text
}

fn keys(ids: &[String]) -> Result<Vec<StoryKey>, Failure> {
    ids.iter().map(|it| parsed(it)).collect()
}

fn parsed<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error: InvalidId| Failure::usage(error.to_string()))
}

impl From<EditionError> for Failure {
    fn from(error: EditionError) -> Self {
        let words = error.to_string();
        match error {
            EditionError::Store(error) => error.into(),
            EditionError::NoDigest(id) => {
                Self::usage(format!("{words}; give [[output]] `{id}` one, like digest = \"0 7 * * *\""))
            }
            EditionError::NotInEdition(_) => {
                Self::usage(format!("{words}; `bylined edition show` lists its stories"))
            }
            EditionError::UnknownOutput(_) => {
                Self::usage(format!("{words}; `bylined status` lists the outputs"))
            }
            EditionError::Empty | EditionError::Changed | EditionError::Repeated => Self::try_later(words),
            EditionError::Twice(_) | EditionError::NoteLength => Self::usage(words),
        }
    }
}
