//! Logistic regression over hashed words, all targets at once (AdaGrad, fixed order).

use bylined::curate::chooser::TARGETS;
use bylined::curate::chooser::WordTable;
use bylined::curate::features::BUCKETS;

use super::Row;

const EPOCHS: usize = 12;
const RATE: f32 = 0.5;
/// How strongly each target's weights are pulled towards zero, beside one row.
const DECAY: [f32; TARGETS] = [0.25, 0.5, 1.0, 1.0, 1.0, 0.5, 0.5, 1.0];

/// Learns from the rows at these positions.
pub fn train(rows: &[Row], of: &[usize]) -> WordTable {
    let mut weights = vec![0.0_f32; BUCKETS * TARGETS];
    let mut squares = vec![1.0_f32; BUCKETS * TARGETS];
    let mut met = vec![0.0_f32; BUCKETS];
    of.iter().flat_map(|at| &rows[*at].features.grams).for_each(|it| met[usize::from(*it)] += 1.0);
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
            let grams = &row.features.grams;
            let share = 1.0 / (grams.len().max(1) as f32).sqrt();
            let mut scores = bias;
            for gram in grams {
                let from = usize::from(*gram) * TARGETS;
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
            for gram in grams {
                let from = usize::from(*gram) * TARGETS;
                // The whole pull of a pass is shared among the rows that have the word.
                let share_of_decay = 1.0 / met[usize::from(*gram)];
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
