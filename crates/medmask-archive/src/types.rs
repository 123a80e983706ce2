//! Between the space of the format and that of the core, which do not know each other.

use medmask_core::{Space, SpaceError};
use medmask_format::GridSpace;

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
