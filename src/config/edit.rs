//! Changes the operator's file without touching what else stands in it.
//!
//! Comments, order and spelling of everything but the source in question survive.
//! What results is read as a configuration before it replaces the file, in one step.

mod document;
mod line_ends;
mod setting;

use std::fs;
use std::io;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;
use toml_edit::DocumentMut;
use toml_edit::Item;
use toml_edit::Table;
use toml_edit::value;
use url::Url;

pub use self::document::EditError;
use self::document::document;
use self::document::inline;
use self::document::tables;
pub use self::setting::InvalidSetting;
pub use self::setting::Setting;
pub use self::setting::with_settings;
use crate::domain::SourceId;

/// How the name of a file in the making begins, and how many letters follow.
const UNFINISHED: &str = ".bylined-";
const RANDOM_LETTERS: usize = 12;

/// How old a file in the making is that nobody makes any more.
const ABANDONED_AFTER: Duration = Duration::from_secs(60 * 60);

/// A source to be written into the file; keys that are empty are left out.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// Stable name.
    pub id: SourceId,
    /// The feed.
    pub url: Url,
    /// Whom its entries are credited to.
    pub publisher: Option<String>,
    /// Topics given to each of its stories.
    pub topics: Vec<String>,
}

/// The text of a file with further sources after its last one.
///
/// # Errors
/// [`EditError::Syntax`] where the text is not TOML, [`EditError::InlineSources`] where its sources stand
/// in one inline list that cannot be continued.
pub fn with_sources(name: &str, text: &str, sources: &[NewSource]) -> Result<String, EditError> {
    line_ends::kept(text, |text| add(name, text, sources))
}

/// The text of a file without its source number `index`. A comment right above the
/// source goes with it; one that an empty line sets apart stays.
///
/// # Errors
/// As [`with_sources`].
pub fn without_source(name: &str, text: &str, index: usize) -> Result<String, EditError> {
    line_ends::kept(text, |text| remove(name, text, index))
}

fn add(name: &str, text: &str, sources: &[NewSource]) -> Result<String, EditError> {
    let mut document = document(name, text)?;
    let mut above = String::new();
    if !document.contains_key("source") {
        // A comment at the end may be the heading of what follows.
        above = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing("");
    }
    let tables = tables(name, &mut document)?;
    for source in sources {
        let mut table = Table::new();
        table.insert("id", value(source.id.as_str()));
        table.insert("url", value(source.url.as_str()));
        if let Some(publisher) = &source.publisher {
            table.insert("publisher", value(publisher));
        }
        if !source.topics.is_empty() {
            table.insert("topics", value(source.topics.iter().collect::<toml_edit::Array>()));
        }
        table.decor_mut().set_prefix(format!("{}\n", std::mem::take(&mut above)));
        tables.push(table);
    }
    Ok(document.to_string())
}

fn remove(name: &str, text: &str, index: usize) -> Result<String, EditError> {
    let mut document = document(name, text)?;
    let Some(item) = document.get_mut("source") else { return Ok(document.to_string()) };
    let tables = item.as_array_of_tables_mut().ok_or_else(|| inline(name))?;
    let Some(removed) = tables.get(index) else { return Ok(document.to_string()) };
    let position = removed.position();
    let above = removed.decor().prefix().and_then(|it| it.as_str()).unwrap_or_default();
    let kept = match above.rfind("\n\n") {
        Some(at) => above[..at + 1].to_owned(),
        None => String::new(),
    };
    tables.remove(index);
    if tables.is_empty() {
        document.remove("source");
    }
    if !kept.trim().is_empty() {
        match next_table(&mut document, position) {
            Some(next) => {
                let own = next.decor().prefix().and_then(|it| it.as_str()).unwrap_or_default().to_owned();
                next.decor_mut().set_prefix(format!("{kept}{own}"));
            }
            None => {
                let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
                document.set_trailing(format!("{kept}{trailing}"));
            }
        }
    }
    Ok(document.to_string())
}

/// The table that stands next in the file.
fn next_table(document: &mut DocumentMut, after: Option<isize>) -> Option<&mut Table> {
    let mut tables: Vec<&mut Table> = Vec::new();
    for (_, item) in document.iter_mut() {
        match item {
            Item::Table(table) => tables.push(table),
            Item::ArrayOfTables(them) => tables.extend(them.iter_mut()),
            Item::None | Item::Value(_) => {}
        }
    }
    tables.into_iter().filter(|it| after < it.position()).min_by_key(|it| it.position())
}

/// A new file that is to take the place of another, in this folder. Those that killed processes left
/// there are removed first.
///
/// # Errors
/// Where the folder takes no files.
pub fn unfinished_file(folder: &Path) -> io::Result<NamedTempFile> {
    for entry in fs::read_dir(folder)?.flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|it| it.strip_prefix(UNFINISHED));
        let is_ours = random
            .is_some_and(|it| it.len() == RANDOM_LETTERS && it.bytes().all(|it| it.is_ascii_alphanumeric()));
        let age = entry.metadata().ok().and_then(|it| it.modified().ok()?.elapsed().ok());
        if is_ours && age.is_some_and(|it| it > ABANDONED_AFTER) {
            // What cannot be removed stays.
            let _ = fs::remove_file(entry.path());
        }
    }
    tempfile::Builder::new().prefix(UNFINISHED).rand_bytes(RANDOM_LETTERS).tempfile_in(folder)
}

/// Puts `new` in the place of a file that still holds `old`, in one step; the file
/// keeps its permissions and owner, and a link to it stays a link.
///
/// # Errors
/// [`EditError::Changed`] where the file holds something else by now, [`EditError::File`] where it or its
/// folder cannot be written. The file is as it was then.
pub fn replace(path: &Path, old: &str, new: &str) -> Result<(), EditError> {
    let name = path.display().to_string();
    let failed = |cause| EditError::File { name: name.clone(), cause };
    let path = fs::canonicalize(path).map_err(failed)?;
    let _lock = lock(&path).map_err(failed)?;
    let replaced = fs::metadata(&path).map_err(failed)?;
    let file = written(&path, new, &replaced).map_err(failed)?;
    file.as_file().set_permissions(replaced.permissions()).map_err(failed)?;
    if fs::read_to_string(&path).map_err(failed)? != old {
        return Err(EditError::Changed { name });
    }
    file.persist(&path).map_err(|it| failed(it.error))?;
    Ok(())
}

/// Writes a file where there is none, in one step. It is its owner's alone, who is that of its folder.
///
/// # Errors
/// [`EditError::Changed`] where there is one by now, [`EditError::File`] where its folder cannot be written.
pub fn create(path: &Path, new: &str) -> Result<(), EditError> {
    let name = path.display().to_string();
    let failed = |cause| EditError::File { name: name.clone(), cause };
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(failed)?;
    let _lock = lock(path).map_err(failed)?;
    let file = written(path, new, &fs::metadata(folder).map_err(failed)?).map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(it) if it.error.kind() == io::ErrorKind::AlreadyExists => Err(EditError::Changed { name }),
        Err(it) => Err(failed(it.error)),
    }
}

/// A file beside `path` that holds a text, on disk, and belongs to whom `like` belongs.
fn written(path: &Path, text: &str, like: &fs::Metadata) -> io::Result<NamedTempFile> {
    let mut file = unfinished_file(folder_of(path))?;
    file.write_all(text.as_bytes())?;
    // Only root may; whoever else made it owns it rightly.
    let _ = std::os::unix::fs::fchown(file.as_file(), Some(like.uid()), Some(like.gid()));
    file.as_file().sync_all()?;
    Ok(file)
}

/// Keeps others who change files of this folder waiting until it is dropped.
fn lock(path: &Path) -> io::Result<fs::File> {
    let folder = fs::File::open(folder_of(path))?;
    // Where a file system has no locks, what is replaced is still compared.
    let _ = folder.lock();
    Ok(folder)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| *it != Path::new("")).unwrap_or(Path::new("."))
}

/// Whether a file can be replaced: its folder takes files, and it is no mount of its own.
pub fn is_replaceable(path: &Path) -> bool {
    let Ok(path) = fs::canonicalize(path) else { return false };
    let folder = folder_of(&path);
    let device = |it: &Path| fs::metadata(it).ok().map(|it| it.dev());
    unfinished_file(folder).is_ok() && device(&path) == device(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\n[site]\ntitle = 'A'   # why\n\n# ---- the sources\n\n# a good one\n[[source]]\n\
         url = \"https://a.example/feed\"\n\n[[source]]\nid = \"b\"\nurl = \"https://b.example/feed\"\n\
         auth = { bearer = { env = \"B\" } }\n\n# ---- the readers\n\n[[audience]]\nname = \"CTO\"\n# the end\n";

    fn new(id: &str) -> NewSource {
        NewSource {
            id: id.parse().expect("an id"),
            url: format!("https://{id}.example/feed").parse().expect("a URL"),
            publisher: None,
            topics: Vec::new(),
        }
    }

    #[test]
    fn a_source_is_added_after_the_last_and_nothing_else_changes() {
        let source = NewSource {
            publisher: Some("The \"C\"".to_owned()),
            topics: vec!["AI".to_owned(), "Chips".to_owned()],
            ..new("c")
        };
        let text = with_sources("x", FILE, &[source]).expect("a file");
        let added = "\n[[source]]\nid = \"c\"\nurl = \"https://c.example/feed\"\npublisher = 'The \"C\"'\n\
             topics = [\"AI\", \"Chips\"]\n";
        assert!(text.contains(added), "{text}");
        assert_eq!(text.replace(added, ""), FILE);
        let (before, _) = text.split_once(added).expect("it is there");
        assert!(before.ends_with("{ env = \"B\" } }\n"), "{text}");
    }

    #[test]
    fn the_first_source_is_added_at_the_end() {
        let text = with_sources("x", "[site]\ntitle = \"A\"\n", &[new("c")]).expect("a file");
        assert_eq!(
            text,
            "[site]\ntitle = \"A\"\n\n[[source]]\nid = \"c\"\nurl = \"https://c.example/feed\"\n"
        );
    }

    #[test]
    fn the_first_source_stands_below_its_heading() {
        let text = with_sources("x", "[site]\n\n# ---- sources\n", &[new("c")]).expect("a file");
        let added = "\n[[source]]\nid = \"c\"\nurl = \"https://c.example/feed\"\n";
        assert_eq!(text, format!("[site]\n\n# ---- sources\n{added}"));
    }

    #[test]
    fn a_source_goes_with_its_own_comment_only() {
        let text = without_source("x", FILE, 0).expect("a file");
        let gone = "# a good one\n[[source]]\nurl = \"https://a.example/feed\"\n";
        assert_eq!(text.replace("\n\n\n", "\n\n"), FILE.replace(gone, "").replace("\n\n\n", "\n\n"));
        let text = without_source("x", FILE, 1).expect("a file");
        assert!(!text.contains("b.example") && text.contains("# ---- the readers\n\n[[audience]]"), "{text}");
        let text = without_source("x", &text, 0).expect("a file");
        assert!(text.contains("# ---- the sources\n") && !text.contains("[[source]]"), "{text}");
        assert_eq!(without_source("x", FILE, 7).expect("a file"), FILE);
    }

    #[test]
    fn what_was_added_and_removed_again_leaves_the_file_as_it_was() {
        let text = with_sources("x", FILE, &[new("c"), new("d")]).expect("a file");
        let text = without_source("x", &text, 3).expect("a file");
        assert_eq!(without_source("x", &text, 2).expect("a file"), FILE);
    }

    #[test]
    fn line_ends_and_byte_order_mark_survive() {
        let windows = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
        let added = with_sources("x", &windows, &[new("c")]).expect("a file");
        let expected = with_sources("x", FILE, &[new("c")]).expect("a file");
        assert_eq!(added, format!("\u{feff}{}", expected.replace('\n', "\r\n")));
        let removed = without_source("x", &windows, 0).expect("a file");
        let expected = without_source("x", FILE, 0).expect("a file");
        assert_eq!(removed, format!("\u{feff}{}", expected.replace('\n', "\r\n")));
        assert_eq!(without_source("x", &added, 2).expect("a file"), windows);
        // Of a file with both, every line keeps its own; also within a text of several lines.
        let mixed =
            "[site]\r\ntitle = \"\"\"a\r\nb\"\"\"\n# end\r\n[[source]]\nurl = \"https://a.example/\"\n";
        let text = with_sources("x", mixed, &[new("c")]).expect("a file");
        assert!(text.starts_with(mixed) && text.ends_with("c.example/feed\"\r\n"), "{text:?}");
        assert_eq!(without_source("x", &text, 1).expect("a file"), mixed);
    }

    #[test]
    fn what_cannot_be_changed_is_refused() {
        assert!(matches!(with_sources("x", "[[source", &[new("c")]), Err(EditError::Syntax { .. })));
        let inline = "source = [{ url = \"https://a.example/\" }]\n";
        assert!(matches!(with_sources("x", inline, &[new("c")]), Err(EditError::InlineSources { .. })));
        assert!(matches!(without_source("x", inline, 0), Err(EditError::InlineSources { .. })));
    }

    #[test]
    fn a_file_is_replaced_only_if_it_is_still_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.toml");
        fs::write(&path, "old").expect("a file");
        replace(&path, "old", "new").expect("replaced");
        assert!(matches!(replace(&path, "old", "newer"), Err(EditError::Changed { .. })));
        assert_eq!(fs::read_to_string(&path).expect("a file"), "new");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_another_makes_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, age: Duration| {
            let made = fs::File::create(folder.path().join(name)).expect("a file");
            let now = made.metadata().and_then(|it| it.modified()).expect("a date");
            made.set_modified(now - age).expect("a date");
        };
        file(".bylined-Ab3dEfGh1jKl", 2 * ABANDONED_AFTER);
        file(".bylined-now123456789", Duration::ZERO);
        file(".bylined-copy-Ab3dEf12", 2 * ABANDONED_AFTER);
        file(".bylined-export", 2 * ABANDONED_AFTER);
        drop(unfinished_file(folder.path()).expect("a file"));
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).expect("a folder").flatten().map(|it| it.file_name()).collect();
        left.sort();
        assert_eq!(left, [".bylined-copy-Ab3dEf12", ".bylined-export", ".bylined-now123456789"]);
    }
}
