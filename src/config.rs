//! The operator's TOML, resolved into types that cannot be wrong.
//!
//! `find` names the file, `load` and `parse` read it. All problems are reported at
//! once, each with its place and the remedy; unknown keys are refused. `schema`
//! describes the file for editors; `with_sources`, `with_settings` and `without_source` change it.
//! `overlay` adds what was changed where the file could not be.

mod edit;
mod editor;
mod environment;
mod file;
mod hook;
mod listen;
mod overlay;
mod problem;
mod proxy;
mod schema;
mod secret;
mod server;
mod settings;
mod table;
mod table_list;
mod table_rule;
mod table_value;
mod value;

pub use self::edit::EditError;
pub use self::edit::InvalidSetting;
pub use self::edit::NewSource;
pub use self::edit::Setting;
pub use self::edit::create;
pub use self::edit::is_replaceable;
pub use self::edit::replace;
pub use self::edit::unfinished_file;
pub use self::edit::with_settings;
pub use self::edit::with_sources;
pub use self::edit::without_source;
pub use self::editor::EditorAccount;
pub use self::editor::EditorRole;
pub use self::environment::Environment;
pub use self::environment::NotFound;
pub use self::environment::ProxyVariables;
pub use self::environment::find;
pub use self::file::Loaded;
pub use self::file::load;
pub use self::file::parse;
pub use self::file::parse_with_overlay;
pub use self::listen::InvalidListenAddress;
pub use self::listen::ListenAddress;
pub use self::overlay::overlay_path;
pub use self::overlay::source_index;
pub use self::problem::ConfigErrors;
pub use self::problem::Problem;
pub use self::problem::Severity;
pub use self::schema::schema;
pub use self::secret::SecretError;
pub use self::server::HubSetting;
pub use self::server::Server;
pub use self::settings::Audience;
pub use self::settings::Auth;
pub use self::settings::Config;
pub use self::settings::Curation;
pub use self::settings::Dedup;
pub use self::settings::EngineChoice;
pub use self::settings::Excerpt;
pub use self::settings::Fetch;
pub use self::settings::Hidden;
pub use self::settings::Hook;
pub use self::settings::LinkTo;
pub use self::settings::Llm;
pub use self::settings::OnFailure;
pub use self::settings::Output;
pub use self::settings::Pattern;
pub use self::settings::PublishMode;
pub use self::settings::Rhythm;
pub use self::settings::Schedule;
pub use self::settings::Secret;
pub use self::settings::Site;
pub use self::settings::Source;
pub use self::settings::SourceOrigin;
pub use self::settings::SourceOverlay;
pub use self::settings::SourceRights;
pub use self::settings::StoreSettings;
pub use self::settings::TopicRule;
pub use self::settings::Verify;
