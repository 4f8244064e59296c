//! The stored form of a briefing, and of what it is made of.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::Briefing;
use crate::domain::Difference;
use crate::domain::Engine;
use crate::domain::EntryId;
use crate::domain::Made;
use crate::domain::Receipt;
use crate::domain::SnapshotId;
use crate::domain::Statement;
use crate::domain::Takeaway;
use crate::domain::Topic;

use super::form::Form;
use super::form::named;
use super::form::needed;

/// A briefing. Version 0 could leave out every key, 1 none.
#[derive(Deserialize, Serialize)]
pub(in crate::store) struct StoredBriefing {
    #[serde(default)]
    version: u64,
    engine: Option<String>,
    summary: Option<Vec<StoredStatement>>,
    key_takeaway: Option<Vec<StoredTakeaway>>,
    key_insights: Option<Vec<StoredStatement>>,
    principles: Option<Vec<StoredStatement>>,
    in_practice: Option<Vec<StoredStatement>>,
    topics: Option<Vec<StoredTopic>>,
    best_for: Option<Vec<String>>,
    differs: Option<Vec<StoredDifference>>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct StoredStatement {
    text: String,
    made: String,
    receipts: Vec<StoredReceipt>,
}

#[derive(Deserialize, Serialize)]
struct StoredReceipt {
    entry: i64,
    snapshot: i64,
    // Receipts without the key are older than those of abstracts.
    #[serde(default)]
    is_of_abstract: bool,
    url: String,
    start: usize,
    end: usize,
    quote: String,
    sha256: String,
    is_quote_shown: bool,
}

#[derive(Deserialize, Serialize)]
pub(super) struct StoredTakeaway {
    // A takeaway without the key would be for everyone.
    #[serde(deserialize_with = "Option::deserialize")]
    audience: Option<String>,
    statement: StoredStatement,
}

#[derive(Deserialize, Serialize)]
pub(super) struct StoredTopic {
    name: String,
    slug: String,
}

#[derive(Deserialize, Serialize)]
struct StoredDifference {
    what: String,
    values: Vec<StoredStatement>,
}

impl Form for StoredBriefing {
    const WHAT: &'static str = "briefing";
    const VERSION: u64 = 1;
    type Value = Briefing;

    fn of(it: &Briefing) -> Self {
        Self {
            version: Self::VERSION,
            engine: Some(it.engine.as_str().to_owned()),
            summary: Some(statements_of(&it.summary)),
            key_takeaway: Some(it.key_takeaway.iter().map(StoredTakeaway::of).collect()),
            key_insights: Some(statements_of(&it.key_insights)),
            principles: Some(statements_of(&it.principles)),
            in_practice: Some(statements_of(&it.in_practice)),
            topics: Some(it.topics.iter().map(StoredTopic::of).collect()),
            best_for: Some(it.best_for.clone()),
            differs: Some(it.differs.iter().map(StoredDifference::of).collect()),
        }
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn into_value(self) -> Result<Briefing, String> {
        let version = self.version;
        let engine = match self.engine {
            Some(word) => named(&Engine::ALL, Engine::as_str, &word, "engine")?,
            None => needed(None, "engine", version)?,
        };
        let takeaways = needed(self.key_takeaway, "key_takeaway", version)?;
        let topics = needed(self.topics, "topics", version)?;
        let differs = needed(self.differs, "differs", version)?;
        Ok(Briefing {
            engine,
            summary: statements(needed(self.summary, "summary", version)?)?,
            key_takeaway: takeaways.into_iter().map(StoredTakeaway::into_value).collect::<Result<_, _>>()?,
            key_insights: statements(needed(self.key_insights, "key_insights", version)?)?,
            principles: statements(needed(self.principles, "principles", version)?)?,
            in_practice: statements(needed(self.in_practice, "in_practice", version)?)?,
            topics: topics.into_iter().map(StoredTopic::into_value).collect::<Result<_, _>>()?,
            best_for: needed(self.best_for, "best_for", version)?,
            differs: differs.into_iter().map(StoredDifference::into_value).collect::<Result<_, _>>()?,
        })
    }
}

pub(super) fn statements_of(statements: &[Statement]) -> Vec<StoredStatement> {
    statements.iter().map(StoredStatement::of).collect()
}

pub(super) fn statements(stored: Vec<StoredStatement>) -> Result<Vec<Statement>, String> {
    stored.into_iter().map(StoredStatement::into_value).collect()
}

impl StoredStatement {
    fn of(it: &Statement) -> Self {
        Self {
            text: it.text.clone(),
            made: it.made.as_str().to_owned(),
            receipts: it.receipts.iter().map(StoredReceipt::of).collect(),
        }
    }

    fn into_value(self) -> Result<Statement, String> {
        Ok(Statement {
            text: self.text,
            made: named(&Made::ALL, Made::as_str, &self.made, "way of making")?,
            receipts: self.receipts.into_iter().map(StoredReceipt::into_value).collect(),
        })
    }
}

impl StoredReceipt {
    fn of(it: &Receipt) -> Self {
        Self {
            entry: it.entry.0,
            snapshot: it.snapshot.0,
            is_of_abstract: it.is_of_abstract,
            url: it.url.clone(),
            start: it.start,
            end: it.end,
            quote: it.quote.clone(),
            sha256: it.sha256.clone(),
            is_quote_shown: it.is_quote_shown,
        }
    }

    fn into_value(self) -> Receipt {
        Receipt {
            entry: EntryId(self.entry),
            snapshot: SnapshotId(self.snapshot),
            is_of_abstract: self.is_of_abstract,
            url: self.url,
            start: self.start,
            end: self.end,
            quote: self.quote,
            sha256: self.sha256,
            is_quote_shown: self.is_quote_shown,
        }
    }
}

impl StoredTakeaway {
    pub(super) fn of(it: &Takeaway) -> Self {
        Self { audience: it.audience.clone(), statement: StoredStatement::of(&it.statement) }
    }

    pub(super) fn into_value(self) -> Result<Takeaway, String> {
        Ok(Takeaway { audience: self.audience, statement: self.statement.into_value()? })
    }
}

impl StoredTopic {
    pub(super) fn of(it: &Topic) -> Self {
        Self { name: it.name.clone(), slug: it.slug.as_str().to_owned() }
    }

    pub(super) fn into_value(self) -> Result<Topic, String> {
        let slug = self.slug.parse().map_err(|_| format!("`{}` is not a slug", self.slug))?;
        Ok(Topic { name: self.name, slug })
    }
}

impl StoredDifference {
    fn of(it: &Difference) -> Self {
        Self { what: it.what.clone(), values: statements_of(&it.values) }
    }

    fn into_value(self) -> Result<Difference, String> {
        Ok(Difference { what: self.what, values: statements(self.values)? })
    }
}
