//! Decides which entries are one story.
