//! Negation: the statement denies what the cited text denies, and nothing else.

use super::alignment::AROUND_MIN;
use super::alignment::is_near;
use super::alignment::likeness;
use super::comparison::Comparison;
use super::token::Token;

/// Words between a denied word and what denies it.
const DENIED_DISTANCE_MAX: usize = 5;

/// A word that only one of both denies.
pub(super) fn changed<'t>(compared: &Comparison<'t>) -> Vec<&'t str> {
    negation(&compared.said, compared.cited).into_iter().collect()
}

/// A word that the statement negates and the source affirms in the same place, or the reverse.
fn negation<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    // What is said in other words may well need a "not" where the source has none.
    if !is_near(said, source) {
        return None;
    }
    let (denied, denied_there) = (negated(said), negated(source));
    let near = |tokens: &[Token], at: usize| {
        let reach = at.saturating_sub(DENIED_DISTANCE_MAX)..(at + DENIED_DISTANCE_MAX + 1).min(tokens.len());
        reach.into_iter().any(|it| tokens[it].sentence == tokens[at].sentence && tokens[it].denies())
    };
    let is_wrong = |at: usize| {
        let it = &said[at];
        let places: Vec<(usize, usize)> = (0..source.len())
            .filter(|there| source[*there].stem == it.stem)
            .map(|there| (likeness(said, at, source, there), there))
            .collect();
        let Some(best) = places.iter().map(|it| it.0).max() else { return false };
        let mut best_places = places.iter().filter(|it| it.0 == best).map(|it| it.1);
        // Words such as "do" stand everywhere.
        if it.is_function_word && best < AROUND_MIN {
            return false;
        }
        // What is denied in another way is denied too.
        !best_places.any(|there| {
            denied[at] == denied_there[there] || if denied[at] { near(source, there) } else { near(said, at) }
        })
    };
    let mut polar = (0..said.len()).filter(|at| {
        let it = &said[*at];
        !it.is_negation
            && (denied[*at]
                || (0..source.len()).any(|there| denied_there[there] && source[there].stem == it.stem))
    });
    polar.find(|at| is_wrong(*at)).map(|at| said[at].shown).or_else(|| {
        let is_new = denied.contains(&true) && !source.iter().any(Token::denies);
        is_new.then(|| said.iter().find(|it| it.is_negation).map_or("not", |it| it.shown))
    })
}

/// For each word, whether it is the first behind a negation in its sentence that says something;
/// where nothing follows, as in German, it is the last before.
pub(super) fn negated(tokens: &[Token]) -> Vec<bool> {
    let mut denied = vec![false; tokens.len()];
    let mut is_open = false;
    let mut before: Option<usize> = None;
    for (at, it) in tokens.iter().enumerate() {
        if it.opens_sentence {
            before.filter(|_| is_open).into_iter().for_each(|it| denied[it] = true);
            (is_open, before) = (false, None);
        }
        if it.is_negation {
            is_open = true;
        } else if !it.is_between {
            denied[at] = std::mem::take(&mut is_open);
            before = Some(at);
        }
    }
    before.filter(|_| is_open).into_iter().for_each(|it| denied[it] = true);
    denied
}
