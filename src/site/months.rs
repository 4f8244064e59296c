//! The archive of published stories by months of the site's time zone.

use chrono::Datelike;
use chrono::NaiveDate;
use chrono::TimeZone;

use crate::domain::Timestamp;
use crate::publish::page;
use crate::publish::page::Month;
use crate::store::StoreError;

use super::response::Answer;
use super::response::html;
use super::snapshot::SiteSnapshot;

/// Stories on a month's page.
const MONTH_ITEMS: usize = 2_000;

/// Months listed in the sitemap and in a static copy of the site.
const MONTHS_MAX: usize = 1_200;

impl SiteSnapshot<'_> {
    pub(super) fn month(&self, year: &str, month: &str) -> Result<Option<Answer>, StoreError> {
        let (Ok(year_number), Ok(number)) = (year.parse(), month.parse()) else { return Ok(None) };
        let wanted = Month { year: year_number, month: number };
        if month_path(wanted) != format!("/archive/{year}/{month}") {
            return Ok(None);
        }
        let Some((from, to)) = self.bounds(wanted) else { return Ok(None) };
        let stories = self.store.stories_between(from, to, MONTH_ITEMS)?;
        if stories.is_empty() {
            return Ok(None);
        }
        let items = self.items(&stories)?;
        let newer = self.store.oldest_from(to)?.map(|it| self.month_of(it));
        let older = self.store.newest_before(from)?.map(|it| self.month_of(it));
        Ok(Some(html(page::archive_month(
            &self.site,
            wanted,
            &items.iter().collect::<Vec<_>>(),
            newer,
            older,
        ))))
    }

    /// Months that have published stories, newest first: one look-up for each of them.
    pub(super) fn months(&self) -> Result<Vec<Month>, StoreError> {
        let mut months = Vec::new();
        let mut newest = self.store.newest()?;
        while let Some(at) = newest.filter(|_| months.len() < MONTHS_MAX) {
            let month = self.month_of(at);
            months.push(month);
            let Some((from, _)) = self.bounds(month) else { break };
            newest = self.store.newest_before(from)?;
        }
        Ok(months)
    }

    /// The month of a date in the site's time zone.
    pub(super) fn month_of(&self, at: Timestamp) -> Month {
        let local = self.local(at);
        Month { year: local.year(), month: local.month() }
    }

    pub(super) fn local(&self, at: Timestamp) -> chrono::DateTime<chrono_tz::Tz> {
        at.utc().with_timezone(&self.config.site.timezone)
    }

    fn bounds(&self, month: Month) -> Option<(Timestamp, Timestamp)> {
        let first = NaiveDate::from_ymd_opt(month.year, month.month, 1)?;
        let next = first.checked_add_months(chrono::Months::new(1))?;
        let start = |day: NaiveDate| {
            let local = self.config.site.timezone.from_local_datetime(&day.and_hms_opt(0, 0, 0)?);
            Some(Timestamp::from(local.earliest().or_else(|| local.latest())?.to_utc()))
        };
        Some((start(first)?, start(next)?))
    }
}

pub(super) fn month_path(month: Month) -> String {
    format!("/archive/{}/{:02}", month.year, month.month)
}
