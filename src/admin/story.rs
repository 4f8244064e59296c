//! The page of a story: its fields to be edited beside the texts that they were taken from.

use askama::Template;

use crate::config::EditorRole;
use crate::desk::Change;
use crate::desk::DeskError;
use crate::desk::MemberView;
use crate::desk::StoryVersion;
use crate::desk::StoryView;
use crate::desk::WaitReason;
use crate::domain::StoryKey;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::access::Visitor;
use super::decide;
use super::decide::Seen;
use super::field;
use super::field::FieldSheet;
use super::page;
use super::page::Moment;
use super::page::Shell;
use super::random;
use super::request::AdminRequest;
use super::request::FormFields;
use super::response::AdminResponse;
use super::site::AdminSite;

/// Sentences of one member that the page shows.
const SENTENCES_MAX: usize = 250;

#[derive(Template)]
#[template(path = "desk/story.html")]
struct DeskStoryPage {
    shell: Shell,
    key: String,
    version: String,
    form: String,
    title: String,
    state: &'static str,
    /// Where readers find it, where they do.
    public_url: Option<String>,
    survivor: Option<(String, String)>,
    reasons: Vec<String>,
    findings_of_gate: Vec<String>,
    published: Moment,
    score: String,
    publishers: String,
    /// When it goes out, in seconds, and by whom.
    going_out: Option<(u64, String)>,
    may_decide: bool,
    may_approve: bool,
    /// Why it cannot be edited.
    refused: Option<String>,
    kept: Vec<(&'static str, String)>,
    sheet: Option<FieldSheet>,
    notice: Option<String>,
    /// What the gate found in what was written.
    findings: Vec<String>,
    is_checked: bool,
    reason: String,
    members: Vec<MemberColumn>,
    candidates: Vec<StoryRow>,
    search: String,
    revisions: Vec<PastView>,
    acts: Vec<ActView>,
}

struct MemberColumn {
    entry: String,
    publisher: String,
    /// Only where it leads to the web.
    url: Option<String>,
    title: String,
    author: Option<String>,
    published: Moment,
    rights: &'static str,
    is_primary: bool,
    paragraphs: Vec<Vec<SentenceView>>,
    is_cut: bool,
}

struct SentenceView {
    /// What names it in the form: the member and the place of the sentence.
    name: String,
    text: String,
    /// As it would stand in a field.
    line: String,
    is_quoted: bool,
}

struct PastView {
    n: u32,
    created: Moment,
    title: String,
    by: String,
    why: String,
    is_current: bool,
    can_restore: bool,
}

struct ActView {
    at: Moment,
    words: String,
}

/// What the page shows beside what is stored.
#[derive(Default)]
pub(super) struct Unsaved {
    /// What was written and is not saved.
    sheet: Option<FieldSheet>,
    /// The same where the story takes no edits any more: labels and texts.
    kept: Vec<(&'static str, String)>,
    notice: Option<String>,
    findings: Vec<String>,
    is_checked: bool,
    reason: String,
}

impl Unsaved {
    /// Nothing was written; this is said above what is stored.
    pub(super) fn of_notice(words: String) -> Self {
        Self { notice: Some(words), ..Self::default() }
    }
}

impl AdminSite {
    /// The page of a story.
    pub(super) async fn story(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        match self.story_of(key).await? {
            Some(view) => self.story_page(request, visitor, 200, view, Unsaved::default()).await,
            None => Ok(self.refused(request, visitor, 404, "there is no such story")),
        }
    }

    pub(super) async fn story_of(&self, key: &str) -> Result<Option<StoryView>, StoreError> {
        let Ok(key) = key.parse::<StoryKey>() else { return Ok(None) };
        self.desk().story(&key).await
    }

    /// What was written on the page of a story: checked, added to, or saved.
    pub(super) async fn edit(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        let Some(view) = self.story_of(key).await? else {
            return Ok(self.refused(request, visitor, 404, "there is no such story"));
        };
        let Ok(edit_form) = &view.form else {
            let notice = Some("Not saved: somebody was faster. What you wrote stands below.".to_owned());
            let unsaved = Unsaved { kept: field::written(form), notice, ..Unsaved::default() };
            return self.story_page(request, visitor, 409, view, unsaved).await;
        };
        let mut sheet = FieldSheet::written(&view, form);
        let reason = form.text("reason").to_owned();
        let put = form.all("put").next();
        if let Some(put) = put {
            sheet.put(&view, put, form.text("into"));
        }
        if form.text("version") != view.item.version.to_string() {
            if self.was_submitted(form.text("form"), &view.story.key).await? {
                return Ok(AdminResponse::see_other(&format!("/desk/story/{}", view.story.key)));
            }
            let notice = Some(conflict(&view, form.text("version").parse().ok()));
            sheet.compare(&view);
            let unsaved = Unsaved { sheet: Some(sheet), notice, reason, ..Unsaved::default() };
            return self.story_page(request, visitor, 409, view, unsaved).await;
        }
        if put.is_some() {
            let unsaved = Unsaved { sheet: Some(sheet), reason, ..Unsaved::default() };
            return self.story_page(request, visitor, 200, view, unsaved).await;
        }
        let changes = match edit_form.changes_of(&sheet.texts()) {
            Ok(changes) => changes,
            Err(error) => {
                let notice = Some(format!("Not saved: {error}."));
                let unsaved = Unsaved { sheet: Some(sheet), notice, reason, ..Unsaved::default() };
                return self.story_page(request, visitor, 422, view, unsaved).await;
            }
        };
        let findings = edit_form.findings(&changes);
        let is_confirmed = findings.is_empty() || form.has("anyway");
        if form.text("do") != "save" || !is_confirmed {
            let notice = (form.text("do") == "save")
                .then(|| "Not saved yet: the sources do not support what is listed below. Save again to keep it anyway.".to_owned());
            let shown = Unsaved {
                sheet: Some(sheet),
                notice,
                findings,
                is_checked: true,
                reason,
                ..Unsaved::default()
            };
            return self.story_page(request, visitor, 200, view, shown).await;
        }
        self.save(request, visitor, form, view, sheet, &changes).await
    }

    /// Whether a form about a story was acted on before.
    pub(super) async fn was_submitted(&self, form: &str, key: &StoryKey) -> Result<bool, StoreError> {
        let id = format!("{form}.{key}");
        self.store().read(move |it| it.is_submitted(&id)).await
    }

    /// Saves what was written, if the story is still what the editor saw.
    async fn save(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
        view: StoryView,
        sheet: FieldSheet,
        changes: &[Change],
    ) -> Result<AdminResponse, StoreError> {
        let path = format!("/desk/story/{}", view.story.key);
        let Some(why) = decide::reason(form.text("reason")) else {
            return Ok(self.refused(request, visitor, 400, "the reason is too long"));
        };
        if changes.is_empty() {
            return Ok(AdminResponse::see_other(&path));
        }
        let Ok(edit_form) = &view.form else { return Ok(AdminResponse::see_other(&path)) };
        let seen = Seen { key: view.story.key.clone(), version: Some(view.item.version) };
        let desk = self.desk().given(seen.precondition(Some(form.text("form")).filter(|it| !it.is_empty())));
        match desk.save(edit_form, changes, &visitor.editor(why)).await {
            Ok(_) | Err(DeskError::Repeated) => Ok(AdminResponse::see_other(&path)),
            Err(DeskError::Store(error)) => Err(error),
            Err(refused) => {
                let notice = Some(format!("Not saved: {refused}."));
                let reason = form.text("reason").to_owned();
                let shown = Unsaved { sheet: Some(sheet), notice, reason, ..Unsaved::default() };
                self.story_page(request, visitor, 409, view, shown).await
            }
        }
    }

    pub(super) async fn story_page(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        status: u16,
        view: StoryView,
        shown: Unsaved,
    ) -> Result<AdminResponse, StoreError> {
        let search = request.parameter("q").unwrap_or_default();
        let candidates = self.desk().merge_candidates(&view.story.key, &search).await?;
        let Ok(form) = random::form_name() else {
            return Ok(self.refused(request, visitor, 503, "the system has no random numbers"));
        };
        let config = self.config();
        let (zone, now) = (config.site.timezone, self.now());
        let item = &view.item;
        let is_public = view.story.first_published.is_some() && item.is_published;
        let sheet = shown.sheet.or_else(|| view.form.as_ref().ok().map(|_| FieldSheet::stored(&view)));
        let page = DeskStoryPage {
            shell: Shell::new(config, visitor, &item.title, "queue"),
            key: item.key.to_string(),
            version: item.version.to_string(),
            form,
            title: item.title.clone(),
            state: view.story.state.as_str(),
            public_url: is_public.then(|| crate::publish::absolute(&config.site.base_url, &view.story.path)),
            survivor: view.survivor.as_ref().map(|it| (it.key.to_string(), it.title.clone())),
            reasons: item.reasons.iter().filter(|_| waits(&view)).map(WaitReason::sentence).collect(),
            findings_of_gate: item.findings.clone(),
            published: Moment::new(item.published, zone),
            score: format!("{:.2}", item.score),
            publishers: item.publishers.join(", "),
            going_out: item.approval.as_ref().map(|it| (it.due.since(now).as_secs(), it.by.clone())),
            may_decide: visitor.role >= EditorRole::Editor,
            may_approve: can_approve(&view) && item.approval.is_none(),
            refused: view.form.as_ref().err().cloned(),
            kept: shown.kept,
            sheet,
            notice: shown.notice,
            findings: shown.findings,
            is_checked: shown.is_checked,
            reason: shown.reason,
            members: view.members.iter().enumerate().map(|(at, it)| member_column(at, it, zone)).collect(),
            candidates,
            search,
            revisions: view.revisions.iter().map(|it| revision(it, &view, zone)).collect(),
            acts: view.acts.iter().map(|it| act(it, zone)).collect(),
        };
        Ok(page::written(status, &page))
    }
}

/// Whether an editor can approve something of it.
fn waits(view: &StoryView) -> bool {
    use crate::domain::StoryState;
    match view.story.state {
        StoryState::Held => true,
        StoryState::Published => view.item.version.base() != view.story.revision,
        _ => false,
    }
}

/// Whether an approval would let something out.
fn can_approve(view: &StoryView) -> bool {
    waits(view) || view.story.state == crate::domain::StoryState::Rejected
}

/// Who was faster, and what can be done.
fn conflict(view: &StoryView, seen: Option<StoryVersion>) -> String {
    let base = view.item.version.base();
    // A new revision is its author's; the same one in another state is whoever's who decided last.
    let who = match view.revisions.iter().find(|it| it.n == base) {
        Some(it) if seen.is_some_and(|seen| seen.base() != base) => it.author.as_deref(),
        _ => view.acts.first().map(|it| it.by.as_str()),
    };
    let who = who.unwrap_or("The engine");
    format!(
        "{who} changed the story while you wrote. Nothing is lost: your text is still in the fields, and below each \
         that differs stands what the story says now. Save to put yours in its place, or go back to the queue."
    )
}

fn member_column(at: usize, it: &MemberView, zone: chrono_tz::Tz) -> MemberColumn {
    let mut paragraphs: Vec<Vec<SentenceView>> = Vec::new();
    let mut last = None;
    for (n, sentence) in it.sentences.iter().enumerate().take(SENTENCES_MAX) {
        let receipt = sentence.statement.receipts.first();
        let place = (receipt.is_some_and(|it| it.is_of_abstract), sentence.paragraph);
        if last != Some(place) {
            paragraphs.push(Vec::new());
            last = Some(place);
        }
        let view = SentenceView {
            name: format!("{at}.{n}"),
            text: sentence.statement.text.clone(),
            line: sentence.statement.text.clone(),
            is_quoted: it.quoted.contains(&n),
        };
        if let Some(paragraph) = paragraphs.last_mut() {
            paragraph.push(view);
        }
    }
    MemberColumn {
        entry: it.entry.key.to_string(),
        publisher: it.publisher.clone(),
        url: Some(it.url.clone()).filter(|it| it.starts_with("https://") || it.starts_with("http://")),
        title: it.title.clone(),
        author: it.author.clone(),
        published: Moment::new(it.entry.published, zone),
        rights: it.entry.rights.as_str(),
        is_primary: it.is_primary,
        paragraphs,
        is_cut: it.sentences.len() > SENTENCES_MAX,
    }
}

fn revision(it: &crate::store::RevisionRow, view: &StoryView, zone: chrono_tz::Tz) -> PastView {
    let engine = it.content.as_ref().map_or("nobody", |it| it.briefing.engine.as_str());
    let is_base = it.n == view.item.version.base();
    PastView {
        n: it.n,
        created: Moment::new(it.created, zone),
        title: it.title.clone(),
        by: it.author.clone().unwrap_or_else(|| format!("engine ({engine})")),
        why: it.removed.clone().unwrap_or_else(|| it.why.clone()),
        is_current: is_base,
        can_restore: !is_base && it.removed.is_none() && it.content.is_ok() && view.form.is_ok(),
    }
}

fn act(it: &crate::store::AuditEvent, zone: chrono_tz::Tz) -> ActView {
    let why = it.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    ActView {
        at: Moment::new(it.at, zone),
        words: format!("{} of revision {} by {}{why}", it.act, it.revision, it.by),
    }
}
