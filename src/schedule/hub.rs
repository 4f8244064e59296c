//! What our own hub grants, when it delivers, and when it gives up (WebSub §5, §7).
//!
//! A hub sends what it is told to where it is told to, and so could be turned against others: nothing
//! is delivered to a callback that has not confirmed that it wants it, one request costs its callback a
//! few small questions, and all bounds are constants.

use std::time::Duration;

use url::Url;
use url::form_urlencoded;

use crate::domain::HubMode;
use crate::domain::SubscriptionRequest;
use crate::domain::Timestamp;

/// The lease of a request that asks for none.
const LEASE: Duration = Duration::from_secs(10 * 86_400);

/// Shortest lease: a renewal costs both sides more than a few deliveries.
const LEASE_MIN: Duration = Duration::from_secs(60 * 60);

/// Longest lease: a subscriber that is gone is not told for longer.
const LEASE_MAX: Duration = Duration::from_secs(30 * 86_400);

/// Longest callback, in bytes.
const CALLBACK_BYTES_MAX: usize = 2 << 10;

/// A secret has fewer bytes than this (WebSub §5.1).
const SECRET_BYTES_LIMIT: usize = 200;

/// Wait after the first attempt that failed; after each further one it is twice as long.
const BACK_OFF: Duration = Duration::from_secs(10);

/// Longest wait between two attempts.
const BACK_OFF_MAX: Duration = Duration::from_secs(60 * 60);

/// How long after the first attempt that failed a subscriber is given up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 86_400);

/// Attempts before one is given up, however long ago the first was: a clock may jump.
const GIVE_UP_TRIES_MIN: u32 = 12;

/// Questions to a callback that does not answer, before a request is dropped.
const VERIFICATIONS_MAX: u32 = 3;

/// Shortest time between two deliveries to one subscriber: what changes meanwhile comes with the next.
pub const DELIVERY_GAP: Duration = Duration::from_secs(10);

/// Requests and subscriptions that are kept.
pub const SUBSCRIBERS_MAX: usize = 10_000;

/// The same of one host (with port) of callbacks.
pub const SUBSCRIBERS_PER_HOST_MAX: usize = 500;

/// Requests that wait for their callback's confirmation.
pub const UNCONFIRMED_MAX: usize = 1_000;

/// The same of one host.
pub const UNCONFIRMED_PER_HOST_MAX: usize = 50;

/// Exchanges with callbacks that are under way at once.
pub const EXCHANGES_MAX: usize = 16;

/// The same with one host.
pub const EXCHANGES_PER_HOST_MAX: usize = 2;

/// Reads a request (WebSub §5.1) for a feed below `base`; the words say what is wrong with it.
///
/// # Errors
/// Words for the subscriber.
pub fn request(form: &str, base: &Url) -> Result<SubscriptionRequest, &'static str> {
    let value = |name: &str| {
        let mut found = form_urlencoded::parse(form.as_bytes()).filter(|it| it.0 == name);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err("a parameter is given twice"),
            (first, _) => Ok(first.map(|it| it.1.into_owned()).filter(|it| !it.is_empty())),
        }
    };
    let given = value("hub.mode")?;
    let mode = HubMode::ALL.into_iter().find(|it| Some(it.as_str()) == given.as_deref());
    let mode = mode.ok_or("hub.mode must be subscribe or unsubscribe; only this site publishes here")?;
    let callback = callback(&value("hub.callback")?.ok_or("hub.callback is missing")?, base)?;
    let topic = value("hub.topic")?.ok_or("hub.topic is missing")?;
    let unknown = "hub.topic must be the address of a feed of this site, as the feed's rel=self has it";
    let topic = topic.strip_prefix(base.as_str()).map(|it| format!("/{it}")).ok_or(unknown)?;
    let secret = value("hub.secret")?;
    if secret.as_ref().is_some_and(|it| SECRET_BYTES_LIMIT <= it.len()) {
        return Err("hub.secret must be shorter than 200 bytes");
    }
    let lease = match value("hub.lease_seconds")? {
        None => LEASE,
        Some(it) if it.bytes().all(|b| b.is_ascii_digit()) => {
            // More digits than a number holds are more seconds than are granted.
            Duration::from_secs(it.parse().unwrap_or(u64::MAX)).clamp(LEASE_MIN, LEASE_MAX)
        }
        Some(_) => return Err("hub.lease_seconds must be a whole number of seconds"),
    };
    Ok(SubscriptionRequest { callback, topic, mode, secret, lease })
}

fn callback(text: &str, base: &Url) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "hub.callback is not an absolute URL")?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("hub.callback must be an http or https URL");
    }
    if CALLBACK_BYTES_MAX < url.as_str().len() {
        return Err("hub.callback is too long");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("hub.callback must have neither a user name nor a fragment");
    }
    if url.origin() == base.origin() {
        return Err("hub.callback must not lead to this site");
    }
    Ok(url)
}

/// When a delivery that failed again is tried next; `None`: its subscriber is given up. `tries` are the
/// attempts that had failed before this one.
pub fn next_delivery(first_tried: Option<Timestamp>, tries: u32, now: Timestamp) -> Option<Timestamp> {
    let is_over = GIVE_UP_TRIES_MIN <= tries && first_tried.is_some_and(|it| GIVE_UP_AFTER <= now.since(it));
    (!is_over).then(|| now.plus(back_off(tries)))
}

/// When a callback that did not answer is asked again; `None`: its request is dropped.
pub fn next_verification(tries: u32, now: Timestamp) -> Option<Timestamp> {
    (tries + 1 < VERIFICATIONS_MAX).then(|| now.plus(back_off(tries)))
}

/// Plans beyond this were made by a clock that was set back since.
pub fn horizon(now: Timestamp) -> Timestamp {
    now.plus(BACK_OFF_MAX)
}

fn back_off(tries: u32) -> Duration {
    BACK_OFF.saturating_mul(2_u32.saturating_pow(tries)).min(BACK_OFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 3] = [
        ("hub.mode", "subscribe"),
        ("hub.callback", "https://reader.example/cb?x=1"),
        ("hub.topic", "https://brief.example/news/feeds/all.atom"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<SubscriptionRequest, &'static str> {
        let is_changed = |name: &str| changes.iter().any(|it| it.0 == name);
        let kept = GOOD.iter().filter(|it| !is_changed(it.0));
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(changes)).finish();
        request(&form, &Url::parse("https://brief.example/news/").expect("a URL"))
    }

    #[track_caller]
    fn refused(changes: &[(&str, &str)], words: &str) {
        let said = read(changes).err().expect("a refusal");
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn a_request_is_read_and_its_lease_bounded() {
        let it = read(&[]).unwrap_or_else(|it| panic!("{it}"));
        assert_eq!((it.topic.as_str(), it.mode, it.lease), ("/feeds/all.atom", HubMode::Subscribe, LEASE));
        assert_eq!(it.callback.as_str(), "https://reader.example/cb?x=1");
        let lease = |given| read(&[("hub.lease_seconds", given)]).map(|it| it.lease).ok();
        assert_eq!(lease("86400"), Some(Duration::from_secs(86_400)));
        assert_eq!(lease("1"), Some(LEASE_MIN));
        assert_eq!(lease("99999999999999999999999999"), Some(LEASE_MAX));
        assert_eq!(lease(""), Some(LEASE));
        assert_eq!(read(&[("hub.mode", "unsubscribe")]).map(|it| it.mode), Ok(HubMode::Unsubscribe));
        let secret = "s".repeat(199);
        assert_eq!(read(&[("hub.secret", &secret)]).map(|it| it.secret), Ok(Some(secret)));
    }

    #[test]
    fn what_cannot_be_granted_is_refused_in_words() {
        refused(&[("hub.mode", "publish")], "only this site publishes");
        refused(&[("hub.mode", "")], "hub.mode");
        refused(&[("hub.callback", "")], "hub.callback is missing");
        refused(&[("hub.callback", "/cb")], "absolute");
        refused(&[("hub.callback", "ftp://reader.example/")], "http or https");
        refused(&[("hub.callback", "https://a:b@reader.example/")], "user name");
        refused(&[("hub.callback", "https://reader.example/#x")], "fragment");
        refused(&[("hub.callback", "https://brief.example/other/")], "this site");
        refused(&[("hub.callback", &format!("https://reader.example/{}", "x".repeat(3_000)))], "too long");
        refused(&[("hub.topic", "https://other.example/feeds/all.atom")], "rel=self");
        refused(&[("hub.topic", "https://brief.example/feeds/all.atom")], "rel=self");
        refused(&[("hub.secret", &"s".repeat(200))], "200 bytes");
        refused(&[("hub.lease_seconds", "-1")], "whole number");
        refused(&[("hub.lease_seconds", "1e9")], "whole number");
        refused(&[("hub.topic", GOOD[2].1), ("hub.topic", GOOD[2].1)], "twice");
    }

    #[test]
    fn a_subscriber_is_given_up_after_three_days_and_a_dozen_attempts() {
        let first = Timestamp::from_secs(1_000_000);
        let after = |wait: Duration, tries| next_delivery(Some(first), tries, first.plus(wait));
        assert_eq!(after(GIVE_UP_AFTER, GIVE_UP_TRIES_MIN), None);
        assert!(after(GIVE_UP_AFTER * 100, 1).is_some(), "the clock jumped");
        assert!(after(GIVE_UP_AFTER / 2, 70).is_some());
        let waits = [0, 1, 8, 9, 40].map(|tries| next_delivery(None, tries, first).map(|it| it.since(first)));
        assert_eq!(waits.map(|it| it.unwrap_or_default().as_secs()), [10, 20, 2560, 3600, 3600]);
        assert!(next_verification(1, first).is_some());
        assert_eq!(next_verification(2, first), None);
    }
}
