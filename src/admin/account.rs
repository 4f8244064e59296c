//! The page of an editor's own sessions, each of which can be ended; an admin sees everyone's.

use crate::config::EditorRole;
use crate::domain::Timestamp;
use crate::store::EditorSessionRow;
use crate::store::StoreError;

use super::access::IDLE_MAX;
use super::access::SESSION_MAX;
use super::access::Visitor;
use super::page;
use super::response::AdminResponse;
use super::site::AdminSite;

impl AdminSite {
    pub(super) async fn account(&self, visitor: &Visitor) -> Result<AdminResponse, StoreError> {
        let own = owner(visitor);
        let mut sessions = self.store().read(move |it| it.editor_sessions(own.as_deref())).await?;
        let now = self.now();
        sessions.retain(|it| lasts(it, now));
        Ok(page::account(self.config(), visitor, &sessions))
    }

    pub(super) async fn end_session(&self, visitor: &Visitor, n: &str) -> Result<AdminResponse, StoreError> {
        let own = owner(visitor);
        if let Ok(n) = n.parse::<i64>() {
            // One that is over already, or another's, is left as it is.
            self.store().write(move |it| it.end_editor_session(n, own.as_deref())).await?;
        }
        Ok(AdminResponse::see_other("/desk/account"))
    }
}

/// Whose sessions a visitor may see and end; `None`: everyone's.
fn owner(visitor: &Visitor) -> Option<String> {
    (visitor.role < EditorRole::Admin).then(|| visitor.name.clone())
}

fn lasts(session: &EditorSessionRow, now: Timestamp) -> bool {
    now.since(session.used) <= IDLE_MAX && now.since(session.created) <= SESSION_MAX
}
