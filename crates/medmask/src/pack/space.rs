//! The space that all inputs must lie in.

use std::path::{Path, PathBuf};

use medmask_core::{AffineDifference, SpaceMismatch, parallel};

use super::encode::place;
use super::options::PackOptions;
use crate::adapter::{Input, Placement};
use crate::error::check_stop;
use crate::{Error, Result};

/// The place that all inputs must lie in, and the file that it is from.
pub(super) struct Reference {
    pub path: PathBuf,
    pub placement: Placement,
    /// How many inputs lie there, where that has decided; else 0.
    pub sharing: usize,
}

/// The space that a new archive of `inputs` gets: of the file that was named, else the one that most inputs share, of several the one
/// that comes first. `None` where none of them says; and for a single input, which decides alone.
///
/// Only headers are read, so that no more than one place for each space is held.
pub(super) fn chosen(inputs: &[Input], options: &PackOptions) -> Result<Option<Reference>> {
    if let Some(path) = &options.space_of {
        return of_file(path, options).map(Some);
    }
    if inputs.len() < 2 {
        return Ok(None);
    }
    let mut groups: Vec<Reference> = Vec::new();
    // What cannot be read has no say; the run over all inputs finds it again, with its error.
    let worker = || |input| Ok((input, place(input, &options.formats).ok()));
    let take = |(input, placement): (&Input, Option<Placement>)| {
        check_stop(&options.stop)?;
        let Some(placement) = placement else { return Ok(()) };
        let fits = |group: &&mut Reference| {
            compare(&group.placement, &placement, options.tolerance_mm).is_ok()
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.sharing += 1,
            None => groups.push(Reference { path: input.path.clone(), placement, sharing: 1 }),
        }
        Ok::<(), Error>(())
    };
    parallel::for_each_ordered(inputs, options.jobs, worker, take)?;
    // Of equal ones the last would be found, so they are looked through from the end.
    Ok(groups.into_iter().rev().max_by_key(|group| group.sharing))
}

fn of_file(path: &Path, options: &PackOptions) -> Result<Reference> {
    let input = options.formats.input(path)?;
    let input = input.ok_or_else(|| options.formats.not_a_mask_file(path))?;
    let placement = place(&input, &options.formats)?;
    Ok(Reference { path: path.to_owned(), placement, sharing: 0 })
}

/// How far a corner of the two is apart, in mm.
pub(super) fn compare(
    reference: &Placement,
    placement: &Placement,
    tolerance_mm: f64,
) -> Result<f64, SpaceMismatch> {
    let (first, second) = (reference.space.shape(), placement.space.shape());
    if first != second {
        return Err(SpaceMismatch::Shape { first, second });
    }
    // Of the affines, not of the spaces, from which slight shear was taken out.
    let [z, y, x] = first;
    let mut difference = AffineDifference::between([x, y, z], &reference.affine, &placement.affine);
    difference.corner.reverse();
    difference.within(tolerance_mm)
}
