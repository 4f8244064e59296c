//! The pages' own words, in the languages that we have them in.
//!
//! `{}` in a phrase stands for a name or a number. A page that lacks a language is in English.

mod de;
mod en;
mod es;
mod fr;
mod phrases;

pub(super) use self::phrases::Phrases;
pub(super) use self::phrases::fill;

/// The words of a site in this language (BCP 47 tag); English where there are none.
pub(super) fn words(language: &str) -> &'static Phrases {
    match language.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "de" => &de::WORDS,
        "fr" => &fr::WORDS,
        "es" => &es::WORDS,
        _ => &en::WORDS,
    }
}
