//! Sees to it that the operator's word on rights outlives the file in which it was written, and
//! that what is allowed now also holds for what was curated before.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use tracing::info;
use url::Url;

use crate::config;
use crate::config::Config;
use crate::config::SourceRights;
use crate::domain::EntryId;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::identify;
use crate::store::Reader;
use crate::store::RightsChange;
use crate::store::SourceRow;
use crate::store::SourceTerms;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::Writer;

use super::credit::Credits;
use super::credit::Provenance;

/// Remembers what the configuration says of its sources, and applies what is allowed now. Nothing
/// is written where nothing changed.
pub async fn settle(store: &Store, config: &Arc<Config>, now: Timestamp) -> Result<(), StoreError> {
    let known = Arc::clone(config);
    let is_known = store.read(move |it| Ok(terms(&it.sources()?, &known).is_empty())).await?;
    if !is_known {
        let config = Arc::clone(config);
        store.write(move |it| remember(it, &config, now)).await?;
    }
    apply(store, config).await
}

/// Makes the configured sources known to the store with what the operator says of them.
pub(super) fn remember(store: &Writer<'_>, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    let rows = store.reader().sources()?;
    let terms = terms(&rows, config);
    let dropped: HashSet<&SourceId> = terms.iter().filter(|it| is_dropped(it)).map(|it| &it.id).collect();
    let before: HashMap<&SourceId, &SourceRow> = rows.iter().map(|it| (&it.id, it)).collect();
    let holds_drop = |id: &SourceId| {
        let is_changed = terms.iter().any(|it| it.id == *id);
        dropped.contains(id)
            || !is_changed && before.get(id).is_some_and(|it| it.operator.strictest == Rights::Drop)
    };
    // The address of a publisher who was removed is written nowhere.
    let known = config.sources.iter().map(|it| {
        let url = match before.get(&it.id) {
            // Until its words are removed, it is needed to tell which they are.
            known if holds_drop(&it.id) => known.map(|it| it.url.clone()).unwrap_or_default(),
            _ => it.url.to_string(),
        };
        (it.id.clone(), url)
    });
    store.sync_sources(&known.collect::<Vec<_>>(), now)?;
    terms.iter().try_for_each(|it| store.record_terms(it))
}

/// What is to be remembered of the configured sources and is not yet.
fn terms(rows: &[SourceRow], config: &Config) -> Vec<SourceTerms> {
    let by_id: HashMap<&SourceId, &SourceRow> = rows.iter().map(|it| (&it.id, it)).collect();
    let configured: HashSet<&SourceId> = config.sources.iter().map(|it| &it.id).collect();
    let terms = config.sources.iter().filter_map(|source| {
        let row = by_id.get(&source.id).copied();
        let url_hash = address_hash(&source.url);
        let before = match row {
            Some(row) => row.operator.clone(),
            // One that comes back under another id is who it was.
            None => {
                let former = rows.iter().filter(|it| !configured.contains(&it.id));
                let former = former.filter(|it| it.url_hash == Some(url_hash));
                former.map(|it| it.operator.clone()).max_by_key(|it| it.strictest).unwrap_or_default()
            }
        };
        let rights = source.rights.after(&before);
        let is_named = rights.strictest < Rights::Drop;
        let terms = SourceTerms {
            id: source.id.clone(),
            publisher: source.publisher.clone().filter(|_| is_named),
            is_listed: source.listed,
            rights,
            url_hash,
        };
        let is_known = row.is_some_and(|it| {
            it.publisher == terms.publisher
                && it.is_listed == terms.is_listed
                && it.operator == terms.rights
                && it.url_hash == Some(url_hash)
        });
        if !is_known && source.rights == SourceRights::Unsaid && Rights::Any < terms.rights.strictest {
            info!(source.id = %source.id, "`rights = \"{}\"` of `{}` holds as it was last set; write \
                `rights = \"any\"` to lift it", terms.rights.strictest.as_str(), source.id);
        }
        (!is_known).then_some(terms)
    });
    terms.collect()
}

fn is_dropped(terms: &SourceTerms) -> bool {
    terms.rights.strictest == Rights::Drop
}

/// By this an address is known again, however it is written.
fn address_hash(url: &Url) -> i64 {
    match identify::canonical(url) {
        Some(it) => identify::hash64(it.as_str()),
        None => identify::hash64(url.as_str()),
    }
}

/// Sees to it that what publishers or the operator allow now also holds for what was curated
/// before.
pub(super) async fn apply(store: &Store, config: &Arc<Config>) -> Result<(), StoreError> {
    let known = Arc::clone(config);
    let is_due = store.read(move |it| {
        let sources = it.sources()?;
        let credits = Credits::new(&known, &sources);
        Ok(sources.iter().any(|it| it.rights_applied != Some(credits.rights_of(&it.id, Rights::Any))))
    });
    if !is_due.await? {
        return Ok(());
    }
    let config = Arc::clone(config);
    let has_removed = store
        .write(move |it| {
            // Read anew: a poll may have learned more meanwhile.
            let changes = changes(&it.reader(), &config)?;
            changes.iter().try_for_each(|change| it.apply_rights(change))?;
            Ok(changes.iter().any(|it| it.rights == Rights::Drop))
        })
        .await?;
    if has_removed {
        store.empty_log().await;
    }
    Ok(())
}

fn changes(store: &Reader<'_>, config: &Config) -> Result<Vec<RightsChange>, StoreError> {
    let sources = store.sources()?;
    let credits = Credits::new(config, &sources);
    let mut changes = Vec::new();
    for row in &sources {
        let rights = credits.rights_of(&row.id, Rights::Any);
        if row.rights_applied == Some(rights) {
            continue;
        }
        let mut change = RightsChange {
            source: row.id.clone(),
            rights,
            is_first: row.rights_applied.is_none(),
            places: Vec::new(),
            elsewhere: Vec::new(),
            origin: None,
        };
        if rights == Rights::Drop {
            let configured = credits.configured(&row.id);
            change.places = credits.places(&row.id);
            change.origin = origin(row, configured);
            change.elsewhere = elsewhere(store, &credits, &row.id)?;
        }
        changes.push(change);
    }
    Ok(changes)
}

fn origin(row: &SourceRow, configured: Option<&config::Source>) -> Option<String> {
    let url = Url::parse(&row.url).ok().or_else(|| configured.map(|it| it.url.clone()))?;
    Some(url.origin().ascii_serialization())
}

/// Entries of other sources that lead to a source's articles and are credited to it.
fn elsewhere(
    store: &Reader<'_>,
    credits: &Credits<'_>,
    source: &SourceId,
) -> Result<Vec<EntryId>, StoreError> {
    let Some(site) = credits.site(source) else { return Ok(Vec::new()) };
    let entries = store.entries_leading_to(&site, source)?;
    let is_credited = |it: &crate::store::EntryRow| {
        credits
            .of(it)
            .is_some_and(|of| of.provenance != Provenance::Own && of.source.as_ref() == Some(source))
    };
    Ok(entries.iter().filter(|it| is_credited(it)).map(|it| it.id).collect())
}
