//! Whatever a source does over time, every article it gives is one entry.

use std::collections::HashSet;

use proptest::prelude::*;
use url::Url;

use crate::domain::Entry;
use crate::domain::EntryId;
use crate::domain::Timestamp;

use super::Fingerprint;
use super::Identity;
use super::Known;
use super::entries;
use super::hash64;

const HOME: &str = "https://a.example/";
const PAGE: &str = "https://a.example/changelog";

/// What a source holds after polls, stored as the pipeline does.
#[derive(Default)]
struct SimulatedSource {
    rows: Vec<Known>,
}

impl SimulatedSource {
    /// Counts of new and of changed entries.
    fn poll(&mut self, prints: &[Fingerprint]) -> (usize, usize) {
        let known = self.known_to(prints);
        let (mut new, mut changed) = (0, 0);
        for (identity, print) in entries(prints, &known).into_iter().zip(prints) {
            match identity {
                Identity::New { key } => {
                    let print = Fingerprint { key: key.as_str().to_owned(), ..print.clone() };
                    self.rows.push(Known { id: EntryId(self.rows.len() as i64), print });
                    new += 1;
                }
                Identity::Same { id, .. } => {
                    let row = &mut self.rows[id.0 as usize].print;
                    changed += usize::from(row.content_hash != print.content_hash);
                    *row = Fingerprint { key: row.key.clone(), ..print.clone() };
                }
                Identity::Repeated => {}
            }
        }
        (new, changed)
    }

    /// No more than what `entries` asks for.
    fn known_to(&self, prints: &[Fingerprint]) -> Vec<Known> {
        let id = |it: &Fingerprint| it.id.as_deref().map(hash64);
        let link = |it: &Fingerprint| it.canonical.as_ref().map(|it| hash64(it.as_str()));
        let wanted: HashSet<(usize, i64)> = prints
            .iter()
            .flat_map(|it| [id(it), link(it), it.title_lookup(), it.text_lookup()].into_iter().enumerate())
            .filter_map(|(column, hash)| Some((column, hash?)))
            .collect();
        let is_wanted = |it: &&Known| {
            let it = &it.print;
            let columns = [id(it), link(it), Some(it.title_hash), it.text_hash];
            columns
                .into_iter()
                .enumerate()
                .any(|(at, hash)| hash.is_some_and(|it| wanted.contains(&(at, it))))
        };
        self.rows.iter().filter(is_wanted).cloned().collect()
    }
}

fn print(id: &str, link: &str, title: &str, text: &str, day: Option<i64>) -> Fingerprint {
    Fingerprint::of(&Entry {
        id: (!id.is_empty()).then(|| id.to_owned()),
        link: Url::parse(link).ok(),
        title: title.to_owned(),
        content: (!text.is_empty()).then(|| text.to_owned()),
        published: day.map(|day| Timestamp::from_secs(day * 86_400)),
        ..Entry::default()
    })
}

/// Six items, oldest first, stay six entries whatever part of them a document shows.
#[track_caller]
fn stay_apart(item: impl Fn(i64) -> Fingerprint) {
    let items: Vec<_> = (1..=6).map(item).collect();
    let reversed: Vec<_> = items.iter().rev().cloned().collect();
    let mut source = SimulatedSource::default();
    assert_eq!(source.poll(&items[..5]), (5, 0), "five items");
    assert_eq!(source.poll(&items[..5]), (0, 0), "the same document");
    assert_eq!(source.poll(&items), (1, 0), "a sixth");
    assert_eq!(source.poll(&reversed), (0, 0), "another order");
    assert_eq!(source.poll(&items[4..]), (0, 0), "the newest two");
    assert_eq!(source.poll(&items[..1]), (0, 0), "the oldest alone");
    assert_eq!(source.poll(&items), (0, 0), "all again");
}

fn deal(n: i64) -> String {
    format!("https://a.example/deals/{n}")
}

fn release(n: i64) -> String {
    format!("Release number {n}")
}

fn text(n: i64) -> String {
    format!("What is in {n}.")
}

#[test]
fn items_of_one_id_stay_apart() {
    stay_apart(|n| print("x", PAGE, &release(n), &text(n), Some(n)));
    stay_apart(|n| print("x", PAGE, &release(n), &text(n), Some(1)));
    stay_apart(|n| print("x", PAGE, &release(n), &text(n), None));
    stay_apart(|n| print("x", PAGE, &release(n), "", Some(n)));
    stay_apart(|n| print("x", HOME, &release(n), &text(n), Some(n)));
    stay_apart(|n| print("x", &deal(n), "Daily deals", &text(n), Some(n)));
    stay_apart(|n| print("x", &deal(n), "Daily deals", &text(n), Some(1)));
}

#[test]
fn items_without_an_id_stay_apart() {
    stay_apart(|n| print("", PAGE, &release(n), "", Some(1)));
    stay_apart(|n| print("", HOME, "Daily deals", &text(n), Some(n)));
    stay_apart(|n| print("", HOME, "Daily deals", &text(n), None));
    stay_apart(|n| print("", HOME, "", &text(n), None));
    stay_apart(|n| print("", HOME, &format!("News {n}"), "", Some(n)));
    stay_apart(|n| print("", HOME, &format!("News {n}"), "", None));
}

#[test]
fn a_column_without_text_is_new_every_week() {
    let mut source = SimulatedSource::default();
    for week in 1..=3 {
        let column = print(&release(week), &deal(week), "What we read this week", "", Some(7 * week));
        assert_eq!(source.poll(&[column]), (1, 0));
    }
}

#[test]
fn ids_that_number_the_places_of_a_document_repeat_nothing() {
    let item =
        |at: usize, n: i64| print(&at.to_string(), &deal(n), &format!("a{n} b{n} c{n}"), &text(n), Some(n));
    let document = |newest: i64| -> Vec<_> {
        (newest - 4..=newest).rev().enumerate().map(|(at, n)| item(at, n)).collect()
    };
    let mut source = SimulatedSource::default();
    assert_eq!(source.poll(&document(10)), (5, 0));
    assert_eq!(source.poll(&document(11)), (1, 0));
    assert_eq!(source.poll(&document(13)), (2, 0));
}

#[test]
fn an_item_listed_twice_is_one_entry() {
    let check = |other: Fingerprint, once: Fingerprint| {
        assert_eq!(entries(&[once, other], &[])[1], Identity::Repeated);
    };
    let once = || print("1", PAGE, "Kernel release", "Text.", Some(1));
    check(print("1", PAGE, "A release of the kernel", "Text.", Some(1)), once());
    check(print("1", PAGE, "Kernel release", "Corrected.", Some(1)), once());
    check(print("1", PAGE, "Kernel release", "Text.", Some(2)), once());
    check(print("1", &deal(1), "Kernel release", "Text.", Some(1)), once());
    check(print("2", PAGE, "Kernel release", "Text.", Some(1)), once());
    let unnamed = || print("", PAGE, "Kernel release", "Text.", Some(1));
    check(print("", PAGE, "Kernel release", "Corrected.", Some(1)), unnamed());
    let undated = || print("", HOME, "Kernel release", "Text.", None);
    check(undated(), undated());
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Own {
    /// Every article has one of its own.
    Each,
    /// All have the same.
    Shared,
    None,
}

/// How a source writes its documents.
#[derive(Clone, Copy, Debug)]
struct Style {
    id: Own,
    link: Own,
    title: Own,
    is_dated: bool,
}

#[derive(Clone, Copy, Debug)]
enum EditedSignal {
    Id,
    Link,
    Title,
    Text,
    Date,
}

/// What happens between two polls.
#[derive(Clone, Copy, Debug)]
enum Event {
    Publish,
    Edit(EditedSignal, usize),
    DropOut(usize),
    Reappear(usize),
    Reorder(usize),
}

impl Style {
    /// Whether two articles differ by more than their text; else nobody could tell an edit from an article.
    fn is_decidable(&self) -> bool {
        [self.id, self.link, self.title].contains(&Own::Each) || self.is_dated
    }

    /// Whether what is left tells which article was edited.
    fn survives_change_of(&self, signal: EditedSignal) -> bool {
        let [has_id, has_link, has_title] = [self.id, self.link, self.title].map(|it| it == Own::Each);
        match signal {
            EditedSignal::Id => has_id && (has_link || has_title),
            EditedSignal::Link => has_link && (has_id || has_title || self.is_dated),
            EditedSignal::Title => self.title != Own::None && (has_id || has_link && self.is_dated),
            EditedSignal::Text => has_id || has_link,
            EditedSignal::Date => self.is_dated && (has_id || has_link || has_title),
        }
    }
}

/// An article by its number and how often each of its signals was edited.
#[derive(Clone, Default)]
struct SimulatedArticle {
    n: usize,
    edits: [usize; 5],
}

impl SimulatedArticle {
    fn print(&self, style: Style) -> Fingerprint {
        let Self { n, edits: [id, link, title, text, date] } = self;
        let either = |own: Own, each: String, shared: &str| match own {
            Own::Each => each,
            Own::Shared => shared.to_owned(),
            Own::None => String::new(),
        };
        let recurring = if *title == 0 { "Daily deals".to_owned() } else { format!("deals{n}v{title}") };
        print(
            &either(style.id, format!("{n}v{id}"), "x"),
            &either(style.link, format!("https://a.example/{n}/{link}"), PAGE),
            &either(style.title, format!("a{n}v{title} b{n}v{title} c{n}v{title}"), &recurring),
            &format!("Text {n} as of edition {text}."),
            style.is_dated.then_some((100 * n + date) as i64),
        )
    }
}

/// A source with two articles, to which things happen; polled twice after each.
fn live(style: Style, events: &[Event]) -> Result<(), TestCaseError> {
    let mut articles: Vec<_> =
        (1..=2).map(|n| SimulatedArticle { n, ..SimulatedArticle::default() }).collect();
    let mut shown = vec![1, 0];
    let mut source = SimulatedSource::default();
    let mut poll = |articles: &[SimulatedArticle], shown: &[usize]| {
        let document: Vec<_> = shown.iter().map(|&it: &usize| articles[it].print(style)).collect();
        source.poll(&document);
        prop_assert_eq!(source.rows.len(), articles.len());
        prop_assert_eq!(source.poll(&document), (0, 0));
        Ok(())
    };
    poll(&articles, &shown)?;
    for event in events {
        match *event {
            Event::Publish => {
                shown.insert(0, articles.len());
                articles.push(SimulatedArticle { n: articles.len() + 1, ..SimulatedArticle::default() });
            }
            Event::Edit(signal, at) if style.survives_change_of(signal) => {
                articles[shown[at % shown.len()]].edits[signal as usize] += 1;
            }
            Event::DropOut(at) if 1 < shown.len() => {
                shown.remove(at % shown.len());
            }
            Event::Reappear(at) => {
                let gone: Vec<_> = (0..articles.len()).filter(|it| !shown.contains(it)).collect();
                shown.extend(gone.get(at % gone.len().max(1)));
            }
            Event::Reorder(by) => {
                let middle = by % shown.len();
                shown.rotate_left(middle);
                shown[middle..].reverse();
            }
            _ => continue,
        }
        poll(&articles, &shown)?;
    }
    Ok(())
}

fn style() -> impl Strategy<Value = Style> {
    let own = || prop_oneof![Just(Own::Each), Just(Own::Shared), Just(Own::None)];
    (own(), own(), own(), any::<bool>())
        .prop_map(|(id, link, title, is_dated)| Style { id, link, title, is_dated })
        .prop_filter("articles differ", Style::is_decidable)
}

fn event() -> impl Strategy<Value = Event> {
    let signal = prop_oneof![
        Just(EditedSignal::Id),
        Just(EditedSignal::Link),
        Just(EditedSignal::Title),
        Just(EditedSignal::Text),
        Just(EditedSignal::Date)
    ];
    prop_oneof![
        3 => Just(Event::Publish),
        4 => (signal, any::<usize>()).prop_map(|(signal, at)| Event::Edit(signal, at)),
        2 => any::<usize>().prop_map(Event::DropOut),
        2 => any::<usize>().prop_map(Event::Reappear),
        1 => any::<usize>().prop_map(Event::Reorder),
    ]
}

/// 200, or as many as `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_article_is_one_entry(style in style(), events in prop::collection::vec(event(), 0..25)) {
        live(style, &events)?;
    }
}
