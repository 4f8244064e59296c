//! Which addresses a publisher may send us to.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use url::Url;

/// Networks of IPv4 that are not globally routable (IANA special-purpose
/// registry), as network and prefix length.
const PRIVATE_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Whether an address is globally routable unicast, so that anyone may send us there.
///
/// Of IPv6 only 2000::/3 is; within it documentation, benchmarking, ORCHID and
/// the tunnels are taken out. An IPv4 address wrapped in IPv6 (mapped,
/// compatible, NAT64, 6to4, Teredo) is refused whatever it wraps: no publisher
/// is reachable only so, and a translator on our network may reach inside it.
/// IPv4-mapped addresses are judged by the IPv4 address, which is what the
/// operating system connects to.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => !PRIVATE_V4.iter().any(|(network, prefix)| {
            let shift = 32 - prefix;
            it.to_bits() >> shift == network.to_bits() >> shift
        }),
        IpAddr::V6(it) => is_public_v6(it),
    }
}

fn is_public_v6(it: Ipv6Addr) -> bool {
    let [a, b, ..] = it.segments();
    let is_global_unicast = a & 0xe000 == 0x2000;
    // 2001::/23 holds Teredo (2001::/32), benchmarking (2001:2::/48) and ORCHID.
    let is_protocol_assignment = a == 0x2001 && b < 0x0200;
    let is_documentation = (a == 0x2001 && b == 0x0db8) || (a == 0x3fff && b < 0x1000);
    let is_6to4 = a == 0x2002;
    is_global_unicast && !is_protocol_assignment && !is_documentation && !is_6to4
}

/// Last labels of names that no public name server knows (RFC 6761, 6762, 8375; `internal` is
/// reserved for private use, the others are what routers and systems call their own networks).
const LOCAL_LABELS: [&str; 7] = ["localhost", "local", "internal", "localdomain", "lan", "home", "intranet"];

/// Whether a name by itself is that of a machine on a private network: one of a single label, or
/// one below a label that is local by convention.
pub(super) fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    match name.rsplit_once('.') {
        None => true,
        Some((above, last)) => {
            LOCAL_LABELS.contains(&last) || last == "arpa" && (above == "home" || above.ends_with(".home"))
        }
    }
}

/// The address without what is not sent: user-info and fragment.
pub(super) fn plain(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    // Both fail only where there is no user-info to remove.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// The host alone: paths and queries may carry secrets, and errors are shown.
pub(super) fn host(url: &Url) -> String {
    url.host_str().unwrap_or(url.scheme()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expected: bool) {
        assert_eq!(is_public(address.parse().expect("an address")), expected, "{address}");
    }

    #[test]
    fn ordinary_addresses_are_public() {
        check("8.8.8.8", true);
        check("172.32.0.1", true);
        check("100.128.0.1", true);
        check("198.20.0.1", true);
        check("2606:4700::1111", true);
        check("2001:4860:4860::8888", true);
        check("::ffff:8.8.8.8", true);
    }

    #[test]
    fn every_special_network_of_ipv4_is_private() {
        for it in [
            "0.0.0.0",
            "0.1.2.3",
            "10.255.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            check(it, false);
        }
    }

    #[test]
    fn every_special_network_of_ipv6_is_private() {
        for it in [
            "::",
            "::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "2001:db8::1",
            "3fff::1",
            "2001:2::1",
            "2001:10::1",
            "5f00::1",
        ] {
            check(it, false);
        }
    }

    #[test]
    fn an_ipv4_address_inside_ipv6_opens_nothing() {
        for it in [
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:a9fe:a9fe",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::8.8.8.8",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        ] {
            check(it, false);
        }
    }
}
