//! `hash-password`: what stands in the secret of an editor in place of the password.

use std::io;
use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Read;
use std::process::ExitCode;

use rustix::termios::LocalModes;
use rustix::termios::OptionalActions;
use rustix::termios::tcgetattr;
use rustix::termios::tcsetattr;

use crate::admin;
use crate::admin::PasswordError;

use super::failure::Failure;
use super::setup;
use super::terminal;

/// How a process ends that is interrupted at a terminal: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

/// Bytes of a line that is read; a longer one is no password anyway.
const LINE_BYTES_MAX: u64 = 4_096;

pub(super) fn hash_password() -> Result<ExitCode, Failure> {
    let is_terminal = io::stdin().is_terminal();
    if is_terminal {
        terminal::say("Password (it is not shown):");
    }
    let runtime = setup::runtime()?;
    let read = {
        let _hidden = is_terminal.then(HiddenInput::begin);
        // Whoever breaks it off gets a terminal back that shows what is typed.
        runtime.block_on(async {
            tokio::select! {
                line = tokio::task::spawn_blocking(read_line) => Some(line),
                _ = tokio::signal::ctrl_c() => None,
            }
        })
    };
    let Some(read) = read else {
        // The line is still being read.
        runtime.shutdown_background();
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let read = read.map_err(Failure::software)?;
    let password = read.map_err(|cause| Failure::data(format!("could not read a password: {cause}")))?;
    // Only the end of the line is none of the password.
    let password = password.strip_suffix('\n').unwrap_or(&password);
    let password = password.strip_suffix('\r').unwrap_or(password).to_owned();
    let hash = runtime
        .block_on(async { tokio::task::spawn_blocking(move || admin::hash_password(&password)).await });
    match hash.map_err(Failure::software)? {
        Ok(hash) => terminal::print(&hash),
        Err(error @ PasswordError::Length) => Err(Failure::usage(error.to_string())),
        Err(error) => Err(Failure::software(error)),
    }
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line)?;
    Ok(line)
}

/// While it lives, the terminal does not show what is typed.
struct HiddenInput;

impl HiddenInput {
    fn begin() -> Self {
        set_echo(false);
        Self
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        set_echo(true);
    }
}

/// Whether the terminal shows what is typed; where it cannot be told, it goes on as it was.
fn set_echo(is_shown: bool) {
    let stdin = io::stdin();
    if let Ok(mut modes) = tcgetattr(&stdin) {
        modes.local_modes.set(LocalModes::ECHO, is_shown);
        let _ = tcsetattr(&stdin, OptionalActions::Flush, &modes);
    }
}
