//! Curates a story again, and says what came of it.

use crate::desk::DeskError;
use crate::store::StoreError;

use super::access::Visitor;
use super::decide::Seen;
use super::request::AdminRequest;
use super::request::FormFields;
use super::response::AdminResponse;
use super::site::AdminSite;
use super::story::Unsaved;

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
        match desk.replay(&key, Some(&visitor.editor(None))).await {
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
