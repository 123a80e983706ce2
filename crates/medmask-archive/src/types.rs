//! Between the types of the format and those of the core, which do not know each other.

use medmask_core::{Dtype, Space, SpaceError};
use medmask_format::GridSpace;

pub(crate) fn core_dtype(dtype: medmask_format::Dtype) -> Dtype {
    match dtype {
        medmask_format::Dtype::Bool => Dtype::Bool,
        medmask_format::Dtype::U8 => Dtype::U8,
        medmask_format::Dtype::U16 => Dtype::U16,
        medmask_format::Dtype::U32 => Dtype::U32,
    }
}

pub(crate) fn format_dtype(dtype: Dtype) -> medmask_format::Dtype {
    match dtype {
        Dtype::Bool => medmask_format::Dtype::Bool,
        Dtype::U8 => medmask_format::Dtype::U8,
        Dtype::U16 => medmask_format::Dtype::U16,
        Dtype::U32 => medmask_format::Dtype::U32,
    }
}

pub(crate) fn core_space(grid: &GridSpace) -> Result<Space, SpaceError> {
    Space::new(grid.shape.map(|axis| axis as usize), grid.spacing, grid.origin, grid.direction)
}

pub(crate) fn grid_space(space: &Space) -> GridSpace {
    GridSpace {
        shape: space.shape().map(|axis| axis as u64),
        spacing: space.spacing(),
        origin: space.origin(),
        direction: space.direction(),
    }
}
