//! Work on several threads, with results in order.
//!
//! There is no pool that lives on: the threads of a call end with it. One item, or one thread, costs nothing beyond its
//! work.

use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Items that each thread may be ahead of the one whose result is taken next. Threads then seldom wait for a long item, and
/// few results take up memory.
const AHEAD: usize = 4;

/// As many threads as the process may run at once. The system is asked the first time only.
#[must_use]
pub fn available() -> NonZero<usize> {
    static AVAILABLE: LazyLock<NonZero<usize>> =
        LazyLock::new(|| thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN));
    *AVAILABLE
}

/// Does each item's work on up to `threads` threads, and hands the results to `take` in the order of the items.
///
/// The calling thread is one of them: it works, and between two items it takes, so that `take` need not be [`Send`]. `worker`
/// makes what works on one thread, with a state of its own. Threads start items in order, and do not run far ahead of `take`.
/// Where the system gives fewer threads, fewer do the work.
///
/// ```
/// use medmask_core::parallel;
///
/// let (mut lengths, words) = (Vec::new(), ["liver", "spleen", "aorta"]);
/// let worker = || |word: &str| Ok::<_, ()>(word.len());
/// let take = |length| {
///     lengths.push(length);
///     Ok(())
/// };
/// parallel::for_each_ordered(words, parallel::available(), worker, take)?;
/// assert_eq!(lengths, [5, 6, 5]);
/// # Ok::<(), ()>(())
/// ```
///
/// # Errors
/// The first in the order of the items, whether of its work or of `take`. No work begins after it, and everything before it has
/// been taken.
///
/// # Panics
/// Where the work or `take` panics; all threads have ended by then.
pub fn for_each_ordered<T: Send, R: Send, E: Send, W: FnMut(T) -> Result<R, E>>(
    items: impl IntoIterator<Item = T>,
    threads: NonZero<usize>,
    worker: impl Fn() -> W + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let items: Vec<T> = items.into_iter().collect();
    let threads = threads.get().min(items.len());
    if threads <= 1 {
        let mut work = worker();
        return items.into_iter().try_for_each(|item| take(work(item)?));
    }
    let (shared, worker) = (Shared::new(items, threads), &worker);
    thread::scope(|scope| {
        let work = || {
            let _guard = CloseOnPanic(&shared);
            let mut work = worker();
            while let Some((index, item)) = shared.wait_for_item() {
                shared.put(index, work(item));
            }
        };
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).map_while(spawn).collect();
        let result = {
            let _guard = CloseOnPanic(&shared);
            work_and_take(&shared, worker, take)
        };
        shared.close();
        for other in others {
            // A panic goes on in the caller with its own message.
            other.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        result
    })
}

/// What the calling thread does. Without a result to take it works itself, and it waits only where others have all the work.
fn work_and_take<T, R, E, W: FnMut(T) -> Result<R, E>>(
    shared: &Shared<T, R, E>,
    worker: impl Fn() -> W,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let mut work = worker();
    loop {
        match shared.next_step() {
            Step::Take(result) => take(result?)?,
            Step::Work(index, item) => shared.put(index, work(item)),
            Step::End => return Ok(()),
        }
    }
}

/// What all threads know of the work.
struct Shared<T, R, E> {
    state: Mutex<State<T, R, E>>,
    /// Wakes the calling thread: the result that is taken next has come, or there will be none.
    result_came: Condvar,
    /// Wakes the others: one more item may be started, or there will be none.
    room: Condvar,
}

struct State<T, R, E> {
    items: std::vec::IntoIter<T>,
    /// Index of the item to start next, and of the one whose result is taken next.
    next: usize,
    taken: usize,
    /// Items from this index on need no work: there are none, or one before them failed.
    end: usize,
    /// How far `next` may be ahead of `taken`.
    ahead: usize,
    /// Results from index `taken` on, as far as they have come.
    results: VecDeque<Option<Result<R, E>>>,
    /// A thread panicked, or all is done.
    closed: bool,
}

enum Step<T, R, E> {
    Take(Result<R, E>),
    Work(usize, T),
    End,
}

impl<T, R, E> State<T, R, E> {
    /// The item to start next, where one may be started now.
    fn start(&mut self) -> Option<(usize, T)> {
        if self.closed || self.next >= self.end || self.next >= self.taken + self.ahead {
            return None;
        }
        let index = self.next;
        self.next += 1;
        self.items.next().map(|item| (index, item))
    }
}

impl<T, R, E> Shared<T, R, E> {
    fn new(items: Vec<T>, threads: usize) -> Self {
        let (end, ahead) = (items.len(), AHEAD.saturating_mul(threads));
        let results = VecDeque::with_capacity(ahead.min(end));
        let items = items.into_iter();
        let state = State { items, next: 0, taken: 0, end, ahead, results, closed: false };
        Self { state: Mutex::new(state), result_came: Condvar::new(), room: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<T, R, E>> {
        // Neither work nor `take` runs while it is held, so that nothing is ever left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next item, as soon as it may be started; `None` where no more will be.
    fn wait_for_item(&self) -> Option<(usize, T)> {
        let mut state = self.state();
        loop {
            if state.closed || state.next >= state.end {
                return None;
            }
            if let Some(started) = state.start() {
                return Some(started);
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, index: usize, result: Result<R, E>) {
        let mut state = self.state();
        if result.is_err() && index < state.end {
            state.end = index + 1;
            self.room.notify_all();
        }
        let place = index - state.taken;
        if state.results.len() <= place {
            state.results.resize_with(place + 1, || None);
        }
        state.results[place] = Some(result);
        if place == 0 {
            self.result_came.notify_one();
        }
    }

    /// What the calling thread does next, as soon as there is something.
    fn next_step(&self) -> Step<T, R, E> {
        let mut state = self.state();
        loop {
            if state.closed || state.taken >= state.end {
                return Step::End;
            }
            if let Some(result) = state.results.front_mut().and_then(Option::take) {
                state.results.pop_front();
                state.taken += 1;
                self.room.notify_one();
                return Step::Take(result);
            }
            if let Some((index, item)) = state.start() {
                return Step::Work(index, item);
            }
            state = self.result_came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Sends every thread home, also those that wait.
    fn close(&self) {
        self.state().closed = true;
        self.room.notify_all();
        self.result_came.notify_all();
    }
}

/// Closes where its thread panics, so that no other waits for it for ever.
struct CloseOnPanic<'a, T, R, E>(&'a Shared<T, R, E>);

impl<T, R, E> Drop for CloseOnPanic<'_, T, R, E> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests;
