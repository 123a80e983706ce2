//! Where two segmentations agree, over all their structures.

use medmask_core::{Runs, parallel};

use super::{Both, Case, CompareOptions, Matched, Work, matched};
use crate::Result;
use crate::error::check_stop;

/// Voxels on the grid of the first: where structures of both agree, those that the first alone has, and those that the second alone has. A
/// voxel that is one structure in the first and another in the second is in both of the latter.
///
/// # Errors
/// As [`compare`](super::compare()).
pub(crate) fn agreeing(
    first: &Case,
    second: &Case,
    texts: &[impl AsRef<str>],
    options: &CompareOptions,
) -> Result<[Runs; 3]> {
    let found: Matched = matched(first, second, texts, options)?;
    let space = first.archive().space();
    let work = Work { first, second, space, resampled: found.resampled, options };
    let mut parts: [Runs; 3] = std::array::from_fn(|_| Runs::empty(space.shape()));
    let mut add = |to: usize, more: &[Runs]| {
        let all: Vec<&Runs> = std::iter::once(&parts[to]).chain(more).collect();
        let united = united(&all);
        parts[to] = united;
    };
    let entries: Vec<&[Both]> = found.together.chunk_by(Both::are_of_one_entry).collect();
    for some in entries.chunks(4 * parallel::available().get()) {
        check_stop(&options.stop)?;
        let mut found: [Vec<Runs>; 3] = Default::default();
        work.decode_all(some, |(_, [first, second])| {
            for (parts, part) in found.iter_mut().zip(compared(&first, &second)) {
                parts.push(part);
            }
        })?;
        (0..3).for_each(|place| add(place, &found[place]));
    }
    for (_, part) in &found.first {
        add(1, &work.decode_first(&[part])?);
    }
    for (_, part) in &found.second {
        add(2, &work.decode_second(&[part])?);
    }
    Ok(parts)
}

#[expect(clippy::expect_used, reason = "all lie on the grid of the first")]
fn united(all: &[&Runs]) -> Runs {
    Runs::union_all(all).expect("one shape")
}

/// What both have, what the first alone has, and what the second alone has.
#[expect(clippy::expect_used, reason = "both lie on the grid of the first")]
fn compared(first: &Runs, second: &Runs) -> [Runs; 3] {
    [first.intersection(second), first.difference(second), second.difference(first)]
        .map(|part| part.expect("one shape"))
}
