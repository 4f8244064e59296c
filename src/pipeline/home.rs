//! Whether the home page that a feed claims may speak for it.

use std::net::SocketAddr;
use std::time::Duration;

use url::Host;
use url::Url;

use crate::config;
use crate::domain::HomeClaim;
use crate::domain::Timestamp;
use crate::domain::Validators;
use crate::domain::registrable_domain;
use crate::extract;
use crate::fetch;
use crate::fetch::FetchError;
use crate::fetch::robots::RobotsAnswer;
use crate::identify;
use crate::store::SourceRow;
use crate::threads;

use super::context::Pipeline;
use super::outcome::PollAnswer;

/// How long a page that did not name the feed is gone by.
const ASK_EVERY: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long after a page did not answer it is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(24 * 60 * 60);

impl Pipeline {
    /// Whether a claimed home page of another domain names the feed (`rel="alternate"`), and when it
    /// was asked. It is asked when it is first claimed, and again after a week while it does not, or
    /// after a day where no answer came. A page of the feed's own domain is asked nothing.
    pub(super) async fn home_claim(
        &self,
        source: &config::Source,
        row: &SourceRow,
        home: Option<&Url>,
        seen: &PollAnswer,
    ) -> (HomeClaim, Option<Timestamp>) {
        let found = Url::parse(&seen.final_url).ok();
        let feeds: Vec<&Url> = [&source.url].into_iter().chain(&found).collect();
        let is_own = |home: &&Url| feeds.iter().any(|it| registrable_domain(it) == registrable_domain(home));
        let Some(home) = home.filter(|it| !is_own(it)) else { return (HomeClaim::Unasked, None) };
        if let Some(asked) = row.feed.home_asked.filter(|_| row.feed.home.as_ref() == Some(home))
            && asked <= seen.at
            && match row.feed.home_claim {
                HomeClaim::Named => true,
                HomeClaim::Unnamed => seen.at.since(asked) < ASK_EVERY,
                HomeClaim::Unanswered | HomeClaim::Operators => seen.at.since(asked) < ASK_AGAIN,
                HomeClaim::Unasked => false,
            }
        {
            return (row.feed.home_claim, Some(asked));
        }
        let claim = match self.names_feed(home, &feeds, seen.at).await {
            // A page that once said no has contradicted, and its silence takes nothing back.
            HomeClaim::Unanswered | HomeClaim::Operators
                if row.feed.home.as_ref() == Some(home) && row.feed.home_claim == HomeClaim::Unnamed =>
            {
                HomeClaim::Unnamed
            }
            claim => claim,
        };
        (claim, Some(seen.at))
    }

    async fn names_feed(&self, home: &Url, feeds: &[&Url], now: Timestamp) -> HomeClaim {
        let robots = self.robots(home, now).await;
        if !robots.allows_page(home) {
            return match *robots {
                RobotsAnswer::NoHost(_) if feeds.iter().all(|it| self.is_opened(it)) => HomeClaim::Operators,
                RobotsAnswer::Unreachable(_) | RobotsAnswer::NoHost(_) => HomeClaim::Unanswered,
                _ => HomeClaim::Unnamed,
            };
        }
        let follows = async |to: Url| self.robots(&to, now).await.allows_page(&to);
        let page = fetch::page(&self.client, home, &Validators::default(), follows, now).await;
        let (document, room) = match page {
            Ok(Some((document, _, room))) => (document, room),
            Err(FetchError::Net(cause)) if cause.is_transient() => return HomeClaim::Unanswered,
            Err(FetchError::Http { status: 500.., interstitial: None, .. }) => return HomeClaim::Unanswered,
            Ok(None) | Err(_) => return HomeClaim::Unnamed,
        };
        let links = threads::blocking(move || extract::feed_links(&document)).await;
        drop(room);
        let same = |a: &Url, b: &Url| {
            a == b || identify::canonical(a).is_some_and(|it| Some(it) == identify::canonical(b))
        };
        match links.is_ok_and(|links| links.iter().any(|link| feeds.iter().any(|feed| same(link, feed)))) {
            true => HomeClaim::Named,
            false => HomeClaim::Unnamed,
        }
    }

    /// Whether an address is one of the private ones that the operator opened.
    fn is_opened(&self, url: &Url) -> bool {
        let port = url.port_or_known_default().unwrap_or_default();
        let is_at = |it: &SocketAddr| match url.host() {
            Some(Host::Ipv4(host)) => it.ip() == host,
            Some(Host::Ipv6(host)) => it.ip() == host,
            Some(Host::Domain(name)) => name == "localhost" && it.ip().is_loopback(),
            None => false,
        };
        self.config.fetch.allow_private.iter().any(|it| it.port() == port && is_at(it))
    }
}
