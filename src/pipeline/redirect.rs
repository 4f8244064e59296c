//! When a permanent redirect is believed.
//!
//! Publishers move feeds, and misconfigured servers send everyone to their front
//! page for an hour with the same status. So a permanent redirect (301, 308) is
//! followed each time and becomes the address that is polled only after several
//! answers over a day led to the same feed. The configuration is never rewritten.

use std::time::Duration;

use url::Url;

use crate::config;
use crate::domain::Redirect;
use crate::domain::Timestamp;
use crate::store::PendingRedirect;
use crate::store::SourceRow;

/// Answers that have to lead to the same address.
const ANSWERS_MIN: u32 = 3;

/// The time over which they have to.
const CONFIRMED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Failures in a row at a new address after which the configured one is asked again.
pub(super) const FAILURES_MAX: u32 = 5;

/// Where a source lives, as far as it is known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Whereabouts {
    /// Where it is polled since it has moved for good.
    pub(super) moved_to: Option<String>,
    /// A move that is not confirmed yet.
    pub(super) pending_redirect: Option<PendingRedirect>,
}

/// Where a source is polled.
pub(super) fn address(source: &config::Source, row: &SourceRow) -> Url {
    let moved_to = row.moved_to.as_deref().and_then(|it| it.parse().ok());
    moved_to.filter(|it| may_be_kept(source, it)).unwrap_or_else(|| source.url.clone())
}

/// Whether an address may take the configured one's place: it is no less secure, and
/// takes no credentials to a host that they are not for.
fn may_be_kept(source: &config::Source, to: &Url) -> bool {
    let is_secure = source.url.scheme() != "https" || to.scheme() == "https";
    let is_open = source.auth.is_none() && source.headers.is_empty();
    is_secure && (is_open || source.url.origin() == to.origin())
}

/// Where a source lives after an answer with these redirects.
pub(super) fn after(
    source: &config::Source,
    row: &SourceRow,
    redirects: &[Redirect],
    is_same_feed: bool,
    at: Timestamp,
) -> Whereabouts {
    let stays = Whereabouts { moved_to: row.moved_to.clone(), pending_redirect: None };
    let is_permanent = redirects.iter().all(|it| matches!(it.status, 301 | 308));
    let Some(target) = redirects.last().filter(|it| is_permanent && may_be_kept(source, &it.to)) else {
        return stays;
    };
    let to = target.to.to_string();
    let (since, answers) = match &row.pending_redirect {
        // What is there was another feed when it was first seen, and only looks the same since.
        Some(it) if it.to == to && it.answers == 0 => (it.since, 0),
        _ if !is_same_feed => (at, 0),
        // A date in the future is from before the clock was set back.
        Some(it) if it.to == to && it.since <= at => (it.since, it.answers.saturating_add(1)),
        _ => (at, 1),
    };
    if ANSWERS_MIN <= answers && CONFIRMED_AFTER <= at.since(since) {
        // Back where the configuration says.
        let moved_to = Some(to).filter(|it| it != source.url.as_str());
        return Whereabouts { moved_to, pending_redirect: None };
    }
    Whereabouts { pending_redirect: Some(PendingRedirect { to, since, answers }), ..stays }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;
    use crate::store::Store;

    const HOUR: Duration = Duration::from_secs(3600);

    async fn source(settings: &str) -> (config::Source, SourceRow) {
        let text = format!(
            "[store]\npath = \"/x\"\n[[source]]\nid = \"a\"\nurl = \"https://a.example/feed\"\n{settings}"
        );
        let config =
            config::parse("test.toml", &text, &Environment::default()).expect("a configuration").config;
        let source = config.sources[0].clone();
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let known = vec![(source.id.clone(), source.url.to_string())];
        store.write(move |it| it.sync_sources(&known, Timestamp::default())).await.expect("a source");
        let row = store.read(|it| it.sources()).await.expect("sources").remove(0);
        (source, row)
    }

    /// The address after answers at these hours, each with a status and a target.
    async fn moved(settings: &str, answers: &[(u32, u16, &str)]) -> Option<String> {
        let (source, mut row) = source(settings).await;
        for (hours, status, to) in answers {
            let redirect = Redirect { status: *status, to: to.parse().expect("a URL") };
            let at = Timestamp::from_secs(0).plus(HOUR * *hours);
            let after = after(&source, &row, &[redirect], true, at);
            (row.moved_to, row.pending_redirect) = (after.moved_to, after.pending_redirect);
        }
        assert_eq!(row.moved_to.is_some(), address(&source, &row) != source.url);
        row.moved_to
    }

    const NEW: &str = "https://b.example/feed";

    #[tokio::test]
    async fn a_move_counts_after_three_answers_over_a_day() {
        assert_eq!(moved("", &[(0, 301, NEW), (1, 308, NEW), (24, 301, NEW)]).await.as_deref(), Some(NEW));
        assert_eq!(moved("", &[(0, 301, NEW), (24, 301, NEW)]).await, None);
        assert_eq!(moved("", &[(0, 301, NEW), (1, 301, NEW), (2, 301, NEW), (23, 301, NEW)]).await, None);
        assert_eq!(moved("", &[(0, 301, NEW), (1, 302, NEW), (24, 301, NEW), (25, 301, NEW)]).await, None);
        let wavering = [(0, 301, NEW), (9, 301, "https://c.example/"), (20, 301, NEW), (30, 301, NEW)];
        assert_eq!(moved("", &wavering).await, None);
    }

    #[tokio::test]
    async fn a_move_that_takes_credentials_elsewhere_or_gives_up_encryption_never_counts() {
        let often = |to| [(0, 301, to), (12, 301, to), (24, 301, to), (48, 301, to)];
        assert_eq!(moved("headers = { x-key = \"1\" }", &often(NEW)).await, None);
        let near = "https://a.example/new";
        assert_eq!(moved("headers = { x-key = \"1\" }", &often(near)).await.as_deref(), Some(near));
        assert_eq!(moved("", &often("http://a.example/feed")).await, None);
    }

    #[tokio::test]
    async fn a_move_to_another_feed_does_not_count() {
        let (source, mut row) = source("").await;
        let redirect = [Redirect { status: 301, to: NEW.parse().expect("a URL") }];
        for hours in 0..100 {
            let at = Timestamp::default().plus(HOUR * hours);
            // From the second answer on, what is compared is what came with the first.
            let after = after(&source, &row, &redirect, 0 < hours, at);
            assert_eq!(
                (&after.moved_to, after.pending_redirect.as_ref().map(|it| it.answers)),
                (&None, Some(0))
            );
            row.pending_redirect = after.pending_redirect;
        }
    }

    #[tokio::test]
    async fn a_move_back_ends_the_move() {
        let there = [(0, 301, NEW), (12, 301, NEW), (24, 301, NEW)];
        let old = "https://a.example/feed";
        let back = [(30, 301, old), (40, 301, old), (60, 301, old)];
        assert_eq!(moved("", &[there, back].concat()).await, None);
    }
}
