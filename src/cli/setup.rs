//! What most commands begin with: the configuration, the store, and threads.

use std::sync::Arc;

use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::config::Loaded;
use crate::daemon::SystemClock;
use crate::fetch;
use crate::net::Client;
use crate::pipeline::Pipeline;
use crate::store::Store;

use super::args::Args;
use super::failure::Failure;

/// The configuration that the arguments or the environment name.
pub(super) fn load(args: &Args, env: &Environment) -> Result<Loaded, Failure> {
    let path = config::find(args.config.as_deref(), env).map_err(Failure::config)?;
    config::load(&path, env).map_err(Failure::config)
}

/// Configuration and store, for commands that only look.
pub(super) fn open(args: &Args) -> Result<(Arc<Config>, Store), Failure> {
    let loaded = load(args, &Environment::read())?;
    let store = Store::open(&loaded.config.store.path)?;
    Ok((Arc::new(loaded.config), store))
}

/// As [`open`], for commands that publish: links need an address, and only `run` learns which port the
/// system chooses where the configuration leaves it open.
pub(super) fn open_to_publish(args: &Args) -> Result<(Arc<Config>, Store), Failure> {
    let loaded = load(args, &Environment::read())?;
    if loaded.config.site.base_url.port() == Some(0) {
        return Err(Failure::unusable(format!(
            "`base_url` is missing, and no link can lead to {}; write the address at which readers find the \
             site, like \"https://brief.example/\"",
            loaded.config.server.listen
        )));
    }
    let store = Store::open(&loaded.config.store.path)?;
    Ok((Arc::new(loaded.config), store))
}

/// Everything a step of the way of an entry needs.
pub(super) fn pipeline(config: Arc<Config>, store: Store) -> Result<Arc<Pipeline>, Failure> {
    let client = Client::new(fetch::policy(&config.fetch, config.site.contact.as_deref()))?;
    Ok(Arc::new(Pipeline::new(config, store, client, Arc::new(SystemClock))))
}

/// Threads for everything that waits.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::system)
}
