//! What an editor writes on: the fields of a story as a TOML document, and what was changed in it.

mod document;
mod error;
mod example;
mod field_text;
mod quotable;

use std::fmt::Write;

use crate::curate::gate;
use crate::curate::gate::Finding;
use crate::curate::gate::FindingKind;
use crate::domain::Briefing;
use crate::domain::FieldValue;
use crate::domain::Made;
use crate::domain::Slug;
use crate::domain::Statement;
use crate::domain::StoryField;
use crate::domain::StoryKey;
use crate::domain::Takeaway;
use crate::domain::Topic;
use crate::text::clean;

use self::document::TakeawayText;
use self::error::CHARS_MAX;
pub use self::error::EditFormError;
use self::error::TEXTS_MAX;
use self::example::Example;
pub use self::field_text::FieldText;
pub use self::field_text::FieldTexts;
pub(super) use self::quotable::ExcerptLimit;
pub use self::quotable::Quotable;
pub(super) use self::quotable::of_member as quotable_of;

/// The fields of a story under an editor's hand.
#[derive(Clone, Debug)]
pub struct EditForm {
    /// The story.
    pub key: StoryKey,
    /// As shown.
    pub title: String,
    /// As shown, or as the draft says it.
    pub briefing: Briefing,
    /// The fields that people wrote before.
    pub written: Vec<StoryField>,
    /// All texts of the publishers that may be read, for the gate.
    pub(super) sources: String,
    /// The revision it shows.
    pub(super) revision: u32,
    /// The taxonomy's spelling of its topics.
    pub(super) topics: Vec<(Slug, String)>,
    /// Names of the configured audiences.
    pub(super) audiences: Vec<String>,
    /// Sentences of the sources that may be quoted as they stand.
    pub(super) quotable: Vec<Statement>,
    /// How much of each source's text may be shown.
    pub(super) limits: Vec<ExcerptLimit>,
}

/// What an editor did with one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// Wrote it.
    Written(FieldValue),
    /// Struck it out: the engine fills it again.
    Reverted(StoryField),
}

impl Change {
    /// The field.
    pub fn field(&self) -> StoryField {
        match self {
            Self::Written(value) => value.field(),
            Self::Reverted(field) => *field,
        }
    }
}

impl EditForm {
    /// The document as an editor gets it.
    pub fn document(&self) -> String {
        let mut text = format!(
            "# Story {}, revision {}. Change what you like, save and close.\n\
             # What you write is yours: no engine changes it again. Delete a key to give its field back to the engine.\n",
            self.key, self.revision
        );
        if !self.written.is_empty() {
            // Memory takes it.
            let _ = writeln!(
                text,
                "# Written by people so far: {}.",
                self.written.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ")
            );
        }
        let _ =
            writeln!(text, "#\n# What a field looks like; a list of one may be written without brackets:");
        for field in StoryField::ALL {
            let Example { text: example, what } = Example::of(field);
            let joint = if field == StoryField::KeyTakeaway { " =" } else { ":" };
            let _ = writeln!(text, "# {field}{joint} {example}  ({what})");
        }
        if !self.audiences.is_empty() {
            let _ = writeln!(text, "# Audiences: {}.", self.audiences.join(", "));
        }
        text.push('\n');
        for field in StoryField::ALL {
            let items = match FieldValue::of(field, &self.title, &self.briefing) {
                FieldValue::Title(it) => {
                    let _ = writeln!(text, "{field} = {}", quoted(&it));
                    continue;
                }
                FieldValue::Summary(it)
                | FieldValue::KeyInsights(it)
                | FieldValue::Principles(it)
                | FieldValue::InPractice(it) => it.iter().map(|it| quoted(&it.text)).collect(),
                FieldValue::KeyTakeaway(it) => it.iter().map(takeaway).collect(),
                FieldValue::Topics(it) => it.iter().map(|it| quoted(&it.name)).collect(),
                FieldValue::BestFor(it) => it.iter().map(|it| quoted(it)).collect::<Vec<_>>(),
            };
            let _ = match items.is_empty() {
                true => writeln!(text, "{field} = []"),
                false => writeln!(text, "{field} = [\n  {},\n]", items.join(",\n  ")),
            };
        }
        text
    }

    /// The revision that it shows.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// Names of the configured audiences.
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// What a document changes, field by field.
    ///
    /// # Errors
    /// [`EditFormError`] names the first field that cannot be taken over, and what may be written there.
    pub fn changes(&self, document: &str) -> Result<Vec<Change>, EditFormError> {
        self.changes_in(document::read(document)?)
    }

    /// What is changed by what is written into fields; those that are left out stay as they are.
    ///
    /// # Errors
    /// As [`EditForm::changes`].
    pub fn changes_of(&self, fields: &FieldTexts) -> Result<Vec<Change>, EditFormError> {
        let written = fields.iter().filter_map(|(field, it)| Some((field.as_str().to_owned(), it.value()?)));
        let left_out = self.written.iter().filter(|it| !fields.contains_key(it));
        let mut changes = self.changes_in(written.collect())?;
        // A key that a document lacks was struck out; a field that is not sent was not touched.
        changes.retain(|it| !matches!(it, Change::Reverted(field) if left_out.clone().any(|it| it == field)));
        Ok(changes)
    }

    fn changes_in(&self, mut table: toml::Table) -> Result<Vec<Change>, EditFormError> {
        let mut changes = Vec::new();
        for field in StoryField::ALL {
            match table.remove(field.as_str()) {
                None if self.written.contains(&field) => changes.push(Change::Reverted(field)),
                None => {}
                Some(value) => {
                    let value = self.value(field, value)?;
                    if value != FieldValue::of(field, &self.title, &self.briefing) {
                        changes.push(Change::Written(value));
                    }
                }
            }
        }
        self.check_excerpts(&changes)?;
        Ok(changes)
    }

    /// Refuses changes by which more of a publisher's text would be shown than may be.
    ///
    /// # Errors
    /// [`EditFormError::Excerpt`] names the publisher.
    pub fn check_excerpts(&self, changes: &[Change]) -> Result<(), EditFormError> {
        let (mut title, mut after) = (self.title.clone(), self.briefing.clone());
        for it in changes {
            if let Change::Written(value) = it {
                value.clone().put(&mut title, &mut after);
            }
        }
        quotable::check_excerpts(&self.limits, &self.briefing, &after)
    }

    /// What a document says in one field.
    fn value(&self, field: StoryField, value: toml::Value) -> Result<FieldValue, EditFormError> {
        let statements = |value| -> Result<Vec<Statement>, EditFormError> {
            texts(field, value)?.iter().map(|it| self.statement(field, it)).collect()
        };
        Ok(match field {
            StoryField::Title => FieldValue::Title(plain(field, &document::title(value)?)?),
            StoryField::Summary => FieldValue::Summary(statements(value)?),
            StoryField::KeyTakeaway => FieldValue::KeyTakeaway(self.takeaways(value)?),
            StoryField::KeyInsights => FieldValue::KeyInsights(statements(value)?),
            StoryField::Principles => FieldValue::Principles(statements(value)?),
            StoryField::InPractice => FieldValue::InPractice(statements(value)?),
            StoryField::Topics => {
                let topics = texts(field, value)?;
                FieldValue::Topics(topics.iter().map(|it| self.topic(it)).collect::<Result<_, _>>()?)
            }
            StoryField::BestFor => {
                let names = document::texts(field, value)?;
                FieldValue::BestFor(names.iter().map(|it| self.audience(it)).collect::<Result<_, _>>()?)
            }
        })
    }

    fn takeaways(&self, value: toml::Value) -> Result<Vec<Takeaway>, EditFormError> {
        let takeaways = document::takeaways(value)?;
        bounded(StoryField::KeyTakeaway, takeaways.len())?;
        let takeaway = |TakeawayText { audience, text }| {
            let audience = Some(audience).filter(|it: &String| !it.trim().is_empty());
            let audience = audience.map(|it| self.audience(&it)).transpose()?;
            Ok(Takeaway { audience, statement: self.statement(StoryField::KeyTakeaway, &text)? })
        };
        takeaways.into_iter().map(takeaway).collect()
    }

    /// What the sources lack of what an editor wrote: to be shown, and to stop nobody.
    pub fn findings(&self, changes: &[Change]) -> Vec<String> {
        let sources = gate::Cited::read(&self.sources);
        let mut found = Vec::new();
        for it in changes {
            let Change::Written(value) = it else { continue };
            let texts: Vec<&str> = match value {
                FieldValue::Title(it) => vec![it],
                FieldValue::Summary(_)
                | FieldValue::KeyTakeaway(_)
                | FieldValue::KeyInsights(_)
                | FieldValue::Principles(_)
                | FieldValue::InPractice(_) => {
                    let written = value.statements().into_iter().filter(|it| it.made == Made::Editor);
                    written.map(|it| it.text.as_str()).collect()
                }
                // They name subjects and readers, and say nothing of the news.
                FieldValue::Topics(_) | FieldValue::BestFor(_) => Vec::new(),
            };
            for text in texts {
                let findings = sources.check(text);
                let field = value.field();
                found.extend(findings.iter().map(|it| format!("{field}: {}: “{text}”", in_words(it))));
            }
        }
        found
    }

    /// The known statement with this text, receipts and all; else the sentence of a source that it is,
    /// with its receipt; else the editor's own.
    fn statement(&self, field: StoryField, text: &str) -> Result<Statement, EditFormError> {
        if let Some(known) = self.briefing.statements().find(|it| it.text == text) {
            return Ok(known.clone());
        }
        let text = plain(field, text)?;
        let quoted = self.quotable.iter().find(|it| it.text == text);
        Ok(quoted.cloned().unwrap_or(Statement { text, made: Made::Editor, receipts: Vec::new() }))
    }

    fn topic(&self, name: &str) -> Result<Topic, EditFormError> {
        let name = plain(StoryField::Topics, name)?;
        let slug = Slug::of(&name).ok_or_else(|| EditFormError::Topic(name.clone()))?;
        let ours = self.topics.iter().find(|it| it.0 == slug).map(|it| it.1.clone());
        Ok(Topic { name: ours.unwrap_or(name), slug })
    }

    /// The configured spelling of an audience.
    fn audience(&self, name: &str) -> Result<String, EditFormError> {
        let is_meant = |it: &&String| it.to_lowercase() == name.trim().to_lowercase();
        self.audiences.iter().find(is_meant).cloned().ok_or_else(|| EditFormError::Audience {
            name: name.to_owned(),
            help: match self.audiences.is_empty() {
                true => "no [[audience]] is configured".to_owned(),
                false => format!("write one of {}", self.audiences.join(", ")),
            },
        })
    }
}

/// The texts of a field of the document, no more than it may hold.
fn texts(field: StoryField, value: toml::Value) -> Result<Vec<String>, EditFormError> {
    let texts = document::texts(field, value)?;
    bounded(field, texts.len())?;
    Ok(texts)
}

/// A takeaway as it stands in the document.
fn takeaway(it: &Takeaway) -> String {
    let audience = quoted(it.audience.as_deref().unwrap_or_default());
    format!("{{ audience = {audience}, text = {} }}", quoted(&it.statement.text))
}

/// A finding as an editor is told it.
fn in_words(finding: &Finding) -> String {
    let text = &finding.text;
    match finding.kind {
        FindingKind::Number => format!("the sources lack the number `{text}`"),
        FindingKind::Date => format!("the sources lack the date `{text}`"),
        FindingKind::Version => format!("the sources lack the version or code `{text}`"),
        FindingKind::Name => format!("the sources lack the name `{text}`"),
        FindingKind::Quotation => format!("the sources lack the quotation `{text}`"),
        FindingKind::Link => format!("the sources lack the address `{text}`"),
        FindingKind::Attribution => format!("the sources let someone else say it: `{text}`"),
        FindingKind::Negation => format!("the sources do not deny it, or do: `{text}`"),
        FindingKind::Direction => format!("the sources say the opposite of `{text}`"),
        FindingKind::Roles => format!("the sources have the two the other way round: `{text}`"),
    }
}

fn bounded(field: StoryField, texts: usize) -> Result<(), EditFormError> {
    if TEXTS_MAX < texts { Err(EditFormError::Many { field }) } else { Ok(()) }
}

/// One clean line of an editor's.
fn plain(field: StoryField, text: &str) -> Result<String, EditFormError> {
    let line = clean::line(text);
    match (1..=CHARS_MAX).contains(&line.chars().count()) {
        true => Ok(line),
        false => Err(EditFormError::Text { field }),
    }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit_form() -> EditForm {
        let statement =
            |text: &str| Statement { text: text.to_owned(), made: Made::Extractive, receipts: Vec::new() };
        let topic = |name: &str| Topic { name: name.to_owned(), slug: Slug::of(name).expect("letters") };
        EditForm {
            key: "aaaaaaaaaaaaaaaa".parse().expect("a key"),
            title: "A \"quoted\" title".to_owned(),
            briefing: Briefing {
                summary: vec![statement("Acme sold 5 anvils."), statement("It kept two.")],
                topics: vec![topic("Iron")],
                ..Briefing::default()
            },
            written: vec![StoryField::Principles],
            sources: "Acme sold 5 anvils. It kept two.".to_owned(),
            revision: 1,
            topics: vec![(Slug::of("AI").expect("letters"), "AI".to_owned())],
            audiences: vec!["CTO".to_owned()],
            quotable: Vec::new(),
            limits: Vec::new(),
        }
    }

    fn changed(from: &str, to: &str) -> Result<Vec<Change>, EditFormError> {
        let document = edit_form().document();
        assert!(document.contains(from), "{document}");
        edit_form().changes(&document.replace(from, to))
    }

    #[test]
    fn an_untouched_sheet_changes_nothing() {
        assert_eq!(edit_form().changes(&edit_form().document()).expect("readable"), []);
    }

    #[test]
    fn only_what_was_written_becomes_the_editors() {
        let changes = changed("It kept two.", "It kept 7 for Monday.").expect("readable");
        let [Change::Written(FieldValue::Summary(summary))] = changes.as_slice() else {
            panic!("{changes:?}")
        };
        assert_eq!(summary.iter().map(|it| it.made).collect::<Vec<_>>(), [Made::Extractive, Made::Editor]);
        let found = edit_form().findings(&changes);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("`7`") && found[1].contains("`Monday`"), "{found:?}");
    }

    #[test]
    fn a_struck_field_is_the_engines_again_if_it_was_not() {
        assert_eq!(
            changed("principles = []\n", "").expect("readable"),
            [Change::Reverted(StoryField::Principles)]
        );
        assert_eq!(changed("in_practice = []\n", "").expect("readable"), []);
    }

    #[test]
    fn mistakes_are_told() {
        let check = |from: &str, to: &str, expected: &str| {
            let error = changed(from, to).expect_err(to).to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("best_for = []", "best_for = [\"CEO\"]", "no audience `CEO`; write one of CTO");
        check(
            "best_for = []",
            "bestfor = []",
            "unknown field `bestfor`; the fields are title, summary, key_takeaway",
        );
        check(
            "best_for = []",
            "best_for = 3",
            "`best_for` holds a number without quotation marks; write best_for = [\"CTO\"]",
        );
        let form = "write key_takeaway = [{ audience = \"CTO\", text = \"…\" }]";
        for wrong in [
            "true",
            "[1]",
            "[{ audience = \"CTO\" }]",
            "[{ text = 2026-11-20 }]",
            "[{ text = \"x\", by = \"y\" }]",
        ] {
            check("key_takeaway = []", &format!("key_takeaway = {wrong}"), form);
        }
        check("principles = []", "principles = [[\"x\"]]", "`principles` holds a list; write principles = [");
        check("title = ", "title = [\"x\"] #", "`title` holds a list; write title = \"…\"");
        check("principles = []", "principles = [\" \"]", "`principles` holds a text that is empty");
        check("principles = []", "principles = [", "cannot be read");
        check("\"Iron\"", "\"!!\"", "`!!` cannot be a topic");
    }

    #[test]
    fn no_mistake_is_told_in_the_words_of_a_program() {
        let values =
            ["3", "3.5", "true", "2026-11-20", "[1]", "[true]", "{ a = 1 }", "[[\"x\"]]", "[{ a = 1 }]"];
        for field in StoryField::ALL {
            for value in values {
                let error = match edit_form().changes(&format!("{field} = {value}\n")) {
                    Err(error) => error.to_string(),
                    Ok(changes) => panic!("{field} = {value} gives {changes:?}"),
                };
                for word in [
                    "String",
                    "Vec",
                    "struct",
                    "sequence",
                    "enum",
                    "i64",
                    "integer",
                    "invalid type",
                    "Option",
                ] {
                    assert!(!error.contains(word), "{error}");
                }
                assert!(error.contains(&format!("write {field} = ")), "{error}");
            }
        }
    }

    #[test]
    fn a_text_may_stand_for_a_list_of_one() {
        let changes = changed("key_takeaway = []", "key_takeaway = \"Keep two anvils.\"").expect("readable");
        let [Change::Written(FieldValue::KeyTakeaway(takeaways))] = changes.as_slice() else {
            panic!("{changes:?}")
        };
        assert_eq!(takeaways[0].audience, None);
        let changes =
            changed("key_takeaway = []", "key_takeaway = { audience = \"cto\", text = \"Keep two.\" }");
        let changes = changes.expect("readable");
        let [Change::Written(FieldValue::KeyTakeaway(takeaways))] = changes.as_slice() else {
            panic!("{changes:?}")
        };
        assert_eq!(takeaways[0].audience.as_deref(), Some("CTO"));
        let changes = changed("best_for = []", "best_for = \"CTO\"").expect("readable");
        assert_eq!(changes, [Change::Written(FieldValue::BestFor(vec!["CTO".to_owned()]))]);
        assert_eq!(changed("principles = []", "principles = \"\"").expect("readable"), []);
    }

    #[test]
    fn the_sheet_shows_what_each_field_looks_like() {
        let document = edit_form().document();
        assert!(document.contains("# key_takeaway = [{ audience = \"CTO\", text = \"…\" }]"), "{document}");
        for field in StoryField::ALL {
            let example = Example::of(field).text;
            assert!(document.lines().any(|it| it.starts_with(&format!("# {field}")) && it.contains(example)));
            // What is shown may be written.
            let example = example.replace("Cloud", "Iron");
            edit_form()
                .changes(&format!("{field} = {example}\n"))
                .unwrap_or_else(|error| panic!("{field}: {error}"));
        }
        assert!(document.contains("# Audiences: CTO."), "{document}");
    }

    #[test]
    fn a_title_passes_the_gate_too() {
        let title = |to: &str| {
            let changes = changed("title = ", &format!("title = {to:?} #")).expect("readable");
            edit_form().findings(&changes)
        };
        assert_eq!(title("Acme sold 5 anvils"), [] as [String; 0]);
        let found = title("Acme sold 6 anvils to Oracle");
        assert!(found.iter().all(|it| it.starts_with("title: ")), "{found:?}");
        assert!(found.iter().any(|it| it.contains("number `6`")), "{found:?}");
        assert!(found.iter().any(|it| it.contains("name `Oracle`")), "{found:?}");
    }

    #[test]
    fn topics_are_spelt_like_the_taxonomy() {
        let changes = changed("\"Iron\"", "\"ai\"").expect("readable");
        let [Change::Written(FieldValue::Topics(topics))] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!(topics[0].name, "AI");
    }
}
