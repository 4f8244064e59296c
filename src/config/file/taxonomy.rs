//! `[[topic]]` and `[[audience]]`, and which names are taken.

use std::collections::HashMap;

use super::super::problem::KeyLocation;
use super::super::settings::Audience;
use super::super::settings::TopicRule;
use super::super::table::At;
use super::super::table::Table;
use super::super::value;
use super::shared::text_shape;
use super::shared::values;
use crate::domain::Slug;

/// What was declared so far, for references between tables.
#[derive(Default)]
pub(super) struct Names {
    pub(super) topics: HashMap<String, KeyLocation>,
    pub(super) audiences: HashMap<String, KeyLocation>,
    pub(super) sources: HashMap<String, KeyLocation>,
    pub(super) source_urls: HashMap<String, KeyLocation>,
    pub(super) outputs: HashMap<String, KeyLocation>,
}

/// Remembers a name; says so when it is taken.
pub(super) fn declare(
    it: &Table<'_>,
    taken: &mut HashMap<String, KeyLocation>,
    name: &str,
    place: &KeyLocation,
    help: &str,
) {
    if let Some(first) = taken.get(name) {
        it.report().error(place, format!("`{name}` is taken by {}", first.path), help);
    } else {
        taken.insert(name.to_owned(), place.clone());
    }
}

pub(super) fn topic(it: &mut Table<'_>, names: &mut Names) -> Option<TopicRule> {
    let name = it.parsed("name", None, "As shown.", text_shape, value::name);
    it.require("name", "write name = \"AI\", or what the topic is called");
    let about = "Aliases that mean the same.";
    let terms = it.list("terms", "artificial intelligence", about, |text| Ok(text.to_lowercase()));
    let At { value: (name, slug), place } = name?;
    declare(
        it,
        &mut names.topics,
        slug.as_str(),
        &place,
        "write another name; both would have the same address",
    );
    Some(TopicRule::new(name, slug, &values(terms)))
}

pub(super) fn audience(it: &mut Table<'_>, names: &mut Names) -> Option<Audience> {
    let name = it.parsed("name", None, "As shown.", text_shape, value::name);
    it.require("name", "write name = \"CTO\", or whom stories are for");
    let topics = topic_slugs(it, names, "What makes a story theirs.");
    let At { value: (name, slug), place } = name?;
    declare(
        it,
        &mut names.audiences,
        slug.as_str(),
        &place,
        "write another name; both would have the same address",
    );
    Some(Audience { name, slug, topics })
}

/// Topics by slug. One that is not in the taxonomy may still be a publisher's.
pub(super) fn topic_slugs(it: &mut Table<'_>, names: &Names, about: &'static str) -> Vec<Slug> {
    let topics = it.list("topics", "ai", about, |text| value::name(text).map(|it| it.1));
    for At { value: slug, place } in &topics {
        if !names.topics.contains_key(slug.as_str()) && it.is_sound() {
            let help = match value::nearest(slug.as_str(), names.topics.keys().map(String::as_str)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("add [[topic]] with name = \"{slug}\", or leave it if publishers use it"),
            };
            it.report().warning(place, format!("`{slug}` is no [[topic]] of yours"), help);
        }
    }
    values(topics)
}
