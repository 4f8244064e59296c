//! What decisions of editors need: the store, the configuration, and the engine that can fill a field.

use std::sync::Arc;

use crate::config::Config;
use crate::domain::Timestamp;
use crate::pipeline::Pipeline;
use crate::store::Store;

/// Takes the decisions of editors, for a terminal and for a browser alike; cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pipeline: Arc<Pipeline>,
}

impl Desk {
    /// A desk over the pipeline's store, whose engine fills what an editor gives back.
    pub fn new(pipeline: Arc<Pipeline>) -> Self {
        Self { pipeline }
    }

    pub(super) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(self.pipeline.config())
    }

    pub(super) fn store(&self) -> &Store {
        self.pipeline.store()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.pipeline.now()
    }
}
