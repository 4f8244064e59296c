//! What decisions of editors need: the store, the configuration, and the engine that can fill a field.

use std::sync::Arc;

use crate::config::Config;
use crate::domain::Timestamp;
use crate::pipeline::Pipeline;
use crate::store::Store;
use crate::store::WriteError;
use crate::store::Writer;

use super::precondition::Precondition;
use super::precondition::Unmet;

/// Takes the decisions of editors, for a terminal and for a browser alike; cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pipeline: Arc<Pipeline>,
    /// What must hold for its next decisions.
    precondition: Arc<Precondition>,
}

impl Desk {
    /// A desk over the pipeline's store, whose engine fills what an editor gives back.
    pub fn new(pipeline: Arc<Pipeline>) -> Self {
        Self { pipeline, precondition: Arc::default() }
    }

    /// The same desk, whose decisions are taken only while this holds.
    pub fn given(&self, precondition: Precondition) -> Self {
        Self { precondition: Arc::new(precondition), ..self.clone() }
    }

    /// Takes a decision about stories in one transaction, if what must hold for it does. A form that
    /// brought it is noted in the same transaction: sent again, it finds that nothing is left to do.
    pub(super) async fn decide<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: WriteError + From<Unmet>,
        F: Fn(&Writer<'_>) -> Result<T, E> + Send + 'static,
    {
        let (precondition, now) = (Arc::clone(&self.precondition), self.now());
        self.store()
            .decide(move |it| {
                precondition.check(it, now)?;
                f(it)
            })
            .await
    }

    pub(super) fn precondition(&self) -> &Precondition {
        &self.precondition
    }

    pub(super) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// What the operator decided.
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(self.pipeline.config())
    }

    pub(super) fn store(&self) -> &Store {
        self.pipeline.store()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.pipeline.now()
    }
}
