//! An editor merges and splits stories by hand: ids stay, permalinks lead on, and the
//! engine never undoes it.

use serde_json::Value;

use bylined::store::Store;
use bylined::store::StoryFilter;

use crate::house::BASE_URL;
use crate::house::House;
use crate::house::ids;
use crate::house::source;
use crate::press::Paper;
use crate::press::STORIES;

/// Two papers with a story each, published.
fn two_stories() -> House {
    let house = House::new();
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    let harbour = Paper::new("Harbour Times", &house.home("harbour"), &STORIES[1..2]);
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/harbour/feed", harbour.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "harbour")]);
    house.poll();
    assert_eq!(items(&house).len(), 2);
    house
}

fn items(house: &House) -> Vec<Value> {
    house.export().items("feeds/all.json")
}

#[track_caller]
fn text(value: &Value, key: &str) -> String {
    value[key].as_str().expect("text").to_owned()
}

/// Every story that was ever published, with its state.
fn stories(house: &House) -> Vec<(String, String, String)> {
    let stories = house.json(&["story", "list"]);
    let stories = stories.as_array().expect("an array");
    stories.iter().map(|it| (text(it, "id"), text(it, "state"), text(it, "url"))).collect()
}

#[track_caller]
fn state(house: &House, id: &str) -> String {
    stories(house).into_iter().find(|it| it.0 == id).expect("the story is known").1
}

#[test]
fn a_merge_by_hand_keeps_the_id_published_first_and_redirects_the_other() {
    let house = two_stories();
    let before = stories(&house);
    let [first, second] = [&before[1], &before[0]];
    house.ok(&["story", "merge", &first.0, &second.0]);
    house.poll();
    house.expect_true_counts();
    let now = items(&house);
    assert_eq!(ids(&now).len(), 1, "{now:?}");
    let survivor = text(&now[0], "id");
    let retired = before.iter().find(|it| it.0 != survivor).expect("the other one");
    assert_eq!(state(&house, &retired.0), "merged");
    let publishers = now[0]["_bylined"]["publishers"].as_array().expect("publishers");
    assert_eq!(publishers.len(), 2, "{publishers:?}");
    let path = retired.2.strip_prefix(BASE_URL).expect("a page of ours").to_owned();
    let daemon = house.daemon();
    let reply = daemon.get(&format!("/{path}"));
    let kept = before.iter().find(|it| it.0 == survivor).expect("the one that stays");
    assert_eq!((reply.status, reply.header("location")), (301, Some(kept.2.as_str())));
}

#[test]
fn a_split_that_undoes_a_merge_revives_the_retired_id() {
    let house = two_stories();
    let before = stories(&house);
    house.ok(&["story", "merge", &before[0].0, &before[1].0]);
    house.poll();
    let survivor = text(&items(&house)[0], "id");
    let retired = before.iter().find(|it| it.0 != survivor).expect("the other one");
    let shown = house.json(&["story", "show", &survivor]);
    let members = shown["members"].as_array().expect("members");
    assert!(members.iter().any(|it| it["joined"] == "merged by the editor"), "{members:?}");
    let came = members.iter().find(|it| it["joined"] == "merged by the editor").expect("one came");
    house.ok(&["story", "split", &survivor, came["url"].as_str().expect("a link")]);
    house.poll();
    house.expect_true_counts();
    assert_eq!(state(&house, &retired.0), "published");
    assert_eq!(state(&house, &survivor), "published");
    let all = items(&house);
    let mut now = ids(&all);
    let mut both: Vec<&str> = before.iter().map(|it| it.0.as_str()).collect();
    now.sort();
    both.sort();
    assert_eq!(now, both);
}

#[test]
fn what_an_editor_parted_is_not_joined_again() {
    let house = House::new();
    let home = house.url("/");
    let daily = Paper::new("The Daily Fjord", &home, &STORIES[..1]);
    let mut business = Paper { name: "Fjord Business".to_owned(), ..daily.clone() };
    business.articles[0].link.push_str("?utm_source=business");
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/business/feed", business.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "business")]);
    house.poll();
    let one = items(&house);
    assert_eq!(one.len(), 1);
    let id = text(&one[0], "id");
    let shown = house.json(&["story", "show", &id]);
    let joined = shown["members"].as_array().expect("members").iter().find(|it| it["joined"].is_string());
    let joined = text(joined.expect("one joined"), "entry");
    house.ok(&["story", "split", &id, &joined]);
    business.articles[0].title.push_str(", again");
    house.origin.serve("/business/feed", business.rss2());
    for _ in 0..2 {
        house.poll();
        let all = items(&house);
        let now = ids(&all);
        assert_eq!(now.len(), 2, "{now:?}");
        assert!(now.contains(&id.as_str()));
    }
    // A third copy joins one of them and does not glue them together.
    let mut third = Paper { name: "Fjord Weekend".to_owned(), ..daily };
    third.articles[0].link.push_str("?utm_source=weekend");
    house.origin.serve("/weekend/feed", third.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "business"), source(&house, "weekend")]);
    house.poll();
    assert_eq!(ids(&items(&house)).len(), 2);
}

#[test]
fn what_cannot_be_merged_or_split_is_said() {
    let house = two_stories();
    let known = stories(&house);
    let refused = |words: &[&str], expected: &str| {
        let output = house.run(words);
        assert_eq!(output.status.code(), Some(64), "{words:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(expected), "{said}");
    };
    refused(&["story", "merge", &known[0].0, &known[0].0], "one story already");
    refused(&["story", "merge", &known[0].0, "aaaaaaaaaaaaaaaa"], "there is no story");
    refused(&["story", "split", &known[0].0, "nothing"], "has no entry");
    let shown = house.json(&["story", "show", &known[0].0]);
    refused(
        &["story", "split", &known[0].0, shown["members"][0]["entry"].as_str().expect("a key")],
        "one entry only",
    );
}

/// Everything that the database still says of every story: titles, revisions, written fields.
fn words_kept(house: &House) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&house.dir().join("bylined.db")).expect("a store");
        let words = store.read(|it| {
            let mut words = String::new();
            for story in it.stories(StoryFilter { state: None, limit: 100 })? {
                let (revisions, written) = (it.revisions(story.id)?, it.overrides(story.id)?);
                words.push_str(&format!("{}\n{revisions:?}\n{written:?}\n", story.title));
            }
            Ok(words)
        });
        let words = words.await.expect("words");
        store.close().await;
        words
    })
}

fn drop_harbour(house: &House) {
    let harbour = source(house, "harbour").with("full_text = false\nrights = \"drop\"");
    house.configure(&[source(house, "daily"), harbour]);
    house.poll();
    let kept = words_kept(house);
    for word in ["Tarn 5.2 halves", "exhaustive search", "31 milliseconds"] {
        assert!(!kept.contains(word), "`{word}` in {kept}");
    }
    assert!(kept.contains("Corvid Systems opens"), "{kept}");
}

/// The id of the story of a paper's only article.
fn id_of(house: &House, title: &str) -> String {
    let stories = house.json(&["story", "list"]);
    let found = stories.as_array().expect("an array").iter().find(|it| it["title"] == title);
    text(found.unwrap_or_else(|| panic!("{title} in {stories}")), "id")
}

#[test]
fn a_dropped_publisher_leaves_no_word_in_a_story_that_was_merged_away() {
    let house = two_stories();
    house.ok(&["story", "merge", &id_of(&house, STORIES[0].0), &id_of(&house, STORIES[1].0)]);
    house.poll();
    drop_harbour(&house);
}

#[test]
fn a_dropped_publisher_leaves_no_word_in_a_story_that_its_entry_has_left() {
    let house = House::new();
    // Who speaks for the story has nothing to quote: the other's words stand in it.
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &[(STORIES[0].0, "")]);
    let mut harbour = Paper::new("Harbour Times", &house.home("harbour"), &STORIES[1..2]);
    harbour.articles[0].published = daily.articles[0].published.plus(std::time::Duration::from_secs(3600));
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/harbour/feed", harbour.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "harbour")]);
    house.poll();
    house.ok(&["story", "merge", &id_of(&house, STORIES[0].0), &id_of(&house, STORIES[1].0)]);
    house.poll();
    let one = items(&house);
    assert!(one.len() == 1 && one[0].to_string().contains("needs half the memory"), "{one:?}");
    let id = text(&one[0], "id");
    let shown = house.json(&["story", "show", &id]);
    let came = shown["members"].as_array().expect("members").iter().find(|it| it["joined"].is_string());
    house.ok(&["story", "split", &id, came.expect("one came")["entry"].as_str().expect("a key")]);
    house.poll();
    assert!(words_kept(&house).contains("needs half the memory"));
    drop_harbour(&house);
}

#[test]
fn a_split_that_names_the_primary_entry_revives_the_retired_id_too() {
    let house = two_stories();
    let before = stories(&house);
    house.ok(&["story", "merge", &before[0].0, &before[1].0]);
    house.poll();
    let survivor = text(&items(&house)[0], "id");
    let shown = house.json(&["story", "show", &survivor]);
    let members = shown["members"].as_array().expect("members");
    let primary = members.iter().find(|it| it["joined"].is_null()).expect("the primary entry");
    house.ok(&["story", "split", &survivor, primary["url"].as_str().expect("a link")]);
    house.poll();
    let mut now = stories(&house);
    let mut both = before;
    now.sort();
    both.sort();
    assert_eq!(now, both);
}

#[test]
fn what_an_editor_rejected_stays_rejected_in_parts() {
    let house = House::new();
    // Told under one address, so that they are one story and nothing was merged.
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    let mut harbour = Paper::new("Harbour Times", &house.home("harbour"), &STORIES[..1]);
    harbour.articles[0].link.clone_from(&daily.articles[0].link);
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/harbour/feed", harbour.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "harbour")]);
    house.poll();
    let story = id_of(&house, STORIES[0].0);
    house.ok(&["story", "reject", &story, "--reason", "Wrong", "--by", "Mara Quill"]);
    house.ok(&["story", "split", &story, &harbour.articles[0].id]);
    house.poll();
    let states: Vec<String> = stories(&house).into_iter().map(|it| it.1).collect();
    assert_eq!(states, ["rejected", "rejected"]);
    assert!(items(&house).is_empty());
    // The part that was never curated is, once it is approved.
    for (id, ..) in stories(&house) {
        house.ok(&["story", "approve", &id, "--by", "Mara Quill"]);
    }
    house.poll();
    let states: Vec<String> = stories(&house).into_iter().map(|it| it.1).collect();
    assert_eq!(states, ["published", "published"]);
}

#[test]
fn of_three_that_were_parted_an_editor_may_join_two() {
    let house = House::new();
    let ids = ["daily", "harbour", "weekend"];
    for (id, name) in ids.iter().zip(["The Daily Fjord", "Harbour Times", "Fjord Weekend"]) {
        let mut paper = Paper::new(name, &house.home(id), &STORIES[..1]);
        paper.articles[0].link = house.url("/daily/article-0");
        house.origin.serve(&format!("/{id}/feed"), paper.rss2());
    }
    house.configure(&ids.map(|id| source(&house, id)));
    house.poll();
    let first = id_of(&house, STORIES[0].0);
    let one_by_one = ["urn:paper:harbour-times:0", "urn:paper:fjord-weekend:0"];
    for entry in one_by_one {
        house.ok(&["story", "split", &first, entry]);
    }
    house.poll();
    let parted: Vec<String> = stories(&house).into_iter().map(|it| it.0).collect();
    assert_eq!(parted.len(), 3, "{parted:?}");
    let of = |entry: &str| {
        let is_there = |id: &&String| {
            let shown = house.json(&["story", "show", id]);
            shown["members"].as_array().expect("members").iter().any(|it| it["entry"] == entry)
        };
        parted.iter().find(is_there).expect("a story").clone()
    };
    house.ok(&["story", "merge", &first, &of(one_by_one[0])]);
    // Whatever is looked at again, the third stays apart and the other two stay together.
    house.poll();
    house.poll();
    let mut members: Vec<usize> = items(&house)
        .iter()
        .map(|it| {
            let shown = house.json(&["story", "show", it["id"].as_str().expect("an id")]);
            shown["members"].as_array().expect("members").len()
        })
        .collect();
    members.sort_unstable();
    assert_eq!(members, [1, 2]);
}

#[test]
fn what_waits_for_an_editor_goes_on_waiting_in_the_story_it_became_part_of() {
    let house = House::new();
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    let harbour = Paper::new("Harbour Times", &house.home("harbour"), &STORIES[1..2]);
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/harbour/feed", harbour.rss2());
    let left_out = source(&house, "daily").with("full_text = false\nexclude = [\"Corvid\"]");
    house.configure(&[left_out, source(&house, "harbour").with("full_text = false\npublish = \"review\"")]);
    house.poll();
    let (kept, held) = (id_of(&house, STORIES[0].0), id_of(&house, STORIES[1].0));
    assert_eq!((state(&house, &kept), state(&house, &held)), ("kept".to_owned(), "held".to_owned()));
    house.ok(&["story", "merge", &kept, &held]);
    house.poll();
    let waiting = house.json(&["story", "list", "--waiting"]);
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting}");
}

#[test]
fn what_an_editor_wrote_stays_when_its_story_becomes_part_of_another_and_goes_with_it_again() {
    let house = two_stories();
    let (daily, harbour) = (id_of(&house, STORIES[0].0), id_of(&house, STORIES[1].0));
    let script = house.dir().join("editor.py");
    let words = "import sys\np = sys.argv[1]\ns = open(p).read()\nopen(p, 'w').write(s.replace('summary = [', 'summary = [\\n  \"Our own sentence.\",'))\n";
    std::fs::write(&script, words).expect("the folder takes files");
    // The one that goes is the one published later.
    house.ok(&["story", "merge", &daily, &harbour]);
    house.poll();
    let survivor = text(&items(&house)[0], "id");
    let gone = if survivor == daily { &harbour } else { &daily };
    let shown = house.json(&["story", "show", &survivor]);
    let came = shown["members"].as_array().expect("members").iter().find(|it| it["joined"].is_string());
    let came = text(came.expect("one came"), "url");
    house.ok(&["story", "split", &survivor, &came]);
    house.poll();
    let mut command = house.command(&["story", "edit", gone, "--by", "Mara Quill"]);
    command.env("EDITOR", format!("python3 {}", script.display())).env_remove("VISUAL");
    assert!(command.output().expect("it runs").status.success());
    let has = |items: &[Value], id: &str| {
        let it = items.iter().find(|it| it["id"] == id).expect("the item");
        it["_bylined"]["summary"].to_string().contains("Our own sentence.")
    };
    assert!(has(&items(&house), gone));
    house.ok(&["story", "merge", &daily, &harbour]);
    house.poll();
    assert!(has(&items(&house), &survivor), "the words survive the merge");
    house.ok(&["story", "split", &survivor, &came]);
    house.poll();
    let all = items(&house);
    assert!(has(&all, gone) && !has(&all, &survivor), "{all:?}");
}
