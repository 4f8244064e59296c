//! Where the daemon listens.

use std::fmt;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

use super::value;
use super::value::Wrong;

/// Longest path of a Unix socket, in bytes: what `sun_path` holds beside its final NUL (unix(7)).
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// Where the daemon listens: `127.0.0.1:8080`, `localhost:8080` or `unix:/run/bylined/http.sock`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ListenAddress {
    /// An IP address and a port.
    Ip(SocketAddr),
    /// The loopback addresses of both families (RFC 6761 §6.3), with a port.
    Localhost(u16),
    /// A Unix socket, by its absolute path.
    Unix(PathBuf),
}

/// What was given is no address to listen on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}; {help}")]
pub struct InvalidListenAddress {
    message: String,
    help: String,
}

impl ListenAddress {
    /// The URL at which readers of this address find the site; `None` for a wildcard address
    /// and a Unix socket, which nobody can follow.
    pub fn url(&self) -> Option<Url> {
        let url = match self {
            // Without the scope of an IPv6 address, which URLs cannot carry.
            Self::Ip(it) if !is_wildcard(it.ip()) => {
                format!("http://{}/", SocketAddr::new(it.ip(), it.port()))
            }
            Self::Localhost(port) => format!("http://localhost:{port}/"),
            Self::Ip(_) | Self::Unix(_) => return None,
        };
        Url::parse(&url).ok()
    }

    /// Whether any free port will do.
    pub fn leaves_port_open(&self) -> bool {
        match self {
            Self::Ip(it) => it.port() == 0,
            Self::Localhost(port) => *port == 0,
            Self::Unix(_) => false,
        }
    }

    /// The same address with this port.
    pub(super) fn with_port(&self, port: u16) -> Self {
        match self {
            Self::Ip(it) => Self::Ip(SocketAddr::new(it.ip(), port)),
            Self::Localhost(_) => Self::Localhost(port),
            Self::Unix(path) => Self::Unix(path.clone()),
        }
    }

    /// Whether nobody but this machine reaches it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Ip(it) => it.ip().to_canonical().is_loopback(),
            Self::Localhost(_) | Self::Unix(_) => true,
        }
    }
}

/// Whether an IP address means every address of the machine, and so none that a link can lead to.
pub(super) fn is_wildcard(ip: IpAddr) -> bool {
    ip.to_canonical().is_unspecified()
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(it) => it.fmt(f),
            Self::Localhost(port) => write!(f, "localhost:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl FromStr for ListenAddress {
    type Err = InvalidListenAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).map_err(|Wrong { message, help }| InvalidListenAddress { message, help })
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        Self::Ip(address)
    }
}

/// An address as it is written in the file and on the command line.
pub(super) fn read(text: &str) -> Result<ListenAddress, Wrong> {
    if let Some(path) = text.strip_prefix("unix:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return match path.len() {
            _ if !path.starts_with('/') || path.ends_with('/') => value::wrong(
                format!("{text:?} names no socket"),
                "write unix: and an absolute path, like \"unix:/run/bylined/http.sock\"",
            ),
            long if SOCKET_PATH_BYTES_MAX < long => value::wrong(
                format!("{text:?} is too long for a socket"),
                format!("choose a path of at most {SOCKET_PATH_BYTES_MAX} bytes"),
            ),
            _ => Ok(ListenAddress::Unix(PathBuf::from(path))),
        };
    }
    if let Some((name, port)) = text.rsplit_once(':')
        && name.eq_ignore_ascii_case("localhost")
        && let Ok(port) = port.parse()
    {
        return Ok(ListenAddress::Localhost(port));
    }
    value::address(text).map(ListenAddress::Ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, Option<&str>)>) {
        let found = text.parse::<ListenAddress>().ok().map(|it| (it.to_string(), it.url()));
        let found = found.as_ref().map(|(shown, url)| (shown.as_str(), url.as_ref().map(Url::as_str)));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn addresses_are_read_as_they_are_shown() {
        check("127.0.0.1:8080", Some(("127.0.0.1:8080", Some("http://127.0.0.1:8080/"))));
        check("[::1]:80", Some(("[::1]:80", Some("http://[::1]/"))));
        check("192.0.2.7:8080", Some(("192.0.2.7:8080", Some("http://192.0.2.7:8080/"))));
        check("localhost:8080", Some(("localhost:8080", Some("http://localhost:8080/"))));
        check("LocalHost:8080", Some(("localhost:8080", Some("http://localhost:8080/"))));
        check("unix:/run/bylined/http.sock", Some(("unix:/run/bylined/http.sock", None)));
        check("unix:///run/http.sock", Some(("unix:/run/http.sock", None)));
    }

    #[test]
    fn wildcards_have_no_address_for_readers() {
        check("0.0.0.0:80", Some(("0.0.0.0:80", None)));
        check("[::]:80", Some(("[::]:80", None)));
        check("[::ffff:0.0.0.0]:80", Some(("[::ffff:0.0.0.0]:80", None)));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("unix:/{}", "s".repeat(SOCKET_PATH_BYTES_MAX));
        for text in ["", "localhost", "localhost:", "localhost:70000", "brief.example:80", "unix:", &long] {
            check(text, None);
        }
        for text in ["unix:http.sock", "unix:@abstract", "unix:/run/", "/run/http.sock", "127.0.0.1", ":80"] {
            check(text, None);
        }
    }
}
