//! `doctor`: what would keep bylined from its work, each with what to do about it.
//!
//! It looks and changes nothing, beside a running daemon too.

mod finding;
mod proxy;

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

use chrono_tz::Tz;
use indicatif::HumanBytes;

use crate::config;
use crate::config::Auth;
use crate::config::Config;
use crate::config::EngineChoice;
use crate::config::Environment;
use crate::config::Loaded;
use crate::config::Secret;
use crate::config::Severity;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::domain::Timestamp;
use crate::pipeline;
use crate::site::listing;
use crate::store;
use crate::store::Examined;
use crate::store::Holding;
use crate::store::StoreError;
use crate::store::Unreadable;
use crate::store::UnreadableCause;
use crate::store::UnreadableValues;

use self::finding::Finding;
use self::finding::FindingState;
use super::args::Args;
use super::failure;
use super::failure::Failure;
use super::setup;
use super::terminal;

/// Free bytes below which the database may soon not be written.
const FREE_BYTES_MIN: u64 = 64 << 20;

/// Free bytes, beside room for a copy of the database, below which the operator is warned.
const FREE_BYTES_WISHED: u64 = 512 << 20;

/// 1 November 2026: no clock stands before the release of what it is asked by.
const RELEASED: Timestamp = Timestamp::from_secs(1_793_491_200);

/// What mends a damaged database.
const RESTORE: &str = "stop the daemon and put a backup in its place with `bylined restore FILE`";

/// Permission bits of everyone but the owner, and of everyone else for writing.
const OTHERS: u32 = 0o077;
const ANYONE_WRITES: u32 = 0o002;

pub(super) fn doctor(args: &Args, json: bool) -> Result<ExitCode, Failure> {
    let env = Environment::read();
    let findings = match config::find(args.config.as_deref(), &env) {
        Ok(file) => match config::load(&file, &env) {
            Ok(loaded) => examine(&file, &loaded)?,
            Err(errors) => errors.problems().iter().map(problem).collect(),
        },
        Err(error) => {
            let looked: Vec<String> = error.looked.iter().map(|it| format!("`{}`", it.display())).collect();
            let found = format!("no file at {}", looked.join(", "));
            let advice = "write one, or name it with --config";
            vec![Finding::failed(CONFIGURATION, failure::CONFIG, found, advice)]
        }
    };
    if json {
        terminal::print_json(&findings)?;
    } else {
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        terminal::print(&lines.join("\n"))?;
    }
    Ok(findings
        .iter()
        .find(|it| it.state == FindingState::Failed)
        .map_or(ExitCode::SUCCESS, |it| it.code.into()))
}

const CONFIGURATION: &str = "configuration";
const PERMISSIONS: &str = "permissions";
const DATABASE: &str = "database";
const CLOCK: &str = "clock";
const ENDPOINT: &str = "endpoint";
const HOOKS: &str = "hooks";
const OUTPUTS: &str = "outputs";
const DISK: &str = "disk";

fn examine(file: &Path, loaded: &Loaded) -> Result<Vec<Finding>, Failure> {
    let config = &loaded.config;
    let mut findings: Vec<Finding> = loaded.warnings.iter().map(problem).collect();
    let found = format!("`{}` is valid; {} sources", file.display(), config.sources.len());
    findings.push(Finding::ok(CONFIGURATION, found));
    findings.extend(permissions(file, config));
    let database = &config.store.path;
    let unreadable = |cause| StoreError::Folder { path: database.clone(), cause };
    let examined = match database.try_exists() {
        Ok(exists) => exists.then(|| store::examine(database)),
        Err(cause) => Some(Err(unreadable(cause))),
    };
    findings.extend(soundness(database, examined.as_ref()));
    let examined = examined.and_then(Result::ok);
    findings.push(clock(SystemClock.now(), examined.as_ref(), config.site.timezone));
    findings.push(endpoint(config)?);
    findings.extend(proxy::findings(config)?);
    findings.extend(hooks(config, examined.as_ref()));
    findings.extend(outputs(examined.as_ref()));
    findings.push(disk(database, examined.as_ref()));
    Ok(findings)
}

fn problem(it: &config::Problem) -> Finding {
    let found = format!("line {}: {}: {}", it.line, it.path, it.message);
    match it.severity {
        Severity::Error => Finding::failed(CONFIGURATION, failure::CONFIG, found, it.help.clone()),
        Severity::Warning => Finding::warning(CONFIGURATION, found, it.help.clone()),
    }
}

/// Who may read and change what, and whether we may.
fn permissions(file: &Path, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mode = |path: &Path| std::fs::metadata(path).map(|it| it.permissions().mode()).unwrap_or_default();
    for path in [file, &config.store.path] {
        if mode(path) & ANYONE_WRITES != 0 {
            let found = format!("anyone on this system may change `{}`", path.display());
            let advice = format!("chmod o-w {}", path.display());
            findings.push(Finding::failed(PERMISSIONS, failure::NO_PERMISSION, found, advice));
        }
    }
    for secret in secrets(config) {
        if let Secret::File(path) = secret
            && mode(path) & OTHERS != 0
        {
            let found = format!("others may read the secret in `{}`", path.display());
            findings.push(Finding::warning(PERMISSIONS, found, format!("chmod go= {}", path.display())));
        }
        match secret.read() {
            Ok(_) => {}
            Err(error) if matches!(secret, Secret::Credential(_)) => {
                let found = format!("not checked here: {error}");
                findings.push(Finding::warning(PERMISSIONS, found, "only the service itself can read it"));
            }
            Err(error) => {
                let advice = "make it readable for the user that runs bylined";
                findings.push(Finding::failed(PERMISSIONS, failure::CONFIG, error.to_string(), advice));
            }
        }
    }
    if let Err(cause) = std::fs::OpenOptions::new().write(true).open(&config.store.path)
        && cause.kind() != io::ErrorKind::NotFound
    {
        let found = format!("`{}` cannot be written: {cause}", config.store.path.display());
        let advice = "run this as the user that runs bylined, or make the file that user's";
        findings.push(Finding::failed(PERMISSIONS, failure::NO_PERMISSION, found, advice));
    }
    let folder = config.store.path.parent().unwrap_or(Path::new("/"));
    match tempfile::tempfile_in(folder) {
        Ok(_) => findings.push(Finding::ok(PERMISSIONS, format!("`{}` can be written", folder.display()))),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            let found = format!("`{}` does not exist yet", folder.display());
            findings.push(Finding::warning(PERMISSIONS, found, "the first poll makes it"));
        }
        Err(cause) => {
            let found = format!("`{}` cannot be written: {cause}", folder.display());
            let advice = "run this as the user that runs bylined, or make the folder that user's";
            findings.push(Finding::failed(PERMISSIONS, failure::NO_PERMISSION, found, advice));
        }
    }
    findings
}

/// Every secret that the configuration names.
fn secrets(config: &Config) -> impl Iterator<Item = &Secret> {
    let of_model = config.curation.llm.iter().filter_map(|it| it.api_key.as_ref());
    let of_sources = config.sources.iter().filter_map(|it| match it.auth.as_ref()? {
        Auth::Basic { password, .. } => Some(password),
        Auth::Bearer(token) => Some(token),
    });
    let of_hooks = config.hooks.iter().filter_map(|it| it.secret.as_ref());
    of_model.chain(of_sources).chain(of_hooks)
}

/// Whether the programs that are told what happens take it.
fn hooks(config: &Config, examined: Option<&Examined>) -> Vec<Finding> {
    let rows = examined.map_or(&[][..], |it| it.hooks.as_slice());
    let finding = |it: listing::HookStatus| match it.reason {
        Some(reason) => {
            let found = format!(
                "{} waits for {} deliveries, {} were given up: {reason}",
                it.url, it.waiting, it.given_up
            );
            let advice = "mend the program there, or correct its [[hook]]; each is tried for three days";
            Finding::warning(HOOKS, found, advice)
        }
        None => Finding::ok(HOOKS, format!("{} takes what it is told; {} waiting", it.url, it.waiting)),
    };
    listing::hooks(rows, config).into_iter().map(finding).collect()
}

/// Whether what is published passes its check, and which stories do not.
fn outputs(examined: Option<&Examined>) -> Vec<Finding> {
    let rows = examined.map_or(&[][..], |it| it.outputs.as_slice());
    let mut findings = Vec::new();
    for row in rows {
        if let Some(reason) = &row.reason {
            let found =
                format!("output `{}` fails its check, and its last good version stays: {reason}", row.id);
            let advice = "look at what the log says of it; this is a bug unless the file was changed by hand";
            findings.push(Finding::warning(OUTPUTS, found, advice));
        }
        for omitted in &row.omitted {
            let found = format!("output `{}` leaves out the story {omitted}", row.id);
            let advice = "look at it with `bylined story show`, and reject or edit it";
            findings.push(Finding::warning(OUTPUTS, found, advice));
        }
    }
    if findings.is_empty() && !rows.is_empty() {
        findings.push(Finding::ok(OUTPUTS, "all documents pass their checks".to_owned()));
    }
    findings
}

fn soundness(path: &Path, examined: Option<&Result<Examined, StoreError>>) -> Vec<Finding> {
    let shown = path.display();
    match examined {
        None => vec![Finding::ok(DATABASE, format!("there is no `{shown}` yet; the first poll makes it"))],
        Some(Err(error)) => {
            let cause = std::error::Error::source(error).map(|it| format!(": {it}")).unwrap_or_default();
            let advice = match error {
                StoreError::Damaged(_) => RESTORE,
                StoreError::Newer { .. } | StoreError::NotOurs { .. } => {
                    "correct store.path, or update bylined"
                }
                StoreError::Busy(_) => "try again when the other process has finished",
                StoreError::NoSpace(_) => "free or remount the disk",
                StoreError::Open { .. } | StoreError::Folder { .. } => {
                    "run this as the user that runs bylined"
                }
                _ => "keep a copy of the file first, then look at the log",
            };
            vec![Finding::failed(
                DATABASE,
                failure::code_of(error),
                format!("`{shown}`: {error}{cause}"),
                advice,
            )]
        }
        Some(Ok(it)) if it.faults.is_empty() => {
            let sound = Finding::ok(DATABASE, format!("`{shown}` is sound ({})", HumanBytes(it.bytes)));
            std::iter::once(sound).chain(unreadable(&it.unreadable)).collect()
        }
        Some(Ok(it)) => {
            let failed = |fault: &String| Finding::failed(DATABASE, failure::DATA, fault.clone(), RESTORE);
            it.faults.iter().map(failed).collect()
        }
    }
}

/// What is stored and cannot be read, each with what mends it.
fn unreadable(values: &UnreadableValues) -> Vec<Finding> {
    let failed = |found: String, advice: String| Finding::failed(DATABASE, failure::DATA, found, advice);
    let finding = |(holding, error): &(Holding, Unreadable)| {
        let advice = match (holding, &error.cause) {
            (Holding::Revision { is_current: false, .. }, _) => {
                let advice = "only the story's history lacks it; a backup may have it";
                return Finding::warning(DATABASE, format!("{holding}: {error}"), advice);
            }
            (_, UnreadableCause::Newer { .. }) => "update bylined to the version that wrote it".to_owned(),
            (Holding::Revision { key, .. }, _) => format!(
                "until then the story is a link; `bylined story replay {key} --apply` curates it again"
            ),
            (Holding::Field { key, .. }, _) => format!(
                "until then the story stays as it is; write the field again with `bylined story edit {key}`, \
                 or delete its key there"
            ),
            (Holding::Source(_), _) => "the next document that the source sends replaces it".to_owned(),
            (Holding::Removed(_), _) => {
                format!(
                    "until then nothing is stored of documents that link to other sites, where its articles may be; {RESTORE}"
                )
            }
            (Holding::Entry { .. }, _) => format!("until then it counts as empty; {RESTORE}"),
        };
        failed(format!("{holding}: {error}"), advice)
    };
    let mut findings: Vec<Finding> = values.named.iter().map(finding).collect();
    let further = values.count - values.named.len();
    if further > 0 {
        findings.push(failed(
            format!("{further} more stored values cannot be read"),
            format!("{RESTORE}, if it has them whole"),
        ));
    }
    findings
}

fn clock(now: Timestamp, examined: Option<&Examined>, zone: Tz) -> Finding {
    let latest = examined.and_then(|it| it.last_poll).map_or(RELEASED, |it| it.max(RELEASED));
    if now < latest {
        let found = format!("it is {now} by this clock, and was {latest} before");
        let advice = "set the clock, as with `timedatectl set-ntp true`; until then nothing is due";
        return Finding::failed(CLOCK, failure::TRY_LATER, found, advice);
    }
    Finding::ok(CLOCK, format!("{now}; cron lines and days in {zone}"))
}

/// Whether the configured model can be asked; asking costs no tokens.
fn endpoint(config: &Config) -> Result<Finding, Failure> {
    let Some(llm) = config.curation.llm.as_ref().filter(|_| config.curation.engine == EngineChoice::Llm)
    else {
        return Ok(Finding::ok(ENDPOINT, "no model is asked".to_owned()));
    };
    let (at, model) = (&llm.endpoint, &llm.model);
    let models = setup::runtime()?.block_on(pipeline::models(config, llm));
    Ok(match models {
        Ok(models) if models.contains(model) => {
            Finding::ok(ENDPOINT, format!("`{at}` answers and has `{model}`"))
        }
        Ok(models) if models.is_empty() => {
            let found = format!("`{at}` answers but does not say whether it has `{model}`");
            Finding::warning(ENDPOINT, found, "`bylined story replay ID --apply` asks it about one story")
        }
        Ok(models) => {
            let found = format!("`{at}` does not have `{model}`, only {}", models.join(", "));
            let advice = "write one of these as curation.llm.model, or load that model";
            Finding::failed(ENDPOINT, failure::UNAVAILABLE, found, advice)
        }
        Err(error) => {
            let advice = "start the model's server, or correct curation.llm; until then `on_failure` applies";
            Finding::failed(ENDPOINT, failure::UNAVAILABLE, error.to_string(), advice)
        }
    })
}

fn disk(database: &Path, examined: Option<&Examined>) -> Finding {
    let Some(folder) = database.ancestors().skip(1).find(|it| it.exists()) else {
        let found = format!("no folder above `{}` exists", database.display());
        return Finding::failed(DISK, failure::CONFIG, found, "correct store.path");
    };
    let free = match rustix::fs::statvfs(folder) {
        Ok(it) => it.f_bavail.saturating_mul(it.f_frsize),
        Err(cause) => {
            let found = format!("`{}` does not say how much is free: {cause}", folder.display());
            return Finding::warning(DISK, found, "look at it with `df`");
        }
    };
    let found = format!("{} free for `{}`", HumanBytes(free), folder.display());
    let copy = examined.map_or(0, |it| it.bytes);
    if free < FREE_BYTES_MIN {
        Finding::failed(DISK, failure::TRY_LATER, found, "free some space; nothing can be stored without it")
    } else if free < copy.saturating_add(FREE_BYTES_WISHED) {
        Finding::warning(DISK, found, "free some space; a copy of the database would not fit")
    } else {
        Finding::ok(DISK, found)
    }
}
