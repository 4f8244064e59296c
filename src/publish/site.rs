//! Files about the site as a whole: sitemap, robots.txt, the sources as OPML.

use url::Url;

use super::link::absolute;
use super::xml::Xml;
use crate::domain::Timestamp;

/// Addresses that one sitemap may hold (sitemaps.org protocol).
const SITEMAP_URLS_MAX: usize = 50_000;

/// A sitemap (sitemaps.org protocol 0.9) of paths from the site's root, each
/// with its last change. Only the first 50,000 are written: pass the newest first.
pub fn sitemap<'a>(base_url: &Url, pages: impl IntoIterator<Item = (&'a str, Option<Timestamp>)>) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.open("urlset", &[("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")]);
    for (path, changed) in pages.into_iter().take(SITEMAP_URLS_MAX) {
        xml.open("url", &[]);
        xml.text("loc", &[], &absolute(base_url, path));
        if let Some(changed) = changed {
            xml.text("lastmod", &[], &changed.rfc3339());
        }
        xml.close("url");
    }
    xml.close("urlset");
    xml.into_bytes()
}

/// A sitemap index (sitemaps.org protocol 0.9) of sitemaps at paths from the site's root.
pub fn sitemap_index<'a>(
    base_url: &Url,
    sitemaps: impl IntoIterator<Item = (&'a str, Option<Timestamp>)>,
) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.open("sitemapindex", &[("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")]);
    for (path, changed) in sitemaps {
        xml.open("sitemap", &[]);
        xml.text("loc", &[], &absolute(base_url, path));
        if let Some(changed) = changed {
            xml.text("lastmod", &[], &changed.rfc3339());
        }
        xml.close("sitemap");
    }
    xml.close("sitemapindex");
    xml.into_bytes()
}

/// How a browser searches the site from its own address bar (OpenSearch 1.1).
pub fn opensearch(base_url: &Url, title: &str, language: &str) -> Vec<u8> {
    // The specification's longest short name.
    let short: String = title.chars().take(16).collect();
    let template = format!("{}?q={{searchTerms}}", absolute(base_url, "/search"));
    let icon = absolute(base_url, "/favicon.ico");
    let mut xml = Xml::new();
    xml.open("OpenSearchDescription", &[("xmlns", "http://a9.com/-/spec/opensearch/1.1/")]);
    xml.text("ShortName", &[], short.trim());
    xml.text("Description", &[], title);
    xml.empty("Url", &[("type", "text/html"), ("method", "get"), ("template", &template)]);
    xml.text("Image", &[("width", "32"), ("height", "32"), ("type", "image/x-icon")], &icon);
    xml.text("Language", &[], language);
    xml.text("InputEncoding", &[], "UTF-8");
    xml.close("OpenSearchDescription");
    xml.into_bytes()
}

/// `robots.txt` (RFC 9309): everything but searches and the API may be crawled.
/// `base_url` decides the paths, which start with its own.
pub fn robots_txt(base_url: &Url) -> Vec<u8> {
    let root = base_url.path().trim_end_matches('/');
    let sitemap = absolute(base_url, "/sitemap.xml");
    format!("User-agent: *\nDisallow: {root}/search\nDisallow: {root}/api/\n\nSitemap: {sitemap}\n")
        .into_bytes()
}

/// A source as a reader may subscribe to it. Unlisted sources are not passed.
#[derive(Clone, Debug)]
pub struct OpmlSource {
    /// The publisher's name.
    pub name: String,
    /// The feed.
    pub feed_url: Url,
    /// The publisher's home page.
    pub home: Option<Url>,
    /// Topics that the operator gave it.
    pub topics: Vec<String>,
}

/// The sources as OPML 2.0, in folders by their first topic. `updated` is when the list
/// last changed.
pub fn opml(title: &str, updated: Timestamp, sources: &[OpmlSource]) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.open("opml", &[("version", "2.0")]);
    xml.open("head", &[]);
    xml.text("title", &[], title);
    xml.text("dateModified", &[], &updated.rfc822());
    xml.text("docs", &[], "http://opml.org/spec2.opml");
    xml.close("head");
    xml.open("body", &[]);
    // A folder for each topic that is some source's first, in the order of the sources.
    let folder_of = |it: &OpmlSource| it.topics.first().cloned();
    let mut folders = vec![None];
    for source in sources {
        let folder = folder_of(source);
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    for folder in folders {
        if let Some(name) = &folder {
            xml.open("outline", &[("text", name.as_str()), ("title", name.as_str())]);
        }
        outlines(&mut xml, sources.iter().filter(|it| folder_of(it) == folder));
        if folder.is_some() {
            xml.close("outline");
        }
    }
    xml.close("body");
    xml.close("opml");
    xml.into_bytes()
}

fn outlines<'a>(xml: &mut Xml, sources: impl Iterator<Item = &'a OpmlSource>) {
    for source in sources {
        let categories: Vec<String> =
            source.topics.iter().map(|it| format!("/{}", it.replace([',', '/'], " "))).collect();
        let categories = categories.join(",");
        let mut attributes = vec![
            ("type", "rss"),
            ("text", source.name.as_str()),
            ("title", source.name.as_str()),
            ("xmlUrl", source.feed_url.as_str()),
        ];
        attributes.extend(source.home.as_ref().map(|it| ("htmlUrl", it.as_str())));
        if !categories.is_empty() {
            attributes.push(("category", &categories));
        }
        xml.empty("outline", &attributes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_may_read_all_but_searches() {
        let base = Url::parse("https://brief.example/tech/").expect("a URL");
        let text = String::from_utf8(robots_txt(&base)).expect("UTF-8");
        assert!(text.contains("Disallow: /tech/search\n"));
        assert!(text.ends_with("Sitemap: https://brief.example/tech/sitemap.xml\n"));
    }

    #[test]
    fn every_source_is_an_outline_of_type_rss() {
        let source = OpmlSource {
            name: "A & B".to_owned(),
            feed_url: Url::parse("https://a.example/feed?x=1&y=2").expect("a URL"),
            home: None,
            topics: vec!["AI".to_owned(), "TCP/IP".to_owned()],
        };
        let text = String::from_utf8(opml("Sources", Timestamp::from_secs(0), &[source])).expect("UTF-8");
        let outline = "<outline type=\"rss\" text=\"A &amp; B\" title=\"A &amp; B\" \
                       xmlUrl=\"https://a.example/feed?x=1&amp;y=2\" category=\"/AI,/TCP IP\"/>";
        let folder = format!("<outline text=\"AI\" title=\"AI\">{outline}</outline>");
        let text: String = text.lines().map(str::trim).collect();
        assert!(text.contains(&folder), "{text}");
    }

    #[test]
    fn a_browser_learns_how_to_search() {
        let base = Url::parse("https://brief.example/tech/").expect("a URL");
        let text = String::from_utf8(opensearch(&base, "The Example & Tech Brief", "en")).expect("UTF-8");
        assert!(text.contains("<ShortName>The Example &amp; Te</ShortName>"), "{text}");
        assert!(text.contains("template=\"https://brief.example/tech/search?q={searchTerms}\""), "{text}");
    }

    #[test]
    fn a_sitemap_names_pages_absolutely() {
        let base = Url::parse("https://brief.example/").expect("a URL");
        let pages = [("/story/a/b", Some(Timestamp::from_secs(0))), ("/", None)];
        let text = String::from_utf8(sitemap(&base, pages)).expect("UTF-8");
        assert!(text.contains("<loc>https://brief.example/story/a/b</loc>"), "{text}");
        assert!(text.contains("<lastmod>1970-01-01T00:00:00Z</lastmod>"), "{text}");
    }
}
