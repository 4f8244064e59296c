//! Curates a story again, and says what came of it.

use std::time::Duration;

use crate::desk::Desk;
use crate::desk::DeskError;
use crate::desk::Editor;
use crate::desk::Replayed;
use crate::domain::StoryKey;
use crate::store::StoreError;

use super::access::Visitor;
use super::decide::Seen;
use super::request::AdminRequest;
use super::request::FormFields;
use super::response::AdminResponse;
use super::site::AdminSite;
use super::story::Unsaved;

/// How long an answer waits for a model; what it writes later stands at the next look.
const PATIENCE: Duration = Duration::from_secs(20);

/// Has the engine write a story again, to its end whether or not whoever asked still waits: a model may take
/// minutes, and what was asked of it is paid. `None` while it is still writing.
pub(super) async fn replayed(
    desk: Desk,
    key: StoryKey,
    editor: Editor,
) -> Option<Result<Replayed, DeskError>> {
    let writing = tokio::spawn(async move { desk.replay(&key, Some(&editor)).await });
    let written = tokio::time::timeout(PATIENCE, writing).await.ok()?;
    Some(written.unwrap_or_else(|_| Err(DeskError::Store(StoreError::Panicked))))
}

impl AdminSite {
    /// Has the engine write a story again; what people wrote stays, and what a person approved stays with
    /// readers until the new version is approved.
    pub(super) async fn replay(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        let Some(view) = self.story_of(key).await? else {
            return Ok(self.refused(request, visitor, 404, "there is no such story"));
        };
        let Ok(version) = form.text("version").parse() else {
            return Ok(self.refused(request, visitor, 400, "the form has lost its version; reload the page"));
        };
        let key = view.story.key.clone();
        if self.was_submitted(form.text("form"), &key).await? {
            return Ok(AdminResponse::see_other(&format!("/desk/story/{key}")));
        }
        let seen = Seen { key: key.clone(), version: Some(version) };
        let name = Some(form.text("form")).filter(|it| !it.is_empty());
        let desk = self.desk().given(seen.precondition(name));
        let Some(replayed) = replayed(desk, key.clone(), visitor.editor(None)).await else {
            let words = "The engine is still writing. What it says will stand here; look again in a while.";
            return self.story_page(request, visitor, 202, view, Unsaved::of_notice(words.to_owned())).await;
        };
        match replayed {
            Ok(replayed) if replayed.same => {
                let mut words = "The engine would write the same again; nothing was changed.".to_owned();
                if let Some(failure) = &replayed.failure {
                    words.push_str(&format!(" The model took no part: {failure}."));
                }
                self.story_page(request, visitor, 200, view, Unsaved::of_notice(words)).await
            }
            Ok(_) | Err(DeskError::Repeated) => Ok(AdminResponse::see_other(&format!("/desk/story/{key}"))),
            Err(DeskError::Store(error)) => Err(error),
            Err(refused) => Ok(self.refused(request, visitor, 409, &refused.to_string())),
        }
    }
}
