//! Which stories stand in a subscription document.

use std::collections::HashMap;

use crate::domain::OutputId;
use crate::domain::Timestamp;
use crate::pipeline::Families;
use crate::store::Reader;
use crate::store::SectionFilter;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::feeds::RECENT_MAX;
use super::feeds::RECENT_SPAN;

/// The stories of a subscription document.
pub(super) struct Recent {
    /// With their times of entry, newest first.
    pub(super) stories: Vec<(Timestamp, StoryRow)>,
    /// Whether others entered lately that stand in the archive only.
    pub(super) is_cut: bool,
}

impl Recent {
    /// The newest `least` stories of an output, and of all others that entered lately as many as
    /// there is room for: the newest of each family in turn, so that no family's flood takes the
    /// place of the others' stories. They stand in the order in which they entered.
    pub(super) fn of_output(
        store: &Reader<'_>,
        families: &Families,
        output: &OutputId,
        least: usize,
    ) -> Result<Self, StoreError> {
        let newest = store.output_newest(output, least)?;
        Self::beside(newest, store, families, output, SectionFilter::default())
    }

    /// The same of a section of output `all`, given its newest stories.
    pub(super) fn of_section(
        store: &Reader<'_>,
        families: &Families,
        section: SectionFilter<'_>,
        newest: Vec<StoryRow>,
    ) -> Result<Self, StoreError> {
        let all: OutputId = "all".parse().map_err(|_| StoreError::Unreadable { what: "output id" })?;
        let mut placed = Vec::with_capacity(newest.len());
        for story in newest {
            let position = store.output_position(&all, story.id)?;
            placed.extend(position.map(|(seq, entered)| (seq, entered, story)));
        }
        Self::beside(placed, store, families, &all, section)
    }

    fn beside(
        newest: Vec<(u64, Timestamp, StoryRow)>,
        store: &Reader<'_>,
        families: &Families,
        output: &OutputId,
        section: SectionFilter<'_>,
    ) -> Result<Self, StoreError> {
        let (Some(horizon), Some(oldest)) =
            (newest.first().map(|it| it.1.minus(RECENT_SPAN)), newest.last().map(|it| it.0))
        else {
            return Ok(Self { stories: Vec::new(), is_cut: false });
        };
        let further = store.output_entered_since(output, section, oldest, horizon, RECENT_MAX)?;
        let of_families: Vec<_> = further.iter().map(|it| families.of(&it.source)).collect();
        let chosen = in_turn(&of_families, RECENT_MAX.saturating_sub(newest.len()));
        let is_cut = chosen.len() < further.len();
        let mut stories: Vec<_> = newest.into_iter().map(|(_, entered, story)| (entered, story)).collect();
        for place in chosen.into_iter().filter_map(|at| further.get(at)) {
            stories.extend(store.story_at(place.story)?.map(|story| (place.entered, story)));
        }
        Ok(Self { stories, is_cut })
    }
}

/// Positions of `room` things: of each group the first, then of each the second, and so on, where
/// the group with the earliest thing comes first. In order.
fn in_turn<G: std::hash::Hash + Eq>(groups: &[G], room: usize) -> Vec<usize> {
    let mut seen: HashMap<&G, usize> = HashMap::new();
    let mut ranked: Vec<(usize, usize)> = Vec::with_capacity(groups.len());
    for (at, group) in groups.iter().enumerate() {
        let rank = seen.entry(group).or_default();
        ranked.push((*rank, at));
        *rank += 1;
    }
    ranked.sort_unstable();
    let mut chosen: Vec<usize> = ranked.into_iter().take(room).map(|it| it.1).collect();
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::site::sample::START;
    use crate::site::sample::SampleSite;

    #[track_caller]
    fn check(groups: &str, room: usize, expected: &[usize]) {
        assert_eq!(in_turn(&groups.chars().collect::<Vec<_>>(), room), expected);
    }

    #[test]
    fn each_group_has_its_turn_and_all_stand_in_order() {
        check("aaaaabc", 4, &[0, 1, 5, 6]);
        check("aaaaabb", 9, &[0, 1, 2, 3, 4, 5, 6]);
        check("abab", 1, &[0]);
        check("aab", 0, &[]);
        check("", 5, &[]);
    }

    /// Ids of the subscription document's items, and those that its archive adds.
    fn walk(newsroom: &SampleSite) -> (Vec<String>, Vec<String>) {
        let ids = |path: &str| -> Vec<String> {
            let feed: serde_json::Value =
                serde_json::from_slice(&newsroom.document(path).body).expect("JSON");
            let items = feed["items"].as_array().expect("items");
            items.iter().map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
        };
        let shown = ids("/feeds/all.json");
        let mut all = shown.clone();
        let mut next = 1;
        while let crate::site::Answer::Document(_) =
            newsroom.answer(&format!("/feeds/all/archive/{next}.json"))
        {
            all.extend(ids(&format!("/feeds/all/archive/{next}.json")));
            next += 1;
        }
        all.sort_unstable();
        all.dedup();
        (shown, all)
    }

    #[tokio::test]
    async fn a_flood_takes_no_other_family_s_place_and_what_is_left_out_is_said_and_archived() {
        let newsroom = SampleSite::open(&[("monitor", "Monitor"), ("flood", "Flood")]).await;
        let minute = |n: u64| START.plus(Duration::from_secs(n * 60));
        let mut ours = Vec::new();
        for n in 1..=90 {
            ours.push(newsroom.enter("monitor", n, minute(n as u64)).await);
        }
        newsroom.digest().await;
        assert!(!newsroom.text("/feeds/all.atom").contains("archive alone"));
        newsroom.pass_time(Duration::from_secs(60 * 60));
        for n in 1..=400 {
            newsroom.enter("flood", n + 1_000, minute(100 + n as u64)).await;
        }
        newsroom.digest().await;
        let (shown, all) = walk(&newsroom);
        assert_eq!((shown.len(), all.len()), (RECENT_MAX, 490));
        let has = |key: &crate::domain::StoryKey| shown.iter().any(|it| it.ends_with(key.as_str()));
        assert!(ours.iter().all(has), "ninety of the monitor are fewer than its turns");
        for format in ["rss", "atom", "json"] {
            let text = newsroom.text(&format!("/feeds/all.{format}"));
            assert!(text.contains("archive alone"), "{format} says that it is cut");
        }
    }

    #[tokio::test]
    async fn sources_of_one_family_have_one_turn() {
        let tables = "[[source]]\nid = \"one\"\nurl = \"https://one.example/feed\"\nfamily = \"Flood\"\n\
             [[source]]\nid = \"two\"\nurl = \"https://two.example/feed\"\nfamily = \"flood\"\n";
        let newsroom = SampleSite::open_with(&[("monitor", "Monitor")], tables).await;
        let minute = |n: u64| START.plus(Duration::from_secs(n * 60));
        for n in 1..=110 {
            newsroom.enter("monitor", n, minute(n as u64)).await;
        }
        newsroom.digest().await;
        for n in 1..=200 {
            newsroom.enter("one", n + 1_000, minute(200 + 2 * n as u64)).await;
            newsroom.enter("two", n + 2_000, minute(201 + 2 * n as u64)).await;
        }
        newsroom.digest().await;
        let text = newsroom.text("/feeds/all.json");
        let shown = (1..=110).filter(|n| text.contains(&format!("https://monitor.example/{n}\""))).count();
        assert_eq!(shown, (RECENT_MAX - 50) / 2, "half of the room, and not a third");
    }

    #[tokio::test]
    async fn a_flood_takes_no_other_family_s_place_in_a_topic_or_for_an_audience() {
        let tables = "[[topic]]\nname = \"Story\"\n[[audience]]\nname = \"Reader\"\ntopics = [\"story\"]\n";
        let newsroom = SampleSite::open_with(&[("monitor", "Monitor"), ("flood", "Flood")], tables).await;
        let minute = |n: u64| START.plus(Duration::from_secs(n * 60));
        for n in 1..=90 {
            newsroom.enter("monitor", n, minute(n as u64)).await;
        }
        newsroom.digest().await;
        for n in 1..=400 {
            newsroom.enter("flood", n + 1_000, minute(100 + n as u64)).await;
        }
        newsroom.digest().await;
        for path in ["topic/story", "for/reader", "for/reader/topic/story"] {
            let text = newsroom.text(&format!("/feeds/{path}.json"));
            let shown = (1..=90).filter(|n| text.contains(&format!("https://monitor.example/{n}\""))).count();
            assert_eq!(shown, 90, "{path}: they are fewer than the monitor's turns");
        }
    }
}
