//! The file, from its first table to its last, resolved into `Config`.

mod curation;
mod editor;
mod hook;
mod output;
mod service;
mod shared;
mod source;
mod taxonomy;
#[cfg(test)]
mod tests;

use std::cell::LazyCell;
use std::collections::HashMap;
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use toml::de::DeTable;

use self::curation::curation;
use self::editor::check_admin;
use self::editor::editor;
use self::hook::hook;
use self::output::OUTPUT_ALL;
use self::output::everything;
use self::output::output;
use self::service::fetch;
use self::service::schedule;
use self::service::server;
use self::service::site;
use self::service::store;
use self::shared::SECOND;
pub(super) use self::source::id_of_table;
use self::source::source;
use self::taxonomy::Names;
use self::taxonomy::audience;
use self::taxonomy::topic;
use super::environment::Environment;
use super::overlay;
use super::overlay::Merged;
use super::overlay::SourceOverlay;
use super::problem::ConfigErrors;
use super::problem::KeyLocation;
use super::problem::Problem;
use super::problem::Report;
use super::problem::Texts;
use super::schema;
use super::settings::Config;
use super::settings::Dedup;
use super::settings::EditorAccount;
use super::settings::Output;
use super::table::Reading;
use super::table::Table;
use super::value;
use super::value::Wrong;

/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the operator decided.
    pub config: Config,
    /// What they may not have meant, in the order of the file.
    pub warnings: Vec<Problem>,
}

/// Reads and resolves a file.
///
/// # Errors
/// [`ConfigErrors`] lists every problem of the file, or says why it cannot be read.
pub fn load(path: &Path, env: &Environment) -> Result<Loaded, ConfigErrors> {
    let name = path.display().to_string();
    let text = read(path).map_err(|it| ConfigErrors::of_file(&name, it))?;
    let loaded = parse(&name, &text, env)?;
    let overlay = overlay::overlay_path(&loaded.config.store.path);
    // Somebody may keep the whole configuration under this name.
    let is_same = || overlay.canonicalize().is_ok_and(|it| path.canonicalize().is_ok_and(|own| it == own));
    if !overlay.exists() || is_same() {
        return Ok(loaded);
    }
    let added = read(&overlay).map_err(|it| ConfigErrors::of_file(&overlay.display().to_string(), it))?;
    parse_with_overlay(&name, &text, (&overlay, &added), env)
}

fn read(path: &Path) -> Result<String, Wrong> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|it| it.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    if let Err(cause) = read {
        return value::wrong(format!("cannot be read: {cause}"), "check that it exists and may be read");
    }
    if FILE_BYTES_MAX < bytes.len() as u64 {
        return value::wrong(format!("is larger than {FILE_BYTES_MAX} bytes"), "write a smaller file");
    }
    String::from_utf8(bytes).or_else(|it| {
        let before = &it.as_bytes()[..it.utf8_error().valid_up_to()];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        value::wrong(format!("is not UTF-8 on line {line}"), "save it as UTF-8")
    })
}

/// Resolves the text of a file. `name` is what problems call it.
///
/// # Errors
/// [`ConfigErrors`] lists every problem of the text, not just the first.
pub fn parse(name: &str, text: &str, env: &Environment) -> Result<Loaded, ConfigErrors> {
    resolve(&Texts::of_file(name, text), None, env)
}

/// As [`parse`], with the path and the text of an overlay.
///
/// # Errors
/// [`ConfigErrors`] lists every problem of both texts, each with its file.
pub fn parse_with_overlay(
    name: &str,
    text: &str,
    (path, overlay): (&Path, &str),
    env: &Environment,
) -> Result<Loaded, ConfigErrors> {
    let overlay_name = path.display().to_string();
    resolve(&Texts::with_overlay(name, text, &overlay_name, overlay), Some(path), env)
}

fn resolve(texts: &Texts<'_>, overlay: Option<&Path>, env: &Environment) -> Result<Loaded, ConfigErrors> {
    let report = Report::default();
    let (document, mut syntax_errors) = DeTable::parse_recoverable(texts.file);
    let mut document = document.into_inner();
    let below = texts.overlay_at_its_place();
    let mut merged = Merged::default();
    if overlay.is_some() {
        let (added, errors) = DeTable::parse_recoverable(&below);
        syntax_errors.extend(errors);
        merged = overlay::merge(&mut document, added.get_ref(), &report);
    }
    let elsewhere = LazyCell::new(schema::keys as fn() -> Vec<(String, String)>);
    let reading = Reading::File { report: &report, sound: syntax_errors.is_empty(), elsewhere: &elsewhere };
    let mut config = config(Table::new(reading, Some(&document), KeyLocation::default()), env).0;

    let spans: Vec<_> = syntax_errors.iter().map(|it| it.span().unwrap_or_default()).collect();
    report.keep_first_per_line_of(&spans, &texts.together());
    for (error, span) in syntax_errors.iter().zip(spans) {
        let help = "TOML wants key = value; texts, durations and sizes stand in quotes";
        report.error(&KeyLocation { path: String::new(), span }, error.message(), help);
    }
    let warnings = report.conclude(texts, &merged.origins)?;
    if let Some(path) = overlay {
        config.overlay = merged.overlay(path, config.sources.iter().map(|it| &it.id));
    }
    Ok(Loaded { config, warnings })
}

/// What can stand in a file, as a JSON Schema.
pub(super) fn shape() -> Value {
    let report = Report::default();
    let table = Table::new(Reading::Schema(&report), None, KeyLocation::default());
    config(table, &Environment::default()).1
}

fn config(mut it: Table<'_>, env: &Environment) -> (Config, Value) {
    let (server, admin_place) = it.table("server", "Where readers connect.", |it| server(it, env));
    let site = it.table("site", "Who publishes.", |it| site(it, &server.listen, env));
    let store = it.table("store", "Where state is kept.", |it| store(it, env));
    let fetch = it.table("fetch", "Limits of every exchange with a publisher.", |it| fetch(it, env));
    let schedule = it.table("schedule", "When sources are polled unless they say otherwise.", schedule);
    let dedup = it.table("dedup", "Which entries are one story.", |it| Dedup {
        window: {
            let about = "Entries further apart, by published date, are different stories.";
            it.duration("window", SECOND, Some("72h"), about).map_or(Dedup::default().window, |it| it.value)
        },
    });
    let curation = it.table("curation", "Who writes, and who looks before publication.", curation);

    let mut names = Names::default();
    let topics = it.each("topic", "One entry of the taxonomy.", |it| topic(it, &mut names));
    let audiences =
        it.each("audience", "Who reads, and what makes a story theirs.", |it| audience(it, &mut names));
    let sources = it.each("source", "A feed to subscribe to.", |it| source(it, &mut names));
    let outputs = it.each("output", "A curated feed to publish.", |it| output(it, &mut names, &site));
    if sources.is_empty() {
        let help = "add a [[source]] with the url of a feed";
        it.report().warning(it.place(), "there is no source to poll", help);
    }

    let mut outputs: Vec<Output> = outputs.into_iter().flatten().collect();
    if !outputs.iter().any(|it| it.id.as_str() == OUTPUT_ALL)
        && let Ok(id) = OUTPUT_ALL.parse()
    {
        outputs.insert(0, everything(id, &site));
    }
    let about = "A person, or a program, who may use the desk.";
    let mut taken = HashMap::new();
    let editors = it.each("editor", about, |it| editor(it, &mut taken));
    let editors: Vec<EditorAccount> = editors.into_iter().flatten().collect();
    check_admin(&it, &server, admin_place.as_ref(), &editors);
    let mut known = HashSet::new();
    let about = "A program of yours that is told what happens (webhook).";
    let hooks = it.each("hook", about, |it| hook(it, &outputs, &server, &mut known));
    let config = Config {
        site,
        server,
        store,
        fetch,
        schedule,
        dedup,
        curation,
        sources: sources.into_iter().flatten().collect(),
        audiences: audiences.into_iter().flatten().collect(),
        topics: topics.into_iter().flatten().collect(),
        editors,
        hooks: hooks.into_iter().flatten().collect(),
        outputs,
        overlay: SourceOverlay::default(),
    };
    (config, it.finish())
}
