//! Which path leads to what: the one list of addresses, and every path of a static copy.

use std::sync::Arc;

use crate::domain::StoryState;
use crate::publish;
use crate::publish::Format;
use crate::publish::page;
use crate::store::StoreError;

use super::feeds::ARCHIVE_ITEMS;
use super::feeds::archive_stem;
use super::rendered::Rendered;
use super::response::Answer;
use super::response::HTML;
use super::response::failure;
use super::response::html;
use super::response::plain;
use super::snapshot::SiteSnapshot;

impl SiteSnapshot<'_> {
    /// What a path leads to. One document has one address: any other spelling is
    /// moved there or leads nowhere.
    pub(super) fn answer(&self, path: &str, query: Option<&str>) -> Result<Answer, StoreError> {
        let inner = path.strip_prefix('/').unwrap_or(path);
        let is_folder = inner.ends_with('/');
        let parts: Vec<&str> = inner.strip_suffix('/').unwrap_or(inner).split('/').collect();
        let answer = match (parts.as_slice(), is_folder) {
            ([""], false) => Some(self.front()?),
            (["topics"], true) => self.topic_list("1"),
            (["topics", "page", page], false) if *page != "1" => self.topic_list(page),
            (["for"], true) => Some(html(page::audiences(&self.site))),
            (["publishers"], true) => self.publisher_list("1")?,
            (["publishers", "page", page], false) if *page != "1" => self.publisher_list(page)?,
            (["story", id, "history"], false) => self.history_or_story(id, path)?,
            (["story", id] | ["story", id, _], _) => self.story(id, path)?,
            (["story", id, _, "history"], false) => self.history(id, path)?,
            (["topics", slug, page @ ..], false) if page.len() < 2 => {
                self.topic(slug, page.first().copied())?
            }
            (["for", slug, page @ ..], false) if page.len() < 2 => {
                self.audience(slug, page.first().copied())?
            }
            (["publishers", slug, page @ ..], false) if page.len() < 2 => {
                self.publisher(slug, page.first().copied())?
            }
            (["archive"], true) => Some(self.archive_index()?),
            (["archive", year], true) => self.year(year)?,
            (["archive", year, month], false) => self.month(year, month)?,
            (["archive", year, month, day, page @ ..], false) if page.len() < 2 => {
                self.archive_day([year, month, day], page.first().copied())?
            }
            (["feeds"], true) => self.feed_list("1"),
            (["feeds", "page", page], false) if *page != "1" => self.feed_list(page),
            (["feeds.opml"], false) => Some(self.own_opml()),
            (["search"], false) => Some(self.search(query)?),
            (["about"], false) => Some(html(page::about(&self.site))),
            (["corrections"], false) => Some(html(page::corrections(&self.site, &self.corrections()?))),
            (["sources.opml"], false) => Some(self.opml()?),
            (["robots.txt"], false) => {
                Some(plain("text/plain; charset=utf-8", publish::robots_txt(&self.config.site.base_url)))
            }
            (["sitemap.xml"], false) => Some(self.sitemap()?),
            (["opensearch.xml"], false) => Some(self.opensearch()),
            ([name], false) if name.starts_with("sitemap-") => self.numbered_sitemap(name)?,
            ([name], false) if feed_at(name).is_some() => feed_at(name).map(Answer::Moved),
            (["edition", output, begins], false) => self.edition(output, begins)?,
            (["feeds", rest @ ..], false) => self.feed(rest)?,
            (["api", "v1", rest @ ..], false) => self.api(rest, query)?,
            _ => self.look.file(path).map(|it| Answer::Document(Arc::new(it))).or_else(|| asset(path)),
        };
        let missing = || match parts.first() {
            Some(&"api") => failure("there is nothing at this address"),
            _ => Rendered::new(HTML, page::not_found(&self.site)),
        };
        Ok(answer.unwrap_or_else(|| Answer::Missing(Arc::new(missing()))))
    }

    /// Every path that a static copy of the site holds; search and API need a server.
    pub(super) fn paths(&self) -> Result<Vec<String>, StoreError> {
        let mut paths: Vec<String> = ["/", "/for/", "/feeds.opml", "/about", "/corrections"]
            .into_iter()
            .chain(["/sources.opml", "/robots.txt"])
            .chain(publish::ASSETS.iter().map(|it| it.path))
            .map(str::to_owned)
            .chain(FEED_NAMES.iter().map(|(name, _)| format!("/{name}")))
            .collect();
        let mut feed =
            |stem: String| paths.extend(Format::ALL.map(|it| format!("{stem}.{}", it.extension())));
        let mut pages = Vec::new();
        for output in &self.config.outputs {
            feed(format!("/feeds/{}", output.id));
            let full_pages = self.length(output)? / ARCHIVE_ITEMS;
            for n in 1..=full_pages {
                pages.extend(["atom", "json"].map(|it| format!("{}.{it}", archive_stem(&output.id, n))));
            }
        }
        for (topic, _) in &self.topics {
            feed(format!("/feeds/topic/{}", topic.slug));
            pages.push(format!("/topics/{}", topic.slug));
        }
        for audience in &self.config.audiences {
            feed(format!("/feeds/for/{}", audience.slug));
            pages.push(format!("/for/{}", audience.slug));
            for (topic, _) in &self.topics {
                feed(format!("/feeds/for/{}/topic/{}", audience.slug, topic.slug));
            }
        }
        pages.extend(self.publishers().into_iter().map(|it| format!("/publishers/{}", it.slug)));
        pages.extend(self.directory_paths());
        pages.extend(self.section_pages()?);
        pages.extend(self.sitemap_paths()?);
        pages.extend(self.archive_paths()?);
        pages.extend(self.edition_paths()?);
        for (path, state, _) in self.store.permalinks()? {
            if state == StoryState::Published {
                pages.push(publish::history_path(&path));
            }
            if matches!(state, StoryState::Published | StoryState::Merged) {
                pages.push(path);
            }
        }
        pages.extend(self.look.logo_path().map(str::to_owned));
        paths.extend(pages);
        Ok(paths)
    }
}

/// Names that people and programs try for a site's feed, and which format they mean.
const FEED_NAMES: [(&str, Format); 8] = [
    ("feed.rss", Format::Rss),
    ("feed.atom", Format::Atom),
    ("feed.json", Format::Json),
    ("feed", Format::Rss),
    ("rss", Format::Rss),
    ("rss.xml", Format::Rss),
    ("index.xml", Format::Rss),
    ("atom.xml", Format::Atom),
];

/// The path of the feed that such a name leads to.
fn feed_at(name: &str) -> Option<String> {
    let (_, format) = FEED_NAMES.iter().find(|it| it.0 == name)?;
    Some(format!("/feeds/all.{}", format.extension()))
}

fn asset(path: &str) -> Option<Answer> {
    let asset = publish::ASSETS.iter().find(|it| it.path == path)?;
    Some(Answer::Document(Arc::new(Rendered::new(asset.media_type, asset.bytes))))
}

/// A parameter of a query.
pub(super) fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query?.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
