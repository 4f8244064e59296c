//! The briefing as data: `_bylined` in JSON, `curation:*` in XML (docs/NAMESPACE.md).

use serde_json::Value;
use serde_json::json;
use url::Url;

use super::attribution::attribution;
use super::attribution::attribution_text;
use super::link;
use super::valid::spelled;
use super::xml::Xml;
use super::xml::permitted;
use crate::domain::Briefing;
use crate::domain::Item;
use crate::domain::Statement;
use crate::domain::StatementField;

/// Version 1 of the `curation` namespace. An incompatible change takes a new URI.
pub(super) const NAMESPACE: &str = "urn:uuid:4b7f8849-6119-5f63-9db4-2d3114ff4e34";

/// What a receipt is said to be of where its span is not of the article's text.
const ABSTRACT: &str = "abstract";

/// `_bylined` of one item: every key always present, arrays empty rather than absent.
pub fn bylined_json(item: &Item, curator: &str, base_url: &Url) -> Value {
    bylined(item, curator, &link::about_data(base_url))
}

pub(super) fn bylined(item: &Item, curator: &str, about: &str) -> Value {
    // Topics are an item's own tags.
    let Briefing {
        engine,
        summary,
        key_takeaway,
        key_insights,
        principles,
        in_practice,
        topics: _,
        best_for,
        differs,
    } = &item.briefing;
    let takeaways: Vec<Value> = key_takeaway
        .iter()
        .map(|it| {
            let mut value = statement(&it.statement);
            value["audience"] = json!(it.audience.as_deref().map(permitted));
            value
        })
        .collect();
    let differs: Vec<Value> = differs
        .iter()
        .map(|it| json!({ "what": permitted(&it.what), "values": statements(&it.values) }))
        .collect();
    let publishers: Vec<Value> = item
        .bylines
        .iter()
        .map(|it| {
            json!({
                "name": permitted(&it.name),
                "url": link::of(&it.url),
                "feed_url": it.feed_url.as_ref().map(link::of),
                "author": it.author.as_deref().map(permitted),
                "published": it.published.rfc3339(),
                "rights": it.rights.as_str(),
                "copy_of": it.copy_of.as_ref().map(link::of),
            })
        })
        .collect();
    let related: Vec<Value> = item
        .related
        .iter()
        .map(|it| {
            json!({
                "id": it.id.as_str(),
                "title": permitted(&it.title),
                "url": it.url,
                "relation": it.relation.as_str(),
            })
        })
        .collect();
    json!({
        "about": about,
        "engine": engine.as_str(),
        "revision": item.revision,
        "reviewed": item.reviewed.as_ref().map(|it| json!({ "by": permitted(&it.by), "at": it.at.rfc3339() })),
        "made": permitted(&attribution(item, curator).made),
        "summary": statements(summary),
        "key_takeaway": takeaways,
        "key_insights": statements(key_insights),
        "principles": statements(principles),
        "in_practice": statements(in_practice),
        "best_for": best_for.iter().map(|it| permitted(it)).collect::<Vec<_>>(),
        "related": related,
        "differs": differs,
        "publishers": publishers,
        "attribution": permitted(&attribution_text(item, curator)),
    })
}

fn statements(statements: &[Statement]) -> Vec<Value> {
    statements.iter().map(statement).collect()
}

fn statement(it: &Statement) -> Value {
    let receipts: Vec<Value> = it
        .receipts
        .iter()
        .map(|receipt| {
            let mut value = json!({
                "url": spelled(&receipt.url),
                "start": receipt.start,
                "end": receipt.end,
                "sha256": receipt.sha256,
            });
            if receipt.is_of_abstract {
                value["of"] = json!(ABSTRACT);
            }
            if receipt.is_quote_shown {
                value["quote"] = json!(receipt.quote);
            }
            value
        })
        .collect();
    json!({ "text": permitted(&it.text), "made": it.made.as_str(), "receipts": receipts })
}

fn write_statements(xml: &mut Xml, field: StatementField, briefing: &Briefing) {
    let name = match field {
        StatementField::Summary => "curation:summary",
        StatementField::KeyTakeaway => {
            for it in &briefing.key_takeaway {
                write_statement(xml, "curation:keyTakeaway", it.audience.as_deref(), &it.statement);
            }
            return;
        }
        StatementField::KeyInsights => "curation:keyInsight",
        StatementField::Principles => "curation:principle",
        StatementField::InPractice => "curation:inPractice",
    };
    for it in briefing.statements_in(field) {
        write_statement(xml, name, None, it);
    }
}

/// `curation:briefing` with the same data.
pub(super) fn write_briefing(xml: &mut Xml, item: &Item, curator: &str) {
    let briefing = &item.briefing;
    let revision = item.revision.to_string();
    let reviewed_at = item.reviewed.as_ref().map(|it| it.at.rfc3339());
    let mut attributes = vec![("engine", briefing.engine.as_str()), ("revision", revision.as_str())];
    if let (Some(review), Some(at)) = (&item.reviewed, &reviewed_at) {
        attributes.extend([("reviewed", review.by.as_str()), ("reviewedAt", at.as_str())]);
    }
    xml.open("curation:briefing", &attributes);
    for field in StatementField::ALL {
        write_statements(xml, field, briefing);
    }
    for it in &briefing.best_for {
        xml.text("curation:audience", &[], it);
    }
    for it in &item.related {
        xml.text(
            "curation:related",
            &[("id", it.id.as_str()), ("url", &it.url), ("relation", it.relation.as_str())],
            &it.title,
        );
    }
    for it in &briefing.differs {
        xml.open("curation:differs", &[("what", &it.what)]);
        for value in &it.values {
            write_statement(xml, "curation:value", None, value);
        }
        xml.close("curation:differs");
    }
    for it in &item.bylines {
        let published = it.published.rfc3339();
        let (url, feed_url) = (link::of(&it.url), it.feed_url.as_ref().map(link::of));
        let copy_of = it.copy_of.as_ref().map(link::of);
        let mut attributes = vec![("url", url.as_str())];
        if let Some(feed_url) = &feed_url {
            attributes.push(("feedUrl", feed_url));
        }
        if let Some(author) = &it.author {
            attributes.push(("author", author));
        }
        attributes.extend([("published", published.as_str()), ("rights", it.rights.as_str())]);
        if let Some(copy_of) = &copy_of {
            attributes.push(("copyOf", copy_of));
        }
        xml.text("curation:publisher", &attributes, &it.name);
    }
    xml.text("curation:attribution", &[], &attribution_text(item, curator));
    xml.text("curation:made", &[], &attribution(item, curator).made);
    xml.close("curation:briefing");
}

fn write_statement(xml: &mut Xml, name: &str, audience: Option<&str>, it: &Statement) {
    let mut attributes = vec![("made", it.made.as_str())];
    attributes.extend(audience.map(|it| ("audience", it)));
    let places: Vec<[String; 3]> = it
        .receipts
        .iter()
        .map(|it| [spelled(&it.url).into_owned(), it.start.to_string(), it.end.to_string()])
        .collect();
    let receipts: Vec<Vec<(&str, &str)>> = it
        .receipts
        .iter()
        .zip(&places)
        .map(|(it, [url, start, end])| {
            let of = it.is_of_abstract.then_some(("of", ABSTRACT));
            [("url", url.as_str()), ("start", start), ("end", end)].into_iter().chain(of).collect()
        })
        .collect();
    let children: Vec<(&str, &[(&str, &str)])> =
        receipts.iter().map(|it| ("curation:receipt", it.as_slice())).collect();
    xml.mixed(name, &attributes, &it.text, &children);
}
