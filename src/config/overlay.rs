//! The overlay: `sources.toml` beside the database, where sources are kept that were added, changed or
//! removed while the operator's file could not be written.
//!
//! It holds `[[source]]` tables with an `id`. Keys of a table win over those of the file's source with that
//! id; a table whose id the file lacks is a source of its own; `removed = true` removes the file's source.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::DeArray;
use toml::de::DeTable;
use toml::de::DeValue;

use super::file::id_of_table;
use super::problem::KeyLocation;
use super::problem::Report;
use super::table::quoted;
use crate::domain::SourceId;

/// The name of the file.
const FILE: &str = "sources.toml";

/// The key that removes a source of the operator's file.
pub(super) const REMOVED: &str = "removed";

/// Where a source is configured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SourceOrigin {
    /// In the operator's file alone.
    File,
    /// In the overlay alone.
    Overlay,
    /// In the operator's file, and keys of the overlay win.
    Both,
}

impl SourceOrigin {
    /// One word, for listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Overlay => "overlay",
            Self::Both => "both",
        }
    }
}

/// What an overlay adds to the operator's file.
#[derive(Clone, Debug, Default)]
pub struct SourceOverlay {
    /// Where it is; nothing where there is none.
    pub path: Option<PathBuf>,
    /// Sources of the operator's file that it removes.
    pub removed: Vec<SourceId>,
    /// The sources that it adds or changes.
    origins: HashMap<SourceId, SourceOrigin>,
}

impl SourceOverlay {
    /// Where a source is configured.
    pub fn origin_of(&self, id: &SourceId) -> SourceOrigin {
        self.origins.get(id).copied().unwrap_or(SourceOrigin::File)
    }
}

/// Where the overlay of a database is.
pub fn overlay_path(database: &Path) -> PathBuf {
    database.with_file_name(FILE)
}

/// The number of a source's table in the text of a file, counted from zero.
pub fn source_index(text: &str, id: &SourceId) -> Option<usize> {
    let document = DeTable::parse_recoverable(text).0;
    let sources = document.get_ref().get("source")?.get_ref().as_array()?;
    let is_it =
        |it: &Spanned<DeValue<'_>>| it.get_ref().as_table().and_then(id_of_table).as_ref() == Some(id);
    sources.iter().position(is_it)
}

/// Where the sources of the merged list came from.
#[derive(Default)]
pub(super) struct Merged {
    /// In the order of the merged list.
    pub(super) origins: Vec<TableOrigin>,
    pub(super) removed: Vec<SourceId>,
}

/// Where a table of the merged list was written: its place in the list of each file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TableOrigin {
    pub(super) file: Option<usize>,
    pub(super) overlay: Option<usize>,
}

impl Merged {
    /// What the overlay at `path` added, once the sources of the merged list are read.
    pub(super) fn overlay<'s>(
        self,
        path: &Path,
        sources: impl Iterator<Item = &'s SourceId>,
    ) -> SourceOverlay {
        let origin = |it: &TableOrigin| match (it.file, it.overlay) {
            (Some(_), Some(_)) => Some(SourceOrigin::Both),
            (None, Some(_)) => Some(SourceOrigin::Overlay),
            (_, None) => None,
        };
        let origins = sources.zip(&self.origins).filter_map(|(id, it)| Some((id.clone(), origin(it)?)));
        SourceOverlay { path: Some(path.to_owned()), removed: self.removed, origins: origins.collect() }
    }
}

/// Merges the sources of an overlay into those of the operator's file.
pub(super) fn merge<'a>(file: &mut DeTable<'a>, overlay: &DeTable<'a>, report: &Report) -> Merged {
    let tables = tables_of(overlay, report);
    let Some(sources) = sources_of(file) else { return Merged::default() };
    let mut list: Vec<Spanned<DeValue<'a>>> = sources.iter().cloned().collect();
    let mut merged = Merged::default();
    merged.origins.extend((0..list.len()).map(|at| TableOrigin { file: Some(at), overlay: None }));
    let of_id = |(at, it): (usize, &Spanned<DeValue<'a>>)| Some((id_of_table(it.get_ref().as_table()?)?, at));
    let known: HashMap<SourceId, usize> = list.iter().enumerate().filter_map(of_id).collect();
    let mut gone = HashSet::new();
    for (at, id, table, is_removed) in tables {
        match known.get(&id) {
            Some(index) if is_removed => {
                gone.insert(*index);
                merged.removed.push(id);
            }
            Some(index) => {
                if let DeValue::Table(base) = list[*index].get_mut() {
                    for (key, value) in table.get_ref().as_table().into_iter().flatten() {
                        // Removed first, so that the key has the place of its new value.
                        base.remove(&**key.get_ref());
                        base.insert(key.clone(), value.clone());
                    }
                }
                merged.origins[*index].overlay = Some(at);
            }
            // The operator has removed it from the file meanwhile.
            None if is_removed => {}
            None if !table.get_ref().as_table().is_some_and(|it| it.contains_key("url")) => {
                let place = KeyLocation::default().key("source", table.span()).index(at, table.span());
                report.warning(
                    &place,
                    format!("changes `{id}`, which the configuration file has no more"),
                    "remove the table, or write the source's `url` into it",
                );
            }
            None => {
                list.push(table);
                merged.origins.push(TableOrigin { file: None, overlay: Some(at) });
            }
        }
    }
    let mut index = 0..;
    list.retain(|_| index.next().is_some_and(|it| !gone.contains(&it)));
    let mut index = 0..;
    merged.origins.retain(|_| index.next().is_some_and(|it| !gone.contains(&it)));
    *sources = list.into_iter().collect();
    merged
}

/// The sources of the operator's file; an empty list where there are none. `None` where they are no list,
/// which the reader reports.
fn sources_of<'t, 'a>(file: &'t mut DeTable<'a>) -> Option<&'t mut DeArray<'a>> {
    if !file.contains_key("source") {
        file.insert(
            Spanned::new(0..0, "source".into()),
            Spanned::new(0..0, DeValue::Array(DeArray::default())),
        );
    }
    match file.get_mut("source")?.get_mut() {
        DeValue::Array(sources) => Some(sources),
        _ => None,
    }
}

/// The tables of an overlay with their place in it, their ids, and whether they remove; what is wrong with
/// the form is reported, what is wrong with a key of a source is for the reader of sources.
fn tables_of<'a>(
    overlay: &DeTable<'a>,
    report: &Report,
) -> Vec<(usize, SourceId, Spanned<DeValue<'a>>, bool)> {
    let root = KeyLocation::default();
    for (key, value) in overlay.iter().filter(|(key, _)| &**key.get_ref() != "source") {
        let help = "write [[source]] tables only; everything else stands in the configuration file";
        report.error(&root.key(&quoted(key.get_ref()), value.span()), "is not a key of this file", help);
    }
    let Some(sources) = overlay.get("source") else { return Vec::new() };
    let place = root.key("source", sources.span());
    let Some(list) = sources.get_ref().as_array() else {
        report.error(&place, "is not a list of tables", "write [[source]] above its keys");
        return Vec::new();
    };
    let mut known = HashSet::new();
    let mut tables = Vec::new();
    for (at, it) in list.iter().enumerate() {
        let place = place.index(at, it.span());
        let Some(table) = it.get_ref().as_table() else {
            report.error(&place, "is not a table", "write [[source]] above its keys");
            continue;
        };
        let id = table.get("id").and_then(|it| it.get_ref().as_str()).and_then(|it| it.parse().ok());
        let Some(id): Option<SourceId> = id else {
            report.error(
                &place,
                "has no id",
                "write `id`: that of a source of the configuration file, or a new one",
            );
            continue;
        };
        if !known.insert(id.clone()) {
            report.error(&place, format!("is the second table of `{id}`"), "write one table for each source");
            continue;
        }
        let removed = table.get(REMOVED);
        if let Some(it) = removed.filter(|it| it.get_ref().as_bool().is_none()) {
            let place = place.key(REMOVED, it.span());
            report.error(&place, "is not true or false", "write removed = true, or leave it out");
        }
        let is_removed = removed.and_then(|it| it.get_ref().as_bool()).unwrap_or_default();
        let mut table = table.clone();
        table.remove(REMOVED);
        tables.push((at, id, Spanned::new(it.span(), DeValue::Table(table)), is_removed));
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::Environment;
    use crate::config::Rhythm;
    use crate::config::parse_with_overlay;
    use std::time::Duration;

    const FILE: &str = "[site]\nbase_url = \"https://brief.example/\"\ncontact = \"desk@brief.example\"\n\n\
         [[source]]\nurl = \"https://a.example/feed\"\nevery = \"1h\"\npublisher = \"A\"\n\n\
         [[source]]\nid = \"b\"\nurl = \"https://b.example/feed\"\n\n\
         [[source]]\nid = \"c\"\nurl = \"https://ann@c.example/feed\"\n";

    fn env() -> Environment {
        let variable = |name: &str| (name == "STATE_DIRECTORY").then(|| "/var/lib/bylined".into());
        Environment::of(variable, "/srv/news".into())
    }

    fn read(overlay: &str) -> Result<(Config, Vec<String>), Vec<String>> {
        let lines = |it: &[crate::config::Problem]| it.iter().map(|it| it.one_line()).collect();
        match parse_with_overlay("bylined.toml", FILE, (Path::new("sources.toml"), overlay), &env()) {
            Ok(loaded) => Ok((loaded.config, lines(&loaded.warnings))),
            Err(errors) => Err(lines(errors.problems())),
        }
    }

    #[test]
    fn keys_of_the_overlay_win_and_all_others_stay() {
        let overlay = "[[source]]\nid = \"a-example\"\nevery = \"2h\"\nenabled = false\n\n\
             [[source]]\nid = \"d\"\nurl = \"https://d.example/feed\"\n";
        let (config, warnings) = read(overlay).expect("a configuration");
        let a = &config.sources[0];
        assert_eq!((a.publisher.as_deref(), a.enabled), (Some("A"), false));
        assert_eq!(a.rhythm, Some(Rhythm::Every(Duration::from_secs(7_200))));
        let origins = config.sources.iter().map(|it| (it.id.as_str(), config.overlay.origin_of(&it.id)));
        let expected = [
            ("a-example", SourceOrigin::Both),
            ("b", SourceOrigin::File),
            ("c", SourceOrigin::File),
            ("d", SourceOrigin::Overlay),
        ];
        assert_eq!(origins.collect::<Vec<_>>(), expected);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].starts_with("bylined.toml:16:7: source[2].url: "), "{warnings:?}");
    }

    #[test]
    fn a_source_of_the_file_can_be_removed_and_others_keep_their_numbers() {
        let (config, warnings) =
            read("[[source]]\nid = \"a-example\"\nremoved = true\n").expect("a configuration");
        assert_eq!(config.sources.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(config.overlay.removed.iter().map(SourceId::as_str).collect::<Vec<_>>(), ["a-example"]);
        assert!(warnings[0].starts_with("bylined.toml:16:7: source[2].url: "), "{warnings:?}");
        // One that the operator has taken out of the file meanwhile is nobody's.
        let (config, _) = read("[[source]]\nid = \"x\"\nremoved = true\n").expect("a configuration");
        assert_eq!(config.sources.len(), 3);
    }

    #[test]
    fn an_empty_overlay_changes_nothing() {
        for overlay in ["", "# nothing\n", "source = []\n"] {
            assert_eq!(read(overlay).expect("a configuration").0.sources.len(), 3, "{overlay:?}");
        }
    }

    #[track_caller]
    fn check_wrong(overlay: &str, place: &str, words: &str) {
        let problems = read(overlay).expect_err("it is wrong");
        let found = problems.iter().find(|it| it.starts_with(place));
        assert!(found.is_some_and(|it| it.contains(words)), "{problems:?}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_in_the_overlay() {
        let of_c = "[[source]]\nid = \"c\"\n";
        check_wrong(
            &format!("# é\n{of_c}evry = \"1h\"\n"),
            "sources.toml:4:1: source[0].evry",
            "did you mean `every`?",
        );
        check_wrong("[[source]]\nurl = \"https://d.example/\"\n", "sources.toml:1:1: source[0]", "has no id");
        check_wrong("[site]\ntitle = \"A\"\n", "sources.toml:1:1: site", "[[source]] tables only");
        check_wrong(&format!("{of_c}removed = 1\n"), "sources.toml:3:11: source[0].removed", "true or false");
        check_wrong(&format!("{of_c}{of_c}"), "sources.toml:3:1: source[1]", "second table");
        check_wrong("source = 5\n", "sources.toml:1:10: source", "list");
        check_wrong("source = [5]\n", "sources.toml:1:11: source[0]", "table");
        check_wrong(&format!("{of_c}every = \n"), "sources.toml:3:", "");
    }

    #[test]
    fn what_was_changed_of_a_source_that_is_gone_stops_nothing() {
        let (config, warnings) = read("[[source]]\nid = \"d\"\nenabled = false\n").expect("a configuration");
        assert_eq!(config.sources.len(), 3);
        let found = warnings.iter().find(|it| it.starts_with("sources.toml:1:1: source[0]"));
        assert!(found.is_some_and(|it| it.contains("changes `d`")), "{warnings:?}");
    }

    #[test]
    fn a_table_is_found_by_the_id_that_its_source_has() {
        let index = |id: &str| source_index(FILE, &id.parse().expect("an id"));
        assert_eq!((index("a-example"), index("c"), index("x")), (Some(0), Some(2), None));
        assert_eq!(source_index("source = 5", &"c".parse().expect("an id")), None);
    }
}
