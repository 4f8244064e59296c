//! Our own hub: takes requests, asks callbacks whether they mean them, and sends subscribers what is new.
//!
//! Everything that is owed lies in the store, so that a kill at any instant loses nothing: a callback
//! is then asked once more, or sent the same document again.

use tracing::debug;
use tracing::info;
use url::Url;

use crate::domain::HubMode;
use crate::domain::Subscriber;
use crate::domain::SubscriptionRequest;
use crate::fetch::subscriber;
use crate::fetch::subscriber::Intent;
use crate::fetch::subscriber::TopicDocument;
use crate::net::NetError;
use crate::publish;
use crate::schedule::hub;
use crate::store::HubLimits;
use crate::store::HubRequestRow;
use crate::store::HubRoom;
use crate::store::StoreError;

use super::context::Pipeline;
use super::push::random;

/// What an accepted subscription may still come to be refused for.
const GONE: &str = "this feed is no longer published";

const LIMITS: HubLimits = HubLimits {
    all: hub::SUBSCRIBERS_MAX,
    per_host: hub::SUBSCRIBERS_PER_HOST_MAX,
    unconfirmed: hub::UNCONFIRMED_MAX,
    unconfirmed_per_host: hub::UNCONFIRMED_PER_HOST_MAX,
};

/// How the feed of a topic is now.
#[derive(Clone, Copy)]
pub enum TopicState<'a> {
    /// It has a document of this digest.
    Current {
        /// Names the document.
        digest: &'a str,
        /// What subscribers are sent.
        document: TopicDocument<'a>,
    },
    /// It is one of ours, and has no document that may be shown yet.
    Unavailable,
    /// It is none of ours.
    Gone,
}

impl Pipeline {
    /// Reads a request at our hub; the words say why it is refused.
    ///
    /// # Errors
    /// Words for the subscriber.
    pub fn read_hub_request(&self, form: &str) -> Result<SubscriptionRequest, String> {
        let request = hub::request(form, &self.config.site.base_url)?;
        // The same client asks the callback, and refuses there what a name leads to.
        let checked = self.client.check(&request.callback);
        checked.map_err(|it| format!("hub.callback cannot be asked: {it}"))?;
        Ok(request)
    }

    /// Keeps a request until its callback has been asked, where there is room for it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_hub_request(&self, request: SubscriptionRequest) -> Result<HubRoom, StoreError> {
        let now = self.now();
        self.store.write(move |it| it.keep_hub_request(&request, LIMITS, now)).await
    }

    /// Asks the callback of a request whether it means it, and does what was asked for.
    ///
    /// # Errors
    /// Where the store cannot be written, or the system gives no random numbers, which is said as an
    /// unreadable challenge. A callback that refuses is no error.
    pub async fn verify_hub_request(
        &self,
        row: HubRequestRow,
        topic: TopicState<'_>,
    ) -> Result<(), StoreError> {
        let HubRequestRow { id, request, tries } = row;
        let digest = match topic {
            TopicState::Current { digest, .. } => digest.to_owned(),
            TopicState::Unavailable => String::new(),
            TopicState::Gone => {
                self.deny(&request.callback, &request.topic).await;
                return self.store.write(move |it| it.end_hub_request(id).map(drop)).await;
            }
        };
        let challenge = random().map_err(|_| StoreError::Unreadable { what: "random number" })?;
        let topic = self.topic_url(&request.topic)?;
        let asked = subscriber::verify(&self.client, &request, &topic, &challenge);
        let intent = asked.await.unwrap_or_else(|error| {
            debug!(error = %error, "a callback did not answer our hub: {error}");
            if is_final(&error) { Intent::Refused } else { Intent::Unanswered }
        });
        let now = self.now();
        self.store
            .write(move |it| match (intent, hub::next_verification(tries, now)) {
                (Intent::Confirmed, _) if it.end_hub_request(id)? => match request.mode {
                    HubMode::Subscribe => it.confirm_subscriber(&request, &digest, now),
                    HubMode::Unsubscribe => it.end_subscriber(&request),
                },
                (Intent::Unanswered, Some(next)) => it.retry_hub_request(id, next),
                _ => it.end_hub_request(id).map(drop),
            })
            .await
    }

    /// Sends a subscriber the document of its feed, unless it has it; tells it where there is none any
    /// more.
    ///
    /// # Errors
    /// Where the store cannot be written. A subscriber that does not take it is no error.
    pub async fn deliver_to_subscriber(
        &self,
        subscriber: Subscriber,
        topic: TopicState<'_>,
    ) -> Result<(), StoreError> {
        let (id, tries, first_tried) = (subscriber.id, subscriber.tries, subscriber.first_tried);
        let outcome = match topic {
            TopicState::Current { digest, .. } if digest == subscriber.delivered => Ok(digest),
            TopicState::Current { digest, document } => {
                match subscriber::deliver(&self.client, &subscriber, document).await {
                    Ok(200..300) => Ok(digest),
                    Ok(410) => return self.store.write(move |it| it.remove_subscriber(id)).await,
                    Ok(status) => Err(format!("it answered {status}")),
                    Err(error) => Err(error.to_string()),
                }
            }
            TopicState::Unavailable => Err("the feed has no document yet".to_owned()),
            TopicState::Gone => {
                self.deny(&subscriber.callback, &subscriber.topic).await;
                return self.store.write(move |it| it.remove_subscriber(id)).await;
            }
        };
        let now = self.now();
        let reason = match outcome {
            Ok(digest) => {
                let digest = digest.to_owned();
                return self.store.write(move |it| it.end_hub_delivery(id, &digest, now)).await;
            }
            Err(reason) => reason,
        };
        let host = subscriber.callback.host_str().unwrap_or_default();
        let Some(next) = hub::next_delivery(first_tried, tries, now) else {
            info!(reason, "ended the subscription of a callback at `{host}` after three days: {reason}");
            return self.store.write(move |it| it.remove_subscriber(id)).await;
        };
        debug!(reason, "a callback at `{host}` did not take a feed, which is sent again: {reason}");
        self.store.write(move |it| it.retry_hub_delivery(id, (now, next))).await
    }

    /// Says at a callback that its subscription is over, once: nothing depends on whether it hears it.
    async fn deny(&self, callback: &Url, topic: &str) {
        let Ok(topic) = self.topic_url(topic) else { return };
        if let Err(error) = subscriber::deny(&self.client, callback, &topic, GONE).await {
            debug!(error = %error, "could not tell a callback that its feed is gone: {error}");
        }
    }

    fn topic_url(&self, path: &str) -> Result<Url, StoreError> {
        let url = publish::absolute(&self.config.site.base_url, path);
        Url::parse(&url).map_err(|_| StoreError::Unreadable { what: "topic" })
    }
}

/// Whether asking again would end the same way, whatever the callback does.
fn is_final(error: &NetError) -> bool {
    matches!(error, NetError::Private { .. } | NetError::BadUrl { .. } | NetError::TooLarge { .. })
}
