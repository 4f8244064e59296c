//! Decides what makes an entry the same entry, and an address the same article.
