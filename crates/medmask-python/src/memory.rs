//! Memory for dense voxels that Python gets.
//!
//! Large arrays of NumPy lie in huge pages: few page faults, but each touch clears 2 MB. Those of Rust's allocator lie in pages
//! of 4 KB. So a mask that touches much of its volume goes into the former, and one that touches little into the latter.
//!
//! Of the organs of a chest CT, each into 10 MB that nothing used before, those whose boxes touch up to 15 % of the pages load faster
//! into small pages (by up to half), and those from 20 % on into huge ones (by up to a third).

use medmask::medmask_archive::{ArchiveError, ReadAt};
use medmask::medmask_core::{Voxels, with_voxels};
use medmask::ndarray::ArrayViewMut3;
use medmask::{Bounds, Dtype, EntryReader};
use numpy::{Element, PyArray, PyArray3, PyArrayMethods, PyReadwriteArray3};
use pyo3::intern;
use pyo3::prelude::*;

const PAGE: usize = 4096;
/// NumPy asks for huge pages from this size on.
const HUGE: usize = 4 << 20;
/// From this share of touched pages on huge ones are faster, in a hundred.
const DENSE_PERCENT: usize = 16;

/// The memory that voxels are read into.
pub(crate) enum Memory<'py> {
    /// Zeros of NumPy, which the array owns.
    NumPy(NumPyZeros<'py>),
    /// What Rust's allocator gives; nothing is there before the voxels are read.
    Rust,
}

pub(crate) enum NumPyZeros<'py> {
    Bool(PyReadwriteArray3<'py, bool>),
    U8(PyReadwriteArray3<'py, u8>),
    U16(PyReadwriteArray3<'py, u16>),
    U32(PyReadwriteArray3<'py, u32>),
}

/// A view of NumPy's memory that may go to another thread.
pub(crate) enum Zeros<'a> {
    Bool(ArrayViewMut3<'a, bool>),
    U8(ArrayViewMut3<'a, u8>),
    U16(ArrayViewMut3<'a, u16>),
    U32(ArrayViewMut3<'a, u32>),
}

impl<'py> Memory<'py> {
    /// Memory for what `reader` will read. `bounds` is the box around it, and `count` how many voxels of it are labelled, where
    /// the index says so; `dtype` its type, where it is known before.
    pub(crate) fn new(
        py: Python<'py>,
        shape: [usize; 3],
        dtype: Option<Dtype>,
        bounds: Option<Bounds>,
        count: u64,
    ) -> PyResult<Self> {
        let Some(dtype) = dtype else { return Ok(Self::Rust) };
        if !worth_numpy(shape, dtype, bounds, count) {
            return Ok(Self::Rust);
        }
        Ok(Self::NumPy(match dtype {
            Dtype::Bool => NumPyZeros::Bool(zeros(py, shape, dtype)?),
            Dtype::U8 => NumPyZeros::U8(zeros(py, shape, dtype)?),
            Dtype::U16 => NumPyZeros::U16(zeros(py, shape, dtype)?),
            Dtype::U32 => NumPyZeros::U32(zeros(py, shape, dtype)?),
        }))
    }

    /// What a thread reads into; `None` for memory of Rust.
    pub(crate) fn view(&mut self) -> Option<Zeros<'_>> {
        match self {
            Self::Rust => None,
            Self::NumPy(zeros) => Some(match zeros {
                NumPyZeros::Bool(array) => Zeros::Bool(array.as_array_mut()),
                NumPyZeros::U8(array) => Zeros::U8(array.as_array_mut()),
                NumPyZeros::U16(array) => Zeros::U16(array.as_array_mut()),
                NumPyZeros::U32(array) => Zeros::U32(array.as_array_mut()),
            }),
        }
    }

    /// The array for Python: NumPy's own, or `voxels`, which [`read`] gave.
    pub(crate) fn finish(
        self,
        py: Python<'py>,
        voxels: Option<Voxels>,
    ) -> Option<Bound<'py, PyAny>> {
        match (self, voxels) {
            (Self::Rust, Some(voxels)) => Some(array_of(py, voxels)),
            (Self::Rust, None) => None,
            (Self::NumPy(zeros), _) => Some(match zeros {
                NumPyZeros::Bool(array) => array.as_any().clone(),
                NumPyZeros::U8(array) => array.as_any().clone(),
                NumPyZeros::U16(array) => array.as_any().clone(),
                NumPyZeros::U32(array) => array.as_any().clone(),
            }),
        }
    }
}

/// Reads into `zeros`, or gives voxels in new memory.
pub(crate) fn read<S: ReadAt>(
    reader: &EntryReader<'_, S>,
    zeros: Option<Zeros<'_>>,
) -> Result<Option<Voxels>, ArchiveError> {
    match zeros {
        None => return reader.to_voxels().map(Some),
        Some(Zeros::Bool(array)) => reader.read_into_zeros(array)?,
        Some(Zeros::U8(array)) => reader.read_into_zeros(array)?,
        Some(Zeros::U16(array)) => reader.read_into_zeros(array)?,
        Some(Zeros::U32(array)) => reader.read_into_zeros(array)?,
    }
    Ok(None)
}

/// An array of memory that Rust gave; nothing is copied.
pub(crate) fn array_of(py: Python<'_>, voxels: Voxels) -> Bound<'_, PyAny> {
    with_voxels!(voxels, array => PyArray::from_owned_array(py, array).into_any())
}

/// Whether NumPy's memory takes less time than Rust's; small arrays are the same in both, and NumPy's are its own.
fn worth_numpy(shape: [usize; 3], dtype: Dtype, bounds: Option<Bounds>, count: u64) -> bool {
    let voxel = (dtype.bits() as usize).div_ceil(8);
    let [depth, height, width] = shape;
    // A file may describe a volume that no machine holds; Rust's allocator then says so.
    let Some(bytes) = height.checked_mul(width).and_then(|n| n.checked_mul(depth * voxel)) else {
        return false;
    };
    if bytes < HUGE {
        return true;
    }
    let Some(bounds) = bounds else { return false };
    let [slices, rows, _] = bounds.shape();
    let pages_of_a_slice = (rows * width * voxel).div_ceil(PAGE) + 1;
    let touched = (slices * pages_of_a_slice).min(usize::try_from(count).unwrap_or(usize::MAX));
    touched.saturating_mul(100) >= bytes.div_ceil(PAGE).saturating_mul(DENSE_PERCENT)
}

fn zeros<'py, T: Element>(
    py: Python<'py>,
    shape: [usize; 3],
    dtype: Dtype,
) -> PyResult<PyReadwriteArray3<'py, T>> {
    // By Python's own function, which raises MemoryError where there is too little.
    let numpy = py.import(intern!(py, "numpy"))?;
    let array = numpy.getattr(intern!(py, "zeros"))?.call1((shape, dtype.name()))?;
    Ok(array.cast_into::<PyArray3<T>>()?.try_readwrite()?)
}
