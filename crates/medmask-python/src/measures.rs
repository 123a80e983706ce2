//! Measures of masks as runs: shapes, the values of an image, and distances.

use std::path::PathBuf;

use medmask::Space;
use medmask::adapter::{Formats, ImageFile};
use medmask::medmask_core::{
    DistanceError, GreyValues, Image, ImageValues, ShapeMeasures, ShapeMismatch, SliceAreas,
};
use numpy::{Element, PyArray3, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::check_memory;
use crate::errors::{exception, to_python};
use crate::runs::RunsData;
use crate::space::{SpaceParts, space_of};

/// Voxels with a value, without one and outside of the image, and mean, deviation, median, extremes and percentiles.
type Grey = ([u64; 3], Option<[f64; 9]>);

/// Axis, first slice, and voxels in each from there on; the area of a voxel in mm^2.
type Slices = (usize, usize, Vec<u64>, f64);

/// Smallest, and largest both ways, in mm; the two nearest voxels; and voxels within each distance.
type Apart = ([f64; 3], [[usize; 3]; 2], Vec<(u64, f64)>);

/// An image that was read of a file.
#[pyclass(frozen, module = "medmask._medmask")]
pub(crate) struct ImageData {
    file: ImageFile,
}

#[pymethods]
impl ImageData {
    /// Reads a NIfTI file.
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let read = py.detach(|| Formats::default().read_image(&path));
        Ok(Self { file: read.map_err(to_python)? })
    }
}

/// Shape of each label.
#[pyfunction]
pub(crate) fn shape_measures<'py>(
    runs: &RunsData,
    py: Python<'py>,
    space: SpaceParts,
) -> PyResult<Vec<(u32, Bound<'py, PyDict>)>> {
    let space = space_of(space)?;
    let found = py.detach(|| runs.runs.shape_measures(&space)).map_err(of_shapes)?;
    found.iter().map(|(label, shape)| Ok((*label, shape_record(py, shape)?))).collect()
}

/// Areas of axial slices of each label.
#[pyfunction]
pub(crate) fn slice_areas(
    runs: &RunsData,
    py: Python<'_>,
    space: SpaceParts,
) -> PyResult<Vec<(u32, Slices)>> {
    let space = space_of(space)?;
    let found = py.detach(|| runs.runs.slice_areas(&space)).map_err(of_shapes)?;
    let parts = |SliceAreas { axis, first, voxels, voxel_area_mm2, .. }| {
        (axis, first, voxels, voxel_area_mm2)
    };
    Ok(found.into_iter().map(|(label, slices)| (label, parts(slices))).collect())
}

/// What the values of an array are beneath each label. The array lies on the same grid, or is interpolated on it from a space of its
/// own.
#[pyfunction]
pub(crate) fn grey_values(
    runs: &RunsData,
    array: &Bound<'_, PyAny>,
    space: SpaceParts,
    own: Option<SpaceParts>,
) -> PyResult<Vec<(u32, Grey)>> {
    let places = match own {
        Some(own) => Some((space_of(space)?, space_of(own)?)),
        None => None,
    };
    macro_rules! of_type {
        ($($type:ty => $kind:ident),+) => {
            $(if let Ok(array) = array.cast::<PyArray3<$type>>() {
                return beneath(runs, array, places.as_ref(), |view| ImageValues::$kind(view));
            })+
        };
    }
    of_type!(i8 => I8, u8 => U8, i16 => I16, u16 => U16, i32 => I32, u32 => U32);
    of_type!(i64 => I64, u64 => U64, f32 => F32, f64 => F64);
    Err(exception("DtypeError", "an array of whole or real numbers with three axes is needed"))
}

/// What the values of an image are beneath each label; one on another grid is refused or interpolated.
#[pyfunction]
pub(crate) fn grey_values_of_image(
    runs: &RunsData,
    py: Python<'_>,
    image: &ImageData,
    space: SpaceParts,
    resample: bool,
) -> PyResult<Vec<(u32, Grey)>> {
    let (file, space) = (&image.file, space_of(space)?);
    let found = match space.compare(&file.space, Space::DEFAULT_TOLERANCE_MM) {
        Ok(_) => py.detach(|| runs.runs.grey_values(&file.image())),
        Err(_) if resample => {
            py.detach(|| runs.runs.grey_values_resampled(&space, &file.image(), &file.space))
        }
        Err(error) => {
            let path = file.path.display();
            let text = format!(
                "{path}: the image does not lie on the grid of the mask: {error}; resample=True interpolates it there"
            );
            return Err(exception("SpaceMismatchError", text));
        }
    };
    Ok(grey_records(found.map_err(of_shapes)?))
}

/// How far this mask and another lie apart; nothing where one of them is empty.
#[pyfunction]
pub(crate) fn separation(
    runs: &RunsData,
    py: Python<'_>,
    other: &RunsData,
    spacing: [f64; 3],
    within: Vec<f64>,
) -> PyResult<Option<Apart>> {
    let found = py.detach(|| runs.runs.separation(&other.runs, spacing, &within));
    let found = found.map_err(|error| match error {
        DistanceError::Shapes(error) => of_shapes(error),
        error => exception("UnsupportedError", error),
    })?;
    let parts = found.map(|apart| {
        let mm = [apart.smallest_mm, apart.first_to_second_mm, apart.second_to_first_mm];
        let within = apart.within.iter().map(|one| (one.voxels, one.share)).collect();
        (mm, apart.nearest, within)
    });
    Ok(parts)
}

fn beneath<T: Element + Sync>(
    runs: &RunsData,
    array: &Bound<'_, PyArray3<T>>,
    places: Option<&(Space, Space)>,
    kind: impl Fn(medmask::ndarray::ArrayView3<'_, T>) -> ImageValues<'_>,
) -> PyResult<Vec<(u32, Grey)>> {
    check_memory(array)?;
    let borrowed = array.try_readonly()?;
    let image = Image::new(kind(borrowed.as_array()));
    let found = array.py().detach(|| match places {
        None => runs.runs.grey_values(&image),
        Some((space, own)) => runs.runs.grey_values_resampled(space, &image, own),
    });
    Ok(grey_records(found.map_err(of_shapes)?))
}

fn grey_records(found: Vec<(u32, GreyValues)>) -> Vec<(u32, Grey)> {
    let record = |(label, grey): (u32, GreyValues)| {
        let counts = [grey.voxels, grey.not_finite, grey.outside];
        let figures = grey.summary.map(|one| {
            [one.mean, one.sd, one.median, one.min, one.max, one.p5, one.p10, one.p90, one.p95]
        });
        (label, (counts, figures))
    };
    found.into_iter().map(record).collect()
}

fn shape_record<'py>(py: Python<'py>, shape: &ShapeMeasures) -> PyResult<Bound<'py, PyDict>> {
    let record = PyDict::new(py);
    let (around, axial) = (&shape.oriented_box, &shape.axial);
    record.set_item("diameter_mm", shape.diameter.mm)?;
    for (place, mm) in (1..).zip(around.lengths_mm) {
        record.set_item(format!("box_length_{place}_mm"), mm)?;
    }
    record.set_item("surface_area_mm2", shape.surface_area_mm2)?;
    record.set_item("face_area_mm2", shape.face_area_mm2)?;
    record.set_item("axial_axis", ["z", "y", "x"][axial.axis])?;
    record.set_item("axial_slice", axial.index)?;
    record.set_item("axial_area_mm2", axial.area_mm2)?;
    record.set_item("axial_long_mm", axial.long.mm)?;
    record.set_item("axial_across_mm", axial.across_mm)?;
    record.set_item("diameter_voxels", shape.diameter.ends)?;
    record.set_item("axial_long_voxels", axial.long.ends)?;
    record.set_item("box_centre_lps_mm", around.centre_lps_mm)?;
    record.set_item("box_directions_lps", around.directions_lps)?;
    Ok(record)
}

fn of_shapes(error: ShapeMismatch) -> PyErr {
    exception("SpaceMismatchError", error)
}
