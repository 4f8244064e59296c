//! A signal is never lost: the daemon ends, or changes over, whenever it is told to.

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// Longest time from a signal to the end.
const STOP_MAX: Duration = Duration::from_secs(10);

/// A running `bylined`, ended with the test.
struct Daemon {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
}

impl Daemon {
    fn start(args: &[&str], folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bylined"))
            .args(args)
            .env("TMPDIR", folder)
            .env("STATE_DIRECTORY", folder)
            .env_remove("NOTIFY_SOCKET")
            .env_remove("LISTEN_FDS")
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        Self { child, lines }
    }

    /// Runs on a configuration with one source that is not polled.
    fn run(folder: &Path, config: &str) -> Self {
        let file = folder.join("bylined.toml");
        write(&file, config);
        let mut daemon = Self::start(&["run", "--config", file.to_str().expect("UTF-8")], folder);
        daemon.logs("serving on");
        daemon
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(sent.expect("a shell").success());
    }

    /// Reads the log up to a line with these words.
    #[track_caller]
    fn logs(&mut self, words: &str) {
        let found = self.lines.by_ref().map_while(Result::ok).find(|it| it.contains(words));
        assert!(found.is_some(), "the log ends before `{words}`");
    }

    /// Waits for the end, which must come in time and be a good one.
    #[track_caller]
    fn ends_well(mut self) {
        let started = Instant::now();
        // The log ends with the process, whether or not it is read in full.
        let rest: Vec<_> = self.lines.by_ref().map_while(Result::ok).collect();
        let status = self.child.wait().expect("a status");
        assert!(status.success(), "{status}: {rest:#?}");
        assert!(started.elapsed() < STOP_MAX, "{:?}: {rest:#?}", started.elapsed());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write(file: &Path, listen: &str) {
    let text = format!(
        "[site]\nbase_url = \"https://brief.example/\"\ncontact = \"desk@brief.example\"\n\n\
         [server]\nlisten = \"{listen}\"\n\n\
         [[source]]\nurl = \"https://a.example/feed\"\nenabled = false\n"
    );
    std::fs::write(file, text).expect("a file");
}

#[test]
fn the_demo_stopped_as_soon_as_it_names_its_address_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = Daemon::start(&["demo", "--listen", "127.0.0.1:0"], folder.path());
    let mut url = String::new();
    BufReader::new(demo.child.stdout.take().expect("a pipe")).read_line(&mut url).expect("a line");
    demo.signal("INT");
    assert!(url.starts_with("http://127.0.0.1:"), "{url:?}");
    demo.ends_well();
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_stop_during_a_reload_is_not_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let daemon = Daemon::run(folder.path(), "127.0.0.1:0");
    daemon.signal("HUP");
    daemon.signal("TERM");
    daemon.ends_well();
}

#[test]
fn a_reload_that_moves_the_socket_is_refused_and_one_that_does_not_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut daemon = Daemon::run(folder.path(), "127.0.0.1:0");
    write(&folder.path().join("bylined.toml"), "127.0.0.2:0");
    daemon.signal("HUP");
    daemon.logs("server.listen is 127.0.0.2:0 instead of 127.0.0.1:0; restart bylined to change it");
    write(&folder.path().join("bylined.toml"), "127.0.0.1:0");
    daemon.signal("HUP");
    daemon.logs("reloading the configuration");
    daemon.logs("serving on");
    daemon.signal("TERM");
    daemon.ends_well();
}

#[test]
fn a_database_that_another_process_keeps_locked_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let daemon = Daemon::run(folder.path(), "127.0.0.1:0");
    let other = rusqlite::Connection::open(folder.path().join("bylined.db")).expect("a connection");
    other.busy_timeout(STOP_MAX).expect("a timeout");
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    daemon.signal("TERM");
    daemon.ends_well();
}
