//! What each field of the document looks like.

use crate::domain::StoryField;

/// What a field of an edit form looks like.
pub(super) struct Example {
    /// An example of what may stand there.
    pub(super) text: &'static str,
    /// What it is.
    pub(super) what: &'static str,
}

impl Example {
    pub(super) fn of(field: StoryField) -> Self {
        let (text, what) = match field {
            StoryField::Title => ("\"…\"", "one line"),
            StoryField::Summary => {
                ("[\"One sentence.\", \"Another one.\"]", "one paragraph, a sentence each")
            }
            StoryField::KeyTakeaway => (
                "[{ audience = \"CTO\", text = \"…\" }]",
                "at most one for each audience; a text alone is for everyone",
            ),
            StoryField::KeyInsights => ("[\"…\", \"…\"]", "consequences, quantities, comparisons"),
            StoryField::Principles => ("[\"…\", \"…\"]", "general rules that the story teaches"),
            StoryField::InPractice => ("[\"…\", \"…\"]", "what can be done now"),
            StoryField::Topics => ("[\"AI\", \"Cloud\"]", "at most five are shown"),
            StoryField::BestFor => ("[\"CTO\"]", "names of audiences"),
        };
        Self { text, what }
    }
}
