//! What every page knows of the site: names, addresses, dates.

use crate::domain::Slug;
use crate::domain::Timestamp;
use crate::publish::script::direction;
use chrono_tz::Tz;
use url::Url;

/// What every page knows of the site.
#[derive(Clone, Debug)]
pub struct SiteView {
    /// Its title.
    pub title: String,
    /// The name in the attribution line.
    pub curator: String,
    /// Every link starts with its path; canonical addresses start with it whole. Ends in `/`.
    pub base_url: Url,
    /// BCP 47 tag.
    pub language: String,
    /// Of the pages' days.
    pub timezone: Tz,
    /// E-mail address or URL.
    pub contact: Option<String>,
    /// Topics that have a page, most stories first.
    pub topics: Vec<Section>,
    /// Audiences, in the operator's order.
    pub audiences: Vec<Section>,
}

/// A topic, an audience or a publisher, as listings name it.
#[derive(Clone, Debug)]
pub struct Section {
    /// As shown.
    pub name: String,
    /// As in its path.
    pub slug: Slug,
    /// Published stories in it.
    pub stories: usize,
}

impl SiteView {
    /// The value of `dir`, where it is not the usual one.
    pub(super) fn direction(&self) -> Option<&'static str> {
        Some(direction(&self.language)).filter(|it| *it != "ltr")
    }

    /// An address within the site, from its path: `/tech/story/…` where `base_url` has a path.
    pub(super) fn href(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.path().trim_end_matches('/'))
    }

    pub(super) fn contact_link(&self) -> Option<String> {
        let contact = self.contact.as_deref()?;
        if contact.starts_with("http://") || contact.starts_with("https://") {
            Some(contact.to_owned())
        } else if contact.contains('@') {
            Some(format!("mailto:{}", contact.trim_start_matches("mailto:")))
        } else {
            None
        }
    }

    /// `20 November 2026`
    pub(super) fn day(&self, at: Timestamp) -> When {
        self.when(at, "%-d %B %Y")
    }

    /// `20 November 2026, 10:00 UTC`
    pub(super) fn minute(&self, at: Timestamp) -> When {
        self.when(at, "%-d %B %Y, %H:%M %Z")
    }

    pub(super) fn when(&self, at: Timestamp, format: &str) -> When {
        let local = at.utc().with_timezone(&self.timezone);
        When { datetime: at.rfc3339(), text: local.format(format).to_string() }
    }
}

/// An instant as a `time` element: UTC for programs, the site's zone for people.
#[derive(Clone, Debug)]
pub(super) struct When {
    pub(super) datetime: String,
    pub(super) text: String,
}

#[derive(Clone, Debug)]
pub(super) struct PageLink {
    pub(super) href: String,
    pub(super) name: String,
}
