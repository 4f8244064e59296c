//! Who curates, how, and how to opt out.

use super::head::Head;
use super::site_view::SiteView;
use super::template::Written;
use crate::publish::data;
use askama::Template;

/// Who curates, how, how to opt out, and what the data of our feeds mean.
pub fn about(site: &SiteView) -> String {
    About {
        head: site.head(
            "/about",
            Some(site.words().about),
            format!("{}: {}", site.title, site.words().about),
        ),
        contact: site.contact_link(),
        contact_text: site.contact.clone().unwrap_or_default(),
        namespace: data::NAMESPACE,
        site,
    }
    .written()
}

#[derive(Template)]
#[template(path = "about.html")]
struct About<'a> {
    site: &'a SiteView,
    head: Head,
    contact: Option<String>,
    contact_text: String,
    namespace: &'static str,
}
