//! Reads an output again before it replaces the last good one: well-formed, ids
//! unique, dates valid, links absolute.

use std::collections::HashMap;
use std::collections::HashSet;

use chrono::DateTime;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::BytesRef;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;
use serde_json::Value;

use super::json::VERSION;
use super::valid;
use super::xml::permitted;

/// Why an output must not be published.
#[derive(Debug, thiserror::Error)]
pub enum InvalidOutput {
    /// Not UTF-8.
    #[error("the document is not UTF-8")]
    Utf8(#[source] std::str::Utf8Error),
    /// No XML 1.0 document.
    #[error("the document is not well-formed XML: {0}")]
    Xml(String),
    /// No JSON text.
    #[error("the document is not JSON")]
    Json(#[source] serde_json::Error),
    /// Something that the format requires is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Two items have one id.
    #[error("duplicate id `{0}`")]
    RepeatedId(String),
    /// A date that the format does not allow.
    #[error("`{0}` is not a valid date")]
    Date(String),
    /// A link that means something else elsewhere, or an id that is none (RFC 3987).
    #[error("`{0}` is not an absolute URL")]
    Link(String),
    /// A media type, language or e-mail address that is none.
    #[error("`{value}` is not a valid {wanted}")]
    Value {
        /// As written.
        value: String,
        /// What should stand there.
        wanted: &'static str,
    },
    /// Entries come last, after tombstones (RFC 4287 §4.1.1).
    #[error("`{0}` comes too late in the document")]
    Order(String),
}

/// Checks a document that [`super::rss()`] wrote.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_rss(bytes: &[u8]) -> Result<(), InvalidOutput> {
    let mut ids = Ids::default();
    let seen = read_xml(bytes, |path, text| match path {
        [.., "item", "guid"] => ids.add(text).and_then(|()| absolute(text)),
        [.., "pubDate" | "lastBuildDate"] => {
            DateTime::parse_from_rfc2822(text).map(drop).map_err(|_| InvalidOutput::Date(text.to_owned()))
        }
        [.., "link"] => absolute(text),
        [.., "language"] => language(text),
        _ => Ok(()),
    })?;
    seen.require("rss", 1, "`rss`")?;
    seen.require("item/guid", seen.count("item"), "the `guid` of an item")?;
    seen.require("item/title", seen.count("item"), "the `title` of an item")?;
    seen.require("item/link", seen.count("item"), "the `link` of an item")
}

/// Checks a document that [`super::atom()`] wrote.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_atom(bytes: &[u8]) -> Result<(), InvalidOutput> {
    let mut ids = Ids::default();
    let mut last = ElementPlace::Metadata;
    let seen = read_xml(bytes, |path, text| match path {
        ["feed", name] => last.follow(name).and_then(|()| match *name {
            "id" | "icon" | "logo" => absolute(text),
            "updated" => rfc3339(text),
            _ => Ok(()),
        }),
        [.., "entry", "id"] => ids.add(text).and_then(|()| absolute(text)),
        [.., "source", "id"] | [.., "author", "uri"] => absolute(text),
        [.., "author", "email"] => wanted(valid::is_email(text), text, "e-mail address"),
        [.., "published" | "updated"] => rfc3339(text),
        _ => Ok(()),
    })?;
    seen.require("feed", 1, "`feed`")?;
    seen.require("feed/id", 1, "the feed's `id`")?;
    seen.require("feed/updated", 1, "the feed's `updated`")?;
    seen.require("entry/id", seen.count("entry"), "the `id` of an entry")?;
    seen.require("entry/title", seen.count("entry"), "the `title` of an entry")?;
    seen.require("entry/updated", seen.count("entry"), "the `updated` of an entry")
}

/// Checks a document that [`super::json()`] wrote.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_json(bytes: &[u8]) -> Result<(), InvalidOutput> {
    let feed: Value = serde_json::from_slice(bytes).map_err(InvalidOutput::Json)?;
    if feed["version"] != VERSION {
        return Err(InvalidOutput::Missing("`version`"));
    }
    let items = feed["items"].as_array().ok_or(InvalidOutput::Missing("`items`"))?;
    feed["title"].as_str().ok_or(InvalidOutput::Missing("`title`"))?;
    values(&feed)?;
    let mut ids = Ids::default();
    for item in items {
        let id = item["id"].as_str().ok_or(InvalidOutput::Missing("the `id` of an item"))?;
        ids.add(id).and_then(|()| absolute(id))?;
        item["content_html"].as_str().ok_or(InvalidOutput::Missing("the `content_html` of an item"))?;
        for key in ["date_published", "date_modified"] {
            rfc3339(item[key].as_str().unwrap_or_default())?;
        }
    }
    Ok(())
}

/// Checks every address, language and media type of a JSON value, however deep.
fn values(value: &Value) -> Result<(), InvalidOutput> {
    match value {
        Value::Array(values_of) => values_of.iter().try_for_each(values),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| match (name.as_str(), value) {
            (name, Value::String(text)) if name == "url" || name.ends_with("_url") => absolute(text),
            ("about" | "icon" | "favicon", Value::String(text)) => absolute(text),
            ("language", Value::String(text)) => language(text),
            ("mime_type", Value::String(text)) => media_type(text),
            (_, value) => values(value),
        }),
        _ => Ok(()),
    }
}

/// Where in a feed document an element stands.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum ElementPlace {
    Metadata,
    Tombstones,
    Entries,
}

impl ElementPlace {
    fn follow(&mut self, name: &str) -> Result<(), InvalidOutput> {
        let place = match name {
            "entry" => Self::Entries,
            "at:deleted-entry" => Self::Tombstones,
            _ => Self::Metadata,
        };
        if place < *self {
            return Err(InvalidOutput::Order(name.to_owned()));
        }
        *self = place;
        Ok(())
    }
}

#[derive(Default)]
struct Ids(HashSet<String>);

impl Ids {
    fn add(&mut self, id: &str) -> Result<(), InvalidOutput> {
        if id.is_empty() {
            Err(InvalidOutput::Missing("the id of an item"))
        } else if self.0.insert(id.to_owned()) {
            Ok(())
        } else {
            Err(InvalidOutput::RepeatedId(id.to_owned()))
        }
    }
}

fn rfc3339(text: &str) -> Result<(), InvalidOutput> {
    DateTime::parse_from_rfc3339(text).map(drop).map_err(|_| InvalidOutput::Date(text.to_owned()))
}

fn absolute(text: &str) -> Result<(), InvalidOutput> {
    if valid::is_iri(text) { Ok(()) } else { Err(InvalidOutput::Link(text.to_owned())) }
}

fn language(text: &str) -> Result<(), InvalidOutput> {
    wanted(valid::is_language(text), text, "language tag")
}

fn media_type(text: &str) -> Result<(), InvalidOutput> {
    wanted(valid::media_type(text).is_some(), text, "media type")
}

fn wanted(is_right: bool, value: &str, wanted: &'static str) -> Result<(), InvalidOutput> {
    if is_right { Ok(()) } else { Err(InvalidOutput::Value { value: value.to_owned(), wanted }) }
}

/// How often elements with text were seen, by `parent/name` and by `name`.
#[derive(Default)]
struct ElementCounts(HashMap<String, usize>);

impl ElementCounts {
    fn add(&mut self, path: &[&str]) {
        let Some(name) = path.last() else { return };
        *self.0.entry((*name).to_owned()).or_default() += 1;
        if let [.., parent, name] = path {
            *self.0.entry(format!("{parent}/{name}")).or_default() += 1;
        }
    }

    fn count(&self, path: &str) -> usize {
        self.0.get(path).copied().unwrap_or_default()
    }

    fn require(&self, path: &str, times: usize, what: &'static str) -> Result<(), InvalidOutput> {
        if self.count(path) == times { Ok(()) } else { Err(InvalidOutput::Missing(what)) }
    }
}

/// Walks a document, shows `look` each element's path and own text, and checks
/// that links in attributes are absolute.
fn read_xml(
    bytes: &[u8],
    mut look: impl FnMut(&[&str], &str) -> Result<(), InvalidOutput>,
) -> Result<ElementCounts, InvalidOutput> {
    let document = std::str::from_utf8(bytes).map_err(InvalidOutput::Utf8)?;
    let ill_formed = |why: &dyn std::fmt::Display| InvalidOutput::Xml(why.to_string());
    if permitted(document).len() != document.len() {
        return Err(ill_formed(&"it has a character that XML 1.0 forbids"));
    }
    let mut reader = Reader::from_str(document);
    let mut seen = ElementCounts::default();
    let mut path: Vec<String> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    loop {
        match reader.read_event().map_err(|it| ill_formed(&it))? {
            Event::Start(tag) => {
                check_attributes(&tag)?;
                path.push(tag.name().as_ref().to_owned());
                texts.push(String::new());
            }
            Event::Empty(tag) => {
                check_attributes(&tag)?;
                let name = tag.name();
                let names: Vec<&str> = path.iter().map(String::as_str).chain([name.as_ref()]).collect();
                look(&names, "")?;
            }
            Event::End(_) => {
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                look(&names, texts.pop().unwrap_or_default().trim())?;
                seen.add(&names);
                path.pop();
            }
            Event::Text(text) => match texts.last_mut() {
                Some(open) => open.push_str(&text),
                None if text.trim().is_empty() => {}
                None => return Err(ill_formed(&"it has text outside its root")),
            },
            Event::GeneralRef(entity) => {
                let text = resolved(&entity).ok_or_else(|| ill_formed(&format!("`&{};`", &*entity)))?;
                texts.last_mut().ok_or_else(|| ill_formed(&"it has text outside its root"))?.push_str(&text);
            }
            Event::DocType(_) => return Err(ill_formed(&"it has a document type declaration")),
            Event::Eof if path.is_empty() => return Ok(seen),
            Event::Eof => return Err(ill_formed(&format!("`{}` is not closed", path.join("/")))),
            _ => {}
        }
    }
}

fn resolved(entity: &BytesRef) -> Option<String> {
    match entity.resolve_char_ref() {
        Ok(Some(c)) => Some(c.to_string()),
        Ok(None) => resolve_xml_entity(entity).map(str::to_owned),
        Err(_) => None,
    }
}

fn check_attributes(tag: &BytesStart) -> Result<(), InvalidOutput> {
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|it| InvalidOutput::Xml(it.to_string()))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|it| InvalidOutput::Xml(it.to_string()))?;
        match attribute.key.as_ref() {
            "href" | "url" | "xmlUrl" | "htmlUrl" | "feedUrl" | "ref" => absolute(&value)?,
            "xml:lang" => language(&value)?,
            "when" => rfc3339(&value)?,
            "type" if matches!(tag.name().as_ref(), "link" | "atom:link" | "enclosure") => {
                media_type(&value)?
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::publish::FeedItem;
    use crate::publish::atom;
    use crate::publish::json;
    use crate::publish::rss;

    #[track_caller]
    fn check_all(items: &[FeedItem], expected: Option<&str>) {
        let channel = sample::channel();
        let results = [
            check_rss(&rss(&channel, items)),
            check_atom(&atom(&channel, items)),
            check_json(&json(&channel, items)),
        ];
        for result in results {
            assert_eq!(result.err().map(|it| it.to_string()).as_deref(), expected);
        }
    }

    #[track_caller]
    fn check_broken(cut: &str, paste: &str, expected: &str) {
        let item = sample::quoted();
        let written = String::from_utf8(rss(&sample::channel(), &[FeedItem::from(&item)])).expect("UTF-8");
        let broken = written.replacen(cut, paste, 1);
        assert_ne!(written, broken);
        let error = check_rss(broken.as_bytes()).expect_err("it is broken").to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_we_write_passes() {
        let (a, b, c) = (sample::merged(), sample::quoted(), sample::link_item());
        check_all(&[], None);
        check_all(&[FeedItem::from(&a), FeedItem::from(&b), FeedItem::from(&c)], None);
    }

    #[track_caller]
    fn check_broken_atom(cut: &str, paste: &str, expected: &str) {
        let (item, gone) = (sample::quoted(), sample::link_item());
        let items = [FeedItem::from(&item), FeedItem::Withdrawn { id: &gone.id, at: sample::at(9) }];
        let written = String::from_utf8(atom(&sample::channel(), &items)).expect("UTF-8");
        check_atom(written.as_bytes()).expect("it is whole");
        let broken = written.replacen(cut, paste, 1);
        assert_ne!(written, broken);
        let error = check_atom(broken.as_bytes()).expect_err("it is broken").to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn an_invalid_value_of_a_publisher_does_not_pass() {
        let source = "<source>\n<id>https://compiler.example/feed.xml";
        check_broken_atom(source, "<source>\n<id>urn:uuid:1", "`urn:uuid:1` is not an absolute URL");
        check_broken_atom(source, "<source>\n<id>tag:x:1", "`tag:x:1` is not an absolute URL");
        check_broken_atom(
            "href=\"https://compiler.example/2026/",
            "href=\"https://compiler.example/[1]/",
            "[1]",
        );
        check_broken_atom("<entry>", "<entry xml:lang=\"en_US\">", "`en_US` is not a valid language tag");
        check_broken_atom("type=\"text/html\"", "type=\"html\"", "`html` is not a valid media type");
        check_broken_atom("<email>desk@brief.example", "<email>desk", "`desk` is not a valid e-mail address");
        check_broken_atom("ref=\"tag:", "ref=\"", "is not an absolute URL");
        check_broken_atom("when=\"2026", "when=\"26", "is not a valid date");
        check_broken("<language>en", "<language>english us", "is not a valid language tag");
        check_broken("type=\"application/rss+xml\"", "type=\"rss\"", "is not a valid media type");
        check_broken("false\">tag:brief.example,", "false\">tag:brief.example", "is not an absolute URL");
    }

    #[test]
    fn entries_come_last_and_tombstones_before_them() {
        check_broken_atom("</feed>", "<fh:archive/></feed>", "`fh:archive` comes too late");
        check_broken_atom(
            "<generator",
            "<at:deleted-entry ref=\"x:y\" when=\"2026-11-20T10:00:00Z\"/><generator",
            "too late",
        );
        let tombstone = "<at:deleted-entry ref=\"x:y\" when=\"2026-11-20T10:00:00Z\"/></feed>";
        check_broken_atom("</feed>", tombstone, "`at:deleted-entry` comes too late");
    }

    #[test]
    fn two_items_with_one_id_do_not_pass() {
        let item = sample::quoted();
        let expected = format!("duplicate id `{}`", item.id);
        check_all(&[FeedItem::from(&item), FeedItem::from(&item)], Some(&expected));
    }

    #[test]
    fn a_broken_document_does_not_pass() {
        check_broken("</channel>", "", "not well-formed");
        check_broken("</channel>", "</chanel>", "not well-formed");
        check_broken("<ttl>", "<ttl>&nbsp;", "not well-formed");
        check_broken("<ttl>", "<ttl>\u{1}", "forbids");
        check_broken("<pubDate>", "<pubDate>x", "is not a valid date");
        check_broken("<link>https://", "<link>/", "is not an absolute URL");
        check_broken("+xml\" href=\"https://", "+xml\" href=\"/", "is not an absolute URL");
    }
}
