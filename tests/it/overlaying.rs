//! Sources can be changed where the configuration file cannot be written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use crate::house::Daemon;
use crate::house::House;
use crate::house::eventually;
use crate::house::source;
use crate::origin::Page;

const PATIENCE: Duration = Duration::from_secs(60);

/// Whom root becomes, who may write anywhere: `nobody`.
const NOBODY: u32 = 65_534;

/// A newsroom whose configuration file is in a folder that its service cannot write to.
struct Hardened {
    house: House,
    config: PathBuf,
    state: PathBuf,
    is_root: bool,
}

impl Hardened {
    fn new(ids: &[&str]) -> Self {
        let house = House::new();
        for id in ["quay", "lock", "weir"] {
            house.origin.serve(&format!("/{id}/feed"), feed(&house, id));
        }
        let sources: Vec<_> = ids.iter().map(|it| source(&house, it)).collect();
        house.configure_with(&sources, "", "");
        let (etc, state) = (house.dir().join("etc"), house.dir().join("state"));
        fs::create_dir(&etc).expect("a folder");
        fs::create_dir(&state).expect("a folder");
        let text = fs::read_to_string(house.config()).expect("a file");
        let database = house.dir().join("bylined.db");
        let text = text
            .replace(database.to_str().expect("UTF-8"), state.join("bylined.db").to_str().expect("UTF-8"));
        let config = etc.join("bylined.toml");
        fs::write(&config, text).expect("a file");
        let is_root = chown(&state, Some(NOBODY), Some(NOBODY)).is_ok();
        fs::set_permissions(house.dir(), fs::Permissions::from_mode(0o755)).expect("ours");
        fs::set_permissions(&etc, fs::Permissions::from_mode(0o555)).expect("ours");
        Self { house, config, state, is_root }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = crate::house::program();
        command.arg("--config").arg(&self.config).args(args).current_dir(&self.state);
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("it runs")
    }

    #[track_caller]
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The ids of the sources and where they come from.
    #[track_caller]
    fn origins(&self) -> Vec<(String, String)> {
        let listed: Value = serde_json::from_str(&self.ok(&["source", "list", "--json"])).expect("JSON");
        let text = |it: &Value, key: &str| it[key].as_str().expect("text").to_owned();
        listed.as_array().expect("a list").iter().map(|it| (text(it, "id"), text(it, "origin"))).collect()
    }

    fn overlay(&self) -> PathBuf {
        self.state.join("sources.toml")
    }

    fn number(&self, sql: &str) -> i64 {
        let database = rusqlite::Connection::open(self.state.join("bylined.db")).expect("the database");
        database.query_row(sql, [], |row| row.get(0)).expect("a number")
    }
}

impl Drop for Hardened {
    fn drop(&mut self) {
        // So that the folder can be removed; it may be gone.
        let _ = fs::set_permissions(self.house.dir().join("etc"), fs::Permissions::from_mode(0o755));
    }
}

fn feed(house: &House, id: &str) -> Page {
    let home = house.home(id);
    Page::new(format!(
        "<rss version='2.0'><channel><title>The {id}</title><link>{home}</link><item><title>News of the {id}</title>\
         <link>{home}1</link><description>The {id} opens on Monday, said its owner.</description></item></channel></rss>"
    ))
}

#[track_caller]
fn check_origins(hardened: &Hardened, expected: &[(&str, &str)]) {
    let origins = hardened.origins();
    let origins: Vec<(&str, &str)> =
        origins.iter().map(|(id, origin)| (id.as_str(), origin.as_str())).collect();
    assert_eq!(origins, expected);
}

#[test]
fn where_the_file_cannot_be_written_sources_are_changed_beside_the_database() {
    let it = Hardened::new(&["quay", "lock"]);
    let before = fs::read(&it.config).expect("a file");
    check_origins(&it, &[("quay", "file"), ("lock", "file")]);
    assert!(!it.overlay().exists());

    it.ok(&["source", "add", &it.house.url("/weir/feed"), "--id", "weir"]);
    it.ok(&["source", "set", "quay", "enabled=false", "topics=[\"Ports\"]"]);
    it.ok(&["source", "remove", "lock"]);
    check_origins(&it, &[("quay", "both"), ("weir", "overlay")]);
    let said = it.ok(&["check"]);
    assert!(said.contains("sources.toml` adds weir; changes quay; removes lock\n"), "{said}");
    let findings: Value = serde_json::from_str(&it.ok(&["check", "--json"])).expect("JSON");
    assert_eq!(findings["overlay"]["removes"], serde_json::json!(["lock"]), "{findings}");
    assert_eq!(fs::metadata(it.overlay()).expect("a file").permissions().mode() & 0o077, 0);

    it.ok(&["poll", "--all"]);
    let asked = ["quay", "lock", "weir"].map(|id| it.house.origin.count(&format!("/{id}/feed")));
    assert_eq!(asked, [0, 0, 2], "found and polled");

    // What was paused and removed comes back with the keys that the file has.
    it.ok(&["source", "set", "quay", "enabled=true"]);
    let refused = it.run(&["source", "add", &it.house.url("/lock/feed"), "--id", "lock"]);
    assert_eq!(refused.status.code(), Some(64));
    it.ok(&["source", "add", &it.house.url("/lock/feed")]);
    check_origins(&it, &[("quay", "both"), ("lock", "file"), ("weir", "overlay")]);
    it.ok(&["source", "remove", "weir"]);
    it.ok(&["source", "remove", "quay"]);
    check_origins(&it, &[("lock", "file")]);
    assert_eq!(fs::read(&it.config).expect("a file"), before);
}

#[test]
fn where_the_file_can_be_written_nothing_stands_beside_the_database() {
    let house = House::new();
    house.origin.serve("/quay/feed", feed(&house, "quay"));
    house.configure(&[source(&house, "quay").with("every = \"2h\" # often enough")]);
    let set = |settings: &[&str]| {
        let args: Vec<&str> = ["source", "set", "quay"].into_iter().chain(settings.iter().copied()).collect();
        house.run(&args)
    };
    let planned = house.run(&["source", "set", "quay", "every=3h", "--dry-run"]);
    assert!(planned.status.success());
    assert!(fs::read_to_string(house.config()).expect("a file").contains("\"2h\""));
    assert!(set(&["every=3h", "excerpt.words=80", "publisher=The Quay"]).status.success());
    let text = fs::read_to_string(house.config()).expect("a file");
    assert!(
        text.contains("every = \"3h\" # often enough\n") && text.contains("publisher = \"The Quay\"\n"),
        "{text}"
    );
    assert!(!house.dir().join("sources.toml").exists());
    for (setting, words) in [
        ("evry=3h", "cannot set `evry = \"3h\"`: is not a known key; did you mean `every`?"),
        ("every=5 min", "cannot set `every = \"5 min\"`: "),
        ("enabled=no", "cannot set `enabled = \"no\"`: is text, not true or false"),
        ("excerpt.wrds=1", "did you mean `words`?"),
        ("id=other", "an id never changes"),
        ("removed=true", "is not a known key"),
        ("enabled", "write KEY=VALUE"),
        ("topics=[\"AI\"", "is not a TOML value"),
        ("auth.bearer=secret", "cannot set `auth.bearer = \"secret\"`"),
    ] {
        let refused = set(&[setting]);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(64), "{setting}: {said}");
        assert!(said.contains(words), "{setting}: {said}");
    }
    assert_eq!(fs::read_to_string(house.config()).expect("a file"), text);
    assert_eq!(house.run(&["source", "set", "sluice", "enabled=false"]).status.code(), Some(64));
}

#[test]
fn the_daemon_follows_the_overlay_and_keeps_what_it_has_where_that_is_damaged() {
    let it = Hardened::new(&["quay"]);
    let daemon = Daemon::start(it.command(&["run", "--listen", "127.0.0.1:0"]), it.house.dir());
    daemon.items("/feeds/all.json", 1, PATIENCE);
    it.ok(&["source", "add", &it.house.url("/weir/feed"), "--id", "weir"]);
    daemon.items("/feeds/all.json", 2, PATIENCE);

    let good = fs::read_to_string(it.overlay()).expect("a file");
    fs::write(it.overlay(), format!("{good}evry = \"1h\"\n")).expect("a file");
    daemon.says("the new configuration was refused; the old one stays: ");
    let log = daemon.log();
    let refused = log.lines().find(|line| line.contains("was refused")).expect("a line");
    assert!(refused.contains("sources.toml:") && refused.contains("did you mean `every`?"), "{refused}");
    let check = it.run(&["check"]);
    let said = String::from_utf8_lossy(&check.stderr);
    assert!(check.status.code() == Some(78) && said.contains("sources.toml:"), "{said}");
    daemon.items("/feeds/all.json", 2, PATIENCE);

    fs::write(it.overlay(), &good).expect("a file");
    it.ok(&["source", "add", &it.house.url("/lock/feed"), "--id", "lock"]);
    daemon.items("/feeds/all.json", 3, PATIENCE);
    daemon.signal("HUP");
    eventually("it is read anew", PATIENCE, || {
        (daemon.log().matches("reloading the configuration").count() >= 3).then_some(())
    });
    assert_eq!(it.origins().len(), 3);
}

#[test]
fn rights_in_the_overlay_are_as_good_as_in_the_file() {
    let it = Hardened::new(&["quay", "lock"]);
    it.ok(&["poll", "--all"]);
    let words = "SELECT count(*) FROM entries WHERE source = 'quay' AND title <> ''";
    assert_eq!(it.number(words), 1);
    it.ok(&["source", "set", "quay", "rights=drop"]);
    assert_eq!(it.number(words), 0, "it holds at once");
    // Whoever deletes the key, or the whole overlay, lifts nothing.
    fs::remove_file(it.overlay()).expect("a file");
    it.ok(&["poll", "--all"]);
    let rights = |it: &Hardened| {
        let listed: Value = serde_json::from_str(&it.ok(&["source", "list", "--json"])).expect("JSON");
        listed[0]["rights"].as_str().expect("text").to_owned()
    };
    assert_eq!(rights(&it), "drop");
    it.ok(&["source", "remove", "quay"]);
    it.ok(&["source", "add", &it.house.url("/quay/feed")]);
    assert_eq!(rights(&it), "drop");
    it.ok(&["source", "set", "quay", "rights=any"]);
    assert_eq!(rights(&it), "any");
    it.ok(&["poll", "--all"]);
    assert_eq!(it.number(words), 1);
}

#[test]
fn a_list_of_subscriptions_comes_in_beside_the_database_too() {
    let it = Hardened::new(&["quay"]);
    let before = fs::read(&it.config).expect("a file");
    let list = it.state.join("list.opml");
    let outline = format!("<outline text='The weir' xmlUrl='{}'/>", it.house.url("/weir/feed"));
    fs::write(&list, format!("<opml version='2.0'><body>{outline}</body></opml>")).expect("a file");
    it.ok(&["source", "import", list.to_str().expect("UTF-8")]);
    check_origins(&it, &[("quay", "file"), ("the-weir", "overlay")]);
    assert_eq!(fs::read(&it.config).expect("a file"), before);
    it.ok(&["poll", "--all"]);
    assert_eq!(it.house.origin.count("/weir/feed"), 1);
}
