//! A disk without space left: the daemon says so once, goes on, and loses and repeats nothing.
//!
//! The limit on the size of files (`RLIMIT_FSIZE`) stands for the disk: it can be set to what the
//! database's files have and lifted again without being root.

use std::fs;
use std::ops::Range;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use crate::house::Daemon;
use crate::house::House;
use crate::house::ids;
use crate::house::source;
use crate::origin::Page;

/// Longest wait for what is bound to happen.
const PATIENCE: Duration = Duration::from_secs(180);

/// How long the disk stays full: every part of the daemon tries again in that time.
const FULL: Duration = Duration::from_secs(12);

/// How large files may become then: the log takes what it says, the database nothing more.
const FULL_BYTES: &str = "8192";

/// The words that the log has for it.
const NO_SPACE: &str = "no space left";

/// A feed with these of the reports, each about something else.
fn feed(house: &House, id: &str, reports: Range<usize>) -> Page {
    const NEWS: [(&str, &str); 4] = [
        (
            "Crane at berth four lifts again",
            "The crane at berth four lifts forty tonnes since Monday, the port said.",
        ),
        ("Library opens on Sundays", "The library of Odda opens on Sundays from March, its director said."),
        (
            "Ferry to the island gets a second deck",
            "The ferry gets a second deck in May, and carries ninety cars then.",
        ),
        ("Ice rink closes for the winter", "The rink of Bergsund closes in June, because its cooling leaks."),
    ];
    let item = |(n, (title, text)): (usize, &(&str, &str))| {
        format!(
            "<item><title>{title}</title><link>{}{n}</link><pubDate>Mon, 16 Nov 2026 0{n}:00:00 GMT</pubDate>\
             <description>{text}</description></item>",
            house.home(id)
        )
    };
    let items: String = NEWS[reports].iter().enumerate().map(item).collect();
    let home = house.home(id);
    Page::new(format!(
        "<rss version='2.0'><channel><title>{id}</title><link>{home}</link><description>d</description>{items}</channel></rss>"
    ))
}

/// A command for which the end of the disk is an error and no signal.
fn under_limit(command: &Command, limit: &str) -> Command {
    let args: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("trap '' XFSZ; {limit} exec \"$@\""), "sh"]).args(args);
    limited.current_dir(command.get_current_dir().expect("a folder"));
    limited
}

/// Sets how large files of a running process may become.
fn limit(daemon: &Daemon, bytes: &str) {
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &daemon.id().to_string(), &format!("--fsize={bytes}:unlimited")]);
    assert!(prlimit.status().expect("util-linux").success(), "prlimit {bytes}");
}

#[test]
fn a_full_disk_is_said_once_and_costs_no_story() {
    let house = House::new();
    house.origin.serve("/quay/feed", feed(&house, "quay", 0..1));
    house.origin.serve("/lock/feed", feed(&house, "lock", 3..4));
    let seconds = "full_text = false\nevery = \"1s\"\n";
    house.configure_with(
        &[
            source(&house, "quay").with(seconds),
            source(&house, "lock").with(&format!("{seconds}publish = \"review\"")),
        ],
        "",
        "",
    );
    let text = fs::read_to_string(house.config()).expect("a file");
    house.write_config(&text.replace("every = \"24h\"", "every = \"1s\"\nmin = \"1s\"\nadaptive = false"));
    house.poll();
    let held = house.json(&["story", "list", "--state", "held"]);
    let held = held[0]["key"].as_str().expect("a story waits").to_owned();

    let run = house.command(&["run", "--listen", "127.0.0.1:0"]);
    let mut daemon = Daemon::start(under_limit(&run, ""), house.dir());
    let before = daemon.items("/feeds/all.json", 1, PATIENCE);
    limit(&daemon, FULL_BYTES);
    house.origin.serve("/quay/feed", feed(&house, "quay", 0..3));
    daemon.says(NO_SPACE);

    let decision = house.command(&["story", "approve", &held, "--by", "Ann Example"]);
    let refused = under_limit(&decision, "ulimit -S -f 0;").output().expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(75), "{said}");
    assert!(
        said.contains(NO_SPACE) && said.contains("free some space") && said.contains("run the command again"),
        "{said}"
    );

    let until = Instant::now() + FULL;
    while Instant::now() < until {
        assert_eq!(daemon.get("/healthz").status, 200, "readers are served on");
        assert_eq!(ids(&daemon.items("/feeds/all.json", 1, PATIENCE)), ids(&before));
        std::thread::sleep(Duration::from_millis(250));
    }
    let log = daemon.log();
    assert_eq!(log.matches(NO_SPACE).count(), 1, "{log}");
    assert!(log.len() < 8_000, "the log is whole: {log}");

    limit(&daemon, "unlimited");
    let after = daemon.items("/feeds/all.json", 3, PATIENCE);
    house.ok(&["story", "approve", &held, "--by", "Ann Example"]);
    let all = daemon.items("/feeds/all.json", 4, PATIENCE);
    assert!(ids(&after).iter().all(|id| ids(&all).contains(id)), "{all:?}");
    daemon.signal("TERM");
    assert!(daemon.end(PATIENCE).success());
    let listed = house.json(&["story", "list"]);
    assert_eq!(listed.as_array().expect("stories").len(), 4, "{listed}");
    for it in house.json(&["source", "list"]).as_array().expect("sources") {
        assert_eq!(it["state"], "healthy", "{it}");
    }
    assert_eq!(ids(&house.export().items("feeds/all.json")).len(), 4);
}
