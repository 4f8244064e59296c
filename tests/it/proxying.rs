//! Feeds, pages and robots.txt go through the operator's proxy, and nothing private does.

use std::net::SocketAddr;
use std::process::Output;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bylined::domain::NoProxy;
use bylined::domain::Proxies;
use bylined::domain::ProxyUrl;
use bylined::net::Client;
use bylined::net::HeaderMap;
use bylined::net::NetError;
use bylined::net::Policy;
use bylined::net::Request;
use bylined::net::Response;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use crate::house::House;
use crate::house::source_at;
use crate::origin::Origin;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

const FEED: &str = "http://feeds.example/feed";

fn client(proxies: Proxies) -> Client {
    Client::new(Policy {
        user_agent: "bylined/test".to_owned(),
        allow_private: Vec::new(),
        proxies,
        timeout: Duration::from_secs(20),
        body_bytes_max: 1 << 20,
        per_host: 2,
        min_gap: Duration::ZERO,
        concurrency: 8,
    })
    .expect("a client")
}

fn through(scheme: &str, address: SocketAddr) -> Client {
    client(Proxies::all(ProxyUrl::parse(&format!("{scheme}://{address}")).expect("a proxy")))
}

async fn get(client: &Client, url: &str) -> Result<Response, NetError> {
    let (headers, origin_headers) = (HeaderMap::new(), HeaderMap::new());
    let url = url.parse().expect("a URL");
    client.get(Request { url, headers, origin_headers, body_bytes_max: None }).await
}

#[tokio::test]
async fn every_hop_goes_through_the_proxy_and_none_to_a_private_address() {
    let proxy = Origin::start().await;
    proxy.serve(FEED, Page::status(302).header("Location", "http://other.example/feed"));
    proxy.serve("http://other.example/feed", Page::new("<rss/>"));
    let client = through("http", proxy.address());
    let answer = get(&client, FEED).await.expect("an answer");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"<rss/>".as_slice()));
    assert_eq!(answer.final_url.as_str(), "http://other.example/feed");

    for inner in ["http://127.0.0.1:9/", "http://169.254.169.254/x", "http://localhost/", "http://intranet/"]
    {
        proxy.serve(FEED, Page::status(302).header("Location", inner));
        let before = proxy.received().len();
        let refused = get(&client, FEED).await.expect_err("a private address");
        assert_eq!(refused.kind(), "private", "{inner}");
        assert_eq!(proxy.received().len(), before + 1, "{inner}");
    }
}

#[tokio::test]
async fn what_a_proxy_refuses_is_said_of_the_proxy_and_tells_no_password() {
    let proxy = Origin::start().await;
    proxy.serve(FEED, Page::status(407));
    proxy.serve("feeds.example:443", Page::status(407));
    let address = proxy.address();
    let url = ProxyUrl::parse(&format!("http://ann:secret@{address}")).expect("a proxy");
    let client = client(Proxies::all(url));
    for asked in [FEED, "https://feeds.example/feed"] {
        let error = get(&client, asked).await.expect_err("a refusal");
        assert_eq!((error.kind(), error.is_transient()), ("proxy", true), "{error}");
        let words = format!("{error} {error:?}");
        assert!(words.contains(&address.to_string()) && !words.contains("secret"), "{words}");
    }
    let sent = proxy.received()[0].header("proxy-authorization").map(str::to_owned);
    assert_eq!(sent.as_deref(), Some("Basic YW5uOnNlY3JldA=="));

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let deserted = listener.local_addr().expect("an address");
    drop(listener);
    for scheme in ["http", "socks5"] {
        let error = get(&through(scheme, deserted), FEED).await.expect_err("nobody there");
        assert_eq!(error.kind(), "proxy", "{error}");
    }
}

#[tokio::test]
async fn what_is_excepted_is_asked_directly_and_vetted() {
    let proxy = Origin::start().await;
    let url = ProxyUrl::parse(&format!("http://{}", proxy.address())).expect("a proxy");
    let except = NoProxy::parse("feeds.example, localhost, 127.0.0.1");
    let client = client(Proxies { except, ..Proxies::all(url) });
    // A name that no server knows, and addresses that are not excepted from the rules.
    for (url, kind) in [(FEED, "dns"), ("http://localhost:9/", "private"), ("http://127.0.0.1:9/", "private")]
    {
        assert_eq!(get(&client, url).await.expect_err("no answer").kind(), kind, "{url}");
    }
    assert_eq!(proxy.connections(), 0);
}

/// A SOCKS proxy (RFC 1928) that leads everyone to one origin, and the names that it was asked for.
async fn socks(origin: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let names = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(lead(stream, origin, Arc::clone(&names)));
        }
    });
    (address, asked)
}

async fn lead(mut client: TcpStream, origin: SocketAddr, names: Arc<Mutex<Vec<String>>>) -> Option<()> {
    const NAME: u8 = 3;
    let [_, methods] = client.read_u16().await.ok()?.to_be_bytes();
    client.read_exact(&mut vec![0; methods.into()]).await.ok()?;
    client.write_all(&[5, 0]).await.ok()?;
    let mut head = [0; 5];
    client.read_exact(&mut head).await.ok()?;
    assert_eq!(head[3], NAME, "it is given names, not addresses");
    let mut name = vec![0; usize::from(head[4]) + 2];
    client.read_exact(&mut name).await.ok()?;
    name.truncate(name.len() - 2);
    names.lock().ok()?.push(String::from_utf8(name).ok()?);
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 9]).await.ok()?;
    let mut server = TcpStream::connect(origin).await.ok()?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.ok()?;
    Some(())
}

#[tokio::test]
async fn a_socks_proxy_is_given_names() {
    let origin = Origin::start().await;
    origin.serve("/feed", Page::new("<rss/>"));
    let (address, names) = socks(origin.address()).await;
    for scheme in ["socks5", "socks5h"] {
        let answer = get(&through(scheme, address), FEED).await.expect("an answer");
        assert_eq!(answer.status, 200);
    }
    assert_eq!(*names.lock().expect("no panic"), ["feeds.example", "feeds.example"]);
    assert_eq!(origin.received_at("/feed")[0].header("host"), Some("feeds.example"));
    let refused = get(&through("socks5", address), "http://10.0.0.1/").await.expect_err("private");
    assert_eq!(refused.kind(), "private");
}

/// Whom the house's origin is a proxy for.
fn newsroom() -> House {
    let house = House::new();
    let paper = Paper::new("Far Paper", "http://feeds.example/", &STORIES[..1]);
    house.origin.serve(FEED, paper.rss2());
    house.origin.serve("http://feeds.example/robots.txt", Page::status(404));
    house
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn one_key_leads_all_sources_through_the_proxy_and_doctor_tests_it() {
    let house = newsroom();
    let near = house.origin.url("/near/feed").to_string();
    house.origin.serve("/near/feed", Paper::new("Near Paper", &house.home("near"), &STORIES[1..2]).rss2());
    let sources = [source_at("far", FEED), source_at("near", &near)];
    let proxy = format!("proxy = \"http://ann:secret@{}\"", house.origin.address());
    house.configure_with(&sources, &proxy, "");
    let poll = house.run(&["-v", "poll", "--all", "--json"]);
    assert!(
        said(&poll).contains("\"failed\": 0") && said(&poll).contains("\"published\": 2"),
        "{}",
        said(&poll)
    );
    assert_eq!(house.origin.count(FEED), 1);
    assert_eq!(house.origin.count("http://feeds.example/robots.txt"), 1);
    assert_eq!(house.origin.count("/near/feed"), 1, "what is allowed by address is near, and asked directly");

    let doctor = house.run(&["doctor"]);
    let words = format!("`feeds.example` answers through `http://{}`", house.origin.address());
    assert!(doctor.status.success() && said(&doctor).contains(&words), "{}", said(&doctor));
    let check = house.run(&["check"]);
    assert!(said(&check).contains("fetch.proxy") && said(&check).contains("user name"), "{}", said(&check));
    for output in [&poll, &doctor, &check] {
        assert!(!said(output).contains("secret"), "{}", said(output));
    }

    house.origin.serve("http://feeds.example/robots.txt", Page::status(407));
    let doctor = house.run(&["doctor"]);
    assert!(!doctor.status.success() && said(&doctor).contains("user and password"), "{}", said(&doctor));
}

#[test]
fn the_environments_proxy_is_used_where_the_file_says_so_and_named_where_it_does_not() {
    let house = newsroom();
    let address = format!("http://{}", house.origin.address());
    let run = |args: &[&str]| {
        let mut command = house.command(args);
        command.env("HTTP_PROXY", &address).env_remove("http_proxy").env_remove("no_proxy");
        command.output().expect("it runs")
    };
    house.configure_with(&[source_at("far", FEED)], "proxy = \"env\"", "");
    assert!(said(&run(&["poll", "--all", "--json"])).contains("\"modified\": 1"));
    assert_eq!(house.origin.count(FEED), 1);
    assert!(!said(&run(&["check"])).contains("HTTP_PROXY"));

    house.configure(&[source_at("far", FEED)]);
    for command in ["check", "doctor"] {
        let said = said(&run(&[command]));
        assert!(said.contains("the proxy in HTTP_PROXY is not used"), "{said}");
    }
    assert_eq!(house.origin.count(FEED), 1);
}
