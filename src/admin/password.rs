//! Passwords of editors: hashed with argon2id (RFC 9106), and checked with the same work for names
//! that exist and names that do not.

use argon2::Argon2;
use argon2::password_hash::PasswordHash;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::SaltString;

use super::random;
use super::random::NoRandomness;

/// Bytes of the longest password that is looked at.
pub(super) const PASSWORD_BYTES_MAX: usize = 1_024;

/// What is computed where there is no hash to compare with: nobody knows its password.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdCBvZiBhIGRlY295Lg$FCD1Dh2ZPm57YW85KTguuBizZyS3Nhhr/lGf6kbAUqk";

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It is empty or longer than anybody types.
    #[error("a password has 1 to {PASSWORD_BYTES_MAX} bytes")]
    Length,
    /// There is no salt to be had.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The hash function refuses.
    #[error("the password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// The argon2id hash of a password under a fresh salt, in the PHC string format. Takes a part of a
/// second and 19 MiB: not for a thread that others wait for.
///
/// # Errors
/// [`PasswordError`] for an empty or overlong password, or where there is no salt.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    if !(1..=PASSWORD_BYTES_MAX).contains(&password.len()) {
        return Err(PasswordError::Length);
    }
    let salt = SaltString::encode_b64(&random::bytes::<16>()?).map_err(PasswordError::Hash)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// Whether this is the password of an editor with this secret, which is a hash or the password itself;
/// `None` where there is no such editor. The work is the same in each case: that of one hash with each
/// set of parameters which the secrets of all editors have. As slow as [`hash`].
pub(super) fn is_right(password: &str, secret: Option<&str>, all: &[String]) -> bool {
    let is_bounded = (1..=PASSWORD_BYTES_MAX).contains(&password.len());
    let password = if is_bounded { password } else { "-" };
    let hash = secret.filter(|it| is_hash(it)).and_then(|it| PasswordHash::new(it).ok());
    let verify = |it: &PasswordHash<'_>| Argon2::default().verify_password(password.as_bytes(), it).is_ok();
    let matches_hash = hash.as_ref().is_some_and(verify);
    for decoy in decoys(hash.as_ref(), all) {
        // Whose password it is, if anybody's, is of no account.
        let _ = verify(&decoy);
    }
    let is_plain = random::is_same(password, secret.unwrap_or_default());
    let is_met = match secret {
        Some(it) if is_hash(it) => hash.is_some() && matches_hash,
        Some(it) => !it.is_empty() && is_plain,
        None => false,
    };
    is_bounded && is_met
}

/// A hash of each set of parameters that secrets have and this one has not.
fn decoys<'a>(hash: Option<&PasswordHash<'a>>, all: &'a [String]) -> Vec<PasswordHash<'a>> {
    let is_like = |a: &PasswordHash<'_>, b: &PasswordHash<'_>| {
        (a.algorithm, a.version, &a.params) == (b.algorithm, b.version, &b.params)
    };
    let mut decoys: Vec<PasswordHash<'a>> = Vec::new();
    let hashes = all.iter().filter(|it| is_hash(it)).filter_map(|it| PasswordHash::new(it).ok());
    for it in hashes.chain(PasswordHash::new(DECOY).ok()) {
        if !hash.into_iter().chain(&decoys).any(|known| is_like(known, &it)) {
            decoys.push(it);
        }
    }
    decoys
}

/// Whether a secret is a hash, and not a password.
fn is_hash(secret: &str) -> bool {
    secret.starts_with("$argon2")
}

/// What is wrong with a secret that is to be a password, if anything.
pub(super) fn problem(secret: &str) -> Option<&'static str> {
    match secret {
        "" => Some("is empty"),
        it if is_hash(it) && PasswordHash::new(it).is_err() => {
            Some("is no whole argon2 hash; `bylined hash-password` makes one")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_checked_against_hash_or_text() {
        let hashed = hash("correct horse").expect("a hash");
        assert!(hashed.starts_with("$argon2id$v=19$m="), "{hashed}");
        assert_ne!(hashed, hash("correct horse").expect("a hash"), "each has a salt of its own");
        let check = |password: &str, secret: Option<&str>, expected: bool| {
            assert_eq!(
                is_right(password, secret, std::slice::from_ref(&hashed)),
                expected,
                "{password} {secret:?}"
            );
        };
        check("correct horse", Some(&hashed), true);
        check("correct horse", Some("correct horse"), true);
        check("wrong horse", Some(&hashed), false);
        check("wrong horse", Some("correct horse"), false);
        check("correct horse", None, false);
        check("", Some(""), false);
        check("", None, false);
        // A hash is not its own password, whole or cut off.
        check(&hashed, Some(&hashed), false);
        check(&hashed[..40], Some(&hashed[..40]), false);
        check(&"a".repeat(PASSWORD_BYTES_MAX + 1), Some(&"a".repeat(PASSWORD_BYTES_MAX + 1)), false);
        assert!(PasswordHash::new(DECOY).is_ok());
        assert!(hash("").is_err());
    }

    #[test]
    fn the_work_is_the_same_whatever_the_parameters_of_the_own_hash_are() {
        let costly = DECOY.replace("m=19456,t=2", "m=8192,t=5");
        let all = [hash("one").expect("a hash"), costly.clone(), "plain".to_owned()];
        let work = |secret: Option<&str>| {
            let own = secret.filter(|it| is_hash(it)).and_then(|it| PasswordHash::new(it).ok());
            let all = own.iter().cloned().chain(decoys(own.as_ref(), &all));
            let mut work: Vec<String> = all.map(|it| it.params.to_string()).collect();
            work.sort();
            work
        };
        assert_eq!(work(None), ["m=19456,t=2,p=1", "m=8192,t=5,p=1"]);
        for secret in &all {
            assert_eq!(work(Some(secret)), work(None), "{secret}");
        }
        // Nobody signs in with the password of another.
        assert!(!is_right("one", Some(&costly), &all));
    }
}
