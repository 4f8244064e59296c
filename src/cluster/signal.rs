//! What speaks for and against two entries telling one event: named signals of a pair, which the
//! learned matcher weighs. Each group of them is a file of functions; another signal is a function and
//! a line in `SIGNALS`, and a new training (`benches/matching`).

mod context;
mod figure;
mod name;
mod wording;

use super::likeness::flag;
use super::pair::Pair;

/// A figure of a pair.
pub(super) struct Signal {
    name: &'static str,
    measure: fn(&Pair<'_>) -> f32,
}

const fn signal(name: &'static str, measure: fn(&Pair<'_>) -> f32) -> Signal {
    Signal { name, measure }
}

/// The signals of a pair, in the order of the features of the tables.
const SIGNALS: [Signal; 57] = [
    signal("title_cosine", wording::title_cosine),
    signal("lead_cosine", |it| it.lead_cosine()),
    signal("text_cosine", wording::text_cosine),
    signal("title_against_lead", wording::title_against_lead),
    signal("title_wording", |it| it.title.agreement),
    signal("title_letters", |it| it.title.letters),
    signal("title_terms_shared", |it| it.title.shared as f32),
    signal("title_weight_shared", |it| it.shared.title_weight),
    signal("title_found_in_other", wording::title_found_in_other),
    signal("title_found_in_other_less", wording::title_found_in_other_less),
    signal("names_shared", |it| it.shared.names),
    signal("names_weight_shared", |it| it.shared.names_weight),
    signal("names_share_smaller", name::share_of_smaller),
    signal("names_share_larger", name::share_of_larger),
    signal("names_of_title_in_other", |it| it.shared.title_names),
    signal("weight_shared_of_smaller", wording::weight_shared_of_smaller),
    signal("rarest_shared_term", |it| it.shared.rarest[0]),
    signal("second_rarest", |it| it.shared.rarest[1]),
    signal("fourth_rarest", |it| it.shared.rarest[3]),
    signal("eighth_rarest", |it| it.shared.rarest[7]),
    signal("four_rarest", |it| it.shared.rarest[..4].iter().sum()),
    signal("lead_names_shared", |it| it.shared.lead_names_weight),
    signal("lead_names_share", name::share_of_leads),
    signal("figures_shared", |it| it.figures_shared.0 as f32),
    signal("figures_weight_shared", |it| it.figures_shared.1),
    signal("figures_share", figure::share),
    signal("figures_unshared_less", figure::unshared_less),
    signal("figures_unshared_more", figure::unshared_more),
    signal("title_numbers_differ", |it| flag(it.title.numbers_differ)),
    signal("title_places_differ", |it| flag(it.title.places_differ)),
    signal("title_days_differ", |it| flag(it.title.days_differ)),
    signal("title_opposite", |it| flag(it.title.is_opposite)),
    signal("identifiers_shared", |it| it.identified.shared as f32),
    signal("identifiers_differ", |it| it.identified.differ as f32),
    signal("quoted_words_shared", wording::quoted_words_shared),
    signal("links_shared", context::links_shared),
    signal("hours_apart", context::hours_apart),
    signal("shorter_text", context::shorter_text),
    signal("longer_text", context::longer_text),
    signal("shorter_title", context::shorter_title),
    signal("same_publisher", context::same_publisher),
    signal("same_language", context::same_language),
    signal("title_numbers_shared", figure::title_numbers_shared),
    signal("texts_to_compare", context::texts_to_compare),
    signal("lead_found_in_other", wording::lead_found_in_other),
    signal("lead_found_in_other_less", wording::lead_found_in_other_less),
    signal("title_names_unfound_less", name::unfound_less),
    signal("title_names_unfound_more", name::unfound_more),
    signal("focus_less", |it| it.shared.focus.0.min(it.shared.focus.1)),
    signal("focus_of_earlier", |it| it.in_time(it.shared.focus).0),
    signal("focus_of_later", |it| it.in_time(it.shared.focus).1),
    signal("earlier_title_in_later", |it| it.in_time(wording::titles_found(it)).0),
    signal("later_title_in_earlier", |it| it.in_time(wording::titles_found(it)).1),
    signal("earlier_develops", |it| it.in_time(context::developments(it)).0),
    signal("later_develops", |it| it.in_time(context::developments(it)).1),
    signal("earlier_looks_back", |it| it.in_time(context::looks_back(it)).0),
    signal("later_looks_back", |it| it.in_time(context::looks_back(it)).1),
];

/// The names of the signals, in their order.
pub(super) const NAMES: [&str; SIGNALS.len()] = {
    let mut names = [""; SIGNALS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = SIGNALS[at].name;
        at += 1;
    }
    names
};

/// The first so many are asked whether a pair tells one event. The others are about time and what came
/// of events; asked of one event, they taught what is true of the labelled events alone.
pub(super) const OF_ONE_EVENT: usize = 44;

/// The place of the cosine of the headlines.
pub(super) const TITLE: usize = 0;
/// The place of what the words of the headlines say.
pub(super) const WORDING: usize = 4;
/// The place of the names that headline or lead of both have.
pub(super) const LEAD_NAMES: usize = 21;
/// The place of the links that both share.
pub(super) const LINKS: usize = 35;
/// The places of the cosine of the texts, and of the length of the shorter one.
pub(super) const TEXT: usize = 2;
/// The place of the hours between both.
pub(super) const HOURS: usize = 36;
pub(super) const SHORTER_TEXT: usize = 37;

/// A figure for each of `NAMES`.
pub(super) type Figures = [f32; SIGNALS.len()];

/// Whether the later entry of a pair refers to the event of the earlier one: it links to it, or its headline
/// names somebody of the earlier one's headline or lead, as does one of its sentences on what was before.
pub(super) fn later_refers_back(pair: &Pair<'_>) -> bool {
    let is_linked = pair.in_time(context::leads(pair)).1;
    let is_of_somebody_known = 0.0 < pair.in_time(pair.shared.focus).1;
    is_linked || is_of_somebody_known && 0.0 < pair.in_time(pair.shared.named_as_past).0
}

/// What each signal of a pair comes to.
pub(super) fn measure(pair: &Pair<'_>) -> Figures {
    std::array::from_fn(|at| (SIGNALS[at].measure)(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_are_used_by_number_are_those_of_their_signals() {
        let places = [TITLE, WORDING, LEAD_NAMES, LINKS, TEXT, HOURS, SHORTER_TEXT];
        assert_eq!(
            places.map(|it| NAMES[it]),
            [
                "title_cosine",
                "title_wording",
                "lead_names_shared",
                "links_shared",
                "text_cosine",
                "hours_apart",
                "shorter_text"
            ]
        );
    }
}
