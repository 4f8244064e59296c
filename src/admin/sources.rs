//! The sources: how they are in words, and what an admin may do about it. Every change is planned and made
//! by [`Sources`](crate::desk::Sources), as from a terminal (`source_change`).

use std::path::PathBuf;
use std::sync::Arc;

use askama::Template;
use tokio::sync::Notify;
use tracing::error;

use crate::config::Config;
use crate::config::EditError;
use crate::config::EditorRole;
use crate::config::Environment;
use crate::config::Rhythm;
use crate::config::Setting;
use crate::config::Source;
use crate::config::SourceRights;
use crate::desk::SourceError;
use crate::desk::WantedSource;
use crate::domain::Rights;
use crate::domain::Timestamp;
use crate::pipeline::SourceTrial;
use crate::site::listing;
use crate::site::listing::SourceListing;
use crate::store::StoreError;
use crate::text::error_chain;

use super::access::Visitor;
use super::page;
use super::page::Moment;
use super::page::Shell;
use super::random;
use super::request::AdminRequest;
use super::request::FormFields;
use super::response::AdminResponse;
use super::site::AdminSite;

/// Where the page is.
const PATH: &str = "/desk/sources";

/// What an admin is told who was slower than another.
const CHANGED: &str =
    "another admin has changed this source since you saw it; reload the page and look at it as it is now";

/// Characters of an address, a name or a list of topics.
const TEXT_CHARS_MAX: usize = 2_000;

/// The files that sources stand in, and how the daemon is told that they have changed.
#[derive(Clone)]
pub struct SourceFiles {
    /// The configuration file.
    pub path: PathBuf,
    /// What it is read with.
    pub env: Environment,
    /// Tells the daemon to read it again.
    pub reload: Arc<Notify>,
}

#[derive(Template)]
#[template(path = "desk/sources.html")]
struct SourcesPage {
    shell: Shell,
    sources: Vec<SourceView>,
    may_change: bool,
}

struct SourceView {
    listed: SourceListing,
    advice: String,
    is_enabled: bool,
    rights: &'static str,
    topics: String,
    every: String,
    last_poll: Option<Moment>,
    next_poll: Option<Moment>,
    /// What it is now, which a form sends back.
    seen: String,
}

#[derive(Template)]
#[template(path = "desk/found.html")]
struct FoundPage {
    shell: Shell,
    url: String,
    title: String,
    id: String,
    entries: usize,
    others: Vec<String>,
    trial: SourceTrial,
}

/// Why a change of the sources was not made.
pub(super) enum NotDone {
    Refused(u16, String),
    Store(StoreError),
}

impl From<SourceError> for NotDone {
    fn from(error: SourceError) -> Self {
        let status = match &error {
            SourceError::Unknown(_) => 404,
            SourceError::Edit(EditError::Changed { .. }) => 409,
            SourceError::File { .. } | SourceError::Edit(_) | SourceError::Net(_) => 503,
            _ => 422,
        };
        match error {
            SourceError::Store(error) => Self::Store(error),
            error => Self::Refused(status, error_chain(&error)),
        }
    }
}

impl AdminSite {
    pub(super) async fn sources(&self, visitor: &Visitor) -> Result<AdminResponse, StoreError> {
        let config = self.current_config().await;
        let shown = Arc::clone(&config);
        let mut listed = self.store().read(move |it| listing::sources(it, &shown)).await?;
        // What needs a person comes first.
        listed.sort_by_key(|it| (grade(it), it.id.clone()));
        let views = listed.into_iter().filter_map(|listed| view(&config, listed));
        let page = SourcesPage {
            shell: Shell::new(self.config(), visitor, "Sources", "sources"),
            sources: views.collect(),
            may_change: visitor.role >= EditorRole::Admin && self.source_files().is_some(),
        };
        Ok(page::written(200, &page))
    }

    /// What is at an address, before it is added.
    pub(super) async fn find_source(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
    ) -> Result<AdminResponse, StoreError> {
        let find = async {
            let (found, trial) = self.look_at(&wanted(form)?).await?;
            Ok(FoundPage {
                shell: Shell::new(self.config(), visitor, "What is there", "sources"),
                url: found.new.url.to_string(),
                title: found.title,
                id: found.new.id.to_string(),
                entries: found.entries,
                others: found.others.iter().map(ToString::to_string).collect(),
                trial,
            })
        };
        self.answered(request, visitor, find.await.map(|page| page::written(200, &page)))
    }

    /// Adds the feed at an address.
    pub(super) async fn add_source(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
    ) -> Result<AdminResponse, StoreError> {
        let add = async {
            self.follow(visitor, &wanted(form)?).await?;
            Ok(AdminResponse::see_other(PATH))
        };
        let added = add.await;
        self.answered(request, visitor, added)
    }

    /// Pauses or resumes a source, or sets its rights, topics and rhythm.
    pub(super) async fn set_source(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
    ) -> Result<AdminResponse, StoreError> {
        let set = async {
            let sources = self.open_sources().await?;
            let id = form.text("id");
            let current = sources.config().sources.iter().find(|it| it.id.as_str() == id);
            let current = current.ok_or_else(|| SourceError::Unknown(id.chars().take(80).collect()))?;
            let settings = settings(current, form)?;
            if form.text("do") == "set" && form.text("seen") != seen(current) {
                return Err(NotDone::Refused(409, CHANGED.to_owned()));
            }
            if settings.is_empty() {
                return Ok(AdminResponse::see_other(PATH));
            }
            self.set(visitor, id, settings).await?;
            Ok(AdminResponse::see_other(PATH))
        };
        let done = set.await;
        self.answered(request, visitor, done)
    }

    pub(super) fn answered(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        done: Result<AdminResponse, NotDone>,
    ) -> Result<AdminResponse, StoreError> {
        match done {
            Ok(response) => Ok(response),
            Err(NotDone::Refused(status, words)) => Ok(self.refused(request, visitor, status, &words)),
            Err(NotDone::Store(cause)) => {
                error!(error = %cause, "the sources could not be changed");
                Err(cause)
            }
        }
    }
}

/// What a form wants of a new source.
fn wanted(form: &FormFields) -> Result<WantedSource, NotDone> {
    let text = |name: &str| Some(form.text(name).trim().to_owned()).filter(|it| !it.is_empty());
    if ["url", "publisher", "topics"].iter().any(|it| TEXT_CHARS_MAX < form.text(it).chars().count()) {
        return Err(NotDone::Refused(400, "an address, a name or a list of topics is too long".to_owned()));
    }
    let url =
        text("url").ok_or_else(|| NotDone::Refused(400, "give an address of a feed or a site".to_owned()))?;
    Ok(WantedSource { url, id: None, publisher: text("publisher"), topics: topics(form.text("topics")) })
}

/// Topics as they are written in a line: `AI, Cloud`.
fn topics(line: &str) -> Vec<String> {
    line.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// The keys that a form changes.
fn settings(current: &Source, form: &FormFields) -> Result<Vec<Setting>, NotDone> {
    let mut settings = Vec::new();
    match form.text("do") {
        "pause" if current.enabled => settings.push(Setting::new("enabled", false)),
        "resume" if !current.enabled => settings.push(Setting::new("enabled", true)),
        "pause" | "resume" => {}
        "set" => {
            let known = ["", "any", "extractive", "link", "drop"];
            let rights = form.text("rights");
            if !known.contains(&rights) || TEXT_CHARS_MAX < form.text("topics").chars().count() {
                return Err(NotDone::Refused(400, "choose one of the rights, and a few topics".to_owned()));
            }
            if !rights.is_empty() && rights != rights_of(current) {
                settings.push(Setting::new("rights", rights));
            }
            let topics = topics(form.text("topics"));
            if topics != current.topics {
                settings.push(Setting::list("topics", &topics));
            }
            let every = form.text("every").trim();
            if !every.is_empty() && every != every_of(current) {
                settings.push(Setting::new("every", every));
            }
        }
        _ => return Err(NotDone::Refused(400, "choose what is to be done".to_owned())),
    }
    Ok(settings)
}

/// What the form of a source shows (optimistic concurrency token).
fn seen(source: &Source) -> String {
    let shown = (rights_of(source), &source.topics, every_of(source));
    random::digest(&format!("{shown:?}")).iter().take(8).map(|it| format!("{it:02x}")).collect()
}

fn view(config: &Config, listed: SourceListing) -> Option<SourceView> {
    let source = config.sources.iter().find(|it| it.id.as_str() == listed.id)?;
    let moment = |at: Option<&str>| {
        let at: chrono::DateTime<chrono::Utc> = at?.parse().ok()?;
        Some(Moment::new(Timestamp::from(at), config.site.timezone))
    };
    Some(SourceView {
        advice: advice(&listed).to_owned(),
        is_enabled: source.enabled,
        rights: rights_of(source),
        topics: source.topics.join(", "),
        every: every_of(source),
        seen: seen(source),
        last_poll: moment(listed.last_poll.as_deref()),
        next_poll: moment(listed.next_poll.as_deref()),
        listed,
    })
}

/// What the operator says of rights; empty where nothing, or a licence, which only the file can say.
fn rights_of(source: &Source) -> &'static str {
    match &source.rights {
        SourceRights::Unsaid | SourceRights::Licensed { .. } => "",
        SourceRights::AtLeast(Rights::Any) => "any",
        SourceRights::AtLeast(Rights::Extractive) => "extractive",
        SourceRights::AtLeast(Rights::Link) => "link",
        SourceRights::AtLeast(Rights::Drop) => "drop",
    }
}

/// Its own interval, as it is written; empty where it has none.
fn every_of(source: &Source) -> String {
    let Some(Rhythm::Every(every)) = &source.rhythm else { return String::new() };
    let secs = every.as_secs();
    match secs {
        _ if secs % 3_600 == 0 => format!("{}h", secs / 3_600),
        _ if secs % 60 == 0 => format!("{}m", secs / 60),
        _ => format!("{secs}s"),
    }
}

/// How much a source needs a person: the least is the most.
fn grade(it: &SourceListing) -> u8 {
    match it.state {
        "gone" => 0,
        "failing" => 1,
        "healthy" if it.reason.is_some() => 2,
        "new" => 3,
        "healthy" => 4,
        _ => 5,
    }
}

/// What to do about a source, in a sentence; empty where nothing is to be done.
fn advice(it: &SourceListing) -> &'static str {
    let kind = it.reason.as_deref().and_then(|it| it.split(':').next()).unwrap_or_default();
    match (it.state, kind) {
        ("gone", _) => {
            "The publisher answered 410 Gone, so polling stopped. Remove the source, or add the feed's new address."
        }
        ("disabled", _) => "It is paused.",
        ("new", _) => "It was not polled yet.",
        ("failing", "not-a-feed") => "A page came in place of a feed. Look for the feed's new address above.",
        ("failing", "dns") => "Its host has no address. If the site has moved, add its new address.",
        ("failing", _) => {
            "bylined tries again, more and more rarely. Look at its address above to see what is there now."
        }
        ("healthy", _) if it.moving_to.is_some() => {
            "It redirects permanently; bylined follows once that is confirmed."
        }
        ("healthy", "") => "",
        _ => "Nothing needs to be done now.",
    }
}
