//! What speaks for and against two entries telling one event: some forty named figures of a pair,
//! which the learned matcher weighs.

use super::identifier;
use super::likeness;
use super::likeness::TitleLikeness;
use super::likeness::common;
use super::likeness::ratio;
use super::reading::Reading;
use super::term::Term;

/// How rare a term is, from 0 for one that all entries have to 1.
pub(super) trait Rarity {
    fn of(&self, term: Term) -> f32;
}

/// Shared terms of a pair that are looked at one by one, the rarest first.
const RAREST: usize = 8;

/// The witnesses of a pair, in the order of the figures.
pub(super) const NAMES: [&str; 44] = [
    "title_cosine",
    "lead_cosine",
    "text_cosine",
    "title_against_lead",
    "title_wording",
    "title_letters",
    "title_terms_shared",
    "title_weight_shared",
    "title_found_in_other",
    "title_found_in_other_less",
    "names_shared",
    "names_weight_shared",
    "names_share_smaller",
    "names_share_larger",
    "names_of_title_in_other",
    "weight_shared_of_smaller",
    "rarest_shared_term",
    "second_rarest",
    "fourth_rarest",
    "eighth_rarest",
    "four_rarest",
    "lead_names_shared",
    "lead_names_share",
    "figures_shared",
    "figures_weight_shared",
    "figures_share",
    "figures_unshared_less",
    "figures_unshared_more",
    "title_numbers_differ",
    "title_places_differ",
    "title_days_differ",
    "title_opposite",
    "identifiers_shared",
    "identifiers_differ",
    "quoted_words_shared",
    "links_shared",
    "hours_apart",
    "shorter_text",
    "longer_text",
    "shorter_title",
    "same_publisher",
    "same_language",
    "title_numbers_shared",
    "texts_to_compare",
];

/// Hours that make no difference: an event and its neighbour are both told within a morning.
const HOURS_MIN: f32 = 6.0;

/// The place of what the words of the headlines say.
pub(super) const WORDING: usize = 4;

/// A figure for each of `NAMES`.
pub(super) type Witnesses = [f32; NAMES.len()];

/// Why two entries are not one story, whatever else they share.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Objection {
    /// One of them is never joined, or belongs to a series.
    Apart,
    /// Their headlines speak of different numbers of the same thing in the same words.
    Numbers,
    /// Their identifiers differ.
    Identifiers,
    /// They say the same of the same names the other way round.
    Swapped,
    /// Their headlines say too little, and no names that both have make up for it.
    Thin,
    /// Their headlines agree, and their texts have nothing in common.
    Texts,
}

/// An entry with its terms weighed, once for all that it is compared with.
pub(super) struct Weighed<'a> {
    pub(super) reading: &'a Reading,
    /// Rarity of each term of headline and text, and of each of the headline.
    all: Vec<f32>,
    title: Vec<f32>,
    figures: Vec<f32>,
    /// Lengths of headline, lead and text as vectors.
    title_length: f32,
    lead_length: f32,
    text_length: f32,
    /// Sums of rarities: of all terms, of the names, and of the lead's names.
    sum: f32,
    names: f32,
    lead_names: f32,
    title_sum: f32,
}

impl<'a> Weighed<'a> {
    pub(super) fn new(reading: &'a Reading, rarity: &impl Rarity) -> Self {
        let all: Vec<f32> = reading.terms.iter().map(|it| rarity.of(*it)).collect();
        let mut found = Self {
            reading,
            title: Vec::with_capacity(reading.title.len()),
            figures: reading.figures.iter().map(|it| rarity.of(*it)).collect(),
            title_length: 0.0,
            lead_length: 0.0,
            text_length: 0.0,
            sum: 0.0,
            names: 0.0,
            lead_names: 0.0,
            title_sum: 0.0,
            all: Vec::new(),
        };
        for (mark, weight) in reading.marks.iter().zip(&all) {
            let square = weight * weight;
            found.text_length += square * mark.weight() * mark.weight();
            found.sum += weight;
            if mark.is_in_title() {
                found.title.push(*weight);
                found.title_length += square;
                found.title_sum += weight;
            }
            if mark.is_in_lead() {
                found.lead_length += square;
            }
            if mark.is_name() {
                found.names += weight;
                found.lead_names += if mark.is_in_lead() || mark.is_in_title() { *weight } else { 0.0 };
            }
        }
        found.title_length = found.title_length.sqrt();
        found.lead_length = found.lead_length.sqrt();
        found.text_length = found.text_length.sqrt();
        found.all = all;
        found
    }
}

/// What the shared terms of a pair sum up to.
#[derive(Default)]
struct Shared {
    title: f32,
    title_weight: f32,
    lead: f32,
    text: f32,
    title_in_lead: (f32, f32),
    title_in_other: (f32, f32),
    weight: f32,
    names: f32,
    names_weight: f32,
    title_names: f32,
    lead_names: f32,
    lead_names_weight: f32,
    rarest: [f32; RAREST],
}

impl Shared {
    fn of(a: &Weighed<'_>, b: &Weighed<'_>) -> Self {
        let (x, y) = (&a.reading.terms, &b.reading.terms);
        let mut found = Self::default();
        let (mut at, mut other) = (0, 0);
        while at < x.len() && other < y.len() {
            if x[at] == y[other] {
                found.take(a, at, b, other);
                at += 1;
                other += 1;
            } else if x[at] < y[other] {
                at += 1;
            } else {
                other += 1;
            }
        }
        found
    }

    fn take(&mut self, a: &Weighed<'_>, at: usize, b: &Weighed<'_>, other: usize) {
        let (x, y) = (a.reading.marks[at], b.reading.marks[other]);
        let weight = a.all[at];
        let square = weight * weight;
        self.weight += weight;
        self.text += square * x.weight() * y.weight();
        if x.is_in_title() && y.is_in_title() {
            self.title += square;
            self.title_weight += weight;
        }
        if x.is_in_lead() && y.is_in_lead() {
            self.lead += square;
        }
        if x.is_in_title() {
            self.title_in_other.0 += weight;
            self.title_in_lead.0 += if y.is_in_lead() { square } else { 0.0 };
        }
        if y.is_in_title() {
            self.title_in_other.1 += weight;
            self.title_in_lead.1 += if x.is_in_lead() { square } else { 0.0 };
        }
        if x.is_name() || y.is_name() {
            if x.is_name() && y.is_name() {
                self.names += 1.0;
                self.names_weight += weight;
            }
            if x.is_in_title() || y.is_in_title() {
                self.title_names += weight;
            }
            let is_early = |it: super::reading::Mark| it.is_in_lead() || it.is_in_title();
            if is_early(x) && is_early(y) {
                self.lead_names += 1.0;
                self.lead_names_weight += weight;
            }
        }
        // Kept in order, the rarest first.
        let mut weight = weight;
        for rare in &mut self.rarest {
            if *rare < weight {
                std::mem::swap(rare, &mut weight);
            }
        }
    }
}

/// Shared figures of a pair: how many, and their weight.
fn figures(a: &Weighed<'_>, b: &Weighed<'_>) -> (usize, f32) {
    let (x, y) = (&a.reading.figures, &b.reading.figures);
    let (mut at, mut other, mut count, mut weight) = (0, 0, 0, 0.0);
    while at < x.len() && other < y.len() {
        if x[at] == y[other] {
            count += 1;
            weight += a.figures[at];
        }
        let is_ours = x[at] <= y[other];
        let is_theirs = y[other] <= x[at];
        at += usize::from(is_ours);
        other += usize::from(is_theirs);
    }
    (count, weight)
}

/// Links that two entries share: one leads to the other, or both lead to a third place.
fn links(a: &Reading, b: &Reading) -> f32 {
    let leads =
        |from: &Reading, to: &Reading| to.address.is_some_and(|it| from.links.binary_search(&it).is_ok());
    f32::from(leads(a, b)) + f32::from(leads(b, a)) + common(&a.links, &b.links).min(3) as f32
}

/// Everything there is to know of a pair.
pub(super) struct Compared {
    pub(super) witnesses: Witnesses,
    pub(super) objection: Option<Objection>,
}

/// Compares two entries.
pub(super) fn compare(a: &Weighed<'_>, b: &Weighed<'_>) -> Compared {
    let (x, y) = (a.reading, b.reading);
    let title = likeness::titles(x, &a.title, y, &b.title);
    let shared = Shared::of(a, b);
    let (figures_shared, figures_weight) = figures(a, b);
    let (of_a, of_b) = (x.figures.len() - figures_shared, y.figures.len() - figures_shared);
    let identified = identifier::compare(&x.identifiers, &y.identifiers);
    let hours = x.published.since(y.published).max(y.published.since(x.published)).as_secs_f32() / 3_600.0;
    let cosine = |dot: f32, one: f32, other: f32| ratio(dot, one * other);
    let numbers = |it: &Reading| it.numbers.iter().map(|it| it.value).collect::<Vec<_>>();
    let (numbers_a, numbers_b) = (numbers(x), numbers(y));
    let in_other = (ratio(shared.title_in_other.0, a.title_sum), ratio(shared.title_in_other.1, b.title_sum));
    let lead = cosine(shared.lead, a.lead_length, b.lead_length);
    let flag = |it: bool| f32::from(u8::from(it));
    let witnesses = [
        cosine(shared.title, a.title_length, b.title_length),
        lead,
        cosine(shared.text, a.text_length, b.text_length),
        cosine(shared.title_in_lead.0, a.title_length, b.lead_length).max(cosine(
            shared.title_in_lead.1,
            a.lead_length,
            b.title_length,
        )),
        title.agreement,
        title.letters,
        title.shared as f32,
        shared.title_weight,
        in_other.0.max(in_other.1),
        in_other.0.min(in_other.1),
        shared.names,
        shared.names_weight,
        ratio(shared.names_weight, a.names.min(b.names)),
        ratio(shared.names_weight, a.names.max(b.names)),
        shared.title_names,
        ratio(shared.weight, a.sum.min(b.sum)),
        shared.rarest[0],
        shared.rarest[1],
        shared.rarest[3],
        shared.rarest[7],
        shared.rarest[..4].iter().sum(),
        shared.lead_names_weight,
        ratio(shared.lead_names_weight, a.lead_names.min(b.lead_names)),
        figures_shared as f32,
        figures_weight,
        ratio(figures_shared as f32, x.figures.len().min(y.figures.len()) as f32),
        of_a.min(of_b) as f32,
        of_a.max(of_b) as f32,
        flag(title.numbers_differ),
        flag(title.places_differ),
        flag(title.days_differ),
        flag(title.is_opposite),
        identified.shared as f32,
        identified.differ as f32,
        common(&x.quoted, &y.quoted) as f32,
        links(x, y),
        hours.max(HOURS_MIN),
        f32::from(x.length.min(y.length)),
        f32::from(x.length.max(y.length)),
        x.title.len().min(y.title.len()) as f32,
        flag(x.publisher == y.publisher),
        flag(x.language == y.language),
        numbers_a.iter().filter(|it| numbers_b.contains(it)).count() as f32,
        flag(x.has_text) + flag(y.has_text),
    ];
    let is_apart = x.is_alone || y.is_alone || x.is_series || y.is_series;
    let objection = if is_apart {
        Some(Objection::Apart)
    } else {
        objection(
            &title,
            &identified,
            &Texts {
                both: x.has_text && y.has_text,
                shorter_title: x.title.len().min(y.title.len()),
                names_weight: shared.names_weight,

                lead,
                figures_shared,
                of_a,
                of_b,
                rarest: shared.rarest,
            },
        )
    };
    Compared { witnesses, objection }
}

struct Texts {
    both: bool,
    shorter_title: usize,
    names_weight: f32,
    lead: f32,
    figures_shared: usize,
    of_a: usize,
    of_b: usize,
    rarest: [f32; RAREST],
}

/// Likeness of headlines from which on one is the other's template.
const TEMPLATE: f32 = 0.5;
/// Cosine of leads from which on one is an edited copy of the other.
const COPY_LEAD: f32 = 0.6;
/// Likeness of headlines from which on they agree.
const AGREE: f32 = 0.6;
/// Terms that headlines share which say something by themselves.
const TITLE_TERMS_MIN: usize = 3;
/// Rarity of the names that both entries have where their headlines say less.
const NAMES_MIN: f32 = 1.5;
/// Below this cosine leads have nothing in common.
const NOTHING_LEAD: f32 = 0.12;

fn objection(title: &TitleLikeness, identified: &identifier::Identified, texts: &Texts) -> Option<Objection> {
    let is_copy =
        texts.both && COPY_LEAD <= texts.lead && texts.of_a.min(texts.of_b) == 0 && 0 < texts.figures_shared;
    if identified.titles_differ > 0 || identified.serials_differ {
        return Some(Objection::Identifiers);
    }
    if title.is_swapped {
        return Some(Objection::Swapped);
    }
    if title.numbers_differ && !is_copy && (TEMPLATE <= title.score || !texts.both) {
        return Some(Objection::Numbers);
    }
    // "v1.4.0" or "Security update" names nothing; with texts, a headline of several words does.
    let is_plain = !texts.both || texts.shorter_title < TITLE_TERMS_MIN;
    if is_plain && title.shared < TITLE_TERMS_MIN && texts.names_weight < NAMES_MIN {
        return Some(Objection::Thin);
    }
    if AGREE <= title.score && texts.both && texts.lead < NOTHING_LEAD && texts.rarest[5] < 0.5 {
        return Some(Objection::Texts);
    }
    None
}
