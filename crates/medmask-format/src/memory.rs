//! Memory that may not be there.

use bytemuck::{Zeroable, try_zeroed_vec};
use medmask_voxel::{Held, Memory, MemoryError};

/// So many zeros, in pages that cost nothing before they are written.
pub(crate) fn zeros<'m, T: Zeroable>(
    memory: &'m Memory,
    what: &'static str,
    length: usize,
) -> Result<(Vec<T>, Held<'m>), MemoryError> {
    let bytes = (length as u64).saturating_mul(size_of::<T>() as u64);
    let held = memory.hold(what, bytes)?;
    let zeros = try_zeroed_vec(length).map_err(|()| held.refused(bytes))?;
    Ok((zeros, held))
}
