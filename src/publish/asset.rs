//! The few files that pages need beside their own text; nothing of a third party.

/// A file of ours that never changes while the program runs.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// From the site's root.
    pub path: &'static str,
    /// Value of `Content-Type`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

pub(super) const STYLE_PATH: &str = "/style.css";
pub(super) const FEED_STYLE_PATH: &str = "/feed.css";
pub(super) const FAVICON_PATH: &str = "/favicon.ico";
pub(super) const ICON_PATH: &str = "/icon.png";

/// Everything that pages and feeds refer to.
pub const ASSETS: &[Asset] = &[
    Asset { path: STYLE_PATH, media_type: "text/css; charset=utf-8", bytes: include_bytes!("style.css") },
    // What browsers show of the feeds in XML.
    Asset { path: FEED_STYLE_PATH, media_type: "text/css; charset=utf-8", bytes: include_bytes!("feed.css") },
    // 32 × 32 and 64 × 64 (JSON Feed `favicon`).
    Asset { path: FAVICON_PATH, media_type: "image/x-icon", bytes: include_bytes!("favicon.ico") },
    // 512 × 512 (JSON Feed `icon`, `atom:icon`).
    Asset { path: ICON_PATH, media_type: "image/png", bytes: include_bytes!("icon.png") },
];
