//! `[server]`, `[site]`, `[store]`, `[fetch]` and `[schedule]`.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use serde_json::json;
use url::Url;

use super::super::environment::Environment;
use super::super::listen;
use super::super::listen::ListenAddress;
use super::super::problem::KeyLocation;
use super::super::proxy;
use super::super::server::HubSetting;
use super::super::server::Server;
use super::super::settings::Fetch;
use super::super::settings::Rhythm;
use super::super::settings::Schedule;
use super::super::settings::Site;
use super::super::settings::StoreSettings;
use super::super::table::At;
use super::super::table::Table;
use super::super::table::described;
use super::super::value;
use super::super::value::Wrong;
use super::shared::SECOND;
use super::shared::text_shape;
use super::shared::to_usize;
use super::shared::values;
use crate::domain::Timestamp;

/// Intervals below this are unusual enough to be pointed out.
const INTERVAL_POLITE: Duration = Duration::from_secs(300);

/// Most exchanges under way at once.
const CONCURRENCY_MAX: u64 = 10_000;

/// Largest number of items in a subscription document.
pub(super) const ITEMS_MAX: u64 = 250;

/// The table, and where it names the address of the admin side.
pub(super) fn server(it: &mut Table<'_>, env: &Environment) -> (Server, Option<KeyLocation>) {
    let about = "Address of the public pages and feeds: an IP address or localhost with a port, or unix: and the path of a socket.";
    let listen = it.parsed("listen", Some("127.0.0.1:8080"), about, text_shape, listen::read);
    let about = "The admin side (desk, its API, metrics): a loopback address, or unix: and the path of a socket; any address once there is an [[editor]]. Not served without it.";
    let admin_listen = it.parsed("admin_listen", None, about, text_shape, value::admin_listen);
    let about = "The address of the admin side as browsers see it, behind a proxy.";
    let url_shape = || json!({ "type": "string", "format": "uri", "pattern": "^https?://" });
    let admin_url = it.parsed("admin_url", None, about, url_shape, value::admin_url);

    let unspecified = ListenAddress::Ip((Ipv4Addr::LOCALHOST, 0).into());
    let listen = env.listen.clone().or(listen.map(|it| it.value)).unwrap_or(unspecified);
    if let Some(At { value: admin, place }) = &admin_listen
        && *admin == listen
        && !listen.leaves_port_open()
    {
        it.report().error(place, "is the address of the public pages", "write another port");
    }
    let (admin_listen, place) = admin_listen.map(|it| (it.value, it.place)).unzip();
    let admin_url = admin_url.map(|it| it.value);
    (Server { listen, admin_listen, admin_url, hub: hub(it) }, place)
}

/// `true` for our own hub, or the address of another.
fn hub(it: &mut Table<'_>) -> HubSetting {
    let about =
        "WebSub hub of our feeds: true for our own at /hub, or the URL of another, which is told of changes.";
    let shape = || {
        let url = json!({ "type": "string", "format": "uri", "pattern": "^https?://" });
        described(json!({ "anyOf": [{ "type": "boolean" }, url] }), about, Some(false.into()))
    };
    let Some(at) = it.ask("hub", shape) else { return HubSetting::None };
    if let Some(is_own) = at.value.as_bool() {
        return if is_own { HubSetting::Own } else { HubSetting::None };
    }
    let Some(text) = at.value.as_str() else {
        let help = "write true for our own hub, or the address of another in quotes";
        it.wrong_type(&at, "true, false or an address", help);
        return HubSetting::None;
    };
    match value::http_url(text) {
        Ok(url) if value::has_user_info(&url) => {
            let message = "the hub's address stands in every feed, and it has a user name or password";
            it.report().error(&at.place, message, "write the address without them");
            HubSetting::None
        }
        Ok(url) => HubSetting::Outside(url),
        Err(Wrong { message, help }) => {
            it.report().error(&at.place, message, help);
            HubSetting::None
        }
    }
}

pub(super) fn site(it: &mut Table<'_>, listen: &ListenAddress, env: &Environment) -> Site {
    let title = it.text("title", Some("bylined"), "Title of the site and default of outputs.");
    let title = title.map(|it| it.value).unwrap_or_default();
    let about = "The name in the attribution line; absent, the title.";
    let curator = it.text("curator", None, about).map_or_else(|| title.clone(), |it| it.value);
    let about = "Every published link starts here; absent, http:// and server.listen, where that is an address that readers can follow.";
    let url_shape = || json!({ "type": "string", "format": "uri", "pattern": "^https?://" });
    let base_url = it.parsed("base_url", None, about, url_shape, value::base_url).map(|it| it.value);
    let about = "Language of the site (BCP 47).";
    let language = it.parsed("language", Some("en"), about, text_shape, value::language);
    let about = "Time zone of cron lines and of the pages' days.";
    let timezone = it.parsed("timezone", Some("UTC"), about, text_shape, value::timezone);
    let about = "E-mail or URL, for the User-Agent and every output.";
    let contact = it.parsed("contact", Some(""), about, text_shape, value::contact);
    let about = "Colour of what stands out on pages, as \"#8a1c1c\"; it is made darker or lighter where it would be hard to read.";
    let accent = it.parsed("accent", None, about, text_shape, value::colour).map(|it| it.value);
    let about = "Picture in place of the title (PNG, JPEG, WebP or SVG); relative, beside the database.";
    let logo = it.text("logo", None, about).map(|it| PathBuf::from(it.value));
    let about = "Square PNG for browser tabs, feeds and previews; relative, beside the database.";
    let icon = it.text("icon", None, about).map(|it| PathBuf::from(it.value));

    let bound = env.bound_port.filter(|_| listen.leaves_port_open()).map(|it| listen.with_port(it));
    let local = bound.as_ref().unwrap_or(listen).url();
    if !it.has("base_url") {
        let help = "write the address at which readers find the site, like \"https://brief.example/\"";
        match &local {
            Some(_) if listen.leaves_port_open() && bound.is_none() => {
                let message =
                    "`base_url` is missing: published links have the port that `run` gets from the system";
                it.report().warning(it.place(), message, help);
            }
            Some(local) => {
                let message = format!("`base_url` is missing: published links start with {local}");
                it.report().warning(it.place(), message, help);
            }
            // What is published keeps its ids for ever: they must not be made of such an address.
            None if it.is_sound() => {
                let message = format!("`base_url` is missing, and no link can lead to {listen}");
                it.report().error(it.place(), message, help);
            }
            None => {}
        }
    }
    if contact.as_ref().is_some_and(|it| it.value.is_none()) {
        let help = "write an e-mail address or URL, so that publishers can reach you";
        it.report().warning(&it.place_of("contact"), "no `contact` is given", help);
    }
    Site {
        title,
        curator,
        base_url: base_url.or(local).unwrap_or_else(nowhere),
        language: language.map(|it| it.value).unwrap_or_default(),
        timezone: timezone.map_or(Tz::UTC, |it| it.value),
        contact: contact.and_then(|it| it.value),
        accent,
        logo,
        icon,
    }
}

/// Stands for the base URL of a configuration that cannot be used for want of one.
fn nowhere() -> Url {
    Url::parse("http://localhost/").expect("a constant address")
}

pub(super) fn store(it: &mut Table<'_>, env: &Environment) -> StoreSettings {
    let about = "The SQLite file; relative, below $STATE_DIRECTORY, else $XDG_STATE_HOME/bylined.";
    let path = it.text("path", Some("bylined.db"), about);
    let about = "How long texts of entries that are in no published story are kept; at least dedup.window.";
    let retention = it.duration("retention", SECOND, Some("400d"), about);

    let path = path.map(|it| PathBuf::from(it.value)).unwrap_or_default();
    let in_home = || env.state_home.as_ref().map(|it| it.join("bylined"));
    let folder =
        if path.is_absolute() { Some(PathBuf::new()) } else { env.state_directory.clone().or_else(in_home) };
    if folder.is_none() {
        let message = "is relative, and none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set";
        it.report().error(&it.place_of("path"), message, "write an absolute path, or set one of them");
    }
    StoreSettings {
        path: env.folder.join(folder.unwrap_or_default().join(path)),
        retention: retention.map(|it| it.value).unwrap_or_default(),
    }
}

pub(super) fn fetch(it: &mut Table<'_>, env: &Environment) -> Fetch {
    let about = "Exchanges under way at once.";
    let concurrency = it.count("concurrency", 1..=CONCURRENCY_MAX, 256, about);
    let about = "Exchanges under way at once with one host and port.";
    let per_host = it.count("per_host", 1..=CONCURRENCY_MAX, 2, about);
    let about = "Shortest time between two starts with one host and port.";
    let min_gap = it.duration("min_gap", Duration::ZERO, Some("1s"), about);
    let about = "Longest time for a whole exchange, redirects included.";
    let timeout = it.duration("timeout", SECOND, Some("20s"), about);
    let about = "Largest body after decompression.";
    let size_shape = || json!({ "type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB)$" });
    let body_max = it.parsed("body_max", Some("10MiB"), about, size_shape, |text| match value::size(text)? {
        0 => value::wrong("leaves no room for a feed", "write \"10MiB\""),
        bytes => Ok(bytes),
    });
    let proxies = proxy::proxies(it, env);
    let about = "The only private addresses that sources may reach.";
    let allow_private = it.list("allow_private", "127.0.0.1:9000", about, value::address);
    Fetch {
        concurrency: to_usize(concurrency),
        per_host: to_usize(per_host),
        min_gap: min_gap.map(|it| it.value).unwrap_or_default(),
        timeout: timeout.map(|it| it.value).unwrap_or_default(),
        body_bytes_max: body_max.map(|it| it.value).unwrap_or_default(),
        proxies,
        allow_private: values(allow_private),
    }
}

pub(super) fn schedule(it: &mut Table<'_>) -> Schedule {
    let rhythm = rhythm(it, Some("30m"));
    let about = "Whether the interval follows the source's own rhythm.";
    let adaptive = it.flag("adaptive", true, about);
    let min = it.duration("min", SECOND, Some("5m"), "Shortest interval.");
    let max =
        it.duration("max", SECOND, Some("24h"), "Longest interval; publishers' hints are clamped to it.");

    let (min, max) =
        (min.map(|it| it.value).unwrap_or_default(), max.map(|it| it.value).unwrap_or(Duration::MAX));
    if max < min {
        let key = if it.has("min") { "min" } else { "max" };
        it.report().error(
            &it.place_of(key),
            "`min` is longer than `max`",
            "write a shorter `min` or a longer `max`",
        );
    }
    if it.has("min") && SECOND <= min && min < INTERVAL_POLITE {
        warn_of_haste(it, "min");
    }
    Schedule { rhythm: rhythm.unwrap_or(Rhythm::Every(min)), adaptive, min, max }
}

pub(super) fn rhythm(it: &mut Table<'_>, default: Option<&'static str>) -> Option<Rhythm> {
    let every =
        it.duration("every", SECOND, default, "Time between polls.").map(|it| Rhythm::Every(it.value));
    let about = "Cron line of polls: five fields as crontab(5), six put seconds first.";
    let cron = it.parsed("cron", None, about, text_shape, value::cron).map(|it| Rhythm::Cron(it.value));
    it.never_together("every", "cron", "leave one of them out");
    let is_hasty = |it: &Rhythm| match it {
        Rhythm::Every(every) => (SECOND..INTERVAL_POLITE).contains(every),
        Rhythm::Cron(line) => {
            let next = |it| line.next_after(it, Tz::UTC, 0);
            let first = next(Timestamp::default());
            first.and_then(next).zip(first).is_some_and(|(next, first)| next.since(first) < INTERVAL_POLITE)
        }
    };
    for (key, rhythm) in [("every", &every), ("cron", &cron)] {
        if it.has(key) && rhythm.as_ref().is_some_and(is_hasty) {
            warn_of_haste(it, key);
        }
    }
    cron.or(every)
}

fn warn_of_haste(it: &mut Table<'_>, key: &'static str) {
    let message = "publishers may take polls in such short order for an attack";
    it.report().warning(&it.place_of(key), message, "write \"5m\" or longer");
}
