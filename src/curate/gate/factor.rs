//! Factors in words: "twice" is not said of what the cited text gives as "half".

use super::comparison::Comparison;
use super::token::Token;

/// Whether the statement says so many times as much where the cited text says another number of times,
/// and nowhere this one.
pub(super) fn is_ungrounded(compared: &Comparison, at: usize) -> bool {
    let Some(said) = factor(&compared.said[at]) else { return false };
    let mut told = compared.cited.iter().filter_map(factor).peekable();
    told.peek().is_some() && told.all(|it| it != said)
}

/// How many times as much a word says, in hundredths.
fn factor(it: &Token) -> Option<u32> {
    match it.lower.as_str() {
        "half" | "halve" | "halves" | "halved" | "halving" => Some(50),
        "twice" | "twofold" | "double" | "doubles" | "doubled" | "doubling" => Some(200),
        "thrice" | "threefold" | "triple" | "triples" | "tripled" | "tripling" => Some(300),
        "fourfold" | "quadruple" | "quadrupled" => Some(400),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn another_factor_than_the_one_told_is_found() {
        let source = "Tarn needs half the memory. Its users doubled.";
        for (statement, source, passes) in [
            ("Tarn halved its memory.", source, true),
            ("Tarn needs triple the memory.", source, false),
            ("Tarn needs twice the memory.", "Tarn needs half the memory.", false),
            ("Tarn has doubled its users.", source, true),
            ("Tarn has doubled its users.", "Tarn has 20 users where it had 10.", true),
        ] {
            assert_eq!(check(statement, source).is_empty(), passes, "{statement}");
        }
    }
}
