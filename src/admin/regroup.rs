//! Merging and splitting: what it would do is said first, then it is done.

use askama::Template;

use crate::desk::MergePlan;
use crate::desk::Precondition;
use crate::desk::RegroupError;
use crate::desk::SplitPlan;
use crate::desk::StoryVersion;
use crate::domain::StoryKey;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::access::Visitor;
use super::decide;
use super::page;
use super::page::Shell;
use super::random;
use super::request::AdminRequest;
use super::request::FormFields;
use super::response::AdminResponse;
use super::site::AdminSite;

#[derive(Template)]
#[template(path = "desk/regroup.html")]
struct RegroupPage {
    shell: Shell,
    consequences: Vec<String>,
    action: String,
    form: String,
    hidden: Vec<(&'static str, String)>,
    button: &'static str,
    back: String,
    /// Why nothing was done yet.
    notice: Option<&'static str>,
}

/// A merge or a split, in the words of its page.
struct RegroupDeed {
    word: &'static str,
    title: &'static str,
    button: &'static str,
}

const MERGE: RegroupDeed = RegroupDeed { word: "merge", title: "What a merge does", button: "Merge the two" };

const SPLIT: RegroupDeed = RegroupDeed { word: "split", title: "What a split does", button: "Split it" };

/// What an editor is told who was slower than another, or than the engine.
const CHANGED: &str =
    "Nothing was done yet: the story has changed since you saw it. This is what would be done now.";

impl AdminSite {
    /// What a merge would do.
    pub(super) async fn plan_merge(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        let with = request.parameter("with").unwrap_or_default();
        let (Ok(one), Ok(other)) = (key.parse::<StoryKey>(), with.parse::<StoryKey>()) else {
            return Ok(self.refused(request, visitor, 404, "there is no such story"));
        };
        self.planned_merge(request, visitor, (&one, &other), None).await
    }

    async fn planned_merge(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        (one, other): (&StoryKey, &StoryKey),
        notice: Option<&'static str>,
    ) -> Result<AdminResponse, StoreError> {
        match self.desk().plan_merge(one, other).await {
            Ok(plan) => {
                let hidden = vec![
                    ("with", other.to_string()),
                    ("seen", format!("{one}:{}", plan.versions[0])),
                    ("seen", format!("{other}:{}", plan.versions[1])),
                ];
                self.regroup_page(visitor, one, &MERGE, merge_consequences(&plan), hidden, notice)
            }
            Err(RegroupError::Store(error)) => Err(error),
            Err(refused) => Ok(self.refused(request, visitor, 409, &refused.to_string())),
        }
    }

    /// Merges two stories.
    pub(super) async fn merge(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        let (Ok(one), Ok(other)) = (key.parse::<StoryKey>(), form.text("with").parse::<StoryKey>()) else {
            return Ok(self.refused(request, visitor, 404, "there is no such story"));
        };
        let Some(why) = decide::reason(form.text("reason")) else {
            return Ok(self.refused(request, visitor, 400, "the reason is too long"));
        };
        let desk = self.desk().given(precondition(form));
        match desk.merge(&[one.clone(), other.clone()], &visitor.editor(why)).await {
            Err(RegroupError::Changed) => {
                self.planned_merge(request, visitor, (&one, &other), Some(CHANGED)).await
            }
            Ok(story) => Ok(AdminResponse::see_other(&format!("/desk/story/{}", story.key))),
            Err(RegroupError::Repeated) => Ok(AdminResponse::see_other(&format!("/desk/story/{key}"))),
            Err(RegroupError::Store(error)) => Err(error),
            Err(refused) => Ok(self.refused(request, visitor, 409, &refused.to_string())),
        }
    }

    /// What a split would do.
    pub(super) async fn plan_split(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        let Ok(story) = key.parse::<StoryKey>() else {
            return Ok(self.refused(request, visitor, 404, "there is no such story"));
        };
        self.planned_split(request, visitor, &story, request.parameters("entry"), None).await
    }

    async fn planned_split(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        story: &StoryKey,
        entries: Vec<String>,
        notice: Option<&'static str>,
    ) -> Result<AdminResponse, StoreError> {
        match self.desk().plan_split(story, &entries).await {
            Ok(plan) => {
                let mut hidden: Vec<_> = entries.into_iter().map(|it| ("entry", it)).collect();
                hidden.push(("seen", format!("{story}:{}", plan.version)));
                self.regroup_page(visitor, story, &SPLIT, split_consequences(&plan), hidden, notice)
            }
            Err(RegroupError::Store(error)) => Err(error),
            Err(refused) => Ok(self.refused(request, visitor, 409, &refused.to_string())),
        }
    }

    /// Takes entries out of a story.
    pub(super) async fn split(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        let Ok(story) = key.parse::<StoryKey>() else {
            return Ok(self.refused(request, visitor, 404, "there is no such story"));
        };
        let Some(why) = decide::reason(form.text("reason")) else {
            return Ok(self.refused(request, visitor, 400, "the reason is too long"));
        };
        let entries: Vec<String> = form.all("entry").map(str::to_owned).collect();
        let desk = self.desk().given(precondition(form));
        match desk.split(&story, &entries, &visitor.editor(why)).await {
            Err(RegroupError::Changed) => {
                self.planned_split(request, visitor, &story, entries, Some(CHANGED)).await
            }
            Ok(_) | Err(RegroupError::Repeated) => {
                Ok(AdminResponse::see_other(&format!("/desk/story/{key}")))
            }
            Err(RegroupError::Store(error)) => Err(error),
            Err(refused) => Ok(self.refused(request, visitor, 409, &refused.to_string())),
        }
    }

    fn regroup_page(
        &self,
        visitor: &Visitor,
        key: &StoryKey,
        deed: &RegroupDeed,
        consequences: Vec<String>,
        hidden: Vec<(&'static str, String)>,
        notice: Option<&'static str>,
    ) -> Result<AdminResponse, StoreError> {
        let Ok(form) = random::form_name() else {
            return Ok(AdminResponse::text(503, "the system has no random numbers"));
        };
        let RegroupDeed { word, title, button } = *deed;
        let page = RegroupPage {
            shell: Shell::new(self.config(), visitor, title, "queue"),
            consequences,
            action: format!("/desk/story/{key}/{word}"),
            form: format!("{form}.{word}"),
            hidden,
            button,
            notice,
            back: format!("/desk/story/{key}"),
        };
        Ok(page::written(if notice.is_some() { 409 } else { 200 }, &page))
    }
}

/// What a form was made from: each story with its version, and the form's name.
fn precondition(form: &FormFields) -> Precondition {
    let seen = |text: &str| {
        let (key, version) = text.split_once(':')?;
        Some((key.parse::<StoryKey>().ok()?, version.parse::<StoryVersion>().ok()?))
    };
    Precondition {
        form: Some(form.text("form").to_owned()).filter(|it| !it.is_empty()),
        seen: form.all("seen").filter_map(seen).collect(),
        edition: None,
    }
}

fn merge_consequences(plan: &MergePlan) -> Vec<String> {
    let (stays, goes) = (&plan.stays, &plan.goes);
    let mut all =
        vec![format!("“{}” keeps its id {} and its address {}.", stays.title, stays.tag, stays.path)];
    all.push(match goes.first_published {
        Some(_) => format!(
            "“{}” becomes part of it. Its address {} leads readers there (301), and its item in the feeds becomes a stub that links there.",
            goes.title, goes.path
        ),
        None => format!("“{}” becomes part of it. It was never published, so nobody knows its address.", goes.title),
    });
    all.push("The briefing is made again from the entries of both; what people wrote stays.".to_owned());
    if stays.first_published.is_none() && goes.first_published.is_none() {
        all.push("Neither was published; of the two, the older keeps its id.".to_owned());
    }
    all
}

fn split_consequences(plan: &SplitPlan) -> Vec<String> {
    let titles = |all: &[String]| all.iter().map(|it| format!("“{it}”")).collect::<Vec<_>>().join(", ");
    let mut all = vec![
        format!(
            "The id {} and the address {} stay with {}.",
            plan.story.tag,
            plan.story.path,
            titles(&plan.staying)
        ),
        match &plan.revived {
            Some(StoryRow { tag, path, .. }) => format!(
                "{} leave it and become the story again that was merged away: its id {tag} and its address {path} live again.",
                titles(&plan.moving)
            ),
            None => format!(
                "{} leave it and become a story of their own, with an id of its own.",
                titles(&plan.moving)
            ),
        },
    ];
    all.push("The engine never puts them together again. Both briefings are made anew.".to_owned());
    all
}
