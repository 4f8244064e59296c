//! Which requests name the host that they are for (RFC 9112 §3.2).

use axum::http::HeaderMap;
use axum::http::Version;
use axum::http::header;
use axum::http::uri::Authority;

/// Whether the `Host` fields of a request are what the version asks for: one with a host and maybe
/// a port, which only HTTP/1.0 may leave out. A server that took others could be made to see
/// another host than the proxy before it.
pub(super) fn is_named(version: Version, headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::HOST).iter();
    match (given.next(), given.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(host), None) => host.to_str().is_ok_and(is_host),
        (Some(_), Some(_)) => false,
    }
}

/// A target without an authority has an empty host.
fn is_host(text: &str) -> bool {
    text.is_empty()
        || !text.contains('@')
            && text.parse::<Authority>().is_ok_and(|it| {
                let port = &text[it.host().len()..];
                !it.host().is_empty() && (port.is_empty() || port == ":" || it.port_u16().is_some())
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: Version, hosts: &[&str], expected: bool) {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().expect("a value"));
        }
        assert_eq!(is_named(version, &headers), expected, "{version:?} {hosts:?}");
    }

    #[test]
    fn a_request_names_one_host() {
        for host in ["brief.example", "brief.example:8080", "127.0.0.1:1", "[::1]:8080", "localhost", ""] {
            check(Version::HTTP_11, &[host], true);
            check(Version::HTTP_10, &[host], true);
        }
        check(Version::HTTP_11, &[], false);
        check(Version::HTTP_10, &[], true);
        for version in [Version::HTTP_10, Version::HTTP_11] {
            check(version, &["brief.example", "brief.example"], false);
            check(version, &["brief.example", "other.example"], false);
            for wrong in
                ["a b", "a/b", "user@a.example", "a.example:port", "a.example:99999", "a,b.example/", "[::1"]
            {
                check(version, &[wrong], false);
            }
        }
    }
}
