//! Which language a text is in.

use crate::text::word::Language;
use crate::text::word::lower;
use crate::text::word::words;
use crate::text::word_list;

/// A shorter text says too little about its language.
const CHARS_MIN: usize = 200;
/// More is not read.
const CHARS_MAX: usize = 1_500;
/// Share of stop words above which an undeclared text counts as that language.
const STOP_WORD_SHARE_MIN: f64 = 0.25;

/// The BCP 47 tag of a text: as detected where it is long enough to tell, else as declared.
pub(super) fn tag(text: &str, declared: Option<&str>) -> Option<String> {
    let head = match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    let is_enough = CHARS_MIN <= head.chars().count();
    // Telling languages apart is dear: a text that is plainly what it says it is needs none,
    // nor does one in plain English, whose little words no other language shares.
    let is_plainly = |it| STOP_WORD_SHARE_MIN <= stop_word_share(head, it);
    if let Some(declared) = declared
        && Language::of_tag(declared).is_some_and(is_plainly)
    {
        return Some(declared.to_owned());
    }
    if is_enough && declared.is_none() && is_plainly(Language::English) {
        return Some("en".to_owned());
    }
    let detected = is_enough.then(|| whatlang::detect(head)).flatten().filter(whatlang::Info::is_reliable);
    match (detected, declared) {
        (Some(detected), declared) => {
            let code = two_letters(detected.lang().code());
            let agrees = declared.filter(|it| it.split(['-', '_']).next() == Some(code));
            Some(agrees.unwrap_or(code).to_owned())
        }
        (None, declared) => declared.map(str::to_owned),
    }
}

/// The language of a text without its region, as [`tag`] tells it.
pub(super) fn primary(text: &str, declared: Option<&str>) -> Option<String> {
    tag(text, declared)?.split(['-', '_']).next().map(str::to_lowercase)
}

/// The language whose words we know and the text is in. An unknown one is judged by its stop words.
pub(super) fn known(text: &str, tag: Option<&str>) -> Option<Language> {
    match tag {
        Some(tag) => Language::of_tag(tag),
        None => {
            (STOP_WORD_SHARE_MIN <= stop_word_share(text, Language::English)).then_some(Language::English)
        }
    }
}

/// Which share of a text's words are a language's stop words; 0 of a text without words.
fn stop_word_share(text: &str, language: Language) -> f64 {
    let (mut all, mut stop) = (0.0, 0.0);
    for (_, word) in words(text).take(CHARS_MAX) {
        all += 1.0;
        stop += f64::from(u8::from(language.is_stop_word(&lower(word))));
    }
    if all == 0.0 { 0.0 } else { stop / all }
}

/// ISO 639-1 for ISO 639-3, as BCP 47 wants the shorter one (RFC 5646 §2.2.1).
fn two_letters(code: &'static str) -> &'static str {
    word_list::pairs(include_str!("language/codes.txt")).find(|it| it.0 == code).map_or(code, |it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_in_the_declared_language() {
        assert_eq!(tag("OpenAI launches new model", Some("en-gb")).as_deref(), Some("en-gb"));
        assert_eq!(tag("OpenAI launches new model", None), None);
    }

    #[test]
    fn a_long_text_is_believed_more_than_its_declaration() {
        let german = "Der Hersteller hat am Montag angekündigt, dass die neue Fassung des Programms im Herbst erscheint. \
            Wer sie schon jetzt ausprobieren möchte, findet eine Vorschau auf der Seite des Herstellers, die aber noch nicht stabil läuft.";
        assert_eq!(tag(german, Some("en")).as_deref(), Some("de"));
        assert_eq!(tag(german, Some("de-at")).as_deref(), Some("de-at"));
        assert_eq!(known(german, None), None);
    }

    #[test]
    fn what_is_not_declared_is_told_by_its_words() {
        let english = "The maintainers of the project said on Monday that the next release of the compiler will be the \
            last one to support the old format, and that nobody has to change anything at all before it is out in the spring.";
        let dutch = "De beheerders van het project zeiden maandag dat de volgende versie van de compiler de laatste is \
            die het oude formaat kent, en dat niemand ook maar iets hoeft te veranderen voordat die in het voorjaar uitkomt. \
            Wie er nu al mee wil werken, vindt een eerste proef op de website, maar die is nog lang niet af.";
        assert_eq!(tag(english, None).as_deref(), Some("en"));
        assert_ne!(tag(dutch, None).as_deref(), Some("en"));
        assert_eq!(tag(english, Some("de")).as_deref(), Some("en"));
    }
}
