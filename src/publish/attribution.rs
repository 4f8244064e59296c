//! Who is credited for what, in words.

use super::made;
use super::made::enumerated;
use super::made::made;
use crate::domain::Attribution;
use crate::domain::Briefing;
use crate::domain::Byline;
use crate::domain::Item;
use crate::domain::Made;
use crate::domain::Receipt;
use crate::domain::Statement;
use crate::domain::StatementField;

/// The attribution line and how the briefing came to be; writers put the
/// publishers' names, linked, between the two (`publishers`).
pub fn attribution(item: &Item, curator: &str) -> Attribution {
    let briefing = &item.briefing;
    let work = match (briefing.summary.is_empty(), briefing.key_takeaway.is_empty()) {
        (false, false) => "Editorial summary, takeaway, and curation",
        (false, true) => "Editorial summary and curation",
        (true, false) => "Editorial takeaway and curation",
        (true, true) => "Curation",
    };
    Attribution {
        curation: format!("{work} by {curator}."),
        published_by: if item.bylines.len() == 1 {
            "Original article published by"
        } else {
            "Original articles published by"
        },
        made: made(item, &made::ENGLISH),
    }
}

/// The whole attribution line as plain text, the link lists that pointed there included.
pub fn attribution_text(item: &Item, curator: &str) -> String {
    let Attribution { curation, published_by, .. } = attribution(item, curator);
    let names: Vec<&str> = publishers(item).iter().map(|it| it.name.as_str()).collect();
    let mut line = format!("{curation} {published_by} {}.", enumerate(&names));
    let lists = via(item);
    if !lists.is_empty() {
        line.push_str(&format!(" Found via {}.", enumerate(&lists)));
    }
    line
}

/// One byline for each publisher, the primary entry's first.
pub(super) fn publishers(item: &Item) -> Vec<&Byline> {
    let mut publishers: Vec<&Byline> = Vec::new();
    for byline in &item.bylines {
        if publishers.iter().all(|it| it.name != byline.name) {
            publishers.push(byline);
        }
    }
    publishers
}

/// The names of the link lists that pointed to the articles.
pub(super) fn via(item: &Item) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for via in item.bylines.iter().flat_map(|it| &it.via) {
        if !names.contains(&via.name.as_str()) {
            names.push(&via.name);
        }
    }
    names
}

/// Who wrote the words shown, in the order of the page: the article's authors
/// (or, missing, its publisher) where the text is quoted, else the curator.
/// The words of a link item are its title: the publisher's.
pub fn authors(item: &Item, curator: &str) -> Vec<String> {
    let mut authors: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if authors.iter().all(|it| it != name) {
            authors.push(name.to_owned());
        }
    };
    for statement in statements(&item.briefing) {
        if is_quoted(statement) {
            let quoted = statement.receipts.first().and_then(|it| byline_of(item, it));
            add(wrote(quoted.unwrap_or_else(|| item.primary())));
        } else {
            add(curator);
        }
    }
    if authors.is_empty() {
        authors.push(wrote(item.primary()).to_owned());
    }
    authors
}

/// The article's author or, missing, its publisher.
pub(super) fn wrote(byline: &Byline) -> &str {
    byline.author.as_deref().unwrap_or(&byline.name)
}

/// Whether the words are a source's own.
pub(super) fn is_quoted(statement: &Statement) -> bool {
    matches!(statement.made, Made::Extractive | Made::Rule)
}

/// The byline of the article that a receipt points into.
pub(super) fn byline_of<'a>(item: &'a Item, receipt: &Receipt) -> Option<&'a Byline> {
    item.bylines.iter().find(|it| it.url.as_str() == receipt.url)
}

/// The name of the publisher whose article a receipt points into; else its host.
pub(super) fn publisher_of(item: &Item, receipt: &Receipt) -> String {
    match byline_of(item, receipt) {
        Some(byline) => byline.name.clone(),
        None => url::Url::parse(&receipt.url)
            .ok()
            .and_then(|it| it.host_str().map(str::to_owned))
            .unwrap_or_else(|| item.primary().name.clone()),
    }
}

/// `A`, `A and B`, `A, B and C`.
pub(super) fn enumerate(names: &[&str]) -> String {
    enumerated(names, made::ENGLISH.and)
}

/// The statements that the words below a briefing are about: not those of what publishers differ on.
fn statements(briefing: &Briefing) -> impl Iterator<Item = &Statement> {
    StatementField::ALL.into_iter().flat_map(|it| briefing.statements_in(it))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[track_caller]
    fn line(item: &Item, expected: &str) {
        assert_eq!(attribution_text(item, "Example Brief"), expected);
    }

    #[track_caller]
    fn came_to_be(item: &Item, expected: &str) {
        assert_eq!(attribution(item, "Example Brief").made, expected);
    }

    #[test]
    fn the_line_names_what_is_there() {
        line(
            &sample::merged(),
            "Editorial summary, takeaway, and curation by Example Brief. Original articles published by \
             Harbour Monitor, Northwind Daily and The Compiler Post. Found via Link Lantern.",
        );
        line(
            &sample::quoted(),
            "Editorial summary and curation by Example Brief. Original article published by The Compiler Post.",
        );
        line(
            &sample::link_item(),
            "Curation by Example Brief. Original article published by Harbour Monitor.",
        );
    }

    #[test]
    fn a_publisher_with_two_articles_is_named_once() {
        let mut item = sample::quoted();
        item.bylines.push(item.bylines[0].clone());
        line(
            &item,
            "Editorial summary and curation by Example Brief. Original articles published by The Compiler Post.",
        );
    }

    #[test]
    fn readers_know_who_or_what_wrote() {
        came_to_be(&sample::quoted(), "Quoted from the sources by rule.");
        came_to_be(&sample::link_item(), "Not summarised: title and links only.");
        let mut item = sample::merged();
        came_to_be(
            &item,
            "Summary, key takeaway, key insights and principles: written by the model lantern-8b (numbers, names \
             and quotations checked by rule); in practice: quoted from the sources by rule; not reviewed.",
        );
        item.briefing.in_practice.clear();
        came_to_be(
            &item,
            "Written by the model lantern-8b; numbers, names and quotations checked by rule; not reviewed.",
        );
        item.reviewed = Some(sample::review());
        came_to_be(
            &item,
            "Written by the model lantern-8b; numbers, names and quotations checked by rule. Reviewed by Mara Quill.",
        );
        item.briefing.summary[0].made = Made::Editor;
        came_to_be(
            &item,
            "Summary: written by the model lantern-8b (numbers, names and quotations checked by rule) and in part \
             written by an editor; key takeaway, key insights and principles: written by the model lantern-8b \
             (numbers, names and quotations checked by rule). Reviewed by Mara Quill.",
        );
    }

    #[test]
    fn the_author_is_who_wrote_the_words_shown() {
        assert_eq!(authors(&sample::quoted(), "Example Brief"), ["Ines Okafor"]);
        assert_eq!(authors(&sample::link_item(), "Example Brief"), ["Harbour Monitor"]);
        assert_eq!(authors(&sample::merged(), "Example Brief"), ["Example Brief", "Ines Okafor"]);
    }
}
