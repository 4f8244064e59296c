//! The stored forms of where an entry came from, and of its media file.

use serde::Deserialize;
use serde::Serialize;
use url::Url;

use crate::domain::Enclosure;
use crate::domain::Origin;

use super::form::Form;

/// Where a republished entry came from.
#[derive(Deserialize, Serialize)]
pub(in crate::store) struct StoredOrigin {
    #[serde(default)]
    version: u64,
    title: String,
    feed_url: Option<String>,
    home: Option<String>,
}

impl Form for StoredOrigin {
    const WHAT: &'static str = "origin";
    const VERSION: u64 = 1;
    type Value = Origin;

    fn of(it: &Origin) -> Self {
        let text = |it: &Option<Url>| it.as_ref().map(|it| it.as_str().to_owned());
        Self {
            version: Self::VERSION,
            title: it.title.clone(),
            feed_url: text(&it.feed_url),
            home: text(&it.home),
        }
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn into_value(self) -> Result<Origin, String> {
        let address = |it: Option<String>| it.as_deref().map(address).transpose();
        Ok(Origin { title: self.title, feed_url: address(self.feed_url)?, home: address(self.home)? })
    }
}

/// A media file.
#[derive(Deserialize, Serialize)]
pub(in crate::store) struct StoredEnclosure {
    #[serde(default)]
    version: u64,
    url: String,
    media_type: Option<String>,
    length_bytes: Option<u64>,
}

impl Form for StoredEnclosure {
    const WHAT: &'static str = "enclosure";
    const VERSION: u64 = 1;
    type Value = Enclosure;

    fn of(it: &Enclosure) -> Self {
        Self {
            version: Self::VERSION,
            url: it.url.as_str().to_owned(),
            media_type: it.media_type.clone(),
            length_bytes: it.length_bytes,
        }
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn into_value(self) -> Result<Enclosure, String> {
        Ok(Enclosure {
            url: address(&self.url)?,
            media_type: self.media_type,
            length_bytes: self.length_bytes,
        })
    }
}

fn address(text: &str) -> Result<Url, String> {
    text.parse().map_err(|error| format!("`{text}` is not an address: {error}"))
}
