//! Makes a feed of bytes: clean-up before `feed_rs`, and what it drops beside it.
mod date;
