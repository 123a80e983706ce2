//! An image on the grid of the masks, for programs that draw it themselves.

use medmask_core::Bounds;
use medmask_render::Window;

use super::underlay::{on_grid, refuse_elsewhere, usual_window};
use crate::adapter::ImageFile;
use crate::layers::{Layer, layers};
use crate::masks::Masks;
use crate::selection::select;
use crate::{Error, Result};

/// The values of an image at the voxels of an archive's grid.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GridImage {
    /// (z, y, x); a value of the image is `slope` times such a number plus `intercept`.
    pub values: Vec<i16>,
    /// By what the numbers are multiplied.
    pub slope: f64,
    /// What is added to them then.
    pub intercept: f64,
    /// Which values are black and white: as asked for, or as [`picture`](crate::picture()) chooses.
    pub window: Window,
}

/// Voxels of the largest grid that an image is put on, for which up to 10 bytes a voxel are held.
const MOST_VOXELS: usize = 256 << 20;

/// The image `file` on the grid of `archive`, interpolated linearly where it has another; the lowest value where there is none. Whole numbers of
/// 16 bits stay as they are, others are rounded to 65,535 steps between the lowest and the highest.
///
/// # Errors
/// [`Error::ImageElsewhere`] where the image does not cover the masks, and [`Error::LargeGrid`].
pub fn image_on_grid(
    archive: &impl Masks,
    file: &ImageFile,
    window: Option<Window>,
) -> Result<GridImage> {
    let space = archive.space();
    let [depth, height, width] = space.shape();
    let voxels = depth.checked_mul(height).and_then(|rows| rows.checked_mul(width));
    let voxels = voxels.filter(|voxels| *voxels <= MOST_VOXELS);
    let voxels = voxels.ok_or(Error::LargeGrid { shape: space.shape(), most: MOST_VOXELS })?;
    let layers = layers(archive, &select(archive, &[""; 0])?)?;
    let boxes: Vec<Bounds> = layers.iter().filter_map(Layer::bounds).collect();
    refuse_elsewhere(file, space, &boxes)?;
    let on_grid = on_grid(file, space)?;
    let mut values = Vec::with_capacity(voxels);
    for z in 0..depth {
        for y in 0..height {
            let value = |x| on_grid.value([z, y, x]).map_or(f32::NAN, |value| value as f32);
            values.extend((0..width).map(value));
        }
    }
    let window = window.unwrap_or_else(|| usual_window(&file.image(), &values));
    Ok(in_whole_numbers(&values, window))
}

fn in_whole_numbers(values: &[f32], window: Window) -> GridImage {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let lowest = finite().reduce(f32::min).unwrap_or(0.0);
    let highest = finite().reduce(f32::max).unwrap_or(0.0);
    let limit = f32::from(i16::MAX);
    let are_whole =
        lowest >= -limit && highest <= limit && finite().all(|value| value.fract() == 0.0);
    let (slope, intercept) = match f64::from(highest) - f64::from(lowest) {
        _ if are_whole => (1.0, 0.0),
        span => {
            let slope = if span > 0.0 { span / 65534.0 } else { 1.0 };
            (slope, f64::from(lowest) + 32767.0 * slope)
        }
    };
    let number = |value: &f32| {
        let value = if value.is_finite() { *value } else { lowest };
        ((f64::from(value) - intercept) / slope).round() as i16
    };
    GridImage { values: values.iter().map(number).collect(), slope, intercept, window }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_whole_numbers() {
        let window = Window { centre: 0.0, width: 1.0 };
        let back = |image: &GridImage| -> Vec<f64> {
            image.values.iter().map(|n| image.slope * f64::from(*n) + image.intercept).collect()
        };
        let whole = in_whole_numbers(&[-1024.0, 3071.0, f32::NAN, 7.0], window);
        assert_eq!((whole.slope, back(&whole)), (1.0, vec![-1024.0, 3071.0, -1024.0, 7.0]));
        let values = [0.25_f32, -3.5, 1e6, 12345.678];
        let fine = in_whole_numbers(&values, window);
        let step = (1e6 + 3.5) / 65534.0;
        for (value, back) in values.iter().zip(back(&fine)) {
            assert!((f64::from(*value) - back).abs() <= step / 2.0 + 1e-6, "{value} {back}");
        }
        let one = in_whole_numbers(&[0.5, 0.5], window);
        assert_eq!(back(&one), [0.5, 0.5]);
    }
}
