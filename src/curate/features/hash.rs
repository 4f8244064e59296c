//! Hashes that tables of weights are written with, and numbers as features.

/// Buckets into which words and pairs of words are hashed.
pub const BUCKETS: usize = 1 << 14;

/// FNV-1a: the same on every machine and in every version, which a table of weights needs.
pub(super) const fn fnv(text: &str) -> u32 {
    let (bytes, mut hash, mut at) = (text.as_bytes(), 0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

pub(super) fn mix(a: u32, b: u32) -> u32 {
    let hash = (a.rotate_left(5) ^ b).wrapping_mul(0x85eb_ca6b);
    hash ^ (hash >> 15)
}

pub(super) fn bucket(hash: u32) -> u16 {
    let folded = hash ^ (hash >> 16);
    (folded as usize % BUCKETS) as u16
}

pub(super) fn ln(n: usize) -> f32 {
    (n as f32).ln_1p()
}

pub(super) fn is(fact: bool) -> f32 {
    f32::from(u8::from(fact))
}
