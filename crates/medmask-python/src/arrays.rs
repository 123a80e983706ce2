//! Arrays that Python gives.

use medmask::medmask_archive::ReadAt;
use medmask::medmask_core::{LabelMap, Runs, Voxel};
use medmask::{Dtype, EntryReader};
use numpy::{Element, PyArray3, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::errors::{exception, to_python};

/// The voxels of a three-dimensional array of uint8, uint16 or uint32, and their type. Of `is_bool` the array is of uint8 and any
/// number but 0 counts as 1: NumPy lets memory of other numbers pass as bool.
pub(crate) fn runs_of(array: &Bound<'_, PyAny>, is_bool: bool) -> PyResult<(Runs, Dtype)> {
    if let Ok(array) = array.cast::<PyArray3<u8>>() {
        let runs = scan(array)?;
        return Ok(match is_bool {
            true if runs.max_label() > 1 => (runs.relabel(|_| 1), Dtype::Bool),
            true => (runs, Dtype::Bool),
            false => (runs, Dtype::U8),
        });
    }
    if let Ok(array) = array.cast::<PyArray3<u16>>() {
        return Ok((scan(array)?, Dtype::U16));
    }
    if let Ok(array) = array.cast::<PyArray3<u32>>() {
        return Ok((scan(array)?, Dtype::U32));
    }
    Err(wrong_type())
}

fn scan<T: Voxel + Element>(array: &Bound<'_, PyArray3<T>>) -> PyResult<Runs> {
    check_memory(array)?;
    let borrowed = array.try_readonly()?;
    let view = borrowed.as_array();
    Ok(array.py().detach(|| Runs::from_array(view)))
}

/// Fills an array of bool, uint8, uint16 or uint32 that Python has.
pub(crate) fn fill<S: ReadAt>(
    reader: &EntryReader<'_, S>,
    array: &Bound<'_, PyAny>,
) -> PyResult<()> {
    if let Ok(array) = array.cast::<PyArray3<bool>>() {
        return fill_typed(reader, array);
    }
    if let Ok(array) = array.cast::<PyArray3<u8>>() {
        return fill_typed(reader, array);
    }
    if let Ok(array) = array.cast::<PyArray3<u16>>() {
        return fill_typed(reader, array);
    }
    if let Ok(array) = array.cast::<PyArray3<u32>>() {
        return fill_typed(reader, array);
    }
    Err(wrong_type())
}

fn fill_typed<T: Voxel + Element, S: ReadAt>(
    reader: &EntryReader<'_, S>,
    array: &Bound<'_, PyArray3<T>>,
) -> PyResult<()> {
    check_memory(array)?;
    if array.strides().contains(&0) && array.len() > 1 {
        return Err(exception("DtypeError", "several voxels of the array share their memory"));
    }
    let mut borrowed = array.try_readwrite()?;
    let view = borrowed.as_array_mut();
    array.py().detach(|| reader.read_into(view)).map_err(to_python)
}

/// Views of structures may have voxels where no number of the type can stand.
pub(crate) fn check_memory<T: Element>(array: &Bound<'_, PyArray3<T>>) -> PyResult<()> {
    let whole = |stride: &isize| stride % size_of::<T>() as isize == 0;
    if array.is_aligned() && array.strides().iter().all(whole) {
        return Ok(());
    }
    Err(exception("DtypeError", "the memory of the array is not aligned; pass a copy of it"))
}

fn wrong_type() -> PyErr {
    exception("DtypeError", "an array with three axes of bool, uint8, uint16 or uint32 is needed")
}

/// Names with their labels, in the order in which they are to be kept.
pub(crate) fn label_map(labels: Vec<(String, u32)>) -> PyResult<LabelMap> {
    let mut map = LabelMap::new();
    for (name, label) in labels {
        map.insert(name, label).map_err(|error| exception("InvalidLabelError", error))?;
    }
    Ok(map)
}
