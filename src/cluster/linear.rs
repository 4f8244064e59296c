//! A weighted sum of few signals, for what too few labels tell to grow trees from.

use super::signal::Figures;
use super::signal::NAMES;

/// A logistic regression over some of the signals.
///
/// Its table has a line for each of them, the name and its weight, and first one for `bias`.
#[derive(Debug)]
pub(super) struct Linear {
    bias: f32,
    /// The place of each signal, and its weight.
    weights: Vec<(usize, f32)>,
}

/// What is wrong with a table.
#[derive(Debug, thiserror::Error)]
#[error("`{line}` is not a signal and its weight")]
pub struct LinearError {
    line: String,
}

impl Linear {
    pub(super) fn parse(table: &str) -> Result<Self, LinearError> {
        let mut found = Self { bias: 0.0, weights: Vec::new() };
        for line in table.lines() {
            let wrong = || LinearError { line: line.to_owned() };
            let (name, weight) = line.split_once(' ').ok_or_else(wrong)?;
            let weight: f32 = weight.parse().map_err(|_| wrong())?;
            if name == "bias" {
                found.bias = weight;
            } else {
                let place = NAMES.iter().position(|it| *it == name).ok_or_else(wrong)?;
                found.weights.push((place, weight));
            }
        }
        Ok(found)
    }

    /// What each signal adds to the log-odds, by its place.
    pub(super) fn contributions(&self, figures: &Figures) -> impl Iterator<Item = (usize, f32)> {
        self.weights.iter().map(|(place, weight)| (*place, weight * figures[*place]))
    }

    pub(super) fn log_odds(&self, figures: &Figures) -> f32 {
        self.weights.iter().fold(self.bias, |sum, (place, weight)| sum + weight * figures[*place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_sum_of_named_signals() {
        let table = Linear::parse("bias -1.5\nhours_apart 0.5\nlead_cosine 2").expect("a table");
        let mut figures = [0.0; NAMES.len()];
        figures[1] = 0.25;
        assert_eq!(table.log_odds(&figures), -1.0);
        for wrong in ["bias", "bias x", "nothing 1"] {
            assert!(Linear::parse(wrong).is_err(), "{wrong}");
        }
    }
}
