//! Logistic regression over sparse cases, shared by the training programs, each of which includes
//! it with `#[path]`. Nothing is drawn at random: the same cases give the same weights.

/// How a model is learned.
#[derive(Clone, Copy)]
pub struct Settings {
    /// Passes over all cases.
    pub epochs: usize,
    /// Strength of the L2 penalty.
    pub penalty: f32,
    /// Length of the first steps.
    pub rate: f32,
}

/// Learns bias and weights by gradient descent, one case at a time in a fixed order that strides
/// through the cases, so that neighbours in the file are apart. `counts` says how much each case counts.
pub fn regress(
    buckets: usize,
    cases: &[Vec<(u16, f32)>],
    labels: &[bool],
    counts: &[f32],
    settings: Settings,
) -> (f32, Vec<f32>) {
    let rate_of_labels = labels.iter().filter(|it| **it).count().max(1) as f32 / labels.len() as f32;
    let mut bias = (rate_of_labels / (1.0 - rate_of_labels)).ln();
    let (mut weights, mut scale) = (vec![0.0_f32; buckets], 1.0_f32);
    let golden = (labels.len() as f64 * 0.618) as usize;
    let stride = (golden.max(1)..).find(|it| gcd(*it, labels.len()) == 1).expect("primes never end");
    let mut step = 0.0_f32;
    for _ in 0..settings.epochs {
        for turn in 0..labels.len() {
            let at = turn * stride % labels.len();
            let rate = settings.rate / (1.0 + step * settings.rate * settings.penalty * 20.0);
            step += 1.0;
            let sum: f32 = cases[at].iter().map(|(it, value)| weights[usize::from(*it)] * value).sum();
            let probability = 1.0 / (1.0 + (-(bias + scale * sum)).exp());
            let error = counts[at] * (probability - if labels[at] { 1.0 } else { 0.0 });
            scale *= 1.0 - rate * settings.penalty;
            for (it, value) in &cases[at] {
                weights[usize::from(*it)] -= rate * error * value / scale;
            }
            bias -= 0.01 * rate * error;
        }
    }
    (bias, weights.into_iter().map(|it| it * scale).collect())
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
