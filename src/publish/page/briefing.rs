//! The parts of a briefing, each with the receipts that carry it.

use super::card::marked;
use super::site_view::SiteView;
use super::story::ReceiptContext;
use super::words::fill;
use crate::domain::Difference;
use crate::domain::Item;
use crate::domain::Receipt;
use crate::domain::Statement;
use crate::domain::Takeaway;
use crate::publish::attribution::is_quoted;
use crate::publish::attribution::publisher_of;
use crate::publish::content::is_gap;
use crate::publish::content::runs;
use crate::publish::link::text_fragment;
use crate::publish::plural::plural;
use crate::publish::script::Marks;

/// Words of a quotation by which its receipt names it.
const OPENING_WORDS: usize = 8;

/// The parts of a briefing.
pub(super) struct BriefingView {
    /// All of it as one paragraph.
    pub(super) summary: Option<PointView>,
    pub(super) takeaways: Vec<TakeawayView>,
    pub(super) insights: Vec<PointView>,
    pub(super) principles: Vec<PointView>,
    pub(super) practice: Vec<PointView>,
    pub(super) differs: Vec<DifferenceView>,
}

pub(super) struct TakeawayView {
    /// `For CTOs:`
    pub(super) label: Option<String>,
    pub(super) point: PointView,
}

pub(super) struct DifferenceView {
    pub(super) what: String,
    pub(super) values: Vec<PointView>,
}

/// A sentence or several, and what carries them.
pub(super) struct PointView {
    pub(super) runs: Vec<RunView>,
    /// Whose sentences carry it.
    pub(super) publishers: String,
    /// `2 receipts`
    pub(super) count: String,
    pub(super) receipts: Vec<ReceiptView>,
}

/// Sentences quoted from one article, or written.
pub(super) struct RunView {
    /// In quotation marks where it is quoted.
    pub(super) text: String,
    pub(super) is_quoted: bool,
    /// Whom it is quoted from, where the point quotes several publishers.
    pub(super) name: Option<String>,
}

/// What carries a sentence.
pub(super) struct ReceiptView {
    pub(super) publisher: String,
    /// The place in the article.
    pub(super) href: Option<String>,
    /// The source's words, as far as the excerpt budget allows: all of them where the sentence says
    /// it otherwise, the first ones where it is quoted as it stands.
    pub(super) quote: Option<String>,
    /// The sentence before it, as far as the excerpt budget allows.
    pub(super) before: Option<String>,
    /// Whether the sentence stands on this page word for word.
    pub(super) is_verbatim: bool,
}

/// Makes the views of one story.
struct BriefingParts<'a> {
    site: &'a SiteView,
    item: &'a Item,
    marks: Marks,
    context: &'a ReceiptContext,
}

impl BriefingView {
    pub(super) fn new(site: &SiteView, item: &Item, marks: Marks, context: &ReceiptContext) -> Self {
        let parts = BriefingParts { site, item, marks, context };
        let briefing = &item.briefing;
        let points = |of: &[Statement]| of.iter().map(|it| parts.point(std::slice::from_ref(it))).collect();
        Self {
            summary: (!briefing.summary.is_empty()).then(|| parts.point(&briefing.summary)),
            takeaways: briefing.key_takeaway.iter().map(|it| parts.takeaway(it)).collect(),
            insights: points(&briefing.key_insights),
            principles: points(&briefing.principles),
            practice: points(&briefing.in_practice),
            differs: briefing.differs.iter().map(|it| parts.difference(it)).collect(),
        }
    }
}

impl BriefingParts<'_> {
    fn takeaway(&self, takeaway: &Takeaway) -> TakeawayView {
        let label = |it: &str| fill(self.site.words().for_audience, plural(it));
        TakeawayView {
            label: takeaway.audience.as_deref().map(label),
            point: self.point(std::slice::from_ref(&takeaway.statement)),
        }
    }

    fn difference(&self, difference: &Difference) -> DifferenceView {
        DifferenceView {
            what: difference.what.clone(),
            values: difference.values.iter().map(|it| self.point(std::slice::from_ref(it))).collect(),
        }
    }

    fn point(&self, statements: &[Statement]) -> PointView {
        let words = self.site.words();
        let mut runs: Vec<RunView> = runs(statements).map(|it| self.run(it)).collect();
        let receipts: Vec<ReceiptView> = statements
            .iter()
            .flat_map(|it| it.receipts.iter().map(|receipt| self.receipt(it, receipt)))
            .collect();
        let mut publishers: Vec<String> = Vec::new();
        let quoted = runs.iter().filter_map(|it| it.name.as_ref());
        for name in receipts.iter().map(|it| &it.publisher).chain(quoted) {
            if !publishers.contains(name) {
                publishers.push(name.clone());
            }
        }
        // The name of the only one stands below.
        if publishers.len() == 1 {
            runs.iter_mut().for_each(|it| it.name = None);
        }
        let count = match receipts.len() {
            1 => words.receipt.to_owned(),
            n => fill(words.receipts, n),
        };
        PointView { runs, publishers: publishers.join(", "), count, receipts }
    }

    /// Quotations from one article, or what was written.
    fn run(&self, run: &[Statement]) -> RunView {
        let quoted = run.iter().find(|it| is_quoted(it));
        let mut text = String::new();
        for (at, statement) in run.iter().enumerate() {
            if 0 < at {
                let is_after_gap = quoted.is_some() && is_gap(&run[at - 1], statement);
                text.push_str(if is_after_gap { " … " } else { " " });
            }
            text.push_str(&statement.text);
        }
        let name = |it: &Statement| match it.receipts.first() {
            Some(receipt) => publisher_of(self.item, receipt),
            None => self.item.primary().name.clone(),
        };
        RunView {
            text: marked(&text, quoted.is_some(), self.marks),
            is_quoted: quoted.is_some(),
            name: quoted.map(name),
        }
    }

    fn receipt(&self, statement: &Statement, receipt: &Receipt) -> ReceiptView {
        let is_verbatim = is_quoted(statement) && statement.text.trim() == receipt.quote.trim();
        let words: Vec<&str> = receipt.quote.split_whitespace().collect();
        let may_show = receipt.is_quote_shown && !words.is_empty();
        let opening = || match words.get(..OPENING_WORDS) {
            Some(first) if OPENING_WORDS < words.len() => format!("{} …", first.join(" ")),
            _ => words.join(" "),
        };
        // What stands on the page already is named by its first words.
        let quote = match (is_verbatim, may_show) {
            (true, _) => Some(opening()),
            (false, true) => Some(receipt.quote.clone()),
            (false, false) => None,
        };
        ReceiptView {
            publisher: publisher_of(self.item, receipt),
            href: text_fragment(receipt),
            before: self
                .context
                .get(&(receipt.snapshot, receipt.start))
                .map(|it| marked(it, true, self.marks)),
            quote: quote.map(|it| marked(&it, true, self.marks)),
            is_verbatim,
        }
    }
}
