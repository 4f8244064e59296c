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

/// Bytes of a line that is read; a longer one is no password anyway.
const LINE_BYTES_MAX: u64 = 4_096;

pub(super) fn hash_password() -> Result<ExitCode, Failure> {
    let stdin = io::stdin();
    let is_terminal = stdin.is_terminal();
    if is_terminal {
        terminal::say("Password (it is not shown):");
    }
    let password = {
        let _hidden = is_terminal.then(HiddenInput::begin);
        let mut line = String::new();
        let read = stdin.lock().take(LINE_BYTES_MAX).read_line(&mut line);
        read.map_err(|cause| Failure::data(format!("could not read a password: {cause}")))?;
        line
    };
    // Only the end of the line is none of the password.
    let password = password.strip_suffix('\n').unwrap_or(&password);
    let password = password.strip_suffix('\r').unwrap_or(password).to_owned();
    let hash = setup::runtime()?
        .block_on(async { tokio::task::spawn_blocking(move || admin::hash_password(&password)).await });
    match hash.map_err(Failure::software)? {
        Ok(hash) => terminal::print(&hash),
        Err(error @ PasswordError::Length) => Err(Failure::usage(error.to_string())),
        Err(error) => Err(Failure::software(error)),
    }
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
