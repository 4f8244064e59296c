//! Signing in and out.

use tokio::time::Instant;
use tracing::info;
use tracing::warn;

use crate::store::NewEditorSession;
use crate::store::StoreError;

use super::access::IDLE_MAX;
use super::access::SESSION_MAX;
use super::access::Visitor;
use super::cookie;
use super::page;
use super::password;
use super::random;
use super::request::AdminRequest;
use super::request::Method;
use super::response::AdminResponse;
use super::site::AdminSite;

/// Where editors sign in.
pub(super) const PATH: &str = "/desk/login";

/// Where they come to afterwards, unless they wanted something else.
const HOME: &str = "/desk/";

/// Characters of what a browser calls itself that are kept.
const AGENT_CHARS_MAX: usize = 200;

impl AdminSite {
    /// The form, or the attempt to sign in with it.
    pub(super) async fn login(&self, request: &AdminRequest) -> Result<AdminResponse, StoreError> {
        if self.config().editors.is_empty() {
            return Ok(AdminResponse::see_other(HOME));
        }
        let form = match request.method {
            Method::Get if self.visitor(request).await?.is_some() => {
                return Ok(AdminResponse::see_other(&local_path(request.parameter("next").as_deref())));
            }
            Method::Get => {
                let next = local_path(request.parameter("next").as_deref());
                return Ok(page::login(self.config(), 200, &next, "", None));
            }
            Method::Post => request.form(),
            Method::Other => {
                let words = "this address does not answer that method";
                return Ok(AdminResponse::text(405, words).with("allow", "GET, HEAD, POST".to_owned()));
            }
        };
        let Some(form) = form else {
            return Ok(AdminResponse::text(415, "this takes a form with a name and a password"));
        };
        let (name, next) = (form.text("name").trim(), local_path(Some(form.text("next"))));
        if let Err(wait) = self.back_off.begin(request.peer, name, Instant::now()) {
            let seconds = wait.as_secs() + 1;
            let words = format!("Too many attempts. Try again in {seconds} seconds.");
            let page = page::login(self.config(), 429, &next, name, Some(&words));
            return Ok(page.with("retry-after", seconds.to_string()));
        }
        let Some(secret) = self.checked(name, form.text("password")).await else {
            warn!(peer = %request.peer, "an attempt to sign in at the desk failed");
            let words = "Name and password do not belong together.";
            return Ok(page::login(self.config(), 403, &next, name, Some(words)));
        };
        self.back_off.succeeded(request.peer, name);
        self.begin_session(request, name, secret, &next).await
    }

    /// The secret of the editor of this name, where the password is the editor's. Takes the same work
    /// for names that nobody has.
    async fn checked(&self, name: &str, password: &str) -> Option<String> {
        let account = self.config().editors.iter().find(|it| it.name == name);
        let secret = account.and_then(|it| it.password.as_ref()?.read().ok());
        let secret = secret.map(|it| it.reveal().to_owned());
        let (password, compared, all) = (password.to_owned(), secret.clone(), self.secrets());
        let permit = std::sync::Arc::clone(&self.hashing).acquire_owned().await.ok()?;
        let check = move || {
            let _under_way = permit;
            password::is_right(&password, compared.as_deref(), &all)
        };
        let is_right = tokio::task::spawn_blocking(check).await.unwrap_or(false);
        secret.filter(|_| is_right)
    }

    /// What editors sign in with, hashed or not.
    fn secrets(&self) -> Vec<String> {
        let secrets = self.config().editors.iter().filter_map(|it| it.password.as_ref()?.read().ok());
        secrets.map(|it| it.reveal().to_owned()).collect()
    }

    /// A session under a token that did not exist before, whatever the browser brought.
    async fn begin_session(
        &self,
        request: &AdminRequest,
        name: &str,
        secret: String,
        next: &str,
    ) -> Result<AdminResponse, StoreError> {
        let Ok(token) = random::token() else {
            return Ok(AdminResponse::text(503, "the system has no random numbers; try again later"));
        };
        let agent = request.header("user-agent").unwrap_or_default();
        let new = NewEditorSession {
            digest: random::digest(&token),
            editor: name.to_owned(),
            secret: random::keyed_digest(&token, &secret),
            agent: agent.chars().take(AGENT_CHARS_MAX).collect(),
        };
        let now = self.now();
        let (idle, oldest) = (now.minus(IDLE_MAX), now.minus(SESSION_MAX));
        self.store().write(move |it| it.begin_editor_session(&new, now, idle, oldest)).await?;
        info!("`{name}` signed in at the desk");
        let cookie = cookie::given(&token, self.config().server.admin_url.as_ref(), SESSION_MAX.as_secs());
        Ok(AdminResponse::see_other(next).with("set-cookie", cookie))
    }

    /// Ends the session that asks.
    pub(super) async fn sign_out(&self, visitor: &Visitor) -> Result<AdminResponse, StoreError> {
        if let Some(n) = visitor.session {
            self.store().write(move |it| it.end_editor_session(n, None)).await?;
        }
        let cookie = cookie::taken(self.config().server.admin_url.as_ref());
        Ok(AdminResponse::see_other(PATH).with("set-cookie", cookie))
    }
}

/// The login page that leads back to what was asked for.
pub(super) fn path_back_to(request: &AdminRequest) -> String {
    if request.method != Method::Get {
        return PATH.to_owned();
    }
    let asked = match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    };
    match local_path(Some(&asked)).as_str() {
        HOME => PATH.to_owned(),
        next => {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            format!("{PATH}?next={next}")
        }
    }
}

/// A path of the desk as it was given, or the desk's first page: nobody is led elsewhere.
pub(super) fn local_path(given: Option<&str>) -> String {
    let is_plain = |it: &&str| {
        it.starts_with(HOME)
            && !it.starts_with("/desk//")
            && !it.contains("..")
            && it.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
            && !it.starts_with(PATH)
    };
    given.filter(is_plain).unwrap_or(HOME).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for path in ["/desk/", "/desk/story/aaaa", "/desk/?topic=ai&reason=gate"] {
            assert_eq!(local_path(Some(path)), path);
        }
        for path in [
            "",
            "//evil.example",
            "https://evil.example/desk/",
            "/\\evil.example",
            "/desk",
            "/desk//evil.example",
            "/desk/../x",
            "/desk/\r\nset-cookie: a=b",
            "/desk/ x",
            "/desk/login",
            "javascript:alert(1)",
            "/feeds/all.rss",
            "/desk/é",
        ] {
            assert_eq!(local_path(Some(path)), HOME, "{path:?}");
        }
        assert_eq!(local_path(None), HOME);
    }
}
