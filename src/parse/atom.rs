//! Says a scanned feed in Atom 1.0 and has `feed_rs` read it.
//!
//! Whatever dialect came in, `feed_rs` sees the one it reads best, well-formed
//! by construction. What Atom cannot say (poll hints, an entry's origin) travels
//! beside it, and so do dates, long texts and links, which `feed_rs` would only copy.

use std::panic;

use feed_rs::model;
use quick_xml::escape::escape;
use url::Url;

use crate::domain::Enclosure;
use crate::domain::Entry;
use crate::domain::Feed;
use crate::domain::Person;

use super::draft::Draft;
use super::draft::RankedLink;
use super::draft::RankedSlot;
use super::draft::RawText;
use super::draft::ScannedFeed;
use super::error::ParseError;
use super::link;
use super::plain;
use super::plain::Markup;
use super::warning::Warnings;

/// The feed that was scanned.
pub(super) fn read(scanned: ScannedFeed<'_>, warnings: &mut Warnings) -> Result<Feed, ParseError> {
    let atom = written(&scanned);
    let parser = feed_rs::parser::Builder::new()
        // An id that is not the publisher's is none.
        .id_generator(|_, _, _| String::new())
        .build();
    let parsed = panic::catch_unwind(panic::AssertUnwindSafe(|| parser.parse(atom.as_bytes())))
        .map_err(|_| ParseError::Malformed { cause: None })?
        .map_err(|cause| ParseError::Malformed { cause: Some(Box::new(cause)) })?;

    Ok(feed_of(parsed, scanned, warnings))
}

fn written(scanned: &ScannedFeed<'_>) -> String {
    let mut xml = String::from("<feed xmlns=\"http://www.w3.org/2005/Atom\"");
    if let Some(language) = &scanned.feed.language {
        xml.push_str(&format!(" xml:lang=\"{}\"", escape(language)));
    }
    xml.push('>');
    write_draft(&mut xml, &scanned.feed);
    for entry in &scanned.entries {
        xml.push_str("<entry>");
        write_draft(&mut xml, entry);
        xml.push_str("</entry>");
    }
    xml.push_str("</feed>");
    xml
}

fn write_draft(xml: &mut String, draft: &Draft<'_>) {
    write_value(xml, "id", draft.id.as_deref());
    write_text(xml, "title", draft.title.get());
    for author in &draft.authors {
        xml.push_str("<author>");
        write_value(xml, "name", Some(&author.name));
        write_value(xml, "uri", Some(&author.uri));
        write_value(xml, "email", Some(&author.email));
        xml.push_str("</author>");
    }
    for category in &draft.categories {
        xml.push_str(&format!("<category term=\"{}\"/>", escape(category.as_ref())));
    }
    write_text(xml, "rights", draft.rights.get());
}

fn write_text(xml: &mut String, name: &str, text: Option<&RawText<'_>>) {
    if let Some(RawText { text, is_html }) = text {
        xml.push_str(&format!("<{name} type=\"{}\">", if *is_html { "html" } else { "text" }));
        write_section(xml, text);
        xml.push_str(&format!("</{name}>"));
    }
}

fn write_value(xml: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value.map(str::trim).filter(|it| !it.is_empty()) {
        xml.push_str(&format!("<{name}>"));
        write_section(xml, value);
        xml.push_str(&format!("</{name}>"));
    }
}

/// Text as a CDATA section, which costs no escaping.
fn write_section(xml: &mut String, text: &str) {
    xml.push_str("<![CDATA[");
    let mut parts = text.split("]]>");
    xml.push_str(parts.next().unwrap_or_default());
    for part in parts {
        xml.push_str("]]]]><![CDATA[>");
        xml.push_str(part);
    }
    xml.push_str("]]>");
}

fn feed_of(feed: model::Feed, scanned: ScannedFeed<'_>, warnings: &mut Warnings) -> Feed {
    let links = &scanned.feed.links;
    let language = feed.language;
    let entries = feed.entries.into_iter().zip(scanned.entries);
    Feed {
        format: scanned.format,
        id: plain::id(&feed.id, warnings),
        title: line_of(feed.title.as_ref(), warnings).unwrap_or_default(),
        subtitle: body_of(&scanned.feed.summary, warnings),
        home: first_link(links, "alternate"),
        self_link: first_link(links, "self"),
        hubs: links_of(links, "hub").map(|it| it.url.clone()).collect(),
        cloud: scanned.cloud,
        older: first_link(links, "prev-archive").or_else(|| first_link(links, "next")),
        rights: line_of(feed.rights.as_ref(), warnings),
        licence: first_link(links, "license"),
        updated: scanned.feed.updated.get().or(scanned.feed.published.get()).copied(),
        authors: people(feed.authors, warnings),
        poll_hints: scanned.hints,
        entries: entries.map(|(it, draft)| entry_of(it, draft, language.as_ref(), warnings)).collect(),
        language,
    }
}

fn entry_of(
    entry: model::Entry,
    draft: Draft<'_>,
    feed_language: Option<&String>,
    warnings: &mut Warnings,
) -> Entry {
    let mut categories = Vec::new();
    for category in &entry.categories {
        plain::add_category(&category.term, &mut categories, warnings);
    }
    // Many feeds name a picture before the recording.
    let is_image =
        |it: &&RankedLink| it.media_type.as_deref().is_some_and(|it| it.trim().starts_with("image/"));
    let enclosures = || links_of(&draft.links, "enclosure");
    let enclosure =
        enclosures().find(|it| !is_image(it)).or_else(|| enclosures().next()).map(|it| Enclosure {
            url: it.url.clone(),
            media_type: it.media_type.as_deref().and_then(|it| plain::line(it, Markup::None, warnings)),
            length_bytes: it.length.as_deref().and_then(|it| it.trim().parse().ok()).filter(|it| *it != 0),
        });
    let link =
        draft.links.iter().find(|it| matches!(&*it.rel, "alternate" | "self")).map(|it| it.url.clone());
    let text = draft.content.get().or(draft.summary.get());
    Entry {
        id: plain::id(&entry.id, warnings),
        links: text.map_or_else(Vec::new, |it| link::of_text(&it.text, link.as_ref())),
        link,
        via: first_link(&draft.links, "via"),
        title: line_of(entry.title.as_ref(), warnings).unwrap_or_default(),
        summary: body_of(&draft.summary, warnings),
        content: body_of(&draft.content, warnings),
        authors: people(entry.authors, warnings),
        categories,
        published: draft.published.get().copied(),
        updated: draft.updated.get().copied(),
        language: draft.language.filter(|it| Some(it) != feed_language),
        rights: line_of(entry.rights.as_ref(), warnings),
        licence: first_link(&draft.links, "license"),
        origin: draft.origin,
        enclosure,
    }
}

fn body_of(text: &RankedSlot<RawText<'_>>, warnings: &mut Warnings) -> Option<String> {
    let RawText { text, is_html } = text.get()?;
    plain::body(text, if *is_html { Markup::Html } else { Markup::None }, warnings)
}

fn markup(content_type: &impl AsRef<str>) -> Markup {
    if content_type.as_ref() == "text/plain" { Markup::None } else { Markup::Html }
}

fn line_of(text: Option<&model::Text>, warnings: &mut Warnings) -> Option<String> {
    text.and_then(|it| plain::line(&it.content, markup(&it.content_type), warnings))
}

fn people(people: Vec<model::Person>, warnings: &mut Warnings) -> Vec<Person> {
    let mut authors: Vec<Person> = Vec::new();
    for person in people {
        let name = person.name.as_deref().filter(|it| !it.is_empty()).or(person.email.as_deref());
        let Some(name) = name.and_then(|it| plain::line(it, Markup::Html, warnings)) else { continue };
        if authors.iter().all(|it| it.name != name) {
            authors.push(Person { name, uri: person.uri });
        }
    }
    authors
}

fn links_of<'a>(links: &'a [RankedLink], rel: &'a str) -> impl Iterator<Item = &'a RankedLink> {
    links.iter().filter(move |it| it.rel == rel)
}

fn first_link(links: &[RankedLink], rel: &str) -> Option<Url> {
    links_of(links, rel).next().map(|it| it.url.clone())
}
