//! A month of the archive.

use super::site_view::PageLink;
use super::site_view::SiteView;

/// A month of the archive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Month {
    /// As in the Gregorian calendar.
    pub year: i32,
    /// 1 to 12; others are shown as January.
    pub month: u32,
}

impl Month {
    pub(super) fn path(self) -> String {
        format!("/archive/{}/{:02}", self.year, self.month)
    }

    pub(super) fn name(self) -> String {
        chrono::NaiveDate::from_ymd_opt(self.year, self.month, 1)
            .map_or_else(|| self.year.to_string(), |it| it.format("%B %Y").to_string())
    }
}

impl SiteView {
    pub(super) fn month_link(&self, month: Month) -> PageLink {
        PageLink { href: self.href(&month.path()), name: month.name() }
    }
}
