//! The value of an `Authorization` header, from where the operator keeps its secrets.

use crate::config::Auth;
use crate::fetch;

pub(super) fn authorization(auth: &Auth) -> Result<String, String> {
    match auth {
        Auth::Basic { user, password } => {
            let password = password.read().map_err(|error| error.to_string())?;
            Ok(fetch::basic_authorization(user, password.reveal()))
        }
        Auth::Bearer(token) => {
            let token = token.read().map_err(|error| error.to_string())?;
            Ok(format!("Bearer {}", token.reveal()))
        }
    }
}
