//! Which publishers belong to one house.

use std::fmt;

use url::Host;
use url::Url;

/// The house that a publisher belongs to. Its members share one part of what is shared out between
/// publishers, and count once as coverage.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Family(String);

impl Family {
    /// The name that the operator gave, compared without regard to case and white space; without
    /// one, the registrable domain of the publisher's address.
    pub fn new(given: Option<&str>, address: &Url) -> Self {
        let words: Vec<String> =
            given.unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
        if words.is_empty() { Self(registrable_domain(address)) } else { Self(words.join(" ")) }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The part of an address's host that one party has registered: a public suffix, as the Public
/// Suffix List has it, with one label before it. A host that is such a suffix itself, or has no
/// dot, stands for itself; an IP address does with its port.
pub fn registrable_domain(address: &Url) -> String {
    let host = match address.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.'),
        Some(_) => return address[url::Position::BeforeHost..url::Position::AfterPort].to_owned(),
        None => return address.as_str().to_owned(),
    };
    psl::domain_str(host).unwrap_or(host).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: Option<&str>, address: &str, expected: &str) {
        let address = Url::parse(address).expect("a URL");
        assert_eq!(Family::new(given, &address).to_string(), expected);
    }

    #[test]
    fn hosts_of_one_registrable_domain_are_one_family() {
        check(None, "https://feeds.monitor.example/rss", "monitor.example");
        check(None, "https://www.monitor.example./", "monitor.example");
        check(None, "https://news.monitor.co.uk/", "monitor.co.uk");
        check(None, "https://www.münchen.de/", "xn--mnchen-3ya.de");
    }

    #[test]
    fn tenants_of_a_shared_domain_are_families_of_their_own() {
        check(None, "https://ann.github.io/feed.xml", "ann.github.io");
        check(None, "https://github.io/", "github.io");
    }

    #[test]
    fn addresses_without_a_domain_stand_for_themselves() {
        check(None, "http://localhost:8080/feed", "localhost");
        check(None, "http://127.0.0.1:9000/feed", "127.0.0.1:9000");
        check(None, "http://127.0.0.1/feed", "127.0.0.1");
        check(None, "http://[::1]:9000/feed", "[::1]:9000");
    }

    #[test]
    fn a_given_name_unites_whatever_the_addresses_are() {
        check(Some("Example  Media"), "https://a.example/", "example media");
        check(Some(" example media "), "https://b.example/", "example media");
        check(Some("a.example"), "https://b.example/", "a.example");
        check(Some("  "), "https://b.example/", "b.example");
    }
}
