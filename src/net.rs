//! The one guarded way out: every request to a publisher or a hub passes here, and every
//! question to the operator's own model server.
//!
//! A request reaches `http` and `https` only, public addresses only (and the
//! operator's exceptions), follows at most [`REDIRECTS_MAX`] redirects by hand,
//! each vetted like the first, and ends within one deadline and one size.
//! There is no cookie jar and no Referer. A proxy is asked where the operator names one; the
//! rules then apply to the names and addresses that are asked for.

mod address;
mod body;
mod budget;
mod coding;
mod endpoint;
mod error;
mod pace;
mod policy;
mod proxied;
mod queue;
mod resolve;
mod route;
mod wire;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use reqwest::header;
pub use reqwest::header::HeaderMap;
use url::Host;
use url::Url;

use self::address::host;
pub use self::address::is_public;
use self::address::plain;
pub use self::body::MemoryPermit;
use self::budget::TimeBudget;
pub use self::endpoint::Endpoint;
pub use self::endpoint::EndpointResponse;
pub use self::error::NetError;
use self::policy::HEADER_BYTES_MAX;
pub use self::policy::Policy;
use self::policy::header_bytes;
pub use self::policy::user_agent;
use self::proxied::Proxied;
use self::queue::ExchangePermit;
use self::queue::Queue;
use self::resolve::Resolver;
use self::route::Guarded;
use self::route::Route;
use self::wire::Sender;
pub use self::wire::Wire;
pub use self::wire::WireAnswer;
pub use self::wire::WireRequest;
pub use self::wire::WireResponse;
use crate::domain::ProxyUrl;
use crate::domain::Redirect;

/// Hops that are followed after the first request.
pub const REDIRECTS_MAX: usize = 5;

/// Longest address that is requested, in bytes.
const URL_BYTES_MAX: usize = 8 << 10;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is asked for; user-info and fragment are not sent.
    pub url: Url,
    /// Sent on every hop.
    pub headers: HeaderMap,
    /// Sent only while the origin (scheme, host, port) is that of `url`: credentials, the operator's own headers.
    pub origin_headers: HeaderMap,
    /// A smaller limit than the policy's, in bytes.
    pub body_bytes_max: Option<u64>,
}

/// The answer at the end of the redirects, body complete.
#[derive(Debug)]
pub struct Response {
    /// Status; never a followed redirect.
    pub status: u16,
    /// Where it was found.
    pub final_url: Url,
    /// Every hop.
    pub redirects: Vec<Redirect>,
    /// As sent.
    pub headers: HeaderMap,
    /// Decoded.
    pub body: Vec<u8>,
    /// The memory that the body takes; keep it as long as the body.
    pub permit: MemoryPermit,
}

/// What is sent, and whether the answer may lead elsewhere.
struct Sending {
    /// Posted, where there is one.
    body: Option<Vec<u8>>,
    redirects: Redirects,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Redirects {
    Followed,
    /// They are answers like any other.
    Answers,
}

/// The one guarded client; cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<ClientInner>);

struct ClientInner {
    policy: Policy,
    queue: Queue,
    memory: body::BodyMemory,
    public: Guarded,
    /// What goes through proxies.
    proxied: Option<Proxied>,
    /// By port: what reaches the exceptions of that port.
    exceptions: HashMap<u16, Guarded>,
    sender: Sender,
}

impl Client {
    /// A client that keeps to `policy`.
    ///
    /// # Errors
    /// [`NetError::Client`] when the system's root certificates cannot be read.
    pub fn new(policy: Policy) -> Result<Self, NetError> {
        Self::with(policy, Sender::Connections)
    }

    /// A client that keeps to `policy`, over something that stands in place of connections.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn over(policy: Policy, wire: Arc<dyn Wire>) -> Result<Self, NetError> {
        Self::with(policy, Sender::Wire(wire))
    }

    fn with(policy: Policy, sender: Sender) -> Result<Self, NetError> {
        // An error says that a provider is already installed, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let public = Guarded::new(&policy, Resolver::public())?;

        let mut by_port = BTreeMap::<u16, BTreeSet<IpAddr>>::new();
        for it in &policy.allow_private {
            by_port.entry(it.port()).or_default().insert(it.ip().to_canonical());
        }
        // Ports with the same exceptions share a client: a pool never mixes ports.
        let mut by_set = BTreeMap::<BTreeSet<IpAddr>, Guarded>::new();
        let mut exceptions = HashMap::new();
        for (port, allowed) in by_port {
            let guarded = match by_set.get(&allowed) {
                Some(it) => it.clone(),
                None => {
                    let it = Guarded::new(&policy, public.resolver.allowing(allowed.clone()))?;
                    by_set.insert(allowed, it.clone());
                    it
                }
            };
            exceptions.insert(port, guarded);
        }

        let proxied = Proxied::new(&policy)?;
        let queue = Queue::new(policy.concurrency, policy.per_host, policy.min_gap);
        let memory = body::BodyMemory::new(policy.body_bytes_max, policy.timeout * body::TURNS_WAITED);
        Ok(Self(Arc::new(ClientInner { policy, queue, memory, public, proxied, exceptions, sender })))
    }

    /// Asks, follows redirects, reads the body to its end.
    ///
    /// Any status that is not a followed redirect is an answer, not an error.
    ///
    /// # Errors
    /// The first thing that went wrong; [`NetError::kind`] names it.
    pub async fn get(&self, request: Request) -> Result<Response, NetError> {
        self.get_where(request, |_| std::future::ready(true)).await
    }

    /// The same, following only redirects to where `may` says. Its time is not the exchange's.
    ///
    /// # Errors
    /// The first thing that went wrong; [`NetError::kind`] names it.
    pub async fn get_where<F: Future<Output = bool>>(
        &self,
        request: Request,
        may: impl Fn(Url) -> F,
    ) -> Result<Response, NetError> {
        self.exchange(request, Sending { body: None, redirects: Redirects::Followed }, may).await
    }

    /// Posts a form, like [`Self::get`] in all else. Of redirects 307 and 308 are followed,
    /// which keep the method, and none that leads from https to http.
    ///
    /// # Errors
    /// The first thing that went wrong; [`NetError::kind`] names it.
    pub async fn post(&self, mut request: Request, form: String) -> Result<Response, NetError> {
        let media_type = header::HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert(header::CONTENT_TYPE, media_type);
        let sending = Sending { body: Some(form.into_bytes()), redirects: Redirects::Followed };
        self.exchange(request, sending, |_| std::future::ready(true)).await
    }

    /// Asks like [`Self::get`], or posts a body where one is given, and follows no redirect: it is an
    /// answer like any other.
    ///
    /// # Errors
    /// The first thing that went wrong; [`NetError::kind`] names it.
    pub async fn once(&self, request: Request, body: Option<Vec<u8>>) -> Result<Response, NetError> {
        let sending = Sending { body, redirects: Redirects::Answers };
        self.exchange(request, sending, |_| std::future::ready(false)).await
    }

    /// A way to one address of the operator's own, which ends each exchange within `timeout`.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn endpoint(&self, url: Url, timeout: Duration) -> Result<Endpoint, NetError> {
        Endpoint::with(url, &self.0.policy.user_agent, timeout, self.0.sender.clone())
    }

    /// Whether an address itself gives away that it may not be asked.
    ///
    /// # Errors
    /// Says why.
    pub fn check(&self, url: &Url) -> Result<(), NetError> {
        self.vet(&plain(url)).map(drop)
    }

    async fn exchange<F: Future<Output = bool>>(
        &self,
        request: Request,
        Sending { body, redirects: policy }: Sending,
        may: impl Fn(Url) -> F,
    ) -> Result<Response, NetError> {
        let mut budget = TimeBudget { left: self.0.policy.timeout, of: self.0.policy.timeout };
        let mut url = plain(&request.url);
        let first_origin = url.origin();
        let mut seen = vec![url.clone()];
        let mut redirects = Vec::new();
        loop {
            let way = self.vet(&url)?;
            let (turn, from) = self.turn(&url, way, &mut budget).await?;

            let mut headers = request.headers.clone();
            if url.origin() == first_origin {
                headers.extend(request.origin_headers.clone());
            }
            let prepared = match &body {
                Some(body) => way.http().post(url.clone()).body(body.clone()),
                None => way.http().get(url.clone()),
            };
            let sent = self.0.sender.send(prepared.headers(headers));
            let answer = budget.spend(&url, sent).await?;
            let answer = answer.map_err(|it| it.named(&url, |it| way.error(&url, it)))?;
            way.refusal(&answer)?;
            if HEADER_BYTES_MAX < header_bytes(answer.headers()) {
                return Err(NetError::HeadersTooLarge { host: host(&url), limit_bytes: HEADER_BYTES_MAX });
            }

            let status = answer.status().as_u16();
            let is_redirect = matches!(status, 307 | 308) || body.is_none() && matches!(status, 301..=303);
            let is_followed = is_redirect && policy == Redirects::Followed;
            if is_followed {
                let to = target(&url, answer.headers())?;
                // The next hop may be another host, whose turn it is then.
                drop(answer);
                drop(turn);
                redirects.push(Redirect { status, to: to.clone() });
                if seen.contains(&to) {
                    return Err(NetError::RedirectLoop { host: host(&to) });
                }
                if REDIRECTS_MAX < redirects.len() {
                    return Err(NetError::TooManyRedirects { host: host(&seen[0]), limit: REDIRECTS_MAX });
                }
                if !may(to.clone()).await {
                    return Err(NetError::Disallowed { host: host(&to) });
                }
                seen.push(to.clone());
                url = to;
                continue;
            }

            let limit = self.0.policy.body_bytes_max.min(request.body_bytes_max.unwrap_or(u64::MAX));
            let headers = answer.headers().clone();
            let (read, permit) =
                self.0.memory.read(&url, from.as_deref(), answer, limit, &mut budget).await?;
            return Ok(Response { status, final_url: url, redirects, headers, body: read, permit });
        }
    }

    /// The proxy through which an address is asked; `None`: directly.
    ///
    /// # Errors
    /// Where the address itself gives away that it may not be asked.
    pub fn proxy(&self, url: &Url) -> Result<Option<&ProxyUrl>, NetError> {
        Ok(match self.vet(&plain(url))? {
            Route::Direct(_) => None,
            Route::Proxied(_, proxy) => Some(proxy),
        })
    }

    /// Refuses what the address itself gives away; names are judged by the resolver, or, where a
    /// proxy resolves them, by what they say.
    fn vet(&self, url: &Url) -> Result<Route<'_>, NetError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NetError::BadUrl { host: host(url), why: "only http and https are asked" });
        }
        if URL_BYTES_MAX < url.as_str().len() {
            return Err(NetError::BadUrl { host: host(url), why: "the address is too long" });
        }
        let (Some(named), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(NetError::BadUrl { host: host(url), why: "the address has no host" });
        };
        let guarded = self.0.exceptions.get(&port).unwrap_or(&self.0.public);
        let literal = match named {
            // The URL parser has already read decimal, octal, hexadecimal and short forms.
            Host::Ipv4(it) => Some(IpAddr::V4(it)),
            Host::Ipv6(it) => Some(IpAddr::V6(it)),
            Host::Domain(_) => None,
        };
        if literal.is_some_and(|it| !guarded.resolver.may_reach(it)) {
            return Err(NetError::Private { host: host(url) });
        }
        // What the operator excepted is near to us, and not to the proxy.
        let is_excepted = match (literal, &named) {
            (Some(it), _) => guarded.resolver.is_exception(it),
            (None, Host::Domain(name)) => resolve::is_localhost(name) && self.has_exceptions(url),
            (None, _) => false,
        };
        let proxied = self.0.proxied.as_ref().filter(|_| !is_excepted);
        let Some((proxied, proxy)) = proxied.and_then(|it| Some((it, it.proxy(url)?))) else {
            return Ok(Route::Direct(guarded));
        };
        match named {
            Host::Domain(name) if address::is_local_name(name) => Err(NetError::Private { host: host(url) }),
            _ => Ok(Route::Proxied(proxied, proxy)),
        }
    }

    /// Waits for a turn, and names the host (with port) that has to share with others. The operator's
    /// own addresses need no politeness, only a place among all.
    async fn turn(
        &self,
        url: &Url,
        way: Route<'_>,
        budget: &mut TimeBudget,
    ) -> Result<(ExchangePermit, Option<String>), NetError> {
        let is_exception = match (way, url.host()) {
            (Route::Direct(guarded), Some(Host::Ipv4(it))) => guarded.resolver.is_exception(IpAddr::V4(it)),
            (Route::Direct(guarded), Some(Host::Ipv6(it))) => guarded.resolver.is_exception(IpAddr::V6(it)),
            (Route::Direct(guarded), Some(Host::Domain(name))) if self.has_exceptions(url) => {
                let found = budget.spend(url, guarded.resolver.lookup(name.to_owned())).await?;
                let found = found.map_err(|it| NetError::of_lookup(url, it))?;
                found.iter().any(|it| guarded.resolver.is_exception(it.ip()))
            }
            _ => false,
        };
        let host = format!("{}:{}", host(url), url.port_or_known_default().unwrap_or_default());
        let host = (!is_exception).then_some(host);
        Ok((self.0.queue.turn(host.as_deref()).await, host))
    }

    fn has_exceptions(&self, url: &Url) -> bool {
        url.port_or_known_default().is_some_and(|it| self.0.exceptions.contains_key(&it))
    }
}

/// Where a redirect leads (RFC 9110 §10.2.2).
fn target(from: &Url, headers: &HeaderMap) -> Result<Url, NetError> {
    let bad = |why| NetError::BadRedirect { host: host(from), why };
    let location = headers.get(header::LOCATION).ok_or_else(|| bad("it names no target"))?;
    // Some servers write UTF-8 where only ASCII is allowed.
    let location = std::str::from_utf8(location.as_bytes()).map_err(|_| bad("its target is not text"))?;
    let to = from.join(location.trim()).map_err(|_| bad("its target is not an address"))?;
    if !matches!(to.scheme(), "http" | "https") {
        return Err(bad("its target is neither http nor https"));
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(bad("it leads from https to http"));
    }
    Ok(plain(&to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::NoProxy;
    use crate::domain::Proxies;

    fn client(allow_private: &[&str]) -> Client {
        let policy = Policy {
            user_agent: user_agent(None),
            allow_private: allow_private.iter().map(|it| it.parse().expect("an address")).collect(),
            proxies: Proxies::default(),
            timeout: Duration::from_secs(1),
            body_bytes_max: 1 << 20,
            per_host: 2,
            min_gap: Duration::ZERO,
            concurrency: 8,
        };
        Client::new(policy).expect("a client")
    }

    #[track_caller]
    fn check(url: &str, expected: Option<&str>) {
        let client = client(&["127.0.0.1:9000", "[::1]:9000"]);
        let url = plain(&url.parse().expect("a URL"));
        assert_eq!(client.vet(&url).err().map(|it| it.kind()), expected, "{url}");
    }

    #[test]
    fn a_private_address_is_refused_in_every_spelling() {
        for it in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://①②⑦.0.0.1/",
            "http://user@127.0.0.1/",
            "http://a.example@127.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://0/",
        ] {
            check(it, Some("private"));
        }
    }

    #[test]
    fn an_exception_opens_one_port_of_one_address() {
        check("http://127.0.0.1:9000/", None);
        check("http://[::1]:9000/", None);
        check("http://[::ffff:127.0.0.1]:9000/", None);
        check("http://127.0.0.1:9001/", Some("private"));
        check("http://127.0.0.2:9000/", Some("private"));
    }

    #[test]
    fn a_proxy_opens_no_private_address_and_no_local_name() {
        let proxy = ProxyUrl::parse("http://10.0.0.1:3128").expect("a proxy");
        let policy = Policy {
            proxies: Proxies { except: NoProxy::parse("direct.example"), ..Proxies::all(proxy) },
            ..client(&["127.0.0.1:9000"]).0.policy.clone()
        };
        let client = Client::new(policy).expect("a client");
        let way = |url: &str| match client.proxy(&url.parse().expect("a URL")) {
            Ok(Some(_)) => "proxied",
            Ok(None) => "direct",
            Err(error) => error.kind(),
        };
        for url in
            ["http://a.example/", "https://a.example/", "http://8.8.8.8/", "https://[2606:4700::1111]/"]
        {
            assert_eq!(way(url), "proxied", "{url}");
        }
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://169.254.169.254/latest/",
            "https://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://intranet/",
            "http://printer.local/",
            "https://a.internal./",
            "http://nas.home.arpa/",
            "http://localhost.localdomain/",
        ] {
            assert_eq!(way(url), "private", "{url}");
        }
        // The resolver refuses what is not excepted.
        for url in ["http://127.0.0.1:9000/", "http://localhost:9000/", "http://feeds.direct.example/"] {
            assert_eq!(way(url), "direct", "{url}");
        }
        assert_eq!(way("http://localhost/"), "private");
    }

    #[test]
    fn only_http_is_spoken() {
        check("https://a.example/", None);
        check("ftp://a.example/", Some("url"));
        check("file:///etc/passwd", Some("url"));
        check("data:text/plain,x", Some("url"));
        check(&format!("http://a.example/{}", "x".repeat(URL_BYTES_MAX)), Some("url"));
    }

    #[test]
    fn nothing_personal_is_sent_with_an_address() {
        let url = "http://user:secret@a.example/x#part".parse().expect("a URL");
        assert_eq!(plain(&url).as_str(), "http://a.example/x");
    }

    #[test]
    fn the_user_agent_says_whom_to_write_to() {
        assert_eq!(
            user_agent(Some("https://brief.example/about")),
            format!("bylined/{} (+https://brief.example/about)", env!("CARGO_PKG_VERSION"))
        );
        assert!(!user_agent(Some("a)\r\nX: y")).contains(['\r', '\n']));
        assert!(!user_agent(Some("")).contains('('));
    }

    #[test]
    fn a_redirect_gives_up_no_encryption() {
        let leads = |from: &str, to: &str| {
            let headers = HeaderMap::from_iter([(header::LOCATION, to.parse().expect("a value"))]);
            target(&from.parse().expect("a URL"), &headers).map(|it| it.to_string())
        };
        for to in ["http://a.example/x", "http://b.example/", "HTTP:/x"] {
            let error = leads("https://a.example/feed", to).expect_err("it is refused");
            assert_eq!(error.to_string(), "`a.example` sent a broken redirect: it leads from https to http");
        }
        for (from, to) in [("https", "/x"), ("http", "/x"), ("http", "https://a.example/x")] {
            assert!(leads(&format!("{from}://a.example/feed"), to).is_ok(), "{from} {to}");
        }
    }
}
