//! What a hub and its subscribers say to each other (WebSub §5).

use std::time::Duration;

use url::Url;

use super::time::Timestamp;

/// What is asked of a hub (`hub.mode`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HubMode {
    /// To push.
    Subscribe,
    /// To push no more.
    Unsubscribe,
}

impl HubMode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Subscribe, Self::Unsubscribe];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
        }
    }
}

/// What our own hub is asked for (WebSub §5.1), once it has passed every check but that of its
/// callback's intent.
#[derive(Clone, Eq, PartialEq)]
pub struct SubscriptionRequest {
    /// Where the subscriber wants to be told.
    pub callback: Url,
    /// Path of a feed of ours, from the site's root.
    pub topic: String,
    /// What for.
    pub mode: HubMode,
    /// What deliveries are signed with.
    pub secret: Option<String>,
    /// How long it is to last.
    pub lease: Duration,
}

/// A callback that confirmed that it wants a feed of ours.
#[derive(Clone, Eq, PartialEq)]
pub struct Subscriber {
    /// Names it in the store.
    pub id: i64,
    /// Where it is told.
    pub callback: Url,
    /// Path of the feed, from the site's root.
    pub topic: String,
    /// What deliveries are signed with.
    pub secret: Option<String>,
    /// Digest of the document that it was sent last, or that was current when it subscribed.
    pub delivered: String,
    /// When the delivery that it did not take was first tried.
    pub first_tried: Option<Timestamp>,
    /// Attempts at it that failed.
    pub tries: u32,
}
