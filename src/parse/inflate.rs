//! Undoes compression that no header announced.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::ParseError;
use super::Warning;
use super::Warnings;

/// Most bytes that a body may inflate to.
const INFLATED_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// The first bytes of every gzip member (RFC 1952 §2.3.1).
const GZIP_MAGIC: [u8; 3] = [0x1F, 0x8B, 0x08];

/// The bytes themselves, or what they inflate to when they begin as gzip does.
/// A cut-off stream yields what it holds up to there; a second layer is not undone.
pub(super) fn undo<'a>(bytes: &'a [u8], warnings: &mut Warnings) -> Result<Cow<'a, [u8]>, ParseError> {
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(Cow::Borrowed(bytes));
    }
    warnings.add(Warning::InflatedGzip);
    let mut inflated = Vec::new();
    // One byte more than allowed tells "at the limit" from "beyond it".
    let ended = MultiGzDecoder::new(bytes).take(INFLATED_BYTES_MAX + 1).read_to_end(&mut inflated);
    if INFLATED_BYTES_MAX < u64::try_from(inflated.len()).unwrap_or(u64::MAX) {
        return Err(ParseError::TooLarge { limit_bytes: INFLATED_BYTES_MAX });
    }
    if ended.is_err() {
        warnings.add(Warning::Truncated);
    }
    Ok(Cow::Owned(inflated))
}
