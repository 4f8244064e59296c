//! A month of the archive.

use chrono::NaiveDate;

use super::site_view::SiteView;
use super::site_view::dated;

/// A month of the archive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Month {
    /// As in the Gregorian calendar.
    pub year: i32,
    /// 1 to 12; others are shown as January.
    pub month: u32,
}

impl Month {
    /// Its page, from the site's root.
    pub fn path(self) -> String {
        format!("/archive/{}/{:02}", self.year, self.month)
    }
}

impl SiteView {
    /// `November 2026`
    pub(super) fn month_name(&self, month: Month) -> String {
        let words = self.words();
        NaiveDate::from_ymd_opt(month.year, month.month, 1)
            .map_or_else(|| month.year.to_string(), |it| dated(words, words.month_of_year, it))
    }
}
