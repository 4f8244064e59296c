//! The sources of a configuration, and how changes of them are planned.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use crate::config;
use crate::config::Config;
use crate::config::ConfigErrors;
use crate::config::Environment;
use crate::config::NewSource;
use crate::config::Setting;
use crate::config::SourceOrigin;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::fetch;
use crate::net::Client;
use crate::pipeline;
use crate::pipeline::SourceTrial;
use crate::pipeline::Trials;
use crate::store::Store;

use super::error::SourceError;
use super::plan::SourceEdit;
use super::taken::Taken;
use super::taken::address;
use super::taken::base_of_id;
use super::taken::shown;

/// The first lines of a new overlay.
const OVERLAY_HEADER: &str = "# Sources that were changed while the configuration file could not be written. Keys that stand\n\
     # here win over those of that file; `bylined source list` says where each source comes from.\n";

/// The sources of a configuration, as its files have them.
pub struct Sources {
    pub(super) path: PathBuf,
    pub(super) env: Environment,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) overlay_path: PathBuf,
    /// The overlay's text, where there is one.
    pub(super) overlay: Option<String>,
    pub(super) config: Config,
}

/// What is wanted of a new source.
#[derive(Clone, Debug, Default)]
pub struct WantedSource {
    /// An address of a feed, or of a page that names one.
    pub url: String,
    /// Its stable name; else one is made of the feed's title.
    pub id: Option<String>,
    /// Whom its entries are credited to; else the feed's title.
    pub publisher: Option<String>,
    /// Topics given to each of its stories.
    pub topics: Vec<String>,
}

/// A source that was found at an address.
#[derive(Clone, Debug)]
pub struct FoundSource {
    /// As it will be written.
    pub new: NewSource,
    /// The feed's title.
    pub title: String,
    /// How many entries it has.
    pub entries: usize,
    /// Other feeds that the page names.
    pub others: Vec<Url>,
}

impl Sources {
    /// Reads the configuration at `path` with its overlay.
    ///
    /// # Errors
    /// [`SourceError::Config`] where they cannot be read or used.
    pub fn open(path: &Path, env: &Environment) -> Result<Self, SourceError> {
        let config = config::load(path, env).map_err(SourceError::Config)?.config;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |cause| SourceError::File { path, cause }
        };
        let text = std::fs::read_to_string(path).map_err(failed(path))?;
        let overlay_path = config::overlay_path(&config.store.path);
        let overlay = match &config.overlay.path {
            Some(path) => Some(std::fs::read_to_string(path).map_err(failed(path))?),
            None => None,
        };
        let name = path.display().to_string();
        Ok(Self { path: path.to_owned(), env: env.clone(), name, text, overlay_path, overlay, config })
    }

    /// The configuration as it was read.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What asks publishers for single documents.
    ///
    /// # Errors
    /// [`SourceError::Net`] where no client can be built.
    pub fn trials(&self) -> Result<Trials, SourceError> {
        let policy = fetch::policy(&self.config.fetch, self.config.site.contact.as_deref());
        Ok(Trials::new(Client::new(policy).map_err(SourceError::Net)?))
    }

    /// Fetches a source once, by its id or any address, and stores nothing.
    ///
    /// # Errors
    /// [`SourceError::Address`] where it is neither; a source that cannot be read is a result.
    pub async fn test(&self, source: &str, now: Timestamp) -> Result<SourceTrial, SourceError> {
        let configured =
            self.config.sources.iter().find(|it| it.id.as_str() == source || it.url.as_str() == source);
        let tried = match configured {
            Some(it) => it.clone(),
            None => {
                let url = address(source).map_err(|why| SourceError::Address {
                    url: shown(source),
                    why: format!("it is no source of the configuration, and {why}"),
                })?;
                let id = Taken::of(&self.config).free_id(&base_of_id(None, &url));
                self.probe(NewSource { id, url, publisher: None, topics: Vec::new() })?
            }
        };
        Ok(self.trials()?.source(&tried, now).await)
    }

    /// Finds the feed at an address, and gives it an id that is free.
    ///
    /// # Errors
    /// Where the address is none, a source has it already, the id is taken, or no feed is found.
    pub async fn find(&self, wanted: &WantedSource, now: Timestamp) -> Result<FoundSource, SourceError> {
        let wrong = |why: String| SourceError::Address { url: shown(&wanted.url), why };
        let asked = address(&wanted.url).map_err(wrong)?;
        let mut taken = Taken::of(&self.config);
        let known = |taken: &Taken, url: &Url| match taken.source_at(url) {
            Some(id) => Err(SourceError::Known { url: url.clone(), id: id.to_owned() }),
            None => Ok(()),
        };
        known(&taken, &asked)?;
        let id = Taken::of(&self.config).free_id("new");
        let probe = self.probe(NewSource { id, url: asked, publisher: None, topics: Vec::new() })?;
        let found = self.trials()?.discover(&probe, now).await;
        let found = found.map_err(|reason| SourceError::Unreadable { url: shown(&wanted.url), reason })?;
        known(&taken, &found.url)?;
        let id = match &wanted.id {
            Some(id) => {
                let id: SourceId = id.parse().map_err(SourceError::Id)?;
                if taken.ids.contains(id.as_str()) {
                    return Err(SourceError::Taken(id));
                }
                id
            }
            None => match self.removed_at(&found.url) {
                Some(id) => id,
                None => taken.free_id(&base_of_id(Some(&found.title), &found.url)),
            },
        };
        let new = NewSource {
            id,
            url: found.url,
            publisher: wanted.publisher.clone(),
            topics: wanted.topics.clone(),
        };
        Ok(FoundSource { new, title: found.title, entries: found.entries, others: found.others })
    }

    /// Plans to add sources. One that the overlay has removed from the file comes back with the file's keys.
    ///
    /// # Errors
    /// Where a file cannot be changed, or the configuration would be none.
    pub fn add(&self, sources: &[NewSource]) -> Result<SourceEdit<'_>, SourceError> {
        let (removed, new): (Vec<NewSource>, Vec<NewSource>) =
            sources.iter().cloned().partition(|it| self.config.overlay.removed.contains(&it.id));
        if removed.is_empty() && self.file_takes_changes() {
            return self.edit_file(config::with_sources(&self.name, &self.text, &new)?);
        }
        let (name, mut text) = self.overlay_text();
        for it in &removed {
            text = without(&name, &text, &it.id)?;
            let mut settings: Vec<Setting> = Vec::new();
            settings.extend(it.publisher.as_deref().map(|it| Setting::new("publisher", it)));
            if !it.topics.is_empty() {
                settings.push(Setting::list("topics", &it.topics));
            }
            if !settings.is_empty() {
                text = config::with_settings(&name, &text, (&it.id, None), &settings)?;
            }
        }
        if !new.is_empty() {
            text = config::with_sources(&name, &text, &new)?;
        }
        self.edit_overlay(text)
    }

    /// Plans to set keys of a source.
    ///
    /// # Errors
    /// [`SourceError::Setting`] names the key that does not hold; nothing is changed then.
    pub fn set(&self, id: &str, settings: &[Setting]) -> Result<SourceEdit<'_>, SourceError> {
        let id = self.known(id)?;
        if let Some(fixed) = settings.iter().find(|it| ["id", "removed"].contains(&it.key())) {
            let why = match fixed.key() {
                "id" => "an id never changes; add another source",
                _ => "is not a known key; `source remove` removes a source",
            };
            return Err(SourceError::Setting { setting: fixed.to_string(), why: why.to_owned() });
        }
        let url = settings.iter().find(|it| it.key() == "url").and_then(Setting::text);
        if let Some(Err(why)) = url.map(address) {
            // The address itself may hold a password.
            return Err(SourceError::Setting { setting: "url".to_owned(), why });
        }
        let edit = if self.is_for_file(&id) {
            let place = (&id, config::source_index(&self.text, &id));
            self.edit_file(config::with_settings(&self.name, &self.text, place, settings)?)
        } else {
            let (name, text) = self.overlay_text();
            let place = (&id, config::source_index(&text, &id));
            self.edit_overlay(config::with_settings(&name, &text, place, settings)?)
        };
        edit.map_err(|error| match error {
            SourceError::Config(errors) => not_settable(&errors, settings),
            other => other,
        })
    }

    /// Plans to remove a source: its stories, credits and rights stay. One of the operator's file that
    /// cannot be taken out there is marked `removed` in the overlay.
    ///
    /// # Errors
    /// [`SourceError::Unknown`], and where a file cannot be changed.
    pub fn remove(&self, id: &str) -> Result<SourceEdit<'_>, SourceError> {
        let id = self.known(id)?;
        let edit = if self.is_for_file(&id) {
            self.edit_file(without(&self.name, &self.text, &id)?)?
        } else {
            let (name, text) = self.overlay_text();
            let mut text = without(&name, &text, &id)?;
            if self.config.overlay.origin_of(&id) != SourceOrigin::Overlay {
                text = config::with_settings(&name, &text, (&id, None), &[Setting::new("removed", true)])?;
            }
            self.edit_overlay(text)?
        };
        if edit.config().sources.iter().any(|it| it.id == id) {
            return Err(SourceError::NotRemoved(id));
        }
        Ok(edit)
    }

    /// Keeps what a configuration says of rights and names in the database, where it outlives the files.
    pub(super) async fn remember(store: &Store, config: &Config, now: Timestamp) -> Result<(), SourceError> {
        Ok(pipeline::settle(store, &Arc::new(config.clone()), now).await?)
    }

    /// The source as it would be polled if it were configured.
    fn probe(&self, new: NewSource) -> Result<config::Source, SourceError> {
        let text = config::with_sources("new source", "", std::slice::from_ref(&new))?;
        let config = config::parse("new source", &text, &self.env).map_err(SourceError::Config)?.config;
        config.sources.into_iter().next().ok_or(SourceError::NotRemoved(new.id))
    }

    fn known(&self, id: &str) -> Result<SourceId, SourceError> {
        let found = self.config.sources.iter().find(|it| it.id.as_str() == id);
        found.map(|it| it.id.clone()).ok_or_else(|| SourceError::Unknown(id.to_owned()))
    }

    /// The source of the operator's file that has this address and is removed by the overlay.
    fn removed_at(&self, url: &Url) -> Option<SourceId> {
        if self.config.overlay.removed.is_empty() {
            return None;
        }
        let file = config::parse(&self.name, &self.text, &self.env).ok()?.config;
        let id: SourceId = Taken::of(&file).source_at(url)?.parse().ok()?;
        self.config.overlay.removed.contains(&id).then_some(id)
    }

    fn is_for_file(&self, id: &SourceId) -> bool {
        self.config.overlay.origin_of(id) == SourceOrigin::File && self.file_takes_changes()
    }

    fn file_takes_changes(&self) -> bool {
        config::is_replaceable(&self.path)
    }

    fn overlay_text(&self) -> (String, String) {
        let text = self.overlay.clone().unwrap_or_else(|| OVERLAY_HEADER.to_owned());
        (self.overlay_path.display().to_string(), text)
    }
}

/// A text without the table of a source, where it has one.
fn without(name: &str, text: &str, id: &SourceId) -> Result<String, SourceError> {
    match config::source_index(text, id) {
        Some(index) => Ok(config::without_source(name, text, index)?),
        None => Ok(text.to_owned()),
    }
}

/// What was wrong with the settings, by the first error that is of one of them.
fn not_settable(errors: &ConfigErrors, settings: &[Setting]) -> SourceError {
    let wrong = errors.problems().iter().filter(|it| it.severity == config::Severity::Error);
    for problem in wrong {
        let key = problem.path.split_once('.').map_or("", |it| it.1);
        let first = key.split(['.', '[']).next().unwrap_or_default();
        if let Some(setting) = settings.iter().find(|it| it.key() == first) {
            let why = format!("{}; {}", problem.message, problem.help);
            return SourceError::Setting { setting: setting.to_string(), why };
        }
    }
    SourceError::Config(errors.clone())
}
