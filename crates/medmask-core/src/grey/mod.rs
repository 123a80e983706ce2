//! The values of an image beneath a mask, read through its runs.

mod image;
mod on_grid;
mod summary;

use image::{Grey, with_values};
pub use image::{Image, ImageValues};
use ndarray::ArrayView3;
pub use on_grid::ImageOnGrid;
use summary::Collected;
pub use summary::{GreySummary, GreyValues};

use crate::resample::Linear;
use crate::{Runs, ShapeMismatch, Space};

impl Runs {
    /// What the values of `image`, which lies on the same grid, are beneath each label; ascending by label. [`GreyValues`] has the
    /// definitions.
    ///
    /// Memory: beside the image the values of one label at a time.
    ///
    /// ```
    /// use medmask_core::ndarray::aview1;
    /// use medmask_core::{Image, ImageValues, Runs};
    ///
    /// let runs = Runs::from_slice(&[0_u8, 7, 7, 7], [1, 1, 4])?;
    /// let numbers = [0_i16, 1024, 1034, 1064];
    /// let values = ImageValues::I16(aview1(&numbers).into_shape_with_order((1, 1, 4))?);
    /// let image = Image { values, slope: 1.0, intercept: -1024.0 };
    /// let (label, found) = runs.grey_values(&image)?[0];
    /// let summary = found.summary.ok_or("no voxel has a value")?;
    /// assert_eq!((label, found.voxels, summary.median, summary.p90), (7, 3, 10.0, 34.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn grey_values(&self, image: &Image<'_>) -> Result<Vec<(u32, GreyValues)>, ShapeMismatch> {
        if self.shape() != image.shape() {
            return Err(ShapeMismatch { first: self.shape(), second: image.shape() });
        }
        let values = |part: &Self| with_values!(&image.values, array => values_in(part, array));
        Ok(self.grey_of_each(values, image))
    }

    /// As [`grey_values`](Self::grey_values), of an image on another grid, `image_space`, which is interpolated linearly at the centre of
    /// each voxel; these runs lie on `space`.
    ///
    /// Up to half a voxel outside the image the outermost voxels count as going on, as in ITK; voxels further out are left out and
    /// counted. Where a neighbour is not finite, the interpolated value is not either. No image is made on the other grid.
    ///
    /// # Errors
    /// Where the runs' shape is not that of `space`, or the image's not that of its own.
    pub fn grey_values_resampled(
        &self,
        space: &Space,
        image: &Image<'_>,
        image_space: &Space,
    ) -> Result<Vec<(u32, GreyValues)>, ShapeMismatch> {
        for (first, second) in [(self.shape(), space.shape()), (image.shape(), image_space.shape())]
        {
            if first != second {
                return Err(ShapeMismatch { first, second });
            }
        }
        let linear = Linear::new(image_space, space);
        let values =
            |part: &Self| with_values!(&image.values, array => values_at(part, &linear, array));
        Ok(self.grey_of_each(values, image))
    }

    fn grey_of_each(
        &self,
        values: impl Fn(&Self) -> GreyValues,
        image: &Image<'_>,
    ) -> Vec<(u32, GreyValues)> {
        let scaled = |mut found: GreyValues| {
            let Image { slope, intercept, .. } = *image;
            found.summary = found.summary.map(|summary| summary.scaled(slope, intercept));
            found
        };
        self.parts().iter().map(|(label, part)| (*label, scaled(values(part)))).collect()
    }
}

/// The numbers of `array` beneath all runs.
fn values_in<T: Grey>(runs: &Runs, array: &ArrayView3<'_, T>) -> GreyValues {
    let mut collected = Collected::new(runs.voxel_count());
    let mut not_finite = 0;
    let (_, height, width) = array.dim();
    let whole = array.to_slice();
    let mut copy = Vec::new();
    for row in runs.rows() {
        let (z, y) = (row.z as usize, row.y as usize);
        for run in row.runs {
            let along = run.start as usize..run.end as usize;
            not_finite += if let Some(numbers) = whole {
                let start = (z * height + y) * width;
                collected.add(&numbers[start + along.start..start + along.end])
            } else {
                // In another order of memory a run is no piece of it.
                copy.clear();
                copy.extend(array.slice(ndarray::s![z, y, along]));
                collected.add(&copy)
            };
        }
    }
    let (voxels, summary) = collected.finish();
    GreyValues { voxels, not_finite, outside: 0, summary }
}

/// The values of `array` where the voxels of all runs lie in it.
fn values_at<T: Grey>(runs: &Runs, linear: &Linear, array: &ArrayView3<'_, T>) -> GreyValues {
    let mut collected = Collected::<f64>::new(runs.voxel_count());
    let (mut not_finite, mut outside) = (0, 0);
    let at = |index: [usize; 3]| array[index].to_f64();
    for row in runs.rows() {
        for x in row.runs.iter().flat_map(|run| run.start..run.end) {
            match linear.value([row.z as usize, row.y as usize, x as usize], at) {
                Some(value) => not_finite += collected.add(&[value]),
                None => outside += 1,
            }
        }
    }
    let (voxels, summary) = collected.finish();
    GreyValues { voxels, not_finite, outside, summary }
}
