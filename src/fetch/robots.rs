//! The Robots Exclusion Protocol (RFC 9309).

use std::collections::BTreeSet;
use std::collections::HashMap;

use url::Url;

use crate::domain::Timestamp;
use crate::net::Client;
use crate::net::HeaderMap;
use crate::net::NetError;
use crate::net::Request;

use super::hints::retry_after;

/// The product token by which publishers name us (RFC 9309 §2.2.1).
pub const AGENT: &str = "bylined";

/// Bytes of a robots.txt that are read and kept; at least 500 KiB (RFC 9309 §2.5).
const BYTES_MAX: usize = 512 << 10;

/// Bytes that are taken off the wire before the rest is given up.
const WIRE_BYTES_MAX: u64 = 4 << 20;

/// Rules that are kept.
const RULES_MAX: usize = 10_000;

/// Longest path that is compared with patterns, in bytes: real ones are far shorter. One that is
/// longer is taken to be forbidden where a pattern is more than the beginning of a path.
const PATH_BYTES_MAX: usize = 2_048;

/// Signals and licences that are kept.
const SIGNALS_MAX: usize = 32;

/// What a robots.txt says.
#[derive(Clone, Debug, Default)]
pub struct Robots {
    groups: Vec<Group>,
    /// Values of `License` (RSL 1.0): where the terms for machines are kept.
    pub licences: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct Group {
    /// Product tokens, lower-case; `*` for everyone.
    agents: BTreeSet<String>,
    rules: Vec<Rule>,
    /// Values of `Content-Signal` and `Content-Usage`, lower-case.
    signals: Vec<String>,
}

impl Group {
    /// What this group says of a path in [`as_compared`] spelling: the rule that decides.
    fn decisive(&self, path: &str) -> Option<RuleMatch> {
        if PATH_BYTES_MAX < path.len() && self.rules.iter().any(|it| it.pattern.contains(['*', '$'])) {
            return Some(RuleMatch { length: usize::MAX, allows: false });
        }
        let matching = self.rules.iter().filter(|it| matches(&it.pattern, path));
        matching.map(|it| RuleMatch { length: it.pattern.len(), allows: it.allows }).max()
    }
}

#[derive(Clone, Debug)]
struct Rule {
    allows: bool,
    /// Percent-encoding made uniform.
    pattern: String,
}

/// A rule that matches a path. The longest decides; of two equally long ones the one that allows.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct RuleMatch {
    length: usize,
    allows: bool,
}

/// What came of asking a host for its robots.txt. Keep it for 24 hours at most (RFC 9309 §2.4).
#[derive(Clone, Debug)]
pub enum RobotsAnswer {
    /// There is one.
    Rules(Robots),
    /// There is none: everything is allowed (RFC 9309 §2.3.1.3).
    Absent,
    /// It could not be had: nothing is allowed until it can (RFC 9309 §2.3.1.4). The reason, in words.
    Unreachable(String),
    /// The host's name has no address: there is no page to ask for, and nobody who says no. The
    /// reason, in words.
    NoHost(String),
}

impl RobotsAnswer {
    /// Whether we may ask for a page.
    pub fn allows_page(&self, url: &Url) -> bool {
        match self {
            Self::Rules(it) => it.allows(AGENT, &path(url)),
            Self::Absent => true,
            Self::Unreachable(_) | Self::NoHost(_) => false,
        }
    }

    /// Whether we may poll a feed. A feed is published to be polled, so only
    /// rules that name us count, and an unreachable robots.txt is no rule.
    pub fn allows_feed(&self, url: &Url) -> bool {
        match self {
            Self::Rules(it) => !it.names(AGENT) || it.allows(AGENT, &path(url)),
            Self::Absent | Self::Unreachable(_) | Self::NoHost(_) => true,
        }
    }

    /// The rules, where there are any.
    pub fn rules(&self) -> Option<&Robots> {
        match self {
            Self::Rules(it) => Some(it),
            Self::Absent | Self::Unreachable(_) | Self::NoHost(_) => None,
        }
    }
}

/// What a host sent when asked for its robots.txt, in the form in which it can be kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RobotsFile {
    /// Its first 512 KiB.
    Found(Vec<u8>),
    /// There is none.
    Absent,
    /// It could not be had. The reason, in words.
    Unreachable(String),
    /// The host's name has no address. The reason, in words.
    NoHost(String),
}

impl RobotsFile {
    /// One that was kept as [`RobotsFile::kind`] and [`RobotsFile::into_bytes`].
    pub fn kept(kind: &str, bytes: Vec<u8>) -> Option<Self> {
        match kind {
            "found" => Some(Self::Found(bytes)),
            "absent" => Some(Self::Absent),
            "unreachable" => Some(Self::Unreachable(String::from_utf8_lossy(&bytes).into_owned())),
            "no-host" => Some(Self::NoHost(String::from_utf8_lossy(&bytes).into_owned())),
            _ => None,
        }
    }

    /// Which of them it is, in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::Absent => "absent",
            Self::Unreachable(_) => "unreachable",
            Self::NoHost(_) => "no-host",
        }
    }

    /// The file, or the reason why there is none.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Found(bytes) => bytes,
            Self::Absent => Vec::new(),
            Self::Unreachable(reason) | Self::NoHost(reason) => reason.into_bytes(),
        }
    }

    /// How many bytes of text it holds.
    pub fn length(&self) -> usize {
        match self {
            Self::Found(bytes) => bytes.len(),
            Self::Absent => 0,
            Self::Unreachable(reason) | Self::NoHost(reason) => reason.len(),
        }
    }

    /// What it says.
    pub fn answer(&self) -> RobotsAnswer {
        match self {
            Self::Found(bytes) => RobotsAnswer::Rules(Robots::parse(bytes)),
            Self::Absent => RobotsAnswer::Absent,
            Self::Unreachable(reason) => RobotsAnswer::Unreachable(reason.clone()),
            Self::NoHost(reason) => RobotsAnswer::NoHost(reason.clone()),
        }
    }
}

/// Where the robots.txt of the host of `url` stands; `None` where there is no host.
pub fn place(url: &Url) -> Option<Url> {
    url.join("/robots.txt").ok()
}

/// Asks the host of `url` for its robots.txt; also returns until when it asks for patience.
pub async fn robots(client: &Client, url: &Url, now: Timestamp) -> (RobotsFile, Option<Timestamp>) {
    let Some(url) = place(url) else {
        return (RobotsFile::Unreachable("the address has no host".to_owned()), None);
    };
    let request = Request {
        url,
        headers: HeaderMap::new(),
        origin_headers: HeaderMap::new(),
        body_bytes_max: Some(WIRE_BYTES_MAX),
    };
    let mut patience = None;
    let file = match client.get(request).await {
        Ok(it) if (200..300).contains(&it.status) => {
            let length = whole_lines(&it.body).len();
            let mut bytes = it.body;
            bytes.truncate(length);
            RobotsFile::Found(bytes)
        }
        Ok(it) if (400..500).contains(&it.status) && it.status != 429 => RobotsFile::Absent,
        Ok(it) => {
            patience = retry_after(&it.headers, now);
            RobotsFile::Unreachable(format!("robots.txt answered {}", it.status))
        }
        // After five hops it may count as absent (RFC 9309 §2.3.1.2).
        Err(
            NetError::RedirectLoop { .. } | NetError::TooManyRedirects { .. } | NetError::BadRedirect { .. },
        ) => RobotsFile::Absent,
        Err(error @ NetError::Dns { .. }) => RobotsFile::NoHost(format!("robots.txt: {error}")),
        Err(error) => RobotsFile::Unreachable(format!("robots.txt: {error}")),
    };
    (file, patience)
}

impl Robots {
    /// Reads at most 512 KiB; what is no rule is passed over.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(whole_lines(bytes));
        let mut robots = Self::default();
        let mut group = Group::default();
        let (mut in_rules, mut rules) = (false, 0);
        for line in text.trim_start_matches('\u{feff}').split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "user-agent" => {
                    if in_rules {
                        robots.groups.push(std::mem::take(&mut group));
                        in_rules = false;
                    }
                    group.agents.insert(product_token(value));
                }
                kind @ ("allow" | "disallow") => {
                    in_rules = true;
                    if !value.is_empty() && rules < RULES_MAX {
                        rules += 1;
                        group.rules.push(Rule { allows: kind == "allow", pattern: pattern(value) });
                    }
                }
                "content-signal" | "content-usage" => {
                    in_rules = true;
                    if group.signals.len() < SIGNALS_MAX {
                        group.signals.push(value.to_ascii_lowercase());
                    }
                }
                "license" if robots.licences.len() < SIGNALS_MAX => robots.licences.push(value.to_owned()),
                _ => {}
            }
        }
        robots.groups.push(group);
        robots
    }

    /// Whether `agent` (a product token) may ask for `path` (with query).
    ///
    /// Groups that name the agent count together, else those of `*`. The longest
    /// pattern that matches decides; of two equally long ones the one that allows.
    pub fn allows(&self, agent: &str, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let path = as_compared(path);
        let longest = self.groups_of(agent).filter_map(|it| self.groups[it].decisive(&path)).max();
        longest.is_none_or(|it| it.allows)
    }

    /// Whether a group names `agent` itself.
    pub fn names(&self, agent: &str) -> bool {
        let agent = agent.to_ascii_lowercase();
        self.groups.iter().any(|it| it.agents.contains(&agent))
    }

    /// The first of these agents that a group names and turns away from `path`. Each group is
    /// compared with the path once, however many of the agents it names.
    pub fn turned_away<'a>(&self, agents: &[&'a str], path: &str) -> Option<&'a str> {
        let path = as_compared(path);
        let mut known: HashMap<usize, Option<RuleMatch>> = HashMap::new();
        let mut turns_away = |agent: &str| {
            let of_group = |it| *known.entry(it).or_insert_with(|| self.groups[it].decisive(&path));
            self.groups_of(agent).filter_map(of_group).max().is_some_and(|it| !it.allows)
        };
        agents.iter().copied().find(|it| self.names(it) && turns_away(it))
    }

    /// Content signals for `agent`, and those that stand outside of any group.
    pub fn signals(&self, agent: &str) -> impl Iterator<Item = &str> {
        let outside = self.groups.iter().filter(|it| it.agents.is_empty());
        let of_agent = self.groups_of(agent).map(|it| &self.groups[it]);
        of_agent.chain(outside).flat_map(|it| &it.signals).map(String::as_str)
    }

    /// The places of the groups that count for `agent`.
    fn groups_of(&self, agent: &str) -> impl Iterator<Item = usize> {
        let agent = if self.names(agent) { agent.to_ascii_lowercase() } else { "*".to_owned() };
        (0..self.groups.len()).filter(move |it| self.groups[*it].agents.contains(&agent))
    }
}

/// Path and query, as rules are matched against.
pub(super) fn path(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The name that a `User-agent` line gives, without version; lower-case.
fn product_token(value: &str) -> String {
    if value.starts_with('*') {
        return "*".to_owned();
    }
    let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
    value[..end.unwrap_or(value.len())].to_ascii_lowercase()
}

/// One spelling of each path: what need not be percent-encoded is not, all else
/// is, in upper case (RFC 9309 §2.2.2; RFC 3986 §6.2.2).
fn uniform(path: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let mut byte = *first;
        let mut must_encode = !byte.is_ascii_graphic();
        if byte == b'%'
            && let [high, low, after @ ..] = after
            && let (Some(high), Some(low)) = (char::from(*high).to_digit(16), char::from(*low).to_digit(16))
        {
            byte = u8::try_from(high << 4 | low).unwrap_or(b'%');
            must_encode = !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
            rest = after;
        }
        if must_encode {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        } else {
            out.push(char::from(byte));
        }
    }
    out
}

/// A path as it is compared with patterns, in which `*` and `$` are special (RFC 9309 §2.2.3).
fn as_compared(path: &str) -> String {
    uniform(path).replace('*', "%2A").replace('$', "%24")
}

/// A rule's pattern in that spelling; `$` is special at its end only.
fn pattern(value: &str) -> String {
    let pattern = uniform(value);
    match pattern.strip_suffix('$') {
        Some(it) => format!("{}$", it.replace('$', "%24")),
        None => pattern.replace('$', "%24"),
    }
}

/// The first 512 KiB, up to the last line that is whole: half a rule may forbid everything.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= BYTES_MAX {
        return bytes;
    }
    let end = bytes[..BYTES_MAX].iter().rposition(|it| matches!(it, b'\n' | b'\r'));
    &bytes[..end.unwrap_or(0)]
}

/// Whether a pattern matches the beginning of a path; `*` is anything, a final
/// `$` the end (RFC 9309 §2.2.3). Linear: each part is looked for once, leftmost.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, is_anchored) = match pattern.strip_suffix('$') {
        Some(it) => (it, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
    }
    match (last, is_anchored) {
        (None, is_anchored) => !is_anchored || rest.is_empty(),
        (Some(part), true) => rest.ends_with(part),
        (Some(part), false) => rest.contains(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(robots: &str, path: &str, expected: bool) {
        assert_eq!(Robots::parse(robots.as_bytes()).allows("bylined", path), expected, "{path}");
    }

    #[test]
    fn the_group_that_names_us_counts_alone() {
        let robots = "User-agent: *\nDisallow: /\n\nUser-Agent: BYLINED/2.0\nDisallow: /private";
        check(robots, "/", true);
        check(robots, "/private/x", false);
        assert!(Robots::parse(robots.as_bytes()).names("Bylined"));
        assert!(!Robots::parse(robots.as_bytes()).allows("otherbot", "/"));
    }

    #[test]
    fn groups_of_the_same_name_count_together() {
        let robots = "user-agent: bylined\ndisallow: /a\nuser-agent: x\ndisallow: /\n\
                      user-agent: y\nuser-agent: bylined\ndisallow: /b";
        check(robots, "/a", false);
        check(robots, "/b", false);
        check(robots, "/c", true);
    }

    #[test]
    fn the_longest_match_wins_and_allow_wins_a_tie() {
        let robots = "User-agent: *\nDisallow: /news/\nAllow: /news/free\nAllow: /same\nDisallow: /same";
        check(robots, "/news/1", false);
        check(robots, "/news/free/1", true);
        check(robots, "/same", true);
        check("User-agent: *\nDisallow:", "/x", true);
        check("", "/x", true);
        check("User-agent: *\nDisallow: /", "/robots.txt", true);
    }

    #[test]
    fn stars_and_dollars_are_special() {
        let robots = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /*/amp/*?x=\nDisallow: /end$\nAllow: /ok*";
        check(robots, "/a/b.pdf", false);
        check(robots, "/a/b.pdf?x", true);
        check(robots, "/n/amp/1?x=2", false);
        check(robots, "/amp/1?x=2", true);
        check(robots, "/end", false);
        check(robots, "/ending", true);
        check("User-agent: *\nDisallow: /a*b*b$", "/ab", true);
        check("User-agent: *\nDisallow: /a*b*b$", "/abcb", false);
    }

    #[test]
    fn percent_encoding_has_one_meaning() {
        check("User-agent: *\nDisallow: /caf%C3%A9", "/caf%c3%a9", false);
        check("User-agent: *\nDisallow: /café", "/caf%C3%A9", false);
        check("User-agent: *\nDisallow: /%7Ejoe", "/~joe", false);
        check("User-agent: *\nDisallow: /a%2Fb", "/a/b", true);
        check("User-agent: *\nDisallow: /100%", "/100%", false);
        // RFC 9309 §2.2.3, the example.
        check("User-agent: *\nDisallow: /path/file-with-a-%2A.html", "/path/file-with-a-*.html", false);
        check("User-agent: *\nDisallow: /path/file-with-a-%2A.html", "/path/file-with-a-b.html", true);
        check("User-agent: *\nDisallow: /path/foo-%24", "/path/foo-$", false);
        check("User-agent: *\nDisallow: /$a/b", "/$a/b/c", false);
        check("User-agent: *\nDisallow: /a%24$", "/a$", false);
    }

    #[test]
    fn a_line_that_is_cut_off_at_the_limit_is_no_rule() {
        let rule = "\nDisallow: /private";
        let comment = "#".repeat(BYTES_MAX - "User-agent: *\n".len() - rule.len() + 7);
        check(&format!("User-agent: *\n{comment}{rule}"), "/news", true);
        check(&format!("User-agent: *{rule}\n{comment}{rule}"), "/private", false);
        assert_eq!(whole_lines(&vec![b'x'; BYTES_MAX + 1]), b"");
    }

    #[test]
    fn untidy_files_are_read() {
        check("\u{feff}User-agent : *\r\nSitemap: /s.xml\r\nDisallow : /x # why\r\n", "/x", false);
        check("Disallow: /x\nUser-agent: *\nCrawl-delay: 5\nDisallow: /y", "/x", true);
        check("<html>User-agent: *", "/x", true);
        check("User-agent: *\nUser-agent: bylined\n\nDisallow: /x", "/x", false);
    }

    #[test]
    fn signals_and_licences_are_kept() {
        let robots = Robots::parse(
            b"License: https://a.example/rsl.xml\nUser-agent: *\nContent-Signal: search=yes, AI-Train=no\nAllow: /",
        );
        assert_eq!(robots.signals("bylined").collect::<Vec<_>>(), ["search=yes, ai-train=no"]);
        assert_eq!(robots.licences, ["https://a.example/rsl.xml"]);
    }

    #[test]
    fn what_is_kept_says_the_same_again() {
        let check = |file: RobotsFile| {
            assert_eq!(RobotsFile::kept(file.kind(), file.clone().into_bytes()), Some(file));
        };
        check(RobotsFile::Found(b"User-agent: *\nDisallow: /\xff".to_vec()));
        check(RobotsFile::Absent);
        check(RobotsFile::Unreachable("robots.txt answered 503".to_owned()));
        check(RobotsFile::NoHost("robots.txt: the name `a.example` could not be resolved".to_owned()));
        assert_eq!(RobotsFile::kept("", Vec::new()), None);
    }

    #[test]
    fn a_hostile_file_costs_little() {
        let mut robots = "User-agent: *\n".to_owned();
        for _ in 0..RULES_MAX * 3 {
            robots.push_str("Disallow: /*a*a*b$\n");
        }
        check(&robots, &format!("/{}", "a".repeat(PATH_BYTES_MAX - 1)), true);
    }

    #[test]
    fn a_path_of_absurd_length_is_forbidden_where_patterns_would_have_to_be_searched() {
        let long = format!("/{}", "a".repeat(PATH_BYTES_MAX));
        check("User-agent: *\nDisallow: /*b", &long, false);
        check("User-agent: *\nDisallow: /b", &long, true);
        check("User-agent: *\nDisallow: /a", &long, false);
        let robots = Robots::parse(b"User-agent: GPTBot\nDisallow: /*b");
        assert_eq!(robots.turned_away(&["GPTBot"], &long), Some("GPTBot"));
    }

    #[test]
    fn agents_of_shared_groups_are_each_judged_by_all_their_groups() {
        let robots = Robots::parse(
            b"User-agent: a\nUser-agent: b\nDisallow: /x\n\nUser-agent: a\nAllow: /x/y\n\nUser-agent: *\nDisallow: /",
        );
        assert_eq!(robots.turned_away(&["a", "b"], "/x/y"), Some("b"));
        assert_eq!(robots.turned_away(&["a", "b"], "/x/z"), Some("a"));
        assert_eq!(robots.turned_away(&["c"], "/x"), None, "nobody names it");
    }
}
