//! Whom an entry is credited to.
//!
//! Credit comes from the configuration and the fetched feed, never from the text
//! of an article. An entry whose link leads to another site than its feed's home
//! page is that site's, and the feed is credited as the list that pointed to it.
//! A feed may name that site (RSS `source`, Atom `source`) where nobody we follow is there; the words
//! of its entry stay its own, whatever it says of them.

mod bylines;
mod credited;

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::config;
use crate::config::Config;
use crate::domain::Byline;
use crate::domain::Family;
use crate::domain::OperatorRights;
use crate::domain::Origin;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
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

/// How long before a document that does not have it an entry may be dated all the same: caches keep
/// documents for so long. It also is what the times are rounded to at which we saw what came late, so
/// that which source was polled first in a pass decides nothing.
pub(super) const LATE_AFTER: Duration = Duration::from_secs(15 * 60);

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
    /// What the sources are called, in lower case: nobody else is called so.
    names: HashSet<String>,
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
    /// Its registrable domain, where the feed is on another one: then only what is on its very host, or
    /// below that, is the feed's, for whoever may publish on one host of a domain may not speak for it.
    foreign_domain: Option<String>,
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
        let provenance = owner.provenance();
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
        let source = match owner {
            Owner::Itself => Some(entry.source.clone()),
            Owner::Other(other) => {
                byline.rights = byline.rights.max(self.rights_of(other, Rights::Any));
                Some(other.clone())
            }
            Owner::Unknown(site) => {
                self.sign_unknown(&mut byline, site, entry.origin.as_ref());
                None
            }
        };
        if let Some(source) = &source {
            self.sign(&mut byline, source);
        }
        if self.is_removed(&entry.source, &byline.url, provenance) {
            byline.rights = Rights::Drop;
        }
        if provenance != Provenance::Own {
            byline.via.push(Via { name: self.name(&entry.source), home: self.home(&entry.source) });
            // Who the list says wrote its line did not write the article; who its page names did. So with
            // the title: a list's headline stands only where nobody has read the article's.
            byline.author = entry.page_author.clone();
            if let Some(title) = &entry.page_title {
                byline.title.clone_from(title);
            }
        }
        Some(Credited { byline, source, provenance })
    }

    /// Whether a link of a source's entry leads to an article of a removed publisher.
    pub(super) fn leads_to_removed(&self, source: &SourceId, link: &Url) -> bool {
        self.is_removed(source, link, self.owner(source, link).provenance())
    }

    /// Whether an article is the source's own, and no link of a list.
    pub(super) fn is_own_article(&self, source: &SourceId, link: &Url) -> bool {
        self.owner(source, link).provenance() == Provenance::Own
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

    /// The name a source is credited under: the operator's, else the feed's, else its host.
    pub fn name(&self, source: &SourceId) -> String {
        let given = self.source(source).and_then(|(configured, row)| name_of(configured, row).cloned());
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

    /// From when on an entry is known to have been there, as far as its date may be believed: what is
    /// said of the time before its source was followed, nobody could have seen; and where an earlier
    /// document should have had the entry and had not, only what we saw counts.
    pub(crate) fn counted(&self, entry: &EntryRow) -> Timestamp {
        if entry.is_late {
            return entry.first_seen.rounded_up(LATE_AFTER);
        }
        let since = self.source(&entry.source).map(|it| it.1.first_seen);
        since.map_or(entry.published, |it| it.max(entry.published))
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

    /// Signs an article on a site that nobody we follow is on: with the name that the entry gives the
    /// site, else with the site itself. What is said of another domain than the article's counts for
    /// nothing, nor does the name of a source of ours, which is that source's alone.
    fn sign_unknown(&self, byline: &mut Byline, site: String, origin: Option<&Origin>) {
        let domain = domain(&byline.url);
        let at_domain = |it: &Option<Url>| it.clone().filter(|it| registrable_domain(it) == domain);
        let named = origin.and_then(|it| {
            let (home, feed_url) = (at_domain(&it.home), at_domain(&it.feed_url));
            let is_stated = home.is_some() || feed_url.is_some();
            let is_free = !it.title.is_empty() && !self.homes.names.contains(&it.title.to_lowercase());
            (is_stated && is_free).then(|| (it.title.clone(), home, feed_url))
        });
        (byline.name, byline.home, byline.feed_url) =
            named.unwrap_or_else(|| (site, byline.url.join("/").ok(), None));
    }

    /// Whose article a link of a source's entry leads to: the source whose home
    /// page the link lies deepest below, else the source itself when the link is on
    /// its site. A home page on which the feed itself does not stand gives way.
    fn owner(&self, source: &SourceId, link: &Url) -> Owner<'_> {
        let Some(site) = identify::site(link) else { return Owner::Itself };
        let covers =
            |home: &&PublisherHome| (home.is_grounded || home.source == *source) && home.covers(link);
        let depth = |home: &&PublisherHome| {
            (home.is_grounded, home.site == site, home.path.len(), home.source == *source)
        };
        match self.homes.near(&site).filter(covers).max_by_key(depth) {
            Some(home) if home.source == *source => Owner::Itself,
            Some(home) => Owner::Other(&home.source),
            None => {
                let own = self.homes.of_source(source);
                if own.is_none_or(|it| it.has_site(&site, link)) {
                    Owner::Itself
                } else {
                    Owner::Unknown(site)
                }
            }
        }
    }
}

impl Homes {
    /// Reads what is configured and what the feeds say of themselves.
    pub(crate) fn of(config: &Config, rows: &[SourceRow]) -> Self {
        let configured: HashMap<&SourceId, usize> =
            config.sources.iter().enumerate().map(|(at, it)| (&it.id, at)).collect();
        let removed = RemovedPlaces::new(rows.iter().flat_map(|it| it.places_removed.iter().copied()));
        let names = HashSet::with_capacity(rows.len());
        let mut all =
            Self { places: HashMap::new(), homes: Vec::new(), by_root: HashMap::new(), removed, names };
        for (at, row) in rows.iter().enumerate() {
            let source = configured.get(&row.id).and_then(|it| config.sources.get(*it));
            all.names.extend(name_of(source, row).map(|it| it.to_lowercase()));
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

/// What the operator calls a source, else what its feed called itself at first.
fn name_of<'a>(configured: Option<&'a config::Source>, row: &'a SourceRow) -> Option<&'a String> {
    let publisher = match configured {
        Some(it) => it.publisher.as_ref(),
        None => row.publisher.as_ref(),
    };
    publisher.or(row.feed.title.as_ref()).filter(|it| !it.is_empty())
}

/// The home page that a feed claims, where the claim counts: it has the feed's registrable domain,
/// or it names the feed itself. Else that of the feed's host.
pub(super) fn home_of(row: &SourceRow) -> Option<Url> {
    let feed = Url::parse(&row.url).ok()?;
    let counts = |home: &&Url| row.feed.home_claim.counts() || has_domain_of_feed(home, &feed, row);
    row.feed.home.as_ref().filter(counts).cloned().or_else(|| feed.join("/").ok())
}

/// Whether a page has the registrable domain of a source's feed, where it is configured or was found.
fn has_domain_of_feed(page: &Url, feed: &Url, row: &SourceRow) -> bool {
    let domain = registrable_domain(page);
    let found = row.final_url.as_deref().and_then(|it| Url::parse(it).ok());
    domain == registrable_domain(feed) || found.is_some_and(|it| registrable_domain(&it) == domain)
}

fn home(row: &SourceRow) -> Option<PublisherHome> {
    let feed = Url::parse(&row.url).ok()?;
    let home = home_of(row)?;
    let (site, path) = (identify::site(&home)?, home.path().trim_end_matches('/').to_owned());
    let is_grounded = identify::site(&feed).is_some_and(|it| identify::is_same_site(&it, &site))
        && is_below(feed.path(), &path);
    let foreign_domain = (!has_domain_of_feed(&home, &feed, row)).then(|| registrable_domain(&home));
    Some(PublisherHome { site, path, source: row.id.clone(), is_grounded, foreign_domain })
}

/// The registrable domain that a link leads to.
fn domain(link: &Url) -> String {
    registrable_domain(&identify::unwrapped(link))
}

/// The last two labels of a site, or all of it.
fn root(site: &str) -> &str {
    site.rmatch_indices('.').nth(1).map_or(site, |(at, _)| &site[at + 1..])
}

impl PublisherHome {
    /// Whether a link leads to this page or below it.
    fn covers(&self, link: &Url) -> bool {
        identify::site(link).is_some_and(|it| self.has_site(&it, link)) && is_below(link.path(), &self.path)
    }

    /// Whether a link that leads to `site` leads to this publisher's site.
    fn has_site(&self, site: &str, link: &Url) -> bool {
        identify::is_same_site(site, &self.site)
            && self
                .foreign_domain
                .as_ref()
                .is_none_or(|it| site == self.site || site.len() > self.site.len() && domain(link) == *it)
    }
}

enum Owner<'a> {
    Itself,
    Other(&'a SourceId),
    Unknown(String),
}

impl Owner<'_> {
    fn provenance(&self) -> Provenance {
        match self {
            Self::Itself => Provenance::Own,
            Self::Other(_) | Self::Unknown(_) => Provenance::Listed,
        }
    }
}

/// Whether a path is `folder` or lies below it.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|it| it.is_empty() || it.starts_with('/'))
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
    use crate::domain::HomeClaim;
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
            page_title: None,
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
            is_late: false,
            page: PageState::Unneeded,
            page_reason: None,
            story: None,
            joined: None,
        }
    }

    fn config() -> Config {
        let env = config::Environment::of(|_| None, "/nowhere".into());
        let read = config::parse("test", "[store]\npath = \"/nowhere/bylined.db\"\n", &env);
        read.expect("a configuration").config
    }

    fn credited(entry: &EntryRow) -> Credited {
        let rows = [
            source("daily", "https://daily.example/"),
            source("list", "https://list.example/"),
            source("north", "http://127.0.0.1:8080/at/north.example/"),
            source("yard", "http://127.0.0.1:8080/at/yard.example/"),
        ];
        let config = config();
        Credits::new(&config, &rows).of(entry).expect("a credit")
    }

    #[track_caller]
    fn check(entry: &EntryRow, name: &str, via: &[&str], provenance: Provenance) {
        let credited = credited(entry);
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
    fn a_list_names_a_site_only_where_its_link_leads_there_and_nobody_we_follow_is_there() {
        let named = |title: &str, home: &str| {
            Some(Origin { title: title.to_owned(), feed_url: None, home: Url::parse(home).ok() })
        };
        let check = |source: &str, link: &str, title: &str, home: &str, name: &str| {
            let (via, provenance) = match source {
                "list" => (&["LIST"][..], Provenance::Listed),
                _ => (&[][..], Provenance::Own),
            };
            check(&entry(source, link, named(title, home)), name, via, provenance);
        };
        let far = "https://far.example/";
        check("list", "https://far.example/x", "Far", far, "Far");
        check("list", "https://blog.far.example/x", "Far", "https://feeds.far.example/", "Far");
        check("list", "https://daily.example/x", "Far", far, "DAILY");
        check("list", "https://daily.example/x", "The Times", "https://daily.example/", "DAILY");
        check("list", "https://scam.example/x", "Far", far, "scam.example");
        check("list", "https://one.github.io/x", "Two", "https://two.github.io/", "one.github.io");
        // The name of a source is its own, and a feed names nobody on its own site.
        check("list", "https://scam.example/x", "Daily", "https://scam.example/", "scam.example");
        check("daily", "https://daily.example/x", "Reuters", "https://daily.example/", "DAILY");
        check("daily", "https://daily.example/x", "Far", far, "DAILY");
    }

    #[test]
    fn an_address_that_is_said_of_a_named_site_is_on_its_domain() {
        let origin = Origin {
            title: "Far".to_owned(),
            feed_url: Url::parse("https://scam.example/feed").ok(),
            home: Url::parse("https://far.example/").ok(),
        };
        let byline = credited(&entry("list", "https://far.example/x", Some(origin))).byline;
        assert_eq!((byline.name.as_str(), byline.feed_url), ("Far", None));
    }

    #[test]
    fn a_home_page_of_another_domain_speaks_for_its_host_alone() {
        let row = |home: &str| SourceRow {
            url: "https://feeds.mill.example/1".to_owned(),
            feed: FeedFacts {
                title: Some("MILL".to_owned()),
                home: Url::parse(home).ok(),
                home_claim: HomeClaim::Named,
                ..FeedFacts::default()
            },
            ..source("mill", "https://mill.example/")
        };
        let name = |home: &str, link: &str| {
            let config = config();
            let rows = [row(home)];
            Credits::new(&config, &rows).of(&entry("mill", link, None)).expect("a credit").byline.name
        };
        assert_eq!(name("https://yard.example/", "https://yard.example/x"), "MILL");
        assert_eq!(name("https://yard.example/", "https://blog.yard.example/x"), "MILL");
        assert_eq!(name("https://ann.yard.example/", "https://ann.yard.example/x"), "MILL");
        assert_eq!(name("https://ann.yard.example/", "https://yard.example/x"), "yard.example");
        assert_eq!(name("https://github.io/", "https://ann.github.io/x"), "ann.github.io");
    }

    #[test]
    fn no_date_counts_for_more_than_could_be_seen() {
        let at = |minutes: i64| Timestamp::from_secs(minutes * 60);
        let counted = |followed_since: i64, published: i64, seen: i64, is_late: bool| {
            let (config, mut row) = (config(), source("daily", "https://daily.example/"));
            row.first_seen = at(followed_since);
            let link = "https://daily.example/x";
            let entry = EntryRow {
                published: at(published),
                first_seen: at(seen),
                is_late,
                ..entry("daily", link, None)
            };
            Credits::new(&config, &[row]).counted(&entry)
        };
        assert_eq!(counted(0, 50, 60, false), at(50));
        assert_eq!(counted(55, 50, 60, false), at(55));
        assert_eq!(counted(0, 20, 61, true), at(75));
        assert_eq!(counted(0, 20, 60, true), at(60));
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
