//! What every page knows of the site: names, addresses, dates.

use super::words::Phrases;
use super::words::fill;
use super::words::words;
use crate::domain::Slug;
use crate::domain::Timestamp;
use crate::publish::script::direction;
use chrono::DateTime;
use chrono::Datelike;
use chrono::NaiveDate;
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
    /// Path of the picture in place of the title, from the site's root.
    pub logo: Option<String>,
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

    /// The pages' own words.
    pub(super) fn words(&self) -> &'static Phrases {
        words(&self.language)
    }

    /// The language of the pages' own words (BCP 47 tag), where it is not the site's.
    pub(super) fn foreign_words(&self) -> Option<&'static str> {
        Some(self.words().language).filter(|it| !self.is_in(it))
    }

    /// Whether the site's language is this one, of whatever region.
    pub(super) fn is_in(&self, language: &str) -> bool {
        self.language.split('-').next().is_some_and(|it| it.eq_ignore_ascii_case(language))
    }

    /// Who curates, in words.
    pub(super) fn curated_by(&self) -> String {
        fill(self.words().curated_by, &self.curator)
    }

    /// Whose the articles are, in words.
    pub(super) fn belongs(&self) -> String {
        fill(self.words().belongs, &self.title)
    }

    /// A count of stories, in words.
    pub(super) fn stories(&self, count: usize) -> String {
        let words = self.words();
        if count == 1 { words.story.to_owned() } else { fill(words.stories, count) }
    }

    /// `20 November 2026`
    pub(super) fn day(&self, at: Timestamp) -> When {
        self.when(at, |words, local| dated(words, words.day, local.date_naive()))
    }

    /// `Friday, 20 November 2026`
    pub(super) fn long_day(&self, at: Timestamp) -> When {
        let day = self.when(at, |words, local| dated(words, words.long_day, local.date_naive()));
        When { datetime: self.local(at).format("%Y-%m-%d").to_string(), ..day }
    }

    /// `20 November 2026, 10:00 UTC`
    pub(super) fn minute(&self, at: Timestamp) -> When {
        self.when(at, |words, local| {
            format!("{}, {}", dated(words, words.day, local.date_naive()), local.format("%H:%M %Z"))
        })
    }

    /// `20 November, 10:00`
    pub(super) fn moment(&self, at: Timestamp) -> When {
        self.when(at, |words, local| {
            format!("{}, {}", dated(words, words.day_of_month, local.date_naive()), local.format("%H:%M"))
        })
    }

    /// `10:00`
    pub(super) fn time(&self, at: Timestamp) -> When {
        self.when(at, |_, local| local.format("%H:%M").to_string())
    }

    fn when(&self, at: Timestamp, text: impl Fn(&Phrases, DateTime<Tz>) -> String) -> When {
        When { datetime: at.rfc3339(), text: text(self.words(), self.local(at)) }
    }

    fn local(&self, at: Timestamp) -> DateTime<Tz> {
        at.utc().with_timezone(&self.timezone)
    }
}

/// A date by the pattern of a language.
pub(super) fn dated(words: &Phrases, pattern: &str, date: NaiveDate) -> String {
    pattern
        .replace("{weekday}", words.weekdays[date.weekday().num_days_from_monday() as usize])
        .replace("{d}", &date.day().to_string())
        .replace("{month}", words.months[date.month0() as usize])
        .replace("{y}", &date.year().to_string())
}

/// An instant as a `time` element: UTC for programs, the site's zone for people.
#[derive(Clone, Debug)]
pub(super) struct When {
    pub(super) datetime: String,
    pub(super) text: String,
}

/// A page and its name.
#[derive(Clone, Debug)]
pub(super) struct PageLink {
    pub(super) href: String,
    pub(super) name: String,
}
