//! What the operator decided, a type for each table of the file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use url::Url;

pub use super::editor::EditorAccount;
pub use super::hook::Hook;
pub use super::overlay::SourceOrigin;
pub use super::overlay::SourceOverlay;
pub use super::server::Server;
use crate::domain::CronLine;
use crate::domain::OperatorRights;
use crate::domain::OutputId;
use crate::domain::Proxies;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::text::phrase::Phrase;

/// Everything the operator decided.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[site]`
    pub site: Site,
    /// `[server]`
    pub server: Server,
    /// `[store]`
    pub store: StoreSettings,
    /// `[fetch]`
    pub fetch: Fetch,
    /// `[schedule]`
    pub schedule: Schedule,
    /// `[dedup]`
    pub dedup: Dedup,
    /// `[curation]`
    pub curation: Curation,
    /// `[[source]]`, in file order, ids unique.
    pub sources: Vec<Source>,
    /// `[[audience]]`, in file order, names unique.
    pub audiences: Vec<Audience>,
    /// `[[topic]]`: the operator's taxonomy, in file order, slugs unique.
    pub topics: Vec<TopicRule>,
    /// `[[output]]`, in file order, ids unique; `all` is always among them.
    pub outputs: Vec<Output>,
    /// `[[editor]]`, in file order, names unique without regard to case.
    pub editors: Vec<EditorAccount>,
    /// `[[hook]]`, in file order.
    pub hooks: Vec<Hook>,
    /// Which sources came from beside the database.
    pub overlay: SourceOverlay,
}

/// `[site]`: who publishes.
#[derive(Clone, Debug)]
pub struct Site {
    /// Title of the site and default of outputs.
    pub title: String,
    /// The name in the attribution line.
    pub curator: String,
    /// Every published link starts here. Ends in `/`.
    pub base_url: Url,
    /// BCP 47 tag.
    pub language: String,
    /// Of cron lines and of the pages' days.
    pub timezone: Tz,
    /// E-mail or URL, for the User-Agent and every output.
    pub contact: Option<String>,
    /// Red, green and blue of what stands out on pages.
    pub accent: Option<[u8; 3]>,
    /// Picture in place of the title; relative to the folder of the database.
    pub logo: Option<PathBuf>,
    /// Picture for tabs, feeds and previews; relative to the folder of the database.
    pub icon: Option<PathBuf>,
}

/// `[store]`: where state is kept.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// The SQLite file, already made absolute.
    pub path: PathBuf,
    /// How long texts of entries that are in no published story are kept.
    pub retention: Duration,
}

/// `[fetch]`: limits of every exchange with a publisher.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Exchanges under way at once.
    pub concurrency: usize,
    /// Exchanges under way at once with one host and port.
    pub per_host: usize,
    /// Shortest time between two starts with one host and port.
    pub min_gap: Duration,
    /// Longest time for a whole exchange, redirects included.
    pub timeout: Duration,
    /// Largest body after decompression, in bytes.
    pub body_bytes_max: u64,
    /// What goes through which proxy.
    pub proxies: Proxies,
    /// The only private addresses that sources may reach.
    pub allow_private: Vec<SocketAddr>,
}

/// `[schedule]`: when sources are polled unless they say otherwise.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Interval or cron line.
    pub rhythm: Rhythm,
    /// Whether the interval follows the source's own rhythm.
    pub adaptive: bool,
    /// Shortest interval.
    pub min: Duration,
    /// Longest interval; publishers' hints are clamped to it.
    pub max: Duration,
}

/// How often.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Rhythm {
    /// A fixed time between polls.
    Every(Duration),
    /// At the times of a cron line.
    Cron(CronLine),
}

/// `[dedup]`
#[derive(Clone, Debug)]
pub struct Dedup {
    /// Entries further apart than this, by published date, are different stories
    /// unless their canonical URLs are equal.
    pub window: Duration,
}

impl Default for Dedup {
    fn default() -> Self {
        Self { window: Duration::from_secs(72 * 3_600) }
    }
}

/// `[curation]`: who writes and who looks before publication.
#[derive(Clone, Debug)]
pub struct Curation {
    /// Who writes.
    pub engine: EngineChoice,
    /// Whether a person looks first.
    pub publish: PublishMode,
    /// Entries older than this when first seen are kept, not curated; `None` curates everything.
    pub backlog: Option<Duration>,
    /// The endpoint, where one is configured.
    pub llm: Option<Llm>,
}

/// Which engine fills briefings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EngineChoice {
    /// Quotation by rule.
    Extractive,
    /// A language model with the extractive engine behind it.
    Llm,
    /// People only.
    Editor,
}

/// Whether stories go out unseen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PublishMode {
    /// As soon as they are curated.
    Auto,
    /// When an editor approves.
    Review,
}

/// `[curation.llm]`: an OpenAI-compatible endpoint.
#[derive(Clone, Debug)]
pub struct Llm {
    /// Up to and including `/v1`.
    pub endpoint: Url,
    /// Model name as the endpoint knows it.
    pub model: String,
    /// Where the key is kept.
    pub api_key: Option<Secret>,
    /// Budget of tokens from midnight to midnight in the site's time zone; what a
    /// request may take counts before it is sent.
    pub tokens_per_day: u64,
    /// Requests under way at once.
    pub concurrency: usize,
    /// Longest time for a whole exchange.
    pub deadline: Duration,
    /// Words of sources that one request carries; a longer text is read in parts.
    pub input_words: usize,
    /// Tokens that one answer may have.
    pub output_tokens: u32,
    /// What happens to a story when the endpoint fails.
    pub on_failure: OnFailure,
    /// Who checks that a reworded statement follows from its evidence.
    pub verify: Verify,
    /// The model that verifies, where it is another one at the same endpoint.
    pub verify_model: Option<String>,
}

/// Who checks the meaning of what a model wrote.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verify {
    /// Rules alone.
    Rules,
    /// A model, once it has passed its self-test.
    Model,
}

/// What happens to a story when the endpoint fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OnFailure {
    /// The extractive engine briefs it.
    Extractive,
    /// It waits for an editor.
    Hold,
}

/// Where a secret is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Secret {
    /// An environment variable.
    Env(String),
    /// A file whose trimmed content is the secret.
    File(PathBuf),
    /// A systemd credential, read from `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// The secret itself, from the user-info of a source's address.
    Given(Hidden),
}

/// A text that is not printed.
#[derive(Clone, Eq, PartialEq)]
pub struct Hidden(pub(super) String);

impl Hidden {
    /// Hides a text.
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, to be sent and not to be shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// `[[source]]`: a feed we subscribe to.
#[derive(Clone, Debug)]
pub struct Source {
    /// Stable name.
    pub id: SourceId,
    /// The feed, without user-info.
    pub url: Url,
    /// The publisher's name; else the feed's own title.
    pub publisher: Option<String>,
    /// The house that the publisher belongs to; else its feed's registrable domain stands for one.
    pub family: Option<String>,
    /// Whether the article page is fetched where the feed is cut and rights allow.
    pub full_text: bool,
    /// The operator's word on rights.
    pub rights: SourceRights,
    /// Whether the feed's address may be shown; never with credentials.
    pub listed: bool,
    /// Its own rhythm.
    pub rhythm: Option<Rhythm>,
    /// Topics given to each of its stories.
    pub topics: Vec<String>,
    /// Weight when scores are computed and a primary entry is chosen; 1 is neutral.
    pub trust: f64,
    /// Request headers.
    pub headers: Vec<(String, String)>,
    /// Credentials.
    pub auth: Option<Auth>,
    /// Entries must match one of these, if there are any.
    pub include: Vec<Pattern>,
    /// Entries must match none of these.
    pub exclude: Vec<Pattern>,
    /// Its own excerpt budget.
    pub excerpt: Excerpt,
    /// Its own publication mode.
    pub publish: Option<PublishMode>,
    /// Whether it is polled at all.
    pub enabled: bool,
}

/// The operator's word on what a publisher allows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SourceRights {
    /// Nothing: what was said before holds.
    Unsaid,
    /// As strict as this or as the publisher's own signals, whichever is stricter.
    AtLeast(Rights),
    /// A licence that overrides the publisher's signals, and is shown.
    Licensed {
        /// What the licence allows.
        mode: Rights,
        /// Its name.
        licence: String,
    },
}

impl SourceRights {
    /// What holds once this is said, given what held `before`: the strictest ever set, which
    /// only the word "any" lifts. A licence ends with its key.
    pub fn after(&self, before: &OperatorRights) -> OperatorRights {
        let (mode, licence) = match self {
            Self::Unsaid => (before.strictest, None),
            Self::AtLeast(mode) => (*mode, None),
            Self::Licensed { mode, licence } => (*mode, Some(licence.clone())),
        };
        let is_lifted = !matches!(self, Self::Unsaid) && mode == Rights::Any;
        let strictest = if is_lifted { Rights::Any } else { mode.max(before.strictest) };
        OperatorRights { strictest, licence }
    }
}

/// How much may be quoted of one publisher in one story.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Excerpt {
    /// Words in all.
    pub words: usize,
    /// Words in one run.
    pub run: usize,
}

/// How a source is told who asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Auth {
    /// RFC 7617.
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: Secret,
    },
    /// RFC 6750.
    Bearer(Secret),
}

/// What `include` and `exclude` look for in title, text, category and author.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// A word or phrase, compared without case.
    Word(String),
    /// `/…/`
    Regex(regex::Regex),
}

impl Pattern {
    /// Whether a text has it: a word or phrase between word boundaries, without regard to case.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(text),
            Self::Word(word) => {
                let (text, word) = (text.to_lowercase(), word.to_lowercase());
                let is_edge = |it: Option<char>| it.is_none_or(|c| !c.is_alphanumeric());
                text.match_indices(&word).any(|(at, found)| {
                    is_edge(text[..at].chars().next_back())
                        && is_edge(text[at + found.len()..].chars().next())
                })
            }
        }
    }
}

/// `[[audience]]`: who reads, and what makes a story theirs.
#[derive(Clone, Debug)]
pub struct Audience {
    /// As shown.
    pub name: String,
    /// As in paths.
    pub slug: Slug,
    /// Slugs of the topics that make a story theirs.
    pub topics: Vec<Slug>,
}

/// `[[topic]]`: one entry of the taxonomy.
#[derive(Clone, Debug)]
pub struct TopicRule {
    /// As shown.
    pub name: String,
    /// As in paths.
    pub slug: Slug,
    /// Name and aliases as they are looked for in texts.
    pub phrases: Vec<Phrase>,
}

impl TopicRule {
    /// A topic with its aliases.
    pub fn new(name: String, slug: Slug, terms: &[String]) -> Self {
        let phrases = Phrase::each(std::iter::once(name.as_str()).chain(terms.iter().map(String::as_str)));
        Self { name, slug, phrases }
    }
}

/// `[[output]]`: a curated feed we publish.
#[derive(Clone, Debug)]
pub struct Output {
    /// Stable name.
    pub id: OutputId,
    /// Its title.
    pub title: String,
    /// Items in the subscription document, beside those of the last 48 hours.
    pub items: usize,
    /// Where an item's link leads.
    pub link: LinkTo,
    /// Any of these topics, if there are any.
    pub topics: Vec<Slug>,
    /// Any of these audiences, if there are any.
    pub audiences: Vec<Slug>,
    /// Any of these sources, if there are any.
    pub sources: Vec<SourceId>,
    /// Any of these languages, if there are any; primary subtags.
    pub languages: Vec<String>,
    /// Stories must match one of these, if there are any.
    pub include: Vec<Pattern>,
    /// Stories must match none of these.
    pub exclude: Vec<Pattern>,
    /// Lowest score that enters.
    pub score_min: Option<f64>,
    /// When a digest appears.
    pub digest: Option<CronLine>,
    /// Most items of one publisher family in one item of a digest; `None`: any number.
    pub per_publisher: Option<usize>,
}

/// Where an item's link leads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LinkTo {
    /// The primary entry's article.
    Original,
    /// The story's own page.
    Story,
}
