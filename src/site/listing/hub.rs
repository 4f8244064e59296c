//! How the WebSub hub of our feeds is.

use serde::Serialize;

use crate::config::Config;
use crate::config::HubSetting;
use crate::publish;
use crate::site::feeds::HUB_PATH;
use crate::store::Reader;
use crate::store::StoreError;

/// The WebSub hub of our feeds.
#[derive(Clone, Debug, Serialize)]
pub struct HubStatus {
    /// Its address.
    pub url: String,
    /// Subscriptions, where it is our own.
    pub subscribers: Option<usize>,
    /// Subscribers that are to be sent something, where it is our own.
    pub waiting: Option<usize>,
    /// Requests whose callbacks have not confirmed them yet, where it is our own.
    pub unconfirmed: Option<usize>,
    /// Why an outside one was not told of the last change.
    pub reason: Option<String>,
}

pub(super) fn status(store: &Reader<'_>, config: &Config) -> Result<Option<HubStatus>, StoreError> {
    Ok(match &config.server.hub {
        HubSetting::None => None,
        HubSetting::Own => {
            let counts = store.hub_counts()?;
            Some(HubStatus {
                url: publish::absolute(&config.site.base_url, HUB_PATH),
                subscribers: Some(counts.subscribers),
                waiting: Some(counts.waiting),
                unconfirmed: Some(counts.unconfirmed),
                reason: None,
            })
        }
        HubSetting::Outside(url) => Some(HubStatus {
            url: url.to_string(),
            subscribers: None,
            waiting: None,
            unconfirmed: None,
            reason: store.hub_ping_reason()?,
        }),
    })
}
