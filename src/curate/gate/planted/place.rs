//! The sentences that errors are planted in.

use std::rc::Rc;

use super::super::Cited;
use crate::text::sentence;
use crate::text::word;

/// A sentence with its paragraph and its article.
pub(super) struct SentenceContext<'a> {
    pub sentence: &'a str,
    pub paragraph: Rc<Cited<'a>>,
    pub article: &'a str,
    pub whole: Rc<Cited<'a>>,
}

/// The sentences of an article that are long enough to say something.
pub(super) fn places(article: &str) -> Vec<SentenceContext<'_>> {
    const WORDS_MIN: usize = 6;
    let whole = Rc::new(Cited::read(article));
    let cut = |text| {
        let (paragraph, whole) = (Rc::new(Cited::read(text)), Rc::clone(&whole));
        let sentences = sentence::cut(text, usize::MAX).into_iter();
        sentences.map(move |it| {
            let (paragraph, whole) = (Rc::clone(&paragraph), Rc::clone(&whole));
            SentenceContext { sentence: &text[it.range], paragraph, article, whole }
        })
    };
    let paragraphs = article.split("\n\n");
    paragraphs.flat_map(cut).filter(|it| WORDS_MIN <= word::count(it.sentence)).collect()
}
