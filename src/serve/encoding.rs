//! Which encoding a client takes (RFC 9110 §12.5.3).

use std::cmp::Reverse;

use axum::http::HeaderMap;
use axum::http::header;

use crate::site::Rendered;

/// An encoding that we know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Brotli,
}

impl Encoding {
    /// From the smallest to the largest.
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// The one that the client prefers, of equals the smallest; `None` where it takes none of ours.
    /// What is hardly smaller compressed is sent as it is, unless the client refuses that.
    pub(super) fn chosen(headers: &HeaderMap, rendered: &Rendered) -> Option<Self> {
        let taken = Self::taken(headers);
        let takes_identity = taken.contains(&Some(Self::Identity));
        let is_worth_it = |it: &Self| match it {
            Self::Identity => true,
            Self::Gzip | Self::Brotli => {
                rendered.is_worth_compressing() && it.body(rendered).len() < rendered.body.len()
            }
        };
        taken.into_iter().flatten().find(|it| !takes_identity || is_worth_it(it))
    }

    /// Whether [`Encoding::chosen`] has nothing to compress.
    pub(super) fn is_ready(headers: &HeaderMap, rendered: &Rendered) -> bool {
        let taken = Self::taken(headers);
        let Some(preferred) = taken.into_iter().flatten().next() else { return true };
        let made = match preferred {
            Self::Identity => return true,
            Self::Gzip => rendered.made_gzip(),
            Self::Brotli => rendered.made_brotli(),
        };
        match made {
            Some(it) => it.len() < rendered.body.len(),
            None => !rendered.is_worth_compressing() && taken.contains(&Some(Self::Identity)),
        }
    }

    /// Those that the client takes, the one that it prefers first, of equals the smallest.
    fn taken(headers: &HeaderMap) -> [Option<Self>; 3] {
        let weights = Weights::of(headers);
        let mut taken = Self::ALL.map(|it| Some((weights.weight(it)?, it)));
        // The sort is stable.
        taken.sort_by_key(|it| Reverse(it.map(|it| it.0)));
        taken.map(|it| it.map(|it| it.1))
    }

    pub(super) fn body(self, rendered: &Rendered) -> &[u8] {
        match self {
            Self::Identity => &rendered.body,
            Self::Gzip => rendered.gzip(),
            Self::Brotli => rendered.brotli(),
        }
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

/// What a request says of each encoding, in thousandths.
#[derive(Default)]
struct Weights {
    brotli: Option<u16>,
    gzip: Option<u16>,
    identity: Option<u16>,
    any: Option<u16>,
}

impl Weights {
    /// An item that cannot be read says nothing.
    fn of(headers: &HeaderMap) -> Self {
        let mut weights = Self::default();
        let given = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok());
        for item in given.flat_map(|it| it.split(',')) {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let Some(weight) = parts.next().map_or(Some(1_000), weight) else { continue };
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let of = if is("br") {
                &mut weights.brotli
            } else if is("gzip") || is("x-gzip") {
                // RFC 9110 §8.4.1.3
                &mut weights.gzip
            } else if is("identity") {
                &mut weights.identity
            } else if is("*") {
                &mut weights.any
            } else {
                continue;
            };
            *of = Some(weight);
        }
        weights
    }

    /// `None` for an encoding that must not be sent. One that is not named is not taken; only a
    /// document as it is may always be sent, where nothing else is, unless it is refused.
    fn weight(&self, encoding: Encoding) -> Option<u16> {
        let weight = match encoding {
            Encoding::Brotli => self.brotli.or(self.any).unwrap_or(0),
            Encoding::Gzip => self.gzip.or(self.any).unwrap_or(0),
            Encoding::Identity => match self.identity.or(self.any) {
                Some(weight) => weight,
                None => return Some(0),
            },
        };
        (weight > 0).then_some(weight)
    }
}

/// `q=` with a number from 0 to 1 and at most three decimals (RFC 9110 §12.4.2), in thousandths.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let is_readable = name.trim().eq_ignore_ascii_case("q")
        && matches!(whole, "0" | "1")
        && decimals.len() <= 3
        && decimals.bytes().all(|it| it.is_ascii_digit());
    let thousandths: u16 = format!("{whole}{decimals:0<3}").parse().ok()?;
    (is_readable && thousandths <= 1_000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_of(bytes: usize, accept: &[&str], expected: Option<Encoding>) {
        let mut headers = HeaderMap::new();
        for it in accept {
            headers.append(header::ACCEPT_ENCODING, it.parse().expect("a value"));
        }
        let rendered = Rendered::new("text/plain", "a".repeat(bytes));
        assert_eq!(Encoding::chosen(&headers, &rendered), expected, "{accept:?}");
    }

    #[track_caller]
    fn check(accept: &str, expected: Encoding) {
        check_of(4096, &[accept], Some(expected));
    }

    #[test]
    fn the_smallest_that_is_taken_is_sent() {
        check_of(4096, &[], Some(Encoding::Identity));
        check("", Encoding::Identity);
        check("gzip, deflate, br", Encoding::Brotli);
        check("gzip", Encoding::Gzip);
        check("X-GZIP", Encoding::Gzip);
        check("deflate, zstd", Encoding::Identity);
        check("*", Encoding::Brotli);
        check("identity", Encoding::Identity);
        check_of(4096, &["gzip", "br"], Some(Encoding::Brotli));
        check_of(64, &["gzip, br"], Some(Encoding::Identity));
    }

    #[test]
    fn nothing_is_ready_that_must_still_be_compressed() {
        let mut headers = HeaderMap::new();
        let text = |bytes| Rendered::new("text/plain", "a".repeat(bytes));
        let is_ready = |headers: &HeaderMap, of: &Rendered| Encoding::is_ready(headers, of);
        assert!(is_ready(&headers, &text(4096)), "sent as it is");
        headers.insert(header::ACCEPT_ENCODING, "gzip, br".parse().expect("a value"));
        assert!(is_ready(&headers, &text(64)), "too small to compress");
        let large = text(4096);
        assert!(!is_ready(&headers, &large));
        large.gzip();
        assert!(!is_ready(&headers, &large), "brotli is preferred");
        large.brotli();
        assert!(is_ready(&headers, &large));
        headers.insert(header::ACCEPT_ENCODING, "gzip, identity;q=0".parse().expect("a value"));
        assert!(!is_ready(&headers, &text(64)), "must be compressed, however small");
    }

    #[test]
    fn weights_are_obeyed() {
        check("br;q=0, gzip;q=0.5", Encoding::Gzip);
        check("br;q=0, *", Encoding::Gzip);
        check("gzip;q=1.0, br;q=0.5", Encoding::Gzip);
        check("gzip;q=0.8, br;q=0.9, *;q=0", Encoding::Brotli);
        check("gzip; Q=0.001", Encoding::Gzip);
        check("gzip;q=0.5, identity", Encoding::Identity);
        check("gzip;q=0.5, identity;q=0.5", Encoding::Gzip);
        check("gzip;q=0, *;q=0.5", Encoding::Brotli);
        check("gzip;q=0.000, br;q=0.", Encoding::Identity);
        // What cannot be read says nothing.
        check("gzip;q=NaN, br;q=2", Encoding::Identity);
        check("gzip;level=9, br;q=0.1234, identity;q=", Encoding::Identity);
    }

    #[test]
    fn a_document_as_it_is_may_be_refused() {
        for accept in ["gzip, identity;q=0", "gzip, *;q=0"] {
            check(accept, Encoding::Gzip);
            // However small it is.
            check_of(64, &[accept], Some(Encoding::Gzip));
        }
        check_of(64, &["identity;q=0, *"], Some(Encoding::Brotli));
        for accept in ["identity;q=0", "*;q=0", "deflate, identity;q=0", "*;q=0, identity;q=0"] {
            check_of(4096, &[accept], None);
        }
        check("*;q=0, identity;q=0.1", Encoding::Identity);
    }
}
