//! What was agreed with a hub (WebSub §5).

use url::Url;

use super::id::SourceId;
use super::time::Timestamp;

/// A subscription to the topic of a source at its hub.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subscription {
    /// The unguessable end of the callback.
    pub token: String,
    /// Whose feed names the hub.
    pub source: SourceId,
    /// Who is asked.
    pub hub: Url,
    /// What is subscribed to: the feed's own `rel=self`.
    pub topic: Url,
    /// Where the hub answers and pushes to.
    pub callback: Url,
    /// The key of the signatures under what the hub pushes.
    pub secret: String,
    /// How it stands.
    pub state: SubscriptionState,
    /// When the hub was last asked.
    pub asked: Option<Timestamp>,
    /// Requests in a row of which nothing has come yet.
    pub tries: u32,
    /// When there is something to do about it.
    pub next: Timestamp,
    /// When the lease ends, once the hub has granted one.
    pub until: Option<Timestamp>,
    /// When the hub last pushed, unless news came without a push since.
    pub pushed: Option<Timestamp>,
    /// What went wrong last.
    pub reason: Option<String>,
}

/// How a subscription stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SubscriptionState {
    /// The hub has not confirmed it.
    Waiting,
    /// The hub has confirmed it; whether its lease still runs is for the clock to say.
    Active,
    /// The hub has denied it (WebSub §5.2).
    Denied,
    /// It is no longer wanted, and the hub must be told.
    Ending,
}

impl SubscriptionState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Active, Self::Denied, Self::Ending];

    /// The word that store and listings use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Active => "active",
            Self::Denied => "denied",
            Self::Ending => "ending",
        }
    }
}
