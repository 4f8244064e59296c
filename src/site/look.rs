//! How the operator's site looks: accent, logo, icon, and a style sheet beside the database.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tracing::warn;

use crate::config::Config;
use crate::publish;

use super::rendered::Rendered;

/// Name of the operator's style sheet, beside the database.
const STYLE_NAME: &str = "style.css";

/// Largest file of the look, in bytes.
const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// Kinds of pictures that browsers show, by their extensions.
const PICTURES: [(&str, &str); 6] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
    ("ico", "image/x-icon"),
];

/// The look as it was read last.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// What follows our own style sheet.
    style: Vec<u8>,
    logo: Option<Picture>,
    icon: Option<Picture>,
}

#[derive(Debug)]
struct Picture {
    /// From the site's root, with the extension of its kind.
    path: String,
    media_type: &'static str,
    bytes: Vec<u8>,
}

impl Look {
    /// Reads the files. One that cannot be read is missing from the pages, and the log says so.
    pub(super) fn read(config: &Config) -> Self {
        let folder = config.store.path.parent().unwrap_or(Path::new("."));
        let mut style = config.site.accent.map(publish::accent_style).unwrap_or_default().into_bytes();
        let own = folder.join(STYLE_NAME);
        if own.exists() {
            style.extend(read(&own).unwrap_or_default());
        }
        let picture = |file: &Option<std::path::PathBuf>, name: &str| {
            let path = folder.join(file.as_ref()?);
            let extension = path.extension()?.to_str()?.to_lowercase();
            let Some((_, media_type)) = PICTURES.iter().find(|it| it.0 == extension) else {
                warn!(path = %path.display(), "`{}` is not a picture that browsers show", path.display());
                return None;
            };
            Some(Picture { path: format!("/{name}.{extension}"), media_type, bytes: read(&path)? })
        };
        Self { style, logo: picture(&config.site.logo, "logo"), icon: picture(&config.site.icon, "icon") }
    }

    /// What is served at a path in place of our own file; `None` where it is ours.
    pub(super) fn file(&self, path: &str) -> Option<Rendered> {
        let shown = |it: &Picture| Rendered::new(it.media_type, it.bytes.clone());
        match path {
            _ if self.logo_path() == Some(path) => self.logo.as_ref().map(shown),
            "/icon.png" | "/favicon.ico" => self.icon.as_ref().map(shown),
            "/style.css" if !self.style.is_empty() => {
                let ours = publish::ASSETS.iter().find(|it| it.path == path)?;
                Some(Rendered::new(ours.media_type, [ours.bytes, &self.style].concat()))
            }
            _ => None,
        }
    }

    /// Where the logo is served, from the site's root.
    pub(super) fn logo_path(&self) -> Option<&str> {
        self.logo.as_ref().map(|it| it.path.as_str())
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let outcome = File::open(path).and_then(|it| it.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    match outcome {
        Ok(_) if bytes.len() as u64 <= FILE_BYTES_MAX => Some(bytes),
        Ok(_) => {
            warn!(path = %path.display(), "`{}` is larger than {FILE_BYTES_MAX} bytes", path.display());
            None
        }
        Err(error) => {
            warn!(path = %path.display(), %error, "could not read `{}`: {error}", path.display());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::site::sample::SampleSite;

    #[tokio::test]
    async fn the_operator_s_look_follows_ours() {
        let site = SampleSite::open_with(&[("daily", "Daily")], "").await;
        let plain = site.text("/style.css");
        assert!(!plain.contains("operator's accent") && !site.text("/").contains("<img"));
        let styled = SampleSite::open_styled("accent = \"#0055aa\"\nlogo = \"logo.svg\"\n").await;
        let style = styled.text("/style.css");
        assert!(style.starts_with(&plain) && style.contains("--accent: #0055aa;"), "{style}");
        assert!(style.ends_with(".mine { color: red; }\n"), "{style}");
        assert_eq!(styled.document("/logo.svg").media_type, "image/svg+xml");
        assert!(
            styled.text("/").contains("<img src=\"/tech/logo.svg\" alt=\"Brief\">"),
            "{}",
            styled.text("/")
        );
    }
}
