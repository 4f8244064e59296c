//! One simulation: processes that begin, work, are killed and begin again, until the days are over.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio::time::sleep;

use bylined::config;
use bylined::config::Config;
use bylined::config::Environment;
use bylined::daemon::Daemon;
use bylined::daemon::Sockets;
use bylined::domain::Clock;
use bylined::fetch;
use bylined::net::Client;
use bylined::net::Wire;
use bylined::pipeline::Pipeline;
use bylined::serve::Listeners;
use bylined::site::Publication;
use bylined::store::Store;

use crate::check::Check;
use crate::check::Seen;
use crate::check::digest;
use crate::publisher::DAY;
use crate::publisher::HOUR;
use crate::publisher::MINUTE;
use crate::publisher::Profile;
use crate::publisher::Publisher;
use crate::publisher::SECOND;
use crate::rng::Rng;
use crate::world::Shared;
use crate::world::World;

/// How long before the end publishers fall silent.
const SILENT: u64 = 12 * HOUR;

/// How long after the end of a process the next begins.
const RESTART: u64 = 10 * SECOND;

/// What a simulation is made of.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) days: u64,
    pub(crate) is_traced: bool,
    /// Days at the end in which nothing goes wrong, so that all that is owed can be done: a source
    /// may have been told to wait for a day, a failing hook to be left alone for an hour.
    pub(crate) calm_days: u64,
    /// Minutes from one tick to the next; else chosen by the seed.
    pub(crate) tick: Option<u64>,
}

/// What came of it.
pub(crate) struct Report {
    pub(crate) findings: Vec<String>,
    pub(crate) digest: u64,
    pub(crate) lines: Vec<String>,
    pub(crate) events: u64,
    pub(crate) processes: u64,
    pub(crate) entries: usize,
}

/// Why a process ended.
enum End {
    Killed,
    Stopped,
    CouldNotBegin(String),
    Over,
}

struct Life {
    shared: Shared,
    seen: Seen,
    rng: Rng,
    path: PathBuf,
    config: Arc<Config>,
    over_at: u64,
    calm_at: u64,
}

/// Lives through a plan.
pub(crate) fn simulate(plan: &Plan) -> Report {
    let folder = folder();
    let mut rng = Rng::new(plan.seed, 2);
    let publishers: Vec<Publisher> =
        (0..rng.range(3, 9)).map(|n| Publisher::new(plan.seed, n, Profile::of(&mut rng, true))).collect();
    let chosen = *rng.pick(&[5, 10, 20]);
    let tick = plan.tick.unwrap_or(chosen) * MINUTE;
    let config = configuration(&publishers, &mut rng, folder.path());
    let mut world = World::new(plan.seed, publishers, rng.chance(800));
    (world.tick, world.trace.is_whole) = (tick, plan.is_traced);
    let calm_at = plan.days * DAY;
    let over_at = calm_at + plan.calm_days * DAY;
    world.silent_from = over_at - SILENT;
    let mut life = Life {
        shared: Shared::new(world),
        seen: Seen::default(),
        rng,
        path: folder.path().join("bylined.db"),
        config: Arc::new(config),
        over_at,
        calm_at,
    };
    let mut processes = 0;
    loop {
        processes += 1;
        let runtime =
            Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
        let end = runtime.block_on(life.process());
        // All tasks of a process end with its runtime; what they hold of the store is dropped.
        let at_end = runtime.block_on(async { life.shared.world().at() });
        drop(runtime);
        let pause = RESTART;
        let mut world = life.shared.world();
        match end {
            End::Over => break,
            End::Killed => world.end_at(at_end, pause, "is killed"),
            End::Stopped => world.end_at(at_end, pause, "is stopped"),
            End::CouldNotBegin(why) => world.end_at(at_end, MINUTE, &format!("cannot begin: {why}")),
        }
        drop(world);
        life.check();
    }
    let stored = digest(&life.path);
    let Life { shared, .. } = life;
    let mut world = shared.into_world();
    for line in stored.lines() {
        world.trace.note(0, line);
    }
    Report {
        findings: world.findings,
        digest: world.trace.digest,
        lines: world.trace.lines.into(),
        events: world.trace.count,
        processes,
        entries: stored.lines().take_while(|it| it.split('|').count() > 6).count(),
    }
}

/// In memory, where there is such a place.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}

fn configuration(publishers: &[Publisher], rng: &mut Rng, folder: &Path) -> Config {
    let every = *rng.pick(&["30m", "1h", "2h"]);
    let mut text = format!(
        "[site]\nbase_url = \"https://brief.example/\"\ncontact = \"desk@brief.example\"\n\
         [store]\npath = \"{}/bylined.db\"\n\
         [schedule]\nevery = \"{every}\"\n\
         [[output]]\nid = \"daily\"\ndigest = \"0 7 * * *\"\n\
         [[hook]]\nurl = \"https://hooks.example/told\"\non = [\"published\", \"updated\", \"withdrawn\", \"digest\", \"health\"]\n",
        folder.display()
    );
    if rng.chance(250) {
        text += "[curation]\nengine = \"llm\"\n[curation.llm]\nendpoint = \"https://model.example/v1\"\nmodel = \"m\"\nverify = \"rules\"\n";
    }
    for it in publishers {
        let (name, host) = (&it.name, it.host());
        text += &format!(
            "[[source]]\nid = \"{name}\"\nurl = \"https://{host}/feed\"\npublisher = \"{}\"\n",
            name.to_uppercase()
        );
        if !it.profile.is_cut {
            text += "full_text = false\n";
        }
    }
    match config::parse("simulation.toml", &text, &Environment::default()) {
        Ok(loaded) => loaded.config,
        Err(errors) => panic!("{errors}"),
    }
}

impl Life {
    /// One process, from its start to whatever ends it.
    async fn process(&mut self) -> End {
        self.shared.world().begin(Instant::now());
        let killed = Arc::clone(&self.shared.killed);
        let (parts, publication) = tokio::select! {
            biased;
            () = killed.notified() => return End::Killed,
            begun = self.begin() => match begun {
                Ok(begun) => begun,
                Err(why) => {
                    // The kill may be why it could not.
                    let is_killed = self.shared.world().is_dead;
                    if is_killed {
                        killed.notified().await;
                        return End::Killed;
                    }
                    return End::CouldNotBegin(why);
                }
            },
        };
        let (stop, stopping) = watch::channel(false);
        let nowhere = || Listeners::on(&[]).expect("no socket is opened");
        let running = tokio::spawn(parts.run(Sockets { public: nowhere(), admin: nowhere() }, stopping));
        loop {
            let at = self.shared.world().at();
            let next = at + self.rng.range(2, 14) * HOUR;
            let next = if at < self.calm_at { next.min(self.calm_at) } else { next.min(self.over_at) };
            tokio::select! {
                biased;
                () = killed.notified() => return End::Killed,
                () = sleep(Duration::from_millis(next - at)) => {}
            }
            if self.over_at <= next {
                self.check_at_rest(&publication);
                let _ = stop.send(true);
                let _ = running.await;
                return End::Over;
            }
            if next == self.calm_at {
                self.shared.world().calm_down();
            }
            self.check();
            self.shared.world().plan_faults();
            let is_calm = self.shared.world().is_calm;
            if !is_calm && self.rng.chance(60) {
                let _ = stop.send(true);
                tokio::select! {
                    biased;
                    () = killed.notified() => return End::Killed,
                    _ = running => return End::Stopped,
                }
            }
        }
    }

    async fn begin(&self) -> Result<(Daemon, Arc<Publication>), String> {
        let store = Store::open_inline(&self.path, self.shared.fates()).map_err(|it| it.to_string())?;
        let wire: Arc<dyn Wire> = Arc::new(self.shared.clone());
        let policy = fetch::policy(&self.config.fetch, self.config.site.contact.as_deref());
        let client = Client::over(policy, wire).map_err(|it| it.to_string())?;
        let clock: Arc<dyn Clock> = Arc::new(self.shared.clone());
        let pipeline = Arc::new(Pipeline::new(Arc::clone(&self.config), store.clone(), client, clock));
        let publication = Publication::open(Arc::clone(&self.config), store, pipeline.now()).await;
        let publication = Arc::new(publication.map_err(|it| it.to_string())?);
        let tick = Duration::from_millis(self.shared.world().tick);
        let daemon = Daemon {
            pipeline,
            publication: Arc::clone(&publication),
            further: None,
            source_files: None,
            tick,
        };
        Ok((daemon, publication))
    }

    fn check(&mut self) {
        if self.path.exists() {
            Check::new(&self.path, &mut self.shared.world(), &mut self.seen).always();
        }
    }

    fn check_at_rest(&mut self, publication: &Publication) {
        Check::new(&self.path, &mut self.shared.world(), &mut self.seen).at_rest(publication);
    }
}
