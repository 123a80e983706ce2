//! Work on several threads.

use std::num::NonZero;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;

use crate::Result;

/// As many threads as the process may run at once. Asking the system takes longer than loading a slice.
pub(crate) static AVAILABLE: LazyLock<NonZero<usize>> =
    LazyLock::new(|| thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN));

/// Does each item's work on up to `threads` threads, this one among them; each has a worker of its own.
///
/// # Errors
/// Of the items that failed, the first one's.
pub(crate) fn for_each<T: Send, W: FnMut(T) -> Result<()>>(
    items: Vec<T>,
    threads: usize,
    worker: impl Fn() -> W + Sync,
) -> Result<()> {
    let threads = threads.clamp(1, items.len().max(1));
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut work = worker();
        while let Some((index, item)) = next() {
            work(item).map_err(|error| (index, error))?;
        }
        Ok(())
    };
    let failed = thread::scope(|scope| {
        // Where the system gives no more threads, fewer do.
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).map_while(spawn).collect();
        let own = work();
        let others = others.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        others.chain([own]).filter_map(Result::err).min_by_key(|(index, _)| *index)
    });
    failed.map_or(Ok(()), |(_, error)| Err(error))
}
