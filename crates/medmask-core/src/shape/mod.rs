//! The shape of structures: diameters, boxes, slices and surfaces.

mod diameter;
mod hull;
mod oriented_box;
mod principal;
mod slices;

use std::borrow::Cow;

pub use diameter::Diameter;
pub use oriented_box::OrientedBox;
pub use slices::{AxialSlice, SliceAreas};

use crate::{Bounds, Runs, ShapeMismatch, Space};

/// The shape of one structure, in the world.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ShapeMeasures {
    /// The largest distance between two of its voxels, in three dimensions.
    pub diameter: Diameter,
    /// The box along its principal axes.
    pub oriented_box: OrientedBox,
    /// An estimate of the area of its smooth surface in mm^2, as [`Runs::surface_area_mm2`] has it.
    pub surface_area_mm2: f64,
    /// The area of its voxels' outer faces in mm^2, as [`Runs::face_area_mm2`] has it.
    pub face_area_mm2: f64,
    /// The axial slice where it is largest.
    pub axial: AxialSlice,
}

impl Runs {
    /// The shape of each label, ascending by label; these runs lie on `space`. All lengths are right for oblique spaces, too.
    ///
    /// ```
    /// use medmask_core::{Runs, Space};
    ///
    /// let runs = Runs::from_slice(&[1_u8, 1, 1, 1, 0, 1], [1, 2, 3])?;
    /// let space = Space::of_shape([1, 2, 3]);
    /// let (label, shape) = runs.shape_measures(&space)?[0];
    /// assert_eq!((label, shape.diameter.mm), (1, 5_f64.sqrt()));
    /// assert_eq!((shape.axial.area_mm2, shape.face_area_mm2), (5.0, 22.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the runs' shape is not that of `space`.
    pub fn shape_measures(
        &self,
        space: &Space,
    ) -> Result<Vec<(u32, ShapeMeasures)>, ShapeMismatch> {
        self.shape_of_each(space, |part, bounds| measures(part, bounds, space))
    }

    /// How large each label is in each axial slice, ascending by label; these runs lie on `space`.
    ///
    /// # Errors
    /// Where the runs' shape is not that of `space`.
    pub fn slice_areas(&self, space: &Space) -> Result<Vec<(u32, SliceAreas)>, ShapeMismatch> {
        self.shape_of_each(space, |part, bounds| Some(SliceAreas::of(part, bounds, space)))
    }

    fn shape_of_each<T>(
        &self,
        space: &Space,
        measure: impl Fn(&Self, Bounds) -> Option<T>,
    ) -> Result<Vec<(u32, T)>, ShapeMismatch> {
        if self.shape() != space.shape() {
            return Err(ShapeMismatch { first: self.shape(), second: space.shape() });
        }
        let parts = self.parts();
        let of_part =
            |(label, part): &(u32, Cow<'_, Self>)| Some((*label, measure(part, part.bounds()?)?));
        Ok(parts.iter().filter_map(of_part).collect())
    }
}

fn measures(runs: &Runs, bounds: Bounds, space: &Space) -> Option<ShapeMeasures> {
    let (steps, corners) = (space.steps(), hull::corners(runs));
    let areas = SliceAreas::of(runs, bounds, space);
    Some(ShapeMeasures {
        diameter: diameter::diameter(&corners, steps)?,
        oriented_box: oriented_box::oriented_box(runs, &corners, space)?,
        surface_area_mm2: runs.surface_area_mm2(space.spacing()),
        face_area_mm2: runs.face_area_mm2(space.spacing()),
        axial: slices::largest_slice(runs, &areas, steps)?,
    })
}
