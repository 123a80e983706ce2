//! Masks as runs: algebra, components and margins without dense volumes.

use medmask::medmask_core::{Connectivity, LabelStatistics, MarginError, Runs, ShapeMismatch};
use medmask::{Dtype, Space, Voxels};
use numpy::IntoPyArray;
use pyo3::prelude::*;

use crate::arrays::runs_of;
use crate::errors::exception;
use crate::reading::{Counted, counted};
use crate::space::{SpaceParts, space_of};

/// The labelled voxels of a mask. Immutable, so that threads may share it.
#[pyclass(frozen, module = "medmask._medmask")]
pub(crate) struct RunsData {
    pub(crate) runs: Runs,
}

impl From<Runs> for RunsData {
    fn from(runs: Runs) -> Self {
        Self { runs }
    }
}

#[pymethods]
impl RunsData {
    /// Of an array (z, y, x) of uint8, uint16 or uint32.
    #[staticmethod]
    fn of_array(array: &Bound<'_, PyAny>, is_bool: bool) -> PyResult<Self> {
        Ok(runs_of(array, is_bool)?.0.into())
    }

    #[getter]
    fn shape(&self) -> [usize; 3] {
        self.runs.shape()
    }

    /// What is counted of all labelled voxels, and of each label.
    fn counted(&self, space: SpaceParts) -> PyResult<(Counted, Vec<(u32, Counted)>)> {
        let space = space_of(space)?;
        Ok(of_statistics(&self.runs.statistics(), &space))
    }

    /// `|`, `&`, `-` or `^` with another mask.
    fn combine(&self, py: Python<'_>, operator: char, other: &Self) -> PyResult<Self> {
        let (first, second) = (&self.runs, &other.runs);
        let combined = py.detach(|| match operator {
            '|' => first.union(second),
            '&' => first.intersection(second),
            '-' => first.difference(second),
            _ => first.symmetric_difference(second),
        });
        Ok(combined.map_err(of_shapes)?.into())
    }

    fn grow(&self, py: Python<'_>, margin_mm: f64, spacing: [f64; 3]) -> PyResult<Self> {
        let grown = py.detach(|| self.runs.grow(margin_mm, spacing));
        Ok(grown.map_err(of_margin)?.into())
    }

    fn shrink(&self, py: Python<'_>, margin_mm: f64, spacing: [f64; 3]) -> PyResult<Self> {
        let shrunk = py.detach(|| self.runs.shrink(margin_mm, spacing));
        Ok(shrunk.map_err(of_margin)?.into())
    }

    fn shell(&self, py: Python<'_>, margin_mm: f64, spacing: [f64; 3]) -> PyResult<Self> {
        let shell = py.detach(|| self.runs.shell(margin_mm, spacing));
        Ok(shell.map_err(of_margin)?.into())
    }

    /// Holes filled: of the volume, or of each slice along an axis.
    fn fill_holes(&self, py: Python<'_>, axis: Option<usize>) -> PyResult<Self> {
        match axis {
            None => Ok(py.detach(|| self.runs.fill_holes()).into()),
            Some(axis @ 0..3) => Ok(py.detach(|| self.runs.fill_holes_of_slices(axis)).into()),
            Some(axis) => {
                Err(exception("UnsupportedError", format!("axis {axis} is none of 0, 1 and 2")))
            }
        }
    }

    fn boundary(&self, py: Python<'_>) -> Self {
        py.detach(|| self.runs.boundary()).into()
    }

    fn face_area_mm2(&self, py: Python<'_>, spacing: [f64; 3]) -> f64 {
        py.detach(|| self.runs.face_area_mm2(spacing))
    }

    /// The components as labels, the label of each in the mask, and what is counted of each.
    fn components(
        &self,
        py: Python<'_>,
        neighbours: u32,
        space: SpaceParts,
    ) -> PyResult<(Self, Vec<(u32, Counted)>)> {
        let (connectivity, space) = (connectivity(neighbours)?, space_of(space)?);
        let components = py.detach(|| self.runs.components(connectivity));
        let of = components.statistics().iter().map(|one| {
            let label = components.label_of(one.label).unwrap_or_default();
            (label, counted(&space, std::iter::once(one)))
        });
        let of = of.collect();
        Ok((components.runs().clone().into(), of))
    }

    /// The largest components, with the labels of the mask.
    fn largest(&self, py: Python<'_>, count: usize, neighbours: u32) -> PyResult<Self> {
        let connectivity = connectivity(neighbours)?;
        Ok(py.detach(|| self.runs.components(connectivity).largest(count)).into())
    }

    /// The components of at least so many mL, with the labels of the mask.
    fn min_ml(
        &self,
        py: Python<'_>,
        volume_ml: f64,
        neighbours: u32,
        space: SpaceParts,
    ) -> PyResult<Self> {
        let connectivity = connectivity(neighbours)?;
        let voxels = space_of(space)?.voxels_of_ml(volume_ml);
        Ok(py.detach(|| self.runs.components(connectivity).at_least(voxels)).into())
    }

    /// One label, as label 1.
    fn label(&self, label: u32) -> Self {
        self.runs.binary_of(label).into()
    }

    /// A new array: of bool where the only label is 1, else of the narrowest type that holds the labels.
    fn to_array<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        let dtype = match self.runs.max_label() {
            0 | 1 => Dtype::Bool,
            2..=0xff => Dtype::U8,
            0x100..=0xffff => Dtype::U16,
            _ => Dtype::U32,
        };
        match py.detach(|| self.runs.to_voxels(dtype)) {
            Voxels::Bool(array) => array.into_pyarray(py).into_any(),
            Voxels::U8(array) => array.into_pyarray(py).into_any(),
            Voxels::U16(array) => array.into_pyarray(py).into_any(),
            Voxels::U32(array) => array.into_pyarray(py).into_any(),
        }
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.runs == other.runs
    }
}

/// What all labels have together, and each by itself.
fn of_statistics(labels: &[LabelStatistics], space: &Space) -> (Counted, Vec<(u32, Counted)>) {
    let each = labels.iter().map(|one| (one.label, counted(space, std::iter::once(one))));
    (counted(space, labels.iter()), each.collect())
}

pub(crate) fn connectivity(neighbours: u32) -> PyResult<Connectivity> {
    Connectivity::try_from(neighbours).map_err(|error| exception("UnsupportedError", error))
}

fn of_shapes(error: ShapeMismatch) -> PyErr {
    exception("SpaceMismatchError", error)
}

fn of_margin(error: MarginError) -> PyErr {
    exception("UnsupportedError", error)
}
