//! Entries that nobody wrote, the same in every run: shared by the programs that measure
//! how they are assigned, each of which includes it with `#[path]`.

use bylined::domain::Timestamp;
use bylined::identify;
use bylined::store::NewEntry;
use bylined::store::PageState;

/// A pseudo-random number of a place, the same in every run.
pub fn pick(seed: usize, of: usize) -> usize {
    let mut x = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    for _ in 0..2 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    // Small numbers come up more often, as frequent words do.
    let share = (x >> 11) as f64 / (1u64 << 53) as f64;
    ((share * share) * of as f64) as usize
}

/// The entry with this number in the store.
pub fn entry(at: usize, host: &str, title: String, text: String, published: Timestamp) -> NewEntry {
    let link = format!("https://{host}/{at}");
    NewEntry {
        title,
        guid: None,
        guid_hash: None,
        link: link.parse().ok(),
        link_hash: Some(identify::hash64(&link)),
        canonical: Some(link),
        title_hash: at as i64,
        text_hash: None,
        has_text: !text.is_empty(),
        number_hash: None,
        place_hash: None,
        content_hash: at as i64,
        summary: None,
        feed_abstract: None,
        authors: Vec::new(),
        categories: Vec::new(),
        language: None,
        rights: Default::default(),
        rights_reasons: Vec::new(),
        rights_text: None,
        origin: None,
        enclosure: None,
        published_given: None,
        published,
        updated: None,
        is_kept: false,
        is_excluded: false,
        page: PageState::Unneeded,
        text,
        links: Vec::new(),
    }
}
