//! The one way XML leaves the house: escaped, and free of what XML 1.0 forbids.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::escape::partial_escape;
use quick_xml::events::BytesDecl;
use quick_xml::events::BytesEnd;
use quick_xml::events::BytesPI;
use quick_xml::events::BytesStart;
use quick_xml::events::BytesText;
use quick_xml::events::Event;

/// Attributes of one element.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A document being written; one element a line.
pub(super) struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// Starts a UTF-8 document without BOM and DTD.
    pub(super) fn new() -> Self {
        let mut xml = Self(Writer::new(Vec::new()));
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
        xml.end_line();
        xml
    }

    /// `<?xml-stylesheet …?>` (a W3C recommendation of its own): how browsers show the document.
    pub(super) fn style(&mut self, href: &str) {
        let href = escape(permitted(href)).into_owned();
        let instruction = format!("xml-stylesheet type=\"text/css\" href=\"{href}\"");
        self.write(Event::PI(BytesPI::new(instruction)));
        self.end_line();
    }

    /// The finished bytes.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_inner()
    }

    /// `<name …>`
    pub(super) fn open(&mut self, name: &str, attributes: Attributes) {
        self.write(Event::Start(start(name, attributes)));
        self.end_line();
    }

    /// `</name>`
    pub(super) fn close(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name)));
        self.end_line();
    }

    /// `<name …/>`
    pub(super) fn empty(&mut self, name: &str, attributes: Attributes) {
        self.write(Event::Empty(start(name, attributes)));
        self.end_line();
    }

    /// `<name …>text</name>`
    pub(super) fn text(&mut self, name: &str, attributes: Attributes, text: &str) {
        self.mixed(name, attributes, text, &[]);
    }

    /// `<name>text</name>` with `&#x26;` and `&#x3C;`, which readers and
    /// validators prefer in RSS titles (Best Practices Profile, Character Data).
    pub(super) fn rss_title(&mut self, name: &str, text: &str) {
        let escaped = permitted(text).replace('&', "&#x26;").replace('<', "&#x3C;").replace('>', "&#x3E;");
        self.write(Event::Start(start(name, &[])));
        self.write(Event::Text(BytesText::from_escaped(escaped)));
        self.close(name);
    }

    /// `<name …>text<child …/>…</name>`, without white space of ours.
    pub(super) fn mixed(
        &mut self,
        name: &str,
        attributes: Attributes,
        text: &str,
        children: &[(&str, Attributes)],
    ) {
        self.write(Event::Start(start(name, attributes)));
        self.write(Event::Text(BytesText::from_escaped(partial_escape(permitted(text)))));
        for (child, attributes) in children {
            self.write(Event::Empty(start(child, attributes)));
        }
        self.close(name);
    }

    fn end_line(&mut self) {
        self.write(Event::Text(BytesText::from_escaped("\n")));
    }

    fn write(&mut self, event: Event) {
        self.0.write_event(event).expect("a Vec takes every byte");
    }
}

fn start<'a>(name: &'a str, attributes: Attributes) -> BytesStart<'a> {
    let mut tag = BytesStart::new(name);
    for (key, value) in attributes {
        tag.push_attribute((*key, permitted(value).as_ref()));
    }
    tag
}

/// The text without characters that XML 1.0 (§2.2) forbids or discourages: C0
/// controls but tab, LF and CR; DEL and C1 controls; noncharacters.
pub(super) fn permitted(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_permitted) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| is_permitted(*c)).collect())
    }
}

fn is_permitted(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{fdd0}'..='\u{fdef}' => false,
        _ => u32::from(c) & 0xfffe != 0xfffe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut xml = Xml::new();
        xml.text("t", &[("a", text)], text);
        let written = String::from_utf8(xml.into_bytes()).expect("UTF-8");
        assert_eq!(written.lines().nth(1), Some(expected));
    }

    #[test]
    fn what_xml_forbids_is_left_out() {
        check("a\0b\u{8}c\u{fffe}d\u{1ffff}\u{85}", "<t a=\"abcd\">abcd</t>");
    }

    #[test]
    fn content_cannot_leave_its_element() {
        check(
            "]]></t><!-- & \"",
            "<t a=\"]]&gt;&lt;/t&gt;&lt;!-- &amp; &quot;\">]]&gt;&lt;/t&gt;&lt;!-- &amp; \"</t>",
        );
    }

    #[test]
    fn rss_titles_use_character_references() {
        let mut xml = Xml::new();
        xml.rss_title("title", "AT&T drops <marquee>");
        let written = String::from_utf8(xml.into_bytes()).expect("UTF-8");
        assert!(written.contains("<title>AT&#x26;T drops &#x3C;marquee&#x3E;</title>"), "{written}");
    }
}
