//! The JSON API of the desk, below `/api/v1/desk/`: what its pages do, by the same code, for scripts.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::desk::DeskError;
use crate::desk::FieldText;
use crate::desk::FieldTexts;
use crate::desk::Precondition;
use crate::desk::QueueFilter;
use crate::desk::QueueItem;
use crate::desk::RegroupError;
use crate::desk::StoryView;
use crate::domain::FieldValue;
use crate::domain::StoryField;
use crate::domain::StoryKey;
use crate::store::StoreError;

use super::access::Visitor;
use super::api_body::ApiBody;
use super::decide::DeskAct;
use super::decide::Seen;
use super::queue;
use super::replay;
use super::request::AdminRequest;
use super::response::AdminResponse;
use super::site::AdminSite;

/// What a script may do with a story.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum StoryCall {
    Approve,
    Reject,
    Defer,
    Undo,
    Edit,
    Merge,
    Split,
    Restore,
    Replay,
}

/// Why a call is refused: a status, words, and what else a script wants to know.
pub(super) struct ApiRefusal {
    pub(super) status: u16,
    pub(super) words: String,
    findings: Vec<String>,
}

impl ApiRefusal {
    pub(super) fn new(status: u16, words: impl Into<String>) -> Self {
        Self { status, words: words.into(), findings: Vec::new() }
    }

    pub(super) fn response(&self) -> AdminResponse {
        let mut value = json!({ "error": self.words });
        if !self.findings.is_empty() {
            value["findings"] = json!(self.findings);
        }
        AdminResponse::json(self.status, &value)
    }
}

/// What a call came to.
enum Called {
    /// Done; the story to be shown.
    Done(StoryKey),
    Refused(ApiRefusal),
}

impl AdminSite {
    /// What waits.
    pub(super) async fn api_queue(&self, request: &AdminRequest) -> Result<AdminResponse, StoreError> {
        let queue = self.desk().queue(queue::page_of(request), &QueueFilter::default()).await?;
        let all = |items: &[QueueItem]| items.iter().map(queue_json).collect::<Vec<_>>();
        Ok(AdminResponse::json(
            200,
            &json!({
                "waiting": all(&queue.waiting),
                "going_out": all(&queue.going_out),
                "deferred": all(&queue.deferred),
                "is_cut": queue.page < queue.pages,
                "count": queue.count,
                "page": queue.page,
                "pages": queue.pages,
            }),
        ))
    }

    /// A story as an editor works on it.
    pub(super) async fn api_story(&self, id: &str) -> Result<AdminResponse, StoreError> {
        Ok(match self.story_of(id).await? {
            Some(view) => AdminResponse::json(200, &story_json(&view)),
            None => ApiRefusal::new(404, "there is no such story").response(),
        })
    }

    /// Does something with a story, and answers with what it is then.
    pub(super) async fn api_call(
        &self,
        call: StoryCall,
        request: &AdminRequest,
        visitor: &Visitor,
        id: &str,
    ) -> Result<AdminResponse, StoreError> {
        let read = || {
            let key = id.parse::<StoryKey>().map_err(|_| ApiRefusal::new(404, "there is no such story"))?;
            let mut body = ApiBody::read(request)?;
            // The same key for another call, or from somebody else, is another call.
            body.form = body.form.map(|it| format!("{}.{call:?}.{it}", visitor.name));
            Ok::<_, ApiRefusal>((key, body))
        };
        let (key, body) = match read() {
            Ok(it) => it,
            Err(refused) => return Ok(refused.response()),
        };
        let called = match call {
            StoryCall::Approve => self.api_decide(visitor, &DeskAct::Approve, key, &body).await?,
            StoryCall::Reject if body.reason.is_none() => {
                Called::Refused(ApiRefusal::new(400, "a rejection needs a `reason`"))
            }
            StoryCall::Reject => self.api_decide(visitor, &DeskAct::Reject, key, &body).await?,
            StoryCall::Defer => {
                let until = DeskAct::Defer(body.until.clone().unwrap_or_default());
                self.api_decide(visitor, &until, key, &body).await?
            }
            StoryCall::Undo => self.api_decide(visitor, &DeskAct::Undo, key, &body).await?,
            StoryCall::Edit => self.api_edit(visitor, key, &body).await?,
            StoryCall::Restore => {
                let desk = self.desk().given(precondition(&key, &body));
                let n = body.revision.unwrap_or_default();
                desk_called(key.clone(), desk.restore(&key, n, &visitor.editor(body.reason.clone())).await)?
            }
            StoryCall::Replay => {
                let desk = self.desk().given(precondition(&key, &body));
                match replay::replayed(desk, key.clone(), visitor.editor(body.reason.clone())).await {
                    Some(written) => desk_called(key, written)?,
                    None => Called::Refused(ApiRefusal::new(
                        503,
                        "the engine is still writing; look at the story again in a while",
                    )),
                }
            }
            StoryCall::Merge => {
                let desk = self.desk().given(precondition(&key, &body));
                let keys: Vec<StoryKey> = std::iter::once(key.clone()).chain(body.with.clone()).collect();
                regrouped(
                    key,
                    desk.merge(&keys, &visitor.editor(body.reason.clone())).await.map(|it| it.key),
                )?
            }
            StoryCall::Split => {
                let desk = self.desk().given(precondition(&key, &body));
                let split = desk.split(&key, &body.entries, &visitor.editor(body.reason.clone())).await;
                regrouped(key, split.map(|it| it.0.key))?
            }
        };
        match called {
            Called::Refused(refused) => Ok(refused.response()),
            Called::Done(key) => self.api_story(key.as_str()).await,
        }
    }

    async fn api_decide(
        &self,
        visitor: &Visitor,
        deed: &DeskAct,
        key: StoryKey,
        body: &ApiBody,
    ) -> Result<Called, StoreError> {
        let seen = Seen { key: key.clone(), version: body.version };
        let done = self.decide_one(visitor, deed, &seen, body.reason.clone(), body.form.as_deref()).await;
        desk_called(key, done)
    }

    async fn api_edit(&self, visitor: &Visitor, key: StoryKey, body: &ApiBody) -> Result<Called, StoreError> {
        let form = match self.desk().edit_form(&key).await {
            Ok(form) => form,
            Err(refused) => return desk_called(key, Err::<(), _>(refused)),
        };
        let changes = match form.changes_of(&body.fields) {
            Ok(changes) => changes,
            Err(error) => return Ok(Called::Refused(ApiRefusal::new(400, error.to_string()))),
        };
        let findings = form.findings(&changes);
        if !findings.is_empty() && !body.anyway {
            let words =
                "the sources do not support what is listed; send `anyway: true` to save it in your name";
            return Ok(Called::Refused(ApiRefusal { findings, ..ApiRefusal::new(422, words) }));
        }
        if changes.is_empty() {
            return Ok(Called::Done(key));
        }
        let desk = self.desk().given(precondition(&key, body));
        desk_called(key, desk.save(&form, &changes, &visitor.editor(body.reason.clone())).await)
    }
}

fn precondition(key: &StoryKey, body: &ApiBody) -> Precondition {
    Seen { key: key.clone(), version: body.version }.precondition(body.form.as_deref())
}

fn desk_called<T>(key: StoryKey, done: Result<T, DeskError>) -> Result<Called, StoreError> {
    match done {
        Ok(_) | Err(DeskError::Repeated) => Ok(Called::Done(key)),
        Err(DeskError::Store(error)) => Err(error),
        Err(error) => {
            let status = match error {
                DeskError::Unknown(_) => 404,
                DeskError::Until(_) => 400,
                _ => 409,
            };
            Ok(Called::Refused(ApiRefusal::new(status, error.to_string())))
        }
    }
}

fn regrouped(key: StoryKey, done: Result<StoryKey, RegroupError>) -> Result<Called, StoreError> {
    match done {
        Ok(key) => Ok(Called::Done(key)),
        Err(RegroupError::Repeated) => Ok(Called::Done(key)),
        Err(RegroupError::Store(error)) => Err(error),
        Err(error) => {
            let status = if matches!(error, RegroupError::UnknownStory(_)) { 404 } else { 409 };
            Ok(Called::Refused(ApiRefusal::new(status, error.to_string())))
        }
    }
}

fn queue_json(it: &QueueItem) -> Value {
    let reasons = it.reasons.iter().map(|it| json!({ "reason": it.as_str(), "words": it.sentence() }));
    json!({
        "key": it.key.as_str(),
        "title": it.title,
        "version": it.version.to_string(),
        "publishers": it.publishers,
        "sources": it.sources.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "topics": it.topics.iter().map(|it| &it.name).collect::<Vec<_>>(),
        "published": it.published.rfc3339(),
        "score": it.score,
        "sentence": it.sentence,
        "reasons": reasons.collect::<Vec<_>>(),
        "findings": it.findings,
        "is_published": it.is_published,
        "goes_out": it.approval.as_ref().map(|it| it.due.rfc3339()),
        "deferred_until": it.deferral.as_ref().map(|it| it.until.rfc3339()),
    })
}

fn story_json(view: &StoryView) -> Value {
    let mut value = queue_json(&view.item);
    value["id"] = json!(view.story.tag.as_str());
    value["state"] = json!(view.story.state.as_str());
    value["merged_into"] = json!(view.survivor.as_ref().map(|it| it.key.as_str()));
    value["fields"] = view.form.as_ref().map_or(Value::Null, |form| {
        let field = |field: StoryField| {
            let value = FieldValue::of(field, &form.title, &form.briefing);
            (field.as_str().to_owned(), field_json(&value))
        };
        Value::Object(StoryField::ALL.map(field).into_iter().collect::<Map<_, _>>())
    });
    value["written"] = json!(
        view.form
            .as_ref()
            .map_or_else(|_| Vec::new(), |it| it.written.iter().map(|it| it.as_str()).collect())
    );
    value["members"] = (view.members.iter())
        .map(|it| {
            let sentences: Vec<_> = it.sentences.iter().map(|it| it.statement.text.as_str()).collect();
            json!({
                "entry": it.entry.key.as_str(), "source": it.entry.source.as_str(), "publisher": it.publisher,
                "title": it.title, "url": it.url, "is_primary": it.is_primary, "sentences": sentences,
            })
        })
        .collect();
    value["revisions"] = (view.revisions.iter())
        .map(|it| json!({ "n": it.n, "created": it.created.rfc3339(), "title": it.title, "by": it.author, "why": it.why }))
        .collect();
    value["acts"] = (view.acts.iter())
        .map(|it| json!({ "at": it.at.rfc3339(), "by": it.by, "act": it.act, "revision": it.revision, "why": it.why }))
        .collect();
    value
}

/// A field as `edit` takes it.
fn field_json(value: &FieldValue) -> Value {
    match value {
        FieldValue::Title(it) => json!(it),
        FieldValue::KeyTakeaway(all) => {
            (all.iter()).map(|it| json!({ "audience": it.audience, "text": it.statement.text })).collect()
        }
        FieldValue::Topics(all) => all.iter().map(|it| json!(it.name)).collect(),
        FieldValue::BestFor(all) => json!(all),
        _ => value.statements().into_iter().map(|it| json!(it.text)).collect(),
    }
}

/// What a script writes into fields; `null` gives one back to the engine.
pub(super) fn fields(given: &Map<String, Value>) -> Result<FieldTexts, ApiRefusal> {
    let mut texts = FieldTexts::new();
    for (name, value) in given {
        let known = StoryField::ALL.map(StoryField::as_str).join(", ");
        let Some(field) = StoryField::from_word(name) else {
            return Err(ApiRefusal::new(400, format!("unknown field `{name}`; the fields are {known}")));
        };
        texts.insert(field, field_text(field, value)?);
    }
    Ok(texts)
}

fn field_text(field: StoryField, value: &Value) -> Result<FieldText, ApiRefusal> {
    let wrong = || ApiRefusal::new(400, format!("`{field}` has another form; GET the story to see it"));
    let text = |it: &Value| it.as_str().map(str::to_owned).ok_or_else(wrong);
    Ok(match (field, value) {
        (_, Value::Null) => FieldText::Reverted,
        (StoryField::Title, it) => FieldText::Text(text(it)?),
        (StoryField::KeyTakeaway, Value::Array(all)) => {
            let pair = |it: &Value| {
                let audience = it["audience"].as_str().unwrap_or_default().to_owned();
                Ok((audience, text(&it["text"])?))
            };
            FieldText::Takeaways(all.iter().map(pair).collect::<Result<_, ApiRefusal>>()?)
        }
        (_, Value::Array(all)) => FieldText::Lines(all.iter().map(text).collect::<Result<_, _>>()?),
        _ => return Err(wrong()),
    })
}
