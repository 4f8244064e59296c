//! `run` and `demo`: the daemon, on the operator's newsroom or on ours.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::watch;
use tracing::error;
use tracing::info;
use tracing::warn;

use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::config::Loaded;
use crate::daemon;
use crate::daemon::Daemon;
use crate::daemon::Newsroom;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::pipeline::Publication;
use crate::serve::Further;
use crate::store::DaemonLock;
use crate::store::Store;

use super::args::Args;
use super::failure::Failure;
use super::terminal;

/// Where the demo serves unless told otherwise.
const DEMO_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The first line of the configuration that a demo keeps.
const DEMO_HEADER: &str = "# Written by `bylined demo` at each start.";

/// How long the store is given to write what is queued and to close.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// How long threads that cannot be interrupted (name look-ups, extraction) hold up the end.
const THREADS_TIMEOUT: Duration = Duration::from_millis(500);

/// Reads the configuration again; says why it cannot be used.
type Reload<'a> = &'a dyn Fn() -> Result<Config, String>;

pub(super) fn run(args: &Args, listen: Option<SocketAddr>) -> Result<ExitCode, Failure> {
    let (runtime, signals) = attentive_runtime()?;
    let mut env = Environment::read();
    let listener = inherited()?;
    env.listen = listen.or_else(|| listener.as_ref().and_then(|it| it.local_addr().ok()));
    let loaded = super::load(args, &env)?;
    warn_of(&loaded);
    let listener = match listener {
        Some(listener) => listener,
        None => bind(loaded.config.server.listen)
            .map_err(|cause| Failure::listen(loaded.config.server.listen, &cause))?,
    };
    let _lock = DaemonLock::take(&loaded.config.store.path)?;
    let reload = || {
        let path = config::find(args.config.as_deref(), &env).map_err(|error| error.to_string())?;
        let loaded = config::load(&path, &env).map_err(|errors| {
            errors.problems().iter().map(config::Problem::one_line).collect::<Vec<_>>().join("; ")
        })?;
        warn_of(&loaded);
        Ok(loaded.config)
    };
    let ended = runtime.block_on(daemon(loaded.config, &listener, None, signals, &reload));
    runtime.shutdown_timeout(THREADS_TIMEOUT);
    ended.map(|()| ExitCode::SUCCESS)
}

pub(super) fn demo(listen: Option<SocketAddr>, dir: Option<&Path>) -> Result<ExitCode, Failure> {
    // Before the folder is made: from here on a signal ends in its removal.
    let (runtime, signals) = attentive_runtime()?;
    let listener = match listen {
        Some(address) => bind(address).map_err(|cause| Failure::listen(address, &cause))?,
        None => bind(DEMO_ADDRESS)
            .or_else(|_| bind((Ipv4Addr::LOCALHOST, 0).into()))
            .map_err(|cause| Failure::listen(DEMO_ADDRESS, &cause))?,
    };
    let address = listener.local_addr().map_err(Failure::system)?;
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
    let further: Further = Arc::new(move |path| newsroom.answer(path, &SystemClock));
    let _lock = DaemonLock::take(&loaded.config.store.path)?;
    let file = keep_demo_config(&folder, &text)?;
    terminal::print(loaded.config.site.base_url.as_str())?;
    terminal::say("The sample newsroom is open. New stories appear for five minutes; stop it with Ctrl-C.");
    terminal::say(&format!("Every command works on it: bylined --config {} story list", file.display()));
    let keep = || Err("the demo has no configuration to reload".to_owned());
    let ended = runtime.block_on(daemon(loaded.config, &listener, Some(further), signals, &keep));
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

/// Runs the daemon until a signal ends it; one that brings a new configuration
/// puts another daemon in its place, on the same socket and store.
async fn daemon(
    mut config: Config,
    listener: &std::net::TcpListener,
    further: Option<Further>,
    mut signals: Signals,
    reload: Reload<'_>,
) -> Result<(), Failure> {
    let store = Store::open(&config.store.path)?;
    let mut parts = tokio::select! {
        opened = open(&config, &store, listener, further.clone()) => opened?,
        () = signals.stop() => return Ok(()),
    };
    let ended = loop {
        let (stop, stopping) = watch::channel(false);
        let (daemon, listener_of_it) = parts;
        let mut running = tokio::spawn(daemon.run(listener_of_it, stopping));
        let fresh = tokio::select! {
            fresh = reloaded(&config, &store, listener, further.clone(), &mut signals, reload) => fresh,
            // It never ends unasked but by a defect.
            ended = &mut running => break ended.map_err(Failure::software),
        };
        // An error means that it has just ended by itself, and its result says why.
        let _ = stop.send(true);
        let ended = running.await.map_err(Failure::software);
        match fresh {
            Some((fresh, its_parts)) if ended.is_ok() => (config, parts) = (fresh, its_parts),
            _ => break ended,
        }
    };
    if tokio::time::timeout(CLOSE_TIMEOUT, store.close()).await.is_err() {
        warn!("the database is left as it is; the next start finishes its log");
    }
    ended
}

/// What a daemon needs to run under a configuration.
type Parts = (Daemon, tokio::net::TcpListener);

async fn open(
    config: &Config,
    store: &Store,
    listener: &std::net::TcpListener,
    further: Option<Further>,
) -> Result<Parts, Failure> {
    let config = Arc::new(config.clone());
    let pipeline = super::pipeline(Arc::clone(&config), store.clone())?;
    let publication = Arc::new(Publication::open(config, store.clone(), pipeline.now()).await?);
    let listener =
        listener.try_clone().and_then(tokio::net::TcpListener::from_std).map_err(Failure::system)?;
    Ok((Daemon { pipeline, publication, further }, listener))
}

/// Waits for a new configuration and opens what it needs while the old daemon
/// runs on; `None` once we are told to stop.
async fn reloaded(
    config: &Config,
    store: &Store,
    listener: &std::net::TcpListener,
    further: Option<Further>,
    signals: &mut Signals,
    reload: Reload<'_>,
) -> Option<(Config, Parts)> {
    loop {
        match signals.next().await {
            Told::Stop => return None,
            Told::Reload => {}
        }
        let fresh = match reload().and_then(|fresh| suits(config, &fresh).map(|()| fresh)) {
            Ok(fresh) => fresh,
            Err(why) => {
                error!("the new configuration is not used, the old one stays: {why}");
                continue;
            }
        };
        let opened = tokio::select! {
            opened = open(&fresh, store, listener, further.clone()) => opened,
            () = signals.stop() => return None,
        };
        match opened {
            Ok(parts) => {
                info!("the configuration is read anew");
                return Some((fresh, parts));
            }
            Err(why) => {
                error!("the new configuration is not used, the old one stays: {}", why.one_line());
            }
        }
    }
}

/// Whether a running daemon can change over; socket and store stay what they are.
fn suits(old: &Config, fresh: &Config) -> Result<(), String> {
    if old.server.listen != fresh.server.listen {
        let (from, to) = (old.server.listen, fresh.server.listen);
        return Err(format!("server.listen is {to} instead of {from}; restart bylined to change it"));
    }
    if old.store.path != fresh.store.path {
        let (from, to) = (old.store.path.display(), fresh.store.path.display());
        return Err(format!("store.path is `{to}` instead of `{from}`; restart bylined to change it"));
    }
    Ok(())
}

/// What a signal means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Told {
    Stop,
    Reload,
}

/// The signals we heed; none is lost from the moment on that this exists.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hang_up.recv() => Told::Reload,
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
fn attentive_runtime() -> Result<(tokio::runtime::Runtime, Signals), Failure> {
    let runtime = super::runtime()?;
    let signals = {
        let _within = runtime.enter();
        Signals::listen().map_err(Failure::system)?
    };
    Ok((runtime, signals))
}

fn warn_of(loaded: &Loaded) {
    for warning in &loaded.warnings {
        warn!("{}", warning.one_line());
    }
}

/// A socket that systemd opened for us.
fn inherited() -> Result<Option<std::net::TcpListener>, Failure> {
    let listener = listenfd::ListenFd::from_env().take_tcp_listener(0).map_err(Failure::system)?;
    if let Some(listener) = &listener {
        listener.set_nonblocking(true).map_err(Failure::system)?;
    }
    Ok(listener)
}

fn bind(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
