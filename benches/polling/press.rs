//! Feeds without end: the same number gives the same feed, and no two share an article.

use std::fmt::Write;

/// Articles in each feed, where it matters what a poll costs.
pub(crate) const ENTRIES: usize = 22;

const PARAGRAPHS: usize = 2;

/// Words of our own trade, from which sentences are drawn.
const WORDS: &str = "adapter alert archive audit backlog balance batch binary bridge broker browser buffer \
    bundle cache canary capture catalogue channel checkpoint circuit client cluster codec column commit compiler \
    compute console container context counter cursor cycle daemon dashboard datagram decoder default delta deploy \
    device digest dispatch domain driver edge editor encoder endpoint engine event export fabric failover filter \
    firmware flag folder format frame gateway graph handler harness header heap host image import index inode input \
    instance journal kernel key latency layer lease ledger library limit link loader lock log loop manifest memory \
    merge message metric migration mirror module monitor network node object offset operator packet page parser \
    partition patch payload peer pipeline planner policy pool port primary probe profile protocol proxy query queue \
    quorum rack record redirect region register registry relay release replica report request resolver response \
    restore retry revision rollback route router runtime sample scheduler schema scope script segment sensor server \
    session shard signal sketch snapshot socket source splice stack stage storage stream subnet switch symbol table \
    target tenant thread throttle ticket timer token trace traffic trigger tunnel update vector verifier version \
    volume watcher worker window writer zone";

const VERBS: [&str; 12] = [
    "replaces",
    "reads",
    "protects",
    "repeats",
    "measures",
    "rejects",
    "delays",
    "describes",
    "copies",
    "balances",
    "restores",
    "announces",
];

/// A feed: RSS 2.0, Atom or JSON Feed, by its number, of a paper at this origin, which ends with a
/// slash. Of so many entries, one an hour, the latest is of `now`, in epoch seconds.
pub(crate) fn feed(origin: &str, number: usize, (now, entries): (i64, usize)) -> (&'static str, String) {
    let home = format!("{origin}paper-{number}/");
    let mut words = Words::new(number as u64 + 1);
    let articles: Vec<Article> =
        (0..entries).map(|it| Article::new(&home, it, now - 3600 * it as i64, &mut words)).collect();
    match number % 3 {
        0 => ("application/rss+xml", rss(&home, number, &articles)),
        1 => ("application/atom+xml", atom(&home, number, &articles)),
        _ => ("application/feed+json", json(&home, number, &articles)),
    }
}

struct Article {
    link: String,
    title: String,
    html: String,
    published: chrono::DateTime<chrono::Utc>,
}

impl Article {
    fn new(home: &str, number: usize, secs: i64, words: &mut Words) -> Self {
        let mut html = String::new();
        for _ in 0..PARAGRAPHS {
            let _ = write!(
                html,
                "<p>{} <a href=\"/s\">{}</a> {}</p>",
                words.sentence(),
                words.sentence(),
                words.sentence()
            );
        }
        Self {
            link: format!("{home}articles/{number}"),
            title: words.sentence().trim_end_matches('.').to_owned(),
            html,
            published: chrono::DateTime::from_timestamp(secs, 0).unwrap_or_default(),
        }
    }
}

fn rss(home: &str, number: usize, articles: &[Article]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Paper {number}</title>\
         <link>{home}</link><description>All of it</description>"
    );
    for it in articles {
        let _ = write!(
            out,
            "<item><title>{}</title><link>{}</link><guid>{}</guid><pubDate>{}</pubDate>\
             <description><![CDATA[{}]]></description></item>",
            it.title,
            it.link,
            it.link,
            it.published.to_rfc2822(),
            it.html
        );
    }
    out + "</channel></rss>"
}

fn atom(home: &str, number: usize, articles: &[Article]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Paper {number}</title>\
         <id>urn:paper:{number}</id><link href=\"{home}\"/>"
    );
    for it in articles {
        let html = it.html.replace('<', "&lt;").replace('>', "&gt;");
        let date = it.published.to_rfc3339();
        let _ = write!(
            out,
            "<entry><title>{}</title><id>{}</id><link href=\"{}\"/><published>{date}</published>\
             <updated>{date}</updated><content type=\"html\">{html}</content></entry>",
            it.title, it.link, it.link
        );
    }
    out + "</feed>"
}

fn json(home: &str, number: usize, articles: &[Article]) -> String {
    let items: Vec<_> = articles
        .iter()
        .map(|it| {
            serde_json::json!({
                "id": it.link, "url": it.link, "title": it.title, "content_html": it.html,
                "date_published": it.published.to_rfc3339(),
            })
        })
        .collect();
    serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1", "title": format!("Paper {number}"),
        "home_page_url": home, "items": items,
    })
    .to_string()
}

/// A stream of words, the same for the same seed (xorshift64*).
struct Words {
    state: u64,
    words: Vec<&'static str>,
}

impl Words {
    fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            words: WORDS.split_whitespace().collect(),
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn word(&mut self) -> &'static str {
        let at = self.below(self.words.len());
        self.words[at]
    }

    /// One of thousands of made-up names, as news has thousands of real ones.
    fn name(&mut self) -> String {
        format!("{}{}", self.word(), self.word())
    }

    fn sentence(&mut self) -> String {
        let verb = VERBS[self.below(VERBS.len())];
        let count = 2 + self.below(900);
        let (subject, kind) = (self.name(), self.word());
        let (object, place, time) = (self.name(), self.word(), self.name());
        let capital: String = subject.chars().take(1).flat_map(char::to_uppercase).collect();
        format!(
            "{capital}{} {kind} {verb} the {object} of {count} {place}s before each {time} {}.",
            &subject[1..],
            self.word()
        )
    }
}
