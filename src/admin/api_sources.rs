//! Sources in the desk's API, by the code of its pages.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::config::Setting;
use crate::desk::WantedSource;
use crate::site::listing;
use crate::store::StoreError;

use super::access::Visitor;
use super::api_body::object;
use super::request::AdminRequest;
use super::response::AdminResponse;
use super::site::AdminSite;
use super::sources::NotDone;

/// Keys that one call sets.
const SETTINGS_MAX: usize = 20;

impl AdminSite {
    /// All sources, as `source list --json`.
    pub(super) async fn api_sources(&self) -> Result<AdminResponse, StoreError> {
        let config = self.current_config().await;
        let listed = self.store().read(move |it| listing::sources(it, &config)).await?;
        Ok(AdminResponse::json(200, &json!(listed)))
    }

    /// What is at an address.
    pub(super) async fn api_find_source(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
    ) -> Result<AdminResponse, StoreError> {
        let found = match wanted(request) {
            Ok(wanted) => self.look_at(&wanted).await,
            Err(refused) => Err(refused),
        };
        let answer = found.map(|(found, trial)| {
            let others: Vec<String> = found.others.iter().map(ToString::to_string).collect();
            AdminResponse::json(
                200,
                &json!({
                    "id": found.new.id.as_str(), "url": found.new.url.as_str(), "title": found.title,
                    "entries": found.entries, "others": others, "trial": trial,
                }),
            )
        });
        self.answered(request, visitor, answer)
    }

    /// Follows the feed at an address.
    pub(super) async fn api_add_source(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
    ) -> Result<AdminResponse, StoreError> {
        let added = match wanted(request) {
            Ok(wanted) => self.follow(visitor, &wanted).await,
            Err(refused) => Err(refused),
        };
        let answer = added
            .map(|it| AdminResponse::json(200, &json!({ "id": it.id.as_str(), "url": it.url.as_str() })));
        self.answered(request, visitor, answer)
    }

    /// Adds what a list of subscriptions holds.
    pub(super) async fn api_import_sources(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
    ) -> Result<AdminResponse, StoreError> {
        let document = read(request).and_then(|body| match (body.len(), body.get("opml")) {
            (1, Some(Value::String(it))) => Ok(it.clone()),
            _ => Err(refused("send `opml`: the text of a list of subscriptions")),
        });
        let imported = match document {
            Ok(document) => self.import(visitor, document.as_bytes()).await,
            Err(refused) => Err(refused),
        };
        let answer = imported.map(|plan| {
            let added = plan.new.iter().map(|it| json!({ "id": it.id.as_str(), "url": it.url.as_str() }));
            let added: Vec<Value> = added.collect();
            let unread = plan.skipped_count() - plan.skipped.len();
            AdminResponse::json(200, &json!({ "added": added, "skipped": plan.skipped, "unread": unread }))
        });
        self.answered(request, visitor, answer)
    }

    /// Takes a source out of the newsroom; its stories, credits and rights stay.
    pub(super) async fn api_remove_source(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        id: &str,
    ) -> Result<AdminResponse, StoreError> {
        let removed = match read(request) {
            Ok(body) if body.is_empty() => self.remove(visitor, id).await,
            Ok(_) => Err(refused("send an empty object")),
            Err(refused) => Err(refused),
        };
        self.answered(request, visitor, removed.map(|()| AdminResponse::json(200, &json!({ "id": id }))))
    }

    /// Sets keys of a source, and answers with all that were set.
    pub(super) async fn api_set_source(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        id: &str,
    ) -> Result<AdminResponse, StoreError> {
        let set = match settings(request) {
            Ok(settings) => self.set(visitor, id, settings.clone()).await.map(|()| settings),
            Err(refused) => Err(refused),
        };
        let answer = set.map(|settings| {
            let set: Vec<String> = settings.iter().map(ToString::to_string).collect();
            AdminResponse::json(200, &json!({ "id": id, "set": set }))
        });
        self.answered(request, visitor, answer)
    }
}

fn refused(words: impl Into<String>) -> NotDone {
    NotDone::Refused(400, words.into())
}

/// The one JSON object that a call brings.
fn read(request: &AdminRequest) -> Result<Map<String, Value>, NotDone> {
    object(request).map_err(|it| NotDone::Refused(it.status, it.words))
}

fn wanted(request: &AdminRequest) -> Result<WantedSource, NotDone> {
    let mut wanted = WantedSource::default();
    for (name, value) in read(request)? {
        let wrong = || refused(format!("`{name}` has another form"));
        let text = || value.as_str().map(str::to_owned).ok_or_else(wrong);
        match name.as_str() {
            "url" => wanted.url = text()?,
            "id" => wanted.id = Some(text()?),
            "publisher" => wanted.publisher = Some(text()?),
            "topics" => {
                let all = value.as_array().ok_or_else(wrong)?;
                let all: Option<Vec<String>> = all.iter().map(|it| it.as_str().map(str::to_owned)).collect();
                wanted.topics = all.ok_or_else(wrong)?;
            }
            _ => return Err(refused(format!("`{name}` is not known"))),
        }
    }
    match wanted.url.is_empty() {
        true => Err(refused("`url` is missing")),
        false => Ok(wanted),
    }
}

/// Keys of a source with their values, as the file has them.
fn settings(request: &AdminRequest) -> Result<Vec<Setting>, NotDone> {
    let given = read(request)?;
    if given.is_empty() || given.len() > SETTINGS_MAX {
        return Err(refused(format!("send 1 to {SETTINGS_MAX} keys of the source")));
    }
    let setting = |(key, value): (String, Value)| {
        let wrong = || refused(format!("`{key}` is no text, number, truth or list of texts"));
        match &value {
            Value::Bool(it) => Ok(Setting::new(&key, *it)),
            Value::String(it) => Ok(Setting::new(&key, it.as_str())),
            Value::Number(it) => match (it.as_i64(), it.as_f64()) {
                (Some(it), _) => Ok(Setting::new(&key, it)),
                (None, Some(it)) => Ok(Setting::new(&key, it)),
                (None, None) => Err(wrong()),
            },
            Value::Array(all) => {
                let all: Option<Vec<String>> = all.iter().map(|it| it.as_str().map(str::to_owned)).collect();
                Ok(Setting::list(&key, &all.ok_or_else(wrong)?))
            }
            Value::Null | Value::Object(_) => Err(wrong()),
        }
    };
    given.into_iter().map(setting).collect()
}
