//! What an engine is given: its language and its hash.

use sha2::Digest;
use sha2::Sha256;

use super::language;
use super::reading;
use crate::domain::Member;
use crate::text::word::Language;

/// The language that the lead is written in, and whether it is one whose words we know.
pub(super) fn language_of(title: &str, members: &[Member]) -> (Option<String>, Option<Language>) {
    let lead = reading::quotable(members).next();
    let declared = members.get(lead.map_or(0, |it| it.0)).and_then(|it| it.language.as_deref());
    let text = lead.map_or("", |it| reading::read_part(it.1));
    let tag = language::tag(text, declared);
    let known = language::known(if text.is_empty() { title } else { text }, tag.as_deref());
    (tag, known)
}

/// SHA-256 of all that an engine is given, each part with its length before it.
pub(super) fn input_hash(title: &str, members: &[Member]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(title);
    for it in members {
        add(it.byline.url.as_str());
        add(it.byline.rights.as_str());
        add(it.snapshot.as_ref().map_or("", |it| &it.text));
        add(it.abstract_snapshot.as_ref().map_or("", |it| &it.text));
        add(it.summary.as_deref().unwrap_or_default());
        add(it.language.as_deref().unwrap_or_default());
        it.categories.iter().for_each(|it| add(it));
    }
    format!("{:x}", hash.finalize())
}
