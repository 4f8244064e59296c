//! Decides when a source is polled next.
