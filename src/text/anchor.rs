//! Where a text links to.

use std::borrow::Cow;

use super::html::attributes;
use super::html::decode_entities;

/// The `href` of each `a` of an HTML fragment, in order, references decoded. Linear in its length.
pub fn hrefs(html: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find('<')?;
            rest = &rest[at + 1..];
            let Some(tag) = rest.strip_prefix(['a', 'A']) else { continue };
            if !tag.starts_with(|c: char| c.is_ascii_whitespace()) {
                continue;
            }
            let end = tag.find('>')?;
            rest = &tag[end..];
            let href = attributes(&tag[..end]).find(|it| it.0.eq_ignore_ascii_case("href"));
            if let Some((_, href)) = href {
                return Some(decode_entities(href));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &[&str]) {
        assert_eq!(hrefs(html).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn links_are_found_in_order_and_nothing_else_is() {
        check(
            "<p>See <a href='/a?x&amp;y'>this</a> or <A class=b HREF=\"b\">that</A>.</p>",
            &["/a?x&y", "b"],
        );
        check("<abbr href=a>x</abbr> <a name=b>y</a> <a\nhref=c>z</a>", &["c"]);
        check("a < b <a href='x", &[]);
        check("", &[]);
    }
}
