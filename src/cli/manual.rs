//! The manual pages, bylined(1) and bylined.toml(5), written from the command line's own
//! definition and from the schema of the configuration file, so that neither can fall behind.

use clap::Arg;
use clap::Command;
use clap::CommandFactory;
use clap::ValueEnum;
use roff::Inline;
use roff::Roff;
use roff::bold;
use roff::italic;
use roff::roman;
use serde_json::Value;

use crate::config;

use super::args::Args;

/// Which manual page.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum Page {
    /// The commands: bylined(1).
    #[default]
    #[value(name = "bylined")]
    Commands,
    /// The configuration file: bylined.toml(5).
    #[value(name = "bylined.toml")]
    Configuration,
}

/// Variables of the environment that bylined reads.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("BYLINED_CONFIG", "The configuration file, where --config names none."),
    ("STATE_DIRECTORY", "Folder of the database where store.path is relative; systemd sets it."),
    (
        "XDG_CONFIG_HOME, XDG_STATE_HOME",
        "Where a user's configuration and database are looked for; ~/.config and ~/.local/state by default.",
    ),
    ("CREDENTIALS_DIRECTORY", "Folder of the secrets that { credential = \"…\" } names; systemd sets it."),
    ("VISUAL, EDITOR", "The editor that `story edit` opens."),
    ("NO_COLOR", "Set to anything: no colours."),
];

/// Codes of sysexits.h that bylined ends with.
const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "Done."),
    ("64", "The command line is wrong."),
    ("65", "Data is damaged or not what it should be."),
    ("66", "A file is missing."),
    ("69", "Something that is needed cannot be reached."),
    ("70", "A fault of bylined itself."),
    ("71", "The operating system refused something."),
    ("73", "A file cannot be created."),
    ("74", "Output could not be written."),
    ("75", "Another process is in the way: try again."),
    ("77", "A permission is missing."),
    ("78", "The configuration cannot be used."),
];

/// Signals that `run` obeys.
const SIGNALS: &[(&str, &str)] = &[
    ("SIGHUP", "`run` reads the configuration again; a bad file keeps the old one and says why."),
    ("SIGTERM, SIGINT", "`run` finishes what it is writing and ends."),
];

const FILES: &[(&str, &str)] = &[
    ("/etc/bylined/bylined.toml", "The configuration; see bylined.toml(5)."),
    ("/var/lib/bylined/bylined.db", "The database of the service."),
];

/// The page in the roff language, as man(1) reads it.
pub(super) fn render(page: Page) -> String {
    match page {
        Page::Commands => commands(),
        Page::Configuration => configuration(),
    }
}

fn commands() -> String {
    let mut command = Args::command();
    command.build();
    let mut page = start("bylined", "1", "poll tech-news feeds, brief their stories, publish curated feeds");
    section(&mut page, "SYNOPSIS");
    page.text([bold("bylined"), roman(" [--config FILE] COMMAND …")]);
    section(&mut page, "DESCRIPTION");
    page.text([roman(
        "bylined polls RSS, Atom and JSON feeds on a schedule, recognises the same story across publishers, \
         attaches a briefing with everyone's byline to each story, keeps all of it in one SQLite file, and \
         publishes curated feeds and pages. A single configuration file describes sources and outputs; \
         every command works beside a running service.",
    )]);
    section(&mut page, "OPTIONS");
    let (everywhere, _): (Vec<&Arg>, Vec<&Arg>) = command.get_arguments().partition(|it| !it.is_positional());
    everywhere.into_iter().for_each(|it| argument(&mut page, it));
    section(&mut page, "COMMANDS");
    command.get_subcommands().for_each(|it| subcommand(&mut page, "", it));
    list(&mut page, "SIGNALS", SIGNALS);
    list(&mut page, "EXIT STATUS", EXIT_CODES);
    list(&mut page, "ENVIRONMENT", ENVIRONMENT);
    list(&mut page, "FILES", FILES);
    section(&mut page, "SEE ALSO");
    page.text([bold("bylined.toml"), roman("(5), "), bold("systemctl"), roman("(1)")]);
    page.to_roff()
}

/// One command with its own arguments, or those below it.
fn subcommand(page: &mut Roff, above: &str, command: &Command) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let name = format!("{above}{}", command.get_name());
    let mut below = command.get_subcommands().peekable();
    if below.peek().is_some() {
        below.for_each(|it| subcommand(page, &format!("{name} "), it));
        return;
    }
    let of_its_own = |it: &&Arg| !it.is_global_set() && it.get_id() != "help";
    let mut title = name;
    for positional in command.get_positionals() {
        title = format!("{title} {positional}");
    }
    page.control("SS", [title.as_str()]);
    page.text([roman(sentence(command.get_about().map(ToString::to_string)))]);
    command.get_arguments().filter(of_its_own).for_each(|it| argument(page, it));
}

fn argument(page: &mut Roff, argument: &Arg) {
    if argument.is_hide_set() {
        return;
    }
    let mut about = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let values = argument.get_possible_values();
    if argument.get_action().takes_values() && !values.is_empty() && !argument.is_hide_possible_values_set() {
        let names: Vec<&str> = values.iter().map(|it| it.get_name()).collect();
        about = format!("{about}: {}", names.join(", "));
    }
    page.control("TP", []);
    let short = argument.get_short().map(|it| format!("-{it}, ")).unwrap_or_default();
    page.text([bold(format!("{short}{argument}"))]);
    page.text([roman(sentence(Some(about)))]);
}

fn configuration() -> String {
    let mut page = start("bylined.toml", "5", "configuration of bylined");
    section(&mut page, "DESCRIPTION");
    page.text([roman(
        "A TOML file. Unknown keys are refused, with the nearest known key. Durations are written \"15s\", \
         \"30m\", \"24h\" or \"400d\", sizes \"10MiB\". Secrets never stand in the file: a key that needs one \
         takes { env = \"NAME\" }, { file = \"/path\" } or { credential = \"name\" }. `bylined check` reads the \
         file and says what is wrong with it.",
    )]);
    table(&mut page, "", &config::schema());
    section(&mut page, "SEE ALSO");
    page.text([bold("bylined"), roman("(1), and the commented example that ships with bylined")]);
    page.to_roff()
}

/// The keys of one table, those with a value first, then the tables below it.
fn table(page: &mut Roff, path: &str, schema: &Value) {
    let mut keys: Vec<(&String, &Value)> =
        schema.get("properties").and_then(Value::as_object).into_iter().flatten().collect();
    keys.sort_by_key(|(_, it)| body(it).is_some());
    for (key, shape) in keys {
        let Some((inner, is_repeated)) = body(shape) else {
            key_of(page, key, shape);
            continue;
        };
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let title = if is_repeated { format!("[[{below}]]") } else { format!("[{below}]") };
        if path.is_empty() {
            page.control("SH", [title.as_str()]);
        } else {
            page.control("SS", [title.as_str()]);
        }
        page.text([roman(described(inner))]);
        table(page, &below, inner);
    }
}

/// The table that a key holds, and whether it may be repeated.
fn body(shape: &Value) -> Option<(&Value, bool)> {
    let is_table = |it: &Value| it.get("properties").is_some() && !holds_secret(it);
    if is_table(shape) {
        return Some((shape, false));
    }
    shape.get("items").filter(|it| is_table(it)).map(|it| (it, true))
}

/// Whether a table only says where a secret is kept; the page says so once.
fn holds_secret(shape: &Value) -> bool {
    shape.pointer("/properties/credential").is_some()
}

fn key_of(page: &mut Roff, key: &str, shape: &Value) {
    page.control("TP", []);
    let mut head: Vec<Inline> = vec![bold(key)];
    if let Some(kind) = kind(shape) {
        head.extend([roman(" = "), italic(kind)]);
    }
    page.text(head);
    let mut text = described(shape);
    if let Some(default) = shape.get("default") {
        text = format!("{text} Default: {default}.");
    }
    page.text([roman(text.trim())]);
}

/// How the value of a key is written.
fn kind(shape: &Value) -> Option<String> {
    if let Some(names) = shape.get("enum").and_then(Value::as_array) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        return Some(names.join(" | "));
    }
    if holds_secret(shape) {
        return Some("secret".to_owned());
    }
    if let Some(branches) = shape.get("anyOf").and_then(Value::as_array) {
        let kinds: Vec<String> = branches.iter().filter_map(kind).collect();
        return (!kinds.is_empty()).then(|| kinds.join(" | "));
    }
    match shape.get("type")?.as_str()? {
        "array" => Some(format!("[{}, …]", shape.get("items").and_then(kind)?)),
        "object" => Some("table".to_owned()),
        other => Some(other.to_owned()),
    }
}

fn described(shape: &Value) -> String {
    shape.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn start(name: &str, number: &str, about: &str) -> Roff {
    let mut page = Roff::new();
    let version = concat!("bylined ", env!("CARGO_PKG_VERSION"));
    page.control("TH", [name, number, "", version]);
    section(&mut page, "NAME");
    page.text([roman(format!("{name} - {about}"))]);
    page
}

fn section(page: &mut Roff, name: &str) {
    page.control("SH", [name]);
}

fn list(page: &mut Roff, name: &str, items: &[(&str, &str)]) {
    section(page, name);
    for (term, meaning) in items {
        page.control("TP", []);
        page.text([bold(*term)]);
        page.text([roman(*meaning)]);
    }
}

/// Help text of the command line as a sentence.
fn sentence(text: Option<String>) -> String {
    let text = text.unwrap_or_default();
    if text.is_empty() || text.ends_with(['.', ']']) { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(above: &str, command: &Command, found: &mut Vec<String>) {
        for it in command.get_subcommands().filter(|it| it.get_name() != "help" && !it.is_hide_set()) {
            let name = format!("{above}{}", it.get_name());
            if it.has_subcommands() {
                leaves(&format!("{name} "), it, found);
            } else {
                found.push(name);
            }
        }
    }

    #[test]
    fn every_command_has_its_part_of_the_page() {
        let page = render(Page::Commands);
        let mut names = Vec::new();
        leaves("", &Args::command(), &mut names);
        assert!(names.len() > 15, "{names:?}");
        for name in names {
            let title = format!(".SS \"{name} ");
            let bare = format!(".SS {name}\n");
            let quoted = format!(".SS \"{name}\"\n");
            let is_there = [title, bare, quoted].iter().any(|it| page.contains(it.as_str()));
            assert!(is_there, "no part for {name}: {page}");
        }
    }

    #[test]
    fn every_table_of_the_file_has_its_part_of_the_page() {
        let page = render(Page::Configuration);
        for title in ["[site]", "[[source]]", "[curation.llm]", "[[output]]", "[[hook]]"] {
            assert!(page.contains(title), "no part for {title}: {page}");
        }
        assert!(page.contains(r#"Default: "20s"."#), "a default is named: {page}");
        assert!(!page.contains("CREDENTIALS"), "where secrets are kept is said once: {page}");
    }
}
