//! The queue: what waits for an editor, with what can be decided from the list.

use askama::Template;
use url::form_urlencoded;

use crate::config::EditorRole;
use crate::desk::QueueFilter;
use crate::desk::QueueItem;
use crate::desk::WaitReason;
use crate::desk::WaitingQueue;
use crate::domain::Timestamp;
use crate::store::StoreError;

use super::access::Visitor;
use super::page;
use super::page::Moment;
use super::page::Shell;
use super::random;
use super::request::AdminRequest;
use super::response::AdminResponse;
use super::site::AdminSite;

/// Publishers that a row names; the rest is counted.
const PUBLISHERS_MAX: usize = 4;

#[derive(Template)]
#[template(path = "desk/queue.html")]
struct QueuePage {
    shell: Shell,
    filter: QueueFilter,
    topics: Vec<(String, String)>,
    sources: Vec<String>,
    reasons: &'static [&'static str],
    rows: Vec<RowView>,
    going_out: Vec<RowView>,
    deferred: Vec<RowView>,
    /// All that wait, whatever the filter shows.
    waiting: usize,
    /// How many of them the filter shows, where there is one.
    matching: Option<usize>,
    page: usize,
    pages: usize,
    /// Where the other pages are.
    newer: Option<String>,
    older: Option<String>,
    /// Stories that are put off and not shown.
    deferred_unnamed: usize,
    may_decide: bool,
    form: String,
    next: String,
}

struct RowView {
    key: String,
    version: String,
    title: String,
    publishers: String,
    age: String,
    published: Moment,
    score: String,
    sentence: Option<String>,
    topics: Vec<String>,
    /// In sentences, and whether something went wrong.
    reasons: Vec<(String, bool)>,
    findings: Vec<String>,
    is_published: bool,
    /// When it goes out or waits again, and by whom.
    until: Option<(Moment, String)>,
    /// Seconds until it goes out.
    seconds: u64,
}

impl AdminSite {
    pub(super) async fn queue(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
    ) -> Result<AdminResponse, StoreError> {
        let text = |name: &str| request.parameter(name).unwrap_or_default();
        let filter = QueueFilter { topic: text("topic"), source: text("source"), reason: text("reason") };
        let queue = self.desk().queue(page_of(request), &filter).await?;
        let Ok(form) = random::form_name() else {
            return Ok(self.refused(request, visitor, 503, "the system has no random numbers"));
        };
        let page = self.queue_page(visitor, queue, filter, form, request);
        Ok(page::written(200, &page))
    }

    fn queue_page(
        &self,
        visitor: &Visitor,
        queue: WaitingQueue,
        filter: QueueFilter,
        form: String,
        request: &AdminRequest,
    ) -> QueuePage {
        let now = self.now();
        let row = |it: &QueueItem| self.row(it, now);
        QueuePage {
            shell: Shell::new(self.config(), visitor, "Queue", "queue"),
            topics: queue.topics.iter().map(|it| (it.slug.to_string(), it.name.clone())).collect(),
            sources: queue.sources.iter().map(ToString::to_string).collect(),
            reasons: &WaitReason::WORDS,
            rows: queue.waiting.iter().map(row).collect(),
            going_out: queue.going_out.iter().map(row).collect(),
            deferred: queue.deferred.iter().map(row).collect(),
            waiting: queue.count,
            matching: (!filter.is_empty()).then_some(queue.matching),
            page: queue.page,
            pages: queue.pages,
            newer: (1 < queue.page).then(|| path(&filter, queue.page - 1)),
            older: (queue.page < queue.pages).then(|| path(&filter, queue.page + 1)),
            deferred_unnamed: queue.deferred_count.saturating_sub(queue.deferred.len()),
            may_decide: visitor.role >= EditorRole::Editor,
            form,
            next: match request.query.as_str() {
                "" => "/desk/".to_owned(),
                query => format!("/desk/?{query}"),
            },
            filter,
        }
    }

    fn row(&self, it: &QueueItem, now: Timestamp) -> RowView {
        let zone = self.config().site.timezone;
        let named = it.publishers.iter().take(PUBLISHERS_MAX).cloned().collect::<Vec<_>>().join(", ");
        let more = it.publishers.len().saturating_sub(PUBLISHERS_MAX);
        let going_out = it.approval.as_ref().map(|it| (Moment::new(it.due, zone), it.by.clone()));
        let deferred = it.deferral.as_ref().map(|it| (Moment::new(it.until, zone), it.by.clone()));
        RowView {
            key: it.key.to_string(),
            version: it.version.to_string(),
            title: it.title.clone(),
            publishers: if more == 0 { named } else { format!("{named} and {more} more") },
            age: page::age(it.published, now),
            published: Moment::new(it.published, zone),
            score: format!("{:.2}", it.score),
            sentence: it.sentence.clone(),
            topics: it.topics.iter().map(|it| it.name.clone()).collect(),
            reasons: it.reasons.iter().map(|it| (it.sentence(), *it != WaitReason::Review)).collect(),
            findings: it.findings.clone(),
            is_published: it.is_published,
            until: going_out.or(deferred),
            seconds: it.approval.as_ref().map_or(0, |it| it.due.since(now).as_secs()),
        }
    }
}

/// The page of the queue that is asked for, from 1.
pub(super) fn page_of(request: &AdminRequest) -> usize {
    request.parameter("page").and_then(|it| it.parse().ok()).unwrap_or(1)
}

/// Where another page of what the filter shows is.
fn path(filter: &QueueFilter, page: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("topic", &filter.topic), ("source", &filter.source), ("reason", &filter.reason)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    query.append_pair("page", &page.to_string());
    format!("/desk/?{}", query.finish())
}
