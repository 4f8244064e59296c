//! `fetch.proxy`: which exchanges go through which proxy.

use serde_json::Value;
use serde_json::json;

use crate::domain::NoProxy;
use crate::domain::Proxies;
use crate::domain::ProxyUrl;

use super::environment::Environment;
use super::environment::ProxyVariables;
use super::settings::Hidden;
use super::table::Table;
use super::value;
use super::value::Wrong;

/// What is written for the proxies of the environment.
const ENVIRONMENT: &str = "env";

/// Reads the key `proxy`, and says what of the environment is not used.
pub(super) fn proxies(it: &mut Table<'_>, env: &Environment) -> Proxies {
    let about = "Proxy of everything that is asked of publishers and hubs: http:// or socks5://; \
                 \"env\": HTTPS_PROXY, HTTP_PROXY and NO_PROXY; empty: none.";
    let read = |text: &str| Ok((read(text, &env.proxies)?, text != ENVIRONMENT));
    let given = it.parsed("proxy", Some(""), about, shape, read);
    let place = it.place_of("proxy");
    if !it.has("proxy")
        && let Some(name) = env.proxies.first()
    {
        let message = format!("the proxy in {name} is not used: feeds are fetched directly");
        let help = "write proxy = \"env\" below [fetch] to use it, or proxy = \"\" if none is meant";
        it.report().warning(&place, message, help);
    }
    let (proxies, is_written_out) = given.map(|it| it.value).unwrap_or_default();
    if is_written_out && proxies.each().any(ProxyUrl::has_user_info) {
        let help = "write proxy = \"env\", and set HTTPS_PROXY and HTTP_PROXY for the service";
        it.report().warning(
            &place,
            "holds a user name or password, which this file should not contain",
            help,
        );
    }
    proxies
}

fn shape() -> Value {
    json!({ "type": "string", "pattern": "^(|env|(https?|socks5h?)://.+)$" })
}

fn read(text: &str, environment: &ProxyVariables) -> Result<Proxies, Wrong> {
    match text {
        "" => Ok(Proxies::default()),
        ENVIRONMENT => of_environment(environment),
        // It may hold a password, so that it is not shown.
        text => match ProxyUrl::parse(text) {
            Some(proxy) => Ok(Proxies::all(proxy)),
            None => value::wrong(
                "is not the address of a proxy",
                "write \"http://proxy.example:3128\", \"socks5://proxy.example:1080\" or \"env\"",
            ),
        },
    }
}

fn of_environment(it: &ProxyVariables) -> Result<Proxies, Wrong> {
    let proxy = |own: &Option<(&'static str, Hidden)>| match own.as_ref().or(it.all.as_ref()) {
        None => Ok(None),
        Some((name, address)) => {
            let address = address.reveal();
            // As curl reads it.
            let whole =
                if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
            match ProxyUrl::parse(&whole) {
                Some(proxy) => Ok(Some(proxy)),
                None => value::wrong(
                    format!("the variable {name} does not hold the address of a proxy"),
                    "set it to an address like http://proxy.example:3128",
                ),
            }
        }
    };
    let except = NoProxy::parse(it.except.as_deref().unwrap_or_default());
    Ok(Proxies { http: proxy(&it.http)?, https: proxy(&it.https)?, except })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::config::Loaded;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let value = |name: &str| variables.iter().find(|it| it.0 == name).map(|it| it.1.into());
        Environment::of(value, "/srv".into())
    }

    fn load(line: &str, variables: &[(&str, &str)]) -> Result<Loaded, String> {
        let rest = "[[source]]\nurl = \"https://a.example/feed\"\n";
        let text = format!("[store]\npath = \"/srv/it.db\"\n[fetch]\n{line}\n{rest}");
        let loaded = config::parse("test.toml", &text, &environment(variables));
        loaded.map_err(|it| format!("{:?}", it.problems()))
    }

    fn shown(line: &str, variables: &[(&str, &str)]) -> [Option<String>; 2] {
        let proxies = load(line, variables).expect("a configuration").config.fetch.proxies;
        [proxies.http, proxies.https].map(|it| it.map(|it| it.to_string()))
    }

    fn warnings(line: &str, variables: &[(&str, &str)]) -> String {
        let loaded = load(line, variables).expect("a configuration");
        assert!(!format!("{:?}", loaded.config).contains("secret"));
        loaded.warnings.iter().map(|it| it.one_line()).filter(|it| it.contains("proxy")).collect()
    }

    #[test]
    fn a_proxy_is_written_out_or_taken_from_the_environment() {
        let some = |it: &str| Some(it.to_owned());
        let variables =
            [("HTTPS_PROXY", "http://a.example:1"), ("http_proxy", "b.example:2"), ("HTTP_PROXY", "c")];
        let env = [some("http://b.example:2"), some("http://a.example:1")];
        assert_eq!(shown("proxy = \"env\"", &variables), env);
        assert_eq!(shown("", &variables), [None, None]);
        assert_eq!(shown("proxy = \"\"", &variables), [None, None]);
        assert_eq!(shown("proxy = \"env\"", &[]), [None, None]);
        let socks = some("socks5://p.example:1080");
        assert_eq!(shown("proxy = \"socks5://p.example:1080\"", &variables), [socks.clone(), socks]);
        let all = some("http://d.example");
        assert_eq!(shown("proxy = \"env\"", &[("ALL_PROXY", "http://d.example")]), [all.clone(), all]);
    }

    #[test]
    fn a_proxy_of_the_environment_that_is_not_used_is_said() {
        let variables = [("HTTPS_PROXY", "http://ann:secret@a.example:1")];
        assert!(warnings("", &variables).contains("the proxy in HTTPS_PROXY is not used"));
        for line in ["proxy = \"\"", "proxy = \"env\"", "proxy = \"http://b.example\""] {
            assert_eq!(warnings(line, &variables), "", "{line}");
        }
        assert_eq!(warnings("", &[]), "");
        assert!(warnings("proxy = \"http://ann:secret@b.example\"", &[]).contains("user name"));
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_showing_it() {
        let lines = [
            ("proxy = \"ann:secret@a.example\"", vec![]),
            ("proxy = \"ftp://ann:secret@a.example\"", vec![]),
        ];
        let variables = ("proxy = \"env\"", vec![("HTTPS_PROXY", "ftp://ann:secret@a.example")]);
        for (line, variables) in lines.into_iter().chain([variables]) {
            let refused = load(line, &variables).expect_err("no proxy");
            assert!(refused.contains("the address of a proxy") && !refused.contains("secret"), "{refused}");
        }
    }
}
