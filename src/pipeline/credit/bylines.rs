//! The bylines of a story: one for each article, and which of them repeats whose text.

use std::collections::HashMap;

use crate::domain::Byline;
use crate::domain::CanonicalUrl;
use crate::identify;

use super::credited::Credited;

/// Everyone's bylines of a story, `primary` first, then by date. Entries that
/// lead to the same article are one byline with all the lists that pointed to it.
/// `copies` are places in `credited`: of an entry, and of the one whose text it repeats.
pub fn bylines(primary: usize, credited: &[Credited], copies: &[(usize, usize)]) -> Vec<Byline> {
    let mut order: Vec<usize> = (0..credited.len()).filter(|it| *it != primary).collect();
    order.insert(0, primary);
    let mut lines: Vec<BylineDraft> = Vec::new();
    let mut line_of: HashMap<usize, usize> = HashMap::new();
    for (at, it) in order.into_iter().filter_map(|at| Some((at, credited.get(at)?))) {
        let line = BylineDraft { canonical: identify::canonical(&it.byline.url), byline: it.byline.clone() };
        let is_known = |it: &BylineDraft| it.byline.name == line.byline.name && it.is_same_article(&line);
        let known = lines.iter().position(is_known);
        line_of.insert(at, known.unwrap_or(lines.len()));
        match known {
            Some(known) => lines[known].byline.via.extend(line.byline.via),
            None => lines.push(line),
        }
    }
    for (copy, original) in copies {
        let (Some(copy), Some(original)) = (line_of.get(copy), line_of.get(original)) else { continue };
        let (line, of) = (&lines[*copy], &lines[*original]);
        // An article repeats no text of itself, nor do two repeat each other's.
        let is_copy = !line.is_same_article(of) && of.byline.copy_of.is_none();
        if is_copy && line.byline.copy_of.is_none() {
            lines[*copy].byline.copy_of = Some(of.byline.url.clone());
        }
    }
    lines.into_iter().map(|it| it.byline).collect()
}

/// A byline in the making.
struct BylineDraft {
    canonical: Option<CanonicalUrl>,
    byline: Byline,
}

impl BylineDraft {
    fn is_same_article(&self, other: &Self) -> bool {
        self.canonical.is_some() && self.canonical == other.canonical || self.byline.url == other.byline.url
    }
}
