//! Decisions on one story or several: approve, reject, put off, undo. The desk's pages and its API
//! bring them here.

use askama::Template;

use crate::desk::DeskError;
use crate::desk::Precondition;
use crate::desk::StoryVersion;
use crate::domain::StoryKey;
use crate::store::StoreError;
use crate::text::clean;

use super::access::Visitor;
use super::login;
use super::page;
use super::page::Shell;
use super::request::AdminRequest;
use super::request::FormFields;
use super::response::AdminResponse;
use super::site::AdminSite;

/// Characters of a reason.
pub(super) const REASON_CHARS_MAX: usize = 500;

/// Stories that one form decides on.
const STORIES_MAX: usize = 200;

/// Characters of a form's name.
const FORM_CHARS_MAX: usize = 64;

/// What is decided.
#[derive(Clone, Debug)]
pub(super) enum DeskAct {
    /// Goes out soon.
    Approve,
    /// Is not published, or no more, for this reason.
    Reject,
    /// Waits again at this time, as it was written.
    Defer(String),
    /// An approval is taken back.
    Undo,
}

impl DeskAct {
    /// What a word asks for, with the time that a deferral ends.
    pub(super) fn read(word: &str, until: &str) -> Option<Self> {
        match word {
            "approve" => Some(Self::Approve),
            "reject" => Some(Self::Reject),
            "defer" => Some(Self::Defer(until.to_owned())),
            "undo" => Some(Self::Undo),
            _ => None,
        }
    }
}

/// A story that a decision is about, as its editor saw it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) key: StoryKey,
    pub(super) version: Option<StoryVersion>,
}

impl Seen {
    /// `KEY` or `KEY:VERSION`.
    fn read(text: &str) -> Option<Self> {
        let (key, version) = text.split_once(':').map_or((text, None), |(key, version)| (key, Some(version)));
        Some(Self { key: key.parse().ok()?, version: version.map(str::parse).transpose().ok()? })
    }

    pub(super) fn precondition(&self, form: Option<&str>) -> Precondition {
        Precondition {
            form: form.map(|it| format!("{it}.{}", self.key)),
            seen: self.version.map(|it| (self.key.clone(), it)).into_iter().collect(),
            edition: None,
        }
    }
}

#[derive(Template)]
#[template(path = "desk/conflicts.html")]
struct ConflictsPage {
    shell: Shell,
    done: usize,
    conflicts: Vec<ConflictView>,
    next: String,
}

/// A story that was not decided on.
struct ConflictView {
    key: String,
    words: String,
}

impl AdminSite {
    /// Decides on the stories that a form names.
    pub(super) async fn decide(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
    ) -> Result<AdminResponse, StoreError> {
        let refused = |status, words: &str| Ok(self.refused(request, visitor, status, words));
        let Some(deed) = DeskAct::read(form.text("do"), form.text("until")) else {
            return refused(400, "choose what is to be done: approve, reject or put off");
        };
        let name = form.text("form");
        if !(1..=FORM_CHARS_MAX).contains(&name.chars().count()) {
            return refused(400, "the form has lost its name; reload the page and send it again");
        }
        let stories: Option<Vec<Seen>> = form.all("story").map(Seen::read).collect();
        let Some(stories) = stories.filter(|it| (1..=STORIES_MAX).contains(&it.len())) else {
            return refused(400, "tick at least one story");
        };
        let Some(why) = reason(form.text("reason")) else {
            return refused(400, &format!("a reason has at most {REASON_CHARS_MAX} characters"));
        };
        if matches!(deed, DeskAct::Reject) && why.is_none() {
            return refused(400, "a rejection needs a reason; readers see it where the story was published");
        }
        let mut conflicts = Vec::new();
        for story in &stories {
            match self.decide_one(visitor, &deed, story, why.clone(), Some(name)).await {
                // Sent twice, decided once: the answer is the same.
                Ok(()) | Err(DeskError::Repeated) => {}
                Err(DeskError::Store(error)) => return Err(error),
                Err(error) => {
                    conflicts.push(ConflictView { key: story.key.to_string(), words: error.to_string() })
                }
            }
        }
        let next = login::local_path(Some(form.text("next")));
        if conflicts.is_empty() {
            return Ok(AdminResponse::see_other(&next));
        }
        let shell = Shell::new(self.config(), visitor, "Not everything was done", "queue");
        Ok(page::written(
            409,
            &ConflictsPage { shell, done: stories.len() - conflicts.len(), conflicts, next },
        ))
    }

    /// Decides on one story.
    pub(super) async fn decide_one(
        &self,
        visitor: &Visitor,
        deed: &DeskAct,
        story: &Seen,
        why: Option<String>,
        form: Option<&str>,
    ) -> Result<(), DeskError> {
        let mut precondition = story.precondition(form);
        if matches!(deed, DeskAct::Undo) {
            // Whatever became of the story, it does not go out by this.
            precondition.seen.clear();
        }
        let desk = self.desk().given(precondition);
        let editor = visitor.editor(why);
        match deed {
            DeskAct::Approve => desk.approve_soon(&story.key, &editor).await,
            DeskAct::Reject => desk.reject(&story.key, &editor).await,
            DeskAct::Defer(until) => desk.defer(&story.key, until, &editor).await.map(drop),
            DeskAct::Undo => desk.undo_approval(&story.key, &editor).await,
        }
    }
}

/// A reason as it is kept: one clean line, or nothing. `None` where it is too long.
pub(super) fn reason(text: &str) -> Option<Option<String>> {
    let line = clean::line(text);
    (line.chars().count() <= REASON_CHARS_MAX).then(|| Some(line).filter(|it| !it.is_empty()))
}
