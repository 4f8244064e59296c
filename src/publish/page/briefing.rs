//! The parts of a briefing, with numbered receipts.

use super::listing::CardLink;
use crate::domain::Briefing;
use crate::domain::Byline;
use crate::domain::Item;
use crate::domain::Receipt;
use crate::domain::Statement;
use crate::publish::attribution::is_quoted;
use crate::publish::attribution::publisher_of;
use crate::publish::content::is_gap;
use crate::publish::content::runs;
use crate::publish::link;
use crate::publish::link::text_fragment;
use crate::publish::plural::plural;
use crate::publish::script::Marks;

/// The parts of a briefing with numbered receipts.
pub(super) struct BriefingView {
    pub(super) summary: Vec<Passage>,
    pub(super) takeaways: Vec<TakeawayView>,
    pub(super) insights: Vec<Passage>,
    pub(super) principles: Vec<Passage>,
    pub(super) practice: Vec<Passage>,
    pub(super) differs: Vec<DifferenceView>,
    pub(super) receipts: Vec<ReceiptView>,
}

pub(super) struct TakeawayView {
    /// In the plural.
    pub(super) audience: Option<String>,
    pub(super) passage: Passage,
}

pub(super) struct DifferenceView {
    pub(super) what: String,
    pub(super) values: Vec<Passage>,
}

/// Sentences quoted from one article, or written.
pub(super) struct Passage {
    /// The marks around it, where it is a quotation among others.
    pub(super) marks: Marks,
    /// The publisher, of a quotation.
    pub(super) quoted: Option<CardLink>,
    pub(super) sentences: Vec<SentenceView>,
}

pub(super) struct SentenceView {
    pub(super) text: String,
    /// Whether the source has more between the sentence before and this one.
    pub(super) is_after_gap: bool,
    /// Numbers of receipts, each with the publisher's name and the place in its article.
    pub(super) receipts: Vec<Reference>,
}

pub(super) struct Reference {
    pub(super) number: usize,
    pub(super) publisher: String,
    pub(super) href: Option<String>,
}

pub(super) struct ReceiptView {
    pub(super) publisher: String,
    pub(super) href: Option<String>,
    /// The words that carry a written statement, as far as the excerpt budget allows.
    pub(super) quote: Option<String>,
    /// Whether the statement itself is the quotation.
    pub(super) is_quoted_above: bool,
}

impl BriefingView {
    pub(super) fn new(item: &Item, marks: Marks) -> Self {
        let mut receipts = Receipts { item, marks, known: vec![], views: vec![] };
        // Who filled it, topics and audiences stand elsewhere on the page.
        let Briefing {
            engine: _,
            summary,
            key_takeaway,
            key_insights,
            principles,
            in_practice,
            topics: _,
            best_for: _,
            differs,
        } = &item.briefing;
        let summary = runs(summary).map(|it| receipts.passage(it)).collect();
        let takeaways = key_takeaway
            .iter()
            .map(|it| TakeawayView {
                audience: it.audience.as_deref().map(plural),
                passage: receipts.one(&it.statement),
            })
            .collect();
        let insights = key_insights.iter().map(|it| receipts.one(it)).collect();
        let principles = principles.iter().map(|it| receipts.one(it)).collect();
        let practice = in_practice.iter().map(|it| receipts.one(it)).collect();
        let differs = differs
            .iter()
            .map(|it| DifferenceView {
                what: it.what.clone(),
                values: it.values.iter().map(|it| receipts.one(it)).collect(),
            })
            .collect();
        Self { summary, takeaways, insights, principles, practice, differs, receipts: receipts.views }
    }
}

/// Numbers receipts in the order of the page, equal ones once.
struct Receipts<'a> {
    item: &'a Item,
    marks: Marks,
    known: Vec<&'a Receipt>,
    views: Vec<ReceiptView>,
}

impl<'a> Receipts<'a> {
    fn one(&mut self, statement: &'a Statement) -> Passage {
        self.passage(std::slice::from_ref(statement))
    }

    fn passage(&mut self, run: &'a [Statement]) -> Passage {
        let quoted = run.iter().find(|it| is_quoted(it)).map(|it| match it.receipts.first() {
            Some(receipt) => {
                CardLink { name: publisher_of(self.item, receipt), href: text_fragment(receipt) }
            }
            None => article_link(self.item.primary()),
        });
        let sentences = run
            .iter()
            .enumerate()
            .map(|(i, it)| SentenceView {
                text: it.text.clone(),
                is_after_gap: quoted.is_some() && 0 < i && is_gap(&run[i - 1], it),
                receipts: it.receipts.iter().map(|receipt| self.refer(it, receipt)).collect(),
            })
            .collect();
        Passage { marks: self.marks, quoted, sentences }
    }

    fn refer(&mut self, statement: &Statement, receipt: &'a Receipt) -> Reference {
        let publisher = publisher_of(self.item, receipt);
        let href = text_fragment(receipt);
        let is_same =
            |it: &&Receipt| (&it.url, it.start, it.end) == (&receipt.url, receipt.start, receipt.end);
        let index = self.known.iter().position(is_same).unwrap_or_else(|| {
            self.known.push(receipt);
            let is_told = is_quoted(statement) || !receipt.is_quote_shown || receipt.quote.trim().is_empty();
            self.views.push(ReceiptView {
                publisher: publisher.clone(),
                href: href.clone(),
                quote: (!is_told).then(|| format!("{}{}{}", self.marks.0, receipt.quote, self.marks.1)),
                is_quoted_above: is_quoted(statement),
            });
            self.known.len() - 1
        });
        Reference { number: index + 1, publisher, href }
    }
}

pub(super) fn article_link(byline: &Byline) -> CardLink {
    CardLink { name: byline.name.clone(), href: link::web(&byline.url).map(str::to_owned) }
}
