//! Plain text: making it from markup, cleaning it, cutting it into sentences and words.
//!
//! Foreign HTML becomes text here, once; nothing above this floor sees markup. Bytes
//! become text here too, pages' and feeds' by the same rules (`inflate`, `charset`).

pub mod anchor;
pub mod charset;
pub mod clean;
mod error_chain;
pub mod hidden;
pub mod html;
pub mod inflate;
pub mod inline;
pub mod phrase;
pub mod sentence;
pub mod word;
pub mod word_list;

pub use self::error_chain::error_chain;
