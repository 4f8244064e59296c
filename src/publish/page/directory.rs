//! Lists of topics, audiences, publishers, and years and months of the archive.

use askama::Template;

use super::head::Head;
use super::month::Month;
use super::site_view::Section;
use super::site_view::SiteView;
use super::template::Written;

#[derive(Template)]
#[template(path = "directory.html")]
struct Directory<'a> {
    site: &'a SiteView,
    head: Head,
    heading: &'a str,
    intro: &'a str,
    groups: Vec<PlaceGroup>,
    empty: &'a str,
}

/// Places under one heading, which may lead somewhere itself.
struct PlaceGroup {
    heading: Option<(String, String)>,
    places: Vec<CountedPlace>,
}

struct CountedPlace {
    href: String,
    name: String,
    /// How many stories it has, in words.
    count: String,
}

/// All topics that have a page.
pub fn topics(site: &SiteView) -> String {
    let words = site.words();
    directory(site, words.topics, "/topics/", &site.topics, words.no_topics)
}

/// All audiences.
pub fn audiences(site: &SiteView) -> String {
    let words = site.words();
    directory(site, words.for_readers, "/for/", &site.audiences, words.no_audiences)
}

/// All publishers.
pub fn publishers(site: &SiteView, publishers: &[Section]) -> String {
    let words = site.words();
    directory(site, words.publishers, "/publishers/", publishers, words.no_publishers)
}

/// Years and months of the archive with their published stories, newest first. `year` is given
/// where only its months are passed.
pub fn archive(site: &SiteView, months: &[(Month, usize)], year: Option<i32>) -> String {
    let words = site.words();
    let mut groups: Vec<PlaceGroup> = Vec::new();
    for (month, count) in months {
        let place = CountedPlace {
            href: site.href(&month.path()),
            name: site.month_name(*month),
            count: site.stories(*count),
        };
        let (name, path) = (month.year.to_string(), format!("/archive/{}/", month.year));
        match groups.last_mut().filter(|it| it.heading.as_ref().is_some_and(|it| it.0 == name)) {
            Some(group) => group.places.push(place),
            None => groups.push(PlaceGroup { heading: Some((name, site.href(&path))), places: vec![place] }),
        }
    }
    let year_name = year.map(|it| format!("{} {it}", words.archive));
    let heading = year_name.as_deref().unwrap_or(words.archive);
    let path = year.map_or_else(|| "/archive/".to_owned(), |it| format!("/archive/{it}/"));
    if year.is_some() {
        groups.iter_mut().for_each(|it| it.heading = None);
    }
    let head = site.head(&path, Some(heading), words.archive_intro.to_owned());
    Directory { site, head, heading, intro: words.archive_intro, groups, empty: words.none_here }.written()
}

fn directory(site: &SiteView, heading: &str, path: &str, sections: &[Section], empty: &str) -> String {
    let places = sections.iter().map(|it| CountedPlace {
        href: site.href(&format!("{path}{}", it.slug)),
        name: it.name.clone(),
        count: site.stories(it.stories),
    });
    let places: Vec<CountedPlace> = places.collect();
    let groups = if places.is_empty() { vec![] } else { vec![PlaceGroup { heading: None, places }] };
    let head = site.head(path, Some(heading), format!("{heading} · {}", site.title));
    Directory { site, head, heading, intro: "", groups, empty }.written()
}
