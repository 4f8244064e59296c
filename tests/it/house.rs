//! The program itself with a configuration, a database and publishers of its own.

#![allow(dead_code, reason = "every test file uses its own part of it")]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::http;
use crate::http::Reply;
use crate::origin::Origin;

/// Where the site under test says it is.
pub(crate) const BASE_URL: &str = "https://brief.example/";

/// Longest time that one command may take, on a slow and busy machine.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

/// Longest wait for something that is bound to happen.
const PATIENCE: Duration = Duration::from_secs(60);

const PROGRAM: &str = env!("CARGO_BIN_EXE_bylined");

/// A configuration, a database and an origin, in a folder that goes away.
pub(crate) struct House {
    pub(crate) origin: Origin,
    dir: TempDir,
    // The origin lives on these threads; the tests themselves do not wait asynchronously.
    _runtime: Runtime,
}

/// A source of a configuration.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    id: String,
    url: String,
    further: String,
}

/// A source at a path of the origin, whose article pages are not read.
pub(crate) fn source(house: &House, id: &str) -> Source {
    source_at(id, house.url(&format!("/{id}/feed")).as_str())
}

/// A source anywhere.
pub(crate) fn source_at(id: &str, url: &str) -> Source {
    Source { id: id.to_owned(), url: url.to_owned(), further: "full_text = false".to_owned() }
}

impl Source {
    /// With other settings than that no pages are read.
    pub(crate) fn with(mut self, further: &str) -> Self {
        further.clone_into(&mut self.further);
        self
    }
}

/// The program, not yet told what to do.
pub(crate) fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    command.stdin(Stdio::null());
    command
}

impl House {
    /// An origin without pages, and no configuration yet.
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a thread");
        let origin = runtime.block_on(Origin::start());
        let dir = tempfile::tempdir().expect("a folder");
        Self { origin, dir, _runtime: runtime }
    }

    /// The absolute address of a path of the origin.
    pub(crate) fn url(&self, path: &str) -> String {
        self.origin.url(path).into()
    }

    /// The home page of a source of this id.
    pub(crate) fn home(&self, id: &str) -> String {
        self.url(&format!("/{id}/"))
    }

    /// Writes the configuration.
    pub(crate) fn configure(&self, sources: &[Source]) {
        self.configure_with(sources, "", "");
    }

    /// Writes the configuration with further keys of `[fetch]` and further tables.
    pub(crate) fn configure_with(&self, sources: &[Source], fetch: &str, tables: &str) {
        let mut text = format!(
            "[site]\ntitle = \"Example Tech Brief\"\ncurator = \"Example Brief\"\nbase_url = \"{BASE_URL}\"\n\
             contact = \"editor@brief.example\"\n\n[store]\npath = \"{}\"\n\n\
             [fetch]\nallow_private = [\"{}\"]\n{fetch}\n\n\
             [schedule]\nevery = \"24h\"\n\n[curation]\nbacklog = \"all\"\n\n",
            self.database().display(),
            self.origin.address(),
        );
        for Source { id, url, further } in sources {
            text.push_str(&format!("[[source]]\nid = \"{id}\"\nurl = \"{url}\"\n{further}\n\n"));
        }
        text.push_str(tables);
        self.write_config(&text);
    }

    /// Writes these words where the configuration stands.
    pub(crate) fn write_config(&self, text: &str) {
        fs::write(self.config(), text).expect("the folder takes files");
    }

    /// The configuration file.
    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("bylined.toml")
    }

    /// The folder of everything.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn database(&self) -> PathBuf {
        self.dir.path().join("bylined.db")
    }

    /// Changes the database behind the program's back, and returns how many rows that changed.
    #[track_caller]
    pub(crate) fn damage(&self, sql: &str) -> usize {
        let database = rusqlite::Connection::open(self.database()).expect("the database");
        database.execute(sql, []).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// What is kept of how many published stories a topic or an audience has is what they have.
    #[track_caller]
    pub(crate) fn expect_true_counts(&self) {
        let database = rusqlite::Connection::open(self.database()).expect("the database");
        let wrong = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).expect("a number") };
        for of in ["topic", "audience"] {
            let table = if of == "topic" { "story_topics" } else { "story_audiences" };
            let counted = format!(
                "SELECT t.slug, count(*) AS n FROM {table} t JOIN stories s ON s.id = t.story
                 WHERE s.state = 'published' GROUP BY t.slug"
            );
            let missing = format!(
                "SELECT count(*) FROM ({counted}) c LEFT JOIN {of}_counts k ON k.slug = c.slug WHERE k.stories IS NOT c.n"
            );
            let stale = format!(
                "SELECT count(*) FROM {of}_counts k LEFT JOIN ({counted}) c ON c.slug = k.slug
                 WHERE k.stories <> coalesce(c.n, 0)"
            );
            assert_eq!((wrong(&missing), wrong(&stale)), (0, 0), "{of}s");
        }
    }

    /// Forgets everything that was stored.
    pub(crate) fn forget(&self) {
        for name in ["bylined.db", "bylined.db-wal", "bylined.db-shm"] {
            // Not all of them exist at all times.
            let _ = fs::remove_file(self.dir.path().join(name));
        }
    }

    /// A command on this configuration, not yet started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = program();
        command.arg("--config").arg(self.config()).args(args);
        command.current_dir(self.dir.path());
        command
    }

    /// Runs a command to its end.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let command = self.command(args);
        assert_cmd::Command::from_std(command).timeout(COMMAND_TIMEOUT).output().expect("it runs")
    }

    /// The standard output of a command that succeeds.
    #[track_caller]
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?} ended with {}: {said}", output.status);
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The JSON that a command prints.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.ok(&args)).expect("one JSON value on standard output")
    }

    /// Polls all sources.
    #[track_caller]
    pub(crate) fn poll(&self) -> Value {
        self.json(&["poll", "--all"])
    }

    /// The site as static files.
    #[track_caller]
    pub(crate) fn export(&self) -> Export {
        let folder = self.dir.path().join("site");
        self.ok(&["export", folder.to_str().expect("a path in UTF-8")]);
        Export { folder }
    }

    /// The daemon on this configuration, once it serves.
    #[track_caller]
    pub(crate) fn daemon(&self) -> Daemon {
        Daemon::start(self.command(&["run", "--listen", "127.0.0.1:0"]), self.dir.path())
    }

    /// The daemon where no more than so many files may be open.
    pub(crate) fn daemon_with_files(&self, files: usize) -> Daemon {
        let run = self.command(&["run", "--listen", "127.0.0.1:0"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {files}; exec \"$@\""), "sh"]);
        shell.arg(run.get_program()).args(run.get_args());
        for (name, value) in run.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        Daemon::start(shell, self.dir.path())
    }
}

/// A static copy of the site.
pub(crate) struct Export {
    folder: PathBuf,
}

impl Export {
    /// A file's bytes.
    #[track_caller]
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        let file = self.folder.join(path);
        fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    /// A file as text.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).expect("UTF-8")
    }

    /// The items of a JSON Feed.
    #[track_caller]
    pub(crate) fn items(&self, path: &str) -> Vec<Value> {
        let feed: Value = serde_json::from_slice(&self.bytes(path)).expect("JSON");
        feed["items"].as_array().expect("items").clone()
    }

    /// The page of a story.
    #[track_caller]
    pub(crate) fn page(&self, story_url: &str) -> String {
        let path = story_url.strip_prefix(BASE_URL).expect("a page of ours");
        self.text(&format!("{path}/index.html"))
    }
}

/// The running daemon; it is killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
    results: PathBuf,
}

impl Daemon {
    /// Starts a command that serves, and waits until it does.
    #[track_caller]
    pub(crate) fn start(mut command: Command, dir: &Path) -> Self {
        let create = |path: &Path| fs::File::create(path).expect("the folder takes files");
        let (log, results) = (dir.join("daemon.log"), dir.join("daemon.out"));
        let mut child = command.stdout(create(&results)).stderr(create(&log)).spawn().expect("it starts");
        let address = eventually("the daemon serves", PATIENCE, || {
            let said = fs::read_to_string(&log).unwrap_or_default();
            if let Ok(Some(status)) = child.try_wait() {
                panic!("the daemon ended with {status}: {said}");
            }
            let (_, rest) = said.split_once("serving on ")?;
            let (address, _) = rest.split_once('\n')?;
            address.trim().parse().ok()
        });
        Self { child, address, log, results }
    }

    /// Asks for a path.
    pub(crate) fn get(&self, path: &str) -> Reply {
        http::get(self.address, path)
    }

    /// Waits until a feed holds this many items, and returns them.
    #[track_caller]
    pub(crate) fn items(&self, path: &str, at_least: usize, within: Duration) -> Vec<Value> {
        eventually(&format!("{path} holds {at_least} items"), within, || {
            let reply = self.get(path);
            let items = reply.json()["items"].as_array().cloned()?;
            Some(items).filter(|it| at_least <= it.len())
        })
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let words = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &words]).status().expect("a shell");
        assert!(sent.success(), "{words}");
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn end(&mut self, within: Duration) -> ExitStatus {
        eventually("the daemon ends", within, || self.child.try_wait().expect("a child"))
    }

    /// What it has said so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }

    /// What stands on its standard output so far.
    pub(crate) fn results(&self) -> String {
        fs::read_to_string(&self.results).expect("a file")
    }

    /// Waits until it has said something.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        eventually(&format!("the daemon says `{words}`"), PATIENCE, || {
            self.log().contains(words).then_some(())
        });
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The items of each document of an output, from the subscription document over
/// `next_url` (JSON Feed 1.1) to the oldest.
#[track_caller]
pub(crate) fn json_walk(read: impl Fn(&str) -> Vec<u8>, output: &str) -> Vec<Vec<Value>> {
    let mut documents = Vec::new();
    let mut next = Some(format!("/feeds/{output}.json"));
    while let Some(path) = next {
        let mut feed: Value = serde_json::from_slice(&read(&path)).expect("JSON");
        let Value::Array(items) = feed["items"].take() else { panic!("{path} has no items") };
        documents.push(items);
        next = feed["next_url"].as_str().map(path_of);
    }
    documents
}

/// The path of an address of ours.
#[track_caller]
pub(crate) fn path_of(url: &str) -> String {
    let rest = url.strip_prefix(BASE_URL).unwrap_or_else(|| panic!("{url} is no address of ours"));
    format!("/{rest}")
}

/// Looks again and again until there is something to see.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    const PAUSE: Duration = Duration::from_millis(25);
    let deadline = Instant::now() + within;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "{what}: not within {within:?}");
        std::thread::sleep(PAUSE);
    }
}

/// A field of every item.
pub(crate) fn all<'a>(items: &'a [Value], field: &str) -> Vec<&'a str> {
    items.iter().map(|it| it[field].as_str().unwrap_or_else(|| panic!("{field} of {it}"))).collect()
}

/// The ids of items, in order of themselves.
pub(crate) fn ids(items: &[Value]) -> Vec<&str> {
    let mut ids = all(items, "id");
    ids.sort_unstable();
    ids
}

/// The names of an object's fields, in order of themselves.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
