//! What a hook was told: at least once, under one name, in order.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;

/// What a hook has received and taken.
#[derive(Default)]
pub(crate) struct HookLedger {
    /// By name: event and subject.
    received: BTreeMap<String, (String, String)>,
    taken: BTreeSet<String>,
    /// Of each story in each output, the events in the order in which they were taken first.
    pub(crate) of_stories: BTreeMap<(String, String), Vec<String>>,
    /// Digests by their ids, with how often each was taken under another name.
    pub(crate) digests: BTreeMap<String, u32>,
}

impl HookLedger {
    /// Notes a delivery; an error says what is wrong with it.
    pub(crate) fn receive(&mut self, body: &[u8], is_taken: bool) -> Result<String, String> {
        let body: Value =
            serde_json::from_slice(body).map_err(|it| format!("a hook was sent no JSON: {it}"))?;
        let word = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let (name, event) = (word(&body["delivery"]), word(&body["event"]));
        let output = word(&body["output"]);
        let subject = [&body["story"]["key"], &body["digest"]["id"], &body["source"]["id"]];
        let subject = subject.into_iter().map(word).find(|it| !it.is_empty()).unwrap_or_default();
        if name.is_empty() || event.is_empty() || subject.is_empty() {
            return Err(format!("a hook was told nothing: {body}"));
        }
        let told = (event.clone(), subject.clone());
        let before = self.received.insert(name.clone(), told.clone());
        if before.is_some_and(|it| it != told) {
            return Err(format!("one delivery told of two things: {event} {subject}"));
        }
        if is_taken && self.taken.insert(name) {
            if event == "digest" {
                *self.digests.entry(subject.clone()).or_default() += 1;
            } else if event != "health" {
                self.of_stories.entry((subject.clone(), output.clone())).or_default().push(event.clone());
            }
        }
        Ok(format!("a hook is told {event} {subject} {output}{}", if is_taken { "" } else { ", and fails" }))
    }
}
