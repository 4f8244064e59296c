//! Which elements have no content, no markup, no text of the article, or no part in its shape.

/// Elements that have no content (HTML, 13.1.2).
pub(super) const VOID: [&str; 15] = [
    "area", "base", "basefont", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param",
    "source", "wbr",
];

/// Elements whose content is no markup and never main text.
pub(super) const RAW: [&str; 8] =
    ["script", "style", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript"];

/// Elements that are dropped with all that is in them.
pub(super) const DROPPED: [&str; 11] = [
    "template", "svg", "object", "applet", "canvas", "audio", "video", "select", "datalist", "dialog", "map",
];

/// Elements that the tree builder opens again in every paragraph until they are
/// closed. Their tags are dropped: they carry emphasis, not structure.
pub(super) const FORMATTING: [&str; 14] =
    ["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u", "plaintext"];

/// Elements whose start ends a paragraph (HTML, 13.1.2.4).
pub(super) const BLOCKS: [&str; 36] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dd",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
    "tr",
];
