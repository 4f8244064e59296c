//! Learns a logistic regression over few signals.

use bylined::cluster::Matcher;

use crate::pairs::Pair;

/// What is weighed of a pair whose later entry may tell what came of the earlier one's event. Chosen by
/// hand: the few real follow-ups that are labelled do not tell which of all signals matter.
const SIGNALS: [&str; 10] = [
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
pub fn learn<'a>(pairs: impl Iterator<Item = &'a Pair>) -> String {
    let places = SIGNALS.map(|it| Matcher::SIGNALS.iter().position(|name| *name == it).unwrap_or_default());
    let rows: Vec<([f64; SIGNALS.len()], f64, f64)> = pairs
        .filter(|it| it.set == "whole")
        .map(|it| {
            let value = |at: usize| match (SIGNALS[at], it.signals[places[at]]) {
                ("hours_apart", hours) => f64::from(hours.min(Matcher::SEQUEL_HOURS_MAX)),
                (_, value) => f64::from(value),
            };
            let values = std::array::from_fn(value);
            (values, f64::from(u8::from(it.is_follow_up())), weight(it))
        })
        .collect();
    let count = rows.len().max(1) as f64;
    let mean = |at: usize| rows.iter().map(|it| it.0[at]).sum::<f64>() / count;
    let means: [f64; SIGNALS.len()] = std::array::from_fn(mean);
    let spread = |at: usize| {
        let sum = rows.iter().map(|it| (it.0[at] - means[at]).powi(2)).sum::<f64>();
        (sum / count).sqrt().max(1e-6)
    };
    let spreads: [f64; SIGNALS.len()] = std::array::from_fn(spread);
    let scaled = |it: &[f64; SIGNALS.len()], at: usize| (it[at] - means[at]) / spreads[at];
    let total: f64 = rows.iter().map(|it| it.2).sum();
    // No step is longer than the steepest curve allows.
    let step = 1.0 / (0.25 * total * (SIGNALS.len() + 1) as f64 + 1.0 / C);
    let (mut bias, mut weights) = (0.0, [0.0; SIGNALS.len()]);
    for _ in 0..STEPS {
        let (mut of_bias, mut slopes) = (0.0, weights.map(|it| it / C));
        for (values, is_positive, weight) in &rows {
            let sum = (0..SIGNALS.len()).fold(bias, |sum, at| sum + weights[at] * scaled(values, at));
            let error = weight * (1.0 / (1.0 + (-sum).exp()) - is_positive);
            of_bias += error;
            slopes.iter_mut().enumerate().for_each(|(at, it)| *it += error * scaled(values, at));
        }
        bias -= step * of_bias;
        weights.iter_mut().zip(slopes).for_each(|(it, slope)| *it -= step * slope);
    }
    let mut table = String::new();
    for (at, name) in SIGNALS.iter().enumerate() {
        let weight = weights[at] / spreads[at];
        bias -= weight * means[at];
        table.push_str(&format!("{name} {weight:.5}\n"));
    }
    format!("bias {bias:.5}\n{table}")
}
