//! Documents that are broken around or within their entries.

use super::*;

#[test]
fn damage_around_the_root_costs_nothing() {
    check(format!(" \n{TWO}"), BOTH);
    check(format!("\u{FEFF}\n<?xml version='1.0'?>{TWO}"), BOTH);
    check(format!("<br /><b>Warning</b>: no such file<br />\n<?xml version='1.0'?>{TWO}"), BOTH);
    check(format!("{TWO}<script>track()</script><!-- served in 3 ms -->"), BOTH);
    check(format!("<!DOCTYPE rss [<!ENTITY x 'y'>]>{TWO}"), BOTH);
}

#[test]
fn damage_within_costs_at_most_its_field() {
    check(TWO.replace("<title>One</title>", "<title>One"), BOTH);
    check(TWO.replace("</item><item>", "<item>"), BOTH);
    check(
        TWO.to_uppercase()
            .replace("HTTPS://A.EXAMPLE", "https://a.example")
            .replace("ONE", "One")
            .replace("TWO", "Two"),
        BOTH,
    );
    check(
        TWO.replace("One", "One & <only>").replace("<only>", "\u{1}"),
        &["One &@https://a.example/1", BOTH[1]],
    );
    check(TWO.replace("</title><link>", "</title><category>a <b>b</category><link>"), BOTH);
}

#[test]
fn what_is_misspelt_or_never_closed_costs_at_most_itself() {
    check(TWO.replace("</title>", "</titel>").replace("</link>", "</url>"), BOTH);
    check(TWO.replace("</", "</ "), BOTH);
    check(TWO.replace("<item>", "<item><!-- a -- b ->"), BOTH);
    check(format!("<!-- cached {TWO}"), BOTH);
    check(TWO.replace("<title>One", "<description><![CDATA[x] ]></description><title>One"), BOTH);
    let sections = TWO.replace("<title>", "<title><![CDATA[").replace("</title>", "]]></title>");
    check(sections.replacen("]]></title><link>", "</title><link>", 1), BOTH);
    check(sections.replace("]]></title><link>", "</title><link>"), BOTH);
    check(format!("<!DOCTYPE rss [<!ENTITY nbsp \"&#160;\">{TWO}"), BOTH);
    check(TWO.replace("<link>", "<link><font color='red'>").replace("</link>", "<br/></font></link>"), BOTH);
    check(TWO.replace("One</title>", "One</rss>"), BOTH);
    check(format!("{TWO}{TWO}"), BOTH);
    let twice = "<description><description>y</p></description></description>";
    assert_eq!(item(twice).summary.as_deref(), Some("y"));
    let entry = item("<title>x</title><description>y<dc:date>2026-11-20</dc:date><author>A</author>");
    assert_eq!((entry.summary.as_deref(), entry.authors.len()), (Some("y"), 1));
    assert!(entry.published.is_some());
}

#[test]
fn a_root_of_any_name_or_none_is_no_loss() {
    let items = &TWO[TWO.find("<item>").expect("an item")..];
    check(items, BOTH);
    check(format!("<newsfeed>{items}</newsfeed>"), BOTH);
    let prefixed = TWO.replace("</", "</x:").replace('<', "<x:").replace("<x:/", "</");
    check(prefixed.as_str(), BOTH);
    check(prefixed.replace("<x:rss", "<x:rss xmlns:x='urn:x'"), BOTH);
    check(prefixed.replace("<x:item", "<X:ITEM"), BOTH);
}

#[test]
fn a_cut_off_entry_is_left_out() {
    let parsed = read(&TWO[..TWO.len() - 30]);
    assert_eq!(parsed.feed.entries.len(), 1);
    assert!(parsed.warnings.contains(&Warning::Truncated));
    let outcome = feed(&document("<rss><channel><item><title>One"));
    assert!(matches!(outcome, Err(ParseError::NoEntriesRead { begun: 1 })), "{outcome:?}");
}

#[test]
fn gzip_without_a_header_is_undone_and_bounded() {
    use std::io::Write;
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    };
    check(gzip(TWO.as_bytes()), BOTH);
    let cut = gzip(TWO.as_bytes());
    let parsed = read(&cut[..cut.len() - 20]);
    assert_eq!(parsed.feed.entries[0].title, "One");
    assert!(parsed.warnings.contains(&Warning::Truncated));
    let outcome = feed(&document(gzip(&vec![b' '; 11 * 1024 * 1024])));
    assert!(matches!(outcome, Err(ParseError::TooLarge { .. })), "{outcome:?}");
}

#[test]
fn deflate_without_a_header_is_undone_and_bounded() {
    use std::io::Write;
    let zlib = |bytes: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    };
    check(zlib(TWO.as_bytes()), BOTH);
    assert_eq!(read(zlib(TWO.as_bytes())).warnings, [Warning::Inflated]);
    let outcome = feed(&document(zlib(&vec![b' '; 11 * 1024 * 1024])));
    assert!(matches!(outcome, Err(ParseError::NotAFeed { .. })), "{outcome:?}");
}
