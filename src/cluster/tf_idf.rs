//! Entries as TF-IDF vectors, and what two of them share.

use foldhash::HashMap;
use foldhash::HashMapExt;

use super::features::EntryFeatures;
use super::features::EntryProfile;
use super::features::TITLE_WORDS_MAX;
use super::idf::DocumentFrequencies;
use super::idf::HeldTerm;
use super::idf::Idf;
use super::term_flags::TermFlags;

/// Shared terms of a pair that are looked at one by one, the rarest first.
const RAREST: usize = 8;

/// An entry as a TF-IDF vector.
pub(super) struct TfIdfVector<'a> {
    pub(super) features: &'a EntryProfile,
    title_weights: [f32; TITLE_WORDS_MAX],
    title_terms: usize,
    /// Lengths of headline, lead and text as vectors.
    pub(super) title_length: f32,
    pub(super) lead_length: f32,
    pub(super) text_length: f32,
    /// Sums of rarities: of all terms, of the names, and of the lead's names.
    pub(super) sum: f32,
    pub(super) names: f32,
    pub(super) lead_names: f32,
    pub(super) title_sum: f32,
    pub(super) lead_sum: f32,
    /// Of the names of the headline.
    pub(super) title_names: f32,
}

impl<'a> TfIdfVector<'a> {
    /// An entry, each of its terms with its rarity, in their order.
    pub(super) fn new(features: &'a EntryProfile, terms: impl Iterator<Item = (f32, TermFlags)>) -> Self {
        let mut found = Self {
            features,
            title_weights: [0.0; TITLE_WORDS_MAX],
            title_terms: 0,
            title_length: 0.0,
            lead_length: 0.0,
            text_length: 0.0,
            sum: 0.0,
            names: 0.0,
            lead_names: 0.0,
            title_sum: 0.0,
            lead_sum: 0.0,
            title_names: 0.0,
        };
        let of_counts = TermFlags::weights();
        for (weight, flags) in terms {
            found.take(weight, flags, of_counts[flags.count()]);
        }
        found.title_length = found.title_length.sqrt();
        found.lead_length = found.lead_length.sqrt();
        found.text_length = found.text_length.sqrt();
        found
    }

    /// Takes in a term. Where it stands follows no pattern, so that a sum of nothing is added instead
    /// of a branch taken.
    fn take(&mut self, weight: f32, flags: TermFlags, of_count: f32) {
        let (is_title, is_lead, is_name) = (flags.is_in_title(), flags.is_in_lead(), flags.is_name());
        let only = |holds: bool, it: f32| if holds { it } else { 0.0 };
        let square = weight * weight;
        self.text_length += square * of_count * of_count;
        self.sum += weight;
        self.title_length += only(is_title, square);
        self.title_sum += only(is_title, weight);
        self.title_names += only(is_title & is_name, weight);
        self.lead_length += only(is_lead, square);
        self.lead_sum += only(is_lead, weight);
        self.names += only(is_name, weight);
        self.lead_names += only(is_name & (is_lead | is_title), weight);
        if is_title && let Some(title) = self.title_weights.get_mut(self.title_terms) {
            *title = weight;
            self.title_terms += 1;
        }
    }

    /// Rarity of each term of the headline, in the order of its terms.
    pub(super) fn title(&self) -> &[f32] {
        &self.title_weights[..self.title_terms]
    }
}

/// An entry that others are compared with, prepared so that each comparison looks only at what the other
/// one has.
pub(super) struct Probe<'a> {
    pub(super) vector: TfIdfVector<'a>,
    /// Rarity of each of its figures.
    pub(super) figures: Vec<f32>,
    /// A bit for each number of a term, set for those that it has, and with what flags.
    numbers: Vec<u64>,
    flags: HashMap<u32, TermFlags>,
    /// A bit for each trigram, set for those of its headline.
    trigrams: Box<[u64; TRIGRAM_WORDS]>,
}

impl<'a> Probe<'a> {
    /// An entry that need not stand in the window.
    pub(super) fn of(features: &'a EntryFeatures, idf: &DocumentFrequencies) -> Self {
        let terms = features.terms.iter();
        let terms = terms.map(|(term, flags)| (idf.of(*term), *flags, idf.number(*term)));
        Self::new(&features.profile, terms.collect(), idf)
    }

    /// An entry of the window.
    pub(super) fn of_held(profile: &'a EntryProfile, terms: &[HeldTerm], idf: &DocumentFrequencies) -> Self {
        let terms = terms.iter().map(|it| (idf.of_held(*it), it.flags(), Some(it.number())));
        Self::new(profile, terms.collect(), idf)
    }

    fn new(
        profile: &'a EntryProfile,
        terms: Vec<(f32, TermFlags, Option<u32>)>,
        idf: &DocumentFrequencies,
    ) -> Self {
        let mut numbers = vec![0; idf.numbers_end().div_ceil(BITS)];
        let mut flags = HashMap::with_capacity(terms.len());
        for (_, of_term, number) in &terms {
            let Some(number) = *number else { continue };
            set(&mut numbers, number as usize);
            flags.insert(number, *of_term);
        }
        let mut trigrams = Box::new([0; TRIGRAM_WORDS]);
        profile.trigrams().iter().for_each(|it| set(&mut trigrams[..], usize::from(*it)));
        Self {
            vector: TfIdfVector::new(profile, terms.iter().map(|it| (it.0, it.1))),
            figures: profile.figures().iter().map(|it| idf.of(*it)).collect(),
            numbers,
            flags,
            trigrams,
        }
    }

    /// The flags of a term of the window, if the entry has it.
    pub(super) fn flags(&self, number: u32) -> Option<TermFlags> {
        is_set(&self.numbers, number as usize).then(|| self.flags.get(&number).copied()).flatten()
    }

    /// How many trigrams of another headline its own has.
    pub(super) fn trigrams_shared(&self, others: &[u16]) -> usize {
        others.iter().filter(|it| is_set(&self.trigrams[..], usize::from(**it))).count()
    }
}

/// Bits of a word of a set, and words of a set of trigrams.
const BITS: usize = u64::BITS as usize;
const TRIGRAM_WORDS: usize = (u16::MAX as usize + 1) / BITS;

fn set(bits: &mut [u64], at: usize) {
    bits[at / BITS] |= 1 << (at % BITS);
}

fn is_set(bits: &[u64], at: usize) -> bool {
    bits.get(at / BITS).is_some_and(|it| it & (1 << (at % BITS)) != 0)
}

/// What the shared terms of a pair sum up to.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) title: f32,
    pub(super) title_weight: f32,
    pub(super) lead: f32,
    pub(super) text: f32,
    pub(super) title_in_lead: (f32, f32),
    pub(super) title_in_other: (f32, f32),
    pub(super) weight: f32,
    pub(super) names: f32,
    pub(super) names_weight: f32,
    pub(super) title_names: f32,
    /// The weight of the lead of each that the other has.
    pub(super) lead_in_other: (f32, f32),
    /// The weight of the names of each headline that the other has.
    pub(super) title_names_in_other: (f32, f32),
    /// The rarest name of each headline that headline or lead of the other has.
    pub(super) focus: (f32, f32),
    /// The rarest name of headline and lead of each in a sentence of the other that speaks of what was
    /// before.
    pub(super) named_as_past: (f32, f32),
    pub(super) lead_names: f32,
    pub(super) lead_names_weight: f32,
    /// The weights of the rarest terms that both have, the rarest first.
    pub(super) rarest: [f32; RAREST],
}

impl Shared {
    /// Takes in a term that both have, of such rarity, with its flags in each.
    pub(super) fn take(&mut self, weight: f32, x: TermFlags, y: TermFlags) {
        let square = weight * weight;
        self.weight += weight;
        self.text += square * x.weight() * y.weight();
        if x.is_in_title() && y.is_in_title() {
            self.title += square;
            self.title_weight += weight;
        }
        if x.is_in_lead() && y.is_in_lead() {
            self.lead += square;
        }
        self.lead_in_other.0 += if x.is_in_lead() { weight } else { 0.0 };
        self.lead_in_other.1 += if y.is_in_lead() { weight } else { 0.0 };
        if x.is_in_title() {
            self.title_in_other.0 += weight;
            self.title_in_lead.0 += if y.is_in_lead() { square } else { 0.0 };
        }
        if y.is_in_title() {
            self.title_in_other.1 += weight;
            self.title_in_lead.1 += if x.is_in_lead() { square } else { 0.0 };
        }
        if x.is_name() || y.is_name() {
            if x.is_name() && y.is_name() {
                self.names += 1.0;
                self.names_weight += weight;
            }
            if x.is_in_title() || y.is_in_title() {
                self.title_names += weight;
            }
            let past = &mut self.named_as_past;
            past.0 = if x.is_early() && y.is_past() { past.0.max(weight) } else { past.0 };
            past.1 = if y.is_early() && x.is_past() { past.1.max(weight) } else { past.1 };
            if x.is_in_title() && x.is_name() {
                self.title_names_in_other.0 += weight;
                self.focus.0 = if y.is_early() { self.focus.0.max(weight) } else { self.focus.0 };
            }
            if y.is_in_title() && y.is_name() {
                self.title_names_in_other.1 += weight;
                self.focus.1 = if x.is_early() { self.focus.1.max(weight) } else { self.focus.1 };
            }
            if x.is_early() && y.is_early() {
                self.lead_names += 1.0;
                self.lead_names_weight += weight;
            }
        }
        // Kept in order, the rarest first.
        let mut weight = weight;
        for rare in &mut self.rarest {
            if *rare < weight {
                std::mem::swap(rare, &mut weight);
            }
        }
    }
}
