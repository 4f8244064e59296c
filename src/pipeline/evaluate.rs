//! Measures the stages on labelled material, on the code path of the daemon.

pub mod curate;
pub mod rouge;
