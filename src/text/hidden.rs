//! Says which elements a reader of a page would not see, whoever wrote it for whom.

use super::html::decode_entities;

/// Classes of text that is there for machines that read aloud. Not those that hide on narrow
/// screens only, such as `hidden lg:block`.
const UNSEEN_CLASSES: [&str; 7] = [
    "sr-only",
    "screen-reader-text",
    "screenreader-only",
    "visually-hidden",
    "visuallyhidden",
    "u-visually-hidden",
    "a11y-hidden",
];

/// Whether an element with these attributes, values as written, is out of sight: by
/// `hidden`, `aria-hidden`, a class that hides, or a style that removes it, makes it
/// transparent or too small, or moves it off the page.
pub fn is_hidden<'a>(attributes: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    attributes.into_iter().any(|(name, value)| {
        let is = |it: &str| name.eq_ignore_ascii_case(it);
        match name.len() {
            5 if is("style") => hides(&decode_entities(value)),
            5 if is("class") => value.split_ascii_whitespace().any(|it| UNSEEN_CLASSES.contains(&it)),
            6 => is("hidden"),
            11 => is("aria-hidden") && value.trim().eq_ignore_ascii_case("true"),
            _ => false,
        }
    })
}

/// Whether an element that [`is_hidden`] is so for programs that read aloud only: its words are
/// seen, but may stand elsewhere again for those.
pub fn is_shown_to_eyes<'a>(attributes: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    !is_hidden(attributes.filter(|(name, _)| !name.eq_ignore_ascii_case("aria-hidden")))
}

/// Whether a class says that an element is the caption or the credit of a picture: by a word of it,
/// as in `wp-caption-text` or `photo__credit`.
pub fn is_caption<'a>(attributes: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    const WORDS: [&str; 6] =
        ["caption", "figcaption", "imagecaption", "photocredit", "imagecredit", "credit"];
    /// Say whether something else has one.
    const BEFORE: [&str; 5] = ["has", "with", "no", "without", "is"];
    let says = |class: &str| {
        let mut words = class.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
        let first = words.clone().next().unwrap_or_default();
        !BEFORE.iter().any(|it| first.eq_ignore_ascii_case(it))
            && words.any(|it| WORDS.iter().any(|word| it.eq_ignore_ascii_case(word)))
    };
    attributes
        .into_iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("class") && value.split_ascii_whitespace().any(says))
}

/// Whether a `style` attribute takes its element out of sight.
fn hides(style: &str) -> bool {
    let compact: String = style.to_ascii_lowercase().split_whitespace().collect();
    let clips = compact.contains("overflow:hidden");
    compact.split(';').filter_map(|it| it.split_once(':')).any(|(property, value)| {
        let value = value.trim_end_matches("!important");
        let number = || value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%').parse::<f64>();
        match property {
            "display" => value == "none",
            "visibility" => matches!(value, "hidden" | "collapse"),
            "content-visibility" => value == "hidden",
            "opacity" | "font-size" | "zoom" => number().is_ok_and(|it| it < 0.05),
            "max-height" | "max-width" | "height" | "width" => {
                clips && number().is_ok_and(|it| it < 2.0) && !value.ends_with("em")
            }
            "text-indent" | "left" | "top" | "right" | "bottom" | "margin-left" | "margin-top" => {
                number().is_ok_and(|it| it <= -500.0)
            }
            "transform" => matches!(value, "scale(0)" | "scale(0,0)") || value.contains("(-9999"),
            "color" => value == "transparent",
            "clip" => value.starts_with("rect(0") || value.starts_with("rect(1px"),
            "clip-path" => matches!(value, "inset(50%)" | "inset(100%)"),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, expected: bool) {
        assert_eq!(is_hidden([(name, value)].into_iter()), expected, "{name}={value}");
    }

    #[test]
    fn what_is_out_of_sight_is_hidden() {
        check("hidden", "", true);
        check("HIDDEN", "until-found", true);
        check("aria-hidden", " TRUE ", true);
        check("class", "note sr-only", true);
        for style in [
            "display:none",
            "Display : NONE !important",
            "color:red;visibility:hidden",
            "display&#58;none",
            "opacity:0",
            "font-size:0px",
            "position:absolute;left:-9999px",
            "text-indent:-1000em",
            "height:1px;overflow:hidden",
            "transform: scale(0)",
        ] {
            check("style", style, true);
        }
    }

    #[test]
    fn captions_are_known_by_class() {
        for (class, expected) in [
            ("wp-caption-text", true),
            ("Image__caption", true),
            ("photo-credit", true),
            ("has-caption", false),
            ("captions", false),
            ("credits", false),
        ] {
            assert_eq!(is_caption([("class", class)].into_iter()), expected, "{class}");
        }
    }

    #[test]
    fn what_is_merely_small_or_moved_is_seen() {
        check("aria-hidden", "false", false);
        check("class", "note", false);
        check("data-hidden", "true", false);
        for style in ["opacity:.9", "font-size:0.9em", "width:0;flex:1", "left:-5px", "display:block"] {
            check("style", style, false);
        }
    }
}
