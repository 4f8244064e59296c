//! Takes a request through the gates to what answers it.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::Semaphore;
use tracing::error;
use tracing::warn;

use crate::config::Config;
use crate::desk::Desk;
use crate::domain::Timestamp;
use crate::pipeline::Meters;
use crate::pipeline::Pipeline;
use crate::store::Store;
use crate::store::StoreError;

use super::access;
use super::access::TOKEN_CHARS_MIN;
use super::access::Visitor;
use super::asset;
use super::back_off::BackOff;
use super::health;
use super::host;
use super::login;
use super::metrics;
use super::openapi;
use super::origin;
use super::page;
use super::password;
use super::random;
use super::request::AdminRequest;
use super::request::FormFields;
use super::request::Method;
use super::response::AdminResponse;
use super::routes;
use super::routes::Action;
use super::routes::IMPORT_PATH;
use super::routes::RouteMatch;
use super::sources::SourceFiles;

/// Passwords that are hashed at once: each takes 19 MiB.
const HASHED_MAX: usize = 2;

/// The field of each form that proves that we made it.
const CSRF_FIELD: &str = "csrf";

/// What the admin side is made of.
pub struct AdminSite {
    desk: Desk,
    pipeline: Arc<Pipeline>,
    /// The addresses of its sockets, which requests may name as their host.
    sockets: Vec<IpAddr>,
    /// The files that sources stand in; none for a newsroom whose configuration is no file.
    source_files: Option<SourceFiles>,
    pub(super) back_off: BackOff,
    pub(super) hashing: Arc<Semaphore>,
}

impl AdminSite {
    /// An admin side over the pipeline's store. The log says which editors cannot sign in, and why.
    pub fn new(pipeline: Arc<Pipeline>, sockets: Vec<IpAddr>, source_files: Option<SourceFiles>) -> Self {
        warn_of_secrets(pipeline.config());
        Self {
            desk: Desk::new(Arc::clone(&pipeline)),
            pipeline,
            sockets,
            source_files,
            back_off: BackOff::default(),
            hashing: Arc::new(Semaphore::new(HASHED_MAX)),
        }
    }

    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(super) fn source_files(&self) -> Option<&SourceFiles> {
        self.source_files.as_ref()
    }

    pub(super) fn config(&self) -> &Config {
        self.pipeline.config()
    }

    pub(super) fn meters(&self) -> &Meters {
        self.pipeline.meters()
    }

    pub(super) fn store(&self) -> &Store {
        self.pipeline.store()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.pipeline.now()
    }

    /// Answers a request. Nothing that it says reaches the answer unescaped.
    pub async fn answer(&self, request: &AdminRequest) -> AdminResponse {
        match self.pass(request).await {
            Ok(response) => response,
            Err(error) => {
                error!(error = %error, "the admin side could not answer `{}`", request.path);
                refusal(request, 503, "the database cannot be read or written at the moment; try again later")
            }
        }
    }

    /// The gates, in order.
    async fn pass(&self, request: &AdminRequest) -> Result<AdminResponse, StoreError> {
        let admin_url = self.config().server.admin_url.as_ref();
        if !host::is_ours(request.header("host"), admin_url, &self.sockets) {
            let words = "this host is not the desk's; use the address of the admin side, or set admin_url to this one";
            return Ok(refusal(request, 403, words));
        }
        if request.method == Method::Post && !origin::is_same(request, admin_url) {
            return Ok(refusal(request, 403, "this was sent from a page of another site"));
        }
        if let Some(asset) = asset::of(&request.path).filter(|_| request.method == Method::Get) {
            return Ok(asset);
        }
        if matches!(request.path.as_str(), metrics::PATH | health::PATH) {
            return self.watch(request).await;
        }
        if request.path == login::PATH {
            return self.login(request).await;
        }
        let visitor = match request.is_api() {
            true => self.program(request).await?,
            false => self.visitor(request).await?,
        };
        let Some(visitor) = visitor else { return Ok(self.stranger(request)) };
        self.route(request, &visitor).await
    }

    /// Metrics and health: for programs, which need no token on this machine.
    async fn watch(&self, request: &AdminRequest) -> Result<AdminResponse, StoreError> {
        if request.method != Method::Get {
            return Ok(refusal(request, 405, "this address does not answer that method")
                .with("allow", "GET, HEAD".to_owned()));
        }
        let is_known = access::is_direct(request)
            || self.program(request).await?.is_some()
            || self.visitor(request).await?.is_some();
        if !is_known {
            let words = "send the token of an [[editor]] as `Authorization: Bearer …`";
            return Ok(refusal(request, 401, words).with("www-authenticate", "Bearer".to_owned()));
        }
        match request.path.as_str() {
            metrics::PATH => self.metrics().await,
            _ => self.health_feed().await,
        }
    }

    /// The answer to whoever is known.
    async fn route(&self, request: &AdminRequest, visitor: &Visitor) -> Result<AdminResponse, StoreError> {
        let (route, key) = match routes::find(request.method, &request.path) {
            RouteMatch::Route(route, key) => (route, key),
            RouteMatch::Moved(path) => return Ok(AdminResponse::see_other(path)),
            RouteMatch::OtherMethod(allowed) => {
                let words = "this address does not answer that method";
                return Ok(self.refused(request, visitor, 405, words).with("allow", allowed.to_owned()));
            }
            RouteMatch::Nothing => return Ok(self.refused(request, visitor, 404, "there is no such page")),
        };
        let form = match self.checked_form(request, visitor) {
            Ok(form) => form,
            Err((status, words)) => return Ok(self.refused(request, visitor, status, words)),
        };
        if visitor.role < route.needs {
            let words = format!(
                "this needs the role “{}”, and yours is “{}”",
                route.needs.as_str(),
                visitor.role.as_str()
            );
            return Ok(self.refused(request, visitor, 403, &words));
        }
        self.act(route.action, request, visitor, &form, key).await
    }

    async fn act(
        &self,
        action: Action,
        request: &AdminRequest,
        visitor: &Visitor,
        form: &FormFields,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        match action {
            Action::Dashboard => self.dashboard(visitor).await,
            Action::Sources => self.sources(visitor).await,
            Action::FindSource => self.find_source(request, visitor, form).await,
            Action::AddSource => self.add_source(request, visitor, form).await,
            Action::RemoveSource => self.remove_source(request, visitor, form).await,
            Action::ImportSources => self.import_list(request, visitor, form).await,
            Action::ExportSources => self.export_list(request, visitor).await,
            Action::ApiRemoveSource => self.api_remove_source(request, visitor, key).await,
            Action::ApiImportSources => self.api_import_sources(request, visitor).await,
            Action::SetSource => self.set_source(request, visitor, form).await,
            Action::Editions => self.editions(visitor).await,
            Action::Edition => self.edition(request, visitor, key).await,
            Action::ChangeEdition => self.change_edition(request, visitor, form, key).await,
            Action::PreviewEdition => self.preview_edition(request, visitor, key).await,
            Action::Replay => self.replay(request, visitor, form, key).await,
            Action::Account => self.account(visitor).await,
            Action::EndSession => self.end_session(visitor, key).await,
            Action::SignOut => self.sign_out(visitor).await,
            Action::Queue => self.queue(request, visitor).await,
            Action::Decide => self.decide(request, visitor, form).await,
            Action::Story => self.story(request, visitor, key).await,
            Action::Edit => self.edit(request, visitor, form, key).await,
            Action::Preview => self.preview(request, visitor, key).await,
            Action::PlanMerge => self.plan_merge(request, visitor, key).await,
            Action::Merge => self.merge(request, visitor, form, key).await,
            Action::PlanSplit => self.plan_split(request, visitor, key).await,
            Action::Split => self.split(request, visitor, form, key).await,
            Action::Restore => self.restore(request, visitor, form, key).await,
            Action::ApiQueue => self.api_queue(request).await,
            Action::ApiStory => self.api_story(key).await,
            Action::ApiCall(call) => self.api_call(call, request, visitor, key).await,
            Action::ApiLog => self.api_log().await,
            Action::ApiEditions => self.api_editions().await,
            Action::ApiEdition => self.api_edition(key).await,
            Action::ApiEditionCall(call) => self.api_edition_call(call, request, visitor, key).await,
            Action::ApiSources => self.api_sources().await,
            Action::ApiFindSource => self.api_find_source(request, visitor).await,
            Action::ApiAddSource => self.api_add_source(request, visitor).await,
            Action::ApiSetSource => self.api_set_source(request, visitor, key).await,
            Action::OpenApi => Ok(AdminResponse::json(200, &openapi::document(&self.config().site.title))),
        }
    }

    /// The fields of a form that we made for this visitor; none for a request without one.
    fn checked_form(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
    ) -> Result<FormFields, (u16, &'static str)> {
        if request.method != Method::Post || request.is_api() {
            return Ok(FormFields::default());
        }
        let takes_file = request.path == IMPORT_PATH;
        let form = if takes_file { request.upload() } else { request.form() };
        let Some(form) = form else { return Err((415, "this takes a form")) };
        let is_ours = visitor.csrf.as_ref().is_some_and(|it| random::is_same(it, form.text(CSRF_FIELD)));
        match is_ours {
            true => Ok(form),
            false => {
                Err((403, "this form is not of your session; go back, reload the page and send it again"))
            }
        }
    }

    /// The answer to somebody who is not known.
    fn stranger(&self, request: &AdminRequest) -> AdminResponse {
        if self.config().editors.is_empty() {
            let words =
                "without an [[editor]] the desk is open on this machine only, and not through a proxy";
            return refusal(request, 403, words);
        }
        if request.is_api() {
            let words = "send the token of an [[editor]] as `Authorization: Bearer …`";
            return refusal(request, 401, words).with("www-authenticate", "Bearer".to_owned());
        }
        AdminResponse::see_other(&login::path_back_to(request))
    }

    /// A refusal as a page, or as JSON for a program.
    pub(super) fn refused(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        status: u16,
        words: &str,
    ) -> AdminResponse {
        if request.is_api() {
            return refusal(request, status, words);
        }
        page::refusal(self.config(), visitor, status, words)
    }
}

/// A refusal to somebody who is shown no page.
fn refusal(request: &AdminRequest, status: u16, words: &str) -> AdminResponse {
    match request.is_api() {
        true => AdminResponse::json(status, &json!({ "error": words })),
        false => AdminResponse::text(status, words),
    }
}

/// Says which secrets of editors are of no use: nobody would learn it from the login page.
fn warn_of_secrets(config: &Config) {
    for account in &config.editors {
        let name = &account.name;
        match account.password.as_ref().map(|it| it.read()) {
            Some(Err(cause)) => warn!(error = %cause, "`{name}` cannot sign in: {cause}"),
            Some(Ok(secret)) => {
                if let Some(problem) = password::problem(secret.reveal()) {
                    warn!("`{name}` cannot sign in: the password {problem}");
                }
            }
            None => {}
        }
        match account.token.as_ref().map(|it| it.read()) {
            Some(Err(cause)) => warn!(error = %cause, "the token of `{name}` cannot be used: {cause}"),
            Some(Ok(secret)) if secret.reveal().chars().count() < TOKEN_CHARS_MIN => {
                warn!("the token of `{name}` cannot be used: it has fewer than {TOKEN_CHARS_MIN} characters");
            }
            _ => {}
        }
    }
}
