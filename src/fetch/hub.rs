//! Asks a hub to push, and knows what it pushed by its signature (WebSub §5.1, §7.1).

use std::time::Duration;

use ring::hmac;
use url::form_urlencoded;

use crate::domain::Subscription;
use crate::domain::Timestamp;
use crate::net::Client;
use crate::net::HeaderMap;
use crate::net::Request;

use super::FetchError;
use super::refusal;

/// Largest answer of a hub: only its status counts.
const ANSWER_BYTES_MAX: u64 = 256 << 10;

/// Asks the hub of a subscription for something, `mode` being `subscribe` or
/// `unsubscribe`. That it agrees, it says later, at the callback.
///
/// # Errors
/// See [`FetchError`]. Every status but 2xx is one.
pub async fn ask(
    client: &Client,
    it: &Subscription,
    mode: &str,
    lease: Duration,
    now: Timestamp,
) -> Result<(), FetchError> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("hub.callback", it.callback.as_str())
        .append_pair("hub.mode", mode)
        .append_pair("hub.topic", it.topic.as_str())
        .append_pair("hub.lease_seconds", &lease.as_secs().to_string())
        .append_pair("hub.secret", &it.secret)
        .finish();
    let request = Request {
        url: it.hub.clone(),
        headers: HeaderMap::new(),
        origin_headers: HeaderMap::new(),
        body_bytes_max: Some(ANSWER_BYTES_MAX),
    };
    let response = client.post(request, form).await?;
    if (200..300).contains(&response.status) { Ok(()) } else { Err(refusal(&response, now)) }
}

/// The signature of a body that comes piece by piece.
pub struct Signature {
    claimed: Vec<u8>,
    context: hmac::Context,
}

impl Signature {
    /// Reads `X-Hub-Signature` (`method=hex`); `None` where it names no method of the
    /// Recommendation. Hubs choose it, and some know no other than `sha1`.
    pub fn of(header: &str, secret: &str) -> Option<Self> {
        let (method, hex) = header.trim().split_once('=')?;
        let algorithm = match method {
            "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => hmac::HMAC_SHA256,
            "sha384" => hmac::HMAC_SHA384,
            "sha512" => hmac::HMAC_SHA512,
            _ => return None,
        };
        let claimed = bytes_of(hex)?;
        Some(Self {
            claimed,
            context: hmac::Context::with_key(&hmac::Key::new(algorithm, secret.as_bytes())),
        })
    }

    /// The next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        self.context.update(piece);
    }

    /// Whether it is the signature of all pieces. Takes as long for a nearly right one as
    /// for any other.
    pub fn holds(self) -> bool {
        let tag = self.context.sign();
        let own = tag.as_ref();
        let differences = own.iter().zip(&self.claimed).fold(0, |all, (a, b)| all | (a ^ b));
        own.len() == self.claimed.len() && std::hint::black_box(differences) == 0
    }
}

/// The bytes that hexadecimal digits spell, in either case.
fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digit = |it: u8| char::from(it).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    rest.is_empty().then(|| bytes.collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "what do ya want for nothing?";

    #[track_caller]
    fn check(header: &str, body: &str, expected: Option<bool>) {
        let signature = Signature::of(header, "Jefe").map(|mut it| {
            let (first, rest) = body.split_at(body.len() / 2);
            it.update(first.as_bytes());
            it.update(rest.as_bytes());
            it.holds()
        });
        assert_eq!(signature, expected, "{header}");
    }

    #[test]
    fn a_signature_holds_for_its_secret_and_body_only() {
        // RFC 2202 §3 and RFC 4231 §4.3, test case 2 of each.
        let sha1 = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        let sha256 = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        check(sha1, BODY, Some(true));
        check(sha256, BODY, Some(true));
        check(&sha256.to_uppercase().replace("SHA", "sha"), BODY, Some(true));
        check(sha256, "what do ya want for nothing!", Some(false));
        check(&sha256[..sha256.len() - 2], BODY, Some(false));
        check(&format!("{sha256}00"), BODY, Some(false));
        check(&sha256.replace("sha256", "sha512"), BODY, Some(false));
        check("sha256=", BODY, Some(false));
    }

    #[test]
    fn what_is_no_signature_is_none() {
        check("", BODY, None);
        check("md5=00", BODY, None);
        check("sha256=0", BODY, None);
        check("sha256=zz", BODY, None);
        check("sha256=é0", BODY, None);
    }
}
