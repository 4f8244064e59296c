//! The labelled material: real stories, rival reports, headlines of an aggregator, pairs of headlines.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use bylined::cluster::EntryText;
use bylined::domain::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Outcome;

#[derive(Clone, Deserialize)]
pub struct Row {
    pub id: String,
    #[serde(default)]
    pub publisher: String,
    pub title: String,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub url: String,
    #[serde(alias = "date")]
    pub published: String,
    #[serde(default)]
    pub base: String,
    #[serde(default)]
    pub role: String,
    #[serde(default)]
    pub cluster: String,
}

#[derive(Deserialize)]
pub struct Group {
    pub group: String,
    pub stories: Vec<Vec<String>>,
    #[serde(default)]
    pub follows: Vec<Vec<String>>,
    #[serde(default)]
    pub unsure: Vec<Vec<String>>,
}

#[derive(Deserialize)]
pub struct Scored {
    pub id: String,
    pub a: String,
    pub b: String,
    pub score: f64,
}

pub fn rows<T: DeserializeOwned>(path: &Path) -> Outcome<Vec<T>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines().map(|it| Ok(serde_json::from_str(it)?)).collect()
}

pub fn articles(folder: &Path) -> Outcome<Vec<Row>> {
    let mut found: Vec<Row> = rows(&folder.join("stories/articles.jsonl"))?;
    found.extend(rows::<Row>(&folder.join("briefings/articles.jsonl"))?);
    let mut seen: HashMap<String, ()> = HashMap::new();
    found.retain(|it| seen.insert(format!("{} {}", it.title, it.publisher), ()).is_none());
    Ok(found)
}

impl Row {
    pub fn published(&self) -> Timestamp {
        chrono::DateTime::parse_from_rfc3339(&self.published).map(|it| it.to_utc().into()).unwrap_or_default()
    }

    pub fn article(&self) -> EntryText<'_> {
        EntryText {
            publisher: &self.publisher,
            title: &self.title,
            text: &self.text,
            published: self.published(),
            address: None,
            links: &[],
            never_cluster: false,
        }
    }

    /// The same with only so many words of its text.
    pub fn cut(&self, words: usize) -> Self {
        let text = self.text.split_whitespace().take(words).collect::<Vec<_>>().join(" ");
        Self { text, ..self.clone() }
    }
}
