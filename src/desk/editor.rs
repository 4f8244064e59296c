//! The person who decides, and how the audit log names what was decided.

use crate::domain::Timestamp;
use crate::store::AuditEvent;

/// A person who decides.
#[derive(Clone, Debug)]
pub struct Editor {
    /// As shown to readers.
    pub name: String,
    /// Why, in the person's words.
    pub why: Option<String>,
}

pub(super) fn act(act: &str, editor: &Editor, revision: u32, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        by: editor.name.clone(),
        act: act.to_owned(),
        revision,
        why: editor.why.clone(),
        other: None,
        score: None,
    }
}
