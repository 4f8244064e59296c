//! Finds the main text of an article page.
