//! No input makes the parser panic or exceed its bounds.

#[path = "../../benches/fuzz_parse/mutation.rs"]
mod mutation;

use mutation::Random;

/// Enough to damage every feed in every way; `cargo bench --bench fuzz_parse` goes on for longer.
const INPUTS: usize = 3_000;
/// Longest of them, in bytes.
const INPUT_BYTES_MAX: usize = 4 * 1024;

#[test]
fn damaged_feeds_are_read_within_bounds() {
    let feeds: Vec<Vec<u8>> = mutation::FEEDS.iter().map(|it| it.as_bytes().to_vec()).collect();
    let mut random = Random(20_261_123);
    let mut entries = 0;
    for _ in 0..INPUTS {
        entries += mutation::check(&mutation::damaged(&mut random, &feeds, INPUT_BYTES_MAX)).unwrap_or(0);
    }
    assert!(
        INPUTS / 2 < entries,
        "only {entries} entries were read: the damage is too great to test anything"
    );
}
