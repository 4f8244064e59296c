//! The cookie that holds the token of a session (RFC 6265).

use url::Url;

use super::request::AdminRequest;

/// The name of the cookie: with the prefix, browsers take it over https and for this host only.
fn name(admin_url: Option<&Url>) -> &'static str {
    if is_https(admin_url) { "__Host-bylined" } else { "bylined" }
}

fn is_https(admin_url: Option<&Url>) -> bool {
    admin_url.is_some_and(|it| it.scheme() == "https")
}

/// The token that a request holds. Of several cookies of the name none counts: one of them was planted.
pub(super) fn token<'a>(request: &'a AdminRequest, admin_url: Option<&Url>) -> Option<&'a str> {
    let headers = request.headers.iter().filter(|it| it.0 == "cookie");
    let pairs = headers.flat_map(|it| it.1.split(';')).filter_map(|it| it.trim().split_once('='));
    let mut ours = pairs.filter(|it| it.0 == name(admin_url)).map(|it| it.1);
    match (ours.next(), ours.next()) {
        (Some(token), None) if !token.is_empty() => Some(token),
        _ => None,
    }
}

/// The value of `Set-Cookie` that gives a browser a token, for so long at most.
pub(super) fn given(token: &str, admin_url: Option<&Url>, seconds: u64) -> String {
    let secure = if is_https(admin_url) { "; Secure" } else { "" };
    format!("{}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}", name(admin_url))
}

/// The value of `Set-Cookie` that takes the token away.
pub(super) fn taken(admin_url: Option<&Url>) -> String {
    given("", admin_url, 0)
}
