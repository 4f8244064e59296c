//! Walks over the API and over archives, while stories come, change, merge and go.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::domain::StoryKey;

use super::response::Answer;
use super::sample::START;
use super::sample::SampleSite;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A site with so many stories, published an hour apart, the oldest first.
async fn site_with(stories: usize) -> (SampleSite, Vec<StoryKey>) {
    let site = SampleSite::open(&[("daily", "Daily")]).await;
    let mut keys = Vec::new();
    for n in 0..stories {
        site.pass_time(HOUR);
        keys.push(site.enter("daily", n, START.plus(HOUR * n as u32)).await);
        site.digest().await;
    }
    (site, keys)
}

async fn edit(site: &SampleSite, key: &StoryKey) {
    site.pass_time(HOUR);
    let (id, updated) = (site.story(key).id, START.plus(HOUR * 500));
    site.store.write(move |it| it.touch_story(id, updated)).await.expect("an edit");
}

async fn merge(site: &SampleSite, from: &StoryKey, into: &StoryKey) {
    let (from, into) = (site.story(from).id, site.story(into).id);
    let at = START.plus(HOUR * 500);
    site.store.write(move |it| it.merge_stories(from, into, "one", at)).await.expect("a merge");
}

#[tokio::test]
async fn a_walk_over_the_api_loses_and_repeats_nothing_while_stories_change() {
    let (site, keys) = site_with(9).await;
    let page = |query: &str| -> (Vec<String>, Option<String>) {
        let Answer::Document(it) =
            site.publication.answer("/api/v1/stories", Some(query)).expect("an answer")
        else {
            panic!("no page at {query}")
        };
        let page: Value = serde_json::from_slice(&it.body).expect("JSON");
        let stories = page["stories"].as_array().expect("stories").iter();
        let next = page["next"].as_str().and_then(|it| it.split_once('?')).map(|it| it.1.to_owned());
        (stories.map(|it| it["key"].as_str().expect("a key").to_owned()).collect(), next)
    };
    let (mut walked, mut next) = page("limit=3");
    assert_eq!(walked, keys[6..].iter().rev().map(ToString::to_string).collect::<Vec<_>>());
    // One that was seen changes, one that was not changes, one of those is merged into one that was
    // seen, one is taken back, and one is new.
    edit(&site, &keys[8]).await;
    edit(&site, &keys[3]).await;
    merge(&site, &keys[4], &keys[7]).await;
    site.withdraw(&keys[1]).await;
    site.enter("daily", 9, START.plus(HOUR * 20)).await;
    site.digest().await;
    while let Some(query) = next {
        let (stories, after) = page(&query);
        walked.extend(stories);
        next = after;
    }
    let expected = [8, 7, 6, 5, 3, 2, 0].map(|it| keys[it].to_string());
    assert_eq!(walked, expected);
}

#[tokio::test]
async fn a_walk_over_archives_loses_nothing_while_stories_change() {
    let (site, keys) = site_with(115).await;
    let document = |path: &str| -> (BTreeSet<String>, Option<String>) {
        let feed: Value = serde_json::from_slice(&site.document(path).body).expect("JSON");
        let items = feed["items"].as_array().expect("items").iter();
        let next = feed["next_url"].as_str().and_then(|it| it.strip_prefix("https://brief.example/tech"));
        let ids = items.map(|it| it["id"].as_str().expect("an id").to_owned()).collect();
        (ids, next.map(str::to_owned))
    };
    let id = |at: usize| site.story(&keys[at]).tag.to_string();
    let ids: Vec<String> = (0..keys.len()).map(id).collect();
    let (mut walked, next) = document("/feeds/all.json");
    assert_eq!(next.as_deref(), Some("/feeds/all/archive/2.json"));
    // Between two documents one of each archive changes, one of the older is merged into one of the newer, and
    // so much is new that the documents begin elsewhere.
    for at in [10, 70, 112] {
        edit(&site, &keys[at]).await;
    }
    merge(&site, &keys[20], &keys[80]).await;
    merge(&site, &keys[90], &keys[30]).await;
    for n in 115..180 {
        site.enter("daily", n, START.plus(HOUR * n as u32)).await;
    }
    site.digest().await;
    let mut next = next;
    while let Some(path) = next {
        let (ids, older) = document(&path);
        walked.extend(ids);
        next = older;
    }
    let lost: Vec<&String> = ids.iter().filter(|it| !walked.contains(*it)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}
