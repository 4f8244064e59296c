//! Finds the sentences that carry a statement, and what of it they lack.

use std::cmp::Reverse;

use super::super::gate;
use super::super::gate::told_date;
use super::super::stems;
use super::super::stems::Stem;
use super::answer::Checker;

/// Sentences that carry one statement.
pub(super) const EVIDENCE_MAX: usize = 4;
/// Sentences that are gathered before those are dropped that add nothing.
const COMPLETED_MAX: usize = EVIDENCE_MAX + 2;
/// Sentences that are tried as better evidence than what the model named.
const NEAREST_MAX: usize = 6;
/// Sentences that are tried for what the cited ones lack, each time.
const COMPLETING_MAX: usize = 3;
/// Sentences before a cited one whose names count as its own.
const NAMED_BEFORE: usize = 2;
/// Share of a statement's stems that the evidence it cites has: what happened is said in the
/// words of those who report it.
pub(super) const SUPPORT_OF_FACTS: f64 = 0.25;

/// The same where the judge weighs what the words mean.
const SUPPORT_IF_JUDGED: f64 = 0.05;

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
        // Who weighs the meaning asks for fewer words in common: a verifier for none, the judge for some.
        let least = match () {
            () if SUPPORT_OF_FACTS < least => least,
            () if self.is_verified => 0.0,
            () if self.is_judged(evidence) => SUPPORT_IF_JUDGED.min(least),
            () => least,
        };
        if (found as f64) < least * stems.len() as f64 {
            return Err(refused("its evidence does not support it"));
        }
        Ok(())
    }

    /// What the statement says and these sentences do not. For names, the sentences right before
    /// each, the publishers and those whom a briefing is for are evidence too; for dates, the day of
    /// publication. What may be the contrary is for the verifier to weigh, or for the judge where there
    /// is none.
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
        if self.is_verified || self.is_judged(evidence) {
            findings.retain(|it| !it.kind.is_contrary());
        }
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
        // A site is called by the name in its address, too: "EFF" of eff.org.
        around.extend(self.publishers.iter().filter_map(|it| it.split_once('.')).map(|it| it.0));
        around.extend(self.readers);
        around.join(". ")
    }

    /// The cited sentences and those further ones that have what these lack: models cite too
    /// little more often than they invent. Without those that add nothing, where it would be too many.
    pub(super) fn completed(&self, text: &str, stems: &[(Stem, u32)], cited: &[usize]) -> Option<Vec<usize>> {
        let mut evidence = cited.to_vec();
        let mut lacking = self.findings(text, &evidence);
        while !lacking.is_empty() && !evidence.is_empty() && evidence.len() < COMPLETED_MAX {
            let missing: Vec<String> = lacking.iter().map(|it| singular(bare(&it.text))).collect();
            // A word of its own before one that only begins so: "Mac" before "macOS".
            let has = |at: usize| {
                let text = self.sentences[at].text.to_lowercase();
                missing
                    .iter()
                    .map(|it| 2 * usize::from(has_words(&text, it)) + usize::from(text.contains(it)))
                    .sum()
            };
            let further = self.open.iter().copied().filter(|at| !evidence.contains(at));
            let mut further: Vec<(usize, usize)> =
                further.map(|at| (has(at), at)).filter(|it| 0 < it.0).collect();
            further.sort_by_key(|(has, at)| {
                (Reverse((*has, stems::shared(&self.sentences[*at].stems, stems))), *at)
            });
            let further = further.into_iter().map(|it| it.1);
            let better = further.take(COMPLETING_MAX).find_map(|at| {
                let mut more = evidence.clone();
                more.push(at);
                more.sort_unstable();
                let left = self.findings(text, &more);
                (left.len() < lacking.len()).then_some((more, left))
            });
            (evidence, lacking) = better?;
        }
        while EVIDENCE_MAX < evidence.len() {
            let mut spare: Vec<usize> = (0..evidence.len()).collect();
            spare.sort_by_key(|at| stems::shared(&self.sentences[evidence[*at]].stems, stems));
            evidence = spare.into_iter().find_map(|at| {
                let mut fewer = evidence.clone();
                fewer.remove(at);
                self.findings(text, &fewer).is_empty().then_some(fewer)
            })?;
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

/// A word in small letters, in the singular if it is an English plural.
fn singular(word: &str) -> String {
    let lower = word.to_lowercase();
    lower.strip_suffix('s').filter(|it| 2 < it.len()).map(str::to_owned).unwrap_or(lower)
}

/// Whether a sentence has these words as they are written.
fn has_words(sentence: &str, words: &str) -> bool {
    sentence.match_indices(words).any(|(at, _)| {
        let is_edge = |it: Option<char>| it.is_none_or(|it| !it.is_alphanumeric());
        is_edge(sentence[..at].chars().next_back()) && is_edge(sentence[at + words.len()..].chars().next())
    })
}
