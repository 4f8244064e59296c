//! The edition of a digest before it goes out: its order, what is left out, the note, and when.

use std::sync::Arc;

use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;
use url::Url;

use crate::config::Config;
use crate::config::Output;
use crate::domain::EditionNote;
use crate::domain::Item;
use crate::domain::LeftOut;
use crate::domain::OutputId;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::Timestamp;
use crate::pipeline::Credits;
use crate::pipeline::edition::EditionStory;
use crate::pipeline::edition::edition;
use crate::pipeline::items;
use crate::pipeline::period;
use crate::pipeline::period::Period;
use crate::publish;
use crate::store::DeskLogRow;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::WriteError;
use crate::store::Writer;

use super::context::Desk;
use super::editor::Editor;
use super::precondition::Unmet;

/// Longest note, in characters.
pub const EDITION_NOTE_CHARS_MAX: usize = 2_000;

/// Characters of an edition's version.
const VERSION_CHARS: usize = 16;

/// The edition that goes out next, as it would go out now.
#[derive(Clone, Debug)]
pub struct RunningEdition {
    /// When its period began and when it is over; `None` while nothing has entered it.
    pub period: Option<(Timestamp, Timestamp)>,
    /// The editor's words.
    pub note: Option<EditionNote>,
    /// What goes out in its order, then what is left out.
    pub stories: Vec<EditionStory>,
}

impl RunningEdition {
    /// What goes out, in its order.
    pub fn shown(&self) -> impl Iterator<Item = &EditionStory> {
        self.stories.iter().filter(|it| it.left_out.is_none())
    }

    /// As programs read it.
    pub fn json(&self, output: &OutputId, base: &Url) -> Value {
        let stories = self.stories.iter().map(|it| {
            let story = &it.candidate.story;
            json!({
                "id": story.tag.as_str(),
                "key": story.key.as_str(),
                "title": story.title,
                "url": publish::absolute(base, &story.path),
                "score": it.candidate.score,
                "ordered": it.is_ordered,
                "left_out": it.left_out.map(|it| it.as_str()),
            })
        });
        let note = self.note.as_ref();
        json!({
            "output": output.as_str(),
            "version": self.version(),
            "begins": self.period.map(|it| it.0.rfc3339()),
            "ends": self.period.map(|it| it.1.rfc3339()),
            "note": note.map(|it| json!({ "text": it.text, "by": it.by, "at": it.at.rfc3339() })),
            "stories": stories.collect::<Vec<_>>(),
        })
    }

    /// What editors decided of it so far (optimistic concurrency token). Stories that enter it change nothing.
    pub fn version(&self) -> String {
        let mut digest = Sha256::new();
        let mut add = |it: &str| digest.update(format!("{}:{it}", it.len()));
        add(&self.period.map(|it| it.0.rfc3339()).unwrap_or_default());
        for it in self.stories.iter().filter(|it| it.is_ordered || it.left_out == Some(LeftOut::Dropped)) {
            add(if it.is_ordered { "first" } else { "dropped" });
            add(it.candidate.story.key.as_str());
        }
        if let Some(EditionNote { text, by, .. }) = &self.note {
            add(by);
            add(text);
        }
        format!("{:x}", digest.finalize()).chars().take(VERSION_CHARS).collect()
    }
}

/// Where a story moves in an edition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EditionShift {
    /// To the top.
    First,
    /// Before the one that stands before it.
    Up,
    /// Behind the one that stands behind it.
    Down,
}

impl EditionShift {
    /// The order that editors gave, once the story at this place of those that go out has moved; of these, the
    /// first `ordered` have their place from an editor.
    fn applied(self, shown: &[StoryRowId], ordered: usize, at: usize) -> Vec<StoryRowId> {
        let to = match self {
            Self::First => 0,
            Self::Up => at.saturating_sub(1),
            Self::Down => (at + 1).min(shown.len().saturating_sub(1)),
        };
        let mut ids = shown.to_vec();
        let moved = ids.remove(at);
        ids.insert(to, moved);
        // Those behind the last that an editor placed keep the place that their score gives them.
        ids.truncate((to + 1).max(ordered + usize::from(ordered <= at)));
        ids
    }
}

/// An edition that went out.
#[derive(Clone, Debug)]
pub struct SentEdition {
    /// Its id for ever.
    pub id: StoryId,
    /// When its period began.
    pub begins: Timestamp,
    /// When it went out.
    pub sent: Timestamp,
    /// Its stories.
    pub stories: usize,
}

/// Why an edition cannot be changed or sent.
#[derive(Debug, thiserror::Error)]
pub enum EditionError {
    /// There is no such output.
    #[error("there is no output `{0}`")]
    UnknownOutput(OutputId),
    /// It has an item for each story.
    #[error("output `{0}` has no editions: it has no `digest`")]
    NoDigest(OutputId),
    /// The story is not among those of the period.
    #[error("story `{0}` is not in the edition that goes out next")]
    NotInEdition(StoryKey),
    /// A story is named twice.
    #[error("story `{0}` is named twice")]
    Twice(StoryKey),
    /// Nothing has entered the period, or all of it is left out.
    #[error("there is nothing to send: the edition has no stories")]
    Empty,
    /// The note is too long, or says nothing.
    #[error("the note must have between 1 and {EDITION_NOTE_CHARS_MAX} characters")]
    NoteLength,
    /// Somebody else was faster.
    #[error("the edition has changed meanwhile")]
    Changed,
    /// The form that brings the decision brought it before.
    #[error("this form was sent before, and its decision is taken")]
    Repeated,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unmet> for EditionError {
    fn from(unmet: Unmet) -> Self {
        match unmet {
            Unmet::Repeated => Self::Repeated,
            Unmet::Changed => Self::Changed,
            Unmet::Store(error) => Self::Store(error),
        }
    }
}

impl WriteError for EditionError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl Desk {
    /// The edition of an output that goes out next.
    ///
    /// # Errors
    /// [`EditionError`] where the output has none.
    pub async fn edition(&self, output: &OutputId) -> Result<RunningEdition, EditionError> {
        let (config, now) = (self.config(), self.now());
        let output = output_of(&config, output)?.clone();
        Ok(self.store().read(move |it| running(it, &config, &output, now)).await?)
    }

    /// The edition that goes out next, with its stories as readers would get them.
    ///
    /// # Errors
    /// [`EditionError`] where the output has none.
    pub async fn edition_items(
        &self,
        output: &OutputId,
    ) -> Result<(RunningEdition, Vec<Item>), EditionError> {
        let (config, now) = (self.config(), self.now());
        let output = output_of(&config, output)?.clone();
        let read = move |it: &Reader<'_>| {
            let edition = running(it, &config, &output, now)?;
            let stories: Vec<_> = edition.shown().map(|it| it.candidate.story.clone()).collect();
            let sources = it.sources()?;
            let items = items(it, &Credits::new(&config, &sources), &config.site.base_url, &stories)?;
            Ok((edition, items))
        };
        Ok(self.store().read(read).await?)
    }

    /// Puts these stories first, in this order, and none but these; the others keep theirs.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is changed then.
    pub async fn order_edition(
        &self,
        output: &OutputId,
        keys: &[StoryKey],
        editor: &Editor,
    ) -> Result<(), EditionError> {
        let keys = keys.to_vec();
        self.change(output, ("edition order", listed(&keys)), editor, move |store, output, edition| {
            let mut ids = Vec::with_capacity(keys.len());
            for key in &keys {
                let id = found(&edition.stories, key)?;
                if ids.contains(&id) {
                    return Err(EditionError::Twice(key.clone()));
                }
                ids.push(id);
            }
            Ok(store.order_edition(&output.id, &ids)?)
        })
        .await
    }

    /// Moves a story; those that stand before its new place keep theirs from now on.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is changed then.
    pub async fn shift_in_edition(
        &self,
        output: &OutputId,
        key: &StoryKey,
        shift: EditionShift,
        editor: &Editor,
    ) -> Result<(), EditionError> {
        let detail = listed(std::slice::from_ref(key));
        let key = key.clone();
        self.change(output, ("edition order", detail), editor, move |store, output, edition| {
            let mut shown: Vec<StoryRowId> = edition.shown().map(|it| it.candidate.story.id).collect();
            let id = found(&edition.stories, &key)?;
            let at = shown.iter().position(|it| *it == id).unwrap_or_else(|| {
                // It was left out by a limit, which an editor's order does not heed.
                shown.push(id);
                shown.len() - 1
            });
            let ordered = edition.shown().filter(|it| it.is_ordered).count();
            Ok(store.order_edition(&output.id, &shift.applied(&shown, ordered, at))?)
        })
        .await
    }

    /// Leaves stories out of the edition; they stay in every other output.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is changed then.
    pub async fn drop_from_edition(
        &self,
        output: &OutputId,
        keys: &[StoryKey],
        editor: &Editor,
    ) -> Result<(), EditionError> {
        let keys = keys.to_vec();
        self.change(output, ("edition drop", listed(&keys)), editor, move |store, output, edition| {
            keys.iter()
                .try_for_each(|key| Ok(store.drop_from_edition(&output.id, found(&edition.stories, key)?)?))
        })
        .await
    }

    /// Takes back that stories were left out or put first.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is changed then.
    pub async fn restore_to_edition(
        &self,
        output: &OutputId,
        keys: &[StoryKey],
        editor: &Editor,
    ) -> Result<(), EditionError> {
        let keys = keys.to_vec();
        self.change(output, ("edition take back", listed(&keys)), editor, move |store, output, edition| {
            keys.iter()
                .try_for_each(|key| Ok(store.restore_to_edition(&output.id, found(&edition.stories, key)?)?))
        })
        .await
    }

    /// Writes the note at the beginning of the edition, credited to the editor; `None` takes it back.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is changed then.
    pub async fn note_edition(
        &self,
        output: &OutputId,
        text: Option<&str>,
        editor: &Editor,
    ) -> Result<(), EditionError> {
        let note = text.map(|it| EditionNote {
            text: it.trim().to_owned(),
            by: editor.name.clone(),
            at: self.now(),
        });
        let has_length = |it: &EditionNote| (1..=EDITION_NOTE_CHARS_MAX).contains(&it.text.chars().count());
        if note.as_ref().is_some_and(|it| !has_length(it)) {
            return Err(EditionError::NoteLength);
        }
        let detail = note.is_none().then(|| "taken back".to_owned());
        self.change(output, ("edition note", detail), editor, move |store, output, _| {
            Ok(store.note_edition(&output.id, note.as_ref())?)
        })
        .await
    }

    /// Sends the edition now: its period is over, and the next one begins.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is sent then.
    pub async fn send_edition(
        &self,
        output: &OutputId,
        editor: &Editor,
    ) -> Result<SentEdition, EditionError> {
        let (config, now) = (self.config(), self.now());
        self.change(output, ("edition send", None), editor, move |store, output, _| {
            let Some(sent) = period::send_now(store, &config, output, now)? else {
                return Err(EditionError::Empty);
            };
            let stories = store.reader().digest_stories(&output.id, &sent)?.len();
            Ok(SentEdition { id: sent.tag, begins: sent.begins, sent: sent.ends, stories })
        })
        .await
    }

    /// One decision over the running period, if it is what its editor saw; the log says who took it.
    async fn change<T: Send + 'static>(
        &self,
        output: &OutputId,
        (act, detail): (&'static str, Option<String>),
        editor: &Editor,
        decide: impl Fn(&Writer<'_>, &Output, &RunningEdition) -> Result<T, EditionError> + Send + 'static,
    ) -> Result<T, EditionError> {
        let (config, now): (Arc<Config>, _) = (self.config(), self.now());
        let output = output_of(&config, output)?.clone();
        let seen = self.precondition().edition.clone();
        let (by, subject) = (editor.name.clone(), output.id.to_string());
        let entry = DeskLogRow { at: now, by, act: act.to_owned(), subject, detail };
        self.decide(move |it| {
            let edition = running(&it.reader(), &config, &output, now)?;
            if seen.as_ref().is_some_and(|it| *it != edition.version()) {
                return Err(EditionError::Changed);
            }
            let decided = decide(it, &output, &edition)?;
            it.append_desk_log(&entry)?;
            Ok(decided)
        })
        .await
    }
}

/// Keys as the log has them; nothing where there are none.
fn listed(keys: &[StoryKey]) -> Option<String> {
    let keys: Vec<&str> = keys.iter().map(StoryKey::as_str).collect();
    (!keys.is_empty()).then(|| keys.join(" "))
}

fn running(
    store: &Reader<'_>,
    config: &Config,
    output: &Output,
    now: Timestamp,
) -> Result<RunningEdition, StoreError> {
    let period = period::running(store, config, output, now)?;
    let stories = match &period {
        Some(Period { positions, .. }) => edition(store, config, output, *positions)?,
        None => Vec::new(),
    };
    let note = store.edition_note(&output.id)?;
    Ok(RunningEdition { period: period.map(|it| (it.begins, it.ends)), note, stories })
}

fn output_of<'a>(config: &'a Config, id: &OutputId) -> Result<&'a Output, EditionError> {
    let output = config.outputs.iter().find(|it| it.id == *id);
    let output = output.ok_or_else(|| EditionError::UnknownOutput(id.clone()))?;
    if output.digest.is_none() {
        return Err(EditionError::NoDigest(id.clone()));
    }
    Ok(output)
}

fn found(stories: &[EditionStory], key: &StoryKey) -> Result<StoryRowId, EditionError> {
    let it = stories.iter().map(|it| &it.candidate.story).find(|it| it.key == *key);
    it.map(|it| it.id).ok_or_else(|| EditionError::NotInEdition(key.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_that_moves_gives_a_place_to_those_before_it_and_to_no_others() {
        let check = |shift: EditionShift, ordered: usize, at: usize, expected: &[i64]| {
            let shown = [1, 2, 3, 4].map(StoryRowId);
            let ids: Vec<i64> = shift.applied(&shown, ordered, at).into_iter().map(|it| it.0).collect();
            assert_eq!(ids, expected, "{shift:?} {ordered} {at}");
        };
        check(EditionShift::First, 0, 2, &[3]);
        check(EditionShift::First, 2, 3, &[4, 1, 2]);
        check(EditionShift::First, 2, 1, &[2, 1]);
        check(EditionShift::Up, 0, 3, &[1, 2, 4]);
        check(EditionShift::Up, 0, 0, &[1]);
        check(EditionShift::Up, 2, 2, &[1, 3, 2]);
        check(EditionShift::Down, 0, 0, &[2, 1]);
        check(EditionShift::Down, 3, 0, &[2, 1, 3]);
        check(EditionShift::Down, 0, 3, &[1, 2, 3, 4]);
    }
}
