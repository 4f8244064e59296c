//! The archive of published stories by years, months and days of the site's time zone.

use chrono::Datelike;
use chrono::NaiveDate;
use chrono::TimeZone;

use crate::domain::Timestamp;
use crate::publish::page;
use crate::publish::page::ArchiveDay;
use crate::publish::page::Month;
use crate::store::StoreError;

use super::listed::ListSpan;
use super::listed::wanted_span;
use super::response::Answer;
use super::response::html;
use super::snapshot::SiteSnapshot;

/// Stories of a month that stand on its page, all of them; a month with more shows the best of each day.
const MONTH_STORIES_MAX: usize = 90;

/// Stories of a day on the page of a month with more than that.
const BEST_OF_DAY: usize = 3;

/// Stories on a page of a day's list.
const DAY_PAGE: usize = 60;

/// Months listed in the archive, the sitemap and a static copy of the site.
const MONTHS_MAX: usize = 1_200;

impl SiteSnapshot<'_> {
    pub(super) fn archive_index(&self) -> Result<Answer, StoreError> {
        Ok(html(page::archive(&self.site, &self.counted(self.months()?)?, None)))
    }

    pub(super) fn year(&self, year: &str) -> Result<Option<Answer>, StoreError> {
        let Some(wanted) = year.parse::<i32>().ok().filter(|it| it.to_string() == year) else {
            return Ok(None);
        };
        let months: Vec<Month> = self.months()?.into_iter().filter(|it| it.year == wanted).collect();
        if months.is_empty() {
            return Ok(None);
        }
        Ok(Some(html(page::archive(&self.site, &self.counted(months)?, Some(wanted)))))
    }

    fn counted(&self, months: Vec<Month>) -> Result<Vec<(Month, usize)>, StoreError> {
        let mut counted = Vec::with_capacity(months.len());
        for month in months {
            let Some((from, to)) = self.bounds(month) else { continue };
            counted.push((month, self.store.count_between(from, to)?));
        }
        Ok(counted)
    }

    pub(super) fn month(&self, year: &str, month: &str) -> Result<Option<Answer>, StoreError> {
        let Some(wanted) = parse_month(year, month) else { return Ok(None) };
        let Some((from, to)) = self.bounds(wanted) else { return Ok(None) };
        let days = self.days(wanted)?;
        if days.is_empty() {
            return Ok(None);
        }
        let newer = self.store.oldest_from(to)?.map(|it| self.month_of(it));
        let older = self.store.newest_before(from)?.map(|it| self.month_of(it));
        Ok(Some(html(page::archive_month(&self.site, wanted, &days, newer, older))))
    }

    /// The days of a month that have stories, newest first, with all of these where they are few.
    fn days(&self, month: Month) -> Result<Vec<ArchiveDay>, StoreError> {
        let mut days = Vec::new();
        for (date, count) in self.dates(month)?.into_iter().rev() {
            days.push(ArchiveDay { date, count, stories: vec![] });
        }
        let is_whole = days.iter().map(|it| it.count).sum::<usize>() <= MONTH_STORIES_MAX;
        for day in &mut days {
            let Some((from, to)) = self.day_bounds(day.date) else { continue };
            let stories = if is_whole {
                self.store.stories_between(from, to, MONTH_STORIES_MAX)?
            } else {
                self.store.best_between(from, to, BEST_OF_DAY)?
            };
            day.stories = self.listed(&stories)?;
        }
        Ok(days)
    }

    /// The dates of a month that have stories, with their number.
    fn dates(&self, month: Month) -> Result<Vec<(NaiveDate, usize)>, StoreError> {
        let Some(first) = NaiveDate::from_ymd_opt(month.year, month.month, 1) else { return Ok(vec![]) };
        let mut dates = Vec::new();
        for date in first.iter_days().take_while(|it| it.month() == month.month) {
            let Some((from, to)) = self.day_bounds(date) else { continue };
            let count = self.store.count_between(from, to)?;
            if 0 < count {
                dates.push((date, count));
            }
        }
        Ok(dates)
    }

    /// Every story of a day, page by page.
    pub(super) fn archive_day(
        &self,
        [year, month, day]: [&str; 3],
        page: Option<&str>,
    ) -> Result<Option<Answer>, StoreError> {
        let date = parse_month(year, month).and_then(|it| {
            let number = day.parse().ok().filter(|it| format!("{it:02}") == day)?;
            NaiveDate::from_ymd_opt(it.year, it.month, number)
        });
        let Some((date, (from, to))) = date.and_then(|it| Some((it, self.day_bounds(it)?))) else {
            return Ok(None);
        };
        let total = self.store.count_between(from, to)?;
        let Some(span) = wanted_span(total, DAY_PAGE, page).filter(|_| 0 < total) else { return Ok(None) };
        let stories = self.listed(&self.store.stories_between_from(from, to, span.skip, span.take)?)?;
        let root = day_path(date);
        let leaf = span.leaf(&root, page, &stories);
        Ok(Some(html(page::archive_day(&self.site, date, total, &leaf))))
    }

    /// The paths of the archive: its index, years, months, days and their pages.
    pub(super) fn archive_paths(&self) -> Result<Vec<String>, StoreError> {
        let mut paths = vec!["/archive/".to_owned()];
        let months = self.months()?;
        let mut years: Vec<i32> = months.iter().map(|it| it.year).collect();
        years.dedup();
        paths.extend(years.into_iter().map(|it| format!("/archive/{it}/")));
        for month in months {
            paths.push(month.path());
            for (date, count) in self.dates(month)? {
                let root = day_path(date);
                paths.extend(ListSpan::numbers(count, DAY_PAGE).map(|n| format!("{root}/{n}")));
                paths.push(root);
            }
        }
        Ok(paths)
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
        Some((self.start_of(first)?, self.start_of(next)?))
    }

    pub(super) fn day_bounds(&self, day: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        Some((self.start_of(day)?, self.start_of(day.succ_opt()?)?))
    }

    /// When a day begins in the site's time zone: where clocks skip midnight, when they are past it.
    fn start_of(&self, day: NaiveDate) -> Option<Timestamp> {
        (0..24).find_map(|hour| {
            let local = self.config.site.timezone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?);
            Some(Timestamp::from(local.earliest()?.to_utc()))
        })
    }
}

/// A month as paths spell it.
fn parse_month(year: &str, month: &str) -> Option<Month> {
    let wanted = Month { year: year.parse().ok()?, month: month.parse().ok()? };
    (wanted.path() == format!("/archive/{year}/{month}")).then_some(wanted)
}

fn day_path(day: NaiveDate) -> String {
    format!("{}/{:02}", Month { year: day.year(), month: day.month() }.path(), day.day())
}
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::site::sample::START;
    use crate::site::sample::SampleSite;

    #[tokio::test]
    async fn the_archive_leads_to_every_story() {
        let site = SampleSite::open(&[("daily", "Daily")]).await;
        let minute = Duration::from_secs(60);
        let mut paths = Vec::new();
        for n in 0..150 {
            paths.push(site.enter("daily", n, START.minus(minute * n as u32)).await);
        }
        let earlier = START.minus(Duration::from_secs(400 * 24 * 60 * 60));
        site.enter("daily", 999, earlier).await;
        site.digest().await;
        let index = site.text("/archive/");
        assert!(
            index.contains("/tech/archive/2026/\"") && index.contains("/tech/archive/2025/\""),
            "{index}"
        );
        assert!(index.contains("/tech/archive/2026/11\">November 2026</a> <span>150 stories"), "{index}");
        assert!(site.text("/archive/2025/").contains("/tech/archive/2025/10\""));
        let month = site.text("/archive/2026/11");
        assert!(
            month.contains("id=\"2026-11-20\"") && month.contains("All 150 stories of this day"),
            "{month}"
        );
        let mut linked = String::new();
        let mut next = Some("/archive/2026/11/20".to_owned());
        while let Some(path) = next {
            let text = site.text(&path);
            let older = text.split("rel=\"next\" href=\"/tech").nth(1).and_then(|it| it.split('"').next());
            next = older.map(str::to_owned);
            linked.push_str(&text);
        }
        for key in paths {
            assert!(linked.contains(&site.story(&key).path), "{key} is on no page of its day");
        }
        for wrong in ["/archive/2024/", "/archive/02026/", "/archive/2026/11/21", "/archive/2026/11/20/3"] {
            assert!(matches!(site.answer(wrong), Answer::Missing(_)), "{wrong}");
        }
        for folder in ["/archive", "/archive/2026"] {
            assert!(
                matches!(site.answer(folder), Answer::Moved(to) if to == format!("{folder}/")),
                "{folder}"
            );
        }
    }

    #[tokio::test]
    async fn a_publisher_s_list_goes_on() {
        let site = SampleSite::open(&[("daily", "Daily")]).await;
        let minute = Duration::from_secs(60);
        for n in 0..60 {
            site.enter("daily", n, START.minus(minute * n as u32)).await;
        }
        site.digest().await;
        let newest = site.text("/publishers/daily");
        assert!(newest.contains("60 stories so far"), "{newest}");
        assert!(newest.contains("rel=\"next\" href=\"/tech/publishers/daily/1\""), "{newest}");
        let oldest = site.text("/publishers/daily/1");
        let count = |text: &str| text.matches("<article class=\"card").count();
        assert_eq!((count(&newest), count(&oldest)), (36, 24));
        assert!(oldest.contains("rel=\"prev\" href=\"/tech/publishers/daily\""), "{oldest}");
        assert!(matches!(site.answer("/publishers/daily/2"), Answer::Missing(_)));
    }

    #[tokio::test]
    async fn every_feed_is_listed_and_answers() {
        let tables = "[[topic]]\nname = \"Story\"\n[[audience]]\nname = \"Reader\"\ntopics = [\"story\"]\n";
        let site = SampleSite::open_with(&[("daily", "Daily")], tables).await;
        site.enter("daily", 1, START).await;
        site.digest().await;
        let (page, opml) = (site.text("/feeds/"), site.text("/feeds.opml"));
        for stem in ["all", "topic/story", "for/reader", "for/reader/topic/story"] {
            let address = format!("https://brief.example/tech/feeds/{stem}.atom");
            assert!(page.contains(&address) && opml.contains(&address), "{address}");
            site.document(&format!("/feeds/{stem}.atom"));
        }
    }
}
