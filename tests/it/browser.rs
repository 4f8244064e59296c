//! An editor's browser, as far as the desk can tell: cookies, forms, and where they come from.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

use dom_query::Document;

const TIMEOUT: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The first header of this name, given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    pub(crate) fn document(&self) -> Document {
        Document::from(self.body.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// The fields of the first form at a selector, with its action.
    #[track_caller]
    pub(crate) fn form(&self, selector: &str) -> Form {
        let document = self.document();
        let form = document.select(selector);
        assert!(form.exists(), "{selector} in {}", self.body);
        let form = form.first();
        let action = form.attr("action").expect("an action").to_string();
        let mut fields = Vec::new();
        for field in form.select("input[name], textarea[name], select[name]").iter() {
            let name = field.attr("name").expect("a name").to_string();
            let is_tick = matches!(field.attr("type").as_deref(), Some("checkbox" | "radio"));
            if is_tick && field.attr("checked").is_none() {
                continue;
            }
            let chosen = field.select("option[selected]");
            let value = match field.attr("value") {
                Some(value) => value.to_string(),
                None if chosen.exists() => chosen.attr("value").unwrap_or_default().to_string(),
                None if field.is("textarea") => field.text().to_string(),
                None => String::new(),
            };
            fields.push((name, value));
        }
        Form { action, fields }
    }

    /// The form that decides so on a story.
    #[track_caller]
    pub(crate) fn decision(&self, key: &str, deed: &str) -> Form {
        let document = self.document();
        for form in document.select("form[action='/desk/decide']").iter() {
            let story = form.select("input[name='story']").attr("value").unwrap_or_default().to_string();
            let does = form.select("input[name='do']").attr("value").unwrap_or_default().to_string();
            if story.split(':').next() == Some(key) && does == deed {
                let fields = form.select("input[name]").iter().map(|it| {
                    let text = |name: &str| it.attr(name).unwrap_or_default().to_string();
                    (text("name"), text("value"))
                });
                return Form { action: "/desk/decide".to_owned(), fields: fields.collect() };
            }
        }
        panic!("no form to {deed} {key} in {}", self.body)
    }
}

/// A form as it would be sent.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Form {
    /// With another value in a field.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|it| it.0 != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With one more value.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A browser at the desk.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    pub(crate) address: SocketAddr,
    pub(crate) cookie: Option<String>,
}

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, cookie: None }
    }

    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    /// Sends a form as a browser does.
    #[track_caller]
    pub(crate) fn send(&mut self, form: &Form) -> Answer {
        self.send_with(
            form,
            &[("Origin", &format!("http://{}", self.address)), ("Sec-Fetch-Site", "same-origin")],
        )
    }

    /// Sends a form with these headers.
    #[track_caller]
    pub(crate) fn send_with(&mut self, form: &Form, headers: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&form.fields);
        let media_type = [("Content-Type", "application/x-www-form-urlencoded")];
        let headers: Vec<_> = headers.iter().copied().chain(media_type).collect();
        self.ask("POST", &form.action, &headers, &body.finish())
    }

    /// Signs in.
    #[track_caller]
    pub(crate) fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let form = self.get("/desk/login").form("form[action='/desk/login']");
        self.send(&form.with("name", name).with("password", password))
    }

    /// Asks once and closes; the cookie that is set is kept.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        let host = self.address.to_string();
        let has_host = headers.iter().any(|it| it.0.eq_ignore_ascii_case("host"));
        let own = [("Host", host.as_str())];
        for (name, value) in headers.iter().chain(own.iter().filter(|_| !has_host)) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(cookie) = &self.cookie {
            request.push_str(&format!("Cookie: theme=dark; {cookie}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        let answer = exchange(self.address, &request);
        if let Some(cookie) = answer.header("set-cookie") {
            let pair = cookie.split(';').next().expect("a pair").to_owned();
            self.cookie = Some(pair).filter(|it| !it.ends_with('='));
        }
        answer
    }
}

/// Sends a request as it stands.
#[track_caller]
pub(crate) fn exchange(address: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the desk listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("the desk reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer in time");
    let answer = String::from_utf8(answer).expect("UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|it| it.split(' ').nth(1)).expect("a status line");
    let headers = lines.filter_map(|it| it.split_once(':'));
    Answer {
        status: status.parse().expect("a status"),
        headers: headers.map(|it| (it.0.to_ascii_lowercase(), it.1.trim().to_owned())).collect(),
        body: body.to_owned(),
    }
}
