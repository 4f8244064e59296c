//! Markup to plain text in one linear pass, no tree.
