//! How often a term occurs in an entry, and where.

use std::sync::LazyLock;

/// How often a term occurs in an entry, and where.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct TermFlags(pub(super) u16);

impl TermFlags {
    /// It stands in the headline.
    pub(super) const TITLE: u16 = 1 << 15;
    /// It stands in the lead.
    pub(super) const LEAD: u16 = 1 << 14;
    /// It is a capitalised word of headline or text.
    pub(super) const NAME: u16 = 1 << 13;
    /// The entry is found under it.
    pub(super) const KEY: u16 = 1 << 12;
    /// It stands in a sentence of the text that speaks of what was before.
    pub(super) const PAST: u16 = 1 << 11;
    /// Occurrences beyond which no more are counted.
    pub(super) const COUNT_MAX: u16 = 31;

    /// Takes in one more occurrence, with where it stands.
    pub(super) fn add(&mut self, place: u16) {
        self.0 |= place;
        self.0 += u16::from(self.0 & Self::COUNT_MAX < Self::COUNT_MAX);
    }

    pub(super) fn is_in_title(self) -> bool {
        self.0 & Self::TITLE != 0
    }

    pub(super) fn is_in_lead(self) -> bool {
        self.0 & Self::LEAD != 0
    }

    pub(super) fn is_name(self) -> bool {
        self.0 & Self::NAME != 0
    }

    pub(super) fn is_key(self) -> bool {
        self.0 & Self::KEY != 0
    }

    /// Whether it stands in headline or lead.
    pub(super) fn is_early(self) -> bool {
        self.0 & (Self::TITLE | Self::LEAD) != 0
    }

    pub(super) fn is_past(self) -> bool {
        self.0 & Self::PAST != 0
    }

    /// In ten bits.
    pub(super) fn pack(self) -> u32 {
        u32::from(self.0 >> 11 << 5 | self.0 & Self::COUNT_MAX)
    }

    /// What was packed.
    pub(super) fn unpack(packed: u32) -> Self {
        let packed = packed as u16;
        Self(packed >> 5 << 11 | packed & Self::COUNT_MAX)
    }

    /// How often it occurs, as far as that is counted.
    pub(super) fn count(self) -> usize {
        usize::from(self.0 & Self::COUNT_MAX)
    }

    /// 1 + ln of each number of occurrences.
    pub(super) fn weights() -> &'static [f32; Self::COUNT_MAX as usize + 1] {
        static WEIGHTS: LazyLock<[f32; TermFlags::COUNT_MAX as usize + 1]> =
            LazyLock::new(|| std::array::from_fn(|it| 1.0 + (it.max(1) as f32).ln()));
        &WEIGHTS
    }

    /// 1 + ln of the occurrences.
    pub(super) fn weight(self) -> f32 {
        Self::weights()[self.count()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_what_was_packed() {
        for place in 0..32 {
            for count in 0..=TermFlags::COUNT_MAX {
                let flags = TermFlags(place << 11 | count);
                assert!(flags.pack() < 1 << 10);
                assert_eq!(TermFlags::unpack(flags.pack()), flags);
            }
        }
    }
}
