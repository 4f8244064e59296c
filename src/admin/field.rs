//! The fields of a story as they stand in the form of its page: one statement a line.

use std::collections::BTreeSet;

use crate::desk::EditForm;
use crate::desk::FieldText;
use crate::desk::FieldTexts;
use crate::desk::StoryView;
use crate::domain::FieldValue;
use crate::domain::Made;
use crate::domain::StoryField;

use super::diff;
use super::diff::DiffPiece;
use super::request::FormFields;

/// The fields of a form.
pub(super) struct FieldSheet {
    pub(super) fields: Vec<FieldView>,
    /// For whom, and what; an empty pair at the end takes one more.
    pub(super) takeaways: Vec<(String, String)>,
    pub(super) audiences: Vec<AudienceChoice>,
    /// Takeaways and audiences as they are stored: what is not touched is not read anew, since an
    /// audience may have left the configuration.
    stored: (Vec<(String, String)>, Vec<String>),
}

/// An audience that a story may be best for.
pub(super) struct AudienceChoice {
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

/// One field.
pub(super) struct FieldView {
    pub(super) field: StoryField,
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    /// A line each.
    pub(super) text: String,
    /// Who wrote what is stored.
    pub(super) made: String,
    /// Whether a person wrote it, so that it can be given back.
    pub(super) is_written: bool,
    pub(super) is_reverted: bool,
    /// What readers see, changed into what waits.
    pub(super) since_published: Vec<DiffPiece>,
    /// What is stored now, changed into what was written: after a conflict.
    pub(super) conflict: Vec<DiffPiece>,
}

impl FieldView {
    /// A field as it is stored.
    pub(super) fn stored(form: &EditForm, field: StoryField) -> Self {
        let value = FieldValue::of(field, &form.title, &form.briefing);
        let (label, hint) = label(field);
        Self {
            field,
            name: field.as_str(),
            label,
            hint,
            text: text_of(&value),
            made: made(&value, form.written.contains(&field)),
            is_written: form.written.contains(&field),
            is_reverted: false,
            since_published: Vec::new(),
            conflict: Vec::new(),
        }
    }

    /// Whether one line is all that may stand in it.
    pub(super) fn is_line(&self) -> bool {
        self.field == StoryField::Title
    }

    pub(super) fn is_takeaway(&self) -> bool {
        self.field == StoryField::KeyTakeaway
    }

    pub(super) fn is_audience(&self) -> bool {
        self.field == StoryField::BestFor
    }

    /// Whether a sentence of a source can stand in it.
    pub(super) fn takes_sentences(&self) -> bool {
        matches!(
            self.field,
            StoryField::Summary | StoryField::KeyInsights | StoryField::Principles | StoryField::InPractice
        )
    }
}

/// What was written into a form for a story that takes no edits any more, field by field, so that it can be
/// copied.
pub(super) fn written(form: &FormFields) -> Vec<(&'static str, String)> {
    let text = |field: StoryField| match field {
        StoryField::KeyTakeaway => form.all("takeaway-text").collect::<Vec<_>>().join("\n"),
        StoryField::BestFor => form.all("best_for").collect::<Vec<_>>().join("\n"),
        _ => form.text(field.as_str()).to_owned(),
    };
    let all = StoryField::ALL.into_iter().map(|it| (label(it).0, text(it).trim().to_owned()));
    all.filter(|it| !it.1.is_empty()).collect()
}

impl FieldSheet {
    /// What is stored, with how it differs from what readers see.
    pub(super) fn stored(view: &StoryView) -> Self {
        let Ok(form) = &view.form else {
            return Self {
                fields: Vec::new(),
                takeaways: Vec::new(),
                audiences: Vec::new(),
                stored: Default::default(),
            };
        };
        let field = |field| {
            let mut it = FieldView::stored(form, field);
            if let Some(shown) = view.shown_otherwise(field) {
                it.since_published = diff::words(&text_of(&shown), &it.text);
            }
            it
        };
        let mut takeaways: Vec<(String, String)> = (form.briefing.key_takeaway.iter())
            .map(|it| (it.audience.clone().unwrap_or_default(), it.statement.text.clone()))
            .collect();
        let stored = (takeaways.clone(), form.briefing.best_for.clone());
        takeaways.push(Default::default());
        let chosen: BTreeSet<&str> = form.briefing.best_for.iter().map(String::as_str).collect();
        Self {
            fields: StoryField::ALL.into_iter().map(field).collect(),
            takeaways,
            audiences: audiences(form, &chosen),
            stored,
        }
    }

    /// What was written into a form.
    pub(super) fn written(view: &StoryView, form: &FormFields) -> Self {
        let mut sheet = Self::stored(view);
        let Ok(edit_form) = &view.form else { return sheet };
        for it in &mut sheet.fields {
            it.is_reverted = it.is_written && form.all("revert").any(|field| field == it.name);
            if form.has(it.name) && !it.is_takeaway() && !it.is_audience() {
                it.text = lines(form.text(it.name)).join("\n");
            }
        }
        let pairs = form.all("takeaway-audience").zip(form.all("takeaway-text"));
        let trimmed = pairs.map(|(audience, text)| (audience.trim().to_owned(), text.trim().to_owned()));
        sheet.takeaways = trimmed.filter(|it| !it.1.is_empty()).collect();
        sheet.takeaways.push(Default::default());
        let chosen: BTreeSet<&str> = form.all("best_for").collect();
        sheet.audiences = audiences(edit_form, &chosen);
        sheet
    }

    /// Puts a sentence of a member, named by its places, into a field.
    pub(super) fn put(&mut self, view: &StoryView, name: &str, into: &str) {
        let places = name.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let Some((member, sentence)): Option<(usize, usize)> = places else { return };
        let found = view.members.get(member).and_then(|it| it.sentences.get(sentence));
        let field = self.fields.iter_mut().find(|it| it.name == into && it.takes_sentences());
        if let (Some(found), Some(field)) = (found, field)
            && !field.text.lines().any(|it| it == found.statement.text)
        {
            if !field.text.is_empty() {
                field.text.push('\n');
            }
            field.text.push_str(&found.statement.text);
        }
    }

    /// Shows how what was written differs from what is stored.
    pub(super) fn compare(&mut self, view: &StoryView) {
        let Ok(form) = &view.form else { return };
        for it in &mut self.fields {
            let stored = text_of(&FieldValue::of(it.field, &form.title, &form.briefing));
            let written = match it.field {
                StoryField::KeyTakeaway => takeaway_lines(&self.takeaways),
                StoryField::BestFor => audience_lines(&self.audiences),
                _ => it.text.clone(),
            };
            if stored != written {
                it.conflict = diff::words(&written, &stored);
            }
        }
    }

    /// What is written, for the parser of edit forms.
    pub(super) fn texts(&self) -> FieldTexts {
        let takeaways: Vec<_> = self.takeaways.iter().filter(|it| !it.1.is_empty()).cloned().collect();
        let chosen = self.audiences.iter().filter(|it| it.is_chosen);
        let chosen: Vec<String> = chosen.map(|it| it.name.clone()).collect();
        let text = |it: &FieldView| match it.field {
            _ if it.is_reverted => Some(FieldText::Reverted),
            StoryField::Title => Some(FieldText::Text(it.text.clone())),
            StoryField::KeyTakeaway if takeaways == self.stored.0 => None,
            StoryField::KeyTakeaway => Some(FieldText::Takeaways(takeaways.clone())),
            StoryField::BestFor if chosen == self.stored.1 => None,
            StoryField::BestFor => Some(FieldText::Lines(chosen.clone())),
            _ => Some(FieldText::Lines(lines(&it.text))),
        };
        self.fields.iter().filter_map(|it| Some((it.field, text(it)?))).collect()
    }
}

/// Takeaways as [`text_of`] writes them.
fn takeaway_lines(pairs: &[(String, String)]) -> String {
    let said = pairs.iter().filter(|it| !it.1.is_empty());
    said.map(|(audience, text)| takeaway_line(Some(audience.as_str()), text)).collect::<Vec<_>>().join("\n")
}

fn takeaway_line(audience: Option<&str>, text: &str) -> String {
    match audience.filter(|it| !it.is_empty()) {
        Some(audience) => format!("For {audience}: {text}"),
        None => text.to_owned(),
    }
}

/// The audiences that are chosen, as [`text_of`] writes them.
fn audience_lines(choices: &[AudienceChoice]) -> String {
    let chosen = choices.iter().filter(|it| it.is_chosen);
    chosen.map(|it| it.name.as_str()).collect::<Vec<_>>().join("\n")
}

/// The configured audiences in their order; those that the story has besides come first.
fn audiences(form: &EditForm, chosen: &BTreeSet<&str>) -> Vec<AudienceChoice> {
    let choice =
        |name: &String| AudienceChoice { name: name.clone(), is_chosen: chosen.contains(name.as_str()) };
    // In the story's own order, so that an untouched form changes nothing.
    let own = form.briefing.best_for.iter().map(choice);
    let further = form.audiences().iter().filter(|it| !form.briefing.best_for.contains(it)).map(choice);
    own.chain(further).collect()
}

/// Lines with something in them.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// What stands in a field, a line each.
fn text_of(value: &FieldValue) -> String {
    let all: Vec<String> = match value {
        FieldValue::Title(it) => vec![it.clone()],
        FieldValue::KeyTakeaway(all) => {
            all.iter().map(|it| takeaway_line(it.audience.as_deref(), &it.statement.text)).collect()
        }
        FieldValue::Topics(all) => all.iter().map(|it| it.name.clone()).collect(),
        FieldValue::BestFor(all) => all.clone(),
        _ => value.statements().into_iter().map(|it| it.text.clone()).collect(),
    };
    all.join("\n")
}

/// Who wrote what stands in a field.
fn made(value: &FieldValue, is_written: bool) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for it in value.statements() {
        let kind = match it.made {
            Made::Extractive => "Quoted by rule",
            Made::Rule => "Quoted and framed by rule",
            Made::Llm => "Written by the model",
            Made::Editor => "Written by a person",
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    match (kinds.is_empty(), is_written) {
        (true, false) => String::new(),
        (true, true) => "Set by a person.".to_owned(),
        (false, false) => format!("{}.", kinds.join(", ")),
        (false, true) => format!("{}. Set by a person: no engine changes it.", kinds.join(", ")),
    }
}

fn label(field: StoryField) -> (&'static str, &'static str) {
    match field {
        StoryField::Title => ("Title", "One line."),
        StoryField::Summary => ("Summary", "One sentence a line; they become one paragraph."),
        StoryField::KeyTakeaway => ("Key takeaway", "At most one for each audience."),
        StoryField::KeyInsights => ("Key insights", "One a line: consequences, quantities, comparisons."),
        StoryField::Principles => ("Principles", "One a line: general rules that the story teaches."),
        StoryField::InPractice => ("In practice", "One a line: what can be done now."),
        StoryField::Topics => ("Topics", "One a line; at most five are shown."),
        StoryField::BestFor => ("Best for", ""),
    }
}
