//! HTML pages: complete without JavaScript, the same for every reader.
//!
//! Templates escape everything; the one thing put in as it is, the JSON-LD of a
//! story, is made by `ScriptJson`, which cannot hold `<`.

mod about;
mod archive;
mod briefing;
mod card;
mod corrections;
mod decision;
mod directory;
mod feed_list;
mod front;
mod head;
mod history;
mod json_ld;
mod month;
mod plain;
mod search;
mod section;
mod site_view;
mod snippet;
mod story;
mod template;
mod words;

pub use self::about::about;
pub use self::archive::ArchiveDay;
pub use self::archive::archive_month;
pub use self::card::ListedStory;
pub use self::corrections::Correction;
pub use self::corrections::article_status;
pub use self::corrections::corrections;
pub use self::decision::Decision;
pub use self::decision::Deed;
pub use self::directory::DIRECTORY_PAGE;
pub use self::directory::archive;
pub use self::directory::audiences;
pub use self::directory::directory_path;
pub use self::directory::directory_places;
pub use self::directory::publishers;
pub use self::directory::topics;
pub use self::feed_list::FEEDS_PAGE;
pub use self::feed_list::FeedKind;
pub use self::feed_list::OwnFeed;
pub use self::feed_list::feed_list;
pub use self::front::front;
pub use self::history::Revision;
pub use self::history::history;
pub use self::month::Month;
pub use self::plain::gone;
pub use self::plain::not_found;
pub use self::search::SearchQuery;
pub use self::search::SearchResults;
pub use self::search::search_results;
pub use self::section::Leaf;
pub use self::section::Publisher;
pub use self::section::archive_day;
pub use self::section::audience;
pub use self::section::publisher;
pub use self::section::topic;
pub use self::site_view::Section;
pub use self::site_view::SiteView;
pub use self::story::PublisherPages;
pub use self::story::ReceiptContext;
pub use self::story::story;

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::domain::Byline;
    use crate::domain::Item;
    use crate::domain::Notice;
    use crate::domain::Slug;

    fn site() -> SiteView {
        let section = |name: &str, stories| Section {
            name: name.to_owned(),
            slug: Slug::of(name).expect("ASCII letters"),
            stories,
        };
        SiteView {
            title: "Example Tech Brief".to_owned(),
            curator: "Example Brief".to_owned(),
            base_url: sample::url("https://brief.example/tech/"),
            language: "en".to_owned(),
            timezone: chrono_tz::Europe::Berlin,
            contact: Some("desk@brief.example".to_owned()),
            logo: None,
            topics: vec![section("AI", 41), section("Cloud", 27), section("Developer tools", 12)],
            audiences: vec![section("CTO", 33), section("Investor", 18)],
        }
    }

    fn revisions() -> Vec<Revision> {
        let at = |number, minutes, item| Revision {
            number,
            at: sample::at(minutes),
            by: "Mara Quill".to_owned(),
            reason: Some("The cap on revenue was wrong by a factor of ten.".to_owned()),
            item,
        };
        vec![at(3, 90, Some(sample::merged())), at(2, 60, None), at(1, 0, Some(sample::quoted()))]
    }

    fn decision() -> Decision {
        let why = Some("The cap was wrong".to_owned());
        Decision { at: sample::at(65), by: "Mara Quill".to_owned(), deed: Deed::Withdrew, why }
    }

    fn listed(item: &Item) -> ListedStory {
        ListedStory { item: item.clone(), coverage: item.bylines.len() }
    }

    fn story_page(site: &SiteView, item: &Item) -> String {
        let slug = Slug::of("Harbour Monitor").expect("ASCII letters");
        story(
            site,
            item,
            &PublisherPages::from([("Harbour Monitor".to_owned(), slug)]),
            &ReceiptContext::new(),
        )
    }

    /// Every kind of page, by a file name.
    fn pages(site: &SiteView) -> Vec<(&'static str, String)> {
        let (a, b, c) = (sample::merged(), sample::quoted(), sample::link_item());
        let mut sponsored = sample::item(
            "4",
            "Sponsored: a backup appliance that fits under a desk",
            vec![sample::byline(
                "Northwind Daily",
                "https://northwind.example/p/backup",
                "Backup, small",
                -1500,
            )],
            crate::domain::Briefing::default(),
        );
        sponsored.notices.push(Notice::Sponsored);
        let stories = [&a, &b, &c, &sponsored].map(listed);
        let all: Vec<&ListedStory> = stories.iter().collect();
        let leaf = Leaf {
            stories: &stories,
            path: "/topics/ai/3".to_owned(),
            newer: Some("/topics/ai".to_owned()),
            older: Some("/topics/ai/2".to_owned()),
        };
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day");
        let day = ArchiveDay { date, count: 9, stories: stories.to_vec() };
        let no_pages = PublisherPages::new();
        let first = &b.briefing.summary[0].receipts[0];
        let context =
            ReceiptContext::from([((first.snapshot, first.start), "It was late & cold.".to_owned())]);
        let query = |words: &str| SearchQuery { words: words.to_owned(), ..SearchQuery::default() };
        let found = SearchResults {
            stories: &stories,
            total: 60,
            instead: Some("vega".to_owned()),
            publishers: site.topics.clone(),
            topics: site.topics.clone(),
            authors: vec!["Ines Okafor".to_owned()],
            page: 2,
            has_more: true,
        };
        let feed =
            OwnFeed { name: "CTO".to_owned(), stem: "/feeds/for/cto".to_owned(), kind: FeedKind::Audiences };
        let month = |month| Month { year: 2026, month };
        let source = Publisher {
            section: Section {
                name: "Harbour Monitor".to_owned(),
                slug: site.topics[0].slug.clone(),
                stories: 2,
            },
            home: a.primary().home.clone(),
            feed_url: a.primary().feed_url.clone(),
            credit: crate::domain::CreditCounts { articles: 2, leads: 1, signed: 1, vanished: 1 },
            rights: crate::domain::Rights::Extractive,
        };
        let correction = Correction {
            at: sample::at(60),
            title: Some(a.title.clone()),
            path: Some(a.path.clone()),
            what: "The cap on revenue was wrong by a factor of ten.".to_owned(),
        };
        vec![
            ("index", front(site, &all, &all, Some(month(11)))),
            ("empty", front(&SiteView { topics: vec![], audiences: vec![], ..site.clone() }, &[], &[], None)),
            ("story", story(site, &a, &no_pages, &context)),
            ("quoted", story(site, &b, &no_pages, &context)),
            ("link", story(site, &c, &no_pages, &context)),
            ("history", history(site, &a.path, &a.title, &revisions(), &[decision()])),
            ("topics", topics(site, 1)),
            ("topic", topic(site, &site.topics[0], &leaf)),
            ("audiences", audiences(site)),
            ("audience", audience(site, &site.audiences[0], &["ai".to_owned()], &leaf)),
            ("publishers", publishers(site, &site.topics, 1, true)),
            ("publisher", publisher(site, &source, &leaf)),
            ("month", archive_month(site, month(11), &[day], Some(month(12)), Some(month(10)))),
            ("day", archive_day(site, date, 9, &leaf)),
            ("archive", archive(site, &[(month(11), 41), (month(10), 1)], None)),
            ("year", archive(site, &[(month(11), 41)], Some(2026))),
            ("feeds", feed_list(site, &[feed], 1)),
            ("search", search_results(site, &query("vgea"), &found, &site.topics)),
            (
                "nothing",
                search_results(site, &query("<b>nothing\" onfocus=x"), &SearchResults::default(), &[]),
            ),
            ("about", about(site)),
            ("corrections", corrections(site, &[correction])),
            ("notfound", not_found(site)),
            ("gone", gone(site, None)),
            ("withdrawn", gone(site, Some(&decision()))),
        ]
    }

    #[test]
    fn every_page_has_what_every_page_needs() {
        for (name, page) in pages(&site()) {
            assert_eq!(page.matches("<h1").count(), 1, "{name}");
            assert_eq!(page.matches("<main").count(), 1, "{name}");
            for needed in [
                "<html lang=\"en\">",
                "<a class=\"skip\" href=\"#content\">",
                "id=\"content\"",
                "<link rel=\"stylesheet\" href=\"/tech/style.css\">",
                "type=\"application/rss+xml\"",
                "href=\"https://brief.example/tech/feeds/all.json\"",
                "<meta name=\"description\" content=\"",
                "<meta property=\"og:url\" content=\"https://brief.example/tech/",
            ] {
                assert!(page.contains(needed), "{name} lacks {needed}");
            }
            for forbidden in [" style=\"", "<style", " onclick", "<img", "http://"] {
                assert!(!page.contains(forbidden), "{name} has {forbidden}");
            }
        }
    }

    #[test]
    fn languages_have_their_direction_and_their_marks() {
        let item = |language: &str| Item { language: Some(language.to_owned()), ..sample::quoted() };
        let english = site();
        let page = story_page(&english, &item("de"));
        assert!(page.contains("<article class=\"story\" lang=\"de\">"), "{page}");
        assert!(page.contains("<q>„Version 1.9 will get security fixes until June 2027.“</q>"), "{page}");
        let page = story_page(&english, &item("ar"));
        assert!(page.contains("<html lang=\"en\">"), "{page}");
        assert!(page.contains("<article class=\"story\" lang=\"ar\" dir=\"rtl\">"), "{page}");
        let cards =
            front(&english, &[&listed(&item("he")), &listed(&item("fr")), &listed(&item("en"))], &[], None);
        assert!(cards.contains("<article class=\"lead one first\" lang=\"he\" dir=\"rtl\">"), "{cards}");
        assert!(cards.contains("<article class=\"lead one\" lang=\"fr\">"), "{cards}");
        assert!(cards.contains(">«\u{a0}The Lattice 2.0") && cards.contains(">“The Lattice 2.0"), "{cards}");
        let persian = SiteView { language: "fa".to_owned(), ..site() };
        for (name, page) in pages(&persian) {
            assert!(page.contains("<html lang=\"fa\" dir=\"rtl\">"), "{name}");
        }
        assert!(story_page(&persian, &item("en")).contains("lang=\"en\" dir=\"ltr\""));
        let revision = Revision {
            number: 1,
            at: sample::at(0),
            by: "rule".to_owned(),
            reason: None,
            item: Some(item("ar")),
        };
        assert!(history(&english, "/x", "X", &[revision], &[]).contains("<div lang=\"ar\" dir=\"rtl\">"));
    }

    #[test]
    fn every_element_is_closed_in_order() {
        const VOID: [&str; 5] = ["meta", "link", "input", "img", "!doctype"];
        for (name, page) in pages(&site()) {
            let mut open: Vec<&str> = vec![];
            for tag in page.split('<').skip(1) {
                let tag = tag.split('>').next().unwrap_or_default();
                let element = tag.split([' ', '\n']).next().unwrap_or_default();
                if let Some(closed) = element.strip_prefix('/') {
                    assert_eq!(open.pop(), Some(closed), "{name}: {tag}");
                } else if !VOID.contains(&element) {
                    open.push(element);
                }
            }
            assert!(open.is_empty(), "{name}: {open:?}");
        }
    }

    #[test]
    fn pages_say_who_decided_when_and_why() {
        let said = "Withdrawn by Mara Quill: The cap was wrong.";
        let page = history(&site(), "/x", "X", &[], &[decision()]);
        let time = "<time datetime=\"2026-11-20T11:05:00Z\">20 November 2026, 12:05 CET</time>";
        assert!(page.contains(said) && page.contains(time), "{page}");
        let gone = gone(&site(), Some(&decision()));
        assert!(gone.contains(&format!("{said} (20 November 2026, 12:05 CET)")), "{gone}");
    }

    #[test]
    fn ids_on_a_page_are_unique() {
        for (name, page) in pages(&site()) {
            let ids: Vec<&str> =
                page.split(" id=\"").skip(1).map(|it| it.split('"').next().unwrap_or_default()).collect();
            let distinct: std::collections::HashSet<&&str> = ids.iter().collect();
            assert_eq!(ids.len(), distinct.len(), "{name}: {ids:?}");
        }
    }

    #[test]
    fn the_parts_of_a_story_stand_in_their_order() {
        let page = story_page(&site(), &sample::merged());
        let main = page.split("<main").nth(1).expect("a main element");
        let mut from = 0;
        for part in [
            "<h1>Lumen Labs ends",
            ">Summary</h2>",
            ">Key takeaway</h2>",
            ">Key insights</h2>",
            ">Principles</h2>",
            ">In practice</h2>",
            ">Topics</h2>",
            ">Best for</h2>",
            ">Related</h2>",
            ">Credits</h2>",
            "Editorial summary, takeaway, and curation by Example Brief. Original articles published by <a href=",
            "written by the model lantern-8b",
            ">Report an error</a>",
        ] {
            let at = main[from..].find(part);
            assert!(at.is_some(), "{part} is not after byte {from} of {main}");
            from += at.unwrap_or_default();
        }
        assert!(main.contains("<strong>For CTOs:</strong> renewals"), "{main}");
    }

    #[test]
    fn a_receipt_opens_beside_its_sentence_and_leads_to_the_article() {
        let page = story_page(&site(), &sample::merged());
        let practice = page.split("id=\"insights\"").nth(1).expect("a part");
        let details = practice.split("<details").nth(1).and_then(|it| it.split("</details>").next());
        let details = details.expect("receipts");
        assert!(details.contains("<span class=\"who\">Harbour Monitor</span>"), "{details}");
        assert!(
            details.contains(">“Vega-related revenue rose 38% to $2.4 billion last year.”</a>"),
            "{details}"
        );
        assert!(
            page.contains("#:~:text=Cobalt%20will%20continue%20to,companies%20would%20not%20disclose%2E\""),
            "{page}"
        );
        let mut item = sample::merged();
        item.briefing.summary[1].receipts[0].is_quote_shown = false;
        assert!(!story_page(&site(), &item).contains("subject to a cap"));
    }

    #[test]
    fn a_summary_is_one_paragraph_that_names_its_only_publisher_once() {
        let page = story_page(&site(), &sample::quoted());
        let part = page.split("id=\"summary\"").nth(1).and_then(|it| it.split("</section>").next());
        let part = part.expect("a summary");
        assert_eq!((part.matches("<p").count(), part.matches("<q>").count()), (1, 1), "{part}");
        let read = part.split("<ol>").next().unwrap_or_default();
        assert_eq!(read.matches("The Compiler Post").count(), 1, "{read}");
    }

    #[test]
    fn names_lead_to_the_publisher_and_to_the_author() {
        let page = story_page(&site(), &sample::merged());
        assert!(page.contains("<a href=\"/tech/publishers/harbour-monitor\""), "{page}");
        assert!(page.contains("<a href=\"/tech/search?q=Ines+Okafor\""), "{page}");
    }

    #[test]
    fn a_story_told_by_several_says_so() {
        let site = site();
        let page = front(&site, &[&listed(&sample::merged())], &[&listed(&sample::quoted())], None);
        assert!(page.contains("<article class=\"lead some first\""), "{page}");
        assert!(page.contains("</a> · first: Harbour Monitor, <time"), "{page}");
        assert!(page.contains(">3 publishers</strong> · <a href=\"https://harbour.example/"), "{page}");
        assert!(page.contains("<summary>2 other headlines</summary>"), "{page}");
        assert!(page.contains("Follows: <a href=\"https://brief.example/story/eeeeffffgggghhhh/"), "{page}");
        assert!(page.contains("<li class=\"row one\">"), "{page}");
    }

    #[test]
    fn a_lead_names_whom_it_quotes_whoever_was_first() {
        let mut item = sample::merged();
        item.bylines[0].published = item.bylines[2].published.plus(std::time::Duration::from_secs(60));
        item.notices = vec![Notice::Sponsored];
        let quoted = item.briefing.summary.iter_mut().next().expect("a sentence");
        quoted.made = crate::domain::Made::Extractive;
        quoted.receipts[0].url = item.bylines[2].url.to_string();
        let page = front(&site(), &[&ListedStory { coverage: 3, ..listed(&item) }], &[], None);
        let lead = page.split("<section class=\"top\"").nth(1).expect("a lead");
        let lead = lead.split("<details").next().unwrap_or(lead);
        for name in [
            "Harbour Monitor</a>",
            "Northwind Daily</a>",
            "first: Northwind Daily, <time",
            "” — The Compiler Post</p>",
        ] {
            assert!(lead.contains(name), "{name} in {lead}");
        }
        assert!(lead.contains("<p class=\"notice\">Sponsored: "), "{lead}");
    }

    #[test]
    fn an_audience_reads_its_own_takeaway_first() {
        let (site, stories) = (site(), [listed(&sample::merged())]);
        let page = audience(&site, &site.audiences[1], &[], &Leaf { stories: &stories, ..Leaf::default() });
        let means = "<p class=\"sentence means\"><strong>For Investors:</strong> Cobalt trades";
        assert!(page.contains(means) && !page.contains("For CTOs:"), "{page}");
    }

    #[test]
    fn pages_speak_the_language_of_the_site() {
        let german = SiteView { language: "de-AT".to_owned(), ..site() };
        let page = story_page(&german, &sample::quoted());
        for words in ["<html lang=\"de-AT\">", ">Zusammenfassung</h2>", "20. November 2026, 09:25 CET"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let page = archive(&SiteView { language: "fr".to_owned(), ..site() }, &[], None);
        assert!(page.contains("<h1>Archives</h1>"), "{page}");
        assert!(
            archive(&SiteView { language: "ja".to_owned(), ..site() }, &[], None)
                .contains("<h1>Archive</h1>")
        );
    }

    #[test]
    fn times_are_shown_in_the_sites_zone_and_told_in_utc() {
        let page = story_page(&site(), &sample::merged());
        let time = "<time datetime=\"2026-11-20T10:00:00Z\">20 November 2026, 11:00 CET</time>";
        assert!(page.contains(time), "{page}");
    }

    #[test]
    fn nothing_foreign_becomes_markup() {
        let mut item = sample::merged();
        let hostile = "</script><script>alert(1)</script><!-- \" ' &";
        item.title = hostile.to_owned();
        item.briefing.summary[0].text = hostile.to_owned();
        item.briefing.topics[0].name = hostile.to_owned();
        item.briefing.best_for[0] = hostile.to_owned();
        item.related[0].title = hostile.to_owned();
        item.related[1].url = "javascript:alert(1)".to_owned();
        let byline = item.bylines[1].clone();
        item.bylines[1] = Byline {
            name: hostile.to_owned(),
            title: hostile.to_owned(),
            author: Some(hostile.to_owned()),
            rights_text: Some(hostile.to_owned()),
            ..byline
        };
        let site = site();
        for page in [
            story_page(&site, &item),
            front(&site, &[&listed(&item)], &[&listed(&item)], None),
            search_results(
                &site,
                &SearchQuery {
                    words: hostile.to_owned(),
                    topic: hostile.to_owned(),
                    ..SearchQuery::default()
                },
                &SearchResults { instead: Some(hostile.to_owned()), ..SearchResults::default() },
                &[],
            ),
        ] {
            assert!(!page.contains("<script>alert") && !page.contains("<!--"), "{page}");
            assert!(!page.contains("javascript:"), "{page}");
        }
    }

    #[test]
    fn the_data_of_a_story_are_json() {
        let page = story_page(&site(), &sample::merged());
        let data = page.split("<script type=\"application/ld+json\">").nth(1).expect("JSON-LD");
        let data = data.split("</script>").next().expect("its end");
        let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(data["@type"], "NewsArticle");
        assert_eq!(data["isBasedOn"][0], "https://harbour.example/news/lumen-vega-licence");
        assert_eq!(data["dateModified"], "2026-11-20T10:40:00Z");
    }

    #[test]
    fn pages_say_in_the_sites_language_who_or_what_wrote() {
        let say = |item: &Item, language: &str| {
            let page = story_page(&SiteView { language: language.to_owned(), ..site() }, item);
            let said =
                page.split("<p class=\"made\"><span>").nth(1).and_then(|it| it.split("</span>").next());
            said.unwrap_or_else(|| panic!("{page}")).to_owned()
        };
        let mut item = sample::merged();
        assert_eq!(
            say(&item, "de"),
            "Zusammenfassung, das Wichtigste, Erkenntnisse und Grundsätze: geschrieben vom Modell lantern-8b (Zahlen, \
             Namen und Zitate nach Regeln geprüft); In der Praxis: nach Regeln aus den Quellen zitiert; von keinem \
             Menschen geprüft."
        );
        item.reviewed = Some(sample::review());
        assert_eq!(
            say(&item, "fr"),
            "Résumé, à retenir, points clés et principes : rédigé par le modèle lantern-8b (chiffres, noms et citations \
             vérifiés selon des règles); en pratique : cité des sources selon des règles. Relu par Mara Quill."
        );
        assert_eq!(say(&sample::quoted(), "es"), "Citado de las fuentes según reglas.");
        assert_eq!(say(&sample::link_item(), "es-MX"), "Sin resumen: solo título y enlaces.");
    }

    #[test]
    fn every_language_says_as_much_about_the_site() {
        let in_language = |it: &str| about(&SiteView { language: it.to_owned(), ..site() });
        let english = in_language("en");
        let counts = |page: &str| {
            ["<h1", "<h2 id=\"", "<p>", "<dt>", "<code>", "<a href=\""].map(|it| page.matches(it).count())
        };
        for (language, opt_out) in [
            ("de", "Für Medien: wie Sie widersprechen"),
            ("fr", "Pour les éditeurs : comment s’y opposer"),
            ("es", "Para los medios: cómo oponerse"),
        ] {
            let page = in_language(language);
            assert!(page.contains(opt_out) && !page.contains("For publishers: how to opt out"), "{page}");
            assert_eq!(counts(&page), counts(&english), "{language}");
            assert!(page.contains("<div lang=\"en\">"), "{page}");
        }
        assert!(in_language("fa").contains("class=\"plain prose\" lang=\"en\""));
        assert!(!english.contains("lang=\"en\"><") && !english.contains("<div lang"), "{english}");
    }

    #[test]
    fn a_publishers_page_says_how_it_is_credited_and_how_to_opt_out() {
        let pages = pages(&site());
        let (_, page) = pages.iter().find(|it| it.0 == "publisher").expect("a page");
        for words in ["leads 1 of them", "1 of 2 articles", "1 no longer", "href=\"/tech/about#opt-out\""] {
            assert!(page.contains(words), "{words}: {page}");
        }
    }

    #[test]
    fn a_receipt_shows_the_sentence_before_its_own() {
        let item = sample::quoted();
        let receipt = &item.briefing.summary[0].receipts[0];
        let key = (receipt.snapshot, receipt.start);
        let context = ReceiptContext::from([(key, "It was late & cold.".to_owned())]);
        let page = story(&site(), &item, &PublisherPages::new(), &context);
        let (_, list) = page.split_once("<details class=\"receipts\">").expect("receipts");
        let before = "<li><span class=\"said\">“It was late &#38; cold.”</span> <a href=";
        assert!(list.contains(before), "{list}");
        assert_eq!(page.matches("It was late").count(), list.matches("It was late").count(), "elsewhere too");
    }
}
