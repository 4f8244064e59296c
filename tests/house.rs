//! The house stands: imports point down, what is kept in one room stays there, and files,
//! functions and names stay small enough to be found.
//!
//! Reads the sources as text, so that the rules hold for code that is not compiled too.
//! Tests within a module may look anywhere: what follows `#[cfg(test)]` is not read.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Modules by floor, from the bottom up. A module imports from floors below its own only.
const FLOORS: [&[&str]; 9] = [
    &["domain", "text", "gbdt", "threads"],
    &["config", "store", "net"],
    STAGES,
    &["pipeline"],
    &["site", "desk", "evaluate"],
    &["admin"],
    &["serve"],
    &["daemon"],
    &["cli"],
];

/// Stages never import one another nor `store`.
const STAGES: &[&str] =
    &["schedule", "fetch", "parse", "identify", "cluster", "extract", "curate", "publish"];

/// Who writes and reads JSON and TOML: not the nouns, whose changes must change no form that is
/// stored or that a program reads.
const FORMS: &[&str] = &[
    "config", "store", "extract", "curate", "parse", "publish", "pipeline", "site", "desk", "evaluate",
    "admin", "serve", "daemon", "cli",
];

/// What only some modules may name. `main` stands above all floors.
const ROOMS: [(&[&str], &[&str]); 8] = [
    (&["serde", "serde_json"], FORMS),
    (&["rusqlite"], &["store"]),
    (&["feed_rs"], &["parse"]),
    (&["reqwest"], &["net"]),
    (&["TcpStream", "UdpSocket"], &["net", "daemon", "cli"]),
    (&["axum"], &["serve"]),
    // Whoever serves or is a command is not simulated.
    (&["spawn_blocking"], &["threads", "store", "serve", "admin", "cli"]),
    (&["SystemTime::now", "Utc::now", "Local::now", "std::time::Instant"], &["daemon", "cli"]),
];

/// Most lines of a file without its tests: past that it holds two ideas.
const FILE_LINES_MAX: usize = 450;

/// Most lines of a function.
const FUNCTION_LINES_MAX: usize = 70;

/// Pages that name, between backticks, the tests that prove what they say as `module::name`, and constants
/// followed by the file that defines each.
const PAGES_WITH_PROOF: [&str; 2] = ["docs/SECURITY.md", "docs/ISOLATION.md"];

#[test]
fn imports_point_down() {
    check(|file, line, broken| {
        for target in crate_paths(line) {
            if let Some(rule) = breaks_floor(&file.module, target) {
                broken(format!("`{}` names `crate::{target}`: {rule}", file.module));
            }
        }
    });
}

#[test]
fn what_is_kept_in_one_room_stays_there() {
    check(|file, line, broken| {
        for (names, rooms) in ROOMS {
            for name in names.iter().filter(|it| names_path(line, it)) {
                if !rooms.contains(&file.module.as_str()) {
                    broken(format!("`{name}` is for {} only", rooms.join(" and ")));
                }
            }
        }
    });
}

#[test]
fn columns_are_read_by_name() {
    check(|file, line, broken| {
        if file.module == "store" && reads_by_position(line) {
            broken("read the column by its name, or by its place in `columns!`".to_owned());
        }
    });
}

#[test]
fn imports_name_one_item_per_line() {
    check(|_, line, broken| {
        if line.contains("use crate::") && line.contains('{') {
            broken("write one `use crate::stage::Item;` per line".to_owned());
        }
    });
}

#[test]
fn modules_are_files_of_their_own_name() {
    let found: Vec<_> =
        sources().into_iter().filter(|it| it.path.ends_with("mod.rs")).map(|it| it.path).collect();
    assert!(found.is_empty(), "write stage.rs and stage/part.rs in place of {found:?}");
}

#[test]
fn files_hold_one_idea() {
    let long = sources().into_iter().filter(|it| it.code().count() > FILE_LINES_MAX);
    let long: Vec<_> = long.map(|it| it.name()).collect();
    assert!(long.is_empty(), "part what is longer than {FILE_LINES_MAX} lines without tests: {long:#?}");
}

#[test]
fn functions_fit_a_screen() {
    let mut long = Vec::new();
    for file in sources() {
        let lines: Vec<&str> = file.code().collect();
        for (name, length) in functions(&lines).into_iter().filter(|it| it.1 > FUNCTION_LINES_MAX) {
            long.push(format!("{}: {name}, {length} lines", file.name()));
        }
    }
    assert!(long.is_empty(), "part what is longer than {FUNCTION_LINES_MAX} lines: {long:#?}");
}

#[test]
fn a_type_name_has_one_meaning() {
    let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in sources() {
        for name in file.code().filter_map(defined_type) {
            files.entry(name.to_owned()).or_default().insert(file.name());
        }
    }
    files.retain(|_, of| of.len() > 1);
    assert!(files.is_empty(), "give each of these a name of its own: {files:#?}");
}

#[test]
fn children_do_not_import_from_a_parent_that_uses_them() {
    let all = sources();
    let mut both = Vec::new();
    for parent in &all {
        let folder = parent.path.with_extension("");
        let children: Vec<_> = all.iter().filter(|it| it.path.parent() == Some(&folder)).collect();
        let names: Vec<String> = children.iter().map(|it| it.stem()).collect();
        for (child, name) in children.iter().zip(&names) {
            let is_used =
                parent.code().any(|it| names_path(code(it), name) && it.contains(&format!("{name}::")));
            let from_parent = |line: &str| {
                let items = line.split("super::").skip(1).map(first_word);
                items.filter(|it| *it != "super" && !it.is_empty()).any(|it| !names.iter().any(|n| n == it))
            };
            let imports = child.code().filter(|it| !it.contains("super::super")).map(code).any(from_parent);
            let name = parent.name();
            if is_used && imports {
                both.push(format!("{} takes from {name}", child.name()));
            }
        }
    }
    assert!(both.is_empty(), "take it from the sibling that defines it: {both:#?}");
}

#[test]
fn what_pages_give_as_proof_exists() {
    let mut missing = Vec::new();
    for page in PAGES_WITH_PROOF {
        let text = read(page).expect("a page");
        let mut tests = 0;
        for (index, line) in text.lines().enumerate() {
            let mut lacks = |what: String| missing.push(format!("{page}:{}: {what}", index + 1));
            let mut constants: Vec<&str> = Vec::new();
            for name in line.split('`').skip(1).step_by(2) {
                if let Some((files, test)) = named_test(name) {
                    tests += 1;
                    if !files.iter().filter_map(|it| read(it)).any(|it| has_test(&it, test)) {
                        lacks(format!("there is no test `{name}`"));
                    }
                } else if is_constant(name) {
                    constants.push(name);
                } else if name.ends_with(".rs") {
                    let Some(source) = read(&format!("src/{name}")).or_else(|| read(name)) else {
                        lacks(format!("there is no file `{name}`"));
                        continue;
                    };
                    for constant in constants.drain(..) {
                        if !source.contains(&format!("const {constant}:")) {
                            lacks(format!("`{name}` defines no `{constant}`"));
                        }
                    }
                }
            }
            for constant in constants {
                lacks(format!("name the file of `{constant}` behind it"));
            }
        }
        assert!(0 < tests, "{page} names no test");
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn the_rules_are_seen_to_be_broken() {
    let rule = |from: &str, to: &str| breaks_floor(from, to).is_some();
    assert!(rule("domain", "config") && rule("text", "domain") && rule("parse", "identify"));
    assert!(rule("curate", "store") && rule("serve", "daemon") && rule("serve", "nowhere"));
    assert!(!rule("parse", "domain") && !rule("curate", "net") && !rule("cli", "store"));
    assert!(!rule("pipeline", "curate") && !rule("parse", "parse") && !rule("main", "cli"));
    assert_eq!(crate_paths("let a = crate::store::open(crate::net::Client::new());"), ["store", "net"]);
    assert!(names_path("use axum::Router;", "axum") && !names_path("let taxum = 1;", "axum"));
    let lines =
        ["pub async fn a() {", "    b();", "}", "    fn c() -> u8 {", "        1", "    }", "fn d();"];
    assert_eq!(functions(&lines), [("a", 3), ("c", 3)]);
    assert_eq!(defined_type("pub(super) struct A<'a> {"), Some("A"));
    assert_eq!((defined_type("    type Err = B;"), defined_type("let a = 1;")), (None, None));
    assert!(reads_by_position("row.get(0)?") && reads_by_position("|row| row.get::<_, i64>(1)"));
    assert!(reads_by_position("row.get_ref(2)") && !reads_by_position("row.get(\"n\")? + row.get(at.id)?"));
    let named = |name: &'static str| named_test(name).map(|it| (it.0[2].clone(), it.1));
    assert_eq!(named("net::body::a_b"), Some(("src/net/body.rs".to_owned(), "a_b")));
    assert_eq!(named("net::body::tests::a_b"), named("net::body::a_b"));
    assert!(named("a_b").is_none() && named("net::tests").is_none() && named("Plan::ceiling").is_none());
    let source = "    #[tokio::test]\n    async fn a_b() {\n    }\nfn a_c() {\n}\n";
    assert!(has_test(source, "a_b") && !has_test(source, "a") && !has_test(source, "a_c"));
    assert!(is_constant("SIZE_MAX_2") && !is_constant("GET") && !is_constant("Size"));
    assert_eq!(code("a // b"), "a ");
    assert_eq!(code("\"https://a.example\" // b"), "\"https://a.example\" ");
}

/// Functions with their numbers of lines; tests and what is declared only are left out.
fn functions<'a>(lines: &[&'a str]) -> Vec<(&'a str, usize)> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some((before, after)) = line.trim_start().split_once("fn ") else { continue };
        let is_item = before.split_whitespace().all(|it| {
            it.starts_with("pub") || it.ends_with(')') || matches!(it, "async" | "const" | "unsafe")
        });
        let end = format!("{}}}", " ".repeat(indent));
        let length = lines[at..].iter().position(|it| *it == end);
        let is_declared_only = line.ends_with(';') || line.ends_with('}');
        if let Some(length) = length.filter(|_| is_item && !is_declared_only) {
            found.push((first_word(after), length + 1));
        }
    }
    found
}

/// The name of a type that a line defines; types that a trait asks for are left out.
fn defined_type(line: &str) -> Option<&str> {
    let is_part = line.starts_with(' ');
    let mut words = line.split_whitespace().skip_while(|it| it.starts_with("pub"));
    let kind = words.next()?;
    let is_type = matches!(kind, "struct" | "enum" | "trait" | "union") || kind == "type" && !is_part;
    words.next().filter(|_| is_type).map(first_word).filter(|it| !it.is_empty())
}

/// A file of the package; nothing where there is none.
fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// The files that may hold the test which `module::name` names, and its name; nothing for what names none.
fn named_test(path: &str) -> Option<(Vec<String>, &str)> {
    let is_name = |it: &str| {
        !it.is_empty() && it.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let (modules, test) = path.rsplit_once("::")?;
    if test == "tests" || !path.split("::").all(is_name) {
        return None;
    }
    let stem = modules.strip_suffix("::tests").unwrap_or(modules).replace("::", "/");
    let integration = [format!("tests/{stem}.rs"), format!("tests/it/{stem}.rs")];
    let unit = [format!("src/{stem}.rs"), format!("src/{stem}/tests.rs")];
    Some(([integration, unit].concat(), test))
}

/// Whether a source defines a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    lines.iter().copied().enumerate().any(|(at, line)| {
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        let mut above = lines[..at].iter().rev().take_while(|it| it.starts_with('#') || it.starts_with("//"));
        function.is_some_and(|it| first_word(it) == name)
            && above.any(|it| it.starts_with("#[test]") || it.starts_with("#[tokio::test"))
    })
}

/// Whether a word is written as constants are, and no abbreviation.
fn is_constant(word: &str) -> bool {
    const LETTERS_MIN: usize = 4;
    let is_letter = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    LETTERS_MIN <= word.len() && word.bytes().all(is_letter)
}

/// The word that a text begins with.
fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Why a module may not name another, if it may not.
fn breaks_floor(from: &str, to: &str) -> Option<String> {
    let floor = |module: &str| FLOORS.iter().position(|it| it.contains(&module));
    if from == to || matches!(from, "lib" | "main") {
        return None;
    }
    match (floor(from), floor(to)) {
        (None, _) => Some(format!("give `{from}` a floor in tests/house.rs")),
        (_, None) => Some(format!("give `{to}` a floor in tests/house.rs")),
        _ if STAGES.contains(&from) && to == "store" => Some("stages do not know the store".to_owned()),
        (Some(own), Some(other)) if own <= other => Some("imports come from floors below only".to_owned()),
        _ => None,
    }
}

/// The modules that `crate::…` paths of a line begin with.
fn crate_paths(line: &str) -> Vec<&str> {
    let module = |it: &'_ str| it.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'_').count();
    line.split("crate::").skip(1).map(|it| &it[..module(it)]).filter(|it| !it.is_empty()).collect()
}

/// Whether a line names a path, not just a word that contains it.
fn names_path(line: &str, path: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(path).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + path.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// Whether a line reads a column of a row by a number.
fn reads_by_position(line: &str) -> bool {
    let arguments = line.split("row.get").skip(1).filter_map(|it| Some(it.split_once('(')?.1));
    arguments.into_iter().any(|it| it.starts_with(|c: char| c.is_ascii_digit()))
}

/// A line without its comment and without the content of its texts' slashes.
fn code(line: &str) -> &str {
    let comment = line.match_indices("//").find(|(at, _)| line[..*at].matches('"').count().is_multiple_of(2));
    comment.map_or(line, |(at, _)| &line[..at])
}

struct Source {
    path: PathBuf,
    /// The module of the first level: `curate` for `src/curate/llm.rs`.
    module: String,
    text: String,
}

impl Source {
    /// Lines before the tests.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|it| it.trim() != "#[cfg(test)]")
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Puts every line of code to a rule, and fails with all lines that break it.
#[track_caller]
fn check(rule: impl Fn(&Source, &str, &mut dyn FnMut(String))) {
    let mut broken = Vec::new();
    for file in sources() {
        for (index, line) in file.code().enumerate() {
            rule(&file, code(line), &mut |why| {
                broken.push(format!("{}:{}: {why}", file.path.display(), index + 1));
            });
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let path = path.strip_prefix(root).expect("below the package").to_owned();
                let first = path.iter().nth(1).map(Path::new).and_then(Path::file_stem);
                let module = first.unwrap_or_default().to_string_lossy().into_owned();
                found.push(Source { path, module, text });
            }
        }
    }
    assert!(!found.is_empty(), "no sources were found");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}
