//! What became of an article after it appeared.

use rusqlite::params;

use crate::domain::ArticleStatus;
use crate::domain::EntryId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::worded;
use super::session::Writer;

impl Writer<'_> {
    /// What is noted to have become of an article.
    pub fn article_status(&self, entry: EntryId) -> Result<Option<ArticleStatus>, StoreError> {
        let word: Option<Option<String>> =
            self.reader().find_value("SELECT article_status FROM entries WHERE id = ?1", [entry.0])?;
        word.flatten()
            .map(|it| worded(&ArticleStatus::ALL, ArticleStatus::as_str, it, "article_status"))
            .transpose()
    }

    /// Notes what became of an article after it appeared, or that it is there as it was. Readers
    /// see it with the story from now on.
    pub fn record_article_status(
        &self,
        entry: EntryId,
        article_status: Option<ArticleStatus>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self
            .sql
            .prepare_cached(
                "UPDATE entries SET article_status = ?2, noticed = ?3 WHERE id = ?1 AND article_status IS NOT ?2",
            )?
            .execute(params![entry.0, article_status.map(ArticleStatus::as_str), now.millis()])?;
        if changed != 0 {
            self.note_change();
            self.sql
                .prepare_cached(
                    "UPDATE stories SET updated = max(updated, ?2)
                     WHERE id = (SELECT story FROM entries WHERE id = ?1) AND first_published IS NOT NULL",
                )?
                .execute(params![entry.0, now.millis()])?;
        }
        Ok(())
    }
}
