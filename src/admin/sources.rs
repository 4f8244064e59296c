//! The sources with their health in words, and what to do about it.

use askama::Template;

use crate::site::listing;
use crate::site::listing::SourceListing;
use crate::store::StoreError;

use super::access::Visitor;
use super::page;
use super::page::Shell;
use super::response::AdminResponse;
use super::site::AdminSite;

#[derive(Template)]
#[template(path = "desk/sources.html")]
struct SourcesPage {
    shell: Shell,
    sources: Vec<SourceView>,
}

struct SourceView {
    listed: SourceListing,
    advice: String,
}

impl AdminSite {
    pub(super) async fn sources(&self, visitor: &Visitor) -> Result<AdminResponse, StoreError> {
        let config = self.desk().shared_config();
        let mut listed = self.store().read(move |it| listing::sources(it, &config)).await?;
        // What needs a person comes first.
        listed.sort_by_key(|it| (grade(it), it.id.clone()));
        let view = |listed: SourceListing| SourceView { advice: advice(&listed), listed };
        let shell = Shell::new(self.config(), visitor, "Sources", "sources");
        let page = SourcesPage { shell, sources: listed.into_iter().map(view).collect() };
        Ok(page::written(200, &page))
    }
}

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
fn advice(it: &SourceListing) -> String {
    let kind = it.reason.as_deref().and_then(|it| it.split(':').next()).unwrap_or_default();
    let words = match (it.state, kind) {
        ("gone", _) => {
            "The publisher answered 410 Gone, so polling stopped. Remove the source, or give it the feed's new address."
        }
        ("disabled", _) => "Paused by `enabled = false`.",
        ("new", _) => "Not polled yet.",
        ("failing", "not-a-feed") => {
            "A page came in place of a feed. Look for the feed's new address: `bylined source test URL` says what is there."
        }
        ("failing", "dns") => {
            "Its host has no address. Check the spelling; if the site has moved, give it the new address."
        }
        ("failing", "tls") => "Its certificate is not accepted. Only the publisher can mend that.",
        ("failing", "robots") => "Its robots.txt does not allow it. Ask the publisher, or remove the source.",
        ("failing", "http") => "The publisher refuses or fails. bylined tries again, more and more rarely.",
        ("failing", _) => {
            "bylined tries again, more and more rarely. `bylined source test` shows what is there now."
        }
        ("healthy", _) if it.moving_to.is_some() => {
            "It redirects permanently; bylined follows once that is confirmed."
        }
        ("healthy", "") => "",
        _ => "Nothing needs to be done now.",
    };
    words.to_owned()
}
