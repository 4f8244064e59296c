//! Requests an article's page, where its site allows that, and takes it apart.

use std::sync::OnceLock;
use std::time::Duration;

use url::Url;

use crate::curate;
use crate::domain::ArticleStatus;
use crate::domain::Document;
use crate::domain::Rights;
use crate::domain::Timestamp;
use crate::domain::Validators;
use crate::domain::registrable_domain;
use crate::extract;
use crate::extract::Article;
use crate::fetch;
use crate::fetch::rights::Signals;
use crate::fetch::robots::RobotsAnswer;
use crate::identify;
use crate::net::MemoryPermit;
use crate::store::PageState;
use crate::store::StoreError;
use crate::threads;

use super::context::Pipeline;
use super::removed::RemovedPlaces;

/// Longest time for taking a page apart; hostile markup can make it slow.
const EXTRACT_TIMEOUT: Duration = Duration::from_secs(10);

/// What we may do with a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PagePolicy {
    /// Nothing: it is not fetched.
    Not,
    /// Fetch it and read it as its signals allow.
    Read,
    /// Fetch it and read it whatever its signals say: the operator has a licence.
    ReadLicensed,
}

/// What became of one page.
pub(super) struct PageOutcome {
    pub(super) state: PageState,
    pub(super) reason: String,
    /// Where it failed and may succeed later.
    pub(super) again: Option<Retry>,
    pub(super) rights: Option<(Rights, Vec<String>)>,
    pub(super) article: Option<Article>,
    /// What the next question about it needs.
    pub(super) validators: Validators,
    /// What the publisher says of the article, or that there is none any more (410).
    pub(super) article_status: Option<ArticleStatus>,
    /// Whether there is none at its address, perhaps only for now (404).
    pub(super) is_missing: bool,
    /// Whether redirects led to another registrable domain than that of its address.
    pub(super) is_elsewhere: bool,
}

/// When a failed page may be asked for again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retry {
    /// `Retry-After`, as the instant it names.
    pub(super) retry_after: Option<Timestamp>,
}

impl Pipeline {
    /// What became of a page, and the address that asked for patience if one did.
    pub(super) async fn page(
        &self,
        link: &Url,
        may: PagePolicy,
        held: &Validators,
        removed: &RemovedPlaces,
        now: Timestamp,
    ) -> Result<(PageOutcome, Option<(Url, Timestamp)>), StoreError> {
        let asked = link.clone();
        if let Some(until) = self.store.read(move |it| it.rate_limited_until(&asked, now)).await? {
            let host = link.host_str().unwrap_or_default();
            let reason = format!("http: `{host}` is rate-limited until {until}");
            return Ok((PageOutcome::failed(&reason, Some(Retry { retry_after: Some(until) })), None));
        }
        let robots = self.robots(link, now).await;
        if let Some(refused) = refusal(&robots, link, may) {
            return Ok((refused, None));
        }
        // A redirect may lead to a site with rules of its own.
        let refused = OnceLock::new();
        let follows = async |to: Url| {
            let refusal = if removed.may_cover(&to, link) {
                Some(PageOutcome::without(PageState::Denied, "it leads to a publisher who was removed"))
            } else {
                let robots = self.robots(&to, now).await;
                refusal(&robots, &to, may)
            };
            let is_allowed = refusal.is_none();
            if let Some(it) = refusal {
                // The first ends the exchange, so there is no second.
                let _ = refused.set(it);
            }
            is_allowed
        };
        match fetch::page(&self.client, link, held, follows, now).await {
            Ok(Some((document, validators, permit))) => {
                let page = self.taken_apart(document, permit, may, now).await;
                Ok((PageOutcome { validators, ..page }, None))
            }
            Ok(None) => {
                let page = PageOutcome::without(PageState::Fetched, "it is as it was");
                Ok((PageOutcome { validators: held.clone(), ..page }, None))
            }
            Err(error) => {
                if let Some(refused) = refused.into_inner() {
                    return Ok((refused, None));
                }
                let retry_after = error.retry_after();
                let again = error.is_transient().then_some(Retry { retry_after });
                let page = PageOutcome::failed(&format!("{}: {error}", error.reason_kind()), again);
                let article_status = (error.status() == Some(410)).then_some(ArticleStatus::Vanished);
                let is_missing = error.status() == Some(404);
                Ok((
                    PageOutcome { article_status, is_missing, ..page },
                    retry_after.map(|until| (link.clone(), until)),
                ))
            }
        }
    }

    async fn taken_apart(
        &self,
        document: Document,
        permit: MemoryPermit,
        may: PagePolicy,
        now: Timestamp,
    ) -> PageOutcome {
        let robots = self.robots(&document.final_url, now).await;
        let (hints, found) = (document.hints.clone(), document.final_url.clone());
        let asked = identify::unwrapped(&document.request_url);
        let is_elsewhere = registrable_domain(&asked) != registrable_domain(&found);
        let taking = threads::blocking(move || extract::article(&document));
        let Ok(Ok(taken)) = tokio::time::timeout(EXTRACT_TIMEOUT, taking).await else {
            return PageOutcome::failed("extract: the page could not be taken apart in time", None);
        };
        drop(permit);
        let signals = match &taken {
            Ok(article) => article,
            Err(error) => &error.signals,
        };
        let title = signals.title.as_deref().unwrap_or_default();
        let article_status = curate::article_status(title, &signals.text);
        let (rights, reasons) = fetch::rights::signalled(&Signals {
            url: &found,
            robots: Some(&robots),
            hints: &[&hints],
            meta_robots: &signals.meta_robots,
            meta_tdm_reservation: signals.tdm_reservation,
            names_rsl_licence: signals.has_rsl_licence,
        });
        let (state, reason, article) = match taken {
            _ if Rights::Link <= rights && may != PagePolicy::ReadLicensed => {
                (PageState::Denied, reasons.join("; "), None)
            }
            Ok(article) => (PageState::Fetched, "read".to_owned(), Some(article)),
            Err(error) => (PageState::Failed, format!("extract: {error}"), None),
        };
        let rights = Some((rights, reasons));
        PageOutcome { rights, article, article_status, is_elsewhere, ..PageOutcome::without(state, &reason) }
    }
}

/// What robots.txt has against a page; a licence overrides it.
fn refusal(robots: &RobotsAnswer, url: &Url, may: PagePolicy) -> Option<PageOutcome> {
    match robots {
        _ if may == PagePolicy::ReadLicensed || robots.allows_page(url) => None,
        RobotsAnswer::Unreachable(why) | RobotsAnswer::NoHost(why) => {
            Some(PageOutcome::failed(why, Some(Retry { retry_after: None })))
        }
        _ => Some(PageOutcome::without(PageState::Denied, "robots.txt disallows the page")),
    }
}

impl PageOutcome {
    pub(super) fn without(state: PageState, reason: &str) -> Self {
        Self {
            state,
            reason: reason.to_owned(),
            again: None,
            rights: None,
            article: None,
            validators: Validators::default(),
            article_status: None,
            is_missing: false,
            is_elsewhere: false,
        }
    }

    /// As it is where the words that were read are to be those of whoever publishes at the link: another
    /// site's are nobody's whom the entry could be credited to.
    pub(super) fn at_its_address(self) -> Self {
        if !self.is_elsewhere {
            return self;
        }
        Self {
            rights: self.rights,
            ..Self::failed("redirect: it leads to another site, whose words it has", None)
        }
    }

    fn failed(reason: &str, again: Option<Retry>) -> Self {
        Self { again, ..Self::without(PageState::Failed, reason) }
    }
}
