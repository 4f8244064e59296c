//! The least that polling can cost: fetch, parse with bare `feed_rs`, one transaction a feed.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::task::JoinSet;

/// Polls `count` feeds below `base`, so many at once, into the database at `path`. A
/// second run sends what validators the first one was given.
pub(crate) fn poll(base: &str, count: usize, concurrency: usize, path: &Path) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(pass(base, count, concurrency, path))
}

async fn pass(base: &str, count: usize, concurrency: usize, path: &Path) -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().build()?;
    let mut database = Connection::open(path)?;
    database.pragma_update(None, "journal_mode", "wal")?;
    database.pragma_update(None, "synchronous", "normal")?;
    database.execute_batch(
        "CREATE TABLE IF NOT EXISTS feeds (number INTEGER PRIMARY KEY, etag TEXT);
         CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, feed INTEGER, title TEXT, text TEXT);",
    )?;
    let etags: HashMap<usize, String> = database
        .prepare("SELECT number, etag FROM feeds")?
        .query_map([], |row| Ok((row.get::<_, i64>(0)? as usize, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let etags = Arc::new(etags);

    let mut under_way = JoinSet::new();
    let mut waiting = 0..count;
    loop {
        while under_way.len() < concurrency
            && let Some(number) = waiting.next()
        {
            let (client, etags, url) = (client.clone(), Arc::clone(&etags), format!("{base}/{number}"));
            under_way.spawn(async move {
                let mut request = client.get(url);
                if let Some(etag) = etags.get(&number) {
                    request = request.header("If-None-Match", etag);
                }
                let answer = request.send().await?.error_for_status()?;
                let etag = answer.headers().get("etag").and_then(|it| it.to_str().ok()).map(str::to_owned);
                let is_new = answer.status() == 200;
                let body = answer.bytes().await?;
                let feed = is_new.then(|| feed_rs::parser::parse(&body[..])).transpose()?;
                Ok::<_, Box<dyn Error + Send + Sync>>((number, etag, feed))
            });
        }
        let Some(polled) = under_way.join_next().await else { return Ok(()) };
        let (number, etag, feed) = polled?.map_err(|it| it.to_string())?;
        let Some(feed) = feed else { continue };
        let transaction = database.transaction()?;
        {
            let mut insert =
                transaction.prepare_cached("INSERT OR IGNORE INTO entries VALUES (?1, ?2, ?3, ?4)")?;
            for entry in &feed.entries {
                let content = entry.content.as_ref().and_then(|it| it.body.as_deref());
                let summary = entry.summary.as_ref().map(|it| it.content.as_str());
                let title = entry.title.as_ref().map(|it| it.content.as_str());
                insert.execute((&entry.id, number as i64, title, content.or(summary)))?;
            }
            transaction.execute("INSERT OR REPLACE INTO feeds VALUES (?1, ?2)", (number as i64, etag))?;
        }
        transaction.commit()?;
    }
}
