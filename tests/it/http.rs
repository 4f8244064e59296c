//! One request over plain TCP, and the answer byte for byte.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// `GET` without headers of its own.
pub(crate) fn get(address: SocketAddr, path: &str) -> Reply {
    ask(address, "GET", path, &[])
}

/// Asks once and closes.
#[track_caller]
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    ask_with(address, method, path, headers, "")
}

/// Posts a form.
#[track_caller]
pub(crate) fn post(address: SocketAddr, path: &str, form: &str) -> Reply {
    let length = form.len().to_string();
    let headers =
        [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", length.as_str())];
    ask_with(address, "POST", path, &headers, form)
}

#[track_caller]
fn ask_with(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer in time");
    let head = answer.windows(4).position(|it| it == b"\r\n\r\n").expect("a whole head");
    let body = answer.split_off(head + 4);
    let head = String::from_utf8(answer).expect("a head in ASCII");
    let mut lines = head.lines();
    let status = lines.next().and_then(|it| it.split(' ').nth(1)).expect("a status line");
    let reply = Reply {
        status: status.parse().expect("a status"),
        headers: lines
            .filter_map(|it| it.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body,
    };
    assert_eq!(reply.header("transfer-encoding"), None, "{path} has a length known in advance");
    reply
}

impl Reply {
    /// The first header of this name, given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// The body as text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}
