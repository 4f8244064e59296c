//! Logistic regression over hashed words and shapes, all targets at once (AdaGrad, fixed order).

use bylined::curate::chooser::TARGETS;
use bylined::curate::chooser::WEIGHED;
use bylined::curate::chooser::WordTable;
use bylined::curate::features::BUCKETS;

use super::Row;

const EPOCHS: usize = 12;
const RATE: f32 = 0.5;
/// How strongly each target's weights are pulled towards zero, beside one row.
const DECAY: [f32; TARGETS] = [0.45, 0.9, 1.8, 1.8, 1.8, 1.8, 1.8, 1.8, 1.8];

/// Learns from the rows at these positions.
pub fn train(rows: &[Row], of: &[usize]) -> WordTable {
    let mut weights = vec![0.0_f32; WEIGHED * TARGETS];
    let mut squares = vec![1.0_f32; WEIGHED * TARGETS];
    let mut met = vec![0.0_f32; WEIGHED];
    of.iter().flat_map(|at| buckets(&rows[*at])).for_each(|it| met[it.0] += 1.0);
    let mut bias = [0.0_f32; TARGETS];
    let mut bias_squares = [1.0_f32; TARGETS];
    let mut order = of.to_vec();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..EPOCHS {
        for at in (1..order.len()).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            order.swap(at, (random % (at as u64 + 1)) as usize);
        }
        for at in &order {
            let row = &rows[*at];
            let mut scores = bias;
            for (bucket, share) in buckets(row) {
                let from = bucket * TARGETS;
                scores.iter_mut().zip(&weights[from..]).for_each(|(score, it)| *score += it * share);
            }
            let mut errors = [0.0_f32; TARGETS];
            for (target, error) in errors.iter_mut().enumerate() {
                if row.is_told[target] {
                    let wanted = f32::from(u8::from(row.labels[target]));
                    *error = 1.0 / (1.0 + (-scores[target]).exp()) - wanted;
                }
                bias_squares[target] += *error * *error;
                bias[target] -= RATE * *error / bias_squares[target].sqrt();
            }
            for (bucket, share) in buckets(row) {
                let from = bucket * TARGETS;
                // The whole pull of a pass is shared among the rows that have the word.
                let share_of_decay = 1.0 / met[bucket];
                for (target, error) in errors.iter().enumerate() {
                    let at = from + target;
                    let gradient = error * share + DECAY[target] * share_of_decay * weights[at];
                    squares[at] += gradient * gradient;
                    weights[at] -= RATE * gradient / squares[at].sqrt();
                }
            }
        }
    }
    let of_target = |target: usize| weights.iter().skip(target).step_by(TARGETS).copied().collect();
    WordTable::new(bias, &(0..TARGETS).map(of_target).collect::<Vec<Vec<f32>>>())
}

/// The buckets of a line, and how much each counts: words and shapes by their number.
fn buckets(row: &Row) -> impl Iterator<Item = (usize, f32)> {
    let share = |of: &[u16]| 1.0 / (of.len().max(1) as f32).sqrt();
    let (of_words, of_shapes) = (share(&row.features.grams), share(&row.features.shapes));
    let words = row.features.grams.iter().map(move |it| (usize::from(*it), of_words));
    words.chain(row.features.shapes.iter().map(move |it| (BUCKETS + usize::from(*it), of_shapes)))
}
