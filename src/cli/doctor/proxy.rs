//! Whether the operator's proxies let anything through.

use url::Url;

use crate::config::Config;
use crate::domain::ProxyUrl;
use crate::fetch;
use crate::net::Client;
use crate::net::HeaderMap;
use crate::net::NetError;
use crate::net::Request;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::setup;

use super::finding::Finding;

const PROXY: &str = "proxy";

/// What is read of an answer: that there is one is all that counts.
const ANSWER_BYTES_MAX: u64 = 512 << 10;

/// A finding for each proxy: it is asked for the robots.txt of the first source that goes through it.
pub(super) fn findings(config: &Config) -> Result<Vec<Finding>, Failure> {
    if config.fetch.proxies.each().next().is_none() {
        return Ok(Vec::new());
    }
    let client = Client::new(fetch::policy(&config.fetch, config.site.contact.as_deref()))?;
    config.fetch.proxies.each().map(|it| finding(config, &client, it)).collect()
}

fn finding(config: &Config, client: &Client, proxy: &ProxyUrl) -> Result<Finding, Failure> {
    let mut places =
        config.sources.iter().filter(|it| it.enabled).filter_map(|it| it.url.join("/robots.txt").ok());
    let is_proxied = |it: &Url| client.proxy(it).is_ok_and(|it| it == Some(proxy));
    let Some(url) = places.find(is_proxied) else {
        return Ok(Finding::ok(PROXY, format!("no source uses `{proxy}`")));
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let (headers, origin_headers) = (HeaderMap::new(), HeaderMap::new());
    let request = Request { url, headers, origin_headers, body_bytes_max: Some(ANSWER_BYTES_MAX) };
    let answer = setup::runtime()?.block_on(client.get(request));
    Ok(match answer {
        Ok(it) => Finding::ok(PROXY, format!("`{host}` answers through `{proxy}` (status {})", it.status)),
        Err(error @ NetError::Proxy { .. }) => {
            let advice =
                "start the proxy, or correct fetch.proxy or, with \"env\", HTTPS_PROXY and HTTP_PROXY";
            Finding::failed(PROXY, failure::UNAVAILABLE, error.to_string(), advice)
        }
        Err(error) => {
            let found = format!("through `{proxy}`: {error}");
            Finding::warning(
                PROXY,
                found,
                "check whether other sources are read; if none is, ask the operator of the proxy",
            )
        }
    })
}
