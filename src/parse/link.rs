//! Makes absolute web addresses of what feeds write as links.

use std::borrow::Cow;

use url::Url;

use crate::text::html;

/// Longest address that is kept, in bytes.
const URL_BYTES_MAX: usize = 8 * 1024;

/// `href` resolved against `base`; `None` for anything but http and https.
pub(super) fn absolute(base: &Url, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || URL_BYTES_MAX < href.len() {
        return None;
    }
    // Written twice over: in no address `&amp;` means itself.
    let is_number = |it: &str| {
        let digits = it.trim_start_matches(['x', 'X']).trim_start_matches(|c: char| c.is_ascii_hexdigit());
        digits.len() < it.len() && digits.starts_with(';')
    };
    let is_escaped = href.contains("&amp;") || href.split("&#").skip(1).any(is_number);
    let href = if is_escaped { html::decode_entities(href) } else { Cow::Borrowed(href) };
    let url = base.join(&href).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}
