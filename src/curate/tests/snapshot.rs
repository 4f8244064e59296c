//! The publisher's abstract, and what is quoted of it.

use super::*;

/// What is said of [`ARTICLE`] with these lines of its publisher beside it.
fn with_abstract(lines: &str) -> Briefing {
    let abstract_snapshot =
        Some(Snapshot { id: SnapshotId(2), from: SnapshotFrom::Page, text: Arc::from(lines) });
    let members = [Member { abstract_snapshot, ..member("Monitor", SnapshotFrom::Feed, ARTICLE) }];
    curated(Budget::Unlimited, &members).briefing
}

#[test]
fn the_publishers_abstract_is_quoted_from_its_own_snapshot() {
    let lines = "Customers of Fernwave can move their Tern databases to three hosting firms in June, after four years in its own data centres";
    for lines in [lines.to_owned(), format!("{lines}.")] {
        let it = with_abstract(&lines);
        assert_eq!(it.summary[0].text, lines, "{it:#?}");
        let receipt = &it.summary[0].receipts[0];
        assert_eq!((receipt.snapshot, &lines[receipt.start..receipt.end]), (SnapshotId(2), lines.as_str()));
        for it in statements(&it).iter().flat_map(|it| &it.receipts) {
            assert_eq!(it.is_of_abstract, it.snapshot == SnapshotId(2));
            let text = if it.snapshot == SnapshotId(2) { &lines } else { ARTICLE };
            assert_eq!(text[it.start..it.end], it.quote);
        }
    }
}

#[test]
fn nothing_of_the_text_leans_on_the_abstract() {
    let lines = "Customers of Fernwave can move their Tern databases to three hosting firms in June, after four years in its own data centres.";
    let text = ARTICLE.split_once("Fernwave will").map(|it| format!("It will{}", it.1)).expect("an opening");
    let abstract_snapshot =
        Some(Snapshot { id: SnapshotId(2), from: SnapshotFrom::Page, text: Arc::from(lines) });
    let members = [Member { abstract_snapshot, ..member("Monitor", SnapshotFrom::Feed, &text) }];
    let mut stems = stems::Stems::of_language(Language::English);
    let sentences = abstracts::sentences(&members, &mut stems);
    assert!(sentences[0].is_abstract && sentences[1].text.starts_with("It will"), "{sentences:#?}");
    assert!(!ranked::carries_next(&sentences, 0));
    assert!(
        !sentences[1].is_of_one_text_with(&sentences[0]) && sentences[1].is_of_one_text_with(&sentences[2])
    );
    let it = curated(Budget::Unlimited, &members).briefing;
    assert!(texts(&it.summary).iter().all(|it| !it.starts_with("It will")), "{it:#?}");
}

#[test]
fn lines_that_are_no_abstract_of_the_article_are_not_quoted() {
    let without = curated(Budget::Unlimited, &[member("Monitor", SnapshotFrom::Feed, ARTICLE)]).briefing;
    for lines in [
        "",
        "The Monitor brings news of databases, clouds and the companies behind them, every working day.",
        "Fernwave's Tern database may run at three other hosting firms from June, so that…",
        "Fernwave opens its Tern database to other clouds. Here is what you need to know before you move.",
        "Can Fernwave's Tern database run at three other hosting firms from June?",
        "A first look at the Tern database at three other hosting firms from June.",
        "A guide to how Fernwave will let three hosting firms run its Tern database.",
        "A larger market for Fernwave and its Tern database at another hosting firm.",
        "The database may run at three other hosting firms from June.",
        "It may run the Tern database at three other hosting firms from June.",
        "Fernwave will let other cloud companies host its Tern database, ending four years in which only its own data centres could run it.",
    ] {
        let it = with_abstract(lines);
        assert!(
            it.statements().flat_map(|it| &it.receipts).all(|it| it.snapshot == SnapshotId(1)),
            "{lines}"
        );
        assert_eq!(texts(&it.summary), texts(&without.summary), "{lines}");
    }
}

#[test]
fn a_second_sentence_that_nobody_would_add_is_left_out() {
    let lead = "Fernwave will let other cloud companies host its Tern database from June, the Oslo company said on Thursday.";
    let text = format!(
        "{lead}\n\nThat was a nice day for all of them there.\n\nHe smiled and then he left the room with her.\n\n\
         She said that it was all the same to them.\n\nThey did it once more, and then it was over."
    );
    let mut member = member("Monitor", SnapshotFrom::Feed, &text);
    member.byline.title = "Fernwave opens its Tern database to other clouds".to_owned();
    assert_eq!(texts(&curated(Budget::Unlimited, &[member]).briefing.summary), [lead]);
}
