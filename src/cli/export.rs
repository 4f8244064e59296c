//! `export`: the whole site and all feeds as static files.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::config;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::pipeline;
use crate::site::Answer;
use crate::site::Publication;
use crate::site::Rendered;

use super::args::Args;
use super::failure::Failure;
use super::setup;
use super::terminal;

/// Names the files of the last export, so that the next one removes what is gone.
const MANIFEST: &str = ".bylined-export";

/// Endings of the compressed copies, as servers look for them (`gzip_static`, `brotli_static`).
const COPIES: [&str; 2] = [".gz", ".br"];

/// Redirects, for servers that read such a file.
const REDIRECTS: &str = "_redirects";

pub(super) fn export(args: &Args, dir: &Path) -> Result<ExitCode, Failure> {
    let (config, store) = setup::open_to_publish(args)?;
    setup::runtime()?.block_on(async {
        pipeline::settle(&store, &config, SystemClock.now()).await?;
        // Files are rendered from the store as it is read; what is published is not written down.
        let publication = Arc::new(Publication::new(config, store.clone()));
        let dir = dir.to_owned();
        let (files, changed) = tokio::task::spawn_blocking(move || write_all(&publication, &dir))
            .await
            .map_err(Failure::software)??;
        store.close().await;
        terminal::print(&format!("exported {files} files, {changed} of them new or changed"))
    })
}

fn write_all(publication: &Publication, dir: &Path) -> Result<(usize, usize), Failure> {
    let base = publication.config().site.base_url.clone();
    // Rules of `_redirects` count from the host's root.
    let root = base.path().trim_end_matches('/');
    let mut written = BTreeSet::new();
    let (mut changed, mut redirects) = (0, String::new());
    publication.each(|path, answer| {
        let (file, rendered) = match answer {
            Answer::Document(rendered) => (file_of(path), rendered),
            Answer::Moved(to) => {
                redirects.push_str(&format!("{root}{path} {root}{to} 301\n"));
                let target = format!("{base}{}", to.trim_start_matches('/'));
                let file = Path::new(path.trim_matches('/')).join("index.html");
                (file, Arc::new(Rendered::new("text/html; charset=utf-8", redirect(&target))))
            }
            // A feed that cannot be written today is not gone: its last file stands.
            Answer::Missing(_) => {
                let file = file_of(path);
                let names = COPIES.iter().chain(&[""]).map(|end| format!("{}{end}", file.to_string_lossy()));
                written.extend(names.filter(|it| dir.join(it).exists()));
                return Ok(());
            }
            Answer::Gone(_) | Answer::Refused(_) => return Ok(()),
        };
        let name = file.to_string_lossy().into_owned();
        changed += usize::from(write_copies(dir, &name, &rendered, &mut written)?);
        written.insert(name);
        Ok::<(), Failure>(())
    })?;
    changed += usize::from(replace(dir, &dir.join(REDIRECTS), redirects.as_bytes())?);
    written.insert(REDIRECTS.to_owned());
    let manifest = dir.join(MANIFEST);
    for gone in fs::read_to_string(&manifest).unwrap_or_default().lines().filter(|it| !written.contains(*it))
    {
        // Only names that an export could have written; a file already gone is as wanted.
        if !Path::new(gone).is_absolute() && !gone.split('/').any(|it| it == "..") {
            let _ = fs::remove_file(dir.join(gone));
        }
    }
    let names: Vec<String> = written.iter().cloned().collect();
    replace(dir, &manifest, names.join("\n").as_bytes())?;
    Ok((written.len(), changed))
}

/// Writes a document with its compressed copies, which are made only where it changed or one of them
/// is missing, and says whether it changed.
fn write_copies(
    dir: &Path,
    name: &str,
    rendered: &Rendered,
    written: &mut BTreeSet<String>,
) -> Result<bool, Failure> {
    let copies = COPIES.map(|end| format!("{name}{end}"));
    let is_compressed = rendered.is_worth_compressing();
    let is_whole = !is_compressed || copies.iter().all(|it| dir.join(it).exists());
    let is_same = fs::read(dir.join(name)).is_ok_and(|it| it == rendered.body);
    if is_compressed {
        // Before the document: a kill in between leaves it to the next export to write them again.
        if !is_same || !is_whole {
            for (copy, bytes) in copies.iter().zip([rendered.gzip(), rendered.brotli()]) {
                replace(dir, &dir.join(copy), bytes)?;
            }
        }
        written.extend(copies);
    }
    replace(dir, &dir.join(name), &rendered.body)
}

/// Page `/x/` and page `/x` are `x/index.html`; what has an extension keeps its name.
fn file_of(path: &str) -> PathBuf {
    let path = path.trim_start_matches('/');
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.contains('.') { PathBuf::from(path) } else { Path::new(path).join("index.html") }
}

/// Replaces a file in one step, if its bytes differ, and says whether they did.
/// Until then it is made in the root of the export.
fn replace(root: &Path, path: &Path, bytes: &[u8]) -> Result<bool, Failure> {
    if fs::read(path).is_ok_and(|it| it == bytes) {
        return Ok(false);
    }
    let failed = |cause: std::io::Error| Failure::create(path, &cause);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut file = config::unfinished_file(root).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    // A web server of another user is to read what is published.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(failed)?;
    }
    file.persist(path).map_err(|error| Failure::create(path, &error.error))?;
    Ok(true)
}

fn redirect(target: &str) -> String {
    // Our own addresses hold nothing that HTML would have to escape but `&`.
    let target = target.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Moved</title>\
         <link rel=\"canonical\" href=\"{target}\"><meta http-equiv=\"refresh\" content=\"0; url={target}\">\
         <meta name=\"robots\" content=\"noindex\"></head><body><p>Moved to <a href=\"{target}\">{target}</a>.</p></body></html>\n"
    )
}
