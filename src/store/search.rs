//! What stories are found by.

use rusqlite::params;

use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Searched;
use super::session::Writer;

/// Words of a search that are looked for; further ones are ignored.
const SEARCH_WORDS_MAX: usize = 16;

impl Reader<'_> {
    /// Published stories that have all the words, best match first.
    pub fn search(&self, words: &str, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        // Quoted, so that nothing in a word is an operator of the query language.
        let quoted: Vec<String> = words
            .split(|it: char| it.is_whitespace() || it.is_control())
            .filter(|it| !it.is_empty())
            .take(SEARCH_WORDS_MAX)
            .map(|it| format!("\"{}\"", it.replace('"', "\"\"")))
            .collect();
        if quoted.is_empty() {
            return Ok(Vec::new());
        }
        self.rows(
            &format!(
                "SELECT {} FROM story_search f JOIN stories s ON s.id = f.rowid
                 WHERE story_search MATCH ?1 AND s.state = 'published' ORDER BY f.rank, s.id DESC LIMIT ?2",
                StoryRow::COLUMNS
            ),
            params![quoted.join(" "), limit as i64],
            StoryRow::of,
        )
    }
}

impl Writer<'_> {
    /// Notes that words were removed: they leave the search index at the end of the job, and the log
    /// after it.
    pub(super) fn note_erasure(&self) {
        self.has_erased.set(true);
    }

    pub(super) fn has_erased(&self) -> bool {
        self.has_erased.get()
    }

    /// A story is not to be found any more.
    pub(super) fn forget_words(&self, story: StoryRowId) {
        self.searched.borrow_mut().insert(story, Searched { is_known: true, words: None });
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;
    use crate::domain::Briefing;
    use crate::domain::EntryId;
    use crate::domain::Timestamp;
    use crate::store::Current;
    use crate::store::Store;

    #[tokio::test]
    async fn the_search_knows_what_a_job_left_of_a_story() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("bylined.db")).expect("a store");
        let now = Timestamp::default();
        let told = |it: &Writer<'_>, id: i64, title: &str, is_first: bool| {
            let briefing = Briefing::default();
            let (language, audiences, primary) = (None, &[][..], EntryId(1));
            let current =
                Current { n: 1, title, language, briefing: &briefing, audiences, primary, is_first };
            it.make_current(StoryRowId(id), &current)
        };
        let change = move |it: &Writer<'_>| {
            for (id, key) in [(1, "aaaaaaaaaaaaaaaa"), (2, "bbbbbbbbbbbbbbbb"), (3, "cccccccccccccccc")] {
                it.sql.execute(
                    "INSERT INTO stories (id, key, tag, path, title, state, primary_entry, published, updated, created)
                     VALUES (?1, ?2, ?2, ?2, '', 'published', 1, 0, 0, 0)",
                    params![id, key],
                )?;
            }
            told(it, 1, "Quorum", true)?;
            told(it, 1, "Ledger", false)?;
            told(it, 2, "Ledger", true)?;
            it.forget_words(StoryRowId(2));
            told(it, 3, "Ledger", true)
        };
        store.write(change).await.expect("a first job");
        let found = async |words: &'static str| {
            let found = store.read(move |it| it.search(words, 9)).await.expect("a search");
            found.into_iter().map(|it| it.id.0).collect::<Vec<_>>()
        };
        assert_eq!((found("quorum").await, found("ledger").await), (vec![], vec![3, 1]));
        let change = move |it: &Writer<'_>| {
            told(it, 1, "Quorum", false)?;
            it.withdraw_story(StoryRowId(3), now)
        };
        store.write(change).await.expect("a second job");
        assert_eq!((found("quorum").await, found("ledger").await), (vec![1], vec![]));
    }
}
