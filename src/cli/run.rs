//! `run` and `demo`: the daemon, on the operator's newsroom or on ours.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::process::getrlimit;
use rustix::process::setrlimit;
use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::Notify;
use tokio::sync::watch;
use tracing::error;
use tracing::info;
use tracing::warn;

use crate::admin::SourceFiles;
use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::config::ListenAddress;
use crate::config::Loaded;
use crate::config::Problem;
use crate::daemon;
use crate::daemon::Daemon;
use crate::daemon::Newsroom;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::serve::ExtraRoutes;
use crate::site::Publication;
use crate::store;
use crate::store::DaemonLock;
use crate::store::Store;

use super::args::Args;
use super::damage;
use super::failure::Failure;
use super::overlay_watch::OverlayWatch;
use super::setup;
use super::sockets::OpenSockets;
use super::terminal;

/// Where the demo serves unless told otherwise.
const DEMO_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The first line of the configuration that a demo keeps.
const DEMO_HEADER: &str = "# Written by `bylined demo` at each start.";

/// How long the store is given to write what is queued and to close.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// How long threads that cannot be interrupted (name look-ups, extraction) hold up the end.
const THREADS_TIMEOUT: Duration = Duration::from_millis(500);

/// Reads the configuration again.
type Reload<'a> = &'a dyn Fn() -> Result<Loaded, Refused>;

/// Why a new configuration is not used, and what else was found in it.
struct Refused {
    cause: String,
    warnings: Vec<Problem>,
}

pub(super) fn run(args: &Args, listen: Option<&ListenAddress>) -> Result<ExitCode, Failure> {
    let (runtime, signals) = runtime_with_signals()?;
    let mut env = Environment::read();
    let sockets = OpenSockets::inherited()?;
    env.listen = sockets.address().or_else(|| listen.cloned());
    let mut loaded = setup::load(args, &env)?;
    if sockets.has_public() && listen.is_some() {
        warn!("--listen is ignored because systemd passed sockets");
    }
    sockets.check_admin(&loaded.config).map_err(Failure::unusable)?;
    let _lock = DaemonLock::take(&loaded.config.store.path)?;
    store::remove_abandoned(&loaded.config.store.path);
    let sockets = sockets.open(&loaded.config.server)?;
    // Links need the port that the system has chosen.
    env.bound_port = sockets.port().filter(|_| loaded.config.server.listen.leaves_port_open());
    let watch = OverlayWatch::beside(&loaded.config.store.path);
    if env.bound_port.is_some() || loaded.config.overlay.path.is_some() {
        loaded = setup::load(args, &env)?;
    }
    warn_of(&loaded.warnings);
    let reload = || {
        let refused = |cause: String| Refused { cause, warnings: Vec::new() };
        let path = config::find(args.config.as_deref(), &env).map_err(|error| refused(error.to_string()))?;
        config::load(&path, &env).map_err(|errors| Refused {
            cause: errors.one_line(),
            warnings: errors.warnings().cloned().collect(),
        })
    };
    let path = config::find(args.config.as_deref(), &env).map_err(Failure::config)?;
    let source_files = SourceFiles { path, env: env.clone(), reload: Arc::new(Notify::new()) };
    let extras = Extras { further: None, source_files: Some(source_files) };
    let ended = runtime.block_on(daemon(loaded.config, &sockets, extras, signals, (&reload, Some(watch))));
    runtime.shutdown_timeout(THREADS_TIMEOUT);
    ended.map(|()| ExitCode::SUCCESS)
}

pub(super) fn demo(listen: Option<&ListenAddress>, dir: Option<&Path>) -> Result<ExitCode, Failure> {
    // Before the folder is made: from here on a signal ends in its removal.
    let (runtime, signals) = runtime_with_signals()?;
    let listener = demo_listener(listen)?;
    let address = demo_origin(listener.local_addr().map_err(Failure::system)?);
    let sockets = OpenSockets::at(listener);
    let temporary = match dir {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("bylined-demo-").tempdir().map_err(Failure::system)?),
    };
    let folder = dir.or(temporary.as_ref().map(tempfile::TempDir::path)).unwrap_or(Path::new("."));
    let folder = std::path::absolute(folder).map_err(Failure::system)?;
    let text = daemon::demo_config(address, &folder);
    let loaded =
        config::parse("config/demo/bylined.toml", &text, &Environment::read()).map_err(Failure::config)?;
    let newsroom = Newsroom::open(address, SystemClock.now()).map_err(Failure::software)?;
    let further: ExtraRoutes = Arc::new(move |path| newsroom.answer(path, &SystemClock));
    let _lock = DaemonLock::take(&loaded.config.store.path)?;
    let file = keep_demo_config(&folder, &text)?;
    terminal::print(loaded.config.site.base_url.as_str())?;
    terminal::say("The sample newsroom is open. New stories appear for five minutes; stop it with Ctrl-C.");
    terminal::say(&format!("Every command works on it: bylined --config {} story list", file.display()));
    let keep = || {
        let cause = "the demo has no configuration to reload".to_owned();
        Err(Refused { cause, warnings: Vec::new() })
    };
    let ended = runtime.block_on(daemon(
        loaded.config,
        &sockets,
        Extras { further: Some(further), source_files: None },
        signals,
        (&keep, None),
    ));
    runtime.shutdown_timeout(THREADS_TIMEOUT);
    ended.map(|()| ExitCode::SUCCESS)
}

/// Keeps the demo's configuration beside its database, so that other commands find both. A file of the
/// operator's own is left alone.
fn keep_demo_config(folder: &Path, text: &str) -> Result<PathBuf, Failure> {
    let file = folder.join("bylined.toml");
    std::fs::create_dir_all(folder).map_err(|cause| Failure::create(folder, &cause))?;
    match std::fs::read_to_string(&file) {
        Ok(known) if !known.starts_with(DEMO_HEADER) => {
            return Err(Failure::usage(format!(
                "`{}` is not the demo's; name an empty folder with --dir",
                file.display()
            )));
        }
        Ok(_) => {}
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
        Err(cause) => return Err(Failure::create(&file, &cause)),
    }
    std::fs::write(&file, format!("{DEMO_HEADER}\n{text}"))
        .map_err(|cause| Failure::create(&file, &cause))?;
    Ok(file)
}

fn demo_listener(listen: Option<&ListenAddress>) -> Result<TcpListener, Failure> {
    let address = match listen {
        Some(ListenAddress::Ip(address)) => *address,
        Some(ListenAddress::Localhost(port)) => (Ipv4Addr::LOCALHOST, *port).into(),
        Some(ListenAddress::Unix(_)) => {
            let words = "browsers cannot open a Unix socket; give the demo an address like 127.0.0.1:8080";
            return Err(Failure::usage(words.to_owned()));
        }
        None => {
            return TcpListener::bind(DEMO_ADDRESS)
                .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
                .map_err(|cause| Failure::listen(DEMO_ADDRESS, &cause));
        }
    };
    TcpListener::bind(address).map_err(|cause| Failure::listen(address, &cause))
}

/// The address that the demo's links and its own sources lead to: that of its socket, or the
/// loopback address of the same family where the socket takes any.
fn demo_origin(bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        ip if !ip.to_canonical().is_unspecified() => bound,
        IpAddr::V4(_) => (Ipv4Addr::LOCALHOST, bound.port()).into(),
        IpAddr::V6(_) => (Ipv6Addr::LOCALHOST, bound.port()).into(),
    }
}

/// Runs the daemon until a signal ends it; one that brings a new configuration
/// puts another daemon in its place, on the same socket and store.
async fn daemon(
    mut config: Config,
    sockets: &OpenSockets,
    extras: Extras,
    mut signals: ProcessSignals,
    (reload, mut watch): (Reload<'_>, Option<OverlayWatch>),
) -> Result<(), Failure> {
    tokio::select! {
        examined = damage::look_for(&config.store.path) => examined?,
        () = signals.stop() => return Ok(()),
    }
    let store = Store::open(&config.store.path)?;
    let mut parts = tokio::select! {
        opened = open(&config, &store, sockets, extras.clone()) => opened?,
        () = signals.stop() => return Ok(()),
    };
    let ended = loop {
        let (stop, stopping) = watch::channel(false);
        let (daemon, its_sockets) = parts;
        let mut running = tokio::spawn(daemon.run(its_sockets, stopping));
        let fresh = tokio::select! {
            fresh = reloaded(&config, &store, (sockets, extras.clone()), &mut signals, (reload, &mut watch)) => fresh,
            // It never ends unasked but by a defect.
            ended = &mut running => break ended.map_err(Failure::software),
        };
        if fresh.is_none() {
            info!("stopping");
            daemon::stopping();
        }
        // An error means that it has just ended by itself, and its result says why.
        let _ = stop.send(true);
        let ended = running.await.map_err(Failure::software);
        match fresh {
            Some((fresh, its_parts)) if ended.is_ok() => (config, parts) = (fresh, its_parts),
            _ => break ended,
        }
    };
    if tokio::time::timeout(CLOSE_TIMEOUT, store.close()).await.is_err() {
        warn!("the database did not close in time; the WAL will be recovered on the next start");
    }
    ended
}

/// What a daemon needs to run under a configuration.
type Parts = (Daemon, daemon::Sockets);

async fn open(
    config: &Config,
    store: &Store,
    sockets: &OpenSockets,
    extras: Extras,
) -> Result<Parts, Failure> {
    let config = Arc::new(config.clone());
    let pipeline = setup::pipeline(Arc::clone(&config), store.clone())?;
    let publication = Arc::new(Publication::open(config, store.clone(), pipeline.now()).await?);
    Ok((
        Daemon {
            pipeline,
            publication,
            further: extras.further,
            source_files: extras.source_files,
            tick: daemon::TICK,
        },
        sockets.listeners()?,
    ))
}

/// Waits for a new configuration and opens what it needs while the old daemon
/// runs on; `None` once we are told to stop.
async fn reloaded(
    config: &Config,
    store: &Store,
    (sockets, extras): (&OpenSockets, Extras),
    signals: &mut ProcessSignals,
    (reload, watch): (Reload<'_>, &mut Option<OverlayWatch>),
) -> Option<(Config, Parts)> {
    loop {
        let event = tokio::select! {
            biased;
            event = signals.next() => event,
            () = changed(watch) => SignalEvent::Reload,
            () = extras.changed() => SignalEvent::Reload,
        };
        match event {
            SignalEvent::Stop => return None,
            SignalEvent::Reload => {}
        }
        if let Some(watch) = watch {
            watch.note_read();
        }
        daemon::reloading();
        let fresh = match reload().and_then(|fresh| suited(config, sockets, fresh)) {
            Ok(fresh) => fresh,
            Err(refused) => {
                refused.report();
                continue;
            }
        };
        let opened = tokio::select! {
            opened = open(&fresh.config, store, sockets, extras.clone()) => opened,
            () = signals.stop() => return None,
        };
        match opened {
            Ok(parts) => {
                info!("reloading the configuration");
                warn_of(&fresh.warnings);
                return Some((fresh.config, parts));
            }
            Err(why) => Refused { cause: why.one_line(), warnings: fresh.warnings }.report(),
        }
    }
}

/// What a daemon has beside its configuration.
#[derive(Clone)]
struct Extras {
    /// Paths beside the site's own.
    further: Option<ExtraRoutes>,
    /// The files that the desk may change.
    source_files: Option<SourceFiles>,
}

impl Extras {
    /// Waits until the desk has changed the configuration; for ever where it cannot.
    async fn changed(&self) {
        match &self.source_files {
            Some(files) => files.reload.notified().await,
            None => std::future::pending().await,
        }
    }
}

/// Waits until the overlay has changed; for ever where none is watched.
async fn changed(watch: &mut Option<OverlayWatch>) {
    match watch {
        Some(watch) => watch.changed().await,
        None => std::future::pending().await,
    }
}

impl Refused {
    /// Says the cause first, then what else was found.
    fn report(self) {
        error!("the new configuration was refused; the old one stays: {}", self.cause);
        warn_of(&self.warnings);
        daemon::reload_refused(&self.cause);
    }
}

fn suited(old: &Config, sockets: &OpenSockets, fresh: Loaded) -> Result<Loaded, Refused> {
    match can_reload(old, &fresh.config).and_then(|()| sockets.check_admin(&fresh.config)) {
        Ok(()) => Ok(fresh),
        Err(cause) => Err(Refused { cause, warnings: fresh.warnings }),
    }
}

/// Whether a running daemon can change over; socket and store stay what they are.
fn can_reload(old: &Config, fresh: &Config) -> Result<(), String> {
    if old.server.listen != fresh.server.listen {
        let (from, to) = (&old.server.listen, &fresh.server.listen);
        return Err(format!("server.listen is {to} instead of {from}; restart bylined to change it"));
    }
    if old.server.admin_listen != fresh.server.admin_listen {
        return Err("server.admin_listen has changed; restart bylined to change it".to_owned());
    }
    if old.store.path != fresh.store.path {
        let (from, to) = (old.store.path.display(), fresh.store.path.display());
        return Err(format!("store.path is `{to}` instead of `{from}`; restart bylined to change it"));
    }
    Ok(())
}

/// What a signal means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SignalEvent {
    Stop,
    Reload,
}

/// The signals that we handle. None is lost once this exists.
struct ProcessSignals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl ProcessSignals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> SignalEvent {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => SignalEvent::Stop,
            _ = self.interrupt.recv() => SignalEvent::Stop,
            _ = self.hang_up.recv() => SignalEvent::Reload,
        }
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// A runtime that already listens for signals.
fn runtime_with_signals() -> Result<(tokio::runtime::Runtime, ProcessSignals), Failure> {
    allow_files();
    let runtime = setup::runtime()?;
    let signals = {
        let _within = runtime.enter();
        ProcessSignals::listen().map_err(Failure::system)?
    };
    Ok((runtime, signals))
}

/// Raises the number of files that may be open from the usual 1,024, which is there for programs
/// that use select(2), to what the system allows.
fn allow_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    if let Err(cause) = setrlimit(Resource::Nofile, raised) {
        warn!(error = %cause, "could not raise the number of open files");
    }
}

fn warn_of(warnings: &[Problem]) {
    for warning in warnings {
        warn!("{}", warning.one_line());
    }
}
