//! Addresses and hosts that asked to be left alone, and until when.

use std::collections::HashMap;

use rusqlite::params;
use url::Url;

use crate::domain::Timestamp;

use super::error::StoreError;
use super::session::Reader;
use super::session::Writer;

/// Addresses of one host that ask for patience before the whole host is left alone.
const RATE_LIMITED_ADDRESSES_MIN: usize = 3;

/// Host and port of an address; the address itself where it has none.
pub fn authority(url: &str) -> String {
    match Url::parse(url) {
        Ok(it) => {
            let host = it.host_str().unwrap_or_default();
            format!("{host}:{}", it.port_or_known_default().unwrap_or_default())
        }
        Err(_) => url.to_owned(),
    }
}

impl Reader<'_> {
    /// Until when an address is not to be asked, by its own wish or with its host.
    pub fn rate_limited_until(&self, url: &Url, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let own = self.find_value(
            "SELECT until FROM rate_limits WHERE url = ?1 AND ?2 < until",
            params![url.as_str(), now.millis()],
        )?;
        let of_host = self.rate_limited_hosts(now)?.remove(&authority(url.as_str()));
        Ok(own.into_iter().chain(of_host).max())
    }

    /// Hosts (with port) that are left alone, and until when: several of their
    /// addresses asked for patience, and that many still do.
    pub fn rate_limited_hosts(&self, now: Timestamp) -> Result<HashMap<String, Timestamp>, StoreError> {
        let pauses = self.rows(
            "SELECT host, until FROM rate_limits WHERE ?1 < until ORDER BY until DESC",
            [now.millis()],
            |row| Ok((row.get::<_, String>("host")?, row.get("until")?)),
        )?;
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut paused = HashMap::new();
        for (host, until) in pauses {
            let count = counts.entry(host.clone()).or_default();
            *count += 1;
            if *count == RATE_LIMITED_ADDRESSES_MIN {
                paused.insert(host, until);
            }
        }
        Ok(paused)
    }
}

impl Writer<'_> {
    /// Notes that an address is not to be asked before a time.
    pub fn record_rate_limit(&self, url: &Url, until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM rate_limits WHERE until <= ?1")?.execute([now.millis()])?;
        self.sql
            .prepare_cached("INSERT OR REPLACE INTO rate_limits (url, host, until) VALUES (?1, ?2, ?3)")?
            .execute(params![url.as_str(), authority(url.as_str()), until.millis()])?;
        Ok(())
    }

    /// Brings all pauses to an end at `latest` or before.
    pub fn bound_rate_limits(&self, latest: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE rate_limits SET until = ?1 WHERE ?1 < until")?
            .execute([latest.millis()])?;
        Ok(())
    }
}
