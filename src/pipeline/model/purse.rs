//! Who pays for what a model is asked, and whether it may be asked at all.

use crate::domain::Record;
use crate::domain::SourceId;
use crate::store::AttemptsMax;
use crate::store::InputVersion;
use crate::store::StoryRowId;

use super::super::curation_input::CurationInput;
use super::super::turns::Turn;
use super::refusal::USELESS_MAX;

/// Times that one request is sent, ever, whose answers are lost with a killed process. More than the
/// former: that is no fault of the request.
const LOST_MAX: u32 = 6;

/// Whether a model may be asked what it was not asked before.
#[derive(Clone, Debug)]
pub(crate) enum Asking {
    /// It is asked, as a source's turn.
    InTurn(Turn),
    /// It is asked: a person wishes it.
    Freely,
    /// Only what was replied before counts, as it did for the revision of this record: `None` where no
    /// model took part in that.
    Never(Option<Record>),
}

/// Who pays for a request.
#[derive(Clone, Debug)]
pub(super) struct Purse {
    pub(super) story: StoryRowId,
    pub(super) source: SourceId,
    /// The most tokens that the source may have spent on a day.
    pub(super) tokens_max: Option<u64>,
    /// The most attempts at one request.
    pub(super) attempts_max: AttemptsMax,
    /// The texts that the model is shown.
    pub(super) shown: Vec<InputVersion>,
}

impl Asking {
    /// Who pays: the source whose turn it is, else that of the entry that speaks.
    pub(super) fn purse(&self, prepared: &CurationInput) -> Option<Purse> {
        let story = prepared.story.id;
        let shown = prepared.shown_to_model();
        if let Self::InTurn(Turn { waiting, tokens_max }) = self {
            let (source, tokens_max) = (waiting.source.clone(), *tokens_max);
            let attempts_max = AttemptsMax { useless: USELESS_MAX, lost: LOST_MAX };
            return Some(Purse { story, source, tokens_max, attempts_max, shown });
        }
        let source = prepared.members.first()?.source.clone();
        // A person may ask as often as they like.
        let attempts_max = AttemptsMax { useless: u32::MAX, lost: u32::MAX };
        Some(Purse { story, source, tokens_max: None, attempts_max, shown })
    }
}
