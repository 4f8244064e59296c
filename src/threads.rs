//! Work that would hold up the async workers goes to threads of its own, unless one thread is to do
//! everything: a simulation can only be replayed where nothing runs beside it.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

thread_local! {
    static IS_ALONE: Cell<bool> = const { Cell::new(false) };
}

/// The work panicked; its panic has been reported.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the work panicked; this is a bug")]
pub struct Panicked;

/// From now on the calling thread does by itself, one thing after the other, what it would give to others.
pub fn do_all_here() {
    IS_ALONE.set(true);
}

/// Whether the calling thread [does everything](do_all_here).
pub fn is_alone() -> bool {
    IS_ALONE.get()
}

/// What `work` comes to, which may take its time or wait.
///
/// # Errors
/// Where it panics.
pub async fn blocking<T, F>(work: F) -> Result<T, Panicked>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    if is_alone() {
        return catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked);
    }
    tokio::task::spawn_blocking(work).await.map_err(|_| Panicked)
}

/// Does what somebody may need later, and could do for himself then: not at all where one thread does everything.
pub fn ahead_of_need(work: impl FnOnce() + Send + 'static) {
    if !is_alone() {
        tokio::task::spawn_blocking(work);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn other_thread_does_it(is_alone: bool) -> bool {
        let asking = move || {
            if is_alone {
                do_all_here();
            }
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let asked = thread::current().id();
            runtime.block_on(blocking(move || thread::current().id() != asked)).expect("no panic")
        };
        thread::spawn(asking).join().expect("no panic")
    }

    #[test]
    fn a_thread_that_is_alone_does_the_work_itself() {
        assert!(other_thread_does_it(false));
        assert!(!other_thread_does_it(true));
    }

    #[test]
    fn work_that_panics_here_is_told_like_work_that_panics_there() {
        let told = thread::spawn(|| {
            do_all_here();
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(blocking(|| panic!("of the test"))).is_err()
        });
        assert!(told.join().expect("the panic is caught"));
    }
}
