//! Tells subscribers of our feeds that they changed: by our own hub, or through an outside one (WebSub).

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::error;
use tracing::warn;
use url::Url;
use url::form_urlencoded;

use crate::config::HubSetting;
use crate::domain::Subscriber;
use crate::fetch::subscriber::TopicDocument;
use crate::net::Endpoint;
use crate::pipeline::Pipeline;
use crate::pipeline::TopicState;
use crate::publish;
use crate::schedule::hub;
use crate::site::Publication;
use crate::site::TopicFeed;
use crate::store::HubRequestRow;
use crate::store::StoreError;
use crate::threads;

use super::tick::RETRY;
use super::tick::Rounds;

/// Longest time for one announcement to an outside hub.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Wait after an announcement that an outside hub did not take; after each further one twice as long.
const PING_BACK_OFF: Duration = Duration::from_secs(10);

/// Longest such wait.
const PING_BACK_OFF_MAX: Duration = Duration::from_secs(60 * 60);

/// Tells whoever is to be told until it is to stop; what is under way then is abandoned, and is owed still.
pub(super) async fn tell_until(pipeline: Arc<Pipeline>, publication: Arc<Publication>, rounds: Rounds) {
    let setting = pipeline.config().server.hub.clone();
    let telling = async {
        match setting {
            HubSetting::None => std::future::pending().await,
            HubSetting::Own => Distribution::new(pipeline, publication).run(&rounds).await,
            HubSetting::Outside(url) => announce(&pipeline, &publication, url, &rounds).await,
        }
    };
    rounds.clone().until_stopped(telling).await;
}

/// A thing that our hub has to do, by its row.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
enum Exchange {
    Verification(i64),
    Delivery(i64),
}

/// Our own hub at work.
struct Distribution {
    pipeline: Arc<Pipeline>,
    publication: Arc<Publication>,
    /// The generation whose changes are planned.
    planned: Option<i64>,
    exchanges: JoinSet<Result<(), StoreError>>,
    under_way: HashMap<tokio::task::Id, Exchange>,
}

impl Distribution {
    fn new(pipeline: Arc<Pipeline>, publication: Arc<Publication>) -> Self {
        let (exchanges, under_way) = (JoinSet::new(), HashMap::new());
        Self { pipeline, publication, planned: None, exchanges, under_way }
    }

    async fn run(&mut self, rounds: &Rounds) {
        let mut tick = rounds.ticks();
        loop {
            tokio::select! {
                biased;
                Some(done) = self.exchanges.join_next_with_id() => {
                    let id = match &done {
                        Ok((id, _)) => *id,
                        Err(panicked) => panicked.id(),
                    };
                    self.under_way.remove(&id);
                    if let Ok((_, Err(cause))) = done {
                        rounds.troubles.say(&cause, "could not store what a subscriber answered");
                    }
                }
                _ = tick.tick() => {
                    if let Err(cause) = self.begin().await {
                        rounds.troubles.say(&cause, "could not see what subscribers are to be told");
                        tick.reset_after(RETRY);
                    }
                }
            }
        }
    }

    /// Plans what changed, and begins what is due.
    async fn begin(&mut self) -> Result<(), StoreError> {
        let generation = self.publication.generation();
        if self.planned != Some(generation) {
            self.plan().await?;
            self.planned = Some(generation);
        }
        let free = hub::EXCHANGES_MAX.saturating_sub(self.under_way.len());
        if free == 0 {
            return Ok(());
        }
        let now = self.pipeline.now();
        let when = (now, hub::horizon(now));
        // Those under way are still due, and among the first.
        let (per_host, limit) = (hub::EXCHANGES_PER_HOST_MAX, 2 * hub::EXCHANGES_MAX);
        let store = self.pipeline.store();
        let due = store.read(move |it| {
            let requests = it.hub_requests_due(when, per_host, limit)?;
            Ok((it.has_ended_lease(now)?, requests, it.hub_deliveries_due(when, per_host, limit)?))
        });
        let (has_ended, requests, deliveries) = due.await?;
        if has_ended {
            store.write(move |it| it.end_leases(now)).await?;
        }
        let known: HashSet<Exchange> = self.under_way.values().copied().collect();
        let verifications = requests.into_iter().map(|it| (Exchange::Verification(it.id), Due::Request(it)));
        let deliveries = deliveries.into_iter().map(|it| (Exchange::Delivery(it.id), Due::Delivery(it)));
        let new = verifications.chain(deliveries).filter(|it| !known.contains(&it.0));
        for (exchange, due) in new.take(free) {
            let (pipeline, publication) = (Arc::clone(&self.pipeline), Arc::clone(&self.publication));
            let handle = self.exchanges.spawn(async move { due.done(&pipeline, publication).await });
            self.under_way.insert(handle.id(), exchange);
        }
        Ok(())
    }

    /// Notes which subscribers have an older document than readers see.
    async fn plan(&self) -> Result<(), StoreError> {
        let topics = self.pipeline.store().read(|it| it.hub_topics()).await?;
        if topics.is_empty() {
            return Ok(());
        }
        let publication = Arc::clone(&self.publication);
        let digests = blocking(move || {
            let mut digests = Vec::with_capacity(topics.len());
            for topic in topics {
                match publication.topic(&topic)? {
                    TopicFeed::Current(it) => digests.push((topic, Some(it.digest.clone()))),
                    TopicFeed::Unavailable => {}
                    TopicFeed::Unknown => digests.push((topic, None)),
                }
            }
            Ok(digests)
        });
        let (digests, now) = (digests.await?, self.pipeline.now());
        let plan = move |it: &crate::store::Writer<'_>| {
            digests.iter().try_for_each(|(topic, digest)| {
                it.plan_hub_deliveries(topic, digest.as_deref(), hub::DELIVERY_GAP, now)
            })
        };
        self.pipeline.store().write(plan).await
    }
}

/// What is to be done, with its row.
enum Due {
    Request(HubRequestRow),
    Delivery(Subscriber),
}

impl Due {
    async fn done(self, pipeline: &Pipeline, publication: Arc<Publication>) -> Result<(), StoreError> {
        let topic = match &self {
            Self::Request(it) => it.request.topic.clone(),
            Self::Delivery(it) => it.topic.clone(),
        };
        let feed = blocking(move || publication.topic(&topic)).await?;
        let state = match &feed {
            TopicFeed::Current(it) => {
                let links = it.headers.iter().find(|it| it.0 == "link").map_or("", |it| it.1.as_str());
                let document = TopicDocument { body: &it.body, media_type: &it.media_type, links };
                TopicState::Current { digest: &it.digest, document }
            }
            TopicFeed::Unavailable => TopicState::Unavailable,
            TopicFeed::Unknown => TopicState::Gone,
        };
        match self {
            Self::Request(it) => pipeline.verify_hub_request(it, state).await,
            Self::Delivery(it) => pipeline.deliver_to_subscriber(it, state).await,
        }
    }
}

/// Work that may wait for the store, on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = threads::blocking(work).await;
    done.unwrap_or(Err(StoreError::Unreadable { what: "feed of a topic" }))
}

/// Tells an outside hub of every feed that changed, and again until it takes it.
async fn announce(pipeline: &Pipeline, publication: &Arc<Publication>, url: Url, rounds: &Rounds) {
    let shown = url.origin().ascii_serialization();
    let endpoint = match pipeline.client().endpoint(url, PING_TIMEOUT) {
        Ok(it) => it,
        Err(cause) => return error!(error = %cause, "the hub at {shown} cannot be told anything"),
    };
    let mut tick = rounds.ticks();
    let (mut announced, mut failures, mut next) = (None, 0_u32, Instant::now());
    loop {
        tick.tick().await;
        let generation = publication.generation();
        if announced == Some(generation) || Instant::now() < next {
            continue;
        }
        match announce_changes(pipeline, publication, &endpoint).await {
            Ok(None) => (announced, failures) = (Some(generation), 0),
            Ok(Some(reason)) => {
                if failures == 0 {
                    warn!(reason, "the hub at {shown} was not told of a change, and is told again: {reason}");
                }
                let wait = PING_BACK_OFF.saturating_mul(2_u32.saturating_pow(failures));
                next = Instant::now() + wait.min(PING_BACK_OFF_MAX);
                failures = failures.saturating_add(1);
            }
            Err(cause) => {
                rounds.troubles.say(&cause, "could not see what a hub is to be told");
                tick.reset_after(RETRY);
            }
        }
    }
}

/// One announcement for each feed that changed since the last one, until one is not taken: then the words
/// say why.
async fn announce_changes(
    pipeline: &Pipeline,
    publication: &Arc<Publication>,
    endpoint: &Endpoint,
) -> Result<Option<String>, StoreError> {
    for path in publication.announced() {
        let (asked, publication) = (path.clone(), Arc::clone(publication));
        let TopicFeed::Current(feed) = blocking(move || publication.topic(&asked)).await? else { continue };
        let (name, digest) = (path.clone(), feed.digest.clone());
        let known = pipeline.store().read(move |it| it.hub_ping(&name)).await?;
        if known.is_some_and(|it| it == digest) {
            continue;
        }
        let topic = publish::absolute(&pipeline.config().site.base_url, &path);
        // Hubs differ in how they call the topic.
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", "publish")
            .append_pair("hub.url", &topic)
            .append_pair("hub.topic", &topic)
            .finish();
        let refused = match endpoint.post_form(form).await {
            Ok(answer) if (200..300).contains(&answer.status) => None,
            Ok(answer) => Some(format!("it answered {}", answer.status)),
            Err(cause) => Some(cause.to_string()),
        };
        let reason = refused.clone();
        let record = move |it: &crate::store::Writer<'_>| {
            it.record_hub_ping(&path, reason.as_deref().map_or(Ok(&digest), Err))
        };
        pipeline.store().write(record).await?;
        if refused.is_some() {
            return Ok(refused);
        }
    }
    Ok(None)
}
