//! The address of an article without what does not change the article.

use url::Host;
use url::Url;
use url::form_urlencoded;

use crate::domain::CanonicalUrl;

/// Longest chain of redirector links that is unwrapped.
const UNWRAPS_MAX: usize = 4;

/// The canonical form of a link: scheme, `www.`, default port, fragment, tracking
/// parameters, a trailing slash and AMP or mobile variants gone; links through
/// known redirectors unwrapped. Compared, never shown or fetched.
///
/// `None` where the link names no article: the root of a site without a query.
pub fn canonical(link: &Url) -> Option<CanonicalUrl> {
    let link = unwrapped(link);
    let host = site(&link)?;
    let path = canonical_path(&link);
    let mut query: Vec<(String, String)> = link
        .query_pairs()
        .filter(|(name, _)| !is_tracking(name) && !is_variant(name))
        .map(|(k, v)| (k.into_owned(), v.into_owned()))
        .collect();
    // Parameters in another order name the same article.
    query.sort();
    if path.is_empty() && query.is_empty() {
        return None;
    }
    let mut text = format!("{host}{path}");
    if !query.is_empty() {
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(query);
        text.push('?');
        text.push_str(&encoded.finish());
    }
    Some(CanonicalUrl::new(text))
}

/// A link without what only follows its readers: parameters of trackers, in the query and in a
/// fragment that holds nothing else, and known redirectors. The rest stays as the publisher wrote it.
pub fn without_tracking(link: &Url) -> Url {
    let mut link = unwrapped(link);
    let tracks = |pair: &&str| {
        form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(name, _)| is_tracking(&name))
    };
    if let Some(query) = link.query().filter(|it| it.split('&').any(|it| tracks(&it))).map(str::to_owned) {
        let kept: Vec<&str> = query.split('&').filter(|it| !tracks(it)).collect();
        link.set_query(Some(kept.join("&")).filter(|it| !it.is_empty()).as_deref());
    }
    if link.fragment().is_some_and(|it| it.split('&').all(|it| it.contains('=') && tracks(&it))) {
        link.set_fragment(None);
    }
    link
}

/// The site a link belongs to: its host without `www.`, `m.` or `amp.`, with the
/// port where it is not the scheme's own. Redirectors are looked through.
pub fn site(link: &Url) -> Option<String> {
    let link = unwrapped(link);
    let host = match link.host()? {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let bare = ["www.", "m.", "mobile.", "amp."].iter().find_map(|it| name.strip_prefix(it));
            // `m.example` alone is a name of its own.
            bare.filter(|it| it.contains('.')).unwrap_or(name).to_owned()
        }
        address => address.to_string(),
    };
    Some(match link.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// Whether two sites are one publisher's: equal, or one is a subdomain of the other.
pub fn is_same_site(a: &str, b: &str) -> bool {
    let is_below = |sub: &str, whole: &str| {
        whole.contains('.') && sub.strip_suffix(whole).is_some_and(|head| head.ends_with('.'))
    };
    a == b || is_below(a, b) || is_below(b, a)
}

/// The link itself, or where it leads when it passes through redirectors that
/// name their target in the link.
pub fn unwrapped(link: &Url) -> Url {
    let mut link = link.clone();
    for _ in 0..UNWRAPS_MAX {
        match target(&link) {
            Some(next) => link = next,
            None => break,
        }
    }
    link
}

fn target(link: &Url) -> Option<Url> {
    let host = link.host_str()?;
    let path = link.path();
    let named = |names: &[&str]| {
        let (_, value) = link.query_pairs().find(|(name, _)| names.contains(&name.as_ref()))?;
        Url::parse(&value).ok().filter(|it| matches!(it.scheme(), "http" | "https"))
    };
    let prefixed = |rest: &str| {
        Url::parse(&format!("https://{rest}"))
            .ok()
            .filter(|it| it.host_str().is_some_and(|h| h.contains('.')))
    };
    match host {
        "www.google.com" | "google.com" | "news.google.com" if path == "/url" => named(&["url", "q"]),
        "www.google.com" | "google.com" => {
            prefixed(path.strip_prefix("/amp/s/").or_else(|| path.strip_prefix("/amp/"))?)
        }
        "go.theregister.com" => prefixed(path.strip_prefix("/feed/")?),
        "l.facebook.com" | "lm.facebook.com" => named(&["u"]),
        "www.facebook.com" if path == "/l.php" => named(&["u"]),
        "out.reddit.com" => named(&["url"]),
        "www.youtube.com" if path == "/redirect" => named(&["q"]),
        "medium.com" if path == "/r/" => named(&["url"]),
        "duckduckgo.com" if path == "/l/" => named(&["uddg"]),
        "www.linkedin.com" if path.starts_with("/redir") => named(&["url"]),
        "steamcommunity.com" if path.starts_with("/linkfilter") => named(&["url", "u"]),
        "href.li" => Url::parse(link.query()?).ok(),
        _ if host.ends_with(".cdn.ampproject.org") => {
            let rest = path.trim_start_matches('/');
            let (kind, rest) = rest.split_once('/')?;
            let rest = rest.strip_prefix("s/").unwrap_or(rest);
            prefixed(rest).filter(|_| matches!(kind, "c" | "v" | "i"))
        }
        _ => None,
    }
}

fn canonical_path(link: &Url) -> String {
    let path = normal_escapes(link.path());
    let path: String = path.split('/').filter(|it| !it.is_empty()).map(|it| format!("/{it}")).collect();
    let path = path.rsplit_once('/').filter(|it| is_index(it.1)).map_or(path.as_str(), |it| it.0);
    let path = path.strip_suffix("/amp").unwrap_or(path);
    let path = path.strip_suffix(".amp").unwrap_or(path);
    let path = path.strip_suffix(".amp.html").map_or_else(|| path.to_owned(), |it| format!("{it}.html"));
    match path.strip_prefix("/amp/") {
        Some(rest) => format!("/{rest}"),
        None => path,
    }
}

/// Escapes of unreserved characters undone, the others in upper case (RFC 3986 §6.2.2).
fn normal_escapes(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut text = String::with_capacity(path.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = bytes
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match escaped {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                text.push(char::from(byte))
            }
            Some(byte) => text.push_str(&format!("%{byte:02X}")),
            // `Url` has escaped everything that is not ASCII.
            None => text.push(char::from(bytes[at])),
        }
        at += if escaped.is_some() { 3 } else { 1 };
    }
    text
}

/// Whether a file is what servers answer a folder's address with.
fn is_index(file: &str) -> bool {
    let kind = file.strip_prefix("index.").or_else(|| file.strip_prefix("default."));
    kind.is_some_and(|it| ["html", "htm", "shtml", "php", "asp", "aspx", "jsp"].contains(&it))
}

/// Query parameters that choose a form of a page.
fn is_variant(name: &str) -> bool {
    ["amp", "amp_js_v", "usqp", "outputtype", "rss"].iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// Query parameters that say how a reader came, not what they came for.
fn is_tracking(name: &str) -> bool {
    const PREFIXES: [&str; 10] =
        ["utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "_hs", "vero_", "at_campaign", "at_medium"];
    const NAMES: [&str; 54] = [
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "twclid",
        "ttclid",
        "igshid",
        "igsh",
        "li_fat_id",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "oly_anon_id",
        "oly_enc_id",
        "ncid",
        "cmpid",
        "cmp",
        "ocid",
        "xtor",
        "spm",
        "ref_src",
        "ref_url",
        "ftag",
        "guccounter",
        "guce_referrer",
        "guce_referrer_sig",
        "smid",
        "smtyp",
        "s_cid",
        "sr_share",
        "trk",
        "trkcampaign",
        "wt.mc_id",
        "_ga",
        "_gl",
        "gad_source",
        "gad_campaignid",
        "srsltid",
        "mibextid",
        "fb_action_ids",
        "fb_action_types",
        "fb_source",
        "s_kwcid",
        "zanpid",
        "_openstat",
        "__twitter_impression",
        "ns_campaign",
        "ns_mchannel",
        "ns_source",
        "ns_linkname",
    ];
    let name = name.to_ascii_lowercase();
    PREFIXES.iter().any(|it| name.starts_with(it)) || NAMES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(link: &str, expected: Option<&str>) {
        let link = Url::parse(link).expect("a URL");
        assert_eq!(canonical(&link).as_ref().map(CanonicalUrl::as_str), expected);
    }

    #[test]
    fn what_does_not_change_the_article_is_gone() {
        check("http://www.a.example/x/?utm_source=rss&fbclid=1#top", Some("a.example/x"));
        check("https://a.example:443/x", Some("a.example/x"));
        check("https://a.example:8443/x", Some("a.example:8443/x"));
        check("https://a.example/x?b=2&a=1", Some("a.example/x?a=1&b=2"));
        check("https://m.a.example/x", Some("a.example/x"));
        check("https://a.example/%7euser/caf%c3%a9", Some("a.example/~user/caf%C3%A9"));
        check("https://a.example/?p=42", Some("a.example?p=42"));
    }

    #[test]
    fn ways_to_write_one_path_are_one() {
        check("https://a.example/x/index.html", Some("a.example/x"));
        check("https://a.example//x//", Some("a.example/x"));
        check("https://a.example/index.php?p=42", Some("a.example?p=42"));
        check("https://a.example/index.html", None);
        check("https://a.example/x/index-of-prices.html", Some("a.example/x/index-of-prices.html"));
    }

    #[test]
    fn a_published_link_follows_nobody_and_leads_to_the_same_place() {
        let check = |link: &str, expected: &str| {
            assert_eq!(without_tracking(&Url::parse(link).expect("a URL")).as_str(), expected);
        };
        check("https://a.example/x?utm_source=rss&id=7&FBCLID=ab", "https://a.example/x?id=7");
        check("https://a.example/x?gclid=ab#part", "https://a.example/x#part");
        check("https://a.example/x#utm_source=rss&utm_medium=feed", "https://a.example/x");
        check("https://a.example/x#xtor=RSS-1", "https://a.example/x");
        check("https://a.example/x?utm%5Fsource=rss&b=2&a=%7e+1&&c", "https://a.example/x?b=2&a=%7e+1&&c");
        check("https://www.a.example/X/?amp=1&ref=list#utm", "https://www.a.example/X/?amp=1&ref=list#utm");
        check("https://www.google.com/url?q=https%3A%2F%2Fa.example%2Fx%3Futm_id%3D1", "https://a.example/x");
    }

    #[test]
    fn amp_and_redirectors_lead_to_the_article() {
        check("https://a.example/x/amp/", Some("a.example/x"));
        check("https://a.example/amp/x", Some("a.example/x"));
        check("https://www.google.com/amp/s/a.example/x.amp.html", Some("a.example/x.html"));
        check("https://a-example.cdn.ampproject.org/c/s/a.example/x", Some("a.example/x"));
        check("https://www.google.com/url?q=https%3A%2F%2Fa.example%2Fx&sa=U", Some("a.example/x"));
        check("https://go.theregister.com/feed/www.a.example/2026/x", Some("a.example/2026/x"));
        check("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2Fx", Some("a.example/x"));
    }

    #[test]
    fn a_home_page_names_no_article() {
        check("https://a.example/", None);
        check("https://www.a.example/?utm_source=feed", None);
    }

    #[test]
    fn a_redirector_that_leads_nowhere_is_left_alone() {
        check(
            "https://www.google.com/url?q=javascript:alert(1)",
            Some("google.com/url?q=javascript%3Aalert%281%29"),
        );
    }

    #[test]
    fn a_subdomain_is_the_same_site_and_a_lookalike_is_not() {
        assert!(is_same_site("blog.a.example", "a.example"));
        assert!(!is_same_site("nota.example", "a.example"));
        assert!(!is_same_site("a.example", "b.example"));
    }
}
