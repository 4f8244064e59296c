//! The few files that pages of the desk need; nothing of a third party, nothing inline.

use crate::publish;

use super::response::AdminResponse;

/// A file at its path.
pub(super) fn of(path: &str) -> Option<AdminResponse> {
    let (media_type, bytes): (&str, &[u8]) = match path {
        "/desk/desk.css" => ("text/css; charset=utf-8", include_bytes!("desk.css")),
        "/desk/desk.js" => ("text/javascript; charset=utf-8", include_bytes!("desk.js")),
        _ => {
            let of_site = publish::ASSETS.iter().find(|it| it.path == path)?;
            (of_site.media_type, of_site.bytes)
        }
    };
    Some(AdminResponse::bytes(media_type, bytes))
}
