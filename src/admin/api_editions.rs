//! Editions in the desk's API, by the code of its pages, and the log of what was done with them.

use serde_json::Value;
use serde_json::json;

use crate::desk::EditionError;
use crate::desk::Precondition;
use crate::desk::RunningEdition;
use crate::domain::OutputId;
use crate::domain::StoryKey;
use crate::store::StoreError;
use crate::text::clean;

use super::access::Visitor;
use super::api::ApiRefusal;
use super::api_body::idempotency_key;
use super::api_body::object;
use super::editions::EditionChange;
use super::request::AdminRequest;
use super::response::AdminResponse;
use super::site::AdminSite;

/// Entries of the log that are shown.
const LOGGED_MAX: usize = 200;

/// What a script may do with the edition that goes out next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum EditionCall {
    Order,
    Drop,
    Note,
    Send,
}

impl AdminSite {
    /// What people did with editions and sources, newest first.
    pub(super) async fn api_log(&self) -> Result<AdminResponse, StoreError> {
        let log = self.store().read(|it| it.desk_log(LOGGED_MAX)).await?;
        let entries = log.iter().map(|it| {
            json!({
                "at": it.at.rfc3339(), "by": it.by, "act": it.act, "subject": it.subject, "detail": it.detail,
            })
        });
        Ok(AdminResponse::json(200, &entries.collect()))
    }

    /// The edition of every digest that goes out next.
    pub(super) async fn api_editions(&self) -> Result<AdminResponse, StoreError> {
        let mut editions = Vec::new();
        for output in self.config().outputs.iter().filter(|it| it.digest.is_some()) {
            match self.desk().edition(&output.id).await {
                Ok(edition) => editions.push(self.edition_json(&output.id, &edition)),
                Err(EditionError::Store(error)) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(AdminResponse::json(200, &editions.into()))
    }

    /// The edition of an output that goes out next.
    pub(super) async fn api_edition(&self, output: &str) -> Result<AdminResponse, StoreError> {
        let Some(output) = self.output_with_editions(output).map(|it| it.id.clone()) else {
            return Ok(unknown().response());
        };
        match self.desk().edition(&output).await {
            Ok(edition) => Ok(AdminResponse::json(200, &self.edition_json(&output, &edition))),
            Err(error) => refused(error),
        }
    }

    /// Does something with it, and answers with what it is then.
    pub(super) async fn api_edition_call(
        &self,
        call: EditionCall,
        request: &AdminRequest,
        visitor: &Visitor,
        output: &str,
    ) -> Result<AdminResponse, StoreError> {
        let Some(output) = self.output_with_editions(output).map(|it| it.id.clone()) else {
            return Ok(unknown().response());
        };
        let (change, mut precondition) = match read(call, request) {
            Ok(it) => it,
            Err(refused) => return Ok(refused.response()),
        };
        // From somebody else, or for another output, it is another call, too.
        precondition.form = precondition.form.map(|it| format!("{}.{output}.{it}", visitor.name));
        match self.decide_edition(visitor, &output, &change, precondition).await {
            Ok(()) | Err(EditionError::Repeated) => self.api_edition(output.as_str()).await,
            Err(error) => refused(error),
        }
    }

    fn edition_json(&self, output: &OutputId, edition: &RunningEdition) -> Value {
        edition.json(output, &self.config().site.base_url)
    }
}

fn unknown() -> ApiRefusal {
    ApiRefusal::new(404, "there is no output with editions of this name")
}

fn refused(error: EditionError) -> Result<AdminResponse, StoreError> {
    let status = match error {
        EditionError::Store(error) => return Err(error),
        EditionError::UnknownOutput(_) | EditionError::NoDigest(_) => 404,
        EditionError::Twice(_) | EditionError::NoteLength => 400,
        _ => 409,
    };
    Ok(ApiRefusal::new(status, error.to_string()).response())
}

/// What a call brings: one JSON object with no key that is not known.
fn read(call: EditionCall, request: &AdminRequest) -> Result<(EditionChange, Precondition), ApiRefusal> {
    let (mut stories, mut note, mut is_undo) = (None, None, false);
    let mut precondition = Precondition { form: idempotency_key(request)?, ..Precondition::default() };
    for (name, value) in object(request)? {
        let wrong = || ApiRefusal::new(400, format!("`{name}` has another form"));
        match (name.as_str(), call) {
            ("version", _) => precondition.edition = Some(value.as_str().ok_or_else(wrong)?.to_owned()),
            ("stories", EditionCall::Order | EditionCall::Drop) => {
                let keys: Option<Vec<StoryKey>> =
                    value.as_array().and_then(|all| all.iter().map(|it| it.as_str()?.parse().ok()).collect());
                stories = Some(keys.ok_or_else(wrong)?);
            }
            ("undo", EditionCall::Drop) => is_undo = value.as_bool().ok_or_else(wrong)?,
            ("text", EditionCall::Note) if value.is_null() => note = Some(None),
            ("text", EditionCall::Note) => note = Some(Some(clean::line(value.as_str().ok_or_else(wrong)?))),
            _ => return Err(ApiRefusal::new(400, format!("`{name}` is not known"))),
        }
    }
    // A key that was forgotten takes nothing back.
    let missing = |name: &str| ApiRefusal::new(400, format!("`{name}` is missing"));
    let change = match call {
        EditionCall::Order => EditionChange::Order(stories.ok_or_else(|| missing("stories"))?),
        EditionCall::Drop => {
            let stories = stories.filter(|it| !it.is_empty()).ok_or_else(|| missing("stories"))?;
            if is_undo { EditionChange::TakeBack(stories) } else { EditionChange::Drop(stories) }
        }
        EditionCall::Note => EditionChange::Note(note.ok_or_else(|| missing("text"))?),
        EditionCall::Send => EditionChange::Send,
    };
    // The same key for another call is another call.
    precondition.form =
        precondition.form.map(|it| format!("{call:?}{}.{it}", if is_undo { " undo" } else { "" }));
    Ok((change, precondition))
}
