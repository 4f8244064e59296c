//! Which hosts the admin side answers to. A page elsewhere whose name is made to lead to this machine
//! (DNS rebinding) names its own host, and is refused.

use std::net::IpAddr;

use url::Host;
use url::Url;

/// Whether a request may name this host: that of `admin_url`, a loopback name, or the address of a
/// socket of ours.
pub(super) fn is_ours(host: Option<&str>, admin_url: Option<&Url>, sockets: &[IpAddr]) -> bool {
    let Some(named) = host.and_then(|it| Url::parse(&format!("http://{it}/")).ok()) else { return false };
    let is_bare = named.username().is_empty() && named.password().is_none() && named.path() == "/";
    let Some(named) = named.host().filter(|_| is_bare) else { return false };
    let ip = match named {
        Host::Domain(name) => {
            let name = name.to_ascii_lowercase();
            let is_admin_url =
                admin_url.and_then(Url::host_str).is_some_and(|it| it.eq_ignore_ascii_case(&name));
            return name == "localhost" || is_admin_url;
        }
        Host::Ipv4(ip) => IpAddr::from(ip),
        Host::Ipv6(ip) => IpAddr::from(ip).to_canonical(),
    };
    let is_admin_url = match admin_url.and_then(Url::host) {
        Some(Host::Ipv4(it)) => ip == IpAddr::from(it),
        Some(Host::Ipv6(it)) => ip == IpAddr::from(it).to_canonical(),
        _ => false,
    };
    ip.is_loopback()
        || is_admin_url
        || sockets.iter().any(|it| !it.is_unspecified() && it.to_canonical() == ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_are_answered() {
        let url = Url::parse("https://desk.example/").expect("a URL");
        let sockets = ["192.0.2.7", "0.0.0.0"].map(|it| it.parse().expect("an address"));
        let check = |host: Option<&str>, expected: bool| {
            assert_eq!(is_ours(host, Some(&url), &sockets), expected, "{host:?}");
        };
        for host in [
            "localhost",
            "LOCALHOST:8081",
            "127.0.0.1:8081",
            "127.9.9.9",
            "[::1]:8081",
            "desk.example",
            "Desk.Example:443",
            "192.0.2.7:8081",
        ] {
            check(Some(host), true);
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "desk.example.evil.example",
            "127.0.0.1.evil.example",
            "192.0.2.8",
            "0.0.0.0:8081",
            "evil.example@localhost",
            "localhost/@evil.example",
            "[::ffff:192.0.2.9]",
        ] {
            check(Some(host), false);
        }
        check(None, false);
        assert!(!is_ours(Some("desk.example"), None, &[]));
    }
}
