//! Promises of the whole house, one file each, checked against a real loopback origin.

mod fetching;
mod origin;
