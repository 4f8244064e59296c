//! What configuration takes from outside the file, and where the file is looked for.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use super::listen::ListenAddress;
use super::settings::Hidden;

/// Where the file of a system-wide installation stands.
const SYSTEM_FILE: &str = "/etc/bylined/bylined.toml";

/// What configuration takes from outside the file, so that tests own it.
///
/// Empty variables count as unset, and relative `XDG_` folders are ignored, as
/// the XDG Base Directory Specification wants it.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `$BYLINED_CONFIG`
    pub config: Option<PathBuf>,
    /// The file of a system-wide installation.
    pub system_file: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`, else `$HOME/.config`.
    pub config_home: Option<PathBuf>,
    /// The first folder of `$STATE_DIRECTORY`, which systemd sets.
    pub state_directory: Option<PathBuf>,
    /// `$XDG_STATE_HOME`, else `$HOME/.local/state`.
    pub state_home: Option<PathBuf>,
    /// The working folder.
    pub folder: PathBuf,
    /// The proxies that the environment names.
    pub proxies: ProxyVariables,
    /// Wins over `server.listen`, and an absent `base_url` follows it.
    pub listen: Option<ListenAddress>,
    /// The port that the system chose where the address leaves it open (port 0): an absent
    /// `base_url` has it, and the address to listen on stays as it was given.
    pub bound_port: Option<u16>,
}

/// Variables that name proxies, each with its own name: they are known in both cases, and the
/// lower one wins.
#[derive(Clone, Debug, Default)]
pub struct ProxyVariables {
    /// `https_proxy`, for `https` addresses.
    pub https: Option<(&'static str, Hidden)>,
    /// `http_proxy`, for `http` addresses.
    pub http: Option<(&'static str, Hidden)>,
    /// `all_proxy`, where neither is set.
    pub all: Option<(&'static str, Hidden)>,
    /// `no_proxy`: what is asked directly.
    pub except: Option<String>,
}

impl ProxyVariables {
    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name: &str| variable(name)?.into_string().ok().filter(|it| !it.is_empty());
        let either =
            |names: [&'static str; 2]| names.into_iter().find_map(|it| Some((it, Hidden::new(text(it)?))));
        Self {
            https: either(["https_proxy", "HTTPS_PROXY"]),
            http: either(["http_proxy", "HTTP_PROXY"]),
            all: either(["all_proxy", "ALL_PROXY"]),
            except: text("no_proxy").or_else(|| text("NO_PROXY")),
        }
    }

    /// The name of the first that is set.
    pub fn first(&self) -> Option<&'static str> {
        [&self.https, &self.http, &self.all].into_iter().flatten().map(|it| it.0).next()
    }
}

/// No configuration file was found.
#[derive(Clone, Debug, Eq, PartialEq, miette::Diagnostic, thiserror::Error)]
#[error("no configuration file; looked for {}; write one, or name it with --config", listing(.looked))]
pub struct NotFound {
    /// The places in the order in which they were tried.
    pub looked: Vec<PathBuf>,
}

impl Environment {
    /// The real one.
    pub fn read() -> Self {
        Self::of(|name| std::env::var_os(name), std::env::current_dir().unwrap_or_default())
    }

    /// One whose variables are looked up by `variable`.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>, folder: PathBuf) -> Self {
        let path = |name: &str| variable(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        let xdg = |name: &str, below_home: &str| {
            path(name).filter(|it| it.is_absolute()).or_else(|| Some(path("HOME")?.join(below_home)))
        };
        let state_directories = path("STATE_DIRECTORY");
        Self {
            config: path("BYLINED_CONFIG"),
            system_file: Some(SYSTEM_FILE.into()),
            config_home: xdg("XDG_CONFIG_HOME", ".config"),
            state_directory: state_directories.and_then(|it| std::env::split_paths(&it).next()),
            state_home: xdg("XDG_STATE_HOME", ".local/state"),
            folder,
            proxies: ProxyVariables::of(&variable),
            listen: None,
            bound_port: None,
        }
    }
}

/// The file to load. One that is named, by `explicit` or by `$BYLINED_CONFIG`, must
/// exist; else the first that exists of the system's, the user's, and the one below the
/// working folder.
///
/// # Errors
/// [`NotFound`] names the files that were looked for.
pub fn find(explicit: Option<&Path>, env: &Environment) -> Result<PathBuf, NotFound> {
    let looked = match explicit.or(env.config.as_deref()) {
        Some(named) => vec![env.folder.join(named)],
        None => {
            let user = env.config_home.as_ref().map(|it| it.join("bylined/bylined.toml"));
            let here = env.folder.join("config/bylined.toml");
            env.system_file.iter().cloned().chain(user).chain([here]).collect()
        }
    };
    match looked.iter().find(|it| it.is_file()) {
        Some(file) => Ok(file.clone()),
        None => Err(NotFound { looked }),
    }
}

fn listing(paths: &[PathBuf]) -> String {
    paths.iter().map(|it| format!("`{}`", it.display())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let value = |name: &str| variables.iter().find(|it| it.0 == name).map(|it| it.1.into());
        Environment::of(value, "/srv/news".into())
    }

    #[test]
    fn folders_of_the_user_default_to_those_below_home() {
        let env = environment(&[("HOME", "/home/ann"), ("XDG_STATE_HOME", "")]);
        assert_eq!(env.config_home, Some("/home/ann/.config".into()));
        assert_eq!(env.state_home, Some("/home/ann/.local/state".into()));
        assert_eq!(environment(&[]).state_home, None);
    }

    #[test]
    fn relative_xdg_folders_are_ignored() {
        let env = environment(&[("HOME", "/home/ann"), ("XDG_CONFIG_HOME", "here")]);
        assert_eq!(env.config_home, Some("/home/ann/.config".into()));
    }

    #[test]
    fn of_several_state_directories_the_first_counts() {
        let env = environment(&[("STATE_DIRECTORY", "/var/lib/bylined:/var/lib/other")]);
        assert_eq!(env.state_directory, Some("/var/lib/bylined".into()));
    }

    #[test]
    fn the_first_file_that_exists_is_taken_and_a_named_one_must_exist() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (home, here) = (folder.path().join("home"), folder.path().join("here"));
        let mut env = Environment {
            config_home: Some(home.clone()),
            system_file: Some(folder.path().join("etc/bylined.toml")),
            folder: here.clone(),
            ..Environment::default()
        };
        let missing = find(None, &env).expect_err("nothing is there yet");
        assert_eq!(missing.looked.len(), 3);
        assert!(missing.to_string().contains("etc/bylined.toml"), "{missing}");

        for file in [here.join("config/bylined.toml"), home.join("bylined/bylined.toml")] {
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(&file, "").expect("written");
            assert_eq!(find(None, &env), Ok(file));
        }

        env.config = Some("absent.toml".into());
        assert_eq!(find(None, &env), Err(NotFound { looked: vec![here.join("absent.toml")] }));
        let named = Path::new("config/bylined.toml");
        assert_eq!(find(Some(named), &env), Ok(here.join(named)));
    }
}
