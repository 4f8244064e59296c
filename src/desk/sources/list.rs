//! Lists of subscriptions (OPML): what of one would be added, and the sources as one.

use std::collections::HashMap;

use serde::Serialize;

use crate::config::NewSource;
use crate::parse;
use crate::parse::NotOpml;
use crate::publish::OpmlSource;
use crate::store::SourceRow;

use super::configured::Sources;
use super::taken::Taken;
use super::taken::shown;

/// What of a list would be added.
#[derive(Clone, Debug, Default)]
pub struct ImportPlan {
    /// The sources, each with an id that is free.
    pub new: Vec<NewSource>,
    /// What would not be added.
    pub skipped: Vec<SkippedFeed>,
    /// Outlines of feeds without an address.
    pub without_address: usize,
    /// Feeds beyond the most that are read of one list.
    pub beyond_max: usize,
}

/// A feed of a list that is not added.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedFeed {
    /// What the list calls it.
    pub name: Option<String>,
    /// Its address, without what may be a password.
    pub url: String,
    /// Why.
    pub why: String,
}

impl ImportPlan {
    /// How many feeds are not added.
    pub fn skipped_count(&self) -> usize {
        self.skipped.len() + self.without_address + self.beyond_max
    }
}

impl Sources {
    /// What of a list of subscriptions would be added.
    ///
    /// # Errors
    /// [`NotOpml`] where the document is no list.
    pub fn plan_import(&self, document: &[u8]) -> Result<ImportPlan, NotOpml> {
        let list = parse::opml(document)?;
        let (without_address, beyond_max) = (list.without_address, list.beyond_max);
        let mut plan = ImportPlan { without_address, beyond_max, ..ImportPlan::default() };
        let mut taken = Taken::of(self.config());
        for it in &list.feeds {
            match taken.source(it, list.title.as_deref()) {
                Ok(source) => plan.new.push(source),
                Err(why) => {
                    plan.skipped.push(SkippedFeed { name: it.name.clone(), url: shown(&it.url), why });
                }
            }
        }
        plan.skipped.extend(list.unread.into_iter().map(|it| SkippedFeed {
            url: shown(&it.url),
            name: it.name,
            why: format!("`{}` is not a feed type", it.kind),
        }));
        Ok(plan)
    }

    /// The sources that may be listed, for a list of subscriptions. What a feed says of itself comes from
    /// `rows`.
    pub fn for_export(&self, rows: &[SourceRow]) -> Vec<OpmlSource> {
        let rows: HashMap<&str, _> = rows.iter().map(|it| (it.id.as_str(), it)).collect();
        let listed = self.config().sources.iter().filter(|it| it.listed).map(|it| {
            let row = rows.get(it.id.as_str());
            let name = it.publisher.clone().or_else(|| row.and_then(|it| it.feed.title.clone()));
            OpmlSource {
                name: name.unwrap_or_else(|| it.url.host_str().unwrap_or_default().to_owned()),
                feed_url: it.url.clone(),
                home: row.and_then(|it| it.feed.home.clone()),
                topics: it.topics.clone(),
            }
        });
        listed.collect()
    }
}
