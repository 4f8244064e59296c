//! Promises of the whole house, one file each, checked against a real loopback origin.

mod asking;
mod curating;
mod demo;
mod editing;
mod fetching;
mod following;
mod house;
mod http;
mod identity;
mod killing;
mod merging;
mod misbehaving;
mod origin;
mod polling;
mod press;
mod publishing;
mod serving;
mod simulating;
mod stopping;
mod telling;
