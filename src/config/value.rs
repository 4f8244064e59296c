//! Single values of the file: durations, sizes, addresses, cron lines, patterns.
//!
//! Each reader takes the text as written and says what would be right when it is wrong.

use std::net::SocketAddr;
use std::time::Duration;

use chrono_tz::TZ_VARIANTS;
use chrono_tz::Tz;
use regex::RegexBuilder;
use url::Url;

use crate::domain::CronLine;
use crate::domain::InvalidCron;
use crate::domain::Slug;

use super::listen;
use super::listen::ListenAddress;
use super::settings::Pattern;

/// Longest duration: a hundred years.
const DURATION_SECS_MAX: u64 = 36_500 * 86_400;
/// Largest size of a compiled pattern.
const PATTERN_BYTES_MAX: usize = 1 << 20;
/// How alike two words must be for one to be proposed for the other, from 0 to 1.
const ALIKE_MIN: f64 = 0.6;

/// Why a value is refused.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Wrong {
    /// What is wrong.
    pub(super) message: String,
    /// What would be right.
    pub(super) help: String,
}

pub(super) fn wrong<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { message: message.into(), help: help.into() })
}

/// A whole number and one of `s`, `m`, `h`, `d`.
pub(super) fn duration(text: &str) -> Result<Duration, Wrong> {
    let (number, unit) = number_and_unit(text);
    let secs = number.and_then(|it| it.checked_mul(unit_secs(unit)?));
    match secs {
        Some(secs) if secs <= DURATION_SECS_MAX => Ok(Duration::from_secs(secs)),
        Some(_) => wrong(format!("{text:?} is longer than a hundred years"), "write \"36500d\" or less"),
        None => wrong(
            format!("{text:?} is not a duration"),
            meant_duration(text).map_or_else(
                || "write a whole number and a unit, like \"30s\", \"5m\", \"12h\" or \"7d\"".to_owned(),
                |it| format!("write \"{it}\""),
            ),
        ),
    }
}

fn unit_secs(unit: &str) -> Option<u64> {
    match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        _ => None,
    }
}

/// `5m` for `5 min`, `14d` for `2 weeks`.
fn meant_duration(text: &str) -> Option<String> {
    let (number, unit) = number_and_unit(text.trim());
    let number = number?;
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "week" | "weeks" => return Some(format!("{}d", number.checked_mul(7)?)),
        _ => return None,
    };
    Some(format!("{number}{unit}"))
}

/// Bytes: a whole number and one of `B`, `KiB`, `MiB`, `GiB`.
pub(super) fn size(text: &str) -> Result<u64, Wrong> {
    let (number, unit) = number_and_unit(text);
    if let (Some(number), Some(unit_bytes)) = (number, unit_bytes(unit)) {
        return match number.checked_mul(unit_bytes) {
            Some(bytes) => Ok(bytes),
            None => wrong(format!("{text:?} is more than can be counted"), "write a smaller size"),
        };
    }
    let (number, unit) = number_and_unit(text.trim());
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "b" | "byte" | "bytes" => Some("B"),
        "k" | "kb" | "kib" => Some("KiB"),
        "m" | "mb" | "mib" => Some("MiB"),
        "g" | "gb" | "gib" => Some("GiB"),
        _ => None,
    };
    let help = match (number, unit) {
        (Some(number), Some(unit)) => format!("write \"{number}{unit}\""),
        _ => "write a whole number and a unit, like \"512KiB\" or \"10MiB\"".to_owned(),
    };
    wrong(format!("{text:?} is not a size"), help)
}

fn unit_bytes(unit: &str) -> Option<u64> {
    match unit {
        "B" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    }
}

fn number_and_unit(text: &str) -> (Option<u64>, &str) {
    let (number, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    (number.parse().ok(), unit)
}

/// An absolute `http` or `https` URL.
pub(super) fn http_url(text: &str) -> Result<Url, Wrong> {
    let shown = without_user_info(text);
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(url) if text.contains("://") => {
            let help = "only http and https can be used";
            wrong(format!("`{}` is not a scheme of web addresses", url.scheme()), help)
        }
        _ if Url::parse(&format!("https://{text}")).is_ok_and(|it| it.has_host() && shown.contains('.')) => {
            wrong(format!("{shown:?} is not an absolute URL"), format!("write \"https://{shown}\""))
        }
        _ => wrong(format!("{shown:?} is not a URL"), "write an address like \"https://a.example/feed\""),
    }
}

/// The text up to the last `@` may be a password, however broken the address is.
fn without_user_info(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(_, rest)| rest)
}

/// Whether an address carries a user name or password.
pub(super) fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// The text behind percent signs (RFC 3986 §2.1).
pub(super) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let digits = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        match digits.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(escaped) => {
                decoded.push(escaped);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Where every published link starts; `/` is added where it is missing.
pub(super) fn base_url(text: &str) -> Result<Url, Wrong> {
    let mut url = http_url(text)?;
    if has_user_info(&url) {
        return wrong("holds a user name or password", "every reader sees it; write the address alone");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong(format!("{text:?} has a query or fragment"), "write the address up to its path");
    }
    let ip = match url.host() {
        Some(url::Host::Ipv4(it)) => Some(it.into()),
        Some(url::Host::Ipv6(it)) => Some(it.into()),
        Some(url::Host::Domain(_)) | None => None,
    };
    if ip.is_some_and(listen::is_wildcard) || url.port() == Some(0) {
        let help = "write the address at which readers find the site";
        return wrong(format!("{text:?} leads nowhere"), help);
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// An IP address with a port.
pub(super) fn address(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().or_else(|_| {
        let help = if let Some(port) = text.strip_prefix("localhost:") {
            format!("write \"127.0.0.1:{port}\"")
        } else if text.parse::<std::net::Ipv4Addr>().is_ok() {
            format!("a port is missing; write \"{text}:8080\"")
        } else if let Some(port) = text.strip_prefix(':') {
            format!("write \"0.0.0.0:{port}\" for every interface, or \"127.0.0.1:{port}\" for this machine")
        } else {
            "write an IP address and a port, like \"127.0.0.1:8080\" or \"[::1]:8080\"".to_owned()
        };
        wrong(format!("{text:?} is not an address with a port"), help)
    })
}

/// Where the admin side listens; the absolute path of a socket may do without `unix:`.
pub(super) fn admin_listen(text: &str) -> Result<ListenAddress, Wrong> {
    let help = "write a loopback address like \"127.0.0.1:8081\", or \"unix:/run/bylined/admin.sock\"";
    let read = if text.starts_with('/') { listen::read(&format!("unix:{text}")) } else { listen::read(text) };
    read.or_else(|Wrong { message, .. }| wrong(message, help))
}

/// The address of the admin side as browsers see it: the desk stands at `/desk/` below it.
pub(super) fn admin_url(text: &str) -> Result<Url, Wrong> {
    let url = base_url(text)?;
    if url.path() != "/" {
        return wrong(format!("{text:?} has a path"), "leave the path out; the desk is at /desk/");
    }
    Ok(url)
}

/// An e-mail address or URL that can stand in a header.
pub(super) fn contact(text: &str) -> Result<Option<String>, Wrong> {
    let is_url = Url::parse(text).is_ok_and(|it| matches!(it.scheme(), "http" | "https" | "mailto"));
    let is_mail = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    match text {
        "" => Ok(None),
        _ if text.bytes().all(|it| it.is_ascii_graphic()) && (is_url || is_mail) => Ok(Some(text.to_owned())),
        _ => wrong(
            format!("{text:?} is neither an e-mail address nor a URL"),
            "write one like \"desk@brief.example\" or \"https://brief.example/about\"",
        ),
    }
}

/// A name of the IANA time zone database.
pub(super) fn timezone(text: &str) -> Result<Tz, Wrong> {
    text.parse().or_else(|_| {
        let help = match nearest(text, TZ_VARIANTS.iter().map(|it| it.name())) {
            Some(name) => format!("did you mean \"{name}\"?"),
            None => "write a name like \"UTC\" or \"Europe/Berlin\"".to_owned(),
        };
        wrong(format!("{text:?} is not a time zone"), help)
    })
}

/// A language tag (RFC 5646) by its form.
pub(super) fn language(text: &str) -> Result<String, Wrong> {
    let mut subtags = text.split('-');
    let is_primary = |it: &str| matches!(it.len(), 2 | 3) && it.bytes().all(|b| b.is_ascii_alphabetic());
    let is_further = |it: &str| matches!(it.len(), 1..=8) && it.bytes().all(|b| b.is_ascii_alphanumeric());
    if subtags.next().is_some_and(is_primary) && subtags.all(is_further) {
        Ok(text.to_owned())
    } else {
        wrong(format!("{text:?} is not a language tag"), "write one like \"en\" or \"pt-BR\"")
    }
}

/// A colour as `#8a1c1c`.
pub(super) fn colour(text: &str) -> Result<[u8; 3], Wrong> {
    let hex = text.strip_prefix('#').filter(|it| it.len() == 6 && it.bytes().all(|b| b.is_ascii_hexdigit()));
    let number = hex.and_then(|it| u32::from_str_radix(it, 16).ok());
    match number {
        Some(number) => Ok([16, 8, 0].map(|shift| (number >> shift & 0xff) as u8)),
        None => wrong(format!("{text:?} is not a colour"), "write one like \"#8a1c1c\""),
    }
}

/// The primary subtag of a language tag, lower-case.
pub(super) fn primary_language(text: &str) -> Result<String, Wrong> {
    language(text).map(|it| it.split('-').next().unwrap_or_default().to_ascii_lowercase())
}

/// An id or slug: `[a-z0-9-]+`.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Wrong> {
    text.parse().or_else(|_| {
        let help = match Slug::of(text) {
            Some(slug) => format!("lower-case letters, digits and `-` only; write \"{slug}\""),
            None => "lower-case letters, digits and `-` only".to_owned(),
        };
        wrong(format!("{text:?} is not an id"), help)
    })
}

/// A name from which a slug can be made, and the slug.
pub(super) fn name(text: &str) -> Result<(String, Slug), Wrong> {
    match Slug::of(text) {
        Some(slug) => Ok((text.trim().to_owned(), slug)),
        None => wrong(
            format!("{text:?} gives no path"),
            "its address is made of the Latin letters and digits in it; write at least one",
        ),
    }
}

/// A word or phrase, or `/regex/`.
pub(super) fn pattern(text: &str) -> Result<Pattern, Wrong> {
    let Some(regex) = text.strip_prefix('/').and_then(|it| it.strip_suffix('/')) else {
        return Ok(Pattern::Word(text.to_owned()));
    };
    match RegexBuilder::new(regex).size_limit(PATTERN_BYTES_MAX).build() {
        Ok(_) if regex.is_empty() => wrong("`//` matches everything", "write a word, or /regex/"),
        Ok(regex) => Ok(Pattern::Regex(regex)),
        Err(regex::Error::CompiledTooBig(_)) => {
            wrong("this pattern is too large", "repeat less; write several patterns instead of one")
        }
        Err(cause) => {
            let cause = cause.to_string();
            let reason = cause.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let help = "write a word, or a regular expression between slashes; `\\` before a sign takes it literally";
            wrong(format!("{text:?} is not a regular expression: {reason}"), help)
        }
    }
}

/// A cron line as crontab(5), or with seconds first.
pub(super) fn cron(text: &str) -> Result<CronLine, Wrong> {
    text.parse().or_else(|problem: InvalidCron| {
        let help = "write minute, hour, day, month and weekday, like \"*/30 * * * *\", or \"@hourly\"";
        wrong(problem.to_string(), help)
    })
}

/// The word most like the given one, if any is much like it.
pub(super) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    known
        .map(|it| (strsim::normalized_damerau_levenshtein(&given, &it.to_lowercase()), it))
        .filter(|(likeness, _)| ALIKE_MIN <= *likeness)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_duration(text: &str, expected: Result<u64, &str>) {
        let expected = expected.map(Duration::from_secs).map_err(|help| help.to_owned());
        assert_eq!(duration(text).map_err(|it| it.help), expected, "{text}");
    }

    #[test]
    fn durations_are_a_number_and_a_unit() {
        check_duration("30s", Ok(30));
        check_duration("5m", Ok(300));
        check_duration("72h", Ok(259_200));
        check_duration("400d", Ok(34_560_000));
    }

    #[test]
    fn a_wrong_duration_is_answered_with_the_right_one() {
        check_duration("5 min", Err("write \"5m\""));
        check_duration("2 weeks", Err("write \"14d\""));
        check_duration("30 Seconds", Err("write \"30s\""));
        let example = "write a whole number and a unit, like \"30s\", \"5m\", \"12h\" or \"7d\"";
        check_duration("1h30m", Err(example));
        check_duration("", Err(example));
        check_duration("-5m", Err(example));
        check_duration("99999999999999999999s", Err(example));
        check_duration("99999999999d", Err("write \"36500d\" or less"));
    }

    #[track_caller]
    fn check_size(text: &str, expected: Result<u64, &str>) {
        assert_eq!(size(text).map_err(|it| it.help), expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn sizes_are_binary() {
        check_size("10MiB", Ok(10 << 20));
        check_size("0B", Ok(0));
        check_size("10 MB", Err("write \"10MiB\""));
        check_size("10", Err("write a whole number and a unit, like \"512KiB\" or \"10MiB\""));
        check_size("99999999999999GiB", Err("write a smaller size"));
    }

    #[track_caller]
    fn check_url(text: &str, expected: Result<&str, &str>) {
        let read = http_url(text).map(|it| it.to_string()).map_err(|it| it.help);
        assert_eq!(read, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
    }

    #[test]
    fn addresses_of_the_web_are_absolute() {
        check_url("https://A.example/f", Ok("https://a.example/f"));
        check_url("a.example/feed", Err("write \"https://a.example/feed\""));
        check_url("a.example:8080/feed", Err("write \"https://a.example:8080/feed\""));
        check_url("ftp://a.example/", Err("only http and https can be used"));
        check_url("https://", Err("write an address like \"https://a.example/feed\""));
        check_url("", Err("write an address like \"https://a.example/feed\""));
    }

    #[test]
    fn a_broken_address_does_not_show_its_password() {
        let wrong = http_url("https//ann:secret@a.example/").expect_err("no scheme");
        assert!(!format!("{wrong:?}").contains("secret"), "{wrong:?}");
    }

    #[test]
    fn a_base_url_ends_in_a_slash_and_keeps_its_prefix() {
        let check = |text, expected| assert_eq!(base_url(text).ok().as_ref().map(Url::as_str), expected);
        check("http://127.0.0.1:0/", None);
        check("https://brief.example", Some("https://brief.example/"));
        check("https://brief.example/daily", Some("https://brief.example/daily/"));
        check("https://brief.example/?a=b", None);
        check("/daily/", None);
        for wildcard in ["http://0.0.0.0:8080/", "http://0/", "http://[::]/", "http://[::ffff:0.0.0.0]/"] {
            check(wildcard, None);
        }
    }

    #[test]
    fn the_admin_side_listens_at_an_address_or_a_path() {
        let check = |text, ok| assert_eq!(admin_listen(text).is_ok(), ok, "{text}");
        check("127.0.0.1:8081", true);
        check("192.168.1.2:8081", true);
        check("unix:/run/bylined.sock", true);
        check("/run/bylined.sock", true);
        check("bylined.sock", false);
        let check = |text, ok| assert_eq!(admin_url(text).is_ok(), ok, "{text}");
        check("https://desk.example", true);
        check("http://desk.example:8443/", true);
        check("https://brief.example/desk/", false);
        check("https://ann:secret@desk.example/", false);
        check("desk.example", false);
    }

    #[test]
    fn zones_and_languages_are_checked_by_name_and_form() {
        assert_eq!(colour("#8A1c00"), Ok([0x8a, 0x1c, 0]));
        for text in ["8a1c1c", "#8a1", "red", "#+a1c1c", ""] {
            assert!(colour(text).is_err(), "{text}");
        }
        assert_eq!(timezone("Europe/Berlin"), Ok(Tz::Europe__Berlin));
        assert_eq!(
            timezone("Europe/Belin").map_err(|it| it.help),
            Err("did you mean \"Europe/Berlin\"?".into())
        );
        assert_eq!(primary_language("pt-BR"), Ok("pt".to_owned()));
        assert!(language("English").is_err());
    }

    #[test]
    fn patterns_between_slashes_are_regular_expressions() {
        assert!(matches!(pattern("rust"), Ok(Pattern::Word(_))));
        assert!(matches!(pattern("/ru(st)?/"), Ok(Pattern::Regex(_))));
        let wrong = pattern("/ru(st/").expect_err("unclosed");
        assert_eq!(wrong.message, "\"/ru(st/\" is not a regular expression: unclosed group");
        assert!(pattern("/(a{1000}){1000}/").is_err());
    }

    #[test]
    fn cron_lines_have_five_or_six_fields() {
        let check = |text, ok| assert_eq!(cron(text).is_ok(), ok, "{text}");
        check("*/30 * * * *", true);
        check("0 */30 * * * *", true);
        check("0 7 * * MON-FRI", true);
        check("@hourly", true);
        check("@every 5m", false);
        check("* * *", false);
        check("", false);
    }
}
