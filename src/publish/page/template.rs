//! Templates become text.

use askama::Template;

pub(super) trait Written: Template {
    /// The page. Rendering fails only where writing into a `String` could.
    fn written(&self) -> String {
        self.render().expect("a String takes every character")
    }
}

impl<T: Template> Written for T {}
