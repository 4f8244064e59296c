//! The grounding gate.
/// A
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding;
/// A
pub fn check(_statement: &str, _cited: &str) -> Vec<Finding> {
    Vec::new()
}
