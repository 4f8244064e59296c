mod bound;
mod damage;

use std::time::Duration;

use crate::domain::Entry;
use crate::domain::FeedFormat;
use crate::domain::Hints;
use crate::domain::Timestamp;

use super::*;

fn document(bytes: impl Into<Vec<u8>>) -> Document {
    let found = Url::parse("https://a.example/blog/feed").expect("an address");
    Document {
        request_url: found.clone(),
        final_url: found,
        redirects: Vec::new(),
        content_type: None,
        bytes: bytes.into(),
        hints: Hints::default(),
    }
}

#[track_caller]
fn read(bytes: impl Into<Vec<u8>>) -> Parsed {
    feed(&document(bytes)).expect("a feed")
}

#[track_caller]
fn item(inside: &str) -> Entry {
    let parsed = read(format!("<rss version='2.0'><channel><item>{inside}</item></channel></rss>"));
    parsed.feed.entries.into_iter().next().expect("an entry")
}

#[track_caller]
fn atom_entry(inside: &str) -> Entry {
    let parsed = read(format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry>{inside}</entry></feed>"));
    parsed.feed.entries.into_iter().next().expect("an entry")
}

/// Titles and links, `title@link` each.
#[track_caller]
fn check(bytes: impl Into<Vec<u8>>, expected: &[&str]) {
    let found: Vec<String> = read(bytes)
        .feed
        .entries
        .iter()
        .map(|it| format!("{}@{}", it.title, it.link.as_ref().map_or("", Url::as_str)))
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn check_title(inside: &str, expected: &str) {
    assert_eq!(item(inside).title, expected);
}

#[track_caller]
fn check_link(inside: &str, expected: Option<&str>) {
    assert_eq!(item(inside).link.as_ref().map(Url::as_str), expected);
}

#[track_caller]
fn check_no_feed(bytes: &str, expected: LooksLike) {
    let outcome = feed(&document(bytes));
    assert!(
        matches!(outcome, Err(ParseError::NotAFeed { looks_like }) if looks_like == expected),
        "{outcome:?}"
    );
}

const TWO: &str = "<rss version=\"2.0\"><channel><title>T</title>\
    <item><title>One</title><link>https://a.example/1</link></item>\
    <item><title>Two</title><link>https://a.example/2</link></item></channel></rss>";
const BOTH: &[&str] = &["One@https://a.example/1", "Two@https://a.example/2"];

#[test]
fn every_dialect_is_read() {
    check(TWO, BOTH);
    for version in ["0.91", "0.93", "0.94", "2.0.1", "none"] {
        check(TWO.replace("2.0", version), BOTH);
    }
    check(TWO.replace("<rss ", "<rss xmlns='http://backend.userland.com/rss2' "), BOTH);
    check(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'>\
         <channel><title>T</title></channel><item><title>One</title><link>/1</link></item></rdf:RDF>",
        &["One@https://a.example/1"],
    );
    check(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title mode='escaped'>One</title>\
         <link rel='alternate' href='1'/><issued>2026-11-20T10:00:00Z</issued></entry></feed>",
        &["One@https://a.example/blog/1"],
    );
    check(
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>One</a:title></a:entry></a:feed>",
        &["One@"],
    );
}

#[test]
fn titles_are_text() {
    check_title("<title>AT&amp;amp;T &amp; caf&eacute; &#8217;x</title>", "AT&T & café ’x");
    check_title("<title><![CDATA[<b>New</b> thing]]></title>", "New thing");
    check_title("<title>a &lt; b, Vec&lt;T&gt;</title>", "a < b, Vec<T>");
    check_title("<title>\u{202E}evil\u{0}\n line</title>", "evil line");
    check_title("<title>O\u{B}n\u{C}e</title>", "One");
    check_title("<media:title>Second</media:title><title>First</title>", "First");
    check_title("<title></title><media:title>Second</media:title>", "Second");
    assert_eq!(atom_entry("<title>1 &lt;b> 2 &amp;amp;</title>").title, "1 <b> 2 &amp;");
    assert_eq!(atom_entry("<title type='xhtml'><div>A <i>b</i> &amp; c</div></title>").title, "A b & c");
}

#[test]
fn links_are_absolute_web_addresses() {
    check_link("<link> /1 </link>", Some("https://a.example/1"));
    check_link("<title>x</title><link>java\tscript:alert(1)</link>", None);
    check_link("<guid>https://a.example/g</guid>", Some("https://a.example/g"));
    check_link("<guid isPermaLink='false'>https://a.example/g</guid>", None);
    check_link(
        "<guid>https://a.example/g</guid><link>https://a.example/l</link>",
        Some("https://a.example/l"),
    );
    check_link(
        "<link>https://p.example/x</link><feedburner:origLink>https://a.example/o</feedburner:origLink>",
        Some("https://a.example/o"),
    );
    check_link("<link><![CDATA[/?a=1&amp;b=2&#038;c=3]]></link>", Some("https://a.example/?a=1&b=2&c=3"));
    for only in [
        "<id>https://a.example/x</id>",
        "<content src='/x'/>",
        "<link rel='' href='/x'/>",
        "<link rel='http://www.iana.org/assignments/relation/alternate' href='/x'/><link rel='alternate nofollow' href='/y'/>",
        "<content type='audio/mpeg' src='/y'/><id>https://a.example/x</id>",
    ] {
        let link = atom_entry(only).link;
        assert_eq!(link.as_ref().map(Url::as_str), Some("https://a.example/x"), "{only}");
    }
    let entry = atom_entry(
        "<link rel='self' href='/s'/><link href='h' xml:base='/b/'/><link rel='enclosure' href='/e.mp3' length='9' type='audio/mpeg'/>",
    );
    assert_eq!(entry.link.as_ref().map(Url::as_str), Some("https://a.example/b/h"));
    assert_eq!(entry.enclosure.and_then(|it| it.length_bytes), Some(9));
}

#[test]
fn an_entrys_own_address_is_believed_before_its_id() {
    let link = |inside: &str| atom_entry(inside).link.map(String::from);
    let own = Some("https://a.example/own".to_owned());
    assert_eq!(link("<id>https://a.example/?p=1</id><link rel='self' href='/own'/>"), own);
    assert_eq!(link("<id>https-everywhere</id><link rel='self' href='/own'/>"), own);
    assert_eq!(link("<id>https-everywhere</id>"), None);
    check_link("<link>/own?t=5&amp;#100</link>", Some("https://a.example/own?t=5&#100"));
}

#[test]
fn co_authors_are_all_named() {
    let names =
        |inside: &str| -> Vec<String> { item(inside).authors.into_iter().map(|it| it.name).collect() };
    let both = "<title>x</title><author>ann@a.example (Ann)</author><author>bob@a.example</author>";
    assert_eq!(names(both), ["Ann", "bob@a.example"]);
}

#[test]
fn what_a_text_shows_of_markup_stays_in_it() {
    let text = "<p>by <dc:creator>Ann</dc:creator> on</p><p>more</p>";
    let entry = atom_entry(&format!("<content type='xhtml'><div>{text}</div></content>"));
    assert_eq!(entry.content.as_deref(), Some("by Ann on\n\nmore"));
    assert!(entry.authors.is_empty());
    let entry = item("<description>one</p>two</p>three</description>");
    assert_eq!(entry.summary.as_deref(), Some("one\n\ntwo\n\nthree"));
    let entry = atom_entry("<summary>Hello</sumary><updated>2026-11-20T10:00:00Z</updated>");
    assert_eq!(entry.summary.as_deref(), Some("Hello"));
    let sample = "Use <description>x</description>, then <![CDATA[ y ]]]]><![CDATA[> to the end";
    let entry = item(&format!("<description><![CDATA[{sample}]]></description>"));
    assert!(entry.summary.is_some_and(|it| it.ends_with("to the end")));
}

#[test]
fn what_a_cut_document_hides_stays_hidden() {
    let begin = "<rss><channel><item><title>One</title><guid>1</guid></item>";
    for hidden in [
        "<!-- <item><title>Draft</title><guid>d</guid></item> ",
        "<item><guid>2</guid><description><![CDATA[Close with </item> or ",
        "<item><guid>2</guid><title>Two</title><!-- old: </item> ",
    ] {
        check(format!("{begin}{hidden}"), &["One@"]);
    }
}

#[test]
fn of_several_dates_the_best_that_can_be_read_counts() {
    let day = |inside: &str| item(&format!("<title>x</title>{inside}")).published.map(Timestamp::rfc3339);
    let second = "<dc:date>2026-11-02</dc:date>";
    assert_eq!(day(&format!("<pubDate>soon</pubDate>{second}")).as_deref(), Some("2026-11-02T00:00:00Z"));
    assert_eq!(
        day(&format!("{second}<pubDate>2026-11-01</pubDate>")).as_deref(),
        Some("2026-11-01T00:00:00Z")
    );
    assert_eq!(day("<pubDate>soon</pubDate>"), None);
}

#[test]
fn ids_are_the_publishers_or_none() {
    assert_eq!(item("<title>x</title>").id, None);
    assert_eq!(item("<guid> 7 </guid>").id.as_deref(), Some("7"));
}

#[test]
fn what_feed_rs_drops_is_kept() {
    let entry = item(
        "<title>x</title><source url='https://b.example/feed'>B &amp; Co</source><dc:subject>s</dc:subject>\
         <category>c</category><author>a@b.example (Ann)</author><pubDate>20 Nov 26 10:00 GMT</pubDate>",
    );
    let origin = entry.origin.expect("an origin");
    assert_eq!(origin.title, "B & Co");
    assert_eq!(origin.feed_url.as_ref().map(Url::as_str), Some("https://b.example/feed"));
    assert_eq!(entry.categories, ["s", "c"]);
    assert_eq!(entry.authors[0].name, "Ann");
    assert_eq!(entry.published.map(Timestamp::rfc3339).as_deref(), Some("2026-11-20T10:00:00Z"));

    let entry =
        atom_entry("<title>x</title><source><id>i</id><title>B</title><link rel='self' href='/f'/></source>");
    assert_eq!(entry.title, "x");
    assert_eq!(entry.id, None);
    assert_eq!(entry.origin.map(|it| it.title).as_deref(), Some("B"));

    let hints = read(
        "<rss><channel><ttl>60</ttl><skipHours><hour>0</hour><hour>24</hour><hour>7</hour></skipHours>\
         <skipDays><day>Sunday</day></skipDays><sy:updatePeriod>daily</sy:updatePeriod>\
         <sy:updateFrequency>2</sy:updateFrequency></channel></rss>",
    )
    .feed
    .poll_hints;
    assert_eq!(hints.ttl, Some(Duration::from_secs(3600)));
    assert_eq!(hints.skip_hours, [0, 7]);
    assert_eq!(hints.skip_days, [chrono::Weekday::Sun]);
    assert_eq!(hints.update_period, Some(Duration::from_secs(12 * 3600)));
}

#[test]
fn what_is_said_beside_the_entries_is_kept() {
    let feed = read(
        "<rss><channel><description>About &lt;i&gt;x&lt;/i&gt;</description>\
         <cloud domain='d.example' port='80' path='/r' registerProcedure='p' protocol='xml-rpc'/>\
         <atom:link rel='prev-archive' href='/2025'/><atom:link rel='hub' href='https://hub.example/'/>\
         <creativeCommons:license>https://l.example/by</creativeCommons:license></channel></rss>",
    )
    .feed;
    assert_eq!(feed.subtitle.as_deref(), Some("About x"));
    assert_eq!(
        feed.cloud.map(|it| (it.domain, it.port, it.path)),
        Some(("d.example".into(), Some(80), "/r".into()))
    );
    assert_eq!(feed.older.as_ref().map(Url::as_str), Some("https://a.example/2025"));
    assert_eq!(feed.licence.as_ref().map(Url::as_str), Some("https://l.example/by"));
    assert_eq!(feed.hubs.len(), 1);

    let entry = atom_entry(
        "<title>x</title><link rel='via' href='https://v.example/'/><link rel='license' href='/by'/>\
         <source xml:base='https://b.example/'><rights>R</rights><author><name>Bea</name></author>\
         <link href='home'/></source>",
    );
    assert_eq!(entry.via.as_ref().map(Url::as_str), Some("https://v.example/"));
    assert_eq!(entry.licence.as_ref().map(Url::as_str), Some("https://a.example/by"));
    assert_eq!(entry.rights.as_deref(), Some("R"));
    assert_eq!(entry.authors[0].name, "Bea");
    assert_eq!(entry.origin.and_then(|it| it.home).as_ref().map(Url::as_str), Some("https://b.example/home"));
    let entry = atom_entry(
        "<title>x</title><author><name>Ann</name></author><source><author><name>Bea</name></author></source>",
    );
    assert_eq!(entry.authors.len(), 1);

    let entry = item(
        "<title>x</title><itunes:category text='A'><itunes:category text='B'/></itunes:category><tags>c, d</tags>",
    );
    assert_eq!(entry.categories, ["A", "B", "c", "d"]);
    let entry = item(
        "<title>x</title><categories><category>a</category></categories><media:keywords>b, c</media:keywords><author>x@b.example</author><dc:creator>Ann</dc:creator>",
    );
    assert_eq!(entry.categories, ["a", "b", "c"]);
    assert_eq!(entry.authors.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Ann"]);
    check(
        "<CHANNEL HREF='/'><ITEM HREF='/1' LASTMOD='2026-11-20T10:00Z'><TITLE>One</TITLE></ITEM></CHANNEL>",
        &["One@https://a.example/1"],
    );
}

#[test]
fn base64_is_undone_where_it_is_text() {
    assert_eq!(
        atom_entry("<title>x</title><content type='application/octet-stream'> PGI+\nYTwvYj4= </content>")
            .content
            .as_deref(),
        Some("a")
    );
    assert_eq!(atom_entry("<title mode='base64'>PGI+YTwvYj4=</title>").title, "a");
    for no_text in ["AAAA", "////", "!"] {
        let parsed = read(format!(
            "<feed><entry><id>i</id><content type='image/png'>{no_text}</content></entry></feed>"
        ));
        assert_eq!(parsed.feed.entries[0].content, None);
        assert_eq!(parsed.warnings, [Warning::UnreadableContent]);
    }
}

#[test]
fn an_entry_is_in_its_own_language_or_its_texts() {
    let language = |feed: &str, entry: &str| {
        let parsed = read(format!("<feed xml:lang='en'{feed}><entry>{entry}</entry></feed>"));
        parsed.feed.entries[0].language.clone()
    };
    assert_eq!(language("", "<title>x</title>"), None);
    assert_eq!(language("", "<title>x</title><content xml:lang='de'>y</content>").as_deref(), Some("de"));
    assert_eq!(
        language("", "<title xml:lang='de'>x</title><dc:language>fr</dc:language>").as_deref(),
        Some("fr")
    );
}

#[test]
fn repairs_are_reported() {
    let of = |text: String| read(text).warnings;
    assert_eq!(of(TWO.to_owned()), []);
    assert_eq!(of(format!("<?xml version='1.0'?><!-- x --> {TWO} <!-- y -->\n")), []);
    assert_eq!(of(TWO.replace("One", "O\u{8}\u{B}\u{C}n\u{1F}e")), [Warning::ControlCharacters]);
    assert_eq!(of(format!("<br/>oops{TWO}")), [Warning::JunkBefore]);
    assert_eq!(of(format!("{TWO}<script>")), [Warning::JunkAfter]);
    assert_eq!(of(TWO.replace("One</title>", "One")), [Warning::Unclosed { element: "title".to_owned() }]);
}

#[test]
fn no_entry_of_several_is_an_error() {
    for text in [
        "<rss><channel><title>T</title><item></item><item/></channel></rss>",
        "<rss><channel><item><title>One",
        "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [1, 2]}",
    ] {
        let outcome = feed(&document(text));
        assert!(matches!(outcome, Err(ParseError::NoEntriesRead { .. })), "{outcome:?}");
    }
    check("<rss><channel><title>T</title></channel></rss>", &[]);
    check("{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}", &[]);
}

#[test]
fn bodies_are_paragraphs() {
    let entry = item(
        "<description>One &lt;b&gt;x&lt;/b&gt;</description><content:encoded><![CDATA[<p>a</p><p>b</p>]]></content:encoded>",
    );
    assert_eq!(entry.summary.as_deref(), Some("One x"));
    assert_eq!(entry.content.as_deref(), Some("a\n\nb"));
    let entry = atom_entry(
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>a</p><script/><p>b</p></div></content>",
    );
    assert_eq!(entry.content.as_deref(), Some("a\n\nb"));
}

#[test]
fn json_feeds_are_read_leniently() {
    check(
        "\u{FEFF}{\"items\": [{\"id\": 1, \"url\": \"/1\", \"title\": \"One\", \"tags\": \"t\", \"authors\": [3, {\"name\": \"A\"}]}, null]} junk",
        &["One@https://a.example/1"],
    );
    check(
        "{\"rss\": {\"version\": 2.0, \"channel\": {\"item\": {\"title\": \"One\", \"guid\": {\"#value\": \"https://a.example/1\"}}}}}",
        &["One@https://a.example/1"],
    );
    let parsed = read("{\"version\": \"https://jsonfeed.org/version/1.1\"}");
    assert_eq!(parsed.feed.format, FeedFormat::Json);
}

#[test]
fn json_is_mended() {
    let feed = "{\"version\": \"https://jsonfeed.org/version/1\", \"items\": [\
        {\"id\": \"1\", \"title\": \"One\", \"url\": \"/1\"},\
        {\"id\": \"2\", \"title\": \"Two\", \"url\": \"/2\"}]}";
    check(feed.replace("\"}]", "\",},]"), BOTH);
    check(feed.replace("\"One\"", "'One', \"summary\": NaN"), BOTH);
    check(feed.replace("\"One\"", "\"x\", \"title\": \"One\""), BOTH);
    check(feed.replace("[{", "[null, [], {}, {"), BOTH);
    check(
        feed.replace("[{", "{\"10\": {").replace(",{", ", \"9\": {").replace("}]", "}}"),
        &[BOTH[1], BOTH[0]],
    );
    check(feed.split_at(feed.len() - 10).0, &BOTH[..1]);
    for (before, after) in
        [(")]}',\n", ""), ("<br/>oops {", ""), ("go(", ");"), ("{\"feed\": ", "}"), ("[", "]")]
    {
        check(format!("{before}{feed}{after}"), BOTH);
    }
    let parsed = read(feed.replace("[{", "[,{"));
    assert_eq!(parsed.warnings, [Warning::RepairedJson]);
    let outcome = super::feed(&document(feed.split_at(feed.find("One").expect("a title")).0));
    assert!(matches!(outcome, Err(ParseError::Malformed { .. })), "{outcome:?}");
}

#[test]
fn a_page_that_shows_a_feed_is_that_feed() {
    let page = |text: &str| {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        format!("<html><head><title>feed</title></head><body><pre>{escaped}</pre></body></html>")
    };
    check(page(TWO), BOTH);
    let item =
        "{\"id\": \"1\", \"title\": \"One\", \"url\": \"/1\", \"content_html\": \"<header>Hi</header>\"}";
    let json = format!("{{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [{item}]}}");
    check(format!(")]}}'\n{json}"), &BOTH[..1]);
    check(page("{\"items\": [{\"title\": \"One\", \"url\": \"/1\"}]}"), &BOTH[..1]);
    check_no_feed(&page(TWO).replace("<pre>", "<p>An example:</p><pre>"), LooksLike::Html);
}

#[test]
fn a_page_that_only_begins_like_a_feed_or_tells_of_one_is_a_page() {
    let head = "<!DOCTYPE html><html><head><title>x</title></head><body>";
    for body in [
        "<a>&lt;/&gt; DevBlog</a><p>Posts</p>",
        "<a>{dev} blog</a>",
        "{{ title }}",
        "<pre>&lt;rss&gt;&lt;channel&gt;&lt;item&gt;&lt;title&gt;Yours&lt;/title&gt;&lt;/item&gt;</pre><p>So it looks</p>",
        "<p>Write:</p><code>{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [{\"id\": \"1\"}]}</code>",
    ] {
        check_no_feed(&format!("{head}{body}</body></html>"), LooksLike::Html);
    }
}

#[test]
fn what_is_no_feed_is_named() {
    check_no_feed(" \n", LooksLike::Empty);
    check_no_feed("<!DOCTYPE html><html><head><title>Sign in</title></head></html>", LooksLike::Html);
    check_no_feed("{\"error\": 1}", LooksLike::Json);
    check_no_feed("<note>x</note>", LooksLike::Other);
    check_no_feed("404", LooksLike::Other);
}
