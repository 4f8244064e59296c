//! What a browser shows of markup, written out of its tree.

use dom_query::Document;
use dom_query::NodeRef;

/// Between two blocks; no sentence goes across.
pub const BLOCK: char = '\u{1}';

/// A line break; two are a block's end.
const LINE: char = '\u{2}';

/// A text that may be markup or plain.
pub fn readings(text: &str) -> [String; 3] {
    // Some escape their markup twice.
    [html(text), text.replace("\n\n", &BLOCK.to_string()), html(&once(text))]
}

/// The text with its references undone once.
pub fn once(text: &str) -> String {
    let escaped = text.replace('<', "&lt;");
    Document::from(format!("<body><pre>\n{escaped}")).select("pre").text().to_string()
}

/// What is seen of a page or a piece of one.
pub fn html(markup: &str) -> String {
    let mut out = String::new();
    write(&Document::from(markup).root(), &mut out);
    let mut lines = String::new();
    for c in out.chars() {
        let bare = lines.trim_end();
        if c == LINE && bare.ends_with([LINE, BLOCK]) {
            lines.truncate(bare.len() - 1);
            lines.push(BLOCK);
        } else {
            lines.push(c);
        }
    }
    lines.replace(LINE, " ")
}

fn write(node: &NodeRef, out: &mut String) {
    if node.is_text() {
        return out.push_str(&node.text());
    }
    let name = node.node_name().map(|it| it.to_string()).unwrap_or_default();
    let name = name.rsplit(':').next().unwrap_or_default();
    let attr = |name: &str| node.attr(name).map(|it| it.to_string()).unwrap_or_default();
    if node.has_attr("hidden") || attr("style").replace(' ', "").contains("display:none") {
        return;
    }
    let children = |out: &mut String| node.children_it(false).for_each(|it| write(&it, out));
    match name {
        "script" | "style" | "template" | "noscript" | "iframe" | "textarea" | "select" | "svg" | "head"
        | "object" | "audio" | "video" | "canvas" | "rt" | "rp" | "annotation" => {}
        "br" => out.push(LINE),
        "q" => {
            out.push('“');
            children(out);
            out.push('”');
        }
        "sup" => {
            let text = node.text().trim().to_owned();
            let is_note = text.starts_with('[') || node.children_it(false).any(|it| it.has_attr("href"));
            match text.chars().map(superscript).collect::<Option<String>>() {
                _ if is_note => {}
                Some(raised) => out.push_str(&raised),
                None => children(out),
            }
        }
        // Nothing a sentence may have in it.
        "mfrac" | "msup" | "msub" | "msqrt" | "del" | "s" | "strike" => out.push(BLOCK),
        "img" if attr("class").contains("emoji") => out.push_str(&attr("alt")),
        "p" | "div" | "li" | "ul" | "ol" | "td" | "th" | "tr" | "table" | "h1" | "h2" | "h3" | "h4"
        | "h5" | "h6" | "blockquote" | "pre" | "hr" | "dt" | "dd" | "dl" | "section" | "article"
        | "header" | "footer" | "aside" | "nav" | "main" | "figure" | "figcaption" | "caption" | "form"
        | "address" | "center" | "fieldset" | "details" | "summary" | "option" | "title" => {
            out.push(BLOCK);
            children(out);
            out.push(BLOCK);
        }
        _ => children(out),
    }
}

fn superscript(c: char) -> Option<char> {
    "0⁰1¹2²3³4⁴5⁵6⁶7⁷8⁸9⁹+⁺-⁻−⁻–⁻nⁿ"
        .chars()
        .collect::<Vec<_>>()
        .chunks(2)
        .find(|it| it[0] == c)
        .map(|it| it[1])
}
