//! Every path of the admin side, with the role that it needs. There is no other way in.

use crate::config::EditorRole;

use super::api::StoryCall;
use super::api_editions::EditionCall;
use super::request::Method;

/// What answers a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Action {
    Queue,
    Decide,
    Story,
    Edit,
    Preview,
    PlanMerge,
    Merge,
    PlanSplit,
    Split,
    Restore,
    ApiQueue,
    ApiStory,
    ApiCall(StoryCall),
    ApiLog,
    ApiEditions,
    ApiEdition,
    ApiEditionCall(EditionCall),
    OpenApi,
    ApiSources,
    ApiFindSource,
    ApiAddSource,
    ApiSetSource,
    Dashboard,
    Sources,
    FindSource,
    AddSource,
    SetSource,
    RemoveSource,
    ImportSources,
    ExportSources,
    ApiRemoveSource,
    ApiImportSources,
    Editions,
    Edition,
    ChangeEdition,
    PreviewEdition,
    Replay,
    Account,
    EndSession,
    SignOut,
}

/// A path with what answers it, and who may ask.
#[derive(Debug)]
pub(super) struct AdminRoute {
    method: Method,
    /// `{}` stands for one segment.
    pattern: &'static str,
    pub(super) needs: EditorRole,
    pub(super) action: Action,
}

const fn route(method: Method, pattern: &'static str, needs: EditorRole, action: Action) -> AdminRoute {
    AdminRoute { method, pattern, needs, action }
}

const fn call(pattern: &'static str, call: StoryCall) -> AdminRoute {
    route(Method::Post, pattern, EditorRole::Editor, Action::ApiCall(call))
}

const fn edition_call(pattern: &'static str, call: EditionCall) -> AdminRoute {
    route(Method::Post, pattern, EditorRole::Editor, Action::ApiEditionCall(call))
}

/// Where a list of subscriptions is brought, in the one form with a file.
pub(super) const IMPORT_PATH: &str = "/desk/sources/import";

const ROUTES: [AdminRoute; 52] = [
    route(Method::Get, "/desk/", EditorRole::Reader, Action::Queue),
    route(Method::Post, "/desk/decide", EditorRole::Editor, Action::Decide),
    route(Method::Get, "/desk/story/{}", EditorRole::Reader, Action::Story),
    route(Method::Post, "/desk/story/{}", EditorRole::Editor, Action::Edit),
    route(Method::Get, "/desk/story/{}/preview", EditorRole::Reader, Action::Preview),
    route(Method::Get, "/desk/story/{}/merge", EditorRole::Editor, Action::PlanMerge),
    route(Method::Post, "/desk/story/{}/merge", EditorRole::Editor, Action::Merge),
    route(Method::Get, "/desk/story/{}/split", EditorRole::Editor, Action::PlanSplit),
    route(Method::Post, "/desk/story/{}/split", EditorRole::Editor, Action::Split),
    route(Method::Post, "/desk/story/{}/restore", EditorRole::Editor, Action::Restore),
    route(Method::Get, "/api/v1/desk/queue", EditorRole::Reader, Action::ApiQueue),
    route(Method::Get, "/api/v1/desk/openapi.json", EditorRole::Reader, Action::OpenApi),
    route(Method::Get, "/api/v1/desk/sources", EditorRole::Reader, Action::ApiSources),
    route(Method::Post, "/api/v1/desk/sources/find", EditorRole::Admin, Action::ApiFindSource),
    route(Method::Post, "/api/v1/desk/sources/add", EditorRole::Admin, Action::ApiAddSource),
    route(Method::Post, "/api/v1/desk/sources/{}/set", EditorRole::Admin, Action::ApiSetSource),
    route(Method::Get, "/api/v1/desk/stories/{}", EditorRole::Reader, Action::ApiStory),
    call("/api/v1/desk/stories/{}/approve", StoryCall::Approve),
    call("/api/v1/desk/stories/{}/undo", StoryCall::Undo),
    call("/api/v1/desk/stories/{}/reject", StoryCall::Reject),
    call("/api/v1/desk/stories/{}/defer", StoryCall::Defer),
    call("/api/v1/desk/stories/{}/edit", StoryCall::Edit),
    call("/api/v1/desk/stories/{}/merge", StoryCall::Merge),
    call("/api/v1/desk/stories/{}/split", StoryCall::Split),
    call("/api/v1/desk/stories/{}/restore", StoryCall::Restore),
    call("/api/v1/desk/stories/{}/replay", StoryCall::Replay),
    route(Method::Get, "/api/v1/desk/log", EditorRole::Reader, Action::ApiLog),
    route(Method::Get, "/api/v1/desk/editions", EditorRole::Reader, Action::ApiEditions),
    route(Method::Get, "/api/v1/desk/editions/{}", EditorRole::Reader, Action::ApiEdition),
    edition_call("/api/v1/desk/editions/{}/order", EditionCall::Order),
    edition_call("/api/v1/desk/editions/{}/drop", EditionCall::Drop),
    edition_call("/api/v1/desk/editions/{}/note", EditionCall::Note),
    edition_call("/api/v1/desk/editions/{}/send", EditionCall::Send),
    route(Method::Get, "/desk/today", EditorRole::Reader, Action::Dashboard),
    route(Method::Get, "/desk/sources", EditorRole::Reader, Action::Sources),
    route(Method::Post, "/desk/sources/find", EditorRole::Admin, Action::FindSource),
    route(Method::Post, "/desk/sources/add", EditorRole::Admin, Action::AddSource),
    route(Method::Post, "/desk/sources/remove", EditorRole::Admin, Action::RemoveSource),
    route(Method::Post, IMPORT_PATH, EditorRole::Admin, Action::ImportSources),
    route(Method::Get, "/desk/sources.opml", EditorRole::Reader, Action::ExportSources),
    route(Method::Get, "/api/v1/desk/sources.opml", EditorRole::Reader, Action::ExportSources),
    route(Method::Post, "/api/v1/desk/sources/import", EditorRole::Admin, Action::ApiImportSources),
    route(Method::Post, "/api/v1/desk/sources/{}/remove", EditorRole::Admin, Action::ApiRemoveSource),
    route(Method::Post, "/desk/sources/set", EditorRole::Admin, Action::SetSource),
    route(Method::Get, "/desk/editions", EditorRole::Reader, Action::Editions),
    route(Method::Get, "/desk/editions/{}", EditorRole::Reader, Action::Edition),
    route(Method::Post, "/desk/editions/{}", EditorRole::Editor, Action::ChangeEdition),
    route(Method::Get, "/desk/editions/{}/preview", EditorRole::Reader, Action::PreviewEdition),
    route(Method::Post, "/desk/story/{}/replay", EditorRole::Editor, Action::Replay),
    route(Method::Get, "/desk/account", EditorRole::Reader, Action::Account),
    route(Method::Post, "/desk/account/sessions/{}/end", EditorRole::Reader, Action::EndSession),
    route(Method::Post, "/desk/logout", EditorRole::Reader, Action::SignOut),
];

/// What there is at a path.
pub(super) enum RouteMatch<'a> {
    /// Its route, with the segment that `{}` stands for.
    Route(&'static AdminRoute, &'a str),
    /// Another spelling of this path.
    Moved(&'static str),
    /// Something that answers this method only.
    OtherMethod(&'static str),
    Nothing,
}

/// What answers a method and path.
pub(super) fn find(method: Method, path: &str) -> RouteMatch<'_> {
    if matches!(path, "/" | "/desk") {
        return RouteMatch::Moved("/desk/");
    }
    let mut others = None;
    for route in &ROUTES {
        let Some(segment) = matched(route.pattern, path) else { continue };
        if route.method == method {
            return RouteMatch::Route(route, segment);
        }
        others = match (others, route.method) {
            (None, Method::Get) => Some("GET, HEAD"),
            (None, _) => Some("POST"),
            _ => Some("GET, HEAD, POST"),
        };
    }
    others.map_or(RouteMatch::Nothing, RouteMatch::OtherMethod)
}

/// The segment that `{}` stands for, where a path has the pattern; empty where it has none.
fn matched<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let Some((before, after)) = pattern.split_once("{}") else {
        return (pattern == path).then_some("");
    };
    let segment = path.strip_prefix(before)?.strip_suffix(after)?;
    (!segment.is_empty() && !segment.contains('/')).then_some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_one_action_by_its_method() {
        let action = |method, path| match find(method, path) {
            RouteMatch::Route(route, segment) => Ok((route.action, segment)),
            RouteMatch::Moved(to) | RouteMatch::OtherMethod(to) => Err(Some(to)),
            RouteMatch::Nothing => Err(None),
        };
        assert_eq!(action(Method::Get, "/desk/"), Ok((Action::Queue, "")));
        assert_eq!(action(Method::Post, "/desk/account/sessions/7/end"), Ok((Action::EndSession, "7")));
        assert_eq!(action(Method::Get, "/desk/account/sessions/7/end"), Err(Some("POST")));
        assert_eq!(action(Method::Other, "/desk/account"), Err(Some("GET, HEAD")));
        assert_eq!(action(Method::Get, "/desk"), Err(Some("/desk/")));
        for path in
            ["/desk/account/sessions//end", "/desk/account/sessions/a/b/end", "/desk/nothing", "/desk//", ""]
        {
            assert_eq!(action(Method::Post, path), Err(None), "{path}");
        }
    }
}
