//! Brings back what a story said before, from its history.

use crate::desk::DeskError;
use crate::domain::StoryKey;
use crate::store::StoreError;

use super::access::Visitor;
use super::decide::Seen;
use super::request::AdminRequest;
use super::request::FormFields;
use super::response::AdminResponse;
use super::site::AdminSite;

impl AdminSite {
    /// Restores a revision, as a new one in the editor's name.
    pub(super) async fn restore(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        let (Ok(key), Ok(n)) = (key.parse::<StoryKey>(), form.text("n").parse::<u32>()) else {
            return Ok(self.refused(request, visitor, 404, "there is no such revision"));
        };
        let Ok(version) = form.text("version").parse() else {
            return Ok(self.refused(request, visitor, 400, "the form has lost its version; reload the page"));
        };
        let seen = Seen { key: key.clone(), version: Some(version) };
        let name = Some(form.text("form")).filter(|it| !it.is_empty());
        let desk = self.desk().given(seen.precondition(name));
        match desk.restore(&key, n, &visitor.editor(None)).await {
            Ok(_) | Err(DeskError::Repeated) => Ok(AdminResponse::see_other(&format!("/desk/story/{key}"))),
            Err(DeskError::Store(error)) => Err(error),
            Err(refused) => Ok(self.refused(request, visitor, 409, &refused.to_string())),
        }
    }
}
