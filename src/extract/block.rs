//! Leaves out the blocks of a main text that are not the article: credits of pictures,
//! labels of advertisements, pointers to other articles, headings with nothing below them.

use crate::text::html::OBJECT;
use crate::text::word;
use crate::text::word_list;

const CREDITS: &str = include_str!("picture_credits.txt");
const POINTERS: &str = include_str!("pointers.txt");
const LABELS: &str = include_str!("labels.txt");

/// A credit, label or pointer is no longer than this, in words.
const ASIDE_WORDS_MAX: usize = 16;

/// A heading or teaser at the end is no longer than this, in words.
const TAIL_WORDS_MAX: usize = 8;

/// Blocks at the end that may go because nothing follows them.
const TAIL_BLOCKS_MAX: usize = 12;

/// The paragraphs of a main text, separated by empty lines, that are the article's own.
pub(super) fn of_article(text: &str) -> String {
    let mut blocks: Vec<&str> = text.split("\n\n").filter(|it| !is_aside(it)).collect();
    let tail = blocks.iter().rev().take(TAIL_BLOCKS_MAX).take_while(|it| is_tail(it)).count();
    // A text of nothing but short lines is a list, and the article.
    if tail < blocks.len() && tail < TAIL_BLOCKS_MAX {
        blocks.truncate(blocks.len() - tail);
    }
    blocks.join("\n\n")
}

/// Whether a block stands beside the article and not in it.
fn is_aside(block: &str) -> bool {
    if ASIDE_WORDS_MAX < word::count(block) {
        return false;
    }
    let lower = block.trim_start_matches([OBJECT, '(', '[', '»', '→', '-', '–', ' ']).to_lowercase();
    let begins_with = |list: &'static str| word_list::entries(list).any(|it| lower.starts_with(it));
    begins_with(CREDITS)
        || begins_with(POINTERS)
        || word_list::entries(LABELS).any(|it| {
            lower.strip_prefix(it).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
                && !lower.ends_with('.')
        })
}

/// Whether a block at the end introduces what is not there: no end mark, or an ellipsis.
fn is_tail(block: &str) -> bool {
    let bare = block.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']']);
    let is_ended = bare.ends_with(['.', '!', '?', '。', '！', '？']) && !bare.ends_with("...");
    word::count(block) <= TAIL_WORDS_MAX && !is_ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(blocks: &[&str], expected: &[&str]) {
        assert_eq!(of_article(&blocks.join("\n\n")), expected.join("\n\n"));
    }

    #[test]
    fn credits_labels_and_pointers_go() {
        let body = "The mill closed on Monday after forty years.";
        check(
            &[
                body,
                "Photo: Ada Hill",
                "Advertisement",
                "It will not open again.",
                "Read more: The mill at night",
            ],
            &[body, "It will not open again."],
        );
        check(&["(© Agency/Ada Hill)", body, "ANZEIGE - Heute essen gehen?"], &[body]);
        check(
            &["Advertisement spending fell by a third this year."],
            &["Advertisement spending fell by a third this year."],
        );
    }

    #[test]
    fn headings_with_nothing_below_them_go() {
        let body = "The mill closed on Monday.";
        check(
            &["Why it closed", body, "FIND THE RIGHT ONE", "Weather of the past…"],
            &["Why it closed", body],
        );
        check(&["One line", "another line"], &["One line", "another line"]);
        check(&[], &[]);
    }
}
