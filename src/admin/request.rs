//! A request to the admin side, as far as anything here needs it.

use std::net::IpAddr;

use url::form_urlencoded;

/// Fields that a form may have; a larger one is cut off there.
const FIELDS_MAX: usize = 2_000;

/// Bytes of what stands between the parts of a form with a file (RFC 2046 §5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// How a request asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// `GET`, and `HEAD`, whose answer loses its body on its way.
    Get,
    /// `POST`
    Post,
    /// Any other: nothing here answers it.
    Other,
}

/// A request to the admin side.
#[derive(Clone, Debug)]
pub struct AdminRequest {
    /// How it asks.
    pub method: Method,
    /// In one spelling.
    pub path: String,
    /// Behind the `?`; empty where there is none.
    pub query: String,
    /// Names in lower case, with their values, as often as they were sent.
    pub headers: Vec<(String, String)>,
    /// At most what `serve` lets through.
    pub body: Vec<u8>,
    /// Whether it was sent on this machine: over loopback or a Unix socket.
    pub is_local: bool,
    /// Whom attempts to sign in count for: who is connected, or whom a proxy on this machine names.
    pub peer: IpAddr,
}

impl AdminRequest {
    /// The first header of this name, given in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// Whether a program asks, which reads JSON.
    pub(super) fn is_api(&self) -> bool {
        self.path.starts_with("/api/")
    }

    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut all = form_urlencoded::parse(self.query.as_bytes());
        all.find(|it| it.0 == name).map(|it| it.1.into_owned())
    }

    /// Every value of a parameter.
    pub(super) fn parameters(&self, name: &str) -> Vec<String> {
        let all = form_urlencoded::parse(self.query.as_bytes()).take(FIELDS_MAX);
        all.filter(|it| it.0 == name).map(|it| it.1.into_owned()).collect()
    }

    /// What a form says; `None` where the body is none.
    pub(super) fn form(&self) -> Option<FormFields> {
        let media_type = self.header("content-type")?.split(';').next()?.trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return None;
        }
        let fields = form_urlencoded::parse(&self.body).into_owned().take(FIELDS_MAX);
        Some(FormFields { fields: fields.collect(), file: Vec::new() })
    }

    /// What a form with a file says; `None` where the body is none.
    pub(super) fn upload(&self) -> Option<FormFields> {
        let (media_type, parameters) = self.header("content-type")?.split_once(';')?;
        if !media_type.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = parameters.split(';').find_map(|it| it.trim().strip_prefix("boundary="))?;
        multipart(&self.body, boundary.trim_matches('"'))
    }
}

/// The fields of a form with a file (RFC 7578), whatever the file is called.
fn multipart(body: &[u8], boundary: &str) -> Option<FormFields> {
    if !(1..=BOUNDARY_BYTES_MAX).contains(&boundary.len()) {
        return None;
    }
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter stands at the beginning of a line that no other ends.
    let body = [b"\r\n", body].concat();
    let mut form = FormFields::default();
    let mut rest = split_once(&body, delimiter.as_bytes())?.1;
    while !rest.starts_with(b"--") && form.fields.len() < FIELDS_MAX {
        let (part, next) = split_once(rest, delimiter.as_bytes())?;
        let (head, content) = split_once(part, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(head);
        let named = head.lines().find(|it| it.to_ascii_lowercase().starts_with("content-disposition:"))?;
        let (_, name) = named.split_once(" name=\"")?;
        if named.contains(" filename=") {
            form.file = content.to_vec();
        } else {
            let name = name.split('"').next().unwrap_or_default();
            form.fields.push((name.to_owned(), String::from_utf8_lossy(content).into_owned()));
        }
        rest = next;
    }
    Some(form)
}

fn split_once<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = bytes.windows(at.len()).position(|it| it == at)?;
    Some((&bytes[..place], &bytes[place + at.len()..]))
}

/// The fields of a form.
#[derive(Clone, Debug, Default)]
pub(super) struct FormFields {
    fields: Vec<(String, String)>,
    /// The content of the file that was chosen.
    file: Vec<u8>,
}

impl FormFields {
    /// The first value of a field; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
    }

    /// Whether there is such a field.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|it| it.0 == name)
    }

    /// The content of the file that was chosen; empty where none was.
    pub(super) fn file(&self) -> &[u8] {
        &self.file
    }

    /// Every value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |it| it.0 == name).map(|it| it.1.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_file_is_read_whatever_stands_in_it() {
        let part = |head: &str, content: &str| {
            format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
        };
        let file = part(
            "name=\"file\"; filename=\"a\\\"; name=%22csrf%22.opml\"\r\nContent-Type: text/xml",
            "<opml>\r\n--y</opml>",
        );
        let body = format!("{}{file}--x--\r\n", part("name=\"csrf\"", "token"));
        let form = multipart(body.as_bytes(), "x").expect("a form");
        assert_eq!((form.text("csrf"), form.file()), ("token", &b"<opml>\r\n--y</opml>"[..]));
        for (body, boundary) in [
            ("", "x"),
            ("--x", "x"),
            ("--x\r\n\r\n", "x"),
            ("--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--", "x"),
            (&body[..body.len() - 7], "x"),
            (body.as_str(), ""),
            (body.as_str(), "y"),
        ] {
            assert!(multipart(body.as_bytes(), boundary).is_none(), "{boundary}: {body}");
        }
    }
}
