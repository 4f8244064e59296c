//! The operator's file, for commands that change it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::args::Args;
use crate::cli::failure::Failure;
use crate::cli::setup;
use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::config::NewSource;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::fetch;
use crate::net::Client;
use crate::pipeline;
use crate::pipeline::Trials;
use crate::store::Store;

/// The operator's file, as read and as resolved.
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) env: Environment,
    pub(super) config: Config,
}

impl ConfigFile {
    pub(super) fn open(args: &Args) -> Result<Self, Failure> {
        let env = Environment::read();
        let path = config::find(args.config.as_deref(), &env).map_err(Failure::config)?;
        let name = path.display().to_string();
        let config = config::load(&path, &env).map_err(Failure::config)?.config;
        let text = std::fs::read_to_string(&path).map_err(|cause| Failure::create(&path, &cause))?;
        Ok(Self { path, name, text, env, config })
    }

    /// The file with further sources, as text and as resolved.
    pub(super) fn with(&self, sources: &[NewSource]) -> Result<(String, Config), Failure> {
        let text = config::with_sources(&self.name, &self.text, sources).map_err(Failure::edit)?;
        let config = self.checked(&text)?;
        Ok((text, config))
    }

    pub(super) fn checked(&self, text: &str) -> Result<Config, Failure> {
        Ok(config::parse(&self.name, text, &self.env).map_err(Failure::config)?.config)
    }

    pub(super) fn write(&self, text: &str, dry_run: bool) -> Result<(), Failure> {
        if dry_run { Ok(()) } else { config::replace(&self.path, &self.text, text).map_err(Failure::edit) }
    }

    /// Keeps what the file says of its sources in the database.
    pub(super) fn remember(&self) -> Result<(), Failure> {
        let config = Arc::new(self.config.clone());
        setup::runtime()?.block_on(async {
            let store = Store::open(&config.store.path)?;
            let kept = pipeline::settle(&store, &config, SystemClock.now()).await;
            store.close().await;
            Ok(kept?)
        })
    }

    pub(super) fn trials(&self) -> Result<Trials, Failure> {
        let policy = fetch::policy(&self.config.fetch, self.config.site.contact.as_deref());
        Ok(Trials::new(Client::new(policy)?))
    }
}
