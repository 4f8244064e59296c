//! What must not become one story, and what must, told in our own words.

use std::time::Duration;

use crate::domain::EntryId;
use crate::domain::Timestamp;

use super::features::EntryText;
use super::window::Window;

const SPAN: Duration = Duration::from_secs(72 * 3_600);

/// Whether the second of two entries joins the first one's story, told three hours later by another
/// publisher.
fn joins(a: (&str, &str), b: (&str, &str)) -> bool {
    joins_as(("Paper A", a.0, a.1), ("Paper B", b.0, b.1))
}

fn joins_as(a: (&str, &str, &str), b: (&str, &str, &str)) -> bool {
    let mut window: Window<usize> = Window::new(SPAN);
    let mut read = |(publisher, title, text): (&str, &str, &str), hour: i64| {
        let published = Timestamp::from_secs(1_900_000_000 + hour * 3_600);
        let article =
            EntryText { publisher, title, text, published, address: None, links: &[], never_cluster: false };
        window.read(&article)
    };
    let (first, second) = (read(a, 0), read(b, 3));
    window.insert(EntryId(1), 1, first);
    window.nearest(&second, Timestamp::default(), |_| true).joins.is_some()
}

#[track_caller]
fn check_apart(a: (&str, &str), b: (&str, &str)) {
    assert!(!joins(a, b), "{} | {}", a.0, b.0);
    assert!(!joins(b, a), "{} | {}", b.0, a.0);
}

/// Titles that say nothing, over texts that have nothing in common.
#[test]
fn texts_with_nothing_in_common_stay_apart_under_one_plain_headline() {
    const ONE: &str = "The ferry line between Varn and Selb tries batteries this winter. Each of the two boats \
        carries nine tonnes of cells, charged at the quay while cars roll off. The crew expects to save a \
        third of the fuel, and the harbour office counts on quieter nights for the houses on the shore.";
    const OTHER: &str = "Our spreadsheet library reads pivot tables now. We rewrote the parser of formulas, \
        removed the old cache, and mended eleven faults that users of the command line reported. Thanks to \
        everyone who sent examples; the manual describes how to migrate macros.";
    for title in [
        "Product update for November",
        "Release notes",
        "Hello world",
        "Untitled",
        "What's new",
        "Weekly update",
        "Changelog",
        "Notes from the team this month",
        "Announcing our new release",
        "A look back at the year",
        "Important announcement for all customers",
        "Company news and product updates",
        "New features and bug fixes",
        "Status update for our users",
        "Looking ahead to the next quarter",
        "Thoughts on the future of software",
        "We are hiring engineers in our new office",
        "Week 48",
        "30 November 2026",
        "Maintenance",
    ] {
        check_apart((title, ONE), (title, OTHER));
    }
    for title in ["Product update for November", "Release notes", "Hello world", "Untitled", "Changelog"] {
        check_apart((title, ""), (title, ""));
    }
}

/// Titles that say nothing, over texts that are worded alike, or over none.
#[test]
fn plain_headlines_join_nothing_though_their_texts_are_worded_alike() {
    const RELEASE: &str = "This release of Larkspur brings a number of bug fixes and performance improvements. We \
        fixed a crash on startup, improved the search, updated dependencies and translations, and added a dark \
        theme. Upgrade with your package manager. Thanks to all contributors for their reports and patches.";
    const OTHER_RELEASE: &str = "This release of Zinco brings several new features, bug fixes and performance \
        improvements. We fixed a memory leak, improved the import of maps, updated dependencies and \
        documentation, and added keyboard shortcuts. Download it from the website. Thanks to all contributors \
        and users for their feedback.";
    const WEEK: &str = "This week we shipped a new dashboard, worked on the billing pages and welcomed Maren to the \
        team. Next week we will look at the onboarding flow and the mobile app. As always, tell us what you think.";
    const OTHER_WEEK: &str = "This week we moved the build farm, worked on the installer and welcomed Jonas to the \
        team. Next week we will look at the package index and the test suite. As always, tell us what you think.";
    for title in [
        "Monday, November 30",
        "Introducing version 3.0",
        "Bug fixes and performance improvements",
        "v2.7.0",
        "Weekly notes",
        "Update",
        "Neues im November",
        "Bonjour tout le monde",
        "Revue de la semaine",
        "30 novembre 2026",
        "Journal des modifications",
        "Notas de la versión",
        "Novedades de la semana",
        "30 de noviembre de 2026",
        "Registro de cambios",
        "Versionshinweise",
    ] {
        check_apart((title, RELEASE), (title, OTHER_RELEASE));
        check_apart((title, WEEK), (title, OTHER_WEEK));
        check_apart((title, ""), (title, ""));
    }
}

#[test]
fn an_article_that_its_publisher_gives_twice_is_one_story() {
    let article =
        "Varn Millrace turbines drive the Ketteridge works beside the river. Engineers of Brisling \
        Networks have now replaced the third of them, which had stood still since the flood of March, and \
        measured eleven megawatts in its first hour. "
            .repeat(4);
    let duplicates = |title: &str, other: &str, text: &str| {
        let mut window: Window<usize> = Window::new(SPAN);
        let mut read = |title: &str, hour: i64| {
            let published = Timestamp::from_secs(1_900_000_000 + hour * 3_600);
            let (publisher, address, links) = ("Fjord", None, &[][..]);
            window.read(&EntryText {
                publisher,
                title,
                text,
                published,
                address,
                links,
                never_cluster: false,
            })
        };
        let (first, second) = (read(title, 0), read(other, 30));
        window.insert(EntryId(1), 1, first);
        window.exact_duplicates(&second, Timestamp::default())
    };
    let title = "Brisling replaces the third turbine of Varn Millrace";
    assert_eq!(duplicates(title, title, &article), [1]);
    assert!(duplicates(title, "Brisling opens an office in Selb", &article).is_empty());
    assert!(duplicates("Release notes", "Release notes", &article).is_empty());
    let notice = "We see elevated error rates of uploads and are looking into them. ".repeat(5);
    let title = "Elevated error rates of uploads in Varn";
    assert!(duplicates(title, title, &notice).is_empty(), "the same may happen again");
}

#[test]
fn headlines_that_name_nothing_join_nothing() {
    for (title, one, other) in [
        ("1.0.0", "First stable version of a spirit level.", "First stable version of a seed catalogue."),
        (
            "Security update",
            "Larkspur repairs a flaw in its calendar.",
            "Zinco repairs a flaw in its importer.",
        ),
        (
            "v2.7.0",
            "Adds a panel for tide gauges and mends a crash. Full Changelog: v2.6.0...v2.7.0",
            "Zinco writes maps to disk in half the time. Full Changelog: v2.6.0...v2.7.0",
        ),
        ("Beta", "The beta of Larkspur is open.", "The beta of Zinco is open."),
    ] {
        check_apart((title, one), (title, other));
    }
}

/// One template, other numbers, names or letters.
#[test]
fn reports_from_one_template_are_other_stories() {
    let release = |version: u32| {
        (
            format!("Heron {version} is out with faster tabs"),
            format!(
                "The Heron project has published version {version} of its browser. The release brings faster \
                 tabs, a smaller memory footprint and security fixes. Users get the update by themselves \
                 within days; administrators can download the packages of Heron {version} today."
            ),
        )
    };
    let (a, b) = (release(150), release(151));
    check_apart((&a.0, &a.1), (&b.0, &b.1));
    let hole = |number: &str, what: &str| {
        (
            format!("{number}: {what} in Gantry server lets attackers run code"),
            format!(
                "A vulnerability in the Gantry server, {number}, lets attackers run code without a password. \
                 The maintainers have published a patch for the {what} and ask administrators to update at \
                 once. There are no signs of attacks so far."
            ),
        )
    };
    let (a, b) = (hole("CVE-2026-41220", "overflow"), hole("CVE-2026-41377", "race"));
    check_apart((&a.0, &a.1), (&b.0, &b.1));
    let quake = |size: &str, place: &str| {
        (
            format!("Magnitude {size} earthquake strikes near {place}"),
            format!(
                "An earthquake of magnitude {size} struck near {place} on Monday, the geological survey said. \
                 There were no reports of damage, and no tsunami warning was given."
            ),
        )
    };
    let (a, b) = (quake("5.1", "Varn"), quake("6.3", "Selb"));
    check_apart((&a.0, &a.1), (&b.0, &b.1));
    check_apart(("Odda closes its Series A", ""), ("Odda closes its Series B", ""));
    check_apart(
        ("Larkspur 2.4.0 released", "Larkspur, a mail client, has a new release with a calendar and themes."),
        ("Zinco 2.4.0 released", "Zinco, a database for maps, has a new release with faster spatial joins."),
    );
}

/// An entry that is like two others makes no story of them where they contradict one another.
#[test]
fn one_report_of_two_holes_joins_neither_with_the_other() {
    let report = |number: &str, text: &str| {
        let title = format!("{number}: holes in Gantry server let attackers run code");
        let text = format!(
            "{text} in the Gantry server, {number}, let attackers run code without a password. The maintainers \
             have published a patch and ask administrators to update at once. There are no signs of attacks \
             so far, says the security team of Gantry, which found them in a review of its parser."
        );
        (title, text)
    };
    let one = report("CVE-2026-41220", "Vulnerabilities");
    let both = report("CVE-2026-41220 and CVE-2026-41377", "Two vulnerabilities");
    let other = report("CVE-2026-41377", "Vulnerabilities");
    let mut window: Window<usize> = Window::new(SPAN);
    let mut read = |publisher: &str, told: &(String, String), hour: i64| {
        let published = Timestamp::from_secs(1_900_000_000 + hour * 3_600);
        let (title, text) = (told.0.as_str(), told.1.as_str());
        window.read(&EntryText {
            publisher,
            title,
            text,
            published,
            address: None,
            links: &[],
            never_cluster: false,
        })
    };
    let (first, second, third) = (read("A", &one, 0), read("B", &both, 1), read("C", &other, 2));
    let late = read("D", &both, 3);
    window.insert(EntryId(1), 1, first);
    assert_eq!(window.nearest(&second, Timestamp::default(), |_| true).joins.map(|it| it.story), Some(1));
    window.insert(EntryId(2), 1, second);
    assert_eq!(window.nearest(&third, Timestamp::default(), |_| true).joins, None);
    window.remove(EntryId(2));
    window.insert(EntryId(3), 3, third);
    let also = window.nearest(&late, Timestamp::default(), |_| true).joins.map(|it| it.also);
    assert_eq!(also, Some(Vec::new()), "it is like both, and joins one");
}

#[test]
fn who_does_it_and_to_whom_is_part_of_the_story() {
    check_apart(("Falk buys Odda for 3 billion dollars", ""), ("Odda buys Falk for 3 billion dollars", ""));
    let text = |a: &str, b: &str| {
        format!("{a} buys {b}, both companies said on Monday. The price is 3 billion dollars in shares.")
    };
    let (a, b) = (text("Falk", "Odda"), text("Odda", "Falk"));
    check_apart(("Falk buys Odda for $3 billion", &a), ("Odda buys Falk for $3 billion", &b));
}

/// Two teasers that share a place and say opposite things of it.
#[test]
fn what_opens_is_not_what_closes() {
    check_apart(
        (
            "Tarn pass live: Velland warns it will close the pass",
            "Follow the latest from the Tarn pass. Velland warns that it will close the pass at noon.",
        ),
        (
            "Velland opens a library at the Tarn pass",
            "Velland opened a library of maps at the Tarn pass on Sunday. It holds 300 atlases and a compass.",
        ),
    );
}

#[test]
fn incidents_of_one_status_page_are_stories_of_their_own() {
    let text =
        |what: &str| format!("Investigating: we see elevated error rates of {what}. Resolved: a fix is out.");
    let (a, b) = (text("the upload service"), text("the login service"));
    let title = "Elevated error rates";
    assert!(!joins_as(("Harborline Status", title, &a), ("Harborline Status", title, &b)));
    assert!(!joins_as(("Harborline Status", title, &a), ("Harborline Status", title, &a)));
}

#[test]
fn one_event_in_other_words_or_another_language_is_one_story() {
    const REPORT: &str = "Harborline, the Norwegian cloud provider, said on Tuesday that attackers copied \
        the data of 41,300 customers from its Quillport storage service. The company blamed a leaked access \
        key of a supplier, Brevik Systems, and has told the regulator Datatilsynet. Names and addresses were \
        taken, card numbers were not. \"We found the key in a public repository,\" said its security chief \
        Ingrid Solheim.";
    const OTHER: &str = "Personal details of 41,300 people have been stolen from Harborline. A key that \
        belonged to Brevik Systems opened the Quillport storage to the intruders, security chief Ingrid \
        Solheim said, adding that no card numbers were lost. Datatilsynet is looking into it.";
    const GERMAN: &str = "Unbekannte haben bei Harborline die Daten von 41.300 Kunden kopiert. Der Schlüssel \
        stammte von Brevik Systems und öffnete den Speicherdienst Quillport, sagte die Sicherheitschefin \
        Ingrid Solheim. Die Behörde Datatilsynet ist informiert; Kartennummern sind nicht betroffen.";
    let title = "Harborline says data of 41,300 customers was stolen";
    assert!(joins((title, REPORT), ("Leaked key opened Quillport storage to intruders", OTHER)));
    assert!(joins((title, REPORT), ("Harborline: Daten von 41.300 Kunden kopiert", GERMAN)));
}

#[test]
fn what_came_of_an_event_is_linked_and_not_joined() {
    const EVENT: &str = "Harborline, the Norwegian cloud provider, said on Tuesday that attackers copied \
        the data of 41,300 customers from its Quillport storage service. The company blamed a leaked access \
        key of a supplier, Brevik Systems, and has told the regulator Datatilsynet.";
    const LATER: &str = "Datatilsynet has opened proceedings against Harborline after the theft of data of \
        41,300 customers from its Quillport storage service last week. The regulator wants to know why a key \
        of the supplier Brevik Systems was not replaced. Harborline, a Norwegian cloud provider, said that it \
        would answer all questions; its security chief Ingrid Solheim had blamed the supplier.";
    let mut window: Window<usize> = Window::new(SPAN);
    let mut read = |title: &str, text: &str, hour: i64| {
        let published = Timestamp::from_secs(1_900_000_000 + hour * 3_600);
        let (publisher, address, links) = (if hour == 0 { "A" } else { "B" }, None, &[][..]);
        window.read(&EntryText { publisher, title, text, published, address, links, never_cluster: false })
    };
    let event = read("Harborline says data of 41,300 customers was stolen", EVENT, 0);
    let later = read("Datatilsynet wants to know why a supplier's key was never replaced", LATER, 96);
    window.insert(EntryId(1), 1, event);
    let verdict = window.nearest(&later, Timestamp::default(), |_| true);
    let follows: Vec<_> = verdict.follows.iter().map(|it| (it.story, it.entry)).collect();
    assert_eq!((verdict.joins, follows), (None, vec![(1, EntryId(1))]));
}

#[test]
fn an_event_of_long_ago_is_not_followed_though_it_is_held() {
    const EVENT: &str = "Harborline, the Norwegian cloud provider, said on Tuesday that attackers copied \
        the data of 41,300 customers from its Quillport storage service. The company blamed a leaked access \
        key of a supplier, Brevik Systems, and has told the regulator Datatilsynet.";
    const LATER: &str = "Datatilsynet has opened proceedings against Harborline after the theft of data of \
        41,300 customers from its Quillport storage service last week. The regulator wants to know why a key \
        of the supplier Brevik Systems was not replaced. Harborline, a Norwegian cloud provider, said that it \
        would answer all questions; its security chief Ingrid Solheim had blamed the supplier.";
    let at = |hour: i64| Timestamp::from_secs(1_900_000_000 + hour * 3_600);
    // The event is inserted after something newer, as an entry that comes late is.
    let follows = |hour: i64, held_from: i64| {
        let mut window: Window<usize> = Window::new(SPAN);
        let mut read = |publisher: &str, title: &str, text: &str, hour: i64| {
            let (published, address, links) = (at(hour), None, &[][..]);
            window.read(&EntryText {
                publisher,
                title,
                text,
                published,
                address,
                links,
                never_cluster: false,
            })
        };
        let newer = read("C", "Kettle boils", "", hour - 1);
        let event = read("A", "Harborline says data of 41,300 customers was stolen", EVENT, 0);
        let later =
            read("B", "Datatilsynet wants to know why a supplier's key was never replaced", LATER, hour);
        window.insert(EntryId(2), 2, newer);
        window.insert(EntryId(1), 1, event);
        !window.nearest(&later, at(held_from), |_| true).follows.is_empty()
    };
    assert!(follows(96, 0));
    assert!(!follows(8 * 24 + 1, 0));
    assert!(!follows(18 * 24, 0));
    assert!(!follows(96, 1), "what is older is held by chance");
}

#[test]
fn a_link_to_an_article_joins_what_its_words_nearly_join() {
    const RULING: &str = "The Odda county court has ordered Falkner Systems to stop selling its Heron router after a \
        complaint by Brisling Networks. Judge Marit Solheim said on Monday that Heron copies the packet scheduler \
        that Brisling patented in 2021. Falkner Systems must remove the router from shops in Norway within ten days \
        or pay 40,000 euros a day. The company, which sold 310,000 Heron routers last year, said it would appeal. \
        Brisling Networks had sued Falkner Systems in January after engineers in Bergen compared both firmwares.";
    const LATER: &str = "Falkner Systems lost a patent case in Norway on Monday. A judge stopped sales of one of its \
        routers, of which it sold 310,000 last year. Brisling Networks holds the patent.";
    let check = |links: &[i64], others: usize| {
        let mut window: Window<usize> = Window::new(SPAN);
        let mut read = |publisher: &str, title: &str, text: &str, hour: i64, address: i64, links: &[i64]| {
            let published = Timestamp::from_secs(1_900_000_000 + hour * 3_600);
            let address = Some(address);
            window.read(&EntryText {
                publisher,
                title,
                text,
                published,
                address,
                links,
                never_cluster: false,
            })
        };
        let ruling = read(
            "Fjord",
            "Court orders Falkner Systems to stop selling its Heron router",
            RULING,
            0,
            7,
            &[8],
        );
        let later = read("Monitor", "Patent ruling hits Falkner", LATER, 35, 9, links);
        let linking: Vec<_> = (0..others)
            .map(|n| read("Daily", &format!("Kettle {n} boils"), "", 1, 100 + n as i64, &[8]))
            .collect();
        window.insert(EntryId(1), 1, ruling);
        for (n, features) in linking.into_iter().enumerate() {
            window.insert(EntryId(100 + n as i64), 100 + n, features);
        }
        window.nearest(&later, Timestamp::default(), |_| true).joins.map(|it| it.story)
    };
    assert_eq!(check(&[], 0), None);
    assert_eq!(check(&[7], 0), Some(1));
    assert_eq!(check(&[3, 8], 0), Some(1), "both link to a third article");
    assert_eq!(check(&[3], 0), None);
    assert_eq!(check(&[8], 40), None, "everybody links there");
}

#[test]
fn texts_in_two_languages_are_not_asked_for_words_in_common() {
    const ENGLISH: &str = "The store that belongs to Odda no longer offers the program. Brisling said that the \
        Heron app had asked for the location of its users while it was closed, which the rules of the shop do \
        not allow. It will be back once that has been mended.";
    let objects = |title: &str, text: &str| {
        let mut window: Window<usize> = Window::new(SPAN);
        let mut read = |publisher, title, text| {
            let published = Timestamp::default();
            let address = None;
            window.read(&EntryText {
                publisher,
                title,
                text,
                published,
                address,
                links: &[],
                never_cluster: false,
            })
        };
        let english = read("Paper A", "Brisling pulls its Heron app from the Odda Store", ENGLISH);
        let other = read("Paper B", title, text);
        window.signals(&english, &other).1
    };
    let title = "Brisling zieht Heron App aus dem Odda Store";
    let told = "Das Programm ist dort nicht mehr zu finden, wie Brisling am Abend mitteilte. Die Heron App hat \
        auch dann nach dem Standort gefragt, wenn sie nicht lief, und das ist bei Odda verboten.";
    let nothing = "Die neue Brücke über den Fluss ist nach drei Jahren fertig. Am Sonntag fahren die ersten Busse, \
        und die Anwohner freuen sich auf das Ende der Umleitung durch das alte Viertel.";
    assert!(!objects(title, told), "names tie them");
    assert!(objects(title, nothing), "nothing does");
}
