//! One document in the encodings it is served in.

use std::io::Write;
use std::sync::OnceLock;

use sha2::Digest;
use sha2::Sha256;

use crate::domain::Timestamp;

/// Bodies below this are not worth compressing, in bytes.
const COMPRESSED_MIN: usize = 512;

/// Brotli's quality: a document is compressed once and read often.
const BROTLI_QUALITY: i32 = 5;

/// Brotli's window, as a power of two.
const BROTLI_WINDOW: i32 = 22;

/// Seconds a copy may be used without asking (RFC 9111 §5.2.2.1).
const MAX_AGE_SECS: u32 = 300;

/// A document, ready to be sent.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// Value of `Content-Type`.
    pub media_type: String,
    /// The document as it is.
    pub body: Vec<u8>,
    pub(super) gzip: OnceLock<Vec<u8>>,
    pub(super) brotli: OnceLock<Vec<u8>>,
    /// Digest of the body, from which the strong ETag of each encoding is made.
    pub digest: String,
    /// When its bytes last changed, where that is known to the second; elsewhere
    /// the digest alone tells copies apart.
    pub last_modified: Option<Timestamp>,
    /// Seconds a copy may be used without asking.
    pub max_age_secs: u32,
    /// Items that fail their check and are left out, each with its story and why.
    pub omitted: Vec<String>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Rendered {
    /// A document as it is.
    pub fn new(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let digest = Sha256::digest(&body)[..16].iter().map(|b| format!("{b:02x}")).collect();
        Self {
            media_type: media_type.to_owned(),
            body,
            digest,
            max_age_secs: MAX_AGE_SECS,
            ..Self::default()
        }
    }

    /// With a header of its own, whose name is in lower case.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same, gzip, made when it is first asked for.
    pub fn gzip(&self) -> &[u8] {
        self.gzip.get_or_init(|| gzip(&self.body))
    }

    /// The same, brotli, made when it is first asked for.
    pub fn brotli(&self) -> &[u8] {
        self.brotli.get_or_init(|| brotli(&self.body))
    }

    /// The gzip copy, if it is made already.
    pub fn made_gzip(&self) -> Option<&[u8]> {
        self.gzip.get().map(Vec::as_slice)
    }

    /// The brotli copy, if it is made already.
    pub fn made_brotli(&self) -> Option<&[u8]> {
        self.brotli.get().map(Vec::as_slice)
    }

    /// Makes the compressed copies that are worth it.
    pub(super) fn compress(&self) {
        if self.is_worth_compressing() {
            self.gzip();
            self.brotli();
        }
    }

    /// Whether compressed copies are worth their time.
    pub fn is_worth_compressing(&self) -> bool {
        self.body.len() >= COMPRESSED_MIN
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).expect("a Vec takes every byte");
    encoder.finish().expect("a Vec takes every byte")
}

fn brotli(body: &[u8]) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        ..brotli::enc::BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &body[..], &mut compressed, &params).expect("a Vec takes every byte");
    compressed
}
