//! Pairs of entries with their labels and signals.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use bylined::cluster::Window;
use bylined::domain::EntryId;

use crate::Outcome;
use crate::corpus;
use crate::corpus::Group;
use crate::corpus::Row;
use crate::corpus::Scored;

const SPAN: Duration = Duration::from_secs(220 * 3_600);
/// Texts are cut to so many words, so that each length is learned.
const LENGTHS: [(&str, usize); 4] = [("whole", usize::MAX), ("leads", 60), ("teasers", 25), ("titles", 0)];

pub struct Pair {
    /// Which entries, in the order of their ids.
    pub ids: (String, String),
    pub set: String,
    pub is_same: bool,
    pub kind: String,
    pub group: String,
    pub is_objected: bool,
    pub signals: Vec<f32>,
}

impl Pair {
    /// Whether one tells what came of the other's event.
    pub fn is_follow_up(&self) -> bool {
        matches!(self.kind.as_str(), "follow" | "follow-story")
    }
}

/// What a label says of a pair: whether it is one story, what kind of pair it is, and of which event.
pub type Labels = HashMap<(String, String), (bool, String, String)>;

fn key(a: &str, b: &str) -> (String, String) {
    if a < b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
}

pub fn of_rivals(rivals: &[Row], labels: &mut Labels) {
    let own = |it: &str| matches!(it, "base" | "r1" | "r2" | "r3" | "c1");
    let mut events: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    for row in rivals {
        events.entry(&row.base).or_insert_with(|| vec![("base", &row.base)]).push((&row.role, &row.id));
    }
    for (base, members) in events {
        for (at, x) in members.iter().enumerate() {
            for y in &members[at + 1..] {
                let is_same = own(x.0) && own(y.0);
                let roles = [x.0, y.0];
                let kind = if roles.contains(&"n1") {
                    "near"
                } else if roles.contains(&"f1") {
                    "follow"
                } else if roles.contains(&"r3") {
                    "language"
                } else if roles.contains(&"c1") && roles.contains(&"r1") {
                    "copy"
                } else if roles.contains(&"r2") {
                    "brief"
                } else {
                    "report"
                };
                labels.insert(key(x.1, y.1), (is_same, kind.to_owned(), base.to_owned()));
            }
        }
    }
}

pub fn of_groups(groups: &[Group], labels: &mut Labels) {
    for group in groups {
        let members: Vec<(usize, &String)> =
            group.stories.iter().enumerate().flat_map(|(at, it)| it.iter().map(move |it| (at, it))).collect();
        let story = |id: &String| members.iter().find(|it| it.1 == id).map(|it| it.0);
        let follows: HashSet<(usize, usize)> = group
            .follows
            .iter()
            .filter_map(|it| Some((story(&it[0])?, story(&it[1])?)))
            .flat_map(|(a, b)| [(a, b), (b, a)])
            .collect();
        for (at, x) in members.iter().enumerate() {
            for y in &members[at + 1..] {
                let is_unsure =
                    group.unsure.iter().any(|it| it.len() >= 2 && key(&it[0], &it[1]) == key(x.1, y.1));
                let kind = if is_unsure {
                    "unsure"
                } else if x.0 == y.0 {
                    "story"
                } else if follows.contains(&(x.0, y.0)) {
                    "follow-story"
                } else {
                    "group"
                };
                labels.insert(key(x.1, y.1), (x.0 == y.0, kind.to_owned(), group.group.clone()));
            }
        }
    }
}

fn of_rows(
    set: &str,
    rows: &[Row],
    labels: &Labels,
    is_taken: impl Fn(usize, &str) -> bool,
    out: &mut Vec<Pair>,
) {
    let mut window: Window<usize> = Window::new(SPAN);
    let readings: Vec<_> = rows.iter().map(|it| window.read(&it.article())).collect();
    for (at, reading) in readings.iter().enumerate() {
        window.insert(EntryId(at as i64), at, reading.clone());
    }
    let places: HashMap<&str, usize> = rows.iter().enumerate().map(|(at, it)| (it.id.as_str(), at)).collect();
    let mut wanted: HashSet<(String, String)> = HashSet::new();
    let mut found: HashSet<(String, String)> = HashSet::new();
    for (at, reading) in readings.iter().enumerate() {
        let others = window.compared_with(reading);
        found.extend(others.into_iter().map(|it| key(&rows[at].id, &rows[it.0 as usize].id)));
    }
    wanted
        .extend(labels.iter().filter(|it| it.1.1 != "unsure" && found.contains(it.0)).map(|it| it.0.clone()));
    // Pairs that no index would find, for the averages over the members of a story.
    for (at, row) in rows.iter().enumerate().skip(3) {
        let pair = key(&row.id, &rows[at - 3].id);
        if share(&format!("{} {}", pair.0, pair.1)) < 0.2 && !labels.contains_key(&pair) {
            wanted.insert(pair);
        }
    }
    for (at, reading) in readings.iter().enumerate() {
        for (n, EntryId(other)) in window.compared_with(reading).into_iter().enumerate() {
            let other = other as usize;
            let pair = key(&rows[at].id, &rows[other].id);
            if other != at && !labels.contains_key(&pair) && is_taken(n, &format!("{} {}", pair.0, pair.1)) {
                wanted.insert(pair);
            }
        }
    }
    let mut wanted: Vec<(String, String)> = wanted.into_iter().collect();
    wanted.sort();
    for (a, b) in wanted {
        let (x, y) = (places[a.as_str()], places[b.as_str()]);
        let (signals, is_objected) = window.signals(&readings[x], &readings[y]);
        let (is_same, kind, group) = labels.get(&(a.clone(), b.clone())).cloned().unwrap_or_else(|| {
            let is_same = !rows[x].cluster.is_empty() && rows[x].cluster == rows[y].cluster;
            let event = [&rows[x].cluster, &rows[x].base, &rows[x].id].into_iter().find(|it| !it.is_empty());
            (is_same, "background".to_owned(), event.cloned().unwrap_or_default())
        });
        out.push(Pair { ids: (a, b), set: set.to_owned(), is_same, kind, group, is_objected, signals });
    }
}

/// A number from 0 to 1 that a text has in every run.
pub fn share(text: &str) -> f64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    ((hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64 / (1u64 << 53) as f64
}

pub fn all(folder: &Path) -> Outcome<Vec<Pair>> {
    let mut out = Vec::new();
    let mut labels = Labels::new();
    let rivals: Vec<Row> = corpus::rows(&folder.join("rivals/rivals.jsonl"))?;
    let groups: Vec<Group> = corpus::rows(&folder.join("stories/labels.jsonl"))?;
    of_rivals(&rivals, &mut labels);
    of_groups(&groups, &mut labels);
    let mut articles: Vec<Row> = corpus::rows(&folder.join("stories/articles.jsonl"))?;
    articles.extend(rivals);
    articles.sort_by_key(|it| (it.published(), it.id.clone()));
    for (set, length) in LENGTHS {
        let rows: Vec<Row> = articles
            .iter()
            .map(|it| if length == usize::MAX { it.clone() } else { it.cut(length) })
            .collect();
        of_rows(set, &rows, &labels, |n, pair| n < 6 || share(pair) < 0.15, &mut out);
    }
    // Our own newsroom of events that are merely worded alike; it stands among the tests.
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/telling/stories.jsonl");
    let mut ours: Vec<Row> = corpus::rows(&ours)?;
    ours.sort_by_key(|it| (it.published(), it.id.clone()));
    for (set, length) in LENGTHS {
        let rows: Vec<Row> = ours.iter().map(|it| it.cut(length)).collect();
        of_rows(&format!("ours-{set}"), &rows, &Labels::new(), |_, _| true, &mut out);
    }
    let mut headlines: Vec<Row> = corpus::rows(&folder.join("dedup/uci_stories.jsonl"))?;
    headlines.sort_by_key(|it| (it.published(), it.id.clone()));
    of_rows("uci", &headlines, &Labels::new(), |_, pair| share(pair) < 0.3, &mut out);
    let scored: Vec<Scored> = corpus::rows(&folder.join("dedup/headline_pairs.jsonl"))?;
    let mut window: Window<usize> = Window::new(SPAN);
    let headline = |publisher: &str, title: &str| Row {
        id: String::new(),
        publisher: publisher.to_owned(),
        title: title.to_owned(),
        text: String::new(),
        published: "2026-01-01T00:00:00Z".to_owned(),
        base: String::new(),
        role: String::new(),
        cluster: String::new(),
        url: String::new(),
    };
    let readings: Vec<_> = scored
        .iter()
        .map(|it| {
            (window.read(&headline("a", &it.a).article()), window.read(&headline("b", &it.b).article()))
        })
        .collect();
    for (a, b) in &readings {
        window.count(a);
        window.count(b);
    }
    for (it, (a, b)) in scored.iter().zip(&readings) {
        let (signals, is_objected) = window.signals(a, b);
        out.push(Pair {
            ids: (it.id.clone(), String::new()),
            set: "pairs".to_owned(),
            is_same: 3.0 <= it.score,
            kind: "pair".to_owned(),
            group: it.id.clone(),
            is_objected,
            signals,
        });
    }
    Ok(out)
}
