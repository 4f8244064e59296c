//! The `bylined` command.

fn main() -> std::process::ExitCode {
    bylined::cli::main()
}
