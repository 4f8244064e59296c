//! Lists of subscriptions (OPML) at the desk: in from a file, and out as one.

use askama::Template;

use crate::desk::SkippedFeed;
use crate::publish;
use crate::store::StoreError;

use super::access::Visitor;
use super::page;
use super::page::Shell;
use super::request::AdminRequest;
use super::request::FormFields;
use super::response::AdminResponse;
use super::site::AdminSite;
use super::sources::NotDone;

/// Feeds that the page names of those that were left out.
const SKIPPED_MAX: usize = 100;

#[derive(Template)]
#[template(path = "desk/imported.html")]
struct ImportedPage {
    shell: Shell,
    added: Vec<(String, String)>,
    skipped: Vec<SkippedFeed>,
    /// Those that are not named.
    unnamed: usize,
}

impl AdminSite {
    /// Adds what a file lists.
    pub(super) async fn import_list(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
    ) -> Result<AdminResponse, StoreError> {
        if form.file().is_empty() {
            return Ok(self.refused(request, visitor, 400, "choose a file: a list of subscriptions (OPML)"));
        }
        let imported = self.import(visitor, form.file()).await.map(|mut plan| {
            let count = plan.skipped_count();
            plan.skipped.truncate(SKIPPED_MAX);
            let page = ImportedPage {
                shell: Shell::new(self.config(), visitor, "What was added", "sources"),
                added: plan.new.iter().map(|it| (it.id.to_string(), it.url.to_string())).collect(),
                unnamed: count - plan.skipped.len(),
                skipped: plan.skipped,
            };
            page::written(200, &page)
        });
        self.answered(request, visitor, imported)
    }

    /// The sources as a list.
    pub(super) async fn export_list(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
    ) -> Result<AdminResponse, StoreError> {
        let rows = self.store().read(|it| it.sources()).await?;
        let listed = self.open_sources().await.map(|it| it.for_export(&rows));
        let exported = listed.map(|listed| {
            let list = publish::opml(&self.config().site.title, self.now(), &listed);
            AdminResponse::bytes("text/x-opml; charset=utf-8", &list)
                .with("content-disposition", "attachment; filename=\"sources.opml\"".to_owned())
        });
        self.answered(request, visitor, exported)
    }

    /// Takes a source out of the newsroom.
    pub(super) async fn remove_source(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
    ) -> Result<AdminResponse, StoreError> {
        let removed: Result<(), NotDone> = self.remove(visitor, form.text("id")).await;
        self.answered(request, visitor, removed.map(|()| AdminResponse::see_other("/desk/sources")))
    }
}
