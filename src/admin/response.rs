//! An answer of the admin side, with the headers that each of them has.

use serde_json::Value;

/// What a page may load and do: our own style and script, and nothing inline.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of every answer: nobody keeps it, frames it or reads it from elsewhere.
pub const ALWAYS: [(&str, &str); 7] = [
    ("cache-control", "private, no-store"),
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// An answer of the admin side.
#[derive(Clone, Debug)]
pub struct AdminResponse {
    /// The status code.
    pub status: u16,
    /// Names in lower case, with their values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl AdminResponse {
    fn new(status: u16, media_type: &str, body: Vec<u8>) -> Self {
        let mut headers: Vec<_> = ALWAYS.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        headers.push(("content-type", media_type.to_owned()));
        Self { status, headers, body }
    }

    pub(super) fn html(status: u16, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page.into_bytes())
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json", value.to_string().into_bytes())
    }

    pub(super) fn bytes(media_type: &str, bytes: &[u8]) -> Self {
        Self::new(200, media_type, bytes.to_vec())
    }

    /// Plain words: where there is no page to show, because nobody may be shown one.
    pub(super) fn text(status: u16, words: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{words}\n").into_bytes())
    }

    /// 303: the browser goes on to a page of ours, and a reload of that sends no form again.
    pub(super) fn see_other(path: &str) -> Self {
        Self::text(303, "").with("location", path.to_owned())
    }

    /// Under another content security policy than that of the desk's own pages.
    pub(super) fn with_policy(mut self, policy: &str) -> Self {
        self.headers.retain(|it| it.0 != "content-security-policy");
        self.with("content-security-policy", policy.to_owned())
    }

    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}
