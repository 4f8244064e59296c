//! The plural of an audience's name, for the label of a takeaway.

/// `CTO` is `CTOs`, `Policy maker` is `Policy makers`, `Director of AI/ML` is `Directors of AI/ML`.
/// A name that is plural already stays.
pub(super) fn plural(name: &str) -> String {
    let end =
        [" of ", " in ", " for ", " at "].iter().filter_map(|it| name.find(it)).min().unwrap_or(name.len());
    let (head, rest) = name.split_at(end);
    let lower = head.to_lowercase();
    let is_word = head.ends_with(char::is_alphabetic);
    let ends = |ends: &[&str]| ends.iter().any(|it| lower.ends_with(it));
    if !is_word || ends(&["s", "people", "staff", "media", "leadership", "men", "women"]) {
        return name.to_owned();
    }
    let stem = |letters: usize| &head[..head.len() - letters];
    if ends(&["man"]) && head.is_ascii() {
        return format!("{}en{rest}", stem(2));
    }
    let is_consonant_before_y = lower.ends_with('y') && !ends(&["ay", "ey", "oy", "uy"]);
    match head {
        // An acronym is no word of the dictionary.
        _ if head.ends_with(char::is_uppercase) => format!("{head}s{rest}"),
        _ if is_consonant_before_y => format!("{}ies{rest}", stem(1)),
        _ if ends(&["ch", "sh", "x", "z"]) => format!("{head}es{rest}"),
        _ => format!("{head}s{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_are_many() {
        for (one, many) in [
            ("CTO", "CTOs"),
            ("Developer", "Developers"),
            ("Policy maker", "Policy makers"),
            ("Director of AI/ML", "Directors of AI/ML"),
            ("VP of Engineering/Data", "VPs of Engineering/Data"),
            ("Agency", "Agencies"),
            ("Attorney", "Attorneys"),
            ("Coach", "Coaches"),
            ("Businesswoman", "Businesswomen"),
            ("Developers", "Developers"),
            ("Media", "Media"),
        ] {
            assert_eq!(plural(one), many);
        }
    }
}
