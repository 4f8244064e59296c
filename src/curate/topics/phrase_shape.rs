//! How a phrase of a story occurs, and what that shows as hashed numbers.

use crate::curate::audience::idf_of;

/// How a phrase occurs.
#[derive(Default)]
pub(super) struct Uses<'a> {
    pub(super) spellings: Vec<(&'a str, u16)>,
    pub(super) in_title: u16,
    pub(super) title_place: u16,
    pub(super) count: u16,
    pub(super) in_prose: u16,
    pub(super) capitals: u16,
    pub(super) whole_runs: u16,
    pub(super) articles: u16,
    pub(super) prepositions: u16,
    pub(super) first_sentence: u16,
    pub(super) last_sentence: Option<u16>,
    pub(super) sentences: u16,
}

/// What a phrase shows, as numbers.
pub(super) struct PhraseShape<'s, 'a> {
    pub(super) length: usize,
    pub(super) uses: &'s Uses<'a>,
    pub(super) total: u16,
    pub(super) nested: f32,
    pub(super) rarest_part: f32,
    pub(super) rank: usize,
    pub(super) is_own: bool,
    pub(super) title_length: usize,
    pub(super) sentences: u16,
    pub(super) words_read: usize,
    pub(super) shown: &'a str,
}

impl PhraseShape<'_, '_> {
    /// The buckets of its numbers, each alone and some together, and of its words.
    pub(super) fn buckets(&self, words: &[String], is_name: bool) -> Vec<u16> {
        let values = self.steps(words);
        let mut buckets = Vec::with_capacity(64);
        let kind = u32::from(is_name);
        for (at, it) in values.iter().enumerate() {
            buckets.push(hash(&[1, at as u32, *it, kind]));
        }
        for (a, b) in [
            (1, 2),
            (1, 4),
            (1, 5),
            (4, 2),
            (13, 1),
            (7, 2),
            (0, 2),
            (12, 4),
            (8, 1),
            (3, 1),
            (13, 12),
            (18, 2),
            (19, 1),
            (19, 2),
            (17, 2),
            (17, 4),
            (19, 0),
            (18, 7),
        ] {
            buckets.push(hash(&[2, a, values[a as usize], b, values[b as usize], kind]));
        }
        let text = |tag: u32, text: &str| {
            let mut parts = vec![3, tag];
            parts.extend(text.bytes().map(u32::from));
            hash(&parts)
        };
        let whole = words.join(" ");
        buckets.push(text(0, &whole));
        buckets.push(text(1 + kind, &whole));
        buckets.push(text(3 + kind, words.last().map_or("", String::as_str)));
        buckets.push(text(5 + kind, words.first().map_or("", String::as_str)));
        buckets.extend(words.iter().map(|it| text(7, it)));
        let ends: Vec<char> = whole.chars().rev().take(3).collect();
        buckets.push(text(8 + kind, &ends.iter().collect::<String>()));
        buckets.sort_unstable();
        buckets.dedup();
        buckets
    }

    fn steps(&self, words: &[String]) -> [u32; 20] {
        let step = |value: f32, steps: &[f32]| steps.iter().filter(|it| **it <= value).count() as u32;
        let share = |part: u16| f32::from(part) / f32::from(self.total.max(1));
        let of_text = |part: u16| f32::from(part) / f32::from(self.uses.count.max(1));
        let capitals = self.shown.chars().filter(|it| it.is_uppercase()).count();
        let letters = self.shown.chars().filter(|it| it.is_alphabetic()).count();
        let has_digit = self.shown.contains(|c: char| c.is_ascii_digit());
        let inner = self.shown.split([' ', '-']).any(|it| it.chars().skip(1).any(char::is_uppercase));
        let plain = self
            .shown
            .split(' ')
            .all(|it| it.starts_with(char::is_uppercase) && it.chars().skip(1).all(char::is_lowercase));
        let rarities = words.iter().map(|it| idf_of(it));
        let (rarest, commonest) =
            rarities.fold((0.0_f32, f32::MAX), |(rarest, commonest), it| (rarest.max(it), commonest.min(it)));
        let title = match (self.uses.in_title, self.uses.title_place) {
            (0, _) => 0,
            (_, 0) => 2,
            (_, 1..=3) => 3,
            _ => 1,
        };
        [
            self.length as u32,
            title,
            step(f32::from(self.uses.count), &[1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 22.0]),
            step(
                f32::from(self.uses.sentences) / f32::from(self.sentences),
                &[0.01, 0.03, 0.06, 0.1, 0.16, 0.25, 0.4],
            ),
            if self.uses.count == 0 {
                9
            } else {
                step(f32::from(self.uses.first_sentence), &[2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 35.0])
            },
            step(share(self.uses.capitals), &[0.01, 0.5, 0.9, 1.0]),
            step(share(self.uses.whole_runs), &[0.01, 0.3, 0.6, 0.9]),
            if capitals == letters && 1 < letters {
                1
            } else if has_digit {
                2
            } else if inner {
                3
            } else {
                0
            },
            step(self.nested, &[0.01, 0.3, 0.6, 0.9]),
            step(self.rarest_part, &[0.2, 0.5, 0.8, 1.0]),
            step(of_text(self.uses.articles), &[0.01, 0.2, 0.5]),
            step(of_text(self.uses.prepositions), &[0.01, 0.2, 0.5]),
            u32::from(self.is_own),
            step(self.rank as f32, &[1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 25.0, 50.0]),
            step(self.length as f32 / self.title_length.max(1) as f32, &[0.1, 0.2, 0.35, 0.6])
                * u32::from(title != 0),
            step(self.words_read as f32, &[100.0, 300.0, 600.0, 1000.0]),
            u32::from(plain && (2..=3).contains(&self.length)),
            if self.uses.count == 0 { 9 } else { step(of_text(self.uses.in_prose), &[0.01, 0.5, 0.9]) },
            step(rarest, &RARITIES),
            step(commonest, &RARITIES),
        ]
    }
}

/// Steps of inverse document frequencies.
const RARITIES: [f32; 7] = [2.0, 2.7, 3.4, 4.2, 5.0, 6.0, 7.0];

/// FNV-1a of numbers, folded to a bucket.
fn hash(parts: &[u32]) -> u16 {
    let mix = |hash: u32, part: &u32| (hash ^ part).wrapping_mul(0x0100_0193).rotate_left(5) ^ 0x9e37_79b9;
    let hash = parts.iter().fold(0x811c_9dc5_u32, mix);
    ((hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d) >> 17) as u16
}
