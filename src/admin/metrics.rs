//! `/metrics`: figures for Prometheus and whatever reads its format (OpenMetrics 1.0).

use std::fmt;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use prometheus_client::registry::Unit;

use crate::domain::Timestamp;
use crate::pipeline::Meters;
use crate::site::listing::HookStatus;
use crate::site::listing::OutputStatus;
use crate::site::listing::Status;
use crate::site::listing::status;
use crate::store::StoreError;

use super::response::AdminResponse;
use super::site::AdminSite;

/// Where they are read.
pub(super) const PATH: &str = "/metrics";

/// The format's media type (OpenMetrics 1.0, "Protocol Negotiation").
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the store says at the moment of asking.
struct StoreFigures {
    status: Status,
    tokens_today: u64,
    longest_wait: Option<Timestamp>,
    database_bytes: u64,
}

impl AdminSite {
    pub(super) async fn metrics(&self) -> Result<AdminResponse, StoreError> {
        let (config, now) = (self.config().clone(), self.now());
        let today = now.utc().with_timezone(&config.site.timezone).format("%Y-%m-%d").to_string();
        let figures = self.store().read(move |it| {
            Ok(StoreFigures {
                status: status(it, &config, now)?,
                tokens_today: it.tokens_by_source(&today)?.values().sum(),
                longest_wait: it.waiting_since()?,
                database_bytes: it.size_bytes()?,
            })
        });
        let text = written(&figures.await?, self.meters(), now);
        // Writing into memory does not fail but by a defect.
        Ok(match text {
            Ok(text) => AdminResponse::bytes(MEDIA_TYPE, text.as_bytes()),
            Err(_) => AdminResponse::text(500, "the figures could not be written; this is a bug"),
        })
    }
}

fn written(figures: &StoreFigures, meters: &Meters, now: Timestamp) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("bylined");
    meters.register(&mut registry);
    let StoreFigures { status, tokens_today, longest_wait, database_bytes } = figures;
    register_sources(&mut registry, status);
    register_stories(&mut registry, status, longest_wait.map_or(0, |it| now.since(it).as_secs()));
    register_outputs(&mut registry, status);
    register_hooks(&mut registry, status);
    let help = "Tokens that the model was sent and wrote on this day of the site";
    gauge(&mut registry, "llm_tokens_today", help, *tokens_today);
    let help = "Size of the database, without what waits in its log";
    gauge_in(&mut registry, "database", help, Unit::Bytes, *database_bytes);
    let help = "Always 1; the label is the version";
    gauges(&mut registry, "build", help, "version", [(status.version, 1)]);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

fn register_sources(registry: &mut Registry, status: &Status) {
    let counts = &status.sources;
    let states = [("healthy", counts.healthy), ("failing", counts.failing), ("gone", counts.gone)];
    let states = states.map(|(state, count)| (state, count as u64));
    gauges(registry, "sources", "Configured sources by their health", "state", states);
    gauge(registry, "sources_due", "Sources that are to be polled now", counts.due as u64);
    gauge(registry, "entries", "Entries stored", status.entries);
}

fn register_stories(registry: &mut Registry, status: &Status, longest_wait_secs: u64) {
    let help = "Stories in their own right, whatever their state";
    gauge(registry, "stories", help, status.stories);
    let waiting = [("editor", status.held), ("curation", status.pending)];
    gauges(registry, "stories_waiting", "Stories that wait, by what for", "for", waiting);
    let help = "Age of the oldest story that waits for an editor";
    gauge_in(registry, "review_age", help, Unit::Seconds, longest_wait_secs);
}

fn register_outputs(registry: &mut Registry, status: &Status) {
    let each =
        |value: fn(&OutputStatus) -> u64| status.outputs.iter().map(move |it| (it.id.clone(), value(it)));
    let help = "Stories in an output, archive included";
    gauges(registry, "output_stories", help, "output", each(|it| it.stories));
    let help = "1 where the last documents of an output passed their check";
    gauges(registry, "output_valid", help, "output", each(|it| it.valid.into()));
}

/// Hooks by their place in the file: an address may be secret.
fn register_hooks(registry: &mut Registry, status: &Status) {
    let each = |value: fn(&HookStatus) -> usize| {
        status.hooks.iter().zip(1..).map(move |(it, n): (_, usize)| (n.to_string(), value(it) as u64))
    };
    let help = "Deliveries that a hook has not taken yet, by the hook's place in the file";
    gauges(registry, "hook_deliveries_waiting", help, "hook", each(|it| it.waiting));
    let help = "Deliveries that a hook did not take for three days";
    gauges(registry, "hook_deliveries_given_up", help, "hook", each(|it| it.given_up));
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    registry.register(name, help, valued(value));
}

fn gauge_in(registry: &mut Registry, name: &str, help: &str, unit: Unit, value: u64) {
    registry.register_with_unit(name, help, unit, valued(value));
}

/// One gauge for each value of a label.
fn gauges<T: Into<String>>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: impl IntoIterator<Item = (T, u64)>,
) {
    let family = Family::<[(&'static str, String); 1], Gauge>::default();
    for (of, value) in values {
        family.get_or_create(&[(label, of.into())]).set(signed(value));
    }
    registry.register(name, help, family);
}

fn valued(value: u64) -> Gauge {
    let gauge: Gauge = Gauge::default();
    gauge.set(signed(value));
    gauge
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
