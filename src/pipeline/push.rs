//! Requests WebSub subscriptions, verifies intent, and applies pushes.
//!
//! A push brings the next poll forward and nothing else: what it carries is read for its
//! signature only, and dropped.

use std::collections::HashSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use tokio::task::JoinSet;
use tracing::debug;
use tracing::info;
use tracing::warn;
use url::Url;
use url::form_urlencoded;

use crate::config;
use crate::domain::Feed;
use crate::domain::Hints;
use crate::domain::HubMode;
use crate::domain::SourceId;
use crate::domain::Subscription;
use crate::domain::SubscriptionState;
use crate::domain::Timestamp;
use crate::fetch::hub;
use crate::fetch::hub::Signature;
use crate::schedule::push;
use crate::schedule::push::Duty;
use crate::schedule::push::HubMessage;
use crate::schedule::push::IntentOutcome;
use crate::store::StoreError;
use crate::store::Writer;
use crate::text::clean;
use crate::text::error_chain;

use super::context::Pipeline;

/// Hubs that are asked at once.
const REQUESTS_MAX: usize = 16;

/// Hubs of a feed that are tried.
const HUBS_MAX: usize = 4;

/// Random bytes in a token and in a secret; what is made of them stays below 200 bytes (WebSub §5.1).
const RANDOM_BYTES: usize = 32;

/// Longest address of a hub or topic, in bytes.
const URL_BYTES_MAX: usize = 2 << 10;

/// Longest challenge that is repeated, and longest reason that is kept, in bytes.
const WORDS_BYTES_MAX: usize = 1 << 10;

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotRandom;

/// What a hub is pushing.
pub struct Push {
    token: String,
    /// None where it is not signed, or not as we know it.
    signature: Option<Signature>,
}

impl Push {
    /// The next piece of its body.
    pub fn update(&mut self, piece: &[u8]) {
        if let Some(signature) = &mut self.signature {
            signature.update(piece);
        }
    }
}

/// What a feed says of how its news may be told.
#[derive(Clone)]
pub(super) struct Offer {
    hubs: Vec<Url>,
    /// A subscription as it begins, at the first of them.
    fresh: Subscription,
}

impl Offer {
    /// The subscription that is wanted beside the one that there is.
    pub(super) fn taken(&self, followed: Option<&Subscription>, now: Timestamp) -> Option<Subscription> {
        let hub = push::choose(&self.hubs, followed, now)?.clone();
        Some(Subscription { hub, ..self.fresh.clone() })
    }
}

impl Pipeline {
    /// What an answer asks for: a subscription to the topic, at one of the hubs, that its headers
    /// name, or else its document (WebSub §4).
    pub(super) fn offer(
        &self,
        source: &config::Source,
        hints: &Hints,
        feed: &Feed,
        at: Timestamp,
    ) -> Result<Option<Offer>, NotRandom> {
        let is_sane =
            |it: &&Url| matches!(it.scheme(), "http" | "https") && it.as_str().len() <= URL_BYTES_MAX;
        let hubs = if hints.hubs.iter().any(|it| is_sane(&it)) { &hints.hubs } else { &feed.hubs };
        let mut named = HashSet::new();
        let hubs: Vec<Url> =
            hubs.iter().filter(is_sane).filter(|it| named.insert(*it)).take(HUBS_MAX).cloned().collect();
        let topic = hints.self_link.iter().chain(&feed.self_link).find(is_sane);
        match (hubs.first(), topic) {
            (Some(hub), Some(topic)) if self.may_subscribe(source) => {
                let fresh = self.subscription(&source.id, hub, topic, at)?;
                Ok(Some(Offer { hubs, fresh }))
            }
            _ => Ok(None),
        }
    }

    /// Hubs need to reach us, and a feed whose address is shown nowhere is not named to them. That of
    /// a publisher who was removed is not polled, and no answer of it offers a hub.
    fn may_subscribe(&self, source: &config::Source) -> bool {
        source.listed && push::is_reachable(&self.config.site.base_url)
    }

    fn subscription(
        &self,
        source: &SourceId,
        hub: &Url,
        topic: &Url,
        at: Timestamp,
    ) -> Result<Subscription, NotRandom> {
        let token = random()?;
        Ok(Subscription {
            callback: self.callback(&token),
            token,
            source: source.clone(),
            hub: hub.clone(),
            topic: topic.clone(),
            secret: random()?,
            state: SubscriptionState::Waiting,
            asked: None,
            tries: 0,
            next: at,
            until: None,
            pushed: None,
            reason: None,
        })
    }

    fn callback(&self, token: &str) -> Url {
        let base = &self.config.site.base_url;
        let mut callback = base.clone();
        callback.set_path(&format!("{}websub/{token}", base.path()));
        callback
    }

    /// Ends the subscriptions of sources that are no longer polled, and puts new ones in
    /// the place of those whose callback is no longer ours.
    pub(super) async fn sync_subscriptions(&self) -> Result<(), StoreError> {
        let known = self.store.read(|it| it.subscriptions()).await?;
        let now = self.now();
        let allowed: HashSet<&SourceId> =
            self.enabled().filter(|it| self.may_subscribe(it)).map(|it| &it.id).collect();
        let (mut ended, mut fresh) = (Vec::new(), Vec::new());
        for it in known.into_iter().filter(|it| it.state != SubscriptionState::Ending) {
            let is_wanted = allowed.contains(&it.source);
            if is_wanted && it.callback == self.callback(&it.token) {
                continue;
            }
            if is_wanted {
                fresh.extend(self.subscription(&it.source, &it.hub, &it.topic, now));
            }
            ended.push(it);
        }
        if ended.is_empty() {
            return Ok(());
        }
        let write = move |it: &Writer<'_>| {
            ended.iter().try_for_each(|old| it.end_subscription(old, now))?;
            fresh.iter().try_for_each(|new| it.record_subscription(new))
        };
        self.store.write(write).await
    }

    /// Requests, renews and ends subscriptions where that is due.
    ///
    /// # Errors
    /// Fails where the store cannot be read or written. A hub that refuses is no error: it is asked again.
    pub async fn renew_subscriptions(self: &Arc<Self>) -> Result<(), StoreError> {
        let now = self.now();
        let horizon = push::horizon(now);
        let due = self.store.read(move |it| it.subscriptions_due(now, horizon, REQUESTS_MAX)).await?;
        let mut requests = JoinSet::new();
        for it in due {
            let pipeline = Arc::clone(self);
            requests.spawn(async move { pipeline.tend(it.token).await });
        }
        while let Some(done) = requests.join_next().await {
            // One that panicked is tried again when its hub would be.
            done.unwrap_or(Ok(()))?;
        }
        Ok(())
    }

    async fn tend(&self, token: String) -> Result<(), StoreError> {
        let now = self.now();
        let name = token.clone();
        // Noted before the request leaves: a hub may ask back before it answers.
        let Some((asked, mode)) = self.store.write(move |it| begin(it, &name, now)).await? else {
            return Ok(());
        };
        let Err(error) = hub::ask(&self.client, &asked, mode.as_str(), push::LEASE, now).await else {
            return Ok(());
        };
        let words = format!("{}: {}", error.reason_kind(), error_chain(&error));
        warn!(source.id = %asked.source, "a hub could not be asked to {}: {words}", mode.as_str());
        let next = push::next_try(asked.next, error.retry_after(), self.now());
        let write = move |it: &Writer<'_>| match it.reader().subscription(&token)? {
            // Else the hub confirmed it all the same, or it is asked for something else now.
            Some(current) if current == asked => {
                it.record_subscription(&Subscription { next, reason: Some(words.clone()), ..current })
            }
            _ => Ok(()),
        };
        self.store.write(write).await
    }

    /// The answer to a hub that verifies intent at a callback (WebSub §5.3): the body of
    /// a 200, or `None` for a subscription that we did not request.
    ///
    /// # Errors
    /// Fails where the store cannot be read or written; the hub is then to be told to come again.
    pub async fn verify_intent(&self, token: &str, query: &str) -> Result<Option<String>, StoreError> {
        let says = read(query);
        let name = token.to_owned();
        if self.store.read(move |it| it.subscription(&name)).await?.is_none() {
            return Ok(None);
        }
        let (now, name) = (self.now(), token.to_owned());
        self.store.write(move |it| apply_hub_message(it, &name, &says, now)).await
    }

    /// The beginning of a push, with its `X-Hub-Signature`; `None` at a callback that is not ours.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    pub async fn push(&self, token: &str, signature: Option<&str>) -> Result<Option<Push>, StoreError> {
        let name = token.to_owned();
        let found = self.store.read(move |it| it.subscription(&name)).await?;
        Ok(found.map(|it| Push {
            signature: signature.and_then(|header| Signature::of(header, &it.secret)),
            token: it.token,
        }))
    }

    /// The end of a push: one that is signed as it should be makes its source due.
    ///
    /// # Errors
    /// Fails where the store cannot be written; the source is then polled when it is due.
    pub async fn pushed(&self, push: Push) -> Result<(), StoreError> {
        let Push { token, signature } = push;
        if !signature.is_some_and(Signature::holds) {
            debug!("ignored a push with a wrong signature");
            return Ok(());
        }
        let now = self.now();
        let write = move |it: &Writer<'_>| {
            let told = it.note_push(&token, now)?;
            if let Some(told) = &told {
                it.poll_by(&told.source, push::poll_after_push(now, told.last_poll, told.failures))?;
            }
            Ok(told)
        };
        if let Some(told) = self.store.write(write).await? {
            debug!(source.id = %told.source, "a hub announced an update of `{}`", told.source);
        }
        Ok(())
    }
}

/// Notes that a hub is asked, where that is due, and returns what for.
fn begin(
    store: &Writer<'_>,
    token: &str,
    now: Timestamp,
) -> Result<Option<(Subscription, HubMode)>, StoreError> {
    let Some(it) = store.reader().subscription(token)? else { return Ok(None) };
    match push::duty(&it, now) {
        Some(Duty::Ask(mode)) => {
            let asked = push::asked(it, now);
            store.record_subscription(&asked)?;
            Ok(Some((asked, mode)))
        }
        Some(Duty::Forget) => store.forget_subscription(token).map(|()| None),
        None => Ok(None),
    }
}

/// Stores what a hub's message changes in a subscription, and returns the answer.
fn apply_hub_message(
    store: &Writer<'_>,
    token: &str,
    says: &HubMessage,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let Some(it) = store.reader().subscription(token)? else { return Ok(None) };
    let was_active = it.state == SubscriptionState::Active;
    match push::answer(it, says, now) {
        IntentOutcome::Confirmed(it) => {
            store.record_subscription(&it)?;
            let until = it.until.unwrap_or(now);
            info!(source.id = %it.source, "WebSub subscription of `{}` active until {until}", it.source);
            Ok(Some(says.challenge.clone()))
        }
        IntentOutcome::Ended => store.forget_subscription(token).map(|()| Some(says.challenge.clone())),
        IntentOutcome::Denied(it) => {
            store.record_subscription(&it)?;
            if was_active {
                // Polling relied on it.
                store.poll_by(&it.source, now)?;
            }
            warn!(source.id = %it.source, "the hub of `{}` denied the subscription", it.source);
            Ok(Some(String::new()))
        }
        IntentOutcome::Refused => Ok(None),
    }
}

/// Reads the query of a hub's request (WebSub §5.2, §5.3); of repeated parameters the first.
fn read(query: &str) -> HubMessage {
    let value = |name: &str| {
        let found = form_urlencoded::parse(query.as_bytes()).find(|it| it.0 == name);
        found.map(|it| it.1.into_owned())
    };
    let bounded = |it: &String| it.len() <= WORDS_BYTES_MAX;
    HubMessage {
        mode: value("hub.mode").unwrap_or_default(),
        topic: value("hub.topic").unwrap_or_default(),
        challenge: value("hub.challenge").filter(bounded).unwrap_or_default(),
        lease_secs: value("hub.lease_seconds").and_then(|it| it.trim().parse().ok()),
        reason: value("hub.reason").filter(bounded).map(|it| clean::line(&it)),
    }
}

/// A name or key that nobody can guess.
#[expect(clippy::disallowed_methods, reason = "who guessed the name of a callback could answer for a hub")]
pub(super) fn random() -> Result<String, NotRandom> {
    let mut bytes = [0; RANDOM_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NotRandom)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
