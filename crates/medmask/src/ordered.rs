//! Work in threads, results in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

/// Calls `work(state, item)` for every item in `jobs` threads, each with a state of its own, and hands the results to
/// `take` in the order of the items, in the caller's thread. Ends at the first error of `take`.
///
/// Workers do not run far ahead of `take`, so that only a few results wait at any time.
pub(crate) fn for_each_ordered<I: Sync, S, R: Send, E>(
    items: &[I],
    jobs: usize,
    new_state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &I) -> R + Sync,
    mut take: impl FnMut(&I, R) -> Result<(), E>,
) -> Result<(), E> {
    let jobs = jobs.clamp(1, items.len().max(1));
    if jobs == 1 {
        let mut state = new_state();
        return items.iter().try_for_each(|item| take(item, work(&mut state, item)));
    }
    let next = AtomicUsize::new(0);
    let gate = Gate { ahead: 4 * jobs, ..Gate::default() };
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        // A panic here or in a worker leaves no worker waiting.
        let _guard = CloseOnPanic(&gate);
        for _ in 0..jobs {
            let (sender, next, gate, new_state, work) =
                (sender.clone(), &next, &gate, &new_state, &work);
            scope.spawn(move || {
                let _guard = CloseOnPanic(gate);
                let mut state = new_state();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index).filter(|_| gate.wait_for(index)) else {
                        return;
                    };
                    // Nobody listens any more once an error has ended the whole.
                    let _ = sender.send((index, work(&mut state, item)));
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut taken = 0;
        let result = receiver.into_iter().try_for_each(|(index, result)| {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&taken) {
                take(&items[taken], result)?;
                taken += 1;
                gate.open_to(taken);
            }
            Ok(())
        });
        gate.close();
        result
    })
}

/// Lets workers start items only a little ahead of the one that is taken next.
#[derive(Default)]
struct Gate {
    ahead: usize,
    taken: Mutex<usize>,
    changed: Condvar,
    closed: AtomicBool,
}

impl Gate {
    /// Whether the item `index` is still wanted, once it may be started.
    fn wait_for(&self, index: usize) -> bool {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let too_early = |taken: &mut usize| {
            index >= *taken + self.ahead && !self.closed.load(Ordering::Relaxed)
        };
        drop(self.changed.wait_while(taken, too_early));
        !self.closed.load(Ordering::Relaxed)
    }

    fn open_to(&self, taken: usize) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = taken;
        self.changed.notify_all();
    }

    fn close(&self) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        self.closed.store(true, Ordering::Relaxed);
        drop(taken);
        self.changed.notify_all();
    }
}

/// Sends all workers home where its thread panics.
struct CloseOnPanic<'a>(&'a Gate);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::for_each_ordered;

    #[test]
    fn results_come_in_order_from_any_number_of_threads() {
        let items: Vec<u64> = (0..500).collect();
        for jobs in [1, 2, 7] {
            let mut out = Vec::new();
            let take = |item: &u64, result: u64| {
                out.push((*item, result));
                Ok::<(), ()>(())
            };
            for_each_ordered(&items, jobs, || 3, |factor, item| item * *factor, take).unwrap();
            assert_eq!(out, items.iter().map(|n| (*n, n * 3)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_in_order_ends_it() {
        let items: Vec<u32> = (0..500).collect();
        for jobs in [1, 4] {
            let take = |item: &u32, bad: bool| if bad { Err(*item) } else { Ok(()) };
            let result = for_each_ordered(&items, jobs, || (), |(), item| *item >= 100, take);
            assert_eq!(result, Err(100));
        }
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_ends_it_too() {
        let items: Vec<u32> = (0..500).collect();
        let work = |(): &mut (), item: &u32| assert!(*item != 100, "this is a test");
        let _ = for_each_ordered(&items, 4, || (), work, |_, ()| Ok::<(), ()>(()));
    }
}
