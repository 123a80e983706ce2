//! The values of an image at the voxels of a grid.

use super::image::{Grey, with_values};
use super::{Image, ImageValues};
use crate::resample::Linear;
use crate::{Bounds, ShapeMismatch, Space};

/// An image as it is seen from the voxels of a grid: interpolated linearly where it lies on another one.
pub struct ImageOnGrid<'a> {
    image: Image<'a>,
    /// `None` where the image lies on the same grid.
    linear: Option<Linear>,
}

impl<'a> Image<'a> {
    /// This image, which lies on `image_space`, seen from the voxels of `space`. No image is made on the other grid.
    ///
    /// Two grids count as one where no corner is further away than [`Space::DEFAULT_TOLERANCE_MM`].
    ///
    /// ```
    /// use medmask_core::ndarray::aview1;
    /// use medmask_core::{Image, ImageValues, Space};
    ///
    /// let values = ImageValues::I16(aview1(&[0_i16, 100]).into_shape_with_order((1, 1, 2))?);
    /// let direction = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];
    /// // Voxels of half the width, of which the first begins where the image does.
    /// let fine = Space::new([1, 1, 4], [1.0, 1.0, 0.5], [-0.25, 0.0, 0.0], direction)?;
    /// let image = Image::new(values).on_grid(&Space::of_shape([1, 1, 2]), &fine)?;
    /// let along: Vec<_> = (0..4).map(|x| image.value([0, 0, x])).collect();
    /// assert_eq!(along, [Some(0.0), Some(25.0), Some(75.0), Some(100.0)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the image's shape is not that of `image_space`.
    pub fn on_grid(
        self,
        image_space: &Space,
        space: &Space,
    ) -> Result<ImageOnGrid<'a>, ShapeMismatch> {
        if self.shape() != image_space.shape() {
            return Err(ShapeMismatch { first: self.shape(), second: image_space.shape() });
        }
        let lies_elsewhere = space.compare(image_space, Space::DEFAULT_TOLERANCE_MM).is_err();
        let linear = lies_elsewhere.then(|| Linear::new(image_space, space));
        Ok(ImageOnGrid { image: self, linear })
    }

    /// Whether a voxel has a value below `limit`.
    #[must_use]
    pub fn has_value_below(&self, limit: f64) -> bool {
        let Self { slope, intercept, .. } = *self;
        let is_below = |number: f64| number * slope + intercept < limit;
        with_values!(&self.values, array => array.iter().any(|number| is_below(number.to_f64())))
    }
}

impl ImageOnGrid<'_> {
    /// The value at the voxel `index` (z, y, x) of the grid. Up to half a voxel outside the image its outermost voxels count as going on;
    /// further out there is `None`.
    #[must_use]
    pub fn value(&self, index: [usize; 3]) -> Option<f64> {
        let Image { slope, intercept, .. } = self.image;
        let number = with_values!(&self.image.values, array => match &self.linear {
            Some(linear) => linear.value(index, |at| array[at].to_f64()),
            None => array.get(index).map(|number| number.to_f64()),
        });
        number.map(|number| number * slope + intercept)
    }
}

impl Space {
    /// How far, in mm, the centres of the voxels of `bounds` (z, y, x) reach beyond the outer faces of the grid `other`; 0 where all lie in it.
    #[must_use]
    pub fn reach_beyond(&self, bounds: &Bounds, other: &Self) -> f64 {
        let beyond = |corner: usize| {
            let index = std::array::from_fn(|axis| match corner >> axis & 1 {
                0 => bounds.start[axis] as f64,
                _ => bounds.end[axis] as f64 - 1.0,
            });
            let point = self.index_to_world(index);
            let place = other.world_to_index(point);
            let shape = other.shape();
            let inside =
                std::array::from_fn(|axis| place[axis].clamp(-0.5, shape[axis] as f64 - 0.5));
            let nearest = other.index_to_world(inside);
            (0..3).map(|axis| (point[axis] - nearest[axis]).powi(2)).sum::<f64>().sqrt()
        };
        // A box lies in a grid where its corners do.
        (0..8).map(beyond).fold(0.0, f64::max)
    }
}
