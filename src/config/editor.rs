//! The people who may use the desk, and the programs that act for them.

use super::settings::Secret;

/// `[[editor]]`: a person, or a program, who may use the desk.
#[derive(Clone, Debug)]
pub struct EditorAccount {
    /// Stands behind "Reviewed by", and signs in.
    pub name: String,
    /// The argon2 hash of the password, or the password itself.
    pub password: Option<Secret>,
    /// What a script sends as `Authorization: Bearer`.
    pub token: Option<Secret>,
    /// What the editor may do.
    pub role: EditorRole,
}

/// What an editor may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum EditorRole {
    /// Looks.
    Reader,
    /// Decides on stories.
    Editor,
    /// Decides also on sources, and ends the sessions of others.
    Admin,
}

impl EditorRole {
    /// Every role with its word in the file.
    pub const WORDS: [(&'static str, Self); 3] =
        [("reader", Self::Reader), ("editor", Self::Editor), ("admin", Self::Admin)];

    /// The word that stands for it in the file and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}
