//! `[[editor]]`, and what follows from it for the admin side's address.

use std::collections::HashMap;

use super::super::editor::EditorAccount;
use super::super::editor::EditorRole;
use super::super::listen::ListenAddress;
use super::super::listen::is_wildcard;
use super::super::problem::KeyLocation;
use super::super::settings::Server;
use super::super::table::At;
use super::super::table::Table;
use super::super::value;
use super::curation::secret;
use super::shared::text_shape;
use super::taxonomy::declare;

/// Characters of an editor's name, as readers see it.
const NAME_CHARS_MAX: usize = 80;

pub(super) fn editor(it: &mut Table<'_>, names: &mut HashMap<String, KeyLocation>) -> Option<EditorAccount> {
    let about = "The person's name: readers see it behind \"Reviewed by\", and the person signs in with it.";
    let name = it.parsed("name", None, about, text_shape, |text| {
        let is_clean = text.trim() == text && !text.chars().any(char::is_control);
        match (1..=NAME_CHARS_MAX).contains(&text.chars().count()) && is_clean {
            true => Ok(text.to_owned()),
            false => value::wrong(
                format!("{text:?} cannot be a name"),
                format!("write one of at most {NAME_CHARS_MAX} characters, without blanks around it"),
            ),
        }
    });
    it.require("name", "write name = \"Ann Example\"");
    let about = "Where the argon2 hash of the password is kept, as `bylined hash-password` prints it, or the password itself.";
    let password = secret(it, "password", about);
    let about = "Where the token is kept that a script sends as `Authorization: Bearer`.";
    let token = secret(it, "token", about);
    if it.is_sound() && !it.has("password") && !it.has("token") {
        let help = "write password = { credential = \"NAME\" }, or token = { … } for a script";
        it.report().error(it.place(), "has neither password nor token", help);
    }
    let about = "\"reader\" looks, \"editor\" decides on stories, \"admin\" also on sources.";
    let role = it.word("role", &EditorRole::WORDS, Some("editor"), about);
    let At { value: name, place } = name?;
    declare(it, names, &name.to_lowercase(), &place, "write another name; editors are known by it");
    Some(EditorAccount { name, password, token, role: role.unwrap_or(EditorRole::Editor) })
}

/// Refuses an admin side that others reach without signing in, and points out one that browsers
/// cannot use or that sends passwords in the clear.
pub(super) fn check_admin(
    it: &Table<'_>,
    server: &Server,
    place: Option<&KeyLocation>,
    editors: &[EditorAccount],
) {
    let (Some(listen), Some(place)) = (&server.admin_listen, place) else { return };
    if listen.is_local() {
        return;
    }
    if editors.is_empty() && it.is_sound() {
        let help = "add an [[editor]], or write a loopback address like \"127.0.0.1:8081\", or \"unix:/run/bylined/admin.sock\"";
        it.report().error(
            place,
            format!("{listen} can be reached by others, and nobody has to sign in"),
            help,
        );
        return;
    }
    let is_wild = matches!(listen, ListenAddress::Ip(address) if is_wildcard(address.ip()));
    match &server.admin_url {
        None if is_wild => {
            let help = "add admin_url = \"https://…\", the address that browsers use";
            it.report().warning(place, "is answered only on this machine without `admin_url`", help);
        }
        Some(url) if url.scheme() == "https" => {}
        _ => {
            let help = "put a proxy with TLS in front of it and add admin_url = \"https://…\"";
            it.report().warning(place, "receives passwords without encryption", help);
        }
    }
}
