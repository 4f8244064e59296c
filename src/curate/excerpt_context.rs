//! What stands before the sentences that a briefing shows, as far as a publisher's words may be shown.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::config::Excerpt;
use crate::domain::Briefing;
use crate::domain::EntryId;
use crate::domain::Receipt;
use crate::domain::Snapshot;
use crate::domain::SnapshotFrom;
use crate::domain::SnapshotId;
use crate::text::clean;
use crate::text::sentence;
use crate::text::word;

use super::budget::PAGE_SHARE;

/// Sentences of one text that are looked through.
const SENTENCES_MAX: usize = 400;

/// Whose words a receipt shows, and how many of them may be shown.
#[derive(Clone, Debug)]
pub struct CitedPublisher {
    /// Its name: all its articles count together.
    pub name: String,
    /// What may be shown of them.
    pub excerpt: Excerpt,
}

/// The sentences before those of receipts, by text and start of the receipt.
pub type ExcerptContext = HashMap<(SnapshotId, usize), String>;

/// The sentence before that of each receipt, in the order of the briefing, while the words of its publisher
/// last. None of one that stands in the briefing itself, or in another paragraph.
pub fn excerpt_context(
    briefing: &Briefing,
    texts: &[Snapshot],
    publishers: &BTreeMap<EntryId, CitedPublisher>,
) -> ExcerptContext {
    let mut context = ExcerptContext::new();
    let mut shown = ShownSentences::of(briefing, publishers);
    for receipt in briefing.statements().flat_map(|it| &it.receipts).filter(|it| it.is_quote_shown) {
        let text = texts.iter().find(|it| it.id == receipt.snapshot);
        let (Some(text), Some(publisher)) = (text, publishers.get(&receipt.entry)) else { continue };
        let sentences = sentence::cut(&text.text, SENTENCES_MAX);
        let Some(at) = sentences.iter().position(|it| it.range.contains(&receipt.start)) else { continue };
        let Some(before) = at.checked_sub(1).map(|it| &sentences[it]) else { continue };
        if before.paragraph != sentences[at].paragraph {
            continue;
        }
        let Some(quote) = text.text.get(before.range.clone()) else { continue };
        let span = Receipt { start: before.range.start, end: before.range.end, ..receipt.clone() };
        if shown.take(&span, word::count(quote), publisher, text) {
            context.insert((receipt.snapshot, receipt.start), clean::line(quote));
        }
    }
    context
}

/// The words of each publisher that are shown, each sentence once.
#[derive(Default)]
struct ShownSentences {
    by_publisher: BTreeMap<String, usize>,
    by_entry: BTreeMap<EntryId, usize>,
    spans: BTreeSet<(SnapshotId, usize)>,
}

impl ShownSentences {
    fn of(briefing: &Briefing, publishers: &BTreeMap<EntryId, CitedPublisher>) -> Self {
        let mut shown = Self::default();
        for it in briefing.statements().flat_map(|it| &it.receipts).filter(|it| it.is_quote_shown) {
            if let Some(publisher) = publishers.get(&it.entry) {
                shown.add(it, word::count(&it.quote), publisher);
            }
        }
        shown
    }

    /// Adds a sentence unless it is shown already or is more than may be shown.
    fn take(&mut self, span: &Receipt, words: usize, publisher: &CitedPublisher, text: &Snapshot) -> bool {
        if self.spans.contains(&(span.snapshot, span.start)) {
            return false;
        }
        let of_publisher = self.by_publisher.get(&publisher.name).copied().unwrap_or(0);
        let of_entry = self.by_entry.get(&span.entry).copied().unwrap_or(0) + words;
        // No run in a page can be longer than all that is shown of it.
        let is_page = text.from == SnapshotFrom::Page;
        let is_within = of_publisher + words <= publisher.excerpt.words
            && (!is_page
                || of_entry * PAGE_SHARE <= word::count(&text.text) && of_entry <= publisher.excerpt.run);
        if is_within {
            self.add(span, words, publisher);
        }
        is_within
    }

    fn add(&mut self, it: &Receipt, words: usize, publisher: &CitedPublisher) {
        if self.spans.insert((it.snapshot, it.start)) {
            *self.by_publisher.entry(publisher.name.clone()).or_default() += words;
            *self.by_entry.entry(it.entry).or_default() += words;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curate::USUAL_EXCERPT;
    use crate::domain::Made;
    use crate::domain::Statement;

    const TEXT: &str = "The port of Halden bought a crane. It lifts forty tonnes. The director paid for it in cash.\n\n\
                        The old crane goes to a museum. Nobody will miss it.";

    #[track_caller]
    fn check(from: SnapshotFrom, excerpt: Excerpt, quoted: &[&str], expected: &[&str]) {
        let receipt = |quote: &&str| {
            let start = TEXT.find(quote).expect("a sentence");
            let receipt = Receipt {
                entry: EntryId(1),
                snapshot: SnapshotId(7),
                is_of_abstract: false,
                url: "https://a.example/1".to_owned(),
                start,
                end: start + quote.len(),
                quote: (*quote).to_owned(),
                sha256: String::new(),
                is_quote_shown: true,
            };
            Statement { text: (*quote).to_owned(), made: Made::Llm, receipts: vec![receipt] }
        };
        let briefing = Briefing { summary: quoted.iter().map(receipt).collect(), ..Briefing::default() };
        let texts = [Snapshot { id: SnapshotId(7), from, text: TEXT.into() }];
        let publishers = BTreeMap::from([(EntryId(1), CitedPublisher { name: "A".to_owned(), excerpt })]);
        let context = excerpt_context(&briefing, &texts, &publishers);
        let mut found: Vec<(usize, String)> = context.into_iter().map(|(at, it)| (at.1, it)).collect();
        found.sort();
        assert_eq!(found.iter().map(|it| it.1.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_sentence_before_is_shown_while_the_words_of_its_publisher_last() {
        let [crane, lifts, cash, museum, miss] = [
            "The port of Halden bought a crane.",
            "It lifts forty tonnes.",
            "The director paid for it in cash.",
            "The old crane goes to a museum.",
            "Nobody will miss it.",
        ];
        let feed = SnapshotFrom::Feed;
        check(feed, USUAL_EXCERPT, &[lifts, miss], &[crane, museum]);
        // What begins a paragraph, and what follows a sentence that is shown already, has none.
        check(feed, USUAL_EXCERPT, &[crane, museum], &[]);
        check(feed, USUAL_EXCERPT, &[crane, lifts, cash], &[]);
        let of = |words| Excerpt { words, ..USUAL_EXCERPT };
        check(feed, of(15), &[lifts, miss], &[crane]);
        check(feed, of(14), &[lifts, miss], &[]);
        // Of a page, a fifth.
        check(SnapshotFrom::Page, USUAL_EXCERPT, &[lifts], &[]);
    }
}
