//! What people wrote into the fields of a story: it stands whatever an engine makes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::Briefing;
use crate::domain::Made;
use crate::domain::Member;
use crate::domain::Statement;
use crate::domain::Takeaway;
use crate::domain::Topic;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;

use super::brief::still_carried;

/// The fields that people wrote, by name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Overrides(BTreeMap<String, String>);

/// The names of the fields that can be written, in the order of the page.
pub(crate) const FIELDS: [&str; 8] =
    ["title", "summary", "key_takeaway", "key_insights", "principles", "in_practice", "topics", "best_for"];

impl Overrides {
    /// Those of a story.
    pub(crate) fn read(store: &Reader<'_>, story: StoryRowId) -> Result<Self, StoreError> {
        Ok(Self(store.overrides(story)?.into_iter().collect()))
    }

    /// Whether a person wrote the field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Puts a field of a briefing under the editor's hand as it stands there.
    pub(crate) fn take(&mut self, field: &str, title: &str, briefing: &Briefing) -> Option<&str> {
        let value = match field {
            "title" => json(&title),
            "summary" => json(&briefing.summary),
            "key_takeaway" => json(&briefing.key_takeaway),
            "key_insights" => json(&briefing.key_insights),
            "principles" => json(&briefing.principles),
            "in_practice" => json(&briefing.in_practice),
            "topics" => json(&briefing.topics),
            "best_for" => json(&briefing.best_for),
            _ => return None,
        };
        self.0.insert(field.to_owned(), value);
        self.0.get(field).map(String::as_str)
    }

    /// Gives a field back to the engine.
    pub(crate) fn give_back(&mut self, field: &str) {
        self.0.remove(field);
    }

    /// The story's title.
    pub(crate) fn title(&self, title: &str) -> String {
        self.value("title").unwrap_or_else(|| title.to_owned())
    }

    /// Puts the written fields in the place of the engine's, and signs the briefing
    /// anew. Sentences of an engine that an editor kept go with the text that carried them
    /// and with the right to quote it.
    pub(crate) fn apply(&self, briefing: &mut Briefing, members: &[Member]) {
        let may_stay = |it: &Statement| still_carried(it, members);
        let statements = |field: &str| {
            let written: Option<Vec<Statement>> = self.value(field);
            written.map(|it| it.into_iter().filter(may_stay).collect())
        };
        let fields = [
            ("summary", &mut briefing.summary),
            ("key_insights", &mut briefing.key_insights),
            ("principles", &mut briefing.principles),
            ("in_practice", &mut briefing.in_practice),
        ];
        for (name, field) in fields {
            if let Some(written) = statements(name) {
                *field = written;
            }
        }
        if let Some(written) = self.value::<Vec<Takeaway>>("key_takeaway") {
            briefing.key_takeaway = written.into_iter().filter(|it| may_stay(&it.statement)).collect();
        }
        if let Some(written) = self.value::<Vec<Topic>>("topics") {
            briefing.topics = written;
        }
        if let Some(written) = self.value::<Vec<String>>("best_for") {
            briefing.best_for = written;
        }
        briefing.sign();
    }

    /// Whether a briefing has these fields as they were written, and nothing else that a person wrote.
    pub(crate) fn stand_in(&self, briefing: &Briefing, members: &[Member]) -> bool {
        let mut bare = briefing.clone();
        let is_engines = |it: &Statement| it.made != Made::Editor;
        for field in [&mut bare.summary, &mut bare.key_insights, &mut bare.principles, &mut bare.in_practice]
        {
            field.retain(is_engines);
        }
        bare.key_takeaway.retain(|it| is_engines(&it.statement));
        self.apply(&mut bare, members);
        bare == *briefing
    }

    fn value<T: DeserializeOwned>(&self, field: &str) -> Option<T> {
        self.0.get(field).and_then(|it| serde_json::from_str(it).ok())
    }
}

/// What we store as JSON are plain structs of ours, which always can be written.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
