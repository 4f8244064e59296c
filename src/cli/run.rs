//! `run` and `demo`: the daemon, on the operator's newsroom or on ours.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::watch;
use tracing::error;
use tracing::info;
use tracing::warn;

use crate::config;
use crate::config::Config;
use crate::config::Environment;
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

/// What ended one run of the daemon.
enum Ended {
    Stopped,
    Reloaded(Box<Config>),
}

pub(super) fn run(args: &Args, listen: Option<SocketAddr>) -> Result<ExitCode, Failure> {
    let mut env = Environment::read();
    let listener = inherited()?;
    env.listen = listen.or_else(|| listener.as_ref().and_then(|it| it.local_addr().ok()));
    let loaded = super::load(args, &env)?;
    for warning in &loaded.warnings {
        warn!("{}", warning.one_line());
    }
    let listener = match listener {
        Some(listener) => listener,
        None => bind(loaded.config.server.listen)
            .map_err(|cause| Failure::listen(loaded.config.server.listen, &cause))?,
    };
    let _lock = DaemonLock::take(&loaded.config.store.path)?;
    let reload = || {
        let loaded =
            config::find(args.config.as_deref(), &env).map_err(|error| error.to_string()).and_then(|path| {
                config::load(&path, &env).map_err(|errors| {
                    errors.problems().iter().map(config::Problem::one_line).collect::<Vec<_>>().join("; ")
                })
            });
        loaded.map(|it| it.config)
    };
    to_the_end(async {
        let mut config = loaded.config;
        loop {
            match daemon(config, &listener, None, &reload).await? {
                Ended::Stopped => return Ok(ExitCode::SUCCESS),
                Ended::Reloaded(fresh) => config = *fresh,
            }
        }
    })
}

pub(super) fn demo(listen: Option<SocketAddr>, dir: Option<&Path>) -> Result<ExitCode, Failure> {
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
    terminal::print(loaded.config.site.base_url.as_str())?;
    terminal::say("The sample newsroom is open. New stories appear for five minutes; stop it with Ctrl-C.");
    let keep = || Err("the demo has no configuration to reload".to_owned());
    to_the_end(async {
        daemon(loaded.config, &listener, Some(further), &keep).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Runs to the end and no longer: a thread that still asks a name server or writes a
/// briefing that nobody waits for must not keep a stopped daemon alive.
fn to_the_end(daemon: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    let runtime = super::runtime()?;
    let ended = runtime.block_on(daemon);
    runtime.shutdown_background();
    ended
}

/// Runs the daemon until a signal ends it or brings a new configuration.
async fn daemon(
    config: Config,
    listener: &std::net::TcpListener,
    further: Option<Further>,
    reload: &dyn Fn() -> Result<Config, String>,
) -> Result<Ended, Failure> {
    let config = Arc::new(config);
    let store = Store::open(&config.store.path)?;
    let pipeline = super::pipeline(Arc::clone(&config), store.clone())?;
    let publication = Arc::new(Publication::open(Arc::clone(&config), store.clone(), pipeline.now()).await?);
    let listener =
        listener.try_clone().and_then(tokio::net::TcpListener::from_std).map_err(Failure::system)?;
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Daemon { pipeline, publication, further }.run(listener, stopping));
    let ended = until_told(reload).await;
    // The daemon may have ended by itself: then nobody listens, and its result says why.
    let _ = stop.send(true);
    running.await.map_err(Failure::software)??;
    store.close().await;
    ended
}

async fn until_told(reload: &dyn Fn() -> Result<Config, String>) -> Result<Ended, Failure> {
    let on = |kind| signal(kind).map_err(Failure::system);
    let (mut terminate, mut interrupt, mut hang_up) =
        (on(SignalKind::terminate())?, on(SignalKind::interrupt())?, on(SignalKind::hangup())?);
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(Ended::Stopped),
            _ = interrupt.recv() => return Ok(Ended::Stopped),
            _ = hang_up.recv() => match reload() {
                Ok(config) => {
                    info!("the configuration is read anew");
                    return Ok(Ended::Reloaded(Box::new(config)));
                }
                Err(why) => error!("the new configuration is not used, the old one stays: {why}"),
            },
        }
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
