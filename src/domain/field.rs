//! The fields of a story that an engine fills and a person may write.

use std::fmt;

use super::briefing::Briefing;
use super::briefing::Statement;
use super::briefing::Takeaway;
use super::briefing::Topic;

/// A field of a story, in the order of the page.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum StoryField {
    /// `title`
    Title,
    /// `summary`
    Summary,
    /// `key_takeaway`
    KeyTakeaway,
    /// `key_insights`
    KeyInsights,
    /// `principles`
    Principles,
    /// `in_practice`
    InPractice,
    /// `topics`
    Topics,
    /// `best_for`
    BestFor,
}

impl StoryField {
    /// Every field, in the order of the page.
    pub const ALL: [Self; 8] = [
        Self::Title,
        Self::Summary,
        Self::KeyTakeaway,
        Self::KeyInsights,
        Self::Principles,
        Self::InPractice,
        Self::Topics,
        Self::BestFor,
    ];

    /// The name that outputs, the store and editors use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Summary => "summary",
            Self::KeyTakeaway => "key_takeaway",
            Self::KeyInsights => "key_insights",
            Self::Principles => "principles",
            Self::InPractice => "in_practice",
            Self::Topics => "topics",
            Self::BestFor => "best_for",
        }
    }

    /// The field of this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

/// A field of a briefing that holds statements, in the order of the page.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum StatementField {
    /// `summary`
    Summary,
    /// `key_takeaway`
    KeyTakeaway,
    /// `key_insights`
    KeyInsights,
    /// `principles`
    Principles,
    /// `in_practice`
    InPractice,
}

impl StatementField {
    /// Every one, in the order of the page.
    pub const ALL: [Self; 5] =
        [Self::Summary, Self::KeyTakeaway, Self::KeyInsights, Self::Principles, Self::InPractice];

    /// The name that outputs, the store and editors use.
    pub fn as_str(self) -> &'static str {
        StoryField::from(self).as_str()
    }

    /// What stands above it on pages.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::KeyTakeaway => "Key takeaway",
            Self::KeyInsights => "Key insights",
            Self::Principles => "Principles",
            Self::InPractice => "In practice",
        }
    }

    /// The field of this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

impl From<StatementField> for StoryField {
    fn from(it: StatementField) -> Self {
        match it {
            StatementField::Summary => Self::Summary,
            StatementField::KeyTakeaway => Self::KeyTakeaway,
            StatementField::KeyInsights => Self::KeyInsights,
            StatementField::Principles => Self::Principles,
            StatementField::InPractice => Self::InPractice,
        }
    }
}

impl fmt::Display for StatementField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for StoryField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One field of a story with what stands in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FieldValue {
    /// The story's title.
    Title(String),
    /// The summary.
    Summary(Vec<Statement>),
    /// The takeaways.
    KeyTakeaway(Vec<Takeaway>),
    /// The insights.
    KeyInsights(Vec<Statement>),
    /// The principles.
    Principles(Vec<Statement>),
    /// What can be done now.
    InPractice(Vec<Statement>),
    /// The topics.
    Topics(Vec<Topic>),
    /// The audiences, by name.
    BestFor(Vec<String>),
}

impl FieldValue {
    /// What stands in a field of a story with this title and briefing.
    pub fn of(field: StoryField, title: &str, briefing: &Briefing) -> Self {
        match field {
            StoryField::Title => Self::Title(title.to_owned()),
            StoryField::Summary => Self::Summary(briefing.summary.clone()),
            StoryField::KeyTakeaway => Self::KeyTakeaway(briefing.key_takeaway.clone()),
            StoryField::KeyInsights => Self::KeyInsights(briefing.key_insights.clone()),
            StoryField::Principles => Self::Principles(briefing.principles.clone()),
            StoryField::InPractice => Self::InPractice(briefing.in_practice.clone()),
            StoryField::Topics => Self::Topics(briefing.topics.clone()),
            StoryField::BestFor => Self::BestFor(briefing.best_for.clone()),
        }
    }

    /// Which field it is.
    pub fn field(&self) -> StoryField {
        match self {
            Self::Title(_) => StoryField::Title,
            Self::Summary(_) => StoryField::Summary,
            Self::KeyTakeaway(_) => StoryField::KeyTakeaway,
            Self::KeyInsights(_) => StoryField::KeyInsights,
            Self::Principles(_) => StoryField::Principles,
            Self::InPractice(_) => StoryField::InPractice,
            Self::Topics(_) => StoryField::Topics,
            Self::BestFor(_) => StoryField::BestFor,
        }
    }

    /// Puts it into the title or briefing of a story.
    pub fn put(self, title: &mut String, briefing: &mut Briefing) {
        match self {
            Self::Title(it) => *title = it,
            Self::Summary(it) => briefing.summary = it,
            Self::KeyTakeaway(it) => briefing.key_takeaway = it,
            Self::KeyInsights(it) => briefing.key_insights = it,
            Self::Principles(it) => briefing.principles = it,
            Self::InPractice(it) => briefing.in_practice = it,
            Self::Topics(it) => briefing.topics = it,
            Self::BestFor(it) => briefing.best_for = it,
        }
    }

    /// The statements in it; a title, topics and audiences are none.
    pub fn statements(&self) -> Vec<&Statement> {
        match self {
            Self::Summary(it) | Self::KeyInsights(it) | Self::Principles(it) | Self::InPractice(it) => {
                it.iter().collect()
            }
            Self::KeyTakeaway(it) => it.iter().map(|it| &it.statement).collect(),
            Self::Title(_) | Self::Topics(_) | Self::BestFor(_) => Vec::new(),
        }
    }

    /// Keeps only the statements that `may_stay`; a title, topics and audiences are none.
    pub fn retain_statements(&mut self, may_stay: impl Fn(&Statement) -> bool) {
        match self {
            Self::Summary(it) | Self::KeyInsights(it) | Self::Principles(it) | Self::InPractice(it) => {
                it.retain(may_stay);
            }
            Self::KeyTakeaway(it) => it.retain(|it| may_stay(&it.statement)),
            Self::Title(_) | Self::Topics(_) | Self::BestFor(_) => {}
        }
    }
}
