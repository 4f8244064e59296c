//! Items of an output with `digest`: one for each period that is over.

use std::time::Duration;

use crate::config::Output;
use crate::domain::Item;
use crate::domain::Timestamp;
use crate::publish::Digest;
use crate::publish::FeedItem;
use crate::store::DigestRow;
use crate::store::StoreError;

use super::months::month_path;
use super::snapshot::SiteSnapshot;

/// A period shorter than this is one of several a day; when clocks change, a day has 23 hours.
const DIGEST_DAY_MIN: Duration = Duration::from_secs(20 * 60 * 60);

/// A period of a digest.
pub(super) struct DigestPeriod {
    row: DigestRow,
    /// When one of its stories last changed or was taken back, not before its end.
    updated: Timestamp,
    /// What may be shown, best first.
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
            let Some(newest) = stories.iter().map(|it| it.published).max() else {
                return FeedItem::Withdrawn { id: &row.tag, at: *updated };
            };
            FeedItem::Digest(Digest {
                id: row.tag.clone(),
                title: format!("{}, {}", output.title, self.day_of(row)),
                path: format!("{}#{}", month_path(self.month_of(newest)), self.local(newest).date_naive()),
                published: row.ends,
                updated: *updated,
                stories: stories.iter().collect(),
            })
        };
        digests.iter().map(item).collect()
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
