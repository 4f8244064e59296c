//! Our curation of a story, and what carries each of its sentences.

use super::field::StatementField;
use super::id::EntryId;
use super::id::Slug;
use super::id::SnapshotId;

/// Our curation of a story. A field that cannot be supported is empty, never padded.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Briefing {
    /// Who filled it.
    pub engine: Engine,
    /// Two to four sentences that read on their own, or none: then the story is a link item.
    pub summary: Vec<Statement>,
    /// At most one for each audience.
    pub key_takeaway: Vec<Takeaway>,
    /// Consequences, quantities, comparisons.
    pub key_insights: Vec<Statement>,
    /// General rules that the sources themselves state.
    pub principles: Vec<Statement>,
    /// What can be done now: availability, dates, prices, versions.
    pub in_practice: Vec<Statement>,
    /// At most five, in the taxonomy's spelling.
    pub topics: Vec<Topic>,
    /// Names of audiences from the configuration.
    pub best_for: Vec<String>,
    /// Facts on which publishers differ.
    pub differs: Vec<Difference>,
}

impl Briefing {
    /// Every statement, in the order of the page.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        let differing = self.differs.iter().flat_map(|it| &it.values);
        StatementField::ALL.into_iter().flat_map(|it| self.statements_in(it)).chain(differing)
    }

    /// The statements of one field.
    pub fn statements_in(&self, field: StatementField) -> Vec<&Statement> {
        match field {
            StatementField::Summary => self.summary.iter().collect(),
            StatementField::KeyTakeaway => self.key_takeaway.iter().map(|it| &it.statement).collect(),
            StatementField::KeyInsights => self.key_insights.iter().collect(),
            StatementField::Principles => self.principles.iter().collect(),
            StatementField::InPractice => self.in_practice.iter().collect(),
        }
    }
}

impl Briefing {
    /// Names the engine after how its statements were made.
    pub fn sign(&mut self) {
        let engine = |it: &Statement| match it.made {
            Made::Extractive | Made::Rule => Engine::Extractive,
            Made::Llm => Engine::Llm,
            Made::Editor => Engine::Editor,
        };
        let engines: std::collections::HashSet<Engine> = self.statements().map(engine).collect();
        self.engine = match engines.len() {
            0 => Engine::None,
            1 => engines.into_iter().next().unwrap_or_default(),
            _ => Engine::Mixed,
        };
    }

    /// Keeps only the statements that `may_stay`.
    pub fn retain(&mut self, may_stay: impl Fn(&Statement) -> bool) {
        for field in StatementField::ALL {
            match field {
                StatementField::Summary => self.summary.retain(&may_stay),
                StatementField::KeyTakeaway => self.key_takeaway.retain(|it| may_stay(&it.statement)),
                StatementField::KeyInsights => self.key_insights.retain(&may_stay),
                StatementField::Principles => self.principles.retain(&may_stay),
                StatementField::InPractice => self.in_practice.retain(&may_stay),
            }
        }
        // One value alone is no difference.
        self.differs.retain(|it| it.values.iter().all(&may_stay));
    }

    /// The receipts of all statements.
    pub fn receipts_mut(&mut self) -> impl Iterator<Item = &mut Receipt> {
        let Self {
            engine: _,
            summary,
            key_takeaway,
            key_insights,
            principles,
            in_practice,
            topics: _,
            best_for: _,
            differs,
        } = self;
        let points = [summary, key_insights, principles, in_practice].into_iter().flatten();
        let takeaways = key_takeaway.iter_mut().map(|it| &mut it.statement);
        let differing = differs.iter_mut().flat_map(|it| &mut it.values);
        points.chain(takeaways).chain(differing).flat_map(|it| &mut it.receipts)
    }
}

/// Which engine filled a briefing.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Engine {
    /// Sentences of the sources, chosen by rule.
    Extractive,
    /// A language model, checked against the sources.
    Llm,
    /// A person.
    Editor,
    /// Several of them, field by field.
    Mixed,
    /// Nobody: a link item.
    #[default]
    None,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Self; 5] = [Self::Extractive, Self::Llm, Self::Editor, Self::Mixed, Self::None];

    /// The word that store and outputs use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extractive => "extractive",
            Self::Llm => "llm",
            Self::Editor => "editor",
            Self::Mixed => "mixed",
            Self::None => "none",
        }
    }
}

/// One sentence of a briefing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// The sentence as shown.
    pub text: String,
    /// How it came to be.
    pub made: Made,
    /// What carries it; empty only for an editor's words.
    pub receipts: Vec<Receipt>,
}

/// How one statement came to be.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Made {
    /// Quoted from a source.
    Extractive,
    /// Written by a model.
    Llm,
    /// Quoted, and framed by a rule of ours.
    Rule,
    /// Written by a person.
    Editor,
}

impl Made {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Extractive, Self::Llm, Self::Rule, Self::Editor];

    /// The word that outputs use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extractive => "extractive",
            Self::Llm => "llm",
            Self::Rule => "rule",
            Self::Editor => "editor",
        }
    }
}

/// A span of an immutable snapshot of one entry's plain text that carries a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// Whose text.
    pub entry: EntryId,
    /// Which snapshot of it.
    pub snapshot: SnapshotId,
    /// Whether that is the publisher's abstract beside the article's text: its words need not stand in
    /// the article.
    pub is_of_abstract: bool,
    /// The article.
    pub url: String,
    /// UTF-8 byte offset of the first byte.
    pub start: usize,
    /// UTF-8 byte offset after the last byte.
    pub end: usize,
    /// The quoted text.
    pub quote: String,
    /// Lower-case hex SHA-256 of the quoted bytes.
    pub sha256: String,
    /// Whether the excerpt budget allows the quote to be shown.
    pub is_quote_shown: bool,
}

/// What a story means for one audience, or for anyone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Takeaway {
    /// Name of an audience from the configuration.
    pub audience: Option<String>,
    /// The sentence, without the audience.
    pub statement: Statement,
}

/// A subject of a story.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Topic {
    /// As shown.
    pub name: String,
    /// As in paths. Topics with equal slugs are one topic.
    pub slug: Slug,
}

/// A fact for which publishers give different values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// What they differ on.
    pub what: String,
    /// Each value with its receipt.
    pub values: Vec<Statement>,
}

/// How a model took part in a briefing. With the input's digest it says all that
/// is needed to make the briefing again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Record {
    /// As the endpoint knows it.
    pub model: String,
    /// The model that confirmed what stands, where one did.
    pub verifier: Option<String>,
    /// Version of what it was asked.
    pub prompt: String,
    /// What it was asked with: limits, temperature, form of the answer.
    pub parameters: String,
    /// Digest of each request, in order; the replies are kept under these names.
    pub requests: Vec<String>,
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
    /// Time that the endpoint took, in milliseconds.
    pub millis: u64,
    /// Why the model wrote nothing, where it did not.
    pub failure: Option<String>,
    /// Whether that was because it did not answer, and may later.
    pub is_unanswered: bool,
}

/// Who must be credited for an item, as plain text; writers add the links.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribution {
    /// `Editorial summary, takeaway, and curation by Example Brief.`
    pub curation: String,
    /// `Original article published by`, `Original articles published by`.
    pub published_by: &'static str,
    /// How the briefing came to be.
    pub made: String,
}
