//! What nobody can guess: tokens of sessions and forms, salts, and what proves that one is known.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use sha2::Digest;
use sha2::Sha256;

/// The system has no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the system has no random numbers")]
pub struct NoRandomness;

/// Bytes that nobody can guess.
#[expect(clippy::disallowed_methods, reason = "whoever guessed a token could act for an editor")]
pub(super) fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// A name of so many random bytes, in letters that cookies, forms and addresses take.
fn name<const N: usize>() -> Result<String, NoRandomness> {
    bytes::<N>().map(|it| URL_SAFE_NO_PAD.encode(it))
}

/// A token of 256 bits.
pub(super) fn token() -> Result<String, NoRandomness> {
    name::<32>()
}

/// A name for a form, by which it decides once.
pub(super) fn form_name() -> Result<String, NoRandomness> {
    name::<16>()
}

/// What the store keeps of a token or secret.
pub(super) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// What the store keeps of a password with the session that it began: of no use to whoever has a copy
/// of the database and not the session's token.
pub(super) fn keyed_digest(token: &str, secret: &str) -> [u8; 32] {
    let signed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes()), secret.as_bytes());
    let mut digest = [0; 32];
    digest.copy_from_slice(signed.as_ref());
    digest
}

/// What proves that a form was made by us for whoever has the key.
pub(super) fn csrf_token(key: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"form of the desk"))
}

/// Whether two texts are the same, in a time that does not tell how far they are.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let pairs = digest(one).into_iter().zip(digest(other));
    pairs.fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
