//! What has to be decoded to count overlap, as far as boxes tell.

use medmask_core::{Bounds, Memory, parallel};

use crate::Result;
use crate::error::refused_memory;
use crate::layers::{Decoded, Layer};
use crate::masks::Masks;

/// For each layer the box of those of its voxels that others may have, too; `None` where there are none.
pub(super) fn reach_among(layers: &[Layer<'_>]) -> Vec<Option<Bounds>> {
    let reach = |layer: &Layer<'_>| reach_into(layer, layers);
    layers.iter().map(reach).collect()
}

/// The box of those voxels of `layer` that `others` may have, too; `None` where there are none.
pub(super) fn reach_into(layer: &Layer<'_>, others: &[Layer<'_>]) -> Option<Bounds> {
    let met = others.iter().filter_map(|other| meeting(layer, other)).reduce(|a, b| a.union(&b))?;
    // Nothing but all its voxels tells how many there are.
    if layer.known().is_some() { Some(met) } else { layer.bounds() }
}

/// The box in which a voxel of both can lie.
fn meeting(first: &Layer<'_>, second: &Layer<'_>) -> Option<Bounds> {
    if first.is_of_entry(second) {
        return None;
    }
    let shared = first.bounds()?.intersection(&second.bounds()?)?;
    (first.may_reach(&shared) && second.may_reach(&shared)).then_some(shared)
}

/// Decodes the layers, each in its region alone, on as many threads as the process may run at once. A layer without a region is
/// given without voxels. Results are on the archive's grid, in the order of the layers.
pub(super) fn decode_all(
    archive: &impl Masks,
    layers: &[Layer<'_>],
    regions: Vec<Option<Bounds>>,
) -> Result<Vec<Decoded>> {
    let shape = archive.space().shape();
    let refused = || refused_memory(archive.path());
    let memory = Memory::new(archive.max_memory());
    let mut held = memory.hold("the runs of all masks", 0).map_err(refused())?;
    let worker = || {
        |(layer, region): (&Layer<'_>, Option<Bounds>)| match region {
            None => Ok(layer.without_voxels(shape)),
            Some(region) => decode_on_grid(archive, layer, region),
        }
    };
    let mut all = Vec::with_capacity(layers.len());
    let take = |decoded: Decoded| {
        held.add(decoded.runs.memory_bytes()).map_err(refused())?;
        all.push(decoded);
        Ok(())
    };
    parallel::for_each_ordered(layers.iter().zip(regions), parallel::available(), worker, take)?;
    Ok(all)
}

fn decode_on_grid(archive: &impl Masks, layer: &Layer<'_>, region: Bounds) -> Result<Decoded> {
    let shape = archive.space().shape();
    if layer.bounds() == Some(region) {
        // All of it is one read.
        return layer.decode(archive, Bounds::of_shape(shape));
    }
    let Decoded { runs, structures } = layer.decode(archive, region)?;
    let after = std::array::from_fn(|axis| shape[axis] - region.end[axis]);
    Ok(Decoded { runs: runs.into_padded(region.start, after), structures })
}
