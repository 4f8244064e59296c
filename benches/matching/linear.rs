//! Learns a logistic regression over few signals.

use bylined::cluster::Matcher;

use crate::pairs::Pair;

/// What is weighed of a pair whose later entry may tell what came of the earlier one's event. Chosen by
/// hand: the few real follow-ups that are labelled do not tell which of all signals matter.
const OF_SEQUELS: [&str; 10] = [
    "text_cosine",
    "later_title_in_earlier",
    "title_names_unfound_less",
    "title_names_unfound_more",
    "names_share_larger",
    "hours_apart",
    "later_develops",
    "later_looks_back",
    "rarest_shared_term",
    "figures_unshared_less",
];

/// Inverse strength of the penalty on large weights.
const C: f64 = 0.3;
const STEPS: usize = 3_000;

/// What is weighed of two headlines without texts: all that they can have.
const OF_HEADLINES: [&str; 28] = [
    "title_cosine",
    "text_cosine",
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
    "figures_shared",
    "figures_share",
    "figures_unshared_less",
    "figures_unshared_more",
    "title_numbers_differ",
    "title_places_differ",
    "title_days_differ",
    "title_opposite",
    "identifiers_differ",
    "shorter_title",
    "title_numbers_shared",
];

/// How much a pair counts: the real ones most, of which 14 are positive.
fn weight(pair: &Pair) -> f64 {
    match pair.kind.as_str() {
        "follow-story" => 12.0,
        "group" | "story" => 1.0,
        "follow" | "near" => 0.5,
        "background" => 0.1,
        _ => 0.2,
    }
}

/// The table for which whole articles tell what came of another's event.
pub fn sequels<'a>(pairs: impl Iterator<Item = &'a Pair>) -> String {
    let of_whole = pairs.filter(|it| it.set == "whole");
    learn(&OF_SEQUELS, of_whole.map(|it| (it, it.is_follow_up(), weight(it))))
}

/// The table for which headlines without texts tell one event. Those that people scored count most, as
/// an aggregator's stories are broad, and our own few.
pub fn headlines<'a>(pairs: impl Iterator<Item = &'a Pair>) -> String {
    let bare = pairs.filter(|it| !it.is_objected).filter_map(|it| {
        let weight = match (it.set.as_str(), it.is_same) {
            ("pairs", _) => 1.0,
            ("titles" | "ours-titles", _) | ("uci", false) => 0.2,
            ("uci", true) => 0.016,
            _ => return None,
        };
        Some((it, it.is_same, weight))
    });
    learn(&OF_HEADLINES, bare)
}

/// A table of so many signals, from pairs with what is true of each and how much it counts.
fn learn<'a, const N: usize>(
    signals: &[&str; N],
    pairs: impl Iterator<Item = (&'a Pair, bool, f64)>,
) -> String {
    let places = signals.map(|it| Matcher::SIGNALS.iter().position(|name| *name == it).unwrap_or_default());
    let rows: Vec<([f64; N], f64, f64)> = pairs
        .map(|(it, is_positive, weight)| {
            let value = |at: usize| match (signals[at], it.signals[places[at]]) {
                ("hours_apart", hours) => f64::from(hours.min(Matcher::SEQUEL_HOURS_MAX)),
                (_, value) => f64::from(value),
            };
            (std::array::from_fn(value), f64::from(u8::from(is_positive)), weight)
        })
        .collect();
    let count = rows.len().max(1) as f64;
    let mean = |at: usize| rows.iter().map(|it| it.0[at]).sum::<f64>() / count;
    let means: [f64; N] = std::array::from_fn(mean);
    let spread = |at: usize| {
        let sum = rows.iter().map(|it| (it.0[at] - means[at]).powi(2)).sum::<f64>();
        (sum / count).sqrt().max(1e-6)
    };
    let spreads: [f64; N] = std::array::from_fn(spread);
    let scaled = |it: &[f64; N], at: usize| (it[at] - means[at]) / spreads[at];
    let total: f64 = rows.iter().map(|it| it.2).sum();
    // No step is longer than the steepest curve allows.
    let step = 1.0 / (0.25 * total * (N + 1) as f64 + 1.0 / C);
    let (mut bias, mut weights) = (0.0, [0.0; N]);
    for _ in 0..STEPS {
        let (mut of_bias, mut slopes) = (0.0, weights.map(|it| it / C));
        for (values, is_positive, weight) in &rows {
            let sum = (0..N).fold(bias, |sum, at| sum + weights[at] * scaled(values, at));
            let error = weight * (1.0 / (1.0 + (-sum).exp()) - is_positive);
            of_bias += error;
            slopes.iter_mut().enumerate().for_each(|(at, it)| *it += error * scaled(values, at));
        }
        bias -= step * of_bias;
        weights.iter_mut().zip(slopes).for_each(|(it, slope)| *it -= step * slope);
    }
    let mut table = String::new();
    for (at, name) in signals.iter().enumerate() {
        let weight = weights[at] / spreads[at];
        bias -= weight * means[at];
        table.push_str(&format!("{name} {weight:.5}\n"));
    }
    format!("bias {bias:.5}\n{table}")
}
