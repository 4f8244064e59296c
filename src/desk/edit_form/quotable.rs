//! Sentences of the sources that an editor may put into a field as they stand, each with its receipt,
//! and how much of a publisher's text may be shown.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use sha2::Digest;
use sha2::Sha256;

use crate::config::Config;
use crate::config::Excerpt;
use crate::curate;
use crate::domain::Briefing;
use crate::domain::EntryId;
use crate::domain::Made;
use crate::domain::Member;
use crate::domain::Receipt;
use crate::domain::Snapshot;
use crate::domain::SnapshotFrom;
use crate::domain::Statement;
use crate::text::clean;
use crate::text::sentence;
use crate::text::word;

use super::error::EditFormError;

/// Sentences of one text that can be chosen; what stands behind them can be read at the publisher's.
const SENTENCES_MAX: usize = 400;

/// A sentence of a source, as a statement that quotes it.
#[derive(Clone, Debug)]
pub struct Quotable {
    /// As it would stand in a field.
    pub statement: Statement,
    /// Which paragraph of its text it stands in, from 0.
    pub paragraph: usize,
}

/// The sentences of a member's texts: of the publisher's own abstract, then of the text.
pub fn of_member(member: &Member) -> Vec<Quotable> {
    let of = |snapshot: &Option<Snapshot>, is_of_abstract: bool| -> Vec<Quotable> {
        let Some(snapshot) = snapshot else { return Vec::new() };
        let sentences = sentence::cut(&snapshot.text, SENTENCES_MAX);
        let quotable = |it: sentence::Sentence| {
            let quote = snapshot.text.get(it.range.clone())?;
            let receipt = Receipt {
                entry: member.entry,
                snapshot: snapshot.id,
                is_of_abstract,
                url: member.byline.url.to_string(),
                start: it.range.start,
                end: it.range.end,
                quote: quote.to_owned(),
                sha256: format!("{:x}", Sha256::digest(quote)),
                is_quote_shown: true,
            };
            let text = clean::line(quote);
            let statement = Statement { text, made: Made::Extractive, receipts: vec![receipt] };
            Some(Quotable { statement, paragraph: it.paragraph })
        };
        sentences.into_iter().filter_map(quotable).collect()
    };
    [of(&member.abstract_snapshot, true), of(&member.snapshot, false)].concat()
}

/// How much of one member's text may be shown.
#[derive(Clone, Debug)]
pub(in crate::desk) struct ExcerptLimit {
    entry: EntryId,
    publisher: String,
    words: usize,
    /// Words that may be shown of a text that was fetched from the article's page: in all, and in one run.
    page_words: Option<(usize, usize)>,
}

impl ExcerptLimit {
    /// That of a member under the configuration.
    pub(in crate::desk) fn of(member: &Member, config: &Config) -> Self {
        let source = config.sources.iter().find(|it| it.id == member.source);
        let Excerpt { words, run } = source.map_or(curate::USUAL_EXCERPT, |it| it.excerpt);
        let page = member.snapshot.as_ref().filter(|it| it.from == SnapshotFrom::Page);
        Self {
            entry: member.entry,
            publisher: member.byline.name.clone(),
            words,
            page_words: page.map(|it| (word::count(&it.text) / curate::EXCERPT_PAGE_SHARE, run)),
        }
    }
}

/// Refuses what would show more of a publisher's text than may be shown, and more than is shown now.
pub(super) fn check_excerpts(
    limits: &[ExcerptLimit],
    before: &Briefing,
    after: &Briefing,
) -> Result<(), EditFormError> {
    let (before, after) = (ShownWords::of(before, limits), ShownWords::of(after, limits));
    for limit in limits {
        let publisher = limit.publisher.as_str();
        let count = |of: &ShownWords<'_>| of.by_publisher.get(publisher).copied().unwrap_or(0);
        let of_entry = |of: &ShownWords<'_>| of.by_entry.get(&limit.entry).copied().unwrap_or(0);
        let run = |of: &ShownWords<'_>| of.longest_run(limit.entry);
        let in_page = limit.page_words.map(|(all, in_run)| {
            [(of_entry(&before), of_entry(&after), all), (run(&before), run(&after), in_run)]
        });
        let counted =
            [(count(&before), count(&after), limit.words)].into_iter().chain(in_page.into_iter().flatten());
        // What is shown already, by whatever limit, may stay.
        let over = counted.filter(|(before, after, max)| max < after && before < after);
        let over = over.map(|(_, after, max)| (after, max)).next();
        if let Some((words, max)) = over {
            return Err(EditFormError::Excerpt { publisher: limit.publisher.clone(), words, max });
        }
    }
    Ok(())
}

/// Words that a briefing shows of texts, each sentence once.
struct ShownWords<'a> {
    by_publisher: BTreeMap<&'a str, usize>,
    by_entry: BTreeMap<EntryId, usize>,
    /// Where each sentence of an entry's text stands, and its words.
    spans: BTreeMap<EntryId, BTreeMap<(usize, usize), usize>>,
}

/// Bytes between two sentences that stand one after the other.
const GAP_BYTES_MAX: usize = 2;

impl<'a> ShownWords<'a> {
    fn of(briefing: &Briefing, limits: &'a [ExcerptLimit]) -> Self {
        let mut shown =
            Self { by_publisher: BTreeMap::new(), by_entry: BTreeMap::new(), spans: BTreeMap::new() };
        let mut known = BTreeSet::new();
        for it in briefing.statements().flat_map(|it| &it.receipts).filter(|it| it.is_quote_shown) {
            let Some(limit) = limits.iter().find(|of| of.entry == it.entry) else { continue };
            if known.insert((it.entry.0, it.is_of_abstract, it.start, it.end)) {
                let words = word::count(&it.quote);
                *shown.by_publisher.entry(&limit.publisher).or_default() += words;
                *shown.by_entry.entry(it.entry).or_default() += words;
                if !it.is_of_abstract {
                    shown.spans.entry(it.entry).or_default().insert((it.start, it.end), words);
                }
            }
        }
        shown
    }

    /// Words of the longest unbroken run of an entry's text.
    fn longest_run(&self, entry: EntryId) -> usize {
        let (mut longest, mut run, mut end) = (0, 0, None);
        for ((from, to), words) in self.spans.get(&entry).into_iter().flatten() {
            let goes_on = end.is_some_and(|end: usize| from.saturating_sub(end) <= GAP_BYTES_MAX);
            run = if goes_on { run + words } else { *words };
            end = Some(*to);
            longest = longest.max(run);
        }
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn briefing(spans: &[(usize, usize, usize)]) -> Briefing {
        let receipt = |&(start, end, words): &(usize, usize, usize)| Receipt {
            entry: EntryId(1),
            snapshot: crate::domain::SnapshotId(1),
            is_of_abstract: false,
            url: "https://a.example/1".to_owned(),
            start,
            end,
            quote: "word ".repeat(words),
            sha256: String::new(),
            is_quote_shown: true,
        };
        let quoted =
            |it| Statement { text: String::new(), made: Made::Extractive, receipts: vec![receipt(it)] };
        Briefing { key_insights: spans.iter().map(quoted).collect(), ..Briefing::default() }
    }

    #[test]
    fn no_more_is_shown_than_a_publisher_allows() {
        let limit = |page_words| {
            [ExcerptLimit { entry: EntryId(1), publisher: "A".to_owned(), words: 120, page_words }]
        };
        let none = briefing(&[]);
        let check =
            |page, before: &Briefing, spans: &[(usize, usize, usize)], expected: Option<(usize, usize)>| {
                let found = match check_excerpts(&limit(page), before, &briefing(spans)) {
                    Ok(()) => None,
                    Err(EditFormError::Excerpt { words, max, .. }) => Some((words, max)),
                    Err(other) => panic!("{other}"),
                };
                assert_eq!(found, expected, "{spans:?}");
            };
        check(None, &none, &[(0, 9, 100), (50, 60, 20)], None);
        check(None, &none, &[(0, 9, 100), (50, 60, 21)], Some((121, 120)));
        // The same sentence twice is one.
        check(None, &none, &[(0, 9, 100), (0, 9, 100)], None);
        // Of a page a fifth, and so much in one run.
        check(Some((110, 75)), &none, &[(0, 9, 60), (50, 60, 60)], Some((120, 110)));
        check(Some((110, 75)), &none, &[(0, 9, 40), (10, 60, 40)], Some((80, 75)));
        check(Some((110, 75)), &none, &[(0, 9, 40), (20, 60, 40)], None);
        // What is shown already stays, and less of it too.
        let before = briefing(&[(0, 9, 100), (50, 60, 30)]);
        check(None, &before, &[(0, 9, 100), (50, 60, 30)], None);
        check(None, &before, &[(50, 60, 30)], None);
        check(None, &before, &[(0, 9, 100), (50, 60, 31)], Some((131, 120)));
    }
}
