//! Cuts a text into sentences, as byte ranges of it.
