//! Where a request that changes something comes from: pages of other sites may not send any.

use url::Url;

use super::request::AdminRequest;

/// Whether no page of another site sent this. Browsers say where a form comes from (Fetch Metadata,
/// RFC 6454); a program that says nothing is driven by no page.
pub(super) fn is_same(request: &AdminRequest, admin_url: Option<&Url>) -> bool {
    if request.header("sec-fetch-site").is_some_and(|it| it != "same-origin" && it != "none") {
        return false;
    }
    let Some(origin) = request.header("origin") else { return true };
    let Ok(origin) = Url::parse(origin) else { return false };
    let is_admin_url = admin_url.is_some_and(|it| it.origin() == origin.origin());
    // A proxy that ends TLS keeps the host and not the scheme.
    let host = request.header("host").and_then(|it| Url::parse(&format!("{}://{it}", origin.scheme())).ok());
    let is_host = host.is_some_and(|it| it.origin() == origin.origin());
    matches!(origin.scheme(), "http" | "https") && (is_admin_url || is_host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Method;

    #[test]
    fn forms_of_other_sites_are_refused() {
        let check = |headers: &[(&str, &str)], expected: bool| {
            let url = Url::parse("https://desk.example/").expect("a URL");
            let headers = headers.iter().map(|it| (it.0.to_owned(), it.1.to_owned()));
            let request = AdminRequest {
                method: Method::Post,
                path: "/desk/".to_owned(),
                query: String::new(),
                headers: headers.chain([("host".to_owned(), "127.0.0.1:8081".to_owned())]).collect(),
                body: Vec::new(),
                is_local: true,
                peer: std::net::Ipv4Addr::LOCALHOST.into(),
            };
            assert_eq!(is_same(&request, Some(&url)), expected, "{headers:?}", headers = request.headers);
        };
        check(&[], true);
        check(&[("origin", "http://127.0.0.1:8081")], true);
        check(&[("origin", "https://desk.example")], true);
        check(&[("origin", "http://127.0.0.1:8081"), ("sec-fetch-site", "same-origin")], true);
        // Another port of this machine is another site.
        for origin in [
            "null",
            "http://127.0.0.1:9000",
            "http://127.0.0.1",
            "https://evil.example",
            "desk.example",
            "file://",
            "",
        ] {
            check(&[("origin", origin)], false);
        }
        for site in ["cross-site", "same-site", ""] {
            check(&[("sec-fetch-site", site)], false);
            check(&[("sec-fetch-site", site), ("origin", "https://desk.example")], false);
        }
    }
}
