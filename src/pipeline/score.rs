//! How much a story matters to this desk's readers.

use std::time::Duration;

use crate::domain::Timestamp;

/// Half of the freshness is gone after so long.
const HALF_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// What a story's score is made of. Fixed when the story enters an output; never
/// a matter of the clock: freshness is measured against the newest story.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// Publishers that tell it independently: those of one family count once, copies of one text too.
    pub publishers: usize,
    /// Highest `trust` among their sources.
    pub trust: f64,
    /// Topics of the operator's taxonomy it has.
    pub topics: usize,
    /// Audiences it is best for.
    pub audiences: usize,
    /// Its date.
    pub published: Timestamp,
    /// The date of the newest story known when it entered.
    pub newest: Timestamp,
}

impl Score {
    /// 1 for each doubling of publishers, a quarter for each topic of the taxonomy
    /// and each audience (at most one for each kind), up to 1 for freshness; all of
    /// it times trust. Between 0 and about 8 for a neutral trust.
    pub fn value(&self) -> f64 {
        let coverage = 1.0 + (self.publishers.max(1) as f64).log2();
        let topics = (self.topics as f64 * 0.25).min(1.0);
        let audiences = (self.audiences as f64 * 0.25).min(1.0);
        let age = self.newest.since(self.published).as_secs_f64() / HALF_LIFE.as_secs_f64();
        let value = self.trust * (coverage + topics + audiences + 0.5f64.powf(age));
        // Two decimals are what is shown; more would be noise.
        (value * 100.0).round() / 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_and_freshness_raise_a_score_and_trust_scales_it() {
        let now = Timestamp::from_secs(86_400 * 10);
        let plain = Score { publishers: 1, trust: 1.0, topics: 0, audiences: 0, published: now, newest: now };
        assert_eq!(plain.value(), 2.0);
        assert_eq!(Score { publishers: 4, ..plain }.value(), 4.0);
        assert_eq!(Score { published: now.minus(HALF_LIFE), ..plain }.value(), 1.5);
        assert_eq!(Score { trust: 0.5, topics: 9, ..plain }.value(), 1.5);
    }
}
