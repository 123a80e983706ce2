//! Which structures share voxels: pairs of them, and what share of some lies in which others.

mod pruned;
mod within;

use medmask_core::{MaskLabel, MaskOverlap, Runs};

use crate::Result;
use crate::layers::layers;
use crate::masks::Masks;
use crate::selection::Selection;
use pruned::{decode_all, reach_among};

pub use within::{Piece, Share, SharesWithin, shares_within};

/// Two structures that share voxels.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SharedPair {
    /// The structure whose entry was chosen first, called as [`Selection::name`] calls it.
    pub first: String,
    /// The other.
    pub second: String,
    /// How many voxels hold both, at least 1.
    pub voxels: u64,
    /// Their volume in mL.
    pub volume_ml: f64,
    /// Which part of the voxels of the first they are, up to 1.
    pub share_of_first: f64,
    /// Which part of the voxels of the second they are, up to 1.
    pub share_of_second: f64,
}

/// The pairs of structures that share voxels. An entry stands for each of its labels, which have no voxel in common; a label
/// without a name is called `label_7`. Pairs are in the order in which `selections` chose the entries, and in that of the numbers of
/// labels.
///
/// Entries whose boxes meet no other's are not decoded, and all others once, on as many threads as the process may run at once.
/// Pairs are then counted in one sweep. All runs of what is decoded are held at once.
///
/// ```
/// use medmask::{ArchiveWriter, LabelMap, Mask, Space, select, shared_pairs};
/// use ndarray::Array3;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("case.mska");
/// let mut writer = ArchiveWriter::create(&path, &Space::of_shape([4, 5, 6]), Default::default())?;
/// for (name, first, last) in [("lung", 0, 4), ("nodule", 3, 5)] {
///     let voxels = Array3::from_shape_fn([4, 5, 6], |(_, _, x)| x >= first && x < last);
///     let mut labels = LabelMap::new();
///     labels.insert(name, 1)?;
///     writer.add(name, &Mask::new(voxels, labels, Space::of_shape([4, 5, 6]))?)?;
/// }
/// writer.finish()?;
///
/// let archive = medmask::AnyArchive::open(&path)?;
/// let all = select(&archive, &[""; 0])?;
/// let [pair] = &shared_pairs(&archive, &all)?[..] else { panic!("one pair") };
/// assert_eq!((pair.first.as_str(), pair.second.as_str(), pair.voxels), ("lung", "nodule", 20));
/// assert_eq!((pair.share_of_first, pair.share_of_second), (0.25, 0.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Damage in an entry, and runs that do not fit into memory, or into the archive's limit of it.
#[expect(clippy::expect_used, reason = "what is decoded lies on the archive's grid")]
pub fn shared_pairs(archive: &impl Masks, selections: &[Selection]) -> Result<Vec<SharedPair>> {
    let layers = layers(archive, selections)?;
    let decoded = decode_all(archive, &layers, reach_among(&layers))?;
    let masks: Vec<&Runs> = decoded.iter().map(|layer| &layer.runs).collect();
    let overlaps = Runs::overlaps_among(&masks).expect(ONE_GRID);
    let structure = |of: MaskLabel| decoded[of.mask].structure(of.label);
    let pair = |overlap: &MaskOverlap| {
        let (first, second) = (structure(overlap.first), structure(overlap.second));
        SharedPair {
            first: first.name.clone(),
            second: second.name.clone(),
            voxels: overlap.voxels,
            volume_ml: archive.space().volume_ml(overlap.voxels),
            share_of_first: share(overlap.voxels, first.voxels()),
            share_of_second: share(overlap.voxels, second.voxels()),
        }
    };
    Ok(overlaps.iter().map(pair).collect())
}

const ONE_GRID: &str = "all lie on the archive's grid";

/// Which part of `all` `voxels` are.
fn share(voxels: u64, all: u64) -> f64 {
    voxels as f64 / all as f64
}
