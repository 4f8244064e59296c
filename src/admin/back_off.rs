//! How long whoever fails to sign in has to wait: longer each time, by peer and by name.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;

use super::random;

/// Attempts without a wait: fingers slip.
const FREE: u32 = 5;

/// Longest wait of a peer.
const PEER_WAIT_MAX: Duration = Duration::from_secs(15 * 60);

/// Longest wait for a name: whoever guesses must not shut its owner out.
const NAME_WAIT_MAX: Duration = Duration::from_secs(30);

/// Attempts are forgotten after so long without another.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// Peers, and names, that are remembered.
const REMEMBERED_MAX: usize = 4_096;

/// Attempts that did not succeed, by peer and by name. Names that no editor has count like others.
#[derive(Default)]
pub(super) struct BackOff(Mutex<Attempts>);

#[derive(Default)]
struct Attempts {
    peers: HashMap<IpAddr, Failed>,
    names: HashMap<[u8; 32], Failed>,
}

#[derive(Clone, Copy)]
struct Failed {
    count: u32,
    at: Instant,
}

impl Failed {
    /// How long to wait from `now`, given the longest wait there is.
    fn wait(self, max: Duration, now: Instant) -> Duration {
        let Some(doublings) = self.count.checked_sub(FREE) else { return Duration::ZERO };
        let wait = Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(doublings)).min(max);
        wait.saturating_sub(now.duration_since(self.at))
    }
}

impl BackOff {
    /// Counts an attempt as one that fails, until [`BackOff::succeeded`], so that many at once count
    /// too; or says how long to wait before the next.
    pub(super) fn begin(&self, peer: IpAddr, name: &str, now: Instant) -> Result<(), Duration> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Attempts { peers, names } = &mut *attempts;
        let name = name_of(name);
        let of_peer = peers.get(&peer).map_or(Duration::ZERO, |it| it.wait(PEER_WAIT_MAX, now));
        let of_name = names.get(&name).map_or(Duration::ZERO, |it| it.wait(NAME_WAIT_MAX, now));
        let wait = of_peer.max(of_name);
        if !wait.is_zero() {
            return Err(wait);
        }
        count(peers, peer, now);
        count(names, name, now);
        Ok(())
    }

    /// An attempt succeeded: nothing is held against peer and name.
    pub(super) fn succeeded(&self, peer: IpAddr, name: &str) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.peers.remove(&peer);
        attempts.names.remove(&name_of(name));
    }
}

/// Names as they are compared, at a bounded length.
fn name_of(name: &str) -> [u8; 32] {
    random::digest(&name.trim().to_lowercase())
}

fn count<K: std::hash::Hash + Eq>(of: &mut HashMap<K, Failed>, key: K, now: Instant) {
    if of.len() >= REMEMBERED_MAX && !of.contains_key(&key) {
        of.retain(|_, it| now.duration_since(it.at) < FORGOTTEN);
        if of.len() >= REMEMBERED_MAX {
            of.clear();
        }
    }
    let before = of.get(&key).filter(|it| now.duration_since(it.at) < FORGOTTEN).map_or(0, |it| it.count);
    of.insert(key, Failed { count: before.saturating_add(1), at: now });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(n: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(n).into()
    }

    #[test]
    fn each_failure_makes_the_wait_longer_for_peer_and_name() {
        let (back_off, start) = (BackOff::default(), Instant::now());
        for _ in 0..FREE {
            assert!(back_off.begin(peer(1), "Ann", start).is_ok());
        }
        assert_eq!(back_off.begin(peer(1), "Ben", start), Err(Duration::from_secs(1)), "the peer waits");
        assert_eq!(back_off.begin(peer(2), " ann", start), Err(Duration::from_secs(1)), "the name waits");
        let later = start + Duration::from_secs(1);
        assert!(back_off.begin(peer(1), "Ann", later).is_ok());
        assert_eq!(back_off.begin(peer(1), "Ann", later), Err(Duration::from_secs(2)));
        // Whoever tries from many places shuts the owner out for half a minute, and no longer.
        let mut now = later;
        for n in 0..40 {
            now += NAME_WAIT_MAX;
            assert!(back_off.begin(peer(100 + n), "Ann", now).is_ok());
        }
        assert_eq!(back_off.begin(peer(3), "Ann", now), Err(NAME_WAIT_MAX));
        back_off.succeeded(peer(1), "ANN");
        assert!(back_off.begin(peer(1), "Ann", now).is_ok());
    }

    #[test]
    fn peers_and_names_take_bounded_memory() {
        let (back_off, now) = (BackOff::default(), Instant::now());
        for n in 0..3 * REMEMBERED_MAX as u32 {
            let _ = back_off.begin(peer(n), &n.to_string(), now);
        }
        let attempts = back_off.0.lock().expect("a lock");
        assert!(attempts.peers.len() <= REMEMBERED_MAX && attempts.names.len() <= REMEMBERED_MAX);
    }
}
