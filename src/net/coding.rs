//! Undoes content codings (RFC 9110 §8.4.1), within a size.
//!
//! What a body is, its first bytes say more truly than its headers: servers announce gzip
//! and send text, announce a charset as a coding, send deflate with and without its header.

use brotli::Decompressor;
use reqwest::header;
use reqwest::header::HeaderMap;

use crate::text::inflate;
use crate::text::inflate::Inflated;
use crate::text::inflate::TooLarge;

/// What we ask for.
pub(super) const ACCEPTED: &str = "gzip, br, deflate";

/// Announced layers that are undone; one more may be gzip that nobody announced.
const LAYERS_MAX: usize = 2;

/// Codings of the registry that compress (RFC 9110 §18.6), where what came is no such stream.
const COMPRESSIONS: [&str; 8] =
    ["gzip", "x-gzip", "compress", "x-compress", "zstd", "dcb", "dcz", "pack200-gzip"];

/// Bytes from which text is told from what is compressed.
const TEXT_BYTES: usize = 1 << 10;

/// Bytes that the brotli reader takes at a time.
const BROTLI_BUFFER_BYTES: usize = 4 << 10;

/// Why a body stays as it was sent.
#[derive(Debug)]
pub(super) enum Undecodable {
    /// More than the limit comes out.
    TooLarge,
    /// It is damaged, or of a coding that is not known; in words.
    Damaged(String),
}

/// The codings that headers announce, lower-case, in the order in which they were applied.
pub(super) fn announced(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let text = values.map(|it| String::from_utf8_lossy(it.as_bytes()).to_ascii_lowercase());
    let listed = text.flat_map(|it| it.split(',').map(|it| it.trim().to_owned()).collect::<Vec<_>>());
    listed.filter(|it| !it.is_empty() && it != "identity").collect()
}

/// Whether there is anything to undo.
pub(super) fn is_coded(bytes: &[u8], announced: &[String]) -> bool {
    inflate::is_gzip(bytes) || !bytes.is_empty() && !announced.is_empty() && !is_text(bytes)
}

/// The body without its codings. No layer may come to more than `limit_bytes`.
pub(super) fn decoded(
    bytes: &[u8],
    announced: &[String],
    limit_bytes: usize,
) -> Result<Vec<u8>, Undecodable> {
    let mut layer: Option<Vec<u8>> = None;
    for coding in announced.iter().rev().take(LAYERS_MAX) {
        let bytes = layer.as_deref().unwrap_or(bytes);
        if is_text(bytes) {
            break;
        }
        layer = Some(match coding.as_str() {
            // The stream was whole when it left, so what is cut off was lost on the way.
            _ if inflate::is_gzip(bytes) => whole("gzip", inflate::gzip(bytes, limit_bytes)?)?,
            it if it == "deflate" || is_zlib(bytes) => whole(it, inflate::deflate(bytes, limit_bytes)?)?,
            "br" => {
                let mut bytes_of = Vec::new();
                let stream = Decompressor::new(bytes, BROTLI_BUFFER_BYTES);
                let is_whole = inflate::read_bounded(stream, &mut bytes_of, limit_bytes)?;
                whole("brotli", Inflated { bytes: bytes_of, is_whole })?
            }
            // That of a body that was announced as compressed twice and was once.
            "gzip" | "x-gzip" if layer.is_some() => break,
            it if COMPRESSIONS.contains(&it) => {
                return Err(Undecodable::Damaged(format!(
                    "it is announced as `{it}` and is not, or not known"
                )));
            }
            // A charset, or another word that is no coding.
            _ => break,
        });
    }
    let undone = layer.as_deref().unwrap_or(bytes);
    if inflate::is_gzip(undone) {
        // It is the publisher's file that is cut off: what came before is worth reading.
        let inflated = inflate::gzip(undone, limit_bytes)?;
        let is_whole = inflated.is_whole || !inflated.bytes.is_empty();
        return whole("gzip", Inflated { is_whole, ..inflated });
    }
    Ok(layer.unwrap_or_else(|| bytes.to_vec()))
}

/// What a stream held that was whole when it left the server.
fn whole(name: &str, inflated: Inflated) -> Result<Vec<u8>, Undecodable> {
    match inflated.is_whole {
        true => Ok(inflated.bytes),
        false => Err(Undecodable::Damaged(format!("the {name} stream is damaged"))),
    }
}

impl From<TooLarge> for Undecodable {
    fn from(TooLarge: TooLarge) -> Self {
        Self::TooLarge
    }
}

/// Whether bytes begin as a zlib stream does (RFC 1950 §2.2).
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [method, flags, ..]
        if method & 0x0F == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31))
}

/// Whether bytes begin as a document of markup or JSON does, and as nothing compressed does.
fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(TEXT_BYTES)];
    let is_control = |it: &u8| *it < b' ' && !matches!(it, b'\t' | b'\n' | b'\r' | b'\x0C');
    let marked = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    matches!(marked.first(), Some(b'<' | b'{' | b'[')) && !start.iter().any(is_control)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const FEED: &[u8] = b"<rss><channel><title>A</title></channel></rss>";
    const LIMIT: usize = 1 << 20;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut it = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        it.write_all(bytes).and_then(|()| it.finish()).expect("memory takes it")
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut it = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        it.write_all(bytes).and_then(|()| it.finish()).expect("memory takes it")
    }

    fn raw(bytes: &[u8]) -> Vec<u8> {
        let mut it = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        it.write_all(bytes).and_then(|()| it.finish()).expect("memory takes it")
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let params = brotli::enc::BrotliEncoderParams::default();
        brotli::BrotliCompress(&mut &*bytes, &mut out, &params).expect("memory takes it");
        out
    }

    /// What is left of a body announced like this; `None` where it cannot be decoded.
    #[track_caller]
    fn check(header: &str, body: &[u8], expected: Option<&[u8]>) {
        let headers = [(header::CONTENT_ENCODING, header.parse().expect("a value"))];
        let announced = announced(&HeaderMap::from_iter(headers));
        let is_coded = is_coded(body, &announced);
        let found = if is_coded { decoded(body, &announced, LIMIT).ok() } else { Some(body.to_vec()) };
        assert_eq!(found.as_deref(), expected, "{header}");
    }

    #[test]
    fn what_is_announced_is_undone() {
        check("gzip", &packed(FEED), Some(FEED));
        check("GZIP ,", &packed(FEED), Some(FEED));
        check("x-gzip", &packed(FEED), Some(FEED));
        check("br", &brotli(FEED), Some(FEED));
        check("deflate", &zlib(FEED), Some(FEED));
        check("deflate", &raw(FEED), Some(FEED));
        check("gzip, br", &brotli(&packed(FEED)), Some(FEED));
        check("br, gzip", &packed(&brotli(FEED)), Some(FEED));
        check("gzip", &[packed(b"<rss>"), packed(b"</rss>")].concat(), Some(b"<rss></rss>"));
        check("gzip", &[packed(FEED), b"\0\0 more".to_vec()].concat(), Some(FEED));
    }

    #[test]
    fn what_is_announced_wrongly_is_read_for_what_it_is() {
        for lie in ["gzip", "br", "deflate", "UTF-8", "none", "Identity", "zstd", "gzip, gzip"] {
            check(lie, FEED, Some(FEED));
            check(lie, b"\xEF\xBB\xBF\n [1]", Some(b"\xEF\xBB\xBF\n [1]"));
            check(lie, &packed(FEED), Some(FEED));
            check(lie, b"", Some(b""));
        }
        check("gzip", &zlib(FEED), Some(FEED));
        check("UTF-16", b"\xFF\xFE<\0r\0", Some(b"\xFF\xFE<\0r\0"));
    }

    #[test]
    fn what_is_neither_known_nor_text_is_refused() {
        check("gzip", &packed(FEED)[..30], None);
        check("br", &brotli(FEED)[..20], None);
        check("deflate", &zlib(FEED)[..20], None);
        check("zstd", b"\x28\xB5\x2F\xFD\x04\x00", None);
        check("gzip", b"\x00\x01\x02", None);
        check("br", b"\xFF\xFF\xFF\xFF", None);
        check("deflate", b"\xFF\xFF\xFF\xFF", None);
    }

    #[test]
    fn every_layer_is_counted() {
        let large = vec![b' '; LIMIT + 1];
        for (coding, body) in [
            ("gzip", packed(&large)),
            ("br", brotli(&large)),
            ("deflate", zlib(&large)),
            ("deflate", raw(&large)),
            ("gzip", packed(&packed(&large))),
        ] {
            let announced = [coding.to_owned()];
            assert!(matches!(decoded(&body, &announced, LIMIT), Err(Undecodable::TooLarge)), "{coding}");
            assert_eq!(decoded(&body, &announced, LIMIT + 1).map(|it| it.len()).ok(), Some(LIMIT + 1));
        }
    }
}
