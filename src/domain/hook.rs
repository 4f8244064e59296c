//! Events that the operator's own programs are told (webhooks).

/// What happened.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum HookEvent {
    /// A story entered an output.
    Published,
    /// A story of an output changed in a way that readers may notice.
    Updated,
    /// A story of an output was taken back, or became part of another.
    Withdrawn,
    /// A period of an output with `digest` is over.
    Digest,
    /// A source fails, works again, or is gone.
    Health,
    /// A story, or a draft of one, waits for an editor.
    Waiting,
}

impl HookEvent {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Published, Self::Updated, Self::Withdrawn, Self::Digest, Self::Health, Self::Waiting];

    /// The word for it, in configuration and delivery.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Updated => "updated",
            Self::Withdrawn => "withdrawn",
            Self::Digest => "digest",
            Self::Health => "health",
            Self::Waiting => "waiting",
        }
    }

    /// The event of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}
