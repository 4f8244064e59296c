//! Which family each source belongs to.

use std::collections::HashMap;

use url::Url;

use crate::config::Config;
use crate::domain::Family;
use crate::domain::SourceId;
use crate::store::SourceRow;

/// The families of all sources, of removed ones too.
#[derive(Debug)]
pub struct Families(HashMap<SourceId, Family>);

impl Families {
    /// By the `family` of the configuration, else by the registrable domain of the feed's address:
    /// a feed may claim any page as its home, and then would share in what is another's.
    pub fn new(config: &Config, rows: &[SourceRow]) -> Self {
        let stored = rows.iter().filter_map(|row| {
            let address = Url::parse(&row.url).ok()?;
            Some((row.id.clone(), Family::new(None, &address)))
        });
        let configured =
            config.sources.iter().map(|it| (it.id.clone(), Family::new(it.family.as_deref(), &it.url)));
        // What is configured wins over what was stored before.
        Self(stored.chain(configured).collect())
    }

    /// The family of a source; `None` where the source is unknown.
    pub fn of(&self, source: &SourceId) -> Option<&Family> {
        self.0.get(source)
    }
}
