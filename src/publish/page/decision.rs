//! What people decided about a story, in words for readers.

use super::site_view::SiteView;
use super::site_view::When;
use crate::domain::Timestamp;

/// What a person did with a story.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Deed {
    /// Approved what it says.
    Approved,
    /// Took it back.
    Withdrew,
    /// Published again what was taken back.
    Restored,
    /// Wrote some of its fields.
    Edited,
    /// Had it curated again.
    Replayed,
    /// Made another story, of this title, part of it.
    Merged(Option<String>),
    /// Made it part of another story.
    MergedAway(Option<String>),
    /// Made another story, of this title, of a part of it.
    Split(Option<String>),
    /// Made it of a part of another story.
    SplitOff(Option<String>),
}

/// What a person did with a story, when and why.
#[derive(Clone, Debug)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// The person's name.
    pub by: String,
    /// What.
    pub deed: Deed,
    /// Why, in the person's words.
    pub why: Option<String>,
}

impl Decision {
    /// `Withdrawn by Mara Quill: the figure was wrong.`
    pub fn sentence(&self) -> String {
        let by = &self.by;
        let titled = |title: &Option<String>| match title {
            Some(title) => format!("“{title}”"),
            None => "another story".to_owned(),
        };
        let words = match &self.deed {
            Deed::Approved => format!("Approved by {by}"),
            Deed::Withdrew => format!("Withdrawn by {by}"),
            Deed::Restored => format!("Published again by {by}"),
            Deed::Edited => format!("Edited by {by}"),
            Deed::Replayed => format!("Curated again by {by}"),
            Deed::Merged(other) => {
                format!("Merged by {by} with {}, which is part of this story now", titled(other))
            }
            Deed::MergedAway(other) => format!("Merged by {by} into {}", titled(other)),
            Deed::Split(other) => format!("Split by {by}; {} is a story of its own now", titled(other)),
            Deed::SplitOff(other) => format!("Split by {by} from {}", titled(other)),
        };
        ended(match &self.why {
            Some(why) => format!("{words}: {why}"),
            None => words,
        })
    }

    /// The same with its minute, for a page that has no other place for it.
    pub(super) fn sentence_with_time(&self, site: &SiteView) -> String {
        format!("{} ({})", self.sentence(), site.minute(self.at).text)
    }
}

/// Text that ends as a sentence ends.
pub(super) fn ended(mut text: String) -> String {
    if !text.ends_with(['.', '!', '?', '…', '。', '！', '？', '”', '"']) {
        text.push('.');
    }
    text
}

/// A decision on the page of a story's history.
pub(super) struct DecisionView {
    pub(super) when: When,
    pub(super) text: String,
}

impl DecisionView {
    pub(super) fn new(site: &SiteView, decision: &Decision) -> Self {
        Self { when: site.minute(decision.at), text: decision.sentence() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(deed: Deed, why: Option<&str>, expected: &str) {
        let (by, why) = ("Mara Quill".to_owned(), why.map(str::to_owned));
        assert_eq!(Decision { at: Timestamp::default(), by, deed, why }.sentence(), expected);
    }

    #[test]
    fn a_decision_says_who_what_and_why() {
        let other = || Some("Keys at Halden".to_owned());
        check(Deed::Withdrew, Some("The figure was wrong"), "Withdrawn by Mara Quill: The figure was wrong.");
        check(Deed::Withdrew, None, "Withdrawn by Mara Quill.");
        check(Deed::Approved, Some("Checked!"), "Approved by Mara Quill: Checked!");
        check(
            Deed::Merged(other()),
            Some("one event"),
            "Merged by Mara Quill with “Keys at Halden”, which is part of this story now: one event.",
        );
        check(Deed::MergedAway(None), None, "Merged by Mara Quill into another story.");
        check(Deed::Split(other()), None, "Split by Mara Quill; “Keys at Halden” is a story of its own now.");
        check(Deed::SplitOff(other()), Some("x"), "Split by Mara Quill from “Keys at Halden”: x.");
    }
}
