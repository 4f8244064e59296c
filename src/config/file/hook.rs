//! `[[hook]]`.

use std::collections::HashSet;

use super::super::listen::ListenAddress;
use super::super::settings::Hook;
use super::super::settings::Output;
use super::super::settings::Server;
use super::super::table::Table;
use super::super::value;
use super::curation::secret;
use super::shared::id_shape;
use super::shared::text_shape;
use super::shared::values;
use crate::domain::HookEvent;
use crate::domain::OutputId;

/// What a hook is told where it does not say.
const EVENTS_TOLD: [HookEvent; 5] =
    [HookEvent::Published, HookEvent::Updated, HookEvent::Withdrawn, HookEvent::Digest, HookEvent::Health];

pub(super) fn hook(
    it: &mut Table<'_>,
    outputs: &[Output],
    server: &Server,
    known: &mut HashSet<String>,
) -> Option<Hook> {
    let about = "Address that events are posted to: your own, so any address, and no redirect is followed.";
    let url = it.parsed("url", None, about, text_shape, |text| match value::http_url(text)? {
        url if value::has_user_info(&url) => value::wrong(
            "holds a user name or password",
            "give the address alone; `secret` signs what is sent",
        ),
        url => Ok(url),
    });
    it.require("url", "write url = \"https://…\", the address to post to");
    let key = secret(it, "secret", "Where the secret is kept that signs each delivery.");
    let about = "What it is told.";
    let on = it.list("on", "published", about, |word| match HookEvent::from_word(word) {
        Some(event) => Ok(event),
        None => {
            let words = HookEvent::ALL.map(HookEvent::as_str);
            let help = match value::nearest(word, words.into_iter()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("write one of {}", words.join(", ")),
            };
            value::wrong(format!("{word:?} is no event"), help)
        }
    });
    let about = "The output that it is told of; absent, every output.";
    let output = it.parsed("output", None, about, id_shape, |text| {
        let ids = || outputs.iter().map(|it| it.id.as_str());
        if !ids().any(|it| it == text) {
            let help = match value::nearest(text, ids()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "add an [[output]] of that id, or leave it out".to_owned(),
            };
            return value::wrong(format!("there is no output {text:?}"), help);
        }
        value::id::<OutputId>(text)
    });
    let on = if it.has("on") { values(on) } else { EVENTS_TOLD.to_vec() };
    let place = it.place_of("url");
    let hook = Hook { url: url?.value, secret: key, on, output: output.map(|it| it.value) };
    let ours = [Some(&server.listen), server.admin_listen.as_ref()].into_iter().flatten();
    if ours.filter_map(ListenAddress::url).any(|it| is_same_address(&it, &hook.url)) {
        it.report().error(&place, "is where bylined itself listens", "write the address of another program");
    }
    if !known.insert(hook.id()) {
        it.report().error(&place, "stands in two hooks of the same output", "leave one of them out");
    }
    Some(hook)
}

/// Whether two addresses are one port of this machine.
fn is_same_address(one: &url::Url, other: &url::Url) -> bool {
    let is_local = |it: &url::Url| match it.host() {
        Some(url::Host::Ipv4(it)) => it.is_loopback() || it.is_unspecified(),
        Some(url::Host::Ipv6(it)) => it.is_loopback() || it.is_unspecified(),
        Some(url::Host::Domain(it)) => it == "localhost" || it.ends_with(".localhost"),
        None => false,
    };
    let is_host_same = one.host() == other.host() || is_local(one) && is_local(other);
    is_host_same && one.port_or_known_default() == other.port_or_known_default()
}
