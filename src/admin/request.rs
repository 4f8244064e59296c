//! A request to the admin side, as far as anything here needs it.

use std::net::IpAddr;

use url::form_urlencoded;

/// Fields that a form may have; a larger one is cut off there.
const FIELDS_MAX: usize = 2_000;

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
        Some(FormFields { fields: fields.collect() })
    }
}

/// The fields of a form.
#[derive(Clone, Debug, Default)]
pub(super) struct FormFields {
    fields: Vec<(String, String)>,
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

    /// Every value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |it| it.0 == name).map(|it| it.1.as_str())
    }
}
