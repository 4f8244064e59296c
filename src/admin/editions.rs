//! Editions: what goes out next of each digest, and what an editor may do about it until then. Every
//! decision is one of [`Desk`](crate::desk::Desk), as from a terminal.

use askama::Template;

use crate::config::EditorRole;
use crate::config::Output;
use crate::desk::EDITION_NOTE_CHARS_MAX;
use crate::desk::EditionError;
use crate::desk::EditionShift;
use crate::desk::Precondition;
use crate::desk::RunningEdition;
use crate::domain::LeftOut;
use crate::domain::OutputId;
use crate::domain::StoryKey;
use crate::pipeline::edition::EditionStory;
use crate::publish;
use crate::store::StoreError;

use super::access::Visitor;
use super::page;
use super::page::Moment;
use super::page::Shell;
use super::random;
use super::request::AdminRequest;
use super::request::FormFields;
use super::response::AdminResponse;
use super::site::AdminSite;

/// Editions that went out which the list names, of each output.
const SENT_MAX: usize = 5;

#[derive(Template)]
#[template(path = "desk/editions.html")]
struct EditionsPage {
    shell: Shell,
    editions: Vec<EditionView>,
}

struct EditionView {
    output: String,
    title: String,
    stories: usize,
    ends: Option<Moment>,
    has_note: bool,
    sent: Vec<SentView>,
}

struct SentView {
    url: String,
    at: Moment,
}

#[derive(Template)]
#[template(path = "desk/edition.html")]
struct EditionPage {
    shell: Shell,
    output: String,
    title: String,
    version: String,
    form: String,
    ends: Option<Moment>,
    note: String,
    note_by: Option<String>,
    note_chars_max: usize,
    rows: Vec<EditionRow>,
    left_out: Vec<EditionRow>,
    is_arranged: bool,
    may_decide: bool,
    notice: Option<String>,
}

struct EditionRow {
    key: String,
    title: String,
    source: String,
    score: String,
    is_ordered: bool,
    is_dropped: bool,
    /// Why it is left out.
    why: &'static str,
}

impl AdminSite {
    /// Every output with editions.
    pub(super) async fn editions(&self, visitor: &Visitor) -> Result<AdminResponse, StoreError> {
        let mut editions = Vec::new();
        for output in self.config().outputs.iter().filter(|it| it.digest.is_some()) {
            match self.edition_view(output).await {
                Ok(view) => editions.push(view),
                Err(EditionError::Store(error)) => return Err(error),
                // It left the configuration meanwhile.
                Err(_) => {}
            }
        }
        let shell = Shell::new(self.config(), visitor, "Editions", "editions");
        Ok(page::written(200, &EditionsPage { shell, editions }))
    }

    async fn edition_view(&self, output: &Output) -> Result<EditionView, EditionError> {
        let edition = self.desk().edition(&output.id).await?;
        let (config, zone) = (self.config(), self.config().site.timezone);
        let id = output.id.clone();
        let sent = self.store().read(move |it| it.digests(&id, 0, SENT_MAX as u64)).await?;
        let view = |it: &crate::store::DigestRow| SentView {
            url: publish::absolute(
                &config.site.base_url,
                &publish::edition_path(&output.id, &it.tag, it.begins),
            ),
            at: Moment::new(it.ends, zone),
        };
        Ok(EditionView {
            output: output.id.to_string(),
            title: output.title.clone(),
            stories: edition.shown().count(),
            ends: edition.period.map(|it| Moment::new(it.1, zone)),
            has_note: edition.note.is_some(),
            sent: sent.iter().map(view).collect(),
        })
    }

    /// The edition of an output that goes out next.
    pub(super) async fn edition(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        output: &str,
    ) -> Result<AdminResponse, StoreError> {
        let Some(output) = self.output_with_editions(output) else {
            return Ok(self.refused(request, visitor, 404, "there is no output with editions of this name"));
        };
        match self.desk().edition(&output.id).await {
            Ok(edition) => Ok(self.edition_page(visitor, 200, output, &edition, None)),
            Err(EditionError::Store(error)) => Err(error),
            Err(refused) => Ok(self.refused(request, visitor, 409, &refused.to_string())),
        }
    }

    /// What an editor decides of it.
    pub(super) async fn change_edition(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
        output: &str,
    ) -> Result<AdminResponse, StoreError> {
        let Some(output) = self.output_with_editions(output) else {
            return Ok(self.refused(request, visitor, 404, "there is no output with editions of this name"));
        };
        let (word, key) = form.text("do").split_once(':').unwrap_or((form.text("do"), ""));
        let Some(change) = EditionChange::read(word, key, form.text("note")) else {
            return Ok(self.refused(request, visitor, 400, "choose what is to be done with the edition"));
        };
        let precondition = Precondition {
            // A form has several buttons, and each decides once.
            form: Some(form.text("form")).filter(|it| !it.is_empty()).map(|it| format!("{it}.{word}.{key}")),
            edition: Some(form.text("version").to_owned()).filter(|it| !it.is_empty()),
            ..Precondition::default()
        };
        let path = format!("/desk/editions/{}", output.id);
        match self.decide_edition(visitor, &output.id, &change, precondition).await {
            Ok(()) | Err(EditionError::Repeated) => {
                let place = if key.is_empty() { String::new() } else { format!("#s-{key}") };
                Ok(AdminResponse::see_other(&format!("{path}{place}")))
            }
            Err(EditionError::Store(error)) => Err(error),
            Err(refused) => {
                let words = match refused {
                    EditionError::Changed => {
                        "Nothing was done: another editor has changed the edition meanwhile. This is how it is now."
                            .to_owned()
                    }
                    refused => format!("Nothing was done: {refused}."),
                };
                match self.desk().edition(&output.id).await {
                    Ok(edition) => {
                        let unsaved =
                            matches!(change, EditionChange::Note(Some(_))).then(|| form.text("note"));
                        Ok(self.edition_page(visitor, 409, output, &edition, Some((words, unsaved))))
                    }
                    Err(EditionError::Store(error)) => Err(error),
                    Err(refused) => Ok(self.refused(request, visitor, 409, &refused.to_string())),
                }
            }
        }
    }

    /// Takes a decision about the edition that goes out next.
    pub(super) async fn decide_edition(
        &self,
        visitor: &Visitor,
        output: &OutputId,
        change: &EditionChange,
        precondition: Precondition,
    ) -> Result<(), EditionError> {
        let (desk, editor) = (self.desk().given(precondition), visitor.editor(None));
        match change {
            EditionChange::Shift(key, shift) => desk.shift_in_edition(output, key, *shift, &editor).await,
            EditionChange::Order(keys) => desk.order_edition(output, keys, &editor).await,
            EditionChange::Drop(keys) => desk.drop_from_edition(output, keys, &editor).await,
            EditionChange::TakeBack(keys) => desk.restore_to_edition(output, keys, &editor).await,
            EditionChange::Note(text) => desk.note_edition(output, text.as_deref(), &editor).await,
            EditionChange::Send => desk.send_edition(output, &editor).await.map(drop),
        }
    }

    /// An output of this id that has editions.
    pub(super) fn output_with_editions(&self, id: &str) -> Option<&Output> {
        self.config().outputs.iter().find(|it| it.id.as_str() == id && it.digest.is_some())
    }

    fn edition_page(
        &self,
        visitor: &Visitor,
        status: u16,
        output: &Output,
        edition: &RunningEdition,
        refused: Option<(String, Option<&str>)>,
    ) -> AdminResponse {
        let Ok(form) = random::form_name() else {
            return AdminResponse::text(503, "the system has no random numbers");
        };
        let (config, zone) = (self.config(), self.config().site.timezone);
        let (notice, unsaved) = refused.map_or((None, None), |it| (Some(it.0), it.1));
        let note = edition.note.as_ref();
        let left_out = edition.stories.iter().filter(|it| it.left_out.is_some());
        let page = EditionPage {
            shell: Shell::new(config, visitor, &output.title, "editions"),
            output: output.id.to_string(),
            title: output.title.clone(),
            version: edition.version(),
            form,
            ends: edition.period.map(|it| Moment::new(it.1, zone)),
            note: unsaved.map_or_else(|| note.map(|it| it.text.clone()).unwrap_or_default(), str::to_owned),
            note_by: note.map(|it| it.by.clone()),
            note_chars_max: EDITION_NOTE_CHARS_MAX,
            rows: edition.shown().map(row).collect(),
            left_out: left_out.map(row).collect(),
            is_arranged: edition.shown().any(|it| it.is_ordered),
            may_decide: visitor.role >= EditorRole::Editor,
            notice,
        };
        page::written(status, &page)
    }
}

/// What is decided about an edition.
#[derive(Clone, Debug)]
pub(super) enum EditionChange {
    /// A story moves.
    Shift(StoryKey, EditionShift),
    /// These come first, in this order, and no others.
    Order(Vec<StoryKey>),
    /// These are left out.
    Drop(Vec<StoryKey>),
    /// These are not.
    TakeBack(Vec<StoryKey>),
    /// What stands at the top.
    Note(Option<String>),
    /// It goes out now.
    Send,
}

impl EditionChange {
    /// What a button asks for.
    fn read(word: &str, key: &str, note: &str) -> Option<Self> {
        let shift = |it| Some(Self::Shift(key.parse().ok()?, it));
        match word {
            "first" => shift(EditionShift::First),
            "up" => shift(EditionShift::Up),
            "down" => shift(EditionShift::Down),
            "drop" => Some(Self::Drop(vec![key.parse().ok()?])),
            "back" => Some(Self::TakeBack(vec![key.parse().ok()?])),
            "reset" => Some(Self::Order(Vec::new())),
            "note" => Some(Self::Note(Some(note.trim().to_owned()).filter(|it| !it.is_empty()))),
            "send" => Some(Self::Send),
            _ => None,
        }
    }
}

fn row(it: &EditionStory) -> EditionRow {
    EditionRow {
        key: it.candidate.story.key.to_string(),
        title: it.candidate.story.title.clone(),
        source: it.candidate.source.to_string(),
        score: format!("{:.2}", it.candidate.score),
        is_ordered: it.is_ordered,
        is_dropped: it.left_out == Some(LeftOut::Dropped),
        why: match it.left_out {
            Some(LeftOut::Dropped) => "an editor left it out",
            Some(LeftOut::Publisher) => "its publisher has as many as it may",
            Some(LeftOut::Topic) => "another story of the same event is in it",
            None => "",
        },
    }
}
