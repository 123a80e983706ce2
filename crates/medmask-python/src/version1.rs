//! Files of version 1, as the Python package medmask 0.1 writes them.

use std::path::PathBuf;

use medmask::Mask;
use medmask::medmask_archive::version1::{Writer, write_mask};
use medmask::ndarray::Array3;
use medmask_format::Memory;
use medmask_format::version1::{Blob, DEFAULT_LEVEL, Labels, LabelsRef, encode};
use numpy::{Element, PyArray};
use pyo3::prelude::*;

use crate::arrays;
use crate::errors::{exception, to_python};
use crate::space::{SpaceParts, space_of};

/// Adds a mask to an archive, or with `is_new` starts one, in place of a file that may be there. Without a `name` the file is
/// one of a single mask (`.msk`). Labels that have no name are kept.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "keywords in Python")]
pub(crate) fn write_version1(
    py: Python<'_>,
    path: PathBuf,
    name: Option<&str>,
    array: &Bound<'_, PyAny>,
    is_bool: bool,
    labels: Vec<(String, u32)>,
    space: SpaceParts,
    is_new: bool,
    tolerance_mm: f64,
) -> PyResult<()> {
    let (labels, space) = (arrays::label_map(labels)?, space_of(space)?);
    let (runs, dtype) = arrays::runs_of(array, is_bool)?;
    py.detach(|| {
        let known: Vec<u32> = labels.iter().map(|(_, label)| label).collect();
        // The format has no need of names for all labels, so that those which the voxels hold are not asked for.
        let mask = Mask::with_known_labels(runs.to_voxels(dtype), known, labels, space);
        let mask = mask.map_err(|error| exception("SpaceMismatchError", error))?;
        let Some(name) = name else { return write_mask(path, &mask).map_err(to_python) };
        let writer = if is_new { Writer::create(path, mask.space()) } else { Writer::append(path) };
        let mut writer = writer.map_err(to_python)?.tolerance_mm(tolerance_mm);
        writer.add(name, &mask).map_err(to_python)?;
        writer.finish().map_err(to_python)
    })
}

/// The voxels of a mask as files of version 1 have them.
#[pyfunction]
#[pyo3(signature = (array, is_bool, level = None))]
pub(crate) fn encode_blob(
    py: Python<'_>,
    array: &Bound<'_, PyAny>,
    is_bool: bool,
    level: Option<i32>,
) -> PyResult<Vec<u8>> {
    let (runs, dtype) = arrays::runs_of(array, is_bool)?;
    let level = level.unwrap_or(DEFAULT_LEVEL);
    let shape = runs.shape().map(|axis| axis as u64);
    let encoded = py.detach(|| match runs.to_voxels(dtype) {
        medmask::Voxels::Bool(array) => encode(LabelsRef::Bool(&flat(array)), shape, level),
        medmask::Voxels::U8(array) => encode(LabelsRef::U8(&flat(array)), shape, level),
        medmask::Voxels::U16(array) => encode(LabelsRef::U16(&flat(array)), shape, level),
        medmask::Voxels::U32(array) => encode(LabelsRef::U32(&flat(array)), shape, level),
    });
    encoded.map_err(|error| exception("InvalidFileError", error))
}

/// The voxels that [`encode_blob`] or the package medmask 0.1 made bytes of.
#[pyfunction]
pub(crate) fn decode_blob<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let blob = Blob::decode(bytes, 0, &Memory::unlimited())
        .map_err(|error| exception("DamagedFileError", error))?;
    let shape = blob.header.shape.map(|axis| axis as usize);
    match blob.labels {
        Labels::Bool(labels) => array(py, labels, shape),
        Labels::U8(labels) => array(py, labels, shape),
        Labels::U16(labels) => array(py, labels, shape),
        Labels::U32(labels) => array(py, labels, shape),
        Labels::I64(labels) => array(py, labels, shape),
    }
}

fn flat<T>(array: Array3<T>) -> Vec<T> {
    array.into_raw_vec_and_offset().0
}

fn array<T: Element>(
    py: Python<'_>,
    labels: Vec<T>,
    shape: [usize; 3],
) -> PyResult<Bound<'_, PyAny>> {
    let array = Array3::from_shape_vec(shape, labels);
    let array = array.map_err(|error| exception("DamagedFileError", error))?;
    Ok(PyArray::from_owned_array(py, array).into_any())
}
