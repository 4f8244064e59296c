//! The edition of a digest before it goes out: its order, what is left out, the note, and when.

use std::sync::Arc;

use crate::config::Config;
use crate::config::Output;
use crate::domain::EditionNote;
use crate::domain::OutputId;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::Timestamp;
use crate::pipeline::edition::EditionStory;
use crate::pipeline::edition::edition;
use crate::pipeline::period;
use crate::pipeline::period::Period;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::WriteError;
use crate::store::Writer;

use super::context::Desk;
use super::editor::Editor;

/// Longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 2_000;

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
    #[error("the note must have between 1 and {NOTE_CHARS_MAX} characters")]
    NoteLength,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
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

    /// Puts these stories first, in this order, and none but these; the others keep theirs.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is changed then.
    pub async fn order_edition(&self, output: &OutputId, keys: &[StoryKey]) -> Result<(), EditionError> {
        let (output, keys) = (output.clone(), keys.to_vec());
        self.change(output, move |store, output, stories| {
            let mut ids = Vec::with_capacity(keys.len());
            for key in &keys {
                let id = found(stories, key)?;
                if ids.contains(&id) {
                    return Err(EditionError::Twice(key.clone()));
                }
                ids.push(id);
            }
            Ok(store.order_edition(&output.id, &ids)?)
        })
        .await
    }

    /// Leaves stories out of the edition; they stay in every other output.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is changed then.
    pub async fn drop_from_edition(&self, output: &OutputId, keys: &[StoryKey]) -> Result<(), EditionError> {
        let (output, keys) = (output.clone(), keys.to_vec());
        self.change(output, move |store, output, stories| {
            keys.iter().try_for_each(|key| Ok(store.drop_from_edition(&output.id, found(stories, key)?)?))
        })
        .await
    }

    /// Takes back that stories were left out or put first.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is changed then.
    pub async fn restore_to_edition(&self, output: &OutputId, keys: &[StoryKey]) -> Result<(), EditionError> {
        let (output, keys) = (output.clone(), keys.to_vec());
        self.change(output, move |store, output, stories| {
            keys.iter().try_for_each(|key| Ok(store.restore_to_edition(&output.id, found(stories, key)?)?))
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
        if note.as_ref().is_some_and(|it| !(1..=NOTE_CHARS_MAX).contains(&it.text.chars().count())) {
            return Err(EditionError::NoteLength);
        }
        self.change(
            output.clone(),
            move |store, output, _| Ok(store.note_edition(&output.id, note.as_ref())?),
        )
        .await
    }

    /// Sends the edition now: its period is over, and the next one begins.
    ///
    /// # Errors
    /// [`EditionError`]; nothing is sent then.
    pub async fn send_edition(&self, output: &OutputId) -> Result<SentEdition, EditionError> {
        let (config, now) = (self.config(), self.now());
        let output = output_of(&config, output)?.clone();
        self.store()
            .decide(move |it| {
                let Some(sent) = period::send_now(it, &config, &output, now)? else {
                    return Err(EditionError::Empty);
                };
                let stories = it.reader().digest_stories(&output.id, &sent)?.len();
                Ok(SentEdition { id: sent.tag, begins: sent.begins, sent: sent.ends, stories })
            })
            .await
    }

    /// One decision over the stories of the running period.
    async fn change(
        &self,
        output: OutputId,
        mut decide: impl FnMut(&Writer<'_>, &Output, &[EditionStory]) -> Result<(), EditionError> + Send + 'static,
    ) -> Result<(), EditionError> {
        let (config, now): (Arc<Config>, _) = (self.config(), self.now());
        let output = output_of(&config, &output)?.clone();
        self.store()
            .decide(move |it| {
                let stories = running(&it.reader(), &config, &output, now)?.stories;
                decide(it, &output, &stories)
            })
            .await
    }
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
