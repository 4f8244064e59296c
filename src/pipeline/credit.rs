//! Whom an entry is credited to.
//!
//! Credit comes from the configuration and the fetched feed, never from the text
//! of an article. An entry whose link leads to another site than its feed's home
//! page is that site's, and the feed is credited as the list that pointed to it.

mod bylines;
mod credited;

use std::collections::HashMap;
use std::sync::Arc;

use url::Url;

use crate::config;
use crate::config::Config;
use crate::domain::Byline;
use crate::domain::Family;
use crate::domain::OperatorRights;
use crate::domain::Origin;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Via;
use crate::domain::registrable_domain;
use crate::identify;
use crate::store::EntryRow;
use crate::store::SourceRow;

use super::removed::RemovedPlaces;
use super::removed::place_digest;

pub use self::bylines::bylines;
pub use self::credited::Credited;
pub use self::credited::Provenance;

/// What stands for the name of a source that has none, and no host either: it was removed.
const NAMELESS: &str = "a publisher who was removed";

/// Everything that decides whom to credit.
pub struct Credits<'a> {
    config: &'a Config,
    rows: &'a [SourceRow],
    homes: Arc<Homes>,
}

/// Where each source is known, and where its own articles live.
pub(crate) struct Homes {
    places: HashMap<SourceId, SourcePlace>,
    homes: Vec<PublisherHome>,
    /// By the last two labels of their sites, which all hosts of one site share.
    by_root: HashMap<String, Vec<usize>>,
    /// Where the articles of removed publishers are.
    removed: RemovedPlaces,
}

/// Where a source stands in the configuration, among those that the store knows, and among the homes.
struct SourcePlace {
    configured: Option<usize>,
    row: usize,
    home: Option<usize>,
}

struct PublisherHome {
    site: String,
    path: String,
    source: SourceId,
    /// Whether the feed itself stands below it: a feed may call any page its home.
    is_grounded: bool,
}

impl<'a> Credits<'a> {
    /// Reads what is configured and what the feeds say of themselves.
    pub fn new(config: &'a Config, rows: &'a [SourceRow]) -> Self {
        Self::over(config, rows, Arc::new(Homes::of(config, rows)))
    }

    /// As [`Credits::new`], where `homes` were made of this very configuration and these rows.
    pub(crate) fn over(config: &'a Config, rows: &'a [SourceRow], homes: Arc<Homes>) -> Self {
        Self { config, rows, homes }
    }

    /// What is configured of a source, and what the store knows.
    fn source(&self, id: &SourceId) -> Option<(Option<&'a config::Source>, &'a SourceRow)> {
        let place = self.homes.places.get(id)?;
        let configured = place.configured.and_then(|it| self.config.sources.get(it));
        Some((configured.filter(|it| it.id == *id), self.rows.get(place.row).filter(|it| it.id == *id)?))
    }

    /// The credit of one entry; `None` when it has no link to credit.
    pub fn of(&self, entry: &EntryRow) -> Option<Credited> {
        let url = entry.link.clone().or_else(|| self.home(&entry.source))?;
        let owner = self.owner(&entry.source, &url);
        let provenance = self.provenance(&entry.source, &url, &owner, entry.origin.as_ref());
        let mut byline = Byline {
            name: String::new(),
            url,
            title: entry.title.clone(),
            feed_url: None,
            feed_id: None,
            home: None,
            author: authors(entry),
            published: entry.published,
            rights: self.rights(entry),
            rights_text: entry.rights_text.clone(),
            via: Vec::new(),
            copy_of: None,
        };
        let source = match &owner {
            _ if provenance == Provenance::Own => Some(entry.source.clone()),
            Owner::Other(other) => Some((*other).clone()),
            Owner::Itself | Owner::Unknown(_) => None,
        };
        if let Some(other) = source.as_ref().filter(|it| **it != entry.source) {
            byline.rights = byline.rights.max(self.rights_of(other, Rights::Any));
        }
        let named = entry.origin.as_ref().filter(|it| !it.title.is_empty());
        match (provenance, owner, named) {
            (Provenance::Own, ..) => self.sign(&mut byline, &entry.source),
            // Who republishes an article and says whose it is knows better than its address.
            (Provenance::Republished, owner, Some(origin)) => {
                byline.name = origin.title.clone();
                byline.home = origin.home.clone();
                let is_listed = !matches!(owner, Owner::Other(other) if !self.is_listed(other));
                byline.feed_url = origin.feed_url.clone().filter(|_| is_listed);
            }
            (_, Owner::Other(other), _) => self.sign(&mut byline, other),
            (_, _, Some(origin)) => {
                byline.name = origin.title.clone();
                byline.feed_url = origin.feed_url.clone();
                byline.home = origin.home.clone();
            }
            (_, Owner::Unknown(site), None) => {
                byline.home = byline.url.join("/").ok();
                byline.name = site;
            }
            (_, Owner::Itself, None) => self.sign(&mut byline, &entry.source),
        }
        if self.is_removed(&entry.source, &byline.url, provenance) {
            byline.rights = Rights::Drop;
        }
        if provenance != Provenance::Own {
            byline.via.push(Via { name: self.name(&entry.source), home: self.home(&entry.source) });
            if provenance == Provenance::Listed {
                // Who the list says wrote its line did not write the article; who its page names did.
                byline.author = entry.page_author.clone();
            }
        }
        Some(Credited { byline, source, provenance })
    }

    /// Whether a link of a source's entry leads to an article of a removed publisher.
    pub(super) fn leads_to_removed(&self, source: &SourceId, link: &Url, origin: Option<&Origin>) -> bool {
        let owner = self.owner(source, link);
        self.is_removed(source, link, self.provenance(source, link, &owner, origin))
    }

    /// Whether an article is the source's own, and no link of a list nor another's, republished.
    pub(super) fn is_own_article(&self, source: &SourceId, link: &Url, origin: Option<&Origin>) -> bool {
        self.provenance(source, link, &self.owner(source, link), origin) == Provenance::Own
    }

    /// Whether an article is a removed publisher's: it is below its home page, and not the entry's own
    /// source's, whose home page lies as deep.
    fn is_removed(&self, source: &SourceId, link: &Url, provenance: Provenance) -> bool {
        let Some(removed) = self.homes.removed.depth(link) else { return false };
        let own = self.homes.of_source(source).filter(|it| it.covers(link));
        let is_own =
            provenance == Provenance::Own && own.is_some_and(|it| removed <= (it.site.len(), it.path.len()));
        !is_own
    }

    fn provenance(
        &self,
        source: &SourceId,
        link: &Url,
        owner: &Owner<'_>,
        origin: Option<&Origin>,
    ) -> Provenance {
        match (owner, origin) {
            (Owner::Itself, None) => Provenance::Own,
            (Owner::Itself, Some(origin)) if self.is_own(source, origin) => Provenance::Own,
            (_, Some(origin)) if is_at_origin(link, origin) => Provenance::Republished,
            (Owner::Itself, Some(_)) => Provenance::Own,
            _ => Provenance::Listed,
        }
    }

    /// The name a source is credited under: the operator's, else the feed's, else its host.
    pub fn name(&self, source: &SourceId) -> String {
        let given = self.source(source).and_then(|(configured, row)| {
            let publisher = match configured {
                Some(it) => it.publisher.as_ref(),
                None => row.publisher.as_ref(),
            };
            publisher.or(row.feed.title.as_ref()).filter(|it| !it.is_empty()).cloned()
        });
        given.or_else(|| self.site(source)).unwrap_or_else(|| NAMELESS.to_owned())
    }

    /// The site on which a source's articles are.
    pub(crate) fn site(&self, source: &SourceId) -> Option<String> {
        identify::site(&self.home(source)?)
    }

    /// What the operator has said of a source's rights, now or before it was removed.
    pub(crate) fn operator(&self, source: &SourceId) -> OperatorRights {
        match self.source(source) {
            Some((Some(configured), row)) => configured.rights.after(&row.operator),
            Some((None, row)) => row.operator.clone(),
            None => OperatorRights::default(),
        }
    }

    /// Digests of the places of a source's articles, by which they are known once its names are gone.
    pub(crate) fn places(&self, source: &SourceId) -> Vec<i64> {
        let home = self.home(source);
        let place = home.as_ref().and_then(|it| Some(place_digest(&identify::site(it)?, it.path())));
        place.into_iter().collect()
    }

    /// Whether the address of a source may be shown.
    pub(crate) fn is_listed(&self, source: &SourceId) -> bool {
        match self.source(source) {
            Some((Some(configured), _)) => configured.listed,
            Some((None, row)) => row.is_listed,
            None => true,
        }
    }

    /// The strictest of what the operator, the feed and the entry's own signals
    /// allow; a licence of the operator's overrides the others.
    pub fn rights(&self, entry: &EntryRow) -> Rights {
        self.rights_of(&entry.source, entry.rights)
    }

    /// What a source allows, given what an entry of it allows.
    pub fn rights_of(&self, source: &SourceId, of_entry: Rights) -> Rights {
        let Some((_, row)) = self.source(source) else { return of_entry };
        self.operator(source).allowed(of_entry.max(row.feed.rights))
    }

    /// The configuration of a source, while it is configured.
    pub fn configured(&self, source: &SourceId) -> Option<&'a config::Source> {
        self.source(source).and_then(|(configured, _)| configured)
    }

    /// The family of whom an entry is credited to: by the operator's word, else by the domain of the feed
    /// or, for one that is no source of ours, of the article.
    pub(crate) fn family(&self, credited: &Credited) -> Family {
        let source = credited.source.as_ref().and_then(|it| self.source(it));
        let configured = source.and_then(|it| it.0);
        let stored = source.and_then(|it| Url::parse(&it.1.url).ok());
        let address = configured.map(|it| &it.url).or(stored.as_ref()).unwrap_or(&credited.byline.url);
        Family::new(configured.and_then(|it| it.family.as_deref()), address)
    }

    /// The language a source's feed declares.
    pub fn language(&self, source: &SourceId) -> Option<String> {
        self.source(source).and_then(|(_, row)| row.feed.language.clone())
    }

    /// The publisher's home page, or its host's where the feed claims none that counts. Never the
    /// feed's own address: that of an unlisted one is nobody's business.
    pub(crate) fn home(&self, source: &SourceId) -> Option<Url> {
        let (configured, row) = self.source(source)?;
        home_of(row).or_else(|| configured?.url.join("/").ok())
    }

    fn sign(&self, byline: &mut Byline, source: &SourceId) {
        byline.name = self.name(source);
        byline.home = self.home(source);
        let Some((_, row)) = self.source(source) else { return };
        byline.feed_id = row.feed.feed_id.clone();
        if self.is_listed(source) {
            byline.feed_url = Url::parse(&row.url).ok();
        }
        if byline.rights_text.is_none() {
            byline.rights_text = row.feed.rights_text.clone();
        }
        if let Some(licence) = self.operator(source).licence {
            byline.rights_text = Some(licence);
        }
    }

    /// Whose article a link of a source's entry leads to: the source whose home
    /// page the link lies deepest below, else the source itself when the link is on
    /// its site. A home page on which the feed itself does not stand gives way.
    fn owner(&self, source: &SourceId, link: &Url) -> Owner<'_> {
        let Some(site) = identify::site(link) else { return Owner::Itself };
        let covers = |home: &&PublisherHome| {
            (home.is_grounded || home.source == *source)
                && identify::is_same_site(&site, &home.site)
                && is_below(link.path(), &home.path)
        };
        let depth = |home: &&PublisherHome| {
            (home.is_grounded, home.site == site, home.path.len(), home.source == *source)
        };
        match self.homes.near(&site).filter(covers).max_by_key(depth) {
            Some(home) if home.source == *source => Owner::Itself,
            Some(home) => Owner::Other(&home.source),
            None => {
                let own = self.homes.of_source(source);
                if own.is_none_or(|it| identify::is_same_site(&site, &it.site)) {
                    Owner::Itself
                } else {
                    Owner::Unknown(site)
                }
            }
        }
    }

    fn is_own(&self, source: &SourceId, origin: &Origin) -> bool {
        let Some((_, row)) = self.source(source) else { return false };
        origin.feed_url.as_ref().is_some_and(|it| it.as_str() == row.url)
            || row.feed.title.as_deref() == Some(origin.title.as_str())
    }
}

impl Homes {
    /// Reads what is configured and what the feeds say of themselves.
    pub(crate) fn of(config: &Config, rows: &[SourceRow]) -> Self {
        let configured: HashMap<&SourceId, usize> =
            config.sources.iter().enumerate().map(|(at, it)| (&it.id, at)).collect();
        let removed = RemovedPlaces::new(rows.iter().flat_map(|it| it.places_removed.iter().copied()));
        let mut all = Self { places: HashMap::new(), homes: Vec::new(), by_root: HashMap::new(), removed };
        for (at, row) in rows.iter().enumerate() {
            let home = home(row).map(|home| {
                let at = all.homes.len();
                all.by_root.entry(root(&home.site).to_owned()).or_default().push(at);
                all.homes.push(home);
                at
            });
            let place = SourcePlace { configured: configured.get(&row.id).copied(), row: at, home };
            all.places.insert(row.id.clone(), place);
        }
        all
    }

    fn of_source(&self, source: &SourceId) -> Option<&PublisherHome> {
        self.homes.get(self.places.get(source)?.home?)
    }

    /// All homes that may be of one site with this one, in the order of sources.
    fn near(&self, site: &str) -> impl Iterator<Item = &PublisherHome> {
        self.by_root.get(root(site)).into_iter().flatten().filter_map(|it| self.homes.get(*it))
    }
}

/// The home page that a feed claims, where the claim counts: it has the feed's registrable domain,
/// or it names the feed itself, or nobody answers there. Else that of the feed's host.
fn home_of(row: &SourceRow) -> Option<Url> {
    let feed = Url::parse(&row.url).ok()?;
    let found = row.final_url.as_deref().and_then(|it| Url::parse(it).ok());
    let counts = |home: &&Url| {
        row.feed.home_claim.counts()
            || registrable_domain(home) == registrable_domain(&feed)
            || found.as_ref().is_some_and(|it| registrable_domain(home) == registrable_domain(it))
    };
    row.feed.home.as_ref().filter(counts).cloned().or_else(|| feed.join("/").ok())
}

fn home(row: &SourceRow) -> Option<PublisherHome> {
    let feed = Url::parse(&row.url).ok()?;
    let home = home_of(row)?;
    let (site, path) = (identify::site(&home)?, home.path().trim_end_matches('/').to_owned());
    let is_grounded = identify::site(&feed).is_some_and(|it| identify::is_same_site(&it, &site))
        && is_below(feed.path(), &path);
    Some(PublisherHome { site, path, source: row.id.clone(), is_grounded })
}

/// The last two labels of a site, or all of it.
fn root(site: &str) -> &str {
    site.rmatch_indices('.').nth(1).map_or(site, |(at, _)| &site[at + 1..])
}

impl PublisherHome {
    /// Whether a link leads to this page or below it.
    fn covers(&self, link: &Url) -> bool {
        identify::site(link).is_some_and(|it| identify::is_same_site(&it, &self.site))
            && is_below(link.path(), &self.path)
    }
}

enum Owner<'a> {
    Itself,
    Other(&'a SourceId),
    Unknown(String),
}

/// Whether a path is `folder` or lies below it.
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

/// Whether a link lies on the site that an entry is said to come from.
fn is_at_origin(link: &Url, origin: &Origin) -> bool {
    let Some(site) = identify::site(link) else { return false };
    let stated = origin.home.as_ref().or(origin.feed_url.as_ref()).and_then(identify::site);
    !origin.title.is_empty() && stated.is_some_and(|it| identify::is_same_site(&site, &it))
}

fn authors(entry: &EntryRow) -> Option<String> {
    let names: Vec<&str> =
        entry.authors.iter().map(|it| it.name.as_str()).filter(|it| !it.is_empty()).collect();
    if names.is_empty() { entry.page_author.clone() } else { Some(names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EntryId;
    use crate::domain::EntryKey;
    use crate::domain::Timestamp;
    use crate::domain::Validators;
    use crate::store::FeedFacts;
    use crate::store::Health;
    use crate::store::PageState;

    fn source(id: &str, home: &str) -> SourceRow {
        SourceRow {
            id: id.parse().expect("a slug"),
            url: format!("{home}feed"),
            publisher: None,
            is_listed: true,
            operator: OperatorRights::default(),
            url_hash: None,
            places_removed: Vec::new(),
            rights_applied: None,
            validators: Validators::default(),
            body_hash: None,
            last_whole: None,
            last_poll: None,
            next_poll: Timestamp::default(),
            retry_after: None,
            health: Health::Healthy,
            reason: None,
            since: Timestamp::default(),
            status: None,
            failures: 0,
            final_url: None,
            moved_to: None,
            push_trusted_until: None,
            pending_redirect: None,
            first_seen: Timestamp::default(),
            feed: FeedFacts {
                title: Some(id.to_uppercase()),
                home: Url::parse(home).ok(),
                ..FeedFacts::default()
            },
        }
    }

    fn entry(source: &str, link: &str, origin: Option<Origin>) -> EntryRow {
        EntryRow {
            article_status: None,
            page_author: None,
            copy_of: None,
            id: EntryId(1),
            source: source.parse().expect("a slug"),
            key: EntryKey::new("1"),
            link: Url::parse(link).ok(),
            canonical: None,
            title: "T".to_owned(),
            summary: None,
            authors: Vec::new(),
            categories: Vec::new(),
            language: None,
            rights: Rights::Any,
            rights_reasons: Vec::new(),
            rights_text: None,
            origin,
            enclosure: None,
            published: Timestamp::default(),
            updated: None,
            first_seen: Timestamp::default(),
            page: PageState::Unneeded,
            page_reason: None,
            story: None,
            joined: None,
        }
    }

    #[track_caller]
    fn check(entry: &EntryRow, name: &str, via: &[&str], provenance: Provenance) {
        let rows = [
            source("daily", "https://daily.example/"),
            source("list", "https://list.example/"),
            source("north", "http://127.0.0.1:8080/at/north.example/"),
            source("yard", "http://127.0.0.1:8080/at/yard.example/"),
        ];
        let env = config::Environment::of(|_| None, "/nowhere".into());
        let config = config::parse("test", "[store]\npath = \"/nowhere/bylined.db\"\n", &env)
            .expect("a configuration")
            .config;
        let credits = Credits::new(&config, &rows);
        let credited = credits.of(entry).expect("a credit");
        let lists: Vec<_> = credited.byline.via.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(
            (credited.byline.name.as_str(), lists.as_slice(), credited.provenance),
            (name, via, provenance)
        );
    }

    #[test]
    fn an_entry_is_credited_to_the_site_it_leads_to() {
        check(&entry("daily", "https://www.daily.example/x", None), "DAILY", &[], Provenance::Own);
        check(&entry("daily", "https://blog.daily.example/x", None), "DAILY", &[], Provenance::Own);
        check(&entry("list", "https://daily.example/x", None), "DAILY", &["LIST"], Provenance::Listed);
        check(&entry("list", "https://far.example/x", None), "far.example", &["LIST"], Provenance::Listed);
        check(
            &entry("yard", "http://127.0.0.1:8080/at/north.example/x", None),
            "NORTH",
            &["YARD"],
            Provenance::Listed,
        );
        check(
            &entry("north", "http://127.0.0.1:8080/at/north.example/x", None),
            "NORTH",
            &[],
            Provenance::Own,
        );
    }

    #[test]
    fn a_republished_entry_names_its_origin_only_where_the_link_leads_there() {
        let origin = |home: &str| {
            Some(Origin { title: "Far".to_owned(), feed_url: None, home: Url::parse(home).ok() })
        };
        let far = "https://far.example/";
        check(
            &entry("list", "https://far.example/x", origin(far)),
            "Far",
            &["LIST"],
            Provenance::Republished,
        );
        check(&entry("list", "https://daily.example/x", origin(far)), "DAILY", &["LIST"], Provenance::Listed);
    }

    #[track_caller]
    fn check_copies(articles: &[(&str, &str)], copies: &[(usize, usize)], expected: &[Option<&str>]) {
        let credited: Vec<Credited> = articles
            .iter()
            .map(|(name, url)| Credited {
                byline: Byline {
                    name: (*name).to_owned(),
                    url: Url::parse(url).expect("an address"),
                    title: String::new(),
                    feed_url: None,
                    feed_id: None,
                    home: None,
                    author: None,
                    published: Timestamp::default(),
                    rights: Rights::Any,
                    rights_text: None,
                    via: Vec::new(),
                    copy_of: None,
                },
                source: None,
                provenance: Provenance::Own,
            })
            .collect();
        let lines = bylines(0, &credited, copies);
        let found: Vec<Option<&str>> = lines.iter().map(|it| it.copy_of.as_ref().map(Url::as_str)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_byline_repeats_the_text_of_another_of_the_story_never_its_own() {
        let (daily, spelled) = ("https://daily.example/x", "https://daily.example/x?utm_source=feed");
        let portal = "https://portal.example/x";
        check_copies(&[("Daily", daily), ("Portal", portal)], &[(1, 0)], &[None, Some(daily)]);
        // One article, from its own feed and from one that republishes it.
        check_copies(&[("Daily", daily), ("Daily", daily)], &[(0, 1)], &[None]);
        // Two feeds of one house with one article.
        check_copies(&[("Daily", daily), ("Daily Tech", spelled)], &[(1, 0)], &[None, None]);
        // The address named is the one that is shown.
        let folded = [("Daily", daily), ("Daily", spelled), ("Portal", portal)];
        check_copies(&folded, &[(0, 1), (2, 1)], &[None, Some(daily)]);
        // Two that each have a text of the other's.
        check_copies(&folded, &[(2, 0), (1, 2)], &[None, Some(daily)]);
    }
}
