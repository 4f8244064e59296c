//! Decides which hub is asked, what and when, what it is answered, and how far polling
//! may rely on it (WebSub §5).
//!
//! A request counts as failed until the hub confirms it at our callback, so that a hub
//! that never does is asked less and less often, and one that is down is too.

use std::net::IpAddr;
use std::time::Duration;

use url::Host;
use url::Url;

use crate::domain::HubMode;
use crate::domain::Subscription;
use crate::domain::SubscriptionState;
use crate::domain::Timestamp;
use crate::net;

/// The lease that is asked for, and believed where the hub grants none in words.
pub const LEASE: Duration = Duration::from_secs(10 * 86_400);

/// Longest lease that is relied on, and so the longest time without anything to do.
const LEASE_MAX: Duration = Duration::from_secs(30 * 86_400);

/// Part of a lease that is left when it is renewed, as its inverse.
const RENEWAL_PARTS: u32 = 4;

/// Shortest time to a renewal, however short the lease.
const RENEWAL_MIN: Duration = Duration::from_secs(5 * 60);

/// Wait for a hub's confirmation before it is asked again; doubles each time.
const RETRY_MIN: Duration = Duration::from_secs(10 * 60);

/// Longest such wait.
const RETRY_MAX: Duration = Duration::from_secs(86_400);

/// Requests beyond which waits no longer double.
const DOUBLINGS_MAX: u32 = 16;

/// How long after a request its confirmation is accepted.
const CONFIRMATION_MAX: Duration = RETRY_MAX;

/// How long a hub that denied a subscription is left alone.
const DENIED_REST: Duration = Duration::from_secs(7 * 86_400);

/// Requests that a hub may leave unconfirmed before the next one that the feed names is asked.
const UNCONFIRMED_MAX: u32 = 4;

/// The same at the last one, before the first is asked again: more than a week.
const UNCONFIRMED_BY_LAST_MAX: u32 = 14;

/// Requests to end a subscription, after which it is left to run out.
const ENDING_TRIES_MAX: u32 = 3;

/// Shortest time from a poll to one that a push brings about; doubles while polls fail.
const PUSH_GAP: Duration = Duration::from_secs(5);

/// Failures beyond which that no longer doubles: a publisher in trouble is spared about as
/// long as it would be without a hub.
const PUSH_DOUBLINGS_MAX: u32 = 10;

/// What there is to do about a subscription now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Duty {
    /// Ask its hub.
    Ask(HubMode),
    /// Nothing more, ever.
    Forget,
}

/// What a hub says at the callback (WebSub §5.2, §5.3).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HubMessage {
    /// `hub.mode`
    pub mode: String,
    /// `hub.topic`
    pub topic: String,
    /// `hub.challenge`
    pub challenge: String,
    /// `hub.lease_seconds`
    pub lease_secs: Option<u64>,
    /// `hub.reason`
    pub reason: Option<String>,
}

/// What a hub is answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IntentOutcome {
    /// Yes; the subscription is now this.
    Confirmed(Subscription),
    /// Yes; the subscription is over.
    Ended,
    /// The denial is noted; the subscription is now this.
    Denied(Subscription),
    /// That was not asked for.
    Refused,
}

/// Whether hubs can be expected to reach callbacks below an address: a name in the public
/// tree, or a public address.
pub fn is_reachable(base: &Url) -> bool {
    match base.host() {
        Some(Host::Ipv4(it)) => net::is_public(IpAddr::V4(it)),
        Some(Host::Ipv6(it)) => net::is_public(IpAddr::V6(it)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let local = ["localhost", "local", "internal", "lan"];
            name.rsplit_once('.').is_some_and(|(_, last)| !local.contains(&last))
        }
        None => false,
    }
}

/// The one of the hubs that a feed names, each once, at which it is subscribed to: the one that is
/// followed, or, where that denied or does not confirm while no lease runs, the one named after it.
pub fn choose<'a>(named: &'a [Url], followed: Option<&Subscription>, now: Timestamp) -> Option<&'a Url> {
    let Some(it) = followed else { return named.first() };
    let Some(at) = named.iter().position(|hub| *hub == it.hub) else { return named.first() };
    // The latest request may still be on its way.
    let is_silent = |max| max < it.tries && it.until.is_none_or(|until| until <= now);
    let is_given_up = it.state == SubscriptionState::Denied || is_silent(UNCONFIRMED_MAX);
    let next = match named.get(at + 1) {
        None if is_silent(UNCONFIRMED_BY_LAST_MAX) => named.first(),
        next => next.filter(|_| is_given_up),
    };
    next.or(named.get(at))
}

/// A date beyond which nothing is planned: what lies there was planned by another clock.
pub fn horizon(now: Timestamp) -> Timestamp {
    now.plus(LEASE_MAX)
}

/// What there is to do now, if anything.
pub fn duty(it: &Subscription, now: Timestamp) -> Option<Duty> {
    if now < it.next && it.next <= horizon(now) {
        return None;
    }
    Some(match it.state {
        SubscriptionState::Ending if ENDING_TRIES_MAX <= it.tries => Duty::Forget,
        SubscriptionState::Ending => Duty::Ask(HubMode::Unsubscribe),
        SubscriptionState::Waiting | SubscriptionState::Active | SubscriptionState::Denied => {
            Duty::Ask(HubMode::Subscribe)
        }
    })
}

/// The subscription from right before its hub is asked: a hub may confirm before it answers.
pub fn asked(it: Subscription, now: Timestamp) -> Subscription {
    let wait = RETRY_MIN.saturating_mul(1 << it.tries.min(DOUBLINGS_MAX)).min(RETRY_MAX);
    // A denial is behind us once the hub is asked anew.
    let state = if it.state == SubscriptionState::Denied { SubscriptionState::Waiting } else { it.state };
    Subscription { asked: Some(now), tries: it.tries + 1, next: now.plus(wait), state, ..it }
}

/// When a hub that refused is asked again, by the plan or by its own wish.
pub fn next_try(planned: Timestamp, retry_after: Option<Timestamp>, now: Timestamp) -> Timestamp {
    planned.max(retry_after.map_or(now, |it| it.min(now.plus(RETRY_MAX))))
}

/// What a hub is answered that speaks at the callback of a subscription: yes to what was
/// asked for, and for a while again, since a hub that lost our yes asks anew.
pub fn answer(it: Subscription, says: &HubMessage, now: Timestamp) -> IntentOutcome {
    if says.topic != it.topic.as_str() {
        return IntentOutcome::Refused;
    }
    let is_recent = |at| now.since(at) < CONFIRMATION_MAX;
    let is_asked = !says.challenge.is_empty() && it.asked.is_some_and(is_recent);
    match (says.mode.as_str(), it.state) {
        ("subscribe", SubscriptionState::Waiting | SubscriptionState::Active) if is_asked => {
            let lease = says.lease_secs.map_or(LEASE, Duration::from_secs).min(LEASE_MAX);
            let renewal = (lease - lease / RENEWAL_PARTS).max(RENEWAL_MIN);
            IntentOutcome::Confirmed(Subscription {
                state: SubscriptionState::Active,
                tries: 0,
                next: now.plus(renewal),
                until: Some(now.plus(lease)),
                reason: None,
                ..it
            })
        }
        ("unsubscribe", SubscriptionState::Ending) if is_asked => IntentOutcome::Ended,
        ("denied", SubscriptionState::Ending) => IntentOutcome::Ended,
        // A hub may deny at any time (WebSub §5.2).
        ("denied", _) => IntentOutcome::Denied(Subscription {
            state: SubscriptionState::Denied,
            next: now.plus(DENIED_REST),
            until: None,
            pushed: None,
            reason: says.reason.clone(),
            ..it
        }),
        _ => IntentOutcome::Refused,
    }
}

/// When a source is polled for which a hub pushed: at once, unless it was only just asked.
pub fn poll_after_push(now: Timestamp, last_poll: Option<Timestamp>, failures: u32) -> Timestamp {
    let gap = PUSH_GAP.saturating_mul(1 << failures.min(PUSH_DOUBLINGS_MAX));
    match last_poll {
        // A date in the future is from before the clock was set back.
        Some(it) if it <= now => now.max(it.plus(gap)),
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_168_800);
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(86_400);
    const TOPIC: &str = "https://a.example/feed";

    fn url(it: &str) -> Url {
        it.parse().expect("a URL")
    }

    fn subscription(state: SubscriptionState) -> Subscription {
        Subscription {
            token: "t".to_owned(),
            source: "a".parse().expect("an id"),
            hub: url("https://hub.example/"),
            topic: url(TOPIC),
            callback: url("https://brief.example/websub/t"),
            secret: "s".to_owned(),
            state,
            asked: None,
            tries: 0,
            next: NOW,
            until: None,
            pushed: None,
            reason: None,
        }
    }

    fn says(mode: &str, lease_secs: Option<u64>) -> HubMessage {
        let (mode, topic) = (mode.to_owned(), TOPIC.to_owned());
        HubMessage { mode, topic, challenge: "c".to_owned(), lease_secs, reason: None }
    }

    /// What becomes of a challenge that comes so long after the request.
    #[track_caller]
    fn check(state: SubscriptionState, after: Option<Duration>, says: &HubMessage, expected: &str) {
        let mut it = subscription(state);
        it.asked = after.map(|after| NOW.minus(after));
        let actual = match answer(it, says, NOW) {
            IntentOutcome::Confirmed(it) => it.state.as_str(),
            IntentOutcome::Denied(it) => it.state.as_str(),
            IntentOutcome::Ended => "ended",
            IntentOutcome::Refused => "refused",
        };
        assert_eq!(actual, expected, "{state:?} {after:?} {says:?}");
    }

    #[test]
    fn only_what_was_asked_for_is_confirmed() {
        use SubscriptionState::*;
        check(Waiting, Some(MINUTE), &says("subscribe", None), "active");
        check(Active, Some(MINUTE), &says("subscribe", None), "active");
        check(Ending, Some(MINUTE), &says("unsubscribe", None), "ended");
        check(Waiting, None, &says("subscribe", None), "refused");
        check(Waiting, Some(2 * DAY), &says("subscribe", None), "refused");
        check(Waiting, Some(MINUTE), &says("unsubscribe", None), "refused");
        check(Active, Some(MINUTE), &says("unsubscribe", None), "refused");
        check(Ending, Some(MINUTE), &says("subscribe", None), "refused");
        check(Denied, Some(MINUTE), &says("subscribe", None), "refused");
        check(Waiting, Some(MINUTE), &says("publish", None), "refused");
        check(Active, None, &says("denied", None), "denied");
        check(Ending, None, &says("denied", None), "ended");
        let unchallenged = HubMessage { challenge: String::new(), ..says("subscribe", None) };
        check(Waiting, Some(MINUTE), &unchallenged, "refused");
        for mode in ["subscribe", "denied"] {
            let topic = "https://b.example/feed".to_owned();
            let of_another = HubMessage { topic, ..says(mode, None) };
            check(Waiting, Some(MINUTE), &of_another, "refused");
        }
    }

    #[test]
    fn a_lease_is_renewed_before_it_ends() {
        let renewed = |lease_secs| {
            let it = asked(subscription(SubscriptionState::Waiting), NOW);
            match answer(it, &says("subscribe", lease_secs), NOW) {
                IntentOutcome::Confirmed(it) => (it.next.since(NOW), it.until.map(|it| it.since(NOW))),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(renewed(Some(4 * 86_400)), (3 * DAY, Some(4 * DAY)));
        assert_eq!(renewed(None), (LEASE * 3 / 4, Some(LEASE)));
        assert_eq!(renewed(Some(u64::MAX)), (LEASE_MAX * 3 / 4, Some(LEASE_MAX)));
        assert_eq!(renewed(Some(0)), (RENEWAL_MIN, Some(Duration::ZERO)));
    }

    #[test]
    fn a_hub_that_does_not_confirm_is_asked_less_and_less_often() {
        let mut it = subscription(SubscriptionState::Waiting);
        let mut now = NOW;
        let mut waits = Vec::new();
        for _ in 0..12 {
            assert_eq!(duty(&it, now), Some(Duty::Ask(HubMode::Subscribe)));
            it = asked(it, now);
            assert_eq!(duty(&it, now), None);
            waits.push(it.next.since(now));
            now = it.next;
        }
        assert_eq!(waits[..3], [10 * MINUTE, 20 * MINUTE, 40 * MINUTE]);
        assert_eq!(waits[11], DAY);
        assert_eq!(next_try(NOW.plus(MINUTE), Some(NOW.plus(9 * MINUTE)), NOW), NOW.plus(9 * MINUTE));
        assert_eq!(next_try(NOW.plus(MINUTE), Some(NOW.plus(99 * DAY)), NOW), NOW.plus(DAY));
        assert_eq!(next_try(NOW.plus(MINUTE), None, NOW), NOW.plus(MINUTE));
    }

    #[test]
    fn an_end_is_asked_for_a_few_times_and_then_left_to_the_lease() {
        let mut it = subscription(SubscriptionState::Ending);
        for _ in 0..ENDING_TRIES_MAX {
            assert_eq!(duty(&it, it.next), Some(Duty::Ask(HubMode::Unsubscribe)));
            let now = it.next;
            it = asked(it, now);
        }
        assert_eq!(duty(&it, it.next), Some(Duty::Forget));
    }

    #[test]
    fn a_hub_is_followed_until_it_fails_and_another_is_named_after_it() {
        let followed =
            |hub: &str, state, tries| Some(Subscription { hub: url(hub), tries, ..subscription(state) });
        let check = |named: &[&str], followed: Option<Subscription>, expected: Option<&str>| {
            let named: Vec<Url> = named.iter().map(|it| url(it)).collect();
            let chosen = choose(&named, followed.as_ref(), NOW);
            assert_eq!(chosen.map(Url::as_str), expected, "{named:?} {followed:?}");
        };
        let (a, b) = ("https://a.example/", "https://b.example/");
        check(&[], None, None);
        check(&[], followed(a, SubscriptionState::Active, 0), None);
        check(&[a, b], None, Some(a));
        check(&[b, a], followed(a, SubscriptionState::Active, 0), Some(a));
        check(&[b], followed(a, SubscriptionState::Active, 0), Some(b));
        check(&[a, b], followed(a, SubscriptionState::Waiting, UNCONFIRMED_MAX), Some(a));
        check(&[a, b], followed(a, SubscriptionState::Waiting, UNCONFIRMED_MAX + 1), Some(b));
        check(&[a, b], followed(a, SubscriptionState::Denied, 0), Some(b));
        check(&[a], followed(a, SubscriptionState::Denied, 0), Some(a));
        check(&[a, b], followed(b, SubscriptionState::Denied, 0), Some(b));
        check(&[a, b], followed(b, SubscriptionState::Waiting, UNCONFIRMED_BY_LAST_MAX), Some(b));
        check(&[a, b], followed(b, SubscriptionState::Waiting, UNCONFIRMED_BY_LAST_MAX + 1), Some(a));
        let not_renewed = followed(a, SubscriptionState::Active, UNCONFIRMED_MAX + 1);
        let not_renewed = not_renewed.map(|it| Subscription { until: Some(NOW.plus(DAY)), ..it });
        check(&[a, b], not_renewed, Some(a));
    }

    #[test]
    fn a_plan_of_another_clock_is_not_waited_for() {
        let it = Subscription { next: NOW.plus(365 * DAY), ..subscription(SubscriptionState::Active) };
        assert_eq!(duty(&it, NOW), Some(Duty::Ask(HubMode::Subscribe)));
    }

    #[test]
    fn a_push_is_heeded_at_once_but_not_without_end() {
        let after = |last: Option<u32>, failures| {
            let last = last.map(|secs| NOW.minus(Duration::from_secs(secs.into())));
            poll_after_push(NOW, last, failures).since(NOW).as_secs()
        };
        assert_eq!(after(None, 0), 0);
        assert_eq!(after(Some(3600), 0), 0);
        assert_eq!(after(Some(4), 0), 1);
        assert_eq!(after(Some(4), 3), 36);
        assert_eq!(after(Some(0), u32::MAX), 5 * 1024);
        assert_eq!(poll_after_push(NOW, Some(NOW.plus(DAY)), 0), NOW);
    }

    #[test]
    fn only_a_public_address_is_given_to_hubs() {
        let check = |base: &str, expected| assert_eq!(is_reachable(&url(base)), expected, "{base}");
        check("https://brief.example/", true);
        check("http://brief.example:8080/news/", true);
        check("http://8.8.8.8/", true);
        check("http://127.0.0.1:8080/", false);
        check("http://0.0.0.0:8080/", false);
        check("http://[::1]/", false);
        check("http://192.168.1.2/", false);
        check("http://localhost:8080/", false);
        check("http://box.local./", false);
        check("http://box/", false);
    }
}
