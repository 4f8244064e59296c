//! The query of a request to the API: every parameter is known and said once, or the request is refused.

use std::fmt;
use std::str::FromStr;

use crate::domain::Timestamp;
use crate::store::StoryRow;
use crate::store::StoryRowId;

/// Stories on a page of the API, unless `limit` says otherwise.
pub(super) const PAGE_DEFAULT: usize = 50;

/// The most that `limit` may say: a page is built in memory.
pub(super) const PAGE_MAX: usize = 100;

/// Where in the order of publication a page of stories ended. A story keeps its place there for ever, so
/// that what comes or changes between two pages neither repeats a story nor loses one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Cursor {
    pub(super) first_published: Timestamp,
    pub(super) story: StoryRowId,
}

impl Cursor {
    /// After a story; `None` for one that was never published.
    pub(super) fn after(story: &StoryRow) -> Option<Self> {
        Some(Self { first_published: story.first_published?, story: story.id })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.first_published.millis(), self.story.0)
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (at, story) = text.split_once('.').unwrap_or_default();
        match (at.parse(), story.parse()) {
            (Ok(at), Ok(story)) => {
                Ok(Self { first_published: Timestamp::from_millis(at), story: StoryRowId(story) })
            }
            _ => Err("`cursor` is none of ours: take it from `next` as it is".to_owned()),
        }
    }
}

/// Which stories a request asks for.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct StoriesQuery {
    /// Where the page before ended.
    pub(super) cursor: Option<Cursor>,
    /// At most so many.
    pub(super) limit: usize,
}

impl StoriesQuery {
    /// Reads it from a query.
    ///
    /// # Errors
    /// What is wrong with the query, for whoever wrote it.
    pub(super) fn parse(query: Option<&str>) -> Result<Self, String> {
        let [cursor, limit] = values(query, ["cursor", "limit"])?;
        let limit = match limit {
            None => PAGE_DEFAULT,
            Some(it) => it
                .parse()
                .ok()
                .filter(|it| (1..=PAGE_MAX).contains(it))
                .ok_or_else(|| format!("`limit` is a whole number from 1 to {PAGE_MAX}"))?,
        };
        Ok(Self { cursor: cursor.map(|it| it.parse()).transpose()?, limit })
    }

    /// Path and query of the page that begins after `cursor`.
    pub(super) fn next(&self, cursor: Cursor) -> String {
        let limit = if self.limit == PAGE_DEFAULT { String::new() } else { format!("&limit={}", self.limit) };
        format!("/api/v1/stories?cursor={cursor}{limit}")
    }
}

/// The values of the known parameters.
///
/// # Errors
/// Names a parameter that is unknown or said twice, and those that are known.
pub(super) fn values<const N: usize>(
    query: Option<&str>,
    known: [&str; N],
) -> Result<[Option<String>; N], String> {
    let mut values = [const { None }; N];
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let Some(at) = known.iter().position(|it| *it == name) else {
            let names = known.map(|it| format!("`{it}`"));
            let offer = match names.join(", ") {
                it if it.is_empty() => "this address takes no parameters".to_owned(),
                it => format!("the parameters here are {it}"),
            };
            return Err(format!("unknown parameter `{name}`; {offer}"));
        };
        if values[at].replace(value.into_owned()).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for (at, story) in [(1_795_168_800_123, 7), (0, 0), (i64::MIN, i64::MAX)] {
            let cursor = Cursor { first_published: Timestamp::from_millis(at), story: StoryRowId(story) };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn what_is_unknown_or_wrong_is_refused_by_name() {
        let refused = |query: &str| StoriesQuery::parse(Some(query)).expect_err(query);
        for query in ["after=3", "cursor=1.2&after=3", "Limit=3", "limit=3&q", "=1"] {
            let words = refused(query);
            assert!(words.contains("unknown") && words.contains("`cursor`, `limit`"), "{query}: {words}");
        }
        for query in
            ["cursor", "cursor=", "cursor=7", "cursor=1.2.3", "cursor=a.b", "cursor=9999999999999999999.1"]
        {
            assert!(refused(query).contains("`cursor`"), "{query}");
        }
        for query in ["limit=", "limit=0", "limit=101", "limit=-1", "limit=1.5", "limit=many"] {
            assert!(refused(query).contains("from 1 to 100"), "{query}");
        }
        assert!(refused("limit=3&limit=3").contains("twice"));
        assert!(values(Some("a=b"), []).expect_err("none is known").contains("takes no parameters"));
        for query in [None, Some(""), Some("&")] {
            assert_eq!(StoriesQuery::parse(query), Ok(StoriesQuery { cursor: None, limit: PAGE_DEFAULT }));
        }
    }
}
