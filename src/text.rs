//! Plain text: making it from markup, cleaning it, cutting it into sentences and words.
//!
//! Foreign HTML becomes text here, once; nothing above this floor sees markup.

pub mod clean;
pub mod html;
pub mod sentence;
pub mod word;
