//! The `bylined` command.

use tikv_jemallocator::Jemalloc;

/// That of glibc keeps a heap for each thread, and a poll has many: it held up to twice as much. How this one
/// is set up, `.cargo/config.toml` says. SQLite keeps glibc's: an allocator in the place of `malloc` itself waits
/// for ever under libfaketime, with which clocks are tried.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> std::process::ExitCode {
    bylined::cli::main()
}
