//! Makes absolute web addresses of what feeds write as links.

use url::Url;

/// Longest address that is kept, in bytes.
const URL_BYTES_MAX: usize = 8 * 1024;

/// `href` resolved against `base`; `None` for anything but http and https.
pub(super) fn absolute(base: &Url, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || URL_BYTES_MAX < href.len() {
        return None;
    }
    let url = base.join(href).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}
