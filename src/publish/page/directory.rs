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
    previous: Option<String>,
    next: Option<String>,
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

/// Places on one page of a directory.
pub const DIRECTORY_PAGE: usize = 240;

/// The topics that have a page, from the most told on; `page` counts from 1.
pub fn topics(site: &SiteView, page: usize) -> String {
    let words = site.words();
    let (places, is_last) = directory_places(&site.topics, page);
    directory(site, words.topics, "/topics/", places, words.no_topics, (page, is_last))
}

/// All audiences.
pub fn audiences(site: &SiteView) -> String {
    let words = site.words();
    directory(site, words.for_readers, "/for/", &site.audiences, words.no_audiences, (1, true))
}

/// The publishers of one page, in the order given; `page` counts from 1.
pub fn publishers(site: &SiteView, publishers: &[Section], page: usize, is_last: bool) -> String {
    let words = site.words();
    directory(site, words.publishers, "/publishers/", publishers, words.no_publishers, (page, is_last))
}

/// The places that stand on a page of a directory, and whether it is the last.
pub fn directory_places<T>(places: &[T], page: usize) -> (&[T], bool) {
    let rest = places.get((page - 1) * DIRECTORY_PAGE..).unwrap_or_default();
    (&rest[..rest.len().min(DIRECTORY_PAGE)], rest.len() <= DIRECTORY_PAGE)
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
    Directory {
        site,
        head,
        heading,
        intro: words.archive_intro,
        groups,
        empty: words.none_here,
        previous: None,
        next: None,
    }
    .written()
}

/// The path of a page of a directory.
pub fn directory_path(root: &str, page: usize) -> String {
    if page < 2 { root.to_owned() } else { format!("{root}page/{page}") }
}

fn directory(
    site: &SiteView,
    heading: &str,
    root: &str,
    sections: &[Section],
    empty: &str,
    (page, is_last): (usize, bool),
) -> String {
    let places = sections.iter().map(|it| CountedPlace {
        href: site.href(&format!("{root}{}", it.slug)),
        name: it.name.clone(),
        count: site.stories(it.stories),
    });
    let places: Vec<CountedPlace> = places.collect();
    let groups = if places.is_empty() { vec![] } else { vec![PlaceGroup { heading: None, places }] };
    let path = directory_path(root, page);
    let head = site.head(&path, Some(heading), format!("{heading} · {}", site.title));
    let href = |page: usize| site.href(&directory_path(root, page));
    let previous = (1 < page).then(|| href(page - 1));
    let next = (!is_last).then(|| href(page + 1));
    Directory { site, head, heading, intro: "", groups, empty, previous, next }.written()
}
