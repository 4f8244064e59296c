//! A source may answer as it likes: it costs a bounded time, a bounded memory and only itself.

use std::net::SocketAddr;
use std::time::Duration;

use bylined::domain::Proxies;
use bylined::domain::Timestamp;
use bylined::domain::Validators;
use bylined::fetch;
use bylined::fetch::Ask;
use bylined::fetch::FetchError;
use bylined::fetch::Fetched;
use bylined::fetch::robots::RobotsAnswer;
use bylined::net::Client;
use bylined::net::Policy;
use url::Url;

use crate::origin::Behaviour;
use crate::origin::Origin;
use crate::origin::Page;
use crate::origin::deflate;
use crate::origin::gzip;

const NOW: Timestamp = Timestamp::from_secs(1_795_168_800);
const FEED: &str = "<rss><channel><title>A</title></channel></rss>";
const DEADLINE: Duration = Duration::from_millis(300);
const BODY_BYTES_MAX: u64 = 1 << 20;

fn client(allow_private: &[SocketAddr]) -> Client {
    client_within(allow_private, Duration::from_secs(20))
}

fn client_within(allow_private: &[SocketAddr], timeout: Duration) -> Client {
    Client::new(Policy {
        user_agent: "bylined/test (+https://brief.example/)".to_owned(),
        allow_private: allow_private.to_vec(),
        proxies: Proxies::default(),
        timeout,
        body_bytes_max: BODY_BYTES_MAX,
        per_host: 2,
        min_gap: Duration::from_secs(3600),
        concurrency: 64,
    })
    .expect("a client")
}

fn ask(url: &Url) -> Ask<'_> {
    Ask { url, validators: None, headers: &[], authorization: None }
}

/// Every redirect may be followed.
async fn anywhere(_: Url) -> bool {
    true
}

async fn get(client: &Client, url: &Url) -> Result<Fetched, FetchError> {
    fetch::get(client, ask(url), anywhere, NOW).await
}

/// The kind of failure of a path that behaves like this, under a short deadline.
async fn failure(behaviour: Behaviour) -> &'static str {
    let origin = Origin::start().await;
    origin.behave("/feed", behaviour);
    let client = client_within(&[origin.address()], DEADLINE);
    match get(&client, &origin.url("/feed")).await {
        Ok(it) => panic!("no failure but {it:?}"),
        Err(it) => it.reason_kind(),
    }
}

/// The same with time enough for a slow machine.
async fn patient_failure(behaviour: Behaviour) -> &'static str {
    let origin = Origin::start().await;
    origin.behave("/feed", behaviour);
    match get(&client(&[origin.address()]), &origin.url("/feed")).await {
        Ok(it) => panic!("no failure but {it:?}"),
        Err(it) => it.reason_kind(),
    }
}

/// The body of a path that behaves like this.
async fn body(behaviour: Behaviour) -> Vec<u8> {
    let origin = Origin::start().await;
    origin.behave("/feed", behaviour);
    match get(&client(&[origin.address()]), &origin.url("/feed")).await {
        Ok(Fetched::Modified { document, .. }) => document.bytes,
        other => panic!("no body but {other:?}"),
    }
}

#[tokio::test]
async fn a_feed_comes_with_its_headers() {
    let origin = Origin::start().await;
    origin.serve(
        "/feed",
        Page::new(FEED)
            .etag("W/\"a b\"")
            .last_modified("yesterday, roughly")
            .header("Cache-Control", "max-age=60"),
    );
    let fetched = get(&client(&[origin.address()]), &origin.url("/feed")).await.expect("an answer");
    let Fetched::Modified { document, validators, .. } = fetched else { panic!("no body") };
    assert_eq!(document.bytes, FEED.as_bytes());
    assert_eq!(document.content_type.as_deref(), Some("application/rss+xml"));
    assert_eq!(document.hints.fresh_for, Some(Duration::from_secs(60)));
    assert_eq!(validators.etag.as_deref(), Some("W/\"a b\""));
    assert_eq!(validators.last_modified.as_deref(), Some("yesterday, roughly"));

    let request = &origin.received()[0];
    assert_eq!(request.header("user-agent"), Some("bylined/test (+https://brief.example/)"));
    assert!(request.header("accept").is_some_and(|it| it.contains("application/atom+xml")));
    assert!(request.header("accept-encoding").is_some_and(|it| it.contains("gzip")));
    for absent in ["cookie", "referer", "authorization", "cache-control", "if-none-match"] {
        assert_eq!(request.header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn both_validators_go_back_verbatim_and_a_304_keeps_them() {
    let origin = Origin::start().await;
    let page = Page::new(FEED).etag("\"1\"").last_modified("Tue, 3 Nov 2026 8:00:00 GMT");
    origin.serve("/feed", page);
    let client = client(&[origin.address()]);
    let url = origin.url("/feed");
    let Ok(Fetched::Modified { validators, .. }) = get(&client, &url).await else { panic!("no body") };
    let again = Ask { validators: Some(&validators), ..ask(&url) };
    let Ok(Fetched::NotModified { validators: kept, .. }) = fetch::get(&client, again, anywhere, NOW).await
    else {
        panic!("not a 304")
    };
    assert_eq!(kept, validators);
    let request = &origin.received()[1];
    assert_eq!(request.header("if-none-match"), Some("\"1\""));
    assert_eq!(request.header("if-modified-since"), Some("Tue, 3 Nov 2026 8:00:00 GMT"));
    assert_eq!(origin.connections(), 1, "the connection is used again");

    origin.serve("/feed", Page::new("<rss/>").etag("\"2\""));
    let changed = fetch::get(&client, again, anywhere, NOW).await;
    let Ok(Fetched::Modified { validators, .. }) = changed else { panic!("no body") };
    assert_eq!(validators, Validators { etag: Some("\"2\"".to_owned()), last_modified: None });
}

#[tokio::test]
async fn a_304_that_spells_the_entity_tag_otherwise_costs_no_download() {
    let pairs = [
        ("\"abc-gzip\"", "\"abc\""),
        ("\"abc\"", "\"abc-gzip\""),
        ("\"abc;br\"", "\"abc\""),
        ("abc", "\"abc\""),
        ("W/\"abc--gzip\"", "\"abc\""),
        ("\"one-node\"", "\"other-node\""),
    ];
    let origin = Origin::start().await;
    let client = client(&[origin.address()]);
    for (n, (given, in_304)) in pairs.into_iter().enumerate() {
        let path = format!("/{n}");
        let url = origin.url(&path);
        origin.serve(&path, Page::new(FEED).etag(given).last_modified("Tue, 3 Nov 2026 8:00:00 GMT"));
        let Ok(Fetched::Modified { validators, .. }) = get(&client, &url).await else { panic!("no body") };
        origin.serve(&path, Page::status(304).etag(in_304));
        let mut held = validators;
        for _ in 0..3 {
            let again = Ask { validators: Some(&held), ..ask(&url) };
            let Ok(Fetched::NotModified { validators, .. }) = fetch::get(&client, again, anywhere, NOW).await
            else {
                panic!("not a 304")
            };
            held = validators;
        }
        let asked = origin.received_at(&path);
        let sent = |name: &str| asked.iter().map(|it| it.header(name).is_some()).collect::<Vec<_>>();
        assert_eq!(sent("if-none-match"), [false, true, true, true], "{given}");
        // A server may have gone by the date alone: it is not asked by that again.
        let by_date = sent("if-modified-since");
        let is_same = given.trim_start_matches("W/") == in_304;
        assert_eq!(by_date, [false, true, is_same, is_same], "{given}");
    }
}

#[tokio::test]
async fn a_304_that_nobody_asked_for_is_no_answer() {
    assert_eq!(failure(Behaviour::AlwaysNotModified).await, "http");
}

#[tokio::test]
async fn validators_of_absurd_size_are_not_kept() {
    let origin = Origin::start().await;
    let huge = "x".repeat(200 << 10);
    origin.serve("/etag", Page::new(FEED).etag(&format!("\"{huge}\"")).last_modified("then"));
    origin.serve("/date", Page::new(FEED).etag("\"1\"").last_modified(&huge));
    let client = client(&[origin.address()]);
    for (path, etag, last_modified) in [("/etag", None, Some("then")), ("/date", Some("\"1\""), None)] {
        let fetched = get(&client, &origin.url(path)).await;
        let Ok(Fetched::Modified { document, validators, .. }) = fetched else { panic!("no body") };
        assert_eq!(document.bytes, FEED.as_bytes());
        assert_eq!((validators.etag.as_deref(), validators.last_modified.as_deref()), (etag, last_modified));
    }
}

#[tokio::test]
async fn statuses_say_what_they_mean() {
    let origin = Origin::start().await;
    origin.serve("/gone", Page::status(410));
    origin.serve("/busy", Page::status(503).header("Retry-After", "99999999999999999999999"));
    origin.serve("/wall", Page { status: 403, ..Page::html("<title>Just a moment...</title>") });
    let client = client(&[origin.address()]);
    assert!(matches!(get(&client, &origin.url("/gone")).await, Ok(Fetched::Gone)));

    let busy = get(&client, &origin.url("/busy")).await.expect_err("a refusal");
    assert_eq!((busy.status(), busy.is_transient()), (Some(503), true));
    assert!(busy.retry_after().is_some_and(|it| NOW < it));

    let missing = get(&client, &origin.url("/none")).await.expect_err("a refusal");
    assert_eq!((missing.status(), missing.is_transient(), missing.retry_after()), (Some(404), false, None));

    let wall = get(&client, &origin.url("/wall")).await.expect_err("a refusal");
    assert_eq!(wall.reason_kind(), "bot-wall");
    assert!(wall.to_string().starts_with("Cloudflare challenge: `127.0.0.1` answered 403"), "{wall}");
}

#[tokio::test]
async fn a_private_address_is_refused_without_a_connection() {
    let origin = Origin::start().await;
    origin.serve("/feed", Page::new(FEED));
    let port = origin.address().port();
    let client = client(&[]);
    for host in
        ["127.0.0.1", "localhost", "localhost.", "x.LOCALHOST", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"]
    {
        let url = format!("http://{host}:{port}/feed").parse().expect("a URL");
        let error = get(&client, &url).await.expect_err("a refusal");
        assert_eq!(error.reason_kind(), "private", "{host}: {error}");
        assert!(error.to_string().contains("private address refused"), "{error}");
    }
    assert_eq!(origin.connections(), 0);
}

#[tokio::test]
async fn an_exception_is_reached_by_address_and_by_name_without_politeness() {
    let origin = Origin::start().await;
    origin.serve("/feed", Page::new(FEED));
    // The gap between two starts with one host is an hour; it would outlast the test.
    let client = client(&[origin.address()]);
    let by_name = format!("http://localhost:{}/feed", origin.address().port()).parse().expect("a URL");
    for url in [&origin.url("/feed"), &by_name, &by_name] {
        assert!(matches!(get(&client, url).await, Ok(Fetched::Modified { .. })));
    }
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused_without_a_connection() {
    let (open, closed) = (Origin::start().await, Origin::start().await);
    closed.serve("/", Page::new(FEED));
    let client = client(&[open.address()]);
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f000001"] {
        let to = format!("http://{host}:{}/", closed.address().port());
        open.behave("/feed", Behaviour::Redirect { status: 302, to });
        let error = get(&client, &open.url("/feed")).await.expect_err("a refusal");
        assert_eq!(error.reason_kind(), "private", "{host}: {error}");
    }
    assert_eq!(closed.connections(), 0);
}

#[tokio::test]
async fn redirects_are_followed_and_recorded() {
    let origin = Origin::start().await;
    origin.behave("/a", Behaviour::Redirect { status: 301, to: "/b#part".to_owned() });
    origin.behave("/b", Behaviour::Redirect { status: 308, to: origin.url("/c").to_string() });
    origin.serve("/c", Page::new(FEED));
    let fetched = get(&client(&[origin.address()]), &origin.url("/a")).await;
    let Ok(Fetched::Modified { document, .. }) = fetched else { panic!("no body") };
    assert_eq!(document.request_url, origin.url("/a"));
    assert_eq!(document.final_url, origin.url("/c"));
    let hops: Vec<_> = document.redirects.iter().map(|it| (it.status, it.to.path())).collect();
    assert_eq!(hops, [(301, "/b"), (308, "/c")]);
}

#[tokio::test]
async fn five_hops_are_enough() {
    let origin = Origin::start().await;
    for n in 0..7 {
        origin.behave(&format!("/{n}"), Behaviour::Redirect { status: 302, to: format!("/{}", n + 1) });
    }
    origin.serve("/7", Page::new(FEED));
    let client = client(&[origin.address()]);
    assert!(get(&client, &origin.url("/2")).await.is_ok());
    let error = get(&client, &origin.url("/1")).await.expect_err("a refusal");
    assert_eq!(error.reason_kind(), "redirect");
}

#[tokio::test]
async fn redirects_that_lead_nowhere_are_named() {
    let to = |to: &str| Behaviour::Redirect { status: 301, to: to.to_owned() };
    assert_eq!(failure(to("/feed")).await, "redirect");
    assert_eq!(failure(to("javascript:alert(1)")).await, "redirect");
    assert_eq!(failure(to("file:///etc/passwd")).await, "redirect");
    assert_eq!(failure(to("http://")).await, "redirect");
    assert_eq!(failure(Behaviour::Serve(Page::status(302))).await, "redirect");
}

#[tokio::test]
async fn credentials_stay_with_the_host_they_are_for() {
    let (first, second) = (Origin::start().await, Origin::start().await);
    second.serve("/feed", Page::new(FEED).header("Set-Cookie", "id=1"));
    let to = format!("http://user:secret@{}/feed", second.address());
    first.behave("/feed", Behaviour::Redirect { status: 302, to: "/next".to_owned() });
    first.behave("/next", Behaviour::Redirect { status: 302, to });
    let client = client(&[first.address(), second.address()]);
    let url = first.url("/feed");
    let headers = [("X-Key".to_owned(), "k".to_owned())];
    let ask = Ask { headers: &headers, authorization: Some("Bearer t"), ..ask(&url) };
    for _ in 0..2 {
        assert!(fetch::get(&client, ask, anywhere, NOW).await.is_ok());
    }
    for request in first.received() {
        assert_eq!(request.header("authorization"), Some("Bearer t"));
        assert_eq!(request.header("x-key"), Some("k"));
    }
    for request in second.received() {
        for absent in ["authorization", "x-key", "cookie", "referer"] {
            assert_eq!(request.header(absent), None, "{absent}");
        }
    }
}

#[tokio::test]
async fn slowness_ends_at_the_deadline() {
    let every = Duration::from_millis(20);
    assert_eq!(failure(Behaviour::Stall).await, "timeout");
    assert_eq!(failure(Behaviour::Drip { every }).await, "timeout");
    assert_eq!(failure(Behaviour::DripHeaders { every }).await, "timeout");
}

#[tokio::test]
async fn what_is_too_large_is_stopped_at_the_limit() {
    let origin = Origin::start().await;
    origin.behave("/feed", Behaviour::Endless);
    let client = client(&[origin.address()]);
    let error = get(&client, &origin.url("/feed")).await.expect_err("a refusal");
    assert_eq!(error.reason_kind(), "too-large");
    // What is beyond the limit is what the sockets' buffers hold.
    assert!(origin.bytes_sent() < 32 << 20, "{} bytes were taken", origin.bytes_sent());

    let large = Page::new(vec![b' '; BODY_BYTES_MAX as usize + 1]);
    assert_eq!(patient_failure(Behaviour::Serve(large)).await, "too-large");
    assert_eq!(patient_failure(Behaviour::GzipBomb { bytes: 8 << 20 }).await, "too-large");
    assert_eq!(patient_failure(Behaviour::DoubleGzipBomb { bytes: 8 << 20 }).await, "too-large");
    assert_eq!(patient_failure(Behaviour::HugeHeader { bytes: 396 << 10 }).await, "too-large");
    let deflated = deflate(&vec![b' '; 8 << 20]);
    let bomb = Behaviour::Encoded { encoding: "deflate".to_owned(), body: deflated };
    assert_eq!(patient_failure(bomb).await, "too-large");
    let whole = Page::new(vec![b' '; BODY_BYTES_MAX as usize]);
    assert_eq!(body(Behaviour::Serve(whole)).await.len() as u64, BODY_BYTES_MAX);
}

#[tokio::test]
async fn compressed_bodies_are_read_however_they_are_announced() {
    let encoded = |encoding: &str, body| Behaviour::Encoded { encoding: encoding.to_owned(), body };
    let packed = || gzip(FEED.as_bytes());
    assert_eq!(body(encoded("gzip", packed())).await, FEED.as_bytes());
    assert_eq!(body(encoded("x-gzip", packed())).await, FEED.as_bytes());
    assert_eq!(body(encoded("identity", FEED.into())).await, FEED.as_bytes());
    assert_eq!(body(encoded("gzip, gzip", gzip(&packed()))).await, FEED.as_bytes());
    assert_eq!(body(encoded("gzip, gzip", packed())).await, FEED.as_bytes(), "compressed once");
    assert_eq!(body(encoded("deflate", deflate(FEED.as_bytes()))).await, FEED.as_bytes());
    let members = [gzip(&FEED.as_bytes()[..9]), gzip(&FEED.as_bytes()[9..])].concat();
    assert_eq!(body(encoded("gzip", members)).await, FEED.as_bytes());
    // Headers that say what the body is not.
    for lie in ["gzip", "br", "deflate", "zstd", "UTF-8", "none", "Identity"] {
        assert_eq!(body(encoded(lie, FEED.into())).await, FEED.as_bytes(), "{lie}");
        assert_eq!(body(encoded(lie, packed())).await, FEED.as_bytes(), "{lie}");
    }
    assert_eq!(body(Behaviour::Serve(Page::new(packed()))).await, FEED.as_bytes());
    // The publisher's file is cut off, not the exchange: what is there is read.
    let cut = &packed()[..packed().len() - 8];
    assert_eq!(body(Behaviour::Serve(Page::new(cut))).await, FEED.as_bytes());
    assert_eq!(patient_failure(Behaviour::Serve(Page::new(&packed()[..5]))).await, "encoding");
}

#[tokio::test]
async fn an_answer_without_a_body_or_with_a_broken_one_still_says_what_its_status_says() {
    for encoding in ["gzip", "br", "deflate", "zstd"] {
        let coded = |page: Page| Behaviour::Serve(page.header("Content-Encoding", encoding));
        assert_eq!(body(coded(Page::new(""))).await, b"");
        assert_eq!(patient_failure(coded(Page::status(503))).await, "http");
        let broken = Page { body: vec![0xFF; 40], ..Page::status(429) };
        assert_eq!(patient_failure(coded(broken)).await, "http");
        // Nobody asked with a validator, and yet it is an answer.
        assert_eq!(patient_failure(coded(Page::status(304))).await, "http");
    }
}

#[tokio::test]
async fn broken_answers_are_errors_and_never_half_a_feed() {
    let page = || Page::new(FEED);
    let encoded = |encoding: &str, body| Behaviour::Encoded { encoding: encoding.to_owned(), body };
    let half = || gzip(FEED.as_bytes())[..30].to_vec();
    assert_eq!(patient_failure(Behaviour::Truncated { page: page(), after: 20 }).await, "broken-http");
    assert_eq!(patient_failure(Behaviour::TruncatedChunked { page: page() }).await, "broken-http");
    assert_eq!(patient_failure(Behaviour::TwoLengths { page: page() }).await, "broken-http");
    assert_eq!(patient_failure(Behaviour::Hang).await, "broken-http");
    assert_eq!(patient_failure(Behaviour::Raw(b"hello\r\n\r\n".to_vec())).await, "broken-http");
    assert_eq!(patient_failure(encoded("gzip", half())).await, "encoding");
    for encoding in ["gzip", "br", "deflate", "zstd"] {
        let noise = b"\xFF\xFE\xFD\xFC\xFB".to_vec();
        assert_eq!(patient_failure(encoded(encoding, noise)).await, "encoding", "{encoding}");
    }
}

#[tokio::test]
async fn untidy_headers_are_read_as_if_they_were_tidy() {
    let length = FEED.len();
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    for headers in ["X-Folded: a\r\n b\r\n", "X-Spaced : a\r\n", "X-Odd: \u{1}\r\n", &many] {
        let answer = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\n\r\n{FEED}");
        assert_eq!(body(Behaviour::Raw(answer.into_bytes())).await, FEED.as_bytes(), "{headers}");
    }
}

#[tokio::test]
async fn a_truncated_body_under_gzip_is_an_error_too() {
    let packed = Page::new(gzip(FEED.as_bytes())).header("Content-Encoding", "gzip");
    let kind = patient_failure(Behaviour::Truncated { page: packed, after: 30 }).await;
    assert!(matches!(kind, "broken-http" | "encoding"), "{kind}");
}

#[tokio::test]
async fn an_unreachable_publisher_is_told_from_an_insecure_one() {
    let origin = Origin::start().await;
    let closed = origin.address();
    drop(origin);
    // The port was just free; nothing else in this test listens on it.
    tokio::task::yield_now().await;
    let client = client(&[closed]);
    let refused = get(&client, &format!("http://{closed}/").parse().expect("a URL")).await;
    assert_eq!(refused.expect_err("nobody listens").reason_kind(), "refused");

    let plain = Origin::start().await;
    let url = format!("https://{}/", plain.address()).parse().expect("a URL");
    let error = get(&self::client(&[plain.address()]), &url).await.expect_err("no TLS there");
    assert_eq!(error.reason_kind(), "tls", "{error:?}");
}

#[tokio::test]
async fn a_name_without_an_address_is_a_matter_of_dns() {
    let url = "http://nowhere.invalid/feed".parse().expect("a URL");
    let error = get(&client(&[]), &url).await.expect_err("no such name");
    assert_eq!(error.reason_kind(), "dns", "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_page_is_html_or_nothing() {
    let origin = Origin::start().await;
    origin.serve("/page", Page::html("<p>Text"));
    origin.serve("/image", Page::new("GIF89a").header("Content-Type", "image/gif"));
    origin.serve("/large", Page::html(vec![b' '; 3 << 20]));
    let client = client(&[origin.address()]);
    let held = Validators::default();
    let page = fetch::page(&client, &origin.url("/page"), &held, anywhere, NOW).await.expect("a page");
    let Some((page, ..)) = page else { panic!("no page") };
    assert_eq!(page.bytes, b"<p>Text");
    assert_eq!(page.content_type.as_deref(), Some("text/html; charset=utf-8"));
    for (path, kind) in [("/image", "not-a-page"), ("/large", "too-large"), ("/none", "http")] {
        let error =
            fetch::page(&client, &origin.url(path), &held, anywhere, NOW).await.expect_err("a refusal");
        assert_eq!(error.reason_kind(), kind, "{path}");
    }
}

#[tokio::test]
async fn robots_txt_decides_about_pages_and_by_name_about_feeds() {
    let origin = Origin::start().await;
    let client = client(&[origin.address()]);
    let url = origin.url("/news/1");
    let ask = || async { fetch::robots::robots(&client, &url, NOW).await.0.answer() };

    assert!(matches!(ask().await, RobotsAnswer::Absent));
    origin.serve("/robots.txt", Page::new("User-agent: *\nDisallow: /news/"));
    let answer = ask().await;
    assert!(!answer.allows_page(&url) && answer.allows_feed(&url));
    origin.serve("/robots.txt", Page::new("User-agent: bylined\nDisallow: /news/"));
    let answer = ask().await;
    assert!(!answer.allows_page(&url) && !answer.allows_feed(&url));
    origin.serve("/robots.txt", Page::status(503));
    let answer = ask().await;
    assert!(!answer.allows_page(&url) && answer.allows_feed(&url));
    origin.behave("/robots.txt", Behaviour::Redirect { status: 302, to: "/robots.txt".to_owned() });
    assert!(ask().await.allows_page(&url));
}

#[tokio::test]
async fn many_large_answers_at_once_all_come_through() {
    let origin = Origin::start().await;
    origin.serve("/feed", Page::new(vec![b' '; BODY_BYTES_MAX as usize]));
    let client = client(&[origin.address()]);
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..150 {
        let (client, url) = (client.clone(), origin.url("/feed"));
        polls.spawn(async move { get(&client, &url).await.is_ok() });
    }
    assert!(polls.join_all().await.into_iter().all(|it| it));
}

#[tokio::test]
async fn a_large_feed_waits_for_no_other_that_drips() {
    let origin = Origin::start().await;
    let client = client_within(&[origin.address()], Duration::from_secs(60));
    let mut slow = tokio::task::JoinSet::new();
    for n in 0..6 {
        let (path, first) = (format!("/slow/{n}"), 400 << 10);
        origin.behave(&path, Behaviour::SlowBody { first, every: Duration::from_millis(100) });
        let (client, url) = (client.clone(), origin.url(&path));
        slow.spawn(async move { get(&client, &url).await.is_ok() });
    }
    // All of them have sent what takes room.
    let all = 6 * (400 << 10);
    while origin.bytes_sent() < all {
        assert!(slow.try_join_next().is_none());
        tokio::task::yield_now().await;
    }
    let feed = format!("{FEED}<!-- {} -->", "x".repeat(400 << 10));
    origin.serve("/feed", Page::new(feed.clone()));
    let fetched = get(&client, &origin.url("/feed")).await;
    let Ok(Fetched::Modified { document, .. }) = fetched else { panic!("no body but {fetched:?}") };
    assert_eq!(document.bytes.len(), feed.len());
    assert!(slow.try_join_next().is_none(), "the others are still dripping");
}
