//! Chance that is the same for one seed.

/// SplitMix64: small, and good enough to choose with.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// A generator of its own for each seed and purpose.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut it = Self(seed ^ purpose.wrapping_mul(0xA076_1D64_78BD_642F));
        it.next();
        it
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `n`, which is not 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// From `least` to below `most`.
    pub(crate) fn range(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least)
    }

    /// So many times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}
