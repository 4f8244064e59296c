//! `story approve`, `reject`, `edit` and `replay`: the editor in a terminal.

use std::io;
use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::ExitCode;

use crate::daemon::SystemClock;
use crate::desk::Desk;
use crate::desk::DeskError;
use crate::desk::EditFormError;
use crate::desk::Editor;
use crate::domain::Clock;
use crate::domain::StoryKey;
use crate::pipeline;
use crate::text::clean;

use super::args::Args;
use super::args::By;
use super::failure::Failure;
use super::setup;
use super::terminal;

/// Characters of an editor's name.
const NAME_CHARS_MAX: usize = 80;
/// Characters of a reason.
const REASON_CHARS_MAX: usize = 500;

pub(super) fn approve(
    args: &Args,
    ids: &[String],
    reason: Option<&str>,
    by: &By,
) -> Result<ExitCode, Failure> {
    let keys = ids.iter().map(|it| key(it)).collect::<Result<Vec<_>, _>>()?;
    let editor = editor(by, reason)?;
    with_desk(args, async |desk| {
        for key in &keys {
            desk.approve(key, &editor).await?;
            terminal::print(&format!("approved {key}"))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

pub(super) fn reject(args: &Args, id: &str, reason: &str, by: &By) -> Result<ExitCode, Failure> {
    let (key, editor) = (key(id)?, editor(by, Some(reason))?);
    with_desk(args, async |desk| {
        desk.reject(&key, &editor).await?;
        terminal::print(&format!("rejected {key}"))
    })
}

pub(super) fn defer(
    args: &Args,
    id: &str,
    until: &str,
    reason: Option<&str>,
    by: &By,
) -> Result<ExitCode, Failure> {
    let (key, editor) = (key(id)?, editor(by, reason)?);
    with_desk(args, async |desk| {
        let end = desk.defer(&key, until, &editor).await?;
        terminal::print(&format!("{key} waits again at {end}"))
    })
}

pub(super) fn replay(args: &Args, id: &str, apply: bool, json: bool, by: &By) -> Result<ExitCode, Failure> {
    let key = key(id)?;
    let editor = apply.then(|| editor(by, None)).transpose()?;
    with_desk(args, async |desk| {
        let it = desk.replay(&key, editor.as_ref()).await?;
        if json {
            return terminal::print_json(&it);
        }
        let input = if it.same_input { "from the same input" } else { "its input changed" };
        let mut line = match it.same {
            true => format!("same: {key}, {input}"),
            false => format!("differs: {key}, {input}, in {}", it.differs.join(", ")),
        };
        if let Some(why) = &it.failure {
            line.push_str(&format!("; no model took part: {why}"));
        }
        match (it.revision, it.is_draft) {
            (Some(n), true) => {
                line.push_str(&format!("; revision {n} is a draft until `bylined story approve {key}`"))
            }
            (Some(n), false) => line.push_str(&format!("; it is now revision {n}")),
            (None, _) => {}
        }
        terminal::print(&line)
    })
}

pub(super) fn edit(
    args: &Args,
    id: &str,
    reason: Option<&str>,
    yes: bool,
    by: &By,
) -> Result<ExitCode, Failure> {
    let (key, editor) = (key(id)?, editor(by, reason)?);
    let program = program()?;
    with_desk(args, async |desk| {
        let edit_form = desk.edit_form(&key).await?;
        let file = tempfile::Builder::new().prefix("bylined-").suffix(".toml").tempfile();
        let file = file.and_then(|it| std::fs::write(it.path(), edit_form.document()).map(|()| it));
        let file = file.map_err(Failure::system)?;
        loop {
            run(&program, file.path())?;
            let document = std::fs::read_to_string(file.path()).map_err(Failure::system)?;
            let changes = match edit_form.changes(&document) {
                Ok(changes) => changes,
                Err(error) if io::stdin().is_terminal() => {
                    terminal::say(&error.to_string());
                    if ask("Edit again? [Y/n]") == Some('n') {
                        return Err(kept(file, error));
                    }
                    continue;
                }
                Err(error) => return Err(kept(file, error)),
            };
            if changes.is_empty() {
                return terminal::print(&format!("nothing changed in {key}"));
            }
            let findings = edit_form.findings(&changes);
            findings.iter().for_each(|it| terminal::say(it));
            if !findings.is_empty() && !yes {
                if !io::stdin().is_terminal() {
                    let words = "not saved: the sources do not support what is listed above; add --yes to save it anyway";
                    return Err(Failure::data(words.to_owned()));
                }
                match ask("Save it anyway? [y = save, e = edit again, N = discard]") {
                    Some('y') => {}
                    Some('e') => continue,
                    _ => return terminal::print(&format!("nothing changed in {key}")),
                }
            }
            let fields: Vec<&str> = changes.iter().map(|it| it.field().as_str()).collect();
            let n = desk.save(&edit_form, &changes, &editor).await?;
            return terminal::print(&format!("saved {} of {key} as revision {n}", fields.join(", ")));
        }
    })
}

/// Takes decisions at a desk over the configured store.
pub(super) fn with_desk(
    args: &Args,
    work: impl AsyncFnOnce(Desk) -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    let (config, store) = setup::open(args)?;
    setup::runtime()?.block_on(async {
        pipeline::settle(&store, &config, SystemClock.now()).await?;
        let done = work(Desk::new(setup::pipeline(config, store.clone())?)).await;
        store.close().await;
        done
    })
}

fn key(id: &str) -> Result<StoryKey, Failure> {
    id.parse().map_err(|error: crate::domain::InvalidId| Failure::usage(error.to_string()))
}

/// The person at the terminal; one who merges or splits need not say a name.
pub(super) fn editor_or_unnamed(by: &By, reason: Option<&str>) -> Result<Editor, Failure> {
    let is_named = by.by.is_some() || std::env::var("USER").is_ok_and(|it| !it.trim().is_empty());
    let unnamed = By { by: Some("an editor".to_owned()) };
    editor(if is_named { by } else { &unnamed }, reason)
}

/// The person at the terminal.
pub(super) fn editor(by: &By, reason: Option<&str>) -> Result<Editor, Failure> {
    let name = by.by.clone().or_else(|| std::env::var("USER").ok()).map(|it| clean::line(&it));
    let name = name.filter(|it| (1..=NAME_CHARS_MAX).contains(&it.chars().count())).ok_or_else(|| {
        Failure::usage(format!("who decides? add --by NAME, of at most {NAME_CHARS_MAX} characters"))
    })?;
    let why: Option<String> = reason.map(|it| clean::line(it).chars().take(REASON_CHARS_MAX).collect());
    if why.as_ref().is_some_and(String::is_empty) {
        return Err(Failure::usage("the reason is empty; give one in a few words".to_owned()));
    }
    Ok(Editor { name, why })
}

/// The operator's editor with its arguments; no shell reads the line.
fn program() -> Result<Vec<String>, Failure> {
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|it| std::env::var(it).ok());
    let words: Vec<String> = named.iter().flat_map(|it| it.split_whitespace()).map(str::to_owned).collect();
    if words.is_empty() {
        return Err(Failure::usage("no editor is set; set EDITOR, for example to `nano`".to_owned()));
    }
    Ok(words)
}

fn run(program: &[String], file: &Path) -> Result<(), Failure> {
    let (name, arguments) =
        program.split_first().ok_or_else(|| Failure::usage("no editor is set".to_owned()))?;
    let status = Command::new(name).args(arguments).arg(file).status();
    let status =
        status.map_err(|cause| Failure::usage(format!("could not start `{name}`: {cause}; set EDITOR")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::data(format!("`{name}` ended with {status}; nothing is saved")))
    }
}

/// What was written must not be lost with a mistake in it.
fn kept(file: tempfile::NamedTempFile, error: EditFormError) -> Failure {
    match file.keep() {
        Ok((_, path)) => Failure::data(format!("{error}\nwhat you wrote is kept in `{}`", path.display())),
        Err(_) => Failure::data(error.to_string()),
    }
}

/// The first letter of an answer, in lower case.
fn ask(question: &str) -> Option<char> {
    let mut stderr = io::stderr().lock();
    // Nobody is asked when stderr is closed.
    let _ = write!(stderr, "{question} ").and_then(|()| stderr.flush());
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).ok()?;
    line.trim().chars().next().map(|it| it.to_ascii_lowercase())
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        let words = error.to_string();
        match error {
            DeskError::Store(error) => error.into(),
            DeskError::Changed => {
                Self::try_later(format!("{words}; look at it again with `bylined story show`"))
            }
            DeskError::UnreadableRevision { key, .. } => {
                Self::data(format!("{words}; `bylined story replay {key} --apply` makes another"))
            }
            DeskError::UnreadableField { key, .. } => Self::data(format!(
                "{words}; write it again with `bylined story edit {key}`, or delete its key there"
            )),
            DeskError::Unknown(_) => Self::usage(format!("{words}; `bylined story list` shows all")),
            DeskError::State { .. }
            | DeskError::Empty
            | DeskError::Repeated
            | DeskError::NotWaiting
            | DeskError::Until(_)
            | DeskError::Form(_)
            | DeskError::NothingToUndo => Self::usage(words),
        }
    }
}
