//! Undoes gzip and deflate, announced or not, within a bound.

use std::io::Read;

use flate2::bufread::GzDecoder;
use flate2::read::DeflateDecoder;
use flate2::read::ZlibDecoder;

/// The first bytes of a gzip member with the only known method (RFC 1952 §2.3.1).
const MAGIC: [u8; 3] = [0x1F, 0x8B, 0x08];

/// Members of one stream that are read (RFC 1952 §2.2): each costs a window, however little it holds.
const MEMBERS_MAX: usize = 1_000;

/// What came out of a gzip stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inflated {
    /// Up to the end of the stream, or to where it is cut off or damaged.
    pub bytes: Vec<u8>,
    /// Whether the stream ended as it should.
    pub is_whole: bool,
}

/// The stream holds more than the limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooLarge;

/// Whether `bytes` begin as a gzip stream does, and as no text does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Undoes one layer, never holding more than `limit_bytes` and one. What comes before a
/// damaged place is kept, so that a feed that was cut off still yields its first entries.
///
/// # Errors
/// [`TooLarge`] when more than `limit_bytes` come out.
pub fn gzip(bytes: &[u8], limit_bytes: usize) -> Result<Inflated, TooLarge> {
    let mut inflated = Vec::new();
    let mut rest = bytes;
    for _ in 0..MEMBERS_MAX {
        let mut member = GzDecoder::new(rest);
        let is_whole = read_bounded(member.by_ref(), &mut inflated, limit_bytes)?;
        if !is_whole {
            break;
        }
        rest = member.into_inner();
        // What follows and is no member is padding, which gzip itself ignores too.
        if !is_gzip(rest) {
            return Ok(Inflated { bytes: inflated, is_whole: true });
        }
    }
    Ok(Inflated { bytes: inflated, is_whole: false })
}

/// The same for what HTTP calls deflate: zlib (RFC 1950), or bare deflate (RFC 1951) as some servers send
/// instead. Nothing comes out where `bytes` are neither.
///
/// # Errors
/// [`TooLarge`] when more than `limit_bytes` come out.
pub fn deflate(bytes: &[u8], limit_bytes: usize) -> Result<Inflated, TooLarge> {
    let mut inflated = Vec::new();
    let mut is_whole = read_bounded(ZlibDecoder::new(bytes), &mut inflated, limit_bytes)?;
    if !is_whole && inflated.is_empty() {
        is_whole = read_bounded(DeflateDecoder::new(bytes), &mut inflated, limit_bytes)?;
    }
    Ok(Inflated { bytes: inflated, is_whole })
}

/// Reads a stream behind what was read before, and says whether it ended well.
///
/// # Errors
/// [`TooLarge`] when it comes to more than `limit_bytes` with what was read before.
pub fn read_bounded(stream: impl Read, inflated: &mut Vec<u8>, limit_bytes: usize) -> Result<bool, TooLarge> {
    // One byte more than allowed tells "at the limit" from "beyond it".
    let one_more = limit_bytes.saturating_add(1).saturating_sub(inflated.len());
    let ended = stream.take(u64::try_from(one_more).unwrap_or(u64::MAX)).read_to_end(inflated);
    if limit_bytes < inflated.len() { Err(TooLarge) } else { Ok(ended.is_ok()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }

    #[test]
    fn a_stream_is_read_up_to_its_limit() {
        let stream = packed(&vec![b' '; 100_000]);
        assert!(is_gzip(&stream) && !is_gzip(b"<rss>"));
        assert_eq!(gzip(&stream, 100_000).map(|it| (it.bytes.len(), it.is_whole)), Ok((100_000, true)));
        assert_eq!(gzip(&stream, 99_999), Err(TooLarge));
    }

    #[test]
    fn a_cut_off_stream_yields_its_beginning() {
        let text: String = (0..10_000).map(|it| format!("line {it}\n")).collect();
        let stream = packed(text.as_bytes());
        let inflated = gzip(&stream[..stream.len() / 2], 1_000_000).expect("within the limit");
        assert!(!inflated.is_whole && text.as_bytes().starts_with(&inflated.bytes));
        assert!(text.len() / 4 < inflated.bytes.len(), "{}", inflated.bytes.len());
        let nothing = gzip(&stream[..5], 1_000_000).expect("within the limit");
        assert!(!nothing.is_whole && nothing.bytes.is_empty());
    }

    #[test]
    fn deflate_is_undone_with_and_without_its_wrapper() {
        let level = flate2::Compression::best();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), level);
        zlib.write_all(&[b'x'; 1000]).expect("memory takes it");
        bare.write_all(&[b'x'; 1000]).expect("memory takes it");
        for stream in [zlib.finish(), bare.finish()].map(|it| it.expect("memory takes it")) {
            let inflated = deflate(&stream, 1000).expect("within the limit");
            assert_eq!((inflated.bytes.len(), inflated.is_whole), (1000, true));
            assert_eq!(deflate(&stream, 999), Err(TooLarge));
        }
        assert!(deflate(&[0x78, 0x9C, 3, 0, 0, 0, 0, 1], 1000).is_ok_and(|it| it.is_whole), "of nothing");
        assert_eq!(deflate(b"<rss>", 1000).map(|it| it.bytes), Ok(Vec::new()));
    }

    #[test]
    fn members_follow_one_another() {
        let both = [packed(b"one "), packed(b"two")].concat();
        assert_eq!(gzip(&both, 100).map(|it| it.bytes), Ok(b"one two".to_vec()));
        let padded = [both, b"\0\0".to_vec()].concat();
        assert_eq!(gzip(&padded, 100).map(|it| it.is_whole), Ok(true));
        let many = packed(b"x").repeat(MEMBERS_MAX + 1);
        assert_eq!(gzip(&many, 5_000).map(|it| (it.bytes.len(), it.is_whole)), Ok((MEMBERS_MAX, false)));
    }
}
