//! Where the daemon listens, and what it tells the service manager.

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;

use crate::house::eventually;
use crate::house::program;
use crate::http;

/// Longest wait for what is bound to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon on a configuration of its own, killed when dropped.
struct Running {
    child: Child,
    log: PathBuf,
}

/// A configuration with one source that is not polled.
fn configure(folder: &Path, site: &str, listen: &str) -> PathBuf {
    let file = folder.join("bylined.toml");
    let text = format!(
        "[site]\n{site}\n[server]\nlisten = \"{listen}\"\n[store]\npath = \"{}\"\n\
         [[source]]\nurl = \"https://a.example/feed\"\nenabled = false\n",
        folder.join("bylined.db").display()
    );
    fs::write(&file, text).expect("a file");
    file
}

const SITE: &str = "base_url = \"https://brief.example/\"\ncontact = \"desk@brief.example\"";

fn command(file: &Path, args: &[&str]) -> Command {
    let mut command = program();
    command.arg("--config").arg(file).args(args);
    command.env_remove("NOTIFY_SOCKET").env_remove("LISTEN_FDS").env_remove("JOURNAL_STREAM");
    command
}

fn output(file: &Path, args: &[&str]) -> Output {
    assert_cmd::Command::from_std(command(file, args)).timeout(PATIENCE).output().expect("it runs")
}

impl Running {
    fn start(folder: &Path, mut command: Command) -> Self {
        let log = folder.join("daemon.log");
        let child = command.stderr(fs::File::create(&log).expect("a file")).spawn().expect("it starts");
        Self { child, log }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The addresses that it serves on.
    #[track_caller]
    fn addresses(&mut self) -> Vec<String> {
        eventually("the daemon serves", PATIENCE, || {
            let log = self.log();
            assert!(self.child.try_wait().expect("a child").is_none(), "{log}");
            let (_, rest) = log.split_once("serving on ")?;
            let (addresses, _) = rest.split_once('\n')?;
            Some(addresses.split(", ").map(str::to_owned).collect())
        })
    }

    fn signal(&self, name: &str) {
        let words = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &words]).status().expect("a shell").success());
    }

    #[track_caller]
    fn end(&mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        eventually("the daemon ends", PATIENCE, || self.child.try_wait().expect("a child"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The whole answer to `GET /healthz`.
#[track_caller]
fn asked(mut stream: impl Read + Write) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[track_caller]
fn answers(address: &str) {
    let answer = match address.strip_prefix("unix:") {
        Some(path) => asked(UnixStream::connect(path).expect("it listens")),
        None => asked(TcpStream::connect(address).expect("it listens")),
    };
    assert!(answer.starts_with("HTTP/1.1 200 "), "{address}: {answer}");
}

fn has_ipv6() -> bool {
    TcpListener::bind("[::1]:0").is_ok()
}

#[test]
fn an_address_that_no_link_can_lead_to_is_refused_before_anything_is_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = "contact = \"desk@brief.example\"";
    let file = configure(folder.path(), site, "127.0.0.1:0");
    let unix = format!("unix:{}", folder.path().join("http.sock").display());
    let check = |args: &[&str]| {
        let output = output(&file, args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{args:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
        assert!(said.contains("base_url"), "{args:?}: {said}");
    };
    for listen in ["0.0.0.0:0", "[::]:0", &unix] {
        check(&["run", "--listen", listen]);
        // Stories get their ids from any command that polls.
        configure(folder.path(), site, listen);
        check(&["run"]);
        check(&["poll"]);
        check(&["check"]);
        configure(folder.path(), site, "127.0.0.1:0");
    }
    // Any free port: `run` learns which, and nobody else does.
    check(&["poll"]);
    check(&["export", "site"]);
    let valid = output(&file, &["check"]);
    let said = String::from_utf8_lossy(&valid.stderr);
    assert!(
        valid.status.success() && said.contains("the port that `run` gets") && !said.contains(":0/"),
        "{said}"
    );
    configure(folder.path(), "base_url = \"http://127.0.0.1:0/\"\ncontact = \"a@b.example\"", "127.0.0.1:0");
    check(&["run"]);
    configure(folder.path(), "base_url = \"http://0.0.0.0:8080/\"\ncontact = \"a@b.example\"", "0.0.0.0:0");
    check(&["run"]);
    assert!(!folder.path().join("bylined.db").exists() && !folder.path().join("http.sock").exists());
}

#[test]
fn links_without_a_base_url_have_the_port_that_the_system_chose() {
    let given = ["listen = \"127.0.0.1:0\"", "--listen 127.0.0.1:0", "--listen localhost:0"];
    for (how, listen, args, host) in [
        (given[0], "127.0.0.1:0", vec!["run"], "127.0.0.1"),
        (given[1], "127.0.0.1:8080", vec!["run", "--listen", "127.0.0.1:0"], "127.0.0.1"),
        (given[2], "127.0.0.1:8080", vec!["run", "--listen", "localhost:0"], "localhost"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let site = "contact = \"desk@brief.example\"";
        let file = configure(folder.path(), site, listen);
        let mut daemon = Running::start(folder.path(), command(&file, &args));
        let address: SocketAddr = daemon.addresses()[0].parse().expect("an address");
        let home = format!("http://{host}:{}/", address.port());
        let check = |when: &str| {
            let feed = http::get(address, "/feeds/all.json").json();
            assert_eq!(feed["home_page_url"].as_str(), Some(home.as_str()), "{how}, {when}");
        };
        check("at the start");
        assert!(daemon.log().contains(&format!("published links start with {home}")), "{}", daemon.log());
        daemon.signal("HUP");
        eventually("it is read anew", PATIENCE, || {
            daemon.log().contains("reloading the configuration").then_some(())
        });
        check("after a reload");
    }
}

#[test]
fn the_demo_on_every_address_leads_to_this_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = program();
    demo.args(["demo", "--listen", "0.0.0.0:0", "--dir"]).arg(folder.path().join("demo"));
    let results = folder.path().join("demo.out");
    demo.stdout(fs::File::create(&results).expect("a file"));
    let mut demo = Running::start(folder.path(), demo);
    let addresses = demo.addresses();
    let url = fs::read_to_string(&results).expect("a file");
    assert_eq!(url.trim_end(), format!("http://{}/", addresses[0].replace("0.0.0.0", "127.0.0.1")));
    assert_eq!(demo.end("TERM").code(), Some(0), "{}", demo.log());
}

#[test]
fn localhost_is_both_loopback_addresses() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = configure(folder.path(), SITE, "localhost:0");
    let mut daemon = Running::start(folder.path(), command(&file, &["run"]));
    let addresses = daemon.addresses();
    assert!(addresses[0].starts_with("127.0.0.1:"), "{addresses:?}");
    assert_eq!(addresses.len(), 1 + usize::from(has_ipv6()), "{addresses:?}");
    addresses.iter().for_each(|it| answers(it));
    // The same by the command line, on a port that is taken: not half of it is opened.
    let port = addresses[0].parse::<SocketAddr>().expect("an address").port();
    let other = tempfile::tempdir().expect("a folder");
    let output = output(
        &configure(other.path(), SITE, "127.0.0.1:0"),
        &["run", "--listen", &format!("localhost:{port}")],
    );
    assert_eq!(output.status.code(), Some(75));
}

#[test]
fn a_unix_socket_is_for_all_survives_a_kill_and_goes_with_the_daemon() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("http.sock");
    let address = format!("unix:{}", path.display());
    let file = configure(folder.path(), SITE, &address);
    let mut daemon = Running::start(folder.path(), command(&file, &["run"]));
    assert_eq!(daemon.addresses(), [address.as_str()]);
    answers(&address);
    assert_eq!(fs::metadata(&path).expect("a socket").permissions().mode() & 0o777, 0o666);

    // Another newsroom may not have it meanwhile.
    let other = tempfile::tempdir().expect("a folder");
    let output = output(&configure(other.path(), SITE, &address), &["run"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(said.contains("another process listens there"), "{said}");
    answers(&address);

    daemon.end("KILL");
    assert!(path.exists());
    let mut daemon = Running::start(folder.path(), command(&file, &["run"]));
    daemon.addresses();
    answers(&address);
    daemon.signal("HUP");
    eventually("it is read anew", PATIENCE, || {
        (daemon.log().matches("serving on").count() == 2).then_some(())
    });
    answers(&address);
    assert_eq!(daemon.end("TERM").code(), Some(0), "{}", daemon.log());
    assert!(!path.exists());

    fs::write(&path, "notes").expect("a file");
    let output = self::output(&file, &["run"]);
    assert_eq!(output.status.code(), Some(75));
    assert_eq!(fs::read_to_string(&path).expect("a file"), "notes");
}

/// The daemon with up to three sockets passed as systemd passes them.
fn activated(folder: &Path, file: &Path, sockets: Vec<OwnedFd>, names: &str) -> Running {
    let log = folder.join("daemon.log");
    let count = sockets.len();
    // The shell moves what stands at 0, 1 and 2 to where systemd puts sockets.
    let script = format!(
        "exec 3<&0 4<&1 5<&2 0</dev/null 1>&- 2>\"$LOG\"; LISTEN_FDS={count} LISTEN_FDNAMES=\"{names}\" exec \"$@\""
    );
    let run = command(file, &["run"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, "sh"]).arg(run.get_program()).args(run.get_args()).env("LOG", &log);
    shell.env_remove("NOTIFY_SOCKET").env_remove("JOURNAL_STREAM");
    let mut sockets = sockets.into_iter();
    let mut next = || sockets.next().map_or_else(Stdio::null, Stdio::from);
    shell.stdin(next()).stdout(next()).stderr(next());
    Running { child: shell.spawn().expect("a shell"), log }
}

#[test]
fn every_socket_that_systemd_passes_is_served_in_its_role() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = configure(folder.path(), SITE, "127.0.0.1:9");
    let path = folder.path().join("passed.sock");
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let admin = TcpListener::bind("127.0.0.1:0").expect("a port");
    let unix = UnixListener::bind(&path).expect("a socket");
    let (public, reserved) = (tcp.local_addr().expect("one"), admin.local_addr().expect("one"));
    let sockets = vec![tcp.into(), admin.into(), unix.into()];
    let mut daemon = activated(folder.path(), &file, sockets, "web:admin:bylined.socket");
    let unix = format!("unix:{}", path.display());
    assert_eq!(daemon.addresses(), [public.to_string(), unix.clone()]);
    // Each answers more than once, also after a reload.
    for reads in 1..=2 {
        for _ in 0..2 {
            answers(&public.to_string());
            answers(&unix);
            let answer = asked(TcpStream::connect(reserved).expect("it listens"));
            assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("admin side"), "{answer}");
        }
        daemon.signal("HUP");
        eventually("it is read anew", PATIENCE, || {
            (daemon.log().matches("serving on").count() == reads + 1).then_some(())
        });
    }
    assert_eq!(daemon.end("TERM").code(), Some(0), "{}", daemon.log());
    assert!(path.exists(), "what systemd made stays");
}

#[test]
fn sockets_of_both_families_are_served_and_others_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = configure(folder.path(), SITE, "127.0.0.1:9");
    if has_ipv6() {
        let six = TcpListener::bind("[::1]:0").expect("a port");
        let four = TcpListener::bind("127.0.0.1:0").expect("a port");
        let expected =
            [six.local_addr().expect("one").to_string(), four.local_addr().expect("one").to_string()];
        let mut daemon = activated(folder.path(), &file, vec![six.into(), four.into()], "");
        assert_eq!(daemon.addresses(), expected);
        expected.iter().for_each(|it| answers(it));
        daemon.end("TERM");
    }
    let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let mut daemon = activated(folder.path(), &file, vec![datagrams.into()], "dns");
    let status = eventually("it ends", PATIENCE, || daemon.child.try_wait().expect("a child"));
    let said = daemon.log();
    assert_eq!(status.code(), Some(78), "{said}");
    assert!(said.contains("`dns`") && said.lines().count() == 1, "{said}");
    // A wildcard socket is none that links can lead to.
    let file = configure(folder.path(), "contact = \"desk@brief.example\"", "127.0.0.1:9");
    let wildcard = TcpListener::bind("0.0.0.0:0").expect("a port");
    let mut daemon = activated(folder.path(), &file, vec![wildcard.into()], "");
    let status = eventually("it ends", PATIENCE, || daemon.child.try_wait().expect("a child"));
    assert_eq!(status.code(), Some(78), "{}", daemon.log());
}

/// What the service manager was told by one message.
#[track_caller]
fn told(manager: &UnixDatagram) -> String {
    let mut message = [0; 4096];
    let read = manager.recv(&mut message).expect("a message in time");
    String::from_utf8_lossy(&message[..read]).into_owned()
}

#[test]
fn the_service_manager_is_told_of_reloads_and_of_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = configure(folder.path(), SITE, "127.0.0.1:0");
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).expect("a socket");
    manager.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut command = command(&file, &["run"]);
    command.env("NOTIFY_SOCKET", &socket);
    let mut daemon = Running::start(folder.path(), command);
    let ready = told(&manager);
    assert!(ready.contains("READY=1\n") && ready.contains("STATUS=serving on 127.0.0.1:"), "{ready}");

    let mut last = 0_u64;
    for site in [SITE, "base_url = 5"] {
        configure(folder.path(), site, "127.0.0.1:0");
        daemon.signal("HUP");
        let reloading = told(&manager);
        let usec = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("the beginning of a reload");
        let usec: u64 = usec.trim_end().parse().expect("a number");
        assert!(last < usec, "{reloading}");
        last = usec;
        // Nothing stands between: above all not that it stops.
        let ready = told(&manager);
        assert!(ready.starts_with("READY=1\nSTATUS="), "{ready}");
        assert_eq!(ready.contains("the old configuration stays"), site != SITE, "{ready}");
    }
    assert_eq!(daemon.end("TERM").code(), Some(0), "{}", daemon.log());
    assert_eq!(told(&manager), "STOPPING=1\n");
    assert_eq!(daemon.log().matches("stopping").count(), 1, "{}", daemon.log());
}

#[test]
fn a_refused_reload_says_the_cause_first_and_warnings_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = configure(folder.path(), SITE, "127.0.0.1:0");
    let mut daemon = Running::start(folder.path(), command(&file, &["run"]));
    daemon.addresses();
    let check = |text: &str, listen: &str, cause: &str| {
        let before = daemon.log().len();
        configure(folder.path(), text, listen);
        daemon.signal("HUP");
        let said = eventually("it is refused", PATIENCE, || {
            let said = daemon.log().get(before..)?.to_owned();
            (said.contains("`contact`") && said.ends_with('\n')).then_some(said)
        });
        let is_told = |it: &&str| it.contains("ERROR") || it.contains("WARN");
        let lines: Vec<&str> = said.lines().filter(is_told).collect();
        assert!(lines[0].contains("ERROR") && lines[0].contains(cause), "{said}");
        assert!(lines[1..].iter().all(|it| it.contains("WARN")), "{said}");
        assert!(!lines[0].contains("contact"), "{said}");
    };
    check(
        "base_url = \"https://brief.example/\"\nanguage = \"en\"",
        "127.0.0.1:0",
        "did you mean `language`?",
    );
    check("base_url = \"https://brief.example/\"", "127.0.0.2:0", "restart bylined to change it");
    answers(&daemon.addresses()[0]);
}
