//! A program of the operator's that is told what happens.

use sha2::Digest;
use sha2::Sha256;
use url::Url;

use crate::domain::HookEvent;
use crate::domain::OutputId;

use super::settings::Secret;

/// `[[hook]]`: a program of the operator's that is told what happens.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Where events are posted to. Not shown: the addresses of chats are secrets.
    pub url: Url,
    /// What signs each delivery.
    pub secret: Option<Secret>,
    /// What it is told.
    pub on: Vec<HookEvent>,
    /// The output that it is told of; `None`: every output.
    pub output: Option<OutputId>,
}

impl Hook {
    /// Its name in the store: another address or output makes another hook.
    pub fn id(&self) -> String {
        let output = self.output.as_ref().map_or("", OutputId::as_str);
        let digest = Sha256::digest(format!("{}\0{output}", self.url));
        digest[..HOOK_ID_BYTES].iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The address without what may be secret in it.
    pub fn shown(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

/// Bytes of the digest that names a hook: no two of one file are alike.
const HOOK_ID_BYTES: usize = 8;
