//! How long work on the database is ended early, in good order.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use rusqlite::Connection;
use rusqlite::InterruptHandle;

use super::error::StoreError;

/// Ends the work that it is given to; what that had begun is undone.
#[derive(Default)]
pub struct Interrupt {
    is_asked_for: AtomicBool,
    running: Mutex<Option<InterruptHandle>>,
}

impl Interrupt {
    /// Ends the work, whatever statement it is in.
    pub fn end(&self) {
        self.is_asked_for.store(true, Ordering::SeqCst);
        if let Some(running) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            running.interrupt();
        }
    }

    /// Lets the statements of this connection be ended from now on.
    pub(super) fn watch(&self, connection: &Connection) -> Result<(), StoreError> {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(connection.get_interrupt_handle());
        self.check()
    }

    /// Fails once the work is to end.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.is_asked_for.load(Ordering::SeqCst) { Err(StoreError::Interrupted) } else { Ok(()) }
    }
}
