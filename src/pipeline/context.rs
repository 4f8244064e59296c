//! Everything that the steps of a pass share. One for each process.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use tokio::sync::Semaphore;

use crate::config;
use crate::config::Config;
use crate::config::SourceRights;
use crate::domain::Clock;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::net::Client;
use crate::store::Holder;
use crate::store::Store;

use super::assign::Assigner;
use super::document_memory::DocumentMemory;
use super::generate::SharedTurns;
use super::meters::Meters;
use super::model::Model;
use super::robots::Sites;

/// Documents taken apart at once.
const PARSED_MAX: usize = 2;

/// Everything a step needs. One for each process.
pub struct Pipeline {
    pub(super) config: Arc<Config>,
    pub(super) store: Store,
    pub(super) client: Client,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) holder: Holder,
    pub(super) robots: Sites,
    pub(super) assigner: Assigner,
    /// Who writes, where a model does.
    pub(super) model: Option<Model>,
    pub(super) turns: SharedTurns,
    /// The sources that are polled, and where each stands in the configuration.
    pub(super) enabled: HashMap<SourceId, usize>,
    pub(super) enabled_ids: Arc<HashSet<SourceId>>,
    /// The generation of the store that was last taken up as a whole.
    pub(super) digested: AtomicI64,
    /// When texts past their retention were last removed, in epoch milliseconds.
    pub(super) forgot: AtomicI64,
    pub(super) meters: Meters,
    /// Memory for documents until they are stored.
    pub(super) documents: DocumentMemory,
    /// Places of documents that are taken apart.
    pub(super) parsers: Semaphore,
}

impl Pipeline {
    /// Puts the parts together.
    pub fn new(config: Arc<Config>, store: Store, client: Client, clock: Arc<dyn Clock>) -> Self {
        let model = Model::of(&config, &client);
        let assigner = Assigner::new(store.clone(), &config);
        let enabled: HashMap<_, _> = config
            .sources
            .iter()
            .enumerate()
            .filter(|(_, it)| it.enabled && !is_dropped(it))
            .map(|(n, it)| (it.id.clone(), n))
            .collect();
        Self {
            enabled_ids: Arc::new(enabled.keys().cloned().collect()),
            enabled,
            digested: AtomicI64::new(i64::MIN),
            forgot: AtomicI64::new(0),
            meters: Meters::default(),
            documents: DocumentMemory::new(),
            parsers: Semaphore::new(PARSED_MAX),
            config,
            store,
            client,
            clock,
            holder: Holder::this_process(),
            robots: Sites::default(),
            assigner,
            model,
            turns: SharedTurns::default(),
        }
    }

    /// What the operator decided.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// What is remembered.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// All that is asked over the network.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What this process did.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// The wall time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn enabled(&self) -> impl Iterator<Item = &config::Source> {
        self.config.sources.iter().filter(|it| self.enabled.contains_key(&it.id))
    }
}

/// Sources with `rights = drop` are not fetched.
fn is_dropped(source: &config::Source) -> bool {
    matches!(
        source.rights,
        SourceRights::AtLeast(Rights::Drop) | SourceRights::Licensed { mode: Rights::Drop, .. }
    )
}
