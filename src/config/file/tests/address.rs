//! Where the server listens, and what its links lead to.

use super::*;

#[test]
fn the_address_of_the_command_line_wins_and_the_base_url_follows_it() {
    let listen = "127.0.0.1:4000".parse().ok();
    let env = Environment { listen, ..env() };
    let config = parse("test.toml", "[server]\nlisten = \"127.0.0.1:1\"", &env).expect("usable").config;
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:4000");
    assert_eq!(config.site.base_url.as_str(), "http://127.0.0.1:4000/");
}

#[test]
fn an_address_that_no_link_can_lead_to_wants_a_base_url() {
    let said = |listen: &str, site: &str| {
        let toml = format!("[site]\n{site}\n[server]\nlisten = \"{listen}\"");
        let errors = parse("test.toml", &toml, &env()).err()?;
        let is_error = |it: &&Problem| it.severity == Severity::Error;
        Some(errors.problems().iter().find(is_error).expect("an error").one_line())
    };
    for wildcard in ["0.0.0.0:80", "[::]:80", "unix:/run/bylined/http.sock"] {
        let said_of_it = said(wildcard, "").expect("an error");
        let expected =
            format!("`base_url` is missing, and no link can lead to {wildcard}; write the address");
        assert!(said_of_it.contains(&expected), "{said_of_it}");
        assert_eq!(said(wildcard, "base_url = \"https://brief.example/\""), None);
        // The command line wins, both ways.
        let toml = format!("[server]\nlisten = \"{wildcard}\"");
        let env = Environment { listen: "localhost:80".parse().ok(), ..env() };
        let config = parse("test.toml", &toml, &env).expect("usable").config;
        assert_eq!(config.site.base_url.as_str(), "http://localhost/");
        let env = Environment { listen: wildcard.parse().ok(), ..env };
        assert!(parse("test.toml", "", &env).is_err());
    }
    assert_eq!(said("127.0.0.1:80", ""), None);
}

#[test]
fn the_admin_side_opens_to_others_only_where_editors_sign_in() {
    check("[server]\nadmin_listen = \"127.0.0.1:8081\"", &[]);
    check("[server]\nadmin_listen = \"unix:/run/bylined/admin.sock\"", &[]);
    check(
        "[server]\nadmin_listen = \"192.0.2.7:8081\"",
        &["2:16: server.admin_listen: 192.0.2.7:8081 can be reached by others, and nobody has to sign in; \
           add an [[editor]], or write a loopback address like \"127.0.0.1:8081\", or \"unix:/run/bylined/admin.sock\""],
    );
    let editor = "\n[[editor]]\nname = \"Ann Example\"\npassword = { env = \"ANN\" }";
    let with_url = "admin_listen = \"192.0.2.7:8081\"\nadmin_url = \"https://desk.example/\"";
    check(&format!("[server]\n{with_url}{editor}"), &[]);
    let said = |toml: &str| -> Vec<String> {
        let loaded = parse("test.toml", toml, &env()).expect("a usable configuration");
        let of_admin = loaded.warnings.iter().filter(|it| it.path == "server.admin_listen");
        of_admin.map(|it| it.message.clone()).collect()
    };
    let open = |url: &str| said(&format!("[server]\nadmin_listen = \"0.0.0.0:8081\"\n{url}{editor}"));
    assert_eq!(open(""), ["is answered only on this machine without `admin_url`"]);
    assert_eq!(open("admin_url = \"http://desk.example\""), ["receives passwords without encryption"]);
    assert_eq!(open("admin_url = \"https://desk.example\""), [] as [&str; 0]);
    assert_eq!(said(&format!("[server]\nadmin_listen = \"127.0.0.1:8081\"{editor}")), [] as [&str; 0]);
}

#[test]
fn an_editor_has_a_name_of_its_own_and_a_secret() {
    check(
        "[[editor]]\nname = \"Ann\"",
        &[
            "1:1: editor[0]: has neither password nor token; write password = { credential = \"NAME\" }, or token = { … } for a script",
        ],
    );
    let ann = "[[editor]]\nname = \"Ann\"\ntoken = { env = \"A\" }\n";
    check(
        &format!("{ann}{}", ann.replace("Ann", "ann")),
        &[
            "5:8: editor[1].name: `ann` is taken by editor[0].name; write another name; editors are known by it",
        ],
    );
    check(
        &format!("{ann}role = \"editr\""),
        &[
            "4:8: editor[0].role: \"editr\" is not known; did you mean \"editor\"? Known are \"reader\" or \"editor\" or \"admin\"",
        ],
    );
    let config = parse("test.toml", ann, &env()).expect("usable").config;
    assert_eq!((config.editors[0].name.as_str(), config.editors[0].role), ("Ann", EditorRole::Editor));
}
