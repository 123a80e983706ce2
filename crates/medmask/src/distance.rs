//! How far two structures of an archive lie apart.

use medmask_core::Separation;

use crate::Result;
use crate::masks::Masks;
use crate::selection::Selection;

/// How far two structures lie apart.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Distance {
    /// The first structure, called as [`Selection::name`] calls it.
    pub first: String,
    /// The second one.
    pub second: String,
    /// How many voxels the first has.
    pub first_voxels: u64,
    /// How many the second has.
    pub second_voxels: u64,
    /// What lies between them, in mm and in voxels (z, y, x); `None` where one of them has no voxels.
    pub apart: Option<Separation>,
    /// The centres of the two nearest voxels in the world (x, y, z; LPS+, mm).
    pub nearest_lps_mm: Option<[[f64; 3]; 2]>,
}

/// How far the structures `first` and `second` of `archive` lie apart, and which part of the first lies within each of `within_mm` (mm) of
/// the second. An entry of several labels counts as one. [`Separation`] says what each figure means.
///
/// # Errors
/// A distance that is negative or not finite, and where voxels cannot be decoded or there is no memory for the boxes of both.
pub fn distance(
    archive: &impl Masks,
    first: &Selection,
    second: &Selection,
    within_mm: &[f64],
) -> Result<Distance> {
    let space = archive.space();
    let (one, other) = (first.to_runs(archive)?, second.to_runs(archive)?);
    let apart = one.separation(&other, space.spacing(), within_mm)?;
    let world = |voxel: [usize; 3]| space.index_to_world(voxel.map(|n| n as f64));
    Ok(Distance {
        first: first.name(),
        second: second.name(),
        first_voxels: one.voxel_count(),
        second_voxels: other.voxel_count(),
        nearest_lps_mm: apart.as_ref().map(|apart| apart.nearest.map(world)),
        apart,
    })
}
