//! Categories that publishers give: which say something about a subject, and how they are shown.

use crate::text::phrase::Words;
use crate::text::word;

/// A longer category is a sentence, not a topic.
const CATEGORY_CHARS_MAX: usize = 40;
const CATEGORY_WORDS_MAX: usize = 4;

/// A category as a topic is written: with a capital where it has none, as the text writes
/// it where the text has more of them ("OpenTelemetry").
pub(super) fn shown(category: &str, text: &Words) -> String {
    if word::is_capitalised(category) {
        return category.to_owned();
    }
    let lower = category.to_lowercase();
    let has_inner = |it: &&str| it.chars().skip(1).any(char::is_uppercase) && it.to_lowercase() == lower;
    if let Some(written) = text.written().find(has_inner) {
        return written.to_owned();
    }
    let mut chars = category.chars();
    chars.next().map(|it| it.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A publisher's category without the marks that some put around it.
pub(super) fn clean(category: &str) -> &str {
    category.trim().trim_start_matches('#').trim()
}

/// Whether a category says something about a subject.
pub(super) fn is_telling(category: &str) -> bool {
    let lower = category.to_lowercase();
    let chars = category.chars().count();
    (2..=CATEGORY_CHARS_MAX).contains(&chars)
        && word::count(category) <= CATEGORY_WORDS_MAX
        && category.contains(char::is_alphabetic)
        && !category.contains(['/', '<', '@', '=', '{', '\n'])
        && !GENERIC_CATEGORIES.contains(&lower.as_str())
        && !lower.split([' ', ',', '-']).any(|it| MONTHS_AND_DAYS.contains(&it))
}

const GENERIC_CATEGORIES: &[&str] = &[
    "advertisement",
    "all",
    "analysis",
    "announcements",
    "archive",
    "article",
    "articles",
    "blog",
    "blogs",
    "breaking",
    "breaking news",
    "business",
    "category",
    "companies",
    "culture",
    "deals",
    "default",
    "editor's pick",
    "editorial",
    "editors' picks",
    "events",
    "exclusive",
    "feature",
    "featured",
    "features",
    "general",
    "guest post",
    "headlines",
    "home",
    "homepage",
    "in the news",
    "internet",
    "job",
    "jobs",
    "latest",
    "latest news",
    "life",
    "links",
    "misc",
    "miscellaneous",
    "money",
    "more",
    "news",
    "newsletter",
    "none",
    "opinion",
    "other",
    "others",
    "page",
    "partner content",
    "people",
    "podcast",
    "popular",
    "post",
    "posts",
    "press",
    "press release",
    "press releases",
    "promoted",
    "recent",
    "reviews",
    "rss",
    "science and technology",
    "shopping",
    "software",
    "sponsored",
    "sponsored post",
    "stories",
    "story",
    "tag",
    "tech",
    "tech news",
    "technology",
    "technology news",
    "top",
    "top news",
    "top stories",
    "trending",
    "uncategorised",
    "uncategorized",
    "unfiled",
    "update",
    "updates",
    "video",
    "videos",
    "wire",
    "wires",
    "world",
];

pub(super) const MONTHS_AND_DAYS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
