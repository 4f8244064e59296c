//! Who asks: an editor who signed in, a script with a token, or, where there are no editors, whoever
//! sits at this machine.

use std::time::Duration;

use crate::config::Config;
use crate::config::EditorAccount;
use crate::config::EditorRole;
use crate::desk::Editor;
use crate::domain::Timestamp;
use crate::store::EditorSessionRow;
use crate::store::StoreError;

use super::cookie;
use super::random;
use super::request::AdminRequest;
use super::site::AdminSite;

/// A session ends when it was not used for so long.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(12 * 60 * 60);

/// A session ends so long after it began, however much it is used.
pub(super) const SESSION_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The use of a session is noted this often.
const USE_NOTED: Duration = Duration::from_secs(60);

/// Shortest token that a script is let in with.
pub(super) const TOKEN_CHARS_MIN: usize = 20;

/// Who acts where no editor is configured.
const LOCAL: &str = "local";

/// Headers that a proxy adds: what passed one may come from anywhere.
const FORWARDED: [&str; 2] = ["forwarded", "via"];

/// Whoever asks, and what they may do.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    /// As the audit log and readers see it.
    pub(super) name: String,
    pub(super) role: EditorRole,
    /// What each form of theirs has to bring; `None` for a script, which sends no forms.
    pub(super) csrf: Option<String>,
    /// The session; `None` for a script, and for whoever needs not sign in.
    pub(super) session: Option<i64>,
}

impl Visitor {
    /// The visitor as the one who decides.
    pub(super) fn editor(&self, why: Option<String>) -> Editor {
        Editor { name: self.name.clone(), why }
    }
}

impl AdminSite {
    /// Who asks for a page; `None` where nobody may be shown one before they sign in.
    pub(super) async fn visitor(&self, request: &AdminRequest) -> Result<Option<Visitor>, StoreError> {
        if self.config().editors.is_empty() {
            return self.local(request).await;
        }
        let admin_url = self.config().server.admin_url.as_ref();
        let Some(token) = cookie::token(request, admin_url) else { return Ok(None) };
        let digest = random::digest(token);
        let Some(session) = self.store().read(move |it| it.editor_session(&digest)).await? else {
            return Ok(None);
        };
        let now = self.now();
        let Some(account) = holder(self.config(), &session, token, now) else { return Ok(None) };
        let visitor = Visitor {
            name: account.name.clone(),
            role: account.role,
            csrf: Some(random::csrf_token(token.as_bytes())),
            session: Some(session.n),
        };
        // Also where the clock was set back.
        if session.used.plus(USE_NOTED) < now || now < session.used {
            self.store().write(move |it| it.use_editor_session(session.n, now)).await?;
        }
        Ok(Some(visitor))
    }

    /// Which script asks for the API; without editors, whoever sits at this machine.
    pub(super) async fn program(&self, request: &AdminRequest) -> Result<Option<Visitor>, StoreError> {
        if self.config().editors.is_empty() {
            return self.local(request).await;
        }
        let bearer = request.header("authorization").and_then(|it| it.split_once(' '));
        let Some((scheme, token)) = bearer else { return Ok(None) };
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Ok(None);
        }
        // All are compared, so that the time tells nothing.
        let mut found = None;
        for account in &self.config().editors {
            if secret_token(account).is_some_and(|it| random::is_same(&it, token.trim())) {
                found = Some(account);
            }
        }
        let visitor =
            |it: &EditorAccount| Visitor { name: it.name.clone(), role: it.role, csrf: None, session: None };
        Ok(found.map(visitor))
    }

    /// Whoever sits at this machine: no proxy has passed the request on.
    async fn local(&self, request: &AdminRequest) -> Result<Option<Visitor>, StoreError> {
        if !is_direct(request) {
            return Ok(None);
        }
        let key = match self.store().read(|it| it.desk_key()).await? {
            Some(key) => key,
            None => {
                let Ok(fresh) = random::bytes::<32>() else { return Ok(None) };
                self.store().write(move |it| it.ensure_desk_key(&fresh)).await?
            }
        };
        Ok(Some(Visitor {
            name: LOCAL.to_owned(),
            role: EditorRole::Admin,
            csrf: Some(random::csrf_token(&key)),
            session: None,
        }))
    }
}

/// Whether a request was sent on this machine and passed on by nobody.
pub(super) fn is_direct(request: &AdminRequest) -> bool {
    let is_of_proxy =
        |name: &str| FORWARDED.contains(&name) || name.starts_with("x-forwarded") || name == "x-real-ip";
    request.is_local && !request.headers.iter().any(|it| is_of_proxy(&it.0))
}

/// The editor whose session this is, while it lasts: not idle for too long nor too old, the editor
/// still configured, with the secret that began it.
fn holder<'a>(
    config: &'a Config,
    session: &EditorSessionRow,
    token: &str,
    now: Timestamp,
) -> Option<&'a EditorAccount> {
    if now.since(session.used) > IDLE_MAX || now.since(session.created) > SESSION_MAX {
        return None;
    }
    let account = config.editors.iter().find(|it| it.name == session.editor)?;
    let secret = account.password.as_ref()?.read().ok()?;
    (session.secret == random::keyed_digest(token, secret.reveal())).then_some(account)
}

/// The token of an editor's scripts, where it is one that nobody guesses.
fn secret_token(account: &EditorAccount) -> Option<String> {
    let token = account.token.as_ref()?.read().ok()?;
    Some(token.reveal().to_owned()).filter(|it| it.chars().count() >= TOKEN_CHARS_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::config::Environment;

    #[test]
    fn a_session_ends_with_its_time_its_editor_and_its_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = folder.path().join("ann");
        std::fs::write(&secret, "correct horse").expect("a file");
        let toml = |name: &str| {
            format!("[[editor]]\nname = \"{name}\"\npassword = {{ file = \"{}\" }}\n", secret.display())
        };
        let config = |name: &str| {
            let env = Environment { folder: folder.path().to_owned(), ..Environment::default() };
            let text = format!("[store]\npath = \"/tmp/x.db\"\n{}", toml(name));
            config::parse("test.toml", &text, &env).expect("a configuration").config
        };
        let start = Timestamp::from_secs(1_795_176_000);
        let session = EditorSessionRow {
            n: 1,
            editor: "Ann".to_owned(),
            secret: random::keyed_digest("token", "correct horse").to_vec(),
            agent: String::new(),
            created: start,
            used: start.plus(IDLE_MAX),
        };
        let lasts = |name: &str, now| holder(&config(name), &session, "token", now).is_some();
        assert!(lasts("Ann", start.plus(IDLE_MAX + IDLE_MAX)));
        assert!(holder(&config("Ann"), &session, "another", start).is_none(), "of another token");
        assert!(!lasts("Ann", start.plus(IDLE_MAX + IDLE_MAX + Duration::from_secs(1))), "idle");
        let busy = EditorSessionRow { used: start.plus(SESSION_MAX), ..session.clone() };
        assert!(holder(&config("Ann"), &busy, "token", start.plus(SESSION_MAX)).is_some());
        assert!(
            holder(&config("Ann"), &busy, "token", start.plus(SESSION_MAX + Duration::from_secs(1)))
                .is_none()
        );
        assert!(!lasts("Ben", start), "Ann is an editor no more");
        std::fs::write(&secret, "another").expect("a file");
        assert!(!lasts("Ann", start), "the password was changed");
    }
}
