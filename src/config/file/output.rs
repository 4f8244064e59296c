//! `[[output]]`.

use std::collections::HashMap;

use super::super::problem::KeyLocation;
use super::super::settings::LinkTo;
use super::super::settings::Output;
use super::super::settings::Pattern;
use super::super::settings::Site;
use super::super::table::At;
use super::super::table::Table;
use super::super::value;
use super::super::value::Wrong;
use super::service::ITEMS_MAX;
use super::shared::id_shape;
use super::shared::text_shape;
use super::shared::to_usize;
use super::shared::values;
use super::taxonomy::Names;
use super::taxonomy::declare;
use super::taxonomy::topic_slugs;
use crate::domain::OutputId;
use crate::domain::SourceId;

/// Largest score that can be asked for.
const SCORE_MAX: f64 = 1_000_000.0;

/// Stories of one item of a digest.
const EDITION_STORIES_MAX: u64 = 500;

/// Ids of outputs that would hide paths of our own.
const OUTPUT_IDS_RESERVED: [&str; 3] = ["topic", "for", "health"];

/// The output that always exists.
pub(super) const OUTPUT_ALL: &str = "all";

pub(super) fn output(it: &mut Table<'_>, names: &mut Names, site: &Site) -> Option<Output> {
    let about = "Stable name; `all` always exists.";
    let id = it.parsed("id", None, about, id_shape, |text| {
        if OUTPUT_IDS_RESERVED.contains(&text) {
            let reserved = OUTPUT_IDS_RESERVED.join(", ");
            return value::wrong(
                format!("{text:?} is reserved"),
                format!("write another id than {reserved}"),
            );
        }
        value::id::<OutputId>(text)
    });
    it.require("id", "write id = \"name\"; it becomes part of the feed's address");
    let title = it.text("title", None, "Its title; absent, that of the site.");
    let about = "Items in the subscription document, beside those of the last 48 hours.";
    let items = it.count("items", 1..=ITEMS_MAX, 50, about);
    let links = [("original", LinkTo::Original), ("story", LinkTo::Story)];
    let link = it.word(
        "link",
        &links,
        Some("original"),
        "Where an item's link leads: the article, or the story's page.",
    );
    let topics = topic_slugs(it, names, "Any of these topics, if there are any.");
    let audiences = it.list("audiences", "cto", "Any of these audiences, if there are any.", |text| {
        let slug = value::name(text)?.1;
        known(slug.as_str(), "audience", &names.audiences).map(|()| slug)
    });
    let sources = it.list("sources", "example-monitor", "Any of these sources, if there are any.", |text| {
        known(text, "source", &names.sources).and_then(|()| value::id::<SourceId>(text))
    });
    let about = "Any of these languages, if there are any.";
    let languages = it.list("languages", "en", about, value::primary_language);
    let include =
        patterns(it, "include", "Stories must match one of these words or /regexes/, if there are any.");
    let exclude = patterns(it, "exclude", "Stories must match none of these words or /regexes/.");
    let score_min = it.number("score_min", 0.0..=SCORE_MAX, None, "Lowest score that enters.");
    let about = "Cron line of a digest: one item for all stories of a period.";
    let digest = it.parsed("digest", None, about, text_shape, value::cron);

    let about = "Most items of one publisher family in one item of a digest; families then take turns.";
    let per_publisher = it.count("per_publisher", 1..=EDITION_STORIES_MAX, EDITION_STORIES_MAX, about);
    if it.has("per_publisher") && !it.has("digest") {
        let help = "add a `digest`, or leave it out";
        let place = it.place_of("per_publisher");
        it.report().warning(&place, "has no effect without `digest`", help);
    }
    let per_publisher = it.has("per_publisher").then(|| to_usize(per_publisher));

    let At { value: id, place } = id?;
    declare(it, &mut names.outputs, id.as_str(), &place, "write another id");
    Some(Output {
        id,
        title: title.map_or_else(|| site.title.clone(), |it| it.value),
        items: to_usize(items),
        link: link.unwrap_or(LinkTo::Original),
        topics,
        audiences: values(audiences),
        sources: values(sources),
        languages: values(languages),
        include,
        exclude,
        score_min,
        digest: digest.map(|it| it.value),
        per_publisher,
    })
}

/// The output of every story, as it is without an entry of its own.
pub(super) fn everything(id: OutputId, site: &Site) -> Output {
    Output {
        id,
        title: site.title.clone(),
        items: 50,
        link: LinkTo::Original,
        topics: Vec::new(),
        audiences: Vec::new(),
        sources: Vec::new(),
        languages: Vec::new(),
        include: Vec::new(),
        exclude: Vec::new(),
        score_min: None,
        digest: None,
        per_publisher: None,
    }
}

fn known(name: &str, kind: &str, names: &HashMap<String, KeyLocation>) -> Result<(), Wrong> {
    if names.contains_key(name) {
        return Ok(());
    }
    let help = match value::nearest(name, names.keys().map(String::as_str)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("add a [[{kind}]] of that name, or leave it out"),
    };
    value::wrong(format!("there is no {kind} {name:?}"), help)
}

pub(super) fn patterns(it: &mut Table<'_>, name: &'static str, about: &'static str) -> Vec<Pattern> {
    values(it.list(name, "/v[0-9]+/", about, value::pattern))
}
