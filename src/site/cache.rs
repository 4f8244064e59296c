//! What was rendered, kept until something that readers can see changes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::domain::Timestamp;

use super::rendered::Rendered;
use super::snapshot::SourceIndex;

/// Bytes of documents kept beside those of the outputs; each may have two compressed
/// copies, which are smaller.
const PAGES_BYTES_MAX: usize = 24 * 1024 * 1024;

/// Paths whose last change is remembered beyond the generation that they were rendered in.
const DATES_MAX: usize = 10_000;

/// Documents of one generation of the store.
pub(super) struct Cache {
    pub(super) generation: i64,
    /// `None` before the first look.
    pub(super) index: Option<SourceIndex>,
    /// The outputs' documents, checked.
    pub(super) outputs: HashMap<String, Arc<Rendered>>,
    pub(super) pages: Mutex<PageCache>,
    /// When readers first saw this generation.
    pub(super) since: Option<Timestamp>,
    /// Digests of earlier documents by their paths, and when they were first seen.
    pub(super) dates: HashMap<String, (String, Timestamp)>,
}

/// What was asked for beside the outputs, within [`PAGES_BYTES_MAX`].
#[derive(Default)]
pub(super) struct PageCache {
    pub(super) documents: HashMap<String, Arc<Rendered>>,
    pub(super) bytes: usize,
}

impl Cache {
    /// When the documents of this and earlier generations were first seen.
    pub(super) fn dates(&self) -> HashMap<String, (String, Timestamp)> {
        let pages = self.pages();
        let dated = pages
            .documents
            .iter()
            .filter_map(|(path, it)| Some((path.clone(), (it.digest.clone(), it.last_modified?))));
        let mut dates = if self.dates.len() < DATES_MAX { self.dates.clone() } else { HashMap::new() };
        dates.extend(dated);
        dates
    }

    /// The document at a path, if it was rendered in this generation.
    pub(super) fn in_memory(&self, path: &str) -> Option<Arc<Rendered>> {
        self.outputs.get(path).cloned().or_else(|| self.pages().documents.get(path).cloned())
    }

    pub(super) fn pages(&self) -> MutexGuard<'_, PageCache> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PageCache {
    /// Keeps a document; where there is no room for it, it takes that of all others.
    pub(super) fn keep(&mut self, path: &str, document: &Arc<Rendered>) {
        let bytes = path.len() + document.body.len();
        if PAGES_BYTES_MAX < self.bytes + bytes {
            *self = Self::default();
        }
        if bytes <= PAGES_BYTES_MAX && self.documents.insert(path.to_owned(), Arc::clone(document)).is_none()
        {
            self.bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_bound_the_pages_kept() {
        let mut cache = PageCache::default();
        let document = |bytes| Arc::new(Rendered { body: vec![0; bytes], ..Rendered::default() });
        let third = PAGES_BYTES_MAX / 3;
        for path in ["/a", "/b", "/b"] {
            cache.keep(path, &document(third - 8));
        }
        assert_eq!((cache.documents.len(), cache.bytes), (2, 2 * (third - 6)));
        cache.keep("/c", &document(2 * third));
        assert_eq!(cache.documents.keys().collect::<Vec<_>>(), ["/c"]);
        cache.keep("/d", &document(PAGES_BYTES_MAX));
        assert!(cache.documents.is_empty());
    }
}
