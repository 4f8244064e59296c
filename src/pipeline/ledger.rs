//! Sees to it that the operator's word on rights outlives the file in which it was written, and
//! that what is allowed now also holds for what was curated before.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use tracing::info;
use url::Url;

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
use super::removed::RemovedPlaces;

/// Remembers what the configuration says of its sources, and applies what is allowed now. Nothing
/// is written where nothing changed.
///
/// # Errors
/// Fails where the store cannot be read or written; what was applied until then stays.
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

/// What the store does not know yet of the configured sources.
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
            info!(source.id = %source.id, "`rights = \"{}\"` of `{}` still applies; write \
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
    store
        .write(move |it| {
            // Read anew: a poll may have learned more meanwhile.
            let changes = changes(&it.reader(), &config)?;
            changes.iter().try_for_each(|change| it.apply_rights(change))
        })
        .await
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
            copies: Vec::new(),
            origins: Vec::new(),
            paused: Vec::new(),
        };
        if rights == Rights::Drop {
            change.places = credits.places(&row.id);
            change.elsewhere = elsewhere(store, &credits, &row.id)?;
            addresses(store, &credits, &sources, row, &mut change)?;
        }
        changes.push(change);
    }
    Ok(changes)
}

/// Fills in where a publisher's addresses stand, beside its source and its articles.
fn addresses(
    store: &Reader<'_>,
    credits: &Credits<'_>,
    sources: &[SourceRow],
    row: &SourceRow,
    change: &mut RightsChange,
) -> Result<(), StoreError> {
    let places = RemovedPlaces::new(change.places.iter().copied());
    let parsed = |it: &String| Url::parse(it).ok();
    let named = [Some(&row.url), row.final_url.as_ref(), row.moved_to.as_ref()];
    let named = named.into_iter().flatten().filter_map(parsed).chain(row.feed.home.clone());
    let configured = credits.configured(&row.id).map(|it| it.url.clone());
    let links = store.links_of(&row.id)?;
    let articles = links.iter().filter_map(parsed).filter(|it| places.covers(it));
    let all = named.chain(configured).chain(articles);
    let origins: HashSet<String> = all.map(|it| it.origin().ascii_serialization()).collect();
    let others = sources.iter().filter(|it| it.id != row.id).filter_map(|it| parsed(&it.url));
    let others: HashSet<String> = others.map(|it| it.origin().ascii_serialization()).collect();
    let is_theirs = |it: &String| {
        parsed(it).is_some_and(|it| {
            let origin = it.origin().ascii_serialization();
            places.covers(&it) || origins.contains(&origin) && !others.contains(&origin)
        })
    };
    change.paused = store.rate_limited_addresses()?.into_iter().filter(is_theirs).collect();
    if let Some(site) = credits.site(&row.id) {
        // A canonical address has no scheme.
        let leads = |it: &str| Url::parse(&format!("https://{it}")).is_ok_and(|it| places.covers(&it));
        let copies = store.copies_of(&site)?.into_iter().filter(|(_, address)| leads(address));
        change.copies = copies.map(|it| it.0).collect();
    }
    change.origins = origins.difference(&others).cloned().collect();
    Ok(())
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
