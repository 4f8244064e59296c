//! The command line.

mod by;
mod edition;

use std::path::PathBuf;

use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use crate::config::ListenAddress;
use crate::domain::StoryState;

use super::manual::Page;

pub(super) use self::by::By;
pub(super) use self::edition::EditionCommand;

/// Polls tech-news feeds, briefs each story with everyone's byline, republishes curated feeds.
#[derive(Debug, Parser)]
#[command(name = "bylined", version, max_term_width = 100)]
pub(super) struct Args {
    /// Configuration file [default: $BYLINED_CONFIG, else /etc/bylined/bylined.toml, then
    /// $XDG_CONFIG_HOME/bylined/bylined.toml, then ./config/bylined.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Log more; twice for details of every entry
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Log errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Format of log lines
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub(super) log_format: LogFormat,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Poll on schedule, curate, publish and serve until stopped
    Run {
        /// Address to serve on, instead of the configured one: an IP address or localhost with a
        /// port, or unix: and the path of a socket
        #[arg(long, value_name = "ADDR")]
        listen: Option<ListenAddress>,
    },
    /// The same on a sample newsroom that ships with bylined; needs neither network nor configuration
    Demo {
        /// Address to serve on [default: 127.0.0.1:8080, or a free port if that is taken]
        #[arg(long, value_name = "ADDR")]
        listen: Option<ListenAddress>,
        /// Keep the state here instead of in a temporary folder
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// One pass over due sources through curation and publication
    Poll {
        /// Ids of sources to poll now, regardless of their schedule
        #[arg(value_name = "SOURCE", conflicts_with = "all")]
        sources: Vec<String>,
        /// Poll all sources now, regardless of their schedule
        #[arg(long)]
        all: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Validate the configuration
    Check {
        /// Also try every source once
        #[arg(long)]
        online: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// The feeds you subscribe to
    Source {
        #[command(subcommand)]
        command: SourceCommand,
    },
    /// The stories found in the feeds
    Story {
        #[command(subcommand)]
        command: StoryCommand,
    },
    /// See, order and send the next edition of an output with `digest`
    Edition {
        #[command(subcommand)]
        command: EditionCommand,
    },
    /// Write the whole site and all feeds as static files
    Export {
        /// Folder to write to
        dir: PathBuf,
    },
    /// Sources with health and reason, queues, outputs
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check configuration, permissions, database, clock, endpoint and disk, and say what to do about
    /// each problem
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Read a password from standard input and print its argon2id hash, for the secret of an [[editor]]
    HashPassword,
    /// Write a consistent copy of the database, also while the daemon runs
    Backup {
        /// File to write; an older copy is replaced once the new one is complete
        file: PathBuf,
    },
    /// Replace the database with a copy; the previous file is kept alongside
    Restore {
        /// A file that `backup` wrote
        file: PathBuf,
    },
    /// Measure decisions and briefings over JSON Lines, with scores where labels are present
    Eval {
        #[command(subcommand)]
        command: EvalCommand,
    },
    /// Shell completions
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// The manual pages: bylined(1), or bylined.toml(5)
    Man {
        /// Which page
        #[arg(value_enum, default_value_t)]
        page: Page,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum SourceCommand {
    /// All sources with their health
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Follow a feed: its own address, or a site's page that names it
    Add {
        /// Address of the feed or the site
        url: String,
        /// Its stable name [default: derived from its title]
        #[arg(long)]
        id: Option<String>,
        /// Whom its entries are credited to [default: the feed's own title]
        #[arg(long, value_name = "NAME")]
        publisher: Option<String>,
        /// A topic given to each of its stories; may be repeated
        #[arg(long = "topic", value_name = "TOPIC")]
        topics: Vec<String>,
        /// Print what would be added, without changing anything
        #[arg(long)]
        dry_run: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Set keys of a source, as they stand in the configuration file; `enabled=false` pauses it
    Set {
        /// The source's id
        id: String,
        /// A key and its value in TOML, with dots to keys below; plain text needs no quotation marks:
        /// every=2h, 'topics=["AI"]', excerpt.words=80
        #[arg(value_name = "KEY=VALUE", required = true)]
        settings: Vec<String>,
        /// Print what would be set, without changing anything
        #[arg(long)]
        dry_run: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Stop following a feed; its stories and credits stay
    Remove {
        /// The source's id
        id: String,
        /// Print what would be removed, without changing anything
        #[arg(long)]
        dry_run: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what a source would yield; nothing is stored
    Test {
        /// The source's id, or any address
        #[arg(value_name = "URL|ID")]
        source: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Follow the feeds of an OPML file, with its folders as topics; `-` reads standard input
    Import {
        /// The file
        file: PathBuf,
        /// Print what would be added, without changing anything
        #[arg(long)]
        dry_run: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the listed sources as OPML 2.0, with topics as folders
    Export {
        /// Print JSON instead
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum StoryCommand {
    /// Stories, newest first
    List {
        /// Only stories in this state
        #[arg(long, value_parser = state)]
        state: Option<StoryState>,
        /// Only stories that wait for an editor: held ones, and published ones with a draft
        #[arg(long, conflicts_with = "state")]
        waiting: bool,
        /// Maximum number of stories
        #[arg(long, default_value_t = 100, value_name = "N")]
        limit: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Publish stories that wait for an editor, or add your name to published ones
    Approve {
        /// The stories' ids or keys
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Reason shown in the story's history
        #[arg(long, value_name = "WORDS")]
        reason: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Reject a story; its permalink answers 410 if it was published
    Reject {
        /// The story's id or key
        id: String,
        /// Reason shown to readers on `/corrections` and at the story's address
        #[arg(long, value_name = "WORDS")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Put off a story that waits for an editor
    Defer {
        /// The story's id or key
        id: String,
        /// When it waits again: 2026-11-20T09:00:00Z, 2026-11-20 or 2h
        #[arg(long, value_name = "TIME")]
        until: String,
        /// Reason kept with the story
        #[arg(long, value_name = "WORDS")]
        reason: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Edit fields of a story in $VISUAL or $EDITOR; no engine overwrites them
    Edit {
        /// The story's id or key
        id: String,
        /// Reason shown in the story's history
        #[arg(long, value_name = "WORDS")]
        reason: Option<String>,
        /// Save statements that the sources do not support without asking
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        by: By,
    },
    /// Curate a story again from the record, and say whether anything differs
    Replay {
        /// The story's id or key
        id: String,
        /// Store the result as a new revision if it differs; asks the model for missing replies
        #[arg(long)]
        apply: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        by: By,
    },
    /// One story with its briefing, receipts and members
    Show {
        /// The story's id or key
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Merge stories into one; the id published first stays
    Merge {
        /// Ids or keys of the stories
        #[arg(value_name = "ID", num_args = 2.., required = true)]
        ids: Vec<String>,
        /// Reason shown in the story's history
        #[arg(long, value_name = "WORDS")]
        reason: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Remove an entry from a story for good
    Split {
        /// The story's id or key
        id: String,
        /// The entry's key or link, as printed by `story show`
        entry: String,
        /// Reason shown in the story's history
        #[arg(long, value_name = "WORDS")]
        reason: Option<String>,
        #[command(flatten)]
        by: By,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum EvalCommand {
    /// Which statements the gate lets through: {id, title, sentences, statement, evidence, supported?, kind?} per line
    Claims {
        /// Statements with the sentences they cite, one JSON object per line
        #[arg(value_name = "IN")]
        input: PathBuf,
        /// Write the decisions here and the scores to stdout, instead of to stdout and stderr
        #[arg(long, value_name = "OUT")]
        out: Option<PathBuf>,
    },
    /// Brief each story; scores where a reference summary or topics are given
    Curate {
        /// One story a line: id, publisher, url, title, text, published, and optionally reference, topics
        #[arg(value_name = "IN")]
        input: PathBuf,
        /// Write the briefings here and the scores to stdout, instead of to stdout and stderr
        #[arg(long, value_name = "OUT")]
        out: Option<PathBuf>,
    },
    /// Which articles are one story: {id, publisher, url, title, text, published, cluster?} per line
    Dedup {
        /// Articles, one JSON object per line
        #[arg(value_name = "IN")]
        input: PathBuf,
        /// Write the decisions here and the scores to stdout, instead of to stdout and stderr
        #[arg(long, value_name = "OUT")]
        out: Option<PathBuf>,
    },
    /// Which headlines report one event: {id, a, b, score?} per line
    Pairs {
        /// Pairs of headlines, one JSON object per line
        #[arg(value_name = "IN")]
        input: PathBuf,
        /// Write the decisions here and the scores to stdout, instead of to stdout and stderr
        #[arg(long, value_name = "OUT")]
        out: Option<PathBuf>,
    },
    /// How score and engine agree with what editors approved, changed and rejected, from the audit log
    Select {
        /// Write the decisions here and the scores to stdout, instead of to stdout and stderr
        #[arg(long, value_name = "OUT")]
        out: Option<PathBuf>,
    },
}

fn state(word: &str) -> Result<StoryState, String> {
    let all = StoryState::ALL;
    all.into_iter().find(|it| it.as_str() == word).ok_or_else(|| {
        let words: Vec<_> = all.iter().map(|it| it.as_str()).collect();
        format!("one of {}", words.join(", "))
    })
}
