//! Changes of the sources at the desk, each made to its end whether or not whoever asked still waits.

use std::sync::Arc;

use tracing::info;
use tracing::warn;

use crate::config::Config;
use crate::config::NewSource;
use crate::config::Setting;
use crate::desk::FoundSource;
use crate::desk::ImportPlan;
use crate::desk::SourceEdit;
use crate::desk::SourceError;
use crate::desk::Sources;
use crate::desk::WantedSource;
use crate::pipeline::SourceTrial;
use crate::store::DeskLogRow;
use crate::store::StoreError;
use crate::threads;

use super::access::Visitor;
use super::site::AdminSite;
use super::sources::NotDone;

/// Keys that hold credentials, or the name of a file with some: whoever signs in at the desk must not point
/// them at a file of the machine, nor send what is in it to an address of their choice.
const SECRET_KEYS: [&str; 2] = ["auth", "headers"];

/// What is changed of the sources.
enum SourceChange {
    Add(Vec<NewSource>),
    Set(String, Vec<Setting>),
    Remove(String),
}

impl SourceChange {
    fn plan<'a>(&self, sources: &'a Sources) -> Result<SourceEdit<'a>, SourceError> {
        match self {
            Self::Add(new) => sources.add(new),
            Self::Set(id, settings) => sources.set(id, settings),
            Self::Remove(id) => sources.remove(id),
        }
    }

    /// As the log has it: what was done, with which source, and which keys; values may be secret.
    fn words(&self) -> (&'static str, String, Option<String>) {
        let ids = |all: &[NewSource]| all.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().join(" ");
        match self {
            Self::Add(new) => ("source add", ids(new), None),
            Self::Set(id, settings) => {
                let keys: Vec<&str> = settings.iter().map(Setting::key).collect();
                ("source set", id.clone(), Some(keys.join(", ")))
            }
            Self::Remove(id) => ("source remove", id.clone(), None),
        }
    }
}

/// Whether requests for a source carry something that is nobody else's to know.
fn has_secrets(sources: &Sources, id: &str) -> bool {
    let source = sources.config().sources.iter().find(|it| it.id.as_str() == id);
    source.is_some_and(|it| it.auth.is_some() || !it.headers.is_empty())
}

impl AdminSite {
    /// What is at an address.
    pub(super) async fn look_at(&self, wanted: &WantedSource) -> Result<(FoundSource, SourceTrial), NotDone> {
        let sources = self.open_sources().await?;
        let now = self.now();
        let found = sources.find(wanted, now).await?;
        let trial = sources.test(found.new.url.as_str(), now).await?;
        Ok((found, trial))
    }

    /// Adds the feed at an address.
    pub(super) async fn follow(
        &self,
        visitor: &Visitor,
        wanted: &WantedSource,
    ) -> Result<NewSource, NotDone> {
        let sources = self.open_sources().await?;
        let found = sources.find(wanted, self.now()).await?;
        self.change_sources(visitor, sources, SourceChange::Add(vec![found.new.clone()])).await?;
        Ok(found.new)
    }

    /// Adds what a list of subscriptions holds, and says what it left out.
    pub(super) async fn import(&self, visitor: &Visitor, document: &[u8]) -> Result<ImportPlan, NotDone> {
        let sources = self.open_sources().await?;
        let plan = sources.plan_import(document).map_err(|it| NotDone::Refused(422, it.to_string()))?;
        if !plan.new.is_empty() {
            self.change_sources(visitor, sources, SourceChange::Add(plan.new.clone())).await?;
        }
        Ok(plan)
    }

    /// Sets keys of a source.
    pub(super) async fn set(
        &self,
        visitor: &Visitor,
        id: &str,
        settings: Vec<Setting>,
    ) -> Result<(), NotDone> {
        if let Some(secret) = settings.iter().find(|it| SECRET_KEYS.contains(&it.key())) {
            let words = format!(
                "`{}` is not set at the desk: it names secrets of the machine, which its operator sets in the configuration file",
                secret.key()
            );
            return Err(NotDone::Refused(422, words));
        }
        let sources = self.open_sources().await?;
        if settings.iter().any(|it| it.key() == "url") && has_secrets(&sources, id) {
            let words = "`url` of this source is not set at the desk: what its `auth` or `headers` hold would go to \
                         the new address; its operator sets both in the configuration file";
            return Err(NotDone::Refused(422, words.to_owned()));
        }
        self.change_sources(visitor, sources, SourceChange::Set(id.to_owned(), settings)).await
    }

    /// Removes a source; its stories, credits and rights stay.
    pub(super) async fn remove(&self, visitor: &Visitor, id: &str) -> Result<(), NotDone> {
        let sources = self.open_sources().await?;
        self.change_sources(visitor, sources, SourceChange::Remove(id.to_owned())).await
    }

    /// Settles what the log says of changes in the middle of which the program was killed.
    pub async fn settle_source_log(&self) {
        if self.source_files().is_none() {
            return;
        }
        let settled = match self.open_sources().await {
            Ok(sources) => sources.settle_log(self.store()).await.map_err(NotDone::from),
            Err(error) => Err(error),
        };
        if settled.is_err() {
            warn!("the log of source changes is settled with the next change: the files cannot be read now");
        }
    }

    /// The configuration as the files have it: a change is there before the daemon has read it.
    pub(super) async fn current_config(&self) -> Arc<Config> {
        match self.open_sources().await {
            Ok(sources) => Arc::new(sources.config().clone()),
            Err(_) => self.desk().config(),
        }
    }

    /// The files as they are now.
    pub(super) async fn open_sources(&self) -> Result<Sources, NotDone> {
        let Some(files) = self.source_files().cloned() else {
            let words = "the sources of this newsroom cannot be changed; its configuration is not a file";
            return Err(NotDone::Refused(409, words.to_owned()));
        };
        let opened = threads::blocking(move || Sources::open(&files.path, &files.env)).await;
        Ok(opened.map_err(|_| NotDone::Store(StoreError::Panicked))??)
    }

    /// Makes a change, notes who made it, and tells the daemon, which follows the overlay by itself. A browser
    /// that goes away in between takes none of the three with it.
    async fn change_sources(
        &self,
        visitor: &Visitor,
        sources: Sources,
        change: SourceChange,
    ) -> Result<(), NotDone> {
        let (store, reload) = (self.store().clone(), self.source_files().map(|it| Arc::clone(&it.reload)));
        let (act, subject, detail) = change.words();
        let entry =
            DeskLogRow { at: self.now(), by: visitor.name.clone(), act: act.to_owned(), subject, detail };
        let made = tokio::spawn(async move {
            let edit = change.plan(&sources)?;
            let written = || {
                info!("`{}` at the desk: {} `{}`", entry.by, entry.act, entry.subject);
                if let Some(reload) = reload.filter(|_| !edit.is_of_overlay()) {
                    reload.notify_one();
                }
            };
            edit.apply(&store, &entry, written).await
        });
        Ok(made.await.map_err(|_| NotDone::Store(StoreError::Panicked))??)
    }
}
