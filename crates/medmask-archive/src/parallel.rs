//! Work on several threads.

use std::num::NonZero;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;

use crate::Result;

/// As many threads as the process may run at once.
pub(crate) fn available() -> NonZero<usize> {
    // To ask the system takes longer than to load a slice.
    static AVAILABLE: LazyLock<NonZero<usize>> =
        LazyLock::new(|| thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN));
    *AVAILABLE
}

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
    let queue = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    let next = || queue().next();
    let take_all = || queue().by_ref().for_each(drop);
    let work = || {
        let mut work = worker();
        while let Some((index, item)) = next() {
            if let Err(error) = work(item) {
                // Items are taken in order, so none before this one is left; those after it need no work any more.
                take_all();
                return Err((index, error));
            }
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::ArchiveError;

    #[test]
    fn threads_work_side_by_side_and_each_item_once() {
        let (barrier, done) = (Barrier::new(3), Mutex::new(Vec::new()));
        for_each((0..3).collect(), 3, || {
            // No thread goes on before all three are here, so each gets one item.
            |item| {
                barrier.wait();
                done.lock().unwrap().push((item, thread::current().id()));
                Ok(())
            }
        })
        .unwrap();
        let mut done = done.into_inner().unwrap();
        done.sort_by_key(|(item, _)| *item);
        assert_eq!(done.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(done[0].1 != done[1].1 && done[1].1 != done[2].1 && done[0].1 != done[2].1);
    }

    #[test]
    fn the_first_error_is_given_and_ends_the_work() {
        let error = |item: usize| ArchiveError::NotSingle { entries: item };
        for threads in [0, 1, 2, 9] {
            let begun = Mutex::new(Vec::new());
            let result = for_each((0..1000).collect(), threads, || {
                |item| {
                    begun.lock().unwrap().push(item);
                    if item >= 5 { Err(error(item)) } else { Ok(()) }
                }
            });
            assert!(matches!(result, Err(ArchiveError::NotSingle { entries: 5 })), "{result:?}");
            let begun = begun.into_inner().unwrap();
            assert!((0..=5).all(|item| begun.contains(&item)) && begun.len() < 20, "{begun:?}");
        }
        for_each(Vec::new(), 4, || |()| Err(error(0))).unwrap();
    }
}
