//! Reads a page's markup once from left to right, before any tree is built of it.
//!
//! A tree costs time that grows with the square of the nesting depth, of the
//! attributes of a tag, and of formatting elements left open. So what the tree
//! builder gets is flat enough, bare of what is never main text, and bare of
//! what a reader of the page would not see.

mod element;
mod scanned;
mod tag;

pub(super) use self::scanned::ScannedPage;
pub(super) use self::scanned::is_feed_type;

use std::borrow::Cow;
use std::collections::HashMap;

use self::element::BLOCKS;
use self::element::DROPPED;
use self::element::FORMATTING;
use self::element::RAW;
use self::element::VOID;
use self::scanned::META_MAX;
use self::tag::StartTag;
use self::tag::name_at;
use crate::text::hidden::is_caption;
use crate::text::hidden::is_hidden;
use crate::text::hidden::is_shown_to_eyes;
use crate::text::html::OBJECT;
use crate::text::html::decode_entities;
use crate::text::inline;
use crate::text::inline::Image;
use crate::text::inline::Strikes;

/// Elements open at once; what is deeper loses its tags and keeps its text.
const OPEN_MAX: usize = 512;

/// What stands for `<` and `&` in text: characters of the private use area, which no reader sees.
const LESS_THAN: char = '\u{e000}';

const AMPERSAND: char = '\u{e001}';

struct Open<'a> {
    name: Cow<'a, str>,
    is_hidden: bool,
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    open: Vec<Open<'a>>,
    /// How many of each name are open.
    counts: HashMap<Cow<'a, str>, usize>,
    /// How many of each name were too deep to be opened.
    too_deep: HashMap<Cow<'a, str>, usize>,
    /// How many of the open elements are hidden.
    hidden: usize,
    /// Whether the outermost of them stands in a line, where its words are seen.
    is_shown: bool,
    /// Whether words are lost with it that a reader sees.
    is_loss: bool,
    /// Whether nothing but blanks came since the last image.
    is_below_image: bool,
    strikes: Strikes,
    out: ScannedPage,
}

/// Scans a page. Linear in its length.
pub(super) fn page(text: &str) -> ScannedPage {
    let mut scan = Scan {
        text,
        at: 0,
        open: Vec::new(),
        counts: HashMap::new(),
        too_deep: HashMap::new(),
        hidden: 0,
        is_shown: false,
        is_loss: false,
        is_below_image: false,
        strikes: Strikes::default(),
        out: ScannedPage { html: String::with_capacity(text.len()), ..ScannedPage::default() },
    };
    scan.run();
    scan.out
}

impl<'a> Scan<'a> {
    fn run(&mut self) {
        while let Some(found) = self.text[self.at..].find('<') {
            self.emit(self.at, self.at + found);
            self.at += found;
            let rest = &self.text[self.at..];
            let next = rest.as_bytes().get(1).copied().unwrap_or_default();
            if rest.starts_with("<!--") {
                self.skip_past(2, "-->");
            } else if next == b'/' && rest.as_bytes().get(2).is_some_and(u8::is_ascii_alphabetic) {
                self.end_tag();
            } else if matches!(next, b'!' | b'?' | b'/') {
                self.skip_past(1, ">");
            } else if next.is_ascii_alphabetic() {
                self.start_tag();
            } else {
                // A lone `<` is text, and must stay so.
                if self.hidden == 0 {
                    self.out.html.push(LESS_THAN);
                }
                self.at += 1;
            }
        }
        self.emit(self.at, self.text.len());
    }

    fn emit(&mut self, from: usize, to: usize) {
        if self.hidden == 0 {
            self.is_below_image &= self.text[from..to].trim().is_empty();
            push_text(&mut self.out.html, &self.text[from..to]);
        } else if self.is_shown {
            self.is_loss |= self.text[from..to].contains(char::is_alphanumeric);
        }
    }

    fn skip_past(&mut self, offset: usize, end: &str) {
        let from = self.at + offset;
        self.at = self.text[from..].find(end).map_or(self.text.len(), |it| from + it + end.len());
    }

    fn start_tag(&mut self) {
        let begin = self.at;
        let Some(tag) = StartTag::read(&self.text[begin..]) else {
            // A tag without end takes the rest of the page with it.
            self.at = self.text.len();
            return;
        };
        self.at = begin + tag.bytes;
        let name = tag.name.clone();
        let is = |set: &[&str]| set.contains(&name.as_ref());

        self.out.note_head(&name, &tag);
        if self.in_line(&name, &tag) {
            return;
        }
        if self.take_raw(&name, &tag) {
            return;
        }
        let is_struck = self.hidden == 0 && self.strikes.is_struck(&name, &self.text[self.at..]);
        let is_unseen = is_hidden(tag.attributes.iter().copied());
        // Within what is hidden no tag reaches the tree builder, and all are followed.
        if is(&FORMATTING) && self.hidden == 0 && !is_unseen && !is_struck {
            if self.is_below_image && inline::is_caption_below(&name, &self.text[self.at..]) {
                self.object();
            }
            return;
        }
        if !is(&VOID) {
            self.end_implied(&name);
            if OPEN_MAX <= self.open.len() {
                *self.too_deep.entry(name).or_default() += 1;
                self.space();
                return;
            }
            let is_root = matches!(name.as_ref(), "html" | "body" | "head" | "main");
            let is_hidden = is(&DROPPED) || (!is_root && (is_unseen || is_struck));
            if is_hidden && self.hidden == 0 {
                self.is_loss = false;
                self.is_shown = !is(&DROPPED)
                    && !is(&BLOCKS)
                    && (!is_unseen || is_shown_to_eyes(tag.attributes.iter().copied()));
            }
            self.hidden += usize::from(is_hidden);
            *self.counts.entry(name.clone()).or_default() += 1;
            self.open.push(Open { name: name.clone(), is_hidden });
        }
        if self.hidden == 0 {
            self.out.elements += 1;
            if tag.is_modest {
                self.out.html.push_str(&self.text[begin..self.at]);
            } else {
                self.out.html.extend(["<", &name, ">"]);
            }
        }
        if name == "img" {
            self.is_below_image = true;
        } else if !is(&VOID) && is_caption(tag.attributes.iter().copied()) {
            self.object();
        }
    }

    /// Takes the inside of an element whose content is no markup, if this is one.
    fn take_raw(&mut self, name: &str, tag: &StartTag<'a>) -> bool {
        if RAW.contains(&name) {
            let content = self.raw_content(name);
            let is_json_ld = name == "script"
                && tag.value("type").is_some_and(|it| it.trim().eq_ignore_ascii_case("application/ld+json"));
            if is_json_ld && self.out.json_ld.len() < META_MAX {
                self.out.json_ld.push(content.to_owned());
            }
            return true;
        }
        if name == "title" {
            let content = self.raw_content(name);
            if self.out.title.is_none() && self.hidden == 0 {
                self.out.title = Some(content.to_owned());
            }
            return true;
        }
        false
    }

    /// Takes what stands in a line and is no plain text; `false` where the element is none of it.
    fn in_line(&mut self, name: &str, tag: &StartTag) -> bool {
        let attributes = || tag.attributes.iter().copied();
        let rest = &self.text[self.at..];
        match name {
            "math" => {
                let formula = inline::formula(rest);
                self.raw_content(name);
                self.push(&formula);
            }
            "sup" => {
                let Some((raised, len)) = inline::raised(rest) else { return false };
                self.at += len;
                self.push(&raised);
            }
            "sub" => {
                let Some((lowered, len)) = inline::lowered(&self.out.html, rest) else { return false };
                self.at += len;
                self.push(&lowered);
            }
            "img" => match inline::image(attributes()) {
                Image::Picture => return false,
                Image::Characters(them) => self.push(&them),
                Image::Formula => self.object(),
            },
            "script" if inline::is_formula_script(attributes()) => {
                self.object();
                return false;
            }
            _ => return false,
        }
        true
    }

    /// Something a reader sees that is no text.
    fn object(&mut self) {
        self.push(OBJECT.encode_utf8(&mut [0; 3]));
    }

    /// Text of our own, where text is seen.
    fn push(&mut self, text: &str) {
        if self.hidden == 0 {
            push_text(&mut self.out.html, text);
        }
    }

    fn end_tag(&mut self) {
        let begin = self.at;
        let name = name_at(&self.text[begin + 2..]);
        self.skip_past(2, ">");
        if let Some(count) = self.too_deep.get_mut(&name)
            && 0 < *count
        {
            *count -= 1;
            self.space();
        } else if self.counts.get(&name).is_some_and(|it| 0 < *it) {
            while let Some(it) = self.pop()
                && it != name
            {}
        } else if name == "p" || name == "br" {
            // These make an element even where none is open.
            self.space();
        }
    }

    /// Closes the innermost element.
    fn pop(&mut self) -> Option<Cow<'a, str>> {
        let last = self.open.pop()?;
        if let Some(count) = self.counts.get_mut(&last.name) {
            *count -= 1;
        }
        if self.hidden == 0 {
            self.out.html.extend(["</", &last.name, ">"]);
        }
        self.hidden -= usize::from(last.is_hidden);
        if self.hidden == 0 && std::mem::take(&mut self.is_loss) {
            self.object();
        }
        Some(last.name)
    }

    /// Closes what the start of `name` closes without saying so.
    fn end_implied(&mut self, name: &str) {
        let top = |scan: &Self| scan.open.last().map(|it| it.name.clone()).unwrap_or_default();
        if BLOCKS.contains(&name) && top(self) == "p" {
            self.pop();
        }
        let siblings: &[&str] = match name {
            "li" => &["li"],
            "dt" | "dd" => &["dt", "dd"],
            "td" | "th" => &["td", "th"],
            "tr" => &["td", "th", "tr"],
            "option" => &["option"],
            _ => &[],
        };
        while siblings.contains(&top(self).as_ref()) {
            self.pop();
        }
    }

    /// The content up to the end tag of an element that holds no markup; moves past that tag.
    fn raw_content(&mut self, name: &str) -> &'a str {
        let text = self.text;
        let from = self.at;
        let mut search = from;
        while let Some(found) = text[search..].find("</") {
            let at = search + found;
            let rest = &text.as_bytes()[at + 2..];
            let is_end = rest.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()))
                && rest
                    .get(name.len())
                    .is_none_or(|it| matches!(it, b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'/' | b'>'));
            if is_end {
                self.at = at;
                self.skip_past(2, ">");
                return &text[from..at];
            }
            search = at + 2;
        }
        self.at = text.len();
        &text[from..]
    }

    /// Keeps words apart where a tag stood.
    fn space(&mut self) {
        if self.hidden == 0 {
            self.out.html.push(' ');
        }
    }
}

/// Adds text such that the tree builder takes it in one piece and white space
/// comes singly: time is spent on every piece, and on every run of blanks, that
/// grows with the square of their number.
fn push_text(html: &mut String, text: &str) {
    for it in decode_entities(text).chars() {
        match it {
            '<' => html.push(LESS_THAN),
            '&' => html.push(AMPERSAND),
            it if it.is_whitespace() => {
                if !html.ends_with([' ', '\n']) {
                    html.push(if matches!(it, '\n' | '\r') { '\n' } else { ' ' });
                }
            }
            it if it.is_control() => {}
            it => html.push(it),
        }
    }
}

/// Turns a text that the tree builder returned into what it was.
pub(super) fn restored(text: &str) -> String {
    text.replace(LESS_THAN, "<").replace(AMPERSAND, "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_page_leads_on_to_is_read_as_browsers_read_it() {
        let check = |content: &str, expected: Option<&str>| {
            let page = page(&format!("<meta http-equiv=Refresh content=\"{content}\"><p>x"));
            assert_eq!(page.refresh.as_deref(), expected, "{content}");
        };
        check("0; url=/new/feed.xml", Some("/new/feed.xml"));
        check("0;URL='https://a.example/f'", Some("https://a.example/f"));
        check("5, url = feed", Some("feed"));
        check("0; /feed", Some("/feed"));
        for it in ["30", "30;", "0; url=", "", "0; url=''"] {
            check(it, None);
        }
    }

    #[track_caller]
    fn check(page_html: &str, expected: &str) {
        assert_eq!(page(page_html).html, expected);
    }

    #[test]
    fn markup_that_matters_stays() {
        check("<p class=x>One <a href='/a'>two</a></p>", "<p class=x>One <a href='/a'>two</a></p>");
        check("<P>One<P>Two", "<P>One</p><P>Two");
        check("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>");
        check("1 < 2 &lt; 3 &amp;lt; &nope; &", "1 \u{e000} 2 \u{e000} 3 \u{e001}lt; \u{e001}nope; \u{e001}");
        check("caf&eacute;&#xe9;&#233;&#0;\0\r", "cafééé\u{fffd}\n");
        assert_eq!(restored(&page("a &lt; b &amp; c").html), "a < b & c");
    }

    #[test]
    fn what_is_never_main_text_goes() {
        check("a<!-- b -->c<!doctype html>d<?php e?>f", "acdf");
        check("a<script>if (1 < 2) '</p>'</script>b<STYLE>c</Style >d", "abd");
        check("a<svg><title>b</title><g>c</g></svg>d<noscript>e</noscript>f", "adf");
        check("<b>a</b> <font color=red>b</font>", "a b");
        check("a<script>never ended", "a");
        check("a<!-- never ended", "a");
        check("a<p class='never ended>b</p>", "a");
    }

    #[test]
    fn formulas_and_captions_are_as_a_reader_sees_them() {
        check("at most <math><mn>64</mn></math> p", "at most 64 p");
        check("a <math><mfrac><mn>1</mn></mfrac></math> b", "a \u{fffc} b");
        check("a <script type='math/tex'>x</script> b", "a \u{fffc} b");
        check("10<sup>6</sup>, 5<sup>th</sup>.<sup><a href='#n'>1</a></sup>", "10⁶, 5<sup>th</sup>.");
        check("<p class=caption>A mill</p>", "<p class=caption>\u{fffc}A mill</p>");
        check("<p><img></p><p><em>A mill.</em></p>", "<p><img></p><p>\u{fffc}A mill.</p>");
        check("2<sup>64k</sup>, 101<sub>2</sub>, CO<sub>2</sub>", "2\u{fffc}, 101₂, CO<sub>2</sub>");
    }

    #[test]
    fn what_a_line_loses_leaves_its_mark() {
        check("yes <img class=emoji alt='🙂'> no <img class=latex alt=x>", "yes 🙂 no \u{fffc}");
        check("at most <span aria-hidden=true>64</span> p", "at most \u{fffc} p");
        check("at most <b aria-hidden=true>64</b> p", "at most \u{fffc} p");
        check("next <i aria-hidden=true>→</i> p", "next p");
        check("at <s>99</s> 79, <del>now</del> <strike>not", "at \u{fffc} 79, \u{fffc} not");
        check("<div aria-hidden=true>menu</div>a", "a");
    }

    #[test]
    fn emphasis_hides_as_well() {
        check("a<b hidden>x<b>y</b>z</b>c", "ac");
        check("a<em style='display:none'>x</em><b>c</b>", "ac");
        check("<b>a<span hidden>x</b>y</span>c", "ac");
    }

    #[test]
    fn hidden_text_goes_with_all_that_is_in_it() {
        for it in ["hidden", "aria-hidden=true", "style='display&#58;none'", "class='note sr-only'"] {
            check(&format!("a<div {it}>b<div>c</div>d<p>e</div>f"), "af");
        }
        check("<p hidden>a<p>b", "<p>b</p>".trim_end_matches("</p>"));
        check("<body style='opacity:0'>a", "<body style='opacity:0'>a");
        check("<p style='left:-5px'>b</p>", "<p style='left:-5px'>b</p>");
    }

    #[test]
    fn what_a_page_says_of_itself_is_kept() {
        let scanned = page(
            "<html lang=en-GB><head><title>A &amp; B</title><meta name=Robots content='noai, nosnippet'>\
             <meta property=og:title content=\"A&quot;\"><link rel='alternate canonical' href=/a?x&amp;y>\
             <script type=application/ld+json>{\"a\":1}</script>",
        );
        assert_eq!(scanned.language.as_deref(), Some("en-GB"));
        assert_eq!(scanned.title.as_deref(), Some("A &amp; B"));
        assert_eq!(scanned.canonical.as_deref(), Some("/a?x&y"));
        assert_eq!(scanned.meta[0], ("robots".to_owned(), "noai, nosnippet".to_owned()));
        assert_eq!(scanned.meta[1], ("og:title".to_owned(), "A\"".to_owned()));
        assert_eq!(scanned.json_ld, ["{\"a\":1}"]);
    }

    #[test]
    fn depth_and_breadth_are_bounded() {
        for piece in ["<s>", "a<sub>", "<div><s></div>"] {
            page(&piece.repeat(50_000));
            page(&(piece.repeat(1_000) + "</s>").repeat(50));
        }
        let deep = format!("{}x{}<p>after</p>", "<div>".repeat(20_000), "</div>".repeat(20_000));
        let html = page(&deep).html;
        assert_eq!(html.matches("<div>").count(), OPEN_MAX);
        assert!(html.ends_with("</div><p>after</p>"));
        let wide = format!("<p {}>x</p>", "a=1 ".repeat(20_000));
        check(&wide, "<p>x</p>");
        let quotes = "<a '\"".repeat(100_000);
        assert!(page(&quotes).html.len() < quotes.len());
    }
}
