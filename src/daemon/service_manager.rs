//! What the service manager is told (sd_notify(3)). Where none listens, nothing is said and
//! nothing depends on it.

use sd_notify::NotifyState;

/// The daemon serves; also that a reload is over, whatever came of it.
pub(super) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// A reload begins. Systemd waits for `ready` or `reload_refused` to follow.
pub fn reloading() {
    // Which of two reloads this is, systemd tells by the time, which therefore comes along.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// A reload is over and has changed nothing.
pub fn reload_refused(cause: &str) {
    ready(&format!("the old configuration stays: {cause}"));
}

/// The daemon ends. A reload must never say this: systemd kills what then goes on.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    // Nobody may be there to be told.
    let _ = sd_notify::notify(states);
}
