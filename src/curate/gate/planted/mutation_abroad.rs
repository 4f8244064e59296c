//! How a denial is planted in German, French and Spanish sentences, or taken away.

use std::sync::LazyLock;

use regex::Regex;

use super::mutation::pattern;
use super::mutation::replaced;
use super::place::SentenceContext;

pub(super) fn negation_de(place: &SentenceContext) -> Option<String> {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<x>\bnicht )"));
    static NONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>[Kk])eine?[nmrs]? "));
    static NEVER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>nie)\b"));
    static AFFIRMED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?P<x>ist|sind|war|waren|wird|werden|kann|können|hat|haben|hatten|soll|müssen|will) ")
    });
    replaced(place.sentence, &DENIED, |_| Some(String::new()))
        .or_else(|| replaced(place.sentence, &NONE, |_| Some(String::new())))
        .or_else(|| replaced(place.sentence, &NEVER, |_| Some("immer".to_owned())))
        .or_else(|| replaced(place.sentence, &AFFIRMED, |it| Some(format!("{it} nicht"))))
}

pub(super) fn negation_fr(place: &SentenceContext) -> Option<String> {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>(?:ne |n')(\pL+) (?:pas|jamais))\b"));
    static NONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>Aucune agence n'a)\b"));
    static AFFIRMED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?P<x>est|sont|sera|peut|peuvent|doit|doivent|ont|coûte|dure|possède|utilise) ")
    });
    let verb = |it: &str| {
        let bare = it.trim_start_matches("ne ").trim_start_matches("n'");
        bare.split(' ').next().map(str::to_owned)
    };
    let denied = |it: &str| match it.starts_with(['e', 'o', 'u']) {
        true => format!("n'{it} pas"),
        false => format!("ne {it} pas"),
    };
    replaced(place.sentence, &DENIED, verb)
        .or_else(|| replaced(place.sentence, &NONE, |_| Some("Une agence a".to_owned())))
        .or_else(|| replaced(place.sentence, &AFFIRMED, |it| Some(denied(it))))
}

pub(super) fn negation_es(place: &SentenceContext) -> Option<String> {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<x>\bno )"));
    static NEVER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>nunca)\b"));
    static NONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<x>Ninguna)\b"));
    static AFFIRMED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?P<x>está|es|fue|será|puede|pueden|debe|ha|han|cuesta|dura|posee|usa) ")
    });
    replaced(place.sentence, &DENIED, |_| Some(String::new()))
        .or_else(|| replaced(place.sentence, &NEVER, |_| Some("siempre".to_owned())))
        .or_else(|| replaced(place.sentence, &NONE, |_| Some("Una".to_owned())))
        .or_else(|| replaced(place.sentence, &AFFIRMED, |it| Some(format!("no {it}"))))
}
