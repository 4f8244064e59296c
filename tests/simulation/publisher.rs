//! Publishers that never were: what each publishes when, and the documents that hold it.

use std::fmt::Write as _;
use std::time::Duration;

use bylined::domain::Timestamp;

use crate::rng::Rng;

pub(crate) const SECOND: u64 = 1000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// When a simulation begins: Friday, 2026-11-20T10:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_795_168_800);

/// How long one event is what publishers write about.
const EVENT: u64 = 8 * HOUR;

const NAMES: [&str; 16] = [
    "Norvik", "Halden", "Ostrava", "Calder", "Brixen", "Tamsin", "Verdal", "Quillon", "Marrow", "Pellworm",
    "Saltash", "Ilmen", "Corvane", "Dunmore", "Evora", "Fenwick",
];
const KINDS: [&str; 8] =
    ["Systems", "Robotics", "Networks", "Cloud", "Analytics", "Semiconductor", "Labs", "Mobility"];
const DEEDS: [&str; 10] = [
    "acquires",
    "sues",
    "partners with",
    "leaves",
    "audits",
    "funds",
    "certifies",
    "supplies",
    "undercuts",
    "replaces",
];
const THINGS: [&str; 12] = [
    "database engines",
    "satellite links",
    "battery plants",
    "language models",
    "payment terminals",
    "compilers",
    "warehouse robots",
    "storage arrays",
    "charging stations",
    "security audits",
    "chip designs",
    "voice assistants",
];
const CITIES: [&str; 8] = ["Bergen", "Lagos", "Osaka", "Tallinn", "Porto", "Denver", "Leeds", "Graz"];

/// How a publisher is and what befalls it, per mille of requests or items.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    /// Mean time between two items.
    pub(crate) period: u64,
    /// Items in a document.
    pub(crate) window: usize,
    pub(crate) is_atom: bool,
    pub(crate) has_etag: bool,
    /// Whether the feed has only the beginning of each text.
    pub(crate) is_cut: bool,
    pub(crate) max_age_secs: u64,
    pub(crate) lost: u64,
    pub(crate) slow: u64,
    pub(crate) refused: u64,
    pub(crate) redirected: u64,
    pub(crate) churned: u64,
    pub(crate) flooded: u64,
    pub(crate) withdrawn: u64,
    pub(crate) edited: u64,
}

impl Profile {
    pub(crate) fn of(rng: &mut Rng, is_faulty: bool) -> Self {
        let mut rate = |most: u64| if is_faulty && rng.chance(600) { rng.below(most) } else { 0 };
        let (lost, slow, refused, redirected) = (rate(250), rate(120), rate(250), rate(200));
        let (churned, flooded, withdrawn, edited) = (rate(200), rate(12), rate(100), rate(200));
        Self {
            period: rng.range(2, 30) * HOUR,
            window: rng.range(10, 30) as usize,
            is_atom: rng.chance(400),
            has_etag: rng.chance(700),
            is_cut: rng.chance(300),
            max_age_secs: if rng.chance(200) { rng.range(600, 20_000) } else { 0 },
            lost,
            slow,
            refused,
            redirected,
            churned,
            flooded,
            withdrawn,
            edited,
        }
    }
}

/// One article.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Stands in its title whatever else changes.
    pub(crate) token: String,
    title: String,
    text: Vec<String>,
    guid: String,
    pub(crate) link: String,
    published: u64,
    updated: u64,
    is_withdrawn: bool,
}

/// A document as it was sent.
pub(crate) struct FeedDocument {
    pub(crate) version: u64,
    pub(crate) bytes: String,
    pub(crate) tokens: Vec<String>,
}

pub(crate) struct Publisher {
    pub(crate) name: String,
    pub(crate) profile: Profile,
    seed: u64,
    rng: Rng,
    pub(crate) items: Vec<Item>,
    next_at: u64,
    last_event: Option<u64>,
    version: u64,
}

impl Publisher {
    pub(crate) fn new(seed: u64, n: u64, profile: Profile) -> Self {
        let mut rng = Rng::new(seed, 1000 + n);
        let next_at = rng.below(profile.period);
        Self {
            name: format!("s{n}"),
            profile,
            seed,
            rng,
            items: Vec::new(),
            next_at,
            last_event: None,
            version: 0,
        }
    }

    pub(crate) fn host(&self) -> String {
        format!("{}.example", self.name)
    }

    /// Lets time pass until `now`, in milliseconds since the start.
    pub(crate) fn advance(&mut self, now: u64, is_calm: bool) {
        while self.next_at <= now {
            let at = self.next_at;
            let count =
                if !is_calm && self.rng.chance(self.profile.flooded) { self.rng.range(20, 120) } else { 1 };
            for _ in 0..count {
                self.publish(at);
            }
            if !is_calm {
                self.change(at);
            }
            self.version += 1;
            self.next_at = at + self.rng.range(self.profile.period / 4, self.profile.period * 7 / 4);
        }
    }

    fn publish(&mut self, at: u64) {
        let n = self.items.len();
        let token = format!("{}n{n}q", self.name);
        let event = at / EVENT;
        let is_common = self.last_event != Some(event) && self.rng.chance(500);
        let mut words = match is_common {
            true => Rng::new(self.seed, 50_000 + event),
            false => Rng::new(self.seed ^ self.rng.next(), 7),
        };
        if is_common {
            self.last_event = Some(event);
        }
        let (headline, mut text) = told(&mut words);
        text.rotate_left(self.rng.below(3) as usize);
        text.push(format!("{} reported it under number {token}.", self.name.to_uppercase()));
        self.items.push(Item {
            title: format!("{headline} {token}"),
            text,
            guid: format!("urn:{token}"),
            link: format!("https://{}/a/{token}", self.host()),
            token,
            published: at,
            updated: at,
            is_withdrawn: false,
        });
    }

    /// Changes what stands in the feed, each in one respect that leaves it known.
    fn change(&mut self, at: u64) {
        let Profile { churned, withdrawn, edited, window, .. } = self.profile;
        let from = self.items.len().saturating_sub(window);
        for n in from..self.items.len() {
            let (rng, item) = (&mut self.rng, &mut self.items[n]);
            if rng.chance(churned / 4) {
                match rng.below(3) {
                    0 => item.guid = format!("urn:{}:{}", item.token, rng.below(1000)),
                    1 => item.link = format!("{}?utm_source={}", bare(&item.link), rng.below(1000)),
                    _ => item.published += rng.below(HOUR),
                }
            }
            if rng.chance(edited / 4) {
                item.updated = at;
                match rng.below(2) {
                    0 => item.title = format!("Update: {}", item.title.trim_start_matches("Update: ")),
                    _ => item.text.push(format!("It was corrected {} times since.", rng.range(2, 99))),
                }
            }
            if rng.chance(withdrawn / 10) {
                item.is_withdrawn = true;
            }
        }
    }

    pub(crate) fn document(&self) -> FeedDocument {
        let shown: Vec<&Item> =
            self.items.iter().rev().filter(|it| !it.is_withdrawn).take(self.shown_max()).collect();
        let items: String =
            shown.iter().map(|it| if self.profile.is_atom { self.atom(it) } else { self.rss(it) }).collect();
        let (name, host) = (self.name.to_uppercase(), self.host());
        let bytes = match self.profile.is_atom {
            true => format!(
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>https://{host}/</id><title>{name} Daily</title>\
                 <updated>{}</updated>{items}</feed>",
                moment(0).rfc3339()
            ),
            false => {
                format!("<rss version=\"2.0\"><channel><title>{name} Daily</title>{items}</channel></rss>")
            }
        };
        FeedDocument {
            version: self.version,
            bytes,
            tokens: shown.iter().map(|it| it.token.clone()).collect(),
        }
    }

    /// A flood is longer than the window.
    fn shown_max(&self) -> usize {
        let newest = self.items.last().map_or(0, |it| it.published);
        let at_once = self.items.iter().rev().take_while(|it| it.published == newest).count();
        self.profile.window.max(at_once)
    }

    fn shown_text(&self, item: &Item) -> String {
        let least = if self.profile.is_cut { 1 } else { item.text.len() };
        item.text[..least].join(" ")
    }

    fn rss(&self, item: &Item) -> String {
        let date = moment(item.published).rfc822();
        let mut it = String::new();
        let _ = write!(
            it,
            "<item><guid isPermaLink=\"false\">{}</guid><link>{}</link><title>{}</title><pubDate>{date}</pubDate>\
             <description>{}</description></item>",
            item.guid,
            item.link,
            item.title,
            self.shown_text(item)
        );
        it
    }

    fn atom(&self, item: &Item) -> String {
        format!(
            "<entry><id>{}</id><link href=\"{}\"/><title>{}</title><published>{}</published><updated>{}</updated>\
             <content>{}</content></entry>",
            item.guid,
            item.link,
            item.title,
            moment(item.published).rfc3339(),
            moment(item.updated.max(item.published)).rfc3339(),
            self.shown_text(item)
        )
    }

    /// The page of an article, unless there is none any more.
    pub(crate) fn page(&self, path: &str) -> Option<String> {
        let item = self.items.iter().find(|it| bare(&it.link).ends_with(path))?;
        if item.is_withdrawn {
            return None;
        }
        let text: String = item.text.iter().map(|it| format!("<p>{it}</p>")).collect();
        Some(format!(
            "<html><head><title>{0}</title></head><body><article><h1>{0}</h1>{text}</article></body></html>",
            item.title
        ))
    }
}

fn bare(link: &str) -> &str {
    link.split('?').next().unwrap_or(link)
}

/// The moment so many milliseconds after the start, by the clock of publishers.
pub(crate) fn moment(at: u64) -> Timestamp {
    START.plus(Duration::from_millis(at))
}

/// A headline and what there is to say about it.
fn told(rng: &mut Rng) -> (String, Vec<String>) {
    let company = |rng: &mut Rng| format!("{} {}", rng.pick(&NAMES), rng.pick(&KINDS));
    let (one, other) = (company(rng), company(rng));
    let (deed, thing, city) = (*rng.pick(&DEEDS), *rng.pick(&THINGS), *rng.pick(&CITIES));
    let (sum, share, year) = (rng.range(11, 990), rng.range(3, 97), rng.range(2021, 2026));
    let headline = format!("{one} {deed} {other} over {thing} in {city}");
    let text = vec![
        format!("{one} said on Friday that it {deed} {other} because of {thing} worth ${sum} million."),
        format!(
            "The agreement covers {share} percent of the {thing} that {other} has made in {city} since {year}."
        ),
        format!(
            "Analysts at {} expect the market for {thing} to grow by {} percent a year.",
            company(rng),
            rng.range(2, 40)
        ),
        format!("{other} employs {} people in {city}, most of them engineers.", rng.range(120, 9000)),
        format!(
            "Regulators in {} have until {} to object to the terms.",
            rng.pick(&CITIES),
            rng.range(2027, 2031)
        ),
        format!("Customers can move their {thing} to {one} without a fee for {} months.", rng.range(3, 36)),
    ];
    (headline, text)
}
