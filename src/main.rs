//! The `bylined` command.

fn main() {}
