//! What hooks are sent: the same data as in the API, checked like a feed.

use serde_json::Value;
use serde_json::json;

use crate::config::LinkTo;
use crate::config::Output;
use crate::domain::SourceId;
use crate::domain::StoryState;
use crate::publish;
use crate::publish::Channel;
use crate::publish::FeedItem;
use crate::publish::Format;
use crate::store::HookDelivery;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::StoryRowId;

use super::document::sound;
use super::document::write;
use super::listing;
use super::snapshot::SiteSnapshot;

/// Something that fails its check, in words that name it; it is not sent.
type Gated<T> = Result<T, String>;

impl SiteSnapshot<'_> {
    /// The body of a delivery.
    pub(super) fn hook_body(&self, delivery: &HookDelivery) -> Result<Gated<Value>, StoreError> {
        let Some(event) = delivery.event else { return Ok(Err("its event is damaged".to_owned())) };
        let (key, told) = match (delivery.story, &delivery.digest, &delivery.source) {
            (Some(story), ..) => ("story", self.hook_story(story)?),
            (None, Some(tag), _) => ("digest", self.hook_digest(delivery.output.as_deref(), tag)?),
            (None, None, source) => ("source", Ok(self.hook_source(source.as_deref())?)),
        };
        Ok(told.map(|told| {
            let mut body = json!({
                "delivery": uuid(&delivery.uuid),
                "event": event.as_str(),
                "at": delivery.at.rfc3339(),
            });
            if let Some(output) = &delivery.output {
                body["output"] = json!(output);
            }
            body[key] = told;
            body
        }))
    }

    /// A story as in the API; one that readers do not see by now, without its briefing.
    fn hook_story(&self, id: StoryRowId) -> Result<Gated<Value>, StoreError> {
        let Some(row) = self.store.story_at(id)? else { return Ok(Ok(Value::Null)) };
        if row.state == StoryState::Published
            && let Some(item) = self.items(std::slice::from_ref(&row))?.pop()
        {
            return match self.checked(FeedItem::from(&item))? {
                Ok(_) => Ok(Ok(self.api_stories(&[row])?.pop().unwrap_or_default())),
                Err(reason) => Ok(Err(format!("story {}: {reason}", row.key))),
            };
        }
        self.unseen_story(&row).map(Ok)
    }

    fn unseen_story(&self, row: &StoryRow) -> Result<Value, StoreError> {
        let mut story = json!(listing::story(self.store, self.config, &self.credits, row)?);
        if row.state == StoryState::Published {
            // Nothing of it may be shown any more.
            story["title"] = json!("");
        }
        story["updated"] = json!(row.updated.rfc3339());
        story["_bylined"] = Value::Null;
        if let Some(into) = row.merged_into.map(|it| self.store.story_at(it)).transpose()?.flatten() {
            let url = publish::absolute(&self.config.site.base_url, &into.path);
            story["merged_into"] = json!({ "id": into.tag.as_str(), "key": into.key.as_str(), "url": url });
        }
        Ok(story)
    }

    /// A digest as its item in the JSON feed, with its stories as in the API.
    fn hook_digest(&self, output: Option<&str>, tag: &str) -> Result<Gated<Value>, StoreError> {
        let is_wanted = |it: &&Output| Some(it.id.as_str()) == output;
        let Some(output) = self.config.outputs.iter().find(is_wanted) else { return Ok(Ok(Value::Null)) };
        let Some(row) = self.store.digest(&output.id, tag)? else { return Ok(Ok(Value::Null)) };
        let rows = self.store.digest_stories(&output.id, &row)?;
        let digests = self.digests(output, vec![row])?;
        let Some(item @ FeedItem::Digest(_)) = self.digest_items(output, &digests).pop() else {
            return Ok(Ok(json!({ "id": tag, "stories": [] })));
        };
        let mut omitted = Vec::new();
        let Some(FeedItem::Digest(digest)) = sound(Format::Json, &self.all()?, &item, &mut omitted) else {
            return Ok(Err(format!("digest {tag}: {}", omitted.join("; "))));
        };
        let is_in = |it: &StoryRow| digest.stories.iter().any(|of| of.key == it.key);
        let stories: Vec<StoryRow> = rows.into_iter().filter(is_in).collect();
        let told = match self.checked(FeedItem::Digest(digest))? {
            Ok(mut item) => {
                item["stories"] = json!(self.api_stories(&stories)?);
                Ok(item)
            }
            Err(reason) => Err(format!("digest {tag}: {reason}")),
        };
        Ok(told)
    }

    /// A source as in the API; nothing of one that may not be named.
    fn hook_source(&self, id: Option<&str>) -> Result<Value, StoreError> {
        let id = id.and_then(|it| it.parse::<SourceId>().ok()).filter(|it| self.is_shown(it));
        let listed = id.map(|it| listing::source(self.store, self.config, &self.credits, &it)).transpose()?;
        Ok(json!(listed.flatten()))
    }

    /// The item as it stands in a JSON feed that passes its check.
    fn checked(&self, item: FeedItem<'_>) -> Result<Gated<Value>, StoreError> {
        let channel = self.all()?;
        let document = match write(Format::Json, &channel, &[item]) {
            Ok(it) => it,
            Err(reason) => return Ok(Err(reason.to_string())),
        };
        let feed: Value = serde_json::from_slice(&document.body).unwrap_or_default();
        let item = feed["items"].get(0).cloned();
        Ok(item.ok_or_else(|| "it fails the check of its feed; the log says why".to_owned()))
    }

    /// The channel of output `all`.
    fn all(&self) -> Result<Channel, StoreError> {
        let all = self.config.outputs.first();
        let title = all.map_or("", |it| it.title.as_str());
        self.channel("/feeds/all", title, all.map_or(LinkTo::Original, |it| it.link), None)
    }
}

/// Sixteen random bytes as a UUID of version 4 (RFC 9562 §5.4).
fn uuid(hex: &str) -> String {
    let mut uuid = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(match (at, digit.to_digit(16)) {
            (12, _) => '4',
            (16, Some(digit)) => ['8', '9', 'a', 'b'][digit as usize % 4],
            _ => digit,
        });
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_named_by_uuids_of_version_4() {
        assert_eq!(uuid("00112233445566778899aabbccddeeff"), "00112233-4455-4677-8899-aabbccddeeff");
        assert_eq!(uuid("ffffffffffffffffffffffffffffffff"), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
