//! Promises of the whole house, one file each, checked against a real loopback origin.

mod asking;
mod curating;
mod damaging;
mod demo;
mod editing;
mod evaluating;
mod fetching;
mod following;
mod histories;
mod house;
mod http;
mod identity;
mod killing;
mod merging;
mod misbehaving;
mod model;
mod origin;
mod polling;
mod press;
mod publishing;
mod pushing;
mod regrouping;
mod serving;
mod simulating;
mod stopping;
mod telling;
