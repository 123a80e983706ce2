//! How many threads work together.

use std::num::NonZero;

/// A thread for each core.
pub(crate) fn all_cores() -> NonZero<usize> {
    std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}
