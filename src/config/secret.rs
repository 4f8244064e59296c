//! Reads secrets from where they are kept.

use std::io;
use std::path::PathBuf;

use super::settings::Hidden;
use super::settings::Secret;

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is missing or not UTF-8.
    #[error("the environment variable `{0}` is not set; set it for the service")]
    Env(String),
    /// The file cannot be read.
    #[error("could not read the secret in `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// There is no credentials directory.
    #[error("there is no systemd credential `{0}`; add `LoadCredential={0}:…` to the unit")]
    Credential(String),
}

impl Secret {
    /// The secret itself, read now: a rotated one needs no restart.
    ///
    /// # Errors
    /// [`SecretError`] names the file, the variable or the credential that is not there.
    pub fn read(&self) -> Result<Hidden, SecretError> {
        let file = |path: PathBuf| match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Hidden(text.trim().to_owned())),
            Err(cause) => Err(SecretError::File { path, cause }),
        };
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::Env(name) => std::env::var(name).map(Hidden).map_err(|_| SecretError::Env(name.clone())),
            Self::File(path) => file(path.clone()),
            Self::Credential(name) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY")
                    .ok_or_else(|| SecretError::Credential(name.clone()))?;
                file(PathBuf::from(folder).join(name))
            }
        }
    }
}
