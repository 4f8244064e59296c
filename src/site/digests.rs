//! Items of an output with `digest`: one for each period that is over.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Output;
use crate::domain::Item;
use crate::domain::Timestamp;
use crate::publish;
use crate::publish::Digest;
use crate::publish::FeedItem;
use crate::publish::Format;
use crate::publish::page;
use crate::store::DigestRow;
use crate::store::StoreError;

use super::document::sound;
use super::rendered::Rendered;
use super::response::Answer;
use super::response::HTML;
use super::snapshot::SiteSnapshot;

const PLAIN: &str = "text/plain; charset=utf-8";

const POLICY: &str = "content-security-policy";

/// Editions carry their styles in their elements, as mail does; nothing else is let in.
const EDITION_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// A period shorter than this is one of several a day; when clocks change, a day has 23 hours.
const DIGEST_DAY_MIN: Duration = Duration::from_secs(20 * 60 * 60);

/// A period of a digest.
pub(super) struct DigestPeriod {
    row: DigestRow,
    /// When one of its stories last changed or was taken back, not before its end.
    updated: Timestamp,
    /// What may be shown, in its order.
    stories: Vec<Item>,
}

impl SiteSnapshot<'_> {
    /// Periods with what may be shown of their stories.
    pub(super) fn digests(
        &self,
        output: &Output,
        rows: Vec<DigestRow>,
    ) -> Result<Vec<DigestPeriod>, StoreError> {
        let period = |row: DigestRow| {
            let updated = self.store.digest_updated(&output.id, &row)?;
            let stories = self.items(&self.store.digest_stories(&output.id, &row)?)?;
            Ok(DigestPeriod { updated: updated.map_or(row.ends, |it| it.max(row.ends)), row, stories })
        };
        rows.into_iter().map(period).collect()
    }

    /// One item for each period; one of which every story was taken back is withdrawn.
    pub(super) fn digest_items<'b>(&self, output: &Output, digests: &'b [DigestPeriod]) -> Vec<FeedItem<'b>> {
        let item = |DigestPeriod { row, updated, stories }: &'b DigestPeriod| {
            if stories.is_empty() {
                return FeedItem::Withdrawn { id: &row.tag, at: *updated };
            }
            FeedItem::Digest(Digest {
                id: row.tag.clone(),
                title: format!("{}, {}", output.title, self.day_of(row)),
                path: publish::edition_path(&output.id, &row.tag, row.begins),
                published: row.ends,
                updated: *updated,
                note: row.note.clone(),
                stories: stories.iter().collect(),
            })
        };
        digests.iter().map(item).collect()
    }

    /// The page of a digest at `/edition/{output}/{period start}`, or with `.txt` its plain-text twin. It is
    /// checked as the item of the feed is, and leaves out the same stories.
    pub(super) fn edition(&self, output: &str, name: &str) -> Result<Option<Answer>, StoreError> {
        let Some(output) = self.config.outputs.iter().find(|it| it.id.as_str() == output) else {
            return Ok(None);
        };
        let (begins, is_text) = name.strip_suffix(".txt").map_or((name, false), |it| (it, true));
        let end = format!(":digest-{}-{begins}", output.id);
        let Some(row) = self.store.digest_ending(&output.id, &end)? else { return Ok(None) };
        let digests = self.digests(output, vec![row])?;
        let channel = self.channel(&format!("/feeds/{}", output.id), &output.title, output.link, None)?;
        let Some(FeedItem::Digest(digest)) = self.digest_items(output, &digests).pop() else {
            return Ok(Some(Answer::Gone(Arc::new(Rendered::new(HTML, page::gone(&self.site, None))))));
        };
        // What fails is named where its feed is.
        let sound = sound(Format::Json, &channel, &FeedItem::Digest(digest), &mut Vec::new());
        let Some(FeedItem::Digest(digest)) = sound else { return Ok(None) };
        let rendered = if is_text {
            publish::edition_text(&digest, &channel).map(|it| Rendered::new(PLAIN, it))
        } else {
            let page = publish::edition_html(&digest, &channel);
            page.map(|it| Rendered::new(HTML, it).with_header(POLICY, EDITION_POLICY))
        };
        Ok(rendered.map(|it| Answer::Document(Arc::new(it))))
    }

    /// The paths of all editions, those of which nothing may be shown any more included.
    pub(super) fn edition_paths(&self) -> Result<Vec<String>, StoreError> {
        let mut paths = Vec::new();
        for output in self.config.outputs.iter().filter(|it| it.digest.is_some()) {
            for row in self.store.digests(&output.id, 0, self.length(output)?)? {
                let path = publish::edition_path(&output.id, &row.tag, row.begins);
                paths.push(format!("{path}.txt"));
                paths.push(path);
            }
        }
        Ok(paths)
    }

    /// The day that a period ended on; with the time where there are several a day.
    fn day_of(&self, row: &DigestRow) -> String {
        let last = self.local(row.ends.minus(Duration::from_millis(1)));
        let is_part = self.local(row.begins).date_naive() == last.date_naive()
            && row.ends.since(row.begins) < DIGEST_DAY_MIN;
        let time = if is_part { self.local(row.ends).format(", %H:%M").to_string() } else { String::new() };
        format!("{}{time}", last.format("%-d %B %Y"))
    }
}

/// When a feed of digests last changed.
pub(super) fn changed(digests: &[DigestPeriod]) -> Option<Timestamp> {
    digests.iter().map(|it| it.updated).max()
}
