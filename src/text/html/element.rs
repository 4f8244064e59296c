//! How the elements of HTML flow, and how they end.

/// How an element's tag acts on the text around it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Flow {
    /// Nothing.
    Inline,
    /// Seen, and no text.
    Image,
    /// In quotation marks.
    Quote,
    /// Above the line.
    Raised,
    /// Below the line.
    Lowered,
    /// Beside the text: how a word is spoken.
    Annotation,
    /// MathML.
    Formula,
    /// A block that says what a picture or a table shows.
    Caption,
    /// A block whose line breaks are as they are written.
    Preformatted,
    /// A line break.
    Line,
    /// Begins and ends a paragraph.
    Block,
    /// Its content is no text.
    Unseen,
    /// Its content is no text and holds no tags.
    UnseenRaw,
}

/// Where an element ends.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Ends {
    /// It has no content.
    Never,
    /// At its closing tag, which may be left out.
    Implied,
    /// At its closing tag.
    Closed,
}

pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) flow: Flow,
    pub(super) ends: Ends,
}

macro_rules! elements {
    ($($flow:ident $ends:ident: $($name:ident)+;)+) => {
        pub(super) fn element(name: &str) -> Option<&'static Element> {
            // XHTML may carry a prefix.
            let name = name.rsplit(':').next()?;
            const NAME_BYTES_MAX: usize = 10;
            let mut lower = [0; NAME_BYTES_MAX];
            let lower = lower.get_mut(..name.len())?;
            lower.copy_from_slice(name.as_bytes());
            lower.make_ascii_lowercase();
            match str::from_utf8(lower).ok()? {
                $($(stringify!($name) => {
                    const IT: Element =
                        Element { name: stringify!($name), flow: Flow::$flow, ends: Ends::$ends };
                    Some(&IT)
                })+)+
                _ => None,
            }
        }
    };
}

elements! {
    Inline Closed: a abbr acronym b bdi bdo big button cite code data del dfn em font i ins kbd label map mark meter
        nobr output picture progress ruby s samp small span strike strong time tt u var canvas slot;
    Inline Never: wbr input area embed param track col link meta base keygen frame;
    Inline Implied: rb option optgroup source;
    Image Never: img;
    Quote Closed: q;
    Raised Closed: sup;
    Lowered Closed: sub;
    Annotation Implied: rt rp;
    Formula Closed: math;
    Line Never: br;
    Block Never: hr;
    Block Closed: address article aside blockquote center details dialog dir div dl fieldset figure footer
        form h1 h2 h3 h4 h5 h6 header hgroup legend main menu nav ol search section summary table ul
        body html frameset;
    Block Implied: p li dt dd tr td th tbody thead tfoot colgroup;
    Caption Closed: figcaption caption;
    Preformatted Closed: pre;
    Unseen Closed: template noscript head svg object audio video select datalist;
    UnseenRaw Closed: script style iframe textarea title noembed noframes xmp applet;
}

/// Names of the known elements that are closed somewhere in `html`.
pub(super) fn closed_elements(html: &str) -> Vec<&'static str> {
    let mut closed = Vec::new();
    for (at, _) in html.match_indices("</") {
        if let Some(it) = element(name_at(&html[at + 2..]))
            && !closed.contains(&it.name)
        {
            closed.push(it.name);
        }
    }
    closed
}

/// The run of letters and digits at the start of `text`.
pub(super) fn name_at(text: &str) -> &str {
    let len = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b':').count();
    &text[..len]
}
