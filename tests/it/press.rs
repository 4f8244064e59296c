//! Invented papers, and their feeds in every format that we read.

use std::fmt::Write;

use bylined::domain::Timestamp;

use crate::origin::Page;

/// When the first article of a paper appeared: long ago, so that no clock of a
/// machine that runs the tests stands before it.
pub(crate) const FIRST: Timestamp = Timestamp::from_secs(1_714_557_600);

const HOUR_SECS: i64 = 3600;

/// An article as a paper's feed carries it.
#[derive(Clone, Debug)]
pub(crate) struct Article {
    pub(crate) id: String,
    pub(crate) link: String,
    pub(crate) title: String,
    /// Paragraphs with blank lines between them.
    pub(crate) text: String,
    pub(crate) published: Timestamp,
}

/// A paper with everything in its feed.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    pub(crate) name: String,
    pub(crate) home: String,
    pub(crate) articles: Vec<Article>,
}

/// Four stories with figures, names and quotations: title and text.
pub(crate) const STORIES: [(&str, &str); 4] = [
    (
        "Corvid Systems opens its scheduler to other clouds",
        "Corvid Systems released the source of its batch scheduler on Tuesday and will accept patches from other cloud \
         providers. The scheduler places 40,000 jobs a second in the company's three regions.\n\n\
         \"We want one queue for every cloud,\" said Ada Lindqvist, who leads the project at Corvid Systems. The \
         Apache-licensed code needs Kubernetes 1.30 or later.\n\n\
         Companies that run mixed fleets can now move a waiting job between providers without rewriting its \
         manifest. Corvid measured a drop of 18% in waiting time during a trial with six customers.",
    ),
    (
        "Tarn 5.2 halves the memory of its query planner",
        "Version 5.2 of the Tarn database needs half the memory for planning joins of more than twelve tables. The \
         maintainers replaced the exhaustive search with a bounded one.\n\n\
         In the project's own benchmark, planning a join of 20 tables took 31 milliseconds instead of 412. Plans \
         became slower to execute in two of 113 queries.\n\n\
         Administrators can return to the old planner with one setting until version 6. Upgrading from 5.1 needs no \
         dump and no downtime, according to the release notes.",
    ),
    (
        "Port of Halden replaces its passwords with hardware keys",
        "The Port of Halden has issued hardware keys to all 2,300 employees and switched passwords off in April. The \
         port authority had counted 61 stolen passwords in the year before.\n\n\
         \"Nobody misses the password, and nobody phones us about it,\" said Ivar Moen, head of security. Each \
         employee received two keys, one of which stays in a safe.\n\n\
         The change cost 190,000 euros, most of it for replacing eleven old terminals that could not read the keys.",
    ),
    (
        "A lost weather balloon leads to a faster checksum",
        "An engineer at the Brenn observatory found a checksum that runs three times as fast as CRC-32 on small \
         processors while she searched for a lost weather balloon. The code takes 220 bytes.\n\n\
         The observatory's radios send 900 packets an hour with a battery of the size of a coin. Checking them had \
         used a quarter of its charge.\n\n\
         The algorithm misses one error in four billion, the same as before. Two makers of radios are testing it.",
    ),
];

impl Paper {
    /// A paper whose home page is `home`, with an article for each of these stories.
    pub(crate) fn new(name: &str, home: &str, stories: &[(&str, &str)]) -> Self {
        let articles = stories.iter().enumerate().map(|(i, (title, text))| Article {
            id: format!("urn:paper:{}:{i}", name.to_lowercase().replace(' ', "-")),
            link: format!("{home}article-{i}"),
            title: (*title).to_owned(),
            text: (*text).to_owned(),
            published: Timestamp::from_secs(FIRST.millis() / 1000 + i as i64 * HOUR_SECS),
        });
        Self { name: name.to_owned(), home: home.to_owned(), articles: articles.collect() }
    }

    /// A paper with this many short notes, each of another thing; `nth` sets papers apart.
    pub(crate) fn of_notes(name: &str, home: &str, nth: usize, count: usize) -> Self {
        let notes: Vec<(String, String)> = (0..count).map(|i| note(nth * 1000 + i)).collect();
        let notes: Vec<(&str, &str)> = notes.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        Self::new(name, home, &notes)
    }

    /// RSS 2.0.
    pub(crate) fn rss2(&self) -> Page {
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>{}</title><link>{}</link>\
             <description>A paper</description><language>en</language>",
            escaped(&self.name),
            escaped(&self.home)
        );
        for it in &self.articles {
            write!(
                xml,
                "<item><guid isPermaLink=\"false\">{}</guid><link>{}</link><title>{}</title><pubDate>{}</pubDate>\
                 <description>{}</description></item>",
                escaped(&it.id),
                escaped(&it.link),
                escaped(&it.title),
                it.published.rfc822(),
                escaped(&it.html()),
            )
            .expect("memory takes it");
        }
        Page::new(xml + "</channel></rss>")
    }

    /// RSS 1.0.
    pub(crate) fn rss1(&self) -> Page {
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
             xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
             <channel rdf:about=\"{1}\"><title>{0}</title><link>{1}</link><description>A paper</description></channel>",
            escaped(&self.name),
            escaped(&self.home)
        );
        for it in &self.articles {
            write!(
                xml,
                "<item rdf:about=\"{}\"><title>{}</title><link>{}</link><dc:date>{}</dc:date>\
                 <description>{}</description></item>",
                escaped(&it.id),
                escaped(&it.title),
                escaped(&it.link),
                it.published.rfc3339(),
                escaped(&it.html()),
            )
            .expect("memory takes it");
        }
        Page::new(xml + "</rdf:RDF>")
    }

    /// Atom.
    pub(crate) fn atom(&self) -> Page {
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{1}</id>\
             <title>{0}</title><link href=\"{1}\"/><updated>{2}</updated><author><name>{0}</name></author>",
            escaped(&self.name),
            escaped(&self.home),
            FIRST.rfc3339()
        );
        for it in &self.articles {
            write!(
                xml,
                "<entry><id>{}</id><link href=\"{}\"/><title>{}</title><published>{3}</published>\
                 <updated>{3}</updated><content type=\"html\">{4}</content></entry>",
                escaped(&it.id),
                escaped(&it.link),
                escaped(&it.title),
                it.published.rfc3339(),
                escaped(&it.html()),
            )
            .expect("memory takes it");
        }
        Page::new(xml + "</feed>")
    }

    /// JSON Feed 1.1.
    pub(crate) fn json(&self) -> Page {
        let items = self.articles.iter().map(|it| {
            serde_json::json!({
                "id": it.id,
                "url": it.link,
                "title": it.title,
                "content_html": it.html(),
                "date_published": it.published.rfc3339(),
            })
        });
        let feed = serde_json::json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.name,
            "home_page_url": self.home,
            "items": items.collect::<Vec<_>>(),
        });
        Page::new(feed.to_string())
    }
}

impl Article {
    fn html(&self) -> String {
        self.text.split("\n\n").map(|it| format!("<p>{}</p>", escaped(it))).collect()
    }
}

/// A short note on a thing that no other note is about.
fn note(n: usize) -> (String, String) {
    const VERBS: [&str; 5] = ["opens", "repairs", "measures", "retires", "translates"];
    const THINGS: [&str; 7] =
        ["a compiler", "its archive", "two satellites", "a harbour", "old radios", "a database", "its maps"];
    let name = name(n);
    let (verb, thing) = (VERBS[n % VERBS.len()], THINGS[n % THINGS.len()]);
    let title = format!("{name} {verb} {thing}");
    let text = format!("{name} {verb} {thing} for {} readers.", 100 + n);
    (title, text)
}

/// An invented word for each number.
fn name(n: usize) -> String {
    const SYLLABLES: [&str; 10] = ["ba", "ko", "li", "mu", "ner", "pi", "ros", "ta", "vo", "zed"];
    let digits = format!("{n:04}");
    let word: String = digits.bytes().map(|it| SYLLABLES[usize::from(it - b'0')]).collect();
    word[..1].to_uppercase() + &word[1..]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
