//! The rights ledger: what a publisher's own signals allow us to do with a text.
//!
//! Every signal that forbids something is named, and the strictest wins. The
//! operator's word and a licence are weighed elsewhere.

use url::Url;

use super::robots;
use super::robots::RobotsAnswer;
use crate::domain::Hints;
use crate::domain::Rights;

/// Product tokens of crawlers that feed language models. A publisher who turns
/// any of them away at an article does not want a model to read it.
const AI_AGENTS: [&str; 26] = [
    "AI2Bot",
    "Amazonbot",
    "anthropic-ai",
    "Applebot-Extended",
    "Bytespider",
    "CCBot",
    "ChatGPT-User",
    "Claude-SearchBot",
    "Claude-User",
    "Claude-Web",
    "ClaudeBot",
    "cohere-ai",
    "cohere-training-data-crawler",
    "Diffbot",
    "DuckAssistBot",
    "FacebookBot",
    "Google-CloudVertexBot",
    "Google-Extended",
    "GPTBot",
    "meta-externalagent",
    "MistralAI-User",
    "OAI-SearchBot",
    "omgili",
    "PerplexityBot",
    "Timpibot",
    "YouBot",
];

/// Preferences that keep a text from models: Content Signals and the IETF's AI
/// preferences.
const NO_AI: [&str; 6] =
    ["ai-input=no", "ai-train=no", "train-ai=n", "train-genai=n", "ai-input=n", "ai-train=n"];

/// What is said of an RSL licence wherever one is named.
const UNKNOWN_LICENCE: &str = "names an RSL licence that is not known to permit summaries";

/// Everything a publisher signals about one text.
#[derive(Clone, Copy, Debug)]
pub struct Signals<'a> {
    /// The article.
    pub url: &'a Url,
    /// Its host's robots.txt, where it is known.
    pub robots: Option<&'a RobotsAnswer>,
    /// Headers of the feed and of the page, where it was fetched.
    pub hints: &'a [&'a Hints],
    /// Contents of the page's `meta name="robots"` and of those that name us, lower-case.
    pub meta_robots: &'a [String],
    /// The page's `meta name="tdm-reservation"`.
    pub meta_tdm_reservation: Option<bool>,
    /// Whether the page names an RSL licence (`link rel="license"`).
    pub names_rsl_licence: bool,
}

/// What the signals come to: the strictest right, and every reason in words.
pub fn signalled(signals: &Signals<'_>) -> (Rights, Vec<String>) {
    let mut rights = Rights::Any;
    let mut reasons = Vec::new();
    let mut at_least = |it: Rights, reason: String| {
        rights = rights.max(it);
        reasons.push(reason);
    };

    if let Some(rules) = signals.robots.and_then(RobotsAnswer::rules) {
        let path = robots::path(signals.url);
        if let Some(agent) = rules.turned_away(&AI_AGENTS, &path) {
            at_least(Rights::Extractive, format!("robots.txt turns {agent} away"));
        }
        let of_agents = AI_AGENTS.iter().filter(|it| rules.names(it)).flat_map(|it| rules.signals(it));
        for signal in rules.signals(robots::AGENT).chain(of_agents).filter_map(no_ai) {
            at_least(Rights::Extractive, format!("robots.txt says {signal}"));
        }
        if !rules.licences.is_empty() {
            at_least(Rights::Link, format!("robots.txt {UNKNOWN_LICENCE}"));
        }
    }
    for hints in signals.hints {
        for signal in hints.content_signals.iter().filter_map(|it| no_ai(it)) {
            at_least(Rights::Extractive, format!("a header says {signal}"));
        }
        for tag in hints.robots_tags.iter().filter_map(|it| addressed_to_us(it)) {
            for (right, word) in restrictions(tag) {
                at_least(right, format!("X-Robots-Tag says {word}"));
            }
        }
        if hints.has_rsl_licence {
            at_least(Rights::Link, format!("the feed or a header {UNKNOWN_LICENCE}"));
        }
        if hints.tdm_reservation == Some(true) {
            at_least(Rights::Link, "the header TDM-Reservation is 1".to_owned());
        }
    }
    for (right, word) in signals.meta_robots.iter().flat_map(|it| restrictions(it)) {
        at_least(right, format!("the page's robots meta element says {word}"));
    }
    if signals.names_rsl_licence {
        at_least(Rights::Link, format!("the page {UNKNOWN_LICENCE}"));
    }
    if signals.meta_tdm_reservation == Some(true) {
        at_least(Rights::Link, "the page's tdm-reservation is 1".to_owned());
    }
    reasons.sort();
    reasons.dedup();
    (rights, reasons)
}

/// The first preference in a list that keeps the text from models.
fn no_ai(list: &str) -> Option<&'static str> {
    let list = list.to_ascii_lowercase().replace(" =", "=").replace("= ", "=");
    let mut given = list.split([',', ';', ' ']).map(str::trim);
    given.find_map(|it| NO_AI.into_iter().find(|known| *known == it))
}

/// A header may address one robot by name: `otherbot: noindex`.
fn addressed_to_us(tag: &str) -> Option<&str> {
    const WITH_VALUE: [&str; 4] =
        ["max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"];
    match tag.split_once(':') {
        Some((name, rest)) if !name.contains(',') && !WITH_VALUE.contains(&name.trim()) => {
            matches!(name.trim(), robots::AGENT | "*").then_some(rest)
        }
        _ => Some(tag),
    }
}

/// What a list of robots directives forbids.
fn restrictions(list: &str) -> impl Iterator<Item = (Rights, &str)> {
    list.split(',').map(str::trim).filter_map(|it| {
        let compact: String = it.to_ascii_lowercase().split_whitespace().collect();
        match compact.as_str() {
            "noai" => Some((Rights::Extractive, it)),
            "nosnippet" | "max-snippet:0" => Some((Rights::Link, it)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::robots::Robots;

    #[track_caller]
    fn check(robots: &str, hints: &Hints, meta: &[&str], tdm: Option<bool>, expected: Rights) {
        let robots = RobotsAnswer::Rules(Robots::parse(robots.as_bytes()));
        let meta: Vec<_> = meta.iter().map(|it| (*it).to_owned()).collect();
        let (rights, reasons) = signalled(&Signals {
            url: &"https://a.example/news/1?x=y".parse().expect("a URL"),
            robots: Some(&robots),
            hints: &[hints],
            meta_robots: &meta,
            meta_tdm_reservation: tdm,
            names_rsl_licence: false,
        });
        assert_eq!(rights, expected, "{reasons:?}");
        assert_eq!(reasons.is_empty(), expected == Rights::Any);
    }

    fn tags(tags: &[&str]) -> Hints {
        Hints { robots_tags: tags.iter().map(|it| (*it).to_owned()).collect(), ..Hints::default() }
    }

    #[test]
    fn silence_allows_everything() {
        check("User-agent: *\nDisallow: /", &Hints::default(), &["index, follow"], Some(false), Rights::Any);
    }

    #[test]
    fn a_rule_against_an_ai_agent_keeps_models_away() {
        let none = Hints::default();
        check("User-agent: gptbot\nDisallow: /", &none, &[], None, Rights::Extractive);
        check("User-agent: GPTBot\nDisallow: /shop", &none, &[], None, Rights::Any);
        check("User-agent: *\nContent-Signal: search=yes,ai-train=no", &none, &[], None, Rights::Extractive);
        check("User-agent: *\nContent-Signal: search=yes,ai-train=yes", &none, &[], None, Rights::Any);
    }

    #[test]
    fn headers_and_meta_elements_count_alike() {
        check("", &tags(&["noai, noimageai"]), &[], None, Rights::Extractive);
        check("", &tags(&["googlebot: nosnippet"]), &[], None, Rights::Any);
        check("", &tags(&["bylined: nosnippet"]), &[], None, Rights::Link);
        check("", &tags(&["max-snippet:0"]), &[], None, Rights::Link);
        check("", &tags(&["max-snippet: 50, noai"]), &[], None, Rights::Extractive);
        check("", &Hints::default(), &["NOAI"], None, Rights::Extractive);
        check("", &Hints::default(), &["max-snippet: 0"], None, Rights::Link);
        check(
            "",
            &Hints { content_signals: vec!["ai-input=no".to_owned()], ..Hints::default() },
            &[],
            None,
            Rights::Extractive,
        );
    }

    #[test]
    fn the_strictest_wins() {
        check("User-agent: CCBot\nDisallow: /", &Hints::default(), &[], Some(true), Rights::Link);
        check("", &Hints { tdm_reservation: Some(true), ..tags(&["noai"]) }, &[], None, Rights::Link);
        check("License: https://a.example/rsl.xml", &Hints::default(), &[], None, Rights::Link);
        let licensed = Hints { has_rsl_licence: true, ..Hints::default() };
        check("User-agent: CCBot\nDisallow: /", &licensed, &[], None, Rights::Link);
    }
}
