//! Makes strict JSON (RFC 8259) of what was meant as JSON.
//!
//! Commas and colons are not believed but written anew, so one too many or too few
//! costs nothing; comments go; what no JSON value is becomes null; a quote within a
//! string is told by what follows it, a bracket too few or too many by what stands
//! around it. What is cut off keeps the whole members of its outermost open list.

use serde_json::Number;

/// Deepest nesting that is mended, which is what `serde_json` reads.
const DEPTH_MAX: usize = 127;
/// How many searches for the end of a string may fail.
const LOST_ENDS_MAX: u32 = 4;

/// What [`mended`] made.
pub(super) struct Mended {
    /// Strict JSON.
    pub(super) text: String,
    /// Whether the document ends within a value.
    pub(super) is_cut: bool,
}

/// The value that `text` begins with, as strict JSON; `None` for what nests too deep.
pub(super) fn mended(text: &str) -> Option<Mended> {
    let mut mend =
        Mend { rest: text, out: String::with_capacity(text.len()), open: Vec::new(), lost_ends: 0 };
    let is_cut = mend.run()?.is_none();
    if is_cut {
        mend.close_cut();
    }
    Some(Mended { text: mend.out, is_cut })
}

/// An open object or list.
struct Frame {
    is_list: bool,
    /// A key of an object waits for its value.
    is_value_due: bool,
    /// Length of the output before its first member, then behind the last whole one.
    whole: usize,
    is_empty: bool,
    /// Where in the output its last member begins, if that is a string of a list.
    string: Option<usize>,
}

struct Mend<'a> {
    rest: &'a str,
    out: String,
    open: Vec<Frame>,
    lost_ends: u32,
}

/// That the outermost value is whole.
struct Whole;

impl Mend<'_> {
    /// Reads to the end of the first value, or of the text (then there is no [`Whole`]).
    fn run(&mut self) -> Option<Option<Whole>> {
        while let Some(c) = self.rest.chars().next() {
            match c {
                // Twice the same, for no object begins with one.
                '{' if self.open.last().is_some_and(|it| !it.is_list && it.is_empty) => {
                    self.rest = &self.rest[1..];
                }
                '{' | '[' => {
                    self.begin_member();
                    self.rest = &self.rest[1..];
                    self.out.push(c);
                    self.push(c == '[')?;
                }
                '}' | ']' => {
                    self.rest = &self.rest[1..];
                    // A bracket that nothing opened means nothing, nor does one that would end the document
                    // before it ends; one of an outer value ends the inner ones.
                    let begun = self.open.iter().rposition(|it| it.is_list == (c == ']'));
                    let is_early = begun == Some(0) && self.rest.trim_start().starts_with(',');
                    if begun.is_some() && !is_early {
                        while self.close() != (c == ']') {}
                    }
                    if self.open.is_empty() {
                        return Some(Some(Whole));
                    }
                }
                '"' | '\'' => {
                    let Some(string) = self.string(c) else { break };
                    self.scalar(&string, true);
                }
                ',' => {
                    self.rest = &self.rest[1..];
                    if self.open.last().is_some_and(|it| it.is_value_due) {
                        self.scalar("null", false);
                    }
                }
                '#' => self.skip_past("\n"),
                '/' if self.rest.starts_with("/*") => self.skip_past("*/"),
                '/' if self.rest.starts_with("//") => self.skip_past("\n"),
                ':' => {
                    self.rest = &self.rest[1..];
                    self.begin_object()?;
                }
                '/' => self.rest = &self.rest[1..],
                c if c.is_whitespace() => self.rest = self.rest.trim_start(),
                _ => {
                    let ends = |c: char| c.is_whitespace() || ",:{}[]\"'/".contains(c);
                    // A word that the text ends in is perhaps not whole.
                    let Some(len) = self.rest.find(ends) else { break };
                    let (word, rest) = self.rest.split_at(len);
                    self.rest = rest;
                    self.scalar(word, false);
                }
            }
        }
        Some(None)
    }

    fn push(&mut self, is_list: bool) -> Option<()> {
        let whole = self.out.len();
        self.open.push(Frame { is_list, is_value_due: false, whole, is_empty: true, string: None });
        (self.open.len() <= DEPTH_MAX).then_some(())
    }

    /// A member of a list that turns out to be a key lacks the bracket before it.
    fn begin_object(&mut self) -> Option<()> {
        let Some(at) = self.open.last_mut().and_then(|it| it.string.take()) else { return Some(()) };
        self.out.insert(at, '{');
        self.push(false)?;
        if let Some(frame) = self.open.last_mut() {
            (frame.whole, frame.is_empty, frame.is_value_due) = (at + 1, false, true);
        }
        self.out.push(':');
        Some(())
    }

    fn skip_past(&mut self, end: &str) {
        self.rest = self.rest.split_once(end).map_or("", |(_, rest)| rest);
    }

    /// Writes what stands before a value, or before the key that an object needs.
    fn begin_member(&mut self) {
        let Some(frame) = self.open.last_mut() else { return };
        if frame.is_value_due {
            return;
        }
        if !frame.is_empty {
            self.out.push(',');
        }
        (frame.is_empty, frame.string) = (false, None);
        if !frame.is_list {
            self.out.push_str("\"\":");
        }
    }

    /// A string, escaped, or a word: a key where one is due.
    fn scalar(&mut self, text: &str, is_string: bool) {
        let is_key = self.open.last().is_some_and(|it| !it.is_list && !it.is_value_due);
        let is_value = matches!(text, "true" | "false" | "null") || text.parse::<Number>().is_ok();
        if is_key {
            self.begin_member();
            self.out.truncate(self.out.len() - "\"\":".len());
        } else {
            self.begin_member();
        }
        let begin = self.out.len();
        match () {
            () if is_string || is_key => self.out.extend(["\"", text, "\""]),
            () if is_value => self.out.push_str(text),
            // An id may be a number that JSON does not write so.
            () if text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains('\\') => {
                self.out.extend(["\"", text, "\""])
            }
            () => self.out.push_str("null"),
        }
        if is_key {
            self.out.push(':');
        }
        if let Some(frame) = self.open.last_mut() {
            frame.is_value_due = is_key;
            if !is_key {
                frame.whole = self.out.len();
                frame.string = (is_string && frame.is_list).then_some(begin);
            }
        }
    }

    /// Ends the innermost open value and says whether it is a list.
    fn close(&mut self) -> bool {
        let Some(frame) = self.open.pop() else { return false };
        if frame.is_value_due {
            self.out.push_str("null");
        }
        self.out.push(if frame.is_list { ']' } else { '}' });
        if let Some(outer) = self.open.last_mut() {
            outer.is_value_due = false;
            outer.whole = self.out.len();
        }
        frame.is_list
    }

    /// Takes back the member that was cut off, and ends what is open.
    fn close_cut(&mut self) {
        let cut = self.open.iter().position(|it| it.is_list).unwrap_or_default();
        self.open.truncate(cut + 1);
        if let Some(frame) = self.open.last_mut() {
            self.out.truncate(frame.whole);
            frame.is_value_due = false;
        }
        while !self.open.is_empty() {
            self.close();
        }
    }

    /// The inside of the string that begins here, as strict JSON has it; `None` if it is cut off.
    fn string(&mut self, quote: char) -> Option<String> {
        let mut string = String::new();
        let mut rest = &self.rest[1..];
        let mut line: Option<(usize, &str)> = None;
        let is_value = self.open.last().is_some_and(|it| it.is_value_due);
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            match c {
                '\\' => {
                    let len = escape(rest, &mut string)?;
                    rest = rest.get(len..)?;
                    continue;
                }
                // Who means the apostrophe may have it at one end only.
                '"' | '\'' if (c == quote || c == '"') && is_end_of_string(after) => {
                    // What a colon follows is a key, so the value before it had no end.
                    let is_key = after.trim_start().starts_with(':');
                    if is_key && is_value && line.is_some() && self.lost_ends < LOST_ENDS_MAX {
                        break;
                    }
                    self.rest = after;
                    return Some(string);
                }
                '"' => string.push_str("\\\""),
                '\n' => {
                    line.get_or_insert((string.len(), rest));
                    string.push_str("\\n");
                }
                '\r' => string.push_str("\\r"),
                '\t' => string.push_str("\\t"),
                c => string.push(c),
            }
            rest = after;
        }
        // Without an end it ends with its line, if that is not what the document ends in.
        let (len, rest) = line.filter(|_| self.lost_ends < LOST_ENDS_MAX)?;
        self.lost_ends += 1;
        self.rest = rest;
        string.truncate(string[..len].trim_end_matches(['\'', ',']).len());
        Some(string)
    }
}

/// Whether a quote before `after` can end a string: what may follow one follows it.
fn is_end_of_string(after: &str) -> bool {
    let next = after.trim_start();
    let is_next_line = after[..after.len() - next.len()].contains('\n');
    match next.chars().next() {
        None | Some(':' | '}' | ']' | '/') => true,
        Some(',') => {
            let next = next[1..].trim_start();
            let is_word = ["true", "false", "null"].iter().any(|it| next.starts_with(it));
            is_word || next.starts_with(|c: char| "\"'{[}]/,-".contains(c) || c.is_ascii_digit()) || {
                let name = next.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
                name.trim_start().starts_with(':') || next.is_empty()
            }
        }
        Some(_) => is_next_line,
    }
}

/// Writes the escape sequence that begins `rest`, and says how long it is. Half a surrogate pair is
/// U+FFFD; `None` if the sequence is cut off.
fn escape(rest: &str, string: &mut String) -> Option<usize> {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let c = rest[1..].chars().next()?;
    match (c, unit(0), unit(6)) {
        ('u', Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => {
            string.push_str(&rest[..12]);
            return Some(12);
        }
        ('u', Some(0xD800..=0xDFFF), _) => {
            string.push(char::REPLACEMENT_CHARACTER);
            return Some(6);
        }
        ('u', Some(_), _) => {
            string.push_str(&rest[..6]);
            return Some(6);
        }
        ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't', ..) => string.extend(['\\', c]),
        ('\n', ..) => {}
        _ => string.push(c),
    }
    Some(1 + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mended = mended(text).expect("shallow").text;
        assert_eq!(mended, expected);
        assert!(serde_json::from_str::<Value>(&mended).is_ok());
    }

    #[test]
    fn separators_are_written_anew() {
        check("{\"a\": [1, 2,], \"b\": 3,}", "{\"a\":[1,2],\"b\":3}");
        check("[1 2,,3]", "[1,2,3]");
        check("{\"a\": \"x\"\n\"b\": \"y\"}", "{\"a\":\"x\",\"b\":\"y\"}");
        check("{\"a\": , \"b\":}", "{\"a\":null,\"b\":null}");
    }

    #[test]
    fn what_javascript_allows_is_read() {
        check("{a: 'it''s', 'b': 'c \"d\"'}", "{\"a\":\"it''s\",\"b\":\"c \\\"d\\\"\"}");
        check("[NaN, undefined, +1, .5, -0.5e1]", "[null,null,null,null,-0.5e1]");
        check("// x\n[1, /* \"2\" */ 3] # y", "[1,3]");
    }

    #[test]
    fn strings_hold_what_they_must_escape() {
        check(
            "[\"a\n\tb\", \"\\x\\'\\ud800 \\ud83d\\ude00\"]",
            "[\"a\\n\\tb\",\"x'\u{FFFD} \\ud83d\\ude00\"]",
        );
        check("{'a\": \"b',\n\"c\": 1}", "{\"a\":\"b\",\"c\":1}");
        check("{\"a\": \"b,\nc: 1}", "{\"a\":\"b\",\"c\":1}");
        check("{\"a\": \"say \"hi\", you\", \"b\": 1}", "{\"a\":\"say \\\"hi\\\", you\",\"b\":1}");
    }

    #[test]
    fn brackets_are_matched() {
        check("{\"a\": [{\"b\": 1], \"c\": 2}", "{\"a\":[{\"b\":1}],\"c\":2}");
        check("[1}, 2] junk", "[1,2]");
        check("{\"a\": [{\"b\": 1}}, {\"b\": 2}]}", "{\"a\":[{\"b\":1},{\"b\":2}]}");
        check("[\"a\": 1}, \"b\": 2}]", "[{\"a\":1},{\"b\":2}]");
        check("[{{\"a\": 1}, 2]", "[{\"a\":1},2]");
        check("{[1]}", "{\"\":[1]}");
    }

    #[test]
    fn a_cut_off_member_is_left_out() {
        for cut in
            ["3", "{\"b\"", "{\"b\": \"", "{\"b\": \"c\\", "{\"b\": [1, \"x\"", "{\"b\": tr", "\"\\u12"]
        {
            check(&format!("{{\"a\": [1, {{\"b\": 2}}, {cut}"), "{\"a\":[1,{\"b\":2}]}");
        }
        check("{\"a\": 1, \"b\": {\"c\": 2", "{\"a\":1}");
        check("{\"a", "{}");
    }

    #[test]
    fn hostile_text_costs_linear_time() {
        for piece in
            ["[", "{", "[]", "{\"a\":", "\"", "'", "\"a\" ", "\",", "\\", "}", "]", "/*", "a", "a ", "\"\\u"]
        {
            for start in ["", "[", "{\"a\": [", "[\""] {
                let _ = mended(&format!("{start}{}", piece.repeat(100_000)));
            }
        }
    }
}
