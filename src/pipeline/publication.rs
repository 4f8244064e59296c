//! Everything that readers can ask for, as a pure function of store and configuration.
//!
//! A path in, an [`Answer`] out: the server and the static export ask the same
//! question. What was rendered is kept until something that readers can see changes;
//! the outputs are rendered and checked before anyone can ask for them. An item that
//! fails its check is left out; a document that fails leaves the last good one standing.

mod document;
mod rendered;
mod view;

pub use self::rendered::Rendered;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;

use sha2::Digest;
use sha2::Sha256;
use tracing::error;
use tracing::info;

use crate::config::Config;
use crate::domain::Timestamp;
use crate::publish::Format;
use crate::store::Store;
use crate::store::StoreError;

use self::view::View;

/// Documents kept rendered beside those of the outputs.
const KEPT_MAX: usize = 4_096;

/// What a path leads to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 200.
    Document(Arc<Rendered>),
    /// 301 to another path of ours, from the site's root.
    Moved(String),
    /// 410 with a page that says so.
    Gone(Arc<Rendered>),
    /// 404 with a page that says so.
    Missing(Arc<Rendered>),
}

/// What readers can ask for. Cheap to share; asked from many threads.
pub struct Publication {
    config: Arc<Config>,
    store: Store,
    current: RwLock<Arc<Kept>>,
}

/// Documents of one generation of the store.
struct Kept {
    generation: i64,
    /// The outputs' documents, checked.
    outputs: HashMap<String, Arc<Rendered>>,
    others: Mutex<HashMap<String, Answer>>,
}

impl Publication {
    /// Prepares the documents of what the store holds.
    pub async fn open(config: Arc<Config>, store: Store, now: Timestamp) -> Result<Self, StoreError> {
        let nothing = Kept { generation: -1, outputs: HashMap::new(), others: Mutex::default() };
        let publication = Self { config, store, current: RwLock::new(Arc::new(nothing)) };
        publication.refresh(now).await?;
        Ok(publication)
    }

    /// Renders and checks the outputs anew if anything that readers can see has
    /// changed since, here or in another process.
    pub async fn refresh(&self, now: Timestamp) -> Result<(), StoreError> {
        let generation = self.store.read(|it| it.generation()).await?;
        let before = self.current();
        if generation == before.generation {
            return Ok(());
        }
        let config = Arc::clone(&self.config);
        let rendering = self.store.read(move |store| {
            let sources = store.sources()?;
            let view = View::new(store, &config, &sources)?;
            let mut rendered = Vec::new();
            for output in &config.outputs {
                let mut documents = Vec::new();
                for format in Format::ALL {
                    let path = format!("/feeds/{}.{}", output.id, format.extension());
                    documents.push((path, view.output_document(output, format)?));
                }
                rendered.push((output.id.to_string(), documents));
            }
            Ok((store.generation()?, rendered))
        });
        let (generation, rendered) = rendering.await?;
        let mut outputs = HashMap::new();
        for (output, documents) in rendered {
            let digest: String = documents
                .iter()
                .fold(Sha256::new(), |hash, (_, it)| match it {
                    Ok(bytes) => hash.chain_update(&bytes.body),
                    Err(_) => hash,
                })
                .finalize()
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            let invalid = documents
                .iter()
                .find_map(|(path, it)| it.as_ref().err().map(|error| format!("{path}: {error}")));
            if let Some(reason) = &invalid {
                error!(
                    output.id = output,
                    reason, "output `{output}` failed its check; the last good one stands: {reason}"
                );
            }
            for (path, document) in documents {
                let last = before.outputs.get(&path);
                let document = match document {
                    // The same bytes keep their compressed copies.
                    Ok(fresh) => match last {
                        Some(last) if last.body == fresh.body => Arc::clone(last),
                        _ => Arc::new(fresh.compressed()),
                    },
                    Err(_) => match last {
                        Some(last) => Arc::clone(last),
                        None => continue,
                    },
                };
                outputs.insert(path, document);
            }
            self.store
                .write(move |it| it.record_published(&output, &digest, invalid.as_deref(), now))
                .await?;
        }
        info!(generation, "published {} documents", outputs.len());
        let kept = Kept { generation, outputs, others: Mutex::default() };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(kept);
        Ok(())
    }

    /// Answers a path, which starts with `/` and has neither the base URL's own
    /// path nor a query, and a query where the page takes one. Blocks on the store
    /// when the answer is not kept.
    pub fn answer(&self, path: &str, query: Option<&str>) -> Result<Answer, StoreError> {
        let current = self.current();
        if let Some(document) = current.outputs.get(path) {
            return Ok(Answer::Document(Arc::clone(document)));
        }
        let kept = |it: &Kept| it.others.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if query.is_none()
            && let Some(answer) = kept(&current)
        {
            return Ok(answer);
        }
        let answer = self.store.read_blocking(|store| {
            let sources = store.sources()?;
            View::new(store, &self.config, &sources)?.answer(path, query)
        })?;
        let Answer::Document(document) = answer else { return Ok(answer) };
        let answer = Answer::Document(Arc::new(Arc::unwrap_or_clone(document).compressed()));
        if query.is_none() {
            let mut others = current.others.lock().unwrap_or_else(PoisonError::into_inner);
            if KEPT_MAX <= others.len() {
                others.clear();
            }
            others.insert(path.to_owned(), answer.clone());
        }
        Ok(answer)
    }

    /// Hands every path that a static copy of the site holds to `write`, all of them
    /// as one look at the store shows them, until one fails.
    pub fn each<E: From<StoreError>>(
        &self,
        mut write: impl FnMut(&str, Answer) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut outcome = Ok(());
        self.store.read_blocking(|store| {
            let sources = store.sources()?;
            let view = View::new(store, &self.config, &sources)?;
            for path in view.paths()? {
                outcome = write(&path, view.answer(&path, None)?);
                if outcome.is_err() {
                    break;
                }
            }
            Ok(())
        })?;
        outcome
    }

    /// Whether the store can be read now.
    pub fn is_readable(&self) -> bool {
        self.store.read_blocking(|store| store.generation()).is_ok()
    }

    /// What the operator decided.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn current(&self) -> Arc<Kept> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}
