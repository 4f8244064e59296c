//! Pages of the desk: what they show becomes HTML here, escaped by the templates.

use askama::Template;
use chrono_tz::Tz;

use crate::config::Config;
use crate::domain::Timestamp;
use crate::store::EditorSessionRow;

use super::access::Visitor;
use super::response::AdminResponse;

/// What every page of the desk shows around what it is about.
pub(super) struct Shell {
    /// The page's own title.
    pub(super) title: String,
    pub(super) site: String,
    /// Who looks; empty before anybody signed in.
    pub(super) name: String,
    pub(super) role: &'static str,
    /// The field that each form brings.
    pub(super) csrf: String,
    /// Whether there is a session to end.
    pub(super) has_session: bool,
    /// The part of the desk that the page belongs to.
    pub(super) part: &'static str,
}

impl Shell {
    pub(super) fn new(config: &Config, visitor: &Visitor, title: &str, part: &'static str) -> Self {
        Self {
            title: title.to_owned(),
            site: config.site.title.clone(),
            name: visitor.name.clone(),
            role: visitor.role.as_str(),
            csrf: visitor.csrf.clone().unwrap_or_default(),
            has_session: visitor.session.is_some(),
            part,
        }
    }

    fn of_nobody(config: &Config, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            site: config.site.title.clone(),
            name: String::new(),
            role: "",
            csrf: String::new(),
            has_session: false,
            part: "",
        }
    }
}

/// A time for programs and, in the site's zone, for people.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) datetime: String,
    pub(super) text: String,
}

impl Moment {
    pub(super) fn new(at: Timestamp, zone: Tz) -> Self {
        let local = at.utc().with_timezone(&zone);
        Self { datetime: at.rfc3339(), text: local.format("%-d %b %Y, %H:%M %Z").to_string() }
    }
}

/// How long ago something was, in one unit: `3 h`.
pub(super) fn age(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.since(at).as_secs() / 60;
    match minutes {
        0..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1_440),
    }
}

/// A feed.
pub(super) fn feed(feed: &impl Template) -> AdminResponse {
    match feed.render() {
        Ok(text) => AdminResponse::bytes("application/atom+xml; charset=utf-8", text.as_bytes()),
        Err(error) => AdminResponse::text(500, &format!("the feed could not be written: {error}")),
    }
}

/// A page with its status.
pub(super) fn written(status: u16, page: &impl Template) -> AdminResponse {
    AdminResponse::html(status, page.render().expect("a String takes every character"))
}

#[derive(Template)]
#[template(path = "desk/login.html")]
struct LoginPage<'a> {
    shell: Shell,
    next: &'a str,
    name: &'a str,
    problem: Option<&'a str>,
}

/// The form to sign in with, what was wrong with the last attempt, and where it leads.
pub(super) fn login(
    config: &Config,
    status: u16,
    next: &str,
    name: &str,
    problem: Option<&str>,
) -> AdminResponse {
    let name: String = name.chars().take(NAME_CHARS_SHOWN).collect();
    let shell = Shell::of_nobody(config, "Sign in");
    written(status, &LoginPage { shell, next, name: &name, problem })
}

/// Characters of a name that the form shows again.
const NAME_CHARS_SHOWN: usize = 80;

#[derive(Template)]
#[template(path = "desk/refusal.html")]
struct RefusalPage<'a> {
    shell: Shell,
    words: &'a str,
}

/// Why something is not shown or not done.
pub(super) fn refusal(config: &Config, visitor: &Visitor, status: u16, words: &str) -> AdminResponse {
    let title = match status {
        404 => "There is nothing here",
        409 => "Somebody was faster",
        _ => "This was not done",
    };
    written(status, &RefusalPage { shell: Shell::new(config, visitor, title, ""), words })
}

#[derive(Template)]
#[template(path = "desk/account.html")]
struct AccountPage {
    shell: Shell,
    sessions: Vec<SessionView>,
    /// Whether those of others are among them.
    is_of_all: bool,
}

struct SessionView {
    n: i64,
    editor: String,
    agent: String,
    created: Moment,
    used: Moment,
    is_own: bool,
}

/// The sessions that a visitor may see.
pub(super) fn account(config: &Config, visitor: &Visitor, sessions: &[EditorSessionRow]) -> AdminResponse {
    let zone = config.site.timezone;
    let view = |it: &EditorSessionRow| SessionView {
        n: it.n,
        editor: it.editor.clone(),
        agent: if it.agent.is_empty() { "an unnamed browser".to_owned() } else { it.agent.clone() },
        created: Moment::new(it.created, zone),
        used: Moment::new(it.used, zone),
        is_own: visitor.session == Some(it.n),
    };
    let page = AccountPage {
        shell: Shell::new(config, visitor, "Sessions", "account"),
        sessions: sessions.iter().map(view).collect(),
        is_of_all: visitor.role == crate::config::EditorRole::Admin,
    };
    written(200, &page)
}
