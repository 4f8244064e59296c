//! A planned change of the files that sources stand in.

use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use crate::config;
use crate::config::Config;
use crate::store::DeskLogRow;
use crate::store::Store;

use super::configured::Sources;
use super::error::SourceError;

/// A change that is planned and checked, and not made yet.
pub struct SourceEdit<'a> {
    sources: &'a Sources,
    file: EditedFile,
    text: String,
    config: Config,
}

/// Which file is changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum EditedFile {
    Operators,
    Overlay,
}

impl SourceEdit<'_> {
    /// The configuration once the change is made.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The file that it changes.
    pub fn path(&self) -> &Path {
        match self.file {
            EditedFile::Operators => &self.sources.path,
            EditedFile::Overlay => &self.sources.overlay_path,
        }
    }

    /// Whether it changes the overlay, which a running daemon follows by itself.
    pub fn is_of_overlay(&self) -> bool {
        self.file == EditedFile::Overlay
    }

    /// Whether both files still say what the change was planned on.
    fn expect_current(&self) -> Result<(), SourceError> {
        let files = [
            (&self.sources.path, Some(&self.sources.text)),
            (&self.sources.overlay_path, self.sources.overlay.as_ref()),
        ];
        let is_changed =
            |it: &&(&PathBuf, Option<&String>)| std::fs::read_to_string(it.0).ok().as_ref() != it.1;
        match files.iter().find(is_changed) {
            None => Ok(()),
            Some((path, _)) => {
                let name = path.display().to_string();
                Err(config::EditError::Changed { name }.into())
            }
        }
    }

    /// Makes the change.
    ///
    /// # Errors
    /// [`SourceError::Edit`] where the file was changed meanwhile or cannot be written; nothing is changed
    /// then.
    pub fn write(&self) -> Result<(), SourceError> {
        let old = match self.file {
            EditedFile::Operators => Some(&self.sources.text),
            EditedFile::Overlay => self.sources.overlay.as_ref(),
        };
        match old {
            Some(old) => Ok(config::replace(self.path(), old, &self.text)?),
            None => Ok(config::create(self.path(), &self.text)?),
        }
    }

    /// Makes a change that may touch rights or names: what held before is kept in the database first, so
    /// that the strictest rights ever set are known there, and what holds now is applied at once. The log says
    /// who made it, also where the program is killed in between. `written` is called once the file is replaced,
    /// whatever fails afterwards.
    ///
    /// # Errors
    /// As [`Self::write`], and where the database cannot be written.
    pub async fn apply(
        &self,
        store: &Store,
        entry: &DeskLogRow,
        written: impl FnOnce(),
    ) -> Result<(), SourceError> {
        // What is out of date must not even be remembered.
        self.expect_current()?;
        self.sources.settle_log(store).await?;
        Sources::remember(store, &self.sources.config, entry.at).await?;
        let (row, pending) = (entry.clone(), self.sources.state_of(self.file));
        let id = store.write(move |it| it.append_pending_desk_log(&row, &pending)).await?;
        if let Err(error) = self.write() {
            store.write(move |it| it.drop_pending(id)).await?;
            return Err(error);
        }
        written();
        Sources::remember(store, &self.config, entry.at).await?;
        Ok(store.write(move |it| it.made_pending(id)).await?)
    }
}

impl Sources {
    /// Settles what the log says of changes in the middle of which a program was killed: a change was not
    /// made if its file still says what it said before.
    ///
    /// # Errors
    /// Where the database cannot be read or written.
    pub async fn settle_log(&self, store: &Store) -> Result<(), SourceError> {
        let states = [EditedFile::Operators, EditedFile::Overlay].map(|it| self.state_of(it));
        for (id, _, before) in store.read(|it| it.pending_desk_log()).await? {
            let is_made = !states.contains(&before);
            store.write(move |it| if is_made { it.made_pending(id) } else { it.drop_pending(id) }).await?;
        }
        Ok(())
    }

    /// Which file it is, and a hash of what it says now.
    fn state_of(&self, file: EditedFile) -> String {
        let (name, text) = match file {
            EditedFile::Operators => ("operators", self.text.as_str()),
            EditedFile::Overlay => ("overlay", self.overlay.as_deref().unwrap_or_default()),
        };
        format!("{name} {:x}", Sha256::digest(text))
    }
}

impl Sources {
    pub(super) fn edit_file(&self, text: String) -> Result<SourceEdit<'_>, SourceError> {
        let config = match &self.overlay {
            None => config::parse(&self.name, &text, &self.env),
            Some(overlay) => {
                config::parse_with_overlay(&self.name, &text, (&self.overlay_path, overlay), &self.env)
            }
        };
        let config = config.map_err(SourceError::Config)?.config;
        Ok(SourceEdit { sources: self, file: EditedFile::Operators, text, config })
    }

    pub(super) fn edit_overlay(&self, text: String) -> Result<SourceEdit<'_>, SourceError> {
        let config =
            config::parse_with_overlay(&self.name, &self.text, (&self.overlay_path, &text), &self.env);
        let config = config.map_err(SourceError::Config)?.config;
        Ok(SourceEdit { sources: self, file: EditedFile::Overlay, text, config })
    }
}
