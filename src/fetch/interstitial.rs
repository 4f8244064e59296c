//! Tells a test for browsers, or a page to sign in, from a publisher's own answer.
//!
//! Such a wall answers in the publisher's place, often with 200. It cannot be
//! passed and is not tried to be; it is named, so that the operator can ask the
//! publisher to let the User-Agent through.

use std::fmt;

use crate::domain::Document;
use crate::net::HeaderMap;

/// Bytes of a body in which signs are looked for.
const WITHIN_BYTES: usize = 64 << 10;

/// Longest title that is read, in bytes.
const TITLE_BYTES_MAX: usize = 300;

/// What was sent in place of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Interstitial {
    /// A challenge or block by a protection service, by its name.
    Challenge(&'static str),
    /// A riddle for people.
    Captcha,
    /// A page to sign in.
    Login,
    /// A test for scripts and cookies by nobody known.
    Browser,
}

impl fmt::Display for Interstitial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Challenge(service) => write!(f, "{service} challenge"),
            Self::Captcha => f.write_str("captcha"),
            Self::Login => f.write_str("login page"),
            Self::Browser => f.write_str("test for browsers"),
        }
    }
}

/// Headers that only a wall sends: name, what the value contains, service.
const HEADERS: [(&str, &str, &str); 6] = [
    ("cf-mitigated", "", "Cloudflare"),
    ("x-vercel-mitigated", "", "Vercel"),
    ("x-amzn-waf-action", "", "AWS WAF"),
    ("x-datadome", "protected", "DataDome"),
    ("x-sucuri-block", "", "Sucuri"),
    ("x-px-blocked", "", "HUMAN"),
];

/// What only a wall's page contains, lower-case, and the service.
const SIGNS: [(&str, &str); 13] = [
    ("challenges.cloudflare.com/cdn-cgi/challenge", "Cloudflare"),
    ("/cdn-cgi/challenge-platform/h/", "Cloudflare"),
    ("attention required! | cloudflare", "Cloudflare"),
    ("window._cf_chl_opt", "Cloudflare"),
    ("captcha-delivery.com", "DataDome"),
    ("_incapsula_resource", "Imperva"),
    ("errors.edgesuite.net", "Akamai"),
    ("px-captcha", "HUMAN"),
    ("token.awswaf.com", "AWS WAF"),
    ("sucuri website firewall", "Sucuri"),
    ("vercel security checkpoint", "Vercel"),
    ("ddos-guard", "DDoS-Guard"),
    ("anubis_challenge", "Anubis"),
];

/// What stands in a wall's title, lower-case.
const TITLES: [(&str, Interstitial); 14] = [
    ("just a moment", Interstitial::Challenge("Cloudflare")),
    ("making sure you're not a bot", Interstitial::Challenge("Anubis")),
    ("captcha", Interstitial::Captcha),
    ("are you a robot", Interstitial::Captcha),
    ("are you human", Interstitial::Captcha),
    ("verify you are human", Interstitial::Captcha),
    ("human verification", Interstitial::Captcha),
    ("security check", Interstitial::Browser),
    ("checking your browser", Interstitial::Browser),
    ("bot verification", Interstitial::Browser),
    ("log in", Interstitial::Login),
    ("login", Interstitial::Login),
    ("sign in", Interstitial::Login),
    ("anmelden", Interstitial::Login),
];

/// What a page says that was sent with a refusal, lower-case.
const WORDS: [(&str, Interstitial); 5] = [
    ("verify you are human", Interstitial::Captcha),
    ("captcha", Interstitial::Captcha),
    ("checking your browser", Interstitial::Browser),
    ("enable javascript and cookies", Interstitial::Browser),
    ("unusual traffic", Interstitial::Browser),
];

/// The wall that a refusal of any kind comes from, if one does.
pub(super) fn of_refusal(headers: &HeaderMap, body: &[u8]) -> Option<Interstitial> {
    let by_header = HEADERS.iter().find(|(name, value, _)| {
        headers
            .get_all(*name)
            .iter()
            .any(|it| it.to_str().is_ok_and(|it| it.to_ascii_lowercase().contains(value)))
    });
    if let Some((_, _, service)) = by_header {
        return Some(Interstitial::Challenge(service));
    }
    let start = start_of(body);
    in_page(&start).or_else(|| {
        WORDS.iter().find(|(sign, _)| start.contains(sign)).map(|(_, interstitial)| *interstitial)
    })
}

/// The wall that a page is which was sent in place of a feed, if it is one.
pub fn of_document(document: &Document) -> Option<Interstitial> {
    let was_led_to_login = !document.redirects.is_empty()
        && ["login", "signin", "sign-in", "auth", "sso"].iter().any(|it| {
            document.final_url.path().split('/').any(|part| part.to_ascii_lowercase().starts_with(it))
        });
    in_page(&start_of(&document.bytes)).or(was_led_to_login.then_some(Interstitial::Login))
}

fn in_page(start: &str) -> Option<Interstitial> {
    if let Some((_, service)) = SIGNS.iter().find(|(sign, _)| start.contains(sign)) {
        return Some(Interstitial::Challenge(service));
    }
    let (_, title) = start.split_once("<title")?;
    let title = title.get(..title.floor_char_boundary(TITLE_BYTES_MAX))?;
    let title =
        title.split("</title").next().unwrap_or_default().replace("&#39;", "'").replace("&#x27;", "'");
    TITLES.iter().find(|(sign, _)| title.contains(sign)).map(|(_, interstitial)| *interstitial)
}

fn start_of(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(WITHIN_BYTES)]).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::header::HeaderName;
    use crate::net::header::HeaderValue;

    #[track_caller]
    fn refusal(header: Option<(&'static str, &'static str)>, body: &str, expected: Option<&str>) {
        let headers = header
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let interstitial = of_refusal(&headers, body.as_bytes()).map(|it| it.to_string());
        assert_eq!(interstitial.as_deref(), expected, "{body}");
    }

    #[test]
    fn a_refusal_by_a_wall_is_named() {
        refusal(Some(("cf-mitigated", "challenge")), "", Some("Cloudflare challenge"));
        refusal(Some(("x-amzn-waf-action", "captcha")), "", Some("AWS WAF challenge"));
        refusal(None, "<title>Just a moment...</title>", Some("Cloudflare challenge"));
        refusal(None, "<script src=https://ct.captcha-delivery.com/c.js>", Some("DataDome challenge"));
        refusal(None, "<p>Please solve the CAPTCHA", Some("captcha"));
        refusal(None, "<title>Sign in to Example</title>", Some("login page"));
        refusal(None, "Enable JavaScript and cookies to continue", Some("test for browsers"));
        refusal(Some(("server", "nginx")), "<title>403 Forbidden</title>", None);
    }

    #[track_caller]
    fn document(found: &str, body: &str, expected: Option<Interstitial>) {
        let asked = "https://a.example/feed".parse().expect("a URL");
        let found: url::Url = found.parse().expect("a URL");
        let redirects = if found == asked {
            Vec::new()
        } else {
            vec![crate::domain::Redirect { status: 302, to: found.clone() }]
        };
        let bytes = body.as_bytes().to_vec();
        let hints = crate::domain::Hints::default();
        let document =
            Document { request_url: asked, final_url: found, redirects, content_type: None, bytes, hints };
        assert_eq!(of_document(&document), expected, "{body}");
    }

    #[test]
    fn a_page_in_place_of_a_feed_is_a_wall_by_strong_signs_only() {
        let feed = "https://a.example/feed";
        document(feed, "<title>Are you human?</title>", Some(Interstitial::Captcha));
        document(feed, "<script>window._cf_chl_opt={}</script>", Some(Interstitial::Challenge("Cloudflare")));
        document("https://a.example/users/login?to=feed", "<title>A</title>", Some(Interstitial::Login));
        document("https://a.example/news", "<title>A</title>", None);
        document(feed, "<title>A</title><form class=g-recaptcha>write to us</form>", None);
        document(feed, "<title", None);
        document(feed, "", None);
    }
}
