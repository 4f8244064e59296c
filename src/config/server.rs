//! `[server]`: where readers connect, and who tells subscribers of news.

use url::Url;

use super::listen::ListenAddress;

/// `[server]`: where readers connect.
#[derive(Clone, Debug)]
pub struct Server {
    /// Public pages and feeds.
    pub listen: ListenAddress,
    /// The admin side: on this machine only while there is no `[[editor]]`; not served without it.
    pub admin_listen: Option<ListenAddress>,
    /// The address of the admin side as browsers see it, behind a proxy.
    pub admin_url: Option<Url>,
    /// Who tells subscribers that a feed of ours changed.
    pub hub: HubSetting,
}

/// `server.hub`: who tells subscribers that a feed of ours changed (WebSub).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum HubSetting {
    /// Nobody.
    #[default]
    None,
    /// We do, at `/hub`.
    Own,
    /// The hub at this address, which is told of each change.
    Outside(Url),
}
