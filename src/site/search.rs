//! Search: stories, and the publishers, topics and authors of a name.

use chrono::NaiveDate;

use crate::domain::Slug;
use crate::domain::SourceId;
use crate::publish::page;
use crate::publish::page::ListedStory;
use crate::publish::page::SearchQuery;
use crate::publish::page::SearchResults;
use crate::publish::page::Section;
use crate::store::SearchFilter;
use crate::store::StoreError;

use super::response::Answer;
use super::response::html;
use super::routes::parameter;
use super::snapshot::SiteSnapshot;

/// Stories on a page of a search.
const FOUND_PAGE: usize = 20;

/// Pages of a search; what stands beyond is found by further words.
const PAGES_MAX: usize = 200;

/// Publishers, and topics, of a name that are shown.
const NAMED_MAX: usize = 6;

/// Publishers that the form offers to choose from, by name; with more it would outgrow the page.
const OFFERED_MAX: usize = 60;

impl SiteSnapshot<'_> {
    pub(super) fn search(&self, query: Option<&str>) -> Result<Answer, StoreError> {
        let text = |name: &str| parameter(query, name).unwrap_or_default();
        let asked = SearchQuery {
            words: text("q"),
            topic: text("topic"),
            publisher: text("publisher"),
            from: text("from"),
            to: text("to"),
        };
        let page = text("page").parse().ok().filter(|it| (1..=PAGES_MAX).contains(it)).unwrap_or(1);
        let publishers = self.publishers();
        let chosen = publishers.iter().find(|it| it.slug.as_str() == asked.publisher);
        let sources: Option<Vec<&SourceId>> = chosen.map(|it| it.ids());
        let topic = asked.topic.parse::<Slug>().ok();
        let day = |text: &str| text.parse::<NaiveDate>().ok().and_then(|it| self.day_bounds(it));
        let [from, to] = [day(&asked.from), day(&asked.to)];
        // No story is of a publisher, topic or day that does not exist.
        let is_met = |asked: &str, is_read: bool| asked.is_empty() || is_read;
        let can_match = is_met(&asked.publisher, chosen.is_some())
            && is_met(&asked.topic, topic.is_some())
            && is_met(&asked.from, from.is_some())
            && is_met(&asked.to, to.is_some());
        let filter = SearchFilter {
            topic: topic.as_ref(),
            sources: sources.as_deref(),
            from: from.map(|it| it.0),
            to: to.map(|it| it.1),
        };
        let count = |words: &str| if can_match { self.store.search_count(words, filter) } else { Ok(0) };
        let mut words = asked.words.clone();
        let mut total = count(&words)?;
        let mut instead = None;
        if can_match
            && total == 0
            && let Some(similar) = self.store.similar_words(&words)?
        {
            total = count(&similar)?;
            if 0 < total {
                words.clone_from(&similar);
                instead = Some(similar);
            }
        }
        let skip = (page - 1) * FOUND_PAGE;
        let rows =
            if skip < total { self.store.search(&words, filter, skip, FOUND_PAGE)? } else { Vec::new() };
        let stories = self.listed(&rows)?;
        let named =
            |name: &str, slug: &Slug| Section { name: name.to_owned(), slug: slug.clone(), stories: 0 };
        let of_name = publishers.iter().filter(|it| is_named(&it.name, &words));
        let found = SearchResults {
            authors: authors(&stories, &words),
            stories: &stories,
            total,
            instead,
            publishers: of_name.take(NAMED_MAX).map(|it| named(&it.name, &it.slug)).collect(),
            topics: self
                .site
                .topics
                .iter()
                .filter(|it| is_named(&it.name, &words))
                .take(NAMED_MAX)
                .cloned()
                .collect(),
            page,
            has_more: page * FOUND_PAGE < total && page < PAGES_MAX,
        };
        let all = publishers.iter().map(|it| named(&it.name, &it.slug)).collect();
        let offered = offered(all, &asked.publisher);
        Ok(html(page::search_results(&self.site, &asked, &found, &offered)))
    }
}

/// The publishers that the form offers, by name: as many as fit, and the chosen one.
fn offered(mut publishers: Vec<Section>, chosen: &str) -> Vec<Section> {
    publishers.sort_by_key(|it| it.name.to_lowercase());
    let beyond = publishers.iter().skip(OFFERED_MAX).find(|it| it.slug.as_str() == chosen).cloned();
    publishers.truncate(OFFERED_MAX);
    publishers.extend(beyond);
    publishers
}

/// Whether a name has all the words, each as the beginning of one of its own.
fn is_named(name: &str, words: &str) -> bool {
    let lower = name.to_lowercase();
    let own: Vec<&str> = lower.split(|it: char| !it.is_alphanumeric()).collect();
    let words = words.to_lowercase();
    let mut asked = words.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).peekable();
    asked.peek().is_some() && asked.all(|it| own.iter().any(|of| of.starts_with(it)))
}

/// The authors of these stories who have the name.
fn authors(stories: &[ListedStory], words: &str) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for author in stories.iter().flat_map(|it| &it.item.bylines).filter_map(|it| it.author.as_ref()) {
        for one in author.split(", ").filter(|it| is_named(it, words)) {
            if named.len() < NAMED_MAX && !named.iter().any(|it| it == one) {
                named.push(one.to_owned());
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::sample::START;
    use crate::site::sample::SampleSite;

    fn page(site: &SampleSite, query: &str) -> String {
        let Answer::Document(page) = site.publication.answer("/search", Some(query)).expect("an answer")
        else {
            panic!("no page for `{query}`");
        };
        String::from_utf8(page.body.clone()).expect("UTF-8")
    }

    #[tokio::test]
    async fn a_search_finds_publishers_pages_on_and_forgives_a_typo() {
        let site = SampleSite::open(&[("daily", "Quorum Daily"), ("other", "Other")]).await;
        for n in 0..30 {
            site.enter("daily", n, START.minus(std::time::Duration::from_secs(n as u64 * 86_400))).await;
        }
        site.enter("other", 99, START).await;
        site.digest().await;
        let count = |text: &str| text.matches("<article class=\"card").count();
        let first = page(&site, "q=quorum+story");
        assert!(first.contains("30 stories"), "{first}");
        assert!(page(&site, "q=quorum").contains("/tech/publishers/quorum-daily"));
        assert_eq!(count(&first), FOUND_PAGE);
        assert!(first.contains("href=\"/tech/search?q=quorum+story&#38;page=2\""), "{first}");
        assert_eq!(count(&page(&site, "q=quorum+story&page=2")), 10);
        assert_eq!(count(&page(&site, "q=story&publisher=other")), 1);
        assert_eq!(count(&page(&site, "q=story&from=2026-11-18&to=2026-11-19")), 2);
        assert_eq!(count(&page(&site, "q=story&from=2027-01-01")), 0);
        for unknown in
            ["publisher=nobody", "topic=no-such-topic", "topic=No+topic!", "from=yesterday", "to=2026-02-31"]
        {
            assert_eq!(count(&page(&site, &format!("q=story&{unknown}"))), 0, "{unknown}");
        }
        let typo = page(&site, "q=quroum");
        assert!(typo.contains("Nothing was found for quroum") && count(&typo) == FOUND_PAGE, "{typo}");
        assert!(page(&site, "q=qourum+daily").contains("href=\"/tech/publishers/quorum-daily\""));
        let nothing = page(&site, "q=zzzzzz");
        assert!(nothing.contains("Fewer or shorter words find more."), "{nothing}");
    }

    #[test]
    fn a_name_is_found_by_the_beginnings_of_its_words() {
        assert!(is_named("The Compiler Post", "comp post") && is_named("AI", "ai"));
        assert!(!is_named("The Compiler Post", "piler") && !is_named("AI", "") && !is_named("AI", "…"));
    }
}
