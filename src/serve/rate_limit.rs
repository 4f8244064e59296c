//! How often one peer may ask for what costs more than a look into memory: the API and the search.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use axum::http::HeaderMap;
use tokio::time::Instant;

use super::connections::Peer;

/// Requests a second that a peer may go on with.
const RATE: f64 = 20.0;

/// Requests that a peer may ask at once after a pause.
const BURST: f64 = 200.0;

/// Peers that are remembered. Who has not asked for a while needs no memory; when there are more, those
/// who have most left are forgotten, so that many peers who ask once free nobody who asks without end.
const PEERS_MAX: usize = 4_096;

/// Who reverse proxies say has asked, the last of them rightmost.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// What each peer may still ask (token bucket).
#[derive(Default)]
pub(super) struct RateLimit(Mutex<HashMap<Peer, Bucket>>);

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn at(self, now: Instant) -> f64 {
        (self.left + now.duration_since(self.at).as_secs_f64() * RATE).min(BURST)
    }
}

impl RateLimit {
    /// Counts a request, or says how long its peer has to wait before the next.
    pub(super) fn take(&self, peer: Peer, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if PEERS_MAX <= buckets.len() && !buckets.contains_key(&peer) {
            buckets.retain(|_, it| it.at(now) < BURST);
            if PEERS_MAX <= buckets.len() {
                let mut by_rest: Vec<_> = buckets.drain().collect();
                by_rest.sort_by(|(_, one), (_, other)| one.at(now).total_cmp(&other.at(now)));
                by_rest.truncate(PEERS_MAX / 2);
                buckets.extend(by_rest);
            }
        }
        let left = buckets.get(&peer).map_or(BURST, |it| it.at(now));
        if left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - left) / RATE));
        }
        buckets.insert(peer, Bucket { left: left - 1.0, at: now });
        Ok(())
    }
}

/// Whom a request counts for: who is connected, or whom a proxy on this machine names.
pub(super) fn counted(peer: Peer, headers: &HeaderMap) -> Peer {
    let named = || {
        let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?.rsplit(',').next()?;
        last.trim().parse::<IpAddr>().ok().map(Peer::new)
    };
    if peer.is_local() { named().unwrap_or(peer) } else { peer }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Peer {
        Peer::new(text.parse().expect("an address"))
    }

    #[test]
    fn a_peer_that_asks_without_end_has_to_wait_and_others_do_not() {
        let (limit, start) = (RateLimit::default(), Instant::now());
        let [greedy, other] = ["192.0.2.1", "192.0.2.2"].map(peer);
        let taken = (0..1_000).filter(|_| limit.take(greedy, start).is_ok()).count();
        assert_eq!(taken, BURST as usize);
        assert!(limit.take(greedy, start).is_err_and(|it| it <= Duration::from_secs(1)));
        assert!(limit.take(other, start).is_ok());
        let later = start + Duration::from_secs(1);
        let taken = (0..1_000).filter(|_| limit.take(greedy, later).is_ok()).count();
        assert_eq!(taken, RATE as usize);
    }

    #[test]
    fn peers_take_bounded_memory() {
        let (limit, now) = (RateLimit::default(), Instant::now());
        for n in 0..3 * PEERS_MAX as u32 {
            let _ = limit.take(Peer::new(std::net::Ipv4Addr::from_bits(n).into()), now);
        }
        assert!(limit.0.lock().expect("a lock").len() <= PEERS_MAX);
    }

    #[test]
    fn many_peers_who_ask_once_free_nobody_who_asks_without_end() {
        let (limit, now, greedy) = (RateLimit::default(), Instant::now(), peer("2001:db8::1"));
        while limit.take(greedy, now).is_ok() {}
        for n in 0..3 * PEERS_MAX as u32 {
            let _ = limit.take(Peer::new(std::net::Ipv4Addr::from_bits(n).into()), now);
        }
        assert!(limit.take(greedy, now).is_err());
    }

    #[test]
    fn only_a_proxy_on_this_machine_names_others() {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, "203.0.113.9, 192.0.2.7".parse().expect("a value"));
        assert_eq!(counted(peer("127.0.0.1"), &headers), peer("192.0.2.7"));
        assert_eq!(counted(Peer::local(), &headers), peer("192.0.2.7"));
        assert_eq!(counted(peer("192.0.2.1"), &headers), peer("192.0.2.1"));
        assert_eq!(counted(peer("127.0.0.1"), &HeaderMap::new()), peer("127.0.0.1"));
    }
}
