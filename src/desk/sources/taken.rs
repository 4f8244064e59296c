//! Ids and addresses of sources: which are in use, and how people write them.

use std::collections::HashMap;
use std::collections::HashSet;

use url::Url;

use crate::config::Config;
use crate::config::NewSource;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::identify;
use crate::parse::OpmlFeed;

/// Ids and addresses that are in use.
pub(super) struct Taken {
    pub(super) ids: HashSet<String>,
    /// By address in its comparable form.
    pub(super) urls: HashMap<String, String>,
}

impl Taken {
    pub(super) fn of(config: &Config) -> Self {
        // The keys of a source that the overlay removes still stand in the file, under its id.
        let ids = config.sources.iter().map(|it| &it.id).chain(&config.overlay.removed);
        let ids = ids.map(|it| it.to_string()).collect();
        let urls = config.sources.iter().map(|it| (comparable(&it.url), it.id.to_string())).collect();
        Self { ids, urls }
    }

    /// The source that has this address, in one of its spellings.
    pub(super) fn source_at(&self, url: &Url) -> Option<&str> {
        self.urls.get(&comparable(url)).map(String::as_str)
    }

    /// An id of this form that nobody has, which is taken from now on.
    pub(super) fn free_id(&mut self, base: &str) -> SourceId {
        let mut n = 1;
        loop {
            let id = if n == 1 { base.to_owned() } else { format!("{base}-{n}") };
            n += 1;
            if !self.ids.contains(&id)
                && let Ok(parsed) = id.parse()
            {
                self.ids.insert(id);
                return parsed;
            }
        }
    }

    /// The source that an outline stands for; why it is none.
    pub(super) fn source(&mut self, it: &OpmlFeed, list_title: Option<&str>) -> Result<NewSource, String> {
        let url = address(&it.url)?;
        if let Some(other) = self.source_at(&url) {
            return Err(format!("it is the source `{other}` already"));
        }
        let id = self.free_id(&base_of_id(it.name.as_deref(), &url));
        self.urls.insert(comparable(&url), id.to_string());
        // A folder that holds the whole list says nothing of a feed.
        let folders = it.folders.iter().filter(|it| Some(it.as_str()) != list_title);
        let mut topics: Vec<String> = Vec::new();
        for topic in folders.chain(&it.categories) {
            let slug = Slug::of(topic);
            if slug.is_some() && topics.iter().all(|it| Slug::of(it) != slug) {
                topics.push(topic.clone());
            }
        }
        Ok(NewSource { id, url, publisher: it.name.clone(), topics })
    }
}

/// An address as it is compared with others: without scheme, `www.` and what tracks readers.
fn comparable(url: &Url) -> String {
    let canonical = identify::canonical(url).map_or_else(|| url.to_string(), |it| it.as_str().to_owned());
    let rest = canonical.split_once("://").map_or(canonical.as_str(), |it| it.1);
    rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/').to_owned()
}

/// An id is made of the title, else of the host.
pub(super) fn base_of_id(title: Option<&str>, url: &Url) -> String {
    let slug = title.and_then(Slug::of).or_else(|| Slug::of(url.host_str().unwrap_or_default()));
    slug.map_or_else(|| "source".to_owned(), |it| it.as_str().to_owned())
}

/// An address that can be a source's. The words do not repeat it: it may hold a password.
pub(super) fn address(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let spelled = match text.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("//") => format!("http:{rest}"),
        Some(rest) => rest.to_owned(),
        None if text.contains("://") => text.to_owned(),
        None => format!("https://{text}"),
    };
    let url = Url::parse(&spelled).map_err(|_| "it is not a web address".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("its address is neither http nor https".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("its address holds a user name or password; add it with `auth` by hand".to_owned());
    }
    Ok(url)
}

/// An address without what may be a password.
pub fn shown(url: &str) -> String {
    url.rsplit_once('@').map_or(url, |it| it.1).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_write_them() {
        let check = |text, expected: Option<&str>| {
            assert_eq!(address(text).ok().as_ref().map(Url::as_str), expected, "{text}");
        };
        check("https://a.example/feed", Some("https://a.example/feed"));
        check(" a.example ", Some("https://a.example/"));
        check("feed://a.example/x", Some("http://a.example/x"));
        check("feed:https://a.example/x", Some("https://a.example/x"));
        check("ftp://a.example/x", None);
        check("https://ann:secret@a.example/x", None);
        check("javascript:alert(1)", None);
        check("feed:", None);
        check("", None);
    }

    #[test]
    fn spellings_of_one_address_are_one_source() {
        let same = |a: &str, b: &str| {
            comparable(&a.parse().expect("a URL")) == comparable(&b.parse().expect("a URL"))
        };
        assert!(same("http://www.a.example/feed/", "https://a.example/feed"));
        assert!(same("https://a.example/feed?utm_source=x", "https://a.example/feed"));
        assert!(!same("https://a.example/feed?tag=1", "https://a.example/feed?tag=2"));
        assert!(!same("https://a.example/rss", "https://a.example/atom"));
    }

    #[test]
    fn folders_and_categories_become_topics_once() {
        let mut taken = Taken { ids: HashSet::new(), urls: HashMap::new() };
        let it = OpmlFeed {
            name: Some("A Blog".to_owned()),
            url: "https://a.example/feed".to_owned(),
            folders: vec!["My feeds".to_owned(), "TCP/IP".to_owned()],
            categories: vec!["TCP IP".to_owned(), "AI".to_owned(), "???".to_owned()],
        };
        let new = taken.source(&it, Some("My feeds")).expect("a source");
        assert_eq!((new.id.as_str(), new.topics), ("a-blog", vec!["TCP/IP".to_owned(), "AI".to_owned()]));
        assert!(taken.source(&it, None).is_err());
        let other = OpmlFeed { url: "https://b.example/feed".to_owned(), ..it };
        assert_eq!(taken.source(&other, None).expect("a source").id.as_str(), "a-blog-2");
    }
}
