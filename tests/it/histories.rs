//! Whatever happens to a newsroom, an id that readers know stays an answer, and the exact
//! rules make the same stories of the same entries in any order.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use bylined::config;
use bylined::config::Environment;
use bylined::desk::Desk;
use bylined::desk::Editor;
use bylined::domain::Clock;
use bylined::domain::EntryId;
use bylined::domain::EntryKey;
use bylined::domain::SourceId;
use bylined::domain::StoryKey;
use bylined::domain::Timestamp;
use bylined::fetch;
use bylined::identify;
use bylined::net::Client;
use bylined::pipeline::Pipeline;
use bylined::site::Answer;
use bylined::site::Publication;
use bylined::store::NewEntry;
use bylined::store::PageState;
use bylined::store::Store;
use bylined::store::StoreError;
use bylined::store::StoryFilter;
use bylined::store::Writer;

const START: Timestamp = Timestamp::from_secs(1_900_000_000);

/// Histories tried, or as many as `PROPTEST_CASES` says.
const CASES: u32 = 200;

const ALL: StoryFilter = StoryFilter { state: None, limit: 1_000 };

const SOURCES: [&str; 3] = ["ash", "birch", "cedar"];

/// Words of which headlines and texts are made that have nothing in common.
const WORDS: [&str; 12] = [
    "anvils", "barges", "candles", "dredgers", "easels", "ferries", "gantries", "hammocks", "kettles",
    "lanterns", "mortars", "nozzles",
];

/// A client that is asked for nothing. Each new one reads the machine's certificates.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let config = config::parse("test.toml", "[store]\npath = \"/x\"\n", &Environment::default());
    Client::new(fetch::policy(&config.expect("a configuration").config.fetch, None)).expect("a client")
});

/// The database of a newsroom that has not begun. To make its tables takes longer than most histories.
static EMPTY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bylined.db");
    let made = file.clone();
    let make = move || block_on(Store::open(&made).expect("a store").close());
    thread::spawn(make).join().expect("it is made");
    fs::read(file).expect("a database")
});

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        START
    }
}

/// A newsroom without a network.
struct Newsroom {
    store: Store,
    pipeline: Arc<Pipeline>,
    publication: Publication,
}

impl Newsroom {
    async fn open(folder: &tempfile::TempDir, host: &str) -> Self {
        let mut text = format!(
            "[site]\nbase_url = \"https://{host}/\"\n[store]\npath = \"{}\"\n[curation]\nbacklog = \"all\"\n",
            folder.path().join("bylined.db").display()
        );
        for id in SOURCES {
            text += &format!(
                "[[source]]\nid = \"{id}\"\nurl = \"https://{id}.example/feed\"\nfull_text = false\n"
            );
        }
        let config =
            config::parse("test.toml", &text, &Environment::default()).expect("a configuration").config;
        let config = Arc::new(config);
        if !config.store.path.exists() {
            fs::write(&config.store.path, &*EMPTY).expect("a database");
        }
        let store = Store::open(&config.store.path).expect("a store");
        let pipeline =
            Arc::new(Pipeline::new(Arc::clone(&config), store.clone(), CLIENT.clone(), Arc::new(Still)));
        pipeline.sync_sources().await.expect("sources");
        let publication =
            Publication::open(Arc::clone(&config), store.clone(), START).await.expect("documents");
        Self { store, pipeline, publication }
    }

    fn desk(&self) -> Desk {
        Desk::new(Arc::clone(&self.pipeline))
    }

    async fn digest(&self) {
        self.pipeline.digest(&self.publication, &|_| {}).await.expect("a digest");
    }

    async fn enter(&self, told: &[Told]) -> Vec<EntryId> {
        let told = told.to_vec();
        let enter = move |store: &Writer<'_>| {
            let enter = |it: &Told| {
                let source: SourceId = SOURCES[it.source].parse().expect("a slug");
                store.insert_entry(&source, &EntryKey::new(it.key()), &it.entry(), START)
            };
            told.iter().map(enter).collect()
        };
        self.store.write(enter).await.expect("entries")
    }

    /// The stories that were not merged away, each with its entries.
    async fn stories(&self) -> Vec<(StoryKey, Vec<EntryKey>)> {
        let stories = self.store.read(|it| {
            let mut stories = Vec::new();
            for story in it.stories(ALL)?.into_iter().filter(|it| it.merged_into.is_none()) {
                let members = it.member_entries(story.id)?;
                stories.push((story.key, members.into_iter().map(|it| it.key).collect()));
            }
            Ok(stories)
        });
        stories.await.expect("stories")
    }

    /// Path and id of every story that readers have known.
    async fn known(&self) -> BTreeMap<String, String> {
        let stories = self.store.read(|it| it.stories(ALL)).await.expect("stories");
        let known = stories.into_iter().filter(|it| it.first_published.is_some());
        known.map(|it| (it.path, it.tag.to_string())).collect()
    }
}

/// An entry of a history: who tells it, under which address, in which text.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Told {
    source: usize,
    address: usize,
    text: usize,
    hour: u64,
}

impl Told {
    fn key(&self) -> String {
        format!("{}-{}-{}", self.source, self.address, self.text)
    }

    fn entry(&self) -> NewEntry {
        let link = format!("https://press.example/{}", self.address);
        // Headlines without a word in common, so that only the exact rules speak.
        let n = self.source * 100 + self.address * 10 + self.text;
        let title = format!("Zq{n}a vx{n}b kj{n}c wy{n}d");
        let word = |at: usize| WORDS[(self.text * 5 + at * 7) % WORDS.len()];
        let text: Vec<String> = (0..24)
            .map(|at| format!("The {} of harbour {} hold {} {}.", word(at), self.text, at, word(at + 1)))
            .collect();
        NewEntry {
            title,
            guid: Some(self.key()),
            guid_hash: Some(identify::hash64(self.key())),
            link: link.parse().ok(),
            link_hash: Some(identify::hash64(&link)),
            canonical: Some(link),
            place_hash: None,
            number_hash: None,
            has_text: true,
            title_hash: n as i64,
            text_hash: Some(self.text as i64),
            content_hash: n as i64,
            summary: None,
            feed_abstract: None,
            authors: Vec::new(),
            categories: Vec::new(),
            language: Some("en".to_owned()),
            rights_text: None,
            origin: None,
            enclosure: None,
            published_given: None,
            published: START.minus(Duration::from_secs(3_600 * (40 - self.hour))),
            updated: None,
            is_kept: false,
            is_excluded: false,
            page: PageState::Unneeded,
            rights: bylined::domain::Rights::Any,
            rights_reasons: Vec::new(),
            text: text.join(" "),
            links: Vec::new(),
        }
    }
}

/// Entries of which no source gives one address or one text twice.
fn editor() -> Editor {
    Editor { name: "Mara Quill".to_owned(), why: None }
}

fn told(max: usize) -> impl Strategy<Value = Vec<Told>> {
    let one = (0..SOURCES.len(), 0..5usize, 0..5usize, 0..40u64);
    let one = one.prop_map(|(source, address, text, hour)| Told { source, address, text, hour });
    prop::collection::vec(one, 1..max).prop_map(|all| {
        let (mut addresses, mut texts) = (BTreeSet::new(), BTreeSet::new());
        let is_first =
            |it: &Told| addresses.insert((it.source, it.address)) & texts.insert((it.source, it.text));
        let mut all = all;
        let mut is_first = is_first;
        all.retain(|it| is_first(it));
        all
    })
}

#[derive(Clone, Debug)]
enum Step {
    /// So many of the waiting entries arrive.
    Arrive(usize),
    /// A publisher changes an entry's title and guid.
    Edit(usize),
    Merge(usize, usize),
    Split(usize, usize),
    Restart,
    /// The site moves to another host.
    Move(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..4usize).prop_map(Step::Arrive),
        1 => (0..9usize).prop_map(Step::Edit),
        2 => (0..9usize, 0..9usize).prop_map(|(a, b)| Step::Merge(a, b)),
        2 => (0..9usize, 0..4usize).prop_map(|(a, b)| Step::Split(a, b)),
        1 => Just(Step::Restart),
        1 => (0..3usize).prop_map(Step::Move),
    ]
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(CASES);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// Lives through a history, and checks after each step that what was published answers.
async fn live(entries: &[Told], steps: &[Step]) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut host = "brief.example".to_owned();
    let mut house = Newsroom::open(&folder, &host).await;
    let mut waiting = entries.iter();
    let mut rows: Vec<(EntryId, Told)> = Vec::new();
    let mut known = BTreeMap::new();
    for step in steps {
        match step {
            Step::Arrive(count) => {
                let told: Vec<Told> = waiting.by_ref().take(*count).cloned().collect();
                rows.extend(house.enter(&told).await.into_iter().zip(told));
            }
            Step::Edit(nth) if !rows.is_empty() => {
                let (id, told) = rows[nth % rows.len()].clone();
                let entry =
                    NewEntry { title: format!("{} again", told.entry().title), guid: None, ..told.entry() };
                house.store.write(move |it| it.update_entry(id, &entry, START)).await.expect("an update");
            }
            Step::Merge(a, b) => {
                let stories = house.stories().await;
                if !stories.is_empty() {
                    let chosen = [a, b].map(|it| stories[it % stories.len()].0.clone()).to_vec();
                    // Refused where both are one.
                    let _ = house.desk().merge(&chosen, &editor()).await;
                }
            }
            Step::Split(a, member) => {
                let stories = house.stories().await;
                if !stories.is_empty() {
                    let (key, members) = stories[a % stories.len()].clone();
                    let entry = members[member % members.len()].to_string();
                    // Refused where it is the only one.
                    let _ = house.desk().split(&key, std::slice::from_ref(&entry), &editor()).await;
                }
            }
            Step::Restart => {
                house.store.close().await;
                house = Newsroom::open(&folder, &host).await;
            }
            Step::Move(to) => {
                house.store.close().await;
                host = format!("brief-{to}.example");
                house = Newsroom::open(&folder, &host).await;
            }
            Step::Edit(_) => {}
        }
        house.digest().await;
        let now = house.known().await;
        for (path, id) in &known {
            assert_eq!(now.get(path), Some(id), "{path} lost its id after {step:?}");
        }
        for path in now.keys() {
            let answer = |path: &str| house.publication.answer(path, None).expect("an answer");
            // One redirect leads to the story, or to the page that says it is gone.
            let last = match answer(path) {
                Answer::Moved(to) => answer(&to),
                answer => answer,
            };
            assert!(
                matches!(last, Answer::Document(_) | Answer::Gone(_)),
                "{path} leads nowhere after {step:?} on {host}"
            );
        }
        known = now;
    }
    house.store.close().await;
}

/// The stories that come of entries which arrive in batches of this size.
async fn assigned(entries: &[Told], batch: usize) -> BTreeSet<Vec<EntryKey>> {
    let folder = tempfile::tempdir().expect("a folder");
    let house = Newsroom::open(&folder, "brief.example").await;
    for batch in entries.chunks(batch) {
        house.enter(batch).await;
        house.pipeline.assign().await.expect("stories");
    }
    let stories = house.stories().await;
    house.store.close().await;
    let sorted = |mut members: Vec<EntryKey>| {
        members.sort();
        members
    };
    stories.into_iter().map(|it| sorted(it.1)).collect()
}

const DAY: Duration = Duration::from_secs(86_400);

/// An event that every paper tells in much the same words, so many days ago.
fn event(source: usize, days_ago: u32) -> (EntryKey, SourceId, NewEntry) {
    let told = Told { source, address: days_ago as usize, text: 0, hour: 0 };
    let endings = ["today", "at last", "for good"];
    let text = "Acme opened the gantry of the northern harbour to every ferry, Ada Lindqvist of the harbour board said. \
                Barges wait at Tarn Quay until the dredgers of Corvid Marine have left the channel.";
    let entry = NewEntry {
        title: format!("Acme opens harbour gantry to Tarn ferries {}", endings[source]),
        text: format!("{text} So {} reports.", SOURCES[source]),
        published: START.minus(DAY * days_ago),
        ..told.entry()
    };
    let key = format!("{}-{days_ago}", SOURCES[source]);
    (EntryKey::new(key), SOURCES[source].parse().expect("a slug"), entry)
}

/// How many stories the events make that arrive one after the other.
async fn told_in_turn(events: &[(usize, u32)], is_restarted: bool) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    let mut house = Newsroom::open(&folder, "brief.example").await;
    for (source, days_ago) in events {
        let (key, source, entry) = event(*source, *days_ago);
        let enter = move |it: &Writer<'_>| it.insert_entry(&source, &key, &entry, START);
        house.store.write(enter).await.expect("an entry");
        house.pipeline.assign().await.expect("stories");
        if is_restarted {
            house.store.close().await;
            house = Newsroom::open(&folder, "brief.example").await;
        }
    }
    let stories = house.stories().await.len();
    house.store.close().await;
    stories
}

#[track_caller]
fn check_turns(events: &[(usize, u32)], expected: usize) {
    for is_restarted in [false, true] {
        let stories = block_on(told_in_turn(events, is_restarted));
        assert_eq!(stories, expected, "restarted: {is_restarted}");
    }
}

#[test]
fn a_late_entry_joins_the_story_of_weeks_ago_that_it_tells() {
    check_turns(&[(0, 0), (0, 30), (1, 30)], 2);
    check_turns(&[(0, 30), (1, 29)], 1);
    check_turns(&[(0, 30), (1, 20)], 2);
}

#[test]
fn a_story_does_not_grow_from_day_to_day_whether_or_not_the_program_is_restarted() {
    check_turns(&[(0, 4), (1, 2)], 1);
    check_turns(&[(0, 4), (1, 2), (2, 0)], 2);
}

#[test]
fn an_address_under_which_a_source_tells_everything_names_no_article() {
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let house = Newsroom::open(&folder, "brief.example").await;
        let told = |source, text| Told { source, address: 0, text, hour: 0 };
        let log: Vec<Told> = (0..257).map(|text| told(0, text)).collect();
        let link = || log[0].entry().canonical.expect("an address");
        let found = async || {
            let (link, hash) = (link(), identify::hash64(link()));
            let found = house.store.write(move |it| it.reader().assigned_with_link(hash, &link));
            found.await.expect("entries").len()
        };
        house.enter(&log[..2]).await;
        house.pipeline.assign().await.expect("stories");
        house.enter(&[told(1, 300)]).await;
        house.pipeline.assign().await.expect("stories");
        assert_eq!((house.stories().await.len(), found().await), (3, 3));
        house.enter(&log[2..255]).await;
        house.pipeline.assign().await.expect("stories");
        assert_eq!(found().await, 256);
        house.enter(&log[255..]).await;
        house.pipeline.assign().await.expect("stories");
        assert_eq!(found().await, 0, "what so many share is not looked through");
        house.store.close().await;
    });
}

#[test]
fn what_was_parted_stays_parted_from_all_but_what_is_joined_again() {
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let house = Newsroom::open(&folder, "brief.example").await;
        let told: Vec<Told> = (0..4).map(|n| Told { source: 0, address: n, text: n, hour: 0 }).collect();
        let entries = house.enter(&told).await;
        house.pipeline.assign().await.expect("stories");
        let written = house.store.write(move |store| {
            let stories: Result<Vec<_>, StoreError> = entries.iter().map(|it| store.story_of(*it)).collect();
            let stories: Vec<_> = stories?.into_iter().map(|it| it.expect("it was assigned")).collect();
            store.move_entries(&entries[1..2], stories[0])?;
            store.move_entries(&entries[3..4], stories[2])?;
            store.cannot_link(stories[0], stories[2])?;
            store.move_entries(&entries[3..4], stories[3])?;
            store.remove_cannot_link(stories[2], stories[0])?;
            store.move_entries(&entries[1..2], stories[1])?;
            let parted = |a: usize, b: usize| store.reader().are_cannot_linked(stories[a], stories[b]);
            Ok([parted(0, 2)?, parted(1, 2)?, parted(0, 3)?, parted(3, 0)?, parted(1, 3)?, parted(2, 3)?])
        });
        assert_eq!(written.await.expect("it is written"), [false, false, true, true, true, false]);
        house.store.close().await;
    });
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_was_published_answers_for_ever(entries in told(10), steps in prop::collection::vec(step(), 1..8)) {
        block_on(live(&entries, &steps));
    }

    #[test]
    fn exact_rules_do_not_depend_on_the_order_of_polls(
        (entries, shuffled) in told(10).prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
        batch in 1..6usize,
    ) {
        let (one, other) = block_on(async { (assigned(&entries, 100).await, assigned(&shuffled, batch).await) });
        prop_assert_eq!(one, other);
    }
}
