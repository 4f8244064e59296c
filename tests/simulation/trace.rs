//! What happened, so that two runs of one seed can be compared.

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

/// Lines that are kept unless all are wanted.
const KEPT: usize = 60;

/// All lines as a digest, and the last of them.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) is_whole: bool,
    pub(crate) lines: VecDeque<String>,
    pub(crate) count: u64,
    pub(crate) digest: u64,
}

impl Trace {
    pub(crate) fn note(&mut self, at: u64, what: &str) {
        let line = format!("{at:>10} {what}");
        // This hasher has no random state.
        let mut hasher = DefaultHasher::new();
        (self.digest, &line).hash(&mut hasher);
        self.digest = hasher.finish();
        self.count += 1;
        self.lines.push_back(line);
        if !self.is_whole && KEPT < self.lines.len() {
            self.lines.pop_front();
        }
    }
}
