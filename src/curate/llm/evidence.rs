//! Finds the sentences that carry a statement, and what of it they lack.

use std::cmp::Reverse;

use super::super::gate;
use super::super::gate::told_date;
use super::super::stems;
use super::super::stems::Stem;
use super::answer::Checker;

/// Sentences that carry one statement.
pub(super) const EVIDENCE_MAX: usize = 4;
/// Sentences that are tried as better evidence than what the model named.
const NEAREST_MAX: usize = 6;
/// Sentences that are tried for what the cited ones lack, each time.
const COMPLETING_MAX: usize = 3;
/// Sentences before a cited one whose names count as its own.
const NAMED_BEFORE: usize = 2;
/// Share of a statement's stems that the evidence it cites has: what happened is said in the
/// words of those who report it.
pub(super) const SUPPORT_OF_FACTS: f64 = 0.25;

impl Checker<'_> {
    /// Whether these sentences carry the statement: they have all its facts and at least this share
    /// of its words.
    pub(super) fn carries(
        &self,
        text: &str,
        stems: &[(Stem, u32)],
        evidence: &[usize],
        least: f64,
    ) -> Result<(), ReceiptRefusal> {
        let refused = |why: &str| ReceiptRefusal { why: why.to_owned(), is_denied: false };
        if evidence.is_empty() {
            return Err(refused("no sentence carries it"));
        }
        let findings = self.findings(text, evidence);
        if !findings.is_empty() {
            let lacking: Vec<String> = findings
                .iter()
                .map(|it| {
                    match self.open.iter().find(|at| has_words(self.sentences[**at].text, bare(&it.text))) {
                        Some(at) => format!("{:?} `{}` (S{} has it: cite it)", it.kind, it.text, at + 1),
                        None => format!("{:?} `{}`", it.kind, it.text),
                    }
                })
                .collect();
            let is_denied = findings.iter().any(|it| it.kind.is_contrary());
            return Err(ReceiptRefusal {
                why: format!("its evidence lacks {}", lacking.join(", ")),
                is_denied,
            });
        }
        let has = |stem: &Stem| {
            evidence.iter().any(|at| self.sentences[*at].stems.binary_search_by_key(stem, |it| it.0).is_ok())
        };
        let found = stems.iter().filter(|it| has(&it.0)).count();
        let least = if self.is_verified && least <= SUPPORT_OF_FACTS { 0.0 } else { least };
        if (found as f64) < least * stems.len() as f64 {
            return Err(refused("its evidence does not support it"));
        }
        Ok(())
    }

    /// What the statement says and these sentences do not. For names, the sentences right before
    /// each, the publishers and those whom a briefing is for are evidence too; for dates, the day of
    /// publication. What may be the contrary is for the verifier to weigh, where there is one.
    pub(super) fn findings(&self, text: &str, evidence: &[usize]) -> Vec<gate::Finding> {
        let mut cited = self.cited(evidence);
        for at in evidence {
            let it = &self.sentences[*at];
            let written = self.written.get(it.member).copied().flatten();
            if let Some(told) = written.map(|written| told_date::told(it.text, written)) {
                cited.push('\n');
                cited.push_str(&told);
            }
        }
        let mut findings = gate::check_among(text, &cited, &self.around(evidence));
        findings.retain(|it| !self.is_verified || !it.kind.is_contrary());
        findings
    }

    /// The text of these sentences.
    pub(super) fn cited(&self, evidence: &[usize]) -> String {
        evidence.iter().map(|at| self.sentences[*at].text).collect::<Vec<_>>().join(" ")
    }

    /// The text in which the names of a statement may stand that cites these sentences.
    pub(super) fn around(&self, evidence: &[usize]) -> String {
        let is_before = |near: usize, at: usize| {
            let (near, at) = (&self.sentences[near], &self.sentences[at]);
            near.member == at.member && near.index <= at.index && at.index <= near.index + NAMED_BEFORE
        };
        let near = self.open.iter().filter(|near| evidence.iter().any(|at| is_before(**near, *at)));
        let mut around: Vec<&str> = near.map(|at| self.sentences[*at].text).collect();
        around.extend(self.publishers);
        around.extend(self.readers);
        around.join(". ")
    }

    /// The cited sentences and those further ones that have what these lack: models cite too
    /// little more often than they invent.
    pub(super) fn completed(&self, text: &str, stems: &[(Stem, u32)], cited: &[usize]) -> Option<Vec<usize>> {
        let mut evidence = cited.to_vec();
        let mut lacking = self.findings(text, &evidence);
        while !lacking.is_empty() && !evidence.is_empty() && evidence.len() < EVIDENCE_MAX {
            let missing: Vec<String> = lacking.iter().map(|it| bare(&it.text).to_lowercase()).collect();
            let has =
                |at: &usize| missing.iter().any(|it| self.sentences[*at].text.to_lowercase().contains(it));
            let mut further: Vec<usize> =
                self.open.iter().copied().filter(|at| !evidence.contains(at)).filter(has).collect();
            further.sort_by_key(|at| (Reverse(stems::shared(&self.sentences[*at].stems, stems)), *at));
            let better = further.into_iter().take(COMPLETING_MAX).find_map(|at| {
                let mut more = evidence.clone();
                more.push(at);
                more.sort_unstable();
                let left = self.findings(text, &more);
                (left.len() < lacking.len()).then_some((more, left))
            });
            (evidence, lacking) = better?;
        }
        Some(evidence)
    }

    /// Sets of sentences with the most stems of a statement, the nearest alone, then with others.
    pub(super) fn nearest(&self, stems: &[(Stem, u32)]) -> Vec<Vec<usize>> {
        let shared = |at: usize| {
            let has = |stem: &Stem| self.sentences[at].stems.binary_search_by_key(stem, |it| it.0).is_ok();
            stems.iter().filter(|it| has(&it.0)).count()
        };
        let mut ranked: Vec<(usize, usize)> =
            self.open.iter().map(|at| (shared(*at), *at)).filter(|it| 0 < it.0).collect();
        ranked.sort_by_key(|it| (Reverse(it.0), it.1));
        ranked.truncate(NEAREST_MAX);
        let mut tried: Vec<Vec<usize>> = ranked.iter().map(|it| vec![it.1]).collect();
        for more in 2..=EVIDENCE_MAX.min(ranked.len()) {
            let mut set: Vec<usize> = ranked[..more].iter().map(|it| it.1).collect();
            set.sort_unstable();
            tried.push(set);
        }
        tried
    }
}

/// Why sentences do not carry a statement.
pub(super) struct ReceiptRefusal {
    pub(super) why: String,
    /// Whether they say the contrary: then no others are asked.
    pub(super) is_denied: bool,
}

/// A word without its possessive `s`.
fn bare(word: &str) -> &str {
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word)
}

/// Whether a sentence has these words as they are written.
fn has_words(sentence: &str, words: &str) -> bool {
    sentence.match_indices(words).any(|(at, _)| {
        let is_edge = |it: Option<char>| it.is_none_or(|it| !it.is_alphanumeric());
        is_edge(sentence[..at].chars().next_back()) && is_edge(sentence[at + words.len()..].chars().next())
    })
}
