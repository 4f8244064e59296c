//! `source add`, `remove`, `test`, `import` and `export`.

use std::collections::HashMap;
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;
use url::Url;

use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::config::NewSource;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::fetch;
use crate::identify;
use crate::net::Client;
use crate::parse;
use crate::parse::OpmlFeed;
use crate::pipeline;
use crate::pipeline::SourceTrial;
use crate::pipeline::Trials;
use crate::publish;
use crate::publish::OpmlSource;
use crate::store::Store;

use super::args::Args;
use super::args::SourceCommand;
use super::failure::Failure;
use super::listing;
use super::setup;
use super::terminal;

/// Largest list that is imported, in bytes.
const LIST_BYTES_MAX: u64 = 16 << 20;

pub(super) fn source(args: &Args, command: &SourceCommand) -> Result<ExitCode, Failure> {
    match command {
        SourceCommand::List { json } => listing::sources(args, *json),
        SourceCommand::Add { url, id, publisher, topics, dry_run, json } => {
            let wanted = Wanted { id: id.as_deref(), publisher: publisher.as_deref(), topics };
            add(&ConfigFile::open(args)?, url, &wanted, *dry_run, *json)
        }
        SourceCommand::Remove { id, dry_run, json } => remove(&ConfigFile::open(args)?, id, *dry_run, *json),
        SourceCommand::Test { source, json } => test(&ConfigFile::open(args)?, source, *json),
        SourceCommand::Import { file, dry_run, json } => {
            import(&ConfigFile::open(args)?, file, *dry_run, *json)
        }
        SourceCommand::Export { json } => export(&ConfigFile::open(args)?, *json),
    }
}

/// The operator's file, as read and as resolved.
struct ConfigFile {
    path: PathBuf,
    name: String,
    text: String,
    env: Environment,
    config: Config,
}

/// What the operator said of a new source.
struct Wanted<'a> {
    id: Option<&'a str>,
    publisher: Option<&'a str>,
    topics: &'a [String],
}

#[derive(Serialize)]
struct Added {
    id: String,
    url: String,
    publisher: Option<String>,
    topics: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<Vec<Url>>,
}

#[derive(Serialize)]
struct Skipped {
    name: Option<String>,
    url: String,
    why: String,
}

#[derive(Serialize)]
struct Imported {
    added: Vec<Added>,
    skipped: Vec<Skipped>,
}

fn add(
    config_file: &ConfigFile,
    url: &str,
    wanted: &Wanted<'_>,
    dry_run: bool,
    json: bool,
) -> Result<ExitCode, Failure> {
    let asked = address(url).map_err(Failure::usage)?;
    let mut taken = Taken::of(&config_file.config);
    if let Some(other) = taken.source_at(&asked) {
        return Err(Failure::usage(format!("`{asked}` is already the source `{other}`")));
    }
    let probe = config_file.with(&[NewSource {
        id: Taken::of(&config_file.config).free_id("new"),
        url: asked.clone(),
        publisher: None,
        topics: Vec::new(),
    }])?;
    let probe = probe.1.sources.into_iter().last().ok_or_else(|| Failure::software("the source is lost"))?;
    let found = setup::runtime()?.block_on(async {
        let trials = config_file.trials()?;
        trials.discover(&probe, SystemClock.now()).await.map_err(|reason| unfit(url, &reason))
    })?;
    if let Some(other) = taken.source_at(&found.url) {
        return Err(Failure::usage(format!(
            "`{url}` leads to `{}`, which is already the source `{other}`",
            found.url
        )));
    }
    let id = match wanted.id {
        Some(id) => {
            let id: SourceId =
                id.parse().map_err(|error: crate::domain::InvalidId| Failure::usage(error.to_string()))?;
            if taken.ids.contains(id.as_str()) {
                return Err(Failure::usage(format!("a source `{id}` exists already; choose another --id")));
            }
            id
        }
        None => taken.free_id(&base_of_id(Some(&found.title), &found.url)),
    };
    let new = NewSource {
        id,
        url: found.url,
        publisher: wanted.publisher.map(str::to_owned),
        topics: wanted.topics.to_vec(),
    };
    config_file.write(&config_file.with(std::slice::from_ref(&new))?.0, dry_run)?;
    let added = Added {
        title: Some(found.title),
        entries: Some(found.entries),
        others: Some(found.others),
        ..Added::of(&new)
    };
    if json {
        return terminal::print_json(&added);
    }
    let done = if dry_run { "would add" } else { "added" };
    let title = added.title.as_deref().filter(|it| !it.is_empty()).unwrap_or("untitled");
    terminal::print(&format!("{done} `{}`: `{title}`, {} entries, {}", added.id, found.entries, added.url))?;
    for other in added.others.iter().flatten() {
        terminal::say(&format!("the page also names {other}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(config_file: &ConfigFile, id: &str, dry_run: bool, json: bool) -> Result<ExitCode, Failure> {
    let Some(index) = config_file.config.sources.iter().position(|it| it.id.as_str() == id) else {
        return Err(Failure::usage(format!("there is no source `{id}`; `bylined source list` shows all")));
    };
    let url = config_file.config.sources[index].url.to_string();
    if !dry_run {
        // Its rights and its name outlive its place in the file.
        config_file.remember()?;
    }
    let text = config::without_source(&config_file.name, &config_file.text, index).map_err(Failure::edit)?;
    let left = config_file.checked(&text)?;
    if left.sources.iter().any(|it| it.id.as_str() == id) {
        return Err(Failure::software("the source could not be taken out; remove its table by hand"));
    }
    config_file.write(&text, dry_run)?;
    if json {
        return terminal::print_json(&serde_json::json!({ "id": id, "url": url }));
    }
    let done = if dry_run { "would remove" } else { "removed" };
    terminal::print(&format!("{done} `{id}`; its stories, credits and rights stay"))
}

fn test(config_file: &ConfigFile, source: &str, json: bool) -> Result<ExitCode, Failure> {
    let configured =
        config_file.config.sources.iter().find(|it| it.id.as_str() == source || it.url.as_str() == source);
    let tried = match configured {
        Some(it) => it.clone(),
        None => {
            let url = address(source).map_err(|why| {
                Failure::usage(format!("`{source}` is no source of the configuration, and {why}"))
            })?;
            let id = Taken::of(&config_file.config).free_id(&base_of_id(None, &url));
            let new = NewSource { id, url, publisher: None, topics: Vec::new() };
            let probe = config_file.with(&[new])?.1.sources.into_iter().last();
            probe.ok_or_else(|| Failure::software("the source is lost"))?
        }
    };
    let trial = setup::runtime()?.block_on(async {
        Ok::<SourceTrial, Failure>(config_file.trials()?.source(&tried, SystemClock.now()).await)
    })?;
    if json {
        terminal::print_json(&trial)?;
    } else if trial.reason.is_none() {
        terminal::print(&trial.to_string())?;
        for it in &trial.newest {
            let when = it.published.as_deref().unwrap_or("undated");
            terminal::print(&format!("  {when}  {}  {}", it.title, it.url.as_deref().unwrap_or("no link")))?;
        }
    }
    match &trial.reason {
        None => Ok(ExitCode::SUCCESS),
        Some(reason) => Err(unfit(source, reason)),
    }
}

fn import(config_file: &ConfigFile, file: &Path, dry_run: bool, json: bool) -> Result<ExitCode, Failure> {
    let bytes = read(file)?;
    let list =
        parse::opml(&bytes).map_err(|error| Failure::data(format!("`{}`: {error}", file.display())))?;
    let mut taken = Taken::of(&config_file.config);
    let (mut new, mut skipped) = (Vec::new(), Vec::new());
    for it in &list.feeds {
        match taken.source(it, list.title.as_deref()) {
            Ok(source) => new.push(source),
            Err(why) => skipped.push(Skipped { name: it.name.clone(), url: shown(&it.url), why }),
        }
    }
    skipped.extend(list.unread.into_iter().map(|it| Skipped {
        url: shown(&it.url),
        name: it.name,
        why: format!("`{}` is not a feed type", it.kind),
    }));
    if !new.is_empty() {
        config_file.write(&config_file.with(&new)?.0, dry_run)?;
    }
    let imported = Imported { added: new.iter().map(Added::of).collect(), skipped };
    if json {
        return terminal::print_json(&imported);
    }
    for it in &imported.skipped {
        terminal::say(&format!("skipped {}: {}", it.name.as_deref().unwrap_or(&it.url), it.why));
    }
    if 0 < list.without_address {
        terminal::say(&format!("skipped {} outlines without an address", list.without_address));
    }
    if 0 < list.beyond_max {
        terminal::say(&format!(
            "skipped {} feeds beyond the first {}; import the rest from another file",
            list.beyond_max,
            parse::SUBSCRIPTIONS_MAX
        ));
    }
    let done = if dry_run { "would add" } else { "added" };
    terminal::print(&format!(
        "{done} {} sources, skipped {}",
        imported.added.len(),
        imported.skipped.len() + list.without_address + list.beyond_max
    ))
}

fn export(config_file: &ConfigFile, json: bool) -> Result<ExitCode, Failure> {
    // What a feed says of itself is known once it was polled; nothing of it is needed.
    let rows = if config_file.config.store.path.exists() {
        Store::open(&config_file.config.store.path)?.read_blocking(|it| it.sources())?
    } else {
        Vec::new()
    };
    let rows: HashMap<&str, _> = rows.iter().map(|it| (it.id.as_str(), it)).collect();
    let listed = config_file.config.sources.iter().filter(|it| it.listed).map(|it| {
        let row = rows.get(it.id.as_str());
        OpmlSource {
            name: it
                .publisher
                .clone()
                .or_else(|| row.and_then(|it| it.title.clone()))
                .unwrap_or_else(|| it.url.host_str().unwrap_or_default().to_owned()),
            feed_url: it.url.clone(),
            home: row.and_then(|it| it.home.clone()),
            topics: it.topics.clone(),
        }
    });
    let listed: Vec<OpmlSource> = listed.collect();
    let unlisted = config_file.config.sources.len() - listed.len();
    if 0 < unlisted {
        terminal::say(&format!("skipped {unlisted} unlisted sources"));
    }
    if json {
        let subscriptions = listed.iter().map(|it| {
            serde_json::json!({ "name": it.name, "url": it.feed_url, "home": it.home, "topics": it.topics })
        });
        return terminal::print_json(&subscriptions.collect::<Vec<_>>());
    }
    let opml = publish::opml(&config_file.config.site.title, SystemClock.now(), &listed);
    terminal::print(&String::from_utf8_lossy(&opml))
}

impl ConfigFile {
    fn open(args: &Args) -> Result<Self, Failure> {
        let env = Environment::read();
        let path = config::find(args.config.as_deref(), &env).map_err(Failure::config)?;
        let name = path.display().to_string();
        let config = config::load(&path, &env).map_err(Failure::config)?.config;
        let text = std::fs::read_to_string(&path).map_err(|cause| Failure::create(&path, &cause))?;
        Ok(Self { path, name, text, env, config })
    }

    /// The file with further sources, as text and as resolved.
    fn with(&self, sources: &[NewSource]) -> Result<(String, Config), Failure> {
        let text = config::with_sources(&self.name, &self.text, sources).map_err(Failure::edit)?;
        let config = self.checked(&text)?;
        Ok((text, config))
    }

    fn checked(&self, text: &str) -> Result<Config, Failure> {
        Ok(config::parse(&self.name, text, &self.env).map_err(Failure::config)?.config)
    }

    fn write(&self, text: &str, dry_run: bool) -> Result<(), Failure> {
        if dry_run { Ok(()) } else { config::replace(&self.path, &self.text, text).map_err(Failure::edit) }
    }

    /// Keeps what the file says of its sources in the database.
    fn remember(&self) -> Result<(), Failure> {
        let config = Arc::new(self.config.clone());
        setup::runtime()?.block_on(async {
            let store = Store::open(&config.store.path)?;
            let kept = pipeline::settle(&store, &config, SystemClock.now()).await;
            store.close().await;
            Ok(kept?)
        })
    }

    fn trials(&self) -> Result<Trials, Failure> {
        let policy = fetch::policy(&self.config.fetch, self.config.site.contact.as_deref());
        Ok(Trials::new(Client::new(policy)?))
    }
}

impl Added {
    fn of(new: &NewSource) -> Self {
        Self {
            id: new.id.to_string(),
            url: new.url.to_string(),
            publisher: new.publisher.clone(),
            topics: new.topics.clone(),
            title: None,
            entries: None,
            others: None,
        }
    }
}

/// Ids and addresses that are in use.
struct Taken {
    ids: HashSet<String>,
    /// By address in its comparable form.
    urls: HashMap<String, String>,
}

impl Taken {
    fn of(config: &Config) -> Self {
        let ids = config.sources.iter().map(|it| it.id.to_string()).collect();
        let urls = config.sources.iter().map(|it| (comparable(&it.url), it.id.to_string())).collect();
        Self { ids, urls }
    }

    /// The source that has this address, in one of its spellings.
    fn source_at(&self, url: &Url) -> Option<&str> {
        self.urls.get(&comparable(url)).map(String::as_str)
    }

    /// An id of this form that nobody has, which is taken from now on.
    fn free_id(&mut self, base: &str) -> SourceId {
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
    fn source(&mut self, it: &OpmlFeed, list_title: Option<&str>) -> Result<NewSource, String> {
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
fn base_of_id(title: Option<&str>, url: &Url) -> String {
    let slug = title.and_then(Slug::of).or_else(|| Slug::of(url.host_str().unwrap_or_default()));
    slug.map_or_else(|| "source".to_owned(), |it| it.as_str().to_owned())
}

/// An address that can be a source's. The words do not repeat it: it may hold a password.
fn address(text: &str) -> Result<Url, String> {
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
fn shown(url: &str) -> String {
    url.rsplit_once('@').map_or(url, |it| it.1).to_owned()
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = LIST_BYTES_MAX + 1;
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|it| it.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|cause| Failure::input(file, &cause))?;
    if LIST_BYTES_MAX < bytes.len() as u64 {
        let words = format!("`{}` is larger than {LIST_BYTES_MAX} bytes; import it in parts", file.display());
        return Err(Failure::data(words));
    }
    Ok(bytes)
}

/// A source that cannot be read, by whether another time may help.
fn unfit(url: &str, reason: &str) -> Failure {
    let words = format!("`{}` cannot be read: {reason}", shown(url));
    match reason.split(':').next() {
        Some("not-a-feed" | "parse" | "too-large" | "gone") => Failure::data(words),
        _ => Failure::unavailable(words),
    }
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
