//! What ends a comparison whatever the signals say, as no label teaches it often enough.

use super::pair::Pair;

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
/// Inverse document frequency from which on a term says what a text is about.
const RARE: f32 = 0.42;
/// Below this cosine leads have nothing in common.
const NOTHING_LEAD: f32 = 0.12;
/// The same of leads in two languages, which share little but names, whatever they tell.
const NOTHING_FOREIGN_LEAD: f32 = 0.03;

/// Why the entries of a pair are not one story.
pub(super) fn of(pair: &Pair<'_>) -> Option<Objection> {
    let (x, y) = (pair.a.features, pair.b.features);
    if x.never_cluster || y.never_cluster || x.is_series || y.is_series {
        return Some(Objection::Apart);
    }
    let (title, shared, identified) = (&pair.title, &pair.shared, &pair.identified);
    let have_texts = x.has_text && y.has_text;
    let lead = pair.lead_cosine();
    let (of_x, of_y) = pair.figures_unshared();
    let is_copy = have_texts && COPY_LEAD <= lead && of_x.min(of_y) == 0 && 0 < pair.figures_shared.0;
    if identified.titles_differ > 0 || identified.serials_differ {
        return Some(Objection::Identifiers);
    }
    // Another language puts its words in another order.
    if title.is_swapped && x.language == y.language {
        return Some(Objection::Swapped);
    }
    if title.numbers_differ && !is_copy && (TEMPLATE <= title.score || !have_texts) {
        return Some(Objection::Numbers);
    }
    // "v1.4.0" or "Security update" names nothing; with texts, a headline of several words does.
    let is_plain = x.is_plain && y.is_plain;
    let is_short = !have_texts || x.title.len().min(y.title.len()) < TITLE_TERMS_MIN;
    let is_thin = is_plain || is_short && title.shared < TITLE_TERMS_MIN;
    if is_thin && shared.names_weight < NAMES_MIN {
        return Some(Objection::Thin);
    }
    let nothing = if x.language == y.language { NOTHING_LEAD } else { NOTHING_FOREIGN_LEAD };
    // Release notes of two products are worded alike, and name nothing rare that both have.
    let is_common = shared.rarest[0] < RARE || lead < nothing && shared.rarest[5] < 0.5;
    if AGREE <= title.score && have_texts && is_common {
        return Some(Objection::Texts);
    }
    None
}
