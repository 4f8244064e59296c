//! Makes absolute web addresses of what feeds write as links.

use std::borrow::Cow;

use url::Url;

use crate::text::anchor;
use crate::text::html;

/// Links of a text that are kept, and how many are looked at.
const LINKS_MAX: usize = 16;
const LINKS_LOOKED_AT_MAX: usize = 64;

/// Longest address that is kept, in bytes.
const URL_BYTES_MAX: usize = 8 * 1024;

/// Where the text of an entry links to. `base` is what relative addresses are relative to; without it
/// they are left out.
pub(super) fn of_text(html: &str, base: Option<&Url>) -> Vec<Url> {
    let mut links = Vec::new();
    for href in anchor::hrefs(html).take(LINKS_LOOKED_AT_MAX) {
        let href = href.trim();
        let link = match base {
            Some(base) => absolute(base, href),
            None => Url::parse(href).ok().and_then(|base| absolute(&base, href)),
        };
        if let Some(link) = link
            && links.len() < LINKS_MAX
            && !links.contains(&link)
        {
            links.push(link);
        }
    }
    links
}

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
