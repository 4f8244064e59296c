//! Which encoding a client takes (RFC 9110 §12.5.3).

use axum::http::HeaderMap;
use axum::http::header;

use crate::pipeline::Rendered;

/// An encoding that we know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Brotli,
}

impl Encoding {
    /// The smallest the client takes: brotli, gzip, else the document as it is.
    pub(super) fn chosen(headers: &HeaderMap, rendered: &Rendered) -> Self {
        if accepts(headers, "br") && rendered.brotli().is_some() {
            Self::Brotli
        } else if accepts(headers, "gzip") && rendered.gzip().is_some() {
            Self::Gzip
        } else {
            Self::Identity
        }
    }

    pub(super) fn body(self, rendered: &Rendered) -> &[u8] {
        let encoded = match self {
            Self::Identity => None,
            Self::Gzip => rendered.gzip(),
            Self::Brotli => rendered.brotli(),
        };
        encoded.unwrap_or(&rendered.body)
    }

    /// Value of `Content-Encoding`.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// Each encoding has a strong tag of its own (RFC 9110 §8.8.3.3).
    pub(super) fn etag_suffix(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Gzip => "-gz",
            Self::Brotli => "-br",
        }
    }
}

fn accepts(headers: &HeaderMap, wanted: &str) -> bool {
    let given = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok());
    let mut any = None;
    for item in given.flat_map(|it| it.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|it| it.strip_prefix("q=")).map_or(1.0, |it| it.parse().unwrap_or(0.0));
        if name.eq_ignore_ascii_case(wanted) {
            return 0.0 < weight;
        }
        if name == "*" {
            any = Some(0.0 < weight);
        }
    }
    any.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, expected: Encoding) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accept.parse().expect("a value"));
        let rendered = Rendered::new("text/plain", "a".repeat(4096));
        assert_eq!(Encoding::chosen(&headers, &rendered), expected);
    }

    #[test]
    fn the_smallest_that_is_taken_is_sent() {
        check("gzip, deflate, br", Encoding::Brotli);
        check("gzip", Encoding::Gzip);
        check("br;q=0, gzip;q=0.5", Encoding::Gzip);
        check("*", Encoding::Brotli);
        check("br;q=0, *", Encoding::Gzip);
        check("identity", Encoding::Identity);
    }
}
