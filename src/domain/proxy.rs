//! Proxies for what is asked of publishers and hubs.

use std::fmt;
use std::net::IpAddr;

use url::Host;
use url::Url;

/// Schemes that a proxy may be spoken to in.
const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

/// The address of a proxy. Shown without user and password.
#[derive(Clone, Eq, PartialEq)]
pub struct ProxyUrl(Url);

/// Which exchanges go through which proxy; by default none.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Proxies {
    /// For `http` addresses.
    pub http: Option<ProxyUrl>,
    /// For `https` addresses.
    pub https: Option<ProxyUrl>,
    /// What is asked directly.
    pub except: NoProxy,
}

/// Hosts that are asked directly, as curl reads `NO_PROXY`: names with everything below them,
/// addresses, networks (`10.0.0.0/8`), each with a port if need be; `*` is all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NoProxy(Vec<Exception>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Exception {
    of: Of,
    port: Option<u16>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Of {
    All,
    Name(String),
    Network(IpAddr, u32),
}

impl ProxyUrl {
    /// Reads `http://proxy.example:3128`, `https://…`, `socks5://…` or `socks5h://…`, with
    /// user-info if need be.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let has_host = url.host_str().is_some_and(|it| !it.is_empty());
        (SCHEMES.contains(&url.scheme()) && is_bare && has_host).then_some(Self(url))
    }

    /// The address to connect by, user and password included. A SOCKS proxy is given names and
    /// resolves them itself, whichever of its two schemes was written.
    pub fn reveal(&self) -> String {
        match self.0.as_str().strip_prefix("socks5:") {
            Some(rest) => format!("socks5h:{rest}"),
            None => self.0.to_string(),
        }
    }

    /// The name of the proxy's host, or its address.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether it holds a user name or password.
    pub fn has_user_info(&self) -> bool {
        !self.0.username().is_empty() || self.0.password().is_some()
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.host())?;
        self.0.port().map_or(Ok(()), |it| write!(f, ":{it}"))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

impl Proxies {
    /// One for everything.
    pub fn all(proxy: ProxyUrl) -> Self {
        Self { http: Some(proxy.clone()), https: Some(proxy), except: NoProxy::default() }
    }

    /// The proxy through which an address is asked; `None`: directly.
    pub fn of(&self, url: &Url) -> Option<&ProxyUrl> {
        let proxy = match url.scheme() {
            "http" => self.http.as_ref(),
            "https" => self.https.as_ref(),
            _ => None,
        };
        proxy.filter(|_| !self.except.has(url))
    }

    /// Each proxy once.
    pub fn each(&self) -> impl Iterator<Item = &ProxyUrl> {
        self.http.iter().chain(self.https.iter().filter(|it| self.http.as_ref() != Some(it)))
    }
}

impl NoProxy {
    /// Reads the value of `NO_PROXY`: entries between commas or spaces.
    pub fn parse(text: &str) -> Self {
        let entries = text.split([',', ' ']).map(str::trim).filter(|it| !it.is_empty());
        Self(entries.map(Exception::parse).collect())
    }

    fn has(&self, url: &Url) -> bool {
        let port = url.port_or_known_default();
        self.0.iter().any(|it| it.port.is_none_or(|it| Some(it) == port) && it.of.has(url))
    }
}

impl Exception {
    fn parse(text: &str) -> Self {
        if let Some(network) = network(text) {
            return Self { of: network, port: None };
        }
        let (host, port) = match text.rsplit_once(':').map(|(host, port)| (host, port.parse().ok())) {
            Some((host, Some(port))) => (host, Some(port)),
            _ => (text, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = || {
            let name = host.strip_prefix('*').unwrap_or(host);
            Of::Name(name.trim_matches('.').to_ascii_lowercase())
        };
        let of = if host == "*" { Of::All } else { network(host).unwrap_or_else(name) };
        Self { of, port }
    }
}

/// An address, or a network as address and prefix length.
fn network(text: &str) -> Option<Of> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    Some(Of::Network(address, prefix.unwrap_or(128)))
}

impl Of {
    fn has(&self, url: &Url) -> bool {
        match (self, url.host()) {
            (Self::All, _) => true,
            (Self::Name(of), Some(Host::Domain(name))) => {
                let name = name.trim_end_matches('.');
                let above = name.strip_suffix(of.as_str());
                !of.is_empty() && above.is_some_and(|it| it.is_empty() || it.ends_with('.'))
            }
            (Self::Network(of, prefix), Some(Host::Ipv4(it))) => is_within(it.into(), *of, *prefix),
            (Self::Network(of, prefix), Some(Host::Ipv6(it))) => is_within(it.into(), *of, *prefix),
            _ => false,
        }
    }
}

fn is_within(address: IpAddr, network: IpAddr, prefix: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(it), IpAddr::V4(of)) => {
            let ignored = 32u32.saturating_sub(prefix);
            it.to_bits().checked_shr(ignored) == of.to_bits().checked_shr(ignored)
        }
        (IpAddr::V6(it), IpAddr::V6(of)) => {
            let ignored = 128u32.saturating_sub(prefix);
            it.to_bits().checked_shr(ignored) == of.to_bits().checked_shr(ignored)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_proxy_is_shown_without_its_password() {
        let proxy = ProxyUrl::parse("http://ann:secret@proxy.example:3128").expect("a proxy");
        assert_eq!(proxy.to_string(), "http://proxy.example:3128");
        assert!(!format!("{proxy:?} {:?}", Proxies::all(proxy.clone())).contains("secret"));
        assert!(proxy.has_user_info() && proxy.reveal().contains("ann:secret@"));
    }

    #[test]
    fn a_socks_proxy_resolves_names_itself() {
        let proxy = ProxyUrl::parse("socks5://127.0.0.1:1080").expect("a proxy");
        assert_eq!(proxy.reveal().trim_end_matches('/'), "socks5h://127.0.0.1:1080");
        assert_eq!(proxy.to_string(), "socks5://127.0.0.1:1080");
    }

    #[test]
    fn what_is_no_address_of_a_proxy_is_refused() {
        for text in
            ["proxy.example:3128", "ftp://a.example", "http://", "socks5://", "http://a.example/path", "x"]
        {
            assert_eq!(ProxyUrl::parse(text), None, "{text}");
        }
    }

    #[track_caller]
    fn check(no_proxy: &str, url: &str, is_direct: bool) {
        let proxy = ProxyUrl::parse("http://proxy.example:3128").expect("a proxy");
        let proxies = Proxies { except: NoProxy::parse(no_proxy), ..Proxies::all(proxy) };
        let url = Url::parse(url).expect("a URL");
        assert_eq!(proxies.of(&url).is_none(), is_direct, "{no_proxy} for {url}");
    }

    #[test]
    fn exceptions_are_read_as_curl_reads_them() {
        for of in ["a.example", ".a.example", "*.a.example", "x.org, a.example", "x.org a.example"] {
            check(of, "https://a.example/", true);
            check(of, "http://feeds.A.example./", true);
            check(of, "http://nota.example/", false);
        }
        check("*", "http://b.example/", true);
        check("a.example:8080", "http://a.example:8080/", true);
        check("a.example:8080", "http://a.example/", false);
        check("10.0.0.0/8", "http://10.1.2.3/", true);
        check("10.0.0.0/8", "http://11.1.2.3/", false);
        check("0.0.0.0/0", "http://11.1.2.3/", true);
        check("192.0.2.1", "http://192.0.2.1:99/", true);
        check("192.0.2.1:80", "http://192.0.2.1:99/", false);
        check("2001:db8::/32", "http://[2001:db8::7]/", true);
        check("[2001:db8::1]:80", "http://[2001:db8::1]/", true);
        check("", "http://a.example/", false);
        check(".", "http://a.example/", false);
    }

    #[test]
    fn each_scheme_has_its_own_proxy() {
        let proxies = Proxies { https: ProxyUrl::parse("socks5h://p.example"), ..Proxies::default() };
        let of = |it: &str| proxies.of(&Url::parse(it).expect("a URL")).map(ToString::to_string);
        assert_eq!(of("https://a.example/").as_deref(), Some("socks5h://p.example"));
        assert_eq!(of("http://a.example/"), None);
        assert_eq!(proxies.each().count(), 1);
    }
}
