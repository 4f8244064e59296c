//! Tells the operator's own programs what happens (webhooks).
//!
//! What is to be told lies in the store and leaves it when it was taken, so that a kill at any
//! instant loses nothing; what was sent and not yet noted is sent again under the same name.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

use ring::hmac;
use tokio::task::JoinSet;
use tracing::error;
use tracing::warn;

use crate::config;
use crate::domain::Timestamp;
use crate::net::Endpoint;
use crate::net::header;
use crate::pipeline::Pipeline;
use crate::site::Publication;
use crate::store::HookDelivery;
use crate::store::StoreError;

use super::tick::Rounds;

/// Longest time for one delivery.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);

/// Deliveries to one hook that are under way at once, each about another subject.
const AT_ONCE: usize = 4;

/// Wait after the first attempt that failed; after each further one it is twice as long.
const BACK_OFF: Duration = Duration::from_secs(10);

/// Longest wait between two attempts.
const BACK_OFF_MAX: Duration = Duration::from_secs(60 * 60);

/// How long after the first attempt a delivery is given up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Attempts before one is given up, however long ago the first was: a clock may jump.
const GIVE_UP_TRIES_MIN: u32 = 12;

/// The name of a delivery, the same at every attempt.
const DELIVERY_HEADER: &str = "x-bylined-delivery";

/// `sha256=` and the HMAC-SHA256 of the body in lower-case hexadecimal digits.
const SIGNATURE_HEADER: &str = "x-bylined-signature";

/// Delivers to every hook until told to stop. A hook that is slow keeps no other waiting.
pub(super) async fn deliver_until(
    pipeline: Arc<Pipeline>,
    publication: Arc<Publication>,
    ours: Vec<SocketAddr>,
    rounds: Rounds,
) {
    let mut hooks = JoinSet::new();
    for settings in &pipeline.config().hooks {
        let endpoint = match pipeline.client().endpoint(settings.url.clone(), DELIVERY_TIMEOUT) {
            Ok(it) => it,
            Err(cause) => {
                error!(error = %cause, "the hook at {} cannot be told anything", settings.shown());
                continue;
            }
        };
        let hook = Arc::new(HookClient {
            id: settings.id(),
            settings: settings.clone(),
            endpoint,
            ours: ours.clone(),
            pipeline: Arc::clone(&pipeline),
            publication: Arc::clone(&publication),
        });
        let rounds = rounds.clone();
        hooks.spawn(async move {
            let deliver = || async { hook.deliver().await.map_err(|it| (it, "could not deliver to a hook")) };
            rounds.each(deliver).await;
        });
    }
    while hooks.join_next().await.is_some() {}
}

struct HookClient {
    id: String,
    settings: config::Hook,
    endpoint: Endpoint,
    /// Where this process listens.
    ours: Vec<SocketAddr>,
    pipeline: Arc<Pipeline>,
    publication: Arc<Publication>,
}

/// Why a delivery was not taken.
struct NotTaken {
    reason: String,
    /// How long the hook asks to be left alone.
    wait: Option<Duration>,
}

impl NotTaken {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), wait: None }
    }
}

impl HookClient {
    /// Delivers what is due, until nothing is.
    async fn deliver(self: &Arc<Self>) -> Result<(), StoreError> {
        loop {
            let (id, now) = (self.id.clone(), self.pipeline.now());
            let due = move |it: &crate::store::Reader<'_>| {
                it.hook_deliveries_due(&id, now, now.plus(BACK_OFF_MAX), AT_ONCE)
            };
            let due = self.pipeline.store().read(due).await?;
            if due.is_empty() {
                return Ok(());
            }
            let mut attempts = JoinSet::new();
            for delivery in due {
                let hook = Arc::clone(self);
                attempts.spawn(async move { hook.attempt(delivery).await });
            }
            // Those under way come to their end, whatever became of another.
            let (mut outcome, mut has_panicked) = (Ok(()), false);
            while let Some(attempt) = attempts.join_next().await {
                match attempt {
                    Ok(it) => outcome = outcome.and(it),
                    Err(_) => has_panicked = true,
                }
            }
            outcome?;
            if has_panicked {
                // It has been reported, and is tried again at the next tick.
                return Ok(());
            }
        }
    }

    async fn attempt(&self, delivery: HookDelivery) -> Result<(), StoreError> {
        let sent = match self.publication.hook_body(delivery.clone()).await {
            Ok(Ok(body)) => self.post(&delivery, body).await,
            Ok(Err(reason)) => Err(NotTaken::new(format!("not sent, because it fails its check: {reason}"))),
            // One story that cannot be read keeps no other waiting.
            Err(cause) => Err(NotTaken::new(format!("not sent, because it cannot be read: {cause}"))),
        };
        let (id, now) = (self.id.clone(), self.pipeline.now());
        let Err(NotTaken { reason, wait }) = sent else {
            return self.pipeline.store().write(move |it| it.end_hook_delivery(&id, &delivery, now)).await;
        };
        let shown = self.settings.shown();
        let event = delivery.event.map_or("an event", |it| it.as_str());
        if delivery.event.is_none() || is_over(delivery.first_tried, delivery.tries, now) {
            error!(
                reason,
                "gave up telling {shown} of `{event}` after {} attempts: {reason}",
                delivery.tries + 1
            );
            return self
                .pipeline
                .store()
                .write(move |it| it.give_up_hook_delivery(&id, &delivery, &reason))
                .await;
        }
        if delivery.tries == 0 {
            warn!(reason, "{shown} did not take `{event}`, which is tried again: {reason}");
        }
        let next = now.plus(back_off(delivery.tries, wait));
        self.pipeline
            .store()
            .write(move |it| it.retry_hook_delivery(&id, &delivery, &reason, (now, next)))
            .await
    }

    async fn post(&self, delivery: &HookDelivery, body: String) -> Result<(), NotTaken> {
        if self.is_ours().await {
            return Err(NotTaken::new("it leads to bylined itself; correct its url"));
        }
        let name = serde_json::from_str::<serde_json::Value>(&body)
            .ok()
            .and_then(|it| it["delivery"].as_str().map(str::to_owned))
            .unwrap_or_else(|| delivery.uuid.clone());
        let mut headers = vec![(DELIVERY_HEADER, name)];
        if let Some(secret) = &self.settings.secret {
            let secret = secret.read().map_err(|it| NotTaken::new(it.to_string()))?;
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
            let signature = hmac::sign(&key, body.as_bytes());
            let digits: String = signature.as_ref().iter().map(|b| format!("{b:02x}")).collect();
            headers.push((SIGNATURE_HEADER, format!("sha256={digits}")));
        }
        let answer = self.endpoint.post_with(body, &headers).await;
        let answer = answer.map_err(|it| NotTaken::new(it.to_string()))?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        let wait = answer.headers.get(header::RETRY_AFTER).and_then(|it| it.to_str().ok());
        let wait = wait.and_then(|it| it.trim().parse().ok()).map(Duration::from_secs);
        Err(NotTaken { reason: format!("it answered {}", answer.status), wait })
    }

    /// Whether the address leads to a socket of this process.
    async fn is_ours(&self) -> bool {
        let url = &self.settings.url;
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
        if self.ours.iter().all(|it| it.port() != port) {
            return false;
        }
        let host = host.trim_matches(['[', ']']);
        let Ok(found) = tokio::net::lookup_host((host, port)).await else { return false };
        found.into_iter().any(|it| leads_to(it, &self.ours, is_of_this_machine))
    }
}

/// Whether an address leads to one of these sockets of this process; `is_local` knows the addresses
/// of this machine.
fn leads_to(address: SocketAddr, ours: &[SocketAddr], is_local: impl Fn(IpAddr) -> bool) -> bool {
    let ip = address.ip().to_canonical();
    ours.iter().filter(|own| own.port() == address.port()).any(|own| {
        ip.is_loopback()
            || ip.is_unspecified()
            || own.ip().to_canonical() == ip
            || own.ip().is_unspecified() && is_local(ip)
    })
}

/// Whether this machine has an address: then a socket can be bound to it.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing is sent: only an address of this machine can be bound"
)]
fn is_of_this_machine(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

/// Whether a delivery that failed again is given up.
fn is_over(first_tried: Option<Timestamp>, tries: u32, now: Timestamp) -> bool {
    GIVE_UP_TRIES_MIN <= tries && first_tried.is_some_and(|it| GIVE_UP_AFTER <= now.since(it))
}

/// How long to wait after so many failed attempts before this one.
fn back_off(tries: u32, wait: Option<Duration>) -> Duration {
    let own = BACK_OFF.saturating_mul(2_u32.saturating_pow(tries));
    own.max(wait.unwrap_or_default()).min(BACK_OFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        let secs = |tries, wait: Option<u64>| back_off(tries, wait.map(Duration::from_secs)).as_secs();
        assert_eq!([0, 1, 2, 8, 9, 40].map(|it| secs(it, None)), [10, 20, 40, 2560, 3600, 3600]);
        assert_eq!(secs(0, Some(90)), 90, "a hook may ask for more");
        assert_eq!(secs(3, Some(1)), 80, "and not for less");
        assert_eq!(secs(0, Some(u64::MAX)), 3600);
    }

    #[test]
    fn a_delivery_is_given_up_after_three_days_and_a_dozen_attempts() {
        let first = Timestamp::from_secs(1_000_000);
        let after = |wait: Duration, tries| is_over(Some(first), tries, first.plus(wait));
        assert!(after(GIVE_UP_AFTER, GIVE_UP_TRIES_MIN));
        assert!(!after(GIVE_UP_AFTER * 100, 1), "the clock jumped");
        assert!(!after(GIVE_UP_AFTER / 2, 70));
        assert!(!is_over(None, 70, first));
    }

    #[test]
    fn a_socket_on_every_address_is_met_at_those_of_this_machine() {
        let check = |address: &str, own: &str, expected: bool| {
            let [address, own] = [address, own].map(|it| it.parse().expect("an address"));
            let is_local = |it: IpAddr| ["192.0.2.1", "2001:db8::1"].contains(&it.to_string().as_str());
            assert_eq!(leads_to(address, &[own], is_local), expected, "{address} {own}");
        };
        for own in ["0.0.0.0:8080", "[::]:8080"] {
            check("192.0.2.1:8080", own, true);
            check("[::ffff:192.0.2.1]:8080", own, true);
            check("[2001:db8::1]:8080", own, true);
            check("127.0.0.1:8080", own, true);
            check("192.0.2.2:8080", own, false);
            check("192.0.2.1:8081", own, false);
        }
        check("192.0.2.1:8080", "127.0.0.1:8080", false);
        check("192.0.2.2:8080", "192.0.2.2:8080", true);
        assert!(is_of_this_machine(IpAddr::from([127, 0, 0, 1])));
        assert!(!is_of_this_machine(IpAddr::from([192, 0, 2, 7])), "of no machine (RFC 5737)");
    }
}
